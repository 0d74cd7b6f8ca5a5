//! `neo tenant …`.

mod add;
mod adopt;
mod backup;
mod credentials;
mod listing;
mod many;
mod moving;
mod rotate;
mod rows;
mod unlock;

use clap::Subcommand;
use neo_model::{Step, Unreadable, Version};

use super::ask::SecretSource;
use super::central::{Act, Central};
use super::live::Follow;
use super::print::{Printer, count};
use super::selection::Narrow;
use super::tenant_user::Users;
use super::{Session, ask};
use crate::clock::milliseconds;
use crate::error::{Do, Error, Result, printable};
use crate::tenants::{Edit, Filter, PasswordHash, Row, State, Status};

/// Where the password of a tenant's first user comes from.
const ADMIN_PASSWORD: SecretSource = SecretSource {
    prompt: "Password of the tenant's admin",
    variable: "ADMIN_PASSWORD",
    may_be_stdin: false,
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
        /// Only those seen like this last: current, behind, failed, drifted, unreachable, unknown
        #[arg(long, visible_alias = "result", value_parser = state)]
        state: Vec<State>,
        /// Only those at this version
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
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
    Credentials(credentials::Credentials),
    RotatePassword(rotate::RotatePassword),
    Unlock(unlock::Unlock),
    Move(moving::Move),
    DropReplaced(moving::DropReplaced),
    Backup(backup::BackUp),
    Restore(backup::PutBack),
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
        #[arg(conflicts_with_all = ["add", "remove"])]
        tags: Vec<String>,
        /// A tag besides those it has
        #[arg(long, value_name = "TAG")]
        add: Vec<String>,
        /// A tag it is to have no more
        #[arg(long, value_name = "TAG")]
        remove: Vec<String>,
    },
    /// Say what a tenant's application reads: how the passwords of its users are hashed that are set from here on
    PasswordHash {
        /// Slug or id
        tenant: String,
        #[arg(value_name = "argon2id|bcrypt", value_parser = password_hash)]
        kind: PasswordHash,
    },
    /// Users inside a tenant: list them, or what is done to them
    Users(Users),
}

impl Tenant {
    pub async fn run(self: Box<Self>, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let (tenant, act, done) = match *self {
            Tenant::Create(args) => return args.run(session).await,
            Tenant::Adopt(args) => return args.run(session).await,
            Tenant::Credentials(args) => return args.run(session).await,
            Tenant::RotatePassword(args) => return args.run(session).await,
            Tenant::Unlock(args) => return args.run(session).await,
            Tenant::Move(args) => return args.run(session).await,
            Tenant::DropReplaced(args) => return args.run(session).await,
            Tenant::Backup(args) => return args.run(session).await,
            Tenant::Restore(args) => return args.run(session).await,
            Tenant::Users(users) => return users.run(session).await,
            Tenant::Retry { tenant, follow } => return add::retry(session, &tenant, follow).await,
            Tenant::List { narrow, status, state, version, search, quarantined } => {
                let central = &*session.central().await?;
                let statuses = if status.is_empty() { KEPT.to_vec() } else { status };
                let narrowed = narrow.filter(central, Vec::new()).await?;
                // Who is current is told from who is behind by the newest.
                let latest = if state.is_empty() { None } else { central.newest().await? };
                let version = match version.as_deref() {
                    None => None,
                    // Also one that no file has any more.
                    Some(text) => match text.parse() {
                        Ok(Version(version)) => Some(version),
                        Err(_) => Some(central.version(text).await?),
                    },
                };
                let chosen = Filter { statuses, states: state, latest, version, text: search, quarantined, ..narrowed };
                return list(printer, central, &chosen).await;
            }
            Tenant::Show { tenant, lock } => {
                let central = session.central().await?;
                let found = central.tenant(&tenant, lock).await?;
                rows::detail(printer, &found);
                if !printer.is_json() && found.row.status != Status::Deleted {
                    for kept in central.windows_over(&found.row.id).await? {
                        printer.say(printable(&kept.words()));
                    }
                }
                return Ok(0);
            }
            Tenant::Cleanup { tenant, yes } => return clean_up(session, &tenant, yes).await,
            Tenant::Delete { tenant, no_backup, yes } => return delete(session, &tenant, !no_backup, yes).await,
            Tenant::Suspend { tenant } => (tenant, Act::Suspend, "suspended"),
            Tenant::Resume { tenant } => (tenant, Act::Resume, "active"),
            Tenant::Quarantine { tenant, reason, length, owner } => {
                (tenant, Act::Quarantine { reason, ms: length, owner }, "in quarantine")
            }
            Tenant::Release { tenant } => (tenant, Act::Release, "out of quarantine"),
            Tenant::Archive { tenant } => (tenant, Act::Archive, "archived"),
            Tenant::Rename { tenant, name } => {
                (tenant, Act::Edit(Edit { name: Some(name), ..Edit::default() }), "renamed")
            }
            Tenant::Tag { tenant, tags, add, remove } => {
                let tags = (add.is_empty() && remove.is_empty()).then_some(tags);
                (tenant, Act::Edit(Edit { tags, add, remove, ..Edit::default() }), "tagged")
            }
            Tenant::PasswordHash { tenant, kind } => {
                (tenant, Act::Edit(Edit { password_hash: Some(kind), ..Edit::default() }), "edited")
            }
        };
        let row = session.central().await?.act(&tenant, act).await?;
        printer.say(format!("{} is {done}", row.slug));
        printer.one(&row, &rows::fields(&row));
        Ok(0)
    }
}

/// Those that are listed unless a status is asked for: all but the deleted.
const KEPT: [Status; 5] = [Status::Provisioning, Status::Active, Status::Suspended, Status::Archived, Status::Failed];
/// How many are asked for at once.
const PAGE: u32 = 1000;
/// More than any installation has: what goes on beyond is no console, and would fill the memory of whoever asks.
const MOST: usize = 1_000_000;

/// All that match, in the order of their slugs.
async fn all(central: &dyn Central, filter: &Filter) -> Result<Vec<Row>> {
    let mut page = central.tenants(filter, None, PAGE).await?;
    let mut found = page.tenants;
    while let Some(after) = page.next {
        page = central.tenants(filter, Some(&after), PAGE).await?;
        if page.next.as_ref() == Some(&after) || page.tenants.is_empty() || found.len() > MOST {
            return Err(Error::unavailable("the list of tenants does not end")
                .cause(format!("{} were answered, and it leads on", found.len())));
        }
        found.append(&mut page.tenants);
    }
    Ok(found)
}

async fn list(printer: Printer, central: &dyn Central, filter: &Filter) -> Result<u8> {
    let found = all(central, filter).await?;
    if found.is_empty() {
        let kept = Filter { statuses: KEPT.to_vec(), ..Filter::default() };
        printer.say(match central.tenants(&kept, None, 1).await?.total {
            0 => "No tenants. The first one: neo tenant create SLUG".to_owned(),
            n => format!("None of {} is meant", count(n, "tenant")),
        });
    }
    rows::list(printer, &found, filter.quarantined);
    Ok(0)
}

async fn clean_up(session: &Session, key: &str, yes: bool) -> Result<u8> {
    let (central, printer) = (session.central().await?, session.printer);
    let found = central.tenant(key, false).await?.row;
    ask::confirmed(yes, &format!("This drops what provisioning {} has made", found.slug)).await?;
    let tell = move |step: Step| printer.say(format!("↶ {} undone", step.as_str()));
    let cleaned = central.clean_up_tenant(&found.id, &tell).await?;
    printer.say(match cleaned.row.status {
        Status::Deleted => format!("{} is cleaned up: its slug is free again", found.slug),
        // What a backup was to take the place of.
        _ => format!("{} has what it had before", found.slug),
    });
    printer.one(&cleaned, &rows::fields(&cleaned.row));
    Ok(0)
}

async fn delete(session: &Session, key: &str, backup: bool, yes: bool) -> Result<u8> {
    let (central, printer) = (session.central().await?, session.printer);
    let detail = central.tenant(key, false).await?;
    // Of one that was adopted nothing was made here, and nothing is dropped.
    let stays = detail.steps.is_empty();
    let found = detail.row;
    let what = match stays {
        true => {
            format!("This ends what is known of {} here; its database {} stays as it is", found.slug, found.database)
        }
        false => format!("This drops the database {} of {} for good", found.database, found.slug),
    };
    ask::typed(yes, &what, &found.slug).await?;
    let deletion = central.delete(&found.id, &found.slug, backup).await?;
    if let Some(file) = &deletion.backup {
        printer.say(format!("Backup: {file}"));
    }
    let then = match stays {
        true => format!("; its database stays as it is: {} on {}", found.database, found.server),
        false => String::new(),
    };
    printer.say(format!("{} is deleted{then}", found.slug));
    printer.one(&deletion, &rows::fields(&deletion.row));
    Ok(0)
}

fn password_hash(text: &str) -> Result<PasswordHash, String> {
    text.parse().map_err(|e: Unreadable| e.hint.unwrap_or(e.message))
}

fn state(text: &str) -> Result<State, String> {
    text.parse().map_err(|e: Unreadable| e.hint.unwrap_or(e.message))
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
