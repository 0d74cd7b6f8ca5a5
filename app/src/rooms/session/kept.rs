//! What was typed into a form whose sender has to prove themselves once more goes along through that proof: nothing of it is lost, and
//! nothing is done before. What is secret does not go along; it is asked for again.

use axum::response::Response;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::door::origin::page_path;
use crate::door::visit::Visit;
use crate::page::forms::{Form, SECRETS};
use crate::page::render::{self, Page, see_other};
use crate::ui::Field;

/// The field in which it goes along.
pub const FIELD: &str = "kept";
/// Of a form that is larger nothing is kept: it would have to be sent three times.
const MOST: usize = 48 * 1024;
/// What a passkey has signed is worth nothing a second time.
const SIGNED: &str = "answer";

#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// Where the form was sent.
    to: String,
    fields: Vec<(String, String)>,
    /// What was filled in and is secret.
    secrets: Vec<String>,
}

impl Kept {
    pub fn of(to: &str, body: &[u8]) -> Option<Self> {
        let mut kept = Self { to: to.to_owned(), fields: Vec::new(), secrets: Vec::new() };
        for (name, value) in form_urlencoded::parse(body) {
            if label(&name).is_none() {
                kept.fields.push((name.into_owned(), value.into_owned()));
            } else if !value.is_empty() {
                kept.secrets.push(name.into_owned());
            }
        }
        let is_signed = kept.fields.iter().any(|(name, _)| name == SIGNED);
        (body.len() <= MOST && page_path(to) == to && !is_signed).then_some(kept)
    }

    /// What goes along in this form, if anything does.
    pub fn read(form: &Form) -> Option<Self> {
        let kept: Self = serde_json::from_str(form.raw(FIELD)).ok()?;
        let is_asked = kept.secrets.iter().all(|name| label(name).is_some());
        (page_path(&kept.to) == kept.to && is_asked).then_some(kept)
    }
}

fn label(name: &str) -> Option<&'static str> {
    SECRETS.iter().find(|(secret, _)| *secret == name).map(|(_, label)| *label)
}

/// They have proven it: on with what waited for that, or where they were going. Whoever has filled in a form presses once more, and sees
/// that nothing was done meanwhile.
pub async fn proven(visit: &Visit, form: &Form) -> Response {
    let Some(Kept { to, fields, secrets }) = Kept::read(form) else { return see_other(form.raw("next")) };
    let secrets: Vec<_> = SECRETS.into_iter().filter(|(name, _)| secrets.iter().any(|secret| secret == name)).collect();
    render::page(visit, Page::bare("Confirmed"), move || {
        let asks = !secrets.is_empty();
        let fields = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
        let secrets = secrets.into_iter().enumerate().map(|(n, (name, label))| {
            view! { <Field name=name label=label kind="password" autocomplete="off" autofocus={n == 0} required=true /> }
        });
        view! {
            <form method="post" action=to>
                <h1>"Confirmed"</h1>
                <p class="muted">"What you filled in is kept. Nothing has been done yet."</p>
                {asks.then(|| view! { <p class="muted">"What is secret is not kept: type it once more."</p> })}
                {fields.collect_view()}
                {secrets.collect_view()}
                <div class="field"><button class="primary wide" autofocus={!asks}>"Go on"</button></div>
            </form>
            <p class="field"><a href="/">"Cancel"</a></p>
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_not_kept_and_what_is_no_page_of_ours_is_not_led_to() {
        let body = b"slug=acme&tag=a&tag=b&note=&password=hunter2&again=";
        let kept = Kept::of("/tenants/new", body).expect("kept");
        let text = serde_json::to_string(&kept).expect("text");
        assert!(!text.contains("hunter2"), "{text}");
        let fields: Vec<_> = kept.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            (fields.join("&").as_str(), kept.secrets.as_slice()),
            ("slug=acme&tag=a&tag=b&note=", &["password".to_owned()][..])
        );
        let read = |text: &str| Kept::read(&Form::empty().with(FIELD, text));
        assert!(read(&text).is_some());
        for elsewhere in ["https://evil.example/", "//evil.example", "/api/v1/me", "/audit/export"] {
            let led = text.replace("/tenants/new", elsewhere);
            assert!(read(&led).is_none() && Kept::of(elsewhere, body).is_none(), "{elsewhere}");
        }
        assert!(read(&text.replace("\"password\"", "\"slug\"")).is_none());
        assert!(Kept::of("/account/passkeys", b"name=key&answer=%7B%7D").is_none());
        assert!(Kept::of("/tenants/new", &vec![b'a'; MOST + 1]).is_none());
    }
}
