//! `neo create-tenant-user` and `neo tenant users …`.

use neo_model::AccountStatus;

use super::Session;
use super::admin::{KnownPerson, NEW_PASSWORD, Person};
use super::ask::SecretSource;
use super::central::Change;
use super::print::{Printer, or_dash};
use crate::error::{Result, printable};
use crate::tenant_users::{NewTenantUser, TenantUser, Wanted};

/// Create a user inside one tenant
///
/// What is not given is asked for on a terminal. The password comes from PASSWORD, from standard input with --password-stdin, or from a prompt (typed twice).
#[derive(clap::Args)]
pub struct CreateTenantUser {
    /// Slug or id of the tenant
    tenant: String,
    #[command(flatten)]
    person: Person,
}

impl CreateTenantUser {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let KnownPerson { email, password, first_name, last_name, role } = self.person.complete().await?;
        let new = NewTenantUser { email, password, first_name, last_name, role };
        let user = session.central().await?.create_user(&self.tenant, new).await?;
        session.printer.say(format!("Created {} in {}", user.email, self.tenant));
        show(session.printer, &user);
        Ok(0)
    }
}

#[derive(clap::Subcommand)]
pub enum Users {
    /// List the users inside a tenant, in the order of their emails
    List {
        /// Slug or id of the tenant
        tenant: String,
        /// Only those with this in their email or name
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Pass over so many: the next page
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: u32,
        #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
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
        let (user, change, done) = match self {
            Users::Create(args) => return args.run(session).await,
            Users::List { tenant, search, after, limit } => {
                return list(session, &tenant, &Wanted { search, after, limit }).await;
            }
            Users::SetRole { user, role } => (user, Change::Role(role), "changed"),
            Users::Disable(user) => (user, Change::Disable, AccountStatus::Disabled.word()),
            Users::Enable(user) => (user, Change::Enable, "enabled"),
            Users::ResetPassword { user, password_stdin } => {
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

async fn list(session: &Session, tenant: &str, wanted: &Wanted) -> Result<u8> {
    let printer = session.printer;
    let page = session.central().await?.users(tenant, wanted).await?;
    if page.users.is_empty() {
        printer.say(match (&wanted.search, wanted.after) {
            (None, 0) => format!("No users yet. The first one: neo create-tenant-user {tenant}"),
            (Some(text), 0) => format!("No user of {tenant} has \"{}\" in their email or name.", printable(text)),
            _ => "No more users.".to_owned(),
        });
    }
    printer.list(&page.users, &["email", "name", "roles", "status", "created", "id"], |u| {
        vec![
            u.email.clone(),
            format!("{} {}", u.first_name, u.last_name),
            u.roles.join(","),
            AccountStatus::of(u.disabled).to_string(),
            or_dash(u.created_at.as_ref()),
            u.id.clone(),
        ]
    });
    if let Some(next) = page.next {
        printer.say(format!("There are more: --after {next}"));
    }
    Ok(0)
}

fn show(printer: Printer, user: &TenantUser) {
    let fields = [
        ("id", user.id.clone()),
        ("email", user.email.clone()),
        ("name", format!("{} {}", user.first_name, user.last_name)),
        ("roles", user.roles.join(", ")),
    ];
    printer.one(user, &fields);
}
