//! The fleet's migrations: what each is, and how many tenants have it.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::Permission;
use neo::migrations::Set;

use super::model::List;
use super::table;
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page};
use crate::problems;
use crate::rooms::migrations::changed;
use crate::rooms::migrations::links::behind;
use crate::rooms::runs::links as runs;
use crate::ui::text::{count, number};
use crate::ui::{Act, Empty, Nav};

pub async fn show(State(app): State<AppState>, signed: Signed) -> Answer {
    let list = List::load(&app.platform, &signed.actor).await?;
    Ok(page(&signed, Page::new(Nav::Migrations, "Migrations"), move || view(&list)).await)
}

fn view(list: &List) -> AnyView {
    let body = match &list.set {
        Err(error) => view! { {problems::banner(error)}<p>"Nothing is migrated until this is put right."</p> }.into_any(),
        Ok(set) if set.migrations.is_empty() => view! {
            <Empty title="No migrations yet" text=format!("The folder {} holds none. Each is two files there: NUMBER_name.up.sql and NUMBER_name.down.sql.", set.folder.display()) />
        }
        .into_any(),
        Ok(set) => table::view(list, set),
    };
    let total = list.set.as_ref().map_or(0, |set| set.migrations.len() as i64);
    let latest = list.set.as_ref().ok().and_then(Set::latest);
    let lacking = latest.map_or(0, |latest| list.behind(latest));
    view! {
        <div class="head">
            <div>
                <h1>"Migrations"</h1>
                <p>{format!("{} for {}", count(total, "migration"), count(list.active, "active tenant"))}</p>
            </div>
            <div class="acts">
                {latest.filter(|_| lacking > 0).map(|latest| view! {
                    <Act
                        label=format!("Migrate {} behind…", number(lacking))
                        href=behind(runs::NEW, latest)
                        primary=true
                        denied=denied(&list.actor, Permission::Operate)
                    />
                })}
            </div>
        </div>
        {changed::of_all(&list.changed)}
        {body}
    }
    .into_any()
}
