//! Live results: `GET /events/runs/{number}` replays a run's events after `Last-Event-ID` (or `?after=`) and then follows.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{Stream, StreamExt};
use neo::Platform;
use neo::sessions::Audience;
use serde::Deserialize;

use crate::door::AppState;
use crate::door::address::is_trusted;
use crate::door::connections::counted;
use crate::door::visit::Signed;
use crate::error::AppError;

/// A person whose session has ended must not go on watching: looked at this often.
const RECHECK: Duration = Duration::from_secs(5);

pub fn routes() -> Router<AppState> {
    Router::new().route("/events/runs/{number}", get(run))
}

#[derive(Deserialize)]
struct From {
    after: Option<i64>,
}

async fn run(
    State(app): State<AppState>,
    signed: Signed,
    session: tower_sessions::Session,
    Path(number): Path<i64>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let run = neo::runs::find(&app.platform, &signed.actor, number).await?;
    let id = session.id().map(|id| id.to_string()).unwrap_or_default();
    let trusted = &app.platform.config.trusted_proxies;
    let address = signed.address.as_deref().and_then(|address| address.parse().ok());
    let counted = address.filter(|address| !is_trusted(*address, trusted)).map(counted);
    let held = app.streams.open(counted, &id, &app.limits)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let after = last.or(from.after).unwrap_or(0);
    let events = neo::runs::watch(&app.platform, &run, after);
    let stream = while_signed_in(app.platform.clone(), id, events).inspect(move |_| _ = &held);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15)).text("still here");
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The events until they end, the platform stops, or the session is no longer there.
fn while_signed_in(
    platform: Platform,
    session_id: String,
    events: impl Stream<Item = neo::Result<neo::runs::Event>> + Send + Unpin + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let mut recheck = tokio::time::interval_at(tokio::time::Instant::now() + RECHECK, RECHECK);
    recheck.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    futures::stream::unfold((platform, session_id, events, recheck), async |state| {
        let (platform, session_id, mut events, mut recheck) = state;
        loop {
            tokio::select! {
                biased;
                () = platform.shutdown.cancelled() => return None,
                _ = recheck.tick() => {
                    let session = neo::sessions::look(&platform, &Audience::Central, &session_id).await;
                    // While the central database is away nobody can tell, and there is nothing to be seen.
                    if matches!(session, Ok(None)) {
                        return None;
                    }
                }
                event = events.next() => match event {
                    None => return None,
                    Some(Ok(event)) => {
                        let Some(event) = written(&event) else { continue };
                        return Some((Ok(event), (platform, session_id, events, recheck)));
                    }
                    // The browser comes back by itself, with the last number it saw.
                    Some(Err(error)) => {
                        tracing::warn!("an event stream broke off: {}", error.log_text());
                        return None;
                    }
                }
            }
        }
    })
}

fn written(event: &neo::runs::Event) -> Option<Event> {
    let data = crate::door::direction::json(serde_json::to_string(event).ok()?);
    Some(Event::default().id(event.seq.to_string()).event(event.kind.as_str()).data(data))
}
