//! Creating and dropping SQLite files. The mark lies beside the file (`<file>.neo-mark`), where no migration can write.
//!
//! A file is made under another name, with a mark inside (a table, `_neo_marker`), and linked to its own only then: there is
//! none without. The mark beside it comes next and is the one that counts; the one inside is heard where there is no other, as
//! beside the files of earlier builds.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteJournalMode;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _};

use super::{beside, options};
use crate::config::{private_dir, private_file};
use crate::engine::connection::connect_failure;
use crate::engine::provision::{is_id, strangers};
use crate::engine::{COPY_PREFIX, Category, Connection, Engine, Failure, Target, copy_owner};

/// The mark inside a file, as every build has made it.
const MARKER: &str = "_neo_marker (tenant_id text not null primary key)";

fn path(admin: &Target, database: &str) -> PathBuf {
    admin.path.join(format!("{database}.db"))
}

fn failure(error: &sqlx::Error) -> Failure {
    Connection::failure(Engine::Sqlite, error)
}

fn refused(path: &Path, error: &std::io::Error) -> Failure {
    let category = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Category::Permission,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Category::Disk,
        ErrorKind::NotFound => Category::Connect,
        _ => Category::Other,
    };
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default();
    Failure::new(category, format!("\"{}\" cannot be used: {reason}", path.display()))
}

/// Whether there is such a file, and then whether it is this tenant's.
async fn owner(file: &Path) -> Result<Option<Option<String>>, Failure> {
    match std::fs::metadata(file) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(refused(file, &e)),
        Ok(_) => {}
    }
    if let Some(mark) = mark(file)? {
        return Ok(Some(Some(mark)));
    }
    // Whatever it is, looking does not change it: no journal mode is set. A view of that name, or a table that works
    // something out, is nothing of Neo's.
    let looking =
        sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(false).disable_statement_logging();
    let mut conn = looking.connect().await.map_err(|e| failure(&e))?;
    let is_ours = "select 1 from sqlite_master where name = '_neo_marker' and sql = $1";
    let made = format!("CREATE TABLE {MARKER}");
    let found = match sqlx::query_scalar::<_, i64>(is_ours).bind(made).fetch_optional(&mut conn).await {
        Ok(Some(_)) => {
            let told = "select tenant_id from _neo_marker where octet_length(tenant_id) <= 64 limit 1";
            sqlx::query_scalar(told).fetch_optional(&mut conn).await
        }
        Ok(None) => Ok(None),
        Err(e) => Err(e),
    };
    let _ = conn.close().await;
    match found {
        Ok(found) => Ok(Some(found.filter(|id: &String| is_id(id)))),
        Err(sqlx::Error::Database(_)) => Ok(Some(None)),
        Err(e) => Err(failure(&e)),
    }
}

fn mark_path(file: &Path) -> PathBuf {
    beside(file, ".neo-mark")
}

/// What the mark beside a file says.
fn mark(file: &Path) -> Result<Option<String>, Failure> {
    let path = mark_path(file);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|id| is_id(id))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(refused(&path, &e)),
    }
}

/// Whole or not at all, should the process end meanwhile.
fn write_mark(file: &Path, tenant_id: &str) -> Result<(), Failure> {
    let (path, draft) = (mark_path(file), beside(file, ".neo-mark.new"));
    let written = private_file(OpenOptions::new().write(true).create(true).truncate(true))
        .open(&draft)
        .and_then(|mut mark| writeln!(mark, "{tenant_id}"))
        .and_then(|()| std::fs::rename(&draft, &path));
    written.map_err(|e| refused(&path, &e))
}

pub(in crate::engine) async fn create_database(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let file = path(admin, database);
    match owner(&file).await? {
        Some(found) if found.as_deref() == Some(tenant_id) => {
            // The other name of a file that was made just before we were cut short.
            remove(&beside(&file, ".new"))?;
            return write_mark(&file, tenant_id);
        }
        Some(_) => return Err(strangers("file", &file.display().to_string())),
        None => {}
    }
    private_dir(&admin.path).map_err(|e| Failure::new(Category::Permission, e.to_string()))?;
    let draft = beside(&file, ".new");
    remove(&draft)?;
    // SQLite gives its log and its index the permissions of the file.
    private_file(OpenOptions::new().write(true).create_new(true)).open(&draft).map_err(|e| refused(&draft, &e))?;
    let target = Target { path: draft.clone(), ..admin.clone() };
    let mut conn = options(&draft)
        .journal_mode(SqliteJournalMode::Wal)
        .connect()
        .await
        .map_err(|e| connect_failure(&target, &e))?;
    let marked = async {
        sqlx::raw_sql(AssertSqlSafe(format!("create table {MARKER}"))).execute(&mut conn).await?;
        sqlx::query("insert into _neo_marker values ($1)").bind(tenant_id).execute(&mut conn).await
    }
    .await;
    marked.map_err(|e| failure(&e))?;
    // The last to leave folds the log into the file.
    conn.close().await.map_err(|e| failure(&e))?;
    let linked = match std::fs::hard_link(&draft, &file) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(strangers("file", &file.display().to_string())),
        // Where there are no links.
        Err(_) => std::fs::rename(&draft, &file).map_err(|e| refused(&file, &e)),
        Ok(()) => Ok(()),
    };
    remove(&draft)?;
    linked.and_then(|()| write_mark(&file, tenant_id))
}

/// The registry names this file for the tenant, and Neo has made it: what is written inside is the tenant's own.
pub(in crate::engine) fn enter_anew(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let file = path(admin, database);
    match mark(&file)? {
        None if file.exists() => write_mark(&file, tenant_id),
        _ => Ok(()),
    }
}

pub(in crate::engine) async fn drop_database(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let file = path(admin, database);
    match owner(&file).await? {
        Some(found) if found.as_deref() != Some(tenant_id) => Err(strangers("file", &file.display().to_string())),
        _ => remove(&file),
    }
}

/// Copies the tenant's file as it is at this moment, whoever writes to it meanwhile, and marks the copy as `owner`'s.
pub(in crate::engine) async fn copy_database(tenant: &Target, copy: &Path, owner: &str) -> Result<(), Failure> {
    let made = async {
        // Before there is anything to be marked: its name is nobody else's.
        write_mark(copy, owner)?;
        private_file(OpenOptions::new().write(true).create_new(true)).open(copy).map_err(|e| refused(copy, &e))?;
        let Connection::Sqlite { mut conn, .. } = Connection::open(tenant).await? else {
            return Err(Failure::new(Category::Other, "this is no SQLite file"));
        };
        // Into a file that is there and empty, which keeps its permissions.
        let outcome = sqlx::query("vacuum into $1").bind(copy.to_string_lossy().into_owned()).execute(&mut conn).await;
        let _ = conn.close().await;
        outcome.map(drop).map_err(|e| failure(&e))
    }
    .await;
    if made.is_err() {
        let _ = remove(copy);
    }
    made
}

/// With everything SQLite and the lock leave beside it. The file goes first: what is left then is nobody's.
pub(in crate::engine) fn remove(file: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm", "-journal", ".neo-lock", ".neo-mark", ".neo-mark.new"] {
        let path = beside(file, suffix);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(refused(&path, &e)),
            _ => {}
        }
    }
    Ok(())
}

pub(in crate::engine) async fn marked(admin: &Target) -> Result<Vec<(String, String)>, Failure> {
    let entries = match std::fs::read_dir(&admin.path) {
        Ok(entries) => entries,
        // Made with the first tenant.
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(refused(&admin.path, &e)),
    };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "db")) {
        let Some(name) = path.file_stem().and_then(|n| n.to_str()) else { continue };
        match owner(&path).await {
            // One that was cut off before it had its own mark.
            Ok(Some(mark)) if name.starts_with(COPY_PREFIX) => {
                let mark = mark.filter(|mark| mark.starts_with(&copy_owner("")));
                found.push((name.to_owned(), mark.unwrap_or_else(|| copy_owner(""))));
            }
            Ok(Some(Some(tenant_id))) => found.push((name.to_owned(), tenant_id)),
            // One that cannot be read is not known to be ours.
            _ => {}
        }
    }
    found.sort();
    Ok(found)
}

/// A folder that is there, or can be made, is a server. A file is asked like any other database.
pub(in crate::engine) async fn probe(target: &Target) -> Result<(String, Option<i64>), Failure> {
    let memory = if target.path.is_file() {
        options(&target.path)
    } else {
        private_dir(&target.path).map_err(|e| Failure::new(Category::Permission, e.to_string()))?;
        sqlx::sqlite::SqliteConnectOptions::new().in_memory(true)
    };
    let mut conn = memory.connect().await.map_err(|e| connect_failure(target, &e))?;
    let version: Result<String, _> = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut conn).await;
    let _ = conn.close().await;
    Ok((format!("SQLite {}", version.map_err(|e| failure(&e))?), None))
}
