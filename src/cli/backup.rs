//! `neo backup …`.

use clap::Subcommand;

use super::Session;
use super::print::or_dash;
use crate::error::Result;

#[derive(Subcommand)]
pub enum Backup {
    /// List the backups, the newest first
    List {
        /// Only those of this tenant: its slug, also of one that is deleted, or its id
        tenant: Option<String>,
    },
}

impl Backup {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self {
            Backup::List { tenant } => {
                let found = session.central().await?.backups(tenant.as_deref()).await?;
                if found.is_empty() {
                    session.printer.say("No backups. The first one: neo tenant backup SLUG");
                }
                let head = ["tenant", "made", "why", "version", "size", "server", "file"];
                session.printer.list(&found, &head, |backup| {
                    vec![
                        backup.slug.clone(),
                        crate::clock::rfc3339(backup.at),
                        backup.why.word().to_owned(),
                        or_dash(backup.version),
                        backup.length(),
                        format!("{} ({})", backup.server, backup.engine),
                        backup.file.clone(),
                    ]
                });
                for backup in &found {
                    if let Some(flaw) = backup.flaw() {
                        session.printer.say(format!("{}: {flaw}", backup.file));
                    }
                }
                Ok(0)
            }
        }
    }
}
