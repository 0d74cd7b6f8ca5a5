//! `neo tenant adopt`: databases that exist already, one or a file of hundreds.

mod many;
mod screen;

use std::path::PathBuf;

use clap::Args;
use secrecy::ExposeSecret;

use super::rows;
use crate::cli::Session;
use crate::cli::ask::SecretSource;
use crate::cli::central::Central;
use crate::cli::live::Follow;
use crate::cli::print::{Printer, or_dash};
use crate::config::secret_variable;
use crate::engine::Engine;
use crate::error::{Result, printable};
use crate::servers;
use crate::tenants::{Entry, Outcome, PasswordHash, Survey};

/// Register a database that exists already, or a file of hundreds
///
/// What its _sqlx_migrations or knex_migrations say is applied counts as applied; a database with tables and neither of them is
/// refused. Its user's password comes from
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
    /// How the passwords of its users are hashed that are set here: what its application reads. Theirs stay as they are
    #[arg(long, value_name = "argon2id|bcrypt", value_parser = super::password_hash, default_value_t)]
    password_hash: PasswordHash,
    /// The table of knex's record (its tableName), where it is not knex_migrations
    #[arg(long, value_name = "NAME")]
    record_table: Option<String>,
    /// Nobody has kept a record, and none of the files has been applied there: all are pending
    #[arg(long, conflicts_with = "record_table")]
    no_record: bool,
    /// CSV (slug,name,server,database,user,password,sealed_password,password_hash,record_table,no_record) or JSON with the same
    /// keys; keep it from others' eyes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["slug", "database", "name", "user", "password_stdin"])]
    from_file: Option<PathBuf>,
    /// Adopt the sound ones of the file although others are not
    #[arg(long, requires = "from_file")]
    keep_going: bool,
    /// Say what would be done; nothing is touched
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    follow: Follow,
}

impl Adopt {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let central = session.central().await?;
        match &self.from_file {
            Some(file) => many::run(&self, session, &*central, file).await,
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
            password_hash: Some(self.password_hash),
            record_table: self.record_table.clone(),
            no_record: Some(self.no_record),
            ..self.password(server.engine).await?
        };
        if self.dry_run {
            let survey = central.survey(&entry).await?;
            show(session, std::slice::from_ref(&survey));
            return Ok(if survey.outcome == Outcome::Refused { 6 } else { 0 });
        }
        let tenant = central.adopt(&entry).await?;
        note(session.printer, &tenant.row.slug, &tenant.notes);
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
                    may_be_stdin: true,
                    from_stdin: self.password_stdin,
                    twice: false,
                };
                Ok(Entry { password: Some(source.read().await?.expose_secret().to_owned()), ..Entry::default() })
            }
        }
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
    for survey in surveys {
        note(session.printer, &survey.tenant, &survey.notes);
        if let Some(hint) = survey.hint.as_ref().filter(|_| surveys.len() == 1) {
            session.printer.say(format!("  hint: {}", hint.command()));
        }
    }
}

/// What is to be known of a tenant, a line each.
fn note(printer: Printer, slug: &str, notes: &[String]) {
    for note in notes {
        printer.say(format!("{slug}: {}", printable(note)));
    }
}
