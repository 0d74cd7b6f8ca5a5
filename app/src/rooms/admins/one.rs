//! One admin, and the acts on them.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::Role;
use neo::admins::Admin;
use neo_model::AccountStatus;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page, see_other};
use crate::ui::{Act, Choice, Danger, Mark, Nav, Status, Time, text};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = neo::admins::find(&app.platform, &signed.actor, &id).await?;
    Ok(page(&signed, admin, Form::empty()).await)
}

pub async fn set_role(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, mut form: Form) -> Answer {
    let Some(role) = form.parsed::<Role>("role") else { return again(&app, &signed, &id, form).await };
    match neo::admins::set_role(&app.platform, &signed.actor, &id, role).await {
        Ok(admin) => Ok(see_other(&format!("/admins/{}", admin.id))),
        Err(error) => again(&app, &signed, &id, form.refuse(error)?).await,
    }
}

pub async fn reset_password(State(app): State<AppState>, signed: Signed, Path(id): Path<String>, form: Form) -> Answer {
    match neo::admins::reset_password(&app.platform, &signed.actor, &id, form.secret("password")).await {
        Ok(admin) => Ok(see_other(&format!("/admins/{}", admin.id))),
        Err(error) => again(&app, &signed, &id, form.refuse(error)?).await,
    }
}

pub async fn disable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    match neo::admins::disable(&app.platform, &signed.actor, &id).await {
        Ok(admin) => Ok(see_other(&format!("/admins/{}", admin.id))),
        Err(error) => again(&app, &signed, &id, Form::empty().refuse(error)?).await,
    }
}

pub async fn enable(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = neo::admins::enable(&app.platform, &signed.actor, &id).await?;
    Ok(see_other(&format!("/admins/{}", admin.id)))
}

pub async fn end_sessions(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    neo::admins::end_sessions(&app.platform, &signed.actor, &id).await?;
    Ok(see_other(&format!("/admins/{id}")))
}

/// The page again, with what was refused.
async fn again(app: &AppState, signed: &Signed, id: &str, form: Form) -> Answer {
    let admin = neo::admins::find(&app.platform, &signed.actor, id).await?;
    Ok(page(signed, admin, form).await)
}

async fn page(signed: &Signed, admin: Admin, form: Form) -> Response {
    let mine = signed.actor.admin_id.as_deref() == Some(admin.id.as_str());
    let page = Page::new(Nav::Admins, admin.email.clone()).under("Admins", "/admins").form(&form);
    render::page(signed, page, move || {
        let here = format!("/admins/{}", admin.id);
        let status = AccountStatus::of(admin.disabled);
        let name = format!("{} {}", admin.first_name, admin.last_name);
        let role_error = form.error("role").map(|error| error.message.clone());
        view! {
            <div class="head">
                <div>
                    <h1>{admin.email.clone()}</h1>
                    <p>
                        <Status mark=Mark::from(status) word=text::sentence(status.word()) />
                        {format!(" {name}, {}, since ", admin.role)}<Time ms=admin.created_at />
                        {mine.then_some(" (this is you)")}
                    </p>
                </div>
            </div>
            {form.summary()}
            <section aria-labelledby="role">
                <h2 id="role">"Role"</h2>
                <p class="muted">"A change signs them out of their other sessions at once."</p>
                <form method="post" action=format!("{here}/role") class="form">
                    <Choice name="role" label="Role" options=super::roles() value=admin.role.as_str() error=role_error />
                    <div class="acts"><button type="submit">"Change role"</button></div>
                </form>
            </section>
            <section aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <form method="post" action=format!("{here}/password") class="form">
                    {form.new_password("password", "New password")}
                    <div class="acts"><button type="submit">"Reset password"</button></div>
                </form>
            </section>
            <Danger>
                <div class="acts">
                    <form method="post" action=format!("{here}/end-sessions")>
                        <button type="submit">"End all sessions"</button>
                    </form>
                    {if admin.disabled {
                        view! {
                            <form method="post" action=format!("{here}/enable")>
                                <button type="submit">"Enable"</button>
                            </form>
                        }
                            .into_any()
                    } else {
                        view! { <Act label="Disable…" href=format!("{here}/disable") /> }.into_any()
                    }}
                </div>
            </Danger>
        }
    })
    .await
}
