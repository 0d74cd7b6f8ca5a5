//! `neo tenant unlock`: who holds a tenant's migration lock, and breaking it.

use clap::Args;
use neo_model::BrokenLock;

use crate::cli::{Session, ask};
use crate::error::Result;
use crate::tenants::Detail;

/// Show who holds a tenant's migration lock, and break it
///
/// Asks to type the tenant's slug unless --yes is given, then ends the session that was shown and no other: when the lock has
/// changed hands meanwhile, nothing is done (exit code 6). A worker of Neo's own at a live run is never ended: cancel the run
/// instead. On SQLite the holder is a process, which is named. Audited.
#[derive(Args)]
pub struct Unlock {
    /// Slug or id
    #[arg(value_name = "SLUG|ID")]
    tenant: String,
    /// Only this session, as an earlier look has printed it with --json
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only show who holds it
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Unlock {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (central, printer) = (session.central().await?, session.printer);
        let Detail { row, lock, .. } = central.tenant(&self.tenant, true).await?;
        let Some(lock) = lock.flatten() else {
            printer.say(format!("Nobody holds the lock of {}: there is nothing to break.", row.slug));
            if printer.is_json() {
                printer.json(&serde_json::json!({ "tenant": row.slug, "holder": null, "broken": false }));
            }
            return Ok(0);
        };
        printer.say(format!("The lock of {} is held by {}.", row.slug, lock.holder));
        let mut found = BrokenLock { lock, broken: false };
        if !self.dry_run {
            if found.lock.kept.is_none() {
                let what = format!("This ends that session of {}; what it has not committed is lost", row.slug);
                ask::typed(self.yes, &what, &row.slug).await?;
            }
            let shown = self.session.as_deref().unwrap_or(&found.lock.session);
            central.unlock(&row.id, &row.slug, shown, self.reason.as_deref()).await?;
            found.broken = true;
        }
        if printer.is_json() {
            printer.json(&found);
        } else if found.broken {
            printer.say(format!("That session has ended. Run again: neo migrate tenant {}", row.slug));
        } else if let Some(why) = &found.lock.kept {
            printer.say(format!("Neo would not break it: {why}."));
        }
        Ok(0)
    }
}
