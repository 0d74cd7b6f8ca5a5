//! The channels, with what became of what they were told.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::channels;
use neo_model::ChannelRow;

use super::words;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page};
use crate::rooms::channels::links;
use crate::ui::text::number;
use crate::ui::{Act, Column, Empty, Nav, Table};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let all = channels::list(&app.platform, &signed.actor).await?;
    let actor = signed.actor.clone();
    Ok(page(&signed, Page::new(Nav::Channels, "Channels"), move || view(&all, &actor)).await)
}

fn view(all: &[ChannelRow], actor: &Actor) -> AnyView {
    let columns = vec![
        Column::new("Channel"),
        Column::new("To"),
        Column::new("Told of"),
        Column::new("Status"),
        Column::num("Sent"),
        Column::num("Waiting"),
        Column::num("Given up"),
    ];
    let rows = all.iter().map(row).collect_view();
    let table = match all.is_empty() {
        true => view! {
            <Empty
                title="Nobody is told yet"
                text="A channel is told when a run fails, halts or waits, when a server is silent, when a token is about to expire."
            />
        }
        .into_any(),
        false => view! { <Table caption="Channels" columns=columns><tbody>{rows}</tbody></Table> }.into_any(),
    };
    view! {
        <div class="head">
            <div>
                <h1>"Channels"</h1>
                <p>"Where notices go. One message a run, with its causes and where each is tried again."</p>
            </div>
            <div class="acts">
                <Act label="Add channel" href=links::NEW primary=true denied=denied(actor, Permission::ManageChannels) />
            </div>
        </div>
        {table}
    }
    .into_any()
}

fn row(channel: &ChannelRow) -> AnyView {
    view! {
        <tr>
            <td><a href=links::one(&channel.name)>{channel.name.clone()}</a></td>
            <td class="mono">{words::place(channel)}</td>
            <td>{words::told_of(channel)}</td>
            <td>{words::standing(channel)}</td>
            <td class="num">{number(channel.sent)}</td>
            <td class="num">{number(channel.waiting)}</td>
            <td class="num">{number(channel.given_up)}</td>
        </tr>
    }
    .into_any()
}
