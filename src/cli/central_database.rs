//! `neo central …`: the central database's own backup.

use std::path::PathBuf;

use clap::Subcommand;

use super::Session;
use crate::central;
use crate::config::Config;
use crate::error::Result;

#[derive(Subcommand)]
pub enum CentralDatabase {
    /// Back the central database up, beside a manifest with the ids of the keys it needs, and never a key
    Backup {
        /// A file that is not there yet; beside it comes NAME.json
        file: PathBuf,
    },
    /// Put a backup where DATABASE_URL says, where there is nothing yet
    Restore {
        /// The backup, with its manifest beside it
        file: PathBuf,
    },
}

impl CentralDatabase {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            CentralDatabase::Backup { file } => {
                let backup = central::backup(&session.open().await?, &session.actor, &file).await?;
                if printer.is_json() {
                    printer.json(&backup);
                } else {
                    printer.line(&backup.file);
                    printer.say(format!(
                        "Keep the key {} elsewhere: without it nothing in there opens",
                        backup.keys.join(", ")
                    ));
                }
            }
            CentralDatabase::Restore { file } => {
                let backup = central::restore(&Config::from_env(&session.settings)?, &file).await?;
                printer.say(format!("Restored as it was at {}. Next: neo doctor", backup.at));
                if printer.is_json() {
                    printer.json(&backup);
                }
            }
        }
        Ok(0)
    }
}
