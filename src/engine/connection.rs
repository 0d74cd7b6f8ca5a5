//! One dedicated connection, outside any pool: opened with its settings, made anew where a file has changed them, closed come
//! what may.

use std::path::PathBuf;
use std::time::Duration;

use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::time::timeout;
use tracing::Instrument;

use super::session::{Session, farewell};
use super::traced::Turns;
use super::unreached::in_time;
use super::{
    ANSWER, Engine, Failure, Proof, READING, Statement, Target, held, mysql, position, postgres, sqlite, statements,
    traced,
};
use crate::traces;

/// Stores match on it where the SQL differs: `Connection::Postgres { conn, .. } => …`.
pub enum Connection {
    /// `lock_key`: what sqlx's migrator locks in this database.
    Postgres { conn: sqlx::PgConnection, lock_key: i64, session: Box<Session> },
    /// `lock_name`: the same, server-wide.
    Mysql { conn: sqlx::MySqlConnection, lock_name: String, session: Box<Session> },
    /// `conn`: the process that works on the file. `lock`: the lock file beside the database, while it is held;
    /// `application_name` is written into it.
    Sqlite {
        conn: Box<sqlite::Process>,
        path: PathBuf,
        lock: Option<std::fs::File>,
        application_name: String,
        session: Box<Session>,
    },
}

impl Connection {
    /// Connects within the target's `connect_timeout`. A SQLite file has to be there already.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        Self::open_for(target, None, false).await
    }

    /// The same for a mere look, which takes as long as it does: a SQLite file is left as it is, byte by byte, with what lies
    /// beside it.
    pub(crate) async fn open_to_look(target: &Target) -> Result<Self, Failure> {
        Self::open_for(target, None, true).await
    }

    /// A look at what a tenant could have made: no statement takes longer than [`READING`] (on SQLite all of them together).
    pub(crate) async fn open_to_read(target: &Target) -> Result<Self, Failure> {
        Self::open_for(target, Some(READING), true).await
    }

    /// The same where something of it may be changed.
    pub(crate) async fn open_to_change(target: &Target) -> Result<Self, Failure> {
        Self::open_for(target, Some(READING), false).await
    }

    async fn open_for(target: &Target, limit: Option<Duration>, is_look: bool) -> Result<Self, Failure> {
        let opening = Box::pin(async {
            Ok(match target.engine {
                Engine::Postgres => {
                    let (conn, session) = postgres::open_for(target, limit).await?;
                    Connection::Postgres { conn, lock_key: held::lock_key(&target.database), session }
                }
                Engine::Mysql => {
                    let (conn, session) = mysql::open_for(target, limit).await?;
                    Connection::Mysql { conn, lock_name: held::lock_name(&target.database), session }
                }
                Engine::Sqlite => Connection::Sqlite {
                    conn: Box::new(sqlite::open(target, limit, is_look).await?),
                    path: target.path.clone(),
                    lock: None,
                    application_name: target.application_name.replace(char::is_control, ""),
                    session: Box::new(Session { is_look, ..*Session::new(target) }),
                },
            })
        });
        in_time(target, opening).await
    }

    pub fn engine(&self) -> Engine {
        match self {
            Connection::Postgres { .. } => Engine::Postgres,
            Connection::Mysql { .. } => Engine::Mysql,
            Connection::Sqlite { .. } => Engine::Sqlite,
        }
    }

    /// Refuses where the server that this leads to does not show what a run relies on. The lock is taken at the node of a cluster
    /// that has shown it, and nowhere else.
    pub(crate) async fn proved(&mut self, proof: &Proof) -> Result<(), Failure> {
        let node = proof.of(&self.session().target).await?.map(str::to_owned);
        self.session_mut().node = node;
        Ok(())
    }

    /// The same shown to a login that no tenant answers for; and this session is at the node that has shown it.
    pub(crate) async fn proved_to(&mut self, proof: &Proof, administrator: &Target) -> Result<(), Failure> {
        self.session_mut().node = proof.of(administrator).await?.map(str::to_owned);
        self.at_its_node().await
    }

    /// Says goodbye and closes; never waits long for either. Whatever was locked or begun goes with the connection, as it
    /// does when a connection is merely dropped.
    pub async fn close(self) {
        match self {
            Connection::Postgres { conn, .. } => farewell(conn.close()).await,
            Connection::Mysql { conn, .. } => farewell(conn.close()).await,
            Connection::Sqlite { conn, lock, .. } => {
                farewell(conn.close()).await;
                drop(lock);
            }
        }
    }

    pub(super) fn session(&self) -> &Session {
        match self {
            Connection::Postgres { session, .. }
            | Connection::Mysql { session, .. }
            | Connection::Sqlite { session, .. } => session,
        }
    }

    pub(super) fn session_mut(&mut self) -> &mut Session {
        match self {
            Connection::Postgres { session, .. }
            | Connection::Mysql { session, .. }
            | Connection::Sqlite { session, .. } => session,
        }
    }

    /// Another session in the place of this one, opened as it was; a lock on the file goes with it, one that a server keeps
    /// for the session does not.
    pub(super) async fn reopen(&mut self) -> Result<(), Failure> {
        let Session { target, is_look, node, .. } = self.session();
        let (target, is_look, node) = (target.clone(), *is_look, node.clone());
        let mut fresh = Self::open_for(&target, None, is_look).await?;
        fresh.session_mut().node = node;
        if let (Connection::Sqlite { conn, lock, .. }, Connection::Sqlite { conn: old, lock: held, .. }) =
            (&mut fresh, &mut *self)
        {
            *lock = held.take();
            if let Some(stop) = old.heeds() {
                conn.heed(stop.clone());
            }
        }
        std::mem::replace(self, fresh).close().await;
        Ok(())
    }

    /// Where the statements of a script are for this session.
    pub(crate) fn statements<'a>(&self, sql: &'a str) -> Vec<Statement<'a>> {
        match self {
            Connection::Mysql { session, .. } if !session.escapes => statements::without_escapes(sql),
            Connection::Postgres { .. } | Connection::Mysql { .. } | Connection::Sqlite { .. } => {
                statements(self.engine(), sql)
            }
        }
    }

    /// Sends one or more statements as they are (simple protocol); answers how many results came. So does a failure.
    pub(super) async fn send(&mut self, sql: &str) -> Result<usize, Broken> {
        let none = Turns::none(self.engine());
        self.send_in_turns(sql, none).await
    }

    /// The same of a message with statements of a file, which are told of one by one as well; on SQLite they answer together.
    pub(super) async fn send_in_turns(&mut self, sql: &str, mut turns: Turns<'_>) -> Result<usize, Broken> {
        let span = traced::statement(self.engine(), sql);
        let sent = self.hand_over(sql, &mut turns).instrument(span.clone()).await;
        if sent.is_err() {
            turns.failed();
            traces::failed(&span);
        }
        sent
    }

    async fn hand_over(&mut self, sql: &str, turns: &mut Turns<'_>) -> Result<usize, Broken> {
        let mut done = 0;
        let script = || sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let outcome = match self {
            Connection::Postgres { conn, .. } => count(script().execute_many(conn), &mut done, turns).await,
            Connection::Mysql { conn, .. } => count(script().execute_many(conn), &mut done, turns).await,
            Connection::Sqlite { conn, .. } => conn.run(sql, &mut done).await,
        };
        match outcome {
            Ok(()) => Ok(done),
            Err(error) => Err(Broken { error, done }),
        }
    }

    /// Runs one or more statements as they are. On failure line and column within `sql` are set: the database's own position
    /// where it gives one, else the start of the statement that failed.
    pub async fn execute(&mut self, sql: &str) -> Result<(), Failure> {
        let none = Turns::none(self.engine());
        self.execute_in_turns(sql, none).await
    }

    pub(super) async fn execute_in_turns(&mut self, sql: &str, turns: Turns<'_>) -> Result<(), Failure> {
        let Err(Broken { error, done }) = self.send_in_turns(sql, turns).await else { return Ok(()) };
        let own = match self {
            Connection::Postgres { .. } => postgres::position(&error, sql),
            Connection::Mysql { .. } | Connection::Sqlite { .. } => None,
        };
        let position = own.or_else(|| {
            let found = self.statements(sql);
            let statement = found.get(done).or(found.last())?;
            match mysql::place(&error, statement.sql) {
                Some(at) => Some(position(sql, statement.offset + at)),
                None => Some((statement.line, statement.column)),
            }
        });
        Err(Self::failure(self.engine(), &error).at(position.unwrap_or((1, 1))))
    }

    /// The first column of what a question answers, as text.
    pub(crate) async fn texts(&mut self, sql: &str) -> Result<Vec<Option<String>>, Failure> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let texts: Result<_, sqlx::Error> = match self {
            Connection::Postgres { conn, .. } => {
                query.fetch_all(conn).await.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            }
            Connection::Mysql { conn, .. } => {
                query.fetch_all(conn).await.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
            }
            Connection::Sqlite { conn, .. } => conn.texts(sql).await,
        };
        texts.map_err(|e| Self::failure(self.engine(), &e))
    }

    /// Times are told in UTC from here on, whatever the server's zone is.
    pub(crate) async fn in_utc(&mut self) -> Result<(), Failure> {
        match self {
            Connection::Mysql { .. } => self.execute("set time_zone = '+00:00'").await,
            // PostgreSQL's sessions are opened so, and SQLite knows no zones.
            Connection::Postgres { .. } | Connection::Sqlite { .. } => Ok(()),
        }
    }

    /// Refuses when one of these is no plain table on SQLite, whose views a process of ours would work out. The servers of the
    /// other engines bound what they are asked.
    pub(crate) async fn are_plain(&mut self, names: &[&str]) -> Result<(), Failure> {
        let Connection::Sqlite { conn, .. } = self else { return Ok(()) };
        sqlite::are_plain(conn, names).await
    }

    /// Whether a change of a row here runs nothing else in a process of ours.
    pub(crate) async fn is_changed_plainly(&mut self, table: &str) -> Result<bool, Failure> {
        let Connection::Sqlite { conn, .. } = self else { return Ok(true) };
        sqlite::is_changed_plainly(conn, table).await
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

/// What stopped a message, and how many results there were before.
pub(super) struct Broken {
    pub error: sqlx::Error,
    pub done: usize,
}

async fn count<T>(
    mut answers: impl futures::Stream<Item = Result<T, sqlx::Error>> + Unpin,
    done: &mut usize,
    turns: &mut Turns<'_>,
) -> Result<(), sqlx::Error> {
    turns.answered(0);
    while answers.try_next().await?.is_some() {
        *done += 1;
        turns.answered(*done);
    }
    Ok(())
}
