//! What a refused request looks like to whoever sent it: a page, JSON, or the way to the sign-in.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use neo::error::{Error, Kind};

use super::render::{self, Page};
use crate::call::Problem;
use crate::door::direction::{document, for_a_page};
use crate::door::visit::Visit;
use crate::error::{AppError, Rendered};
use crate::ui::Nav;

/// Turns what a handler gave up with into an answer. An error answer that no handler of ours made (a path that does not
/// parse, a method that is not there) becomes one of ours too.
pub async fn finish(visit: &Visit, mut response: Response) -> Response {
    if let Some(error) = response.extensions_mut().remove::<AppError>() {
        let (status, allow) = (response.status(), response.headers_mut().remove(header::ALLOW));
        let mut answered = answer(visit, &error).await;
        if visit.machine {
            // How a call is wrong (405, 413, 415) says more than the kind of its error.
            *answered.status_mut() = status;
            answered.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
        }
        return answered;
    }
    let status = response.status();
    let ours = response.extensions().get::<Rendered>().is_some() || is_page(&response);
    if (!status.is_client_error() && !status.is_server_error()) || ours {
        return response;
    }
    let error = match status {
        StatusCode::NOT_FOUND => Error::not_found("page", visit.path()),
        StatusCode::METHOD_NOT_ALLOWED => Error::new(Kind::Invalid, format!("{} is not possible here", visit.method)),
        StatusCode::PAYLOAD_TOO_LARGE => Error::new(Kind::Invalid, "what was sent is too large"),
        _ if status.is_client_error() => Error::new(Kind::Invalid, "this address or form could not be read"),
        _ => Error::internal(format!("an answer of {status} that nobody explained")),
    };
    let mut rendered = answer(visit, &AppError::from(error)).await;
    *rendered.status_mut() = status;
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        rendered.headers_mut().insert(header::ALLOW, allow);
    }
    rendered
}

fn is_page(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"))
}

async fn answer(visit: &Visit, error: &AppError) -> Response {
    let status = error.status();
    let error = &*error.0;
    if error.kind == Kind::Internal {
        tracing::error!(error_id = error.id, request_id = visit.request_id, "{}", error.log_text());
    }
    let reads = matches!(visit.method, Method::GET | Method::HEAD);
    let mut response = match error.kind {
        Kind::Unauthenticated if super::onward::is_from_elsewhere(visit) => {
            return super::onward::once_more(visit).await;
        }
        Kind::Unauthenticated if reads && !visit.machine => {
            let to = with_next("/sign-in", &visit.url);
            let mark = if to.contains('?') { '&' } else { '?' };
            // Whoever was in is told why they are out.
            return render::see_other(&if visit.was_known { format!("{to}{mark}ended=1") } else { to });
        }
        Kind::Reauthenticate if !visit.machine => {
            let back = if reads { Some(visit.url.as_str()) } else { visit.came_from.as_deref() };
            return render::see_other(&with_next("/reauthenticate", back.unwrap_or("/")));
        }
        // It was taken: where it waits is a page of its own.
        Kind::Asked if !visit.machine => {
            let request = error.request.map(|number| format!("/requests/{number}"));
            return render::see_other(request.as_deref().unwrap_or("/requests"));
        }
        // Who reads it at a page is told in the page's words.
        _ if visit.is_script() => match serde_json::to_string(&Problem::told_on_a_page(error, &visit.request_id)) {
            Ok(told) => (status, for_a_page(told)).into_response(),
            Err(_) => status.into_response(),
        },
        _ if visit.machine => match serde_json::to_string(&Problem::told(error, &visit.request_id)) {
            Ok(told) => (status, document(told)).into_response(),
            Err(_) => status.into_response(),
        },
        _ => page(visit, status, error).await,
    };
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response.extensions_mut().insert(Rendered);
    response
}

/// `/sign-in?next=%2Fruns%2F7`
pub fn with_next(path: &str, next: &str) -> String {
    match crate::door::origin::local_path(next) {
        "/" => path.to_owned(),
        next => {
            let mut out = format!("{path}?next=");
            for byte in next.bytes() {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                        out.push(char::from(byte));
                    }
                    _ => out.push_str(&format!("%{byte:02X}")),
                }
            }
            out
        }
    }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::UNAUTHORIZED => "Not signed in",
        StatusCode::CONFLICT => "Not possible now",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::SERVICE_UNAVAILABLE => "Not available",
        StatusCode::MISDIRECTED_REQUEST => "Not a host of this console",
        status if status.is_client_error() => "Cannot be done",
        _ => "Failed on our side",
    }
}

async fn page(visit: &Visit, status: StatusCode, error: &Error) -> Response {
    let title = title(status);
    let text = match &error.cause {
        Some(cause) => format!("{}: {cause}", error.message),
        None => error.message.clone(),
    };
    let hint = error.hint.clone();
    let nearest = error.nearest.clone();
    let id = error.id.clone().unwrap_or_else(|| visit.request_id.clone());
    let signed_in = visit.session.is_some();
    // Whoever is signed in keeps the ways to everything else.
    let page = if visit.actor().is_ok() { Page::new(Nav::Elsewhere, title) } else { Page::bare(title) };
    render::page(visit, page.status(status), move || {
        let nearest = (!nearest.is_empty()).then(|| format!("Close to it: {}.", nearest.join(", ")));
        view! {
            <section class="refused">
                <h1>{title}</h1>
                <p class="what">{text}</p>
                {nearest.map(|nearest| view! { <p>{nearest}</p> })}
                {hint.map(|hint| view! { <p class="muted">{super::advice::sentence(&hint)}</p> })}
                <p class="muted">"To quote: " <code>{id}</code></p>
                <p>
                    {if signed_in {
                        view! { <a class="button" href="/">"To the dashboard"</a> }
                    } else {
                        view! { <a class="button" href="/sign-in">"To the sign-in"</a> }
                    }}
                </p>
            </section>
        }
    })
    .await
}
