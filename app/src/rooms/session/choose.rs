//! On a tenant's address: choosing a password by a one-time link. No script, and the link is used up by the form alone, not by
//! whoever merely looks at it.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Kind};
use neo::tenant_users;
use serde::Deserialize;

use super::closed::refuse_while_out_of_use;
use crate::door::AppState;
use crate::door::host::{Place, TenantPlace};
use crate::door::visit::Visit;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};

#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

pub async fn ask(State(app): State<AppState>, visit: Visit, Query(link): Query<Link>) -> Answer {
    let tenant = place(&visit)?;
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    let email = tenant_users::open_link(&app.platform, &tenant.id, &link.token).await?;
    let form = Form::empty().with("token", link.token).with("email", email);
    Ok(shown(&visit, tenant.name.clone(), form).await)
}

pub async fn act(State(app): State<AppState>, visit: Visit, form: Form) -> Answer {
    let tenant = place(&visit)?;
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    let (token, password) = (form.raw("token").to_owned(), form.secret("password"));
    let done = match form.raw("password") == form.raw("again") {
        true => tenant_users::redeem(&app.platform, &tenant.id, &token, &password, visit.address.as_deref()).await,
        false => Err(Error::invalid("again", "the two passwords differ")),
    };
    match done {
        Ok(()) => Ok(see_other("/sign-in?chosen=1")),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            // Whose it is says the link, not the form.
            let email = tenant_users::open_link(&app.platform, &tenant.id, &token).await?;
            let form = form.without(|name| name == "email").with("email", email).refuse(error)?;
            Ok(shown(&visit, tenant.name.clone(), form).await)
        }
        Err(error) => Err(error.into()),
    }
}

fn place(visit: &Visit) -> neo::Result<&TenantPlace> {
    match &visit.place {
        Place::Tenant(tenant) => Ok(tenant),
        Place::Central => Err(Error::not_found("page", visit.path())),
    }
}

async fn shown(visit: &Visit, tenant: String, form: Form) -> Response {
    render::page(visit, Page::bare("Choose a password").form(&form), move || {
        view! {
            <form method="post" action="/password">
                <h1>"Choose a password"</h1>
                <p class="muted">{format!("For {}, in {tenant}. This link works once.", form.raw("email"))}</p>
                {form.summary_beside(&["password", "again"])}
                <input type="hidden" name="token" value=form.raw("token").to_owned() />
                <input type="hidden" name="username" autocomplete="username" value=form.raw("email").to_owned() />
                {form.new_password("password", "New password")}
                {form.password("again", "New password again", "new-password")}
                <div class="field"><button class="primary wide">"Set password"</button></div>
            </form>
        }
    })
    .await
}
