//! `neo prune`.

use neo_model::Pruned;

use super::print::{count, number};
use super::{Session, ask};
use crate::clock;
use crate::error::Result;

/// Take away what is kept of runs that ended long ago
///
/// The runs stay with their counts, and so do the tenants that failed, with their failures; of the others the tasks, the attempts and the
/// events go, and with them requests that are over. RETENTION does the same once a day, in neo serve and neo work.
#[derive(clap::Args)]
pub struct Prune {
    /// How long ago they ended: 90d; a day at least
    #[arg(long, value_name = "TIME", value_parser = clock::milliseconds)]
    older_than: i64,
    /// Only say what would go
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Without the question
    #[arg(long)]
    yes: bool,
}

impl Prune {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (central, printer) = (session.central().await?, session.printer);
        let found = central.prunable(self.older_than).await?;
        if found.is_nothing() || self.dry_run {
            printer.say(match found.is_nothing() {
                true => "Nothing is that old.".to_owned(),
                false => format!("{} would go", would_go(&found)),
            });
            if printer.is_json() {
                printer.json(&found);
            }
            return Ok(0);
        }
        ask::confirmed(self.yes, &format!("{}: take them away for good?", would_go(&found))).await?;
        let gone = central.prune(self.older_than).await?;
        printer.say(format!(
            "{} of {}, {}, {} and {} taken away",
            count(gone.tasks, "task"),
            count(gone.runs, "run"),
            count(gone.attempts.unwrap_or_default(), "attempt"),
            count(gone.events, "event"),
            count(gone.requests, "request")
        ));
        if printer.is_json() {
            printer.json(&gone);
        }
        Ok(0)
    }
}

fn would_go(found: &Pruned) -> String {
    format!(
        "of {} that ended before {} up to {} tasks and {} events, and {}",
        count(found.runs, "run"),
        found.before,
        number(found.tasks),
        number(found.events),
        count(found.requests, "request")
    )
}
