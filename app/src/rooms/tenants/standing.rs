//! Where a tenant stands, as one mark and one word: its lifecycle first, then its last run, then what it lacks.

use std::collections::HashSet;

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::{self, TaskStatus};
use neo::tenants::{State, Status, Tenant};

use crate::ui::Mark;

/// How many of the files on disk this tenant lacks, by what its last look said.
pub fn pending(tenant: &Tenant, set: &Set) -> i64 {
    set.newer(tenant.engine, tenant.version)
}

/// Of these tenants those (by id) that a failed run tells nothing else about, and that had drifted when one last succeeded.
pub async fn hidden_drift(platform: &Platform, actor: &Actor, tenants: &[Tenant]) -> Result<HashSet<String>> {
    let hides = |tenant: &&Tenant| matches!(tenant.state, State::Failed | State::Unreachable);
    let ids: Vec<String> = tenants.iter().filter(hides).map(|tenant| tenant.id.clone()).collect();
    if ids.is_empty() { Ok(HashSet::new()) } else { runs::seen_drifted(platform, actor, &ids).await }
}

/// With `drifted` it had another schema than most before its last run failed: that is still so, for all that is known.
pub fn mark(tenant: &Tenant, pending: i64, drifted: bool) -> (Mark, String) {
    let (mark, said) = plain(tenant, pending);
    if drifted && mark == Mark::Failed { (mark, format!("{said}, drifted")) } else { (mark, said) }
}

fn plain(tenant: &Tenant, pending: i64) -> (Mark, String) {
    match tenant.status {
        Status::Provisioning => (Mark::Running, "Provisioning".into()),
        Status::Failed => (Mark::Failed, "Not provisioned".into()),
        Status::Suspended => (Mark::Paused, "Suspended".into()),
        Status::Archived => (Mark::Cancelled, "Archived".into()),
        Status::Deleted => (Mark::Cancelled, "Deleted".into()),
        Status::Active => match tenant.state {
            State::Failed => (Mark::Failed, "Failed".into()),
            State::Unreachable => (Mark::Failed, "Unreachable".into()),
            State::Drifted => (Mark::Drifted, "Drifted".into()),
            _ if pending > 0 => (Mark::Behind, format!("Behind {pending}")),
            State::Unknown => (Mark::Unknown, "Not looked at".into()),
            State::Current | State::Behind => (Mark::Ok, "Current".into()),
        },
    }
}

/// The dots of the last runs.
pub fn history(tasks: &[TaskStatus]) -> Vec<Mark> {
    tasks.iter().map(|status| Mark::from(*status)).collect()
}
