//! Where the tenants of a plan stand: by their ledgers, or for very many by the cache.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Connection, Engine};
use crate::error::Result;
use crate::migrations::{Set, apply};
use crate::servers;
use crate::tenants::{self, Filter, Tenant};

/// Up to this many tenants a plan reads each ledger; for more it takes the cache, and asks each server only once.
const READ_LEDGERS: i64 = 500;

const AT_ONCE: usize = 16;

/// How many tenants stand at a version: server's id, version, count.
pub(super) type AtVersion = (String, Option<i64>, i64);

/// Where some tenants stand that are alike; one that is blocked is named.
pub(super) struct Look {
    pub tenant: String,
    /// Where it can be told.
    pub engine: Option<Engine>,
    pub tenants: i64,
    pub applied: Result<BTreeSet<i64>, Blocked>,
}

/// The tenants of `selection` that are not `left_out`; `versions` counts them all.
pub(super) async fn looks(
    platform: &Platform,
    actor: &Actor,
    set: &Arc<Set>,
    selection: &Filter,
    servers: &HashMap<String, servers::Server>,
    mut versions: Vec<AtVersion>,
    left_out: &[Tenant],
) -> Result<Vec<Look>> {
    let total: i64 = versions.iter().map(|(_, _, n)| n).sum();
    let left_out_ids: HashSet<&String> = left_out.iter().map(|tenant| &tenant.id).collect();
    let stays = |tenant: &Tenant| !left_out_ids.contains(&tenant.id);
    if total <= READ_LEDGERS {
        let tenants = tenants::all(platform, actor, selection).await?;
        let looks = futures::stream::iter(tenants.into_iter().filter(stays)).map(|tenant| {
            let server = servers.get(&tenant.server_id).cloned();
            let set = set.clone();
            async move {
                let applied = read_ledger(platform, &set, &tenant, server).await;
                Look { tenant: tenant.slug, engine: Some(tenant.engine), tenants: 1, applied }
            }
        });
        return Ok(looks.buffer_unordered(AT_ONCE).collect().await);
    }
    for tenant in left_out {
        let alike = versions.iter_mut().find(|(id, version, _)| (id, version) == (&tenant.server_id, &tenant.version));
        alike.into_iter().for_each(|(_, _, n)| *n -= 1);
    }
    versions.retain(|(_, _, n)| *n > 0);
    let asked: HashSet<&String> = versions.iter().map(|(id, ..)| id).collect();
    let asked = servers.values().filter(|server| asked.contains(&server.id)).cloned().collect();
    let down = servers_down(platform, asked).await;
    let mut looks = Vec::new();
    for (id, version, tenants) in versions.iter().filter(|(id, ..)| !down.contains_key(id)) {
        let at = version.unwrap_or(0);
        let applied = set.migrations.iter().map(|m| m.version).filter(|v| *v <= at).collect();
        let engine = servers.get(id).map(|server| server.engine);
        looks.push(Look { tenant: String::new(), engine, tenants: *tenants, applied: Ok(applied) });
    }
    // Those that cannot be reached are named, one by one.
    for (id, why) in &down {
        let there = Filter { server: servers.get(id).map(|server| server.name.clone()), ..selection.clone() };
        for tenant in tenants::all(platform, actor, &there).await?.into_iter().filter(stays) {
            let applied = Err(Blocked { refused: false, reason: why.clone() });
            looks.push(Look { tenant: tenant.slug, engine: None, tenants: 1, applied });
        }
    }
    Ok(looks)
}

/// Why a plan leads nowhere on a tenant: it cannot be reached, or its ledger and the files do not agree.
pub(super) struct Blocked {
    pub refused: bool,
    pub reason: String,
}

/// The versions in a tenant's ledger, or why it cannot be migrated.
async fn read_ledger(
    platform: &Platform,
    set: &Set,
    tenant: &Tenant,
    server: Option<servers::Server>,
) -> Result<BTreeSet<i64>, Blocked> {
    let unreachable = |reason: String| Blocked { refused: false, reason };
    let server = server.ok_or_else(|| unreachable("its server is not registered any more".to_owned()))?;
    let mut target = tenants::target(platform, tenant, &server).map_err(|e| unreachable(e.to_string()))?;
    target.application_name = format!("neo:plan:{}", tenant.slug);
    target.connect_timeout = Duration::from_secs(5);
    let mut conn = Connection::open(&target).await.map_err(|f| unreachable(f.message))?;
    let options = apply::Options::within(target.connect_timeout);
    let outcome = apply::run(&mut conn, set, &apply::Goal::Verify, &options, &|_| ()).await;
    conn.close().await;
    match (outcome.failure, outcome.ledger) {
        (Some(failure), ledger) => Err(Blocked { refused: ledger.is_some(), reason: failure.message }),
        (None, ledger) => {
            Ok(ledger.unwrap_or_default().into_iter().filter(|row| row.success).map(|row| row.version).collect())
        }
    }
}

async fn servers_down(platform: &Platform, servers: Vec<servers::Server>) -> HashMap<String, String> {
    let system = &Actor::system();
    futures::stream::iter(servers)
        .map(|server| async move {
            let check = servers::check(platform, system, &server.id).await;
            check.err().map(|error| (server.id, error.to_string()))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|down| async { down })
        .collect()
        .await
}
