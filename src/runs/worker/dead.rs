//! What dead workers have left behind, once a tenant's ledger has been read again.

use std::borrow::Cow;

use serde_json::json;

use super::Finished;
use crate::central::Conn;
use crate::error::Result;
use crate::migrations::Set;
use crate::runs::ending::end_again;
use crate::runs::store::tasks::Ending;
use crate::runs::store::{self, parse};
use crate::runs::{EventKind, Kind, Reason, Run, TaskStatus};
use crate::tenants;

/// The ending of a task that was taken over: what later runs have applied since is theirs, although its ledger has it.
pub(super) async fn credited<'a>(tx: &mut Conn, run: &Run, finished: &'a Finished) -> Result<Cow<'a, Ending>> {
    let claim = &finished.claim;
    if !claim.is_reconciliation() || run.kind != Kind::Migrate || finished.ending.versions.is_empty() {
        return Ok(Cow::Borrowed(&finished.ending));
    }
    let theirs = store::tasks::applied_since(tx, &claim.tenant_id, run.number).await?;
    let before: Vec<i64> = parse(&claim.versions)?;
    let mut ending = finished.ending.clone();
    ending.versions.retain(|version| before.contains(version) || !theirs.contains(version));
    ending.applied = ending.versions.len().saturating_sub(before.len()) as i64;
    if ending.versions.is_empty() && ending.status == TaskStatus::Succeeded {
        ending.reason = Some(Reason::Current);
    }
    Ok(Cow::Owned(ending))
}

/// A run that has just read tenants' ledgers, and found them sound, knows what became of the tasks that dead workers left there
/// in runs that are over: what they were to do is done, or has been this run's to do.
pub(super) async fn settle_for_the_dead(tx: &mut Conn, run: &Run, set: &Set, written: &[&Finished]) -> Result<()> {
    let is_known = |finished: &&&Finished| {
        let digest = finished.look.as_ref().and_then(|look| look.ledger_digest.as_ref());
        finished.ending.status == TaskStatus::Succeeded && digest.is_some()
    };
    let known: Vec<_> = written.iter().filter(is_known).collect();
    // Hardly ever is there any.
    if known.is_empty() || !store::tasks::anything_left(tx, &run.id).await? {
        return Ok(());
    }
    for finished in known {
        settle_at(tx, run, set, finished).await?;
    }
    Ok(())
}

async fn settle_at(tx: &mut Conn, run: &Run, set: &Set, finished: &Finished) -> Result<()> {
    let claim = &finished.claim;
    let left = store::tasks::left_at(tx, &claim.tenant_id).await?;
    if left.is_empty() {
        return Ok(());
    }
    let tenant = tenants::by_id(tx, &claim.tenant_id).await?;
    // Where the ledger stood before this run did anything.
    let found = finished.ending.from_version.unwrap_or(0);
    for task in left.into_iter().filter(|task| task.run_id != run.id) {
        let mut versions: Vec<i64> = parse(&task.versions)?;
        let done: Vec<i64> = match task.kind {
            Kind::Migrate => {
                let (from, to) = (task.from_version.unwrap_or(0), task.goal_version.unwrap_or(i64::MAX).min(found));
                set.on(tenant.engine).map(|(m, _)| m.version).filter(|v| (from + 1..=to).contains(v)).collect()
            }
            Kind::Rollback => {
                let planned: Vec<i64> = task.plan.as_deref().map(parse).transpose()?.unwrap_or_default();
                planned.into_iter().filter(|v| *v > found).collect()
            }
            Kind::Verify | Kind::Provision | Kind::Rotate | Kind::Backup => Vec::new(),
        };
        let theirs = store::tasks::applied_since(tx, &claim.tenant_id, task.number).await?;
        versions.extend(done.into_iter().filter(|v| !versions.contains(v) && !theirs.contains(v)).collect::<Vec<_>>());
        let reason = format!("its worker died; run {} has been there since", run.number);
        store::tasks::let_go(tx, &task.id, &versions, &reason).await?;
        store::forget_tally(tx, &task.run_id).await?;
        let body = json!({"tenant": claim.tenant_slug, "reason": reason, "applied": versions.len()});
        store::append(tx, &task.run_id, &[(EventKind::TenantSkipped, body)]).await?;
        end_again(tx, task.number).await?;
    }
    Ok(())
}
