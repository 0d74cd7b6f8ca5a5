//! `neo tenant create` and `retry`.

use std::path::PathBuf;

use clap::Args;
use neo_model::Provisioning;

use super::{ADMIN_PASSWORD, many, rows, with_ways_out};
use crate::Platform;
use crate::cli::central::Runs;
use crate::cli::live::Follow;
use crate::cli::near::Near;
use crate::cli::{Session, live};
use crate::error::Result;
use crate::runs::{self, Run};
use crate::tenants::{self, Detail, FirstAdmin, NewTenant, Status, Tenant};

/// Provision a tenant: database, role, migrations, first admin
///
/// With --admin-email the tenant gets its first user; the password comes from ADMIN_PASSWORD or a prompt.
#[derive(Args)]
pub struct Create {
    /// Lower-case letters, digits and hyphens: acme-corp
    #[arg(required_unless_present = "from_file")]
    slug: Option<String>,
    /// As people read it [default: from the slug]
    #[arg(long)]
    name: Option<String>,
    /// The server to live on [default: local]
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// May be repeated
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// The tenant's first user, with the role admin
    #[arg(long, value_name = "EMAIL")]
    admin_email: Option<String>,
    #[arg(long, value_name = "NAME", default_value = "Tenant", requires = "admin_email")]
    admin_first_name: String,
    #[arg(long, value_name = "NAME", default_value = "Admin", requires = "admin_email")]
    admin_last_name: String,
    /// Only queue it and print the run's number; `neo serve` or `neo work` does it
    #[arg(long)]
    detach: bool,
    /// Many: CSV (slug,name,server,tags,admin_email; several tags separated by ;) or JSON with the same keys. What is there
    /// already is left alone, what failed is gone on with
    #[arg(long, value_name = "FILE", conflicts_with_all = ["slug", "name", "tag", "admin_email", "detach"])]
    from_file: Option<PathBuf>,
    #[command(flatten)]
    follow: Follow,
}

impl Create {
    pub async fn run(self, session: &Session) -> Result<u8> {
        if let Some(file) = &self.from_file {
            return many::create(session, file, self.server.as_deref(), self.follow).await;
        }
        let admin = match self.admin_email {
            None => None,
            Some(email) => {
                let password = ADMIN_PASSWORD.read().await?;
                Some(FirstAdmin { email, password, first_name: self.admin_first_name, last_name: self.admin_last_name })
            }
        };
        let platform = session.open().await?;
        let slug = self.slug.unwrap_or_default();
        let new = NewTenant { slug: slug.clone(), name: self.name, server: self.server, tags: self.tag, admin };
        let (tenant, run) =
            runs::provision(&platform, &session.actor, new).await.map_err(|e| with_ways_out(e, &slug))?;
        if self.detach {
            if session.printer.is_json() {
                let begun = Provisioning { id: tenant.id, run: run.number, tenant: tenant.slug };
                session.printer.json(&begun);
            } else {
                session.printer.line(run.number.to_string());
            }
            return Ok(0);
        }
        provisioned(session, &platform, &tenant, &run, self.follow).await
    }
}

pub async fn retry(session: &Session, platform: &Platform, key: &str, how: Follow) -> Result<u8> {
    let tenant = tenants::find(platform, &session.actor, key).await?;
    let run = runs::provision_again(platform, &session.actor, &tenant.id).await?;
    provisioned(session, platform, &tenant, &run, how).await
}

/// Shows the steps as they go, then the tenant; after a failure what is there and the two ways on.
async fn provisioned(session: &Session, platform: &Platform, tenant: &Tenant, run: &Run, how: Follow) -> Result<u8> {
    let printer = session.printer;
    let slug = &tenant.slug;
    let near = Near::new(platform.clone(), session.actor.clone());
    if let Some(code) = live::follow(session, &near, &near.run(run.number).await?, 0, (true, how)).await? {
        printer.say(format!("Stopped. Go on with: neo run resume {} · neo tenant cleanup {slug}", run.number));
        return Ok(code);
    }
    let tenant = tenants::find(platform, &session.actor, &tenant.id).await?;
    let active = tenant.status == Status::Active;
    let detail = Detail { run: Some(run.number), ..tenants::detail(platform, &session.actor, tenant, false).await? };
    if active {
        printer.say(format!("{slug} is active"));
        rows::detail(printer, &detail);
        return Ok(0);
    }
    let made = rows::made(&detail);
    let there =
        if made.is_empty() { "nothing was made".to_owned() } else { format!("done so far: {}", made.join(", ")) };
    printer.say(format!(
        "{} {slug} is not provisioned; {there}\n  go on where it failed: neo tenant retry {slug}\n  \
         undo what was made:    neo tenant cleanup {slug}",
        printer.red("error:")
    ));
    if printer.is_json() {
        rows::detail(printer, &detail);
    }
    Ok(3)
}
