//! `neo tenant create` and `retry`.

use std::path::PathBuf;

use clap::Args;
use neo_model::{Provisioning, Replaced, RunStatus};

use super::{ADMIN_PASSWORD, many, rows, with_ways_out};
use crate::cli::central::Central;
use crate::cli::live::Follow;
use crate::cli::{Session, live};
use crate::error::{Result, printable};
use crate::tenants::provision::StepState;
use crate::tenants::{Detail, FirstAdmin, NewTenant, PasswordHash};

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
    /// How the passwords of its users are hashed that are set here: what its application reads
    #[arg(long, value_name = "argon2id|bcrypt", value_parser = super::password_hash, default_value_t)]
    password_hash: PasswordHash,
    /// Only queue it and print the run's number; `neo serve` or `neo work` does it
    #[arg(long)]
    detach: bool,
    /// Many: CSV (slug,name,server,tags,admin_email,password_hash; several tags separated by ;) or JSON with the same keys. What is there
    /// already is left alone, what failed is gone on with
    #[arg(long, value_name = "FILE", conflicts_with_all = ["slug", "name", "tag", "admin_email", "detach"])]
    from_file: Option<PathBuf>,
    #[command(flatten)]
    follow: Follow,
}

impl Create {
    pub async fn run(self, session: &Session) -> Result<u8> {
        if let Some(file) = &self.from_file {
            return many::create(session, file, (self.server.as_deref(), self.password_hash), self.follow).await;
        }
        let admin = match self.admin_email {
            None => None,
            Some(email) => {
                let password = ADMIN_PASSWORD.read().await?;
                Some(FirstAdmin { email, password, first_name: self.admin_first_name, last_name: self.admin_last_name })
            }
        };
        let (central, printer) = (session.central().await?, session.printer);
        let slug = self.slug.unwrap_or_default();
        let new = NewTenant {
            slug: slug.clone(),
            name: self.name,
            server: self.server,
            tags: self.tag,
            admin,
            password_hash: self.password_hash,
            detached: self.detach,
        };
        let begun = central.create_tenant(new).await.map_err(|e| with_ways_out(e, &slug))?;
        if !self.detach {
            return provisioned(session, &*central, begun, self.follow).await;
        }
        live::leave(session, &*central, begun.run).await?;
        if printer.is_json() {
            printer.json(&begun);
        } else {
            printer.line(begun.run.to_string());
        }
        Ok(0)
    }
}

pub async fn retry(session: &Session, key: &str, how: Follow) -> Result<u8> {
    let central = session.central().await?;
    let begun = central.retry_tenant(key).await?;
    provisioned(session, &*central, begun, how).await
}

/// Shows the steps as they go, then the tenant; after a failure what is there and the two ways on.
pub(super) async fn provisioned(
    session: &Session,
    central: &dyn Central,
    begun: Provisioning,
    how: Follow,
) -> Result<u8> {
    let printer = session.printer;
    let Provisioning { id, run, tenant: slug } = begun;
    let stopped = live::follow(session, central, &central.run(run).await?, 0, (true, how)).await?;
    // What was asked to stop may have come to its end with the step that it was in.
    if let Some(code) = stopped
        && !central.run(run).await?.state.is_over()
    {
        if central.afar().is_none() {
            // The step that was under way comes to its end, and it may have been the last.
            let words = match central.run(run).await?.state {
                RunStatus::Succeeded => format!("Too late to stop it: run {run} has succeeded"),
                _ => format!("Stopped. Go on with: neo run resume {run} · neo tenant cleanup {slug}"),
            };
            printer.say(words);
        }
        return Ok(code);
    }
    let detail = Detail { run: Some(run), ..central.tenant(&id, false).await? };
    if !detail.row.status.is_being_made() {
        // A move takes itself back.
        let ended = central.run(run).await?;
        // Who cancels a run whose only tenant is just being done cancels nothing.
        if ended.state != RunStatus::Succeeded && ended.summary.tenants.migrated == 0 {
            let words =
                format!("{slug} was not moved: it has what it had before, and is {}", detail.row.status.as_str());
            printer.say(format!("{} {words}", printer.red("error:")));
            if printer.is_json() {
                rows::detail(printer, &detail);
            }
            return Ok(3);
        }
        printer.say(format!("{slug} is {}", detail.row.status.as_str()));
        if let Some(Replaced { server, database, .. }) = &detail.replaced {
            printer.say(format!(
                "what it had before is kept: {database} on {server}; once nobody misses it: neo tenant drop-replaced {slug}"
            ));
        }
        rows::detail(printer, &detail);
        return Ok(0);
    }
    let made = rows::made(&detail);
    let there =
        if made.is_empty() { "nothing was made".to_owned() } else { format!("done so far: {}", made.join(", ")) };
    // What is in the way first: to go on before that fails again.
    let mut failed = detail.steps.iter().filter(|step| step.state == StepState::Failed);
    let hint = failed.find_map(|step| step.failure.as_ref()?.hint.as_ref());
    let hint = hint.map(|hint| format!("\n  hint: {}", printable(&hint.command()))).unwrap_or_default();
    printer.say(format!(
        "{} {slug} is not provisioned; {there}{hint}\n  go on where it failed: neo tenant retry {slug}\n  \
         undo what was made:    neo tenant cleanup {slug}",
        printer.red("error:")
    ));
    if printer.is_json() {
        rows::detail(printer, &detail);
    }
    Ok(3)
}
