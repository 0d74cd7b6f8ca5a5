//! The SQL of renewing a password. Each says what it has seen: what somebody else has done meanwhile is let be.

use crate::central::Conn;
use crate::error::Result;

/// Keeps the password that is to come beside the one that is, as it is sealed; 0 where there is one already, or the server has
/// moved meanwhile, with all that is sealed to it.
pub(in crate::tenants) async fn seal_next(conn: &mut Conn, id: &str, old: Option<&str>, next: &str) -> Result<u64> {
    Ok(sqlx::query(
        "update tenants set credential_next = $1 where id = $2 and credential = $3 and credential_next is null \
         and status <> 'deleted'",
    )
    .bind(next.to_owned())
    .bind(id.to_owned())
    .bind(old.map(str::to_owned))
    .execute(conn)
    .await?
    .rows_affected())
}

/// Puts it in the place of the one before; 0 where somebody else has.
pub(in crate::tenants) async fn promote_next(conn: &mut Conn, id: &str, generation: i64) -> Result<u64> {
    Ok(sqlx::query(
        "update tenants set credential = credential_next, credential_next = null, generation = generation + 1, \
         tls_unbound = 0, password_made_at = (select now_ms from clock), updated_at = (select now_ms from clock) \
         where id = $1 and generation = $2 and credential_next is not null",
    )
    .bind(id.to_owned())
    .bind(generation)
    .execute(conn)
    .await?
    .rows_affected())
}

/// Forgets one that no server has been told.
pub(in crate::tenants) async fn drop_next(conn: &mut Conn, id: &str, generation: i64) -> Result<()> {
    sqlx::query("update tenants set credential_next = null where id = $1 and generation = $2")
        .bind(id.to_owned())
        .bind(generation)
        .execute(conn)
        .await?;
    Ok(())
}
