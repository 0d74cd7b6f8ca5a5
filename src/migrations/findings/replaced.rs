//! A column that goes after it was copied into another of its table, which has its name in the end.

use super::copies::{Copies, left_out_by};
use super::kept::narrow;
use super::known::{Known, key};
use crate::engine::acts::{self, Taken, Takes, What};

/// What of a column is in its copy.
#[derive(Debug, PartialEq)]
pub(super) enum Column {
    Whole,
    /// Values may not be in it; why, in words.
    Less(String),
    /// They go through a type that holds less of them.
    Narrow(String),
}

impl Copies<'_> {
    /// The copy of a column that is dropped here; none where there is none.
    pub fn replace_column(&self, at: usize, known: &Known) -> Option<Column> {
        let What::DropColumn { table, column, .. } = &self.acts[at].what else { return None };
        // The copy gets the name, or it was made under the name, which the column gave away.
        let (named, copy) = self.acts.iter().enumerate().find_map(|(n, act)| match &act.what {
            What::RenameColumn { table: of, column: copy, to }
                if key(of) == key(table) && to == column && self.adds_column(table, copy) =>
            {
                Some((n, copy))
            }
            _ => None,
        })?;
        let is_of = |of: &str| key(of) == key(table);
        let fills: Vec<(usize, &Takes, &Taken)> = self.acts[..at]
            .iter()
            .enumerate()
            .filter_map(|(n, act)| {
                let What::Copies { table: of, from, takes } = &act.what else { return None };
                let place = takes.into.as_ref().filter(|_| takes.is_update)?.iter().position(|name| name == copy)?;
                let is_read = is_of(of) && from.iter().any(|name| name == column);
                is_read.then_some((n, takes, takes.values.get(place)?))
            })
            .collect();
        let (first, ..) = fills.first()?;
        let mut types = Vec::new();
        for (_, takes, value) in &fills {
            match value {
                Taken::Column { column: from, through } if from == column => {
                    types.extend(through.iter().map(|ty| (ty.clone(), true)));
                }
                Taken::Made { by, .. } if takes.but.is_none() => {
                    return Some(Column::Less(format!("its copy {copy} keeps less of it, or other values ({by})")));
                }
                _ => {
                    return Some(Column::Less(left_out_by("join").replacen(
                        "its copy",
                        &format!("its copy {copy}"),
                        1,
                    )));
                }
            }
        }
        let is_less = |why: String| Some(Column::Less(why.replacen("its copy", &format!("its copy {copy}"), 1)));
        if !fills.iter().any(|(_, takes, _)| takes.but.is_none()) {
            let parts: Vec<&str> = fills.iter().filter_map(|(_, takes, _)| takes.part.as_deref()).collect();
            match &fills[..] {
                [(_, takes, _)] => return is_less(left_out_by(takes.but.as_deref().unwrap_or("join"))),
                _ if parts.len() == fills.len() && acts::covers(self.engine, &parts) => {}
                _ => {
                    let why = "its copy is filled in parts, and nothing here says that they are all of it";
                    return is_less(why.to_owned());
                }
            }
        }
        if fills.iter().all(|(n, ..)| self.acts[*n].maybe) && !self.acts[at].maybe {
            return is_less("its copy is filled in a block of which nobody knows whether it comes to that".into());
        }
        let filling: Vec<usize> = fills.iter().map(|(n, ..)| self.acts[*n].offset).collect();
        for (n, act) in self.acts.iter().enumerate() {
            let is_after = n > *first && n <= at.max(named);
            match &act.what {
                What::AddColumn { table: of, column } if is_of(of) && column.name == *copy => {
                    types.push((column.ty.clone(), false));
                }
                What::ChangeType { table: of, column, to } if is_of(of) && column == copy => {
                    types.push((to.clone(), false));
                }
                What::Touches { table: of, columns: Some(columns), by, .. }
                    if is_after && is_of(of) && columns.contains(copy) && !filling.contains(&act.offset) =>
                {
                    return is_less(format!("its copy is written over again ({by})"));
                }
                What::DropColumn { table: of, column, .. } | What::Forgets { table: of, column, .. }
                    if is_after && is_of(of) && column == copy =>
                {
                    return is_less("its copy loses what is in it again".into());
                }
                _ => {}
            }
        }
        // What it is cast to comes before what it is.
        let from = known.ty(table, column).map(|ty| known.base(ty));
        let types: Vec<_> = types.into_iter().map(|(ty, is_cast)| (known.base(&ty).to_owned(), is_cast)).collect();
        Some(narrow(self.engine, from, &types).map_or(Column::Whole, Column::Narrow))
    }
}
