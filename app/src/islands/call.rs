//! Server functions, called by their addresses: a name that is none fails a test of the console's.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::dom;
use crate::call::Problem;
use crate::call::problem::Told;

/// Asks a function that reads. What it is asked is in the address.
pub async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Problem> {
    let text = send(url, &RequestInit::new()).await?;
    serde_json::from_str(&text).map_err(|error| unread(&error.to_string()))
}

/// Has it done, and gives back what was answered. Never sent twice.
pub async fn post(function: &str, arguments: &str) -> Result<String, Problem> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&arguments.into());
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"Content-Type".into(), &"application/json".into());
    init.set_headers(&headers);
    send(function, &init).await
}

async fn send(url: &str, init: &RequestInit) -> Result<String, Problem> {
    let answer = JsFuture::from(dom::window().fetch_with_str_and_init(url, init)).await;
    let Some(response) = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()) else {
        return Err(told(Told {
            code: "unavailable".into(),
            message: "the console does not answer".into(),
            hint: Some("look whether it was done before you try again".into()),
            ..Told::default()
        }));
    };
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()).unwrap_or_default(),
        Err(_) => String::new(),
    };
    match response.ok() {
        true => Ok(text),
        false => Err(serde_json::from_str(&text).unwrap_or_else(|_| unread(&format!("status {}", response.status())))),
    }
}

fn unread(cause: &str) -> Problem {
    told(Told {
        code: "internal".into(),
        message: "what the console answered cannot be read".into(),
        cause: Some(cause.into()),
        ..Told::default()
    })
}

fn told(error: Told) -> Problem {
    Problem { error }
}
