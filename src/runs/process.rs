//! A process as it is known beyond itself: where it runs and since when, so that another can tell that it has ended.

use sqlx::FromRow;

use super::machine;

/// A process as it is known beyond itself.
#[derive(FromRow, PartialEq)]
pub(super) struct Process {
    pub host: String,
    pub pid: i64,
    pub pid_started: i64,
}

impl Process {
    pub fn this() -> Self {
        let pid = std::process::id();
        Self { host: machine::name(), pid: i64::from(pid), pid_started: machine::process_start(pid).unwrap_or(0) }
    }

    /// Whether it was on this machine and has ended; of others nobody here can tell.
    pub fn is_gone(&self) -> bool {
        self.host == machine::name()
            && u32::try_from(self.pid).is_ok_and(|pid| machine::process_start(pid) != Some(self.pid_started))
    }
}
