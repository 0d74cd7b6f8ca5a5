//! What is asked and changed with parameters, in the same words on every engine.

use sqlx::{AssertSqlSafe, ColumnIndex, Connection as _, Decode, Type};

use super::Connection;
use super::sqlite::{Process, Value};

/// What stands in the place of a parameter.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    Text(&'a str),
    Number(i64),
    Nothing,
}

/// A statement that changes rows, with its parameters in order.
pub(crate) type Change<'a> = (&'a str, &'a [Given<'a>]);

impl Given<'_> {
    fn value(&self) -> Value {
        match self {
            Given::Text(text) => Value::Text((*text).to_owned()),
            Given::Number(number) => Value::Number(*number),
            Given::Nothing => Value::Null,
        }
    }
}

macro_rules! query {
    ($database:ty, $sql:expr, $given:expr) => {
        $given.iter().fold(sqlx::query::<$database>(AssertSqlSafe($sql.to_owned())), |query, given| match given {
            Given::Text(text) => query.bind(*text),
            Given::Number(number) => query.bind(*number),
            Given::Nothing => query.bind(None::<&str>),
        })
    };
}

/// The first change, and the others if there was a row for it: all of them or none.
macro_rules! changes {
    ($database:ty, $conn:expr, $first:expr, $then:expr) => {{
        if $then.is_empty() {
            return Ok(query!($database, $first.0, $first.1).execute(&mut *$conn).await?.rows_affected());
        }
        let mut tx = $conn.begin().await?;
        let found = query!($database, $first.0, $first.1).execute(&mut *tx).await?.rows_affected();
        for (sql, given) in $then.iter().filter(|_| found > 0) {
            query!($database, sql, given).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(found)
    }};
}

impl Connection {
    /// The rows of a question whose columns are all texts.
    pub(crate) async fn ask(
        &mut self,
        sql: &str,
        given: &[Given<'_>],
    ) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        match self {
            Connection::Postgres { conn, .. } => {
                query!(sqlx::Postgres, sql, given).fetch_all(conn).await?.iter().map(texts).collect()
            }
            Connection::Mysql { conn, .. } => {
                query!(sqlx::MySql, sql, given).fetch_all(conn).await?.iter().map(texts).collect()
            }
            Connection::Sqlite { conn, .. } => {
                let rows = conn.ask(sql, given.iter().map(Given::value).collect()).await?;
                let text = |value: &Value| Ok(value.text()?.map(str::to_owned));
                rows.iter().map(|row| row.iter().map(text).collect()).collect()
            }
        }
    }

    /// How many rows `first` has changed; `then` follows if there was one, in the same transaction.
    pub(crate) async fn change(&mut self, first: Change<'_>, then: &[Change<'_>]) -> Result<u64, sqlx::Error> {
        match self {
            Connection::Postgres { conn, .. } => changes!(sqlx::Postgres, conn, first, then),
            Connection::Mysql { conn, .. } => changes!(sqlx::MySql, conn, first, then),
            Connection::Sqlite { conn, .. } if then.is_empty() => changed(conn, first, then).await,
            Connection::Sqlite { conn, .. } => {
                conn.run("begin", &mut 0).await?;
                let changed = changed(conn, first, then).await;
                let end = if changed.is_ok() { "commit" } else { "rollback" };
                let ended = conn.run(end, &mut 0).await;
                changed.and_then(|found| ended.map(|()| found))
            }
        }
    }
}

async fn changed(conn: &mut Process, first: Change<'_>, then: &[Change<'_>]) -> Result<u64, sqlx::Error> {
    let values = |given: &[Given<'_>]| given.iter().map(Given::value).collect();
    let found = conn.change(first.0, values(first.1)).await?;
    for (sql, given) in then.iter().filter(|_| found > 0) {
        conn.change(sql, values(given)).await?;
    }
    Ok(found)
}

fn texts<R: sqlx::Row>(row: &R) -> Result<Vec<Option<String>>, sqlx::Error>
where
    for<'a> Option<String>: Decode<'a, R::Database> + Type<R::Database>,
    usize: ColumnIndex<R>,
{
    (0..row.len()).map(|column| row.try_get(column)).collect()
}
