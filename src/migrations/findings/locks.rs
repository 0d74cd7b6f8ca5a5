//! What keeps others from a table that is there: a copy, an added column, a constraint.

use super::copies::Copied;
use super::judge::{Judge, Remark};
use super::kept::Loss;
use super::known::Known;
use super::replaced;
use super::{Rule, Severity};
use crate::engine::Engine;
use crate::engine::acts::{Column, Constraint, Fill};

impl Judge<'_> {
    /// A table that goes after it was copied: what the copy leaves out is lost.
    pub(super) fn copied(&self, table: &str, copied: &Copied, known: &Known) -> Vec<Remark> {
        if let Some(lost) = &copied.lost {
            return vec![Remark::new(Rule::DropTable, None, format!("drops the table {table}, and {lost}"))];
        }
        let mut remarks = Vec::new();
        for loss in copied.legs.iter().flat_map(|leg| leg.losses(self.engine)) {
            remarks.push(match loss {
                Loss::Gone { column, by } => {
                    let how = by.map_or("leaves it out".to_owned(), |by| format!("keeps less of it, or other values ({by})"));
                    let message = format!("drops the column {table}.{column} and what is in it: the copy {how}");
                    Remark::new(Rule::DropColumn, None, message)
                }
                Loss::Mixed { column, to } => {
                    let message = format!("puts {table}.{column} into {to} of its copy, and another column into {column}");
                    Remark::new(Rule::DropColumn, None, message)
                }
                Loss::Narrow { column, from, to } => {
                    let before = from.map(|from| format!(" (it is {from})")).unwrap_or_default();
                    let message = format!(
                        "makes {table}.{column} {to}{before} in its copy: what does not fit is cut off or stops the migration"
                    );
                    Remark::new(Rule::NarrowType, None, message)
                }
            });
        }
        let mut seen = std::collections::HashSet::new();
        remarks.retain(|remark| seen.insert(remark.message.clone()));
        remarks.extend(copied.passes_doubles.then(|| {
            let message =
                format!("copies of the rows of {table} that have one key in the copy a single one: others are lost");
            Remark::new(Rule::DropRows, None, message).severe(Severity::Warning)
        }));
        remarks.push(self.replaced(table, known));
        remarks
    }

    /// The same of a column.
    pub(super) fn replaced_column(&self, name: &str, copied: replaced::Column, from: Option<&str>) -> Remark {
        match copied {
            replaced::Column::Whole => {
                Remark::new(Rule::RewritesTable, None, format!("replaces {name} by a copy: every row is written"))
            }
            replaced::Column::Less(why) => {
                Remark::new(Rule::DropColumn, None, format!("drops the column {name}, and {why}"))
            }
            replaced::Column::Narrow(to) => {
                let before = from.map(|from| format!(" (it is {from})")).unwrap_or_default();
                let message =
                    format!("makes {name} {to}{before} by a copy: what does not fit is cut off or stops the migration");
                Remark::new(Rule::NarrowType, None, message)
            }
        }
    }

    fn replaced(&self, table: &str, known: &Known) -> Remark {
        let mut message = format!("replaces {table} by a copy: every row is written, and nobody may write meanwhile");
        let them = known.referring_to(table).join(", ");
        if self.engine == Engine::Sqlite && !them.is_empty() {
            // Neo holds the keys off around a transaction of its own; in a file without one it is for the file to say.
            if self.source.no_transaction && !self.source.sql.to_lowercase().contains("foreign_keys") {
                let message = format!(
                    "drops the table {table} while foreign keys are enforced: rows of {them} that refer to it are deleted, \
                     set to null or stop it; begin with: pragma foreign_keys = off"
                );
                return Remark::new(Rule::DropTable, None, message);
            }
            message.push_str(&format!("; rows of {them} that refer to it stay, and are checked in the end"));
        }
        Remark::new(Rule::RewritesTable, None, message)
    }

    pub(super) fn added(&self, table: &str, column: &Column) -> Vec<Remark> {
        let postgres = self.engine == Engine::Postgres;
        let name = format!("{table}.{}", column.name);
        let mut remarks = Vec::new();
        // MySQL fills in a default of its own.
        if column.not_null && column.fill == Fill::Null && self.engine != Engine::Mysql {
            remarks.push(match self.engine {
                Engine::Sqlite => {
                    let message = format!("{name} is not null without a default: SQLite refuses that on any table");
                    Remark::new(Rule::NotNullWithoutDefault, None, message).severe(Severity::Error)
                }
                _ => {
                    let message = format!("{name} is not null without a default: fails where there are rows");
                    Remark::new(Rule::NotNullWithoutDefault, None, message)
                }
            });
        }
        if postgres && column.fill == Fill::EachRow {
            let message = format!("{name} has another value for each row: rewrites {table} under a full lock");
            remarks.push(Remark::new(Rule::RewritesTable, None, message));
        }
        if postgres && column.is_key {
            remarks.push(builds_index(table));
        }
        if postgres && column.is_checked {
            remarks.push(not_not_valid(table));
        }
        remarks
    }

    pub(super) fn constrained(&self, table: &str, kind: Constraint, not_valid: bool) -> Vec<Remark> {
        match (self.engine, kind) {
            (Engine::Postgres, Constraint::Unique | Constraint::PrimaryKey | Constraint::Exclude) => {
                vec![builds_index(table)]
            }
            (Engine::Postgres, Constraint::ForeignKey | Constraint::Check | Constraint::NotNull) if !not_valid => {
                vec![not_not_valid(table)]
            }
            (Engine::Mysql, Constraint::ForeignKey | Constraint::Check | Constraint::PrimaryKey) => {
                let message = format!("this constraint makes MySQL copy {table} while writes wait");
                vec![Remark::new(Rule::RewritesTable, None, message)]
            }
            _ => Vec::new(),
        }
    }
}

fn builds_index(table: &str) -> Remark {
    let message = format!(
        "builds its index while nobody may use {table}: create a unique index concurrently, then add the constraint using it"
    );
    Remark::new(Rule::ConstraintBuildsIndex, None, message)
}

fn not_not_valid(table: &str) -> Remark {
    let message =
        format!("reads all of {table} while writes wait: add it not valid, and validate it in a migration of its own");
    Remark::new(Rule::ConstraintNotNotValid, None, message)
}
