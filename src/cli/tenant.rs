//! `neo tenant …`.

mod add;
mod adopt;
mod listing;
mod many;
mod rows;
mod unlock;

use clap::Subcommand;
use neo_model::Unreadable;

use super::ask::SecretSource;
use super::live::Follow;
use super::near::Near;
use super::print::count;
use super::selection::Narrow;
use super::tenant_user::Users;
use super::{Session, ask};
use crate::Platform;
use crate::clock::milliseconds;
use crate::error::{Do, Error, Result};
use crate::migrations::Set;
use crate::tenants::{self, Filter, Status, provision};

/// Where the password of a tenant's first user comes from.
const ADMIN_PASSWORD: SecretSource = SecretSource {
    prompt: "Password of the tenant's admin",
    variable: "ADMIN_PASSWORD",
    from_stdin: false,
    twice: true,
};

#[derive(Subcommand)]
pub enum Tenant {
    /// List the tenants
    List {
        #[command(flatten)]
        narrow: Narrow,
        /// Only this status: provisioning, active, suspended, archived, failed, deleted
        #[arg(long, value_parser = status)]
        status: Vec<Status>,
        /// Part of slug, name or id
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only those that runs on the fleet leave out
        #[arg(long)]
        quarantined: bool,
    },
    /// Show one tenant
    Show {
        /// Slug or id
        tenant: String,
        /// With who holds its migration lock now
        #[arg(long)]
        lock: bool,
    },
    Create(add::Create),
    /// Go on with a provisioning that failed, from the step that failed
    Retry {
        /// Slug or id
        tenant: String,
        #[command(flatten)]
        follow: Follow,
    },
    /// Undo a provisioning that failed: drop what it made, free the slug
    Cleanup {
        /// Slug or id
        tenant: String,
        /// Do not ask
        #[arg(long, short = 'y')]
        yes: bool,
    },
    Adopt(adopt::Adopt),
    /// Keep a tenant's users out; it is no longer part of "all"
    Suspend {
        /// Slug or id
        tenant: String,
    },
    /// Let a suspended tenant in again
    Resume {
        /// Slug or id
        tenant: String,
    },
    /// Leave a tenant out of runs on the fleet for a while; a run that names it still works on it
    Quarantine {
        /// Slug or id
        tenant: String,
        /// Why, for whoever is on duty next
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// How long: 7d, 12h
        #[arg(long = "for", value_name = "TIME", default_value = "7d", value_parser = milliseconds)]
        length: i64,
        /// Who looks after it, if that is not you
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
    },
    /// End a tenant's quarantine before its time
    Release {
        /// Slug or id
        tenant: String,
    },
    /// Put a suspended tenant away for good, with its data
    Archive {
        /// Slug or id
        tenant: String,
    },
    /// Drop a tenant's database after a backup; the record stays
    Delete {
        /// Slug or id
        tenant: String,
        /// Drop it without a backup
        #[arg(long)]
        no_backup: bool,
        /// Do not ask for the slug
        #[arg(long, short = 'y')]
        yes: bool,
    },
    Unlock(unlock::Unlock),
    /// Change a tenant's display name
    Rename {
        /// Slug or id
        tenant: String,
        name: String,
    },
    /// Set a tenant's tags, replacing those it had
    Tag {
        /// Slug or id
        tenant: String,
        tags: Vec<String>,
    },
    /// Users inside a tenant
    #[command(subcommand)]
    Users(Users),
}

impl Tenant {
    pub async fn run(self: Box<Self>, session: &Session) -> Result<u8> {
        let (actor, printer) = (&session.actor, session.printer);
        match *self {
            Tenant::Create(args) => return args.run(session).await,
            Tenant::Adopt(args) => return args.run(session).await,
            Tenant::Unlock(args) => return args.run(session).await,
            Tenant::Users(users) => return users.run(session).await,
            _ => {}
        }
        let platform = session.open().await?;
        let (tenant, done) = match *self {
            Tenant::Create(_) | Tenant::Adopt(_) | Tenant::Unlock(_) | Tenant::Users(_) => return Ok(0),
            Tenant::List { narrow, mut status, search, quarantined } => {
                if status.is_empty() {
                    let kept =
                        [Status::Provisioning, Status::Active, Status::Suspended, Status::Archived, Status::Failed];
                    status.extend(kept);
                }
                let filter = Filter {
                    statuses: status,
                    text: search,
                    quarantined,
                    ..narrow.filter(&Near::new(platform.clone(), actor.clone()), Vec::new()).await?
                };
                let tenants = tenants::all(&platform, actor, &filter).await?;
                if tenants.is_empty() {
                    let counts = tenants::counts(&platform, actor, None).await?;
                    printer.say(match counts.total {
                        0 => "No tenants. The first one: neo tenant create SLUG".to_owned(),
                        n => format!("None of {} is meant", count(n, "tenant")),
                    });
                }
                // A broken folder must not hide the tenants: what is pending is then unknown.
                let set = files(&platform).await.ok();
                rows::list(printer, tenants, set.as_ref(), quarantined);
                return Ok(0);
            }
            Tenant::Show { tenant, lock } => {
                let tenant = tenants::find(&platform, actor, &tenant).await?;
                rows::detail(printer, &tenants::detail(&platform, actor, tenant, lock).await?);
                return Ok(0);
            }
            Tenant::Retry { tenant, follow } => return add::retry(session, &platform, &tenant, follow).await,
            Tenant::Cleanup { tenant, yes } => {
                let found = tenants::find(&platform, actor, &tenant).await?;
                ask::confirmed(yes, &format!("This drops what provisioning {} has made", found.slug)).await?;
                let tell = move |progress: provision::Progress| {
                    if let provision::Progress::StepUndone { step } = progress {
                        printer.say(format!("↶ {} undone", step.as_str()));
                    }
                };
                provision::undo(&platform, actor, &found.id, &tell).await?;
                (tenants::find(&platform, actor, &found.id).await?, "cleaned up: its slug is free again")
            }
            Tenant::Suspend { tenant } => (tenants::suspend(&platform, actor, &tenant).await?, "suspended"),
            Tenant::Resume { tenant } => (tenants::resume(&platform, actor, &tenant).await?, "active"),
            Tenant::Quarantine { tenant, reason, length, owner } => {
                let owner = owner.as_deref();
                let tenant = tenants::quarantine(&platform, actor, &tenant, &reason, owner, Some(length)).await?;
                (tenant, "in quarantine")
            }
            Tenant::Release { tenant } => (tenants::release(&platform, actor, &tenant).await?, "out of quarantine"),
            Tenant::Archive { tenant } => (tenants::archive(&platform, actor, &tenant).await?, "archived"),
            Tenant::Delete { tenant, no_backup, yes } => {
                let found = tenants::find(&platform, actor, &tenant).await?;
                let what = format!("This drops the database {} of {} for good", found.database, found.slug);
                ask::typed(yes, &what, &found.slug).await?;
                let deleted = tenants::delete(&platform, actor, &found.id, &found.slug, !no_backup).await?;
                if let Some(file) = &deleted.backup {
                    printer.say(format!("Backup: {}", file.display()));
                }
                printer.say(format!("{} is deleted", found.slug));
                let deletion = tenants::deletion(deleted, files(&platform).await.ok().as_ref());
                printer.one(&deletion, &rows::fields(&deletion.row));
                return Ok(0);
            }
            Tenant::Rename { tenant, name } => (tenants::rename(&platform, actor, &tenant, &name).await?, "renamed"),
            Tenant::Tag { tenant, tags } => (tenants::set_tags(&platform, actor, &tenant, &tags).await?, "tagged"),
        };
        printer.say(format!("{} is {done}", tenant.slug));
        let set = files(&platform).await.ok();
        let row = tenants::row(tenant, set.as_ref());
        printer.one(&row, &rows::fields(&row));
        Ok(0)
    }
}

fn status(text: &str) -> Result<Status, String> {
    text.parse().map_err(|e: Unreadable| e.hint.unwrap_or(e.message))
}

/// A provisioning's own place in the error of a slug that is taken.
fn with_ways_out(error: Error, slug: &str) -> Error {
    match (error.kind, error.hint.is_some()) {
        (crate::error::Kind::Conflict, false) => error.hint(Do::ShowTenant { tenant: slug.to_owned() }),
        _ => error,
    }
}

/// The fleet's files.
async fn files(platform: &Platform) -> Result<Set> {
    Set::load(&platform.config.tenant_migrations).await
}
