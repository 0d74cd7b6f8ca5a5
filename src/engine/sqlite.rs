//! SQLite: a file, worked on in a process of its own, and beside it the file that carries its migration lock.

mod admin;
mod beside;
mod lock;
mod plain;
mod pool;
mod process;
mod protocol;
mod reach;
mod running;
mod session;
mod told;

use std::fs::OpenOptions;
use std::io::{Read, Seek};
use std::path::Path;

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use super::unreached::connect_failure;
use super::{Category, Failure, Target};
use crate::config::variable;

use beside::{Identity, beside, identity, is_single, leads_astray};

pub(super) use admin::*;
pub(super) use lock::{locked_by, try_lock};
pub(super) use plain::{are_plain, is_changed_plainly};
pub use process::Process;
pub(super) use protocol::{Most, Row, Value};
pub(crate) use reach::{Reach, reaches};
pub use session::sqlite_session;

/// How many bytes of memory a session may have while it works on a file for a migration, a backup or a copy. SQLite sorts and
/// keeps in files what is large; this is room for two values of the longest that it makes.
const ROOM: u64 = 2 << 30;
/// The same while a tenant's things are looked at, or changed one by one.
const LOOK_ROOM: u64 = 128 << 20;

/// The argument with which this program is begun as a session, and the variable without which it is none.
const WORD: &str = "sqlite_session";
const MARK: &str = "NEO_SQLITE_SESSION";

fn is_session() -> bool {
    std::env::args_os().nth(1).is_some_and(|word| word == WORD) && variable(MARK).is_some()
}

/// Opens a file that is there. One that is not would be created empty, and a tenant's data would seem lost. With a `limit` it is
/// opened to look at it, or to change what lies there, and all that is asked takes no longer; a look changes nothing.
pub(super) async fn open(target: &Target, limit: Option<Duration>, is_look: bool) -> Result<Process, Failure> {
    let file = its_own(&target.path)?;
    let opened = Process::open(&target.path, file, target.lock_timeout, limit, is_look).await;
    opened.map_err(|e| connect_failure(target, &e))
}

/// Whoever may write into the folder may put something else in the place of what is there. So neither the file nor its
/// journal may lead to another: SQLite deletes the file that a journal names as the one above it. Answers which file it is:
/// whoever opens it looks whether it is still this one.
fn its_own(path: &Path) -> Result<Identity, Failure> {
    let refused =
        |why: &str| Failure::new(Category::Connect, format!("the file \"{}\" cannot be opened: {why}", path.display()));
    if path.to_str().is_none() {
        return Err(refused("its name is not UTF-8"));
    }
    let unseen = |e: std::io::Error| {
        let reason = e.to_string();
        refused(reason.split(" (os error").next().unwrap_or_default())
    };
    let found = std::fs::symlink_metadata(path).map_err(unseen)?;
    if !is_single(&found) {
        return Err(refused("it is a link, or no file").hint("put the file itself there, and only there"));
    }
    if let Some(link) = leads_astray(path).map_err(unseen)? {
        return Err(refused(&format!("\"{}\" is a link that somebody else has made", link.display()))
            .hint("on the way to a tenant's file only root and Neo's own account may set a link"));
    }
    for suffix in ["-journal", "-wal", "-shm"] {
        let file = beside(path, suffix);
        if std::fs::symlink_metadata(&file).is_ok_and(|found| !is_single(&found)) {
            return Err(refused(&format!("\"{}\" is a link, or no file", file.display()))
                .hint("see who may write into that folder, and remove it"));
        }
    }
    if names_another(&beside(path, "-journal")) {
        return Err(refused("the journal beside it names another file")
            .detail("SQLite would delete that file when it takes back what the journal holds")
            .hint("open it once with the program that has written to it, then try again"));
    }
    Ok(identity(&found))
}

/// What stands at the end of a journal of several files at once.
const SEVERAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

fn names_another(journal: &Path) -> bool {
    let read = || -> std::io::Result<[u8; 8]> {
        let Some(mut file) = beside::open(journal, OpenOptions::new().read(true))? else { return Ok([0; 8]) };
        file.seek(std::io::SeekFrom::End(-8))?;
        let mut end = [0; 8];
        file.read_exact(&mut end)?;
        Ok(end)
    };
    read().is_ok_and(|end| end == SEVERAL)
}

/// The journal's mode is the file's own, as whoever made it has chosen. A look leaves the file, its journal and its log as they
/// are: it takes nothing back that a program has left half done, and folds no log into the file.
fn options(path: &Path, is_look: bool) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        .disable_statement_logging();
    match is_look {
        // Whoever may only read leaves a log and its index behind where there were none; whoever may write takes them away.
        true if is_logged(path) && !has_log(path) => options.pragma("query_only", "on"),
        true => options.read_only(true),
        false => options,
    }
}

/// Whether the file's journal is a log (`journal_mode = wal`): so says its header.
fn is_logged(path: &Path) -> bool {
    let mut head = [0; 20];
    let Ok(Some(mut file)) = beside::open(path, OpenOptions::new().read(true)) else { return false };
    file.read_exact(&mut head).is_ok() && head[18..] == [2, 2]
}

fn has_log(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|found| found.len() > 0)
}
