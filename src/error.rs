//! The one error of the platform: a closed set of kinds, each with a text for the person and a cause for the log.
//!
//! Absence is an `Option` in the stores; a service decides that it is [`Kind::NotFound`].

use std::fmt;

pub use neo_model::advice::{self, Advice, Do, Say};
pub use neo_model::printable;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in one of the ways a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The named thing does not exist.
    NotFound,
    /// The named thing is in a state that forbids the act: it exists already, is locked, is being worked on.
    Conflict,
    /// The input cannot be taken as it is.
    Invalid,
    /// The program's own configuration (settings, key, files) cannot be used.
    Config,
    /// Nobody is signed in, or not as somebody this door knows.
    Unauthenticated,
    /// Signed in, but too long ago for this act.
    Reauthenticate,
    /// Known, and not allowed.
    Denied,
    /// It wants somebody else's yes, and was asked for: a request is kept, and nothing was begun.
    Asked,
    /// Too many tries; later it may go through.
    Throttled,
    /// Something the platform depends on did not answer; trying again can help.
    Unavailable,
    /// A defect or an unforeseen failure. The person gets an id to quote.
    Internal,
}

impl Kind {
    /// The word for this kind in JSON and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Kind::NotFound => "not_found",
            Kind::Conflict => "conflict",
            Kind::Invalid => "invalid",
            Kind::Config => "config",
            Kind::Unauthenticated => "unauthenticated",
            Kind::Reauthenticate => "reauthenticate",
            Kind::Denied => "denied",
            Kind::Asked => "asked",
            Kind::Throttled => "throttled",
            Kind::Unavailable => "unavailable",
            Kind::Internal => "internal",
        }
    }

    /// The exit code of the command line (docs/cli.md lists them all).
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Internal => 1,
            Kind::Invalid | Kind::Config => 2,
            Kind::Denied | Kind::Unauthenticated | Kind::Reauthenticate | Kind::Throttled => 4,
            Kind::NotFound => 5,
            Kind::Conflict => 6,
            Kind::Unavailable => 7,
            Kind::Asked => 9,
        }
    }
}

/// An error with two audiences: `message`, `cause`, `hint` are for the person; `source` is for the log only.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// What happened, naming the thing: `tenant "acme" not found`.
    pub message: String,
    /// Why, when it is known and may be shown.
    pub cause: Option<String>,
    /// What to do next, for each door in its own words.
    pub hint: Option<Advice>,
    /// The form field or flag this is about.
    pub field: Option<&'static str>,
    /// For [`Kind::NotFound`]: names that come close.
    pub nearest: Vec<String>,
    /// For [`Kind::Throttled`]: seconds to wait.
    pub retry_after: Option<u64>,
    /// For [`Kind::Asked`]: the request's number.
    pub request: Option<i64>,
    /// For [`Kind::Internal`]: what the person quotes and the log holds.
    pub id: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
            hint: None,
            field: None,
            nearest: Vec::new(),
            retry_after: None,
            request: None,
            id: None,
            source: None,
        }
    }

    /// `what` is the noun (`"tenant"`), `name` as it was asked for.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::new(Kind::NotFound, format!("{what} \"{}\" not found", printable(name)))
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(Kind::Invalid, message) }
    }

    /// About this form field or flag, whatever it was about before.
    pub fn on(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }

    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(Kind::Denied, message)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, message)
    }

    /// A failure nobody foresaw: `source` goes to the log under a fresh id, the person sees only the id.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let id = crate::id::new();
        Self {
            id: Some(id.clone()),
            source: Some(source.into()),
            ..Self::new(Kind::Internal, format!("something went wrong on our side (error id {id})"))
        }
    }

    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<Advice>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The form field or flag this is about.
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Seconds to wait before the next try.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub fn nearest(mut self, nearest: Vec<String>) -> Self {
        self.nearest = nearest;
        self
    }

    pub fn source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The chain of causes for the log, never for a page.
    pub fn log_text(&self) -> String {
        let mut text = self.message.clone();
        if let Some(cause) = &self.cause {
            text.push_str(": ");
            text.push_str(cause);
        }
        let mut next: Option<&dyn std::error::Error> = self.source.as_deref().map(|s| s as _);
        while let Some(source) = next {
            text.push_str(": ");
            text.push_str(&source.to_string());
            next = source.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|s| s as _)
    }
}

/// What was typed cannot be read.
impl From<neo_model::Unreadable> for Error {
    fn from(unreadable: neo_model::Unreadable) -> Self {
        Self { hint: unreadable.hint.map(Advice::from), ..Self::invalid(unreadable.field, unreadable.message) }
    }
}

/// A central database that does not answer is unavailable; anything else from it is a defect of ours.
impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        match source {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Error::unavailable("the central database does not answer")
                    .hint(Advice::operator("check DATABASE_URL and that the database is up, then try again"))
                    .source(source)
            }
            // PostgreSQL, by way of a balancer that knows of no server at this moment: it hangs up in the place of an answer.
            sqlx::Error::Protocol(ref words) if words.contains("SSLRequest") => {
                Error::unavailable("what answers at DATABASE_URL hangs up, or is no PostgreSQL")
                    .hint(Advice::operator("check DATABASE_URL, and that the database behind it is up, then try again"))
                    .source(source)
            }
            // PostgreSQL: it is being stopped, has crashed, or is not up yet.
            sqlx::Error::Database(ref e) if e.code().is_some_and(|code| code.starts_with("57P0")) => {
                Error::unavailable("the central database is being stopped or started")
                    .hint("try again in a moment")
                    .source(source)
            }
            // One that was the primary a moment ago, or a standby that somebody took for it.
            sqlx::Error::Database(ref e) if e.code().as_deref() == Some("25006") => {
                Error::unavailable("the central database takes no writes: it is a standby, or becomes one")
                    .hint("try again in a moment; DATABASE_URL has to lead to the primary")
                    .source(source)
            }
            sqlx::Error::Database(ref e)
                if e.code().as_deref() == Some("53100") || e.message().contains("database or disk is full") =>
            {
                Error::unavailable("the disk of the central database is full")
                    .hint(Advice::operator("make room there; nothing was written"))
                    .source(source)
            }
            sqlx::Error::Database(ref e) if e.message().contains("database is locked") => {
                Error::unavailable("the central database is busy").hint("try again in a moment").source(source)
            }
            other => Error::internal(other),
        }
    }
}

/// Up to three of `names` that come close to what was asked for, the closest first.
pub fn nearest(asked: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut close: Vec<_> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(asked, &name), name))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    close.into_iter().take(3).map(|(_, name)| name).collect()
}
