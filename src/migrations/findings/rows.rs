//! Rows that go, and what goes with them: with a `cascade`, with a row that is replaced, to another table.

use super::judge::{Judge, Remark};
use super::known::Known;
use super::types::{self, Change};
use super::{Rule, Severity};
use crate::engine::acts::{self, Act, Unseen, What};

impl Judge<'_> {
    /// What an act of this kind takes away; none when it is of another.
    pub(super) fn taken(&self, act: &Act, known: &Known) -> Option<Remark> {
        let one = |rule, message: String| Some(Remark::new(rule, None, message));
        match &act.what {
            What::DropRows { does, partition: Some(_), .. } => {
                one(Rule::DropRows, format!("{does}, and what is in it"))
            }
            What::DropRows { does, .. } => one(Rule::DropRows, does.clone()),
            What::DropSome { does, .. } => {
                Some(Remark::new(Rule::DropRows, None, does.clone()).severe(Severity::Warning))
            }
            What::DropSchema { schema, cascade: true } => one(Rule::DropSchema, format!("drops the schema {schema}")),
            What::DropSchema { schema, cascade: false } => {
                let message = format!("drops the schema {schema}, which fails where something is in it");
                Some(Remark::new(Rule::DropSchema, None, message).severe(Severity::Notice))
            }
            What::DropOwned { roles } => {
                one(Rule::DropOwned, format!("drops all that {roles} owns here, tables with their rows too"))
            }
            What::Cascade { kind, name, columns: true } => {
                let message = format!(
                    "drops the {kind} {name} and all that depends on it: columns of tables, and what is in them"
                );
                one(Rule::DropCascade, message)
            }
            What::Cascade { kind, name, columns: false } => {
                let message = format!(
                    "drops the {kind} {name} and whatever depends on it, none of which is named here: views, triggers, \
                     policies, defaults, generated columns"
                );
                Some(Remark::new(Rule::DropCascade, None, message).severe(Severity::Warning))
            }
            What::DeleteAll { table } => one(Rule::DeleteAllRows, format!("deletes every row of {table}")),
            What::DeleteJoined { table, which } => {
                let message = format!("deletes every row of {table} {which}, and nothing else says which");
                Some(Remark::new(Rule::DeleteAllRows, None, message).severe(Severity::Warning))
            }
            What::DeleteLimited { table, ordered: false } => {
                let message = format!("deletes as many rows of {table} as the limit says, and nothing says which");
                one(Rule::DeleteAllRows, message)
            }
            What::DeleteLimited { table, ordered: true } => {
                let message = format!("deletes the first rows of {table} in an order, and nothing else says which");
                Some(Remark::new(Rule::DeleteAllRows, None, message).severe(Severity::Warning))
            }
            What::Cuts { table, column, to, by, through, zones } => {
                let (name, from) = (format!("{table}.{column}"), known.ty(table, column));
                let moved = (zones % 2 == 1).then(|| self.moving(&name, from, to)).flatten();
                moved.or_else(|| self.cutting(known, &name, (from, to), by.as_ref(), through))
            }
            What::Unseen { table, part: Unseen::Rows, is: true } => {
                let message = format!(
                    "binds the owner of {table} to its policies as well: rows that none of them lets through are out of \
                     everybody's sight, and in no copy of it"
                );
                one(Rule::RowsLeave, message)
            }
            What::OtherCharset { charset } => {
                let message = format!(
                    "this text is UTF-8, and the session was told that it is {charset}: letters beyond ASCII become others"
                );
                one(Rule::OtherCharset, message)
            }
            What::StaysLenient { kind } => {
                let message = format!(
                    "makes a {kind} that runs without strictness for good, whoever sets it off: a value that does not fit is cut \
                     off, and one that is missing made up, without a word"
                );
                one(Rule::NotStrict, message)
            }
            What::Overwrites { table } => self.overwriting(act, table),
            What::RowsLeave { does, .. } => one(Rule::RowsLeave, does.clone()),
            What::Replaces { table } => self.replacing(act, table, known),
            What::Generates { table, column } if !known.is_computed(table, column) => {
                let message = format!(
                    "makes {table}.{column} a column that is worked out of others: what is in it is replaced in every row"
                );
                one(Rule::NarrowType, message)
            }
            What::Recodes { table, column, charset } => {
                let message = format!(
                    "writes {table}.{column} in {charset}: letters that it does not have are replaced or stop the migration"
                );
                Some(Remark::new(Rule::NarrowType, None, message).severe(Severity::Warning))
            }
            What::Forgets { table, column, to } => {
                let message =
                    format!("makes {table}.{column} {to} by a using that does not read it: what is in it is lost");
                one(Rule::NarrowType, message)
            }
            _ => None,
        }
    }

    /// A time that already has a zone, or has none before and after: said at a zone, it is read in that of the session again.
    fn moving(&self, name: &str, from: Option<&str>, to: &str) -> Option<Remark> {
        let is_zoned = |ty: &str| types::is_zoned(self.engine, ty);
        let from = is_zoned(from?)?;
        (from == is_zoned(to)?).then(|| {
            let kind = if from { "a time with a zone" } else { "a time without a zone" };
            let message = format!(
                "{name} is {kind} already: at time zone moves every value by what lies between that zone and the session's"
            );
            Remark::new(Rule::NarrowType, None, message).severe(Severity::Warning)
        })
    }

    /// A type whose values all fit, by a `using` that keeps less of them. Where they may not fit that is told anyway.
    fn cutting(
        &self,
        known: &Known,
        name: &str,
        (from, to): (Option<&str>, &str),
        by: Option<&(String, bool)>,
        through: &[String],
    ) -> Option<Remark> {
        let engine = self.engine;
        if types::changed(engine, known, from, to) == Change::Narrow {
            return None;
        }
        let mut before = from;
        for ty in through {
            // A text may say its zone, and a moment has one: on a way without it that is gone.
            let is_zoneless = types::is_zoned(engine, ty) == Some(false) && types::is_zoned(engine, to) == Some(true);
            let is_narrow = match before {
                // Of a type that nobody knows, the one that it gets is told of.
                None => ty != to && (is_zoneless || types::changed(engine, known, None, ty) == Change::Narrow),
                Some(_) => types::changed(engine, known, before, ty) == Change::Narrow,
            };
            if is_narrow {
                let message = format!("makes {name} {to} by way of {ty}: what does not fit there is lost");
                return Some(Remark::new(Rule::NarrowType, None, message));
            }
            before = Some(ty);
        }
        let (by, surely) = by?;
        // Of a truth the answer is another way to say it.
        if acts::asks(by) && from.is_some_and(|from| types::is_truth(engine, from)) {
            return None;
        }
        let (severity, what) = match surely {
            true => (Severity::Error, "what that leaves out is lost"),
            false => (Severity::Warning, "should that leave something out, it is lost"),
        };
        let message = format!("makes {name} {to} by a using with {by}: {what}");
        Some(Remark::new(Rule::NarrowType, None, message).severe(severity))
    }

    /// Told once of a table, at the first of its rows.
    fn overwriting(&self, act: &Act, table: &str) -> Option<Remark> {
        let first = self.acts.iter().find(|other| other.what == act.what)?;
        let message = format!("writes over rows of {table} that are there already under the same key");
        std::ptr::eq(first, act).then(|| Remark::new(Rule::OverwritesRows, None, message))
    }

    /// Told once of a table, at the first of its rows.
    fn replacing(&self, act: &Act, table: &str, known: &Known) -> Option<Remark> {
        let first = self.acts.iter().find(|other| other.what == act.what)?;
        let is_off =
            self.acts.iter().take_while(|other| other.offset < act.offset).any(|other| other.what == What::KeysOff);
        if is_off || !std::ptr::eq(first, act) {
            return None;
        }
        let them = known.following(table).join(", ");
        if !them.is_empty() {
            let message = format!(
                "replace deletes the row of {table} that is there before it writes the new one, and with it what refers to it \
                 in {them}: write insert … on conflict, or on duplicate key, that updates"
            );
            return Some(Remark::new(Rule::ReplaceDeletes, None, message));
        }
        let message = format!(
            "replace deletes the row of {table} that is there before it writes the new one: what refers to it on delete \
             cascade, in tables that no file here has made, goes with it"
        );
        (!known.has_table(table)).then(|| Remark::new(Rule::ReplaceDeletes, None, message).severe(Severity::Notice))
    }
}
