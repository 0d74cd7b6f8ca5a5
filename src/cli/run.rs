//! `neo run …`.

mod requests;
mod tasks;

use clap::{Args, Subcommand};
use neo_model::{RunDetail, RunRow};

use super::central::{Central, OnIt};
use super::live::Follow;
use super::print::{count, or_dash};
use super::selection::run_number;
use super::summary;
use super::{Session, live};
use crate::clock::{rfc3339, span};
use crate::error::{Advice, Result, printable};
use crate::runs::{Kind, Rerun, Status};

#[derive(Subcommand)]
pub enum Run {
    /// List the newest runs
    List {
        /// Provisioning as well
        #[arg(long)]
        all: bool,
        /// Only those that failed, or that halted by themselves
        #[arg(long)]
        failed: bool,
        /// Only runs before this number: the next page
        #[arg(long, value_name = "RUN", value_parser = run_number)]
        before: Option<i64>,
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Show one run
    Show {
        #[arg(value_parser = run_number)]
        run: i64,
    },
    /// Follow a run until it is over
    Watch {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Only the events after this number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        since: i64,
        #[command(flatten)]
        follow: Follow,
    },
    Tasks(tasks::Tasks),
    /// The run's failures by cause, the most frequent first
    Causes {
        #[arg(value_parser = run_number)]
        run: i64,
    },
    /// Every try on the run's failed tenants, in the database's own words
    Logs {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Only this tenant, whether it failed or not
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// Only failures with this fingerprint
        #[arg(long, value_name = "FINGERPRINT")]
        cause: Option<String>,
    },
    /// Try failed tenants of a run again
    Rerun(RerunArgs),
    /// Stop claiming; what is in a transaction finishes
    Pause {
        #[arg(value_parser = run_number)]
        run: i64,
    },
    /// Go on with a paused or halted run: with the next wave, where one waits; one planned for later begins now
    Resume {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Only queue it; `neo serve` or `neo work` does it
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        follow: Follow,
    },
    /// End a run, or close one that halted; what is in a transaction finishes
    Cancel {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Cancel the statements in flight as well
        #[arg(long)]
        now: bool,
    },
    /// What waits for somebody's yes, or has; with a number that one, with its plan
    Requests {
        #[arg(value_parser = run_number)]
        request: Option<i64>,
        /// Those over as well: declined, done, expired, outdated
        #[arg(long, conflicts_with = "request")]
        all: bool,
        /// Only requests before this number: the next page
        #[arg(long, value_name = "REQUEST", value_parser = run_number, conflicts_with = "request")]
        before: Option<i64>,
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Say yes to what somebody else has asked for: it is begun, as it was asked for
    Approve {
        #[arg(value_parser = run_number)]
        request: i64,
        /// A word to it, for the record
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Say no to it, or take back what you have asked for
    Decline {
        #[arg(value_parser = run_number)]
        request: i64,
        /// A word to it, for the record
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
    /// Say that you look into what failed in a run, or into one cause of it; or hand it over
    Acknowledge {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Only failures with this fingerprint
        #[arg(long, value_name = "FINGERPRINT")]
        cause: Option<String>,
        /// What the others should know
        #[arg(long, value_name = "TEXT", conflicts_with = "end")]
        note: Option<String>,
        /// The admin who is on it from now on
        #[arg(long, value_name = "EMAIL", conflicts_with = "end")]
        to: Option<String>,
        /// Nobody is on it any more
        #[arg(long)]
        end: bool,
    },
    /// Let a run go on in spite of maintenance windows; why is kept
    PassWindows {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Give up on tenants of a run that failed or have not begun; the reason is kept
    Skip {
        #[arg(value_parser = run_number)]
        run: i64,
        /// Slugs or ids
        #[arg(required = true, value_name = "SLUG|ID")]
        tenants: Vec<String>,
        /// Why, for the record
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Args)]
pub struct RerunArgs {
    #[arg(value_parser = run_number)]
    run: i64,
    /// All failed ones (the default)
    #[arg(long, conflicts_with_all = ["cause", "tenant"])]
    failed: bool,
    /// Those with this fingerprint
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "tenant")]
    cause: Option<String>,
    /// This one
    #[arg(long, value_name = "SLUG")]
    tenant: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only queue it; `neo serve` or `neo work` does it
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    follow: Follow,
}

impl Run {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let central = &*session.central().await?;
        match self {
            Run::List { all, failed, before, limit } => {
                let kinds: &[Kind] = if all { &Kind::ALL } else { &[] };
                let statuses: &[Status] = if failed { &[Status::Failed, Status::Halted] } else { &[] };
                let rows = central.runs(kinds, statuses, before, limit).await?;
                if rows.is_empty() {
                    // What is left out is not nothing.
                    let others = !all && !central.runs(&Kind::ALL, statuses, before, 1).await?.is_empty();
                    printer.say(match (others, failed) {
                        (true, _) => "no runs but provisionings: --all shows them",
                        (false, true) => "no such runs",
                        (false, false) => "no runs yet",
                    });
                }
                let head =
                    ["run", "kind", "status", "tenants", "migrated", "current", "failed", "actor", "started", "took"];
                printer.list(&rows, &head, summary::cells);
                Ok(0)
            }
            Run::Show { run } => {
                summary::show(session, central, run).await?;
                Ok(0)
            }
            Run::Watch { run, since, follow } => live::watch(session, central, run, since, follow).await,
            Run::Tasks(args) => args.run(session, central).await,
            Run::Causes { run } => tasks::causes(session, central, run).await,
            Run::Logs { run, tenant, cause } => logs(session, central, run, tenant.as_deref(), cause.as_deref()).await,
            Run::Requests { request: Some(number), .. } => requests::show(session, central, number).await,
            Run::Requests { request: None, all, before, limit } => {
                requests::list(session, central, (all, before, limit)).await
            }
            Run::Approve { request, why } => requests::approve(session, central, request, why.as_deref()).await,
            Run::Decline { request, why } => requests::decline(session, central, request, why.as_deref()).await,
            Run::Rerun(args) => args.run(session, central).await,
            Run::Pause { run } => {
                let run = central.pause(run).await?;
                printer.say(format!("Run {} pauses. Go on with: neo run resume {}", run.run, run.run));
                brief(session, &run)
            }
            Run::Skip { run, tenants, reason } => {
                let run = central.skip(run, &tenants, &reason).await?;
                printer.say(format!("{} skipped in run {}", count(tenants.len() as i64, "tenant"), run.run));
                brief(session, &run)
            }
            Run::Acknowledge { run, cause, note, to, end } => {
                let on_it = OnIt { cause: cause.as_deref(), note: note.as_deref(), to: to.as_deref(), end };
                let told = central.acknowledge(run, on_it).await?;
                if told.is_empty() {
                    printer.say(format!("Nobody is on run {run}"));
                }
                printer.list(&told, &["cause", "who", "since", "note"], |one| {
                    vec![
                        one.cause.clone().unwrap_or_else(|| "all".to_owned()),
                        one.who.clone(),
                        rfc3339(one.at),
                        or_dash(one.note.as_ref()),
                    ]
                });
                Ok(0)
            }
            Run::PassWindows { run, why } => {
                let run = central.pass_windows(run, &why).await?;
                printer.say(format!("No window keeps anybody from run {} any more", run.run));
                brief(session, &run)
            }
            Run::Cancel { run, now } => {
                let run = central.cancel(run, now).await?;
                let being = if run.status == Status::Cancelled { "" } else { "being " };
                printer.say(format!("Run {} is {being}cancelled", run.run));
                brief(session, &run)
            }
            Run::Resume { run, detach, follow } => {
                let before = central.run(run).await?;
                let run = central.resume(run).await?;
                let how = (!detach).then_some(follow);
                go_on(session, central, &run, before.last_seq, how).await
            }
        }
    }
}

impl RerunArgs {
    async fn run(self, session: &Session, central: &dyn Central) -> Result<u8> {
        let what = match (self.cause, self.tenant) {
            (Some(cause), _) => Rerun::Cause(cause),
            (_, Some(tenant)) => Rerun::Tenants(vec![tenant]),
            _ => Rerun::Failed,
        };
        let before = central.run(self.run).await?;
        let run = central.rerun(self.run, &what, self.reason.as_deref()).await?;
        session.printer.say(tried_again(&before, &run));
        go_on(session, central, &run, before.last_seq, (!self.detach).then_some(self.follow)).await
    }
}

/// Whom a rerun reaches: those that are tried again, and whoever waited in a run that had stopped.
fn tried_again(before: &RunDetail, run: &RunRow) -> String {
    let others = before.summary.tenants.queued;
    let n = run.run;
    let again = count((run.tenants.queued - others).max(0) + run.tenants.unknown, "tenant");
    match (before.state, run.held) {
        (_, Some(then)) => format!("Run {n}: {again} tried again; it is {} after that", then.word()),
        (Status::Paused | Status::Halted, None) if others > 0 => {
            format!("Run {n}: {again} tried again; it goes on with {} as well", count(others, "other"))
        }
        _ => format!("Run {n}: {again} tried again"),
    }
}

/// `how` is none where somebody else is to work on it.
async fn go_on(session: &Session, central: &dyn Central, run: &RunRow, after: i64, how: Option<Follow>) -> Result<u8> {
    match how {
        Some(how) => live::drive(session, central, run.run, after, how).await,
        None => {
            live::leave(session, central, run.run).await?;
            brief(session, run)
        }
    }
}

/// The run as `neo run list` has it; on a terminal its number is enough.
fn brief(session: &Session, run: &RunRow) -> Result<u8> {
    if session.printer.is_json() {
        session.printer.json(run);
    } else {
        session.printer.line(run.run.to_string());
    }
    Ok(0)
}

async fn logs(
    session: &Session,
    central: &dyn Central,
    number: i64,
    tenant: Option<&str>,
    cause: Option<&str>,
) -> Result<u8> {
    let printer = session.printer;
    let rows = central.attempts(number, tenant, cause).await?;
    if printer.is_json() {
        printer.list(&rows, &[], |_| Vec::new());
        return Ok(0);
    }
    if rows.is_empty() {
        printer.say(format!("no failures in run {number}"));
    }
    for row in &rows {
        printer.line(format!(
            "{}  attempt {}  {}  {}  {}{}",
            row.tenant,
            row.attempt,
            row.status,
            or_dash(row.started_at.as_ref()),
            row.ms.map(span).unwrap_or_default(),
            if row.applied > 0 { format!("  {} applied", count(row.applied, "migration")) } else { String::new() },
        ));
        for step in &row.steps {
            let took = step.ms.map(span).unwrap_or_default();
            printer.line(format!("  {}  {}  {took}", step.at, printable(&step.migration)).trim_end());
        }
        let Some(failure) = &row.failure else { continue };
        let code = failure.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        printer.line(format!("  {}{code}", printable(&failure.message)));
        let place = match (&failure.file, failure.line) {
            (Some(file), Some(line)) => Some(format!("{file}:{line}:{}", failure.column.unwrap_or(1))),
            (file, _) => file.clone(),
        };
        let excerpt = summary::excerpt(failure);
        let place = place.filter(|_| excerpt.is_empty());
        excerpt.iter().for_each(|line| printer.line(format!("  {line}")));
        let hint = failure.hint.as_ref().map(Advice::command);
        let extra = [("at", &place), ("detail", &failure.detail), ("hint", &hint)];
        for (name, text) in extra {
            if let Some(text) = text {
                printer.line(format!("  {name}: {}", printable(text)));
            }
        }
        printer.line(format!("  cause: {}", failure.fingerprint));
    }
    Ok(0)
}
