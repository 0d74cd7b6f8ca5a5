//! The SQL of the registry.

pub(super) mod alike;
mod looks;
mod password_hash;
mod passwords;
mod quarantine;
pub(super) mod replaced;
mod row;
mod sealed;
pub(super) mod troubled;

use std::collections::{HashMap, HashSet};

use sqlx::{AssertSqlSafe, FromRow, Row as _};

use super::filter::Conditions;
use super::{Counts, Quarantine, Status, Tenant};
use crate::actor::Actor;
use crate::central::{Conn, in_turn, literally, violates};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::migrations::ledger::DIRTY;

pub(super) use looks::{forget_ledger, forget_run, remember};
pub(super) use password_hash::set_password_hash;
pub(super) use passwords::{drop_next, promote_next, seal_next};
pub(super) use quarantine::{count_failure, lift_quarantine, set_quarantine, take_back_failure, with_tag};
pub(super) use sealed::{Envelope, count_sealed_on, reseal, sample, sealed_on};

/// A living tenant by slug, or any by id.
pub(super) async fn find(conn: &mut Conn, key: &str) -> Result<Option<Tenant>> {
    let sql = format!(
        "{} where (t.slug = $1 and t.status <> 'deleted') or t.id = $1 order by case when t.id = $1 then 1 else 0 end",
        row::select(conn)
    );
    let found: Option<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(key.to_owned()).fetch_optional(&mut *conn).await?;
    let Some(found) = found else { return Ok(None) };
    let mut found = [row::read(&found)?];
    add_tags(conn, &mut found).await?;
    let [found] = found;
    Ok(Some(found))
}

/// The tenants under `conditions`, in this order; `limit` `None` takes all.
pub(super) async fn select(
    conn: &mut Conn,
    conditions: &Conditions,
    order: &str,
    limit: Option<i64>,
) -> Result<Vec<Tenant>> {
    let mut conditions = conditions.clone();
    let limit = limit.map(|n| format!(" limit {}", conditions.number(n))).unwrap_or_default();
    let sql = format!("{} where {} order by {order}{limit}", row::select(conn), conditions.sql());
    let rows: Vec<String> =
        sqlx::query_scalar_with(AssertSqlSafe(sql), conditions.arguments()?).fetch_all(&mut *conn).await?;
    let mut found = rows.iter().map(|row| row::read(row)).collect::<Result<Vec<_>>>()?;
    add_tags(conn, &mut found).await?;
    Ok(found)
}

pub(super) async fn count(conn: &mut Conn, conditions: &Conditions) -> Result<i64> {
    let sql = format!("select count(*) from tenants t where {}", conditions.sql());
    Ok(sqlx::query_scalar_with(AssertSqlSafe(sql), conditions.arguments()?).fetch_one(conn).await?)
}

/// Where a living tenant's database lies, or what it had before waits while a backup takes its place.
#[derive(FromRow)]
pub(super) struct Place {
    pub slug: String,
    pub server_id: String,
    pub host: String,
    pub port: i64,
    /// SQLite: the server's folder.
    pub path: String,
    pub database_name: String,
}

/// The databases of living tenants on an engine that have this name (on MySQL in large letters or small), or (SQLite) are files of it: in the server's folder
/// without `.db`, elsewhere with their path.
pub(super) async fn places(conn: &mut Conn, engine: Engine, name: &str) -> Result<Vec<Place>> {
    Ok(sqlx::query_as(
        "select t.slug, t.server_id, s.host, s.port, s.path, t.database_name from \
         (select slug, server_id, database_name from tenants where status <> 'deleted' union all \
         select n.slug, r.server_id, r.database_name from replaced_databases r join tenants n on n.id = r.tenant_id) t \
         join servers s on s.id = t.server_id \
         where s.engine = $1 and (t.database_name in ($2, $3) or t.database_name like $4 escape '\\' \
         or s.engine = 'mysql' and lower(t.database_name) = lower($2))",
    )
    .bind(engine.as_str().to_owned())
    .bind(name.to_owned())
    .bind(name.trim_end_matches(".db").to_owned())
    .bind(format!("%/{}", literally(name)))
    .fetch_all(conn)
    .await?)
}

/// Until this transaction ends nobody else adopts a database.
pub(super) async fn adopt_in_turn(conn: &mut Conn) -> Result<()> {
    in_turn(conn, "neo adoptions").await
}

async fn add_tags(conn: &mut Conn, tenants: &mut [Tenant]) -> Result<()> {
    if tenants.is_empty() {
        return Ok(());
    }
    let mut wanted = Conditions::default();
    // For most of the fleet, reading every tag is quicker than naming every tenant.
    let only = if tenants.len() <= 500 {
        let ids: Vec<_> = tenants.iter().map(|t| wanted.text(t.id.clone())).collect();
        format!("where tenant_id in ({})", ids.join(", "))
    } else {
        String::new()
    };
    let sql = format!("select tenant_id, tag from tenant_tags {only} order by tenant_id, tag");
    let rows = sqlx::query_with(AssertSqlSafe(sql), wanted.arguments()?).fetch_all(conn).await?;
    let mut tags: HashMap<String, Vec<String>> = HashMap::new();
    for row in &rows {
        tags.entry(row.try_get("tenant_id")?).or_default().push(row.try_get("tag")?);
    }
    for tenant in tenants {
        tenant.tags = tags.remove(&tenant.id).unwrap_or_default();
    }
    Ok(())
}

/// The slugs and ids of those among these that there are for this actor.
pub(super) async fn within(conn: &mut Conn, actor: &Actor, keys: &[String]) -> Result<HashSet<String>> {
    let mut found = HashSet::new();
    for keys in keys.chunks(500) {
        let mut inside = Conditions::default();
        let list: Vec<_> = keys.iter().map(|key| inside.text(key.clone())).collect();
        let list = list.join(", ");
        inside.and(format!("(t.id in ({list}) or t.slug in ({list}))"));
        inside.within(actor);
        let sql = format!("select t.id, t.slug from tenants t where {}", inside.sql());
        for row in sqlx::query_with(AssertSqlSafe(sql), inside.arguments()?).fetch_all(&mut *conn).await? {
            found.insert(row.try_get("id")?);
            found.insert(row.try_get("slug")?);
        }
    }
    Ok(found)
}

pub(super) async fn counts(conn: &mut Conn, actor: &Actor, latest: Option<i64>) -> Result<Counts> {
    let mut living = Conditions::default();
    living.number(latest.unwrap_or(i64::MIN));
    living.and("t.status <> 'deleted'".into());
    living.within(actor);
    let living_sql = living.sql();
    // Each tenant is counted once: by its status unless it is active, then by its state. An index has what that takes, and no row is
    // read; who is in quarantine, of whom there are few, is in another.
    let sql = format!(
        "select count(*) as total, \
         count(case when status = 'active' and state in ('current', 'behind') and version >= $1 then 1 end) as current_, \
         count(case when status = 'active' and (state = 'unknown' or state in ('current', 'behind') \
               and (version is null or version < $1)) then 1 end) as behind, \
         count(case when status = 'failed' or status = 'active' and state = 'failed' then 1 end) as failed, \
         count(case when status = 'active' and state = 'drifted' then 1 end) as drifted, \
         count(case when status = 'active' and state = 'unreachable' then 1 end) as unreachable, \
         count(case when status = 'suspended' then 1 end) as suspended, \
         count(case when status = 'archived' then 1 end) as archived, \
         count(case when status = 'provisioning' then 1 end) as provisioning, \
         (select count(*) from tenants t where {living_sql} and t.quarantined_until > (select now_ms from clock)) as quarantined \
         from tenants t where {living_sql}"
    );
    let row = sqlx::query_with(AssertSqlSafe(sql), living.arguments()?).fetch_one(conn).await?;
    Ok(Counts {
        total: row.try_get("total")?,
        current: row.try_get("current_")?,
        behind: row.try_get("behind")?,
        failed: row.try_get("failed")?,
        drifted: row.try_get("drifted")?,
        unreachable: row.try_get("unreachable")?,
        suspended: row.try_get("suspended")?,
        archived: row.try_get("archived")?,
        provisioning: row.try_get("provisioning")?,
        quarantined: row.try_get("quarantined")?,
    })
}

/// Writes the row of a tenant; times are the database's own.
pub(super) async fn insert(conn: &mut Conn, tenant: &Tenant) -> Result<()> {
    let inserted = sqlx::query(
        "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, version, \
         applied, ledger_digest, state, password_hash, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, (select now_ms from clock), (select now_ms from clock))",
    )
    .bind(tenant.id.clone())
    .bind(tenant.slug.clone())
    .bind(tenant.name.clone())
    .bind(tenant.status.as_str().to_owned())
    .bind(tenant.server_id.clone())
    .bind(tenant.database.clone())
    .bind(tenant.username.clone())
    .bind(tenant.credential.clone())
    .bind(tenant.generation)
    .bind(tenant.version)
    .bind(tenant.applied)
    .bind(tenant.ledger_digest.clone())
    .bind(tenant.state.as_str().to_owned())
    .bind(tenant.password_hash.as_str().to_owned())
    .execute(&mut *conn)
    .await;
    match inserted {
        Ok(_) => {}
        Err(e) if violates(&e, "tenants", "slug") => {
            return Err(Error::conflict(format!("a tenant \"{}\" exists already", tenant.slug)).field("slug"));
        }
        Err(e) if e.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
            return Err(Error::conflict(format!(
                "the database \"{}\" on server \"{}\" belongs to a tenant already",
                tenant.database, tenant.server
            )));
        }
        Err(e) => return Err(e.into()),
    }
    add_tags_of(conn, &tenant.id, &tenant.tags).await
}

async fn add_tags_of(conn: &mut Conn, id: &str, tags: &[String]) -> Result<()> {
    for tag in tags {
        sqlx::query("insert into tenant_tags (tenant_id, tag) values ($1, $2)")
            .bind(id.to_owned())
            .bind(tag.clone())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Holds a tenant's row until the transaction ends, and leaves it as it is.
pub(super) async fn hold(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("update tenants set updated_at = updated_at where id = $1").bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

pub(super) async fn set_tags(conn: &mut Conn, id: &str, tags: &[String]) -> Result<()> {
    sqlx::query("delete from tenant_tags where tenant_id = $1").bind(id.to_owned()).execute(&mut *conn).await?;
    add_tags_of(conn, id, tags).await?;
    sqlx::query("update tenants set updated_at = (select now_ms from clock) where id = $1")
        .bind(id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn set_name(conn: &mut Conn, id: &str, name: &str) -> Result<u64> {
    Ok(sqlx::query(
        "update tenants set name = $1, updated_at = (select now_ms from clock) where id = $2 and status <> 'deleted'",
    )
    .bind(name.to_owned())
    .bind(id.to_owned())
    .execute(conn)
    .await?
    .rows_affected())
}

/// From one status to another; 0 when it is no longer in the first.
pub(super) async fn set_status(conn: &mut Conn, id: &str, from: Status, to: Status) -> Result<u64> {
    Ok(sqlx::query(
        "update tenants set status = $1, updated_at = (select now_ms from clock) where id = $2 and status = $3",
    )
    .bind(to.as_str().to_owned())
    .bind(id.to_owned())
    .bind(from.as_str().to_owned())
    .execute(conn)
    .await?
    .rows_affected())
}

/// What stopped its provisioning; `None` when nothing does any more.
pub(super) async fn set_error(conn: &mut Conn, id: &str, message: Option<&str>) -> Result<()> {
    sqlx::query("update tenants set last_error = $1 where id = $2")
        .bind(message.map(str::to_owned))
        .bind(id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// The row stays, as the record; the credential does not.
pub(super) async fn set_deleted(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query(
        "update tenants set status = 'deleted', credential = null, credential_next = null, ledger_digest = null, \
         updated_at = (select now_ms from clock) where id = $1",
    )
    .bind(id.to_owned())
    .execute(&mut *conn)
    .await?;
    // What a planned first admin left behind: an email and a hash.
    sqlx::query("update provision_steps set body = null where tenant_id = $1")
        .bind(id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Those whose ledger had a dirty row when it was last read.
pub(super) async fn half_done(conn: &mut Conn, actor: &Actor) -> Result<Vec<Tenant>> {
    let mut dirty = Conditions::default();
    dirty.within(actor);
    let like = dirty.text(format!("{DIRTY}%"));
    dirty.and(format!(
        "t.status <> 'deleted' and (t.ledger_digest like {like} or t.state = 'failed' and t.id in (select tenant_id from checkpoints))"
    ));
    select(conn, &dirty, "t.slug, t.id", None).await
}

pub(super) async fn forget(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("update tenants set ledger_digest = null where id = $1").bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

/// The number of a live run that is working on this tenant right now.
pub(super) async fn running_in(conn: &mut Conn, id: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select r.number from tasks k join runs r on r.id = k.run_id \
         where k.tenant_id = $1 and k.status = 'running' and r.kind <> 'provision' order by r.number limit 1",
    )
    .bind(id.to_owned())
    .fetch_optional(conn)
    .await?)
}
