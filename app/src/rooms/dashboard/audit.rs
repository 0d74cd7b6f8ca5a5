//! What was done last, for whoever reads the audit.

use leptos::prelude::*;
use neo::audit::Row;

use crate::rooms::audit::links;
use crate::rooms::audit::words::{outcome, subject};
use crate::ui::{Column, Status, Table, Time};

pub fn view(rows: Vec<Row>) -> impl IntoView {
    let columns = vec![
        Column::new("Outcome"),
        Column::new("Act"),
        Column::new("Subject"),
        Column::new("Who"),
        Column::num("When"),
    ];
    let rows = rows.iter().map(row).collect_view();
    view! {
        <section aria-labelledby="audited">
            <h2 id="audited"><a href=links::LIST>"Last in the audit"</a></h2>
            <Table caption="Last in the audit" columns=columns>
                <tbody>{rows}</tbody>
            </Table>
        </section>
    }
}

fn row(row: &Row) -> AnyView {
    let (mark, word) = outcome(row);
    view! {
        <tr>
            <td><Status mark=mark word=word /></td>
            <td><a class="mono" href=links::row(row.seq)>{row.action.clone()}</a></td>
            <td>{subject(row)}</td>
            <td data-label="By">{row.actor.clone()}</td>
            <td class="num nowrap"><Time ms=row.at /></td>
        </tr>
    }
    .into_any()
}
