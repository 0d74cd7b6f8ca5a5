//! `neo create-tenant-user` and `neo tenant users …`.

use neo_model::AccountStatus;

use super::Session;
use super::admin::{KnownPerson, Person};
use super::print::or_dash;
use crate::error::{Result, printable};
use crate::tenant_users::{self, NewTenantUser, Wanted};

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
        let platform = session.open().await?;
        let new = NewTenantUser { email, password, first_name, last_name, role };
        let user = tenant_users::create(&platform, &session.actor, &self.tenant, new).await?;
        session.printer.say(format!("Created {} in {}", user.email, self.tenant));
        let fields = [
            ("id", user.id.clone()),
            ("email", user.email.clone()),
            ("name", format!("{} {}", user.first_name, user.last_name)),
            ("roles", user.roles.join(", ")),
        ];
        session.printer.one(&user, &fields);
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
}

impl Users {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (tenant, wanted) = match self {
            Users::Create(args) => return args.run(session).await,
            Users::List { tenant, search, after, limit } => (tenant, Wanted { search, after, limit }),
        };
        let platform = session.open().await?;
        let page = tenant_users::list(&platform, &session.actor, &tenant, &wanted).await?;
        if page.users.is_empty() {
            session.printer.say(match (&wanted.search, wanted.after) {
                (None, 0) => format!("No users yet. The first one: neo create-tenant-user {tenant}"),
                (Some(text), 0) => format!("No user of {tenant} has \"{}\" in their email or name.", printable(text)),
                _ => "No more users.".to_owned(),
            });
        }
        session.printer.list(&page.users, &["email", "name", "roles", "status", "created", "id"], |u| {
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
            session.printer.say(format!("There are more: --after {next}"));
        }
        Ok(0)
    }
}
