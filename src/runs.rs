//! A fleet operation: plan, manifest, tasks, attempts, events.
//!
//! A **run** is one operation on many tenants; a **task** is its part on one tenant; an **attempt** is one try of a task; an
//! **event** is one line of the run's story, numbered per run without gaps.

mod acknowledged;
mod answer;
mod asked;
mod blame;
mod busy;
mod catalogue;
mod control;
mod ending;
mod estimate;
mod found;
mod guarded;
mod hands;
mod load;
pub(crate) mod machine;
mod manifest;
mod moving;
pub(crate) mod plan;
mod process;
mod provision;
pub(crate) mod prune;
mod rehearsal;
mod restore;
mod room;
mod skips;
mod standing;
mod start;
mod store;
mod task;
mod told;
mod undo;
mod wants;
mod watch;
mod waves;
mod weight;
mod windows;
mod worker;
mod workers;

pub use acknowledged::{acknowledge, acknowledged, let_go};
pub use answer::row;
pub use found::{Took, applied_to, causes, drifted, failures, took, uncompared};
pub(crate) use found::{gone, signed_out};
pub use hands::{work, work_on};
pub(crate) use load::load;
pub use moving::move_tenant;
pub use neo_model::{
    Acknowledged, Amount, AppliedIn, AtLeast, Attempt, AttemptRow, Basis, Catalogued, CataloguedOn, Cause, Event,
    EventKind, Failure, Goal, Moment, NotYet, OnError, PassedOver, Plan, PlannedMigration, PlannedOn, PlannedWave,
    Policy, Quarantined, Reason, Rehearsal, RehearsalStanding as Standing, RehearsalVerdict as Verdict, Rehearsed,
    Request, Rerun, Run, RunDetail as Detail, RunKind as Kind, RunRow as Row, RunStatus as Status,
    RunSummary as Summary, StartingFrom, Task, TaskCounts, TaskFilter, TaskPage, TaskStatus, TenantStanding, Undone,
    Unreachable, Wait, Wave, WaveStatus,
};
pub use plan::changed::{Changed, ChangedFile, How, changed, changed_file};
pub use plan::reach;
pub(crate) use provision::making;
pub use provision::{provision, provision_again, provisioning_of};
pub use restore::{Restore, restore};
pub use windows::{pass_windows, waiting_for_windows};
pub use workers::Heart;
pub(crate) use workers::anyone_serves;

use std::collections::{HashMap, HashSet};

use futures::stream::BoxStream;

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::Engine;
use crate::error::{Do, Error, Result};
use crate::migrations::LintLine;
use crate::tenants::{self, Filter, Tenant};

/// Checks everything, freezes the manifest and queues the run; somebody's worker does the rest. Conflict when one of the
/// tenants is in a live run (it says which, whose and since when), or all it would try are in a maintenance window.
pub async fn start(platform: &Platform, actor: &Actor, request: Request) -> Result<Run> {
    start::start(platform, actor, request).await
}

/// Whether such a run wants somebody else's yes, so that [`start`] would only ask for it.
pub async fn asks(platform: &Platform, actor: &Actor, goal: &Goal, selection: &Filter) -> Result<bool> {
    guarded::asks(platform, actor, goal, selection).await
}

/// What [`start`] would do with this policy: reads the ledgers of the selection (of whom it believes, and of very many, the cache).
/// Invalid when the waves cannot be made.
pub async fn plan(
    platform: &Platform,
    actor: &Actor,
    selection: &Filter,
    to: Option<i64>,
    policy: &Policy,
) -> Result<Plan> {
    plan::plan(platform, actor, selection, to, policy).await
}

/// The fleet's migrations, each with what there is to say of it and how many active tenants have it.
pub async fn catalogue(platform: &Platform, actor: &Actor) -> Result<Vec<Catalogued>> {
    catalogue::all(platform, actor).await
}

/// One of them with its texts: by version, by name or by both.
pub async fn catalogued(platform: &Platform, actor: &Actor, migration: &str) -> Result<Catalogued> {
    catalogue::one(platform, actor, migration).await
}

/// What there is to say of their files: of those newer than `since` (a version, or a name), on these engines; of none means of all.
pub async fn lint(
    platform: &Platform,
    actor: &Actor,
    since: Option<&str>,
    engines: &[Engine],
) -> Result<Vec<LintLine>> {
    catalogue::lint(platform, actor, since, engines).await
}

/// Runs everything pending up to `to` on a copy of one tenant's database and throws the copy away; the tenant, its ledger and
/// the cache stay as they are. Conflict when the database cannot be copied, with what to do.
pub async fn rehearse(platform: &Platform, actor: &Actor, tenant: &str, to: Option<i64>) -> Result<Rehearsal> {
    rehearsal::begin(platform, actor, tenant, to).await?.end().await
}

/// The same, begun and left to itself; its id is the answer, and [`rehearsal`] tells how it stands.
pub async fn begin_rehearsal(platform: &Platform, actor: &Actor, tenant: &str, to: Option<i64>) -> Result<String> {
    Ok(rehearsal::begin(platform, actor, tenant, to).await?.id)
}

/// How a rehearsal stands, by its id.
pub async fn rehearsal(platform: &Platform, actor: &Actor, id: &str) -> Result<Standing> {
    rehearsal::find(platform, actor, id).await
}

/// Where each tenant stands, from the cache alone: quick at any size.
pub async fn status(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Vec<TenantStanding>> {
    standing::status(platform, actor, selection).await
}

/// Whether every active tenant is known (by the cache alone) at `version` or newer, not failed, with no dead worker or rollback at it.
pub async fn at_least(platform: &Platform, actor: &Actor, selection: &Filter, version: i64) -> Result<AtLeast> {
    standing::at_least(platform, actor, selection, version).await
}

/// Which tenants a rollback would touch, and the labels of what it would undo on each, newest first. Refuses by name when a
/// down file is missing.
pub async fn rollback_preview(
    platform: &Platform,
    actor: &Actor,
    goal: &Goal,
    selection: &Filter,
) -> Result<Vec<(Tenant, Vec<String>)>> {
    undo::preview(platform, actor, goal, selection).await
}

/// What [`Request::confirm`] has to say where a rollback has this preview: the slug of the only tenant on which something is
/// undone, else how many they are. None where nothing is undone: that asks for nothing.
pub fn to_confirm(preview: &[(Tenant, Vec<String>)]) -> Option<String> {
    undo::to_confirm(preview.iter().filter(|(_, undone)| !undone.is_empty()).map(|(tenant, _)| tenant))
}

/// A run by its number.
pub async fn find(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    actor.authorise(Permission::View)?;
    get(&mut *platform.central.read().await?, actor, number).await
}

/// The same within a transaction. A run with a tenant that this actor is kept from is not there.
async fn get(conn: &mut Conn, actor: &Actor, number: i64) -> Result<Run> {
    let missing = || Error::not_found("run", &number.to_string()).hint(Do::ListRuns {});
    let run = store::by_number(conn, number).await?.ok_or_else(missing)?;
    if store::is_within(conn, actor, &run.id).await? { seen_by(conn, actor, run).await } else { Err(missing()) }
}

/// A run as this actor is told of it: how its tenants were chosen may name some that were none of it in the end.
async fn seen_by(conn: &mut Conn, actor: &Actor, mut run: Run) -> Result<Run> {
    if actor.confinement().is_some() {
        run.selection.keys = tenants::within(conn, actor, &run.selection.keys).await?;
        run.selection.text = None;
    }
    Ok(run)
}

/// The condition over `runs` that [`find`] holds them against; for what tells of runs elsewhere.
pub(crate) use store::within;

/// Newest first, below the number `before`. No `kinds` means everything but provisioning.
pub async fn list(
    platform: &Platform,
    actor: &Actor,
    kinds: &[Kind],
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Run>> {
    list_in(platform, actor, kinds, &[], before, limit).await
}

/// The same, of those alone that have one of these statuses; of none means of all.
pub async fn list_in(
    platform: &Platform,
    actor: &Actor,
    kinds: &[Kind],
    statuses: &[Status],
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Run>> {
    actor.authorise(Permission::View)?;
    const USUAL: [Kind; 5] = [Kind::Migrate, Kind::Rollback, Kind::Verify, Kind::Rotate, Kind::Backup];
    let kinds = if kinds.is_empty() { &USUAL[..] } else { kinds };
    let mut conn = platform.central.read().await?;
    let mut runs = Vec::new();
    for run in store::page(&mut conn, actor, (kinds, statuses), before, limit).await? {
        runs.push(seen_by(&mut conn, actor, run).await?);
    }
    Ok(runs)
}

/// The runs that touched one tenant, newest first, each with how its task stands.
pub async fn of_tenant(platform: &Platform, actor: &Actor, tenant: &str, limit: u32) -> Result<Vec<(Run, Task)>> {
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut conn = platform.central.read().await?;
    let mut found = Vec::new();
    for (number, task) in store::tasks::of_tenant(&mut conn, &tenant.id, limit).await? {
        match get(&mut conn, actor, number).await {
            Ok(run) => found.push((run, task)),
            Err(error) if error.kind == crate::error::Kind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// How the last ten tasks of each of these tenants (ids) ended, oldest first: the dots of a row.
pub async fn last_ten(
    platform: &Platform,
    actor: &Actor,
    tenant_ids: &[String],
) -> Result<HashMap<String, Vec<TaskStatus>>> {
    actor.authorise(Permission::View)?;
    let mut dots: HashMap<String, Vec<TaskStatus>> = HashMap::new();
    let mut conn = platform.central.read().await?;
    let ids = tenants::within(&mut conn, actor, tenant_ids).await?;
    for (id, status) in store::tasks::last_ten(&mut conn, &ids).await? {
        dots.entry(id).or_default().push(status);
    }
    Ok(dots)
}

/// Failed first, then unknown, running, queued, the rest; a page by key.
pub async fn tasks(platform: &Platform, actor: &Actor, number: i64, filter: &TaskFilter) -> Result<TaskPage> {
    let run = find(platform, actor, number).await?;
    let mut conn = platform.central.read().await?;
    store::tasks::page(&mut conn, &run.id, filter).await
}

/// Which of these tenants (ids) had another schema than most when a run last succeeded there: what a failure since then hides.
pub async fn seen_drifted(platform: &Platform, actor: &Actor, tenant_ids: &[String]) -> Result<HashSet<String>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let ids = tenants::within(&mut conn, actor, tenant_ids).await?;
    store::tasks::seen_drifted(&mut conn, &ids).await
}

/// How many tenants a run has left in its queue that no other has brought there since.
pub async fn left(platform: &Platform, actor: &Actor, number: i64) -> Result<i64> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    if actor.confinement().is_some() {
        get(&mut conn, actor, number).await?;
    }
    store::tasks::left(&mut conn, number).await
}

/// Every try, by tenant and number; of one tenant (what was done in each, and the one that goes on) or one cause.
pub async fn attempts(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    tenant: Option<&str>,
    cause: Option<&str>,
) -> Result<Vec<Attempt>> {
    let run = find(platform, actor, number).await?;
    store::tasks::attempts(&mut *platform.central.read().await?, &run.id, tenant, cause, false).await
}

/// The same as programs read it: without a tenant, only the tries that failed.
pub async fn logs(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    tenant: Option<&str>,
    cause: Option<&str>,
) -> Result<Vec<AttemptRow>> {
    answer::logs(platform, actor, number, tenant, cause).await
}

/// The tasks of a run that failed.
pub async fn failed(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<Task>> {
    answer::failed(platform, actor, number).await
}

/// What came of a run so far.
pub async fn summary(platform: &Platform, actor: &Actor, number: i64) -> Result<Summary> {
    answer::summary(platform, actor, number).await
}

/// The same, with who asked for it and its waves.
pub async fn detail(platform: &Platform, actor: &Actor, number: i64) -> Result<Detail> {
    answer::detail(platform, actor, number).await
}

/// Queues new attempts in the same run; the history is kept. Also takes back what a dead worker left behind. A run that had
/// stopped goes on with all that waits in it; for whoever may only rerun, it stops again once these have been tried.
pub async fn rerun(platform: &Platform, actor: &Actor, number: i64, what: &Rerun, note: Option<&str>) -> Result<Run> {
    control::rerun(platform, actor, number, what, note).await
}

/// Stops claiming; what runs finishes, then the run is paused.
pub async fn pause(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    control::pause(platform, actor, number).await
}

/// Goes on with a run that rests, halted or was left alone: with the next wave, where one waits; one planned for later begins now.
pub async fn resume(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    control::resume(platform, actor, number).await
}

/// Stops claiming, and what is queued is cancelled; so a run that halted is closed. What is in a transaction finishes, unless `now` asks to cancel the
/// statements in flight as well, wherever they run.
pub async fn cancel(platform: &Platform, actor: &Actor, number: i64, now: bool) -> Result<Run> {
    control::cancel(platform, actor, number, now).await
}

/// Gives up on tenants that failed or have not begun, for a reason that is kept. With its last failure given up a run has succeeded.
pub async fn skip(platform: &Platform, actor: &Actor, number: i64, tenants: &[String], reason: &str) -> Result<Run> {
    control::skip(platform, actor, number, tenants, reason).await
}

/// The waves of a run, each as it stands.
pub async fn waves(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<WaveStatus>> {
    let run = find(platform, actor, number).await?;
    store::waves::all(&mut *platform.central.read().await?, &run).await
}

/// Replays the events after `after`, then follows. Ends after the run's last event, or when the platform shuts down.
pub fn watch(platform: &Platform, run: &Run, after: i64) -> BoxStream<'static, Result<Event>> {
    watch::watch(platform, run, after)
}

/// The live run that has this tenant in the hands of a worker that is alive.
pub(crate) async fn live_run_at(conn: &mut Conn, tenant_id: &str) -> Result<Option<i64>> {
    workers::live_run_at(conn, tenant_id).await
}

/// What a run had left half done on a tenant is there now: that migration is the run's, as if it had gone through at once.
pub(crate) async fn credit(conn: &mut Conn, tenant_id: &str, version: i64, label: &str) -> Result<()> {
    store::tasks::credit(conn, tenant_id, version, label).await
}

/// The tenants whose last run failed on a lock: `(slug, run)`.
pub(crate) async fn failed_on_a_lock(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    store::tasks::failed_on_a_lock(conn).await
}
