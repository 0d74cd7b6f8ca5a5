//! What is taken away of runs that ended long ago: bite by bite, each a transaction of the caller's.

use sqlx::{AssertSqlSafe, FromRow};

use super::{json, parse, tasks};
use crate::central::{CentralEngine, Conn, stored};
use crate::error::Result;
use crate::runs::{EventKind, Kind, TaskCounts};

/// Tasks, and events, that are looked at in one bite.
const TASKS: i64 = 500;
const EVENTS: i64 = 1000;

/// Ended before `$1`, with something that may be taken away.
const OLD: &str = "prune_due = 1 and finished_at < $1 and status in ('succeeded', 'failed', 'halted', 'cancelled')";

/// A run that is old.
#[derive(FromRow)]
struct OldRow {
    id: String,
    number: i64,
    kind: String,
    last_seq: i64,
}

pub(in crate::runs) struct Old {
    pub id: String,
    pub number: i64,
    pub kind: Kind,
    pub last_seq: i64,
}

/// How many runs are old, and how many tasks and events they had at most.
pub(in crate::runs) async fn count(conn: &mut Conn, before: i64) -> Result<(i64, i64, i64)> {
    let sql = format!(
        "select count(*), coalesce(cast(sum(total) as bigint), 0), coalesce(cast(sum(last_seq) as bigint), 0) from runs where {OLD}"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(before).fetch_one(conn).await?)
}

/// The one that ended first.
pub(in crate::runs) async fn next(conn: &mut Conn, before: i64) -> Result<Option<Old>> {
    let sql = format!("select id, number, kind, last_seq from runs where {OLD} order by finished_at, number limit 1");
    let row: Option<OldRow> = sqlx::query_as(AssertSqlSafe(sql)).bind(before).fetch_optional(conn).await?;
    let settle =
        |row: OldRow| Ok(Old { id: row.id, number: row.number, kind: stored(&row.kind)?, last_seq: row.last_seq });
    row.map(settle).transpose()
}

/// Whether it is old still: somebody may have gone on with it.
pub(in crate::runs) async fn is_old(conn: &mut Conn, run_id: &str, before: i64) -> Result<bool> {
    let sql = format!("select count(*) from runs where {OLD} and id = $2");
    let found: i64 =
        sqlx::query_scalar(AssertSqlSafe(sql)).bind(before).bind(run_id.to_owned()).fetch_one(conn).await?;
    Ok(found == 1)
}

/// Holds of a task `k` of a run of this kind and number that nobody needs any more: it ended well, was passed over, or was cancelled
/// before it began. What the newest migrations that a tenant still has were applied by stays, since a rollback asks for it: what is newer
/// and was taken back since does not stand for it.
fn goes(conn: &Conn, kind: Kind) -> String {
    let is_over = "(k.status in ('succeeded', 'skipped') or k.status = 'cancelled' and k.attempt = 0)";
    match kind {
        Kind::Migrate => {
            // Applied in their order: the first is the lowest.
            let lowest = match CentralEngine::of(conn) {
                CentralEngine::Postgres => "cast(cast(l.versions as json) ->> 0 as bigint)",
                CentralEngine::Sqlite => "json_extract(l.versions, '$[0]')",
            };
            format!(
                "{is_over} and case when k.versions = '[]' then 1
                      when exists (select 1 from tasks l join runs s on s.id = l.run_id left join tenants t on t.id = l.tenant_id
                                    where l.tenant_id = k.tenant_id and l.run_number > $4 and l.versions <> '[]' and s.kind = 'migrate'
                                      and (t.id is null or {lowest} <= coalesce(t.version, 0))) then 1
                      else 0 end = 1"
            )
        }
        Kind::Rollback | Kind::Verify | Kind::Provision | Kind::Rotate | Kind::Backup => {
            format!("{is_over} and $4 > 0")
        }
    }
}

/// What one bite has taken.
pub(in crate::runs) struct Bite {
    /// Where the next one begins; none where this was the last.
    pub next: Option<String>,
    pub tasks: i64,
    pub attempts: i64,
}

/// The tasks after the tenant `after`, and all tries but the last of those that stay.
pub(in crate::runs) async fn take_tasks(conn: &mut Conn, run: &Old, after: &str) -> Result<Bite> {
    let (last, seen): (Option<String>, i64) = sqlx::query_as(
        "select max(tenant_id), count(*) from (select tenant_id from tasks where run_id = $1 and tenant_id > $2 order by tenant_id limit $3) bite",
    )
    .bind(run.id.clone())
    .bind(after.to_owned())
    .bind(TASKS)
    .fetch_one(&mut *conn)
    .await?;
    let Some(last) = last else { return Ok(Bite { next: None, tasks: 0, attempts: 0 }) };
    let goes = goes(conn, run.kind);
    let bite = format!("from tasks k where k.run_id = $1 and k.tenant_id > $2 and k.tenant_id <= $3 and {goes}");
    let tries = format!("delete from attempts where task_id in (select k.id {bite})");
    let tries = sqlx::query(AssertSqlSafe(tries))
        .bind(run.id.clone())
        .bind(after.to_owned())
        .bind(last.clone())
        .bind(run.number)
        .execute(&mut *conn)
        .await?;
    let sql = format!("delete from tasks where id in (select k.id {bite}) returning {}", tasks::standing());
    let gone: Vec<tasks::Counted> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(run.id.clone())
        .bind(after.to_owned())
        .bind(last.clone())
        .bind(run.number)
        .fetch_all(&mut *conn)
        .await?;
    let earlier = sqlx::query(
        "delete from attempts where task_id in (select id from tasks where run_id = $1 and tenant_id > $2 and tenant_id <= $3)
            and attempt < (select t.attempt from tasks t where t.id = attempts.task_id)",
    )
    .bind(run.id.clone())
    .bind(after.to_owned())
    .bind(last.clone())
    .execute(&mut *conn)
    .await?;
    count_gone(conn, &run.id, &gone).await?;
    Ok(Bite {
        next: (seen == TASKS).then_some(last),
        tasks: gone.len() as i64,
        attempts: (tries.rows_affected() + earlier.rows_affected()) as i64,
    })
}

/// Keeps how those stood that are gone: in the run, and in their waves.
async fn count_gone(conn: &mut Conn, run_id: &str, gone: &[tasks::Counted]) -> Result<()> {
    let (mut all, mut applied) = tasks::gone_of(conn, run_id).await?;
    let mut waves = std::collections::BTreeMap::<i64, TaskCounts>::new();
    for task in gone {
        task.add_to(&mut all)?;
        task.add_to(waves.entry(task.part).or_default())?;
        applied += task.applied;
    }
    sqlx::query("update runs set pruned = $2, pruned_at = (select now_ms from clock) where id = $1")
        .bind(run_id.to_owned())
        .bind(json(&(all, applied))?)
        .execute(&mut *conn)
        .await?;
    for (wave, counts) in waves {
        let before: Option<String> = sqlx::query_scalar("select pruned from run_waves where run_id = $1 and wave = $2")
            .bind(run_id.to_owned())
            .bind(wave)
            .fetch_optional(&mut *conn)
            .await?
            .flatten();
        let before: TaskCounts = before.as_deref().map(parse).transpose()?.unwrap_or_default();
        sqlx::query("update run_waves set pruned = $3 where run_id = $1 and wave = $2")
            .bind(run_id.to_owned())
            .bind(wave)
            .bind(json(&(before + counts))?)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The events after number `after`, but for those that tell of the run as a whole. The answer is where the next bite begins (none
/// where this was the last), and how many went.
pub(in crate::runs) async fn take_events(conn: &mut Conn, run: &Old, after: i64) -> Result<(Option<i64>, i64)> {
    let whole: Vec<_> = EventKind::ALL.into_iter().filter(|kind| kind.is_of_the_run()).collect();
    let sql = format!(
        "delete from run_events where run_id = $1 and seq > $2 and seq <= $3 and seq < $4 and type not in ({})",
        super::names(&whole)
    );
    let gone = sqlx::query(AssertSqlSafe(sql))
        .bind(run.id.clone())
        .bind(after)
        .bind(after + EVENTS)
        .bind(run.last_seq)
        .execute(conn)
        .await?;
    Ok(((after + EVENTS < run.last_seq).then_some(after + EVENTS), gone.rows_affected() as i64))
}

/// Nothing more of it goes; nor are its files asked for any more, where nobody is left who could be tried again.
pub(in crate::runs) async fn finish(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query(
        "delete from run_migrations where run_id = $1
            and not exists (select 1 from tasks where run_id = $1 and status not in ('succeeded', 'skipped'))",
    )
    .bind(run_id.to_owned())
    .execute(&mut *conn)
    .await?;
    sqlx::query("update runs set prune_due = 0, pruned_at = (select now_ms from clock) where id = $1")
        .bind(run_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives the number of their run to tasks that a Neo of before has begun beside this one. How many there were.
pub(in crate::runs) async fn number_tasks(conn: &mut Conn) -> Result<u64> {
    let numbered = sqlx::query(
        "update tasks set run_number = (select runs.number from runs where runs.id = tasks.run_id)
          where id in (select id from tasks where run_number is null limit 5000)",
    )
    .execute(conn)
    .await?;
    Ok(numbered.rows_affected())
}
