//! One's own account: password and sessions.

use axum::extract::{Query, State};
use leptos::prelude::*;
use neo::sessions::Session;
use neo_model::WayIn;
use serde::Deserialize;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::rooms::account::links;
use crate::rooms::{factors, passkeys, tokens};
use crate::ui::{Act, Column, Nav, Table, Time};

#[derive(Deserialize)]
pub struct Arrived {
    /// Set where they have just signed in with a recovery code.
    recovered: Option<String>,
}

pub async fn show(State(app): State<AppState>, signed: Signed, Query(arrived): Query<Arrived>) -> Answer {
    let form = Form::empty();
    let form = if arrived.recovered.is_some() { form.with("recovered", "1") } else { form };
    shown(&app, &signed, form).await
}

/// With what was typed and what is wrong with it.
pub async fn shown(app: &AppState, signed: &Signed, form: Form) -> Answer {
    let sessions = neo::sessions::list_own(&app.platform, &signed.actor).await?;
    let mut mine = neo::tokens::list(&app.platform, &signed.actor).await?;
    mine.retain(|token| token.maker_id.is_some() && token.maker_id == signed.actor.admin_id);
    let factor = neo::second_factor::status(&app.platform, &signed.actor).await?;
    let passkeys = neo::second_factor::passkeys::list(&app.platform, &signed.actor).await?;
    let recovered = form.ticked("recovered");
    let (me, this) = (signed.session.clone(), signed.session.id_hash.clone());
    let role = signed.actor.role;
    let own = neo::admins::own(&app.platform, &signed.actor).await?;
    let has_password = own.ways.contains(&WayIn::Password);
    let provider = app.platform.config.oidc.as_ref().filter(|_| own.ways.contains(&WayIn::Provider));
    let by_provider = provider.map(|oidc| {
        let besides = match (has_password, neo::sessions::takes_password(&app.platform, &own)) {
            (false, _) => "You have no password here.",
            (true, false) => "The password that you have here lets nobody in.",
            (true, true) => "Your password here lets you in as well.",
        };
        format!("You sign in with {}, which also says what your role is. {besides}", oidc.name)
    });
    let page = Page::new(Nav::Account, "Account").form(&form);
    let page = render::page(signed, page, move || {
        let others = sessions.len() > 1;
        let rows = sessions.into_iter().map(|session| row(session, &this)).collect_view();
        let columns = vec![
            Column::new("Device"),
            Column::new("Address"),
            Column::num("Since"),
            Column::num("Last seen"),
            Column::hidden("Act"),
        ];
        view! {
            <div class="head"><div><h1>"Account"</h1><p>{format!("{}, {}, {role}", me.name, me.email)}</p></div></div>
            <section aria-labelledby="password">
                <h2 id="password">{if by_provider.is_some() { "Sign-in" } else { "Password" }}</h2>
                {by_provider.map(|said| view! { <p>{said}</p> })}
                {has_password.then(|| new_password(&form, me.email.clone()))}
            </section>
            {factors::section::section(factor, recovered)}
            {passkeys::section::section(passkeys)}
            <section aria-labelledby="sessions">
                <h2 id="sessions">"Sessions"</h2>
                <Table caption="Sessions" columns=columns><tbody>{rows}</tbody></Table>
                {others
                    .then(|| {
                        view! {
                            <form method="post" action=links::END_OTHERS class="acts">
                                <button type="submit">"End all other sessions"</button>
                            </form>
                        }
                    })}
            </section>
            <section aria-labelledby="tokens">
                <h2 id="tokens">"Tokens"</h2>
                <p class="muted">"What programs come in with in your name. None is worth more than you are."</p>
                {tokens::table::table(mine, false)}
                <div class="acts"><Act label="New token" href=tokens::links::NEW /></div>
            </section>
        }
    });
    Ok(page.await)
}

fn new_password(form: &Form, email: String) -> impl IntoView + use<> {
    view! {
        <p class="muted">"A new password ends your other sessions."</p>
        <form method="post" action=links::PASSWORD class="form">
            {form.summary_beside(&["old", "new", "again"])}
            <input type="hidden" name="username" autocomplete="username" value=email />
            {form.password("old", "Password now", "current-password")}
            {form.new_password("new", "New password")}
            {form.password("again", "New password again", "new-password")}
            <div class="acts"><button type="submit" class="primary">"Change password"</button></div>
        </form>
    }
}

fn row(session: Session, this: &str) -> impl IntoView + use<> {
    let device = neo::sessions::device(session.user_agent.as_deref());
    let act = if session.id_hash == this {
        view! { <strong>"This one"</strong> }.into_any()
    } else {
        view! {
            <div class="acts">
                <form method="post" action=links::END>
                    <input type="hidden" name="session" value=session.id_hash />
                    <button type="submit">"End"</button>
                </form>
                <form method="post" action=links::NOT_ME><button type="submit">"This was not me"</button></form>
            </div>
        }
        .into_any()
    };
    view! {
        <tr>
            <td title=session.user_agent>{device}</td>
            <td class="mono">{session.address}</td>
            <td class="num nowrap" data-label="Since"><Time ms=session.created_at /></td>
            <td class="num nowrap" data-label="Last seen"><Time ms=session.last_seen_at /></td>
            <td class="num">{act}</td>
        </tr>
    }
}
