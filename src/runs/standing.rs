//! Where the fleet stands, from the cache alone.

use std::collections::HashSet;

use neo_model::TenantStanding;

use super::plan::{files, select};
use super::{AtLeast, NotYet, store};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::Result;
use crate::tenants::{Filter, State};

/// Whether every active tenant is known to be at a version, from the cache alone.
pub(super) async fn at_least(platform: &Platform, actor: &Actor, selection: &Filter, version: i64) -> Result<AtLeast> {
    actor.authorise(Permission::View)?;
    // Where this version is nothing on an engine, what comes before it is enough there. Without the files, or of a version
    // that they do not have, nothing less will do.
    let set = files(platform).await.ok().filter(|set| set.find(version).is_some());
    let enough = |engine| set.as_ref().map_or(Some(version), |set| set.newest(engine, Some(version)));
    let tenants = select(platform, actor, selection).await?;
    let mut conn = platform.central.read().await?;
    let unknown: HashSet<String> = store::tasks::unknown(&mut conn).await?.into_iter().collect();
    let undone: HashSet<String> = store::tasks::rolling_back(&mut conn).await?.into_iter().collect();
    let total = tenants.len() as i64;
    let behind: Vec<_> = tenants
        .into_iter()
        .filter_map(|tenant| {
            let state = match tenant.state {
                _ if unknown.contains(&tenant.id) || undone.contains(&tenant.id) => State::Unknown,
                State::Current | State::Behind | State::Drifted if tenant.version >= enough(tenant.engine) => {
                    return None;
                }
                State::Current | State::Drifted => State::Behind,
                state => state,
            };
            let quarantined = tenant.quarantine.is_some();
            Some(NotYet { tenant: tenant.slug, version: tenant.version, state, quarantined })
        })
        .collect();
    Ok(AtLeast { version, ok: behind.is_empty(), tenants: total, behind })
}

/// Where each tenant stands, from the cache alone.
pub(super) async fn status(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<TenantStanding>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let tenants = select(platform, actor, selection).await?;
    Ok(tenants
        .into_iter()
        .map(|tenant| {
            let (pending, state) = tenant.standing(&set);
            TenantStanding { tenant: tenant.slug, id: tenant.id, version: tenant.version, pending, state }
        })
        .collect())
}
