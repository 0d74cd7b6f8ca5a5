//! A platform error on its way to a page: its HTTP status, and the error itself for [`crate::page::errors`] to render.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use neo::error::Kind;

/// What a handler answers.
pub type Answer = Result<Response, AppError>;

/// A [`neo::Error`] that a handler gave up with. It carries no page: the layer around the routes knows who asked and how, and
/// renders it for them (page, JSON, or a redirect to the sign-in).
#[derive(Debug, Clone)]
pub struct AppError(pub Arc<neo::Error>);

impl AppError {
    pub fn status(&self) -> StatusCode {
        status(self.0.kind)
    }
}

pub fn status(kind: Kind) -> StatusCode {
    match kind {
        // Nothing has gone wrong: it is taken, and waits.
        Kind::Asked => StatusCode::ACCEPTED,
        Kind::NotFound => StatusCode::NOT_FOUND,
        // What is set wrong stands in the way like anything else: nothing of ours has failed.
        Kind::Conflict | Kind::Config => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Reauthenticate | Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<neo::Error> for AppError {
    fn from(error: neo::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks an error answer that says everything already.
#[derive(Clone)]
pub struct Rendered;
