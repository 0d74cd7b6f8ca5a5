//! Which runs want somebody else's yes, and the plan that is said yes to.

use std::collections::{BTreeSet, HashMap};

use neo_model::{Act, Approval, Guard};

use super::plan::select;
use super::{Goal, Kind, Request, Run, store, weight};
use crate::Platform;
use crate::actor::{Actor, Leave, Permission};
use crate::central::Conn;
use crate::error::{Advice, Do, Error, Result};
use crate::migrations::Set;
use crate::requests::{self, Plan};
use crate::tenants::{self, Filter, Tenant};

/// What was chosen for a run.
pub(super) struct Chosen<'a> {
    pub set: &'a Set,
    pub to: Option<i64>,
    pub tenants: &'a [Tenant],
    /// What a rollback undoes on each, by its id.
    pub plans: Option<&'a HashMap<String, Vec<i64>>>,
}

/// Why this run wants somebody's yes, where it does.
pub(super) async fn guard(
    platform: &Platform,
    actor: &Actor,
    (goal, selection): (&Goal, &Filter),
    tenants: &[Tenant],
) -> Result<Option<Guard>> {
    let mut guards = Vec::new();
    guards.extend((goal.kind() == Kind::Rollback && !tenants.is_empty()).then_some(Guard::Rollback));
    if changes(goal.kind()) && requests::guard(platform, actor, &[Guard::AllTenants]).is_some() {
        // Whoever has nothing before them is left out of a run that says so, and it is one on all the same.
        let wider = Filter { behind: None, states: Vec::new(), version: None, latest: None, ..selection.clone() };
        let wider = match selection.is_fleet_wide() && wider != *selection {
            true => Some(select(platform, actor, &wider).await?),
            false => None,
        };
        let chosen = wider.as_deref().unwrap_or(tenants);
        let is_all = weight::covers(&mut *platform.central.read().await?, chosen).await?;
        guards.extend((is_all && !tenants.is_empty()).then_some(Guard::AllTenants));
    }
    Ok(requests::guard(platform, actor, &guards))
}

/// Whether such a run, by this actor, would only be asked for.
pub(super) async fn asks(platform: &Platform, actor: &Actor, goal: &Goal, selection: &Filter) -> Result<bool> {
    if actor.leave == Leave::Without
        || requests::guard(platform, actor, &[Guard::Rollback, Guard::AllTenants]).is_none()
    {
        return Ok(false);
    }
    let tenants = select(platform, actor, selection).await?;
    Ok(guard(platform, actor, (goal, selection), &tenants).await?.is_some())
}

/// Whether a run of this kind changes its tenants. A backup and a verification only read.
pub(super) fn changes(kind: Kind) -> bool {
    match kind {
        Kind::Migrate | Kind::Rollback | Kind::Rotate => true,
        Kind::Verify | Kind::Provision | Kind::Backup => false,
    }
}

/// Lets a run be gone on with. What was approved is its files and its tenants, and both are frozen with it: whatever is tried again
/// of them is the same plan. One that began before anybody's yes was wanted has none, and is started anew where it would want it.
pub(super) async fn go_on(platform: &Platform, conn: &mut Conn, actor: &Actor, run: &Run, tried: i64) -> Result<()> {
    if run.approval.is_some() || !changes(run.kind) {
        return Ok(());
    }
    let is_all = tried > 0 && (tried >= tenants::in_runs(conn).await? || tried * 2 > tenants::in_use(conn).await?);
    let mut guards = Vec::new();
    guards.extend((run.kind == Kind::Rollback).then_some(Guard::Rollback));
    guards.extend(is_all.then_some(Guard::AllTenants));
    match (requests::guard(platform, actor, &guards), &actor.leave) {
        (None, _) => Ok(()),
        (Some(_), Leave::Without) => {
            store::set_approval(conn, &run.id, &Approval::WithoutApproval { by: actor.name.clone() }).await
        }
        (Some(_), _) => {
            Err(Error::conflict(format!("run {} was begun without anybody's approval, and wants it now", run.number))
                .cause("approvals were not wanted yet when it began")
                .hint(Advice::from("start it anew: that asks for it; ").act(Do::GoPast {})))
        }
    }
}

pub(super) fn plan(guard: Guard, request: &Request, needs: Vec<Permission>, chosen: &Chosen<'_>) -> Plan {
    let undone = |tenant: &Tenant| chosen.plans.and_then(|plans| plans.get(&tenant.id)).cloned().unwrap_or_default();
    let mut tenants: Vec<_> = chosen.tenants.iter().map(|tenant| tenant.planned(undone(tenant))).collect();
    tenants.sort_by(|a, b| (&a.tenant, &a.id).cmp(&(&b.tenant, &b.id)));
    let kind = request.goal.kind();
    let back: BTreeSet<i64> = tenants.iter().flat_map(|tenant| tenant.undone.iter().copied()).collect();
    let files = match kind {
        Kind::Rollback => chosen.set.planned(|version| back.contains(&version), true),
        _ => chosen.set.planned(|version| chosen.to.is_none_or(|to| version <= to), false),
    };
    let who = match tenants.as_slice() {
        [one] => one.tenant.clone(),
        many => format!("{} tenants", many.len()),
    };
    let what = match (kind, chosen.to) {
        (Kind::Migrate, Some(to)) => format!("migrate {who} to {}", chosen.set.label_of(to)),
        (Kind::Rotate, _) => format!("renew the passwords of {who}"),
        (kind, _) => format!("{} {who}", kind.word()),
    };
    // Who confirmed it, and with which files, has done so.
    let request = Request { confirm: None, expect: None, detached: true, ..request.clone() };
    let needs = needs.into_iter().fold(Vec::new(), |mut needs, need| {
        if !needs.contains(&need) {
            needs.push(need);
        }
        needs
    });
    Plan { guard, act: Act::Start(Box::new(request)), what, needs, files, tenants }
}
