//! Creating and dropping SQLite files. The mark lies beside the file (`<file>.neo-mark`), where no migration can write.
//!
//! A file is made under another name, with a mark inside (a table, `_neo_marker`), and linked to its own only then: there is
//! none without. The mark beside it comes next and is the one that counts; the one inside is heard where there is no other, as
//! beside the files of earlier builds.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions as _, Connection as _};

use super::beside::{self, beside};
use super::{Process, Value, open};
use crate::config::{private_dir, private_file};
use crate::engine::marks::{is_id, strangers};
use crate::engine::unreached::connect_failure;
use crate::engine::{COPY_PREFIX, Category, Engine, Failure, READING, Target, copy_owner};

/// The mark inside a file, as every build has made it.
const MARKER: &str = "_neo_marker (tenant_id text not null primary key)";

/// How much of a mark beside a file is read, in bytes: more than any has.
const LONGEST_MARK: u64 = 128;

fn path(admin: &Target, database: &str) -> PathBuf {
    admin.path.join(format!("{database}.db"))
}

fn failure(error: &sqlx::Error) -> Failure {
    Failure::from_sqlx(Engine::Sqlite, error)
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
async fn owner(admin: &Target, file: &Path) -> Result<Option<Option<String>>, Failure> {
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
    let mut conn = open(&Target { path: file.to_owned(), ..admin.clone() }, Some(READING), true).await?;
    let is_ours = "select 1 from sqlite_master where name = '_neo_marker' and sql = $1";
    let made = Value::Text(format!("CREATE TABLE {MARKER}"));
    let found = match conn.ask(is_ours, vec![made]).await {
        Ok(rows) if rows.is_empty() => Ok(Vec::new()),
        Ok(_) => conn.texts("select tenant_id from _neo_marker where octet_length(tenant_id) <= 64 limit 1").await,
        Err(e) => Err(e),
    };
    let _ = conn.close().await;
    match found {
        Ok(found) => Ok(Some(found.into_iter().flatten().find(|id| is_id(id)))),
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
    let said = beside::read(&path, LONGEST_MARK).map_err(|e| refused(&path, &e))?;
    Ok(said.map(|text| text.trim().to_owned()).filter(|id| is_id(id)))
}

/// Whole or not at all, should the process end meanwhile. What is there under the draft's name was cut short, or is somebody
/// else's and leads elsewhere.
fn write_mark(file: &Path, tenant_id: &str) -> Result<(), Failure> {
    let (path, draft) = (mark_path(file), beside(file, ".neo-mark.new"));
    remove_one(&draft)?;
    let written = private_file(OpenOptions::new().write(true).create_new(true))
        .open(&draft)
        .and_then(|mut mark| writeln!(mark, "{tenant_id}"))
        .and_then(|()| std::fs::rename(&draft, &path));
    written.map_err(|e| refused(&path, &e))
}

pub(in crate::engine) async fn create_database(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let file = path(admin, database);
    match owner(admin, &file).await? {
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
    let mut conn = open(&Target { path: draft.clone(), ..admin.clone() }, None, false).await?;
    let marked = async {
        conn.run(&format!("pragma journal_mode = wal; create table {MARKER}"), &mut 0).await?;
        conn.change("insert into _neo_marker values ($1)", vec![Value::Text(tenant_id.to_owned())]).await
    }
    .await;
    // The last to leave folds the log into the file.
    let closed = conn.close().await;
    marked.and(closed).map_err(|e| failure(&e))?;
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
    match owner(admin, &file).await? {
        Some(found) if found.as_deref() != Some(tenant_id) => Err(strangers("file", &file.display().to_string())),
        _ => remove(&file),
    }
}

/// Copies the tenant's file as it is at this moment, whoever writes to it meanwhile, and marks the copy as `owner`'s. The file itself
/// is only read: what an application has not finished is told, and not taken back.
pub(in crate::engine) async fn copy_database(tenant: &Target, copy: &Path, owner: &str) -> Result<(), Failure> {
    let made = async {
        // Before there is anything to be marked: its name is nobody else's.
        write_mark(copy, owner)?;
        private_file(OpenOptions::new().write(true).create_new(true)).open(copy).map_err(|e| refused(copy, &e))?;
        let mut conn = open(tenant, None, true).await?;
        // Some looks write nowhere at all, and a copy is written. Nothing of this file is: there is no log of it to be folded in.
        let allowed = conn.run("pragma query_only = off", &mut 0).await.map_err(|e| failure(&e));
        let copied = vacuumed(conn, copy).await;
        allowed.and(copied)
    }
    .await;
    if made.is_err() {
        let _ = remove(copy);
    }
    made
}

/// Writes the tenant's file as it is at this moment into one that is there and empty, which keeps its permissions.
pub(in crate::engine) async fn vacuum_into(tenant: &Target, file: &Path) -> Result<(), Failure> {
    vacuumed(open(tenant, None, false).await?, file).await
}

async fn vacuumed(mut conn: Process, file: &Path) -> Result<(), Failure> {
    let outcome = conn.change("vacuum into $1", vec![Value::Text(file.to_string_lossy().into_owned())]).await;
    let _ = conn.close().await;
    outcome.map(drop).map_err(|e| failure(&e))
}

/// Puts a copy of `backup` in the place of the tenant's file, whose mark and permissions stay. All that is in it is the backup's.
pub(in crate::engine) async fn restore(tenant: &Target, backup: &Path) -> Result<(), Failure> {
    let (file, draft) = (&tenant.path, beside(&tenant.path, ".new"));
    let copied =
        async {
            remove(&draft)?;
            let (from, to) = (backup.to_owned(), draft.clone());
            let copying = tokio::task::spawn_blocking(move || {
                let mut into = private_file(OpenOptions::new().write(true).create_new(true)).open(&to)?;
                std::io::copy(&mut std::fs::File::open(from)?, &mut into)?;
                into.sync_all()
            });
            let copied = copying.await.map_err(|e| Failure::new(Category::Other, e.to_string()))?;
            copied.map_err(|e| refused(&draft, &e))?;
            let mut conn = open(&Target { path: draft.clone(), ..tenant.clone() }, None, false).await?;
            let checked = conn.texts("pragma integrity_check(1)").await;
            // As a file is that Neo has made.
            let checked = match checked {
                Ok(said) => conn.run("pragma journal_mode = wal", &mut 0).await.map(|()| said),
                Err(e) => Err(e),
            };
            let closed = conn.close().await;
            let said = checked.and_then(|said| closed.map(|()| said)).map_err(|e| failure(&e))?;
            match said.into_iter().flatten().next() {
                Some(said) if said == "ok" => Ok(()),
                said => Err(Failure::new(Category::Other, "the backup is no whole SQLite file")
                    .detail(said.unwrap_or_default())),
            }
        }
        .await;
    let restored = copied.and_then(|()| {
        // What SQLite has beside the file is of the one that goes.
        for suffix in ["-wal", "-shm", "-journal"] {
            remove_one(&beside(file, suffix))?;
        }
        std::fs::rename(&draft, file).map_err(|e| refused(file, &e))
    });
    let removed = remove(&draft);
    restored.and(removed)
}

/// With everything SQLite and the lock leave beside it. The file goes first: what is left then is nobody's.
pub(in crate::engine) fn remove(file: &Path) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm", "-journal", ".neo-lock", ".neo-mark", ".neo-mark.new"] {
        remove_one(&beside(file, suffix))?;
    }
    Ok(())
}

fn remove_one(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(refused(path, &e)),
        _ => Ok(()),
    }
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
        match owner(admin, &path).await {
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
    const VERSION: &str = "select sqlite_version()";
    let version = if target.path.is_file() {
        let mut conn = open(target, Some(READING), true).await?;
        let version = conn.texts(VERSION).await;
        let _ = conn.close().await;
        version.map(|rows| rows.into_iter().flatten().next().unwrap_or_default())
    } else {
        private_dir(&target.path).map_err(|e| Failure::new(Category::Permission, e.to_string()))?;
        // Nobody's file: this one is in this process's own memory.
        let memory = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true);
        let mut conn = memory.connect().await.map_err(|e| connect_failure(target, &e))?;
        let version = sqlx::query_scalar(VERSION).fetch_one(&mut conn).await;
        let _ = conn.close().await;
        version
    };
    Ok((format!("SQLite {}", version.map_err(|e| failure(&e))?), None))
}
