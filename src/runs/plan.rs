//! Before a run: which tenants, which files, what would happen; and the row that freezes it all.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;

use super::estimate::Estimator;
use super::store::tasks::NewTask;
use super::store::{self, ManifestFile, NewRun};
use super::workers::Process;
use super::{
    CURRENT, Goal, Kind, Plan, PlannedMigration, PlannedOn, QUARANTINED, Request, Run, StartingFrom, Unreachable,
    waves, workers,
};
use crate::Platform;
use crate::actor::{Actor, Door, Permission};
use crate::central;
use crate::clock::rfc3339;
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};
use crate::migrations::{Finding, Migration, Set, apply};
use crate::tenants::{self, Filter, State, Status as TenantStatus, Tenant};
use crate::{audit, servers};

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
async fn select(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<Tenant>> {
    tenants::all(platform, actor, &meant(selection)).await
}

fn meant(selection: &Filter) -> Filter {
    let mut selection = selection.clone();
    if selection.keys.is_empty() && selection.statuses.is_empty() {
        selection.statuses = vec![TenantStatus::Active];
    }
    selection
}

/// Whether a request reaches for the fleet rather than for tenants that somebody named.
fn is_fleet_wide(request: &Request) -> bool {
    request.selection.keys.is_empty()
}

fn authorise(actor: &Actor, request: &Request, tenants: usize) -> Result<()> {
    actor.authorise(Permission::Operate)?;
    let kind = request.goal.kind();
    if kind == Kind::Rollback && tenants > 1 {
        actor.authorise(Permission::RollBackMany)?;
    }
    if kind == Kind::Rollback || (kind == Kind::Migrate && is_fleet_wide(request)) {
        actor.recently_signed_in()?;
    }
    Ok(())
}

pub(super) async fn start(platform: &Platform, actor: &Actor, request: Request) -> Result<Run> {
    authorise(actor, &request, 1)?;
    workers::halt_abandoned(platform).await?;
    let set = files(platform).await?;
    let to = target_version(&set, &request.goal)?;
    let mut tenants = select(platform, actor, &request.selection).await?;
    authorise(actor, &request, tenants.len())?;
    // The longest known first: the run is over when its slowest tenant is.
    tenants.sort_by_key(|t| std::cmp::Reverse(t.last_ms.unwrap_or(0)));
    let kind = request.goal.kind();
    check_schedule(&request)?;
    let plans = match kind {
        Kind::Rollback => Some(undo_plans(platform, &set, &request.goal, &tenants).await?),
        _ => None,
    };

    let id = crate::id::new();
    let mut tx = platform.central.write().await?;
    // Whoever holds the counter is the only one who is starting a run: what is busy now stays so until the commit.
    let number = central::next(&mut tx, "run").await?;
    let now = central::now(&mut tx).await?;
    let not_before = request.not_before.map(|at| at.after(now));
    if not_before.is_none_or(|at| at <= now) {
        refuse_busy(&mut tx, &tenants).await?;
    }
    let digests = Digests::new(&set, to);
    // What a dead worker did there is not known before the ledger has been read.
    let unknown: HashSet<String> = store::tasks::unknown(&mut tx).await?.into_iter().collect();
    // Until a planned run begins, what is known may have changed.
    let trust_ms = if request.not_before.is_some() { 0 } else { request.policy.trust_ms };
    let skip = |tenant: &Tenant| {
        if kind == Kind::Migrate && !unknown.contains(&tenant.id) && is_trusted(tenant, &digests, now, trust_ms) {
            Some(CURRENT)
        } else if is_fleet_wide(&request) && tenant.quarantine.is_some() {
            Some(QUARANTINED)
        } else {
            None
        }
    };
    let skips: Vec<_> = tenants.iter().map(skip).collect();
    let is_done: Vec<bool> = skips.iter().map(Option::is_some).collect();
    let (wave_of, wave_names) = waves::assign(&request.policy, &tenants, &is_done)?;
    let tasks: Vec<NewTask<'_>> = tenants
        .iter()
        .zip(skips)
        .zip(wave_of)
        .map(|((tenant, skip), wave)| NewTask {
            tenant,
            skip,
            wave,
            plan: plans.as_ref().and_then(|plans| plans.get(&tenant.id).cloned()),
        })
        .collect();
    let cached = tasks.iter().filter(|t| t.skip == Some(CURRENT)).count();
    let quarantined: Vec<_> = tasks.iter().filter(|t| t.skip == Some(QUARANTINED)).map(|t| t.tenant).collect();
    store::insert(
        &mut tx,
        &NewRun {
            id: &id,
            number,
            kind,
            goal: &request.goal,
            selection: &request.selection,
            policy: &request.policy,
            to_version: to,
            actor: &actor.name,
            door: store::word(&actor.door)?,
            reason: request.reason.as_deref(),
            total: tasks.len() as i64,
            not_before,
            starter: (!request.detached).then(Process::this),
        },
    )
    .await?;
    store::waves::insert(&mut tx, &id, &wave_names).await?;
    store::insert_manifest(&mut tx, &id, &manifest(&set, to)).await?;
    store::tasks::insert(&mut tx, &id, &tasks, to).await?;
    if kind == Kind::Rollback {
        // Whatever comes of it: nothing is assumed about these until somebody has looked again.
        tenants::forget_run(&mut tx, &id).await?;
    }
    let label = to.and_then(|v| set.find(v)).map(|m| m.label());
    let planned = json!({
        "kind": kind, "tenants": {"total": tasks.len(), "current": cached}, "to": label, "actor": actor.name, "reason": request.reason,
    });
    let mut events = vec![("run.planned", planned)];
    events.extend(quarantined.iter().map(|tenant| {
        let body = json!({
            "tenant": tenant.slug, "reason": QUARANTINED,
            "message": tenant.quarantine.as_ref().map(|q| q.reason.as_str()),
        });
        ("tenant.skipped", body)
    }));
    store::append(&mut tx, &id, &events).await?;
    let subject = format!("run:{number}");
    let body =
        json!({"goal": request.goal, "selection": request.selection, "tenants": tasks.len(), "reason": request.reason});
    audit::record(platform, &mut tx, actor, "run.start", &subject, &body).await?;
    let run = store::by_number(&mut tx, number).await?.ok_or_else(|| Error::not_found("run", &number.to_string()))?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

/// A provisioning's run: one task, on a tenant that has just been reserved or has failed before.
pub(super) async fn start_provisioning(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Run> {
    let id = crate::id::new();
    let mut tx = platform.central.write().await?;
    let number = central::next(&mut tx, "run").await?;
    refuse_busy(&mut tx, std::slice::from_ref(tenant)).await?;
    let selection = Filter { keys: vec![tenant.slug.clone()], ..Filter::default() };
    store::insert(
        &mut tx,
        &NewRun {
            id: &id,
            number,
            kind: Kind::Provision,
            goal: &Goal::Provision,
            selection: &selection,
            policy: &super::Policy::default(),
            to_version: None,
            actor: &actor.name,
            door: store::word(&actor.door)?,
            reason: None,
            total: 1,
            not_before: None,
            starter: (actor.door == Door::Cli).then(Process::this),
        },
    )
    .await?;
    store::waves::insert(&mut tx, &id, &["all".to_owned()]).await?;
    store::tasks::insert(&mut tx, &id, &[NewTask { tenant, skip: None, wave: 1, plan: None }], None).await?;
    let planned = json!({"kind": Kind::Provision, "tenants": {"total": 1, "current": 0}, "actor": actor.name});
    store::append(&mut tx, &id, &[("run.planned", planned)]).await?;
    let run = store::by_number(&mut tx, number).await?.ok_or_else(|| Error::not_found("run", &number.to_string()))?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

/// What is planned for later is begun by somebody else, and knows no more than it does now.
fn check_schedule(request: &Request) -> Result<()> {
    if request.not_before.is_none() {
        return Ok(());
    }
    if request.goal.kind() == Kind::Rollback {
        return Err(Error::invalid("at", "a rollback cannot be planned for later")
            .cause("what it would undo is settled when it is asked for")
            .hint("start it when it is to happen"));
    }
    if !request.detached {
        return Err(
            Error::invalid("at", "what is planned for later is done by neo serve or neo work").hint("add --detach")
        );
    }
    Ok(())
}

/// A tenant is in one live run at a time; the refusal says which, whose and since when.
async fn refuse_busy(conn: &mut central::Conn, wanted: &[Tenant]) -> Result<()> {
    let busy = store::tasks::busy(conn).await?;
    if busy.is_empty() {
        return Ok(());
    }
    let wanted: HashSet<&str> = wanted.iter().map(|t| t.id.as_str()).collect();
    let mine: Vec<_> = busy.iter().filter(|b| wanted.contains(b.tenant_id.as_str())).collect();
    let Some(first) = mine.first() else { return Ok(()) };
    let n = first.number;
    let others = match mine.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let hint = match first.status.as_str() {
        "paused" => format!("neo run resume {n} · neo run cancel {n}"),
        _ => format!("neo run watch {n}"),
    };
    Err(Error::conflict(format!("run {n} is at tenant \"{}\"{others} already", first.tenant_slug))
        .cause(format!("{} started it at {}; it is {}", first.actor, rfc3339(first.created_at), first.status))
        .hint(hint))
}

/// The newest version a goal leads to; `None` where it differs by tenant.
pub(super) fn target_version(set: &Set, goal: &Goal) -> Result<Option<i64>> {
    match goal {
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

/// The digest that a current tenant's ledger has, per engine.
struct Digests(HashMap<Engine, String>);

impl Digests {
    fn new(set: &Set, to: Option<i64>) -> Self {
        Self([Engine::Postgres, Engine::Mysql, Engine::Sqlite].into_iter().map(|e| (e, set.digest(e, to))).collect())
    }
}

fn is_trusted(tenant: &Tenant, digests: &Digests, now: i64, trust_ms: i64) -> bool {
    trust_ms > 0
        && tenant.status == TenantStatus::Active
        && tenant.state == State::Current
        && tenant.verified_at.is_some_and(|at| now - at < trust_ms)
        && tenant.ledger_digest.as_ref() == digests.0.get(&tenant.engine)
}

/// What a rollback is to undo on each tenant (by id), newest first; refuses by name where a down is missing.
async fn undo_plans(
    platform: &Platform,
    set: &Set,
    goal: &Goal,
    tenants: &[Tenant],
) -> Result<HashMap<String, Vec<i64>>> {
    let mut plans = HashMap::new();
    let mut without_down: BTreeSet<String> = BTreeSet::new();
    let mut conn = platform.central.read().await?;
    for tenant in tenants {
        let version = tenant.version.unwrap_or(0);
        let newest_first = || set.migrations.iter().rev().map(|m| m.version).filter(|v| *v <= version);
        let plan: Vec<i64> = match goal {
            Goal::RollbackSteps { steps } => newest_first().take(*steps as usize).collect(),
            Goal::RollbackTo { to } => newest_first().filter(|v| v > to).collect(),
            Goal::RollbackRun { run } => {
                store::tasks::batch(&mut conn, &tenant.id, Some(*run), version).await?.unwrap_or_default()
            }
            _ => store::tasks::batch(&mut conn, &tenant.id, None, version).await?.unwrap_or_default(),
        };
        for version in &plan {
            let script = set.find(*version).and_then(|m| m.on(tenant.engine));
            if script.is_none_or(|script| script.down.is_none()) {
                without_down.insert(set.find(*version).map_or(version.to_string(), |m| m.label()));
            }
        }
        plans.insert(tenant.id.clone(), plan);
    }
    if !without_down.is_empty() {
        let names: Vec<_> = without_down.into_iter().collect();
        return Err(Error::conflict(format!("{} cannot be rolled back", names.join(", ")))
            .cause("there is no down file")
            .hint("write the .down.sql, or roll back less with --steps or --to"));
    }
    Ok(plans)
}

pub(super) async fn rollback_preview(
    platform: &Platform,
    actor: &Actor,
    goal: &Goal,
    selection: &Filter,
) -> Result<Vec<(Tenant, Vec<String>)>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    target_version(&set, goal)?;
    let tenants = select(platform, actor, selection).await?;
    let mut plans = undo_plans(platform, &set, goal, &tenants).await?;
    let label = |version: i64| set.find(version).map_or(version.to_string(), |m| m.label());
    Ok(tenants
        .into_iter()
        .map(|tenant| {
            let plan = plans.remove(&tenant.id).unwrap_or_default();
            (tenant, plan.into_iter().map(label).collect())
        })
        .collect())
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
                State::Current | State::Behind | State::Drifted if tenant.version >= Some(version) => return None,
                State::Current | State::Drifted => State::Behind,
                state => state,
            };
            Some(super::NotYet { tenant: tenant.slug, version: tenant.version, state })
        })
        .collect();
    Ok(super::AtLeast { version, ok: behind.is_empty(), tenants: total, behind })
}

/// Where each tenant stands, from the cache alone.
pub(super) async fn status(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<super::TenantStatus>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let tenants = select(platform, actor, selection).await?;
    Ok(tenants
        .into_iter()
        .map(|tenant| {
            let version = tenant.version.unwrap_or(0);
            let pending = set.migrations.iter().filter(|m| m.version > version).count() as i64;
            let state = match tenant.state {
                State::Failed => State::Failed,
                State::Drifted => State::Drifted,
                State::Unreachable => State::Unreachable,
                _ if pending > 0 => State::Behind,
                _ => State::Current,
            };
            super::TenantStatus { tenant: tenant.slug, id: tenant.id, version: tenant.version, pending, state }
        })
        .collect())
}
