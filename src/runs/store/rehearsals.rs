//! Rehearsals that were asked for, and what came of them.

use std::time::Duration;

use sqlx::FromRow;

use crate::central::Conn;
use crate::error::{Advice, Do, Error, Result};
use crate::runs::{Standing, Verdict};

#[derive(FromRow)]
struct Row {
    tenant_id: String,
    tenant_slug: String,
    to_version: Option<i64>,
    actor: String,
    started_at: i64,
    outcome: Option<String>,
    is_lost: i64,
}

/// How long rehearsals are kept.
const KEPT_MS: i64 = 7 * 86_400_000;

/// Those of earlier weeks go.
pub(in crate::runs) async fn insert(
    conn: &mut Conn,
    id: &str,
    tenant: (&str, &str),
    to: Option<i64>,
    actor: &str,
) -> Result<()> {
    sqlx::query("delete from rehearsals where started_at < (select now_ms from clock) - $1")
        .bind(KEPT_MS)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "insert into rehearsals (id, tenant_id, tenant_slug, to_version, actor, started_at, seen_at)
         select $1, $2, $3, $4, $5, now_ms, now_ms from clock",
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

/// It goes on.
pub(in crate::runs) async fn set_seen(conn: &mut Conn, id: &str) -> Result<()> {
    let sql = "update rehearsals set seen_at = (select now_ms from clock) where id = $1";
    sqlx::query(sql).bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

pub(in crate::runs) async fn finish(conn: &mut Conn, id: &str, verdict: &Verdict) -> Result<()> {
    let outcome = serde_json::to_string(verdict).map_err(Error::internal)?;
    let sql = "update rehearsals set outcome = $1, finished_at = (select now_ms from clock) where id = $2";
    sqlx::query(sql).bind(outcome).bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

/// The verdict on one whose process died; the copy may be left.
fn lost() -> Verdict {
    Verdict::Refused {
        message: "the process that was at the rehearsal is gone".into(),
        cause: None,
        hint: Some(Advice::from("rehearse again; ").act(Do::Doctor {}).and(" names the copy, should it be left")),
    }
}

/// Whose it is (an id), and how it stands. One that has said nothing for `patience` was lost with its process.
pub(in crate::runs) async fn find(conn: &mut Conn, id: &str, patience: Duration) -> Result<Option<(String, Standing)>> {
    let row: Option<Row> = sqlx::query_as(
        "select tenant_id, tenant_slug, to_version, actor, started_at, outcome,
                cast(case when outcome is null and seen_at < (select now_ms from clock) - $2 then 1 else 0 end as bigint) as is_lost
           from rehearsals where id = $1",
    )
    .bind(id.to_owned())
    .bind(patience.as_millis() as i64)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let verdict = match row.outcome {
            Some(text) => Some(serde_json::from_str(&text).map_err(Error::internal)?),
            None => (row.is_lost == 1).then(lost),
        };
        let standing = Standing {
            tenant: row.tenant_slug,
            to: row.to_version,
            actor: row.actor,
            started_at: row.started_at,
            verdict,
        };
        Ok((row.tenant_id, standing))
    })
    .transpose()
}
