//! All admins.

use axum::extract::State;
use leptos::prelude::*;
use neo::admins::Admin;
use neo_model::AccountStatus;

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{self, Page};
use crate::rooms::admins::links;
use crate::rooms::admins::words::{standing, ways};
use crate::rooms::tokens;
use crate::ui::{Column, Mark, Nav, Status, Table, Time, text};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let admins = neo::admins::list(&app.platform, &signed.actor).await?;
    let everybodys = neo::tokens::list(&app.platform, &signed.actor).await?;
    let me = signed.actor.admin_id.clone();
    let page = Page::new(Nav::Admins, "Admins");
    let page = render::page(&signed, page, move || {
        let said = text::count(i64::try_from(admins.len()).unwrap_or(i64::MAX), "admin");
        let columns = vec![
            Column::new("Status"),
            Column::new("Email"),
            Column::new("Name"),
            Column::new("Role"),
            Column::new("Second factor"),
            Column::new("Signs in by"),
            Column::num("Last sign-in"),
        ];
        let rows = admins.into_iter().map(|admin| row(admin, me.as_deref())).collect_view();
        view! {
            <div class="head">
                <div><h1>"Admins"</h1><p>{said}</p></div>
                <div class="acts">
                    <a class="button" href=links::NEW>"New admin"</a>
                    <a class="button primary" href=links::INVITE>"Invite…"</a>
                </div>
            </div>
            <Table caption="Admins" columns=columns><tbody>{rows}</tbody></Table>
            <section aria-labelledby="tokens">
                <h2 id="tokens">"Tokens of everybody"</h2>
                {tokens::table::table(everybodys, true)}
            </section>
        }
    });
    Ok(page.await)
}

fn row(admin: Admin, me: Option<&str>) -> impl IntoView + use<> {
    let status = admin.status();
    let until = (status == AccountStatus::Invited).then(|| standing(admin.link_until));
    let you = (me == Some(admin.id.as_str())).then_some(" (you)");
    let last = match admin.last_signed_in_at {
        Some(ms) => view! { <Time ms=ms /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            <td><Status mark=Mark::from(status) word=text::sentence(status.word()) />{until}</td>
            <td><a href=links::one(&admin.id)>{admin.email}</a>{you}</td>
            <td>{format!("{} {}", admin.first_name, admin.last_name).trim().to_owned()}</td>
            <td>{admin.role.as_str()}</td>
            <td data-label="Second factor">{if admin.second_factor { "yes" } else { "no" }}</td>
            <td data-label="Signs in by">{ways(&admin.ways)}</td>
            <td class="num nowrap" data-label="Last sign-in">{last}</td>
        </tr>
    }
}
