//! What retention takes away.

use serde::{Deserialize, Serialize};

/// What of runs that ended long ago, and of requests that are over, there was to take away, or has been taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Pruned {
    /// Runs that ended before this moment.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub before: String,
    pub runs: i64,
    /// Of what is still there: at most so many.
    pub tasks: i64,
    /// None before they are taken away.
    pub attempts: Option<i64>,
    pub events: i64,
    /// Requests that were decided, or expired, before that moment.
    pub requests: i64,
    /// When all of it was taken away; none where it has not been, or not all.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub at: Option<String>,
}

impl Pruned {
    /// Nothing is that old.
    pub fn is_nothing(&self) -> bool {
        self.runs == 0 && self.requests == 0
    }

    /// What went in two goes, of which this is the first.
    #[must_use]
    pub fn and(self, then: Self) -> Self {
        Self {
            before: self.before,
            runs: self.runs + then.runs,
            tasks: self.tasks + then.tasks,
            attempts: Some(self.attempts.unwrap_or_default() + then.attempts.unwrap_or_default()),
            events: self.events + then.events,
            requests: self.requests + then.requests,
            at: then.at,
        }
    }
}
