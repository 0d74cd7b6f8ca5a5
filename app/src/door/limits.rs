//! How long a connection may take for what it owes, and how many there may be. docs/operations.md says it to operators.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request, from its first byte, or from when the connection was made.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// A body may be late by this much against its pace.
    pub body: Duration,
    /// Bytes a second that a body comes at.
    pub pace: u32,
    /// For whom we answer to take some of it.
    pub stall: Duration,
    pub connections_per_address: usize,
    /// In all; fewer where the system gives few descriptors.
    pub connections: usize,
    pub streams_per_address: usize,
    pub streams_per_session: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(10),
            pace: 1000,
            stall: Duration::from_secs(30),
            connections_per_address: 256,
            connections: 4096,
            streams_per_address: 64,
            streams_per_session: 32,
        }
    }
}

impl Limits {
    /// Connections get half of the descriptors that this process may have. The other half is for the worker, for databases
    /// and for files, so that whoever opens connections cannot stop a run.
    pub fn of_this_process() -> Self {
        let limits = Self::default();
        let half = neo::descriptors::limit().map_or(limits.connections, |limit| (limit / 2) as usize);
        Self { connections: limits.connections.min(half.max(16)), ..limits }
    }
}
