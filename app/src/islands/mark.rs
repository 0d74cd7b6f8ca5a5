//! Status = shape + word + colour. The shapes and the words they belong to, for the server's pages and for live rows alike.

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
    /// The mark for a status word of a tenant, a run, a task or a step.
    pub fn of(word: &str) -> Self {
        match word {
            "current" | "succeeded" | "migrated" | "reverted" | "verified" | "active" | "ok" => Mark::Ok,
            "failed" | "halted" | "changed" | "missing" | "unreachable" => Mark::Failed,
            "behind" | "pending" | "warning" => Mark::Behind,
            "running" | "started" | "provisioning" | "migrating" => Mark::Running,
            "paused" | "suspended" => Mark::Paused,
            "cancelled" | "disabled" | "archived" | "deleted" | "undone" => Mark::Cancelled,
            "skipped" => Mark::Skipped,
            "drifted" => Mark::Drifted,
            "unknown" => Mark::Unknown,
            _ => Mark::Queued,
        }
    }

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
