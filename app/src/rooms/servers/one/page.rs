//! One server: what it is, who lives there, and what can be done about it.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::actor::Permission;
use neo::servers::Server;
use neo_model::ServerRow;

use super::model::One;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::{denied, denied_or};
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::servers::api::CheckServer;
use crate::rooms::servers::{answer, links};
use crate::rooms::tenants::links as tenants;
use crate::ui::text::count;
use crate::ui::{Act, CopyText, Danger, InPlace, Nav, Press, Time};

pub async fn show(State(app): State<AppState>, signed: Signed, Path(name): Path<String>, query: Query) -> Answer {
    let one = One::load(&app.platform, &signed.actor, &name, query.get("check").is_some()).await?;
    let shown = Page::new(Nav::Servers, one.server.name.clone()).under("Servers", links::LIST);
    Ok(page(&signed, shown, move || view(&one)).await)
}

fn view(one: &One) -> AnyView {
    let One { server, actor, .. } = one;
    let (name, may) = (&server.name, Permission::ManageServers);
    let loginless = (server.username.is_empty()).then_some("Nobody signs in to a folder of files.");
    view! {
        <div class="head">
            <div>
                <h1>{name.clone()}</h1>
                <p>{server.engine.as_str()}</p>
            </div>
            <div class="acts">
                <Press
                    label="Check"
                    action=links::one(name)
                    get=true
                    hidden=vec![("check", "yes".to_owned())]
                    act=InPlace::of(&CheckServer { server: name.clone() })
                    outcome="#server-answer"
                />
                <Act label="Edit" href=links::edit(name) denied=denied(actor, may) />
                <Act label="New password…" href=links::rotate_password(name) denied=denied_or(actor, may, loginless) />
            </div>
        </div>
        <div id="server-answer" role="status">{one.answer.as_ref().map(|probe| answer::view(Some(probe)))}</div>
        {facts(server, one.tenants)}
        {danger(one)}
    }
    .into_any()
}

fn facts(server: &Server, living: i64) -> AnyView {
    let row = |name: &'static str, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let code = |text: String| view! { <code>{text}</code> }.into_any();
    let told = ServerRow::from(server.clone());
    let inhabited = view! {
        <a href=Query::from([("server", server.name.as_str())]).href(tenants::LIST)>{count(living, "tenant")}</a>
    };
    view! {
        <dl class="facts">
            {row("Id", view! { <CopyText value=server.id.clone() /> }.into_any())}
            {row(if server.engine.is_file() { "Folder" } else { "Address" }, code(told.place()))}
            {(!server.username.is_empty()).then(|| row("User", code(server.username.clone())))}
            {(!server.engine.is_file()).then(|| row("TLS", server.tls.to_string().into_any()))}
            {told.app_place().map(|place| row("Applications", code(place)))}
            {row("At once", server.max_connections.to_string().into_any())}
            {row("Tenants", inhabited.into_any())}
            {row("Added", view! { <Time ms=server.created_at /> }.into_any())}
        </dl>
    }
    .into_any()
}

fn danger(one: &One) -> AnyView {
    let used = (one.tenants > 0).then(|| format!("{} live on it.", count(one.tenants, "tenant")));
    let closed = denied_or(&one.actor, Permission::ManageServers, used.as_deref());
    let remove = view! { <Act label="Remove…" href=links::remove(&one.server.name) denied=closed /> };
    view! {
        <Danger>
            <div class="bar">
                <div class="grow">
                    <strong>"Remove"</strong>
                    <br />
                    <span class="muted">"Neo forgets it; nothing on the server itself is touched."</span>
                </div>
                {remove}
            </div>
        </Danger>
    }
    .into_any()
}
