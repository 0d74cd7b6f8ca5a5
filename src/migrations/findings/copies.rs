//! What a file drops after it has copied it: the way to change what `alter table` cannot.

use super::kept::{Leg, leg};
use super::known::{Known, is_from, is_of_session, key, moved};
use super::trail::{Spoils, Trail};
use crate::engine::Engine;
use crate::engine::acts::{self, Act, Takes, What};

/// The acts of one file.
#[derive(Clone, Copy)]
pub(super) struct Copies<'a> {
    pub engine: Engine,
    /** Whether a failure leaves nothing behind. */
    pub atomic: bool,
    pub acts: &'a [Act],
}

/// What of a table is in its copy.
pub(super) struct Copied {
    /// Why rows may not be in it, in words.
    pub lost: Option<String>,
    /// What has become of the columns, on each way that rows have gone.
    pub legs: Vec<Leg>,
    /// Of rows with one key it may hold one.
    pub passes_doubles: bool,
    /// From this act on it has the table's name, and holds its rows.
    pub until: usize,
    pub name: String,
}

impl<'a> Copies<'a> {
    fn any(&self, is: impl Fn(&What) -> bool) -> bool {
        self.acts.iter().any(|act| is(&act.what))
    }

    /// Whether the file makes something of this name, whatever it is.
    pub fn makes(&self, name: &str) -> bool {
        self.any(|what| match what {
            What::CreateTable { table: made, .. } | What::CreateOther { name: made, .. } => key(made) == key(name),
            _ => false,
        })
    }

    pub fn adds_column(&self, table: &str, column: &str) -> bool {
        self.any(|what| {
            matches!(what, What::AddColumn { table: of, column: added } if key(of) == key(table) && added.name == column)
        })
    }

    pub(super) fn at(&self, act: &Act) -> Option<usize> {
        self.acts.iter().position(|other| std::ptr::eq(other, act))
    }

    /// The name that a table had before an act, which has this one at a later act.
    fn before(&self, name: &str, later: usize, at: usize) -> String {
        self.acts[at.min(later)..later].iter().rev().fold(key(name), |name, act| match &act.what {
            What::RenameTable { table, to } if moved(table, to) == name => key(table),
            _ => name,
        })
    }

    /// All names that a table has had in the file, which has this one at an act.
    fn names(&self, name: &str, at: usize) -> Vec<String> {
        let mut names = vec![key(name)];
        for act in self.acts[..at].iter().rev() {
            match &act.what {
                What::RenameTable { table, to } if names.last() == Some(&moved(table, to)) => names.push(key(table)),
                // What the file has made had no name before.
                What::CreateTable { table, .. } if names.last() == Some(&key(table)) => {
                    names.truncate(1);
                    break;
                }
                _ => {}
            }
        }
        names
    }

    /// Where the table was made that has this name at an act.
    fn made(&self, name: &str, at: usize) -> Option<usize> {
        let mut name = key(name);
        for (n, act) in self.acts[..=at].iter().enumerate().rev() {
            match &act.what {
                What::CreateTable { table, .. } if key(table) == name => return Some(n),
                What::RenameTable { table, to } if moved(table, to) == name => name = key(table),
                _ => {}
            }
        }
        None
    }

    /// The tables that are filled, in these acts, from what is called so then: where each was made.
    fn filled(&self, acts: std::ops::Range<usize>, origin: &impl Fn(usize) -> Option<String>) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for n in acts {
            let What::Copies { table, from, takes } = &self.acts[n].what else { continue };
            let Some(origin) = origin(n).filter(|origin| !takes.is_update && *origin != key(table)) else { continue };
            let made = if is_from(from, &origin) { self.made(table, n) } else { None };
            found.extend(made.filter(|made| !found.contains(made)));
        }
        found
    }

    /// The copy of a table that is dropped here, which has its name afterwards; none where there is none.
    pub fn replace_table(&self, at: usize, known: &Known) -> Option<Copied> {
        let What::DropTable { table, .. } = &self.acts[at].what else { return None };
        // Which of two of a name is meant nobody can tell from the name.
        if self.has_another(table) {
            return None;
        }
        let names = self.names(table, at);
        let origin = |n: usize| Some(self.before(table, at, n));
        let columns = known.order(table, self.engine);
        let mut found = None;
        for made in self.filled(0..at, &origin) {
            let Some(there) = Trail::new(self.acts, made, &names, &origin, at) else { continue };
            if there.fills.iter().any(|(n, takes, _)| self.reads_another(table, at, (*n, *takes), known)) {
                continue;
            }
            let first = self.copied(&there, at, columns.clone(), known, table);
            let copied = match there.named {
                Some(named) if there.dropped.is_none_or(|dropped| dropped > at.max(named)) => {
                    self.finished(first, &there, there.fills[0].0..at.max(named), at)
                }
                _ => self.and_back(first, &there, at, &names, known, table),
            };
            let is_better = found.is_none() || copied.as_ref().is_some_and(|copied: &Copied| copied.lost.is_none());
            if copied.is_some() && is_better {
                found = copied;
            }
        }
        found
    }

    /// Whether the file makes one of the session that goes by the name of a table.
    fn has_another(&self, table: &str) -> bool {
        self.acts.iter().enumerate().any(|(n, act)| match &act.what {
            What::CreateTable { table: made, temporary, .. } | What::CreateOther { name: made, temporary } => {
                let whole = self.whole_name(made, n);
                (*temporary || is_of_session(&whole)) && key(&whole) == key(table)
            }
            _ => false,
        })
    }

    /// Whether a copy is of another table of this name: the file looks for tables elsewhere then.
    fn reads_another(&self, table: &str, at: usize, fill: (usize, &Takes), known: &Known) -> bool {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let dropped = key(&self.whole_name(table, at));
        let makes = |name: &str| {
            self.acts.iter().enumerate().any(|(n, act)| match &act.what {
                What::CreateTable { table: made, .. } | What::CreateOther { name: made, .. } => {
                    key(&self.whole_name(made, n)) == name
                }
                _ => false,
            })
        };
        fill.1.whole.iter().filter(|read| !read.contains('.') && **read == last(table)).any(|read| {
            let whole = key(&self.whole_name(read, fill.0));
            whole != dropped && (makes(&whole) || known.is_there(&whole, false))
        })
    }

    /// The name of a table with the schema that it is looked for in at an act, where that is not the usual one.
    fn whole_name(&self, name: &str, at: usize) -> String {
        let path = self.acts[..at].iter().rev().find_map(|act| match &act.what {
            What::LooksInto { path } => Some(path.as_str()),
            _ => None,
        });
        match path.unwrap_or_default() {
            "" | "\"\"" => name.to_owned(),
            _ if name.contains('.') => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    fn copied(&self, trail: &Trail<'_>, at: usize, columns: (Vec<String>, bool), known: &Known, table: &str) -> Copied {
        let fills: Vec<&Takes> = trail.fills.iter().map(|(_, takes, _)| *takes).collect();
        let in_block = trail.fills.iter().all(|(n, ..)| self.acts[*n].maybe) && !self.acts[at].maybe;
        let whole = trail.fills.iter().find(|(_, takes, is_of)| *is_of && takes.but.is_none());
        let lost = match (whole, in_block) {
            (_, true) => {
                Some("its copy is filled in a block of which nobody knows whether it comes to that".to_owned())
            }
            (Some(_), false) => None,
            (None, false) => self.left_out(&fills),
        };
        let lost = lost.or_else(|| known.unseen_of(table).map(str::to_owned));
        let of: Vec<_> = whole.map_or_else(|| trail.fills.iter().collect(), |one| vec![one]);
        let legs = of.into_iter().map(|(n, takes, _)| leg(trail, self.is_made_with(trail, *n), takes, &columns));
        let base = |ty: &str| known.base(ty).to_owned();
        let ty = |column: &str| known.ty(table, column).map(base);
        let legs = legs.map(|leg| leg.unseen(known.invisible(table)).based(base));
        Copied {
            lost,
            legs: legs.map(|leg| leg.of(&known.columns(table), ty)).collect(),
            passes_doubles: fills.iter().any(|takes| takes.passes_doubles),
            until: at,
            name: trail.name.clone(),
        }
    }

    /// Whether a copy is filled by the statement that makes it.
    fn is_made_with(&self, trail: &Trail<'_>, at: usize) -> bool {
        self.acts[trail.made].offset == self.acts[at].offset
    }

    fn left_out(&self, fills: &[&Takes]) -> Option<String> {
        let parts: Vec<&str> = fills.iter().filter_map(|takes| takes.part.as_deref()).collect();
        if parts.len() == fills.len() && fills.len() > 1 {
            let is_all = acts::covers(self.engine, &parts);
            let words = "its copy is filled in parts, and nothing here says that they are all of it";
            return (!is_all).then(|| words.to_owned());
        }
        let by = fills.iter().find_map(|takes| takes.but.clone()).unwrap_or_else(|| "join".into());
        Some(left_out_by(&by))
    }

    /// What becomes of the copy while it takes the place of the table.
    fn finished(&self, copied: Copied, trail: &Trail<'_>, acts: std::ops::Range<usize>, at: usize) -> Option<Copied> {
        let Spoils { rows, columns } = trail.spoils(self.acts, acts.clone());
        let fleeting = trail.fleeting.as_ref().map(|by| fleeting(by));
        let lost = copied.lost.or(fleeting).or(rows.map(|by| format!("its copy loses rows again ({by})")));
        let legs = copied.legs.into_iter().map(|leg| leg.without(&columns)).collect();
        Some(Copied { lost, legs, until: acts.end.max(at), name: trail.name.clone(), ..copied })
    }

    /// There and back: into a copy, and from that into a table of the same name.
    fn and_back(
        &self,
        first: Copied,
        there: &Trail<'_>,
        at: usize,
        names: &[String],
        known: &Known,
        table: &str,
    ) -> Option<Copied> {
        let end = there.dropped.unwrap_or(self.acts.len());
        let origin = |n: usize| there.name_at(self.acts, n);
        let made = self.filled(at..end, &origin).into_iter().next()?;
        let back = Trail::new(self.acts, made, names, &origin, end)?;
        let named = back.named?;
        let (from, last) = (back.fills.first()?.0, back.fills.last()?.0);
        // Where a failure takes nothing back, what only the session holds goes with it.
        let is_lost = there.fleeting.as_ref().filter(|_| !self.atomic).map(|by| fleeting(by));
        let Spoils { rows, columns } = there.spoils(self.acts, there.fills[0].0..from);
        let lost = first.lost.or(is_lost).or(rows.map(|by| format!("its copy loses rows again ({by})")));
        let legs: Vec<Leg> = first.legs.into_iter().map(|leg| leg.without(&columns)).collect();
        let kept = legs.first().map(Leg::columns).unwrap_or_default();
        let second = self.copied(&back, from, kept, known, table);
        let second = self.finished(second, &back, from..last.max(named), at)?;
        let all = legs.iter().flat_map(|leg| second.legs.iter().map(move |back| leg.then(back)));
        Some(Copied {
            lost: lost.or(second.lost),
            legs: all.collect(),
            passes_doubles: first.passes_doubles || second.passes_doubles,
            ..second
        })
    }
}

pub(super) fn left_out_by(by: &str) -> String {
    match by {
        "with" | "( … )" | "values" | "partition" | "only" | "lateral" => {
            format!("its copy may leave rows out ({by}): they would be lost")
        }
        by => format!("its copy leaves rows out ({by}): they are lost"),
    }
}

fn fleeting(by: &str) -> String {
    match by {
        "temporary" => "its copy is temporary: it goes with the session, and the rows with it".into(),
        "unlogged" => "its copy is unlogged: a crash empties it, and a standby server never has its rows".into(),
        by if by.starts_with("on conflict") => {
            format!("a constraint of its copy leaves out rows that it does not let in ({by}): they are lost")
        }
        by => format!("its copy is in the engine {by}, which is none that is known to keep rows"),
    }
}
