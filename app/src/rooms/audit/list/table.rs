//! The rows, the one that is open, and the ways to the next page.

use leptos::prelude::*;
use neo::audit::Row;

use super::model::List;
use super::opened;
use crate::query::Query;
use crate::rooms::audit::links;
use crate::rooms::audit::words::{outcome, subject};
use crate::ui::{Column, Empty, Status, Table, Time, place};

/// How many columns there are.
const WIDTH: &str = "5";

pub fn view(list: &List) -> AnyView {
    if list.rows.is_empty() {
        let all = list.path.clone();
        let title = if list.is_filtered() { "Nothing like it was done" } else { "Nothing was done yet" };
        return view! { <Empty title=title><a class="button" href=all>"Show all"</a></Empty> }.into_any();
    }
    let columns = vec![
        Column::new("When"),
        Column::new("Who"),
        Column::new("Act"),
        Column::new("Subject"),
        Column::new("Outcome"),
    ];
    let rows = list.rows.iter().map(|row| lines(list, row)).collect_view();
    let closed = list.query.without("open");
    let older =
        list.rows.last().filter(|_| list.more).map(|row| closed.at("before", row.seq.to_string()).href(&list.path));
    let newest = list.query.get("before").map(|_| closed.without("before").href(&list.path));
    view! {
        <Table caption="Audit" columns=columns><tbody>{rows}</tbody></Table>
        <nav class="bar pager" aria-label="Pages">
            <span class="muted">{place(list.newer, list.rows.len() as i64, list.total)}</span>
            <span class="grow"></span>
            {newest.map(|href| view! { <a class="button" href=href>"Newest"</a> })}
            {older.map(|href| view! { <a class="button" href=href rel="next">"Older"</a> })}
        </nav>
    }
    .into_any()
}

fn lines(list: &List, row: &Row) -> AnyView {
    let is_open = list.is_open(row);
    let way = links::opened(&list.query, &list.path, (!is_open).then_some(row.seq));
    let expanded = if is_open { "true" } else { "false" };
    let actor = Query::from([("actor", row.actor.as_str())]).href(links::LIST);
    let (mark, word) = outcome(row);
    let from = match &row.address {
        Some(address) => format!("{} · {address}", row.door),
        None => row.door.clone(),
    };
    view! {
        <tr id=format!("row-{}", row.seq) class=is_open.then_some("told")>
            <td class="nowrap"><a href=way aria-expanded=expanded><Time ms=row.at /></a></td>
            <td><a href=actor>{row.actor.clone()}</a><br /><span class="muted">{from}</span></td>
            <td class="mono">{row.action.clone()}</td>
            <td>{subject(row)}</td>
            <td class="nowrap"><Status mark=mark word=word /></td>
        </tr>
        {is_open.then(|| view! {
            <tr data-part="open"><td class="under" colspan=WIDTH>{opened::view(row, list.partner.as_ref())}</td></tr>
        })}
    }
    .into_any()
}
