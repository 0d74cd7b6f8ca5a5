//! The SQL of the audit.

use serde::Serialize;
use serde_json::Value;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::actor::Confinement;
use crate::central::{Conn, literally};
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

/// A row as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub seq: i64,
    pub at: i64,
    pub actor: String,
    pub door: String,
    pub address: Option<String>,
    pub action: String,
    pub subject: String,
    /// `intended`, `succeeded` or `failed`.
    pub outcome: String,
    pub request_id: String,
    pub body: Value,
}

/// Which rows. Everything given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<String>,
    /// `admin.create`, or `admin` for all of that noun.
    pub action: Option<String>,
    /// Part of the subject.
    pub subject: Option<String>,
    pub outcome: Option<String>,
    /// Epoch milliseconds: from, inclusive; until, exclusive.
    pub from: Option<i64>,
    pub until: Option<i64>,
    /// Rows older than this number: the next page.
    pub before: Option<i64>,
    /// 0 means 100; at most 1000.
    pub limit: u32,
}

const COLUMNS: &str = "seq, at, actor, door, address, action, subject, outcome, request_id, body, kid, mac";

pub(super) async fn clock_and_mac_before(conn: &mut Conn, seq: i64) -> Result<(i64, Option<String>)> {
    let row = sqlx::query("select now_ms, (select mac from audit where seq = $1) as mac from clock")
        .bind(seq - 1)
        .fetch_one(conn)
        .await?;
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

/// How many rows were ever written.
pub(super) async fn counter(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("select value from counters where name = 'audit'").fetch_one(conn).await?)
}

pub(super) async fn links_after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<(Link, String)>> {
    let sql = format!("select {COLUMNS} from audit where seq > $1 order by seq limit $2");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(seq).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((link(row)?, row.try_get("mac")?))).collect()
}

pub(super) async fn list(conn: &mut Conn, filter: &Filter, confinement: Option<&Confinement>) -> Result<Vec<Row>> {
    let (inside, bound) = inside(confinement, 10);
    let sql = format!(
        r"select {COLUMNS} from audit
          where (cast($1 as text) is null or actor = $1)
            and (cast($2 as text) is null or action = $2 or action like $3 escape '\')
            and (cast($4 as text) is null or lower(subject) like $4 escape '\')
            and (cast($5 as text) is null or outcome = $5)
            and at >= $6 and at < $7 and seq < $8 and {inside}
          order by seq desc limit $9"
    );
    let limit = if filter.limit == 0 { 100 } else { filter.limit.min(1000) };
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(filter.actor.clone())
        .bind(filter.action.clone())
        .bind(filter.action.as_deref().map(|action| format!("{}.%", literally(action))))
        .bind(filter.subject.as_deref().map(|part| format!("%{}%", literally(&part.to_lowercase()))))
        .bind(filter.outcome.clone())
        .bind(filter.from.unwrap_or(0))
        .bind(filter.until.unwrap_or(i64::MAX))
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(i64::from(limit));
    for text in bound {
        query = query.bind(text);
    }
    let rows = query.fetch_all(conn).await?;
    rows.iter().map(|row| Ok(shown(link(row)?))).collect()
}

/// Rows about the tenants inside, and about runs on these alone, with what is bound from `first` on.
fn inside(confinement: Option<&Confinement>, first: usize) -> (String, Vec<String>) {
    let Some(confinement) = confinement else { return ("1 = 1".to_owned(), Vec::new()) };
    let (tenants, bound) = confinement.sql("t", first);
    let (runs, _) = crate::runs::within(Some(confinement), first);
    let part = format!(
        "(subject in (select 'tenant:' || t.id || ' ' || t.slug from tenants t where {tenants})
          or subject in (select 'run:' || cast(runs.number as text) from runs where {runs}))"
    );
    (part, bound)
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
