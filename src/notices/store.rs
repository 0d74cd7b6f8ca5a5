//! The SQL of notices and of their way to each channel.

use std::collections::HashSet;
use std::time::Duration;

use neo_model::{Notice, NoticeRow, NoticeState};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::central::{Conn, now, stored};
use crate::channels;
use crate::error::{Error, Result};

/// For so long somebody who sends one is believed to live: longer than one try takes.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// How long one is tried.
pub(super) const TRIED_MS: i64 = 24 * 3_600_000;

/// How long it is kept what became of one.
pub(super) const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// Of one run so many are told within [`CALM_MS`]; then its last word comes once that is over, and the ones between never.
const OFTEN: i64 = 3;
const CALM_MS: i64 = 5 * 60_000;

/// Looked at together.
const BATCH: i64 = 200;

/// Keeps a notice for these channels, due at once. A fact that was told is not told again.
pub(super) async fn keep(conn: &mut Conn, fact: &str, notice: &Notice, channels: &[&str]) -> Result<()> {
    if channels.is_empty() {
        return Ok(());
    }
    let (id, at) = (crate::id::new(), now(conn).await?);
    if !insert(conn, &id, fact, notice, at).await? {
        return Ok(());
    }
    let due = match &notice.run {
        Some(run) if told_often(conn, run.run, notice).await? => {
            supersede(conn, run.run, notice, &id).await?;
            at + CALM_MS
        }
        _ => at,
    };
    for channel in channels {
        insert_delivery(conn, &id, channel, due, None).await?;
    }
    Ok(())
}

/// Whether one run has been told of so often lately that the next word of it may wait.
async fn told_often(conn: &mut Conn, run: i64, notice: &Notice) -> Result<bool> {
    let lately: i64 = sqlx::query_scalar(
        "select count(*) from notices where run = $1 and tag = $2 and made_at > (select now_ms from clock) - $3",
    )
    .bind(run)
    .bind(notice.tag.clone().unwrap_or_default())
    .bind(CALM_MS)
    .fetch_one(conn)
    .await?;
    Ok(lately > OFTEN)
}

/// What waits for calm to be told of a run is not told: something newer is.
async fn supersede(conn: &mut Conn, run: i64, notice: &Notice, newest: &str) -> Result<()> {
    sqlx::query(
        "delete from deliveries where state = $1 and tries = 0 and next_at > (select now_ms from clock)
            and notice_id in (select id from notices where run = $2 and tag = $3 and id <> $4)",
    )
    .bind(NoticeState::Waiting.as_str())
    .bind(run)
    .bind(notice.tag.clone().unwrap_or_default())
    .bind(newest.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

/// One for one channel, in the hands of whoever makes it.
pub(super) async fn keep_held(
    conn: &mut Conn,
    fact: &str,
    notice: &Notice,
    channel: &str,
    holder: &str,
) -> Result<String> {
    let (id, at) = (crate::id::new(), now(conn).await?);
    insert(conn, &id, fact, notice, at).await?;
    insert_delivery(conn, &id, channel, at, Some(holder)).await
}

async fn insert(conn: &mut Conn, id: &str, fact: &str, notice: &Notice, at: i64) -> Result<bool> {
    let notice = Notice { at, ..notice.clone() };
    let inserted = sqlx::query(
        "insert into notices (id, fact, tag, kind, title, run, body, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (fact, tag) do nothing",
    )
    .bind(id.to_owned())
    .bind(fact.to_owned())
    .bind(notice.tag.clone().unwrap_or_default())
    .bind(notice.kind.as_str())
    .bind(notice.title.clone())
    .bind(notice.run.as_ref().map(|run| run.run))
    .bind(serde_json::to_string(&notice).map_err(Error::internal)?)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

async fn insert_delivery(
    conn: &mut Conn,
    notice: &str,
    channel: &str,
    at: i64,
    holder: Option<&str>,
) -> Result<String> {
    let id = crate::id::new();
    sqlx::query(
        "insert into deliveries (id, notice_id, channel_id, state, tries, next_at, holder, until)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id.clone())
    .bind(notice.to_owned())
    .bind(channel.to_owned())
    .bind(NoticeState::Waiting.as_str())
    .bind(i64::from(holder.is_some()))
    .bind(at)
    .bind(holder.map(str::to_owned))
    .bind(holder.map(|_| at + lease()))
    .execute(conn)
    .await?;
    Ok(id)
}

/// Deliveries that are due and in nobody's hands, the oldest of each channel: one after another, so that a receiver that is slow is asked
/// once at a time and keeps no other waiting.
pub(super) async fn due(conn: &mut Conn) -> Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select d.id, d.channel_id from deliveries d join channels c on c.id = d.channel_id cross join clock k
          where d.state = $1 and c.enabled = 1 and c.rest_until <= k.now_ms and d.next_at <= k.now_ms
            and (d.until is null or d.until <= k.now_ms)
            and not exists (select 1 from deliveries o where o.channel_id = d.channel_id and o.state = $1 and o.until > k.now_ms)
          order by d.next_at, d.id limit $2",
    )
    .bind(NoticeState::Waiting.as_str())
    .bind(BATCH)
    .fetch_all(conn)
    .await?;
    let mut seen = HashSet::new();
    Ok(rows.into_iter().filter(|(_, channel)| seen.insert(channel.clone())).map(|(id, _)| id).collect())
}

/// Whether something was told since, and is on its way.
pub(super) async fn told_since(conn: &mut Conn, ms_ago: i64) -> Result<bool> {
    let n: i64 = sqlx::query_scalar(
        "select count(*) from deliveries d join notices n on n.id = d.notice_id
          where d.state = $1 and n.made_at >= (select now_ms from clock) - $2",
    )
    .bind(NoticeState::Waiting.as_str())
    .bind(ms_ago)
    .fetch_one(conn)
    .await?;
    Ok(n > 0)
}

/// How many of those wait still, and why the newest of them was not taken.
pub(super) async fn waiting_since(conn: &mut Conn, ms_ago: i64) -> Result<(i64, Option<String>)> {
    let rows: Vec<(Option<String>,)> = sqlx::query_as(
        "select d.error from deliveries d join notices n on n.id = d.notice_id
          where d.state = $1 and n.made_at >= (select now_ms from clock) - $2 order by n.made_at desc",
    )
    .bind(NoticeState::Waiting.as_str())
    .bind(ms_ago)
    .fetch_all(conn)
    .await?;
    Ok((i64::try_from(rows.len()).unwrap_or(i64::MAX), rows.into_iter().find_map(|(error,)| error)))
}

/// How many there are, by what became of them.
pub(super) async fn counts(conn: &mut Conn) -> Result<Vec<(NoticeState, i64)>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from deliveries group by state").fetch_all(conn).await?;
    rows.into_iter().map(|(state, n)| Ok((stored(state)?, n))).collect()
}

/// A receiver asks to be left alone for so long (milliseconds): with whatever there is to tell it.
pub(super) async fn let_rest(conn: &mut Conn, channel: &str, wait: i64) -> Result<()> {
    sqlx::query("update channels set rest_until = (select now_ms from clock) + $2 where id = $1")
        .bind(channel.to_owned())
        .bind(wait)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes one into these hands, for one try; false where somebody else has it by now.
pub(super) async fn take(conn: &mut Conn, id: &str, holder: &str) -> Result<bool> {
    let taken = sqlx::query(
        "update deliveries set holder = $2, until = (select now_ms from clock) + $3, tries = tries + 1
          where id = $1 and state = $4 and (until is null or until <= (select now_ms from clock))",
    )
    .bind(id.to_owned())
    .bind(holder.to_owned())
    .bind(lease())
    .bind(NoticeState::Waiting.as_str())
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// A delivery that is in somebody's hands.
pub(super) struct Held {
    pub id: String,
    pub channel_id: String,
    pub tries: i64,
    pub notice: Notice,
    pub made_at: i64,
    pub now: i64,
}

pub(super) async fn held(conn: &mut Conn, id: &str) -> Result<Option<Held>> {
    let row = sqlx::query(
        "select d.id, d.channel_id, d.tries, n.body, n.made_at, c.now_ms from deliveries d join notices n on n.id = d.notice_id
          cross join clock c where d.id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(conn)
    .await?;
    let read = |row: AnyRow| {
        Ok::<_, Error>(Held {
            id: row.try_get("id")?,
            channel_id: row.try_get("channel_id")?,
            tries: row.try_get("tries")?,
            notice: serde_json::from_str(&row.try_get::<String, _>("body")?).map_err(Error::internal)?,
            made_at: row.try_get("made_at")?,
            now: row.try_get("now_ms")?,
        })
    };
    row.map(read).transpose()
}

/// What became of a try.
pub(super) enum Fate {
    Sent,
    /// Again after so many milliseconds.
    Again(i64, String),
    GivenUp(String),
}

/// Writes what became of it, if it is still in these hands.
pub(super) async fn settle(conn: &mut Conn, id: &str, holder: &str, fate: &Fate) -> Result<()> {
    let (state, wait, error) = match fate {
        Fate::Sent => (NoticeState::Sent, 0, None),
        Fate::Again(wait, error) => (NoticeState::Waiting, *wait, Some(error.clone())),
        Fate::GivenUp(error) => (NoticeState::GivenUp, 0, Some(error.clone())),
    };
    sqlx::query(
        "update deliveries set state = $3, next_at = (select now_ms from clock) + $4, error = $5, holder = null, until = null,
                sent_at = case when $3 = $6 then (select now_ms from clock) else null end
          where id = $1 and holder = $2",
    )
    .bind(id.to_owned())
    .bind(holder.to_owned())
    .bind(state.as_str())
    .bind(wait)
    .bind(error)
    .bind(NoticeState::Sent.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// What becomes of one delivery, as it is told.
pub(super) async fn row(conn: &mut Conn, id: &str) -> Result<Option<NoticeRow>> {
    let row = sqlx::query(
        "select d.id, n.kind, n.title, n.run, d.state, d.tries, n.made_at, d.sent_at, d.next_at, d.error
           from deliveries d join notices n on n.id = d.notice_id where d.id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(channels::told).transpose()
}

/// Gives up what waits for too long, as for a channel that is switched off, and forgets what is old.
pub(super) async fn sweep(conn: &mut Conn) -> Result<()> {
    sqlx::query(
        "update deliveries set state = $1, error = coalesce(error, 'the channel was switched off')
          where state = $2 and (until is null or until <= (select now_ms from clock))
            and notice_id in (select id from notices where made_at < (select now_ms from clock) - $3)",
    )
    .bind(NoticeState::GivenUp.as_str())
    .bind(NoticeState::Waiting.as_str())
    .bind(TRIED_MS)
    .execute(&mut *conn)
    .await?;
    for sql in [
        "delete from deliveries where notice_id in (select id from notices where made_at < (select now_ms from clock) - $1)",
        "delete from notices where made_at < (select now_ms from clock) - $1
            and not exists (select 1 from deliveries d where d.notice_id = notices.id)",
    ] {
        sqlx::query(sql).bind(KEPT_MS).execute(&mut *conn).await?;
    }
    Ok(())
}

fn lease() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}
