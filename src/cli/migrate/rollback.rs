//! `neo migrate rollback`: lists what it will undo, and asks before it does.

use clap::Args;
use neo_model::Undoing;

use super::{ROLLBACK, any_active, start};
use crate::cli::print::{Format, count};
use crate::cli::selection::{Behaviour, Narrow, named, run_number, version};
use crate::cli::summary::nothing;
use crate::cli::{Session, ask};
use crate::error::Result;
use crate::runs::{Goal, Request, Undone};

/// Undo migrations: by default what the tenant's last run applied
///
/// It lists what it will undo, refuses migrations without a down file, and asks to type the tenant's slug (or, for several,
/// their number) unless --yes is given.
#[derive(Args)]
pub struct Rollback {
    /// Slugs or ids
    #[arg(value_name = "SLUG|ID", required_unless_present = "all", conflicts_with = "all")]
    tenants: Vec<String>,
    /// All active tenants
    #[arg(long, alias = "all-tenants")]
    all: bool,
    /// Undo this many migrations
    #[arg(long, value_name = "N", conflicts_with_all = ["to", "run"], value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Undo everything after this version (0: everything)
    #[arg(long, value_name = "VERSION", conflicts_with = "run")]
    to: Option<String>,
    /// Undo what this run applied
    #[arg(long, value_name = "RUN", value_parser = run_number)]
    run: Option<i64>,
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    behaviour: Behaviour,
}

impl Rollback {
    pub async fn run(self, session: &Session) -> Result<u8> {
        named(&self.tenants)?;
        let printer = session.printer;
        let central = &*session.central().await?;
        let goal = match (self.steps, self.to.as_deref(), self.run) {
            (Some(steps), ..) => Goal::RollbackSteps { steps },
            (_, Some("0"), _) => Goal::RollbackTo { to: 0 },
            (_, Some(to), _) => Goal::RollbackTo { to: version(central, Some(to)).await?.unwrap_or_default() },
            (.., Some(run)) => Goal::RollbackRun { run },
            _ => Goal::RollbackLast,
        };
        let selection = self.narrow.filter(central, self.tenants).await?;
        if self.all && !any_active(central, &selection).await? {
            return Ok(nothing(printer, ROLLBACK, "no active tenants: nothing to roll back"));
        }
        let Undoing { undone, confirm } = central.undoing(&goal, &selection).await?;
        if self.behaviour.dry_run {
            printer
                .list(&undone, &["tenant", "undone, newest first"], |u| vec![u.tenant.clone(), u.migrations.join(" ")]);
            if undone.is_empty() && printer.format == Format::Table {
                printer.line("nothing to roll back");
            }
            return Ok(0);
        }
        let Some(confirm) = confirm else {
            return Ok(nothing(printer, ROLLBACK, "nothing to roll back"));
        };
        list(session, &undone);
        let what = match undone.as_slice() {
            [one] => format!("This undoes the above on {}", one.tenant),
            many => format!("This undoes the above on {} tenants", many.len()),
        };
        ask::typed(self.behaviour.yes, &what, &confirm).await?;
        let request = Request { confirm: Some(confirm), ..self.behaviour.request(goal, selection) };
        start(session, central, request, self.behaviour.follow).await
    }
}

/// What will be undone; tenants with the same list are told together.
fn list(session: &Session, undone: &[Undone]) {
    let mut groups: Vec<(&[String], Vec<&str>)> = Vec::new();
    for u in undone {
        match groups.iter_mut().find(|(migrations, _)| *migrations == u.migrations.as_slice()) {
            Some((_, tenants)) => tenants.push(&u.tenant),
            None => groups.push((&u.migrations, vec![&u.tenant])),
        }
    }
    for (migrations, tenants) in groups {
        let who = match tenants.as_slice() {
            few if few.len() <= 5 => few.join(", "),
            many => format!("{}: {}, …", count(many.len() as i64, "tenant"), many[..5].join(", ")),
        };
        session.printer.say(format!("Will be undone on {who}:"));
        for migration in migrations {
            session.printer.say(format!("  {migration}"));
        }
    }
}
