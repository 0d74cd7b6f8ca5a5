//! How a connection was opened, what is known of the session on it, and how long a server may take there.

use std::time::Duration;

use tokio::time::timeout;

use super::Target;

/// What a server may take over what it has at hand (a ledger, the end of a transaction), waits for locks included.
pub(crate) const ANSWER: Duration = Duration::from_secs(20);
/// What one look at a thing that a tenant could have made may take a server: behind the name of a table there may be a view that
/// sleeps. It is less than [`ANSWER`], so that the server itself says that it was long.
pub(crate) const READING: Duration = Duration::from_secs(10);
/// How long a goodbye may take. The server notices a closed socket just as well.
const FAREWELL: Duration = Duration::from_secs(3);

/// How a connection was opened, and what is known of the session on it.
pub struct Session {
    pub(super) target: Target,
    /// The schema (PostgreSQL) that the ledger was found in.
    pub(super) ledger_schema: Option<String>,
    /// What files have run here.
    pub(super) traces: Traces,
    /// SQLite: nothing there is changed.
    pub(super) is_look: bool,
    /// PostgreSQL: the statements that make it the server's own, once a file has asked for them.
    pub(super) own: Option<String>,
    /// MySQL: a backslash in a quote means something, unless the server's `sql_mode` says otherwise.
    pub(super) escapes: bool,
    /// MySQL: the longest message that the server takes, in bytes.
    pub(super) packet: usize,
    /// MySQL: at which node of a cluster the lock is taken.
    pub(super) node: Option<String>,
}

/// What the files that have run in a session may have left in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traces {
    /// None has run.
    New,
    /// Nothing that a session keeps.
    Used,
    /// Rows were written on MySQL or MariaDB: what a trigger has set of the session's own stays set.
    Wrote,
    /// Settings, temporary things, whatever a session keeps.
    Left,
}

impl Session {
    pub(super) fn new(target: &Target) -> Box<Self> {
        Box::new(Self {
            target: target.clone(),
            ledger_schema: None,
            traces: Traces::New,
            is_look: false,
            own: None,
            escapes: true,
            packet: usize::MAX,
            node: None,
        })
    }
}

/// Lets a connection say goodbye and close; never waits long for either.
pub(super) async fn farewell(closing: impl Future) {
    let _ = timeout(FAREWELL, closing).await;
}
