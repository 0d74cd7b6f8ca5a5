//! What is known of where a tenant stands: what it lacks, and whether a failed run hides that it has drifted.

use std::collections::HashSet;

use neo::actor::Actor;
use neo::error::Result;
use neo::migrations::Set;
use neo::tenants::{State, Tenant};
use neo::{Platform, runs};

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
