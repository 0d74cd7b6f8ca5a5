//! One admin, and what may be changed about them.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::admins::Admin;
use neo_model::{AccountStatus, WayIn};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::query::Query;
use crate::rooms::admins::words::{roles, standing, ways};
use crate::rooms::admins::{command, links};
use crate::ui::{Act, Choice, CopyForm, CopySeveral, Danger, Mark, Nav, Status, Time, text};

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
        let acts = ["role", "password", "end-sessions", "enable", "disable", "reset-2fa", "unlink"]
            .map(|act| links::act(&admin.id, act));
        let [set_role, reset_password, end_sessions, enable, disable, reset_factor, unlink] = acts;
        let has_provider = admin.ways.contains(&WayIn::Provider);
        let role_said = match has_provider {
            false => "A change signs them out of their other sessions at once.",
            true => "A change signs them out of their other sessions at once. The identity provider says what it is at each sign-in there.",
        };
        let by = ways(&admin.ways).map(|ways| format!(". Signs in by {ways}."));
        let status = admin.status();
        let until = (status == AccountStatus::Invited).then(|| standing(admin.link_until));
        let name = format!("{} {}", admin.first_name, admin.last_name);
        let said = match name.trim() {
            "" => format!(" {}, since ", admin.role),
            name => format!(" {name}, {}, since ", admin.role),
        };
        let chosen = Query::from([("role", admin.role.as_str())]);
        let role_error = form.error("role").map(|error| error.message.clone());
        view! {
            <div class="head">
                <div>
                    <h1>{admin.email.clone()}</h1>
                    <p>
                        <Status mark=Mark::from(status) word=text::sentence(status.word()) />
                        {until}
                        {said}<Time ms=admin.created_at />
                        {mine.then_some(" (this is you)")}
                        {by}
                    </p>
                </div>
                <div class="acts"><CopySeveral commands=command::of(&admin, has_provider) /></div>
            </div>
            {form.summary()}
            <section aria-labelledby="role">
                <h2 id="role">"Role"</h2>
                <p class="muted">{role_said}</p>
                <form method="post" action=set_role class="form">
                    <Choice name="role" label="Role" options=roles() value=admin.role.as_str() error=role_error />
                    <div class="acts">
                        <button type="submit">"Change role"</button>
                        <CopyForm command=command::act(&admin.email, "role", &chosen) from=links::act(&admin.id, "role") />
                    </div>
                </form>
            </section>
            {link_section(&admin)}
            <section aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <p class="muted">"You know it then. A new one signs them out."</p>
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
                    {has_provider
                        .then(|| {
                            view! {
                                <form method="post" action=unlink>
                                    <button type="submit">"Part from the identity provider"</button>
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

/// The link by which they choose a password themselves.
fn link_section(admin: &Admin) -> impl IntoView + use<> {
    let [make, revoke] = ["link", "revoke"].map(|act| links::act(&admin.id, act));
    let (title, said, verb, back) = match admin.invited {
        true => (
            "Invitation",
            "They choose a password by a link, once, within 48 hours, and cannot sign in until they have.",
            "Make another link",
            Some("Take the invitation back"),
        ),
        false => (
            "Reset by link",
            "They choose a password by it, once, within 48 hours, and nobody else ever knows it. Until then the one that they have is \
             good. A second factor stays as it is.",
            "Make a link",
            admin.link_until.map(|_| "Take the link back"),
        ),
    };
    let until = admin.link_until.map(|ms| view! { <p>"A link is good until "<Time ms=ms />"."</p> });
    let back = back.map(|back| {
        view! { <form method="post" action=revoke><button type="submit">{back}</button></form> }
    });
    view! {
        <section aria-labelledby="link">
            <h2 id="link">{title}</h2>
            <p class="muted">{said}</p>
            {until}
            <div class="acts">
                <form method="post" action=make><button type="submit">{verb}</button></form>
                {back}
            </div>
        </section>
    }
}
