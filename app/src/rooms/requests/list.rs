//! What waits for somebody's yes, and what has.

use axum::extract::State;
use leptos::prelude::*;
use neo::requests::{Row, State as Stands};

use super::words::mark;
use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::runs::links as runs;
use crate::ui::text::{number, sentence};
use crate::ui::{Column, Empty, Nav, Pill, Pills, Status, Table, Time};

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let found =
        calls::list(&Door::of(&app.platform, &signed)?, query.get("state"), query.number("before"), None).await?;
    let shown = Page::new(Nav::Runs, "Requests").under("Runs", runs::LIST);
    Ok(page(&signed, shown, move || view(&query, &found.requests, found.next)).await)
}

fn view(query: &Query, rows: &[Row], next: Option<i64>) -> AnyView {
    let columns = vec![
        Column::new("State"),
        Column::new("Request"),
        Column::num("Tenants"),
        Column::new("Asked by"),
        Column::num("Asked"),
        Column::new("Decided by"),
        Column::new("Became"),
    ];
    let body = match rows {
        [] => view! {
            <Empty title="No such requests" text="What wants somebody else's yes waits here once it was asked for.">
                <a class="button" href=runs::LIST>"Runs"</a>
            </Empty>
        }
        .into_any(),
        rows => {
            let rows = rows.iter().map(row).collect_view();
            view! { <Table caption="Requests" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
        }
    };
    let older = next.map(|next| query.at("before", next.to_string()).href(links::LIST));
    view! {
        <div class="head">
            <div><h1>"Requests"</h1><p>"What somebody has asked for, and somebody else says yes or no to."</p></div>
        </div>
        <div class="bar"><Pills label="States of a request" pills=pills(query) /></div>
        {body}
        {older.map(|href| view! {
            <nav class="bar pager" aria-label="Pages">
                <span class="grow"></span>
                <a class="button" href=href rel="next">"Older"</a>
            </nav>
        })}
    }
    .into_any()
}

fn pills(query: &Query) -> Vec<Pill> {
    let all = query.without("state");
    let pill = |label: String, state: Option<Stands>| {
        let (href, current) = match state {
            Some(state) => (all.with("state", state.as_str()), query.has("state", state.as_str())),
            None => (all.clone(), query.get("state").is_none()),
        };
        Pill { label, href: href.href(links::LIST), current, bad: false }
    };
    let states = Stands::ALL.into_iter().map(|state| pill(sentence(state.word()), Some(state)));
    std::iter::once(pill("All".to_owned(), None)).chain(states).collect()
}

fn row(row: &Row) -> AnyView {
    let became = match (row.run, row.replaced_by) {
        (Some(run), _) => view! { <a href=runs::one(run)>{format!("Run {run}")}</a> }.into_any(),
        (None, Some(anew)) => view! { <a href=links::one(anew)>{format!("Request {anew}")}</a> }.into_any(),
        (None, None) => ().into_any(),
    };
    view! {
        <tr>
            <td><Status mark=mark(row.state) word=sentence(row.state.word()) /></td>
            <td>
                <a href=links::one(row.request)>{format!("Request {}", row.request)}</a>
                <br />
                <span class="muted">{sentence(&row.what)}</span>
            </td>
            <td class="num" data-label="Tenants">{number(row.tenants)}</td>
            <td data-label="Asked by">{row.asked_by.clone()}</td>
            <td class="num muted nowrap"><Time ms=row.asked_at /></td>
            <td data-label="Decided by">{row.decided_by.clone()}</td>
            <td>{became}</td>
        </tr>
    }
    .into_any()
}
