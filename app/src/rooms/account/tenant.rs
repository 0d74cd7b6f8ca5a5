//! On a tenant's subdomain: who is signed in, and the way out.

use axum::response::IntoResponse;
use leptos::prelude::*;
use neo::error::{Error, Kind};

use crate::door::host::Place;
use crate::door::visit::Visit;
use crate::error::Answer;
use crate::page::render::{self, Page};

pub async fn show(visit: Visit) -> Answer {
    let (Some(session), Place::Tenant(tenant)) = (visit.session.clone(), visit.place.clone()) else {
        return Err(Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again").into());
    };
    let page = render::page(&visit, Page::bare("Account"), move || {
        view! {
            <h1>"Account"</h1>
            <dl>
                <dt>"Tenant"</dt>
                <dd>{tenant.name.clone()}</dd>
                <dt>"Name"</dt>
                <dd>{session.name}</dd>
                <dt>"Email"</dt>
                <dd>{session.email}</dd>
                <dt>"Role"</dt>
                <dd>{session.tenant_role}</dd>
            </dl>
            <form method="post" action="/sign-out" class="field"><button type="submit">"Sign out"</button></form>
        }
    });
    Ok(page.await.into_response())
}
