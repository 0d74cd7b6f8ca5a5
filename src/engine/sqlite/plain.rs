//! What a tenant owns is hostile, and on SQLite it would be worked out by a process of ours. So what is read of a tenant without
//! its files having been asked for is read of plain tables.

use super::{Process, Value};
use crate::engine::{Category, Engine, Failure};

/// Refuses when one of these names is something else than a table of stored values. One that is not there is nobody's matter
/// here.
pub(in crate::engine) async fn are_plain(conn: &mut Process, names: &[&str]) -> Result<(), Failure> {
    let list = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    // The type comes first: what a view's columns are has to be worked out.
    let sql = format!(
        "select name, type, case when type = 'table' then (select count(*) from pragma_table_xinfo(m.name) where hidden <> 0) else 0 end \
         from main.sqlite_schema m where name collate nocase in ({list}) and type in ('table', 'view')"
    );
    let failure = |e: &sqlx::Error| Failure::from_sqlx(Engine::Sqlite, e);
    for row in conn.ask(&sql, Vec::new()).await.map_err(|e| failure(&e))? {
        let [name, kind, made] = row.as_slice() else { continue };
        let name = name.text().map_err(|e| failure(&e))?.unwrap_or_default();
        let kind = kind.text().map_err(|e| failure(&e))?.unwrap_or_default();
        let made = made.number().map_err(|e| failure(&e))?.unwrap_or_default();
        let what = match (kind, made) {
            ("table", 0) => continue,
            ("table", _) => "has columns that are worked out when they are read",
            _ => "is a view",
        };
        return Err(Failure::new(
            Category::Checksum,
            format!("main.{name} is not a table of stored values: it {what}"),
        )
        .detail("on SQLite Neo itself would have to work out what is behind it")
        .hint("make it a plain table, under this name"));
    }
    Ok(())
}

/// Whether a row of this table is changed without anything else being run: a trigger, a check, an expression in an index.
pub(in crate::engine) async fn is_changed_plainly(conn: &mut Process, table: &str) -> Result<bool, Failure> {
    let sql = format!(
        "select count(*) from main.sqlite_schema where tbl_name collate nocase = '{table}' and (type = 'trigger' \
         or (type = 'index' and (sql like '%(%(%' or sql like '% where %')) or (type = 'table' and sql like '%check%'))"
    );
    let failure = |e: sqlx::Error| Failure::from_sqlx(Engine::Sqlite, &e);
    let rows = conn.ask(&sql, Vec::new()).await.map_err(failure)?;
    let found = rows.first().and_then(|row| row.first()).map(Value::number).transpose().map_err(failure)?;
    Ok(found.flatten() == Some(0))
}
