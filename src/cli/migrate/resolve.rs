//! `neo migrate resolve`: the way out for tenants that are half way through a migration.

use std::collections::HashSet;

use clap::Args;
use futures::{FutureExt, StreamExt};
use neo_model::FailedTenant;
use serde_json::{Value, json};

use crate::cli::central::Central;
use crate::cli::print::{self, Printer, count};
use crate::cli::selection::{named, run_number};
use crate::cli::{Session, ask};
use crate::error::{Do, Error, Result, printable};
use crate::migrations::apply::{HalfDone, Resolution};
use crate::tenants::{Decision, Resolved, Row as Tenant, Unresolved};

/// Tenants that are looked at, or brought further, at once.
const AT_ONCE: usize = 8;

/// Get tenants out of a migration that was begun and never finished
///
/// Without a choice it only shows where they stand: which migration, which statement failed, what went through. A choice asks to
/// type the tenant's slug (or, for several, their number) unless --yes is given, is done under each tenant's migration lock, and
/// is audited. Nothing that went through is run again. With several, one that fails stops no other, and the command ends with 3.
#[derive(Args)]
pub struct Resolve {
    /// Slugs or ids
    #[arg(value_name = "SLUG|ID", required_unless_present_any = ["all", "run"], conflicts_with_all = ["all", "run"])]
    tenants: Vec<String>,
    /// All that are known to be half way through a migration
    #[arg(long, alias = "all-tenants", conflicts_with = "run")]
    all: bool,
    /// Those that this run has left so
    #[arg(long, value_name = "RUN", value_parser = run_number)]
    run: Option<i64>,
    /// Of that run, those that failed with this fingerprint
    #[arg(long, value_name = "FINGERPRINT", requires = "run")]
    cause: Option<String>,
    /// All of it is there: mark the migration as applied
    #[arg(long, group = "choice")]
    applied: bool,
    /// None of it is there: take its row out of the ledger
    #[arg(long, group = "choice")]
    not_applied: bool,
    /// Run the rest, from the statement that failed, or (of one tenant) from statement N; refused when what went through reads differently now
    #[arg(long = "continue", value_name = "N", num_args = 0..=1, group = "choice")]
    go_on: Option<Option<usize>>,
    /// PostgreSQL: drop the indexes that a failed CREATE INDEX CONCURRENTLY has left behind
    #[arg(long, group = "choice")]
    drop_invalid: bool,
    /// Forget what is known of the tenant's ledger, which is not what it was and is right as it is; nothing is done there
    #[arg(long, group = "choice")]
    forget: bool,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

/// What is to be done on each of them.
enum Choice {
    Decide(Resolution),
    DropInvalid,
    Forget,
}

/// What came of it on one: for people and for programs.
struct Done {
    said: String,
    json: Value,
}

impl Resolve {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let choice = self.choice();
        let is_one = self.tenants.len() == 1;
        if let (false, Some(Choice::Decide(Resolution::Continue { from: Some(n) }))) = (is_one, &choice) {
            return Err(Error::invalid("continue", format!("statement {n} is named for one tenant, not for several"))
                .hint("--continue goes on where each of them stopped"));
        }
        let central = &*session.central().await?;
        let tenants = self.whom(central).await?;
        match (choice, tenants.first().filter(|_| is_one)) {
            (None, Some(tenant)) => show_one(session, central, tenant).await,
            (None, None) => show_all(session, central, &tenants).await,
            (Some(choice), Some(tenant)) => self.one(session, central, tenant, &choice).await,
            (Some(choice), None) => self.several(session, central, &tenants, &choice).await,
        }
    }

    fn choice(&self) -> Option<Choice> {
        let decisions = [
            self.applied.then_some(Choice::Decide(Resolution::Applied)),
            self.not_applied.then_some(Choice::Decide(Resolution::NotApplied)),
            self.go_on.map(|from| Choice::Decide(Resolution::Continue { from })),
            self.drop_invalid.then_some(Choice::DropInvalid),
            self.forget.then_some(Choice::Forget),
        ];
        decisions.into_iter().flatten().next()
    }

    /// Those that are named; else those that are known to be half done, all or of a run.
    async fn whom(&self, central: &dyn Central) -> Result<Vec<Tenant>> {
        named(&self.tenants)?;
        let mut found: Vec<Tenant> = Vec::new();
        for key in &self.tenants {
            let tenant = central.tenant(key, false).await?.row;
            if found.iter().all(|one| one.id != tenant.id) {
                found.push(tenant);
            }
        }
        if !self.tenants.is_empty() {
            return Ok(found);
        }
        found = central.half_done().await?;
        if let Some(run) = self.run {
            let failures = central.run(run).await?.summary.failures;
            let is_meant = |failed: &FailedTenant| match (&self.cause, &failed.failure) {
                (Some(cause), Some(failure)) => *cause == failure.fingerprint,
                (cause, _) => cause.is_none(),
            };
            let of_run: HashSet<String> = failures.into_iter().filter(is_meant).map(|failed| failed.tenant).collect();
            if let Some(cause) = self.cause.as_ref().filter(|_| of_run.is_empty()) {
                return Err(Error::not_found("cause", cause).hint(Do::ShowRun { run }));
            }
            found.retain(|tenant| of_run.contains(&tenant.slug));
        }
        Ok(found)
    }

    async fn one(&self, session: &Session, central: &dyn Central, tenant: &Tenant, choice: &Choice) -> Result<u8> {
        ask::typed(self.yes, &format!("{} on {}", what(choice), tenant.slug), &tenant.slug).await?;
        let done = decide(central, tenant, choice, self.reason.as_deref()).await?;
        if session.printer.is_json() {
            session.printer.json(&done.json);
        } else {
            session.printer.line(done.said);
            if matches!(choice, Choice::Decide(_) | Choice::Forget) {
                session.printer.say(format!("What else is pending: neo migrate tenant {}", tenant.slug));
            }
        }
        Ok(0)
    }

    async fn several(
        &self,
        session: &Session,
        central: &dyn Central,
        tenants: &[Tenant],
        choice: &Choice,
    ) -> Result<u8> {
        if !tenants.is_empty() {
            let slugs: Vec<_> = tenants.iter().map(|tenant| tenant.slug.as_str()).collect();
            session.printer.say(slugs.join(", "));
            let n = tenants.len();
            ask::typed(self.yes, &format!("{} on {}", what(choice), count(n as i64, "tenant")), &n.to_string()).await?;
        }
        let reason = self.reason.as_deref();
        let all = each(tenants, |tenant| decide(central, tenant, choice, reason)).await;
        Ok(tell(session.printer, &all, |_, done| session.printer.line(&done.said), |_, done| done.json.clone()))
    }
}

fn what(choice: &Choice) -> String {
    match choice {
        Choice::Decide(Resolution::Applied) => "This marks the half-done migration as applied".into(),
        Choice::Decide(Resolution::NotApplied) => "This marks the half-done migration as not applied".into(),
        Choice::Decide(Resolution::Continue { from: None }) => {
            "This runs the statement that failed, and those after it".into()
        }
        Choice::Decide(Resolution::Continue { from: Some(n) }) => format!("This runs statement {n} and those after it"),
        Choice::DropInvalid => "This drops the invalid indexes".into(),
        Choice::Forget => "This forgets what is known of the ledger".into(),
    }
}

async fn decide(central: &dyn Central, tenant: &Tenant, choice: &Choice, reason: Option<&str>) -> Result<Done> {
    let (decision, from) = match choice {
        Choice::Decide(Resolution::Applied) => (Decision::Applied, None),
        Choice::Decide(Resolution::NotApplied) => (Decision::NotApplied, None),
        Choice::Decide(Resolution::Continue { from }) => (Decision::Continue, *from),
        Choice::DropInvalid => (Decision::DropInvalid, None),
        Choice::Forget => (Decision::Forget, None),
    };
    let resolved = central.resolve(&tenant.id, decision, from, reason).await?;
    let said = match &resolved {
        Resolved::Migration { migration, tenant: slug, .. } => {
            let done = match decision {
                Decision::Applied => "is marked as applied",
                Decision::NotApplied => "is marked as not applied",
                Decision::Continue | Decision::DropInvalid | Decision::Forget => "has come to its end",
            };
            format!("{migration} {done} on {slug}")
        }
        Resolved::Indexes { dropped, tenant: slug } if dropped.is_empty() => {
            format!("no index is invalid on {slug}: nothing to do")
        }
        Resolved::Indexes { dropped, tenant: slug } => format!("dropped {} on {slug}", dropped.join(", ")),
        Resolved::Ledger { tenant: slug, .. } => format!("what was known of the ledger of {slug} is forgotten"),
    };
    Ok(Done { said, json: serde_json::to_value(&resolved).map_err(Error::internal)? })
}

async fn show_one(session: &Session, central: &dyn Central, tenant: &Tenant) -> Result<u8> {
    let found = central.unresolved(&tenant.id).await?;
    if session.printer.is_json() {
        session.printer.json(&found);
    } else {
        show(session, &tenant.slug, &found);
    }
    Ok(0)
}

async fn show_all(session: &Session, central: &dyn Central, tenants: &[Tenant]) -> Result<u8> {
    let all = each(tenants, |tenant| central.unresolved(&tenant.id)).await;
    Ok(tell(
        session.printer,
        &all,
        |tenant, found| show(session, &tenant.slug, found),
        |tenant, found| json!({"tenant": tenant.slug, "half_done": found.half_done, "invalid_indexes": found.invalid_indexes}),
    ))
}

/// Several at once, answered in their order.
async fn each<'a, T, F>(tenants: &'a [Tenant], on: impl Fn(&'a Tenant) -> F) -> Vec<(&'a Tenant, Result<T>)>
where
    F: Future<Output = Result<T>>,
{
    let all = futures::stream::iter(tenants).map(|tenant| on(tenant).map(move |result| (tenant, result)));
    all.buffered(AT_ONCE).collect().await
}

/// Says what came of it on each, and answers how the command ends.
fn tell<T>(
    printer: Printer,
    all: &[(&Tenant, Result<T>)],
    words: impl Fn(&Tenant, &T),
    document: impl Fn(&Tenant, &T) -> Value,
) -> u8 {
    let failed = all.iter().filter(|(_, result)| result.is_err()).count();
    let code = if failed > 0 { 3 } else { 0 };
    if printer.is_json() {
        let list = all.iter().map(|(tenant, result)| match result {
            Ok(done) => document(tenant, done),
            Err(error) => json!({"tenant": tenant.slug, "error": print::error_body(error)}),
        });
        printer.json(&list.collect::<Vec<_>>());
        return code;
    }
    if all.is_empty() {
        printer.line("nothing is half done");
    }
    for (tenant, result) in all {
        match result {
            Ok(done) => words(tenant, done),
            Err(error) => {
                printer.say(format!("{} {}  {}", printer.red("✗"), tenant.slug, printable(&error.to_string())));
                if let Some(hint) = &error.hint {
                    printer.say(format!("    hint: {}", printable(&hint.command())));
                }
            }
        }
    }
    if failed > 0 {
        printer.say(format!("{failed} of {} failed", count(all.len() as i64, "tenant")));
    }
    code
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
