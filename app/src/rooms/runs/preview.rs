//! What a run would do: how many tenants, which migrations, what they destroy, who cannot be reached.

use leptos::prelude::*;
use neo::engine::Engine;
use neo::error::Advice;
use neo::runs::{Basis, Kind, Plan, PlannedMigration, PlannedOn, Quarantined};
use neo::tenants::Tenant;

use super::new::{New, Preview};
use crate::page::advice;
use crate::query::segment;
use crate::rooms::migrations::findings;
use crate::ui::text::{count, duration, number};
use crate::ui::{Banner, Column, FleetBar, Legend, Mark, Segment, Table, Time, Tone};

/// Rows of a rollback's list, and reasons why tenants are blocked.
const SHOWN: usize = 50;
/// More migrations than this are folded away in a cell; as many tenants are named for a reason.
const LISTED: usize = 5;

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
        Segment::new("in quarantine", Mark::Skipped, plan.quarantined.len() as i64),
    ];
    let segments: Vec<Segment> = segments.into_iter().filter(|s| s.count > 0 || s.word == "to migrate").collect();
    let table = (kind == Kind::Migrate && !plan.migrations.is_empty()).then(|| {
        let columns = vec![
            Column::new("Migration, and what to know"),
            Column::num("On one tenant"),
            Column::num("Pending on"),
        ];
        let rows = plan.migrations.iter().map(planned).collect_view();
        view! {
            <p>{how_long(plan)}</p>
            <Table caption="Migrations that would be applied" columns=columns id=Some("planned".to_owned())><tbody>{rows}</tbody></Table>
            {starting_from(plan)}
        }
    });
    let blocked = (unreachable + refused > 0).then(|| {
        let line = |(reason, tenants): (&Advice, Vec<&str>)| {
            let more = tenants.len().saturating_sub(LISTED) as i64;
            let more = (more > 0).then(|| format!(" and {} more", number(more)));
            let some = tenants.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
            view! { <li><code>{some}</code>{more}" "<span class="err">{advice::view(reason)}</span></li> }
        };
        let reasons = [&plan.unreachable, &plan.refused].into_iter().flat_map(|blocked| Plan::by_reason(blocked));
        let lines = reasons.take(SHOWN).map(line).collect_view();
        view! {
            <Banner tone=Tone::Bad title=format!("{} cannot be migrated as it is and would fail", count(unreachable + refused, "tenant"))>
                <ul>{lines}</ul>
            </Banner>
        }
    });
    view! { <FleetBar segments=segments.clone() /><Legend segments=segments />{blocked}{left_out(plan)}{table} }
        .into_any()
}

fn left_out(plan: &Plan) -> Option<AnyView> {
    let n = plan.quarantined.len();
    if n == 0 {
        return None;
    }
    let line = |Quarantined { tenant, quarantine }: &Quarantined| {
        let (href, slug) = (format!("/tenants/{}", segment(tenant)), tenant.clone());
        let (until, owner, reason) = (quarantine.until, quarantine.owner.clone(), quarantine.reason.clone());
        view! { <li><a class="mono" href=href>{slug}</a>" ends "<Time ms=until />", "{owner}": "{reason}</li> }
    };
    let lines = plan.quarantined.iter().take(SHOWN).map(line).collect_view();
    let more = n.saturating_sub(SHOWN) as i64;
    let verb = if n == 1 { "is" } else { "are" };
    Some(
        view! {
            <Banner tone=Tone::Warn title=format!("{} in quarantine {verb} left out", count(n as i64, "tenant"))>
                <ul>{lines}</ul>
                {(more > 0).then(|| view! { <p><a href="/tenants?quarantined=yes">{format!("And {} more", number(more))}</a></p> })}
            </Banner>
        }
        .into_any(),
    )
}

/// How long, and what that rests on.
fn how_long(plan: &Plan) -> String {
    let Some(ms) = plan.estimate_ms else {
        return "How long it takes is not known: no earlier run to judge by. A rehearsal measures it on a copy."
            .to_owned();
    };
    let new = plan.migrations.iter().filter(|m| m.estimate_from == Some(Basis::Others)).count();
    let basis = match new {
        0 => "from what these migrations took on other tenants".to_owned(),
        n if n == plan.migrations.len() => {
            "from what other migrations took; these have not run anywhere yet".to_owned()
        }
        n => format!("from earlier runs; {n} of {} have not run anywhere yet", plan.migrations.len()),
    };
    format!("About {}, {} tenants at once ({basis}).", duration(ms), plan.concurrency)
}

/// Where the tenants stand that can be migrated.
fn starting_from(plan: &Plan) -> AnyView {
    let columns = vec![Column::new("Starting from"), Column::new("Pending, in this order"), Column::num("Tenants")];
    let name = |version: &i64| {
        plan.migrations.iter().find(|m| m.version == *version).map_or_else(|| version.to_string(), |m| m.name.clone())
    };
    let rows = plan
        .by_version
        .iter()
        .map(|group| {
            let labels: Vec<String> = group.pending.iter().map(name).collect();
            let pending = match labels.as_slice() {
                [] => view! { <span class="muted">"nothing"</span> }.into_any(),
                few if few.len() <= LISTED => listed(few),
                many => view! {
                    <details class="more">
                        <summary class="button quiet">{count(many.len() as i64, "migration")}</summary>
                        {listed(many)}
                    </details>
                }
                .into_any(),
            };
            view! {
                <tr>
                    <td class="mono">{group.version.map_or_else(|| "none".to_owned(), |version| version.to_string())}</td>
                    <td>{pending}</td>
                    <td class="num">{number(group.tenants)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h3>"Where they start from"</h3>
        <Table caption="Tenants by the version they start from" columns=columns id=Some("starts".to_owned())>
            <tbody>{rows}</tbody>
        </Table>
    }
    .into_any()
}

fn listed(labels: &[String]) -> AnyView {
    let lines = labels.iter().map(|label| view! { <li><code>{label.clone()}</code></li> }).collect_view();
    view! { <ol class="plain">{lines}</ol> }.into_any()
}

fn planned(migration: &PlannedMigration) -> AnyView {
    let engines: Vec<Engine> = migration.engines.iter().map(|on| on.engine).collect();
    let atomic = migration
        .engines
        .iter()
        .map(|on| {
            let (class, word) = if on.atomic { ("badge", "atomic") } else { ("badge warn", "not atomic") };
            let text = if engines.len() == 1 { word.to_owned() } else { format!("{word} on {}", on.engine) };
            view! { <span class=class>{text}</span>" " }
        })
        .collect_view();
    let mut files: Vec<&PlannedOn> = Vec::new();
    for on in &migration.engines {
        if files.iter().all(|other| other.file != on.file) {
            files.push(on);
        }
    }
    let sql = files
        .into_iter()
        .filter_map(|on| {
            let name = on.file.file_name()?.to_string_lossy().into_owned();
            let label = format!("The SQL of {name}");
            Some(view! {
                <details class="sql">
                    <summary>{name}</summary>
                    <pre tabindex="0" role="group" aria-label=label><code>{on.sql.clone()?}</code></pre>
                </details>
            })
        })
        .collect_view();
    let each = migration.estimate_ms.map_or_else(|| "–".to_owned(), |ms| format!("≈ {}", duration(ms)));
    view! {
        <tr>
            <td>
                <a class="mono" href=format!("/migrations/{}", migration.version)>{migration.name.clone()}</a>" "{atomic}
                {findings::list(&migration.findings, &engines)}
                {sql}
            </td>
            <td class="num">{each}</td>
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
