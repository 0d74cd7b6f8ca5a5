//! A tenant that is half way through a migration, and what a person decides about it.

use std::sync::Arc;
use std::time::Duration;

pub use neo_model::{Decision, Resolved, Unresolved};
use serde_json::json;

use super::{Look, State, Tenant, lifecycle, store, subject, target};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::{self, Connection, Engine, Failure};
use crate::error::advice::Resolve;
use crate::error::{Advice, Do, Error, Result, Say};
use crate::migrations::apply::{self, Checkpoint, Options, Resolution};
use crate::migrations::{Set, ledger};
use crate::{Platform, audit, runs, servers};

const LOCK_DEADLINE: Duration = Duration::from_secs(15);

/// The tenants that are known to be half way through a migration; nobody is connected to.
pub async fn half_done(platform: &Platform, actor: &Actor) -> Result<Vec<Tenant>> {
    actor.authorise(Permission::View)?;
    store::half_done(&mut *platform.central.read().await?, actor).await
}

/// Looks at the tenant's own database.
pub async fn unresolved(platform: &Platform, actor: &Actor, key: &str) -> Result<Unresolved> {
    actor.authorise(Permission::Resolve)?;
    let tenant = super::find(platform, actor, key).await?;
    let set = files(platform).await?;
    let checkpoint = checkpoint(&mut *platform.central.read().await?, &tenant.id).await?;
    let mut conn = open(platform, actor, &tenant).await?;
    let options = Options {
        known: tenant.version,
        gone: runs::gone(platform, &tenant, None).await?,
        ..Options::within(LOCK_DEADLINE)
    };
    let half_done = apply::half_done(&mut conn, &set, checkpoint.as_ref(), &options).await;
    let invalid = engine::invalid_indexes(&mut conn).await;
    conn.close().await;
    Ok(Unresolved {
        half_done: half_done.map_err(|f| as_error(&f))?,
        invalid_indexes: invalid.map_err(|f| as_error(&f))?,
    })
}

/// Does what was decided, whatever it is; `from` is the statement to continue at, where it is not the one that failed.
pub async fn decide(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    decision: Decision,
    from: Option<usize>,
    reason: Option<&str>,
) -> Result<Resolved> {
    actor.authorise(Permission::Resolve)?;
    if from.is_some() && decision != Decision::Continue {
        return Err(Error::invalid("from", "only what is continued goes on from a statement"));
    }
    let tenant = super::find(platform, actor, key).await?;
    let how = match decision {
        Decision::Applied => Resolution::Applied,
        Decision::NotApplied => Resolution::NotApplied,
        Decision::Continue => Resolution::Continue { from },
        Decision::DropInvalid => {
            let dropped = drop_invalid(platform, actor, &tenant.id, reason).await?;
            return Ok(Resolved::Indexes { dropped, tenant: tenant.slug });
        }
        Decision::Forget => {
            let Tenant { state, slug, version, .. } = forget_ledger(platform, actor, &tenant.id, reason).await?;
            return Ok(Resolved::Ledger { state, tenant: slug, version });
        }
    };
    let migration = resolve(platform, actor, &tenant.id, &how, reason).await?;
    let Tenant { state, slug, version, .. } = super::find(platform, actor, &tenant.id).await?;
    Ok(Resolved::Migration { migration, state, tenant: slug, version })
}

/// Does what was decided, under the tenant's migration lock, and writes down who decided it and why. The label of the
/// migration is the answer.
pub async fn resolve(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    how: &Resolution,
    reason: Option<&str>,
) -> Result<String> {
    actor.authorise(Permission::Resolve)?;
    let tenant = super::find(platform, actor, key).await?;
    let set = files(platform).await?;
    let checkpoint = checkpoint(&mut *platform.central.read().await?, &tenant.id).await?;
    let mut conn = open(platform, actor, &tenant).await?;
    let body = json!({ "how": word(how), "reason": reason, "version": tenant.version });
    let intent = audit::intent(platform, actor, "tenant.resolve", &subject(&tenant), &body).await?;
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let proof = Arc::new(servers::proof(platform, &server));
    let gone = runs::gone(platform, &tenant, None).await?;
    let options = Options { known: tenant.version, gone, proof, ..Options::within(LOCK_DEADLINE) };
    let outcome = apply::resolve(&mut conn, &set, how, checkpoint.as_ref(), &options).await;
    let schema = match outcome.failure {
        None => engine::schema(&mut conn).await.ok(),
        Some(_) => None,
    };
    conn.close().await;

    let rows = outcome.ledger.as_deref().unwrap_or_default();
    let is_dirty = rows.iter().any(|row| !row.success);
    let version = rows.iter().filter(|row| row.success).map(|row| row.version).max();
    let progress = Checkpoint::of(&set, tenant.engine, &outcome, checkpoint.as_ref().is_some_and(|c| c.down));
    let look = Look {
        version,
        applied: rows.iter().filter(|row| row.success).count() as i64,
        ledger_digest: (is_dirty || outcome.failure.is_none()).then(|| ledger::digest(&set, tenant.engine, rows)),
        state: match () {
            () if is_dirty => State::Failed,
            () if version >= set.newest(tenant.engine, None) => State::Current,
            () => State::Behind,
        },
        last_error: outcome.failure.as_ref().filter(|_| is_dirty).map(|f| f.message.clone()),
        run: None,
        ms: None,
        schema,
        checkpoint: progress,
    };
    if outcome.ledger.is_some() {
        let mut tx = platform.central.write().await?;
        super::remember(&mut tx, &tenant.id, &look).await?;
        if !is_dirty {
            forget_checkpoint(&mut tx, &tenant.id).await?;
        }
        let was_up = checkpoint.as_ref().is_none_or(|c| !c.down);
        if let Some(version) = outcome.done.first().filter(|_| was_up && *how != Resolution::NotApplied) {
            runs::credit(&mut tx, &tenant.id, *version, &set.label_of(*version)).await?;
        }
        tx.commit().await?;
    }
    let result = match outcome.failure {
        Some(failure) => {
            let failure = super::signed_out(platform, &tenant, failure).await;
            Err(as_error(&after_all(failure, &tenant, rows)))
        }
        None => Ok(outcome.done.first().and_then(|v| set.find(*v)).map_or_else(String::new, |m| m.label())),
    };
    intent.outcome(platform, &result).await?;
    result
}

/// Forgets what is known of a tenant's ledger: somebody has brought its database to another state, and knows it. Nothing is
/// done there; the next run reads what it finds.
pub async fn forget_ledger(platform: &Platform, actor: &Actor, key: &str, reason: Option<&str>) -> Result<Tenant> {
    actor.authorise(Permission::Resolve)?;
    let mut tx = platform.central.write().await?;
    let tenant = super::get(&mut tx, actor, key).await?;
    store::forget_ledger(&mut tx, &tenant.id).await?;
    forget_checkpoint(&mut tx, &tenant.id).await?;
    let body = json!({"version": tenant.version, "applied": tenant.applied, "reason": reason});
    audit::record(platform, &mut tx, actor, "tenant.forget", &subject(&tenant), &body).await?;
    lifecycle::answer(tx, &tenant.id).await
}

/// Drops the indexes that PostgreSQL has marked as invalid; their names are the answer.
pub async fn drop_invalid(platform: &Platform, actor: &Actor, key: &str, reason: Option<&str>) -> Result<Vec<String>> {
    actor.authorise(Permission::Resolve)?;
    let tenant = super::find(platform, actor, key).await?;
    let mut conn = open(platform, actor, &tenant).await?;
    let found = async {
        conn.lock(LOCK_DEADLINE).await?;
        engine::invalid_indexes(&mut conn).await
    }
    .await
    .map_err(|f| as_error(&f));
    let found = match found {
        Ok(found) if !found.is_empty() => found,
        other => {
            conn.close().await;
            return other.map(|_| Vec::new());
        }
    };
    let names: Vec<String> = found.iter().map(|index| index.name.clone()).collect();
    let body = json!({ "how": "drop-invalid", "indexes": names, "reason": reason });
    let intent = audit::intent(platform, actor, "tenant.resolve", &subject(&tenant), &body).await?;
    let mut result = Ok(names);
    for index in &found {
        if let Err(failure) = conn.execute(&index.remedy).await {
            result = Err(as_error(&failure));
            break;
        }
    }
    conn.unlock().await;
    conn.close().await;
    let mut tx = platform.central.write().await?;
    store::forget(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    intent.outcome(platform, &result).await?;
    result
}

fn word(how: &Resolution) -> String {
    match how {
        Resolution::Applied => "applied".into(),
        Resolution::NotApplied => "not-applied".into(),
        Resolution::Continue { from: None } => "continue".into(),
        Resolution::Continue { from: Some(n) } => format!("continue at {n}"),
    }
}

async fn files(platform: &Platform) -> Result<Set> {
    Set::load(&platform.config.tenant_migrations).await
}

pub(super) async fn open(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Connection> {
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let mut target = target(platform, tenant, &server)?;
    target.application_name = format!("neo:resolve:{}", tenant.slug);
    match Connection::open(&target).await {
        Ok(conn) => Ok(conn),
        Err(failure) => Err(as_error(&super::signed_out(platform, tenant, failure).await)),
    }
}

/// A failure of what was still to run: the tenant is half way as before, and is resolved as before. What was refused before
/// anything ran says itself what is to be done.
fn after_all(failure: Failure, tenant: &Tenant, rows: &[ledger::Row]) -> Failure {
    match way_out(&tenant.slug, rows).filter(|_| failure.code.is_some() || failure.hint.is_none()) {
        Some(way) => {
            let hint = once_mended(&failure, tenant.engine, way);
            failure.hint(hint)
        }
        None => failure,
    }
}

/// How a person gets a tenant with this ledger out of a migration that is neither there nor not; nothing where none is.
pub(crate) fn way_out(slug: &str, rows: &[ledger::Row]) -> Option<Advice> {
    let row = rows.iter().find(|row| !row.success)?;
    let look = Advice::from(Do::ResolveTenant { tenant: Some(slug.to_owned()), how: Resolve::Look });
    let way = match row.stopped_at() {
        Some(_) => look.and(" shows where it stopped; then continue there (").act(Say::Continue),
        None => look
            .and(" shows its statements; see in the database how far it got, then continue after that (")
            .act(Say::ContinueAt),
    };
    Some(way.and("), or say what is true: ").act(Say::Applied).and(", ").act(Say::NotApplied))
}

/// The same of what can be continued only once its cause is mended.
pub(crate) fn once_mended(failure: &Failure, of: Engine, way: Advice) -> Advice {
    // Whoever is not let in goes on with nothing.
    let first = if failure.barred { failure.hint.clone() } else { failure.remedy(of) };
    match first {
        Some(remedy) => remedy.and("; then ").then(way),
        None => way,
    }
}

/// A database's words as the platform's error.
fn as_error(failure: &Failure) -> Error {
    Error::from(failure.clone())
}

/// What is kept of how far this tenant got.
async fn checkpoint(conn: &mut Conn, tenant_id: &str) -> Result<Option<Checkpoint>> {
    let row: Option<(i64, String, String)> = sqlx::query_as(
        "select version, direction, hashes from checkpoints where tenant_id = $1 order by created_at desc limit 1",
    )
    .bind(tenant_id.to_owned())
    .fetch_optional(conn)
    .await?;
    row.map(|(version, direction, hashes)| {
        let hashes = serde_json::from_str(&hashes).map_err(Error::internal)?;
        Ok(Checkpoint { version, down: direction == "down", hashes })
    })
    .transpose()
}

/// Written with the look of the task that failed.
pub(super) async fn keep_checkpoint(conn: &mut Conn, tenant_id: &str, checkpoint: &Checkpoint) -> Result<()> {
    forget_checkpoint(conn, tenant_id).await?;
    sqlx::query(
        "insert into checkpoints (tenant_id, version, direction, done, hashes, created_at)
         values ($1, $2, $3, $4, $5, (select now_ms from clock))",
    )
    .bind(tenant_id.to_owned())
    .bind(checkpoint.version)
    .bind(if checkpoint.down { "down" } else { "up" }.to_owned())
    .bind(checkpoint.hashes.len() as i64)
    .bind(serde_json::to_string(&checkpoint.hashes).map_err(Error::internal)?)
    .execute(conn)
    .await?;
    Ok(())
}

async fn forget_checkpoint(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    sqlx::query("delete from checkpoints where tenant_id = $1").bind(tenant_id.to_owned()).execute(conn).await?;
    Ok(())
}
