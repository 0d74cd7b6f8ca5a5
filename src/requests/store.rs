//! The SQL of requests.

mod old;

use std::time::Duration;

use neo_model::{PlannedTenant, RequestState};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, FromRow};

use super::{Plan, WAITS_MS, Who};
use crate::actor::{Actor, Confinement};
use crate::central::{Conn, stored};
use crate::error::{Error, Result};
pub(crate) use old::{count_old, take_old};

/// Rows of one insert.
const ROWS: usize = 25;

/// A request as it is kept. Of its plan the tenants are only there where they are asked for.
#[derive(Debug)]
pub(crate) struct Kept {
    pub id: String,
    pub number: i64,
    pub plan: Plan,
    pub tenants: i64,
    pub digest: String,
    pub asked: Who,
    pub state: RequestState,
    pub created_at: i64,
    pub expires_at: i64,
    pub approved: Option<Who>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    pub word: Option<String>,
    pub run: Option<i64>,
    pub why: Option<String>,
    pub replaced_by: Option<i64>,
}

#[derive(FromRow)]
struct Stored {
    id: String,
    number: i64,
    guard: String,
    what: String,
    act: String,
    needs: String,
    files: String,
    tenants: i64,
    digest: String,
    asked: String,
    state: String,
    created_at: i64,
    expires_at: i64,
    approved: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    word: Option<String>,
    run: Option<i64>,
    why: Option<String>,
    replaced_by: Option<i64>,
}

/// What nobody has begun in time is over, whether or not anybody has looked.
const STATE: &str = "case when requests.state in ('open', 'approved') and requests.expires_at <= (select now_ms from clock) then 'expired' else requests.state end";

fn select() -> String {
    format!(
        "select requests.id, requests.number, requests.guard, requests.what, requests.act, requests.needs, requests.files, requests.tenants, \
         requests.digest, requests.asked, {STATE} as state, requests.created_at, requests.expires_at, requests.approved, \
         requests.decided_by, requests.decided_at, requests.word, requests.run, requests.why, requests.replaced_by from requests"
    )
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

impl Stored {
    fn kept(self) -> Result<Kept> {
        Ok(Kept {
            plan: Plan {
                guard: stored(&self.guard)?,
                act: parse(&self.act)?,
                what: self.what,
                needs: parse(&self.needs)?,
                files: parse(&self.files)?,
                tenants: Vec::new(),
            },
            state: stored(&self.state)?,
            asked: parse(&self.asked)?,
            approved: self.approved.as_deref().map(parse).transpose()?,
            id: self.id,
            number: self.number,
            tenants: self.tenants,
            digest: self.digest,
            created_at: self.created_at,
            expires_at: self.expires_at,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
            word: self.word,
            run: self.run,
            why: self.why,
            replaced_by: self.replaced_by,
        })
    }
}

pub(super) async fn insert(conn: &mut Conn, number: i64, plan: &Plan, digest: &str, asked: &Who) -> Result<()> {
    let id = crate::id::new();
    sqlx::query(
        "insert into requests (id, number, guard, what, act, needs, files, tenants, digest, asked, person, state, created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', now_ms, now_ms + $12 from clock",
    )
    .bind(id.clone())
    .bind(number)
    .bind(plan.guard.as_str())
    .bind(plan.what.clone())
    .bind(json(&plan.act)?)
    .bind(json(&plan.needs)?)
    .bind(json(&plan.files)?)
    .bind(plan.tenants.len() as i64)
    .bind(digest.to_owned())
    .bind(json(asked)?)
    .bind(asked.person.clone())
    .bind(WAITS_MS)
    .execute(&mut *conn)
    .await?;
    for rows in plan.tenants.chunks(ROWS) {
        let places = (0..rows.len()).map(|row| {
            let place = |column: usize| format!("${}", row * 7 + column);
            format!("({})", (1..=7).map(place).collect::<Vec<_>>().join(", "))
        });
        let sql = format!(
            "insert into request_tenants (request_id, tenant_id, slug, place, status, version, undone) values {}",
            places.collect::<Vec<_>>().join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for tenant in rows {
            query = query
                .bind(id.clone())
                .bind(tenant.id.clone())
                .bind(tenant.tenant.clone())
                .bind(tenant.place.clone())
                .bind(tenant.status.as_str())
                .bind(tenant.version)
                .bind(json(&tenant.undone)?);
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// The open request of this person with this very plan.
pub(super) async fn same(conn: &mut Conn, person: &str, digest: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "select number from requests where state = 'open' and person = $1 and digest = $2
            and expires_at > (select now_ms from clock) order by number limit 1",
    )
    .bind(person.to_owned())
    .bind(digest.to_owned())
    .fetch_optional(conn)
    .await?)
}

/// How many of theirs wait that were asked for by the same token, or by none.
pub(super) async fn open_of(conn: &mut Conn, who: &Who) -> Result<i64> {
    let asked: Vec<String> = sqlx::query_scalar(
        "select asked from requests where state = 'open' and person = $1 and expires_at > (select now_ms from clock)",
    )
    .bind(who.person.clone())
    .fetch_all(conn)
    .await?;
    let asked: Vec<Who> = asked.iter().map(|asked| parse(asked)).collect::<Result<_>>()?;
    Ok(asked.iter().filter(|asked| asked.token == who.token).count() as i64)
}

/// Whoever asked, and whoever has approved.
pub(super) async fn people(conn: &mut Conn, number: i64) -> Result<Vec<Who>> {
    let (asked, approved): (String, Option<String>) =
        sqlx::query_as("select asked, approved from requests where number = $1").bind(number).fetch_one(conn).await?;
    std::iter::once(asked).chain(approved).map(|who| parse(&who)).collect()
}

/// With all its tenants, in the order of their ids.
pub(super) async fn kept(conn: &mut Conn, number: i64) -> Result<Option<Kept>> {
    let sql = format!("{} where number = $1", select());
    let row: Option<Stored> = sqlx::query_as(AssertSqlSafe(sql)).bind(number).fetch_optional(&mut *conn).await?;
    let Some(row) = row else { return Ok(None) };
    let mut kept = row.kept()?;
    kept.plan.tenants = tenants(conn, &kept.id, i64::MAX).await?;
    Ok(Some(kept))
}

pub(super) async fn tenants(conn: &mut Conn, id: &str, limit: i64) -> Result<Vec<PlannedTenant>> {
    #[derive(FromRow)]
    struct Row {
        tenant_id: String,
        slug: String,
        place: String,
        status: String,
        version: Option<i64>,
        undone: String,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select tenant_id, slug, place, status, version, undone from request_tenants where request_id = $1
          order by slug, tenant_id limit $2",
    )
    .bind(id.to_owned())
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let planned = rows.into_iter().map(|row| {
        Ok(PlannedTenant {
            id: row.tenant_id,
            tenant: row.slug,
            place: row.place,
            status: stored(&row.status)?,
            version: row.version,
            undone: parse(&row.undone)?,
        })
    });
    planned.collect()
}

/// Those without a tenant that somebody is kept from: a condition over a row of `requests`.
fn within(confinement: Option<&Confinement>, first: usize) -> (String, Vec<String>) {
    let Some(confinement) = confinement else { return ("1 = 1".to_owned(), Vec::new()) };
    let (inside, bound) = confinement.sql("t", first);
    let outside =
        "select 1 from request_tenants k join tenants t on t.id = k.tenant_id where k.request_id = requests.id";
    (format!("not exists ({outside} and not {inside})"), bound)
}

pub(super) async fn is_within(conn: &mut Conn, actor: &Actor, id: &str) -> Result<bool> {
    let (within, bound) = within(actor.confinement(), 2);
    let sql = format!("select count(*) from requests where id = $1 and {within}");
    let query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(id.to_owned());
    Ok(bound.into_iter().fold(query, |query, text| query.bind(text)).fetch_one(conn).await? == 1)
}

pub(super) async fn page(
    conn: &mut Conn,
    actor: &Actor,
    states: &[RequestState],
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Kept>> {
    let states = if states.is_empty() { &RequestState::ALL[..] } else { states };
    let states = states.iter().map(|state| format!("'{state}'")).collect::<Vec<_>>().join(", ");
    let (within, bound) = within(actor.confinement(), 3);
    let sql =
        format!("{} where number < $1 and {STATE} in ({states}) and {within} order by number desc limit $2", select());
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(before.unwrap_or(i64::MAX)).bind(i64::from(limit));
    let rows: Vec<Stored> = bound.into_iter().fold(query, |query, text| query.bind(text)).fetch_all(conn).await?;
    rows.into_iter().map(Stored::kept).collect()
}

pub(super) async fn open(conn: &mut Conn, actor: &Actor) -> Result<i64> {
    let (within, bound) = within(actor.confinement(), 1);
    let sql = format!("select count(*) from requests where state = 'open' and {STATE} = 'open' and {within}");
    let query = sqlx::query_scalar(AssertSqlSafe(sql));
    Ok(bound.into_iter().fold(query, |query, text| query.bind(text)).fetch_one(conn).await?)
}

/// Whether its tenants are at this moment where its plan has them.
pub(super) async fn still(conn: &mut Conn, number: i64) -> Result<bool> {
    let others: i64 = sqlx::query_scalar(
        "select count(*) from request_tenants k join requests r on r.id = k.request_id join tenants t on t.id = k.tenant_id
          where r.number = $1 and (coalesce(t.version, -1) <> coalesce(k.version, -1) or t.status <> k.status)",
    )
    .bind(number)
    .fetch_one(conn)
    .await?;
    Ok(others == 0)
}

/// From open to approved or declined; false where somebody else was there first, or it is over.
pub(crate) async fn decide(
    conn: &mut Conn,
    id: &str,
    (to, by, name): (RequestState, &Who, &str),
    word: Option<&str>,
    holder: Option<(&str, Duration)>,
) -> Result<bool> {
    let done = sqlx::query(
        "update requests set state = $2, approved = $3, decided_by = $4, word = $5, decided_at = (select now_ms from clock), holder = $6,
                             until = (select now_ms from clock) + $7, why = null
          where id = $1 and state = 'open' and expires_at > (select now_ms from clock)",
    )
    .bind(id.to_owned())
    .bind(to.as_str())
    .bind(json(by)?)
    .bind(name.to_owned())
    .bind(word.map(str::to_owned))
    .bind(holder.map(|(holder, _)| holder.to_owned()))
    .bind(holder.map(|(_, lease)| millis(lease)))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn renew(conn: &mut Conn, id: &str, holder: &str, lease: Duration) -> Result<()> {
    sqlx::query("update requests set until = (select now_ms from clock) + $3 where id = $1 and holder = $2 and state = 'approved'")
        .bind(id.to_owned())
        .bind(holder.to_owned())
        .bind(millis(lease))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether something was approved whose beginning was broken off.
pub(crate) async fn is_left(conn: &mut Conn) -> Result<bool> {
    let left: i64 = sqlx::query_scalar(
        "select count(*) from requests where state = 'approved' and until < (select now_ms from clock)
            and expires_at > (select now_ms from clock)",
    )
    .fetch_one(conn)
    .await?;
    Ok(left > 0)
}

/// Takes what was approved, and whose beginning was broken off, into these hands: its number.
pub(crate) async fn take_left(conn: &mut Conn, holder: &str, lease: Duration) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "update requests set holder = $1, until = (select now_ms from clock) + $2
          where id = (select id from requests where state = 'approved' and until < (select now_ms from clock)
                         and expires_at > (select now_ms from clock) order by number limit 1)
            and until < (select now_ms from clock)
          returning number",
    )
    .bind(holder.to_owned())
    .bind(millis(lease))
    .fetch_optional(conn)
    .await?)
}

/// It could not be begun: it waits again, unless these hands have lost it.
pub(crate) async fn reopen(conn: &mut Conn, id: &str, holder: &str, why: &str) -> Result<bool> {
    let done = sqlx::query(
        "update requests set state = 'open', approved = null, holder = null, until = null, why = $3
          where id = $1 and holder = $2 and state = 'approved'",
    )
    .bind(id.to_owned())
    .bind(holder.to_owned())
    .bind(why.to_owned())
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn outdate(conn: &mut Conn, id: &str, why: &str) -> Result<()> {
    sqlx::query("update requests set state = 'outdated', why = $2, holder = null, until = null where id = $1 and state in ('open', 'approved')")
        .bind(id.to_owned())
        .bind(why.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn set_replaced(conn: &mut Conn, id: &str, by: i64) -> Result<()> {
    sqlx::query("update requests set replaced_by = $2 where id = $1")
        .bind(id.to_owned())
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}

/// It has begun; false where it was not there to be.
pub(super) async fn set_used(conn: &mut Conn, number: i64, run: Option<i64>) -> Result<bool> {
    let done = sqlx::query(
        "update requests set state = 'used', run = $2, holder = null, until = null where number = $1 and state = 'approved'",
    )
    .bind(number)
    .bind(run)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
