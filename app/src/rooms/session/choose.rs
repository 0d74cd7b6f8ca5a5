//! Choosing a password by a one-time link, on a tenant's address or at the console. No script, and the link is used up by the form
//! alone, not by whoever merely looks at it.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::Platform;
use neo::admins::{self, Chosen};
use neo::error::{Error, Kind};
use neo::tenant_users;
use serde::Deserialize;

use super::closed::refuse_while_out_of_use;
use crate::door::AppState;
use crate::door::host::Place;
use crate::door::visit::Visit;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};

#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// Whose link it is.
struct Opened {
    email: String,
    /// What a new admin is called as far as it is known: they say it themselves.
    names: Option<(String, String)>,
}

pub async fn ask(State(app): State<AppState>, visit: Visit, Query(link): Query<Link>) -> Answer {
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    let opened = open(&app.platform, &visit.place, &link.token).await?;
    let form = Form::empty().with("token", link.token);
    let form = match &opened.names {
        Some((first, last)) => form.with("first_name", first).with("last_name", last),
        None => form,
    };
    Ok(shown(&visit, opened, form).await)
}

pub async fn act(State(app): State<AppState>, visit: Visit, form: Form) -> Answer {
    refuse_while_out_of_use(&app.platform, &visit.place).await?;
    let done = match form.raw("password") == form.raw("again") {
        true => redeem(&app.platform, &visit, &form).await,
        false => Err(Error::invalid("again", "the two passwords differ")),
    };
    match done {
        Ok(()) => Ok(see_other("/sign-in?chosen=1")),
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            // Whose it is says the link, not the form.
            let opened = open(&app.platform, &visit.place, form.raw("token")).await?;
            Ok(shown(&visit, opened, form.refuse(error)?).await)
        }
        Err(error) => Err(error.into()),
    }
}

async fn open(platform: &Platform, place: &Place, token: &str) -> neo::Result<Opened> {
    match place {
        Place::Tenant(tenant) => {
            Ok(Opened { email: tenant_users::open_link(platform, &tenant.id, token).await?, names: None })
        }
        Place::Central => {
            let admins::Opened { email, invited } = admins::open_link(platform, token).await?;
            Ok(Opened { email, names: invited })
        }
    }
}

async fn redeem(platform: &Platform, visit: &Visit, form: &Form) -> neo::Result<()> {
    let (token, password, address) = (form.raw("token"), form.secret("password"), visit.address.as_deref());
    match &visit.place {
        Place::Tenant(tenant) => tenant_users::redeem(platform, &tenant.id, token, &password, address).await,
        Place::Central => {
            let names = (form.text("first_name").to_owned(), form.text("last_name").to_owned());
            admins::redeem(platform, token, Chosen { password, names }, address).await
        }
    }
}

async fn shown(visit: &Visit, opened: Opened, form: Form) -> Response {
    let Opened { email, names } = opened;
    let whose = match &visit.place {
        Place::Tenant(tenant) => format!("For {email}, in {}. This link works once.", tenant.name),
        Place::Central => format!("For {email}, at the console. This link works once."),
    };
    render::page(visit, Page::bare("Choose a password").form(&form), move || {
        let names = names.map(|_| {
            view! {
                {form.input("first_name", "First name", "text", "given-name")}
                {form.input("last_name", "Last name", "text", "family-name")}
            }
        });
        view! {
            <form method="post" action="/password">
                <h1>"Choose a password"</h1>
                <p class="muted">{whose}</p>
                {form.summary_beside(&["first_name", "last_name", "password", "again"])}
                <input type="hidden" name="token" value=form.raw("token").to_owned() />
                <input type="hidden" name="username" autocomplete="username" value=email />
                {names}
                {form.new_password("password", "New password")}
                {form.password("again", "New password again", "new-password")}
                <div class="field"><button class="primary wide">"Set password"</button></div>
            </form>
        }
    })
    .await
}
