//! The page that shows the link by which an admin chooses a password.

use axum::response::Response;
use leptos::prelude::*;
use neo_model::AdminLink;

use super::links;
use crate::door::visit::Signed;
use crate::page::render::{self, Page};
use crate::ui::{Nav, OnceOnly};

pub async fn once(signed: &Signed, link: AdminLink) -> Response {
    render::page(signed, Page::new(Nav::Admins, "Link").under("Admins", links::LIST), move || {
        view! {
            <div class="head"><div><h1>{format!("A link for {}", link.email)}</h1></div></div>
            <OnceOnly url=link.url expires_at=link.expires_at mailed=link.mailed />
            <div class="acts"><a class="button" href=links::LIST>"To the admins"</a></div>
        }
    })
    .await
}
