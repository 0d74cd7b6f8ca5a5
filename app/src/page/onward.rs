//! Pages that go on by themselves, without a script: to another address of ours, or to another site.
//!
//! The session's cookie is Strict: whoever comes from elsewhere (a link in a mail, an identity provider) arrives without it, as if nobody
//! were signed in. A page of ours that asks once more for the same address is no other site, and has it.

use axum::http::Method;
use axum::response::Response;
use leptos::prelude::*;

use super::render::{self, Page};
use crate::door::origin::page_path;
use crate::door::visit::Visit;

/// Where a page leads to, and what stands on it for whoever is not led.
pub struct Onward {
    pub title: String,
    pub text: String,
    pub url: String,
}

/// Whether this was asked for by a page of another site, and might be answered otherwise by one of ours.
pub fn is_from_elsewhere(visit: &Visit) -> bool {
    visit.from_elsewhere && visit.method == Method::GET && !visit.machine && visit.session.is_none()
}

/// Asks for the same once more.
pub async fn once_more(visit: &Visit) -> Response {
    let url = page_path(&visit.url).to_owned();
    let (title, text) = ("One moment".to_owned(), "You come from another site.".to_owned());
    page(visit, Onward { title, text, url }).await
}

pub async fn page(visit: &Visit, onward: Onward) -> Response {
    let Onward { title, text, url } = onward;
    let page = Page::bare(title.clone()).onward(url.clone());
    render::page(visit, page, move || {
        view! {
            <section>
                <h1>{title}</h1>
                <p>{text}</p>
                <p class="field"><a class="button primary wide" href=url>"Continue"</a></p>
            </section>
        }
    })
    .await
}
