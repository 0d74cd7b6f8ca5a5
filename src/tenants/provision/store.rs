//! The SQL of provisioning: its steps.

use sqlx::Row;

use super::{Admin, Step, StepRecord, StepState};
use crate::central::{Conn, stored};
use crate::engine::Failure;
use crate::error::{Error, Result};

/// The steps of a tenant: the first admin only when there is one.
fn steps_of(admin: Option<&Admin>) -> impl Iterator<Item = Step> {
    let with_admin = admin.is_some();
    Step::ALL.into_iter().filter(move |step| with_admin || *step != Step::Admin)
}

/// Writes the plan of a new tenant: `reserve` is done by being written down.
pub(in crate::tenants) async fn plan(conn: &mut Conn, tenant_id: &str, admin: Option<&Admin>) -> Result<()> {
    for (position, step) in steps_of(admin).enumerate() {
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
        .bind(if done { StepState::Succeeded } else { StepState::Planned }.as_str().to_owned())
        .bind(i64::from(done))
        .bind(body)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Whether Neo made this tenant's database; an adopted one has no steps.
pub(in crate::tenants) async fn is_made_here(conn: &mut Conn, tenant_id: &str) -> Result<bool> {
    let steps: i64 = sqlx::query_scalar("select count(*) from provision_steps where tenant_id = $1")
        .bind(tenant_id.to_owned())
        .fetch_one(conn)
        .await?;
    Ok(steps > 0)
}

/// The logins that Neo made for tenants that are still there: an application's, and nobody's else.
pub(in crate::tenants) async fn logins_made_here(conn: &mut Conn) -> Result<Vec<String>> {
    let sql = "select username from tenants where status <> 'deleted' and username <> '' \
               and id in (select tenant_id from provision_steps)";
    Ok(sqlx::query_scalar(sql).fetch_all(conn).await?)
}

/// The ids of all tenants whose database Neo made.
pub(crate) async fn made_here(conn: &mut Conn) -> Result<std::collections::HashSet<String>> {
    let ids: Vec<String> = sqlx::query_scalar("select distinct tenant_id from provision_steps").fetch_all(conn).await?;
    Ok(ids.into_iter().collect())
}

pub(super) async fn steps(conn: &mut Conn, tenant_id: &str) -> Result<Vec<StepRecord>> {
    let rows = sqlx::query(
        "select step, state, attempts, started_at, finished_at, error from provision_steps where tenant_id = $1 \
         order by position",
    )
    .bind(tenant_id.to_owned())
    .fetch_all(conn)
    .await?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in &rows {
        let error: Option<String> = row.try_get("error")?;
        steps.push(StepRecord {
            step: stored(row.try_get::<String, _>("step")?)?,
            state: stored(row.try_get::<String, _>("state")?)?,
            attempts: row.try_get("attempts")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
            failure: error.and_then(|text| serde_json::from_str(&text).ok()),
        });
    }
    Ok(steps)
}

pub(super) async fn begin(conn: &mut Conn, tenant_id: &str, step: Step) -> Result<()> {
    let begun = sqlx::query(
        "update provision_steps set state = $1, attempts = attempts + 1, started_at = (select now_ms from clock), \
         finished_at = null, error = null where tenant_id = $2 and step = $3",
    )
    .bind(StepState::Started.as_str().to_owned())
    .bind(tenant_id.to_owned())
    .bind(step.as_str().to_owned())
    .execute(conn)
    .await?
    .rows_affected();
    found(begun, step)
}

pub(super) async fn end(
    conn: &mut Conn,
    tenant_id: &str,
    step: Step,
    state: StepState,
    failure: Option<&Failure>,
) -> Result<()> {
    let error = failure.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let ended = sqlx::query(
        "update provision_steps set state = $1, finished_at = (select now_ms from clock), error = $2 \
         where tenant_id = $3 and step = $4",
    )
    .bind(state.as_str().to_owned())
    .bind(error)
    .bind(tenant_id.to_owned())
    .bind(step.as_str().to_owned())
    .execute(conn)
    .await?
    .rows_affected();
    found(ended, step)
}

fn found(rows: u64, step: Step) -> Result<()> {
    match rows {
        0 => Err(Error::internal(format!("the step {} was never planned", step.as_str()))),
        _ => Ok(()),
    }
}

/// The first admin, until its step has succeeded.
pub(super) async fn admin(conn: &mut Conn, tenant_id: &str) -> Result<Option<Admin>> {
    let body: Option<Option<String>> =
        sqlx::query_scalar("select body from provision_steps where tenant_id = $1 and step = $2")
            .bind(tenant_id.to_owned())
            .bind(Step::Admin.as_str().to_owned())
            .fetch_optional(conn)
            .await?;
    body.flatten().map(|body| serde_json::from_str(&body).map_err(Error::internal)).transpose()
}

pub(super) async fn forget_body(conn: &mut Conn, tenant_id: &str, step: Step) -> Result<()> {
    sqlx::query("update provision_steps set body = null where tenant_id = $1 and step = $2")
        .bind(tenant_id.to_owned())
        .bind(step.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}
