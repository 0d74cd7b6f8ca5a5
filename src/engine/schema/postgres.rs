//! PostgreSQL's catalogues, each read by itself and put together here: the server would spend more on planning the joins, anew
//! in every session, than on everything else. For the same reason they are asked for plain columns: each cast, comparison or
//! function is one more thing that a new session has to look up.

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
    if !rare.is_empty() {
        read.ask(conn, &rare, &mut budget).await?;
    }
    for (id, labels) in std::mem::take(&mut read.labels) {
        if let Some(name) = read.types.get(&id) {
            read.lines.push(format!("type {name} enum ({})", labels.join(", ")));
        }
    }
    for relation in read.relations.values() {
        if let Some(word) = relation.word {
            read.lines.push(one_line(&format!("{word} {}{}", relation.name, relation.part)));
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
        let rare = match kind.as_str() {
            "v" | "m" => Some("view"),
            "S" => Some("sequence"),
            "p" => Some("part"),
            _ => row.try_get::<bool, _>(9)?.then_some("part"),
        };
        self.rare.extend(rare);
        self.relations.insert(id, Relation { name, kind, options, word, part: String::new() });
        Ok(())
    }

    fn part(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (of, by) = (text(row, 2)?, text(row, 3)?);
        let of = if of.is_empty() { String::new() } else { format!(" partition {of}") };
        let by = if by.is_empty() { String::new() } else { format!(" partition by {by}") };
        if let Some(relation) = self.relations.get_mut(&row.try_get(1)?) {
            relation.part = settled(&(of + &by));
        }
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
            "r" => self.lines.push(format!("type {name} range")),
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
        let default = text(row, 4)?;
        let not_null = if row.try_get(3)? { " not null" } else { "" };
        let default = if default.is_empty() { String::new() } else { format!(" default {default}") };
        self.lines.push(one_line(&settled(&format!("domain {name} {}{not_null}{default}", text(row, 2)?))));
        Ok(())
    }

    fn column(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let (of, number): (Oid, i16) = (row.try_get(1)?, row.try_get(2)?);
        let Some(relation) = self.relations.get(&of).filter(|relation| relation.has_columns()) else { return Ok(()) };
        let name = format!("{}.{}", relation.name, text(row, 3)?);
        let mut line = format!("column {name} {}", text(row, 4)?);
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
        self.lines.push(one_line(&line));
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

    fn trigger(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 2)?;
        if !self.relations.contains_key(&row.try_get(1)?) || definition.is_empty() {
            return Ok(());
        }
        let mut line = definition
            .replacen("CREATE TRIGGER ", "trigger ", 1)
            .replacen("CREATE CONSTRAINT TRIGGER ", "constraint trigger ", 1)
            .replacen(" ON public.", " on ", 1);
        line += match text(row, 3)? {
            "D" => ", disabled",
            "R" => ", on replicas",
            "A" => ", always",
            _ => "",
        };
        self.lines.push(shortened(&settled(&line)));
        Ok(())
    }

    fn policy(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let Some(relation) = self.relations.get(&row.try_get(1)?) else { return Ok(()) };
        let kind = if row.try_get(4)? { "" } else { " restrictive" };
        let what = match text(row, 3)? {
            "r" => "select",
            "a" => "insert",
            "w" => "update",
            "d" => "delete",
            _ => "all",
        };
        // Roles are each tenant's own, as grants are.
        let whom = if text(row, 5)? == "{0}" { "public" } else { "roles" };
        let mut line = format!("policy {} on {}{kind} for {what} to {whom}", text(row, 2)?, relation.name);
        for (word, condition) in [("using", text(row, 6)?), ("with check", text(row, 7)?)] {
            if !condition.is_empty() {
                line += &format!(" {word} ({condition})");
            }
        }
        self.lines.push(shortened(&settled(&line)));
        Ok(())
    }

    fn routine(&mut self, row: &PgRow) -> Result<(), sqlx::Error> {
        let definition = text(row, 2)?;
        if !self.namespaces.contains_key(&row.try_get(1)?) || definition.is_empty() {
            return Ok(());
        }
        let line = definition
            .replacen("CREATE OR REPLACE FUNCTION public.", "function ", 1)
            .replacen("CREATE OR REPLACE PROCEDURE public.", "procedure ", 1)
            .replacen("CREATE OR REPLACE FUNCTION ", "function ", 1)
            .replacen("CREATE OR REPLACE PROCEDURE ", "procedure ", 1);
        self.lines.push(shortened(&settled(&(line + &rest(row, 3)?))));
        Ok(())
    }
}
