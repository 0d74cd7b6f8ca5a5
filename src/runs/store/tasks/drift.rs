//! Whose schema is not the others', of the tenants of a run.

use sqlx::AssertSqlSafe;

use crate::central::Conn;
use crate::error::Result;
use crate::runs::Reason;

/// Holds the reasons of a run's successes against what is known of their tenants by now.
pub(in crate::runs) async fn mark_drifted(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query(
        "update tasks set reason = 'drifted' where run_id = $1 and status = 'succeeded' and coalesce(reason, '') <> 'drifted'
            and tenant_id in (select id from tenants where state = 'drifted')",
    )
    .bind(run_id.to_owned())
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "update tasks set reason = case when versions = '[]' then 'current' else 'migrated' end
          where run_id = $1 and status = 'succeeded' and reason = 'drifted'
            and tenant_id not in (select id from tenants where state = 'drifted')",
    )
    .bind(run_id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// Of a verification's successes: whose tenants there was nothing to compare with, by what is known by now.
pub(in crate::runs) async fn mark_uncompared(conn: &mut Conn, run_id: &str) -> Result<()> {
    let compared = "tenant_id in (select t.id from tenants t join schemas s on s.fingerprint = t.fingerprint
                                    join norms n on n.dialect = s.dialect and n.ledger_digest = t.ledger_digest)";
    let (current, uncompared) = (Reason::Current, Reason::Uncompared);
    for (from, to, is) in [(&current, &uncompared, "not "), (&uncompared, &current, "")] {
        let sql = format!(
            "update tasks set reason = '{to}' where run_id = $1 and status = 'succeeded' and reason = '{from}' and {is}{compared}"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(run_id.to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// One task whose tenant turned out to be a stranger.
pub(in crate::runs) async fn set_drifted(conn: &mut Conn, task_id: &str) -> Result<()> {
    sqlx::query("update tasks set reason = 'drifted' where id = $1 and status = 'succeeded'")
        .bind(task_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
