//! The page that shows a tenant's user's one-time link.

use axum::response::Response;
use leptos::prelude::*;
use neo_model::TenantUserLink;

use crate::door::visit::Signed;
use crate::page::render::page;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::OnceOnly;

pub async fn once(signed: &Signed, one: One, link: TenantUserLink) -> Response {
    let shown = titled(&one, "Link").under("Users", one.part("users"));
    page(signed, shown, move || {
        view! {
            <div class="head">
                <div><h1>{format!("A link for {}", link.email)}</h1><p>{one.tenant.name.clone()}</p></div>
            </div>
            <OnceOnly url=link.url expires_at=link.expires_at />
            <div class="acts"><a class="button" href=one.part("users")>"To the users"</a></div>
        }
    })
    .await
}
