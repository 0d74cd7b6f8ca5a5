//! SQLite tells columns, indexes and foreign keys by name; checks, what a generated column is made of, indexes on expressions,
//! views, triggers and virtual tables only in the words they were made with.

mod clauses;

use std::collections::{BTreeMap, HashSet};

use clauses::clauses;

use super::words::{folded, is_word, one_line, quoted, shortened};
use super::{Budget, MOST_CHARACTERS, Schema, TOOLS, Unread};
use crate::engine::Engine;
use crate::engine::sqlite::{Most, Process, Row, Value};

// Not `pragma_table_list`, which works out the columns of every view: views upon views upon views end the process that reads them.
const OBJECTS: &str = "select m.type, m.name, m.tbl_name, coalesce(substr(m.sql, 1, MOST) || case when length(m.sql) > MOST then ' … ' || length(m.sql) else '' end, '') \
     from sqlite_master m where m.name not like 'sqlite_%' order by m.rowid";
const COLUMNS: &str = "select m.name, p.name || ' ' || lower(p.type) || case when p.\"notnull\" then ' not null' else '' end || \
     coalesce(' default ' || p.dflt_value, '') || case p.hidden when 2 then ' generated virtual' when 3 then ' generated stored' else '' end, \
     p.pk, p.name \
     from sqlite_master m, pragma_table_xinfo(m.name) p where m.type = 'table' and m.sql not like 'create virtual%' \
     and m.name not like 'sqlite_%' order by m.name, p.pk";
const INDEXES: &str = "select m.name, l.name, l.\"unique\", l.origin, l.partial, x.name, x.desc, x.coll \
     from sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x \
     where m.type = 'table' and m.sql not like 'create virtual%' and m.name not like 'sqlite_%' and x.key and l.origin <> 'pk' order by m.name, l.name, x.seqno";
const KEYS: &str = "select m.name, f.id, f.\"from\", f.\"table\", coalesce(f.\"to\", ''), lower(f.on_update), lower(f.on_delete) \
     from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table' and m.sql not like 'create virtual%' order by m.name, f.id, f.seq";

#[derive(Default)]
struct Index {
    unique: bool,
    is_constraint: bool,
    partial: bool,
    /// `None` is an expression.
    columns: Vec<Option<String>>,
}

#[derive(Default)]
struct Key {
    from: Vec<String>,
    to: Vec<String>,
    at: String,
    rules: String,
}

pub(super) async fn schema(conn: &mut Process) -> Result<Schema, Unread> {
    let mut lines = Vec::new();
    let mut budget = Budget::new();

    // The words of what was made by a statement of its own.
    let mut words = BTreeMap::new();
    let mut shadows = HashSet::new();
    let objects = OBJECTS.replace("MOST", &MOST_CHARACTERS.to_string());
    let mut virtuals: Vec<String> = Vec::new();
    let found = rows(conn, &objects, &mut budget).await?;
    let is_virtual = |sql: &str| sql.get(..14).is_some_and(|begin| begin.eq_ignore_ascii_case("create virtual"));
    let mut all: Vec<String> = Vec::new();
    for row in &found {
        if is_virtual(&text(row, 3)?) {
            all.push(text(row, 1)?);
        }
    }
    for row in found {
        let (kind, name, table, written) = (text(&row, 0)?, text(&row, 1)?, text(&row, 2)?, text(&row, 3)?);
        if TOOLS.contains(&table.as_str()) {
            continue;
        }
        let sql = folded(Engine::Sqlite, &written);
        match kind.as_str() {
            // What a virtual table keeps its rows in is its own matter. It is made after it; a vacuum puts it before, in the words of
            // the virtual table's own.
            "table"
                if virtuals.iter().any(|of| is_shadow(&name, of))
                    || is_of_its_own(&written, &name) && all.iter().any(|of| is_shadow(&name, of)) =>
            {
                shadows.insert(name);
            }
            "table" if is_virtual(&sql) => {
                virtuals.push(name.clone());
                lines.push(shortened(&format!("virtual table {name} {}", after(&sql, &name))))
            }
            "table" => {
                let told = |(word, text): (&str, String)| match word {
                    "check" => format!("constraint on {table} check {text}"),
                    _ => format!("generated on {table} as {text}"),
                };
                lines.extend(conditions(&sql).into_iter().map(told));
                lines.extend(clauses(&table, &sql));
                let end = sql.rsplit(')').next().unwrap_or_default().to_ascii_lowercase();
                let rowid = if end.contains("without rowid") { " without rowid" } else { "" };
                let strict = if end.contains("strict") { " strict" } else { "" };
                lines.push(format!("table {table}{strict}{rowid}"));
            }
            "view" => lines.push(shortened(&format!("view {name} {}", after(&sql, &name)))),
            "trigger" => lines.push(shortened(&format!("trigger {name} on {table} {}", after(&sql, &name)))),
            _ => {
                words.insert(name, sql);
            }
        }
    }
    let is_tools = |table: &str| TOOLS.contains(&table) || shadows.contains(table);

    let mut primary: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows(conn, COLUMNS, &mut budget).await? {
        let (table, column, place, name) = (text(&row, 0)?, text(&row, 1)?, number(&row, 2)?, text(&row, 3)?);
        if is_tools(&table) {
            continue;
        }
        lines.push(format!("column {table}.{column}"));
        if place > 0 {
            primary.entry(table).or_default().push(name);
        }
    }
    lines.extend(primary.iter().map(|(table, columns)| format!("primary key on {table} ({})", columns.join(", "))));

    let mut indexes: BTreeMap<(String, String), Index> = BTreeMap::new();
    for row in rows(conn, INDEXES, &mut budget).await? {
        let (table, index) = (text(&row, 0)?, text(&row, 1)?);
        if is_tools(&table) {
            continue;
        }
        let (unique, origin, partial) = (number(&row, 2)?, text(&row, 3)?, number(&row, 4)?);
        let (column, descending, sorted) = (said(&row, 5)?, number(&row, 6)?, text(&row, 7)?);
        let sorted = match sorted.eq_ignore_ascii_case("binary") {
            true => String::new(),
            false => format!(" collate {}", sorted.to_ascii_lowercase()),
        };
        let column = column.map(|column| column + &sorted);
        let index = indexes.entry((table, index)).or_default();
        (index.unique, index.is_constraint, index.partial) = (unique != 0, origin == "u", partial != 0);
        index.columns.push(column.map(|c| if descending != 0 { format!("{c} desc") } else { c }));
    }
    for ((table, index), Index { unique, is_constraint, partial, columns }) in indexes {
        let plain: Option<Vec<_>> = columns.into_iter().collect();
        let word = if unique { "unique index" } else { "index" };
        lines.push(match plain {
            // Its name is a number of SQLite's.
            Some(columns) if is_constraint => format!("constraint on {table} unique ({})", columns.join(", ")),
            Some(columns) if !partial => format!("{word} {index} on {table} ({})", columns.join(", ")),
            _ => format!("{word} {index} on {table}: {}", words.remove(&index).unwrap_or_default()),
        });
    }

    let mut keys: BTreeMap<(String, i64), Key> = BTreeMap::new();
    for row in rows(conn, KEYS, &mut budget).await? {
        let (table, id) = (text(&row, 0)?, number(&row, 1)?);
        if is_tools(&table) {
            continue;
        }
        let (from, to, at) = (text(&row, 2)?, text(&row, 4)?, text(&row, 3)?);
        let (update, delete) = (text(&row, 5)?, text(&row, 6)?);
        let rule = |word: &str, rule: &str| match rule {
            "no action" | "restrict" => String::new(),
            other => format!(" on {word} {other}"),
        };
        let key = keys.entry((table, id)).or_default();
        (key.at, key.rules) = (at, format!("{}{}", rule("update", &update), rule("delete", &delete)));
        key.from.push(from);
        key.to.push(to);
    }
    for ((table, _), Key { from, to, at, rules }) in keys {
        let (from, to) = (from.join(", "), to.join(", "));
        lines.push(format!("constraint on {table} foreign key ({from}) references {at} ({to}){rules}"));
    }
    Ok(Schema::new("sqlite".into(), lines))
}

/// The rows of a question, as long as there is a budget for them. A number has no bytes that would count.
async fn rows(conn: &mut Process, sql: &str, budget: &mut Budget) -> Result<Vec<Row>, Unread> {
    let most = Most { rows: budget.things, bytes: budget.bytes };
    let rows = conn.ask_most(sql, Vec::new(), most).await?.ok_or(Unread::TooMuch)?;
    for row in &rows {
        budget.spend(row.iter().map(Value::length).sum())?;
    }
    Ok(rows)
}

fn said(row: &[Value], column: usize) -> Result<Option<String>, sqlx::Error> {
    Ok(row.get(column).map(Value::text).transpose()?.flatten().map(str::to_owned))
}

/// Of what nobody has said there is nothing to be told.
fn text(row: &[Value], column: usize) -> Result<String, sqlx::Error> {
    Ok(said(row, column)?.unwrap_or_default())
}

fn number(row: &[Value], column: usize) -> Result<i64, sqlx::Error> {
    Ok(row.get(column).map(Value::number).transpose()?.flatten().unwrap_or_default())
}

/// What follows the name of a thing in the words it was made with: `CREATE VIEW name …`.
fn after<'a>(sql: &'a str, name: &str) -> &'a str {
    let words = ["CREATE VIRTUAL TABLE ", "CREATE VIEW ", "CREATE TRIGGER "];
    words.iter().find_map(|word| sql.strip_prefix(word)?.strip_prefix(name)).unwrap_or(sql).trim_start()
}

/// The conditions of a table's checks (`check`) and what its generated columns are made of (`as`), with their parentheses,
/// in its own words.
fn conditions(sql: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let bytes = sql.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = quoted(Engine::Sqlite, bytes, at) {
            at = end;
            continue;
        }
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let end = (at..bytes.len()).find(|i| !is_word(bytes[*i])).unwrap_or(bytes.len());
        let open = (end..bytes.len()).find(|i| !bytes[*i].is_ascii_whitespace()).unwrap_or(bytes.len());
        let word = ["check", "as"].into_iter().find(|word| sql[at..end].eq_ignore_ascii_case(word));
        match word.filter(|_| bytes.get(open) == Some(&b'(')) {
            Some(word) => {
                let close = balanced(bytes, open);
                found.push((word, one_line(&sql[open..close])));
                at = close;
            }
            None => at = end,
        }
    }
    found
}

/// Whether a table is one in which the virtual table `of` keeps its rows: of SQLite's own kinds, FTS3 to 5 and R-Tree.
fn is_shadow(name: &str, of: &str) -> bool {
    const KEEPS: [&str; 12] = [
        "data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "rowid", "parent",
        "instance",
    ];
    name.strip_prefix(of).and_then(|rest| rest.strip_prefix('_')).is_some_and(|what| KEEPS.contains(&what))
}

/// Whether a table was made in the words in which SQLite's kinds of virtual tables make theirs: the name in quotes, and no blank
/// behind it.
fn is_of_its_own(written: &str, name: &str) -> bool {
    ["'", "\""].iter().any(|quote| written.starts_with(&format!("CREATE TABLE {quote}{name}{quote}(")))
}

/// Just after the parenthesis that closes the one at `at`.
fn balanced(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < bytes.len() {
        if let Some(end) = quoted(Engine::Sqlite, bytes, i) {
            i = end;
            continue;
        }
        match bytes[i] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        i += 1;
        if depth == 0 {
            return i;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn conditions_are_found_whatever_stands_around_them() {
        let sql =
            "create table t (a text check (a in ('(', ')')), -- check (no)\n b int, \"check\" int, CHECK( b\n > 0 ))";
        assert_eq!(
            super::conditions(sql),
            [("check", "(a in ('(', ')'))".to_owned()), ("check", "( b > 0 )".to_owned())]
        );
        let sql =
            "create table t (a int, b int generated always as (a + 1) stored, \"as\" text default (cast('x' as text)))";
        assert_eq!(super::conditions(sql), [("as", "(a + 1)".to_owned())]);
    }
}
