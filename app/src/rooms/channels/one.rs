//! One channel: what it was told lately, a test, the switch.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::{channels, notices};
use neo_model::{ChannelRow, NoticeRow};

use super::{calls, words};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page, see_other};
use crate::rooms::channels::{command, links};
use crate::rooms::runs::links as runs;
use crate::ui::{Act, Column, CopySeveral, Nav, Table, Time};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    let channel = channels::find(&app.platform, &signed.actor, &name).await?;
    let told = notices::list(&app.platform, &signed.actor, &channel.id, notices::SHOWN).await?;
    let actor = signed.actor.clone();
    let shown = Page::new(Nav::Channels, channel.name.clone()).under("Channels", links::LIST);
    Ok(page(&signed, shown, move || view(&channel, &told, &actor)).await)
}

/// What became of it stands on the page that it leads back to.
pub async fn test(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::test(&Door::of(&app.platform, &signed)?, &name).await?;
    Ok(see_other(&links::one(&name)))
}

pub async fn on(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::set(&Door::of(&app.platform, &signed)?, &name, true).await?;
    Ok(see_other(&links::one(&name)))
}

pub async fn off(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::set(&Door::of(&app.platform, &signed)?, &name, false).await?;
    Ok(see_other(&links::one(&name)))
}

fn view(channel: &ChannelRow, told: &[NoticeRow], actor: &Actor) -> AnyView {
    let refused = denied(actor, Permission::ManageChannels);
    let press = |act: &'static str, label: &'static str| {
        view! {
            <form method="post" action=links::act(&channel.name, act)>
                <button type="submit" disabled=refused.is_some() title=refused.clone()>{label}</button>
            </form>
        }
    };
    let switch = if channel.enabled { press("off", "Switch off") } else { press("on", "Switch on") };
    let anywhere = channel.anywhere.then_some(" It may lie on this machine or in a private network.");
    let columns = vec![Column::num("At"), Column::new("Fate"), Column::new("Notice"), Column::new("Kind")];
    let rows = told.iter().map(row).collect_view();
    let table = match told.is_empty() {
        true => view! { <p class="muted">"Nothing was told here yet."</p> }.into_any(),
        false => view! { <Table caption="Notices" columns=columns><tbody>{rows}</tbody></Table> }.into_any(),
    };
    view! {
        <div class="head">
            <div>
                <h1>{channel.name.clone()}</h1>
                <p>{words::standing(channel)}" "<span class="mono">{words::place(channel)}</span></p>
                <p class="muted">{format!("Told of {}.", words::told_of(channel))}{anywhere}</p>
            </div>
            <div class="acts">
                {press("test", "Send a test")}
                {switch}
                <Act label="Remove…" href=links::act(&channel.name, "remove") denied=refused.clone() />
                <CopySeveral commands=command::of(channel) />
            </div>
        </div>
        <h2>"The last 30 days"</h2>
        {table}
    }
    .into_any()
}

fn row(notice: &NoticeRow) -> AnyView {
    let title = match notice.run {
        Some(run) => view! { <a href=runs::one(run)>{notice.title.clone()}</a> }.into_any(),
        None => notice.title.clone().into_any(),
    };
    view! {
        <tr>
            <td class="num nowrap"><Time ms=notice.made_at /></td>
            <td>{words::fate(notice)}</td>
            <td>{title}</td>
            <td>{notice.kind.word()}</td>
        </tr>
    }
    .into_any()
}
