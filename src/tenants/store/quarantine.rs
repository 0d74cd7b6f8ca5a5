//! Who is left out of runs, and how often in a row a tenant has failed.

use std::collections::HashSet;

use neo_model::QuarantinedBy;

use super::Quarantine;
use crate::central::Conn;
use crate::error::Result;

/// Leaves a tenant out of runs on the fleet.
pub(in crate::tenants) async fn set_quarantine(conn: &mut Conn, id: &str, quarantine: &Quarantine) -> Result<()> {
    sqlx::query(
        "update tenants set quarantined_until = $2, quarantined_at = $3, quarantine_owner = $4, quarantine_reason = $5, \
         quarantine_by = $6 where id = $1",
    )
    .bind(id.to_owned())
    .bind(quarantine.until)
    .bind(quarantine.since)
    .bind(quarantine.owner.clone())
    .bind(quarantine.reason.clone())
    .bind(if quarantine.is_automatic { QuarantinedBy::System } else { QuarantinedBy::Person }.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a quarantine. The failures are counted anew.
pub(in crate::tenants) async fn lift_quarantine(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query(
        "update tenants set failed_in_a_row = 0, quarantined_until = null, quarantined_at = null, quarantine_owner = null, \
         quarantine_reason = null, quarantine_by = null where id = $1",
    )
    .bind(id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// One more failed run on the fleet; answers how many in a row.
pub(in crate::tenants) async fn count_failure(conn: &mut Conn, id: &str) -> Result<i64> {
    let sql = "update tenants set failed_in_a_row = failed_in_a_row + 1 where id = $1 returning failed_in_a_row";
    Ok(sqlx::query_scalar(sql).bind(id.to_owned()).fetch_one(conn).await?)
}

/// One failed run fewer; an automatic quarantine goes when fewer than `after` are left.
pub(in crate::tenants) async fn take_back_failure(conn: &mut Conn, id: &str, after: i64) -> Result<()> {
    sqlx::query(
        "update tenants set failed_in_a_row = failed_in_a_row - 1, \
         quarantined_until = case when quarantine_by = 'system' and failed_in_a_row - 1 < $2 then null else quarantined_until end \
         where id = $1 and failed_in_a_row > 0",
    )
    .bind(id.to_owned())
    .bind(after)
    .execute(conn)
    .await?;
    Ok(())
}

/// The tenants (ids) with this tag.
pub(in crate::tenants) async fn with_tag(conn: &mut Conn, tag: &str) -> Result<HashSet<String>> {
    let ids: Vec<String> = sqlx::query_scalar("select tenant_id from tenant_tags where tag = $1")
        .bind(tag.to_owned())
        .fetch_all(conn)
        .await?;
    Ok(ids.into_iter().collect())
}
