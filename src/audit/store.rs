//! The SQL of the audit.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::filter::{Bound, Filter, Where};
use super::{Pruned, Row};
use crate::actor::Confinement;
use crate::central::Conn;
use crate::clock::rfc3339;
use crate::error::Result;

/// A row as the mac covers it.
pub(super) struct Link {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub door: String,
    pub address: Option<String>,
    pub action: String,
    pub subject: String,
    pub outcome: String,
    pub request_id: String,
    pub body: String,
    pub kid: String,
}

/// What retention has left of the rows that it took out, as its mac covers it.
#[derive(Debug, Clone)]
pub(super) struct Stub {
    pub first_seq: i64,
    pub last_seq: i64,
    pub row_count: i64,
    pub first_at: i64,
    pub last_at: i64,
    /// The mac of the row before the first; none where it was the first of all.
    pub mac_before: Option<String>,
    /// That of the last.
    pub mac_after: String,
    pub at: i64,
    pub actor: String,
    pub kid: String,
    pub mac: String,
}

impl Stub {
    pub fn told(&self) -> Pruned {
        Pruned {
            first: self.first_seq,
            last: self.last_seq,
            rows: self.row_count,
            from: rfc3339(self.first_at),
            until: rfc3339(self.last_at),
            by: self.actor.clone(),
            at: (self.at > 0).then(|| rfc3339(self.at)),
        }
    }
}

const COLUMNS: &str = "seq, at, actor, door, address, action, subject, outcome, request_id, body, kid, mac";

pub(super) async fn clock_and_mac_before(conn: &mut Conn, seq: i64) -> Result<(i64, Option<String>)> {
    // Where all rows were pruned, it is with the stub.
    let sql = "select now_ms, coalesce((select mac from audit where seq = $1),
                                       (select mac_after from audit_stubs where last_seq = $1)) as mac from clock";
    let row = sqlx::query(sql).bind(seq - 1).fetch_one(conn).await?;
    Ok((row.try_get("now_ms")?, row.try_get("mac")?))
}

pub(super) async fn insert(conn: &mut Conn, link: &Link, mac: &str) -> Result<()> {
    sqlx::query(
        "insert into audit (seq, at, actor, door, address, action, subject, outcome, request_id, body, kid, mac)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(link.seq)
    .bind(link.at)
    .bind(link.actor.clone())
    .bind(link.door.clone())
    .bind(link.address.clone())
    .bind(link.action.clone())
    .bind(link.subject.clone())
    .bind(link.outcome.clone())
    .bind(link.request_id.clone())
    .bind(link.body.clone())
    .bind(link.kid.clone())
    .bind(mac.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn counter(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("select value from counters where name = 'audit'").fetch_one(conn).await?)
}

/// Rows with their macs, after this number, in order.
pub(super) async fn links_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<(Link, String)>> {
    let sql = format!("select {COLUMNS} from audit where seq > $1 order by seq limit $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(seq).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((link(row)?, row.try_get("mac")?))).collect()
}

/// The same of those that a filter chooses, up to a number; each with the mac of the row before it.
pub(super) async fn chosen_after(
    conn: &mut Conn,
    filter: &Filter,
    (after, until): (i64, i64),
    limit: i64,
) -> Result<Vec<(Link, String, Option<String>)>> {
    let mut chosen = Where::of(filter, None);
    let (after, until) = (chosen.bind(after), chosen.bind(until));
    let sql = format!(
        "select {COLUMNS}, (select p.mac from audit p where p.seq = audit.seq - 1) as mac_before from audit
         where {} and seq > {after} and seq <= {until} order by seq limit {limit}",
        chosen.sql()
    );
    let rows = fetch(conn, sql, chosen.bound).await?;
    rows.iter().map(|row| Ok((link(row)?, row.try_get("mac")?, row.try_get("mac_before")?))).collect()
}

pub(super) async fn list(conn: &mut Conn, filter: &Filter, confinement: Option<&Confinement>) -> Result<Vec<Row>> {
    let chosen = from_there_on(filter, confinement);
    let limit = if filter.limit == 0 { 100 } else { filter.limit.min(1000) };
    let sql = format!("select {COLUMNS} from audit where {} order by seq desc limit {limit}", chosen.sql());
    let rows = fetch(conn, sql, chosen.bound).await?;
    rows.iter().map(|row| Ok(shown(link(row)?))).collect()
}

/// What a filter chooses, of that what is older than it says.
fn from_there_on(filter: &Filter, confinement: Option<&Confinement>) -> Where {
    let mut chosen = Where::of(filter, confinement);
    if let Some(before) = filter.before {
        let before = chosen.bind(before);
        chosen.and(format!("seq < {before}"));
    }
    chosen
}

pub(super) async fn count(conn: &mut Conn, filter: &Filter, confinement: Option<&Confinement>) -> Result<i64> {
    let chosen = from_there_on(filter, confinement);
    let sql = format!("select count(*) as n from audit where {}", chosen.sql());
    let rows = fetch(conn, sql, chosen.bound).await?;
    Ok(rows.first().map(|row| row.try_get("n")).transpose()?.unwrap_or_default())
}

/// What belongs to this row: the outcome of an intent, the intent of an outcome.
pub(super) async fn partner(conn: &mut Conn, of: &Row) -> Result<Option<Row>> {
    let sql = format!(
        "select {COLUMNS} from audit where request_id = $1 and action = $2 and seq <> $3 order by seq limit 1000"
    );
    let bound = vec![Bound::Text(of.request_id.clone()), Bound::Text(of.action.clone()), Bound::Number(of.seq)];
    let rows = fetch(conn, sql, bound).await?;
    let rows = rows.iter().map(|row| Ok(shown(link(row)?))).collect::<Result<Vec<Row>>>()?;
    let belongs =
        |row: &Row| row.subject == of.subject && (row.body["intent"] == of.seq || of.body["intent"] == row.seq);
    Ok(rows.into_iter().find(belongs))
}

/// The first row that stands at or before this number.
pub(super) async fn first_until(conn: &mut Conn, seq: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar("select min(seq) from audit where seq <= $1").bind(seq).fetch_one(conn).await?)
}

/// The number of the last row before the first that is not older than this time.
pub(super) async fn last_before(conn: &mut Conn, at: i64) -> Result<Option<i64>> {
    let first: Option<i64> =
        sqlx::query_scalar("select min(seq) from audit where at >= $1").bind(at).fetch_one(&mut *conn).await?;
    match first {
        Some(first) => Ok(Some(first - 1)),
        None => Ok(sqlx::query_scalar("select max(seq) from audit").fetch_one(conn).await?),
    }
}

pub(super) async fn mac_of(conn: &mut Conn, seq: i64) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select mac from audit where seq = $1").bind(seq).fetch_optional(conn).await?)
}

/// Number, mac and time of the newest row.
pub(super) async fn newest(conn: &mut Conn) -> Result<Option<(i64, String, i64)>> {
    Ok(sqlx::query_as("select seq, mac, at from audit order by seq desc limit 1").fetch_optional(conn).await?)
}

/// The oldest first.
pub(super) async fn stubs(conn: &mut Conn) -> Result<Vec<Stub>> {
    let sql = "select first_seq, last_seq, row_count, first_at, last_at, mac_before, mac_after, at, actor, kid, mac
               from audit_stubs order by last_seq";
    let rows = sqlx::query(sql).fetch_all(conn).await?;
    let stub = |row: &AnyRow| {
        Ok(Stub {
            first_seq: row.try_get("first_seq")?,
            last_seq: row.try_get("last_seq")?,
            row_count: row.try_get("row_count")?,
            first_at: row.try_get("first_at")?,
            last_at: row.try_get("last_at")?,
            mac_before: row.try_get("mac_before")?,
            mac_after: row.try_get("mac_after")?,
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            kid: row.try_get("kid")?,
            mac: row.try_get("mac")?,
        })
    };
    rows.iter().map(stub).collect()
}

/// The rows go, and the stub is in their place.
pub(super) async fn take_out(conn: &mut Conn, stub: &Stub) -> Result<()> {
    sqlx::query("delete from audit where seq >= $1 and seq <= $2")
        .bind(stub.first_seq)
        .bind(stub.last_seq)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "insert into audit_stubs
         (first_seq, last_seq, row_count, first_at, last_at, mac_before, mac_after, at, actor, kid, mac)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(stub.first_seq)
    .bind(stub.last_seq)
    .bind(stub.row_count)
    .bind(stub.first_at)
    .bind(stub.last_at)
    .bind(stub.mac_before.clone())
    .bind(stub.mac_after.clone())
    .bind(stub.at)
    .bind(stub.actor.clone())
    .bind(stub.kid.clone())
    .bind(stub.mac.clone())
    .execute(conn)
    .await?;
    Ok(())
}

async fn fetch(conn: &mut Conn, sql: String, bound: Vec<Bound>) -> Result<Vec<AnyRow>> {
    let query = bound.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), |query, bound| match bound {
        Bound::Text(text) => query.bind(text),
        Bound::Number(number) => query.bind(number),
    });
    Ok(query.fetch_all(conn).await?)
}

fn link(row: &AnyRow) -> Result<Link> {
    Ok(Link {
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        door: row.try_get("door")?,
        address: row.try_get("address")?,
        action: row.try_get("action")?,
        subject: row.try_get("subject")?,
        outcome: row.try_get("outcome")?,
        request_id: row.try_get("request_id")?,
        body: row.try_get("body")?,
        kid: row.try_get("kid")?,
    })
}

fn shown(link: Link) -> Row {
    Row {
        seq: link.seq,
        at: link.at,
        actor: link.actor,
        door: link.door,
        address: link.address,
        action: link.action,
        subject: link.subject,
        outcome: link.outcome,
        request_id: link.request_id,
        body: serde_json::from_str(&link.body).unwrap_or(Value::String(link.body)),
    }
}
