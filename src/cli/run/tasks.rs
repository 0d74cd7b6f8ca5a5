//! `neo run tasks` and `neo run causes`: what a run did tenant by tenant, and what its failures have in common.

use clap::Args;

use crate::cli::Session;
use crate::cli::central::Central;
use crate::cli::print::{count, number, or_dash};
use crate::cli::selection::run_number;
use crate::clock::span;
use crate::error::Result;
use crate::runs::{Task, TaskFilter, TaskStatus};

/// The tenants of a run, each as it stands: failed ones first
#[derive(Args)]
pub struct Tasks {
    #[arg(value_parser = run_number)]
    run: i64,
    /// Only these: queued, running, succeeded, failed, skipped, cancelled, unknown
    #[arg(long, value_parser = status)]
    status: Option<TaskStatus>,
    /// Only failures with this fingerprint
    #[arg(long, value_name = "FINGERPRINT")]
    cause: Option<String>,
    /// Part of slug or name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// What the page before has answered as next
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

fn status(text: &str) -> Result<TaskStatus, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| "one of: queued, running, succeeded, failed, skipped, cancelled, unknown".into())
}

impl Tasks {
    pub async fn run(self, session: &Session, central: &dyn Central) -> Result<u8> {
        let printer = session.printer;
        let filter = TaskFilter {
            status: self.status,
            cause: self.cause,
            text: self.search,
            after: self.after,
            limit: self.limit,
            ..TaskFilter::default()
        };
        let page = central.tasks(self.run, &filter).await?;
        if printer.is_json() {
            printer.json(&page);
            return Ok(0);
        }
        printer.list(
            &page.tasks,
            &["tenant", "status", "server", "from", "to", "applied", "attempt", "took", "why"],
            |t| {
                vec![
                    t.tenant.clone(),
                    t.status.word().to_owned(),
                    t.server.clone(),
                    or_dash(t.from_version),
                    or_dash(t.to_version),
                    number(t.applied),
                    number(t.attempt),
                    t.ms.map_or_else(|| "-".into(), span),
                    why(t),
                ]
            },
        );
        printer.say(match &page.next {
            Some(next) => format!("{} of {}. The next: --after {next}", page.tasks.len(), count(page.total, "tenant")),
            None => count(page.total, "tenant"),
        });
        Ok(0)
    }
}

/// What it failed of, or why it ended as it did.
fn why(task: &Task) -> String {
    match (&task.failure, &task.reason) {
        (Some(failure), _) => failure.message.clone(),
        (None, Some(reason)) => reason.word().to_owned(),
        (None, None) => String::new(),
    }
}

/// The failures of a run by cause, the most frequent first.
pub async fn causes(session: &Session, central: &dyn Central, run: i64) -> Result<u8> {
    let causes = central.causes(run).await?;
    if causes.is_empty() {
        session.printer.say(format!("no failures in run {run}"));
    }
    session.printer.list(&causes, &["cause", "tenants", "code", "what", "among them"], |cause| {
        vec![
            cause.fingerprint.clone(),
            number(cause.count),
            or_dash(cause.failure.code.as_ref()),
            cause.failure.message.clone(),
            cause.tenants.join(", "),
        ]
    });
    Ok(0)
}
