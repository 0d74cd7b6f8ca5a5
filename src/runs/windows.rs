//! Maintenance windows and runs: who of a run waits for which, what its story tells of it, and who lets it go on in spite of them.

use neo_model::InWindow;
use serde_json::json;

use super::store::{self, NewEvent};
use super::{EventKind, Kind, Run, find, guarded};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::error::{Do, Error, Result};
use crate::sessions::store::turn_of;
use crate::windows::{self, InForce};
use crate::{Platform, audit};

/// In bytes.
const WHY: usize = 1000;

/// The windows that are in force for a run of this kind; none where it goes on in spite of them, or changes nobody.
pub(super) async fn binding(conn: &mut Conn, kind: Kind, despite: bool) -> Result<InForce> {
    match despite || !guarded::changes(kind) {
        true => Ok(InForce::default()),
        false => windows::in_force(conn, None).await,
    }
}

/// What the story of a run that is at work has to tell, where other windows are in force than it has told of: once, whoever works on it.
/// `told`: what this worker knows of it.
pub(super) async fn turned(
    conn: &mut Conn,
    run_id: &str,
    now: &InForce,
    told: &mut Option<String>,
) -> Result<Vec<NewEvent>> {
    let mark = now.mark();
    if told.as_ref() == Some(&mark) {
        return Ok(Vec::new());
    }
    // Windows in which nobody of this run is are no matter of its story.
    let kept = kept(conn, run_id, now).await?;
    let is_turned = store::windows::set_told(conn, run_id, if kept.is_empty() { "" } else { &mark }).await?;
    *told = Some(mark);
    Ok(match (is_turned, kept.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => vec![(EventKind::WindowEnded, json!({}))],
        (true, false) => kept.iter().map(|kept| (EventKind::WindowBegan, body(kept))).collect(),
    })
}

fn body(kept: &InWindow) -> serde_json::Value {
    json!({
        "window": kept.window, "tenants": kept.tenants, "until": neo_model::rfc3339(kept.until), "message": kept.words(),
    })
}

/// Who of what could be taken up waits for which of these.
async fn kept(conn: &mut Conn, run_id: &str, now: &InForce) -> Result<Vec<InWindow>> {
    let mut kept = Vec::new();
    for keeper in now.each() {
        let (n, first) = store::tasks::kept(conn, run_id, &keeper).await?;
        kept.extend((n > 0).then(|| keeper.told(n, first)));
    }
    Ok(kept)
}

/// Refuses to go on with a run of which everything that would be tried now is kept. Called once it is written that it goes on.
pub(super) async fn refuse_again(conn: &mut Conn, run: &Run) -> Result<()> {
    let now = binding(conn, run.kind, run.despite_windows.is_some()).await?;
    if now.is_empty()
        || store::tasks::anything_to_claim(conn, &run.id, &now).await?
        || !store::tasks::anything_to_claim(conn, &run.id, &InForce::default()).await?
    {
        return Ok(());
    }
    windows::refuse(&kept(conn, &run.id, &now).await?)
}

/// Who of a run waits for the end of a window now.
pub async fn waiting_for_windows(platform: &Platform, actor: &Actor, number: i64) -> Result<Vec<InWindow>> {
    let run = find(platform, actor, number).await?;
    of(platform, &run).await
}

/// The same of a run that is at hand.
pub(super) async fn of(platform: &Platform, run: &Run) -> Result<Vec<InWindow>> {
    if run.status.is_over() || run.tenants.queued == 0 {
        return Ok(Vec::new());
    }
    let mut conn = platform.central.read().await?;
    let now = binding(&mut conn, run.kind, run.despite_windows.is_some()).await?;
    kept(&mut conn, &run.id, &now).await
}

/// Lets a run go on in spite of maintenance windows, from now to its end; why is kept with it and in the audit.
pub async fn pass_windows(platform: &Platform, actor: &Actor, number: i64, why: &str) -> Result<Run> {
    actor.authorise(Permission::PassWindows)?;
    let why = words(why)?;
    let mut tx = platform.central.write().await?;
    let run = super::get(&mut tx, actor, number).await?;
    store::hold(&mut tx, &run.id).await?;
    turn_of(&mut tx, actor).await?;
    if !guarded::changes(run.kind) {
        return Err(Error::conflict(format!("no window keeps anybody from run {number}: it changes nobody"))
            .hint(Do::ShowRun { run: number }));
    }
    store::windows::pass(&mut tx, &run.id, &why).await?;
    let told = json!({"by": actor.name, "message": why});
    store::append(&mut tx, &run.id, &[(EventKind::WindowPassed, told)]).await?;
    audit::record(platform, &mut tx, actor, "run.pass_windows", &format!("run:{number}"), &json!({"why": why})).await?;
    let run = super::get(&mut tx, actor, number).await?;
    tx.commit().await?;
    platform.bell.notify_waiters();
    Ok(run)
}

/// Why somebody goes on in spite of windows.
pub(super) fn words(why: &str) -> Result<String> {
    let why = why.trim();
    if why.is_empty() || why.len() > WHY {
        return Err(Error::invalid("despite_windows", "whoever goes on in spite of a window says why")
            .hint(format!("in a few words, {WHY} bytes at most; they are kept with the run and in the audit")));
    }
    Ok(why.to_owned())
}
