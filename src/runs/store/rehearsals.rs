//! Rehearsals that were asked for, and what came of them.

use sqlx::FromRow;

use crate::central::Conn;
use crate::error::{Error, Result};
use crate::runs::rehearsal::{Standing, Verdict};

#[derive(FromRow)]
struct Row {
    tenant_slug: String,
    to_version: Option<i64>,
    actor: String,
    started_at: i64,
    outcome: Option<String>,
}

pub(in crate::runs) async fn insert(
    conn: &mut Conn,
    id: &str,
    tenant: (&str, &str),
    to: Option<i64>,
    actor: &str,
) -> Result<()> {
    sqlx::query(
        "insert into rehearsals (id, tenant_id, tenant_slug, to_version, actor, started_at)
         values ($1, $2, $3, $4, $5, (select now_ms from clock))",
    )
    .bind(id.to_owned())
    .bind(tenant.0.to_owned())
    .bind(tenant.1.to_owned())
    .bind(to)
    .bind(actor.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::runs) async fn finish(conn: &mut Conn, id: &str, verdict: &Verdict) -> Result<()> {
    let outcome = serde_json::to_string(verdict).map_err(Error::internal)?;
    let sql = "update rehearsals set outcome = $1, finished_at = (select now_ms from clock) where id = $2";
    sqlx::query(sql).bind(outcome).bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

pub(in crate::runs) async fn find(conn: &mut Conn, id: &str) -> Result<Option<Standing>> {
    let row: Option<Row> =
        sqlx::query_as("select tenant_slug, to_version, actor, started_at, outcome from rehearsals where id = $1")
            .bind(id.to_owned())
            .fetch_optional(conn)
            .await?;
    row.map(|row| {
        let verdict = row.outcome.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?;
        Ok(Standing {
            tenant: row.tenant_slug,
            to: row.to_version,
            actor: row.actor,
            started_at: row.started_at,
            verdict,
        })
    })
    .transpose()
}
