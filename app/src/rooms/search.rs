//! `GET /api/search?q=`: what the palette offers; `GET /api/at-least/VERSION`: whether the fleet is there. Small on purpose.

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use neo::error::Error;
use neo::tenants::{Filter, PageRequest};
use serde::{Deserialize, Serialize};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::{AppError, Rendered};

const PAGES: [(&str, &str); 9] = [
    ("Dashboard", "/"),
    ("Tenants", "/tenants"),
    ("New tenant", "/tenants/new"),
    ("Migrations", "/migrations"),
    ("Runs", "/runs"),
    ("New run", "/runs/new"),
    ("Servers", "/servers"),
    ("Admins", "/admins"),
    ("Account", "/account"),
];

pub fn routes() -> Router<AppState> {
    Router::new().route("/api/search", get(search)).route("/api/at-least/{version}", get(at_least))
}

/// Whether all active tenants are at this version: 200 when they are, 409 when not. Only for who is signed in: how a fleet
/// stands is nobody else's business.
async fn at_least(
    State(app): State<AppState>,
    signed: Signed,
    axum::extract::Path(version): axum::extract::Path<i64>,
) -> Result<Response, AppError> {
    let answer = neo::runs::at_least(&app.platform, &signed.actor, &neo::tenants::Filter::default(), version).await?;
    let status = if answer.ok { axum::http::StatusCode::OK } else { axum::http::StatusCode::CONFLICT };
    // 409 is the answer here, and no failure to be put into words.
    Ok((status, Extension(Rendered), Json(answer)).into_response())
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Serialize)]
struct Hit {
    kind: &'static str,
    text: String,
    detail: Option<String>,
    href: String,
}

async fn search(State(app): State<AppState>, signed: Signed, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    let q: String = asked.q.trim().chars().take(100).collect();
    let lower = q.to_lowercase();
    let mut hits: Vec<Hit> = PAGES
        .iter()
        .filter(|(text, _)| text.to_lowercase().contains(&lower))
        .map(|(text, href)| Hit { kind: "page", text: (*text).into(), detail: None, href: (*href).into() })
        .collect();
    if !q.is_empty() {
        if let Ok(number) = lower.trim_start_matches("run").trim().trim_start_matches('#').parse::<i64>()
            && let Ok(run) = neo::runs::find(&app.platform, &signed.actor, number).await
        {
            hits.push(Hit {
                kind: "run",
                text: format!("Run {number}"),
                detail: run.reason,
                href: format!("/runs/{number}"),
            });
        }
        let filter = Filter { text: Some(q), ..Filter::default() };
        let page = PageRequest { limit: 8, ..PageRequest::default() };
        let found = neo::tenants::list(&app.platform, &signed.actor, &filter, &page).await?;
        hits.extend(found.tenants.into_iter().map(|tenant| Hit {
            kind: "tenant",
            text: tenant.name,
            href: format!("/tenants/{}", tenant.slug),
            detail: Some(tenant.slug),
        }));
    }
    let hits = crate::door::direction::json(serde_json::to_string(&hits).map_err(Error::internal)?);
    Ok(([(CONTENT_TYPE, "application/json")], hits).into_response())
}
