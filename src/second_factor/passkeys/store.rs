//! The SQL of passkeys, and of what was asked of a browser.

use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::central::{Conn, violates};
use crate::error::{Error, Result};

/// What was asked is worth an answer for so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// What an answer is to do: one to another question does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Enrol,
    /// Instead of the password.
    Alone,
    /// After it.
    Second,
    /// Of somebody who is signed in.
    Again,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Purpose::Enrol => "enrol",
            Purpose::Alone => "alone",
            Purpose::Second => "second",
            Purpose::Again => "again",
        }
    }
}

/// A passkey as it is kept.
pub(super) struct Row {
    pub id: String,
    pub credential_id: String,
    /// As the library keeps it.
    pub credential: String,
    /// Of its last use. A device that does not count says nought every time.
    pub counter: i64,
    pub name: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub stopped_at: Option<i64>,
}

const COLUMNS: &str = "id, credential_id, credential, counter, name, created_at, last_used_at, stopped_at";

fn read(row: &AnyRow) -> Result<Row> {
    Ok(Row {
        id: row.try_get("id")?,
        credential_id: row.try_get("credential_id")?,
        credential: row.try_get("credential")?,
        counter: row.try_get("counter")?,
        name: row.try_get("name")?,
        created_at: row.try_get("created_at")?,
        last_used_at: row.try_get("last_used_at")?,
        stopped_at: row.try_get("stopped_at")?,
    })
}

/// All of this person's, the oldest first.
pub(super) async fn of(conn: &mut Conn, admin_id: &str) -> Result<Vec<Row>> {
    let sql = format!("select {COLUMNS} from passkeys where admin_id = $1 order by created_at, id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(admin_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(read).collect()
}

pub(super) async fn one(conn: &mut Conn, admin_id: &str, id: &str) -> Result<Row> {
    let sql = format!("select {COLUMNS} from passkeys where admin_id = $1 and id = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(admin_id.to_owned()).bind(id.to_owned());
    let row = query.fetch_optional(conn).await?;
    row.as_ref().map(read).transpose()?.ok_or_else(|| Error::not_found("passkey", id))
}

pub(super) struct NewRow<'a> {
    pub id: &'a str,
    pub admin_id: &'a str,
    pub credential_id: &'a str,
    pub credential: &'a str,
    pub name: &'a str,
    pub counter: i64,
}

pub(super) async fn insert(tx: &mut Conn, new: &NewRow<'_>) -> Result<()> {
    sqlx::query(
        "insert into passkeys (id, admin_id, credential_id, credential, name, counter, created_at)
         select $1, $2, $3, $4, $5, $6, now_ms from clock",
    )
    .bind(new.id.to_owned())
    .bind(new.admin_id.to_owned())
    .bind(new.credential_id.to_owned())
    .bind(new.credential.to_owned())
    .bind(new.name.to_owned())
    .bind(new.counter)
    .execute(tx)
    .await
    .map_err(|error| match violates(&error, "passkeys", "credential_id") {
        true => Error::conflict("this passkey is there already"),
        false => error.into(),
    })?;
    Ok(())
}

pub(super) async fn rename(tx: &mut Conn, id: &str, name: &str) -> Result<()> {
    let sql = "update passkeys set name = $2 where id = $1";
    sqlx::query(sql).bind(id.to_owned()).bind(name.to_owned()).execute(tx).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("delete from passkeys where id = $1").bind(id.to_owned()).execute(tx).await?;
    Ok(())
}

/// Answers whether there were any.
pub(in crate::second_factor) async fn delete_all(tx: &mut Conn, admin_id: &str) -> Result<bool> {
    let deleted = sqlx::query("delete from passkeys where admin_id = $1").bind(admin_id.to_owned()).execute(tx).await?;
    Ok(deleted.rows_affected() > 0)
}

/// Whether this is the use that the counter has not seen yet. A device that does not count says nought every time.
pub(in crate::second_factor) async fn count(tx: &mut Conn, id: &str, counter: i64, credential: &str) -> Result<bool> {
    let used = sqlx::query(
        "update passkeys set counter = $2, credential = $3, last_used_at = (select now_ms from clock)
         where id = $1 and stopped_at is null and (counter < $2 or (counter = 0 and $2 = 0))",
    )
    .bind(id.to_owned())
    .bind(counter)
    .bind(credential.to_owned())
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Answers whether it was not stopped before.
pub(super) async fn stop(tx: &mut Conn, id: &str) -> Result<bool> {
    let sql = "update passkeys set stopped_at = (select now_ms from clock) where id = $1 and stopped_at is null";
    Ok(sqlx::query(sql).bind(id.to_owned()).execute(tx).await?.rows_affected() == 1)
}

/// In the place of what this browser was asked before.
pub(super) async fn ask(
    tx: &mut Conn,
    holder: &str,
    purpose: Purpose,
    admin_id: Option<&str>,
    state: &str,
) -> Result<()> {
    sqlx::query(
        "insert into passkey_challenges (holder, purpose, admin_id, state, expires_at)
         select $1, $2, $3, $4, now_ms + $5 from clock where 1 = 1
         on conflict (holder, purpose) do update
           set admin_id = excluded.admin_id, state = excluded.state, expires_at = excluded.expires_at",
    )
    .bind(holder.to_owned())
    .bind(purpose.as_str())
    .bind(admin_id.map(str::to_owned))
    .bind(state.to_owned())
    .bind(PATIENCE.as_millis() as i64)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there is anything to [`take`].
pub(super) async fn is_asked(conn: &mut Conn, holder: &str, purpose: Purpose) -> Result<bool> {
    let asked: i64 = sqlx::query_scalar(
        "select count(*) from passkey_challenges
         where holder = $1 and purpose = $2 and expires_at > (select now_ms from clock)",
    )
    .bind(holder.to_owned())
    .bind(purpose.as_str())
    .fetch_one(conn)
    .await?;
    Ok(asked > 0)
}

/// What it was asked, and about whom: this once.
pub(super) async fn take(tx: &mut Conn, holder: &str, purpose: Purpose) -> Result<Option<(Option<String>, String)>> {
    let row = sqlx::query(
        "delete from passkey_challenges
         where holder = $1 and purpose = $2 and expires_at > (select now_ms from clock) returning admin_id, state",
    )
    .bind(holder.to_owned())
    .bind(purpose.as_str())
    .fetch_optional(tx)
    .await?;
    row.map(|row| Ok((row.try_get("admin_id")?, row.try_get("state")?))).transpose()
}
