//! The SQL of browsers that are at the provider.

use sqlx::Row as _;

use super::ABSENCE;
use crate::central::Conn;
use crate::error::Result;

pub(super) struct New<'a> {
    pub state_hash: String,
    pub ticket_hash: String,
    pub session: Option<&'a str>,
    pub factor: Option<&'static str>,
    pub next: &'a str,
    pub kept: Option<&'a str>,
}

/// What a browser was sent for that has come back.
pub(crate) struct Taken {
    pub session: Option<String>,
    pub factor: Option<String>,
    pub next: String,
    pub kept: Option<String>,
    /// When it was sent, and what time it is.
    pub sent_at: i64,
    pub now: i64,
}

pub(super) async fn insert(conn: &mut Conn, new: &New<'_>) -> Result<()> {
    sqlx::query(
        "insert into provider_visits (state_hash, ticket_hash, session, factor, next, kept, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, now_ms, now_ms + $7 from clock",
    )
    .bind(new.state_hash.clone())
    .bind(new.ticket_hash.clone())
    .bind(new.session.map(str::to_owned))
    .bind(new.factor.map(str::to_owned))
    .bind(new.next.to_owned())
    .bind(new.kept.map(str::to_owned))
    .bind(ABSENCE.as_millis() as i64)
    .execute(conn)
    .await?;
    Ok(())
}

/// Of two that come with one answer, one finds it. Whoever has another's state and not their ticket takes nothing from them.
pub(super) async fn take(conn: &mut Conn, state_hash: &str, ticket_hash: &str) -> Result<Option<Taken>> {
    let now = crate::central::now(conn).await?;
    let row = sqlx::query(
        "delete from provider_visits where state_hash = $1 and ticket_hash = $2
         returning session, factor, next, kept, created_at, expires_at",
    )
    .bind(state_hash.to_owned())
    .bind(ticket_hash.to_owned())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let taken = Taken {
        session: row.try_get("session")?,
        factor: row.try_get("factor")?,
        next: row.try_get("next")?,
        kept: row.try_get("kept")?,
        sent_at: row.try_get("created_at")?,
        now,
    };
    Ok((row.try_get::<i64, _>("expires_at")? > now).then_some(taken))
}

/// Whoever has not come back does not any more.
pub(crate) async fn sweep(conn: &mut Conn) -> Result<()> {
    sqlx::query("delete from provider_visits where expires_at <= (select now_ms from clock)").execute(conn).await?;
    Ok(())
}
