//! What a look at a tenant has found, and what is no longer to be believed of it.

use crate::central::Conn;
use crate::engine::Schema;
use crate::error::Result;
use crate::tenants::Look;

/// To be seen current ends the failures in a row, and the quarantine that came of them. A look that reached nobody says nothing about the version, and nothing may be assumed after one without a digest.
pub(in crate::tenants) async fn remember(conn: &mut Conn, id: &str, look: &Look) -> Result<u64> {
    Ok(sqlx::query(
        "update tenants set \
         version = case when $1 = 'unreachable' then version else $2 end, \
         applied = case when $1 = 'unreachable' then applied else $3 end, \
         fingerprint = coalesce($9, case when ledger_digest = $4 then fingerprint end), \
         ledger_digest = $4, state = $1, last_error = $5, last_run = coalesce($6, last_run), \
         last_ms = coalesce($7, last_ms), \
         verified_at = case when $4 is null or $1 = 'failed' then verified_at else (select now_ms from clock) end, \
         failed_in_a_row = case when $1 = 'current' then 0 else failed_in_a_row end, \
         quarantined_until = case when $1 = 'current' and quarantine_by = 'system' then null else quarantined_until end, \
         updated_at = case when $1 = state and coalesce($2, -1) = coalesce(version, -1) then updated_at \
                      else (select now_ms from clock) end \
         where id = $8",
    )
    .bind(look.state.as_str().to_owned())
    .bind(look.version)
    .bind(look.applied)
    .bind(look.ledger_digest.clone())
    .bind(look.last_error.clone())
    .bind(look.run)
    .bind(look.ms)
    .bind(id.to_owned())
    .bind(look.schema.as_ref().map(Schema::fingerprint))
    .execute(conn)
    .await?
    .rows_affected())
}

/// The version stays, as the last that was seen; the digest, on which trust rests, goes.
pub(in crate::tenants) async fn forget_run(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update tenants set ledger_digest = null where id in (select tenant_id from tasks where run_id = $1)")
        .bind(run_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// What was read of its ledger is forgotten, version and all.
pub(in crate::tenants) async fn forget_ledger(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query(
        "update tenants set version = null, applied = 0, ledger_digest = null, fingerprint = null, verified_at = null, \
         state = 'behind', last_error = null, updated_at = (select now_ms from clock) where id = $1",
    )
    .bind(id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}
