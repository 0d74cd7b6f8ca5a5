//! What SQLite has said in another process, or what has become of that process, in the place of what a driver tells.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use sqlx::error::{DatabaseError, ErrorKind};

use crate::engine::{Category, Failure};

/// `SQLITE_READONLY_ROLLBACK`
const UNFINISHED: &str = "776";

#[derive(Debug)]
pub(super) enum Told {
    /// By SQLite, with its extended result code.
    Refused { code: Option<String>, message: String },
    /// Nobody says anything any more.
    Ended(Box<Failure>),
}

impl Told {
    pub(super) fn ended(&self) -> Option<&Failure> {
        match self {
            Told::Ended(failure) => Some(failure),
            Told::Refused { .. } => None,
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for Told {
    /// What has become of the process, as a failure: whoever tells of failures knows nothing of processes.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.ended().map(|ended| ended as &(dyn Error + 'static))
    }
}

impl DatabaseError for Told {
    fn message(&self) -> &str {
        match self {
            // SQLite says that a database is read-only, of one that a look does not change.
            Told::Refused { code: Some(code), .. } if code == UNFINISHED => {
                "beside the file lies a journal of what a program has not finished"
            }
            Told::Refused { message, .. } => message,
            Told::Ended(failure) => &failure.message,
        }
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        let code = match self {
            Told::Refused { code, .. } => code.as_deref(),
            Told::Ended(failure) => failure.code.as_deref(),
        };
        code.map(Cow::Borrowed)
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code().as_deref() {
            // SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE.
            Some("1555" | "2067") => ErrorKind::UniqueViolation,
            _ => ErrorKind::Other,
        }
    }
}

/// How a process came to its end that was at work on a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    /// By us: it took longer than it may.
    Late(Duration),
    /// By us: it went on when it was to stop.
    Deaf,
    /// By us: whoever had asked it did not wait for the answer.
    Left,
    /// It had more to say than it may.
    Unheard,
    Memory,
    Depth,
    Signal(i32),
    Code(i32),
}

impl Ending {
    /// Of a process that has ended by itself, and of what it has left on its standard error.
    pub(super) fn of(status: ExitStatus, words: &str) -> Self {
        match (status.signal(), status.code()) {
            // Rust's and sqlx's words.
            _ if words.contains("memory allocation") || words.contains("allocate memory") => Ending::Memory,
            _ if words.contains("overflowed its stack") => Ending::Depth,
            (Some(signal), _) => Ending::Signal(signal),
            (None, code) => Ending::Code(code.unwrap_or_default()),
        }
    }

    /// In words; `room`: how many bytes of memory it had.
    pub(super) fn failure(self, file: &Path, room: u64) -> Failure {
        let (category, why) = match self {
            Ending::Late(limit) => (Category::Timeout, format!("it took longer than {} s", limit.as_secs_f32())),
            Ending::Deaf => (Category::Timeout, "it went on when it was told to stop".to_owned()),
            Ending::Left => (Category::Timeout, "its last answer did not come in time".to_owned()),
            Ending::Unheard => (Category::Other, "it said more than it may".to_owned()),
            Ending::Memory => (Category::Other, format!("it needed more than the {} MiB that it has", room >> 20)),
            Ending::Depth => (Category::Other, "what it worked out is nested too deep".to_owned()),
            // By the system or by somebody: it may go well the next time.
            Ending::Signal(signal @ (9 | 15)) => (Category::Connect, format!("by signal {signal}")),
            Ending::Signal(signal) => (Category::Other, format!("by signal {signal}")),
            Ending::Code(code) => (Category::Other, format!("with code {code}")),
        };
        let failure =
            Failure::new(category, format!("the process that worked on \"{}\" was ended: {why}", file.display()))
                .detail("what it had not committed is taken back when the file is opened next");
        match self {
            // As SQLite says of what it has ended itself, for the time that it took.
            Ending::Late(_) => failure.code("9").hint("see what a view, a trigger or a check there works out"),
            Ending::Memory => failure.hint("make less at once: fewer rows in a statement, shorter values"),
            Ending::Depth => {
                failure.hint("see which views are made of views there, and which triggers set off triggers")
            }
            Ending::Signal(9 | 15) => {
                failure.hint("by the system, for want of memory, or by somebody: see its log, then try again")
            }
            Ending::Signal(_) => {
                failure.hint("SQLite itself came to its end over it: is the file whole (pragma integrity_check)?")
            }
            Ending::Deaf | Ending::Left | Ending::Unheard | Ending::Code(_) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_process_ended_is_told_by_its_status_and_its_last_words() {
        let of = |raw, words| Ending::of(ExitStatus::from_raw(raw), words);
        assert_eq!(of(6, "memory allocation of 4 bytes failed"), Ending::Memory);
        assert_eq!(of(70 << 8, "thread 'x' panicked: SQLite failed to allocate memory"), Ending::Memory);
        assert_eq!(of(6, "thread 'sqlx-sqlite-worker-0' has overflowed its stack"), Ending::Depth);
        assert_eq!(of(11, ""), Ending::Signal(11));
        assert_eq!(of(9, ""), Ending::Signal(9));
        assert_eq!(of(3 << 8, "odd"), Ending::Code(3));
    }

    #[test]
    fn what_has_become_of_a_process_is_told_in_words() {
        let told = |ending: Ending| ending.failure(Path::new("data/acme.db"), 128 << 20);
        let late = told(Ending::Late(Duration::from_secs(10)));
        assert_eq!(late.message, "the process that worked on \"data/acme.db\" was ended: it took longer than 10 s");
        assert!(late.is_cut_short() && !late.may_pass());
        assert!(told(Ending::Memory).message.ends_with("it needed more than the 128 MiB that it has"));
        assert!(
            !told(Ending::Depth).may_pass()
                && told(Ending::Signal(9)).may_pass()
                && !told(Ending::Signal(11)).may_pass()
        );
    }
}
