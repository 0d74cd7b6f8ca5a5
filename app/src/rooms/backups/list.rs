//! The backups, the newest first: of whom, why, how large, and where each lies.

use axum::extract::State;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};
use neo::backups::Backup;

use super::{calls, links};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::may::denied;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::rooms::tenants::links as tenants;
use crate::ui::text::{count, version};
use crate::ui::{Act, Column, Empty, Nav, Table, Time};

/// How many are shown.
const SHOWN: usize = 200;

pub async fn show(State(app): State<AppState>, signed: Signed, query: Query) -> Answer {
    let found = calls::list(&Door::of(&app.platform, &signed)?, query.get("tenant")).await?;
    let actor = signed.actor.clone();
    Ok(page(&signed, Page::new(Nav::Backups, "Backups"), move || view(&found, &actor)).await)
}

fn view(found: &[Backup], actor: &Actor) -> AnyView {
    let total = found.len();
    let body = match total {
        0 => view! {
            <Empty title="No backups yet" text="A tenant is backed up from its page, by neo tenant backup, and before it is deleted.">
                <a class="button" href=tenants::LIST>"Tenants"</a>
            </Empty>
        }
        .into_any(),
        _ => {
            let columns = vec![
                Column::new("Tenant"),
                Column::new("Made"),
                Column::new("Why"),
                Column::new("Version"),
                Column::num("Size"),
                Column::new("File"),
                Column::hidden("Acts"),
            ];
            let rows = found.iter().take(SHOWN).map(|backup| row(backup, actor)).collect_view();
            view! { <Table caption="Backups" columns=columns><tbody>{rows}</tbody></Table> }.into_any()
        }
    };
    let more = (total > SHOWN).then(|| {
        view! { <p class="muted">{format!("The newest {SHOWN} are shown. All of them: neo backup list")}</p> }
    });
    view! {
        <div class="head"><div><h1>"Backups"</h1><p>{count(total as i64, "backup")}</p></div></div>
        {body}
        {more}
    }
    .into_any()
}

fn row(backup: &Backup, actor: &Actor) -> AnyView {
    let place = format!("{} · {} · by {}", backup.server, backup.server_version, backup.by);
    view! {
        <tr>
            <td>
                <a href=tenants::one(&backup.tenant_id)>{backup.slug.clone()}</a>
                <br />
                <span class="muted">{place}</span>
            </td>
            <td class="nowrap"><Time ms=backup.at /></td>
            <td>{backup.why.word()}</td>
            <td class="mono" data-label="at">{version(backup.version)}</td>
            <td class="num">{backup.length()}</td>
            <td>
                <span class="mono">{links::name(&backup.file)}</span>
                {backup.flaw().map(|flaw| view! { <br /><span class="warn">{flaw}</span> })}
            </td>
            <td>
                <div class="acts">
                    <Act
                        label="Restore…"
                        href=links::restore(&backup.file)
                        denied=denied(actor, Permission::ProvisionTenants)
                    />
                </div>
            </td>
        </tr>
    }
    .into_any()
}
