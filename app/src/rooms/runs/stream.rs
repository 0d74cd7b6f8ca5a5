//! Live results: `GET /events/runs/{number}` replays a run's events after `Last-Event-ID` (or `?after=`) and then follows; programs
//! know it as `GET /api/v1/runs/events?run=`.

use std::convert::Infallible;

use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Kind;
use neo::sessions::Audience;
use neo::tokens;
use serde::Deserialize;

use crate::call::BESIDE;
use crate::call::arguments::{Refused, of_query};
use crate::door::AppState;
use crate::door::address::is_trusted;
use crate::door::connections::counted;
use crate::door::visit::Visit;
use crate::error::AppError;
use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![Route::get("/events/runs/{number}", Permission::View, run), Route::get(BESIDE[0], Permission::View, events)]
}

#[derive(Deserialize)]
struct From {
    after: Option<i64>,
}

#[derive(Deserialize)]
struct Asked {
    run: i64,
    after: Option<i64>,
}

/// tower-sessions' own, where a cookie was read.
type Cookie = Option<Extension<tower_sessions::Session>>;

async fn run(
    State(app): State<AppState>,
    visit: Visit,
    cookie: Cookie,
    Path(number): Path<i64>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let watcher = Watcher::of(&visit, cookie)?;
    Ok(follow(&app, &visit, watcher, (number, from.after), &headers).await?)
}

async fn events(
    State(app): State<AppState>,
    visit: Visit,
    cookie: Cookie,
    request: Request,
) -> Result<Response, Refused> {
    // Only who is known is told what is wrong with the question.
    let watcher = Watcher::of(&visit, cookie)?;
    let Asked { run, after } = of_query(request.uri().query().unwrap_or_default())?;
    Ok(follow(&app, &visit, watcher, (run, after), request.headers()).await?)
}

async fn follow(
    app: &AppState,
    visit: &Visit,
    watcher: Watcher,
    (number, after): (i64, Option<i64>),
    headers: &HeaderMap,
) -> neo::Result<Response> {
    let run = neo::runs::find(&app.platform, &watcher.actor, number).await?;
    let place = tokens::follow(&app.platform, &watcher.actor)?;
    let held = match place {
        // A token is counted by itself: many jobs come from one address.
        Some(_) => None,
        None => {
            let trusted = &app.platform.config.trusted_proxies;
            let address = visit.address.as_deref().and_then(|address| address.parse().ok());
            let counted = address.filter(|address| !is_trusted(*address, trusted)).map(counted);
            Some(app.streams.open(counted, &watcher.session, &app.limits)?)
        }
    };
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let events = neo::runs::watch(&app.platform, &run, last.or(after).unwrap_or(0));
    let stream = while_welcome(app.platform.clone(), watcher, events).inspect(move |_| _ = (&held, &place));
    let keep_alive = KeepAlive::new().interval(std::time::Duration::from_secs(15)).text("still here");
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Who watches, and by what they came in.
struct Watcher {
    actor: Actor,
    /// The id of the session; empty for a token.
    session: String,
}

impl Watcher {
    fn of(visit: &Visit, cookie: Cookie) -> neo::Result<Self> {
        let id = cookie.and_then(|Extension(session)| session.id());
        Ok(Self { actor: visit.actor()?, session: id.map(|id| id.to_string()).unwrap_or_default() })
    }

    /// While the central database is away nobody can tell, and there is nothing to be seen.
    async fn is_welcome(&self, platform: &Platform) -> bool {
        match &self.actor.token {
            Some(_) => {
                !matches!(tokens::still(platform, &self.actor).await, Err(error) if error.kind == Kind::Unauthenticated)
            }
            None => !matches!(neo::sessions::look(platform, &Audience::Central, &self.session).await, Ok(None)),
        }
    }
}

/// The events until they end, the platform stops, or whoever watches is no longer let in: that is looked at anew every few seconds.
fn while_welcome(
    platform: Platform,
    watcher: Watcher,
    events: impl Stream<Item = neo::Result<neo::runs::Event>> + Send + Unpin + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let every = tokens::LOOK_EVERY;
    let mut recheck = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    recheck.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    futures::stream::unfold((platform, watcher, events, recheck), async |state| {
        let (platform, watcher, mut events, mut recheck) = state;
        loop {
            tokio::select! {
                biased;
                () = platform.shutdown.cancelled() => return None,
                _ = recheck.tick() => {
                    if !watcher.is_welcome(&platform).await {
                        return None;
                    }
                }
                event = events.next() => match event {
                    None => return None,
                    Some(Ok(event)) => {
                        let Some(event) = written(&event) else { continue };
                        return Some((Ok(event), (platform, watcher, events, recheck)));
                    }
                    // Whoever watches comes back by itself, with the last number it saw.
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
