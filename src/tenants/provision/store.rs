//! The SQL of provisioning: its steps.

use serde::de::DeserializeOwned;
use sqlx::Row;

use super::{Admin, Beginning, Move, Step, StepRecord, StepState};
use crate::backups::Source;
use crate::central::{Conn, stored};
use crate::engine::Failure;
use crate::error::{Error, Result};

/// Writes the plan of a new tenant: `reserve` is done by being written down.
pub(in crate::tenants) async fn plan(conn: &mut Conn, tenant_id: &str, beginning: &Beginning) -> Result<()> {
    for (position, step) in Step::ALL.into_iter().filter(|step| beginning.has(*step)).enumerate() {
        let body = beginning.body(step)?;
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

/// The same in the place of the steps that the tenant had.
pub(in crate::tenants) async fn plan_anew(conn: &mut Conn, tenant_id: &str, beginning: &Beginning) -> Result<()> {
    clear(conn, tenant_id).await?;
    plan(conn, tenant_id, beginning).await
}

/// As a tenant has them that was made of the files, or has none since it was adopted.
pub(super) async fn plan_as_done(conn: &mut Conn, tenant_id: &str, made_here: bool) -> Result<()> {
    clear(conn, tenant_id).await?;
    if !made_here {
        return Ok(());
    }
    plan(conn, tenant_id, &Beginning::Files(None)).await?;
    for step in Step::ALL.into_iter().filter(|step| Beginning::Files(None).has(*step)) {
        end(conn, tenant_id, step, StepState::Succeeded, None).await?;
    }
    Ok(())
}

async fn clear(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    sqlx::query("delete from provision_steps where tenant_id = $1").bind(tenant_id.to_owned()).execute(conn).await?;
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
               and id in (select tenant_id from provision_steps) \
               union select username from replaced_databases where made_here = 1 and username <> ''";
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
    body(conn, tenant_id, Step::Admin).await
}

/// The backup that the tenant is made of; none where it is made of the files.
pub(super) async fn source(conn: &mut Conn, tenant_id: &str) -> Result<Option<Source>> {
    body(conn, tenant_id, Step::Restore).await
}

/// What a move needs to know; none where this is none.
pub(super) async fn moving(conn: &mut Conn, tenant_id: &str) -> Result<Option<Move>> {
    body(conn, tenant_id, Step::Copy).await
}

/// The events that were turned off where the tenant has been: kept with the step at whose end they are on again.
pub(super) async fn events_off(conn: &mut Conn, tenant_id: &str) -> Result<Vec<String>> {
    Ok(body(conn, tenant_id, Step::Compare).await?.unwrap_or_default())
}

pub(super) async fn keep_events_off(conn: &mut Conn, tenant_id: &str, names: &[String]) -> Result<()> {
    sqlx::query("update provision_steps set body = $1 where tenant_id = $2 and step = $3")
        .bind(serde_json::to_string(names).map_err(Error::internal)?)
        .bind(tenant_id.to_owned())
        .bind(Step::Compare.as_str().to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

async fn body<T: DeserializeOwned>(conn: &mut Conn, tenant_id: &str, step: Step) -> Result<Option<T>> {
    let body: Option<Option<String>> =
        sqlx::query_scalar("select body from provision_steps where tenant_id = $1 and step = $2")
            .bind(tenant_id.to_owned())
            .bind(step.as_str().to_owned())
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
