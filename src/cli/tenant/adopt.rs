//! `neo tenant adopt`: databases that exist already, one or a file of hundreds.

use std::path::{Path, PathBuf};

use clap::Args;
use futures::StreamExt;
use secrecy::ExposeSecret;

use super::{listing, rows};
use crate::cli::Session;
use crate::cli::ask::SecretSource;
use crate::cli::central::Central;
use crate::cli::print::{count, or_dash};
use crate::config::secret_variable;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::servers;
use crate::tenants::{Entry, Outcome, Survey};

/// Databases looked at, or adopted, at once.
const AT_ONCE: usize = 16;

/// Register a database that exists already, or a file of hundreds
///
/// What its _sqlx_migrations or knex_migrations say is applied counts as applied. Its user's password comes from
/// TENANT_PASSWORD, sealed by the replaced system's key from SEALED_PASSWORD, from standard input with --password-stdin, or
/// from a prompt. SQLite needs none.
#[derive(Args)]
pub struct Adopt {
    #[arg(required_unless_present = "from_file")]
    slug: Option<String>,
    #[arg(long)]
    name: Option<String>,
    /// The server it lives on
    #[arg(long, value_name = "NAME", default_value = servers::LOCAL)]
    server: String,
    /// SQLite: the path of the file
    #[arg(long, value_name = "NAME", required_unless_present = "from_file")]
    database: Option<String>,
    #[arg(long, value_name = "NAME", default_value = "")]
    user: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// CSV (slug,name,server,database,user,password,sealed_password) or JSON with the same keys; keep it from others' eyes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["slug", "database", "name", "user", "password_stdin"])]
    from_file: Option<PathBuf>,
    /// Adopt the sound ones of the file although others are not
    #[arg(long, requires = "from_file")]
    keep_going: bool,
    /// Say what would be done; nothing is touched
    #[arg(long)]
    dry_run: bool,
}

impl Adopt {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let central = session.central().await?;
        match &self.from_file {
            Some(file) => self.many(session, &*central, file).await,
            None => self.one(session, &*central).await,
        }
    }

    async fn one(&self, session: &Session, central: &dyn Central) -> Result<u8> {
        let server = central.server(&self.server).await?;
        let entry = Entry {
            slug: self.slug.clone().unwrap_or_default(),
            name: self.name.clone(),
            database: self.database.clone().unwrap_or_default(),
            user: Some(self.user.clone()),
            server: Some(server.name),
            ..self.password(server.engine).await?
        };
        if self.dry_run {
            let survey = central.survey(&entry).await?;
            show(session, std::slice::from_ref(&survey));
            return Ok(if survey.outcome == Outcome::Refused { 6 } else { 0 });
        }
        let tenant = central.adopt(&entry).await?;
        session.printer.say(format!("{} is adopted", tenant.row.slug));
        rows::detail(session.printer, &tenant);
        Ok(0)
    }

    /// An entry that says the password, and nothing else.
    async fn password(&self, engine: Engine) -> Result<Entry> {
        match secret_variable("SEALED_PASSWORD") {
            _ if engine.is_file() => Ok(Entry::default()),
            Some(sealed) if !self.password_stdin => {
                Ok(Entry { sealed_password: Some(sealed.expose_secret().to_owned()), ..Entry::default() })
            }
            _ => {
                let source = SecretSource {
                    prompt: "Password of the tenant's user",
                    variable: "TENANT_PASSWORD",
                    from_stdin: self.password_stdin,
                    twice: false,
                };
                Ok(Entry { password: Some(source.read().await?.expose_secret().to_owned()), ..Entry::default() })
            }
        }
    }

    async fn many(&self, session: &Session, central: &dyn Central, file: &Path) -> Result<u8> {
        let printer = session.printer;
        let mut listing = listing::read::<Entry>(file)?;
        listing.once(|entry| Some(format!("\"{}\"", entry.slug)));
        for (_, entry) in &mut listing.entries {
            entry.server.get_or_insert_default();
            if let Some(server) = entry.server.as_mut().filter(|name| name.is_empty()) {
                server.clone_from(&self.server);
            }
        }
        listing.once(|entry| {
            let server = entry.server.as_deref().unwrap_or_default();
            Some(format!("the database \"{}\" on server \"{server}\"", entry.database))
        });
        // What is no entry at all, or contradicts another, is for nobody to keep going over.
        listing::refuse(file, &listing.bad)?;
        let entries = listing.entries;
        let surveys: Vec<Result<Survey>> =
            futures::stream::iter(&entries).map(|(_, entry)| central.survey(entry)).buffered(AT_ONCE).collect().await;
        let surveys = surveys.into_iter().collect::<Result<Vec<_>>>()?;
        let refused = surveys.iter().filter(|s| s.outcome == Outcome::Refused).count();
        if self.dry_run {
            show(session, &surveys);
            printer.say(format!(
                "{}, {refused} of them refused; nothing was touched",
                count(surveys.len() as i64, "tenant")
            ));
            return Ok(if refused > 0 { 6 } else { 0 });
        }
        if refused > 0 && !self.keep_going {
            let bad: Vec<_> = entries
                .iter()
                .zip(&surveys)
                .filter(|(_, survey)| survey.outcome == Outcome::Refused)
                .map(|((line, entry), survey)| {
                    (*line, format!("{}: {}", entry.slug, survey.problem.as_deref().unwrap_or_default()))
                })
                .collect();
            let error = listing::refuse(file, &bad).err().unwrap_or_else(|| Error::internal("no line was bad"));
            return Err(error.hint("mend them; or adopt the others with --keep-going"));
        }
        let ready = entries.iter().zip(&surveys).filter(|(_, survey)| survey.outcome == Outcome::Ready);
        let mut adopting = futures::stream::iter(ready)
            .map(|((_, entry), _)| async move { (&entry.slug, central.adopt(entry).await) })
            .buffer_unordered(AT_ONCE);
        let (mut adopted, mut failed) = (0, Vec::new());
        while let Some((slug, outcome)) = adopting.next().await {
            match outcome {
                Ok(tenant) => {
                    adopted += 1;
                    printer.say(format!("✓ {slug}  {}", or_dash(tenant.row.version)));
                }
                Err(error) => {
                    printer.say(format!("✗ {slug}  {error}"));
                    failed.push(serde_json::json!({"tenant": slug, "problem": error.to_string()}));
                }
            }
        }
        let there = surveys.iter().filter(|s| s.outcome == Outcome::Adopted).count();
        for survey in surveys.iter().filter(|s| s.outcome == Outcome::Refused) {
            printer.say(format!("✗ {}  {}", survey.tenant, survey.problem.as_deref().unwrap_or_default()));
            failed.push(serde_json::json!({"tenant": survey.tenant, "problem": survey.problem}));
        }
        printer.say(format!("{adopted} adopted, {there} were already, {} refused", failed.len()));
        if printer.is_json() {
            printer.json(&serde_json::json!({"adopted": adopted, "already": there, "refused": failed}));
        }
        Ok(if failed.is_empty() { 0 } else { 3 })
    }
}

fn show(session: &Session, surveys: &[Survey]) {
    let head = ["tenant", "server", "outcome", "record", "baseline", "version", "pending", "problem"];
    session.printer.list(surveys, &head, |s| {
        vec![
            s.tenant.clone(),
            s.server.clone(),
            s.outcome.to_string(),
            s.record.map(|record| record.to_string()).unwrap_or_default(),
            s.baseline.len().to_string(),
            or_dash(s.version),
            or_dash(s.pending),
            s.problem.clone().unwrap_or_default(),
        ]
    });
}
