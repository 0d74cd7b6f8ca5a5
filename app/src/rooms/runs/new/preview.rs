//! What a run would do: how many tenants, which migrations, who cannot be reached.

use leptos::prelude::*;
use neo::error::Advice;
use neo::runs::{Kind, Plan, Quarantined};
use neo::tenants::Status;

use super::model::New;
use super::{planned, undone};
use crate::page::advice;
use crate::rooms::runs::preview::Preview;
use crate::rooms::tenants::links as tenants;
use crate::rooms::windows;
use crate::ui::text::{count, number};
use crate::ui::{Banner, FleetBar, Legend, Mark, Segment, Time, Tone};

/// Rows of a rollback's list, and reasons why tenants are blocked.
const SHOWN: usize = 50;

/// As many tenants are named for a reason.
const LISTED: usize = 5;

pub fn view(new: &New) -> AnyView {
    let body = match &new.outcome {
        Err(error) => crate::problems::banner(error),
        Ok(Preview::Migrate(plan)) => migrate(plan, new.kind),
        Ok(Preview::Rollback(tenants)) => undone::view(tenants),
        Ok(Preview::Act(tenants)) => renewed(*tenants),
    };
    let kept = windows::banner::view(&new.windows, "In a maintenance window: a run begins these when it is over");
    view! { <section aria-labelledby="preview"><h2 id="preview">"Preview"</h2>{kept}{body}</section> }.into_any()
}

fn renewed(tenants: i64) -> AnyView {
    let whose = if tenants == 1 { "Its login gets" } else { "Their logins get" };
    let text = format!(
        "{}. {whose} a new password, and the old one ends: applications that ask for the connection go on by themselves, whoever was \
         told the old password by hand is refused. The login of an adopted database is not Neo's to change, and a SQLite file has none.",
        count(tenants, "tenant")
    );
    view! { <p>{text}</p> }.into_any()
}

fn migrate(plan: &Plan, kind: Kind) -> AnyView {
    let (unreachable, refused) = (plan.unreachable.len() as i64, plan.refused.len() as i64);
    // A verification changes nobody: everybody is looked at, whatever is known of them.
    let (first, mark, whom, current) = match kind {
        Kind::Verify => ("to look at", Mark::Queued, plan.behind + plan.current, 0),
        _ => ("to migrate", Mark::Behind, plan.behind, plan.current),
    };
    let segments = vec![
        Segment::new(first, mark, whom),
        Segment::new("current already", Mark::Ok, current),
        Segment::new("unreachable", Mark::Failed, unreachable),
        Segment::new("refused", Mark::Failed, refused),
        Segment::new("in quarantine", Mark::Skipped, plan.quarantined.len() as i64),
        Segment::new("passed over", Mark::Skipped, plan.passed_over.len() as i64),
    ];
    let segments: Vec<Segment> = segments.into_iter().filter(|s| s.count > 0 || s.word == first).collect();
    let table = (kind == Kind::Migrate && !plan.migrations.is_empty()).then(|| planned::view(plan));
    let blocked = (unreachable + refused > 0).then(|| {
        let line = |(reason, tenants): (&Advice, Vec<&str>)| {
            let (some, more) = first_of(&tenants);
            view! { <li><code>{some}</code>{more}" "<span class="err">{advice::view(reason)}</span></li> }
        };
        let reasons = [&plan.unreachable, &plan.refused].into_iter().flat_map(|blocked| Plan::by_reason(blocked));
        let lines = reasons.take(SHOWN).map(line).collect_view();
        let verb = if kind == Kind::Verify { "verified" } else { "migrated" };
        let they_are = if unreachable + refused == 1 { "it is" } else { "they are" };
        let whom = count(unreachable + refused, "tenant");
        view! {
            <Banner tone=Tone::Bad title=format!("{whom} cannot be {verb} as {they_are} and would fail")>
                <ul>{lines}</ul>
            </Banner>
        }
    });
    let clusters = plan.of_clusters().map(|note| view! { <Banner tone=Tone::Warn title=note /> });
    view! {
        <FleetBar segments=segments.clone() />
        <Legend segments=segments />
        {blocked}
        {left_out(plan)}
        {passed_over(plan)}
        {clusters}
        {table}
    }
    .into_any()
}

/// The first of them by name, and how many more there are.
fn first_of(tenants: &[&str]) -> (String, Option<String>) {
    let more = tenants.len().saturating_sub(LISTED) as i64;
    let some = tenants.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    (some, (more > 0).then(|| format!(" and {} more", number(more))))
}

/// Those that were named and are not active: nothing is done there.
fn passed_over(plan: &Plan) -> Option<AnyView> {
    let n = plan.passed_over.len() as i64;
    if n == 0 {
        return None;
    }
    let line = |(status, slugs): (Status, Vec<&str>)| {
        let (some, more) = first_of(&slugs);
        view! { <li><code>{some}</code>{more}": "{status.word()}</li> }
    };
    let lines = plan.passed_over_by_status().into_iter().map(line).collect_view();
    let (are, active) = if n == 1 { ("is", "it is") } else { ("are", "they are") };
    Some(
        view! {
            <Banner tone=Tone::Warn title=format!("{} {are} passed over: {active} not active", count(n, "tenant"))>
                <ul>{lines}</ul>
            </Banner>
        }
        .into_any(),
    )
}

fn left_out(plan: &Plan) -> Option<AnyView> {
    let n = plan.quarantined.len();
    if n == 0 {
        return None;
    }
    let line = |Quarantined { tenant, quarantine }: &Quarantined| {
        let (href, slug) = (tenants::one(tenant), tenant.clone());
        let (until, owner, reason) = (quarantine.until, quarantine.owner.clone(), quarantine.reason.clone());
        view! {
            <li>
                <a class="mono" href=href>{slug}</a>" "{owner}": "{reason}" · ends "<span class="until"><Time ms=until /></span>
            </li>
        }
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
