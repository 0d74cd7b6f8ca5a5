//! One of a tenant's users, and what may be changed about them.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::tenant_users::{self, TenantUser};
use neo_model::{AccountStatus, ClosedAct, UserAct};

use super::closed;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::page;
use crate::problems;
use crate::query::Query;
use crate::rooms::tenants::command::users;
use crate::rooms::tenants::links;
use crate::rooms::tenants::one::frame::titled;
use crate::rooms::tenants::one::model::One;
use crate::ui::{Act, Choice, CopyForm, CopySeveral, CopyText, Danger, Mark, Status, Time, text};

pub async fn show(State(app): State<AppState>, signed: Signed, Path((slug, user)): Path<(String, String)>) -> Answer {
    again(&app, &signed, (&slug, &user), Form::empty()).await
}

/// The page, with what was refused.
pub async fn again(app: &AppState, signed: &Signed, (slug, user): (&str, &str), form: Form) -> Answer {
    let one = One::load(&app.platform, &signed.actor, slug).await?;
    let user = tenant_users::one(&app.platform, &signed.actor, slug, user).await?;
    let roles = tenant_users::roles(&app.platform, &signed.actor, slug).await?;
    let shut = tenant_users::closed(&app.platform, &signed.actor, slug).await?;
    let shown = titled(&one, &user.email).under("Users", one.part("users")).form(&form);
    Ok(page(signed, shown, move || view(&one, &user, roles, &form, &shut)).await)
}

fn view(one: &One, user: &TenantUser, roles: Vec<String>, form: &Form, shut: &[ClosedAct]) -> AnyView {
    let why = |act| closed::why(shut, act);
    let [no_role, no_link, no_password, no_status] =
        [UserAct::SetRole, UserAct::SignIn, UserAct::SetPassword, UserAct::Disable].map(why);
    let acts = ["role", "link", "password", "end-sessions", "enable", "disable", "delete"];
    let [set_role, link, set_password, end_sessions, enable, disable, delete] =
        acts.map(|act| links::user_act(&one.tenant.slug, &user.id, act));
    let is_disabled = user.disabled;
    let status = AccountStatus::of(user.disabled);
    let last = match user.last_signed_in_at {
        Some(ms) => view! { "last sign-in "<Time ms=ms /> }.into_any(),
        None => "never signed in".into_any(),
    };
    let options = roles.into_iter().map(|role| (role.clone(), role)).collect();
    let to_role = set_role.clone();
    let of_role = user.roles.first().map(|role| Query::from([("role", role.as_str())]));
    let of_role = of_role.and_then(|query| users::act(&one.tenant.slug, &user.email, "role", &query));
    let held = user.roles.first().cloned().unwrap_or_default();
    view! {
        <div class="head">
            <div>
                <h1>{user.email.clone()}</h1>
                <p>
                    <Status mark=Mark::from(status) word=text::sentence(status.word()) />
                    {format!(" · {} {} · in {} · {} · ", user.first_name, user.last_name, one.tenant.name, said(&user.roles))}
                    {last}" · "<CopyText value=user.id.clone() label="the id" />
                </p>
            </div>
            <div class="acts"><CopySeveral commands=users::of(&one.tenant.slug, user) /></div>
        </div>
        {closed::view(shut)}
        {form.summary_beside(&["role", "password"])}
        <section aria-labelledby="role">
            <h2 id="role">"Role"</h2>
            <p class="muted">"In the place of all that they have. A change signs them out."</p>
            <form method="post" action=set_role class="form">
                <Choice name="role" label="Role" options=options value=held error=problems::on(form, "role") />
                <div class="acts">
                    <button type="submit" disabled=no_role.is_some() title=no_role>"Change role"</button>
                    <CopyForm command=of_role from=to_role />
                </div>
            </form>
        </section>
        <section aria-labelledby="link">
            <h2 id="link">"One-time link"</h2>
            <p class="muted">
                "They choose a password by it, once, within 48 hours, and nobody else ever knows it. Until then the one that they have is good."
            </p>
            <form method="post" action=link class="form">
                <div class="acts"><button type="submit" disabled=no_link.is_some() title=no_link>"Make a link"</button></div>
            </form>
        </section>
        <section aria-labelledby="password">
            <h2 id="password">"Password"</h2>
            <p class="muted">"You know it then. A new one signs them out."</p>
            <form method="post" action=set_password class="form">
                {form.new_password("password", "New password")}
                <div class="acts"><button type="submit" disabled=no_password.is_some() title=no_password>"Set password"</button></div>
            </form>
        </section>
        <Danger>
            <div class="acts">
                <form method="post" action=end_sessions><button type="submit">"End all sessions"</button></form>
                {match is_disabled {
                    true => view! { <form method="post" action=enable><button type="submit" disabled=no_status.is_some() title=no_status>"Enable"</button></form> }.into_any(),
                    false => view! { <form method="post" action=disable><button type="submit" disabled=no_status.is_some() title=no_status>"Disable"</button></form> }.into_any(),
                }}
                <Act label="Delete…" href=delete />
            </div>
        </Danger>
    }
    .into_any()
}

fn said(roles: &[String]) -> String {
    if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") }
}
