//! What a person does to a run that is there: pause, resume, cancel, rerun.

use serde_json::json;

use super::{
    EventKind, Kind, Rerun, Run, Status, TaskFilter, busy, ending, guarded, store, waves, weight, windows, worker,
    workers,
};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::audit;
use crate::central::{Conn, Tx};
use crate::error::{Advice, Do, Error, Result, Say};
use crate::tenants::provision;

/// As it is once this transaction holds it: no worker's round is under way then.
async fn load(conn: &mut Conn, actor: &Actor, number: i64) -> Result<Run> {
    let run = super::get(conn, actor, number).await?;
    match store::hold(conn, &run.id).await? {
        Some(_) => super::get(conn, actor, number).await,
        None => Ok(run),
    }
}

async fn done(platform: &Platform, actor: &Actor, mut tx: Tx, number: i64) -> Result<Run> {
    let run = load(&mut tx, actor, number).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

fn refuse(run: &Run, verb: &str) -> Error {
    Error::conflict(format!("run {} cannot be {verb}: it is {}", run.number, run.status.word()))
        .hint(Do::ShowRun { run: run.number })
}

/// Asks the run to drain into `wanted`; with no task running it is there at once.
async fn drain(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    wanted: Status,
    now: bool,
    verb: &'static str,
) -> Result<Run> {
    actor.authorise(Permission::Operate)?;
    workers::take_back(platform).await?;
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, actor, number).await?;
    // Whoever closes a run that halted gives up what waits in it: its files may be gone, and nobody can go on.
    let is_closed = run.status == Status::Halted && wanted == Status::Cancelled;
    if (run.status.is_over() && !is_closed) || run.status == wanted {
        return Err(refuse(&run, verb));
    }
    store::set_wanted(&mut tx, &run.id, Some(wanted), None).await?;
    if now {
        store::set_interrupt(&mut tx, &run.id).await?;
    }
    worker::end_if_drained(platform, &mut tx, &run, Some(wanted)).await?;
    let action = if wanted == Status::Paused { "run.pause" } else { "run.cancel" };
    audit::record(
        platform,
        &mut tx,
        actor,
        action,
        &format!("run:{number}"),
        &json!({ "now": now, "status": { "from": run.status, "to": wanted } }),
    )
    .await?;
    done(platform, actor, tx, number).await
}

pub(super) async fn pause(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    drain(platform, actor, number, Status::Paused, false, "paused").await
}

pub(super) async fn cancel(platform: &Platform, actor: &Actor, number: i64, now: bool) -> Result<Run> {
    let run = drain(platform, actor, number, Status::Cancelled, now, "cancelled").await?;
    if run.status == Status::Cancelled {
        take_unbegun_back(platform, actor, &run).await;
    }
    Ok(run)
}

/// Whom a run makes, restores or moves, by their slugs; nobody where it is of another kind.
async fn provisioned(platform: &Platform, actor: &Actor, run: &Run) -> Result<Vec<String>> {
    if run.kind != Kind::Provision {
        return Ok(Vec::new());
    }
    let all = TaskFilter { limit: 100, ..TaskFilter::default() };
    let page = super::tasks(platform, actor, run.number, &all).await?;
    Ok(page.tasks.into_iter().map(|task| task.tenant).collect())
}

/// A tenant was taken out of use for a move, or a backup, that nobody has begun, and nobody does any more. One that was begun is for
/// whoever tries it again or cleans it up.
async fn take_unbegun_back(platform: &Platform, actor: &Actor, run: &Run) {
    // Whoever may cancel it has done so; that it is taken back follows from that.
    let actor = &Actor::on_behalf_of(Some(actor.into()));
    let back = async {
        for tenant in provisioned(platform, actor, run).await? {
            Box::pin(provision::take_back_unbegun(platform, actor, &tenant)).await?;
        }
        Ok::<_, Error>(())
    };
    if let Err(error) = back.await {
        tracing::warn!(run = run.number, error = error.log_text(), "what was cancelled was not taken back");
    }
}

/// Goes on with a run that is paused, halted, or left alone by its worker.
pub(super) async fn resume(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    actor.authorise(Permission::Operate)?;
    workers::halt_abandoned(platform).await?;
    let run = super::find(platform, actor, number).await?;
    for tenant in provisioned(platform, actor, &run).await? {
        provision::may_go_on(platform, actor, &tenant).await?;
    }
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, actor, number).await?;
    let draining = run.wanted == Some(Status::Paused);
    let is_early = run.status == Status::Queued && run.not_before.is_some();
    let stands = matches!(run.status, Status::Paused | Status::Halted) || run.held.is_some();
    if !draining && !is_early && !stands {
        return Err(refuse(&run, "resumed"));
    }
    let goes_on = (run.kind, run.tenants.queued);
    weight::authorise(&mut tx, actor, goes_on, Permission::Operate, Permission::OperateFleet).await?;
    guarded::go_on(platform, &mut tx, actor, &run, run.tenants.queued).await?;
    store::set_asked(&mut tx, &run.id, actor).await?;
    if run.not_before.is_some() {
        store::set_due(&mut tx, &run.id).await?;
    }
    if is_early {
        store::append(
            &mut tx,
            &run.id,
            &[(EventKind::RunResumed, json!({"by": actor.name, "planned_for": run.not_before}))],
        )
        .await?;
    } else {
        go_on(&mut tx, &run, json!({"by": actor.name})).await?;
        if let Some(over) = run.gate {
            waves::open_next(platform, &mut tx, &run, over).await?;
        }
    }
    busy::refuse_again(&mut tx, &run).await?;
    windows::refuse_again(&mut tx, &run).await?;
    audit::record(platform, &mut tx, actor, "run.resume", &format!("run:{number}"), &json!({})).await?;
    done(platform, actor, tx, number).await
}

/// Back to running, with the event that says so.
async fn go_on(tx: &mut Conn, run: &Run, body: serde_json::Value) -> Result<()> {
    let from = [Status::Running, Status::Paused, Status::Halted, Status::Failed, Status::Succeeded, Status::Cancelled];
    // Whoever takes it up begins a run that nobody has begun.
    let is_begun = store::is_begun(tx, &run.id).await?;
    let to = if is_begun { Status::Running } else { Status::Queued };
    store::set_status(tx, &run.id, &from, to).await?;
    store::waves::clear_gate(tx, &run.id).await?;
    if is_begun {
        store::waves::begin(tx, &run.id, run.wave).await?;
    }
    store::set_wanted(tx, &run.id, None, None).await?;
    store::append(tx, &run.id, &[(EventKind::RunResumed, body)]).await
}

pub(super) async fn rerun(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    what: &Rerun,
    note: Option<&str>,
) -> Result<Run> {
    actor.authorise(Permission::Rerun)?;
    workers::halt_abandoned(platform).await?;
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, actor, number).await?;
    if run.kind == Kind::Provision {
        return Err(refuse(&run, "rerun").hint(Do::RetryTenant { tenant: None }));
    }
    let is_blank = match what {
        Rerun::Failed => false,
        Rerun::Cause(text) => text.trim().is_empty(),
        Rerun::Tenants(keys) => keys.is_empty() || keys.iter().any(|key| key.trim().is_empty()),
    };
    if is_blank {
        return Err(Error::invalid("cause", "a rerun names a cause or a tenant")
            .hint(Advice::from("all that failed: ").act(Say::AllFailed)));
    }
    let (cause, tenants) = match what {
        Rerun::Failed => (None, &[][..]),
        Rerun::Cause(fingerprint) => (Some(fingerprint.as_str()), &[][..]),
        Rerun::Tenants(keys) => (None, &keys[..]),
    };
    if run.wanted == Some(Status::Cancelled) {
        return Err(refuse(&run, "rerun").cause("it is being cancelled"));
    }
    // Whoever may not operate a run tries again what failed, and lets nobody else begin.
    let may_go_on = actor.may(Permission::Operate);
    if run.wanted.is_some() && !may_go_on {
        return Err(refuse(&run, "rerun").cause("it is about to stop").hint("rerun it once it has"));
    }
    let again = store::tasks::Again { cause, tenants, only_failed: !may_go_on, by: &actor.name };
    let queued = store::tasks::requeue(&mut tx, &run.id, &again).await?;
    // What a dead worker left is looked at first: it is not known to have failed. Nothing else goes on without being meant.
    let left_behind = matches!(what, Rerun::Failed) && run.status == Status::Halted && run.tenants.unknown > 0;
    if queued.is_empty() && !left_behind {
        return Err(nothing_to_rerun(&run, what));
    }
    if let Some(key) = not_among(&mut tx, &run, tenants, &queued).await? {
        return Err(did_not_fail(&run, &key));
    }
    let stands = run.held.or(Some(run.status).filter(|s| matches!(s, Status::Paused | Status::Halted)));
    let then = stands.filter(|_| !may_go_on && run.tenants.queued > 0);
    let others = if stands.is_some() && then.is_none() { run.tenants.queued } else { 0 };
    let tried = (run.kind, queued.len() as i64 + others);
    weight::authorise(&mut tx, actor, tried, Permission::Rerun, Permission::RerunFleet).await?;
    guarded::go_on(platform, &mut tx, actor, &run, tried.1).await?;
    let told = json!({"by": actor.name, "note": note, "tenants": queued.len(), "then": then});
    match then {
        Some(then) => try_again(&mut tx, &run, then, told).await?,
        None => go_on(&mut tx, &run, told).await?,
    }
    if may_go_on {
        store::set_asked(&mut tx, &run.id, actor).await?;
    }
    busy::refuse_again(&mut tx, &run).await?;
    windows::refuse_again(&mut tx, &run).await?;
    let body = json!({"tenants": queued, "note": note, "then": then});
    audit::record(platform, &mut tx, actor, "run.rerun", &format!("run:{number}"), &body).await?;
    done(platform, actor, tx, number).await
}

/// Running again, for what has been begun before alone; it stays at its gate, and keeps the reason why it stopped.
async fn try_again(tx: &mut Conn, run: &Run, then: Status, told: serde_json::Value) -> Result<()> {
    let from = [Status::Running, Status::Paused, Status::Halted];
    store::set_status(tx, &run.id, &from, Status::Running).await?;
    store::set_held(tx, &run.id, then).await?;
    store::append(tx, &run.id, &[(EventKind::RunResumed, told)]).await
}

fn nothing_to_rerun(run: &Run, what: &Rerun) -> Error {
    let number = run.number;
    let may_go_on = matches!(run.status, Status::Paused | Status::Halted) && run.tenants.queued > 0;
    let hint = match what {
        Rerun::Failed if may_go_on => {
            Advice::from("to go on with those that were not begun: ").act(Do::ResumeRun { run: number })
        }
        _ => Do::ShowRun { run: number }.into(),
    };
    match what {
        Rerun::Failed => Error::conflict(format!("run {number} has no failed tenant to rerun")),
        Rerun::Cause(fingerprint) => Error::not_found("cause", fingerprint),
        Rerun::Tenants(keys) => return did_not_fail(run, keys.first().map_or("", String::as_str)),
    }
    .hint(hint)
}

fn did_not_fail(run: &Run, key: &str) -> Error {
    let (number, key) = (run.number, crate::error::printable(key));
    Error::new(crate::error::Kind::NotFound, format!("tenant \"{key}\" did not fail in run {number}"))
        .hint(Do::ShowRun { run: number })
}

/// Of those that somebody named (slugs or ids): the first that is none of these slugs.
async fn not_among(tx: &mut Conn, run: &Run, named: &[String], slugs: &[String]) -> Result<Option<String>> {
    if named.len() <= 1 {
        return Ok(None);
    }
    let tasks = store::tasks::ids(tx, &run.id, named).await?;
    let is_there =
        |key: &&String| tasks.iter().any(|(slug, id, _)| (slug == *key || id == *key) && slugs.contains(slug));
    Ok(named.iter().find(|key| !is_there(key)).cloned())
}

pub(super) async fn skip(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    tenants: &[String],
    reason: &str,
) -> Result<Run> {
    actor.authorise(Permission::Operate)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("reason", "a tenant is skipped for a reason")
            .hint("it is kept with the run and in the audit"));
    }
    if tenants.is_empty() {
        return Err(Error::invalid("tenants", "nobody is named who is to be skipped").hint("name their slugs"));
    }
    workers::take_back(platform).await?;
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, actor, number).await?;
    if run.kind == Kind::Provision {
        return Err(refuse(&run, "skipped").hint(Do::RetryTenant { tenant: None }));
    }
    let skipped = store::tasks::skip(&mut tx, &run.id, tenants, reason).await?;
    store::forget_tally(&mut tx, &run.id).await?;
    if skipped.len() < tenants.len() {
        let page = store::tasks::ids(&mut tx, &run.id, tenants).await?;
        let missing = tenants.iter().find(|key| !page.iter().any(|(slug, id, _)| slug == *key || id == *key));
        let strange = page.iter().find(|(slug, _, _)| !skipped.contains(slug));
        let hint = Do::ShowRun { run: number };
        return Err(match (missing, strange) {
            (Some(key), _) => Error::not_found("tenant of this run", key).hint(hint),
            (None, Some((slug, _, status))) => {
                Error::conflict(format!("tenant \"{slug}\" cannot be skipped in run {number}: it is {status} there"))
                    .hint("only what failed or has not begun can be skipped")
            }
            // The same tenant twice, by slug and by id.
            (None, None) => Error::invalid("tenant", "a tenant is named twice").hint(hint),
        });
    }
    let body = |tenant: &String| json!({"tenant": tenant, "reason": reason, "by": actor.name});
    let events: Vec<_> = skipped.iter().map(|tenant| (EventKind::TenantSkipped, body(tenant))).collect();
    store::append(&mut tx, &run.id, &events).await?;
    let halted = [Some(run.status), run.held].contains(&Some(Status::Halted));
    if halted && store::tasks::counts(&mut tx, &run.id).await?.0.unsettled() < run.tenants.unsettled() {
        ending::say_what_is_left(&mut tx, number).await?;
    }
    if run.status.is_over() {
        ending::end_given_up(&mut tx, number).await?;
    } else {
        worker::end_if_drained(platform, &mut tx, &run, run.wanted).await?;
    }
    let body = json!({"tenants": skipped, "reason": reason});
    audit::record(platform, &mut tx, actor, "run.skip", &format!("run:{number}"), &body).await?;
    done(platform, actor, tx, number).await
}
