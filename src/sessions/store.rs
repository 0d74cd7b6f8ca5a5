//! The SQL of sessions. What makes one alive is in [`LIVE`] and nowhere else.

mod pending;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Audience, Limits, Session, SignedIn, known, people};
use crate::actor::Actor;
use crate::central::Conn;
use crate::error::{Error, Kind, Result};
pub(super) use pending::{NewPending, Pending, end_pending, end_pending_of, insert_pending, pending};

/// Holds for a row `s` beside the clock `c`.
const LIVE: &str = "s.expires_at > c.now_ms and s.last_seen_at + s.idle_ms > c.now_ms";

/// Holds for a central session `s` beside its admin `a`.
const STILL_MEANT: &str = "a.status = 'active' and s.signed_in_at >= a.sessions_valid_from";

const COLUMNS: &str =
    "s.id_hash, s.subject_id, s.data, s.address, s.user_agent, s.signed_in_at, s.last_seen_at, s.created_at,
    c.now_ms";

/// So many sessions of one person are shown.
const MOST: u32 = 200;

/// What is kept of a tenant's user, whose own row is in another database.
#[derive(Serialize, Deserialize)]
struct Data {
    email: String,
    name: String,
    tenant_role: Option<String>,
    /// Of an admin, whose own row says the rest.
    #[serde(default)]
    by_provider: bool,
}

pub(super) struct NewRow<'a> {
    pub id_hash: String,
    pub audience: &'a Audience,
    pub who: &'a SignedIn,
    pub address: Option<&'a str>,
    pub user_agent: Option<String>,
    pub limits: Limits,
}

pub(super) struct Found {
    pub session: Session,
    pub now: i64,
}

/// Only for an admin who is still as the password check found them. Answers whether it is so.
pub(super) async fn insert_central(conn: &mut Conn, new: &NewRow<'_>) -> Result<bool> {
    // First, because it holds the admin's row: a change to it comes wholly before this sign-in or wholly after.
    let unchanged = sqlx::query(
        "update admins set last_signed_in_at = (select now_ms from clock)
         where id = $1 and status = 'active' and sessions_valid_from = $2",
    )
    .bind(new.who.subject_id.clone())
    .bind(new.who.valid_from)
    .execute(&mut *conn)
    .await?;
    if unchanged.rows_affected() == 0 {
        return Ok(false);
    }
    // A change and the sign-in after it may fall into one millisecond: the session begins no earlier than it may.
    let sql = "insert into sessions (id_hash, audience, subject_id, data, address, user_agent, idle_ms, signed_in_at,
                                     created_at, last_seen_at, expires_at)
               select $1, $2, a.id, $3, $4, $5, $6,
                      case when c.now_ms > a.sessions_valid_from then c.now_ms else a.sessions_valid_from end,
                      c.now_ms, c.now_ms, c.now_ms + $7
               from admins a cross join clock c
               where a.id = $8";
    Ok(bind(sql, new)?.execute(conn).await?.rows_affected() == 1)
}

/// Only for a tenant that is in use, and somebody who is still as they were looked up.
pub(super) async fn insert_tenant(conn: &mut Conn, new: &NewRow<'_>, tenant_id: &str) -> Result<bool> {
    if !people::signed_in(conn, tenant_id, &new.who.subject_id, new.who.valid_from).await? {
        return Ok(false);
    }
    let sql = "insert into sessions (id_hash, audience, subject_id, data, address, user_agent, idle_ms, signed_in_at,
                                     created_at, last_seen_at, expires_at)
               select $1, $2, $8, $3, $4, $5, $6, c.now_ms, c.now_ms, c.now_ms, c.now_ms + $7
               from tenants t cross join clock c
               where t.id = $9 and t.status = 'active'";
    Ok(bind(sql, new)?.bind(tenant_id.to_owned()).execute(conn).await?.rows_affected() == 1)
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn bind(sql: &'static str, new: &NewRow<'_>) -> Result<Query> {
    let tenant_role = matches!(new.audience, Audience::Tenant { .. }).then(|| new.who.role.clone());
    let (email, name) = (new.who.email.clone(), new.who.name.clone());
    let data = Data { email, name, tenant_role, by_provider: new.who.provider.is_some() };
    Ok(sqlx::query(sql)
        .bind(new.id_hash.clone())
        .bind(new.audience.as_text())
        .bind(serde_json::to_string(&data).map_err(Error::internal)?)
        .bind(new.address.map(str::to_owned))
        .bind(new.user_agent.clone())
        .bind(new.limits.idle_ms)
        .bind(new.limits.absolute_ms)
        .bind(new.who.subject_id.clone()))
}

pub(super) async fn find_central(conn: &mut Conn, id_hash: &str) -> Result<Option<Found>> {
    let sql = format!(
        "select {COLUMNS}, a.email, a.first_name, a.last_name, a.role
         from sessions s join admins a on a.id = s.subject_id cross join clock c
         where s.id_hash = $1 and s.audience = 'central' and {LIVE} and {STILL_MEANT}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id_hash.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(central).transpose()
}

pub(super) async fn find_tenant(conn: &mut Conn, id_hash: &str, tenant_id: &str) -> Result<Option<Found>> {
    let sql = format!(
        "select {COLUMNS} from sessions s cross join clock c
         where s.id_hash = $1 and s.audience = $2 and {LIVE}
           and exists (select 1 from tenants t where t.id = $3 and t.status = 'active')"
    );
    let audience = Audience::Tenant { id: tenant_id.to_owned() };
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id_hash.to_owned())
        .bind(audience.as_text())
        .bind(tenant_id.to_owned())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(|row| theirs(row, audience)).transpose()
}

/// Takes the turn ([`audit::take_turn`]) for this actor: whatever is done to them is seen by then, or comes after it.
pub(crate) async fn turn_of(tx: &mut Conn, actor: &Actor) -> Result<()> {
    crate::audit::take_turn(tx).await?;
    refuse_ended(tx, actor).await
}

/// Refuses whoever's session (or sign-in that is not whole yet) was ended while what they ask for was on its way: what is written of
/// people and their proofs is weighed in the transaction that writes it.
pub(crate) async fn refuse_ended(conn: &mut Conn, actor: &Actor) -> Result<()> {
    let Some(id_hash) = &actor.session else { return Ok(()) };
    let is_there = find_central(conn, id_hash).await?.is_some() || pending(conn, id_hash).await?.is_some();
    match is_there {
        true => Ok(()),
        false => {
            Err(Error::new(Kind::Unauthenticated, "this session has just been ended").hint("sign in and try again"))
        }
    }
}

/// The live sessions of one of a tenant's users, the latest seen first.
pub(crate) async fn of_tenant_user(conn: &mut Conn, tenant_id: &str, user_id: &str) -> Result<Vec<Session>> {
    let sql = format!(
        "select {COLUMNS} from sessions s cross join clock c
         where s.audience = $1 and s.subject_id = $2 and {LIVE} order by s.last_seen_at desc, s.id_hash limit {MOST}"
    );
    let audience = Audience::Tenant { id: tenant_id.to_owned() };
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(audience.as_text()).bind(user_id.to_owned());
    query.fetch_all(conn).await?.iter().map(|row| Ok(theirs(row, audience.clone())?.session)).collect()
}

pub(super) async fn of_admin(conn: &mut Conn, admin_id: &str) -> Result<Vec<Session>> {
    let sql = format!(
        "select {COLUMNS}, a.email, a.first_name, a.last_name, a.role
         from sessions s join admins a on a.id = s.subject_id cross join clock c
         where s.audience = 'central' and s.subject_id = $1 and {LIVE} and {STILL_MEANT}
         order by s.last_seen_at desc, s.id_hash"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(admin_id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(central(row)?.session)).collect()
}

pub(crate) async fn live_of_admin(conn: &mut Conn, admin_id: &str) -> Result<u64> {
    Ok(of_admin(conn, admin_id).await?.len() as u64)
}

/// Update only: a slow request does not revive a session that was ended meanwhile.
pub(super) async fn touch(conn: &mut Conn, id_hash: &str, now: i64) -> Result<()> {
    sqlx::query("update sessions set last_seen_at = $2 where id_hash = $1 and last_seen_at < $2")
        .bind(id_hash.to_owned())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets one session outlive the change that its owner has just made with it: the password was proven there and then.
async fn keep(conn: &mut Conn, admin_id: &str, id_hash: &str) -> Result<()> {
    for sql in [
        "update sessions set signed_in_at = (select sessions_valid_from from admins where id = $1)
         where id_hash = $2 and audience = 'central' and subject_id = $1",
        "update pending_sign_ins set valid_from = (select sessions_valid_from from admins where id = $1)
         where id_hash = $2 and admin_id = $1",
    ] {
        sqlx::query(sql).bind(admin_id.to_owned()).bind(id_hash.to_owned()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// After a change that its owner has made: ends their sessions but for the one they made it with, which outlives it, since they have
/// proven themselves there and then; no browser of theirs is known any more. Answers how many were ended.
pub(crate) async fn end_others(conn: &mut Conn, admin_id: &str, keep_id_hash: Option<&str>) -> Result<u64> {
    let ended = delete_others(conn, admin_id, keep_id_hash.unwrap_or_default()).await?;
    if let Some(kept) = keep_id_hash {
        keep(conn, admin_id, kept).await?;
    }
    known::forget(conn, "central", admin_id).await?;
    Ok(ended)
}

/// Answers whether it was there.
pub(super) async fn delete(conn: &mut Conn, id_hash: &str) -> Result<bool> {
    let deleted = sqlx::query("delete from sessions where id_hash = $1").bind(id_hash.to_owned()).execute(conn).await?;
    Ok(deleted.rows_affected() == 1)
}

/// Ends a session of this admin, and answers whether it was alive until now.
pub(super) async fn end_live(conn: &mut Conn, admin_id: &str, id_hash: &str) -> Result<bool> {
    let sql = format!(
        "delete from sessions where id_hash = $1 and exists
           (select 1 from sessions s join admins a on a.id = s.subject_id cross join clock c
             where s.id_hash = $1 and s.audience = 'central' and s.subject_id = $2 and {LIVE} and {STILL_MEANT})"
    );
    let ended =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id_hash.to_owned()).bind(admin_id.to_owned()).execute(conn).await?;
    Ok(ended.rows_affected() == 1)
}

/// Answers whether there was such a session of this admin.
pub(super) async fn delete_own(conn: &mut Conn, admin_id: &str, id_hash: &str) -> Result<bool> {
    let deleted = sqlx::query("delete from sessions where id_hash = $1 and audience = 'central' and subject_id = $2")
        .bind(id_hash.to_owned())
        .bind(admin_id.to_owned())
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

pub(super) async fn delete_others(conn: &mut Conn, admin_id: &str, keep_id_hash: &str) -> Result<u64> {
    let deleted = sqlx::query("delete from sessions where audience = 'central' and subject_id = $1 and id_hash <> $2")
        .bind(admin_id.to_owned())
        .bind(keep_id_hash.to_owned())
        .execute(conn)
        .await?;
    Ok(deleted.rows_affected())
}

/// Ends every session of this person, and no browser of theirs is known any more.
pub(crate) async fn end_all(conn: &mut Conn, audience: &str, subject_id: &str) -> Result<()> {
    known::forget(conn, audience, subject_id).await?;
    sqlx::query("delete from sessions where audience = $1 and subject_id = $2")
        .bind(audience.to_owned())
        .bind(subject_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Sessions that are over, sign-ins that nobody went on with, what a browser was asked and did not answer, counters that hold nobody back any more, browsers that are known no longer, windows of the audit and links
/// that ran out a day ago, what is kept of a tenant's users who are gone, answers that are a day old, tokens that were over ninety days
/// ago (the audit names them).
pub(super) async fn sweep(conn: &mut Conn) -> Result<u64> {
    let swept = sqlx::query(
        "delete from sessions
         where expires_at <= (select now_ms from clock) or last_seen_at + idle_ms <= (select now_ms from clock)",
    )
    .execute(&mut *conn)
    .await?;
    // An address has no day: it counts as long as its tries are not paid off.
    for sql in [
        "delete from throttles where blocked_until < (select now_ms from clock) and day < (select now_ms from clock) / 86400000",
        "delete from pending_sign_ins where expires_at <= (select now_ms from clock)",
        "delete from passkey_challenges where expires_at <= (select now_ms from clock)",
        "delete from second_factors where confirmed_at is null and created_at < (select now_ms from clock) - 3600000",
        "delete from known_devices where expires_at <= (select now_ms from clock)",
        "delete from audit_windows where ends_at < (select now_ms from clock) - 86400000",
        "delete from tenant_user_links where expires_at < (select now_ms from clock) - 86400000",
        "delete from tenant_people where last_signed_in_at is null and changed_at < (select now_ms from clock) - 86400000",
        "delete from tenant_people where not exists
           (select 1 from tenants t where t.id = tenant_people.tenant_id and t.status <> 'deleted')",
        "delete from admin_links where expires_at < (select now_ms from clock) - 86400000",
        "delete from setup_links where expires_at < (select now_ms from clock) - 86400000",
        "delete from idempotency where created_at <= (select now_ms from clock) - 86400000",
        "delete from tokens where coalesce(revoked_at, expires_at) < (select now_ms from clock) - 7776000000",
    ] {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(swept.rows_affected())
}

/// Of a tenant's user, as they were when they signed in.
fn theirs(row: &AnyRow, audience: Audience) -> Result<Found> {
    let data: Data = serde_json::from_str(&row.try_get::<String, _>("data")?).map_err(Error::internal)?;
    let mut found = found(row, audience)?;
    (found.session.email, found.session.name, found.session.tenant_role) = (data.email, data.name, data.tenant_role);
    Ok(found)
}

fn central(row: &AnyRow) -> Result<Found> {
    let mut found = found(row, Audience::Central)?;
    found.session.email = row.try_get("email")?;
    found.session.name =
        format!("{} {}", row.try_get::<String, _>("first_name")?, row.try_get::<String, _>("last_name")?);
    found.session.role = Some(row.try_get::<String, _>("role")?.parse()?);
    let data: Data = serde_json::from_str(&row.try_get::<String, _>("data")?).map_err(Error::internal)?;
    found.session.by_provider = data.by_provider;
    Ok(found)
}

fn found(row: &AnyRow, audience: Audience) -> Result<Found> {
    let now: i64 = row.try_get("now_ms")?;
    let signed_in_at: Option<i64> = row.try_get("signed_in_at")?;
    Ok(Found {
        now,
        session: Session {
            id_hash: row.try_get("id_hash")?,
            audience,
            subject_id: row.try_get("subject_id")?,
            email: String::new(),
            name: String::new(),
            role: None,
            tenant_role: None,
            by_provider: false,
            signed_in_ago: signed_in_at.map(|at| Duration::from_millis((now - at).max(0) as u64)),
            address: row.try_get("address")?,
            user_agent: row.try_get("user_agent")?,
            last_seen_at: row.try_get("last_seen_at")?,
            created_at: row.try_get("created_at")?,
        },
    })
}
