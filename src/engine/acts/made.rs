//! What files have made that later statements depend on: the texts that user variables of MySQL's hold, what routines would do
//! when they are called, and which columns hold something in every row.

use std::collections::{HashMap, HashSet};

use super::calls::{calls, losing};
use super::prepared::Prepared;
use super::reading::{Reading, parts, starts};
use super::words::Word;
use super::written::{default_engine, is_variable, written};
use super::{What, plain};
use crate::engine::Engine;

/// By name, without the schema.
#[derive(Debug, Default, Clone)]
pub(crate) struct Made {
    texts: HashMap<String, Vec<String>>,
    routines: HashMap<String, Vec<Routine>>,
    keys: HashMap<(String, String), Key>,
    /** What the session makes tables in, as far as the file says. */
    engine: Option<String>,
    /** Whether the session of MySQL's is without strictness, and which user variables hold a mode that is. */
    lenient: bool,
    modes: HashMap<String, bool>,
    /** Tables, and queries that have a name, with a row for each of another. */
    copies: HashMap<String, String>,
    /** Of tables that are parted by lists of values. */
    partitions: HashMap<String, Vec<Listed>>,
    pub(super) prepared: Prepared,
}

/// The values that a partition takes; all others, where it takes what no other does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub name: String,
    pub values: Vec<String>,
    pub is_rest: bool,
}

/// What a routine would do. It is called by its name; of one name there may be several.
#[derive(Debug, Clone)]
pub(super) struct Routine {
    pub name: String,
    /** The words between its parentheses. */
    pub arguments: String,
    /** It takes the place of one that is there. */
    pub replaces: bool,
    pub does: Vec<What>,
    pub calls: Vec<String>,
    /** It runs without strictness, whoever calls it: it keeps the mode that it was made in. */
    pub lenient: bool,
}

/// What is known of each value of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Key {
    /// It is not null.
    There,
    /// It is a number from 1 on.
    Counted,
}

impl Made {
    /// What a session keeps does not reach the next file.
    pub(super) fn begin_file(&mut self) {
        self.texts.clear();
        self.engine = None;
        self.lenient = false;
        self.modes.clear();
        self.copies.clear();
        self.prepared = Prepared::default();
    }

    pub(super) fn is_lenient(&self) -> bool {
        self.lenient
    }

    pub(super) fn set_lenient(&mut self, is: bool) {
        self.lenient = is;
    }

    /// Whether the mode that a user variable holds is without strictness.
    pub(super) fn mode(&self, variable: &str) -> Option<bool> {
        self.modes.get(&variable.to_lowercase()).copied()
    }

    pub(super) fn set_mode(&mut self, variable: String, is: bool) {
        self.modes.insert(variable, is);
    }

    /// What an act makes a copy of each row of another of, or no longer.
    pub(super) fn learn_copy(&mut self, what: &What) {
        match what {
            What::Copies { table, takes, .. } if takes.but.is_none() && !takes.is_update => {
                if let [whole] = &takes.whole[..] {
                    self.copies.insert(last(table), last(whole));
                }
            }
            What::CreateTable { table, .. }
            | What::DropTable { table, .. }
            | What::DropTemporary { table }
            | What::Truncate { table }
            | What::Touches { table, columns: None, later: false, .. } => {
                self.copies.remove(&last(table));
            }
            _ => {}
        }
    }

    /// While a loop reads them, a row of its is one of each of these.
    pub(super) fn set_copy(&mut self, name: &str, of: Option<&str>) {
        match of {
            Some(of) => self.copies.insert(last(name), last(of)),
            None => self.copies.remove(&last(name)),
        };
    }

    pub(super) fn partitions(&mut self, table: &str) -> &mut Vec<Listed> {
        self.partitions.entry(last(table)).or_default()
    }

    pub(super) fn partition(&self, table: &str, name: &str) -> Option<&Listed> {
        self.partitions.get(&last(table))?.iter().find(|one| one.name == name)
    }

    /// With queries that have a name and read all of a table, as a statement knows them.
    pub(super) fn with_copies(&self, copies: Vec<(String, String)>) -> Self {
        let mut made = self.clone();
        made.copies.extend(copies);
        made
    }

    /// Whether each row of a table has one in this one: it is that table, or a copy of it.
    pub(super) fn has_all_of(&self, name: &str, table: &str) -> bool {
        let table = last(table);
        let mut name = last(name);
        for _ in 0..8 {
            if name == table {
                return true;
            }
            match self.copies.get(&name) {
                Some(of) => name.clone_from(of),
                None => break,
            }
        }
        false
    }

    /// The engine that tables are made in which name none.
    pub(super) fn default_engine(&self) -> Option<&str> {
        self.engine.as_deref()
    }

    /// For a text that is read: it may run itself by the variable that holds it, or by its name.
    pub(super) fn without_texts<R>(&mut self, read: impl FnOnce(&mut Self) -> R) -> R {
        let (texts, prepared) = (std::mem::take(&mut self.texts), std::mem::take(&mut self.prepared));
        let answer = read(self);
        (self.texts, self.prepared) = (texts, prepared);
        answer
    }

    /// The texts that a user variable of MySQL's may hold.
    pub(super) fn texts(&self, variable: &str) -> Option<Vec<String>> {
        self.texts.get(&variable.to_lowercase()).cloned()
    }

    /// The same without texts and routines, for a body that is read by itself.
    pub(super) fn keys_alone(&self) -> Self {
        Self { keys: self.keys.clone(), ..Self::default() }
    }

    /// What is lost by a call is kept; how a routine commits, and what nobody can read of it, is its own.
    pub(super) fn keep(&mut self, mut routine: Routine) {
        let own = |what: &What| {
            matches!(
                what,
                What::TransactionControl { .. }
                    | What::OutsideTransaction { .. }
                    | What::Pipes
                    | What::NotUnderstood { says: None, .. }
            )
        };
        routine.does.retain(|what| !own(what));
        routine.lenient = self.lenient;
        let of_name = self.routines.entry(routine.name.clone()).or_default();
        if routine.replaces {
            of_name.retain(|other| other.arguments != routine.arguments);
        }
        of_name.push(routine);
    }

    /// What the routines do that a statement calls; nothing is known of one that no file has made.
    pub(super) fn called(&self, engine: Engine, words: &[Word<'_>]) -> Vec<What> {
        let mut found: Vec<What> = losing(engine, words).into_iter().collect();
        if self.routines.is_empty() {
            return found;
        }
        let mut names = calls(engine, words);
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(name) = names.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for routine in self.routines.get(&name).into_iter().flatten() {
                // A mode of its own is so while it runs.
                let is_other = routine.lenient || routine.does.iter().any(|what| matches!(what, What::Lenient { .. }));
                found.extend(routine.lenient.then_some(What::Lenient { is: true }));
                found.extend(routine.does.iter().cloned());
                found.extend(is_other.then_some(What::Lenient { is: self.lenient }));
                names.extend(routine.calls.iter().cloned());
            }
        }
        found
    }

    pub(super) fn key(&self, table: &str, column: &str) -> Option<Key> {
        self.keys.get(&(last(table), column.to_owned())).copied()
    }

    pub(super) fn learn(&mut self, engine: Engine, words: &[Word<'_>]) {
        let Some(first) = words.first() else { return };
        match first.text.to_ascii_lowercase().as_str() {
            // `set @a = …`, `select … into @a`
            "set" | "select" if engine == Engine::Mysql => {
                if let Some(default) = default_engine(words) {
                    self.engine = default;
                }
                let texts = written(engine, words);
                for word in words.iter().filter(|word| is_variable(word)) {
                    self.texts.entry(word.text.to_lowercase()).or_default().extend(texts.iter().cloned());
                }
            }
            "create" => self.created(engine, words),
            "drop" => self.dropped(words),
            "alter" => self.renamed(words),
            _ => {}
        }
    }

    fn created(&mut self, engine: Engine, words: &[Word<'_>]) {
        let Some((table, definitions)) = defined(words) else { return };
        for part in parts(definitions, ",") {
            let Some((column, key)) = keys(engine, part, definitions) else { continue };
            let known = self.keys.entry((last(&table), column)).or_insert(key);
            *known = if *known == Key::Counted { Key::Counted } else { key };
        }
    }

    fn dropped(&mut self, words: &[Word<'_>]) {
        let mut reading = Reading::new(&words[1..]);
        if reading.eat(&["table", "tables"]) {
            reading.eat_if();
            for name in parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name()) {
                self.keys.retain(|(table, _), _| *table != last(&name));
            }
        } else if reading.eat(&["function", "procedure", "routine"]) {
            reading.eat_if();
            for name in parts(reading.words, ",").into_iter().filter_map(|part| Reading::new(part).name()) {
                // Which of several it is nobody reads here.
                if self.routines.get(&last(&name)).is_some_and(|all| all.len() == 1) {
                    self.routines.remove(&last(&name));
                }
            }
        }
    }

    fn renamed(&mut self, words: &[Word<'_>]) {
        let mut reading = Reading::new(&words[1..]);
        if !reading.eat(&["table"]) {
            return;
        }
        reading.eat_if();
        reading.eat(&["only"]);
        let Some(table) = reading.name() else { return };
        if !reading.eat_all(&["rename", "to"]) {
            return;
        }
        let Some(to) = reading.name() else { return };
        let moved: Vec<_> = self.keys.extract_if(|(of, _), _| *of == last(&table)).collect();
        self.keys.extend(moved.into_iter().map(|((_, column), key)| ((last(&to), column), key)));
    }
}

pub(super) fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}

/// The table that a statement makes, and what stands in its parentheses.
pub(super) fn defined<'a>(words: &'a [Word<'a>]) -> Option<(String, &'a [Word<'a>])> {
    let mut reading = Reading::new(words);
    reading.eat(&["create"]).then_some(())?;
    reading.eat_all(&["or", "replace"]);
    while reading.eat(&["global", "local", "temporary", "temp", "unlogged"]) {}
    reading.eat(&["table"]).then_some(())?;
    reading.eat_if();
    let table = reading.name()?;
    Some((table, reading.parens()?))
}

/// What one part of a definition says of columns.
fn keys(engine: Engine, part: &[Word<'_>], all: &[Word<'_>]) -> Option<(String, Key)> {
    let has = |part: &[Word<'_>], wanted: &[&str]| part.windows(wanted.len()).any(|some| starts(some, wanted));
    let is_whole = |part: &[Word<'_>]| {
        let types = [
            "int",
            "integer",
            "bigint",
            "smallint",
            "mediumint",
            "tinyint",
            "int2",
            "int4",
            "int8",
            "serial",
            "bigserial",
        ];
        part.get(1).is_some_and(|word| word.is_any(&types))
    };
    let counts = ["serial", "bigserial", "smallserial", "identity", "auto_increment", "autoincrement"];
    let is_counted = |part: &[Word<'_>]| part.iter().any(|word| word.is_any(&counts));
    let of = |part: &[Word<'_>], is_key: bool| match is_counted(part) || (is_key && is_whole(part)) {
        true => Key::Counted,
        false => Key::There,
    };
    let mut reading = Reading::new(part);
    if reading.eat(&["constraint"]) {
        reading.name();
    }
    if reading.eat_all(&["primary", "key"]) {
        let inside = reading.parens()?;
        let column = Reading::new(inside).name().filter(|_| inside.len() == 1)?;
        let definition = parts(all, ",").into_iter().find(|part| plain(part[0].text) == column)?;
        return Some((column, of(definition, true)));
    }
    let first = part.first().filter(|word| word.is_name())?;
    let is_key = has(part, &["primary", "key"]);
    // SQLite lets a key be null that is no number of its rows.
    let is_there =
        has(part, &["not", "null"]) || is_counted(part) || (is_key && (engine != Engine::Sqlite || is_whole(part)));
    is_there.then(|| (plain(first.text), of(part, is_key)))
}
