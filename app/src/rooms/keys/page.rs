//! How many credentials each key seals: whether an old one may be taken away.

use axum::extract::State;
use leptos::prelude::*;
use neo_model::{KeyCount, KeyStatus};

use super::calls;
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::ui::text::{number, sentence};
use crate::ui::{Banner, Column, CopyCli, Mark, Nav, Status, Table, Tone};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let status = calls::status(&Door::of(&app.platform, &signed)?).await?;
    Ok(page(&signed, Page::new(Nav::Keys, "Keys"), move || view(&status)).await)
}

fn view(status: &KeyStatus) -> AnyView {
    let columns = vec![
        Column::new("Status"),
        Column::new("Key"),
        Column::num("Tenants"),
        Column::num("Servers"),
        Column::num("Second factors"),
        Column::num("Channels"),
    ];
    let rows = status.keys.iter().map(row).collect_view();
    let others = status.others();
    let others = (!others.is_empty()).then(|| {
        let told =
            others.into_iter().map(|(what, n)| view! { <p>{format!("{}: {} in all", sentence(what), number(n))}</p> });
        view! { <Banner tone=Tone::Warn title="Not everything is sealed as it is today">{told.collect_view()}</Banner> }
    });
    view! {
        <div class="head">
            <div>
                <h1>"Keys"</h1>
                <p>"How many credentials each key seals. They are made, changed and taken away at the machine; a key that seals nothing is needed no more."</p>
            </div>
            <div class="acts"><CopyCli command="neo key status" /></div>
        </div>
        {others}
        <Table caption="Keys" columns=columns><tbody>{rows}</tbody></Table>
    }
    .into_any()
}

fn row(key: &KeyCount) -> AnyView {
    let mark = match (key.current, key.in_ring) {
        (true, _) => Mark::Ok,
        (false, true) => Mark::Behind,
        (false, false) => Mark::Failed,
    };
    view! {
        <tr class=(!key.in_ring).then_some("failed")>
            <td><Status mark=mark word=sentence(key.word()) /></td>
            <td class="mono">{key.kid.clone()}</td>
            <td class="num" data-label="Tenants">{number(key.tenants)}</td>
            <td class="num" data-label="Servers">{number(key.servers)}</td>
            <td class="num" data-label="Second factors">{number(key.factors)}</td>
            <td class="num" data-label="Channels">{number(key.channels)}</td>
        </tr>
    }
    .into_any()
}
