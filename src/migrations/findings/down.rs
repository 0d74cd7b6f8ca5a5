//! What the way back destroys: what the up file of the pair has made, or more.

use std::collections::HashSet;

use super::Rule;
use super::judge::{Judge, Remark, is_of};
use super::kept::Loss;
use super::known::Known;
use super::replaced::Column;
use crate::engine::acts::{Act, What};

impl Judge<'_> {
    /// `own`: what the up file has made. `known`: all that is there then.
    pub fn down(&self, own: &Known, known: &Known) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let (mut own, mut known) = (own.clone(), known.clone());
        // What the down file makes itself is empty.
        let mut new = Known::default();
        for (n, act) in self.acts.iter().enumerate() {
            let what = match &act.what {
                what if is_of(what, &new) => None,
                // The table may have been another's name; the copy keeps the rows.
                What::DropTable { table, .. } if self.copies().replace_table(n, &known).is_some() => {
                    remarks.extend(self.left_out(n, table, &own, &known));
                    None
                }
                What::DropColumn { .. }
                    if matches!(self.copies().replace_column(n, &known), Some(Column::Whole | Column::Narrow(_))) =>
                {
                    None
                }
                // The up file has dropped it, so that it is made anew.
                What::DropTable { table, if_exists: true } if own.has_dropped(table) => None,
                What::DropTable { table, .. } => Some(format!("drops the table {table}")),
                What::DropColumn { table, column, .. } => Some(format!("drops the column {table}.{column}")),
                What::DropRows { does, .. } => Some(does.clone()),
                What::Truncate { table } => Some(format!("empties the table {table}")),
                What::DeleteAll { table } => Some(format!("deletes every row of {table}")),
                // What is in it would be in its way.
                What::DropSchema { cascade: false, .. } => None,
                What::DropSchema { schema, .. } => Some(format!("drops the schema {schema}")),
                What::DropOwned { roles } => Some(format!("drops all that {roles} owns")),
                What::Cascade { kind, name, columns: true } => {
                    Some(format!("drops the {kind} {name} and the columns that depend on it"))
                }
                what @ What::Cascade { columns: false, .. } if is_of(what, &own) => None,
                What::DropDatabase { database } => Some(format!("drops the database {database}")),
                What::OutsideTransaction { .. }
                | What::TransactionControl { .. }
                | What::ClientCommand { .. }
                | What::PragmaInTransaction { .. }
                | What::OverwritesMark
                | What::LeavesDatabase { .. }
                | What::Pipes
                | What::Unclosed { .. }
                | What::Cascade { columns: false, .. }
                | What::DeleteJoined { .. }
                | What::DeleteLimited { .. }
                | What::DropSome { .. }
                | What::RowsLeave { .. }
                | What::NotUnderstood { .. } => {
                    let said = self.of_act(act, &Known::default(), &HashSet::new());
                    remarks.extend(said.into_iter().map(|remark| Remark { at: self.place(act), ..remark }));
                    None
                }
                _ => None,
            };
            if let Some(what) = what {
                remarks.push(self.taken_back(act, &what, is_of(&act.what, &own)));
            }
            own.rename(&act.what);
            known.learn(&act.what);
            new.learn(&act.what);
            new.fill(&act.what);
        }
        remarks.extend(self.without_statement());
        remarks
    }

    fn taken_back(&self, act: &Act, what: &str, is_own: bool) -> Remark {
        let (rule, rest) = match is_own {
            true => (Rule::DownDropsOwn, "with what was written into it since"),
            false => (Rule::DataLossInDown, "which the up file has not made"),
        };
        Remark::new(rule, self.place(act), format!("rolling back {what}, {rest}"))
    }

    /// What is not in the copy of a table that takes its place.
    fn left_out(&self, at: usize, table: &str, own: &Known, known: &Known) -> Vec<Remark> {
        let Some(copied) = self.copies().replace_table(at, known) else { return Vec::new() };
        let act = &self.acts[at];
        if let Some(lost) = &copied.lost {
            let message = format!("rolling back drops the table {table}, and {lost}");
            return vec![Remark::new(Rule::DataLossInDown, self.place(act), message)];
        }
        let losses = copied.legs.iter().flat_map(|leg| leg.losses(self.engine));
        let gone = losses.filter_map(|loss| match loss {
            Loss::Gone { column, .. } => Some(column),
            // What the way there has widened.
            Loss::Narrow { .. } => None,
            Loss::Mixed { column, .. } => Some(column),
        });
        gone.map(|column| {
            let message = format!("drops the column {table}.{column}");
            self.taken_back(act, &message, own.has_column(table, &column))
        })
        .collect()
    }
}
