//! What a run would do: which tenants, which files; with nothing touched.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde::Serialize;

use super::Goal;
use super::estimate::{Basis, Estimator};
use super::store::{self, ManifestFile};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};
use crate::migrations::{Finding, Migration, Set, apply};
use crate::servers;
use crate::tenants::{self, Filter, State, Tenant};

/// What a run would do, with nothing touched.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub tenants: i64,
    pub current: i64,
    pub behind: i64,
    pub migrations: Vec<PlannedMigration>,
    /// Where the tenants stand that can be migrated, the oldest first.
    pub by_version: Vec<StartingFrom>,
    /// Milliseconds the run may take at the usual concurrency; none without earlier runs to judge by.
    pub estimate_ms: Option<i64>,
    pub unreachable: Vec<Unreachable>,
    /// Reached, but their ledger and the files do not agree: a run would refuse them.
    pub refused: Vec<Unreachable>,
}

/// Tenants that have the same before them.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct StartingFrom {
    /** None: nothing is applied yet. */
    pub version: Option<i64>,
    pub tenants: i64,
    /** Versions, in the order in which they would be applied. */
    pub pending: Vec<i64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PlannedMigration {
    pub version: i64,
    pub name: String,
    pub checksum: String,
    /** On every engine among the tenants. */
    pub atomic: bool,
    pub findings: Vec<Finding>,
    /** Tenants it is pending on. */
    pub pending_on: i64,
    /** One for each engine among the tenants. */
    pub engines: Vec<PlannedOn>,
    /** Milliseconds on one tenant, and what that rests on. */
    pub estimate_ms: Option<i64>,
    pub estimate_from: Option<Basis>,
}

/// What of a migration would run on an engine.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedOn {
    pub engine: Engine,
    pub atomic: bool,
    pub file: std::path::PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Unreachable {
    pub tenant: String,
    pub reason: String,
}

/// `migrate status`: where one tenant stands.
#[derive(Debug, Clone, Serialize)]
pub struct TenantStatus {
    pub tenant: String,
    pub id: String,
    pub version: Option<i64>,
    pub pending: i64,
    pub state: tenants::State,
}

/// The answer to "may what needs this version go out?".
#[derive(Debug, Clone, Serialize)]
pub struct AtLeast {
    pub version: i64,
    pub ok: bool,
    /// How many were asked about.
    pub tenants: i64,
    pub behind: Vec<NotYet>,
}

/// A tenant that is not known to be at the version that was asked about.
#[derive(Debug, Clone, Serialize)]
pub struct NotYet {
    pub tenant: String,
    pub version: Option<i64>,
    /// behind, or why nothing can be said: failed, unreachable, unknown.
    pub state: tenants::State,
}

/// Reads the fleet's files, off the async threads.
pub(super) async fn files(platform: &Platform) -> Result<Set> {
    let folder = platform.config.tenant_migrations.clone();
    tokio::task::spawn_blocking(move || Set::read(&folder)).await.map_err(Error::internal)?
}

/// Every file of the set up to `to`, as a run freezes it.
pub(super) fn manifest(set: &Set, to: Option<i64>) -> Vec<ManifestFile> {
    let files = set.migrations.iter().filter(|m| to.is_none_or(|to| m.version <= to)).flat_map(|migration| {
        migration.variants.iter().map(|script| ManifestFile {
            version: migration.version,
            engine: script.engine.map_or("any", Engine::as_str).to_owned(),
            name: migration.label(),
            checksum: hex::encode(&script.up.checksum),
        })
    });
    files.collect()
}

/// The tenants a request means: those named, else the active ones of the filter.
pub(super) async fn select(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<Tenant>> {
    let found = tenants::all(platform, actor, &meant(selection)).await?;
    if found.is_empty() && !selection.tags.is_empty() {
        // Nobody is ready or behind who has a tag that was mistyped.
        let anybody = Filter { tags: selection.tags.clone(), ..Filter::default() };
        if tenants::all(platform, actor, &anybody).await?.is_empty() {
            return Err(Error::not_found("tag", &selection.tags.join(", ")).hint("neo tenant list shows the tags"));
        }
    }
    Ok(found)
}

fn meant(selection: &Filter) -> Filter {
    let mut selection = selection.clone();
    if selection.keys.is_empty() && selection.statuses.is_empty() {
        selection.statuses = vec![tenants::Status::Active];
    }
    selection
}

/// The newest version a goal leads to; `None` where it differs by tenant.
pub(super) fn target_version(set: &Set, goal: &Goal) -> Result<Option<i64>> {
    match goal {
        // Before the first there is no file.
        Goal::RollbackTo { to: 0 } => Ok(None),
        Goal::Migrate { to: Some(to) } | Goal::RollbackTo { to } => match set.find(*to) {
            Some(_) => Ok(Some(*to)),
            None => Err(set
                .resolve(&to.to_string())
                .err()
                .unwrap_or_else(|| Error::not_found("migration", &to.to_string()))),
        },
        Goal::Migrate { to: None } => Ok(set.latest()),
        _ => Ok(None),
    }
}

/// Up to this many tenants a plan reads each ledger; for more it takes the cache, and asks each server only once.
const READ_LEDGERS: i64 = 500;

const AT_ONCE: usize = 16;

pub(super) async fn plan(platform: &Platform, actor: &Actor, selection: &Filter, to: Option<i64>) -> Result<Plan> {
    actor.authorise(Permission::View)?;
    let set = Arc::new(files(platform).await?);
    let to = target_version(&set, &Goal::Migrate { to })?;
    let selection = meant(selection);
    let versions = tenants::versions(platform, actor, &selection).await?;
    let servers: HashMap<String, servers::Server> =
        servers::list(platform, actor).await?.into_iter().map(|load| (load.server.id.clone(), load.server)).collect();
    let total: i64 = versions.iter().map(|(_, _, n)| n).sum();
    let is_there = |engine: &Engine| {
        versions.iter().any(|(id, ..)| servers.get(id).is_some_and(|server| server.engine == *engine))
    };
    let engines: Vec<Engine> = Engine::ALL.into_iter().filter(is_there).collect();

    let looks: Vec<Look> = if total <= READ_LEDGERS {
        let tenants = tenants::all(platform, actor, &selection).await?;
        futures::stream::iter(tenants)
            .map(|tenant| {
                let server = servers.get(&tenant.server_id).cloned();
                let set = set.clone();
                async move {
                    let applied = read_ledger(platform, &set, &tenant, server).await;
                    Look { tenant: tenant.slug, engine: Some(tenant.engine), tenants: 1, applied }
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    } else {
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
            for tenant in tenants::all(platform, actor, &there).await? {
                let applied = Err(Blocked { refused: false, reason: why.clone() });
                looks.push(Look { tenant: tenant.slug, engine: None, tenants: 1, applied });
            }
        }
        looks
    };

    let mut pending_on: HashMap<i64, i64> = HashMap::new();
    let mut groups: BTreeMap<(Option<i64>, Vec<i64>), i64> = BTreeMap::new();
    let (mut current, mut behind) = (0, 0);
    let (mut unreachable, mut refused) = (Vec::new(), Vec::new());
    for look in looks {
        let applied = match look.applied {
            Ok(applied) => applied,
            Err(blocked) => {
                let list = if blocked.refused { &mut refused } else { &mut unreachable };
                list.push(Unreachable { tenant: look.tenant, reason: blocked.reason });
                continue;
            }
        };
        let is_for = |m: &Migration| look.engine.is_none_or(|engine| m.on(engine).is_some());
        let wanted = set.migrations.iter().filter(|m| to.is_none_or(|to| m.version <= to) && is_for(m));
        let pending: Vec<i64> = wanted.map(|m| m.version).filter(|v| !applied.contains(v)).collect();
        *groups.entry((applied.last().copied(), pending.clone())).or_default() += look.tenants;
        if pending.is_empty() {
            current += look.tenants;
        } else {
            behind += look.tenants;
        }
        for version in pending {
            *pending_on.entry(version).or_default() += look.tenants;
        }
    }
    for list in [&mut unreachable, &mut refused] {
        list.sort_by(|a, b| a.tenant.cmp(&b.tenant));
    }
    let history = store::history::history(&mut *platform.central.read().await?).await?;
    let estimator = Estimator::new(&history);
    let found = set.findings(&engines).into_iter().filter(|(m, _)| pending_on.contains_key(&m.version));
    let migrations: Vec<PlannedMigration> = found
        .map(|(migration, findings)| planned(migration, findings, &engines, &estimator, pending_on[&migration.version]))
        .collect();
    let pending = migrations.iter().map(|m| (m.name.as_str(), m.pending_on));
    Ok(Plan {
        tenants: total,
        current,
        behind,
        by_version: groups
            .into_iter()
            .map(|((version, pending), tenants)| StartingFrom { version, tenants, pending })
            .collect(),
        estimate_ms: (behind > 0)
            .then(|| estimator.whole(behind, pending, super::Policy::default().concurrency))
            .flatten(),
        migrations,
        unreachable,
        refused,
    })
}

fn planned(
    migration: &Migration,
    findings: Vec<Finding>,
    engines: &[Engine],
    estimator: &Estimator,
    pending_on: i64,
) -> PlannedMigration {
    let on: Vec<PlannedOn> = engines
        .iter()
        .filter_map(|engine| migration.on(*engine).map(|script| (*engine, script)))
        .map(|(engine, script)| PlannedOn {
            engine,
            atomic: script.is_atomic(engine),
            file: script.up.path.clone(),
            sql: Some(script.up.sql.clone()),
        })
        .collect();
    let checksum =
        engines.iter().find_map(|engine| migration.on(*engine)).map(|script| hex::encode(&script.up.checksum));
    let estimate = estimator.of(&migration.label());
    PlannedMigration {
        version: migration.version,
        name: migration.label(),
        checksum: checksum.unwrap_or_default(),
        atomic: on.iter().all(|on| on.atomic),
        findings,
        pending_on,
        engines: on,
        estimate_ms: estimate.map(|(ms, _)| ms.round() as i64),
        estimate_from: estimate.map(|(_, from)| from),
    }
}

/// Where some tenants stand that are alike; one that is blocked is named.
struct Look {
    tenant: String,
    /// Where it can be told.
    engine: Option<Engine>,
    tenants: i64,
    applied: Result<BTreeSet<i64>, Blocked>,
}

/// Why a plan leads nowhere on a tenant: it cannot be reached, or its ledger and the files do not agree.
struct Blocked {
    refused: bool,
    reason: String,
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

/// Whether every active tenant is known to be at a version, from the cache alone.
pub(super) async fn at_least(
    platform: &Platform,
    actor: &Actor,
    selection: &Filter,
    version: i64,
) -> Result<super::AtLeast> {
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
            Some(super::NotYet { tenant: tenant.slug, version: tenant.version, state })
        })
        .collect();
    Ok(super::AtLeast { version, ok: behind.is_empty(), tenants: total, behind })
}

/// Where each tenant stands, from the cache alone.
pub(super) async fn status(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<TenantStatus>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let tenants = select(platform, actor, selection).await?;
    Ok(tenants
        .into_iter()
        .map(|tenant| {
            let (pending, state) = tenant.standing(&set);
            TenantStatus { tenant: tenant.slug, id: tenant.id, version: tenant.version, pending, state }
        })
        .collect())
}
