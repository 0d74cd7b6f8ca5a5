//! What a run would do: how many tenants, which migrations, what they destroy, who cannot be reached.

use leptos::prelude::*;
use neo::runs::{Kind, Plan, PlannedMigration};
use neo::tenants::Tenant;

use super::new::{New, Preview};
use crate::query::segment;
use crate::ui::text::{count, number};
use crate::ui::{Banner, Column, FleetBar, Legend, Mark, Segment, Table, Tone};

/// Rows of a rollback's list, and names of the unreachable.
const SHOWN: usize = 50;

pub fn view(new: &New) -> AnyView {
    let body = match &new.outcome {
        Err(error) => crate::problems::banner(error),
        Ok(Preview::Migrate(plan)) => migrate(plan, new.kind),
        Ok(Preview::Rollback(tenants)) => rollback(tenants),
    };
    view! { <section aria-labelledby="preview"><h2 id="preview">"Preview"</h2>{body}</section> }.into_any()
}

fn migrate(plan: &Plan, kind: Kind) -> AnyView {
    let (unreachable, refused) = (plan.unreachable.len() as i64, plan.refused.len() as i64);
    let segments = vec![
        Segment::new("to migrate", Mark::Behind, plan.behind),
        Segment::new("current already", Mark::Ok, plan.current),
        Segment::new("unreachable", Mark::Failed, unreachable),
        Segment::new("refused", Mark::Failed, refused),
    ];
    let segments: Vec<Segment> = segments.into_iter().filter(|s| s.count > 0 || s.word == "to migrate").collect();
    let table = (kind == Kind::Migrate && !plan.migrations.is_empty()).then(|| {
        let columns = vec![Column::new("Migration"), Column::new("What to know"), Column::num("Pending on")];
        let rows = plan.migrations.iter().map(planned).collect_view();
        view! { <Table caption="Migrations that would be applied" columns=columns><tbody>{rows}</tbody></Table> }
    });
    let blocked = (unreachable + refused > 0).then(|| {
        let lines = plan
            .unreachable
            .iter()
            .chain(&plan.refused)
            .take(SHOWN)
            .map(|one| view! { <li><code>{one.tenant.clone()}</code>" "<span class="err">{one.reason.clone()}</span></li> })
            .collect_view();
        view! {
            <Banner tone=Tone::Bad title=format!("{} cannot be migrated as it is and would fail", count(unreachable + refused, "tenant"))>
                <ul>{lines}</ul>
            </Banner>
        }
    });
    view! { <FleetBar segments=segments.clone() /><Legend segments=segments />{blocked}{table} }.into_any()
}

fn planned(migration: &PlannedMigration) -> AnyView {
    let found = migration
        .findings
        .iter()
        .map(|finding| {
            let place = finding.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            view! { <br /><span class="warn">{place}{finding.message.clone()}</span> }
        })
        .collect_view();
    let (class, atomic) = if migration.atomic { ("badge", "atomic") } else { ("badge warn", "not atomic") };
    view! {
        <tr>
            <td>
                <a class="mono" href=format!("/migrations/{}", migration.version)>{migration.name.clone()}</a>
            </td>
            <td><span class=class>{atomic}</span>{found}</td>
            <td class="num">{number(migration.pending_on)}</td>
        </tr>
    }
    .into_any()
}

fn rollback(tenants: &[(Tenant, Vec<String>)]) -> AnyView {
    let columns = vec![Column::new("Tenant"), Column::new("Server"), Column::new("Would undo, in this order")];
    let rows = tenants
        .iter()
        .take(SHOWN)
        .map(|(tenant, labels)| {
            let undo = if labels.is_empty() {
                view! { <span class="muted">"nothing"</span> }.into_any()
            } else {
                let lines = labels.iter().map(|label| view! { <li><code>{label.clone()}</code></li> }).collect_view();
                view! { <ol class="plain">{lines}</ol> }.into_any()
            };
            view! {
                <tr>
                    <td>
                        <a href=format!("/tenants/{}", segment(&tenant.slug))>{tenant.name.clone()}</a>
                        <br />
                        <span class="mono">{tenant.slug.clone()}</span>
                    </td>
                    <td>{tenant.server.clone()}</td>
                    <td>{undo}</td>
                </tr>
            }
        })
        .collect_view();
    let more = tenants.len().saturating_sub(SHOWN) as i64;
    view! {
        <Banner tone=Tone::Warn title="A rollback runs the down files: what they drop is gone">
            "Data in the columns and tables they remove cannot be brought back."
        </Banner>
        <Table caption="What would be undone" columns=columns><tbody>{rows}</tbody></Table>
        {(more > 0).then(|| view! { <p class="muted">{format!("And {} more.", count(more, "tenant"))}</p> })}
    }
    .into_any()
}
