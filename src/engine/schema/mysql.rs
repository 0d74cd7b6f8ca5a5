//! MySQL and MariaDB: a table in the words of `show create table`. The information schema would cost the server a table on disk
//! for each question with a text of any length in its answer, and is only asked for what is not found otherwise.

use std::time::Duration;

use futures::TryStreamExt;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Either, MySqlConnection, Row as _};

use super::words::{folded, quoted, shortened};
use super::{Budget, LONGEST, Schema, TOOLS, Unread};
use crate::engine::{Engine, quote};

/// What there is. Definitions are to be quoted in one way, whatever the server's mode; it is put back at the end. Every table of
/// the information schema is held to this database by a condition of its own: triggers by their table's database, since the
/// server otherwise opens the tables of all databases. An event that is for one moment goes with it, and is no part of a schema.
const NAMES: &str = "\
set @neo_sql_mode = @@sql_mode, sql_mode = '', sql_quote_show_create = 1 LIMIT;
select 'version', version(), database();
select 'trigger', event_object_table, trigger_name, action_timing, event_manipulation, action_order, action_statement
  from information_schema.triggers where event_object_schema = database();
select 'routine', routine_type, routine_name from information_schema.routines where routine_schema = database();
select 'event', event_name, event_type, interval_value, interval_field, status, on_completion, event_definition
  from information_schema.events where event_schema = database() and event_type <> 'ONE TIME';
show full tables";

const VIEWS: &str = "select table_name, view_definition, check_option, security_type
  from information_schema.views where table_schema = database()";

/// What the first message only names; the second asks for its definition.
enum Asked {
    Table(String),
    /// All of them: a role that may not see one is then told so, and is refused nothing.
    Views,
    Sequence(String),
    /// Its kind and its name.
    Routine(String, String),
}

#[derive(Default)]
struct Found {
    dialect: String,
    database: String,
    has_views: bool,
    asked: Vec<Asked>,
    lines: Vec<String>,
}

pub(super) async fn schema(conn: &mut MySqlConnection) -> Result<Schema, Unread> {
    let mut found = Found::default();
    let mut budget = Budget::new();
    let names = NAMES.replace("LIMIT", &limit(LONGEST));
    let mut answers = sqlx::raw_sql(AssertSqlSafe(names)).fetch_many(&mut *conn);
    while let Some(answer) = answers.try_next().await? {
        if let Either::Right(row) = answer {
            budget.spend(size(&row)?)?;
            found.take(&row)?;
        }
    }
    drop(answers);
    if found.has_views {
        found.asked.push(Asked::Views);
    }
    let asked = std::mem::take(&mut found.asked);
    let mut sql: Vec<_> = asked.iter().map(Asked::statement).collect();
    sql.push(format!("set sql_mode = @neo_sql_mode {}", limit(Duration::ZERO)));
    let mut answers = sqlx::raw_sql(AssertSqlSafe(sql.join("; "))).fetch_many(conn);
    let mut at = 0;
    while let Some(answer) = answers.try_next().await? {
        match (answer, asked.get(at)) {
            (Either::Right(row), Some(asked)) => {
                budget.spend(size(&row)?)?;
                found.define(asked, &row)?;
            }
            // The end of one answer.
            _ => at += 1,
        }
    }
    Ok(Schema::new(found.dialect, found.lines))
}

/// How long each of the session's statements may take, at the end of a `set`; nought is as long as it does.
fn limit(limit: Duration) -> String {
    let (seconds, milliseconds) = (limit.as_secs(), limit.as_millis());
    format!("/*M!100100 , max_statement_time = {seconds} */ /*!80000 , max_execution_time = {milliseconds} */")
}

/// How many bytes a row has, of which a server sends no more than `max_allowed_packet`.
fn size(row: &MySqlRow) -> Result<usize, sqlx::Error> {
    (0..row.len()).map(|column| text(row, column).map(str::len)).sum()
}

/// A column as the server writes it, whatever its type; nothing when it is null.
fn text(row: &MySqlRow, column: usize) -> Result<&str, sqlx::Error> {
    Ok(row.try_get_unchecked::<Option<&str>, _>(column)?.unwrap_or_default())
}

impl Asked {
    fn statement(&self) -> String {
        let name = |name: &str| quote(Engine::Mysql, name);
        match self {
            Asked::Table(table) => format!("show create table {}", name(table)),
            Asked::Views => VIEWS.to_owned(),
            Asked::Sequence(sequence) => format!("show create sequence {}", name(sequence)),
            Asked::Routine(kind, routine) => format!("show create {kind} {}", name(routine)),
        }
    }
}

impl Found {
    fn take(&mut self, row: &MySqlRow) -> Result<(), sqlx::Error> {
        let (kind, first) = (text(row, 0)?, text(row, 1)?);
        // `show full tables` answers with a name and a kind.
        if row.len() == 2 {
            self.name(kind, first);
            return Ok(());
        }
        match kind {
            "version" => {
                let number = first.split('-').next().unwrap_or_default();
                let major: Vec<_> = number.split('.').take(2).collect();
                let server = if first.contains("MariaDB") { "mariadb" } else { "mysql" };
                self.dialect = format!("{server} {}", major.join("."));
                self.database = text(row, 2)?.to_owned();
            }
            "trigger" => self.trigger(first, row)?,
            "routine" => self.asked.push(Asked::Routine(first.to_owned(), text(row, 2)?.to_owned())),
            _ => self.event(first, row)?,
        }
        Ok(())
    }

    fn name(&mut self, name: &str, kind: &str) {
        match kind {
            _ if TOOLS.contains(&name) => {}
            "BASE TABLE" | "SYSTEM VERSIONED" => self.asked.push(Asked::Table(name.to_owned())),
            "VIEW" => self.has_views = true,
            "SEQUENCE" => self.asked.push(Asked::Sequence(name.to_owned())),
            // A temporary one is the session's.
            _ => {}
        }
    }

    fn trigger(&mut self, table: &str, row: &MySqlRow) -> Result<(), sqlx::Error> {
        if TOOLS.contains(&table) {
            return Ok(());
        }
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
            Asked::Table(name) => {
                let lines = table(name, text(row, 1)?);
                let lines: Vec<_> = lines.into_iter().map(|line| shortened(&self.words(&line))).collect();
                self.lines.extend(lines);
            }
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
            Asked::Routine(kind, name) => {
                let kind = kind.to_lowercase();
                let line = match after_definer(text(row, 2)?) {
                    Some(made) => format!("{kind} {name}{}", self.words(name_and_rest(made).1)),
                    // The server shows whoever may only call it nothing but its name.
                    None => format!("{kind} {name}, which its definer alone may read"),
                };
                self.lines.push(shortened(&line));
            }
        }
        Ok(())
    }

    /// Somebody's words, without the name of this database.
    fn words(&self, sql: &str) -> String {
        folded(Engine::Mysql, &sql.replace(&format!("{}.", quote(Engine::Mysql, &self.database)), ""))
    }
}

/// What `show create table` says, a line a thing.
fn table(name: &str, made: &str) -> Vec<String> {
    let (things, rest) = made.split_once("\n) ").unwrap_or((made, ""));
    let (options, parts) = rest.split_once('\n').unwrap_or((rest, ""));
    let option = |word: &str| {
        options.split_once(word).and_then(|(_, value)| value.split([' ', ';']).next()).filter(|value| !value.is_empty())
    };
    let collation = option("COLLATE=").or_else(|| option("CHARSET="));
    let engine = option("ENGINE=").map(|engine| format!(" engine {engine}")).unwrap_or_default();
    let versioned = if options.contains("WITH SYSTEM VERSIONING") { " with system versioning" } else { "" };
    let mut lines = vec![format!("table {name}{engine}{versioned}")];
    lines.extend(partitions(parts).map(|parts| format!("table {name} {parts}")));
    for thing in things.lines().skip(1) {
        let thing = thing.trim().trim_end_matches(',').replace("`,`", "`, `");
        let index = |word: &str, rest: &str| {
            let (index, columns) = name_and_rest(rest);
            format!("{word} {index} on {name}{}", columns.replace(" USING BTREE", ""))
        };
        lines.push(if thing.starts_with('`') {
            let (column, definition) = name_and_rest(&thing);
            format!("column {name}.{column} {}", with_collation(definition.trim_start(), collation))
        } else if let Some(columns) = thing.strip_prefix("PRIMARY KEY") {
            format!("primary key on {name}{}", columns.replace(" USING BTREE", ""))
        } else if let Some(rest) = thing.strip_prefix("UNIQUE KEY ") {
            index("unique index", rest)
        } else if let Some(rest) = thing.strip_prefix("KEY ") {
            index("index", rest)
        } else if let Some((kind, rest)) = thing.split_once(" KEY `").filter(|(kind, _)| !kind.contains(' ')) {
            index(&format!("{} index", kind.to_lowercase()), &format!("`{rest}"))
        } else if let Some(rest) = thing.strip_prefix("CONSTRAINT ") {
            let (constraint, definition) = name_and_rest(rest);
            let mut definition = definition.to_owned();
            // It may have been said, or not: nothing else happens anyway.
            if definition.starts_with(" FOREIGN KEY") {
                for rule in ["DELETE NO ACTION", "DELETE RESTRICT", "UPDATE NO ACTION", "UPDATE RESTRICT"] {
                    definition = definition.replace(&format!(" ON {rule}"), "");
                }
            }
            format!("constraint {constraint} on {name}{definition}")
        } else {
            format!("table {name} {thing}")
        });
    }
    lines
}

/// A name in quotes, and what follows it.
fn name_and_rest(text: &str) -> (&str, &str) {
    match text.as_bytes().first() {
        Some(b'`' | b'"') => {
            let end = quoted(Engine::Mysql, text.as_bytes(), 0).unwrap_or(text.len());
            (text[..end].trim_matches(['`', '"']), &text[end..])
        }
        _ => text.split_at(text.find([' ', '(']).unwrap_or(text.len())),
    }
}

/// A column's type and the rest, with its collation: only one that is not the table's is told by the server.
fn with_collation(definition: &str, of_table: Option<&str>) -> String {
    const TEXTS: [&str; 8] = ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"];
    let word = definition.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(definition.len());
    if !TEXTS.contains(&&definition[..word]) {
        return definition.to_owned();
    }
    let bytes = definition.as_bytes();
    let mut end = word;
    if bytes.get(word) == Some(&b'(') {
        while end < bytes.len() && bytes[end] != b')' {
            end = quoted(Engine::Mysql, bytes, end).unwrap_or(end + 1);
        }
        end = (end + 1).min(bytes.len());
    }
    let (kind, rest) = definition.split_at(end);
    let character_set =
        rest.strip_prefix(" CHARACTER SET ").map(|rest| rest.split_at(rest.find(' ').unwrap_or(rest.len())));
    let (own, rest) = match (rest.strip_prefix(" COLLATE "), character_set) {
        (Some(rest), _) => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
        (None, Some((set, rest))) => match rest.strip_prefix(" COLLATE ") {
            Some(rest) => rest.split_at(rest.find(' ').unwrap_or(rest.len())),
            None => (set, rest),
        },
        (None, None) => (of_table.unwrap_or_default(), rest),
    };
    format!("{kind} collate {own}{rest}")
}

/// How a table is parted. Parts by system time say when they were begun, which is each tenant's own.
fn partitions(parts: &str) -> Option<String> {
    let parts = parts.trim().trim_start_matches(|c: char| "/*!0123456789 ".contains(c)).trim_end_matches(" */");
    match parts.starts_with("PARTITION BY SYSTEM_TIME") {
        true => Some("PARTITION BY SYSTEM_TIME".to_owned()),
        false => Some(parts.to_owned()).filter(|parts| !parts.is_empty()),
    }
}

/// What follows the definer and the kind: ``CREATE DEFINER=`u`@`%` FUNCTION `f`(…)…``.
fn after_definer(made: &str) -> Option<&str> {
    let kinds = [" FUNCTION ", " PROCEDURE ", " PACKAGE BODY ", " PACKAGE "];
    let found = kinds.iter().filter_map(|kind| Some((made.find(kind)?, kind.len())));
    let (at, len) = found.min_by_key(|(at, len)| (*at, usize::MAX - len))?;
    Some(&made[at + len..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_told_in_lines_whatever_was_said_of_what_holds_anyway() {
        let made = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `kind` enum('a)','b c') DEFAULT 'a)',\n  \
             `bin` varchar(9) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL,\n  `set` varchar(9) CHARACTER SET latin1,\n  \
             `twice` int(11) GENERATED ALWAYS AS (`id` * 2) VIRTUAL,\n  PRIMARY KEY (`id`) USING BTREE,\n  \
             UNIQUE KEY `kind` (`kind`,`id`),\n  KEY `part` (`bin`(3)),\n  FULLTEXT KEY `words` (`bin`),\n  \
             CONSTRAINT `t_o` FOREIGN KEY (`id`) REFERENCES `o` (`id`) ON DELETE NO ACTION ON UPDATE CASCADE,\n  \
             CONSTRAINT `t_p` FOREIGN KEY (`id`) REFERENCES `p` (`id`) ON DELETE CASCADE ON UPDATE NO ACTION,\n  \
             CONSTRAINT `c` CHECK (`id` > 3)\n\
             ) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='COLLATE=x'";
        assert_eq!(
            table("t", made),
            [
                "table t engine InnoDB",
                "column t.id int(11) NOT NULL AUTO_INCREMENT",
                "column t.kind enum('a)','b c') collate utf8mb4_unicode_ci DEFAULT 'a)'",
                "column t.bin varchar(9) collate latin1_bin DEFAULT NULL",
                "column t.set varchar(9) collate latin1",
                "column t.twice int(11) GENERATED ALWAYS AS (`id` * 2) VIRTUAL",
                "primary key on t (`id`)",
                "unique index kind on t (`kind`, `id`)",
                "index part on t (`bin`(3))",
                "fulltext index words on t (`bin`)",
                "constraint t_o on t FOREIGN KEY (`id`) REFERENCES `o` (`id`) ON UPDATE CASCADE",
                "constraint t_p on t FOREIGN KEY (`id`) REFERENCES `p` (`id`) ON DELETE CASCADE",
                "constraint c on t CHECK (`id` > 3)",
            ]
        );
    }

    #[test]
    fn how_a_table_is_parted_is_found_in_either_dialect() {
        let mariadb = "CREATE TABLE `p` (\n  `y` int\n) ENGINE=InnoDB\n PARTITION BY RANGE (`y`)\n(PARTITION `a` VALUES LESS THAN (1))";
        let mysql = "CREATE TABLE `p` (\n  `y` int\n) ENGINE=InnoDB\n/*!50100 PARTITION BY RANGE (`y`)\n(PARTITION a VALUES LESS THAN (1)) */";
        let parts = |made| table("p", made)[1].clone();
        assert_eq!(parts(mariadb), "table p PARTITION BY RANGE (`y`)\n(PARTITION `a` VALUES LESS THAN (1))");
        assert_eq!(parts(mysql), "table p PARTITION BY RANGE (`y`)\n(PARTITION a VALUES LESS THAN (1))");
        let by_time = "CREATE TABLE `p` (\n  `y` int\n) ENGINE=InnoDB WITH SYSTEM VERSIONING\n PARTITION BY SYSTEM_TIME INTERVAL 1 DAY STARTS TIMESTAMP'2026-01-01 00:00:00'\nPARTITIONS 3";
        assert_eq!(
            table("p", by_time)[..2],
            ["table p engine InnoDB with system versioning", "table p PARTITION BY SYSTEM_TIME"]
        );
    }

    #[test]
    fn a_routine_is_told_without_who_defined_it() {
        let made = "CREATE DEFINER=`a b`@`%` FUNCTION `f`(a int) RETURNS int\nreturn a";
        assert_eq!(after_definer(made).map(name_and_rest), Some(("f", "(a int) RETURNS int\nreturn a")));
        let made = "CREATE DEFINER=\"x\"@\"%\" PACKAGE BODY \"p\" as end";
        assert_eq!(after_definer(made).map(name_and_rest), Some(("p", " as end")));
        assert_eq!(after_definer(""), None);
    }
}
