//! The arguments of a call, read and refused by name: a misspelt filter must not list everything, and a number that is none
//! names itself.

use std::fmt::Display;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use neo::error::{Error, Kind, nearest, printable};
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_json::Value;
use url::form_urlencoded;

use self::words::Word;
use crate::error::AppError;

mod words;

/// A call that cannot be read: the error, with a status that says more than its kind.
pub struct Refused(pub StatusCode, pub Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(crate::error::status(error.kind), error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        let mut response = AppError::from(error).into_response();
        *response.status_mut() = status;
        response
    }
}

/// The arguments in a query. A value that says nothing is one that is not there.
pub fn of_query<T: DeserializeOwned>(query: &str) -> Result<T, Refused> {
    of_query_among(words::names::<T>(), query)
}

/// The same where some of them are those of another type, so that the type itself does not say how they are called.
pub fn of_query_among<T: DeserializeOwned>(names: &[&'static str], query: &str) -> Result<T, Refused> {
    let pairs = said(names, query)?.into_iter().map(|(name, value)| (name, Word(value)));
    serde_path_to_error::deserialize(MapDeserializer::new(pairs)).map_err(|error| untakable(names, &error))
}

/// What a query says, by name. Nothing of a kind is asked of it here: there is one of this for all functions, as there is of [`object`].
fn said(names: &[&'static str], query: &str) -> Result<Vec<(String, String)>, Error> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
        let known = argument(names, &name)?;
        clean(known, &value)?;
        if pairs.iter().any(|(said, _)| *said == name) {
            return Err(Error::invalid(known, format!("\"{known}\" is said twice"))
                .hint(format!("several values are one list: {known}=a,b")));
        }
        pairs.push((name.into_owned(), value.into_owned()));
    }
    Ok(pairs)
}

/// The arguments in a body. None at all is an object without any.
pub async fn of_body<T: DeserializeOwned>(request: Request) -> Result<T, Refused> {
    let names = words::names::<T>();
    let body = object(names, request).await?;
    // From the text once more: a name that comes twice is seen there alone.
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&body))
        .map_err(|error| untakable(names, &error))
}

/// A body that is one JSON object with these members and no others.
fn object(names: &'static [&'static str], request: Request) -> BoxFuture<'static, Result<Bytes, Refused>> {
    Box::pin(async move {
        let is_json = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
            kind.eq_ignore_ascii_case(b"application/json")
        });
        let body = Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                Error::new(Kind::Invalid, "the body is larger than 256 KiB").hint("send less at once"),
            ),
            status => Refused(status, Error::new(Kind::Invalid, "the body did not arrive")),
        })?;
        if !is_json && !body.is_empty() {
            let error = Error::new(Kind::Invalid, "the body is not said to be JSON");
            let hint = "send one JSON object, with Content-Type: application/json";
            return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, error.hint(hint)));
        }
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        let value: Value = serde_json::from_slice(&body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            let error = Error::new(Kind::Invalid, "the body is not JSON").cause(place);
            Refused(StatusCode::BAD_REQUEST, error.hint("send one JSON object"))
        })?;
        let Value::Object(members) = &value else {
            return Err(Error::new(Kind::Invalid, "the body is not an object").hint("send one JSON object").into());
        };
        for (name, value) in members {
            let known = argument(names, name)?;
            clean_within(known, value)?;
        }
        Ok(body)
    })
}

/// The argument of this name, if there is one.
fn argument(names: &[&'static str], name: &str) -> Result<&'static str, Error> {
    names.iter().find(|known| **known == name).copied().ok_or_else(|| {
        let error = Error::new(Kind::Invalid, format!("\"{}\" is not an argument of this function", printable(name)));
        let close = nearest(name, names.iter().map(|known| (*known).to_owned()));
        match names {
            [] => error.hint("it takes none"),
            names => error.nearest(close).hint(format!("it takes {}", names.join(", "))),
        }
    })
}

/// No database can keep a text with NUL in it, and what was no UTF-8 was not meant to be read as something else.
fn clean(name: &'static str, text: &str) -> Result<(), Error> {
    if text.contains(['\0', char::REPLACEMENT_CHARACTER]) {
        return Err(Error::invalid(name, format!("\"{name}\" holds a character that no text may")));
    }
    Ok(())
}

fn clean_within(name: &'static str, value: &Value) -> Result<(), Error> {
    match value {
        Value::String(text) => clean(name, text),
        Value::Array(values) => values.iter().try_for_each(|value| clean_within(name, value)),
        Value::Object(members) => members.iter().try_for_each(|(key, value)| {
            clean(name, key)?;
            clean_within(name, value)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// What serde says, without the value, which may be a password.
fn untakable<E: Display>(names: &[&'static str], error: &serde_path_to_error::Error<E>) -> Refused {
    unreadable(names, &error.path().to_string(), &error.inner().to_string()).into()
}

fn unreadable(names: &[&'static str], path: &str, said: &str) -> Error {
    let quoted = |before: &str| said.strip_prefix(before)?.split('`').next().map(str::to_owned);
    let is_whole = path.is_empty() || path == ".";
    let named = |name: &str| {
        let first = name.split(['.', '[']).next().unwrap_or_default();
        names.iter().find(|known| **known == first).copied()
    };
    let on = |error: Error, name: &str| match named(name) {
        Some(field) => error.on(field),
        None => error,
    };
    for (before, verdict) in [("missing field `", "is missing"), ("duplicate field `", "is said twice")] {
        if let Some(inner) = quoted(before) {
            let full = if is_whole { inner } else { format!("{path}.{inner}") };
            return on(Error::new(Kind::Invalid, format!("\"{}\" {verdict}", printable(&full))), &full);
        }
    }
    let told = said.split(" at line ").next().unwrap_or_default();
    let told = told.split_once("expected ").map_or_else(|| told.to_owned(), |(_, what)| format!("expected {what}"));
    on(Error::new(Kind::Invalid, format!("\"{}\" cannot be taken", printable(path))).cause(told), path)
}

#[cfg(test)]
#[path = "arguments/tests.rs"]
mod tests;
