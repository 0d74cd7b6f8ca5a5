//! What becomes of a table that a file makes and fills from another: its names, its columns, and what takes something out of it again.

use super::known::{is_from, key, moved};
use crate::engine::acts::{Act, Takes, What};

pub(super) struct Trail<'a> {
    /// Where it is made.
    pub made: usize,
    /// Its last name.
    pub name: String,
    /// Its columns as they were made, in order.
    pub order: Vec<String>,
    /// The types that a column has had since it was filled.
    pub types: Vec<(String, String)>,
    /// What fills it from the other, and whether that is of every row but for what is said.
    pub fills: Vec<(usize, &'a Takes, bool)>,
    /// Where it has got the other's name.
    pub named: Option<usize>,
    pub dropped: Option<usize>,
    /// Why it keeps no rows for good.
    pub fleeting: Option<String>,
    losing: Vec<(usize, &'a What)>,
    /** Where the statements begin that fill it. */
    filling: Vec<usize>,
    renamed: Vec<(String, String)>,
    added: Vec<String>,
}

/// What takes something out of a copy: of its rows by what, and of its columns.
#[derive(Default)]
pub(super) struct Spoils {
    pub rows: Option<String>,
    pub columns: Vec<(String, String)>,
}

impl<'a> Trail<'a> {
    /// `names`: those of the table whose place it takes. `origin`: what that is called at an act; it is read up to `until`.
    pub fn new(
        acts: &'a [Act],
        made: usize,
        names: &[String],
        origin: &impl Fn(usize) -> Option<String>,
        until: usize,
    ) -> Option<Self> {
        let What::CreateTable { table, columns, .. } = &acts[made].what else { return None };
        let mut trail = Self {
            made,
            name: key(table),
            order: columns.iter().map(|(column, _)| column.clone()).collect(),
            types: columns.clone(),
            fills: Vec::new(),
            named: names.contains(&key(table)).then_some(made),
            dropped: None,
            fleeting: None,
            losing: Vec::new(),
            filling: Vec::new(),
            renamed: Vec::new(),
            added: Vec::new(),
        };
        for (n, act) in acts.iter().enumerate().skip(made + 1) {
            match &act.what {
                What::DropTable { table, .. } if key(table) == trail.name => {
                    trail.dropped = Some(n);
                    break;
                }
                What::RenameTable { table, to } if key(table) == trail.name => {
                    trail.name = moved(table, to);
                    if trail.named.is_none() && names.contains(&trail.name) {
                        trail.named = Some(n);
                    }
                }
                What::Copies { table, from, takes } if n < until && key(table) == trail.name && !takes.is_update => {
                    if let Some(origin) = origin(n).filter(|origin| is_from(from, origin)) {
                        let is_of = takes.whole.iter().any(|whole| key(whole) == origin);
                        trail.fills.push((n, takes, is_of));
                        trail.filling.push(act.offset);
                    }
                }
                what if of(what).is_some_and(|table| key(table) == trail.name) => trail.learn(n, what),
                _ => {}
            }
        }
        (!trail.fills.is_empty()).then_some(trail)
    }

    fn learn(&mut self, n: usize, what: &'a What) {
        match what {
            What::Fleeting { by, .. } => self.fleeting = Some(by.clone()),
            What::Rewrite { by: "set logged", .. } => {
                self.fleeting = self.fleeting.take().filter(|by| by != "unlogged")
            }
            What::AddColumn { column, .. } => {
                self.order.push(column.name.clone());
                self.added.push(column.name.clone());
                self.types.push((column.name.clone(), column.ty.clone()));
            }
            What::RenameColumn { column, to, .. } if self.fills.is_empty() => {
                let names = self.order.iter_mut().chain(self.types.iter_mut().map(|(name, _)| name));
                names.filter(|name| *name == column).for_each(|name| name.clone_from(to));
            }
            What::RenameColumn { column, to, .. } => self.renamed.push((column.clone(), to.clone())),
            What::ChangeType { column, to, .. } => {
                let column = self.filled_as(column);
                if self.fills.is_empty() {
                    self.types.retain(|(name, _)| *name != column);
                }
                self.types.push((column, to.clone()));
            }
            What::DropColumn { column, .. } if self.fills.is_empty() => {
                self.order.retain(|name| name != column);
                self.types.retain(|(name, _)| name != column);
            }
            _ => self.losing.push((n, what)),
        }
    }

    /// The name that a column had when it was filled.
    fn filled_as(&self, column: &str) -> String {
        self.renamed
            .iter()
            .rev()
            .fold(column.to_owned(), |name, (old, new)| if *new == name { old.clone() } else { name })
    }

    /// What it is called at an act; none when it is not there.
    pub fn name_at(&self, acts: &[Act], at: usize) -> Option<String> {
        let What::CreateTable { table, .. } = &acts[self.made].what else { return None };
        let is_there = at > self.made && self.dropped.is_none_or(|dropped| at <= dropped);
        is_there.then(|| {
            acts[self.made..at].iter().fold(key(table), |name, act| match &act.what {
                What::RenameTable { table, to } if key(table) == name => moved(table, to),
                _ => name,
            })
        })
    }

    /// What takes something out of it again in these acts.
    pub fn spoils(&self, all: &[Act], acts: std::ops::Range<usize>) -> Spoils {
        let mut spoils = Spoils::default();
        let last = self.fills.last().map_or(0, |(n, ..)| *n);
        for (n, what) in &self.losing {
            if let What::Touches { later: true, by, .. } = what {
                // What turns rows away that come.
                if *n < last {
                    spoils.rows.get_or_insert((*by).to_owned());
                }
                continue;
            }
            let is_filling = matches!(what, What::Touches { .. }) && self.filling.contains(&all[*n].offset);
            if is_filling || (!acts.contains(n) && *n != acts.end) {
                continue;
            }
            let (columns, by) = match what {
                What::Touches { columns: Some(columns), by, .. } => (columns.clone(), *by),
                What::DropColumn { column, .. } => (vec![column.clone()], "drop column"),
                What::Forgets { column, .. } => (vec![column.clone()], "using"),
                What::Cuts { column, by: Some(_), .. } => (vec![column.clone()], "using"),
                What::Touches { by, .. } => {
                    spoils.rows.get_or_insert((*by).to_owned());
                    continue;
                }
                What::Truncate { .. } | What::DeleteAll { .. } => {
                    spoils.rows.get_or_insert("truncate".to_owned());
                    continue;
                }
                What::DropRows { does, .. } | What::DropSome { does, .. } | What::RowsLeave { does, .. } => {
                    spoils.rows.get_or_insert(does.clone());
                    continue;
                }
                _ => continue,
            };
            let columns = columns.into_iter().map(|column| self.filled_as(&column));
            let columns = columns.filter(|column| !self.added.contains(column) || self.fills_column(column));
            spoils.columns.extend(columns.map(|column| (column, by.to_owned())));
        }
        spoils
    }

    fn fills_column(&self, column: &str) -> bool {
        self.fills
            .iter()
            .any(|(_, takes, _)| takes.into.as_ref().is_none_or(|into| into.iter().any(|name| name == column)))
    }
}

/// The table that an act is about, where it may change what is in it.
fn of(what: &What) -> Option<&str> {
    match what {
        What::AddColumn { table, .. }
        | What::ChangeType { table, .. }
        | What::Cuts { table, .. }
        | What::DeleteAll { table }
        | What::DropColumn { table, .. }
        | What::DropRows { table, .. }
        | What::DropSome { table, .. }
        | What::Fleeting { table, .. }
        | What::Forgets { table, .. }
        | What::RenameColumn { table, .. }
        | What::Rewrite { table, .. }
        | What::RowsLeave { table, .. }
        | What::Touches { table, .. }
        | What::Truncate { table } => Some(table),
        _ => None,
    }
}
