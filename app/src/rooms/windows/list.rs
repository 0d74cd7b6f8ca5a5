//! The maintenance windows, each with its switch.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::windows;
use neo_model::WindowRow;

use super::{calls, command, links, words};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page, see_other};
use crate::ui::text::number;
use crate::ui::{Act, Column, CopySeveral, Empty, Nav, Table};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let all = windows::list(&app.platform, &signed.actor).await?;
    let actor = signed.actor.clone();
    Ok(page(&signed, Page::new(Nav::Windows, "Windows"), move || view(&all, &actor)).await)
}

pub async fn on(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::set(&Door::of(&app.platform, &signed)?, &name, true).await?;
    Ok(see_other(links::LIST))
}

pub async fn off(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    calls::set(&Door::of(&app.platform, &signed)?, &name, false).await?;
    Ok(see_other(links::LIST))
}

fn view(all: &[WindowRow], actor: &Actor) -> AnyView {
    let refused = denied(actor, Permission::ManageWindows);
    let columns = vec![
        Column::new("Window"),
        Column::new("Status"),
        Column::new("When"),
        Column::new("On"),
        Column::num("Tenants"),
        Column::hidden("Act"),
    ];
    let switch = |window: &WindowRow| command::act(&window.name, if window.enabled { "off" } else { "on" });
    let commands: Vec<String> = all.iter().filter_map(switch).collect();
    let rows = all.iter().map(|window| row(window, refused.as_deref())).collect_view();
    let table = match all.is_empty() {
        true => view! {
            <Empty
                title="No window yet"
                text="In a window no run changes the tenants that it is about: they wait until it is over."
            />
        }
        .into_any(),
        false => view! { <Table caption="Windows" columns=columns><tbody>{rows}</tbody></Table> }.into_any(),
    };
    view! {
        <div class="head">
            <div>
                <h1>"Maintenance windows"</h1>
                <p>"Times at which no run changes the tenants that they are about. Backups and verifications go on."</p>
            </div>
            <div class="acts">
                <Act label="Add window" href=links::NEW primary=true denied=refused.clone() />
                {(!commands.is_empty()).then(|| view! { <CopySeveral commands=commands /> })}
            </div>
        </div>
        {table}
    }
    .into_any()
}

fn row(window: &WindowRow, refused: Option<&str>) -> AnyView {
    let (act, label) = if window.enabled { ("off", "Switch off") } else { ("on", "Switch on") };
    let name = window.name.clone();
    let said = format!("{label}: {name}");
    view! {
        <tr>
            <td><strong>{name.clone()}</strong></td>
            <td>{words::standing(window)}</td>
            <td>{window.when.clone()}</td>
            <td>{words::whom(window)}</td>
            <td class="num" data-label="Tenants">{number(window.covers)}</td>
            <td class="num">
                <div class="acts">
                    <form method="post" action=links::act(&name, act)>
                        <button type="submit" aria-label=said disabled=refused.is_some() title=refused.map(str::to_owned)>{label}</button>
                    </form>
                    <Act label="Remove…" href=links::act(&name, "remove") denied=refused.map(str::to_owned) />
                </div>
            </td>
        </tr>
    }
    .into_any()
}
