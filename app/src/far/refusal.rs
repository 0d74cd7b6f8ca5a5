//! What a console refuses, as the error that it was there; and what answers that is no console, or does not answer.

use std::fmt::Display;

use axum::http::{StatusCode, header};
use neo::error::{Advice, Error, Kind, printable};
use reqwest::Response;
use serde_json::Value;

use crate::call::problem::Told;
use crate::web::body;

/// An answer that is none to the question.
pub async fn of(response: Response, address: &str) -> Error {
    let status = response.status();
    if status.is_redirection() {
        let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("somewhere else");
        return Error::config(format!("{address} leads on to {}", printable(to)))
            .cause("a token is sent nowhere but to NEO_URL")
            .hint("if the console is there, name it: NEO_URL");
    }
    if status == StatusCode::MISDIRECTED_REQUEST {
        return Error::config(format!("{address} is not a host of this console"))
            .cause("it answers under its own names alone: a central subdomain of its BASE_DOMAIN")
            .hint("NEO_URL=https://central.example.com, as a browser opens it");
    }
    let after = response.headers().get(header::RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    let (body, _) = body::read(response, body::REFUSAL).await.unwrap_or_default();
    let said = serde_json::from_slice::<Value>(&body).ok().and_then(|mut body| Some(body.get_mut("error")?.take()));
    let mut error = said.and_then(|said| known(said, status)).unwrap_or_else(|| stranger(status, &body, address));
    error.retry_after = error.retry_after.or(after);
    error
}

/// The error that was told.
fn known(mut said: Value, status: StatusCode) -> Option<Error> {
    let advice = said.get_mut("advice").map(Value::take);
    let said: Told = serde_json::from_value(said).ok().filter(|said: &Told| !said.message.is_empty())?;
    let mut error = Error::new(kind(&said.code, status), said.message).nearest(said.nearest);
    // What somebody can do is told as a command; an act that this version does not know, in the words it came in.
    let advice = advice.and_then(|advice| serde_json::from_value::<Advice>(advice).ok());
    error.hint = advice.or_else(|| said.hint.map(Advice::from));
    error.cause = said.cause;
    // A command ends with its error, and so does the name.
    error.field = said.field.map(|field| &*field.leak());
    error.retry_after = said.retry_after;
    error.id = said.id;
    Some(error)
}

fn kind(code: &str, status: StatusCode) -> Kind {
    let known = serde_json::from_value(Value::String(code.to_owned()));
    known.unwrap_or(match status {
        _ if status.is_server_error() => Kind::Internal,
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::CONFLICT => Kind::Conflict,
        StatusCode::UNAUTHORIZED => Kind::Unauthenticated,
        StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::TOO_MANY_REQUESTS => Kind::Throttled,
        _ => Kind::Invalid,
    })
}

/// A proxy's own page, or another program altogether.
fn stranger(status: StatusCode, body: &[u8], address: &str) -> Error {
    let text = String::from_utf8_lossy(body);
    let first = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect::<String>();
    let cause = match first.is_empty() {
        true => format!("HTTP {status}"),
        false => format!("HTTP {status}: {}", printable(&first)),
    };
    // What stands before a console says so while the console is away.
    let passes = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let (kind, hint) = match passes {
        true => {
            (Kind::Unavailable, "what stands before the console may have answered in its place; try again in a moment")
        }
        false => (Kind::Config, "NEO_URL is the origin of a console: https://central.example.com"),
    };
    Error::new(kind, format!("{address} does not answer as a console of Neo does")).cause(cause).hint(hint)
}

/// An answer of a function that has another form than this program knows.
pub fn unread(function: &str, address: &str, why: &dyn Display) -> Error {
    Error::new(Kind::Unavailable, format!("what {address} answered to {function} cannot be read"))
        .cause(why.to_string())
        .hint("the console and this program may be of different versions: neo --version")
}

/// A console that was not reached, or whose answer broke off.
pub fn unreached(error: reqwest::Error, address: &str) -> Error {
    let message = match () {
        () if error.is_timeout() => format!("{address} does not answer in time"),
        () if error.is_connect() => format!("{address} cannot be reached"),
        () => format!("the connection to {address} broke off"),
    };
    let hint = "check NEO_URL, that neo serve runs there, and the way to it";
    Error::unavailable(message).cause(innermost(&error)).hint(hint)
}

/// What says most: the last of the causes. None of them names the token.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
