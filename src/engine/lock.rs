//! The migration lock: the one sqlx's own migrator takes, tried until a deadline and never waited on forever.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::{Category, Connection, Failure, Holder, mysql, postgres, sqlite};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// What the server may take to answer that the lock is held, before it counts as not answering.
const ANSWER: Duration = Duration::from_secs(5);

impl Connection {
    /// The migration lock, the same that sqlx-cli takes on PostgreSQL and MySQL; a file lock beside a SQLite file. Tried
    /// until `deadline`; then `Category::Lock`, naming the holder (pid, user, application, age) where the engine can tell.
    pub async fn lock(&mut self, deadline: Duration) -> Result<(), Failure> {
        self.at_its_node().await?;
        let until = Instant::now() + deadline;
        let mut pause = FIRST_PAUSE;
        loop {
            let Ok(taken) = timeout(ANSWER, self.try_lock()).await else {
                return Err(Failure::new(
                    Category::Timeout,
                    "the server does not answer to a try for the migration lock",
                ));
            };
            if taken? {
                return Ok(());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.held(deadline).await);
            }
            sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Refuses a session at another node of a cluster than the one that it was opened for.
    pub(super) async fn at_its_node(&mut self) -> Result<(), Failure> {
        match self {
            Connection::Mysql { conn, session, .. } => match &session.node {
                Some(node) => mysql::is_at(conn, node).await,
                None => Ok(()),
            },
            Connection::Postgres { .. } | Connection::Sqlite { .. } => Ok(()),
        }
    }

    /// Gives the lock back. Should that not work, it goes when the connection does.
    pub async fn unlock(&mut self) {
        match self {
            Connection::Postgres { conn, lock_key, .. } => {
                drop(timeout(ANSWER, postgres::unlock(conn, *lock_key)).await)
            }
            Connection::Mysql { conn, lock_name, .. } => drop(timeout(ANSWER, mysql::unlock(conn, lock_name)).await),
            Connection::Sqlite { lock, .. } => *lock = None,
        }
    }

    async fn try_lock(&mut self) -> Result<bool, Failure> {
        match self {
            Connection::Postgres { conn, lock_key, .. } => postgres::try_lock(conn, *lock_key).await,
            Connection::Mysql { conn, lock_name, .. } => mysql::try_lock(conn, lock_name).await,
            Connection::Sqlite { path, lock, application_name, .. } => {
                *lock = sqlite::try_lock(path, application_name)?;
                Ok(lock.is_some())
            }
        }
    }

    /// Who holds the migration lock of this database, as far as this login may see it.
    pub(crate) async fn lock_holders(&mut self) -> Result<Vec<Holder>, Failure> {
        let held = match self {
            Connection::Postgres { conn, .. } => postgres::own_lock_holders(conn).await?,
            Connection::Mysql { conn, .. } => mysql::own_lock_holders(conn).await?,
            Connection::Sqlite { path, .. } => {
                sqlite::locked_by(path).map(|holder| (String::new(), holder)).into_iter().collect()
            }
        };
        Ok(held.into_iter().map(|(_, holder)| holder).collect())
    }

    async fn held(&mut self, deadline: Duration) -> Failure {
        let holder = match timeout(ANSWER, self.lock_holders()).await {
            Ok(Ok(held)) => held.into_iter().next().unwrap_or_default(),
            _ => Holder::default(),
        };
        let mut failure =
            Failure::new(Category::Lock, "the migration lock of this database is held by another connection")
                .detail(format!("held by {holder}; waited {} s", deadline.as_secs_f32()));
        // Named in the message as well, which is all that some places show; the fingerprint stays that of the cause.
        failure.message = format!("the migration lock of this database is held by {holder}");
        failure.hint("another migration is at work here: let it end, then try again")
    }
}
