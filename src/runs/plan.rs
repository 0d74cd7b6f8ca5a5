//! What a run would do: which tenants, which files; with nothing touched.

pub(crate) mod changed;
mod looks;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::estimate::Estimator;
use super::manifest::target_version;
use super::skips::Skips;
use super::store;
use super::waves;
use super::{
    Goal, PassedOver, Plan, PlannedMigration, PlannedOn, Policy, Quarantined, Reason, StartingFrom, Unreachable, asked,
};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::Engine;
use crate::error::{Advice, Do, Error, Result};
use crate::migrations::{Finding, Migration, Set, Source};
use crate::servers;
use crate::tenants::{self, Filter, Tenant};
use crate::windows;
use looks::Wanted;

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

/// Those of a selection that are not active: a run skips them with what they are as the reason. Who is in quarantine is told as that.
async fn passed_over(platform: &Platform, actor: &Actor, selection: &Filter, skips: &Skips) -> Result<Vec<Tenant>> {
    let is_meant = |status: &tenants::Status| match selection.statuses.is_empty() {
        true => *status != tenants::Status::Deleted,
        false => selection.statuses.contains(status),
    };
    let statuses: Vec<tenants::Status> =
        tenants::Status::ALL.into_iter().filter(|s| *s != tenants::Status::Active && is_meant(s)).collect();
    if statuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = tenants::all(platform, actor, &Filter { statuses, ..selection.clone() }).await?;
    found.retain(|tenant| skips.of(tenant).is_none());
    Ok(found)
}

pub(super) async fn plan(
    platform: &Platform,
    actor: &Actor,
    selection: &Filter,
    to: Option<i64>,
    policy: &Policy,
) -> Result<Plan> {
    actor.authorise(Permission::View)?;
    asked::check_policy(policy)?;
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
    let nodes: Vec<servers::Server> = servers
        .values()
        .filter(|server| server.engine == Engine::Mysql && alike.iter().any(|group| group.server_id == server.id))
        .cloned()
        .collect();
    let engines: Vec<Engine> = Engine::ALL.into_iter().filter(is_there).collect();

    let skips = Skips::new(&mut *platform.central.read().await?, &set, &goal, &selection, policy.trust_ms).await?;
    let mut left_out = tenants::all(platform, actor, &Filter { quarantined: true, ..selection.clone() }).await?;
    left_out.retain(|tenant| skips.of(tenant) == Some(Reason::Quarantined));
    let passed_over = passed_over(platform, actor, &selection, &skips).await?;
    let waves = match policy.has_waves() {
        true => waves::planned(policy, &select(platform, actor, &selection).await?, &skips)?,
        false => Vec::new(),
    };
    let wanted = Wanted { set: &set, to, selection: &selection, skips: &skips };
    let nothing_there: Vec<&Tenant> = left_out.iter().chain(&passed_over).collect();
    let looks = looks::looks(platform, actor, &wanted, &servers, alike, &nothing_there).await?;

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
    let is_pending = migrations.iter().any(|m| m.engines.iter().any(|on| on.engine == Engine::Mysql));
    let nodes = nodes.iter().filter(|_| is_pending);
    let clusters = servers::clusters(platform, nodes).await;
    let pending = migrations.iter().map(|m| (m.name.as_str(), m.pending_on));
    let windows = match policy.despite_windows {
        Some(_) => Vec::new(),
        None => windows::over(platform, actor, &selection).await?,
    };
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
        passed_over: passed_over
            .into_iter()
            .map(|tenant| PassedOver { tenant: tenant.slug, status: tenant.status })
            .collect(),
        clusters,
        windows,
    })
}

/// Why a tenant does not answer, whatever is known of it; none where it does. It is connected to as a run would, and its ledger is read.
pub async fn reach(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Option<Advice>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let server = servers::get(&mut *platform.central.read().await?, &tenant.server_id).await?;
    let read = looks::read_ledger(platform, &set, None, &tenant, Some(server)).await;
    Ok(read.err().filter(|blocked| !blocked.refused).map(|blocked| blocked.reason))
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
