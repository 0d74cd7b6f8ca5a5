//! SQLite: call by call, since there is no round trip to save.
//!
//! Foreign keys are enforced, but for a file that asks otherwise or takes a table away that others refer to: SQLite would delete
//! what refers to it first, and cannot be told otherwise inside a transaction. What holds the file to its keys then is a check
//! before the commit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::words::names;
use super::{Category, Connection, Engine, Failure, Script, Statement, head, unplaced};
use crate::engine::sqlite::Value;

pub(super) async fn in_one_transaction(conn: &mut Connection, script: &Script<'_>) -> Result<(), Failure> {
    let began = Instant::now();
    let statements = conn.statements(script.sql);
    let is_off = asks_for_no_enforcement(&statements) || drops_what_others_refer_to(conn, &statements).await?;
    let mut before = None;
    if is_off {
        conn.execute("pragma foreign_keys = off").await.map_err(unplaced)?;
        before = Some(violations(conn).await);
    }
    let mut outcome = transaction(conn, script, began, before.as_ref()).await;
    if outcome.is_err() {
        conn.rollback().await;
    }
    if is_off {
        outcome = outcome.and(conn.execute("pragma foreign_keys = on").await.map_err(unplaced));
    }
    outcome
}

async fn transaction(
    conn: &mut Connection,
    script: &Script<'_>,
    began: Instant,
    before: Option<&Violations>,
) -> Result<(), Failure> {
    conn.execute("begin immediate").await.map_err(unplaced)?;
    // A connection that was dropped a moment ago gave the lock back, and may yet have committed what it was at.
    if script.entry.is_written(conn).await {
        return conn.execute("rollback").await.map_err(unplaced);
    }
    conn.execute(script.sql).await?;
    if let Some(before) = before {
        let after = violations(conn).await;
        if let Some(failure) = added(before, &after) {
            return Err(failure);
        }
    }
    let spent = i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX).to_string();
    let sql = format!("{}{}commit;", script.entry.create(conn), script.entry.done(conn, &spent));
    conn.execute(&sql).await.map_err(unplaced)
}

/// `pragma foreign_keys = off`, in one of its spellings.
fn asks_for_no_enforcement(statements: &[Statement<'_>]) -> bool {
    statements.iter().any(|s| {
        let text: String = s.sql.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(rest) = text.strip_prefix("pragma ") else { return false };
        let rest = rest.trim_start_matches("main.").trim_start();
        let Some(value) = rest.strip_prefix("foreign_keys") else { return false };
        let value = value.trim_matches(|c: char| !c.is_alphanumeric());
        matches!(value, "off" | "0" | "no" | "false")
    })
}

/// Whether a table is dropped that is there and that another, or it itself, refers to; or that one made here refers to.
async fn drops_what_others_refer_to(conn: &mut Connection, statements: &[Statement<'_>]) -> Result<bool, Failure> {
    if !statements.iter().any(|s| head(s.sql) == "drop") {
        return Ok(false);
    }
    let mut referred = referred_to(conn).await?;
    for statement in statements {
        let names = names(statement.sql);
        let word = |n: usize| names.get(n).map(String::as_str).unwrap_or_default();
        // Behind a schema's name and its dot stands the table's own.
        let named = |n: usize| if word(n + 1) == "." { word(n + 2) } else { word(n) };
        if (word(0), word(1)) == ("drop", "table") {
            let at = if (word(2), word(3)) == ("if", "exists") { 4 } else { 2 };
            if referred.contains(named(at)) {
                return Ok(true);
            }
        }
        if (word(0), word(1)) == ("alter", "table") {
            let old = named(2).to_owned();
            if let Some(to) = names.iter().position(|w| w == "rename").filter(|at| word(at + 1) == "to")
                && referred.contains(&old)
            {
                referred.insert(word(to + 2).to_owned());
            }
        }
        for (n, name) in names.iter().enumerate() {
            if name == "references" {
                referred.insert(named(n + 1).to_owned());
            }
        }
    }
    Ok(false)
}

async fn referred_to(conn: &mut Connection) -> Result<BTreeSet<String>, Failure> {
    let Connection::Sqlite { conn, .. } = conn else { return Ok(BTreeSet::new()) };
    let sql = "select distinct lower(f.\"table\") from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'";
    let read = conn.texts(sql).await.map_err(|e| Connection::failure(Engine::Sqlite, &e))?;
    Ok(read.into_iter().flatten().collect())
}

/// By table and parent: the rows (where they have a number) that refer to nothing. Or why it cannot be told.
type Violations = Result<BTreeMap<(String, String), Vec<Option<i64>>>, String>;

async fn violations(conn: &mut Connection) -> Violations {
    let Connection::Sqlite { conn, .. } = conn else { return Ok(BTreeMap::new()) };
    let rows = conn.ask("pragma main.foreign_key_check", Vec::new()).await.map_err(|e| e.to_string())?;
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in rows {
        let [table, number, parent, ..] = row.as_slice() else { continue };
        let name = |value: &Value| value.text().map(|name| name.unwrap_or_default().to_owned());
        let read = || Ok::<_, sqlx::Error>(((name(table)?, name(parent)?), number.number()?));
        let (key, number) = read().map_err(|e| e.to_string())?;
        found.entry(key).or_default().push(number);
    }
    Ok(found)
}

/// A violation that was not there before.
fn added(before: &Violations, after: &Violations) -> Option<Failure> {
    let hint = "foreign keys were not enforced while this file ran, since it asks for that or takes a table away that others \
                refer to: it has to leave every reference whole";
    let (before, after) = match (before, after) {
        (_, Ok(after)) => (before.as_ref().ok(), after),
        (Err(was), Err(is)) if was == is => return None,
        (_, Err(why)) => {
            return Some(
                Failure::new(Category::Constraint, why.clone())
                    .detail("the foreign keys could not be checked")
                    .hint(hint),
            );
        }
    };
    let nothing = Vec::new();
    let (key, rows, was) = after.iter().find_map(|(key, rows)| {
        let was = before.and_then(|before| before.get(key)).unwrap_or(&nothing);
        (rows.len() > was.len()).then_some((key, rows, was))
    })?;
    let (table, parent) = key;
    let number = rows.iter().find(|row| !was.contains(row)).copied().flatten();
    let row = number.map_or_else(|| "a row".to_owned(), |n| format!("row {n}"));
    let more = match rows.len() - was.len() {
        1 => String::new(),
        n => format!(", and {} more like it", n - 1),
    };
    Some(
        Failure::new(
            Category::Constraint,
            format!("{row} of \"{table}\" refers to a row of \"{parent}\" that is not there{more}"),
        )
        .detail("FOREIGN KEY constraint failed (foreign_key_check)")
        .hint(hint),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enforcement_is_asked_off_in_every_spelling() {
        for sql in [
            "PRAGMA foreign_keys=OFF",
            "pragma foreign_keys = 0",
            "pragma main.foreign_keys(no)",
            "pragma foreign_keys=false",
        ] {
            assert!(asks_for_no_enforcement(&crate::engine::statements(Engine::Sqlite, sql)), "{sql}");
        }
        for sql in [
            "pragma foreign_keys=on",
            "pragma foreign_keys",
            "pragma foreign_key_check",
            "select 'pragma foreign_keys=off'",
        ] {
            assert!(!asks_for_no_enforcement(&crate::engine::statements(Engine::Sqlite, sql)), "{sql}");
        }
    }
}
