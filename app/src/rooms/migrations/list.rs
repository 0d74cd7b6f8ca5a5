//! The fleet's migrations: what each is, and how many tenants have it.

use axum::extract::State;
use leptos::prelude::*;
use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::{Finding, Migration, Set};
use neo::tenants::{self, Filter, PageRequest, Status};

use super::badges;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::problems;
use crate::query::Query;
use crate::ui::text::{count, number};
use crate::ui::{Act, Column, Empty, FleetBar, Mark, Nav, Segment, Table};

pub struct List {
    pub set: Result<Set>,
    /// What there is to say of each.
    found: Vec<Vec<Finding>>,
    /// Active tenants, and how many of them are behind each version.
    pub active: i64,
    pub behind: Vec<(i64, i64)>,
    actor: Actor,
}

impl List {
    pub async fn load(platform: &Platform, actor: &Actor) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await;
        let mut behind = Vec::new();
        for migration in set.as_ref().map(|set| set.migrations.as_slice()).unwrap_or_default() {
            behind.push((migration.version, active(platform, actor, Some(migration.version)).await?));
        }
        let known = set.as_ref().ok().cloned();
        let look = move || known.map(|set| set.findings(&Engine::ALL).into_iter().map(|(_, found)| found).collect());
        let found = tokio::task::spawn_blocking(look).await.map_err(neo::Error::internal)?.unwrap_or_default();
        Ok(Self { set, found, active: active(platform, actor, None).await?, behind, actor: actor.clone() })
    }

    fn behind(&self, version: i64) -> i64 {
        self.behind.iter().find(|(v, _)| *v == version).map_or(0, |(_, n)| *n)
    }
}

/// How many active tenants are behind this version, or how many there are.
pub async fn active(platform: &Platform, actor: &Actor, behind: Option<i64>) -> Result<i64> {
    let filter = Filter { statuses: vec![Status::Active], behind, ..Filter::default() };
    let one = PageRequest { limit: 1, ..PageRequest::default() };
    Ok(tenants::list(platform, actor, &filter, &one).await?.total)
}

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let list = List::load(&app.platform, &signed.actor).await?;
    Ok(page(&signed, Page::new(Nav::Migrations, "Migrations"), move || view(&list)).await)
}

fn view(list: &List) -> AnyView {
    let body = match &list.set {
        Err(error) => view! { {problems::banner(error)}<p>"Nothing is migrated until this is put right."</p> }.into_any(),
        Ok(set) if set.migrations.is_empty() => view! {
            <Empty title="No migrations yet" text=format!("The folder {} holds none. On the command line: neo migrate make NAME", set.folder.display()) />
        }
        .into_any(),
        Ok(set) => table(list, set),
    };
    let total = list.set.as_ref().map_or(0, |set| set.migrations.len() as i64);
    let latest = list.set.as_ref().ok().and_then(Set::latest);
    let behind = latest.map_or(0, |latest| list.behind(latest));
    view! {
        <div class="head">
            <div>
                <h1>"Migrations"</h1>
                <p>{format!("{} for {}", count(total, "migration"), count(list.active, "active tenant"))}</p>
            </div>
            <div class="acts">
                {latest.filter(|_| behind > 0).map(|latest| view! {
                    <Act
                        label=format!("Migrate {} behind…", number(behind))
                        href=behind_href("/runs/new", latest)
                        primary=true
                        denied=crate::may::denied(&list.actor, Permission::Operate)
                    />
                })}
            </div>
        </div>
        {body}
    }
    .into_any()
}

pub fn behind_href(path: &str, version: i64) -> String {
    Query::from([("behind", version.to_string().as_str())]).href(path)
}

fn table(list: &List, set: &Set) -> AnyView {
    let columns = vec![
        Column::new("Migration"),
        Column::new("What to know"),
        Column::new("Applied"),
        Column::num("Tenants"),
        Column::num("Behind"),
    ];
    let rows = set.migrations.iter().zip(&list.found).rev();
    let rows = rows.map(|(migration, findings)| row(list, migration, findings)).collect_view();
    view! { <Table caption="Migrations, newest first" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
}

fn row(list: &List, migration: &Migration, findings: &[Finding]) -> AnyView {
    let behind = list.behind(migration.version);
    let applied = list.active - behind;
    let segments = vec![
        Segment::new("applied", Mark::Ok, applied),
        Segment::new("behind", Mark::Behind, behind).href(behind_href("/tenants", migration.version)),
    ];
    let lacking = match behind {
        0 => view! { <span class="muted">"none"</span> }.into_any(),
        n => view! { <a href=behind_href("/tenants", migration.version)>{number(n)}</a> }.into_any(),
    };
    view! {
        <tr>
            <td>
                <a href=format!("/migrations/{}", migration.version)>{migration.name.clone()}</a>
                <br />
                <span class="mono">{migration.version}</span>
            </td>
            <td>{badges::view(migration, findings, &Engine::ALL)}</td>
            <td class="small-fleet">{(list.active > 0).then(|| view! { <FleetBar segments=segments /> })}</td>
            <td class="num">{format!("{}/{}", number(applied), number(list.active))}</td>
            <td class="num">{lacking}</td>
        </tr>
    }
    .into_any()
}
