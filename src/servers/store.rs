//! The SQL of servers.

mod life;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Server, ServerLoad};
use crate::actor::Confinement;
use crate::central::{Conn, stored, violates};
use crate::error::{Error, Result};

pub(super) use life::{busy, drop_next, hold, inhabitant, set_next, take_next, update};

/// By their names: of `*` a PostgreSQL refuses what was prepared before another version of Neo has added a column.
const COLUMNS: &str = "s.id, s.name, s.engine, s.host, s.port, s.username, s.tls, s.path, s.max_connections, s.tls_ca, s.created_at, \
    s.credential, s.credential_next, s.generation, s.tls_unbound, s.app_host, s.app_port";

pub(super) fn server(row: &AnyRow) -> Result<Server> {
    Ok(Server {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        engine: stored(row.try_get::<String, _>("engine")?)?,
        host: row.try_get("host")?,
        port: u16::try_from(row.try_get::<i64, _>("port")?).map_err(Error::internal)?,
        username: row.try_get("username")?,
        tls: stored(row.try_get::<String, _>("tls")?)?,
        path: row.try_get("path")?,
        max_connections: u32::try_from(row.try_get::<i64, _>("max_connections")?).map_err(Error::internal)?,
        tls_ca: row.try_get("tls_ca")?,
        created_at: row.try_get("created_at")?,
        credential: row.try_get("credential")?,
        credential_next: row.try_get("credential_next")?,
        generation: row.try_get("generation")?,
        tls_unbound: row.try_get::<i64, _>("tls_unbound")? == 1,
        app_host: row.try_get("app_host")?,
        app_port: u16::try_from(row.try_get::<i64, _>("app_port")?).map_err(Error::internal)?,
    })
}

/// By id or name. Ids win: what is kept of a tenant says its server by the id, and a name is whatever somebody has given.
pub(super) async fn find(conn: &mut Conn, key: &str) -> Result<Option<Server>> {
    let sql = format!(
        "select {COLUMNS} from servers s where s.removed_at is null and (s.name = $1 or s.id = $1) order by case when s.id = $1 then 0 else 1 end limit 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(server).transpose()
}

/// Each with how many tenants live there, of those that there are for whoever is confined.
pub(super) async fn list(conn: &mut Conn, confinement: Option<&Confinement>) -> Result<Vec<ServerLoad>> {
    let (inside, bound) = confinement.cloned().unwrap_or_default().sql("t", 1);
    let sql = format!(
        "select {COLUMNS}, (select count(*) from tenants t where t.server_id = s.id and t.status <> 'deleted' and {inside}) as tenants \
         from servers s where s.removed_at is null order by s.name"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for text in bound {
        query = query.bind(text);
    }
    let rows = query.fetch_all(conn).await?;
    rows.iter().map(|row| Ok(ServerLoad { server: server(row)?, tenants: row.try_get("tenants")? })).collect()
}

pub(super) async fn names(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar("select name from servers where removed_at is null").fetch_all(conn).await?)
}

pub(super) async fn insert(conn: &mut Conn, server: &Server) -> Result<()> {
    sqlx::query(
        "insert into servers (id, name, engine, host, port, username, credential, generation, tls, path, max_connections, \
         app_host, app_port, tls_ca, created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
         (select now_ms from clock), (select now_ms from clock))",
    )
    .bind(server.id.clone())
    .bind(server.name.clone())
    .bind(server.engine.as_str().to_owned())
    .bind(server.host.clone())
    .bind(i64::from(server.port))
    .bind(server.username.clone())
    .bind(server.credential.clone())
    .bind(server.generation)
    .bind(server.tls.as_str().to_owned())
    .bind(server.path.clone())
    .bind(i64::from(server.max_connections))
    .bind(server.app_host.clone())
    .bind(i64::from(server.app_port))
    .bind(server.tls_ca.clone())
    .execute(conn)
    .await
    .map_err(|e| if violates(&e, "servers", "name") { super::taken(&server.name) } else { e.into() })?;
    Ok(())
}

pub(super) async fn set_path(conn: &mut Conn, id: &str, path: &str) -> Result<()> {
    sqlx::query("update servers set path = $1, updated_at = (select now_ms from clock) where id = $2")
        .bind(path.to_owned())
        .bind(id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// How many tenants live there.
pub(super) async fn tenants(conn: &mut Conn, id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from tenants where server_id = $1 and status <> 'deleted'")
        .bind(id.to_owned())
        .fetch_one(conn)
        .await?)
}

/// The slug of a tenant whose data waits there while a backup takes its place.
pub(super) async fn waiting(conn: &mut Conn, id: &str) -> Result<Option<String>> {
    let sql = "select t.slug from replaced_databases r join tenants t on t.id = r.tenant_id where r.server_id = $1 \
               order by t.slug limit 1";
    Ok(sqlx::query_scalar(sql).bind(id.to_owned()).fetch_optional(conn).await?)
}

/// The roles of those that live there, or wait there while a backup takes their place.
pub(super) async fn roles(conn: &mut Conn, id: &str) -> Result<Vec<String>> {
    let sql = "select username from tenants where server_id = $1 and status <> 'deleted' \
               union select username from replaced_databases where server_id = $1";
    Ok(sqlx::query_scalar(sql).bind(id.to_owned()).fetch_all(conn).await?)
}

/// Takes it out of service and forgets its credential.
pub(super) async fn remove(conn: &mut Conn, id: &str) -> Result<u64> {
    Ok(sqlx::query(
        "update servers set removed_at = (select now_ms from clock), credential = null, credential_next = null \
         where id = $1 and removed_at is null",
    )
    .bind(id.to_owned())
    .execute(conn)
    .await?
    .rows_affected())
}
