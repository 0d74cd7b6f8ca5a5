//! Server functions, called by their addresses: a name that is none fails a test of the console's.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::dom;

/// Of a [`Problem`](crate::call::Problem), what a page tells: the whole of it would weigh more than all else here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    pub code: String,
    pub message: String,
    pub cause: Option<String>,
    pub hint: Option<String>,
    pub id: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: Told,
}

/// Asks a function that reads. What it is asked is in the address.
pub async fn get<T: DeserializeOwned>(url: &str) -> Result<T, Told> {
    let text = send(url, &RequestInit::new()).await?;
    serde_json::from_str(&text).map_err(|error| unread(&error.to_string()))
}

/// Has it done, and gives back what was answered. Never sent twice.
pub async fn post(function: &str, arguments: &str) -> Result<String, Told> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&arguments.into());
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"Content-Type".into(), &"application/json".into());
    init.set_headers(&headers);
    send(function, &init).await
}

async fn send(url: &str, init: &RequestInit) -> Result<String, Told> {
    let answer = JsFuture::from(dom::window().fetch_with_str_and_init(url, init)).await;
    let Some(response) = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok()) else {
        return Err(Told {
            code: "unavailable".into(),
            message: "the console does not answer".into(),
            hint: Some("look whether it was done before you try again".into()),
            ..Told::default()
        });
    };
    let text = match response.text() {
        Ok(text) => JsFuture::from(text).await.ok().and_then(|text| text.as_string()).unwrap_or_default(),
        Err(_) => String::new(),
    };
    match response.ok() {
        true => Ok(text),
        false => Err(match serde_json::from_str::<Refused>(&text) {
            Ok(refused) => refused.error,
            Err(_) => unread(&format!("status {}", response.status())),
        }),
    }
}

fn unread(cause: &str) -> Told {
    Told {
        code: "internal".into(),
        message: "what the console answered cannot be read".into(),
        cause: Some(cause.into()),
        ..Told::default()
    }
}
