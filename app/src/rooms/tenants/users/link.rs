//! The one page that shows a one-time link.

use axum::response::Response;
use leptos::prelude::*;
use neo_model::TenantUserLink;

use crate::door::visit::Signed;
use crate::page::render::page;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Banner, CopyText, Time, Tone};

/// It is in no address of the console and in no other answer.
pub async fn once(signed: &Signed, one: One, link: TenantUserLink) -> Response {
    let shown = titled(&one, "Link").under("Users", one.part("users"));
    page(signed, shown, move || {
        view! {
            <div class="head">
                <div><h1>{format!("A link for {}", link.email)}</h1><p>{one.tenant.name.clone()}</p></div>
            </div>
            <Banner tone=Tone::Warn title="Keep it now: it is not shown again." />
            <p><CopyText value=link.url label="the link" /></p>
            <p class="muted">
                "Give it to them alone. They choose a password there, which nobody else ever knows: once, until "
                <Time ms=link.expires_at />". A link that they had before is worth nothing any more."
            </p>
            <div class="acts"><a class="button" href=one.part("users")>"To the users"</a></div>
        }
    })
    .await
}
