//! The process that a session is, while it serves somebody and while it serves nobody.

use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Socket;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::net::UnixStream;

use super::told::Ending;
use super::{MARK, WORD};
use crate::config::variable;

/// How much of what a process has said at its end is read, in bytes.
const LAST_WORDS: u64 = 16 << 10;

pub(super) struct Running {
    pub child: Child,
    pub socket: UnixStream,
}

/// One that serves nobody. It belongs to no runtime: the next connection may be made in another.
pub(super) struct Idle {
    child: Child,
    socket: Socket,
}

impl Running {
    pub fn start() -> io::Result<Self> {
        let (ours, theirs) = Socket::pair()?;
        ours.set_nonblocking(true)?;
        // The very program that runs, also when another has been put in its place meanwhile.
        let own = Path::new("/proc/self/exe");
        let program = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
        let mut command = Command::new(program);
        // In a group of its own: what a terminal tells Neo's own is Neo's to heed.
        command.arg0("neo").args([WORD, "--nocapture"]).process_group(0).env_clear().env(MARK, "1");
        // The static executable's allocator sets a gigabyte aside at its start, which would be all that the session may have and more: so much
        // counts only as it is used.
        if cfg!(target_env = "musl") {
            command.env("MIMALLOC_ARENA_EAGER_COMMIT", "0");
        }
        // Where SQLite puts what it sorts.
        for name in ["SQLITE_TMPDIR", "TMPDIR"] {
            command.envs(variable(name).map(|folder| (name, folder)));
        }
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
        Ok(Self { socket: UnixStream::from_std(ours)?, child: command.spawn()? })
    }

    pub fn idle(self) -> io::Result<Idle> {
        Ok(Idle { child: self.child, socket: self.socket.into_std()? })
    }

    /// Ends it, if it has not ended, and answers how it came to that.
    pub async fn end(mut self) -> Option<Ending> {
        drop(self.socket);
        let ended = tokio::task::spawn_blocking(move || {
            let _ = self.child.kill();
            let status = self.child.wait().ok()?;
            let mut words = Vec::new();
            if let Some(last) = self.child.stderr.take() {
                let _ = last.take(LAST_WORDS).read_to_end(&mut words);
            }
            Some(Ending::of(status, &String::from_utf8_lossy(&words)))
        });
        ended.await.ok().flatten()
    }
}

impl Idle {
    pub fn running(self) -> io::Result<Running> {
        Ok(Running { child: self.child, socket: UnixStream::from_std(self.socket)? })
    }

    /// Of one that serves nobody there is nothing to be waited for.
    pub fn end(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
