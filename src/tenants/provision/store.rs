//! The SQL of provisioning: its steps.

use sqlx::Row;

use super::{Admin, Step, StepRecord};
use crate::central::Conn;
use crate::error::{Error, Result};

/// Writes the plan of a new tenant: `reserve` is done by being written down.
pub(in crate::tenants) async fn plan(conn: &mut Conn, tenant_id: &str, admin: Option<&Admin>) -> Result<()> {
    for (position, step) in Step::of(admin).enumerate() {
        let body = match (step, admin) {
            (Step::Admin, Some(admin)) => Some(serde_json::to_string(admin).map_err(Error::internal)?),
            _ => None,
        };
        let done = step == Step::Reserve;
        sqlx::query(
            "insert into provision_steps (tenant_id, step, position, state, attempts, started_at, finished_at, body) \
             values ($1, $2, $3, $4, $5, case when $5 = 1 then (select now_ms from clock) end, \
             case when $5 = 1 then (select now_ms from clock) end, $6)",
        )
        .bind(tenant_id.to_owned())
        .bind(step.as_str().to_owned())
        .bind(position as i64)
        .bind(if done { "succeeded" } else { "planned" }.to_owned())
        .bind(i64::from(done))
        .bind(body)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub(super) async fn steps(conn: &mut Conn, tenant_id: &str) -> Result<Vec<StepRecord>> {
    let rows = sqlx::query(
        "select step, state, attempts, started_at, finished_at, error from provision_steps where tenant_id = $1 order by position",
    )
    .bind(tenant_id.to_owned())
    .fetch_all(conn)
    .await?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in &rows {
        let name: String = row.try_get("step")?;
        let error: Option<String> = row.try_get("error")?;
        steps.push(StepRecord {
            step: Step::ALL
                .into_iter()
                .find(|s| s.as_str() == name)
                .ok_or_else(|| Error::internal(format!("unknown step {name:?}")))?,
            state: row.try_get("state")?,
            attempts: row.try_get("attempts")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            failure: error.and_then(|text| serde_json::from_str(&text).ok()),
        });
    }
    Ok(steps)
}
