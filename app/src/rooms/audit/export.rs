//! `GET /audit/export`: the rows that the page's address chooses, as a file; programs know it as `GET /api/v1/audit/export`. It comes
//! as it is read, so that a million rows are never here at once, and breaks off where whoever asks is no longer let in: without its
//! signed head it proves nothing.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use neo::audit::{Export, Filter, NAMES, Said};
use neo::clock::rfc3339;
use neo::error::{Error, Result};
use neo_model::AuditFormat;
use serde::Deserialize;
use tokio::time::Instant;

use super::links;
use crate::call::arguments::{Refused, of_query_among};
use crate::door::AppState;
use crate::door::visit::Visit;
use crate::door::watcher::{Cookie, Place, Watcher};
use crate::error::AppError;
use crate::query::Query;
use crate::words::parse;

#[derive(Deserialize)]
struct Asked {
    format: Option<AuditFormat>,
    #[serde(flatten)]
    which: Said,
}

pub async fn download(
    State(app): State<AppState>,
    visit: Visit,
    cookie: Cookie,
    query: Query,
) -> std::result::Result<Response, AppError> {
    let format = query.get("format").map(|word| parse("format", word)).transpose()?.unwrap_or(AuditFormat::Ndjson);
    let filter = links::read(&query)?;
    Ok(stream(&app, &visit, Watcher::of(&visit, cookie)?, &filter, format).await?)
}

pub async fn answer(
    State(app): State<AppState>,
    visit: Visit,
    cookie: Cookie,
    request: Request,
) -> std::result::Result<Response, Refused> {
    // Only who is known is told what is wrong with the question.
    let watcher = Watcher::of(&visit, cookie)?;
    let names = ["format"].into_iter().chain(NAMES).collect::<Vec<_>>();
    let asked: Asked = of_query_among(&names, request.uri().query().unwrap_or_default())?;
    let format = asked.format.unwrap_or(AuditFormat::Ndjson);
    Ok(stream(&app, &visit, watcher, &asked.which.filter()?, format).await?)
}

async fn stream(
    app: &AppState,
    visit: &Visit,
    watcher: Watcher,
    filter: &Filter,
    format: AuditFormat,
) -> Result<Response> {
    let place = watcher.place(app, visit)?;
    let export = Export::begin(&app.platform, &watcher.actor, filter, format).await?;
    let at = rfc3339(export.began_at());
    let under_way = UnderWay { app: app.clone(), watcher, _place: place, export, looked: Instant::now() };
    let lines = stream::try_unfold(under_way, |mut under_way| async move {
        let lines = under_way.next().await.inspect_err(|error| {
            tracing::warn!("an export of the audit broke off: {}", error.log_text());
        })?;
        Ok::<_, Error>(lines.map(|lines| (lines, under_way)))
    });
    let (kind, ending) = match format {
        AuditFormat::Ndjson => ("application/x-ndjson", "ndjson"),
        AuditFormat::Csv => ("text/csv; charset=utf-8", "csv"),
    };
    let day = at.get(..10).unwrap_or_default();
    let name =
        HeaderValue::from_str(&format!("attachment; filename=\"audit-{day}.{ending}\"")).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

struct UnderWay {
    app: AppState,
    watcher: Watcher,
    _place: Place,
    export: Export,
    looked: Instant,
}

/// So often it is looked at whether they would still be let in.
const LOOK_EVERY: Duration = neo::tokens::LOOK_EVERY;

impl UnderWay {
    async fn next(&mut self) -> Result<Option<String>> {
        let platform = &self.app.platform;
        if platform.shutdown.is_cancelled() {
            return Err(Error::unavailable("the console is stopping"));
        }
        if self.looked.elapsed() >= LOOK_EVERY {
            self.looked = Instant::now();
            if !self.watcher.is_welcome(platform).await {
                return Err(Error::denied("whoever asked is no longer let in"));
            }
        }
        self.export.next().await
    }
}
