//! PostgreSQL's catalogues, each read by itself and put together here: the server would spend more on planning the joins, anew
//! in every session, than on everything else. For the same reason they are asked for plain columns: each cast, comparison or
//! function is one more thing that a new session has to look up.

mod code;
mod parts;
mod questions;

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::postgres::types::Oid;
use sqlx::{AssertSqlSafe, Either, PgConnection, Row as _};

use questions::{BEGIN, CATALOGUES, RARE};

use super::words::{one_line, settled, shortened};
use super::{Budget, LONGEST, MOST_CHARACTERS, Schema, TOOLS, Unread};

/// A table, view, sequence or composite type of the schema.
struct Relation {
    /// As it is shown: those of `public` go by their bare names.
    name: String,
    kind: String,
    options: String,
    /// As which it is told of, when it is.
    word: Option<&'static str>,
    /// What of a table it is a part of, and by what it has parts.
    part: String,
    /// The tables that it is a part of, or inherits from, in order.
    parents: Vec<(i32, Oid)>,
}

impl Relation {
    /// A view's columns are in its definition, a sequence's are none.
    fn has_columns(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p" | "f" | "c")
    }
}

/// What of the catalogues has been read.
#[derive(Default)]
struct Catalogues {
    version: String,
    /// What belongs to extensions.
    members: HashSet<Oid>,
    namespaces: HashMap<Oid, String>,
    relations: HashMap<Oid, Relation>,
    types: HashMap<Oid, String>,
    labels: HashMap<Oid, Vec<String>>,
    defaults: HashMap<(Oid, i16), String>,
    columns: HashMap<(Oid, i32), String>,
    /// The columns that sequences go with, and whether as an identity.
    owners: HashMap<Oid, (Oid, i32, bool)>,
    /// Indexes that stand behind a constraint, which tells of them.
    told: HashSet<Oid>,
    /// Those that are not the database's own, and the lines that wait for their names: what stands before one, and after it.
    collations: HashMap<Oid, String>,
    collated: Vec<(Oid, String, String)>,
    /// What of [`RARE`] there is.
    rare: HashSet<&'static str>,
    lines: Vec<String>,
}

pub(super) async fn schema(conn: &mut PgConnection) -> Result<Schema, Unread> {
    let mut read = Catalogues::default();
    let mut budget = Budget::new();
    read.ask(conn, CATALOGUES, &mut budget).await?;
    let rare: String =
        RARE.iter().filter(|(what, _)| read.rare.contains(what)).map(|(_, question)| *question).collect();
    let has_collations = read.rare.contains("collation");
    if !rare.is_empty() {
        read.ask(conn, &rare, &mut budget).await?;
    }
    // Only a domain has one.
    if let (false, Some((_, question))) = (has_collations || read.collated.is_empty(), RARE.last()) {
        read.ask(conn, question, &mut budget).await?;
    }
    for (id, labels) in std::mem::take(&mut read.labels) {
        if let Some(name) = read.types.get(&id) {
            read.lines.push(format!("type {name} enum ({})", labels.join(", ")));
        }
    }
    for (collation, before, after) in std::mem::take(&mut read.collated) {
        // One that has gone meanwhile has no name any more.
        let name = read.collations.get(&collation).map_or("?", String::as_str);
        read.lines.push(one_line(&format!("{before} collate {name}{after}")));
    }
    for relation in read.relations.values() {
        if let Some(word) = relation.word {
            let of = read.parents_of(relation);
            read.lines.push(one_line(&format!("{word} {}{of}{}", relation.name, relation.part)));
        }
    }
    let major: u32 = read.version.parse().unwrap_or_default();
    Ok(Schema::new(format!("postgres {}", major / 10000), read.lines))
}

/// How many bytes a row has.
fn size(row: &PgRow) -> Result<usize, sqlx::Error> {
    (0..row.len()).map(|column| text(row, column).map(str::len)).sum()
}

/// What tells a definition apart that was not read to its end.
fn rest(row: &PgRow, column: usize) -> Result<String, sqlx::Error> {
    let digest = text(row, column)?;
    Ok(if digest.is_empty() { String::new() } else { format!(" … {digest}") })
}

/// A column as the server writes it, whatever its type; nothing when it is null.
fn text(row: &PgRow, column: usize) -> Result<&str, sqlx::Error> {
    Ok(row.try_get_unchecked::<Option<&str>, _>(column)?.unwrap_or_default())
}

impl Catalogues {
    /// Takes what is answered to this message.
    async fn ask(&mut self, conn: &mut PgConnection, questions: &str, budget: &mut Budget) -> Result<(), Unread> {
        let sql = format!("{BEGIN} {questions}")
            .replace("MOST", &MOST_CHARACTERS.to_string())
            .replace("LONGEST", &LONGEST.as_millis().to_string());
        let mut answers = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(conn);
        while let Some(answer) = answers.try_next().await? {
            if let Either::Right(row) = answer {
                budget.spend(size(&row)?)?;
                self.take(&row)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        match text(row, 0)? {
            "version" => self.version = text(row, 1)?.to_owned(),
            "has" => {
                let what = text(row, 1)?;
                self.rare.extend(RARE.iter().map(|(name, _)| *name).filter(|name| *name == what));
            }
            "member" => {
                self.members.insert(row.try_get(1)?);
            }
            "namespace" => {
                let name = text(row, 2)?;
                if name != "information_schema" && !name.starts_with("pg_") {
                    self.namespaces.insert(row.try_get(1)?, name.to_owned());
                }
            }
            "relation" => self.relation(row)?,
            "view" => self.view(row)?,
            "part" => self.part(row)?,
            "inherits" => self.inherits(row)?,
            "collation" => {
                // The server's own are found by everybody.
                let name = text(row, 3)?;
                let name = self.name(row.try_get(2)?, name).unwrap_or_else(|| name.to_owned());
                self.collations.insert(row.try_get(1)?, format!("\"{name}\""));
            }
            "range" => {
                if let Some(name) = self.types.get(&row.try_get(1)?) {
                    self.lines.push(format!("type {name} range of {}", text(row, 2)?));
                }
            }
            "rule" => self.rule(row)?,
            "type" => self.custom(row)?,
            "domain" => self.domain(row)?,
            "label" => {
                let label = format!("'{}'", text(row, 2)?);
                self.labels.entry(row.try_get(1)?).or_default().push(label);
            }
            "default" => {
                // Of a table that has gone meanwhile there is no expression any more.
                if let Some(expression) = row.try_get::<Option<&str>, _>(3)? {
                    self.defaults.insert((row.try_get(1)?, row.try_get(2)?), settled(expression));
                }
            }
            "column" => self.column(row)?,
            "owner" => {
                let kind = text(row, 4)?;
                if kind == "a" || kind == "i" {
                    self.owners.insert(row.try_get(1)?, (row.try_get(2)?, row.try_get(3)?, kind == "i"));
                }
            }
            "sequence" => self.sequence(row)?,
            "constraint" => self.constraint(row)?,
            "index" => self.index(row)?,
            "trigger" => self.trigger(row)?,
            "policy" => self.policy(row)?,
            _ => self.routine(row)?,
        }
        Ok(())
    }

    /// The name as it is shown, of what the schema is made of.
    fn name(&self, namespace: Oid, name: &str) -> Option<String> {
        let namespace = self.namespaces.get(&namespace)?;
        Some(if namespace == "public" { name.to_owned() } else { format!("{namespace}.{name}") })
    }

    fn relation(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (id, own) = (row.try_get(1)?, text(row, 3)?);
        if TOOLS.contains(&own) || self.members.contains(&id) {
            return Ok(());
        }
        let Some(name) = self.name(row.try_get(2)?, own) else { return Ok(()) };
        let (kind, options) = (text(row, 4)?.to_owned(), text(row, 8)?.to_owned());
        let word = match kind.as_str() {
            "r" | "p" if text(row, 5)? == "u" => Some("unlogged table"),
            "r" | "p" => Some("table"),
            "f" => Some("foreign table"),
            "c" => Some("composite type"),
            _ => None,
        };
        let (enabled, forced): (bool, bool) = (row.try_get(6)?, row.try_get(7)?);
        if enabled || forced {
            let how = match (enabled, forced) {
                (true, false) => "",
                (true, true) => ", forced",
                (false, _) => ", forced and not enabled",
            };
            self.lines.push(format!("row level security on {name}{how}"));
        }
        // What of a row is told to whoever follows its changes.
        let is_table = matches!(kind.as_str(), "r" | "p");
        match text(row, 10)? {
            _ if !is_table => {}
            "n" => self.lines.push(format!("replica identity of {name} nothing")),
            "f" => self.lines.push(format!("replica identity of {name} full")),
            "i" => self.lines.push(format!("replica identity of {name} an index")),
            _ => {}
        }
        if row.try_get::<bool, _>(11)? || row.try_get::<bool, _>(9)? {
            self.rare.insert("inherits");
        }
        if word.is_some() && row.try_get(12)? {
            self.rare.insert("rule");
        }
        let rare = match kind.as_str() {
            "v" | "m" => {
                self.rare.insert("rule");
                Some("view")
            }
            "S" => Some("sequence"),
            "p" => Some("part"),
            _ => row.try_get::<bool, _>(9)?.then_some("part"),
        };
        self.rare.extend(rare);
        self.relations.insert(id, Relation { name, kind, options, word, part: String::new(), parents: Vec::new() });
        Ok(())
    }

    fn view(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let Some(Relation { name, kind, options, .. }) = self.relations.get(&row.try_get(1)?) else { return Ok(()) };
        let (word, options) = match kind.as_str() {
            // How a materialized view is stored is tuned, as a table's storage is.
            "m" => ("materialized view", String::new()),
            _ if options.is_empty() => ("view", String::new()),
            _ => ("view", format!(" with {options}")),
        };
        let definition = text(row, 2)?.trim_end_matches(';');
        let rest = rest(row, 3)?;
        self.lines.push(shortened(&settled(&format!("{word} {name}{options} as {definition}{rest}"))));
        Ok(())
    }

    fn custom(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let id = row.try_get(1)?;
        let Some(name) = self.name(row.try_get(2)?, text(row, 3)?).filter(|_| !self.members.contains(&id)) else {
            return Ok(());
        };
        match text(row, 4)? {
            "d" => self.rare.extend(["domain"]),
            "r" => self.rare.extend(["range"]),
            // Its labels follow.
            _ => {
                self.rare.extend(["enum"]);
                self.labels.entry(id).or_default();
            }
        }
        self.types.insert(id, name);
        Ok(())
    }

    fn domain(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let Some(name) = self.types.get(&row.try_get(1)?) else { return Ok(()) };
        let (name, kind, default) = (name.clone(), text(row, 2)?, text(row, 4)?);
        let not_null = if row.try_get(3)? { " not null" } else { "" };
        let default = if default.is_empty() { String::new() } else { settled(&format!(" default {default}")) };
        self.tell(row.try_get(5)?, kind, format!("domain {name} {kind}"), format!("{not_null}{default}"));
        Ok(())
    }

    /// A line with a type in it, and how its values are sorted where that is not as everywhere in the database.
    fn tell(&mut self, collation: Oid, kind: &str, before: String, after: String) {
        // A type of the server's own is always sorted so.
        let is_usual = matches!(collation.0, 0 | 100) || matches!(kind, "name" | "name[]");
        if is_usual {
            return self.lines.push(one_line(&(before + &after)));
        }
        self.rare.insert("collation");
        self.collated.push((collation, before, after));
    }

    fn column(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (of, number): (Oid, i16) = (row.try_get(1)?, row.try_get(2)?);
        let Some(relation) = self.relations.get(&of).filter(|relation| relation.has_columns()) else { return Ok(()) };
        let name = format!("{}.{}", relation.name, text(row, 3)?);
        let kind = text(row, 4)?;
        let before = format!("column {name} {kind}");
        let mut line = String::new();
        self.columns.insert((of, number.into()), name);
        if row.try_get(5)? {
            line += " not null";
        }
        line += match text(row, 6)? {
            "" => "",
            "a" => " generated always as identity",
            _ => " generated by default as identity",
        };
        let default = self.defaults.get(&(of, number)).map_or("", String::as_str);
        match text(row, 7)? {
            "" if default.is_empty() => {}
            "" => line += &format!(" default {default}"),
            "v" => line += &format!(" generated as {default} virtual"),
            _ => line += &format!(" generated as {default} stored"),
        }
        self.tell(row.try_get(8)?, kind, before, line);
        Ok(())
    }

    fn sequence(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let id: Oid = row.try_get(1)?;
        let Some(relation) = self.relations.get(&id) else { return Ok(()) };
        let whose = match self.owners.get(&id) {
            None => relation.name.clone(),
            Some((table, number, is_identity)) => {
                // One that goes with a tool's table is the tool's.
                let Some(column) = self.columns.get(&(*table, *number)) else { return Ok(()) };
                // An identity's is named by the server, after what the table was called then.
                if *is_identity { format!("of {column}") } else { format!("{} owned by {column}", relation.name) }
            }
        };
        let cycle = if row.try_get(8)? { " cycle" } else { "" };
        let (kind, start, step) = (text(row, 2)?, text(row, 3)?, text(row, 4)?);
        let (least, most, cache) = (text(row, 5)?, text(row, 6)?, text(row, 7)?);
        self.lines.push(format!(
            "sequence {whose} as {kind} start {start} increment {step} minvalue {least} maxvalue {most} cache {cache}{cycle}"
        ));
        Ok(())
    }

    fn constraint(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (kind, definition) = (text(row, 4)?, text(row, 6)?);
        if matches!(kind, "p" | "u" | "x") {
            self.told.insert(row.try_get(3)?);
        }
        let table = self.relations.get(&row.try_get(1)?).map(|relation| &relation.name);
        let of = table.or_else(|| self.types.get(&row.try_get::<Oid, _>(2).ok()?));
        // A constraint trigger is told of as a trigger.
        if let Some(of) = of.filter(|_| kind != "t" && !definition.is_empty()) {
            self.lines.push(one_line(&settled(&format!("constraint {} on {of} {definition}", text(row, 5)?))));
        }
        Ok(())
    }

    fn index(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 3)?;
        let table = self.relations.get(&row.try_get(1)?).map(|relation| relation.name.clone());
        if let (Some(table), true) = (table, row.try_get(5)?) {
            let (_, columns) = definition.split_once(" USING ").unwrap_or_default();
            self.lines.push(one_line(&format!("replica identity of {table} by {columns}")));
        }
        let is_told = self.told.contains(&row.try_get(2)?) || !self.relations.contains_key(&row.try_get(1)?);
        if is_told || definition.is_empty() {
            return Ok(());
        }
        let mut line = definition
            .replace("CREATE UNIQUE INDEX ", "unique index ")
            .replace("CREATE INDEX ", "index ")
            .replace(" ON public.", " on ")
            .replace(" USING btree ", " ");
        if !row.try_get::<bool, _>(4)? {
            line += " invalid";
        }
        self.lines.push(one_line(&settled(&line)));
        Ok(())
    }
}
