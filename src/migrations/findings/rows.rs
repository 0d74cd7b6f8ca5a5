//! Rows that go, and what goes with them: with a `cascade`, with a row that is replaced, to another table.

use super::judge::{Judge, Remark};
use super::known::Known;
use super::{Rule, Severity};
use crate::engine::acts::{Act, What};

impl Judge<'_> {
    /// What an act of this kind takes away; none when it is of another.
    pub(super) fn taken(&self, act: &Act, known: &Known) -> Option<Remark> {
        let one = |rule, message: String| Some(Remark::new(rule, None, message));
        match &act.what {
            What::DropRows { does, partition: Some(_), .. } => {
                one(Rule::DropRows, format!("{does}, and what is in it"))
            }
            What::DropRows { does, .. } => one(Rule::DropRows, does.clone()),
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
            What::RowsLeave { does, .. } => one(Rule::RowsLeave, does.clone()),
            What::Replaces { table } => self.replacing(act, table, known),
            What::Forgets { table, column, to } => {
                let message =
                    format!("makes {table}.{column} {to} by a using that does not read it: what is in it is lost");
                one(Rule::NarrowType, message)
            }
            _ => None,
        }
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
