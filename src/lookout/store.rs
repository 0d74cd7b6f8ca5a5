//! The SQL of silent servers.

use crate::central::Conn;
use crate::error::Result;

/// Since when a server is silent, and what time it is.
pub(super) async fn silence(conn: &mut Conn, server_id: &str) -> Result<Option<(i64, i64)>> {
    Ok(sqlx::query_as("select s.since, c.now_ms from silent_servers s cross join clock c where s.server_id = $1")
        .bind(server_id.to_owned())
        .fetch_optional(conn)
        .await?)
}

/// From now on, unless it is silent already.
pub(super) async fn begin_silence(conn: &mut Conn, server_id: &str) -> Result<()> {
    sqlx::query(
        "insert into silent_servers (server_id, since) select $1, now_ms from clock where 1 = 1 on conflict (server_id) do nothing",
    )
    .bind(server_id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// False where somebody else has seen it.
pub(super) async fn end_silence(conn: &mut Conn, server_id: &str) -> Result<bool> {
    let ended =
        sqlx::query("delete from silent_servers where server_id = $1").bind(server_id.to_owned()).execute(conn).await?;
    Ok(ended.rows_affected() == 1)
}

/// Whether a tenant with this tag lives there.
pub(super) async fn has_tenants(conn: &mut Conn, server_id: &str, tag: &str) -> Result<bool> {
    let n: i64 = sqlx::query_scalar(
        "select count(*) from tenants t join tenant_tags g on g.tenant_id = t.id
          where t.server_id = $1 and t.status <> 'deleted' and g.tag = $2",
    )
    .bind(server_id.to_owned())
    .bind(tag.to_owned())
    .fetch_one(conn)
    .await?;
    Ok(n > 0)
}
