//! MySQL and MariaDB: the information schema, table by table, put together here: for each column with a text of any length the
//! server makes a table on disk, and for a union of them one more.

use std::collections::{BTreeMap, HashSet};

use futures::TryStreamExt;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Either, MySqlConnection, Row as _};

use super::words::{folded, one_line, shortened};
use super::{Schema, TOOLS};
use crate::engine::{Engine, quote};

/// What starts with `/*M!` is read by MariaDB alone: its checks belong to a table, MySQL's to the database. Every table of the
/// information schema is held to this database by a condition of its own: one that follows from another's is not seen, and
/// the server then opens the tables of all databases. For the same reason triggers are asked for by their table's database.
const LOOK: &str = "\
select 'version', version(), database();
select 'table', table_name, table_type, engine, create_options from information_schema.tables where table_schema = database();
select 'column', table_name, column_name, column_type, collation_name, is_nullable, column_default, extra, generation_expression
  from information_schema.columns where table_schema = database();
select 'index', table_name, index_name, non_unique, column_name, collation, sub_part, index_type
  from information_schema.statistics where table_schema = database() order by table_name, index_name, seq_in_index;
select 'key', table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
  from information_schema.key_column_usage where table_schema = database() and referenced_table_name is not null
 order by table_name, constraint_name, ordinal_position;
select 'rule', table_name, constraint_name, update_rule, delete_rule
  from information_schema.referential_constraints where constraint_schema = database();
select 'check', constraint_name, check_clause /*M! , table_name */
  from information_schema.check_constraints where constraint_schema = database();
select 'trigger', event_object_table, trigger_name, action_timing, event_manipulation, action_order, action_statement
  from information_schema.triggers where event_object_schema = database();
select 'routine', routine_type, routine_name from information_schema.routines where routine_schema = database();
select 'event', event_name, event_type, interval_value, interval_field, status, on_completion, event_definition
  from information_schema.events where event_schema = database();";

const VIEWS: &str = "select table_name, view_definition, check_option, security_type
  from information_schema.views where table_schema = database()";

/// What the first message only names; the second asks for its definition.
enum Asked {
    /// All of them: a role that may not see one is then told so, and is refused nothing.
    Views,
    Sequence(String),
    /// For how it is parted.
    Table(String),
    /// Its kind and its name.
    Routine(String, String),
}

#[derive(Default)]
struct Found {
    dialect: String,
    database: String,
    tables: HashSet<String>,
    /// Of each index and foreign key, by table and name: its columns, and what else there is to say of it.
    indexes: BTreeMap<(String, String), Index>,
    keys: BTreeMap<(String, String), Key>,
    asked: Vec<Asked>,
    has_views: bool,
    lines: Vec<String>,
}

#[derive(Default)]
struct Index {
    columns: Vec<String>,
    is_unique: bool,
    kind: String,
}

#[derive(Default)]
struct Key {
    from: Vec<String>,
    to: Vec<String>,
    table: String,
    rules: String,
}

pub(super) async fn schema(conn: &mut MySqlConnection) -> Result<Schema, sqlx::Error> {
    let mut found = Found::default();
    let mut answers = sqlx::raw_sql(LOOK).fetch_many(&mut *conn);
    while let Some(answer) = answers.try_next().await? {
        if let Either::Right(row) = answer {
            found.take(&row)?;
        }
    }
    drop(answers);
    found.put_together();
    let asked = std::mem::take(&mut found.asked);
    if !asked.is_empty() {
        let sql: Vec<_> = asked.iter().map(Asked::statement).collect();
        let mut answers = sqlx::raw_sql(AssertSqlSafe(sql.join("; "))).fetch_many(conn);
        let mut at = 0;
        while let Some(answer) = answers.try_next().await? {
            match (answer, asked.get(at)) {
                (Either::Right(row), Some(asked)) => found.define(asked, &row)?,
                // The end of one answer.
                _ => at += 1,
            }
        }
    }
    Ok(Schema::new(found.dialect, found.lines))
}

/// A column as the server writes it, whatever its type; nothing when it is null.
fn text(row: &MySqlRow, column: usize) -> Result<&str, sqlx::Error> {
    Ok(row.try_get_unchecked::<Option<&str>, _>(column)?.unwrap_or_default())
}

impl Asked {
    fn statement(&self) -> String {
        let name = |name: &str| quote(Engine::Mysql, name);
        match self {
            Asked::Views => VIEWS.to_owned(),
            Asked::Sequence(sequence) => format!("show create sequence {}", name(sequence)),
            Asked::Table(table) => format!("show create table {}", name(table)),
            Asked::Routine(kind, routine) => format!("show create {kind} {}", name(routine)),
        }
    }
}

impl Found {
    fn take(&mut self, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let (kind, first) = (text(row, 0)?, text(row, 1)?);
        let is_ours = self.tables.contains(first);
        match kind {
            "version" => {
                let number = first.split('-').next().unwrap_or_default();
                let major: Vec<_> = number.split('.').take(2).collect();
                let server = if first.contains("MariaDB") { "mariadb" } else { "mysql" };
                self.dialect = format!("{server} {}", major.join("."));
                self.database = text(row, 2)?.to_owned();
            }
            "table" => self.table(first, text(row, 2)?, text(row, 3)?, text(row, 4)?),
            "column" if is_ours => self.column(first, row)?,
            "index" if is_ours => self.index(first, row)?,
            "key" if is_ours => {
                let key = self.keys.entry((first.to_owned(), text(row, 2)?.to_owned())).or_default();
                key.from.push(text(row, 3)?.to_owned());
                key.table = text(row, 4)?.to_owned();
                key.to.push(text(row, 5)?.to_owned());
            }
            "rule" if is_ours => {
                let rule = |word: &str, rule: &str| match rule {
                    "RESTRICT" | "NO ACTION" => String::new(),
                    other => format!(" on {word} {}", other.to_lowercase()),
                };
                let key = self.keys.entry((first.to_owned(), text(row, 2)?.to_owned())).or_default();
                key.rules = rule("update", text(row, 3)?) + &rule("delete", text(row, 4)?);
            }
            "check" => {
                // MySQL does not say whose it is.
                let table = if row.len() > 3 { format!(" on {}", text(row, 3)?) } else { String::new() };
                self.lines.push(one_line(&format!("constraint {first}{table} check {}", text(row, 2)?)));
            }
            "trigger" if is_ours => self.trigger(first, row)?,
            "routine" => self.asked.push(Asked::Routine(first.to_owned(), text(row, 2)?.to_owned())),
            "event" => self.event(first, row)?,
            // Of a view's column, or of a tool's table.
            _ => {}
        }
        Ok(())
    }

    fn table(&mut self, name: &str, kind: &str, engine: &str, options: &str) {
        if TOOLS.contains(&name) {
            return;
        }
        match kind {
            "BASE TABLE" | "SYSTEM VERSIONED" => {
                let versioned = if kind == "SYSTEM VERSIONED" { " with system versioning" } else { "" };
                self.lines.push(format!("table {name} engine {engine}{versioned}"));
                self.tables.insert(name.to_owned());
                if options.split(' ').any(|option| option.eq_ignore_ascii_case("partitioned")) {
                    self.asked.push(Asked::Table(name.to_owned()));
                }
            }
            "VIEW" => self.has_views = true,
            "SEQUENCE" => self.asked.push(Asked::Sequence(name.to_owned())),
            // A temporary one is the session's.
            _ => {}
        }
    }

    fn column(&mut self, table: &str, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let mut line = format!("column {table}.{} {}", text(row, 2)?, text(row, 3)?);
        for (word, value) in [(" collate ", text(row, 4)?), ("", if text(row, 5)? == "NO" { " not null" } else { "" })]
        {
            if !value.is_empty() {
                line += word;
                line += value;
            }
        }
        // An empty text is a default.
        if let Some(default) = row.try_get_unchecked::<Option<&str>, _>(6)? {
            line += &format!(" default {default}");
        }
        let (extra, expression) = (text(row, 7)?.to_lowercase(), text(row, 8)?);
        if !extra.is_empty() {
            line += &format!(" {extra}");
        }
        if !expression.is_empty() {
            line += &format!(" as {expression}");
        }
        self.lines.push(one_line(&line));
        Ok(())
    }

    fn index(&mut self, table: &str, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let (column, part) = (text(row, 4)?, text(row, 6)?);
        // MySQL's on an expression has no column.
        let mut column = if column.is_empty() { "?".to_owned() } else { column.to_owned() };
        if text(row, 5)? == "D" {
            column += " desc";
        }
        if !part.is_empty() {
            column += &format!("({part})");
        }
        let index = self.indexes.entry((table.to_owned(), text(row, 2)?.to_owned())).or_default();
        index.columns.push(column);
        index.is_unique = text(row, 3)? == "0";
        index.kind = text(row, 7)?.to_lowercase();
        Ok(())
    }

    fn put_together(&mut self) {
        for ((table, name), Index { columns, is_unique, kind }) in std::mem::take(&mut self.indexes) {
            let what = match (name.as_str(), is_unique) {
                ("PRIMARY", _) => "primary key".to_owned(),
                (name, true) => format!("unique index {name}"),
                (name, false) => format!("index {name}"),
            };
            let using = if kind == "btree" { String::new() } else { format!(" using {kind}") };
            self.lines.push(format!("{what} on {table} ({}){using}", columns.join(", ")));
        }
        for ((table, name), Key { from, to, table: other, rules }) in std::mem::take(&mut self.keys) {
            let (from, to) = (from.join(", "), to.join(", "));
            let line = format!("constraint {name} on {table} foreign key ({from}) references {other} ({to}){rules}");
            self.lines.push(line);
        }
        if self.has_views {
            self.asked.push(Asked::Views);
        }
    }

    fn trigger(&mut self, table: &str, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let (name, timing, event) = (text(row, 2)?, text(row, 3)?.to_lowercase(), text(row, 4)?.to_lowercase());
        // Of several for the same moment, which comes when.
        let order = match text(row, 5)? {
            "" | "0" | "1" => String::new(),
            place => format!(" as number {place}"),
        };
        let body = self.words(text(row, 6)?);
        self.lines.push(shortened(&format!("trigger {name} {timing} {event} on {table}{order}: {body}")));
        Ok(())
    }

    /// When it began, and when one that comes once is to come, is each tenant's own.
    fn event(&mut self, name: &str, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let mut line = match text(row, 2)? {
            "RECURRING" => format!("event {name} every {} {}", text(row, 3)?, text(row, 4)?.to_lowercase()),
            _ => format!("event {name} once"),
        };
        if text(row, 5)? == "DISABLED" {
            line += ", disabled";
        }
        if text(row, 6)? == "PRESERVE" {
            line += ", preserved";
        }
        self.lines.push(shortened(&format!("{line}: {}", self.words(text(row, 7)?))));
        Ok(())
    }

    fn define(&mut self, asked: &Asked, row: &MySqlRow) -> Result<(), sqlx::Error> {
        match asked {
            Asked::Views => {
                let name = text(row, 0)?;
                let check = match text(row, 2)? {
                    "" | "NONE" => String::new(),
                    check => format!(" with {} check option", check.to_lowercase()),
                };
                let invoker = if text(row, 3)? == "INVOKER" { " sql security invoker" } else { "" };
                let definition = self.words(text(row, 1)?);
                self.lines.push(shortened(&format!("view {name}{invoker}{check} as {definition}")));
            }
            Asked::Sequence(name) => {
                let made = self.words(text(row, 1)?);
                let options = made.split_once(" start with ").map_or("", |(_, options)| options);
                self.lines.push(format!("sequence {name} start with {options}"));
            }
            Asked::Table(name) => {
                if let Some(parts) = partitions(text(row, 1)?) {
                    self.lines.push(shortened(&format!("table {name} {}", self.words(&parts))));
                }
            }
            Asked::Routine(kind, name) => {
                let kind = kind.to_lowercase();
                // Whoever may only call it is not shown more than its name.
                let made = after_definer(text(row, 2)?).unwrap_or_default();
                let made = made.strip_prefix(&quote(Engine::Mysql, name)).unwrap_or(made);
                self.lines.push(shortened(&format!("{kind} {name}{}", self.words(made))));
            }
        }
        Ok(())
    }

    /// Somebody's words, without the name of this database.
    fn words(&self, sql: &str) -> String {
        folded(Engine::Mysql, &sql.replace(&format!("{}.", quote(Engine::Mysql, &self.database)), ""))
    }
}

/// How a table is parted, in the words of `show create table`. Parts by system time say when they were begun, which is each
/// tenant's own.
fn partitions(made: &str) -> Option<String> {
    let begins = |line: &str| line.trim_start().trim_start_matches(|c: char| "/*!0123456789 ".contains(c)).to_owned();
    let lines: Vec<_> = made.lines().skip_while(|line| !begins(line).starts_with("PARTITION BY ")).collect();
    let first = begins(lines.first()?);
    if first.starts_with("PARTITION BY SYSTEM_TIME") {
        return Some("PARTITION BY SYSTEM_TIME".to_owned());
    }
    let rest = lines[1..].join(" ");
    Some(format!("{first} {}", rest.trim_end().trim_end_matches("*/")))
}

/// What follows the name of the definer and the kind: ``CREATE DEFINER=`u`@`%` FUNCTION `f`(…)…``.
fn after_definer(made: &str) -> Option<&str> {
    let kinds = [" FUNCTION ", " PROCEDURE ", " PACKAGE BODY ", " PACKAGE "];
    let found = kinds.iter().filter_map(|kind| Some((made.find(kind)?, kind.len())));
    let (at, len) = found.min_by_key(|(at, _)| *at)?;
    Some(&made[at + len..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_table_is_parted_is_found_in_either_dialect() {
        let mariadb = "CREATE TABLE `p` (\n  `y` int\n) ENGINE=InnoDB\n PARTITION BY RANGE (`y`)\n(PARTITION `a` VALUES LESS THAN (1))";
        let mysql = "CREATE TABLE `p` (\n  `y` int\n) ENGINE=InnoDB\n/*!50100 PARTITION BY RANGE (`y`)\n(PARTITION a VALUES LESS THAN (1)) */";
        assert_eq!(
            partitions(mariadb).as_deref(),
            Some("PARTITION BY RANGE (`y`) (PARTITION `a` VALUES LESS THAN (1))")
        );
        assert_eq!(partitions(mysql).as_deref(), Some("PARTITION BY RANGE (`y`) (PARTITION a VALUES LESS THAN (1)) "));
        assert_eq!(partitions("CREATE TABLE `p` (\n  `y` int COMMENT 'PARTITION BY x'\n) ENGINE=InnoDB"), None);
    }

    #[test]
    fn a_routine_is_told_without_who_defined_it() {
        let made = "CREATE DEFINER=`a b`@`%` FUNCTION `f`(a int) RETURNS int\nreturn a";
        assert_eq!(after_definer(made), Some("`f`(a int) RETURNS int\nreturn a"));
        assert_eq!(after_definer("CREATE DEFINER=`x`@`%` PACKAGE BODY `p` as end"), Some("`p` as end"));
        assert_eq!(after_definer(""), None);
    }
}
