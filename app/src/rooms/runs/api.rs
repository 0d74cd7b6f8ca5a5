//! Server functions about runs and rehearsals: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{
    Acknowledged, AttemptRow, Begun, Cause, Edition, Goal, Policy, Pruned, RehearsalBegun, RehearsalStanding,
    RunDetail, RunPreview, RunRow, RunRows, RunStarted, TaskPage, TenantFilter,
};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Exactly, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let migrate = json!({ "goal": { "migrate": {} }, "selection": { "keys": ["acme"] }, "reason": "release 42" });
    let (run, plan) = (json!({ "run": 1 }), json!({ "goal": { "migrate": {} }, "selection": { "tags": [] } }));
    let skip = json!({ "run": 1, "tenants": ["acme"], "reason": "mended by hand" });
    vec![
        Function::of::<ListRuns>(Permission::View).example(json!({ "kind": "migrate,provision", "limit": 2 })),
        Function::of::<ShowRun>(Permission::View).example(run.clone()),
        Function::of::<ListTasks>(Permission::View).example(json!({ "run": 1, "status": "succeeded" })),
        Function::of::<ListCauses>(Permission::View).example(run.clone()),
        Function::of::<ListAttempts>(Permission::View).example(json!({ "run": 1, "tenant": "acme" })),
        Function::of::<PlanRun>(Permission::View).example(plan),
        Function::of::<StartRun>(Permission::Operate).example(migrate).accepted().asking(super::words::ASKED),
        Function::of::<RerunRun>(Permission::Rerun).example(json!({ "run": 1, "failed": true })),
        Function::of::<PauseRun>(Permission::Operate).example(run.clone()),
        Function::of::<ResumeRun>(Permission::Operate).example(run.clone()),
        Function::of::<CancelRun>(Permission::Operate).example(run),
        Function::of::<SkipTenants>(Permission::Operate).example(skip),
        Function::of::<AcknowledgeRun>(Permission::Rerun).example(json!({ "run": 1, "note": "their DBA is awake" })),
        Function::of::<PruneRuns>(Permission::PruneRuns).example(json!({ "older_than": "90d", "dry_run": true })),
        Function::of::<StartRehearsal>(Permission::Operate).example(json!({ "tenant": "acme" })).accepted(),
        Function::of::<ShowRehearsal>(Permission::View).example(json!({ "id": "tz4a98xxat96iws9zmbrgj3a" })),
    ]
}

/// The runs, the newest first.
#[server(prefix = "/api/v1", endpoint = "runs", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_runs(
    /// migrate, rollback, verify, rotate, provision, backup; several as a comma list. All but provision unless said.
    kind: Option<String>,
    /// The `next` of the page before: only runs before this number.
    before: Option<i64>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
    /// failed, halted, succeeded and the others; several as a comma list. All unless said.
    status: Option<String>,
) -> Result<RunRows, Problem> {
    Ok(calls::list(&Door::here()?, (kind.as_deref(), status.as_deref()), before, limit).await?)
}

/// One run: its counts, its failures, how schemas differ, its waves.
#[server(prefix = "/api/v1", endpoint = "runs/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_run(
    /// Its number.
    run: i64,
) -> Result<RunDetail, Problem> {
    Ok(calls::show(&Door::here()?, run).await?)
}

/// The tenants of a run, each as it stands: failed ones first.
#[server(prefix = "/api/v1", endpoint = "runs/tasks", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a name of the query")]
pub async fn list_tasks(
    /// The run's number.
    run: i64,
    /// queued, running, succeeded, failed, skipped, cancelled or unknown.
    status: Option<String>,
    /// Why they ended so: current, quarantined, drifted, …
    reason: Option<String>,
    /// The fingerprint of a failure.
    cause: Option<String>,
    /// Part of the slug.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 1000, 50 unless said.
    limit: Option<u32>,
) -> Result<TaskPage, Problem> {
    Ok(calls::tasks(&Door::here()?, run, calls::Tasks { status, reason, cause, q, after, limit }).await?)
}

/// The failures of a run by their cause, the most frequent first.
#[server(prefix = "/api/v1", endpoint = "runs/causes", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_causes(
    /// The run's number.
    run: i64,
) -> Result<Vec<Cause>, Problem> {
    Ok(calls::causes(&Door::here()?, run).await?)
}

/// The tries of a run, each with what came of it.
///
/// Of one tenant all of them; without, those that failed.
#[server(prefix = "/api/v1", endpoint = "runs/attempts", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_attempts(
    /// The run's number.
    run: i64,
    /// Slug or id.
    tenant: Option<String>,
    /// The fingerprint of a failure.
    cause: Option<String>,
) -> Result<Vec<AttemptRow>, Problem> {
    Ok(calls::attempts(&Door::here()?, run, tenant.as_deref(), cause.as_deref()).await?)
}

/// What a run would do, with nothing touched.
///
/// Of a rollback: what would be undone on whom, and what starting it has to say as `confirm`.
#[server(prefix = "/api/v1", endpoint = "runs/plan", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn plan_run(
    /// What each tenant is to become.
    goal: Exactly<Goal>,
    /// Which tenants; all active ones unless said.
    selection: Option<Exactly<TenantFilter>>,
    /// How it is to behave; what is not said is as usual.
    policy: Option<Exactly<Policy>>,
    /// With the text of each pending file.
    sql: Option<bool>,
) -> Result<RunPreview, Problem> {
    let what = calls::What::of(goal, selection, policy);
    Ok(calls::plan(&Door::here()?, what, sql.unwrap_or_default()).await?)
}

/// Checks everything and queues a run; workers do the rest.
///
/// With an `Idempotency-Key`, whoever asks again within a day is answered the same run. Where it wants somebody else's yes, it is
/// only asked for: the answer is the number of the request.
#[server(prefix = "/api/v1", endpoint = "runs/start", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a member of the body")]
pub async fn start_run(
    /// What each tenant is to become.
    goal: Exactly<Goal>,
    /// Which tenants; all active ones unless said.
    selection: Option<Exactly<TenantFilter>>,
    /// How it is to behave; what is not said is as usual.
    policy: Option<Exactly<Policy>>,
    /// Why, for the record.
    reason: Option<String>,
    /// A time (RFC 3339), or a while from now (`+90m`): not to be begun before.
    not_before: Option<String>,
    /// That a rollback is meant: as its plan says.
    confirm: Option<String>,
    /// The files that this is meant to run: refused where the server has others.
    expect: Option<Exactly<Edition>>,
) -> Result<Begun<RunStarted>, Problem> {
    let what = calls::What::of(goal, selection, policy);
    let expect = expect.map(|expect| expect.0);
    Ok(calls::start(&Door::here()?, calls::Start { what, reason, not_before, confirm, expect }).await?)
}

#[cfg(not(target_arch = "wasm32"))]
impl StartRun {
    /// On one tenant, and otherwise as usual.
    pub fn as_usual(goal: Goal, tenant: &str) -> Self {
        let selection = TenantFilter { keys: vec![tenant.to_owned()], ..TenantFilter::default() };
        Self {
            goal: Exactly(goal),
            selection: Some(Exactly(selection)),
            policy: None,
            reason: None,
            not_before: None,
            confirm: None,
            expect: None,
        }
    }
}

/// Tries again, in the same run: all that failed, what failed of one cause, or some tenants.
#[server(prefix = "/api/v1", endpoint = "runs/rerun", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn rerun_run(
    /// The run's number.
    run: i64,
    /// All that failed; so it is where nothing else is said.
    failed: Option<bool>,
    /// Those whose failure has this fingerprint.
    cause: Option<String>,
    /// These: slugs or ids.
    tenants: Option<Vec<String>>,
    /// Why, for the record.
    note: Option<String>,
) -> Result<RunRow, Problem> {
    Ok(calls::rerun(&Door::here()?, run, calls::Again { failed, cause, tenants, note }).await?)
}

/// Claims no more tenants; those that are at work finish, then the run rests.
#[server(prefix = "/api/v1", endpoint = "runs/pause", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn pause_run(
    /// Its number.
    run: i64,
) -> Result<RunRow, Problem> {
    Ok(calls::pause(&Door::here()?, run).await?)
}

/// Goes on with a run that rests or halted: with the next wave, where one waits; one planned for later begins now.
#[server(prefix = "/api/v1", endpoint = "runs/resume", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn resume_run(
    /// Its number.
    run: i64,
) -> Result<RunRow, Problem> {
    Ok(calls::resume(&Door::here()?, run).await?)
}

/// Ends a run, or closes one that halted; what is in a transaction finishes.
#[server(prefix = "/api/v1", endpoint = "runs/cancel", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn cancel_run(
    /// Its number.
    run: i64,
    /// Also cancel the statements in flight.
    now: Option<bool>,
) -> Result<RunRow, Problem> {
    Ok(calls::cancel(&Door::here()?, run, now.unwrap_or_default()).await?)
}

/// Gives up on tenants of a run that failed or have not begun; the reason is kept.
#[server(prefix = "/api/v1", endpoint = "runs/skip", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn skip_tenants(
    /// The run's number.
    run: i64,
    /// Slugs or ids.
    tenants: Vec<String>,
    /// Why, for the record.
    reason: String,
) -> Result<RunRow, Problem> {
    Ok(calls::skip(&Door::here()?, run, &tenants, &reason).await?)
}

/// Says that somebody looks into what failed in a run, or into one cause of it: whoever calls, or whom it is handed to. Answers who
/// is on it then.
#[server(prefix = "/api/v1", endpoint = "runs/acknowledge", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn acknowledge_run(
    /// The run's number.
    run: i64,
    /// The fingerprint of the cause; all that failed unless said.
    cause: Option<String>,
    /// What the others should know of it.
    note: Option<String>,
    /// The email of the admin that it is handed to.
    to: Option<String>,
    /// Nobody is on it any more.
    end: Option<bool>,
) -> Result<Vec<Acknowledged>, Problem> {
    Ok(calls::acknowledge(&Door::here()?, run, calls::OnIt { cause, note, to, end }).await?)
}

/// Takes away what is kept of runs that ended long ago, and requests that are over.
///
/// The runs stay with their counts, and so does whoever failed, with the failure. One call takes away for twenty seconds at most: where
/// something is left `at` is null, and the next call goes on.
#[server(prefix = "/api/v1", endpoint = "runs/prune", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn prune_runs(
    /// How long ago they ended: `90d`; a day at least.
    older_than: String,
    /// Only say what would go, at most.
    dry_run: Option<bool>,
) -> Result<Pruned, Problem> {
    Ok(calls::prune(&Door::here()?, &older_than, dry_run.unwrap_or_default()).await?)
}

/// Begins to run everything pending on a copy of one tenant's database, which is thrown away.
#[server(prefix = "/api/v1", endpoint = "rehearsals/start", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn start_rehearsal(
    /// Slug or id.
    tenant: String,
    /// The last version to apply, instead of the newest.
    to: Option<i64>,
) -> Result<RehearsalBegun, Problem> {
    Ok(calls::rehearse(&Door::here()?, &tenant, to).await?)
}

/// How a rehearsal stands: its verdict is null while it goes on.
#[server(prefix = "/api/v1", endpoint = "rehearsals/show", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn show_rehearsal(
    /// As it was answered when it was begun.
    id: String,
) -> Result<RehearsalStanding, Problem> {
    Ok(calls::rehearsal(&Door::here()?, &id).await?)
}
