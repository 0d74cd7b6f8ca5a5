//! Central admins: who there is, and what may be changed about them. Superadmins only; the platform enforces it.

mod list;
mod one;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use leptos::prelude::*;
use neo::actor::{Permission, Role};
use neo::admins::NewAdmin;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::ui::{Choice, Confirm, Field, Nav};

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/admins", get(list::show).post(create))
        .route("/admins/new", get(ask))
        .route("/admins/{id}", get(one::show))
        .route("/admins/{id}/role", post(one::set_role))
        .route("/admins/{id}/password", post(one::reset_password))
        .route("/admins/{id}/disable", get(ask_disable).post(one::disable))
        .route("/admins/{id}/enable", post(one::enable))
        .route("/admins/{id}/end-sessions", post(one::end_sessions))
}

/// The roles to choose from, each with what it is for.
fn roles() -> Vec<(String, String)> {
    let what = |role| match role {
        Role::Support => "Support: sees everything, reruns what failed",
        Role::Admin => "Admin: also starts runs and manages tenants' users",
        Role::Superadmin => "Superadmin: also tenants, servers, keys and admins",
    };
    Role::ALL.map(|role| (role.as_str().to_owned(), what(role).to_owned())).to_vec()
}

async fn ask(signed: Signed) -> Answer {
    signed.actor.authorise(Permission::ManageAdmins)?;
    Ok(form_page(&signed, Form::empty().with("role", "support")).await)
}

async fn create(State(app): State<AppState>, signed: Signed, mut form: Form) -> Answer {
    signed.actor.authorise(Permission::ManageAdmins)?;
    let Some(role) = form.parsed("role") else { return Ok(form_page(&signed, form).await) };
    let new = NewAdmin {
        email: form.text("email").to_owned(),
        password: form.secret("password"),
        first_name: form.text("first_name").to_owned(),
        last_name: form.text("last_name").to_owned(),
        role,
    };
    match neo::admins::create(&app.platform, &signed.actor, new).await {
        Ok(admin) => Ok(see_other(&format!("/admins/{}", admin.id))),
        Err(error) => Ok(form_page(&signed, form.refuse(error)?).await),
    }
}

async fn form_page(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Admins, "New admin").under("Admins", "/admins").form(&form);
    render::page(signed, page, move || {
        let wrong = |name: &str| form.error(name).map(|error| error.message.clone());
        view! {
            <div class="head"><div><h1>"New admin"</h1><p>"They sign in with this password and can change it."</p></div></div>
            <form method="post" action="/admins" class="form">
                {form.summary()}
                <Field name="email" label="Email" kind="email" value=form.raw("email") error=wrong("email") required=true />
                <Field name="first_name" label="First name" value=form.raw("first_name") error=wrong("first_name") required=true />
                <Field name="last_name" label="Last name" value=form.raw("last_name") error=wrong("last_name") required=true />
                <Choice name="role" label="Role" options=roles() value=form.raw("role") error=wrong("role") />
                {form.new_password("password", "Password")}
                <div class="acts">
                    <button type="submit" class="primary">"Create admin"</button>
                    <a class="button" href="/admins">"Cancel"</a>
                </div>
            </form>
        }
    })
    .await
}

async fn ask_disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    signed.actor.authorise(Permission::ManageAdmins)?;
    let admin = neo::admins::find(&app.platform, &signed.actor, &id).await?;
    let here = format!("/admins/{}", admin.id);
    let page = Page::new(Nav::Admins, "Disable").under("Admins", "/admins").under(admin.email.clone(), here.clone());
    let page = render::page(&signed, page, move || {
        view! {
            <h1>{format!("Disable {}?", admin.email)}</h1>
            <Confirm action=format!("{here}/disable") verb="Disable 1 admin" cancel=here.clone() danger=true>
                <p>"They are signed out everywhere within seconds and cannot sign in until they are enabled again."</p>
            </Confirm>
        }
    });
    Ok(page.await)
}
