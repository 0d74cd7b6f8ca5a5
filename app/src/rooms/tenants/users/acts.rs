//! What is done to one of a tenant's users. Deleting asks.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Result};
use neo::tenant_users::TenantUser;

use super::link::once;
use super::one::again;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{page, see_other};
use crate::query::Query;
use crate::rooms::tenants::calls::users;
use crate::rooms::tenants::command;
use crate::rooms::tenants::links;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::Confirm;

/// The tenant and the user of an address.
type Named = Path<(String, String)>;

pub async fn set_role(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let done = users::set_role(&Door::of(&app.platform, &signed)?, &slug, &user, form.text("role")).await;
    back(&app, &signed, (&slug, &user), form, done).await
}

pub async fn set_password(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let done = users::set_password(&Door::of(&app.platform, &signed)?, &slug, &user, form.secret("password")).await;
    back(&app, &signed, (&slug, &user), form, done).await
}

pub async fn link(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    match users::link(&Door::of(&app.platform, &signed)?, &slug, &user).await {
        Ok(link) => {
            let one = One::load(&app.platform, &signed.actor, &slug).await?;
            Ok(once(&signed, one, link).await)
        }
        Err(error) => again(&app, &signed, (&slug, &user), form.refuse(error)?).await,
    }
}

pub async fn end_sessions(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let done = users::end_sessions(&Door::of(&app.platform, &signed)?, &slug, &user).await;
    back(&app, &signed, (&slug, &user), form, done).await
}

pub async fn disable(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let done = users::disable(&Door::of(&app.platform, &signed)?, &slug, &user).await;
    back(&app, &signed, (&slug, &user), form, done).await
}

pub async fn enable(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let done = users::enable(&Door::of(&app.platform, &signed)?, &slug, &user).await;
    back(&app, &signed, (&slug, &user), form, done).await
}

pub async fn ask_delete(State(app): State<AppState>, signed: Signed, at: Named) -> Answer {
    let Path((slug, user)) = at;
    asked(&app, &signed, (&slug, &user), Form::empty()).await
}

pub async fn delete(State(app): State<AppState>, signed: Signed, at: Named, form: Form) -> Answer {
    let Path((slug, user)) = at;
    let one = neo::tenant_users::one(&app.platform, &signed.actor, &slug, &user).await?;
    if form.text("confirm") != one.email {
        let wrong = Error::invalid("confirm", "this is not their email");
        return asked(&app, &signed, (&slug, &user), form.refuse(wrong)?).await;
    }
    match users::delete(&Door::of(&app.platform, &signed)?, &slug, &user).await {
        Ok(_) => Ok(see_other(&links::part(&slug, "users"))),
        Err(error) => asked(&app, &signed, (&slug, &user), form.refuse(error)?).await,
    }
}

/// To their page, as it is now; with what was refused.
async fn back<T>(app: &AppState, signed: &Signed, (slug, user): (&str, &str), form: Form, done: Result<T>) -> Answer {
    match done {
        Ok(_) => Ok(see_other(&links::user(slug, user))),
        Err(error) => again(app, signed, (slug, user), form.refuse(error)?).await,
    }
}

async fn asked(app: &AppState, signed: &Signed, (slug, user): (&str, &str), form: Form) -> Answer {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let user = neo::tenant_users::one(&app.platform, &signed.actor, slug, user).await?;
    Ok(question(signed, one, user, form).await)
}

async fn question(signed: &Signed, one: One, user: TenantUser, form: Form) -> Response {
    let here = links::user(&one.tenant.slug, &user.id);
    let shown = titled(&one, "Delete user").under("Users", one.part("users")).form(&form);
    page(signed, shown, move || {
        let wrong = form.error("confirm").map(|error| error.message.clone());
        view! {
            <div class="head"><div><h1>{format!("Delete {}?", user.email)}</h1><p>{one.tenant.name.clone()}</p></div></div>
            {form.summary_beside(&["confirm"])}
            <Confirm
                action=links::user_act(&one.tenant.slug, &user.id, "delete")
                verb="Delete 1 user"
                cancel=here
                danger=true
                expect=Some(user.email.clone())
                error=wrong
                cli=command::users::act(&one.tenant.slug, &user.email, "delete", &Query::default()).unwrap_or_default()
            >
                <p>
                    "They are taken out of this tenant's database, with the roles that they have. Where rows there refer to them it refuses, and \
                     nothing is done; rows that its foreign keys delete along go as well."
                </p>
            </Confirm>
        }
    })
    .await
}
