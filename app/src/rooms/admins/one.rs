//! One admin, and what may be changed about them.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::admins::Admin;
use neo_model::AccountStatus;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::rooms::admins::links;
use crate::rooms::admins::words::roles;
use crate::ui::{Act, Choice, Danger, Mark, Nav, Status, Time, text};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(id): Path<String>) -> Answer {
    let admin = neo::admins::find(&app.platform, &signed.actor, &id).await?;
    Ok(shown(&signed, admin, Form::empty()).await)
}

/// The page again, with what was refused.
pub async fn again(app: &AppState, signed: &Signed, id: &str, form: Form) -> Answer {
    let admin = neo::admins::find(&app.platform, &signed.actor, id).await?;
    Ok(shown(signed, admin, form).await)
}

async fn shown(signed: &Signed, admin: Admin, form: Form) -> Response {
    let mine = signed.actor.admin_id.as_deref() == Some(admin.id.as_str());
    let page = Page::new(Nav::Admins, admin.email.clone()).under("Admins", links::LIST).form(&form);
    render::page(signed, page, move || {
        let acts = ["role", "password", "end-sessions", "enable", "disable", "reset-2fa"]
            .map(|act| links::act(&admin.id, act));
        let [set_role, reset_password, end_sessions, enable, disable, reset_factor] = acts;
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
                <form method="post" action=set_role class="form">
                    <Choice name="role" label="Role" options=roles() value=admin.role.as_str() error=role_error />
                    <div class="acts"><button type="submit">"Change role"</button></div>
                </form>
            </section>
            <section aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <form method="post" action=reset_password class="form">
                    {form.new_password("password", "New password")}
                    <div class="acts"><button type="submit">"Reset password"</button></div>
                </form>
            </section>
            <Danger>
                <div class="acts">
                    <form method="post" action=end_sessions>
                        <button type="submit">"End all sessions"</button>
                    </form>
                    {admin
                        .second_factor
                        .then(|| {
                            view! {
                                <form method="post" action=reset_factor>
                                    <button type="submit">"Reset second factor"</button>
                                </form>
                            }
                        })}
                    {if admin.disabled {
                        view! {
                            <form method="post" action=enable>
                                <button type="submit">"Enable"</button>
                            </form>
                        }
                            .into_any()
                    } else {
                        view! { <Act label="Disable…" href=disable /> }.into_any()
                    }}
                </div>
            </Danger>
        }
    })
    .await
}
