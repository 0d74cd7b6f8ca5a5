//! What is done to a run that is there.

use std::collections::BTreeMap;

use neo::actor::Permission;
use neo::error::{Kind as ErrorKind, Result};
use neo::runs::{self, Kind, Run, Status};
use neo::tenants::{Filter, PageRequest, State};
use neo_model::Hit;

use super::Typed;
use crate::door::Door;
use crate::rooms::runs::api::{PauseRun, RerunRun, ResumeRun};
use crate::rooms::runs::{links, words};
use crate::rooms::search::hit::{FEW, act, asked};
use crate::ui::text::{count, number};

/// As many runs are looked at, the newest first.
const RECENT: u32 = 20;
/// Failed tenants beyond this many are not told apart by their runs.
const FAILED: u32 = 200;

pub async fn acts(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    let mut hits = Vec::new();
    if typed.is("rerun") && door.actor.may(Permission::Rerun) {
        hits.extend(rerun(door, typed).await?);
    }
    let verbs = ["pause", "resume", "cancel"];
    if verbs.iter().any(|verb| typed.is(verb)) && door.actor.may(Permission::Operate) {
        let kinds = [Kind::Migrate, Kind::Rollback, Kind::Verify, Kind::Rotate, Kind::Backup];
        let recent = runs::list(&door.platform, &door.actor, &kinds, None, RECENT).await?;
        let meant = |run: &&Run| typed.is_of("run") || typed.numbers().any(|number| number == run.number);
        hits.extend(recent.iter().filter(meant).flat_map(|run| on(run, typed)));
    }
    Ok(hits)
}

fn on(run: &Run, typed: &Typed<'_>) -> Vec<Hit> {
    let number = run.number;
    let said = |hit: Hit| Hit { detail: Some(words::title(run)), ..hit };
    let is_live = !run.status.is_over();
    let rests = matches!(run.status, Status::Paused | Status::Halted);
    let mut hits = Vec::new();
    if typed.is("pause") && is_live && !rests && run.wanted.is_none() {
        hits.push(act(format!("Pause run {number}"), links::one(number), None, &PauseRun { run: number }));
    }
    if typed.is("resume") && rests {
        // What has failed is no reason to go on: that is asked first, with what it means.
        hits.push(match run.tenants.unsettled() {
            0 => act(format!("Resume run {number}"), links::one(number), None, &ResumeRun { run: number }),
            _ => asked(format!("Go on with run {number}…"), links::act(number, "resume")),
        });
    }
    if typed.is("cancel") && (is_live || run.status == Status::Halted) {
        hits.push(asked(format!("Cancel run {number}…"), links::act(number, "cancel")));
    }
    hits.into_iter().map(said).collect()
}

/// Failed tenants together, by the run they failed in; or one of them, by its name.
async fn rerun(door: &Door, typed: &Typed<'_>) -> Result<Vec<Hit>> {
    let numbers: Vec<i64> = typed.numbers().collect();
    let is_many = typed
        .of
        .split(' ')
        .all(|word| word.parse::<i64>().is_ok() || "failed".starts_with(word) || "run".starts_with(word));
    let text = (!is_many).then(|| typed.of.to_owned());
    let filter = Filter { states: vec![State::Failed], text, ..Filter::default() };
    let request = PageRequest { limit: if is_many { FAILED } else { FEW }, ..PageRequest::default() };
    let failed = neo::tenants::list(&door.platform, &door.actor, &filter, &request).await?.tenants;
    let failed = failed.into_iter().filter_map(|tenant| Some((tenant.last_run?, tenant.slug)));
    if !is_many {
        return Ok(failed.map(|(run, slug)| one(run, slug)).collect());
    }
    let mut by_run: BTreeMap<i64, i64> = BTreeMap::new();
    failed.for_each(|(run, _)| *by_run.entry(run).or_default() += 1);
    let mut hits = Vec::new();
    for (number, n) in by_run.into_iter().rev() {
        // Each of them is known by its last run, and an earlier one tries it again as well.
        let again = match runs::find(&door.platform, &door.actor, number).await {
            Ok(run) => run.tenants.unsettled(),
            Err(error) if error.kind == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        if again > 0 && numbers.iter().all(|said| [number, n, again].contains(said)) {
            hits.push(many(number, again));
        }
    }
    Ok(hits)
}

fn one(run: i64, slug: String) -> Hit {
    let (text, sure) = (format!("Rerun {slug}"), format!("{slug} gets a new attempt in run {run}."));
    let rerun = RerunRun { run, failed: None, cause: None, tenants: Some(vec![slug]), note: None };
    Hit { detail: Some(format!("failed in run {run}")), ..act(text, links::act(run, "rerun"), Some(&sure), &rerun) }
}

fn many(run: i64, n: i64) -> Hit {
    let text = format!("Rerun {} failed", number(n));
    let gets = if n == 1 { "gets" } else { "get" };
    let sure = format!("{} {gets} a new attempt in run {run}.", count(n, "failed tenant"));
    let rerun = RerunRun { run, failed: Some(true), cause: None, tenants: None, note: None };
    Hit { detail: Some(format!("in run {run}")), ..act(text, links::act(run, "rerun"), Some(&sure), &rerun) }
}
