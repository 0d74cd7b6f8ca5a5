//! Creating and dropping SQLite files. The mark is a table, `_neo_marker`, in the file.
//!
//! A file is made under another name and linked to its own only when it is marked: there is none without.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteJournalMode;
use sqlx::{ConnectOptions, Connection as _};

use super::{beside, options};
use crate::config::{private_dir, private_file};
use crate::engine::connection::connect_failure;
use crate::engine::provision::strangers;
use crate::engine::{COPY_PREFIX, Category, Connection, Engine, Failure, Target, copy_owner};

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
    // Whatever it is, looking does not change it: no journal mode is set.
    let looking =
        sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(false).disable_statement_logging();
    let mut conn = looking.connect().await.map_err(|e| failure(&e))?;
    let found = sqlx::query_scalar("select tenant_id from _neo_marker limit 1").fetch_optional(&mut conn).await;
    let _ = conn.close().await;
    match found {
        Ok(found) => Ok(Some(found)),
        Err(sqlx::Error::Database(_)) => Ok(Some(None)),
        Err(e) => Err(failure(&e)),
    }
}

pub(in crate::engine) async fn create_database(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let file = path(admin, database);
    match owner(&file).await? {
        Some(found) if found.as_deref() == Some(tenant_id) => return Ok(()),
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
        sqlx::raw_sql("create table _neo_marker (tenant_id text not null primary key)").execute(&mut conn).await?;
        sqlx::query("insert into _neo_marker values ($1)").bind(tenant_id).execute(&mut conn).await
    }
    .await;
    marked.map_err(|e| failure(&e))?;
    // The last to leave folds the log into the file.
    conn.close().await.map_err(|e| failure(&e))?;
    let linked = match std::fs::hard_link(&draft, &file) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(strangers("file", &file.display().to_string())),
        // Where there are no links.
        Err(_) => return std::fs::rename(&draft, &file).map_err(|e| refused(&file, &e)),
        Ok(()) => Ok(()),
    };
    remove(&draft)?;
    linked
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
        private_file(OpenOptions::new().write(true).create_new(true)).open(copy).map_err(|e| refused(copy, &e))?;
        let Connection::Sqlite { mut conn, .. } = Connection::open(tenant).await? else {
            return Err(Failure::new(Category::Other, "this is no SQLite file"));
        };
        // Into a file that is there and empty, which keeps its permissions.
        let outcome = sqlx::query("vacuum into $1").bind(copy.to_string_lossy().into_owned()).execute(&mut conn).await;
        let _ = conn.close().await;
        outcome.map_err(|e| failure(&e))?;
        let mut conn = options(copy).connect().await.map_err(|e| failure(&e))?;
        let marked = async {
            sqlx::raw_sql("create table if not exists _neo_marker (tenant_id text not null primary key)")
                .execute(&mut conn)
                .await?;
            sqlx::raw_sql("delete from _neo_marker").execute(&mut conn).await?;
            sqlx::query("insert into _neo_marker values ($1)").bind(owner.to_owned()).execute(&mut conn).await
        }
        .await;
        let _ = conn.close().await;
        marked.map(drop).map_err(|e| failure(&e))
    }
    .await;
    if made.is_err() {
        let _ = remove(copy);
    }
    made
}

/// With everything SQLite and the lock leave beside it. The file goes first: what is left then is nobody's.
pub(in crate::engine) fn remove(file: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm", "-journal", ".neo-lock"] {
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
