//! All runs, newest first.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::runs::{Kind, Status};

use super::model::List;
use super::table;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::requests::links as requests;
use crate::rooms::runs::links;
use crate::ui::{Act, Empty, Nav, Pill, Pills};

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let list = List::load(&app.platform, &signed.actor, query).await?;
    let shown = Page::new(Nav::Runs, "Runs");
    let shown = if list.is_live() { shown.refresh(5) } else { shown };
    Ok(page(&signed, shown, move || view(&list)).await)
}

fn view(list: &List) -> AnyView {
    let (query, actor) = (&list.query, &list.actor);
    view! {
        <div class="head">
            <div><h1>"Runs"</h1><p>"Every operation on tenants, newest first."</p></div>
            <div class="acts">
                <Act label="Requests" href=requests::LIST />
                <Act label="New run" href=links::NEW primary=true denied=crate::may::denied(actor, Permission::Operate).filter(|_| !list.asks) />
            </div>
        </div>
        <div class="bar">
            <Pills label="Kinds of run" pills=pills(query) />
            <Pills label="How they ended" pills=ended(query) />
        </div>
        {list.saved.as_ref().and_then(|saved| saved.view())}
        {if list.runs.is_empty() { nothing(query) } else { table::view(list) }}
    }
    .into_any()
}

fn pills(query: &Query) -> Vec<Pill> {
    let pill = |label: &str, kind: Option<Kind>| {
        let all = query.without("kind");
        let (href, current) = match kind {
            Some(kind) => (all.with("kind", kind.as_str()), query.has("kind", kind.as_str())),
            None => (all, query.get("kind").is_none()),
        };
        Pill { label: label.to_owned(), href: href.href(links::LIST), current, bad: false }
    };
    vec![
        pill("All", None),
        pill("Migrate", Some(Kind::Migrate)),
        pill("Rollback", Some(Kind::Rollback)),
        pill("Verify", Some(Kind::Verify)),
        pill("Provision", Some(Kind::Provision)),
        pill("Backup", Some(Kind::Backup)),
        pill("Passwords", Some(Kind::Rotate)),
    ]
}

/// Those that failed or stopped by themselves, and those that go on.
fn ended(query: &Query) -> Vec<Pill> {
    let pill = |label: &str, bad: bool, statuses: Vec<Status>| {
        let word = statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(",");
        let current = query.has("status", &word);
        let all = query.without("status");
        let href = if current { all } else { all.with("status", word) }.href(links::LIST);
        Pill { label: label.to_owned(), href, current, bad }
    };
    let open = Status::ALL.into_iter().filter(|status| !status.is_over()).collect();
    vec![pill("Failed", true, vec![Status::Failed, Status::Halted]), pill("Open", false, open)]
}

fn nothing(query: &Query) -> AnyView {
    if ["before", "kind", "status"].iter().any(|name| query.get(name).is_some()) {
        return view! {
            <Empty title="No such runs"><a class="button" href=links::LIST>"All runs"</a></Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No runs yet" text="A run migrates one tenant, some, or all of them, and keeps what happened to each.">
            <a class="button primary" href=links::NEW>"New run"</a>
        </Empty>
    }
    .into_any()
}
