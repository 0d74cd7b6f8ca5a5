//! Tasks in workers' hands: how they get there, and how they end.

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, FromRow, Row};

use crate::central::rows::{self, Holds};
use crate::central::{CentralEngine, Conn, in_turn, stored};
use crate::error::Result;
use crate::runs::store::{json, parse};
use crate::runs::{Failure, Kind, Reason, TaskStatus};
use crate::windows::{InForce, Keeper, NAMED_OF_KEPT};

/// A task in a worker's hands.
#[derive(FromRow, Debug, Clone)]
pub(in crate::runs) struct Claim {
    pub id: String,
    pub tenant_id: String,
    pub tenant_slug: String,
    /// Where it was when the run was planned.
    pub server_id: String,
    pub reason: Option<String>,
    pub plan: Option<String>,
    pub versions: String,
    pub from_version: Option<i64>,
    pub attempt: i64,
    pub epoch: i64,
}

impl Claim {
    /// Left behind by a dead worker: to be looked at, not worked on.
    pub fn is_reconciliation(&self) -> bool {
        self.reason.as_deref() == Some(Reason::Reconcile.as_str())
    }
}

/// What may be taken from the run `$1`: what a dead worker left to be looked at, then what is queued in the open wave or
/// before; of a run that is held, what has been begun. Each by itself, so that an index gives them in order however many there are.
/// With each whether a maintenance window keeps it: to look at a ledger changes nothing.
const CLAIMABLE: [(&str, bool); 2] = [
    ("status = 'unknown' and reason = 'reconcile'", false),
    (
        "status = 'queued' and wave <= (select wave from runs where id = $1)
           and (attempt > 0 or (select held from runs where id = $1) is null)",
        true,
    ),
];

/// The same without whom a window keeps; parameters are numbered from `first` on.
fn claimable((what, is_kept): (&str, bool), windows: &InForce, first: usize) -> (String, Vec<String>) {
    match is_kept && !windows.is_empty() {
        true => {
            let (leaves, bound) = windows.leaves("tasks.tenant_id", first);
            (format!("{what} and {leaves}"), bound)
        }
        false => (what.to_owned(), Vec::new()),
    }
}

/// Takes up to `limit` tasks for a worker: those left behind first, then the queued ones in order, none on a server that is
/// full, and none whom a window keeps. The epoch moves on, so that whoever held the task before cannot write it any more.
pub(in crate::runs) async fn claim(
    conn: &mut Conn,
    engine: CentralEngine,
    run_id: &str,
    worker_id: &str,
    (full_servers, windows): (&[String], &InForce),
    limit: i64,
) -> Result<Vec<Claim>> {
    let skip_locked = if engine.is_shared() { "for update skip locked" } else { "" };
    let places = (0..full_servers.len()).map(|n| format!("${}", n + 4)).collect::<Vec<_>>().join(", ");
    let full = if places.is_empty() { String::new() } else { format!("and server_id not in ({places})") };
    let mut claims = Vec::new();
    for what in CLAIMABLE {
        let (claimable, bound) = claimable(what, windows, full_servers.len() + 4);
        let sql = format!(
            "update tasks set status = 'running', worker_id = $2, epoch = epoch + 1, started_at = (select now_ms from clock), finished_at = null,
                    attempt = attempt + case when status = 'queued' then 1 else 0 end
              where id in (select id from tasks where run_id = $1 and {claimable} {full} order by position limit $3 {skip_locked})
              returning id, tenant_id, tenant_slug, server_id, reason, plan, versions, from_version, attempt, epoch"
        );
        let left = limit - claims.len() as i64;
        let mut query =
            sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned()).bind(worker_id.to_owned()).bind(left);
        for text in full_servers.iter().cloned().chain(bound) {
            query = query.bind(text);
        }
        claims.extend(query.fetch_all(&mut *conn).await?);
        if claims.len() as i64 >= limit {
            break;
        }
    }
    Ok(claims)
}

/// Takes up to `limit` tasks that nobody has tried, before there is a hand for them. Who takes them has made sure that no server
/// would be full, that no window is in force or about to be, and that nobody else is in want of it.
pub(in crate::runs) async fn claim_ahead(
    conn: &mut Conn,
    engine: CentralEngine,
    run_id: &str,
    worker_id: &str,
    limit: i64,
) -> Result<Vec<Claim>> {
    let skip_locked = if engine.is_shared() { "for update skip locked" } else { "" };
    let [_, (queued, _)] = CLAIMABLE;
    let sql = format!(
        "update tasks set status = 'running', worker_id = $2, epoch = epoch + 1, started_at = (select now_ms from clock), finished_at = null,
                attempt = attempt + 1
          where id in (select id from tasks where run_id = $1 and {queued} and attempt = 0 order by position limit $3 {skip_locked})
          returning id, tenant_id, tenant_slug, server_id, reason, plan, versions, from_version, attempt, epoch"
    );
    Ok(sqlx::query_as(AssertSqlSafe(sql))
        .bind(run_id.to_owned())
        .bind(worker_id.to_owned())
        .bind(limit)
        .fetch_all(conn)
        .await?)
}

/// Puts what was claimed ahead and not begun back into the queue, as if nobody had taken it; what somebody else has by now stays
/// there.
pub(in crate::runs) async fn give_back(conn: &mut Conn, claims: &[Claim]) -> Result<()> {
    #[derive(Serialize)]
    struct Taken<'a> {
        id: &'a str,
        epoch: i64,
    }
    let taken = rows::rows(conn, &[("id", Holds::Text), ("epoch", Holds::Number)]);
    let sql = format!(
        "update tasks set status = 'queued', worker_id = null, epoch = tasks.epoch + 1, started_at = null, attempt = attempt - 1
           from {taken} where tasks.id = j.id and tasks.epoch = j.epoch and tasks.status || '' = 'running'"
    );
    for claims in claims.chunks(rows::MOST) {
        let list: Vec<_> = claims.iter().map(|claim| Taken { id: &claim.id, epoch: claim.epoch }).collect();
        sqlx::query(AssertSqlSafe(sql.clone())).bind(rows::list(&list)?).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Whether some task waits for a worker that no window keeps.
pub(in crate::runs) async fn anything_to_claim(conn: &mut Conn, run_id: &str, windows: &InForce) -> Result<bool> {
    let mut values = Vec::new();
    let looks = CLAIMABLE.map(|what| {
        let (claimable, bound) = claimable(what, windows, values.len() + 2);
        values.extend(bound);
        format!("exists (select 1 from tasks where run_id = $1 and {claimable})")
    });
    let sql = format!("select case when {} then 1 else 0 end", looks.join(" or "));
    let mut query = sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).bind(run_id.to_owned());
    for text in values {
        query = query.bind(text);
    }
    Ok(query.fetch_one(conn).await? == 1)
}

/// Whether a run goes on by itself: some task is in somebody's hands, or (where it is not to stop) waits for some.
pub(in crate::runs) async fn goes_on(conn: &mut Conn, run_id: &str, is_to_stop: bool) -> Result<bool> {
    let sql =
        "select case when exists (select 1 from tasks where run_id = $1 and status = 'running') then 1 else 0 end";
    let running: i64 = sqlx::query_scalar(sql).bind(run_id.to_owned()).fetch_one(&mut *conn).await?;
    Ok(running == 1 || !is_to_stop && anything_to_claim(conn, run_id, &InForce::default()).await?)
}

/// Whom a window keeps of what could be claimed otherwise: how many, and the first few.
pub(in crate::runs) async fn kept(conn: &mut Conn, run_id: &str, keeper: &Keeper<'_>) -> Result<(i64, Vec<String>)> {
    let [_, (queued, _)] = CLAIMABLE;
    let (keeps, bound) = keeper.keeps("tasks.tenant_id", 2);
    let asked = |what: &str, then: String| {
        AssertSqlSafe(format!("select {what} from tasks where run_id = $1 and {queued} and {keeps}{then}"))
    };
    let mut count = sqlx::query_scalar::<_, i64>(asked("count(*)", String::new())).bind(run_id.to_owned());
    let first = asked("tenant_slug", format!(" order by position limit {NAMED_OF_KEPT}"));
    let mut first = sqlx::query_scalar::<_, String>(first).bind(run_id.to_owned());
    for text in bound {
        count = count.bind(text.clone());
        first = first.bind(text);
    }
    let n = count.fetch_one(&mut *conn).await?;
    Ok((n, if n > 0 { first.fetch_all(conn).await? } else { Vec::new() }))
}

/// Until this transaction ends nobody else counts what runs on the servers in order to claim.
pub(in crate::runs) async fn claim_in_turn(conn: &mut Conn) -> Result<()> {
    in_turn(conn, "neo claims").await
}

/// The running tasks that a worker holds: `(id, epoch)`.
pub(in crate::runs) async fn in_hands(conn: &mut Conn, run_id: &str, worker_id: &str) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as("select id, epoch from tasks where run_id = $1 and worker_id = $2 and status = 'running'")
        .bind(run_id.to_owned())
        .bind(worker_id.to_owned())
        .fetch_all(conn)
        .await?)
}

/// How many tasks run now, by server: `(in this run, server, count)` over all runs and workers.
pub(in crate::runs) async fn running_by_server(conn: &mut Conn, run_id: &str) -> Result<Vec<(bool, String, i64)>> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "select server_id, count(*), cast(sum(case when run_id = $1 then 1 else 0 end) as bigint) from tasks
          where status = 'running' group by server_id",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().flat_map(|(server, all, own)| [(false, server.clone(), all), (true, server, own)]).collect())
}

/// How many tasks a dead worker left that nobody has looked at yet.
pub(in crate::runs) async fn to_reconcile(conn: &mut Conn, run_id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from tasks where run_id = $1 and status = 'unknown' and reason = $2")
        .bind(run_id.to_owned())
        .bind(Reason::Reconcile.as_str())
        .fetch_one(conn)
        .await?)
}

/// The servers on which a run has something left to do.
pub(in crate::runs) async fn servers_to_do(conn: &mut Conn, run_id: &str) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select distinct server_id from tasks where run_id = $1 and status in ('queued', 'running', 'unknown')",
    )
    .bind(run_id.to_owned())
    .fetch_all(conn)
    .await?)
}

/// The versions that runs after this one have applied to a tenant.
pub(in crate::runs) async fn applied_since(conn: &mut Conn, tenant_id: &str, number: i64) -> Result<Vec<i64>> {
    let rows: Vec<String> = sqlx::query_scalar(
        "select tasks.versions from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id = $1 and tasks.run_number > $2 and runs.kind = 'migrate' and tasks.versions <> '[]'",
    )
    .bind(tenant_id.to_owned())
    .bind(number)
    .fetch_all(conn)
    .await?;
    Ok(rows.iter().map(|versions| parse(versions)).collect::<Result<Vec<Vec<i64>>>>()?.concat())
}

/// A task that a dead worker left in a run that is over.
pub(in crate::runs) struct Left {
    pub id: String,
    pub run_id: String,
    pub number: i64,
    pub kind: Kind,
    /// Where the run was to bring the tenant.
    pub goal_version: Option<i64>,
    pub from_version: Option<i64>,
    pub plan: Option<String>,
    pub versions: String,
}

/// Whether there is any task of another run than this that a dead worker left.
pub(in crate::runs) async fn anything_left(conn: &mut Conn, run_id: &str) -> Result<bool> {
    let sql =
        "select case when exists (select 1 from tasks where status = 'unknown' and run_id <> $1) then 1 else 0 end";
    let found: i64 = sqlx::query_scalar(sql).bind(run_id.to_owned()).fetch_one(conn).await?;
    Ok(found == 1)
}

/// There are few of these, and many tasks of a tenant: they are looked for by their status.
pub(in crate::runs) async fn left_at(conn: &mut Conn, tenant_id: &str) -> Result<Vec<Left>> {
    let rows = sqlx::query(
        "select tasks.id, tasks.run_id, runs.number, runs.kind, runs.to_version as goal_version, tasks.from_version, tasks.plan, tasks.versions
           from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id || '' = $1 and tasks.status = 'unknown' and runs.status in ('succeeded', 'failed', 'halted', 'cancelled')
          order by runs.number",
    )
    .bind(tenant_id.to_owned())
    .fetch_all(conn)
    .await?;
    let left = |row: &AnyRow| {
        Ok(Left {
            id: row.try_get("id")?,
            run_id: row.try_get("run_id")?,
            number: row.try_get("number")?,
            kind: stored(row.try_get::<String, _>("kind")?)?,
            goal_version: row.try_get("goal_version")?,
            from_version: row.try_get("from_version")?,
            plan: row.try_get("plan")?,
            versions: row.try_get("versions")?,
        })
    };
    rows.iter().map(left).collect()
}

/// What rollbacks were to take back on a tenant that may have come so far without having been heard of, since its ledger was last
/// read: how each stands, its plan, and its failure. `except`: a task that has not begun yet.
pub(in crate::runs) async fn unheard(
    conn: &mut Conn,
    tenant_id: &str,
    except: Option<&str>,
) -> Result<Vec<(TaskStatus, Vec<i64>, Option<Failure>)>> {
    let rows: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select tasks.status, tasks.plan, tasks.error from tasks join runs on runs.id = tasks.run_id
           join tenants on tenants.id = tasks.tenant_id
          where tasks.tenant_id = $1 and tasks.id <> $2 and runs.kind = 'rollback' and tasks.plan is not null and tasks.attempt > 0
            and tasks.status in ('queued', 'running', 'unknown', 'failed', 'cancelled')
            and coalesce(tasks.finished_at, tasks.started_at, 0) >= coalesce(tenants.verified_at, 0)",
    )
    .bind(tenant_id.to_owned())
    .bind(except.unwrap_or_default().to_owned())
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(status, plan, error)| Ok((stored(&status)?, parse(&plan)?, error.as_deref().map(parse).transpose()?)))
        .collect()
}

/// What became of it is known by now: these versions in all.
pub(in crate::runs) async fn let_go(conn: &mut Conn, task_id: &str, versions: &[i64], reason: &str) -> Result<()> {
    sqlx::query("update tasks set status = 'skipped', reason = $2, versions = $3, epoch = epoch + 1 where id = $1")
        .bind(task_id.to_owned())
        .bind(reason.to_owned())
        .bind(json(&versions)?)
        .execute(conn)
        .await?;
    Ok(())
}
