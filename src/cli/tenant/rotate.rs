//! `neo tenant rotate-password`: new passwords for tenants' logins, as a run.

use clap::Args;

use crate::cli::live::Follow;
use crate::cli::selection::{Narrow, named};
use crate::cli::{Session, ask, migrate};
use crate::clock::milliseconds;
use crate::error::Result;
use crate::runs::{Goal, Policy, Request};

/// Give tenants' logins new passwords
///
/// A run: each password is kept beside the old one before the server is told, and the old one goes once the new one has opened the
/// database. Stopped anywhere it can be done again, and the tenant stays reachable. An application that asks for its connection
/// gets the new one by itself; one that was told the old password by hand is refused from then on. The login of an adopted
/// database is not Neo's to change, and fails; a SQLite file has none, and is skipped. Asks first where --all is given.
#[derive(Args)]
pub struct RotatePassword {
    /// Slugs or ids
    #[arg(value_name = "SLUG|ID", required_unless_present = "all", conflicts_with = "all")]
    tenants: Vec<String>,
    /// All active tenants
    #[arg(long)]
    all: bool,
    /// Only passwords that are older than this: 90d, 12h
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    older_than: Option<i64>,
    #[command(flatten)]
    narrow: Narrow,
    /// Tenants worked on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    concurrency: Option<u32>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only queue the run and print its number; `neo serve` or `neo work` does it
    #[arg(long)]
    detach: bool,
    /// Go on in spite of maintenance windows, and why: for a superadmin; the words are kept
    #[arg(long, value_name = "TEXT")]
    despite_windows: Option<String>,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    follow: Follow,
}

impl RotatePassword {
    pub async fn run(self, session: &Session) -> Result<u8> {
        named(&self.tenants)?;
        let central = &*session.central().await?;
        let selection = self.narrow.filter(central, self.tenants).await?;
        if self.all {
            let what = "This gives the logins of all tenants that are meant new passwords, and the old ones end";
            ask::confirmed(self.yes, what).await?;
        }
        let mut policy = Policy { despite_windows: self.despite_windows, ..Policy::default() };
        if let Some(n) = self.concurrency {
            (policy.concurrency, policy.per_server) = (n, n);
        }
        let request = Request {
            goal: Goal::RotatePassword { older_than_ms: self.older_than },
            selection,
            policy,
            reason: self.reason,
            confirm: None,
            expect: None,
            not_before: None,
            detached: self.detach,
        };
        migrate::start(session, central, request, self.follow).await
    }
}
