//! What a tenant owns is hostile, and on SQLite it would be worked out in this process: views upon views end it, a function
//! call takes as long as it does. So what is read of a tenant without its files having been asked for is read of plain tables.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::engine::{Category, Connection, Engine, Failure};

/// Refuses when one of these names is something else than a table of stored values. One that is not there is nobody's matter
/// here.
pub(in crate::engine) async fn are_plain(conn: &mut SqliteConnection, names: &[&str]) -> Result<(), Failure> {
    let list = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    // The type comes first: what a view's columns are has to be worked out.
    let sql = format!(
        "select name, type, case when type = 'table' then (select count(*) from pragma_table_xinfo(m.name) where hidden <> 0) else 0 end \
         from main.sqlite_schema m where name collate nocase in ({list}) and type in ('table', 'view')"
    );
    let failure = |e: &sqlx::Error| Connection::failure(Engine::Sqlite, e);
    for row in sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(conn).await.map_err(|e| failure(&e))? {
        let name: String = row.try_get(0).map_err(|e| failure(&e))?;
        let kind: String = row.try_get(1).map_err(|e| failure(&e))?;
        let made: i64 = row.try_get(2).map_err(|e| failure(&e))?;
        let what = match (kind.as_str(), made) {
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
pub(in crate::engine) async fn is_changed_plainly(conn: &mut SqliteConnection, table: &str) -> Result<bool, Failure> {
    let sql = format!(
        "select count(*) from main.sqlite_schema where tbl_name collate nocase = '{table}' and (type = 'trigger' \
         or (type = 'index' and (sql like '%(%(%' or sql like '% where %')) or (type = 'table' and sql like '%check%'))"
    );
    let failure = |e: sqlx::Error| Connection::failure(Engine::Sqlite, &e);
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(conn).await.map_err(failure)?;
    row.try_get::<i64, _>(0).map(|found| found == 0).map_err(failure)
}
