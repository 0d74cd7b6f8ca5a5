//! `neo migrate digest`: which files a folder holds, in one line; without a key or a database.

use std::path::PathBuf;

use clap::Args;

use crate::cli::Session;
use crate::cli::print::or_dash;
use crate::error::Result;
use crate::migrations::Set;

/// Print the newest version of a folder of migrations and a digest of all its files
///
/// Equal digests mean equal files, on whatever machine and however they were checked out. Needs neither a key nor a database.
#[derive(Args)]
pub struct Digest {
    /// The folder; without, the configured one
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Digest {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let folder = self.folder.as_ref().unwrap_or(&session.settings.tenant_migrations);
        let edition = Set::load(folder).await?.edition();
        session.printer.one(&edition, &[("version", or_dash(edition.version)), ("digest", edition.digest.clone())]);
        Ok(0)
    }
}
