//! The SQL of channels.

use neo_model::{ChannelRow, NoticeKind, NoticeRow, NoticeState};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::central::{Conn, stored, violates};
use crate::error::{Error, Result};

/// A channel as it is kept. What is secret of it is sealed.
pub(crate) struct Channel {
    pub id: String,
    pub name: String,
    pub kind: neo_model::ChannelKind,
    pub sealed: String,
    pub shown: String,
    pub kinds: Vec<NoticeKind>,
    pub tag: Option<String>,
    pub anywhere: bool,
    pub enabled: bool,
    pub made_by: String,
    pub created_at: i64,
}

/// Who is to be told: a channel by its id, and what it is confined to.
pub(crate) struct Listener {
    pub channel_id: String,
    pub tag: Option<String>,
}

fn channel(row: &AnyRow) -> Result<Channel> {
    Ok(Channel {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        kind: stored(row.try_get::<String, _>("kind")?)?,
        sealed: row.try_get("sealed")?,
        shown: row.try_get("shown")?,
        kinds: serde_json::from_str(&row.try_get::<String, _>("kinds")?).map_err(Error::internal)?,
        tag: row.try_get("tag")?,
        anywhere: row.try_get::<i64, _>("anywhere")? == 1,
        enabled: row.try_get::<i64, _>("enabled")? == 1,
        made_by: row.try_get("made_by")?,
        created_at: row.try_get("created_at")?,
    })
}

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Channel>> {
    let rows = sqlx::query("select * from channels order by name").fetch_all(conn).await?;
    rows.iter().map(channel).collect()
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Channel>> {
    let row = sqlx::query("select * from channels where id = $1").bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(channel).transpose()
}

/// The channels that are told of such things at present.
pub(crate) async fn listening(conn: &mut Conn, kind: NoticeKind) -> Result<Vec<Listener>> {
    let rows = sqlx::query("select * from channels where enabled = 1 order by created_at, id").fetch_all(conn).await?;
    let mut listening = Vec::new();
    for row in &rows {
        let channel = channel(row)?;
        if channel.kinds.contains(&kind) {
            listening.push(Listener { channel_id: channel.id, tag: channel.tag });
        }
    }
    Ok(listening)
}

pub(super) async fn insert(conn: &mut Conn, new: &Channel) -> Result<()> {
    sqlx::query(
        "insert into channels (id, name, kind, sealed, shown, kinds, tag, anywhere, enabled, made_by, created_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now_ms from clock",
    )
    .bind(new.id.clone())
    .bind(new.name.clone())
    .bind(new.kind.as_str())
    .bind(new.sealed.clone())
    .bind(new.shown.clone())
    .bind(serde_json::to_string(&new.kinds).map_err(Error::internal)?)
    .bind(new.tag.clone())
    .bind(i64::from(new.anywhere))
    .bind(i64::from(new.enabled))
    .bind(new.made_by.clone())
    .execute(conn)
    .await
    .map_err(|error| match violates(&error, "channels", "name") {
        true => Error::conflict(format!("a channel \"{}\" exists already", new.name))
            .field("name")
            .hint("choose another name, or remove that one first"),
        false => error.into(),
    })?;
    Ok(())
}

pub(super) async fn set_enabled(conn: &mut Conn, id: &str, enabled: bool) -> Result<()> {
    sqlx::query("update channels set enabled = $2 where id = $1")
        .bind(id.to_owned())
        .bind(i64::from(enabled))
        .execute(conn)
        .await?;
    Ok(())
}

/// With what was on its way there.
pub(super) async fn remove(conn: &mut Conn, id: &str) -> Result<()> {
    for sql in ["delete from deliveries where channel_id = $1", "delete from channels where id = $1"] {
        sqlx::query(sql).bind(id.to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Every channel, for what looks at seals.
pub(crate) async fn sealed(conn: &mut Conn) -> Result<Vec<Channel>> {
    all(conn).await
}

pub(super) async fn swap_seal(conn: &mut Conn, id: &str, old: &str, new: &str) -> Result<bool> {
    let swapped = sqlx::query("update channels set sealed = $3 where id = $1 and sealed = $2")
        .bind(id.to_owned())
        .bind(old.to_owned())
        .bind(new.to_owned())
        .execute(conn)
        .await?;
    Ok(swapped.rows_affected() == 1)
}

pub(super) async fn rows(conn: &mut Conn) -> Result<Vec<ChannelRow>> {
    let mut rows = Vec::new();
    for channel in all(conn).await? {
        rows.push(whole(conn, channel).await?);
    }
    Ok(rows)
}

pub(super) async fn row(conn: &mut Conn, id: &str) -> Result<Option<ChannelRow>> {
    match by_id(conn, id).await? {
        Some(channel) => whole(conn, channel).await.map(Some),
        None => Ok(None),
    }
}

async fn whole(conn: &mut Conn, channel: Channel) -> Result<ChannelRow> {
    let counts: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from deliveries where channel_id = $1 group by state")
            .bind(channel.id.clone())
            .fetch_all(&mut *conn)
            .await?;
    let of = |state: NoticeState| counts.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, n)| *n);
    let last = newest(conn, &channel.id, 1).await?.pop();
    Ok(ChannelRow {
        id: channel.id,
        name: channel.name,
        kind: channel.kind,
        address: channel.shown,
        on: channel.kinds,
        tag: channel.tag,
        enabled: channel.enabled,
        anywhere: channel.anywhere,
        made_by: channel.made_by,
        created_at: channel.created_at,
        waiting: of(NoticeState::Waiting),
        sent: of(NoticeState::Sent),
        given_up: of(NoticeState::GivenUp),
        last,
    })
}

/// What a channel was told, or is to be, the newest first.
pub(crate) async fn newest(conn: &mut Conn, channel_id: &str, limit: u32) -> Result<Vec<NoticeRow>> {
    let sql = "select d.id, n.kind, n.title, n.run, d.state, d.tries, n.made_at, d.sent_at, d.next_at, d.error
                 from deliveries d join notices n on n.id = d.notice_id
                where d.channel_id = $1 order by n.made_at desc, d.id desc limit $2";
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(channel_id.to_owned()).bind(i64::from(limit)).fetch_all(conn).await?;
    rows.iter().map(told).collect()
}

/// What became of one notice at one channel.
pub(crate) fn told(row: &AnyRow) -> Result<NoticeRow> {
    let state: NoticeState = stored(row.try_get::<String, _>("state")?)?;
    Ok(NoticeRow {
        id: row.try_get("id")?,
        kind: stored(row.try_get::<String, _>("kind")?)?,
        title: row.try_get("title")?,
        run: row.try_get("run")?,
        state,
        tries: row.try_get("tries")?,
        made_at: row.try_get("made_at")?,
        sent_at: row.try_get("sent_at")?,
        next_at: Some(row.try_get("next_at")?).filter(|_| state == NoticeState::Waiting),
        error: row.try_get("error")?,
    })
}
