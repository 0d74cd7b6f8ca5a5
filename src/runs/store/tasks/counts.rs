//! How the tasks of a run stand: those that are there, and those that retention has taken away.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow};

use crate::central::{Conn, stored};
use crate::error::Result;
use crate::runs::store::parse;
use crate::runs::{Reason, TaskCounts, TaskStatus};

/// How the tasks of a run stand, and how many migrations they have applied or reverted.
pub(in crate::runs) async fn counts(conn: &mut Conn, run_id: &str) -> Result<(TaskCounts, i64)> {
    let rows = counted(conn, run_id, "cast(0 as bigint)").await?;
    let (mut all, mut applied) = match rows.first() {
        Some(row) => row.gone.as_deref().map(parse).transpose()?.unwrap_or_default(),
        None => gone_of(conn, run_id).await?,
    };
    for row in rows {
        row.add_to(&mut all)?;
        applied += row.applied;
    }
    Ok((all, applied))
}

/// How the tasks stood that are gone, and how many migrations they applied.
pub(in crate::runs) async fn gone_of(conn: &mut Conn, run_id: &str) -> Result<(TaskCounts, i64)> {
    let gone: Option<String> =
        sqlx::query_scalar("select pruned from runs where id = $1").bind(run_id.to_owned()).fetch_one(conn).await?;
    Ok(gone.as_deref().map(parse).transpose()?.unwrap_or_default())
}

/// Those that are there, wave by wave.
pub(in crate::runs) async fn counts_by_wave(conn: &mut Conn, run_id: &str) -> Result<BTreeMap<i64, TaskCounts>> {
    let mut waves: BTreeMap<i64, TaskCounts> = BTreeMap::new();
    for row in counted(conn, run_id, "wave").await? {
        row.add_to(waves.entry(row.part).or_default())?;
    }
    Ok(waves)
}

/// Tasks that are alike.
#[derive(FromRow)]
pub(in crate::runs) struct Counted {
    pub part: i64,
    status: String,
    why: Option<String>,
    n: i64,
    pub applied: i64,
    drifted: i64,
    uncompared: i64,
    /// How those of the whole run stood that are not there any more.
    gone: Option<String>,
}

impl Counted {
    pub fn add_to(&self, counts: &mut TaskCounts) -> Result<()> {
        counts.total += self.n;
        counts.drifted += self.drifted;
        counts.uncompared += self.uncompared;
        let is_current = self.why.as_deref() == Some(Reason::Current.as_str());
        let slot = match (stored(&self.status)?, is_current) {
            (TaskStatus::Succeeded | TaskStatus::Skipped, true) => &mut counts.current,
            (TaskStatus::Succeeded, _) => &mut counts.migrated,
            (TaskStatus::Queued, _) => &mut counts.queued,
            (TaskStatus::Running, _) => &mut counts.running,
            (TaskStatus::Failed, _) => &mut counts.failed,
            (TaskStatus::Skipped, _) => &mut counts.skipped,
            (TaskStatus::Cancelled, _) => &mut counts.cancelled,
            (TaskStatus::Unknown, _) => &mut counts.unknown,
        };
        *slot += self.n;
        Ok(())
    }
}

/// A drifted one is counted where it would be without that; the reasons of a skip are a person's own words.
const WHY: &str = "case when status = 'succeeded' and (reason = 'drifted' and versions = '[]' or reason = 'uncompared') then 'current'
                        when reason = 'current' then reason end as why";
const IS_DRIFTED: &str = "case when status = 'succeeded' and reason = 'drifted' then 1 end";
const IS_UNCOMPARED: &str = "case when status = 'succeeded' and reason = 'uncompared' then 1 end";

/// One task as a [`Counted`], its part its wave: what a statement returns.
pub(in crate::runs) fn standing() -> String {
    format!(
        "wave as part, status, {WHY}, cast(1 as bigint) as n, applied, cast(coalesce({IS_DRIFTED}, 0) as bigint) as drifted,
         cast(coalesce({IS_UNCOMPARED}, 0) as bigint) as uncompared, cast(null as text) as gone"
    )
}

async fn counted(conn: &mut Conn, run_id: &str, part: &str) -> Result<Vec<Counted>> {
    let sql = counting(part, "1 = 1");
    Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(run_id.to_owned()).fetch_all(conn).await?)
}

/// `inside`: a condition over `tasks`.
pub(super) fn counting(part: &str, inside: &str) -> String {
    format!(
        "select {part} as part, status, {WHY}, count(*) as n, cast(sum(applied) as bigint) as applied,
                count({IS_DRIFTED}) as drifted, count({IS_UNCOMPARED}) as uncompared, (select pruned from runs where id = $1) as gone
           from tasks where run_id = $1 and {inside} group by 1, 2, 3"
    )
}
