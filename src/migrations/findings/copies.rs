//! What a file drops after it has copied it: the way to change what `alter table` cannot.

use super::known::{key, moved};
use crate::engine::acts::{Act, Takes, What};

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

    /// How a table is filled from something of this name.
    fn fills(&self, table: &str, from: &str) -> Vec<&Takes> {
        let from = from.rsplit('.').next().unwrap_or(from);
        let is = |filled: &str, names: &[String]| key(filled) == key(table) && names.iter().any(|name| name == from);
        let of = |act: &'_ Act| matches!(&act.what, What::Copies { table: filled, from, .. } if is(filled, from));
        let filling = self.acts.iter().filter(|act| of(act));
        filling
            .filter_map(|act| match &act.what {
                What::Copies { takes, .. } => Some(takes),
                _ => None,
            })
            .collect()
    }

    /// The copy of a table that the file makes, and that has its name in the end; none where there is none.
    pub fn replace_table(&self, table: &str) -> Option<Copied> {
        self.acts.iter().find_map(|act| match &act.what {
            // The copy gets the name, as SQLite's manual advises; or it was made under the name, which the table gave away; or
            // both change theirs.
            What::RenameTable { table: other, to } if moved(other, to) == key(table) => match self.makes_table(other) {
                true => Copied::of(table, &self.fills(other, table)),
                false => self.acts.iter().find_map(|act| match &act.what {
                    What::RenameTable { table: copy, to }
                        if moved(copy, to) == key(other) && self.makes_table(copy) =>
                    {
                        Copied::of(other, &self.fills(copy, other))
                    }
                    _ => None,
                }),
            },
            // There and back.
            What::Copies { table: copy, .. } if key(copy) != key(table) && self.makes_table(table) => {
                let there = Copied::of(table, &self.fills(copy, table))?;
                let back = Copied::of(copy, &self.fills(table, copy))?;
                Some(there.and_back(back))
            }
            _ => None,
        })
    }

    /// Whether a column is copied whole into another, which has its name in the end.
    pub fn replace_column(&self, table: &str, column: &str) -> bool {
        let named = |what: &What| match what {
            What::RenameColumn { table: of, column: other, to } => {
                key(of) == key(table) && to == column && self.adds_column(table, other)
            }
            _ => false,
        };
        let fills = self.fills(table, column);
        !fills.is_empty() && self.any(named) && Copied::of(table, &fills).is_some_and(|copied| copied.but.is_none())
    }
}

/// What of a table is in its copy.
pub(super) struct Copied {
    /// Rows are left out by this.
    pub but: Option<String>,
    /// The columns that are in it; none when all are, or nobody here can tell.
    columns: Option<Vec<String>>,
    /// Of rows with one key it may hold one.
    pub passes_doubles: bool,
}

impl Copied {
    /// In several parts it may be all of it.
    fn of(table: &str, fills: &[&Takes]) -> Option<Self> {
        let is_whole = |takes: &&&Takes| {
            let holds = |whole: &Vec<String>| whole.is_empty() || whole.iter().any(|of| key(of) == key(table));
            takes.whole.as_ref().is_none_or(|whole| takes.but.is_none() && holds(whole))
        };
        let but = match fills {
            [one] if !is_whole(&one) => Some(one.but.clone().unwrap_or_else(|| "join".into())),
            _ => None,
        };
        let is_known = |takes: &&Takes| takes.whole.is_some() && takes.columns.is_some();
        let columns =
            fills.iter().all(is_known).then(|| fills.iter().filter_map(|takes| takes.columns.clone()).flatten());
        let passes_doubles = fills.iter().any(|takes| takes.passes_doubles);
        (!fills.is_empty()).then(|| Self { but, columns: columns.map(Iterator::collect), passes_doubles })
    }

    /// Under names that the copy has given them columns are nobody's here to know.
    fn and_back(self, back: Self) -> Self {
        Self {
            but: self.but.or(back.but),
            columns: self.columns.or(back.columns),
            passes_doubles: self.passes_doubles || back.passes_doubles,
        }
    }

    /// Those of these columns that are not in it.
    pub fn lacks<'a>(&self, columns: Vec<&'a str>) -> Vec<&'a str> {
        let is_in = |column: &&str| self.columns.as_ref().is_none_or(|all| all.iter().any(|one| one == column));
        columns.into_iter().filter(|column| !is_in(column)).collect()
    }
}
