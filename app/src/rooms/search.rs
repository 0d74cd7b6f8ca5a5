//! `GET /api/search?q=`: what the palette offers; `GET /api/at-least/VERSION`: whether the fleet is there. Small on purpose.

pub mod api;
mod calls;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use neo::actor::Permission;
use neo::error::Error;
use serde::Deserialize;

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::{AppError, Rendered};
use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![
        Route::get("/api/search", Permission::View, search),
        Route::get("/api/at-least/{version}", Permission::View, at_least),
    ]
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

async fn search(State(app): State<AppState>, signed: Signed, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    let hits = calls::search(&Door::of(&app.platform, &signed)?, &asked.q).await?;
    let hits = crate::door::direction::json(serde_json::to_string(&hits).map_err(Error::internal)?);
    Ok(([(CONTENT_TYPE, "application/json")], hits).into_response())
}
