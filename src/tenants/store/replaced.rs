//! What a tenant had before a backup, or a move, took its place.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::central::{Conn, stored};
use crate::error::{Error, Result};
use crate::tenants::{Status, Tenant};

/// The tenant as it was, with the name of the server that it was on.
pub(in crate::tenants) struct Replaced {
    pub tenant: Tenant,
    pub made_here: bool,
    /// It does not come back any more.
    pub is_dropping: bool,
    /// Since when it only waits to be dropped.
    pub kept_at: Option<i64>,
}

/// One of all that there are: where it is, and whose.
pub(crate) struct Place {
    pub tenant_id: String,
    pub server: String,
    pub database: String,
    pub kept_at: Option<i64>,
}

/// Of all tenants, or of those that had it on one server.
pub(crate) async fn places(conn: &mut Conn, server_id: Option<&str>) -> Result<Vec<Place>> {
    let rows = sqlx::query(
        "select r.tenant_id, s.name, r.database_name, r.kept_at from replaced_databases r \
         join servers s on s.id = r.server_id where coalesce($1, r.server_id) = r.server_id order by r.tenant_id",
    )
    .bind(server_id.map(str::to_owned))
    .fetch_all(conn)
    .await?;
    let place = |row: &AnyRow| {
        Ok(Place {
            tenant_id: row.try_get("tenant_id")?,
            server: row.try_get("name")?,
            database: row.try_get("database_name")?,
            kept_at: row.try_get("kept_at")?,
        })
    };
    rows.iter().map(place).collect()
}

/// From here on nothing takes it back: somebody drops it.
pub(in crate::tenants) async fn keep_on(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    sqlx::query("update replaced_databases set kept_at = (select now_ms from clock) where tenant_id = $1")
        .bind(tenant_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

pub(in crate::tenants) async fn keep(conn: &mut Conn, tenant: &Tenant, made_here: bool) -> Result<()> {
    sqlx::query(
        "insert into replaced_databases (tenant_id, server_id, database_name, username, credential, generation, tls_unbound, \
         status, version, applied, made_here, password_made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(tenant.id.clone())
    .bind(tenant.server_id.clone())
    .bind(tenant.database.clone())
    .bind(tenant.username.clone())
    .bind(tenant.credential.clone())
    .bind(tenant.generation)
    .bind(i64::from(tenant.tls_unbound))
    .bind(tenant.status.as_str().to_owned())
    .bind(tenant.version)
    .bind(tenant.applied)
    .bind(i64::from(made_here))
    .bind(tenant.password_made_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is to come back where that comes to nothing. `now` is the tenant as its row has it.
pub(in crate::tenants) async fn of(conn: &mut Conn, now: &Tenant) -> Result<Option<Replaced>> {
    read(conn, now, "kept_at is null").await
}

/// What is kept until somebody drops it.
pub(in crate::tenants) async fn kept(conn: &mut Conn, now: &Tenant) -> Result<Option<Replaced>> {
    read(conn, now, "kept_at is not null").await
}

async fn read(conn: &mut Conn, now: &Tenant, which: &'static str) -> Result<Option<Replaced>> {
    let sql = format!(
        "select r.server_id, s.name as server, s.engine, r.database_name, r.username, r.credential, r.generation, r.tls_unbound, \
               r.status, r.version, r.applied, r.made_here, r.password_made_at, r.dropping_at, r.kept_at \
               from replaced_databases r join servers s on s.id = r.server_id where r.tenant_id = $1 and {which}"
    );
    let Some(row) = sqlx::query(AssertSqlSafe(sql)).bind(now.id.clone()).fetch_optional(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Replaced {
        made_here: row.try_get::<i64, _>("made_here")? == 1,
        kept_at: row.try_get("kept_at")?,
        is_dropping: row.try_get::<Option<i64>, _>("dropping_at")?.is_some(),
        tenant: Tenant {
            server_id: row.try_get("server_id")?,
            server: row.try_get("server")?,
            engine: stored(row.try_get::<String, _>("engine")?)?,
            database: row.try_get("database_name")?,
            username: row.try_get("username")?,
            credential: row.try_get("credential")?,
            credential_next: None,
            generation: row.try_get("generation")?,
            tls_unbound: row.try_get::<i64, _>("tls_unbound")? == 1,
            status: stored::<Status>(row.try_get::<String, _>("status")?)?,
            version: row.try_get("version")?,
            applied: row.try_get("applied")?,
            password_made_at: row.try_get("password_made_at")?,
            ..now.clone()
        },
    }))
}

/// From here on it is not taken back, but dropped to the end.
pub(in crate::tenants) async fn drop_now(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    let sql = "update replaced_databases set dropping_at = (select now_ms from clock) where tenant_id = $1";
    sqlx::query(sql).bind(tenant_id.to_owned()).execute(conn).await?;
    Ok(())
}

/// All that wait on a server, or anywhere.
pub(in crate::tenants) async fn on(conn: &mut Conn, server_id: Option<&str>) -> Result<Vec<Replaced>> {
    let sql = "select tenant_id from replaced_databases where server_id = coalesce($1, server_id) order by tenant_id";
    let ids: Vec<String> = sqlx::query_scalar(sql).bind(server_id.map(str::to_owned)).fetch_all(&mut *conn).await?;
    let mut found = Vec::new();
    for id in ids {
        let Some(now) = super::find(conn, &id).await? else { continue };
        found.extend(read(conn, &now, "true").await?);
    }
    Ok(found)
}

/// How many of those on a server are sealed to its address.
pub(in crate::tenants) async fn count_sealed_on(conn: &mut Conn, server_id: &str) -> Result<i64> {
    let sql = "select count(*) from replaced_databases where server_id = $1 and credential like 'v1:%'";
    Ok(sqlx::query_scalar(sql).bind(server_id.to_owned()).fetch_one(conn).await?)
}

/// Seals what waits anew; 0 where it is no longer as it was.
pub(in crate::tenants) async fn reseal(conn: &mut Conn, tenant_id: &str, before: &str, after: &str) -> Result<u64> {
    let sql = "update replaced_databases set credential = $1, tls_unbound = 0 where tenant_id = $2 and credential = $3";
    let resealed = sqlx::query(sql).bind(after.to_owned()).bind(tenant_id.to_owned()).bind(before.to_owned());
    Ok(resealed.execute(conn).await?.rows_affected())
}

pub(in crate::tenants) async fn forget(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    sqlx::query("delete from replaced_databases where tenant_id = $1").bind(tenant_id.to_owned()).execute(conn).await?;
    Ok(())
}

/// The row names another place, of which nothing is known yet, and is being provisioned.
pub(in crate::tenants) async fn turn_to(conn: &mut Conn, next: &Tenant) -> Result<()> {
    named(conn, next, Status::Provisioning).await?;
    super::forget_ledger(conn, &next.id).await
}

/// The row names what it had, as it was then; the next run looks for itself.
pub(in crate::tenants) async fn take_back(conn: &mut Conn, before: &Tenant) -> Result<()> {
    named(conn, before, before.status).await?;
    super::forget_ledger(conn, &before.id).await?;
    sqlx::query("update tenants set version = $1, applied = $2, state = 'unknown', last_error = null where id = $3")
        .bind(before.version)
        .bind(before.applied)
        .bind(before.id.clone())
        .execute(&mut *conn)
        .await?;
    forget(conn, &before.id).await
}

async fn named(conn: &mut Conn, tenant: &Tenant, status: Status) -> Result<()> {
    let named = sqlx::query(
        "update tenants set server_id = $1, database_name = $2, username = $3, credential = $4, credential_next = null, generation = $5, \
         tls_unbound = $6, status = $7, password_made_at = $8, updated_at = (select now_ms from clock) \
         where id = $9 and status <> 'deleted'",
    )
    .bind(tenant.server_id.clone())
    .bind(tenant.database.clone())
    .bind(tenant.username.clone())
    .bind(tenant.credential.clone())
    .bind(tenant.generation)
    .bind(i64::from(tenant.tls_unbound))
    .bind(status.as_str().to_owned())
    .bind(tenant.password_made_at)
    .bind(tenant.id.clone())
    .execute(conn)
    .await?
    .rows_affected();
    match named {
        0 => Err(Error::conflict(format!("tenant \"{}\" has just changed", tenant.slug)).hint("look again")),
        _ => Ok(()),
    }
}
