//! `neo migrate lint`: what there is to say of the files, without a key or a database.

mod github;
mod gitlab;
mod place;
mod sarif;

use std::path::Path;

use clap::Args;

use crate::cli::Session;
use crate::cli::print::{Form, Format, Printer, count};
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::{LintLine as Line, Set, Severity};
use place::Place;

/// Read the files for what loses data, locks, rewrites or cannot work
///
/// Needs neither a key nor a database. A finding that is all right is accepted in its file, with a reason: a line `-- neo: allow RULE
/// WHY`; it is listed, and does not fail. The rules are in docs/cli.md. Exits with 8 when findings are at or above --fail-on, with 2
/// when the folder of migrations cannot be read.
#[derive(Args)]
pub struct Lint {
    /// Versions, names or files; without, all
    #[arg(value_name = "VERSION|FILE")]
    migrations: Vec<String>,
    /// Only what is newer than this version
    #[arg(long, value_name = "VERSION")]
    since: Option<String>,
    /// The least that fails
    #[arg(long, value_name = "error|warning|notice", default_value = "warning")]
    fail_on: Severity,
    /// Only what holds on this engine; may be repeated
    #[arg(long, value_name = "postgres|mysql|sqlite", value_parser = engine)]
    engine: Vec<Engine>,
    /// For people, for programs, or where a change is read: commands of GitHub Actions, GitLab's code quality, SARIF 2.1.0
    #[arg(long, value_name = "FORMAT", value_parser = Form::of(&FORMS), help_heading = "Output")]
    format: Option<Form>,
}

const FORMS: [Form; 8] =
    [Form::Text, Form::Table, Form::Plain, Form::Json, Form::Ndjson, Form::Github, Form::Gitlab, Form::Sarif];

fn engine(text: &str) -> Result<Engine, String> {
    text.parse().map_err(|_| "one of: postgres, mysql, sqlite".to_owned())
}

impl Lint {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        let set = Set::load(&session.settings.tenant_migrations).await?;
        let wanted = self.wanted(&set)?;
        let engines: Vec<Engine> =
            Engine::ALL.into_iter().filter(|e| self.engine.is_empty() || self.engine.contains(e)).collect();
        let mut lines = set.lint(&engines).await?;
        lines.retain(|line| wanted.has(line.version) && wanted.has_file(&line.finding.file));
        let migrations = set.migrations.iter().filter(|m| wanted.has(m.version)).count() as i64;

        let place = || Place::of(&session.settings.tenant_migrations);
        match self.format {
            Some(Form::Github) => github::commands(&place(), &lines).iter().for_each(|command| printer.line(command)),
            Some(Form::Gitlab) => printer.json(&gitlab::issues(&place(), &lines)),
            Some(Form::Sarif) => printer.json(&sarif::log(&place(), &lines)),
            _ => list(printer, &lines, engines.len()),
        }
        let of = |severity| {
            lines.iter().filter(move |l: &&Line| l.finding.accepted.is_none() && l.finding.severity == severity)
        };
        let counts = [Severity::Error, Severity::Warning, Severity::Notice].map(|s| (of(s).count() as i64, s.as_str()));
        let accepted = lines.iter().filter(|line| line.finding.accepted.is_some()).count();
        let mut told: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| count(*n, word)).collect();
        if accepted > 0 {
            told.push(format!("{accepted} accepted"));
        }
        let told = if told.is_empty() { "nothing to say".to_owned() } else { told.join(", ") };
        printer.say(format!("{}: {told}", count(migrations, "migration")));
        let fails = lines.iter().any(|line| line.finding.counts(self.fail_on));
        Ok(if fails { 8 } else { 0 })
    }

    fn wanted(&self, set: &Set) -> Result<Wanted> {
        let since = self.since.as_deref().map(|text| set.floor(text)).transpose()?;
        let mut wanted = Wanted { since, versions: Vec::new(), files: Vec::new() };
        for text in &self.migrations {
            match text.strip_suffix(".sql").and_then(|_| Path::new(text).file_name()?.to_str()) {
                Some(file) => {
                    wanted.versions.push(set.resolve(file.split('.').next().unwrap_or(file))?.version);
                    wanted.files.push(file.to_owned());
                }
                None => wanted.versions.push(set.resolve(text)?.version),
            }
        }
        Ok(wanted)
    }
}

/// `engines`: how many were asked about.
fn list(printer: Printer, lines: &[Line], engines: usize) {
    printer.list(lines, &["", "rule", "where", "what"], |line| {
        let finding = &line.finding;
        let (word, message) = match &finding.accepted {
            Some(why) => ("accepted", format!("{} (accepted: {why})", finding.message)),
            None => (finding.severity.as_str(), finding.message.clone()),
        };
        let only = if finding.engines.len() < engines && printer.format == Format::Table {
            format!(" [{}]", finding.engines.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        };
        vec![word.into(), finding.rule.to_string(), finding.place(), format!("{message}{only}")]
    });
}

struct Wanted {
    since: Option<i64>,
    /// Empty: all.
    versions: Vec<i64>,
    /// Of the migrations that were named by a file, only those files.
    files: Vec<String>,
}

impl Wanted {
    fn has(&self, version: i64) -> bool {
        self.since.is_none_or(|since| version > since) && (self.versions.is_empty() || self.versions.contains(&version))
    }

    fn has_file(&self, file: &Path) -> bool {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else { return true };
        let version = name.get(..14);
        let mut of_it = self.files.iter().filter(|file| file.get(..14) == version).peekable();
        of_it.peek().is_none() || of_it.any(|file| file == name)
    }
}
