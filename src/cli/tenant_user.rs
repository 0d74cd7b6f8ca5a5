//! `neo create-tenant-user` and `neo tenant users …`.

use super::Session;
use super::admin::{KnownPerson, Person};
use super::print::or_dash;
use crate::error::Result;
use crate::tenant_users::{self, NewTenantUser};

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
    /// List the users inside a tenant
    List {
        /// Slug or id of the tenant
        tenant: String,
    },
    Create(CreateTenantUser),
}

impl Users {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let tenant = match self {
            Users::Create(args) => return args.run(session).await,
            Users::List { tenant } => tenant,
        };
        let platform = session.open().await?;
        let users = tenant_users::list(&platform, &session.actor, &tenant).await?;
        if users.is_empty() {
            session.printer.say(format!("No users yet. The first one: neo create-tenant-user {tenant}"));
        }
        session.printer.list(&users, &["email", "name", "roles", "status", "created", "id"], |u| {
            vec![
                u.email.clone(),
                format!("{} {}", u.first_name, u.last_name),
                u.roles.join(","),
                if u.disabled { "disabled" } else { "active" }.into(),
                or_dash(u.created_at.as_ref()),
                u.id.clone(),
            ]
        });
        Ok(0)
    }
}
