//! What is said of a sign-in that was refused: one text for every wrong.

use axum::http::{StatusCode, header};
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Kind};

use crate::page::forms::Form;

/// One text for every wrong; how long to wait when throttled. Anything else is not about what was typed.
pub fn complain(form: &mut Form, error: Error, wrong: &'static str) -> Result<(StatusCode, Option<u64>), Error> {
    match error.kind {
        Kind::Unauthenticated | Kind::Invalid | Kind::Denied => {
            form.complain(None, wrong, None);
            Ok((StatusCode::UNAUTHORIZED, None))
        }
        Kind::Throttled => {
            let wait = error.retry_after.unwrap_or(10);
            form.complain(None, format!("Too many tries. Wait {wait} s, then try again."), None);
            Ok((StatusCode::TOO_MANY_REQUESTS, Some(wait)))
        }
        _ => Err(error),
    }
}

/// With how long to wait, where that is told.
pub fn wait(mut response: Response, retry_after: Option<u64>) -> Response {
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// The one sentence above the form.
pub fn wrong(form: &Form) -> Option<AnyView> {
    let text = form.errors().first()?.message.clone();
    Some(view! { <p class="banner bad" role="alert">{text}</p> }.into_any())
}
