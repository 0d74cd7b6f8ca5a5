//! What the palette offers; `GET /api/at-least/VERSION`: whether the fleet is there. Small on purpose.

mod acts;
pub mod api;
mod calls;
mod command;
mod hit;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use neo::actor::Permission;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::{AppError, Rendered};
use crate::page::route::Route;

pub fn pages() -> Vec<Route> {
    vec![Route::get("/api/at-least/{version}", Permission::View, at_least)]
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
