//! `neo create-tenant-user` and `neo tenant users …`.

use neo_model::{AccountStatus, TenantUserLink};

use super::admin::{KnownPerson, NEW_PASSWORD, Person};
use super::ask::{self, SecretSource};
use super::central::Change;
use super::print::{Printer, or_dash};
use super::{Session, print};
use crate::clock::rfc3339;
use crate::error::{Result, printable};
use crate::tenant_users::{NewTenantUser, TenantUser, Wanted, unguessable};

/// Create a user inside one tenant
///
/// What is not given is asked for on a terminal. The password comes from PASSWORD, from standard input with --password-stdin, or from a prompt (typed twice); with --link nobody but the user ever knows it.
#[derive(clap::Args)]
pub struct CreateTenantUser {
    /// Slug or id of the tenant
    tenant: String,
    #[command(flatten)]
    person: Person,
    /// Ask for no password: print a link by which they choose one, once, within 48 hours
    #[arg(long, conflicts_with = "password_stdin")]
    link: bool,
}

impl CreateTenantUser {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let new = if self.link { unknown(self.person).await? } else { known(self.person.complete().await?) };
        let central = session.central().await?;
        let user = central.create_user(&self.tenant, new).await?;
        session.printer.say(format!("Created {} in {}", user.email, self.tenant));
        match self.link {
            true => tell(session.printer, &central.user_link(&self.tenant, &user.id).await?),
            false => show(session.printer, &user),
        }
        Ok(0)
    }
}

fn known(person: KnownPerson) -> NewTenantUser {
    let KnownPerson { email, password, first_name, last_name, role } = person;
    NewTenantUser { email, password, first_name, last_name, role }
}

/// The same of somebody whose password nobody knows yet.
async fn unknown(person: Person) -> Result<NewTenantUser> {
    Ok(NewTenantUser {
        email: ask::text(person.email, "email", "EMAIL", "Email").await?,
        password: unguessable(),
        first_name: ask::text(person.first_name, "first-name", "FIRST_NAME", "First name").await?,
        last_name: ask::text(person.last_name, "last-name", "LAST_NAME", "Last name").await?,
        role: ask::text(person.role, "role", "ROLE", "Role").await?,
    })
}

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Users {
    #[command(subcommand)]
    act: Option<UsersAct>,
    #[command(flatten)]
    list: List,
}

// Without a doc comment: it would be told of what these are flattened into.
#[derive(clap::Args)]
pub struct List {
    /// Slug or id of the tenant
    #[arg(required = true)]
    tenant: Option<String>,
    /// Only those with this in their email or name
    #[arg(long, visible_alias = "q", value_name = "TEXT")]
    search: Option<String>,
    /// Go on where the page before ended: what it said
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(clap::Subcommand)]
pub enum UsersAct {
    /// List the users inside a tenant, in the order of their emails
    List(List),
    Create(CreateTenantUser),
    /// Give a user one role in the place of all others, and end their sessions
    SetRole {
        #[command(flatten)]
        user: Of,
        /// A role of that tenant
        role: String,
    },
    /// Keep a user out, and end their sessions
    Disable(Of),
    /// Let a disabled user in again
    Enable(Of),
    /// Set a new password and end the user's sessions (PASSWORD, --password-stdin, or a prompt)
    ResetPassword {
        #[command(flatten)]
        user: Of,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a link by which a user chooses a password, once, within 48 hours; the one before is worth nothing any more
    Link(Of),
    /// Sign a user out everywhere
    EndSessions(Of),
    /// Take a user out of the tenant's database, unless rows there refer to them
    Delete {
        #[command(flatten)]
        user: Of,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
}

/// A user of a tenant.
#[derive(clap::Args)]
pub struct Of {
    /// Slug or id of the tenant
    tenant: String,
    /// Their email or id
    user: String,
}

impl Users {
    pub async fn run(self, session: &Session) -> Result<u8> {
        match self.act {
            Some(act) => act.run(session).await,
            None => self.list.run(session).await,
        }
    }
}

impl UsersAct {
    async fn run(self, session: &Session) -> Result<u8> {
        let (user, change, done) = match self {
            UsersAct::Create(args) => return args.run(session).await,
            UsersAct::List(list) => return list.run(session).await,
            UsersAct::Link(Of { tenant, user }) => {
                tell(session.printer, &session.central().await?.user_link(&tenant, &user).await?);
                return Ok(0);
            }
            UsersAct::EndSessions(Of { tenant, user }) => {
                let ended = session.central().await?.end_user_sessions(&tenant, &user).await?;
                let count = i64::try_from(ended.ended).unwrap_or(i64::MAX);
                session.printer.say(print::count(count, "session") + " ended");
                if session.printer.is_json() {
                    session.printer.json(&ended);
                }
                return Ok(0);
            }
            UsersAct::Delete { user, yes } => {
                let what = format!("{} is taken out of {}, with the roles that they have", user.user, user.tenant);
                ask::typed(yes, &what, &user.user).await?;
                (user, Change::Delete, "deleted")
            }
            UsersAct::SetRole { user, role } => (user, Change::Role(role), "changed"),
            UsersAct::Disable(user) => (user, Change::Disable, AccountStatus::Disabled.word()),
            UsersAct::Enable(user) => (user, Change::Enable, "enabled"),
            UsersAct::ResetPassword { user, password_stdin } => {
                let source = SecretSource { from_stdin: password_stdin, ..NEW_PASSWORD };
                (user, Change::Password(source.read().await?), "given a new password")
            }
        };
        let changed = session.central().await?.change_user(&user.tenant, &user.user, change).await?;
        session.printer.say(format!("{} is {done}", printable(&changed.email)));
        show(session.printer, &changed);
        Ok(0)
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<u8> {
        let Some(tenant) = self.tenant else { return Err(ask::missing("tenant", "SLUG")) };
        let is_first = self.after.is_none();
        let wanted = Wanted { search: self.search, after: self.after, limit: self.limit };
        let printer = session.printer;
        let page = session.central().await?.users(&tenant, &wanted).await?;
        if page.users.is_empty() {
            printer.say(match &wanted.search {
                None if is_first => format!("No users yet. The first one: neo create-tenant-user {tenant}"),
                Some(text) if is_first => {
                    format!("No user of {tenant} has \"{}\" in their email or name.", printable(text))
                }
                _ => "No more users.".to_owned(),
            });
        }
        printer.list(&page.users, &["email", "name", "roles", "status", "last sign-in", "created", "id"], |u| {
            vec![
                u.email.clone(),
                format!("{} {}", u.first_name, u.last_name),
                u.roles.join(","),
                AccountStatus::of(u.disabled).to_string(),
                or_dash(u.last_signed_in_at.map(rfc3339)),
                or_dash(u.created_at.as_ref()),
                u.id.clone(),
            ]
        });
        for closed in &page.closed {
            printer.say(format!("One cannot {} there: {}", closed.act.word(), printable(&closed.why)));
        }
        if let Some(next) = page.next {
            printer.say(format!("There are more: --after {next}"));
        }
        Ok(0)
    }
}

fn tell(printer: Printer, link: &TenantUserLink) {
    print::link(printer, (&link.url, &link.email, link.expires_at), link);
}

fn show(printer: Printer, user: &TenantUser) {
    let fields = [
        ("id", user.id.clone()),
        ("email", user.email.clone()),
        ("name", format!("{} {}", user.first_name, user.last_name)),
        ("roles", user.roles.join(", ")),
        ("status", AccountStatus::of(user.disabled).to_string()),
        ("last sign-in", or_dash(user.last_signed_in_at.map(rfc3339))),
    ];
    printer.one(user, &fields);
}
