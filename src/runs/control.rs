//! What a person does to a run that is there: pause, resume, cancel, rerun.

use serde_json::json;

use super::{Kind, Rerun, Run, Status, store, worker, workers};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::audit;
use crate::central::{Conn, Tx};
use crate::error::{Error, Result};

/// As it is once this transaction holds it: no worker's round is under way then.
async fn load(conn: &mut Conn, number: i64) -> Result<Run> {
    let missing = || Error::not_found("run", &number.to_string()).hint("neo run list");
    let run = store::by_number(conn, number).await?.ok_or_else(missing)?;
    match store::hold(conn, &run.id).await? {
        Some(_) => store::by_number(conn, number).await?.ok_or_else(missing),
        None => Ok(run),
    }
}

async fn done(platform: &Platform, mut tx: Tx, number: i64) -> Result<Run> {
    let run = load(&mut tx, number).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

fn refuse(run: &Run, verb: &str) -> Error {
    let status = format!("{:?}", run.status).to_lowercase();
    Error::conflict(format!("run {} cannot be {verb}: it is {status}", run.number))
        .hint(format!("neo run show {}", run.number))
}

/// Asks the run to drain into `wanted`; with no task running it is there at once.
async fn drain(platform: &Platform, actor: &Actor, number: i64, wanted: Status, verb: &'static str) -> Result<Run> {
    actor.authorise(Permission::Operate)?;
    workers::take_back(platform).await?;
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, number).await?;
    if run.status.is_over() || run.status == wanted {
        return Err(refuse(&run, verb));
    }
    store::set_wanted(&mut tx, &run.id, Some(wanted), None).await?;
    worker::end_if_drained(&mut tx, &run, Some(wanted)).await?;
    let action = if wanted == Status::Paused { "run.pause" } else { "run.cancel" };
    audit::record(platform, &mut tx, actor, action, &format!("run:{number}"), &json!({})).await?;
    done(platform, tx, number).await
}

pub(super) async fn pause(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    drain(platform, actor, number, Status::Paused, "paused").await
}

pub(super) async fn cancel(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    drain(platform, actor, number, Status::Cancelled, "cancelled").await
}

/// Goes on with a run that is paused, halted, or left alone by its worker.
pub(super) async fn resume(platform: &Platform, actor: &Actor, number: i64) -> Result<Run> {
    actor.authorise(Permission::Operate)?;
    workers::halt_abandoned(platform).await?;
    let mut tx = platform.central.write().await?;
    let run = load(&mut tx, number).await?;
    let draining = run.wanted == Some(Status::Paused);
    if !draining && !matches!(run.status, Status::Paused | Status::Halted) {
        return Err(refuse(&run, "resumed"));
    }
    go_on(&mut tx, &run, json!({"by": actor.name})).await?;
    audit::record(platform, &mut tx, actor, "run.resume", &format!("run:{number}"), &json!({})).await?;
    done(platform, tx, number).await
}

/// Back to running, with the event that says so.
async fn go_on(tx: &mut Conn, run: &Run, body: serde_json::Value) -> Result<()> {
    let from = [Status::Running, Status::Paused, Status::Halted, Status::Failed, Status::Succeeded, Status::Cancelled];
    store::set_status(tx, &run.id, &from, Status::Running).await?;
    store::set_wanted(tx, &run.id, None, None).await?;
    store::append(tx, &run.id, &[("run.resumed", body)]).await
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
    let run = load(&mut tx, number).await?;
    if run.kind == Kind::Provision {
        return Err(refuse(&run, "rerun").hint("neo tenant retry SLUG"));
    }
    // A tenant that is in another live run already is that run's business.
    let elsewhere = store::tasks::busy(&mut tx).await?;
    let (cause, tenant) = match what {
        Rerun::Failed => (None, None),
        Rerun::Cause(fingerprint) => (Some(fingerprint.as_str()), None),
        Rerun::Tenant(key) => (None, Some(key.as_str())),
    };
    let queued = store::tasks::requeue(&mut tx, &run.id, cause, tenant).await?;
    if let Some(busy) = elsewhere.iter().find(|b| b.number != number && queued.contains(&b.tenant_slug)) {
        return Err(Error::conflict(format!("run {} is at tenant \"{}\" already", busy.number, busy.tenant_slug))
            .hint(format!("neo run watch {}", busy.number)));
    }
    let left_behind = run.status == Status::Halted && run.tenants.queued + run.tenants.unknown > 0;
    if queued.is_empty() && !left_behind {
        return Err(nothing_to_rerun(&run, what));
    }
    go_on(&mut tx, &run, json!({"by": actor.name, "note": note, "tenants": queued.len()})).await?;
    let body = json!({"tenants": queued, "note": note});
    audit::record(platform, &mut tx, actor, "run.rerun", &format!("run:{number}"), &body).await?;
    done(platform, tx, number).await
}

fn nothing_to_rerun(run: &Run, what: &Rerun) -> Error {
    let number = run.number;
    match what {
        Rerun::Failed => Error::conflict(format!("run {number} has no failed tenant to rerun")),
        Rerun::Cause(fingerprint) => Error::not_found("cause", fingerprint),
        Rerun::Tenant(key) => Error::new(
            crate::error::Kind::NotFound,
            format!("tenant \"{}\" did not fail in run {number}", crate::error::printable(key)),
        ),
    }
    .hint(format!("neo run show {number}"))
}
