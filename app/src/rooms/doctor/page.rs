//! What the doctor finds. It looks when it is asked to, since it asks every server: coming here alone does not.

use axum::extract::State;
use leptos::prelude::*;
use neo::error::printable;
use neo_model::Diagnosis;

use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::ui::text::{count, sentence};
use crate::ui::{Column, CopyCli, Empty, Mark, Nav, Status, Table};

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let only_locks = query.has("part", links::LOCKS);
    let found = match query.get("part") {
        Some(_) => Some(calls::examine(&Door::of(&app.platform, &signed)?, only_locks).await?),
        None => None,
    };
    Ok(page(&signed, Page::new(Nav::Doctor, "Doctor"), move || view(found, only_locks)).await)
}

fn view(found: Option<Vec<Diagnosis>>, only_locks: bool) -> AnyView {
    let said = match &found {
        None => "It looks at the central database, keys, servers, tenants, locks and what was left behind, and changes nothing.".to_owned(),
        Some(found) => {
            let wrong = found.iter().filter(|one| !one.ok).count() as i64;
            let looked = count(found.len() as i64, "thing");
            match wrong {
                0 => format!("{looked} looked at: all as it should be."),
                n => format!("{looked} looked at: {} not as it should be.", count(n, "thing")),
            }
        }
    };
    let command = if only_locks { "neo doctor locks" } else { "neo doctor" };
    let again = if found.is_some() { "Examine again" } else { "Examine" };
    let body = match found {
        None => view! { <Empty title="Nothing was looked at yet" text="Every server is asked: on a large fleet that takes a while." /> }.into_any(),
        Some(found) if found.is_empty() => view! { <Empty title="There is nothing to look at" /> }.into_any(),
        Some(found) => table(found),
    };
    view! {
        <div class="head">
            <div><h1>"Doctor"</h1><p>{said}</p></div>
            <div class="acts">
                <a class="button primary" href=links::part(links::ALL)>{again}</a>
                <a class="button" href=links::part(links::LOCKS)>"Only locks"</a>
                <CopyCli command=command />
            </div>
        </div>
        {body}
    }
    .into_any()
}

/// What is wrong first; otherwise in the order in which it should be mended.
fn table(mut found: Vec<Diagnosis>) -> AnyView {
    found.sort_by_key(|one| one.ok);
    let rows = found.into_iter().map(row).collect_view();
    let columns = vec![Column::new("Status"), Column::new("What"), Column::new("Found"), Column::new("What to do")];
    view! { <Table caption="What the doctor found" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

/// Names of databases, and what stands in them, may be anybody's.
fn row(one: Diagnosis) -> AnyView {
    let (mark, word) = if one.ok { (Mark::Ok, "Ok") } else { (Mark::Failed, "Wrong") };
    let subject = printable(&one.subject);
    let remedy = one.remedy.filter(|_| !one.ok).map(|remedy| view! { <code>{printable(&remedy)}</code> });
    view! {
        <tr class=(!one.ok).then_some("failed")>
            <td><Status mark=mark word=word /></td>
            <td>{sentence(&one.area)}" "<span class="mono">{subject}</span></td>
            <td>{printable(&one.message)}</td>
            <td>{remedy}</td>
        </tr>
    }
    .into_any()
}
