//! One run: what it is, how far it is, what failed and why, and every tenant's part. Live while it lasts; the same page is
//! rendered from the same rows for whoever comes late.

use axum::extract::{Path, State};
use leptos::prelude::*;
use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::runs::{self, Attempt, Cause, Kind, Moment, Run, TaskFilter, TaskPage, UNCOMPARED, WaveStatus};
use neo::tenants::Drift;

use super::words::{ALONE, cli, done, drifted_apart, run_mark, title};
use super::{acts, causes, drift, live, log, tasks, waves};
use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::{Page, page};
use crate::query::Query;
use crate::ui::text::{count, duration, number};
use crate::ui::{Banner, CopyCli, FleetBar, Legend, Mark, Nav, Segment, Status, Time, Tone};

/// Rows on one page.
const SHOWN: u32 = 100;

pub struct One {
    pub run: Run,
    pub causes: Vec<Cause>,
    pub waves: Vec<WaveStatus>,
    pub page: TaskPage,
    /// Of the tenant whose log is open, or of the cause whose logs are.
    pub attempts: Vec<Attempt>,
    /// How the first of those differ that are not like most.
    pub drift: Vec<Drift>,
    pub query: Query,
    pub actor: Actor,
}

impl One {
    async fn load(platform: &Platform, actor: &Actor, number: i64, query: Query) -> Result<Self> {
        let run = runs::find(platform, actor, number).await?;
        let filter = tasks::filter(&query, SHOWN)?;
        let (tenant, cause) = (query.get("tenant"), query.get("log"));
        let attempts = match (tenant, cause) {
            (None, None) => Vec::new(),
            (tenant, cause) => runs::attempts(platform, actor, number, tenant, cause).await?,
        };
        Ok(Self {
            waves: runs::waves(platform, actor, number).await?,
            causes: runs::causes(platform, actor, number).await?,
            page: runs::tasks(platform, actor, number, &filter).await?,
            drift: drift::load(platform, actor, &run).await?,
            run,
            attempts,
            actor: actor.clone(),
            query,
        })
    }

    pub fn path(&self) -> String {
        path(self.run.number)
    }
}

pub fn path(number: i64) -> String {
    format!("/runs/{number}")
}

pub async fn show(State(app): State<AppState>, signed: Signed, Path(number): Path<i64>, query: Query) -> Answer {
    if let Some(tidy) = query.tidied() {
        return Ok(crate::page::render::see_other(&tidy.href(&path(number))));
    }
    let one = One::load(&app.platform, &signed.actor, number, query).await?;
    let shown = Page::new(Nav::Runs, format!("Run {number}")).under("Runs", "/runs");
    let shown = if one.run.status.is_over() { shown } else { shown.refresh(5) };
    Ok(page(&signed, shown, move || view(&one)).await)
}

/// Each region has an id, so that a live page replaces just what has changed.
fn view(one: &One) -> AnyView {
    view! {
        {head(one)}
        <div id="run-state" data-live="">{fleet(one)}</div>
        <div id="run-causes" data-live="">{causes::view(one)}{drift::view(one)}{drift::alone(&one.run)}</div>
        {tasks::view(one)}
        {log::view(one)}
    }
    .into_any()
}

fn head(one: &One) -> AnyView {
    let run = &one.run;
    let (mark, said) = run_mark(run);
    let to = run.to_version.filter(|_| run.kind != Kind::Provision).map(|version| {
        view! { "to "<code>{version}</code>" · " }
    });
    let started = match run.started_at {
        None if run.not_before.is_some() => {
            view! { "begins "<Time ms=run.not_before.unwrap_or_default() /> }.into_any()
        }
        Some(ms) => view! { "started "<Time ms=ms /> }.into_any(),
        None => view! { "queued "<Time ms=run.created_at /> }.into_any(),
    };
    let through = match run.door.as_str() {
        "browser" => " in the browser",
        "cli" => " on the command line",
        _ => "",
    };
    let reason = run.reason.clone().map(|reason| format!(" · “{reason}”"));
    // Begun already, it would not be planned for a moment that is over.
    let at = run.not_before.filter(|_| run.started_at.is_none()).map(Moment::At);
    let command = cli(&run.goal, &run.selection, &run.policy, run.reason.as_deref(), at);
    view! {
        <div class="head">
            <div>
                <h1>{title(run)}" "{live::follow(run)}</h1>
                <p id="run-line" data-live="">
                    <Status mark=mark word=said />" · "{to}{started}{format!(" by {}{through}", run.actor)}{reason}
                </p>
            </div>
            <div class="acts" id="run-acts" data-live="">
                {command.map(|command| view! { <CopyCli command=command /> })}
                {acts::buttons(one)}
            </div>
        </div>
    }
    .into_any()
}

fn fleet(one: &One) -> AnyView {
    let (run, tenants) = (&one.run, &one.run.tenants);
    let at = |status: &str, reason: Option<&str>| {
        let query = Query::from([("status", status)]);
        reason.map_or_else(|| query.clone(), |reason| query.with("reason", reason)).href(&one.path())
    };
    let part = |word: &str, mark, count, href: String| Segment::new(word, mark, count).href(href);
    let mut failed = part("failed", Mark::Failed, tenants.failed, at("failed", None));
    if !one.causes.is_empty() {
        failed = failed.note(count(one.causes.len() as i64, "cause"));
    }
    let drifted = part("drifted", Mark::Drifted, drifted_apart(run), at("succeeded", Some("drifted")));
    let mut succeeded = match run.kind {
        // Nothing is done in it but to look.
        Kind::Verify => {
            let same = tenants.migrated + tenants.current - tenants.drifted - tenants.uncompared;
            let alone = part(ALONE, Mark::Skipped, tenants.uncompared, at("succeeded", Some(UNCOMPARED)));
            vec![part(done(run.kind), Mark::Ok, same, at("succeeded", None)), drifted, alone]
        }
        _ => vec![
            part(done(run.kind), Mark::Ok, tenants.migrated, at("succeeded", Some("migrated"))),
            part("current", Mark::Ok, tenants.current, at("succeeded", Some("current"))),
        ],
    };
    if drifted_apart(run) == 0 && tenants.drifted > 0 {
        let whose = usize::from(tenants.migrated == 0);
        succeeded[whose] = succeeded[whose].clone().note(format!("{} drifted", number(tenants.drifted)));
    }
    let others = [
        failed,
        part("unknown", Mark::Unknown, tenants.unknown, at("unknown", None)),
        part("running", Mark::Running, tenants.running, at("running", None)),
        part("queued", Mark::Queued, tenants.queued, at("queued", None)),
        part("skipped", Mark::Skipped, tenants.skipped, at("skipped", None)),
        part("cancelled", Mark::Cancelled, tenants.cancelled, at("cancelled", None)),
    ];
    let segments: Vec<Segment> = succeeded
        .into_iter()
        .chain(others)
        .filter(|segment| segment.count > 0 || segment.word == done(run.kind))
        .collect();
    view! {
        {banner(run, &one.actor)}
        <FleetBar segments=segments.clone() />
        <Legend segments=segments more=times(run) />
        {waves::view(one)}
    }
    .into_any()
}

/// How long it took, or how long it will: from what is done, at the pace so far.
fn times(run: &Run) -> Vec<(String, String)> {
    let Some(ms) = run.ms else { return Vec::new() };
    let left = run.tenants.queued + run.tenants.running;
    let finished = run.tenants.total - left;
    if run.status.is_over() {
        return vec![(duration(ms), "in all".to_owned())];
    }
    if finished == 0 || left == 0 {
        return vec![(duration(ms), "so far".to_owned())];
    }
    let remaining = ms / finished * left;
    vec![(duration(remaining), format!("left, of {}", duration(ms + remaining)))]
}

fn banner(run: &Run, actor: &Actor) -> Option<AnyView> {
    let why = run.halt_reason.clone();
    let (tone, title) = match run.status {
        runs::Status::Halted => (Tone::Bad, "This run has halted by itself"),
        runs::Status::Paused if run.gate.is_some() => (Tone::Warn, "This run waits for a person"),
        runs::Status::Paused => (Tone::Warn, "This run is paused"),
        _ if run.held.is_some() => (Tone::Warn, "Only what failed is tried again; then this run stops as before"),
        _ => return None,
    };
    let next = acts::way_on(run, actor).map(|text| view! { <p>{text}</p> });
    Some(view! { <Banner tone=tone title=title>{why.map(|why| view! { <p>{why}</p> })}{next}</Banner> }.into_any())
}

impl One {
    /// The address of this page with one thing changed.
    pub fn href(&self, query: &Query) -> String {
        query.href(&self.path())
    }

    pub fn is_all(&self) -> bool {
        tasks::filter(&self.query, SHOWN).is_ok_and(|filter| {
            let TaskFilter { status, reason, cause, text, .. } = filter;
            status.is_none() && reason.is_none() && cause.is_none() && text.is_none()
        })
    }
}
