//! The migration lock: a lock on `<file>.neo-lock`. sqlx's own is none on SQLite, so there is nothing to share.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::beside::{beside, open};
use crate::config::private_file;
use crate::engine::held::Holder;
use crate::engine::{Category, Failure};

/// How much is read of what its holder has written into it, in bytes.
const LONGEST: u64 = 300;

fn path_of(path: &Path) -> PathBuf {
    beside(path, ".neo-lock")
}

/// The lock goes with the handle, and so with the process.
pub(in crate::engine) fn try_lock(path: &Path, application_name: &str) -> Result<Option<File>, Failure> {
    let refused = |e: std::io::Error| {
        let words = format!("the lock file \"{}\" cannot be used: {e}", path_of(path).display());
        let failure = Failure::new(Category::Permission, words);
        match e.kind() {
            // Something else lies there.
            ErrorKind::Other => failure.hint("see who may write into that folder, and remove it"),
            _ => failure,
        }
    };
    let mut options = OpenOptions::new();
    private_file(options.read(true).write(true).create(true).truncate(false));
    // Of a link, or of another file's name, the other would be overwritten.
    let Some(mut file) = open(&path_of(path), &mut options).map_err(refused)? else {
        return Err(refused(ErrorKind::NotFound.into()));
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(e)) => return Err(refused(e)),
    }
    // Who holds it, for whoever waits: nothing depends on it being written.
    let _ = file.set_len(0);
    let _ = file.rewind();
    let _ = write!(file, "{} {application_name}", std::process::id());
    Ok(Some(file))
}

/// Who holds the lock, when somebody does: of a process that has ended it holds nothing, whatever the file says. Looking takes a
/// shared lock for a moment, which whoever tries meanwhile tries again after.
pub(in crate::engine) fn locked_by(path: &Path) -> Option<Holder> {
    let file = open(&path_of(path), OpenOptions::new().read(true)).ok()??;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(holder(file)),
        _ => None,
    }
}

/// The system knows which process has it; what that one calls itself, it has written there. Of a process that the system does
/// not see (on another machine, in another container) nobody knows but what is written, and anybody may have written that.
fn holder(file: File) -> Holder {
    let mut said = Vec::new();
    let _ = (&file).take(LONGEST).read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said);
    let (pid, application) = said.split_once(' ').unwrap_or((&said, ""));
    let pid = pid.parse::<i64>().ok();
    let seconds = file.metadata().ok().and_then(|m| m.modified().ok()?.elapsed().ok());
    let seen = seen(&file);
    let application = Some(application.replace(char::is_control, "")).filter(|_| seen.is_none() || seen == pid);
    let state = match (seen, pid) {
        (Some(_), _) => "alive on this machine".to_owned(),
        (None, Some(pid)) => format!("not seen on this machine; by its own word it is process {pid}"),
        (None, None) => "not seen on this machine".to_owned(),
    };
    Holder {
        pid: seen,
        application,
        seconds: seconds.and_then(|s| i64::try_from(s.as_secs()).ok()),
        state: Some(state),
        ..Holder::default()
    }
}

/// The process that has this file locked.
fn seen(file: &File) -> Option<i64> {
    let found = file.metadata().ok()?;
    let (major, minor) = (rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()));
    let id = format!("{major:02x}:{minor:02x}:{}", found.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        // `1: FLOCK ADVISORY WRITE 1234 fd:00:5678 0 EOF`
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, place, ..] = words.as_slice() else { return None };
        pid.parse().ok().filter(|pid| *place == id && *pid > 0)
    })
}
