//! What a file drops after it has copied it: the way to change what `alter table` cannot.

use super::known::{key, moved};
use crate::engine::acts::{Act, What};

/// The acts of one file.
#[derive(Clone, Copy)]
pub(super) struct Copies<'a> {
    pub acts: &'a [Act],
}

impl Copies<'_> {
    fn any(&self, is: impl Fn(&What) -> bool) -> bool {
        self.acts.iter().any(|act| is(&act.what))
    }

    fn makes_table(&self, table: &str) -> bool {
        self.any(|what| matches!(what, What::CreateTable { table: made, .. } if key(made) == key(table)))
    }

    /// Whether the file makes something of this name, whatever it is.
    pub fn makes(&self, name: &str) -> bool {
        self.makes_table(name)
            || self.any(|what| matches!(what, What::CreateOther { name: made } if key(made) == key(name)))
    }

    pub fn adds_column(&self, table: &str, column: &str) -> bool {
        self.any(|what| {
            matches!(what, What::AddColumn { table: of, column: added } if key(of) == key(table) && added.name == column)
        })
    }

    /// Whether a table is filled from something of this name.
    fn fills(&self, table: &str, from: &str) -> bool {
        let from = from.rsplit('.').next().unwrap_or(from);
        let is = |filled: &str, names: &[String]| key(filled) == key(table) && names.iter().any(|name| name == from);
        self.any(|what| matches!(what, What::Copies { table: filled, from } if is(filled, from)))
    }

    /// A table whose rows are in a copy that the file makes, and that has its name in the end.
    pub fn replace_table(&self, table: &str) -> bool {
        self.any(|what| match what {
            // The copy gets the name, as SQLite's manual advises; or it was made under the name, which the table gave away.
            What::RenameTable { table: other, to } if moved(other, to) == key(table) => {
                self.makes_table(other) && self.fills(other, table)
            }
            // There and back.
            What::Copies { table: copy, .. } if key(copy) != key(table) => {
                self.makes_table(table) && self.fills(copy, table) && self.fills(table, copy)
            }
            _ => false,
        })
    }

    /// The same of a column.
    pub fn replace_column(&self, table: &str, column: &str) -> bool {
        let named = |what: &What| match what {
            What::RenameColumn { table: of, column: other, to } => {
                key(of) == key(table) && to == column && self.adds_column(table, other)
            }
            _ => false,
        };
        self.fills(table, column) && self.any(named)
    }
}
