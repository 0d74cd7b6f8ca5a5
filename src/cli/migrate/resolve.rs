//! `neo migrate resolve`: the way out for a tenant that is half way through a migration.

use clap::Args;

use crate::cli::print::count;
use crate::cli::{Session, ask};
use crate::error::{Result, printable};
use crate::migrations::apply::{HalfDone, Resolution};
use crate::tenants::{self, Unresolved};

/// Get a tenant out of a migration that was begun and never finished
///
/// Without a choice it only shows where the tenant stands: which migration, which statement failed, what went through. A choice
/// asks to type the tenant's slug unless --yes is given, is done under the tenant's migration lock, and is audited. Nothing that
/// went through is run again.
#[derive(Args)]
pub struct Resolve {
    /// Slug or id
    #[arg(value_name = "SLUG|ID")]
    tenant: String,
    /// All of it is there: mark the migration as applied
    #[arg(long, group = "choice")]
    applied: bool,
    /// None of it is there: take its row out of the ledger
    #[arg(long, group = "choice")]
    not_applied: bool,
    /// Run the rest, from the statement that failed, or from statement N; refused when what went through reads differently now
    #[arg(long = "continue", value_name = "N", num_args = 0..=1, group = "choice")]
    go_on: Option<Option<usize>>,
    /// PostgreSQL: drop the indexes that a failed CREATE INDEX CONCURRENTLY has left behind
    #[arg(long, group = "choice")]
    drop_invalid: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Resolve {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (actor, printer) = (&session.actor, session.printer);
        let platform = session.open().await?;
        let tenant = tenants::find(&platform, actor, &self.tenant).await?;
        let how = match (self.applied, self.not_applied, self.go_on, self.drop_invalid) {
            (true, ..) => Resolution::Applied,
            (_, true, ..) => Resolution::NotApplied,
            (_, _, Some(from), _) => Resolution::Continue { from },
            (.., true) => {
                let what = format!("This drops the invalid indexes of {}", tenant.slug);
                ask::typed(self.yes, &what, &tenant.slug).await?;
                let dropped = tenants::drop_invalid(&platform, actor, &tenant.id, self.reason.as_deref()).await?;
                if printer.is_json() {
                    printer.json(&serde_json::json!({ "tenant": tenant.slug, "dropped": dropped }));
                } else if dropped.is_empty() {
                    printer.line("no index is invalid: nothing to do");
                } else {
                    printer.line(format!("dropped {}", dropped.join(", ")));
                }
                return Ok(0);
            }
            _ => {
                let found = tenants::unresolved(&platform, actor, &tenant.id).await?;
                if printer.is_json() {
                    printer.json(&found);
                } else {
                    show(session, &tenant.slug, &found);
                }
                return Ok(0);
            }
        };
        let what = match &how {
            Resolution::Applied => "This marks the half-done migration as applied".to_owned(),
            Resolution::NotApplied => "This marks the half-done migration as not applied".to_owned(),
            Resolution::Continue { from: None } => "This runs the statement that failed, and those after it".to_owned(),
            Resolution::Continue { from: Some(n) } => format!("This runs statement {n} and those after it"),
        };
        ask::typed(self.yes, &format!("{what} on {}", tenant.slug), &tenant.slug).await?;
        let migration = tenants::resolve(&platform, actor, &tenant.id, &how, self.reason.as_deref()).await?;
        let after = tenants::find(&platform, actor, &tenant.id).await?;
        if printer.is_json() {
            printer.json(&serde_json::json!({
                "tenant": after.slug, "migration": migration, "version": after.version, "state": after.state,
            }));
        } else {
            let done = match how {
                Resolution::Applied => "is marked as applied",
                Resolution::NotApplied => "is marked as not applied",
                Resolution::Continue { .. } => "has come to its end",
            };
            printer.line(format!("{migration} {done} on {}", after.slug));
            printer.say(format!("What else is pending: neo migrate tenant {}", after.slug));
        }
        Ok(0)
    }
}

fn show(session: &Session, slug: &str, found: &Unresolved) {
    let printer = session.printer;
    if found.is_empty() {
        printer.line(format!("nothing is half done on {slug}"));
    }
    if let Some(half) = &found.half_done {
        half_done(session, slug, half);
    }
    for index in &found.invalid_indexes {
        printer.line(format!("index {} on {} is invalid: {}", index.name, index.table, index.remedy));
    }
    if !found.invalid_indexes.is_empty() {
        printer.line(format!("  neo migrate resolve {slug} --drop-invalid"));
    }
}

fn half_done(session: &Session, slug: &str, half: &HalfDone) {
    let printer = session.printer;
    let stopped = match half.stopped_at {
        Some(n) => format!("stopped at statement {n} of {}", half.statements.len()),
        None => format!("stopped nobody knows where, of {}", count(half.statements.len() as i64, "statement")),
    };
    printer.line(format!("{} ({}) is half done on {slug}: it {stopped}", half.migration, half.direction));
    for (index, statement) in half.statements.iter().enumerate() {
        let n = index + 1;
        let mark = match half.stopped_at {
            _ if half.changed.contains(&n) => "≠",
            Some(at) if n < at => "✓",
            Some(at) if n == at => "✗",
            _ => " ",
        };
        let line: String = statement.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
        printer.line(format!("  {mark} {n}  {}", printable(&line)));
    }
    if !half.changed.is_empty() {
        printer.line("  ≠ went through and reads differently now: the file cannot be continued like this");
    }
    if half.can_continue {
        printer.line(format!(
            "  neo migrate resolve {slug} --continue        run statement {} and the rest",
            half.stopped_at.unwrap_or(1)
        ));
    } else if half.changed.is_empty() {
        printer.line(format!("  neo migrate resolve {slug} --continue N      run statement N and the rest"));
    }
    // Of a rollback that stopped half way, finishing it by hand means that nothing of the migration is left.
    let (there, gone) = match half.direction.as_str() {
        "down" => ("what the rollback took is back, by hand", "the rollback was finished by hand"),
        _ => ("finished by hand", "taken back by hand"),
    };
    printer.line(format!("  neo migrate resolve {slug} --applied         all of it is there ({there})"));
    printer.line(format!("  neo migrate resolve {slug} --not-applied     none of it is there ({gone})"));
}
