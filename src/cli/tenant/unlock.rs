//! `neo tenant unlock`: who holds a tenant's migration lock, and breaking it.

use clap::Args;
use neo_model::BrokenLock;

use crate::cli::{Session, ask};
use crate::error::Result;
use crate::tenants;

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
        let (actor, printer) = (&session.actor, session.printer);
        let platform = session.open().await?;
        let tenant = tenants::find(&platform, actor, &self.tenant).await?;
        let Some(lock) = tenants::lock_holder(&platform, actor, &tenant.id).await? else {
            printer.say(format!("Nobody holds the lock of {}: there is nothing to break.", tenant.slug));
            if printer.is_json() {
                printer.json(&serde_json::json!({ "tenant": tenant.slug, "holder": null, "broken": false }));
            }
            return Ok(0);
        };
        printer.say(format!("The lock of {} is held by {}.", tenant.slug, lock.holder));
        let mut broken = false;
        if !self.dry_run {
            if lock.kept.is_none() {
                let what = format!("This ends that session of {}; what it has not committed is lost", tenant.slug);
                ask::typed(self.yes, &what, &tenant.slug).await?;
            }
            let shown = self.session.as_deref().unwrap_or(&lock.session);
            tenants::unlock(&platform, actor, &tenant.id, &tenant.slug, shown, self.reason.as_deref()).await?;
            broken = true;
        }
        if printer.is_json() {
            printer.json(&serde_json::to_value(BrokenLock { lock, broken }).map_err(crate::Error::internal)?);
        } else if broken {
            printer.say(format!("That session has ended. Run again: neo migrate tenant {}", tenant.slug));
        } else if let Some(why) = &lock.kept {
            printer.say(format!("Neo would not break it: {why}."));
        }
        Ok(0)
    }
}
