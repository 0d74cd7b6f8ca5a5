use crate::central::Conn;
use crate::error::Result;
use crate::tenants::PasswordHash;

/// 0 when there is no such tenant any more.
pub(in crate::tenants) async fn set_password_hash(conn: &mut Conn, id: &str, kind: PasswordHash) -> Result<u64> {
    let sql = "update tenants set password_hash = $1, updated_at = (select now_ms from clock) where id = $2 and status <> 'deleted'";
    let changed = sqlx::query(sql).bind(kind.as_str().to_owned()).bind(id.to_owned()).execute(conn).await?;
    Ok(changed.rows_affected())
}
