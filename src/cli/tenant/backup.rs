//! `neo tenant backup` and `neo tenant restore`.

use clap::Args;

use super::add;
use crate::cli::live::Follow;
use crate::cli::selection::{Behaviour, Narrow, named};
use crate::cli::{Session, ask, migrate};
use crate::error::{Error, Result};
use crate::runs::{Goal, Restore};

/// Back tenants up, and print where each backup lies
///
/// A run like others: tenants that fail do not stop the rest, are listed by cause and can be rerun. Beside each file lies its
/// manifest, NAME.json.
#[derive(Args)]
pub struct BackUp {
    /// Slugs or ids
    #[arg(value_name = "SLUG|ID", required_unless_present_any = ["all", "tag", "server"], conflicts_with = "all")]
    tenants: Vec<String>,
    /// All active tenants
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    behaviour: Behaviour,
}

impl BackUp {
    pub async fn run(self, session: &Session) -> Result<u8> {
        named(&self.tenants)?;
        if self.behaviour.dry_run {
            return Err(Error::invalid("dry_run", "a backup has no plan: it only reads")
                .hint("see who is meant: neo tenant list"));
        }
        let central = &*session.central().await?;
        let selection = self.narrow.filter(central, self.tenants).await?;
        let request = self.behaviour.request(Goal::Backup, selection);
        migrate::start(session, central, request, self.behaviour.follow).await
    }
}

/// Make a tenant of a backup, or put one back in the place of what its tenant has
///
/// Without --as it is the tenant that the backup is of: where it is there, a new database is made and filled beside the one it has,
/// which is dropped, after a backup, only once the new one is whole. The tenant is out of use meanwhile.
#[derive(Args)]
pub struct PutBack {
    /// The backup, with its manifest beside it: a path, or a name in the folder of backups
    file: String,
    /// The slug of a new tenant
    #[arg(long = "as", value_name = "SLUG")]
    slug: Option<String>,
    /// The server to restore it on, instead of the tenant's own
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Drop what the tenant has now without a backup
    #[arg(long, conflicts_with = "slug")]
    no_backup: bool,
    /// Do not ask for the slug
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    follow: Follow,
}

impl PutBack {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let central = session.central().await?;
        let asked =
            Restore { file: self.file, slug: self.slug, server: self.server, confirm: None, no_backup: self.no_backup };
        let begun = match central.restore(asked.clone()).await {
            // Only the platform knows whether such a tenant is there, and names it.
            Err(error) if error.field == Some("confirm") && !error.nearest.is_empty() => {
                let slug = error.nearest[0].clone();
                let what = format!("This puts the backup in the place of the database that {slug} has now");
                ask::typed(self.yes, &what, &slug).await?;
                central.restore(Restore { confirm: Some(slug), ..asked }).await?
            }
            begun => begun?,
        };
        add::provisioned(session, &*central, begun, self.follow).await
    }
}
