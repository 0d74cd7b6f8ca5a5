//! `neo migrate rehearse`, and `--rehearse` before a run.

use clap::Args;

use crate::cli::central::Central;
use crate::cli::print::{count, number};
use crate::cli::selection::version;
use crate::cli::{Session, summary};
use crate::clock::span;
use crate::error::{Advice, Result, printable};
use crate::runs::Rehearsal;

/// Run everything pending on a copy of one tenant's database, and throw the copy away
///
/// The tenant, its ledger and what is known of it stay as they are. PostgreSQL copies a database only while nobody else is connected to
/// it; SQLite copies at any time; MySQL and MariaDB cannot, and this says what to do instead. Exits with 3 when a migration fails.
#[derive(Args)]
pub struct Rehearse {
    /// Slug or id
    #[arg(value_name = "SLUG|ID")]
    tenant: String,
    /// The last version to apply, instead of the newest
    #[arg(long, value_name = "VERSION")]
    to: Option<String>,
}

impl Rehearse {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let central = &*session.central().await?;
        let to = version(central, self.to.as_deref()).await?;
        let rehearsal = match perform(session, central, &self.tenant, to).await? {
            Ok(rehearsal) => rehearsal,
            Err(code) => return Ok(code),
        };
        if session.printer.is_json() {
            session.printer.json(&rehearsal);
        } else {
            show(session, &rehearsal);
        }
        Ok(if rehearsal.failure.is_some() { 3 } else { 0 })
    }
}

/// Before a run: the exit code when it is not to start. What is said goes to standard error, which leaves the other to the run.
pub async fn before(session: &Session, central: &dyn Central, tenant: &str, to: Option<i64>) -> Result<Option<u8>> {
    let rehearsal = match perform(session, central, tenant, to).await? {
        Ok(rehearsal) => rehearsal,
        Err(code) => return Ok(Some(code)),
    };
    let printer = session.printer;
    match &rehearsal.failure {
        None => {
            printer.say(format!("Rehearsed on a copy of {}: {}", rehearsal.tenant, sentence(&rehearsal)));
            left_behind(session, &rehearsal);
            Ok(None)
        }
        Some(_) => {
            if printer.is_json() {
                printer.json(&serde_json::json!({ "rehearsal": rehearsal }));
            } else {
                show(session, &rehearsal);
                printer.say("The run was not started.");
            }
            Ok(Some(3))
        }
    }
}

/// The code of the signal that ended it, if one did: the copy is gone by then.
async fn perform(
    session: &Session,
    central: &dyn Central,
    tenant: &str,
    to: Option<i64>,
) -> Result<Result<Rehearsal, u8>> {
    let mut work = central.rehearse(tenant, to);
    tokio::select! {
        done = &mut work => done.map(Ok),
        code = session.signals.received() => {
            if central.afar().is_some() {
                session.printer.say("Stopped here: the rehearsal goes on at the console, and the copy is taken away there.");
                return Ok(Err(code));
            }
            session.printer.say("Stopping: the copy is taken away first.");
            central.stop();
            let _ = work.await;
            Ok(Err(code))
        }
    }
}

fn show(session: &Session, rehearsal: &Rehearsal) {
    let printer = session.printer;
    for one in &rehearsal.applied {
        printer.line(format!("  ✓ {}  {} ms", one.migration, number(one.ms)));
    }
    if let Some(failure) = &rehearsal.failure {
        printer.line(format!("  ✗ {}  {}", summary::place(failure), printable(&failure.to_string())));
        summary::excerpt(failure).iter().for_each(|line| printer.line(format!("      {line}")));
        let hint = failure.hint.as_ref().map(Advice::command);
        for (word, text) in [("detail", &failure.detail), ("hint", &hint)] {
            if let Some(text) = text {
                printer.line(format!("      {word}: {}", printable(text)));
            }
        }
    }
    printer.line(format!("{} on a copy of {}", sentence(rehearsal), rehearsal.tenant));
    left_behind(session, rehearsal);
}

fn left_behind(session: &Session, rehearsal: &Rehearsal) {
    if let Some(left) = &rehearsal.left_behind {
        session.printer.say(format!("the copy could not be dropped: {} (neo doctor names it)", printable(left)));
    }
}

fn sentence(rehearsal: &Rehearsal) -> String {
    let n = rehearsal.applied.len() as i64;
    let verdict = match (&rehearsal.failure, n) {
        (None, 0) => return "nothing is pending".into(),
        (None, _) => format!("{} applied", count(n, "migration")),
        (Some(_), 0) => "failed at the first".to_owned(),
        (Some(_), _) => format!("failed after {}", count(n, "migration")),
    };
    format!("{verdict} in {}, copied in {}", span(rehearsal.ms), span(rehearsal.copy_ms))
}
