//! What a run has found: its failures by their cause, and the schemas that are not the others'.

use std::collections::{BTreeMap, HashMap};

use super::{AppliedIn, Cause, Failure, Reason, TaskFilter, TaskStatus, find, store, tasks};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::{Advice, Result};
use crate::tenants::{self, Tenant};

/// The failures of a run, by fingerprint, the most frequent first.
pub async fn causes(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<Cause>> {
    let failed = failures(platform, actor, number).await?;
    Ok(by_cause(failed.into_iter().map(|(tenant, _, failure)| (tenant, failure))))
}

/// The same of tenants (slugs) and their failures.
pub(super) fn by_cause(failed: impl Iterator<Item = (String, Failure)>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for (tenant, failure) in failed {
        match causes.iter_mut().find(|cause| cause.fingerprint == failure.fingerprint) {
            Some(cause) => {
                cause.count += 1;
                if cause.tenants.len() < 5 {
                    cause.tenants.push(tenant);
                }
            }
            None => causes.push(Cause {
                fingerprint: failure.fingerprint.clone(),
                count: 1,
                failure,
                tenants: vec![tenant],
            }),
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
    causes
}

/// What is to be done about the tenants whose own login was refused when they were last worked on, by tenant (id).
pub(crate) async fn signed_out(platform: &Platform) -> Result<HashMap<String, Advice>> {
    let found = store::tasks::unreached(&mut *platform.central.read().await?).await?;
    let is_signed_out = |failure: &Failure| matches!(failure.code.as_deref(), Some("28P01" | "1045"));
    let hints = found.into_iter().filter(|(_, failure)| is_signed_out(failure));
    Ok(hints.filter_map(|(tenant, failure)| Some((tenant, failure.hint?))).collect())
}

/// The versions that Neo itself may have taken back on a tenant since its ledger was last read soundly: by a rollback whose worker
/// died, or whose server was gone before it had answered. `except`: a task that has not begun yet.
pub(crate) async fn gone(platform: &Platform, tenant: &Tenant, except: Option<&str>) -> Result<Vec<i64>> {
    // A rollback forgets the digest when it is asked for.
    if tenant.version.is_none() || tenant.ledger_digest.is_some() {
        return Ok(Vec::new());
    }
    let found = store::tasks::unheard(&mut *platform.central.read().await?, &tenant.id, except).await?;
    let is_unheard = |status: TaskStatus, failure: &Option<Failure>| {
        status != TaskStatus::Failed || failure.as_ref().is_some_and(|failure| failure.category.is_transient())
    };
    let unheard = found.into_iter().filter(|(status, _, failure)| is_unheard(*status, failure));
    Ok(unheard.flat_map(|(_, plan, _)| plan).collect())
}

/// What a migration took lately, and how often it was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Took {
    /// Each time, in the mean.
    pub ms: i64,
    pub times: i64,
}

/// What each migration took where the newest runs have applied it, by its label: of one that is pending somewhere, this is what is
/// known.
pub async fn took(platform: &Platform, actor: &Actor) -> Result<HashMap<String, Took>> {
    actor.authorise(Permission::View)?;
    let history = store::history::history(&mut *platform.central.read().await?).await?;
    let mut sums: HashMap<String, (i64, i64)> = HashMap::new();
    for (label, ms) in history.applied {
        let (sum, n) = sums.entry(label).or_default();
        (*sum, *n) = (*sum + ms, *n + 1);
    }
    Ok(sums.into_iter().map(|(label, (sum, times))| (label, Took { ms: sum / times, times })).collect())
}

/// Every failed tenant of a run with its attempt and failure: `(slug, attempt, failure)`.
pub async fn failures(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<(String, i64, Failure)>> {
    let run = find(platform, actor, number).await?;
    store::tasks::failures(&mut *platform.central.read().await?, &run.id).await
}

/// The tenants of a run whose schema is not the one that most have, each with what differs.
pub async fn drifted(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<tenants::Drift>> {
    let mut filter = TaskFilter { reason: Some(Reason::Drifted), limit: 500, ..TaskFilter::default() };
    let mut found = Vec::new();
    loop {
        let page = tasks(platform, actor, number, &filter).await?;
        for task in &page.tasks {
            let tenant = tenants::find(platform, actor, &task.tenant_id).await?;
            found.extend(tenants::drift(platform, actor, &tenant).await?);
        }
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(found),
        }
    }
}

/// What is kept of the migrations that runs applied to a tenant, by version.
pub async fn applied_to(platform: &Platform, actor: &Actor, tenant: &str) -> Result<BTreeMap<i64, AppliedIn>> {
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut latest = BTreeMap::new();
    for (version, applied) in store::tasks::applied_to(&mut *platform.central.read().await?, &tenant.id).await? {
        latest.entry(version).or_insert(applied);
    }
    Ok(latest)
}

/// The tenants of a verification whose schema there was nothing to compare with (slugs).
pub async fn uncompared(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<String>> {
    by_reason(platform, actor, number, Reason::Uncompared).await
}

/// The tenants whose task ended for this reason (slugs).
pub(super) async fn by_reason(platform: &Platform, actor: &Actor, number: i64, reason: Reason) -> Result<Vec<String>> {
    let mut filter = TaskFilter { reason: Some(reason), limit: 500, ..TaskFilter::default() };
    let mut found = Vec::new();
    loop {
        let page = tasks(platform, actor, number, &filter).await?;
        found.extend(page.tasks.into_iter().map(|task| task.tenant));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(found),
        }
    }
}
