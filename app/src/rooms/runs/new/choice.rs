//! What a new run is about, as its address and its form say it: who, what, to where.
//!
//! The address holds the choice (GET), so that a preview can be sent to somebody; only the last button posts. The fields in which
//! another choice is made have names of their own beside it: what is posted is what was looked at.

use neo::error::{Error, Result};
use neo::runs::{Goal, Kind};
use neo::tenants::Filter;

use super::strategy;
use crate::page::forms::Form;
use crate::query::Query;
use crate::rooms::tenants::links as tenants;

/// Runs work on active tenants. A list that was showing none of them would otherwise be read as all of them.
pub fn selection(query: &Query, latest: Option<i64>) -> Result<Filter> {
    if !tenants::has_active(query)? {
        return Err(Error::invalid("status", "a run is over active tenants, and none of these is one")
            .hint("resume them first, or choose others"));
    }
    Ok(Filter { statuses: Vec::new(), ..tenants::meant(&query.without("status"), latest)? })
}

pub fn goal(query: &Query) -> Result<Goal> {
    let number = |name: &'static str| -> Result<Option<i64>> {
        let wrong = || Error::invalid(name, format!("\"{}\" is not a number", neo::error::printable(query.text(name))));
        query.get(name).map(|text| text.trim().parse().map_err(|_| wrong())).transpose()
    };
    let kind = query.get("kind").unwrap_or(Kind::Migrate.as_str());
    match kind.parse() {
        Ok(Kind::Migrate) => Ok(Goal::Migrate { to: number("to")? }),
        Ok(Kind::Verify) => Ok(Goal::Verify),
        Ok(Kind::Backup) => Ok(Goal::Backup),
        Ok(Kind::Rotate) => Ok(Goal::RotatePassword { older_than_ms: None }),
        Ok(Kind::Rollback) => Ok(match (number("run")?, number("steps")?, number("to")?) {
            (Some(run), _, _) => Goal::RollbackRun { run },
            (None, Some(steps), _) => {
                let steps =
                    u32::try_from(steps).map_err(|_| Error::invalid("steps", "the steps are a positive number"))?;
                Goal::RollbackSteps { steps }
            }
            (None, None, Some(to)) => Goal::RollbackTo { to },
            (None, None, None) => Goal::RollbackLast,
        }),
        Ok(Kind::Provision) | Err(_) => {
            Err(Error::invalid("kind", format!("\"{}\" is not a kind of run", neo::error::printable(kind))))
        }
    }
}

/// What this page's address says: the choice, what was typed about the run, and the rehearsal that is looked at.
pub fn address(query: &Query, form: &Form) -> Query {
    let kept = |name: &str| is_choice(name) || name == "rehearsal" || name == "command";
    let choice = query.pairs().filter(|(name, value)| kept(name) && !value.trim().is_empty());
    let typed = strategy::carried(form);
    choice.chain(typed.pairs()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The address with what its fields chose anew in the place of what it said.
pub fn chosen(query: &Query) -> Query {
    let mut now = query.clone();
    for (field, name) in FIELDS {
        let Some((_, value)) = query.pairs().find(|(said, _)| *said == field) else { continue };
        let value = value.trim();
        now = now.without(field);
        // A number of steps, and who chose a version, is not about one run's batch any more; nor is another kind.
        if !value.is_empty() && !query.has(name, value) {
            now = now.without("run");
        }
        now = match value {
            "" => now.without(name),
            usual if field == KIND && usual == Kind::Migrate.as_str() => now.without(name),
            value => now.with(name, value),
        };
    }
    now
}

/// The choice that a form carries along.
pub fn of(form: &Form) -> Query {
    form.fields()
        .filter(|(name, value)| !value.is_empty() && is_choice(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub fn is_choice(name: &str) -> bool {
    tenants::NAMES.contains(&name) || CHOICE.contains(&name)
}

/// What the address says beside the selection.
const CHOICE: [&str; 4] = ["kind", "to", "steps", "run"];

/// The fields that choose anew.
pub const KIND: &str = "choose_kind";
pub const TO: &str = "choose_to";
pub const STEPS: &str = "choose_steps";

/// Each with what it stands for in the address.
const FIELDS: [(&str, &str); 3] = [(KIND, "kind"), (TO, "to"), (STEPS, "steps")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_chooses_anew_and_what_is_usual_is_left_out() {
        let address = |said: &str| chosen(&Query::parse(said)).href("/runs/new");
        assert_eq!(address("choose_kind=verify&waves=1&kind=migrate"), "/runs/new?waves=1&kind=verify");
        assert_eq!(address("choose_kind=migrate&kind=verify&keys=acme"), "/runs/new?keys=acme");
        assert_eq!(address("choose_kind=migrate&choose_to=&to=5"), "/runs/new");
        assert_eq!(address("choose_to=7&choose_steps=&to=5&steps=2"), "/runs/new?to=7");
        // One run's batch is still meant, unless something else is chosen.
        assert_eq!(address("choose_kind=rollback&choose_to=&kind=rollback&run=3"), "/runs/new?run=3&kind=rollback");
        assert_eq!(address("choose_kind=rollback&choose_steps=2&run=3"), "/runs/new?kind=rollback&steps=2");
        assert_eq!(address("choose_kind=migrate&kind=rollback&run=3"), "/runs/new");
    }
}
