//! What a run would do: which tenants, which files; with nothing touched.

mod looks;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::estimate::{Basis, Estimator};
use super::manifest::target_version;
use super::skips::Skips;
use super::store;
use super::waves;
use super::{Goal, PlannedWave, Policy, Reason};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::Engine;
use crate::error::advice::told;
use crate::error::{Advice, Do, Error, Result};
use crate::migrations::{Finding, Migration, Set, Source};
use crate::servers;
use crate::tenants::{self, Filter, Quarantine, Tenant};
use looks::Wanted;

/// What a run would do, with nothing touched.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    pub tenants: i64,
    pub current: i64,
    pub behind: i64,
    pub migrations: Vec<PlannedMigration>,
    /// Where the tenants stand that can be migrated, the oldest first.
    pub by_version: Vec<StartingFrom>,
    /// Milliseconds the run may take with so many at once; none without earlier runs to judge by.
    pub estimate_ms: Option<i64>,
    pub concurrency: u32,
    /// Who goes first, where the policy says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<PlannedWave>,
    pub unreachable: Vec<Unreachable>,
    /// Reached, but their ledger and the files do not agree: a run would refuse them.
    pub refused: Vec<Unreachable>,
    /// A run on the fleet would leave these out.
    pub quarantined: Vec<Quarantined>,
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
    /// Why, and what helps.
    #[serde(serialize_with = "told::command")]
    pub reason: Advice,
}

#[derive(Debug, Clone, Serialize)]
pub struct Quarantined {
    pub tenant: String,
    #[serde(flatten)]
    pub quarantine: Quarantine,
}

impl Plan {
    /// Tenants that are blocked for the same reason, told together: the reason, and who they are.
    pub fn by_reason(blocked: &[Unreachable]) -> Vec<(&Advice, Vec<&str>)> {
        let mut reasons: Vec<(&Advice, Vec<&str>)> = Vec::new();
        let mut places: HashMap<&Advice, usize> = HashMap::new();
        for Unreachable { tenant, reason } in blocked {
            let place = *places.entry(reason).or_insert_with(|| {
                reasons.push((reason, Vec::new()));
                reasons.len() - 1
            });
            reasons[place].1.push(tenant);
        }
        reasons
    }
}

/// Reads the fleet's files, off the async threads.
pub(super) async fn files(platform: &Platform) -> Result<Set> {
    Set::load(&platform.config.tenant_migrations).await
}

/// The tenants a request means: those named, else the active ones of the filter.
pub(super) async fn select(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<Tenant>> {
    let found = tenants::all(platform, actor, &meant(selection)).await?;
    if found.is_empty() && !selection.tags.is_empty() {
        // Nobody is ready or behind who has a tag that was mistyped.
        let anybody = Filter { tags: selection.tags.clone(), ..Filter::default() };
        if tenants::all(platform, actor, &anybody).await?.is_empty() {
            return Err(Error::not_found("tag", &selection.tags.join(", "))
                .hint(Advice::from(Do::ListTenants {}).and(" shows the tags")));
        }
    }
    Ok(found)
}

fn meant(selection: &Filter) -> Filter {
    let mut selection = selection.clone();
    if selection.is_fleet_wide() && selection.statuses.is_empty() {
        selection.statuses = vec![tenants::Status::Active];
    }
    selection
}

pub(super) async fn plan(
    platform: &Platform,
    actor: &Actor,
    selection: &Filter,
    to: Option<i64>,
    policy: &Policy,
) -> Result<Plan> {
    actor.authorise(Permission::View)?;
    let set = Arc::new(files(platform).await?);
    let goal = Goal::Migrate { to };
    let to = target_version(&set, &goal)?;
    let selection = meant(selection);
    let alike = tenants::alike(platform, actor, &selection).await?;
    let servers: HashMap<String, servers::Server> =
        servers::list(platform, actor).await?.into_iter().map(|load| (load.server.id.clone(), load.server)).collect();
    let total: i64 = alike.iter().map(|group| group.tenants).sum();
    let is_there = |engine: &Engine| {
        alike.iter().any(|group| servers.get(&group.server_id).is_some_and(|server| server.engine == *engine))
    };
    let engines: Vec<Engine> = Engine::ALL.into_iter().filter(is_there).collect();

    let skips = Skips::new(&mut *platform.central.read().await?, &set, &goal, &selection, policy.trust_ms).await?;
    let mut left_out = tenants::all(platform, actor, &Filter { quarantined: true, ..selection.clone() }).await?;
    left_out.retain(|tenant| skips.of(tenant) == Some(Reason::Quarantined));
    let waves = match policy.has_waves() {
        true => waves::planned(policy, &select(platform, actor, &selection).await?, &skips)?,
        false => Vec::new(),
    };
    let looks =
        looks::looks(platform, actor, &Wanted { set: &set, to, selection: &selection }, &servers, alike, &left_out)
            .await?;

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
    let mut found = set.looked_through(&engines).await?;
    let migrations: Vec<PlannedMigration> = set
        .migrations
        .iter()
        .filter_map(|migration| {
            let pending_on = *pending_on.get(&migration.version)?;
            let findings = found.remove(&migration.version).unwrap_or_default();
            Some(planned(migration, findings, &engines, &estimator, pending_on))
        })
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
        estimate_ms: (behind > 0).then(|| estimator.whole(behind, pending, policy.concurrency)).flatten(),
        concurrency: policy.concurrency,
        migrations,
        waves,
        unreachable,
        refused,
        quarantined: left_out
            .into_iter()
            .filter_map(|tenant| Some(Quarantined { tenant: tenant.slug, quarantine: tenant.quarantine? }))
            .collect(),
    })
}

/// A file's text in a plan; of a large one the beginning, and that there is more.
pub(super) fn shown(source: &Source) -> String {
    match source.shown() {
        (text, None) => text.to_owned(),
        (text, Some(cut)) => format!("{text}-- … {cut}\n"),
    }
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
            sql: Some(shown(&script.up)),
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
