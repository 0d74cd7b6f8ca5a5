//! The central database: what Neo knows about tenants, servers, admins and runs.
//!
//! SQLite out of the box, PostgreSQL when replicas share the work, behind one face: sqlx's `Any` driver runs the same text
//! on both (`$1`, `on conflict`, `returning`). Columns are TEXT and BIGINT only, which is what `Any` carries; times are epoch
//! milliseconds from the database's own clock, as `(select now_ms from clock)`.
//!
//! A store takes a borrowed connection; the caller decides the transaction. SQLite has one writer: writes go through a pool
//! of one connection that begins immediately, so a transaction never has to be retried for an upgrade of its lock.

mod backup;
mod pooled;
pub(crate) mod rows;
mod upgrade;

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use neo_model::Unreadable;
use secrecy::ExposeSecret;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Transaction};

use crate::config::{Config, private_dir, private_file};
use crate::error::{Advice, Error, Result};
pub use backup::{Manifest, backup, restore};

/// A connection to the central database, as stores borrow it.
pub type Conn = AnyConnection;
/// A write transaction. Dropping it rolls back.
pub type Tx = Transaction<'static, Any>;

static SHARED: Migrator = sqlx::migrate!("migrations/central");
static SQLITE: Migrator = sqlx::migrate!("migrations/central/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/central/postgres");

/// Reads a name that this program wrote itself.
pub(crate) fn stored<T: FromStr<Err = Unreadable>>(name: impl AsRef<str>) -> Result<T> {
    name.as_ref().parse().map_err(Error::internal)
}

/// Whether a ledger is that of a central database of ours: given as versions with their checksums.
pub(crate) fn is_central<'a>(mut ledger: impl Iterator<Item = (i64, &'a [u8])>) -> bool {
    ledger.any(|(version, checksum)| SHARED.iter().any(|ours| ours.version == version && *ours.checksum == *checksum))
}

/// Which database holds the central data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CentralEngine {
    Sqlite,
    Postgres,
}

impl CentralEngine {
    /// Of the database that a store's connection is to.
    pub(crate) fn of(conn: &Conn) -> Self {
        match conn.backend_name() {
            "PostgreSQL" => CentralEngine::Postgres,
            _ => CentralEngine::Sqlite,
        }
    }

    /// Whether several processes may be at it at once.
    pub fn is_shared(self) -> bool {
        match self {
            CentralEngine::Postgres => true,
            CentralEngine::Sqlite => false,
        }
    }
}

pub struct Central {
    pub engine: CentralEngine,
    read: AnyPool,
    write: AnyPool,
    /// SQLite: the file, when it is one.
    file: Option<String>,
    /// What these connections call themselves on PostgreSQL (`application_name`): no other process and no other platform
    /// does.
    pub(crate) name: String,
}

/// Connections to the central database.
pub(crate) struct Connections {
    pub busy: u32,
    pub idle: u32,
}

impl Central {
    /// Connects, creating a SQLite file that is not there yet, and brings the schema up to date.
    pub async fn open(config: &Config) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let url = config.database_url.expose_secret();
        let engine = engine_of(url)?;
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
        let options = match engine {
            CentralEngine::Sqlite => {
                born_private(url)?;
                let joiner = if url.contains('?') { '&' } else { '?' };
                AnyConnectOptions::from_str(&if url.contains("mode=") {
                    url.to_owned()
                } else {
                    format!("{url}{joiner}mode=rwc")
                })
            }
            CentralEngine::Postgres => AnyConnectOptions::from_str(url),
        }
        .map_err(|_| {
            Error::config("DATABASE_URL cannot be read as a URL")
                .hint("sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME")
        })?
        .disable_statement_logging();

        let name = format!("neo-central:{}:{}", std::process::id(), &crate::id::new()[..8]);
        let central = match engine {
            CentralEngine::Sqlite => {
                let _ordered = first_start_lock(path).await?;
                let write = sqlite_pool(1, false).connect_with(options.clone()).await.map_err(pooled::unreachable)?;
                upgrade::migrate(engine, &write, Some(path).filter(|path| !path.is_empty())).await?;
                let read = sqlite_pool(4, true).connect_with(options).await.map_err(pooled::unreachable)?;
                Self { engine, read, write, file: Some(path.to_owned()).filter(|path| !path.is_empty()), name }
            }
            CentralEngine::Postgres => {
                let named = format!("set application_name = '{name}'");
                let pool = AnyPoolOptions::new()
                    .max_connections(12)
                    .acquire_timeout(Duration::from_secs(10))
                    .test_before_acquire(false)
                    .before_acquire(|conn, used| Box::pin(pooled::is_there(conn, used.idle_for)))
                    .after_connect(move |conn, _| {
                        let named = AssertSqlSafe(named.clone());
                        Box::pin(async move { sqlx::raw_sql(named).execute(&mut *conn).await.map(drop) })
                    })
                    .connect_with(options)
                    .await
                    .map_err(pooled::unreachable)?;
                pooled::refuse(&pool).await?;
                upgrade::migrate(engine, &pool, None).await?;
                Self { engine, read: pool.clone(), write: pool, file: None, name }
            }
        };
        Ok(central)
    }

    /// SQLite: the file, and what lies beside it where it is open.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let beside = ["", "-wal", "-shm", "-journal", ".lock", ".replica"];
        self.file.iter().flat_map(|path| beside.map(|end| PathBuf::from(format!("{path}{end}")))).collect()
    }

    /// A connection for reading. On SQLite it refuses writes.
    pub async fn read(&self) -> Result<PoolConnection<Any>> {
        Ok(self.read.acquire().await?)
    }

    /// A transaction for writing; commit it with [`Transaction::commit`].
    pub async fn write(&self) -> Result<Tx> {
        Ok(match self.engine {
            CentralEngine::Sqlite => self.write.begin_with("begin immediate").await?,
            CentralEngine::Postgres => self.write.begin().await?,
        })
    }

    /// The place of the one `neo serve` or `neo work` that a SQLite file has room for, held as long as the answer is; on
    /// PostgreSQL there is room for many. Commands need none.
    pub fn take_place(&self) -> Result<Option<File>> {
        let Some(path) = &self.file else { return Ok(None) };
        let lock = format!("{path}.replica");
        let blocked = |e: std::io::Error| Error::config(format!("{lock} cannot be used")).cause(e.to_string());
        let mut options = File::options();
        options.create(true).truncate(false).read(true).write(true);
        let mut file = private_file(&mut options).open(&lock).map_err(blocked)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).ok();
                return Err(Error::conflict(format!("another neo serve or neo work is at {path} already"))
                    .cause(format!("process {}; a SQLite file has room for one", holder.trim()))
                    .hint(Advice::operator("stop that one; or move the central database to PostgreSQL, which many share: DATABASE_URL=postgres://…")));
            }
            Err(TryLockError::Error(e)) => return Err(blocked(e)),
        }
        file.set_len(0).map_err(blocked)?;
        writeln!(file, "{}", std::process::id()).map_err(blocked)?;
        Ok(Some(file))
    }

    /// How many connections there are at this moment.
    pub(crate) fn connections(&self) -> Connections {
        let pools = match self.engine {
            CentralEngine::Sqlite => vec![&self.read, &self.write],
            CentralEngine::Postgres => vec![&self.write],
        };
        let (all, idle) = pools.iter().fold((0, 0), |(all, idle), pool| (all + pool.size(), idle + pool.num_idle()));
        let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(all);
        Connections { busy: all - idle, idle }
    }

    /// Gives back the memory of what was read and written, where nobody is reading or writing: SQLite keeps pages by itself for as long as a connection
    /// is open.
    pub(crate) async fn shrink(&self) {
        if self.engine != CentralEngine::Sqlite {
            return;
        }
        let mut idle = Vec::new();
        for pool in [&self.write, &self.read] {
            while let Some(conn) = pool.try_acquire() {
                idle.push(conn);
            }
        }
        for mut conn in idle {
            // It is asked for nothing else: what was not given back is given back the next time.
            let _ = sqlx::raw_sql("pragma shrink_memory").execute(&mut *conn).await;
        }
    }

    /// Waits for open connections and closes them, so that SQLite can fold its log into the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn engine_of(url: &str) -> Result<CentralEngine> {
    match url.split(':').next() {
        Some("sqlite") => Ok(CentralEngine::Sqlite),
        Some("postgres" | "postgresql") => Ok(CentralEngine::Postgres),
        _ => Err(Error::config("DATABASE_URL is not a database Neo can use")
            .hint("sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME")),
    }
}

/// The central clock, in epoch milliseconds.
pub async fn now(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("select now_ms from clock").fetch_one(conn).await?)
}

/// The next number of a named counter. Holding its row orders whoever else wants one until the transaction ends.
pub async fn next(conn: &mut Conn, counter: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("update counters set value = value + 1 where name = $1 returning value")
        .bind(counter.to_owned())
        .fetch_one(conn)
        .await?)
}

/// Holds the row of a named counter until the transaction ends, and leaves it as it is.
pub async fn hold(conn: &mut Conn, counter: &str) -> Result<()> {
    sqlx::query("update counters set value = value where name = $1").bind(counter.to_owned()).execute(conn).await?;
    Ok(())
}

/// Until this transaction ends nobody else is at what has this name. SQLite has one writer anyway.
pub(crate) async fn in_turn(conn: &mut Conn, what: &str) -> Result<()> {
    if CentralEngine::of(conn) == CentralEngine::Postgres {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(what.to_owned())
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// The constraint a write ran into, when that is why it failed: `Some("tenants.slug")` on SQLite, the index name on
/// PostgreSQL. Use [`violates`] to ask for one.
pub fn violates(error: &sqlx::Error, table: &str, column: &str) -> bool {
    error.as_database_error().is_some_and(|e| {
        e.is_unique_violation()
            && (e.message().contains(&format!("{table}.{column}"))
                || e.message().contains(&format!("{table}_{column}_key")))
    })
}

fn sqlite_pool(connections: u32, read_only: bool) -> AnyPoolOptions {
    // A file does not go away between two uses, and each look at whether it has is a switch of threads and back.
    let pool = AnyPoolOptions::new().max_connections(connections).test_before_acquire(false);
    // What SQLite has taken back by itself (a disk that is full) is still a transaction to the driver, for good: with another
    // connection that is over.
    let pool = pool.before_acquire(|conn, _| {
        let is_free = !sqlx::Connection::is_in_transaction(conn);
        Box::pin(async move { Ok(is_free) })
    });
    pool.acquire_timeout(Duration::from_secs(30)).after_connect(move |conn, _| {
        Box::pin(async move {
            if read_only {
                // What it reads again is still in the system's memory, once for all of them.
                sqlx::raw_sql("pragma busy_timeout = 10000; pragma query_only = on; pragma cache_size = -1024")
                    .execute(&mut *conn)
                    .await?;
                return Ok(());
            }
            // Pages that are free go back to the file system where a file is made so. It heeds that before its first table only, and
            // writes its first page whenever it is said.
            let pages: i64 = sqlx::query_scalar("select page_count from pragma_page_count()").fetch_one(&mut *conn).await?;
            let is_made_so = if pages == 0 { "pragma auto_vacuum = incremental;" } else { "" };
            let pragmas = format!(
                "pragma busy_timeout = 10000; {is_made_so} pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; \
                 pragma cache_size = -16384; pragma temp_store = memory; pragma wal_autocheckpoint = 4000"
            );
            sqlx::raw_sql(AssertSqlSafe(pragmas)).execute(&mut *conn).await?;
            Ok(())
        })
    })
}

/// A file that is not there yet is made before SQLite makes it with the rights that the process gives away by default; its
/// log and its index get those of the file. One that is there keeps the rights it has.
fn born_private(url: &str) -> Result<()> {
    let Ok(named) = SqliteConnectOptions::from_str(url) else { return Ok(()) };
    let path = named.get_filename();
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        private_dir(parent)?;
    }
    // Where nothing is to be made, or not on a disk, the driver says what it says.
    let is_made = !url.contains("mode=") || url.contains("mode=rwc");
    if !is_made || url.contains(":memory:") {
        return Ok(());
    }
    match private_file(File::options().write(true).create_new(true)).open(path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => {
            Err(Error::config("the folder of the central database is not writable").cause(e.to_string()))
        }
        _ => Ok(()),
    }
}

/// sqlx's own lock is a no-op on SQLite: two first starts at once are ordered by a lock on a file beside the database. It
/// goes with the returned handle, or with the process.
async fn first_start_lock(path: &str) -> Result<std::fs::File> {
    let path = format!("{path}.lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = private_file(File::options().write(true).create(true).truncate(false)).open(&path)?;
        file.lock()?;
        std::io::Result::Ok(file)
    });
    lock.await
        .map_err(Error::internal)?
        .map_err(|e| Error::config("the folder of the central database is not writable").cause(e.to_string()))
}

/// A text as a part of a pattern of `like … escape '\'`.
pub(crate) fn literally(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}
