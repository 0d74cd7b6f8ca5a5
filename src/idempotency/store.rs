//! The SQL of keys.

use std::time::Duration;

use sqlx::Row as _;

use super::{Answer, KEPT_MS, Place, Standing};
use crate::central::Conn;
use crate::error::{Error, Result};

/// Takes a key that is free, too old, or in the hands of somebody who has died. Its row is held until the transaction ends.
pub(super) async fn take(conn: &mut Conn, place: &Place, digest: &str, lease: Duration) -> Result<Standing> {
    let row = sqlx::query(
        "insert into idempotency (who, function, key, digest, holder, until, created_at)
         select $1, $2, $3, $4, $5, now_ms + $6, now_ms from clock where 1 = 1
         on conflict (who, function, key) do update set holder = idempotency.holder
         returning digest, holder, until, status, answer, created_at, (select now_ms from clock) as now_ms",
    )
    .bind(place.who.clone())
    .bind(place.function.clone())
    .bind(place.key.clone())
    .bind(digest.to_owned())
    .bind(place.holder.clone())
    .bind(millis(lease))
    .fetch_one(&mut *conn)
    .await?;
    if row.try_get::<String, _>("holder")? == place.holder {
        return Ok(Standing::Ours);
    }
    let now: i64 = row.try_get("now_ms")?;
    let status: Option<i64> = row.try_get("status")?;
    let is_old = row.try_get::<i64, _>("created_at")? <= now - KEPT_MS;
    let is_dead = status.is_none() && row.try_get::<i64, _>("until")? <= now;
    if !is_old && row.try_get::<String, _>("digest")? != digest {
        return Ok(Standing::Other);
    }
    if is_old || is_dead {
        sqlx::query(
            "update idempotency set digest = $4, holder = $5, until = $6, status = null, answer = null, created_at = $7
              where who = $1 and function = $2 and key = $3",
        )
        .bind(place.who.clone())
        .bind(place.function.clone())
        .bind(place.key.clone())
        .bind(digest.to_owned())
        .bind(place.holder.clone())
        .bind(now + millis(lease))
        .bind(now)
        .execute(conn)
        .await?;
        return Ok(Standing::Ours);
    }
    let Some(status) = status else { return Ok(Standing::Busy) };
    let body = row.try_get::<Option<String>, _>("answer")?.unwrap_or_default();
    Ok(Standing::Answered(Answer {
        status: u16::try_from(status).map_err(Error::internal)?,
        body: serde_json::from_str(&body).map_err(Error::internal)?,
    }))
}

pub(super) async fn renew(conn: &mut Conn, place: &Place, lease: Duration) -> Result<()> {
    held(
        "update idempotency set until = (select now_ms from clock) + $5
          where who = $1 and function = $2 and key = $3 and holder = $4",
        place,
    )
    .bind(millis(lease))
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn keep(conn: &mut Conn, place: &Place, answer: &Answer) -> Result<()> {
    held(
        "update idempotency set status = $5, answer = $6 where who = $1 and function = $2 and key = $3 and holder = $4",
        place,
    )
    .bind(i64::from(answer.status))
    .bind(answer.body.to_string())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn free(conn: &mut Conn, place: &Place) -> Result<()> {
    held("delete from idempotency where who = $1 and function = $2 and key = $3 and holder = $4", place)
        .execute(conn)
        .await?;
    Ok(())
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

/// Of a key that is still in these hands.
fn held(sql: &'static str, place: &Place) -> Query {
    sqlx::query(sql)
        .bind(place.who.clone())
        .bind(place.function.clone())
        .bind(place.key.clone())
        .bind(place.holder.clone())
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
