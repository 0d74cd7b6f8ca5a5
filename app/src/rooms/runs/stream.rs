//! Live results: `GET /events/runs/{number}` replays a run's events after `Last-Event-ID` (or `?after=`) and then follows; programs
//! know it as `GET /api/v1/runs/events?run=`.

use std::convert::Infallible;

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use neo::Platform;
use neo::actor::Permission;
use neo::error::Kind;
use neo::tokens;
use serde::Deserialize;

use crate::call::BESIDE;
use crate::call::arguments::{Refused, of_query};
use crate::door::AppState;
use crate::door::visit::Visit;
use crate::door::watcher::{Cookie, Watcher};
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
    let place = watcher.place(app, visit)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let events = neo::runs::watch(&app.platform, &run, last.or(after).unwrap_or(0));
    let stream = while_welcome(app.platform.clone(), watcher, number, events).inspect(move |_| _ = &place);
    let keep_alive = KeepAlive::new().interval(std::time::Duration::from_secs(15)).text("still here");
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The events until they end, the platform stops, or whoever watches is no longer let in: that is looked at anew every few seconds.
fn while_welcome(
    platform: Platform,
    watcher: Watcher,
    number: i64,
    events: impl Stream<Item = neo::Result<neo::runs::Event>> + Send + Unpin + 'static,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let every = tokens::LOOK_EVERY;
    let mut recheck = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
    recheck.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    futures::stream::unfold((platform, (watcher, number), events, recheck), async |state| {
        let (platform, (watcher, number), mut events, mut recheck) = state;
        loop {
            tokio::select! {
                biased;
                () = platform.shutdown.cancelled() => return None,
                _ = recheck.tick() => {
                    // A tenant of the run may have left what a token is confined to: the run is none of its own then.
                    let run = neo::runs::find(&platform, &watcher.actor, number).await;
                    let is_gone = run.is_err_and(|error| error.kind == Kind::NotFound);
                    if is_gone || !watcher.is_welcome(&platform).await {
                        return None;
                    }
                }
                event = events.next() => match event {
                    None => return None,
                    Some(Ok(event)) => {
                        let Some(event) = written(&event) else { continue };
                        return Some((Ok(event), (platform, (watcher, number), events, recheck)));
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
