//! SQLite tells columns, indexes and foreign keys by name; checks, and indexes on expressions, only in the words they were
//! made with.

use std::collections::BTreeMap;

use sqlx::{Row as _, SqliteConnection};

use super::{Schema, TOOLS, one_line};

const OBJECTS: &str = "select type, name, tbl_name, coalesce(sql, '') from sqlite_master \
     where type in ('table', 'index') and name not like 'sqlite_%'";
const COLUMNS: &str = "select m.name, p.name || ' ' || lower(p.type) || case when p.\"notnull\" then ' not null' else '' end || \
     coalesce(' default ' || p.dflt_value, '') || case when p.hidden > 1 then ' generated' else '' end, p.pk, p.name \
     from sqlite_master m, pragma_table_xinfo(m.name) p where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, p.pk";
const INDEXES: &str = "select m.name, l.name, l.\"unique\", l.origin, l.partial, x.name, x.desc \
     from sqlite_master m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x \
     where m.type = 'table' and m.name not like 'sqlite_%' and x.key and l.origin <> 'pk' order by m.name, l.name, x.seqno";
const KEYS: &str = "select m.name, f.id, f.\"from\", f.\"table\", coalesce(f.\"to\", ''), lower(f.on_update), lower(f.on_delete) \
     from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table' order by m.name, f.id, f.seq";

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

pub(super) async fn schema(conn: &mut SqliteConnection) -> Result<Schema, sqlx::Error> {
    let mut lines = Vec::new();
    let is_tools = |table: &str| TOOLS.contains(&table);

    // The words of what was made by a statement of its own.
    let mut words = BTreeMap::new();
    for row in sqlx::raw_sql(OBJECTS).fetch_all(&mut *conn).await? {
        let (kind, name, table, sql): (String, String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        if is_tools(&table) {
            continue;
        }
        if kind == "table" {
            lines.extend(checks(&sql).into_iter().map(|check| format!("constraint on {table} check {check}")));
            lines.push(format!("table {table}"));
        } else {
            words.insert(name, one_line(&sql));
        }
    }

    let mut primary: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in sqlx::raw_sql(COLUMNS).fetch_all(&mut *conn).await? {
        let (table, column, place, name): (String, String, i64, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
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
    for row in sqlx::raw_sql(INDEXES).fetch_all(&mut *conn).await? {
        let (table, index): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if is_tools(&table) {
            continue;
        }
        let (unique, origin, partial): (i64, String, i64) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let (column, descending): (Option<String>, i64) = (row.try_get(5)?, row.try_get(6)?);
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
    for row in sqlx::raw_sql(KEYS).fetch_all(&mut *conn).await? {
        let (table, id): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        if is_tools(&table) {
            continue;
        }
        let (from, to, at): (String, String, String) = (row.try_get(2)?, row.try_get(4)?, row.try_get(3)?);
        let (update, delete): (String, String) = (row.try_get(5)?, row.try_get(6)?);
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

/// The conditions of a table's checks, with their parentheses, in its own words.
fn checks(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bytes = sql.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = quoted(bytes, at) {
            at = end;
            continue;
        }
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let end = (at..bytes.len()).find(|i| !is_word(bytes[*i])).unwrap_or(bytes.len());
        let open = (end..bytes.len()).find(|i| !bytes[*i].is_ascii_whitespace()).unwrap_or(bytes.len());
        if sql[at..end].eq_ignore_ascii_case("check") && bytes.get(open) == Some(&b'(') {
            let close = balanced(bytes, open);
            found.push(one_line(&sql[open..close]));
            at = close;
        } else {
            at = end;
        }
    }
    found
}

/// The end of a quoted name, a literal or a comment that begins here.
fn quoted(bytes: &[u8], at: usize) -> Option<usize> {
    let until = |from: usize, close: &[u8]| {
        (from..bytes.len()).find(|i| bytes[*i..].starts_with(close)).map_or(bytes.len(), |i| i + close.len())
    };
    match bytes[at] {
        quote @ (b'\'' | b'"' | b'`') => Some(until(at + 1, &[quote])),
        b'[' => Some(until(at + 1, b"]")),
        b'-' if bytes[at..].starts_with(b"--") => Some(until(at + 2, b"\n")),
        b'/' if bytes[at..].starts_with(b"/*") => Some(until(at + 2, b"*/")),
        _ => None,
    }
}

/// Just after the parenthesis that closes the one at `at`.
fn balanced(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut i) = (0, at);
    while i < bytes.len() {
        if let Some(end) = quoted(bytes, i) {
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
    fn checks_are_found_whatever_stands_around_them() {
        let sql =
            "create table t (a text check (a in ('(', ')')), -- check (no)\n b int, \"check\" int, CHECK( b\n > 0 ))";
        assert_eq!(super::checks(sql), ["(a in ('(', ')'))", "( b > 0 )"]);
    }
}
