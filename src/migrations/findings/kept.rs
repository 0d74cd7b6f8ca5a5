//! What a copy keeps of the columns of a table: under which names, and by way of which types.

use super::trail::Trail;
use super::types::{self, Change};
use crate::engine::Engine;
use crate::engine::acts::{Taken, Takes};

/// A column that is kept whole, and each type that its values go through; whether that is a cast, which is made whatever they are.
#[derive(Debug, Clone)]
struct Pair {
    from: String,
    to: String,
    types: Vec<(String, bool)>,
}

/// One way from a table into its copy.
#[derive(Debug, Clone, Default)]
pub(super) struct Leg {
    pairs: Vec<Pair>,
    /** What nobody here can name is kept under its own name. */
    rest: bool,
    is_ordered: bool,
    /** What is made of columns, and by what. */
    made: Vec<(Vec<String>, String)>,
    /** The columns that the table is known to have, with their types. */
    of: Vec<(String, Option<String>)>,
}

/// What becomes of a column's values.
pub(super) enum Loss {
    /// They are in the copy no more, or what this makes of them is.
    Gone { column: String, by: Option<String> },
    /// They get a type that holds less.
    Narrow { column: String, from: Option<String>, to: String },
    /// They are under another's name, and that one's under theirs.
    Mixed { column: String, to: String },
}

/// `columns`: those of what is copied, and whether that is their order.
pub(super) fn leg(trail: &Trail<'_>, is_made_with: bool, takes: &Takes, columns: &(Vec<String>, bool)) -> Leg {
    let (all, is_ordered) = columns;
    let pair = |from: &str, through: &[String], to: &str| {
        let casts = through.iter().map(|ty| (ty.clone(), true));
        let types = trail.types.iter().filter(|(column, _)| column == to).map(|(_, ty)| (ty.clone(), false));
        Pair { from: from.to_owned(), to: to.to_owned(), types: casts.chain(types).collect() }
    };
    let mut leg = Leg { is_ordered: *is_ordered || !takes.values.contains(&Taken::All), ..Leg::default() };
    let has_all = takes.values.contains(&Taken::All);
    // In the order of both, where that is known; else by their names.
    let expanded: Vec<(Option<&str>, &[String])> = takes
        .values
        .iter()
        .flat_map(|value| match value {
            Taken::All => all.iter().map(|column| (Some(column.as_str()), &[][..])).collect(),
            Taken::Column { column, through } => vec![(Some(column.as_str()), through.as_slice())],
            Taken::Made { .. } => vec![(None, &[][..])],
        })
        .collect();
    let into = takes.into.as_ref().or(Some(&trail.order)).filter(|_| !(is_made_with && has_all));
    let is_placed = !has_all || (*is_ordered && into.is_some_and(|into| into.len() == expanded.len()));
    for (n, (from, through)) in expanded.into_iter().enumerate() {
        let Some(from) = from else { continue };
        let to = into.and_then(|into| into.get(n)).filter(|to| is_placed && !to.is_empty());
        leg.pairs.push(pair(from, through, to.map_or(from, String::as_str)));
    }
    leg.rest = has_all;
    leg.made.extend(takes.values.iter().filter_map(|value| match value {
        Taken::Made { of, by } => Some((of.clone(), by.clone())),
        _ => None,
    }));
    leg
}

impl Leg {
    /// With what is known of the columns that it begins with.
    pub fn of(self, columns: &[&str], ty: impl Fn(&str) -> Option<String>) -> Self {
        Self { of: columns.iter().map(|column| ((*column).to_owned(), ty(column))).collect(), ..self }
    }

    /// With what its types are made of, where they are domains.
    pub fn based(mut self, base: impl Fn(&str) -> String) -> Self {
        self.pairs.iter_mut().flat_map(|pair| &mut pair.types).for_each(|(ty, _)| *ty = base(ty));
        self
    }

    /// Without these columns of the table, where all that is seen is copied: they are not.
    pub fn unseen(mut self, columns: Vec<String>) -> Self {
        if self.rest && !columns.is_empty() {
            self.made.push((columns, "*, which leaves it out".to_owned()));
        }
        self
    }

    /// Without these columns of the copy, which lose their values by this.
    pub fn without(mut self, columns: &[(String, String)]) -> Self {
        for (column, by) in columns {
            let gone: Vec<String> =
                self.pairs.extract_if(.., |pair| pair.to == *column).map(|pair| pair.from).collect();
            let gone = if gone.is_empty() && self.rest { vec![column.clone()] } else { gone };
            self.made.push((gone, by.clone()));
        }
        self
    }

    /// The columns that it ends with, and whether that is their order.
    pub fn columns(&self) -> (Vec<String>, bool) {
        (self.pairs.iter().map(|pair| pair.to.clone()).collect(), self.is_ordered && self.made.is_empty())
    }

    /// This one, and another behind it.
    pub fn then(&self, back: &Self) -> Self {
        let joined = self.pairs.iter().flat_map(|first| {
            let next = back.pairs.iter().filter(|second| second.from == first.to);
            let found: Vec<Pair> = next
                .map(|second| Pair {
                    from: first.from.clone(),
                    to: second.to.clone(),
                    types: first.types.iter().chain(&second.types).cloned().collect(),
                })
                .collect();
            found
        });
        // Of what nobody here can name the second says what it keeps.
        let named = back.pairs.iter().filter(|pair| self.rest && !self.pairs.iter().any(|first| first.to == pair.from));
        let own = |column: &String| {
            let first = self.pairs.iter().find(|pair| pair.to == *column);
            first.map_or_else(|| column.clone(), |pair| pair.from.clone())
        };
        let made = back.made.iter().map(|(of, by)| (of.iter().map(own).collect(), by.clone()));
        Self {
            pairs: joined.chain(named.cloned()).collect(),
            rest: self.rest && back.rest,
            is_ordered: false,
            made: self.made.iter().cloned().chain(made).collect(),
            of: self.of.clone(),
        }
    }

    pub fn losses(&self, engine: Engine) -> Vec<Loss> {
        let is_kept = |column: &str| self.pairs.iter().any(|pair| pair.from == column);
        let by = |column: &str| {
            self.made.iter().find(|(of, _)| of.iter().any(|name| name == column)).map(|(_, by)| by.clone())
        };
        let mut gone: Vec<String> = self.of.iter().map(|(column, _)| column.clone()).collect();
        if gone.is_empty() {
            gone = self.made.iter().flat_map(|(of, _)| of.clone()).collect();
        }
        gone.retain(|column| !is_kept(column) && (!self.rest || by(column).is_some()));
        gone.dedup();
        let mut losses: Vec<Loss> = gone.into_iter().map(|column| Loss::Gone { by: by(&column), column }).collect();
        for pair in &self.pairs {
            let from = self.of.iter().find(|(column, _)| *column == pair.from).and_then(|(_, ty)| ty.clone());
            let is_kept_else = |to: &String| self.keeps_wide(engine, pair, to);
            if let Some(to) = narrow(engine, from.as_deref(), &pair.types)
                && !is_kept_else(&pair.to)
            {
                losses.push(Loss::Narrow { column: pair.from.clone(), from, to });
            } else if self.is_mixed(pair) {
                losses.push(Loss::Mixed { column: pair.from.clone(), to: pair.to.clone() });
            }
        }
        losses
    }

    /// Whether a column is kept in another place by types that hold all of it.
    fn keeps_wide(&self, engine: Engine, pair: &Pair, to: &String) -> bool {
        let from = self.of.iter().find(|(column, _)| *column == pair.from).and_then(|(_, ty)| ty.as_deref());
        let others = self.pairs.iter().filter(|other| other.from == pair.from && other.to != *to);
        others.into_iter().any(|other| narrow(engine, from, &other.types).is_none())
    }

    /// Whether columns have changed places: from one to the next one comes back to it.
    fn is_mixed(&self, pair: &Pair) -> bool {
        let is_at_home = |column: &str| self.pairs.iter().any(|pair| pair.from == column && pair.to == column);
        let mut at = pair.to.as_str();
        for _ in 0..self.pairs.len() {
            if is_at_home(at) || pair.from == pair.to {
                return false;
            }
            if at == pair.from {
                return true;
            }
            let Some(next) = self.pairs.iter().find(|pair| pair.from == at) else { return false };
            at = &next.to;
        }
        false
    }
}

/// The type on the way that holds less than the one before it. Of a column that nobody knows only a cast says something.
pub(super) fn narrow(engine: Engine, from: Option<&str>, types: &[(String, bool)]) -> Option<String> {
    let mut before = from;
    for (ty, is_cast) in types {
        let is_narrow = match (engine, before) {
            (_, None) if !is_cast => false,
            (Engine::Sqlite, before) => changes(before, ty, *is_cast),
            (_, before) => types::change(engine, before, ty) == Change::Narrow,
        };
        if is_narrow {
            return Some(ty.clone());
        }
        before = Some(ty).filter(|ty| !ty.is_empty() || engine == Engine::Sqlite).map(String::as_str);
    }
    None
}

#[derive(PartialEq, Clone, Copy)]
enum Affinity {
    Integer,
    Text,
    Any,
    Real,
    Numeric,
}

/// Whether SQLite makes something else of values for a column of another type: it does so by the words in a type's name.
fn changes(from: Option<&str>, to: &str, is_cast: bool) -> bool {
    let time = ["date", "time"].iter().any(|word| to.contains(word));
    let from = from.map(affinity);
    match (from, affinity(to)) {
        (_, Affinity::Any) => false,
        (Some(a), b) if a == b => false,
        (Some(Affinity::Integer | Affinity::Numeric), Affinity::Text) | (None, Affinity::Text) => false,
        (Some(Affinity::Integer | Affinity::Numeric | Affinity::Real), Affinity::Integer | Affinity::Numeric) => {
            is_cast
        }
        (_, Affinity::Numeric) if time => is_cast,
        _ => true,
    }
}

fn affinity(ty: &str) -> Affinity {
    let has = |words: &[&str]| words.iter().any(|word| ty.contains(word));
    match () {
        () if has(&["int"]) => Affinity::Integer,
        () if has(&["char", "clob", "text"]) => Affinity::Text,
        () if ty.is_empty() || ty == "any" || has(&["blob"]) => Affinity::Any,
        () if has(&["real", "floa", "doub"]) => Affinity::Real,
        () => Affinity::Numeric,
    }
}
