//! What the server functions about runs and rehearsals do.

use std::str::FromStr;
use std::time::Duration;

use neo::clock::milliseconds;
use neo::error::{Error, Result};
use neo::migrations::Set;
use neo::retention;
use neo::runs::{
    self, Cause, Goal, Kind, Moment, Policy, Request, Rerun, Row, Run, Standing, Status, TaskFilter, TaskPage,
};
use neo::tenants::Filter;
use neo_model::{
    Acknowledged, AttemptRow, Begun, Edition, Pruned, RehearsalBegun, RunDetail, RunPreview, RunRows, RunStarted,
    Undoing, Undone,
};
use serde::Serialize;

use super::preview::Preview;
use crate::call::{Exactly, begun, once};
use crate::door::Door;
use crate::words::parse;

/// How long one call takes away what is old: shorter than anybody in between waits for an answer.
const AT_IT: Duration = Duration::from_secs(20);
/// Tenants that one call names, at most.
const NAMED: usize = 1000;

pub async fn list(
    door: &Door,
    (kind, status): (Option<&str>, Option<&str>),
    before: Option<i64>,
    limit: Option<u32>,
) -> Result<RunRows> {
    let kinds: Vec<Kind> = listed("kind", kind)?;
    let statuses: Vec<Status> = listed("status", status)?;
    let limit = within(limit)?;
    // One more than is asked for tells whether there is a next page.
    let mut found = runs::list_in(&door.platform, &door.actor, &kinds, &statuses, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|run| run.number);
    Ok(RunRows { runs: found.into_iter().map(runs::row).collect(), next })
}

/// The words of a comma list.
pub fn listed<T: FromStr>(name: &'static str, text: Option<&str>) -> Result<Vec<T>> {
    let words = text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| parse(name, word)).collect()
}

pub async fn show(door: &Door, number: i64) -> Result<RunDetail> {
    runs::detail(&door.platform, &door.actor, number).await
}

/// Which of a run's tenants, in the words of the query.
pub struct Tasks {
    pub status: Option<String>,
    pub reason: Option<String>,
    pub cause: Option<String>,
    pub q: Option<String>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

pub async fn tasks(door: &Door, number: i64, asked: Tasks) -> Result<TaskPage> {
    let filter = TaskFilter {
        status: asked.status.map(|word| parse("status", &word)).transpose()?,
        reason: asked.reason.map(|word| parse("reason", &word)).transpose()?,
        cause: asked.cause,
        text: asked.q,
        after: asked.after,
        limit: within(asked.limit)?,
    };
    runs::tasks(&door.platform, &door.actor, number, &filter).await
}

pub async fn causes(door: &Door, number: i64) -> Result<Vec<Cause>> {
    runs::causes(&door.platform, &door.actor, number).await
}

pub async fn attempts(door: &Door, number: i64, tenant: Option<&str>, cause: Option<&str>) -> Result<Vec<AttemptRow>> {
    runs::logs(&door.platform, &door.actor, number, tenant, cause).await
}

/// What a run is about.
#[derive(Serialize)]
pub struct What {
    goal: Goal,
    selection: Filter,
    policy: Policy,
}

impl What {
    pub fn of(goal: Exactly<Goal>, selection: Option<Exactly<Filter>>, policy: Option<Exactly<Policy>>) -> Self {
        let selection = selection.map(|selection| selection.0).unwrap_or_default();
        Self { goal: goal.0, selection, policy: policy.map(|policy| policy.0).unwrap_or_default() }
    }

    /// States are told apart against the newest file, unless somebody says against which.
    async fn beside_files(mut self, door: &Door) -> Self {
        if !self.selection.states.is_empty() && self.selection.latest.is_none() {
            let set = Set::load(&door.platform.config.tenant_migrations).await;
            self.selection.latest = set.ok().as_ref().and_then(Set::latest);
        }
        self
    }
}

pub async fn plan(door: &Door, what: What, sql: bool) -> Result<RunPreview> {
    let What { goal, selection, policy } = what.beside_files(door).await;
    let preview = Preview::load(&door.platform, &door.actor, &goal, &selection, &policy).await.map_err(named)?;
    Ok(match preview {
        Preview::Migrate(mut plan) => {
            if !sql {
                plan.migrations.iter_mut().flat_map(|m| &mut m.engines).for_each(|on| on.sql = None);
            }
            RunPreview::Forward(plan)
        }
        Preview::Act(_) => {
            return Err(Error::invalid("goal", "only migrations are planned")
                .hint("start it: what it does is the same on every tenant"));
        }
        Preview::Rollback(tenants) => {
            let confirm = runs::to_confirm(&tenants);
            let undone = tenants.into_iter().filter(|(_, migrations)| !migrations.is_empty());
            let undone = undone.map(|(tenant, migrations)| Undone { tenant: tenant.slug, migrations }).collect();
            RunPreview::Back(Undoing { undone, confirm })
        }
    })
}

/// A run that is asked for, as it was said.
#[derive(Serialize)]
pub struct Start {
    pub what: What,
    pub reason: Option<String>,
    pub not_before: Option<String>,
    pub confirm: Option<String>,
    pub expect: Option<Edition>,
}

pub async fn start(door: &Door, asked: Start) -> Result<Begun<RunStarted>> {
    let said = serde_json::to_value(&asked).map_err(Error::internal)?;
    let at = asked.not_before.as_deref().map(moment).transpose().map_err(named)?;
    let What { goal, selection, policy } = asked.what.beside_files(door).await;
    let request = Request {
        goal,
        selection,
        policy,
        reason: asked.reason,
        confirm: asked.confirm,
        expect: asked.expect,
        not_before: at,
        detached: true,
    };
    let own = door.clone();
    once(door, "runs/start", &said, async move { begun(begin(&own, request).await.map_err(named)) }).await
}

/// Where what is asked for has been read already.
pub async fn begin(door: &Door, request: Request) -> Result<RunStarted> {
    let run = runs::start(&door.platform, &door.actor, request).await?;
    Ok(RunStarted { run: run.number })
}

/// A time, or a while from now.
fn moment(text: &str) -> Result<Moment> {
    match text.trim().strip_prefix('+') {
        Some(span) => milliseconds(span).map(Moment::In).map_err(|why| Error::invalid("at", why)),
        None => Ok(text.parse()?),
    }
}

/// What is to be tried again.
pub struct Again {
    pub failed: Option<bool>,
    pub cause: Option<String>,
    pub tenants: Option<Vec<String>>,
    pub note: Option<String>,
}

impl Again {
    /// One of them is meant; all that failed, where nothing is said.
    fn what(&self) -> Result<Rerun> {
        let twice =
            |field| Err(Error::invalid(field, "a rerun names what failed, one cause or some tenants: one of them"));
        match (self.failed, &self.cause, &self.tenants) {
            (Some(true), Some(_), _) | (_, Some(_), Some(_)) => twice("cause"),
            (Some(true), _, Some(_)) => twice("tenants"),
            (_, Some(cause), None) => Ok(Rerun::Cause(cause.clone())),
            (_, None, Some(tenants)) => {
                few(tenants)?;
                Ok(Rerun::Tenants(tenants.clone()))
            }
            (Some(false), None, None) => Err(Error::invalid("failed", "a rerun names what is to be tried again")
                .hint("all that failed, the cause, or the tenants")),
            (_, None, None) => Ok(Rerun::Failed),
        }
    }
}

pub async fn rerun(door: &Door, number: i64, again: Again) -> Result<Row> {
    let what = again.what()?;
    row_of(runs::rerun(&door.platform, &door.actor, number, &what, again.note.as_deref()).await)
}

pub async fn pause(door: &Door, number: i64) -> Result<Row> {
    row_of(runs::pause(&door.platform, &door.actor, number).await)
}

pub async fn resume(door: &Door, number: i64) -> Result<Row> {
    row_of(runs::resume(&door.platform, &door.actor, number).await)
}

pub async fn cancel(door: &Door, number: i64, now: bool) -> Result<Row> {
    row_of(runs::cancel(&door.platform, &door.actor, number, now).await)
}

pub async fn skip(door: &Door, number: i64, tenants: &[String], reason: &str) -> Result<Row> {
    if !tenants.is_empty() {
        few(tenants)?;
    }
    let skipped = runs::skip(&door.platform, &door.actor, number, tenants, reason).await;
    row_of(skipped.map_err(|error| if error.field == Some("tenant") { error.on("tenants") } else { error }))
}

/// Who is to be on what.
pub struct OnIt {
    pub cause: Option<String>,
    pub note: Option<String>,
    pub to: Option<String>,
    pub end: Option<bool>,
}

pub async fn acknowledge(door: &Door, number: i64, on_it: OnIt) -> Result<Vec<Acknowledged>> {
    let OnIt { cause, note, to, end } = on_it;
    let (platform, actor, cause) = (&door.platform, &door.actor, cause.as_deref());
    match end {
        Some(true) => runs::let_go(platform, actor, number, cause).await,
        _ => runs::acknowledge(platform, actor, number, cause, note.as_deref(), to.as_deref()).await,
    }
}

pub async fn prune(door: &Door, older_than: &str, dry_run: bool) -> Result<Pruned> {
    let (platform, actor) = (&door.platform, &door.actor);
    let older_than = milliseconds(older_than).map_err(|why| Error::invalid("older_than", why))?;
    let pruned = match dry_run {
        true => retention::prunable(platform, actor, older_than).await,
        false => retention::prune(platform, actor, older_than, Some(AT_IT)).await,
    };
    pruned.map_err(|error| if error.field == Some("older-than") { error.on("older_than") } else { error })
}

pub async fn rehearse(door: &Door, tenant: &str, to: Option<i64>) -> Result<RehearsalBegun> {
    Ok(RehearsalBegun { id: runs::begin_rehearsal(&door.platform, &door.actor, tenant, to).await? })
}

pub async fn rehearsal(door: &Door, id: &str) -> Result<Standing> {
    runs::rehearsal(&door.platform, &door.actor, id).await
}

fn row_of(run: Result<Run>) -> Result<Row> {
    run.map(runs::row)
}

/// How many are asked for.
fn within(limit: Option<u32>) -> Result<u32> {
    let limit = limit.unwrap_or(50);
    if (1..=1000).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"))
}

/// As many as one call may name.
fn few(tenants: &[String]) -> Result<()> {
    if (1..=NAMED).contains(&tenants.len()) {
        return Ok(());
    }
    Err(Error::invalid("tenants", "\"tenants\" cannot be taken").cause(format!("expected 1 to {NAMED} of them")))
}

/// On the argument that it is about.
fn named(error: Error) -> Error {
    match error.field {
        Some("at") => error.on("not_before"),
        Some("wave" | "waves" | "wait" | "despite_windows") => error.on("policy"),
        _ => error,
    }
}
