//! Status = shape + word + colour. The shapes and what they stand for, for the server's pages and for live rows alike.

use neo_model::{AccountStatus, Reason, RunStatus, StepState, TaskStatus};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Ok,
    Failed,
    Behind,
    Running,
    Queued,
    Paused,
    Cancelled,
    Skipped,
    Drifted,
    Unknown,
}

impl Mark {
    /// The colour's class.
    pub fn class(self) -> &'static str {
        match self {
            Mark::Ok => "ok",
            Mark::Failed => "bad",
            Mark::Behind | Mark::Drifted | Mark::Unknown => "warn",
            Mark::Running => "run",
            Mark::Queued | Mark::Paused | Mark::Cancelled | Mark::Skipped => "idle",
        }
    }

    /// The shape: a symbol of the sprite that every page carries once.
    pub fn shape(self) -> &'static str {
        match self {
            Mark::Ok => "m-ok",
            Mark::Failed => "m-failed",
            Mark::Behind => "m-behind",
            Mark::Running => "m-running",
            Mark::Queued => "m-queued",
            Mark::Paused => "m-paused",
            Mark::Cancelled => "m-cancelled",
            Mark::Skipped => "m-skipped",
            Mark::Drifted => "m-drifted",
            Mark::Unknown => "m-unknown",
        }
    }

    /// The inside of a `.st` element.
    pub fn svg(self) -> String {
        let half = if self == Mark::Running { " class=\"half\"" } else { "" };
        format!("<svg viewBox=\"0 0 16 16\"{half} aria-hidden=\"true\"><use href=\"#{}\"/></svg>", self.shape())
    }
}

impl From<RunStatus> for Mark {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Planned | RunStatus::Queued => Mark::Queued,
            RunStatus::Running => Mark::Running,
            RunStatus::Paused => Mark::Paused,
            RunStatus::Succeeded => Mark::Ok,
            RunStatus::Failed | RunStatus::Halted => Mark::Failed,
            RunStatus::Cancelled => Mark::Cancelled,
        }
    }
}

impl From<TaskStatus> for Mark {
    fn from(status: TaskStatus) -> Self {
        match status {
            TaskStatus::Queued => Mark::Queued,
            TaskStatus::Running => Mark::Running,
            TaskStatus::Succeeded => Mark::Ok,
            TaskStatus::Failed => Mark::Failed,
            TaskStatus::Skipped => Mark::Skipped,
            TaskStatus::Cancelled => Mark::Cancelled,
            TaskStatus::Unknown => Mark::Unknown,
        }
    }
}

/// Of what succeeded.
impl From<&Reason> for Mark {
    fn from(reason: &Reason) -> Self {
        match reason {
            Reason::Drifted => Mark::Drifted,
            Reason::Uncompared => Mark::Skipped,
            Reason::Current | Reason::Migrated | Reason::Quarantined | Reason::Reconcile | Reason::Said(_) => Mark::Ok,
        }
    }
}

impl From<StepState> for Mark {
    fn from(state: StepState) -> Self {
        match state {
            StepState::Planned => Mark::Queued,
            StepState::Started => Mark::Running,
            StepState::Succeeded => Mark::Ok,
            StepState::Failed => Mark::Failed,
            StepState::Undone => Mark::Cancelled,
        }
    }
}

impl From<AccountStatus> for Mark {
    fn from(status: AccountStatus) -> Self {
        match status {
            AccountStatus::Active => Mark::Ok,
            AccountStatus::Invited => Mark::Queued,
            AccountStatus::Disabled => Mark::Cancelled,
        }
    }
}

/// The shapes, once a page: 50 rows then cost 50 references and not 50 drawings.
pub const SPRITE: &str = concat!(
    r#"<symbol id="m-ok" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path d="m4.8 8.2 2.2 2.3 4.3-4.8" fill="none" stroke="var(--surface)" stroke-width="1.8"/></symbol>"#,
    r#"<symbol id="m-failed" viewBox="0 0 16 16"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor"/><path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" stroke="var(--surface)" stroke-width="1.7"/></symbol>"#,
    r#"<symbol id="m-behind" viewBox="0 0 16 16"><path d="M8 2 15 14H1z" fill="currentColor"/></symbol>"#,
    r#"<symbol id="m-running" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none" stroke="var(--line)" stroke-width="2.4"/><path d="M8 2a6 6 0 0 1 0 12" fill="none" stroke="currentColor" stroke-width="2.4"/></symbol>"#,
    r#"<symbol id="m-queued" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>"#,
    r#"<symbol id="m-paused" viewBox="0 0 16 16"><path d="M5.5 3v10m5-10v10" stroke="currentColor" stroke-width="2.4"/></symbol>"#,
    r#"<symbol id="m-cancelled" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="m4 12 8-8" stroke="currentColor" stroke-width="1.6"/></symbol>"#,
    r#"<symbol id="m-skipped" viewBox="0 0 16 16"><path d="M2 8h9M7.5 4.5 11 8l-3.5 3.5M13.5 3.5v9" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>"#,
    r#"<symbol id="m-drifted" viewBox="0 0 16 16"><path d="m8 1.6 6.4 6.4L8 14.4 1.6 8z" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>"#,
    r#"<symbol id="m-unknown" viewBox="0 0 16 16"><path d="m8 1.6 6.4 6.4L8 14.4 1.6 8z" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 5v3.4m0 1.4v1.4" stroke="currentColor" stroke-width="1.5"/></symbol>"#,
    r#"<symbol id="d-o" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3" fill="var(--control)"/></symbol>"#,
    r#"<symbol id="d-x" viewBox="0 0 8 8"><path d="M1 1l6 6m0-6-6 6" stroke="var(--bad)" stroke-width="1.8"/></symbol>"#,
    r#"<symbol id="d-w" viewBox="0 0 8 8"><path d="M4 1 7.5 7h-7z" fill="var(--warn)"/></symbol>"#,
    r#"<symbol id="d-r" viewBox="0 0 8 8"><circle cx="4" cy="4" r="2.6" fill="none" stroke="var(--run)" stroke-width="1.4"/></symbol>"#,
    r#"<symbol id="d-n" viewBox="0 0 8 8"><circle cx="4" cy="4" r="2.4" fill="none" stroke="var(--line)"/></symbol>"#,
);
