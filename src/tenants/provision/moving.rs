//! The steps of a move that no other provisioning has: the database that the tenant has had is closed to its applications, copied by
//! the engine's own tools, and what came of it is held against it.

use std::path::PathBuf;
use std::time::Duration;

use super::steps::{self, Done};
use super::work::Work;
use super::{Step, store};
use crate::backups;
use crate::config::private_dir;
use crate::engine::{self, Category, Connection, Failure, Schema, Target};
use crate::error::{Error, Result as Outcome};
use crate::migrations::ledger;
use crate::servers::{self, Server};
use crate::tenants::store::replaced::{self, Replaced};
use crate::tenants::{self, Look};

const LOCK_DEADLINE: Duration = Duration::from_secs(15);
/// So many differences are told.
const TOLD: usize = 5;

/// Does a step of a move, or one of any provisioning.
pub(super) async fn forward(work: &Work<'_>, step: Step) -> Result<Done, Failure> {
    match step {
        Step::Close => close(work).await.map(|()| Done::Nothing),
        Step::Copy => copy(work).await.map(|()| Done::Nothing),
        Step::Compare => compare(work).await.map(|look| Done::Migrated(Box::new(look))),
        _ => steps::forward(work, step).await,
    }
}

/// Takes it back.
pub(super) async fn back(work: &Work<'_>, step: Step) -> Result<(), Failure> {
    match step {
        Step::Copy => forget_copy(work),
        _ => steps::back(work, step).await,
    }
}

/// What the tenant has had, and the server it is on.
async fn before(work: &Work<'_>) -> Result<(Replaced, Server), Failure> {
    let found: Outcome<_> = async {
        let mut conn = work.platform.central.read().await?;
        let before = replaced::of(&mut conn, work.tenant).await?;
        let before = before.ok_or_else(|| Error::internal("nobody knows what is to be moved"))?;
        let server = servers::get(&mut conn, &before.tenant.server_id).await?;
        Ok((before, server))
    }
    .await;
    found.map_err(|e| steps::failure(&e))
}

/// Neo has made its login, and gives it another password; an adopted one is not Neo's, and a file has none.
fn closes((before, server): &(Replaced, Server)) -> bool {
    before.made_here && !server.engine.is_file()
}

/// As the tenant, where it has been so far.
async fn there(work: &Work<'_>) -> Result<Target, Failure> {
    let found = before(work).await?;
    match closes(&found) {
        true => closed(work).await.cloned(),
        false => tenants::target(work.platform, &found.0.tenant, &found.1).map_err(|e| steps::failure(&e)),
    }
}

/// What can be known is, before anything is closed: whether the programs are here that copy it.
async fn close(work: &Work<'_>) -> Result<(), Failure> {
    let (before, server) = before(work).await?;
    // Another try may have closed it already.
    let own = match steps::is_again(work, Step::Close).await? {
        true => closed(work).await?.clone(),
        false => tenants::target(work.platform, &before.tenant, &server).map_err(|e| steps::failure(&e))?,
    };
    let to = engine::probe(&steps::admin(work).await?).await?;
    engine::has_programs(&own, Some(&to.version)).await?;
    engine::promises_nothing(&own).await?;
    let admin = servers::admin_target(work.platform, &server).map_err(|e| steps::failure(&e))?;
    engine::nobody_else(&admin, &own, true).await?;
    // Before its sessions end: an event is one as well. And after them, for those that were turned on meanwhile.
    quiet(work, &own).await?;
    let closed = closed(work).await?;
    quiet(work, closed).await?;
    engine::promises_nothing(closed).await
}

/// What writes by itself is turned off, so that it does not in what is copied, nor in two places afterwards. It is written down first: it is
/// on again wherever the tenant comes to be.
async fn quiet(work: &Work<'_>, own: &Target) -> Result<(), Failure> {
    let on = engine::events(own).await?;
    if on.is_empty() {
        return Ok(());
    }
    let kept: Outcome<_> = async {
        let mut tx = work.platform.central.write().await?;
        work.claim.check(&mut tx).await?;
        let mut all = store::events_off(&mut tx, &work.tenant.id).await?;
        all.extend(on.iter().filter(|name| !all.contains(name)).cloned().collect::<Vec<_>>());
        store::keep_events_off(&mut tx, &work.tenant.id, &all).await?;
        Ok(tx.commit().await?)
    }
    .await;
    kept.map_err(|e| steps::failure(&e))?;
    engine::turn_events(own, &on, false).await
}

/// The login that the tenant has had gets a password that no application is told, and whoever is signed in with it is sent away: from here on
/// nobody writes what would not be copied. It is written down nowhere. Whoever goes on after another process closes it once more, and
/// whoever takes all back gives it the tenant's own again.
async fn closed<'a>(work: &'a Work<'_>) -> Result<&'a Target, Failure> {
    let shutting = || async {
        let (before, server) = before(work).await?;
        let own = tenants::target(work.platform, &before.tenant, &server).map_err(|e| steps::failure(&e))?;
        let admin = servers::admin_target(work.platform, &server).map_err(|e| steps::failure(&e))?;
        steps::alone(&admin, own, &work.tenant.id).await.map_err(|failure| servers::signed_out(&server, failure))
    };
    work.closed.get_or_try_init(shutting).await
}

/// Dumped and restored with the tenant's own logins; nobody migrates it meanwhile.
async fn copy(work: &Work<'_>) -> Result<(), Failure> {
    steps::emptied(work, Step::Copy).await?;
    let found = before(work).await?;
    let server = &found.1;
    let from = there(work).await?;
    let admin = servers::admin_target(work.platform, server).map_err(|e| steps::failure(&e))?;
    let help = Some((&admin, work.tenant.id.as_str()));
    let (to, file) = (steps::own(work)?, dump(work));
    private_dir(&backups::folder(work.platform)).map_err(|e| Failure::new(Category::Permission, e.to_string()))?;
    // Nobody has closed what is not Neo's: what writes there by itself is the tenant's all the same.
    if !closes(&found) {
        engine::promises_nothing(&from).await?;
        quiet(work, &from).await?;
    }
    let mut conn = Connection::open(&from).await?;
    let locked = async {
        servers::at_its_node(work.platform, server, &mut conn).await?;
        conn.lock(LOCK_DEADLINE).await
    };
    let made = match locked.await {
        Ok(()) => {
            let made = engine::backup_with(&from, &file, help).await;
            conn.unlock().await;
            made
        }
        Err(failure) => Err(failure),
    };
    conn.close().await;
    let restored = match made {
        Ok(made) => match made.flaws.refuse() {
            Ok(()) => engine::restore(&to, &file, made.how()).await,
            refused => refused,
        },
        Err(failure) => Err(failure),
    };
    restored.and(forget_copy(work))
}

/// Beside the backups: it is as large as one, and as much the tenant's.
fn dump(work: &Work<'_>) -> PathBuf {
    backups::folder(work.platform).join(format!("{}.moving", work.tenant.id))
}

fn forget_copy(work: &Work<'_>) -> Result<(), Failure> {
    let file = dump(work);
    for file in [file.with_added_extension("part"), file] {
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("\"{}\" cannot be removed: {e}", file.display());
                return Err(Failure::new(Category::Permission, message));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The schema, and how many rows every table has.
async fn compare(work: &Work<'_>) -> Result<Look, Failure> {
    let (from, to) = (there(work).await?, steps::own(work)?);
    let (was, now) = tokio::try_join!(seen(&from), seen(&to))?;
    // Another version of a server may describe the same in other words.
    if was.schema.dialect == now.schema.dialect && was.schema.fingerprint() != now.schema.fingerprint() {
        let differs = engine::differences(&lines(&was.schema), &lines(&now.schema));
        return Err(differs_in("its schema", differs));
    }
    let rows = engine::miscounted(&was.rows, &now.rows);
    if !rows.is_empty() {
        return Err(differs_in("its rows", rows));
    }
    closed_still(work).await?;
    steps::awake(work, &to).await?;
    Ok(Look::of_a_copy(&now.ledger))
}

/// Whoever got in to the old one all the same has written what is in no copy: the tenant stays there then.
async fn closed_still(work: &Work<'_>) -> Result<(), Failure> {
    let found = before(work).await?;
    let admin = servers::admin_target(work.platform, &found.1).map_err(|e| steps::failure(&e))?;
    engine::nobody_else(&admin, &there(work).await?, found.0.made_here).await?;
    match closes(&found) {
        true => engine::is_nobody(&admin, closed(work).await?).await,
        false => Ok(()),
    }
}

fn lines(schema: &Schema) -> Vec<&str> {
    schema.lines.iter().map(String::as_str).collect()
}

struct Seen {
    ledger: Vec<ledger::Row>,
    schema: Schema,
    rows: std::collections::BTreeMap<String, i64>,
}

async fn seen(target: &Target) -> Result<Seen, Failure> {
    let mut conn = Connection::open_to_look(target).await?;
    let seen = async {
        Ok(Seen {
            ledger: ledger::read(&mut conn).await?,
            schema: engine::schema(&mut conn).await?,
            rows: engine::counts(&mut conn).await?,
        })
    }
    .await;
    conn.close().await;
    seen
}

fn differs_in(what: &str, mut differs: Vec<String>) -> Failure {
    let more = differs.len().saturating_sub(TOLD);
    differs.truncate(TOLD);
    if more > 0 {
        differs.push(format!("and {more} more"));
    }
    Failure::new(Category::Other, format!("the copy is not what was copied: {what}"))
        .detail(differs.join("; "))
        .hint("nothing of the copy is used")
}
