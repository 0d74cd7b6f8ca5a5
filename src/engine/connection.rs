//! One dedicated connection, outside any pool: opened with its settings, closed come what may.

use std::path::PathBuf;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::time::timeout;

use super::{Category, Engine, Failure, Target, failure, mysql, postgres, sqlite, statements};

/// What a server may take over what it has at hand (a ledger, the end of a transaction), waits for locks included.
pub(crate) const ANSWER: Duration = Duration::from_secs(20);
/// How long a goodbye may take. The server notices a closed socket just as well.
const FAREWELL: Duration = Duration::from_secs(3);

/// Stores match on it where the SQL differs: `Connection::Postgres { conn, .. } => …`.
pub enum Connection {
    /// `lock_key`: what sqlx's migrator locks in this database.
    Postgres { conn: sqlx::PgConnection, lock_key: i64 },
    /// `lock_name`: the same, server-wide.
    Mysql { conn: sqlx::MySqlConnection, lock_name: String },
    /// `lock`: the lock file beside the database, while it is held; `application_name` is written into it.
    Sqlite { conn: sqlx::SqliteConnection, path: PathBuf, lock: Option<std::fs::File>, application_name: String },
}

impl Connection {
    /// Connects within the target's `connect_timeout`. A SQLite file has to be there already.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        let opening = async {
            match target.engine {
                Engine::Postgres => postgres::open(target).await,
                Engine::Mysql => mysql::open(target).await,
                Engine::Sqlite => sqlite::open(target).await,
            }
        };
        match timeout(target.connect_timeout, opening).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::new(Category::Timeout, format!("no answer from \"{}\"", place(target)))
                .detail(format!("waited {} s for a connection", target.connect_timeout.as_secs_f32()))),
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Connection::Postgres { .. } => Engine::Postgres,
            Connection::Mysql { .. } => Engine::Mysql,
            Connection::Sqlite { .. } => Engine::Sqlite,
        }
    }

    /// Says goodbye and closes; never waits long for either. Whatever was locked or begun goes with the connection, as it
    /// does when a connection is merely dropped.
    pub async fn close(self) {
        let _ = match self {
            Connection::Postgres { conn, .. } => timeout(FAREWELL, conn.close()).await,
            Connection::Mysql { conn, .. } => timeout(FAREWELL, conn.close()).await,
            Connection::Sqlite { conn, lock, .. } => {
                let outcome = timeout(FAREWELL, conn.close()).await;
                drop(lock);
                outcome
            }
        };
    }

    /// Runs one or more statements as they are (simple protocol). On failure line and column within `sql` are set: the
    /// database's own position where it gives one, else the start of the statement that failed.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Failure> {
        let engine = self.engine();
        let mut done = 0;
        let script = || sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        // Each statement that went through answers once, which tells where it stopped.
        let outcome = match self {
            Connection::Postgres { conn, .. } => count(script().execute_many(conn), &mut done).await,
            Connection::Mysql { conn, .. } => count(script().execute_many(conn), &mut done).await,
            Connection::Sqlite { conn, .. } => count(script().execute_many(conn), &mut done).await,
        };
        outcome.map_err(|error| {
            let failure = Self::failure(engine, &error);
            let position = match engine {
                Engine::Postgres => postgres::position(&error, sql),
                Engine::Mysql => mysql::position(&error, sql, done),
                Engine::Sqlite => None,
            };
            let position = position.or_else(|| {
                let found = statements(engine, sql);
                found.get(done).or(found.last()).map(|s| (s.line, s.column))
            });
            failure.at(position.unwrap_or((1, 1)))
        })
    }

    /// Takes back what a failed transaction has begun. A server that does not answer takes it back with the connection.
    pub async fn rollback(&mut self) {
        let _ = timeout(ANSWER, self.execute("rollback")).await;
    }

    /// Turns an sqlx error of this engine into a failure (category, code, detail, hint, fingerprint).
    pub fn failure(engine: Engine, error: &sqlx::Error) -> Failure {
        Failure::from_sqlx(engine, error)
    }
}

async fn count<T>(
    mut answers: impl futures::Stream<Item = Result<T, sqlx::Error>> + Unpin,
    done: &mut usize,
) -> Result<(), sqlx::Error> {
    while answers.try_next().await?.is_some() {
        *done += 1;
    }
    Ok(())
}

/// A failure to connect says where to. What is no answer of the database itself is a matter of the connection.
pub(super) fn connect_failure(target: &Target, error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Io(e) => {
            let words = e.to_string();
            let reason = words.split(" (os error").next().unwrap_or_default();
            Failure::new(Category::Connect, format!("no connection to \"{}\": {reason}", place(target)))
                .hint(failure::unreached(&words))
        }
        sqlx::Error::Database(_) | sqlx::Error::Tls(_) => {
            failure::at_sign_in(Failure::from_sqlx(target.engine, error), target)
        }
        sqlx::Error::Protocol(words) if failure::unspoken(words).is_some() => {
            Failure::new(Category::Auth, format!("no connection to \"{}\": {words}", place(target)))
                .hint(failure::unspoken(words).unwrap_or_default())
        }
        other => Failure::new(Category::Connect, format!("no connection to \"{}\": {other}", place(target))),
    }
}

fn place(target: &Target) -> String {
    match target.engine {
        Engine::Sqlite => target.path.display().to_string(),
        _ if target.host.starts_with('/') => target.host.clone(),
        _ => format!("{}:{}", target.host, target.port),
    }
}
