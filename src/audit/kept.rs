//! The head in a file outside the central database (`AUDIT_HEAD_FILE`): whoever cuts or rewrites the audit there has not changed what
//! is kept here. It is replaced whole, and never by an older one, nor by that of a chain which does not contain the one that is kept.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chain::Walk;
use super::store::Stub;
use super::{Kept, store};
use crate::Platform;
use crate::central::Conn;
use crate::clock::rfc3339;
use crate::config::{private_file, read_file};
use crate::error::{Advice, Error, Result};

/// How long an act may be there before its row is kept.
pub const EVERY: Duration = Duration::from_secs(2);
/// A head is one short line.
const LONGEST: u64 = 4096;

/// The head in the file, where one is set and has been written.
pub(super) async fn read(platform: &Platform) -> Result<Option<Kept>> {
    let Some(path) = platform.config.audit_head_file.clone() else { return Ok(None) };
    aside(move || find(&path)).await
}

/// Keeps the newest head, where a file is set. It is called every few seconds, and after each command.
pub async fn keep_head(platform: &Platform) -> Result<()> {
    let Some(path) = platform.config.audit_head_file.clone() else { return Ok(()) };
    let kept = read(platform).await?;
    let mut conn = platform.central.read().await?;
    let Some((seq, mac, at)) = store::newest(&mut conn).await? else { return Ok(()) };
    if let Some(kept) = &kept {
        if (kept.seq, &kept.mac) == (seq, &mac) {
            return Ok(());
        }
        let there = store::mac_of(&mut conn, kept.seq).await?;
        if there.as_deref() != Some(kept.mac.as_str()) && !is_pruned(&mut conn, platform, kept).await? {
            return Err(Error::conflict(format!("the audit no longer contains row {} as it was kept", kept.seq))
                .cause(format!("{} is left as it is", path.display()))
                .hint(Advice::operator("a verification of the audit says what is missing")));
        }
    }
    drop(conn);
    aside(move || replace(&path, seq, &format!("{seq}:{mac} {}\n", rfc3339(at)))).await
}

/// Whether retention has taken out the row that is kept: so say stubs that Neo has sealed, each joined to the one before. Whoever writes
/// in the central database can make up any other.
async fn is_pruned(conn: &mut Conn, platform: &Platform, kept: &Kept) -> Result<bool> {
    let walk = Walk::begin(conn, &platform.vault).await?;
    let is_another = |stub: &Stub| stub.last_seq == kept.seq && stub.mac_after != kept.mac;
    Ok(walk.first_bad.is_none() && kept.seq <= walk.after() && !walk.stubs().iter().any(is_another))
}

/// Does so until the platform shuts down.
pub async fn keep_heads(platform: &Platform) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut said = String::new();
    loop {
        let ends = tokio::select! {
            () = platform.shutdown.cancelled() => true,
            _ = every.tick() => false,
        };
        match keep_head(platform).await {
            Ok(()) => said.clear(),
            // Once for each trouble, and not every two seconds.
            Err(error) => {
                let text = error.log_text();
                if text != said {
                    tracing::error!("the audit's head is not kept: {text}");
                    said = text;
                }
            }
        }
        if ends {
            return;
        }
    }
}

fn find(path: &Path) -> Result<Option<Kept>> {
    let bytes = match read_file(path, LONGEST) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unusable(path, &e)),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut words = text.split_whitespace();
    let head = words.next().unwrap_or_default();
    let at = words.next().unwrap_or_default();
    let kept = Kept::parse(head).map(|kept| Kept { whence: Some(format!("{} of {at}", path.display())), ..kept });
    kept.map(Some).ok_or_else(|| {
        Error::config(format!("{} holds no head of the audit", path.display()))
            .cause("it is one line: the number of a row, its mac and its time")
            .hint(Advice::operator(
                "name another file in AUDIT_HEAD_FILE, or take this one away once you know why it is so",
            ))
    })
}

/// All of it or nothing, on the disk when it is said.
fn replace(path: &Path, seq: i64, line: &str) -> Result<()> {
    let failed = |e: std::io::Error| unusable(path, &e);
    let beside = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let lock = private_file(OpenOptions::new().write(true).create(true).truncate(false))
        .open(beside(".lock"))
        .map_err(failed)?;
    lock.lock().map_err(failed)?;
    // Another process may have been faster.
    if find(path)?.is_some_and(|kept| kept.seq >= seq) {
        return Ok(());
    }
    let new = beside(".new");
    let mut file =
        private_file(OpenOptions::new().write(true).create(true).truncate(true)).open(&new).map_err(failed)?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&new, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

fn unusable(path: &Path, e: &std::io::Error) -> Error {
    Error::config(format!("{} cannot be used", path.display()))
        .cause(e.to_string())
        .hint(Advice::operator("AUDIT_HEAD_FILE names a file that this process may write, in a folder that is there"))
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
