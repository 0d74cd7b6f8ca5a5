//! The SQL of a server that changes, and of its own credential.

use std::collections::HashSet;

use crate::central::{Conn, violates};
use crate::error::Result;
use crate::servers::{Server, taken};

/// Holds its row until the end of the transaction; 0 where it has moved or is gone.
pub(in crate::servers) async fn hold(conn: &mut Conn, server: &Server) -> Result<u64> {
    Ok(sqlx::query(
        "update servers set updated_at = updated_at where id = $1 and removed_at is null and host = $2 and port = $3 and tls = $4 \
         and coalesce(tls_ca, '') = $5",
    )
    .bind(server.id.clone())
    .bind(server.host.clone())
    .bind(i64::from(server.port))
    .bind(server.tls.as_str().to_owned())
    .bind(server.tls_ca.clone().unwrap_or_default())
    .execute(conn)
    .await?
    .rows_affected())
}

/// 0 where it is no longer as it was.
pub(in crate::servers) async fn update(conn: &mut Conn, old: &Server, new: &Server) -> Result<u64> {
    let updated = sqlx::query(
        "update servers set name = $1, host = $2, port = $3, username = $4, tls = $5, max_connections = $6, app_host = $7, \
         app_port = $8, credential = $9, credential_next = $10, tls_unbound = $11, tls_ca = $21, updated_at = (select now_ms from clock) \
         where id = $12 and removed_at is null and name = $13 and host = $14 and port = $15 and username = $16 and tls = $17 \
         and coalesce(credential, '') = $18 and coalesce(credential_next, '') = $19 and generation = $20 \
         and coalesce(tls_ca, '') = $22",
    )
    .bind(new.name.clone())
    .bind(new.host.clone())
    .bind(i64::from(new.port))
    .bind(new.username.clone())
    .bind(new.tls.as_str().to_owned())
    .bind(i64::from(new.max_connections))
    .bind(new.app_host.clone())
    .bind(i64::from(new.app_port))
    .bind(new.credential.clone())
    .bind(new.credential_next.clone())
    .bind(i64::from(new.tls_unbound))
    .bind(old.id.clone())
    .bind(old.name.clone())
    .bind(old.host.clone())
    .bind(i64::from(old.port))
    .bind(old.username.clone())
    .bind(old.tls.as_str().to_owned())
    .bind(old.credential.clone().unwrap_or_default())
    .bind(old.credential_next.clone().unwrap_or_default())
    .bind(old.generation)
    .bind(new.tls_ca.clone())
    .bind(old.tls_ca.clone().unwrap_or_default())
    .execute(conn)
    .await
    .map_err(|e| if violates(&e, "servers", "name") { taken(&new.name) } else { e.into() })?;
    Ok(updated.rows_affected())
}

/// The number of a run that is at work there, or begins with the next tenant at any moment.
pub(in crate::servers) async fn busy(conn: &mut Conn, id: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select r.number from runs r where r.status in ('running', 'paused') and exists (select 1 from tasks k \
         where k.run_id = r.id and k.server_id = $1 and (k.status = 'running' or k.status = 'queued' and r.status = 'running')) \
         order by r.number limit 1",
    )
    .bind(id.to_owned())
    .fetch_optional(conn)
    .await?)
}

/// The slug of one of these tenants that lives there, or whose data waits there while a backup takes its place.
pub(in crate::servers) async fn inhabitant(
    conn: &mut Conn,
    id: &str,
    among: &HashSet<String>,
) -> Result<Option<String>> {
    for tenant in among {
        let sql = "select slug from tenants where id = $1 and (server_id = $2 \
                   or exists (select 1 from replaced_databases r where r.tenant_id = tenants.id and r.server_id = $2))";
        let slug = sqlx::query_scalar(sql).bind(tenant.clone()).bind(id.to_owned()).fetch_optional(&mut *conn).await?;
        if slug.is_some() {
            return Ok(slug);
        }
    }
    Ok(None)
}

/// Keeps the password that is to take the place of this one; 0 where somebody else has begun, or changed it.
pub(in crate::servers) async fn set_next(conn: &mut Conn, server: &Server, next: &str) -> Result<u64> {
    Ok(sqlx::query(
        "update servers set credential_next = $1 where id = $2 and credential = $3 and generation = $4 \
         and credential_next is null and removed_at is null",
    )
    .bind(next.to_owned())
    .bind(server.id.clone())
    .bind(server.credential.clone())
    .bind(server.generation)
    .execute(conn)
    .await?
    .rows_affected())
}

pub(in crate::servers) async fn drop_next(conn: &mut Conn, server: &Server) -> Result<()> {
    sqlx::query("update servers set credential_next = null where id = $1 and credential_next = $2")
        .bind(server.id.clone())
        .bind(server.credential_next.clone())
        .execute(conn)
        .await?;
    Ok(())
}

/// It takes its place: it is sealed with the next generation already. 0 where it is not there any more.
pub(in crate::servers) async fn take_next(conn: &mut Conn, server: &Server) -> Result<u64> {
    Ok(sqlx::query(
        "update servers set credential = credential_next, credential_next = null, generation = generation + 1, \
         tls_unbound = 0, updated_at = (select now_ms from clock) \
         where id = $1 and credential_next = $2 and generation = $3 and removed_at is null",
    )
    .bind(server.id.clone())
    .bind(server.credential_next.clone())
    .bind(server.generation)
    .execute(conn)
    .await?
    .rows_affected())
}
