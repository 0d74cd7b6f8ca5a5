//! Who is on it: somebody says that they look into what failed in a run, or into one cause of it, and everybody sees it. It is gone
//! when it is mended: with the run that has nothing failed any more, or with the cause that nobody fails of.

use serde_json::json;

use super::{Acknowledged, Run, Status, causes, find, store};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::error::{Do, Error, Result};
use crate::{Platform, admins, audit, person};

/// In bytes.
const NOTE: usize = 1000;

/// Who looks into what failed in a run that wants somebody: the whole of it first, then its causes.
pub async fn acknowledged(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<Acknowledged>> {
    let run = find(platform, actor, number).await?;
    if !wants_somebody(&run) {
        return Ok(Vec::new());
    }
    let mut told = store::acknowledged::of_run(&mut *platform.central.read().await?, &run).await?;
    if told.iter().any(|one| one.cause.is_some()) {
        let causes = causes(platform, actor, number).await?;
        told.retain(|one| {
            one.cause.as_ref().is_none_or(|cause| causes.iter().any(|known| known.fingerprint == *cause))
        });
    }
    Ok(told)
}

/// Whoever asks is on it: on all that failed in a run, or on one cause (its fingerprint). Or hands it over, `to` an admin's email.
/// Conflict where nothing failed that is not mended.
pub async fn acknowledge(
    platform: &Platform,
    actor: &Actor,
    number: i64,
    cause: Option<&str>,
    note: Option<&str>,
    to: Option<&str>,
) -> Result<Vec<Acknowledged>> {
    actor.authorise(Permission::Rerun)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.len() > NOTE) {
        return Err(Error::invalid("note", format!("a note has {NOTE} bytes at most")));
    }
    let run = about(platform, actor, number, cause).await?;
    let mut tx = platform.central.write().await?;
    let who = match to.map(str::trim).filter(|to| !to.is_empty()) {
        Some(email) => somebody(&mut tx, email).await?,
        None => actor.name.clone(),
    };
    store::acknowledged::put(&mut tx, &run.id, cause.unwrap_or_default(), &who, note).await?;
    let body = json!({"cause": cause, "who": who, "note": note});
    audit::record(platform, &mut tx, actor, "run.acknowledge", &format!("run:{number}"), &body).await?;
    tx.commit().await?;
    acknowledged(platform, actor, number).await
}

/// Nobody is on it any more.
pub async fn let_go(platform: &Platform, actor: &Actor, number: i64, cause: Option<&str>) -> Result<Vec<Acknowledged>> {
    actor.authorise(Permission::Rerun)?;
    let run = find(platform, actor, number).await?;
    let mut tx = platform.central.write().await?;
    if !store::acknowledged::end(&mut tx, &run.id, cause.unwrap_or_default()).await? {
        return Err(Error::conflict("nobody is on it").hint(Do::ShowRun { run: number }));
    }
    audit::record(platform, &mut tx, actor, "run.let_go", &format!("run:{number}"), &json!({"cause": cause})).await?;
    tx.commit().await?;
    acknowledged(platform, actor, number).await
}

/// The run, where there is something of it to be looked into.
async fn about(platform: &Platform, actor: &Actor, number: i64, cause: Option<&str>) -> Result<Run> {
    let run = find(platform, actor, number).await?;
    if !wants_somebody(&run) {
        return Err(Error::conflict(format!("nothing failed in run {number} that is not mended"))
            .hint(Do::ShowRun { run: number }));
    }
    if let Some(cause) = cause
        && causes(platform, actor, number).await?.iter().all(|known| known.fingerprint != cause)
    {
        return Err(Error::not_found("cause", cause).hint(Do::ShowRun { run: number }));
    }
    Ok(run)
}

fn wants_somebody(run: &Run) -> bool {
    run.tenants.unsettled() > 0 || run.status == Status::Halted
}

/// As the audit names them.
async fn somebody(conn: &mut Conn, email: &str) -> Result<String> {
    let account = admins::store::by_email(conn, &person::canonical(email)).await?;
    let there = account.map(|account| account.admin).filter(admins::Admin::may_sign_in);
    let nobody = || Error::invalid("to", "nobody who can sign in has this email").hint("hand it to one of the admins");
    Ok(there.ok_or_else(nobody)?.email)
}
