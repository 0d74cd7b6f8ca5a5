//! The first superadmin: a one-time link that `neo serve` prints while there is nobody who could sign in.

use axum::extract::{Query, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Role;
use neo::admins::NewAdmin;
use neo::error::{Advice, Do, Error, Kind};
use serde::Deserialize;

use crate::door::AppState;
use crate::door::visit::Visit;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::page::route::{Route, Whom};

pub fn pages() -> Vec<Route> {
    vec![Route::get("/setup", Whom::Anybody, ask), Route::post("/setup", Whom::Anybody, create)]
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

async fn ask(State(app): State<AppState>, visit: Visit, Query(link): Query<Link>) -> Answer {
    if !neo::admins::setup_token_is_valid(&app.platform, &link.token).await? {
        return Err(worn_out().into());
    }
    Ok(page(&visit, Form::empty().with("token", link.token)).await)
}

async fn create(State(app): State<AppState>, visit: Visit, form: Form) -> Answer {
    if form.raw("password") != form.raw("again") {
        let mut form = form;
        form.complain(Some("again"), "the two passwords differ", None);
        return Ok(page(&visit, form).await);
    }
    let new = NewAdmin {
        email: form.text("email").to_owned(),
        password: form.secret("password"),
        first_name: form.text("first_name").to_owned(),
        last_name: form.text("last_name").to_owned(),
        role: Role::Superadmin,
    };
    match neo::admins::redeem_setup(&app.platform, form.raw("token"), new).await {
        Ok(_) => Ok(see_other("/sign-in?ready=1")),
        Err(error) if error.kind == Kind::Invalid && error.field.is_some_and(|field| field != "token") => {
            Ok(page(&visit, form.refuse(error)?).await)
        }
        Err(error) if matches!(error.kind, Kind::Internal | Kind::Unavailable | Kind::Throttled) => Err(error.into()),
        Err(_) => Err(worn_out().into()),
    }
}

fn worn_out() -> Error {
    Error::new(Kind::NotFound, "this set-up link is not valid")
        .cause("it was used, is older than 30 minutes, a newer one was made, or there is an admin already")
        .hint(Advice::from("restart ").act(Do::Serve {}).and(" for a new link, or run ").act(Do::CreateCentralAdmin {}))
}

async fn page(visit: &Visit, form: Form) -> Response {
    render::page(visit, Page::bare("Set up").form(&form), move || {
        view! {
            <form method="post" action="/setup">
                <h1>"Create the first superadmin"</h1>
                <p class="muted">"This link works once. Everybody else is added from the console."</p>
                {form.summary_beside(&["email", "first_name", "last_name", "password", "again"])}
                <input type="hidden" name="token" value=form.raw("token").to_owned() />
                {form.input("email", "Email", "email", "username")}
                {form.input("first_name", "First name", "text", "given-name")}
                {form.input("last_name", "Last name", "text", "family-name")}
                {form.new_password("password", "Password")}
                {form.password("again", "Password again", "new-password")}
                <div class="field"><button class="primary wide">"Create superadmin"</button></div>
            </form>
        }
    })
    .await
}
