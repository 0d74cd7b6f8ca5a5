//! The database servers, how full they are, and whether they answer.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::servers::ServerLoad;
use neo_model::ServerRow;

use super::model::{Checked, List};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::{denied, denied_or};
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::servers::api::CheckServer;
use crate::rooms::servers::{answer, links};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, number};
use crate::ui::{Act, Column, InPlace, Nav, Press, Table};

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let list = List::load(&app.platform, &signed.actor, query.get("check")).await?;
    Ok(page(&signed, Page::new(Nav::Servers, "Servers"), move || view(&list)).await)
}

fn view(list: &List) -> AnyView {
    let List { servers, checked, actor } = list;
    let columns = vec![
        Column::new("Server"),
        Column::new("Engine"),
        Column::new("Where"),
        Column::num("Tenants"),
        Column::num("Connections"),
        Column::new("Answer"),
        Column::hidden("Acts"),
    ];
    let tenants: i64 = servers.iter().map(|load| load.tenants).sum();
    let rows = servers.iter().map(|load| row(load, checked.as_ref(), actor)).collect_view();
    view! {
        <div class="head">
            <div>
                <h1>"Servers"</h1>
                <p>{format!("{} with {}", count(servers.len() as i64, "server"), count(tenants, "tenant"))}</p>
            </div>
            <div class="acts">
                <Act label="Add server" href=links::NEW primary=true denied=denied(actor, Permission::ManageServers) />
            </div>
        </div>
        <Table caption="Servers" columns=columns><tbody>{rows}</tbody></Table>
    }
    .into_any()
}

fn row(load: &ServerLoad, checked: Option<&Checked>, actor: &Actor) -> AnyView {
    let server = &load.server;
    let place = if server.path.is_empty() { neo_model::place(&server.host, server.port) } else { server.path.clone() };
    let tls = server.path.is_empty().then(|| format!("{} · tls {}", server.username, server.tls));
    let told = ServerRow::from(server.clone()).app_place();
    let told = told.map(|place| view! { <br /><span class="muted">{format!("apps {place}")}</span> });
    let answer = answer::view(checked.filter(|checked| checked.name == server.name).map(|checked| &checked.probe));
    let used = (load.tenants > 0).then(|| {
        format!("{} {} on it.", count(load.tenants, "tenant"), if load.tenants == 1 { "lives" } else { "live" })
    });
    view! {
        <tr>
            <td>
                <a href=links::one(&server.name)>{server.name.clone()}</a>
                {tls.map(|tls| view! { <br /><span class="muted">{tls}</span> })}
            </td>
            <td>{server.engine.as_str()}</td>
            <td class="mono">{place}{told}</td>
            <td class="num" data-label="Tenants">
                <a href=Query::from([("server", server.name.as_str())]).href(tenants::LIST)>{number(load.tenants)}</a>
            </td>
            <td class="num" data-label="Connections">{server.max_connections}</td>
            <td data-cell="answer">{answer}</td>
            <td>
                <div class="acts">
                    <Press
                        label="Check"
                        action=links::LIST
                        get=true
                        hidden=vec![("check", server.name.clone())]
                        act=InPlace::of(&CheckServer { server: server.name.clone() })
                        outcome="[data-cell=answer]"
                    />
                    <Act
                        label="Remove…"
                        href=links::remove(&server.name)
                        denied=denied_or(actor, Permission::ManageServers, used.as_deref())
                    />
                </div>
            </td>
        </tr>
    }
    .into_any()
}
