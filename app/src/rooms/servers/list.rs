//! The database servers, how full they are, and whether they answer.

use axum::extract::{Path, State};
use axum::response::Response;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::engine::Probe;
use neo::error::Kind;
use neo::servers::{self, ServerLoad};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::{Answer, AppError};
use crate::may::{denied, denied_or};
use crate::page::forms::Form;
use crate::page::render::{Page, page, see_other};
use crate::query::{Query, segment};
use crate::ui::text::{count, duration, number};
use crate::ui::{Act, Column, Confirm, Mark, Nav, Status, Table};

pub const PATH: &str = "/servers";

/// How the server that was asked for has answered.
struct Checked {
    name: String,
    probe: neo::Result<Probe>,
}

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let servers = servers::list(&app.platform, &signed.actor).await?;
    let checked = match query.get("check") {
        None => None,
        Some(name) => match servers::check(&app.platform, &signed.actor, name).await {
            Err(error) if error.kind != Kind::Unavailable => return Err(error.into()),
            probe => Some(Checked { name: name.to_owned(), probe }),
        },
    };
    let actor = signed.actor.clone();
    Ok(page(&signed, Page::new(Nav::Servers, "Servers"), move || view(&servers, checked.as_ref(), &actor)).await)
}

fn view(servers: &[ServerLoad], checked: Option<&Checked>, actor: &Actor) -> AnyView {
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
    let rows = servers.iter().map(|load| row(load, checked, actor)).collect_view();
    view! {
        <div class="head">
            <div>
                <h1>"Servers"</h1>
                <p>{format!("{} with {}", count(servers.len() as i64, "server"), count(tenants, "tenant"))}</p>
            </div>
            <div class="acts">
                <Act label="Add server" href="/servers/new" primary=true denied=denied(actor, Permission::ManageServers) />
            </div>
        </div>
        <Table caption="Servers" columns=columns><tbody>{rows}</tbody></Table>
    }
    .into_any()
}

fn row(load: &ServerLoad, checked: Option<&Checked>, actor: &Actor) -> AnyView {
    let server = &load.server;
    let place = if server.path.is_empty() { format!("{}:{}", server.host, server.port) } else { server.path.clone() };
    let tls = server.path.is_empty().then(|| format!("{} · tls {}", server.username, server.tls));
    let answer = match checked.filter(|checked| checked.name == server.name).map(|checked| &checked.probe) {
        None => view! { <span class="muted">"not asked"</span> }.into_any(),
        Some(Ok(probe)) => {
            let headroom = probe.headroom.map(|n| format!(" · {} free", count(n, "connection")));
            let said = format!("in {}", duration(probe.latency_ms));
            view! {
                <Status mark=Mark::Ok word=said />
                <br />
                <span class="muted">{probe.version.clone()}{headroom}</span>
            }
            .into_any()
        }
        Some(Err(error)) => view! {
            <Status mark=Mark::Failed word="Unreachable" />
            <span class="err">{error.cause.clone().unwrap_or_else(|| error.message.clone())}</span>
        }
        .into_any(),
    };
    let used = (load.tenants > 0).then(|| format!("{} live on it.", count(load.tenants, "tenant")));
    view! {
        <tr>
            <td>
                <a href=Query::from([("server", server.name.as_str())]).href("/tenants")>{server.name.clone()}</a>
                {tls.map(|tls| view! { <br /><span class="muted">{tls}</span> })}
            </td>
            <td>{server.engine.as_str()}</td>
            <td class="mono">{place}</td>
            <td class="num">{number(load.tenants)}</td>
            <td class="num">{server.max_connections}</td>
            <td>{answer}</td>
            <td class="num nowrap">
                <a class="button" href=Query::from([("check", server.name.as_str())]).href(PATH)>"Check"</a>
                " "
                <Act
                    label="Remove…"
                    href=remove_path(&server.name)
                    denied=denied_or(actor, Permission::ManageServers, used.as_deref())
                />
            </td>
        </tr>
    }
    .into_any()
}

fn remove_path(name: &str) -> String {
    format!("{PATH}/{}/remove", segment(name))
}

pub async fn ask_remove(State(app): State<AppState>, signed: Signed, Path(name): Path<String>) -> Answer {
    signed.actor.authorise(Permission::ManageServers)?;
    asked(&app, &signed, &name, Form::empty()).await
}

pub async fn remove(State(app): State<AppState>, signed: Signed, Path(name): Path<String>, form: Form) -> Answer {
    match servers::remove(&app.platform, &signed.actor, &name).await {
        Ok(()) => Ok(see_other(PATH)),
        Err(error) => asked(&app, &signed, &name, form.refuse(error)?).await,
    }
}

async fn asked(app: &AppState, signed: &Signed, name: &str, form: Form) -> Result<Response, AppError> {
    let name = servers::find(&app.platform, &signed.actor, name).await?.name;
    let shown = Page::new(Nav::Servers, "Remove").under("Servers", PATH).form(&form);
    let view = move || {
        view! {
            <div class="head"><div><h1>{format!("Remove {name}?")}</h1></div></div>
            {form.summary()}
            <Confirm action=remove_path(&name) verb=format!("Remove {name}") cancel=PATH danger=true cli=format!("neo server remove {name}")>
                <p>"Neo forgets the server and its sealed password. Nothing on the server itself is touched."</p>
            </Confirm>
        }
        .into_any()
    };
    Ok(page(signed, shown, view).await)
}
