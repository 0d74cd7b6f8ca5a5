//! A failure as others see it: what is shown of it, and the error that a service answers with.

use super::Failure;
use crate::engine::Category;
use crate::error::{Error, Kind};

impl Failure {
    /// Its words, with what is in the way, which is in the detail: for what has a cause of one line.
    pub(crate) fn in_full(&self) -> String {
        let detail = self.detail.iter().map(|detail| format!(": {}", detail.trim().replace('\n', "; ")));
        std::iter::once(self.message.clone()).chain(detail).collect()
    }
}

/// What is shown of it: what is only for the log stays behind.
impl From<Failure> for neo_model::Failure {
    fn from(failure: Failure) -> Self {
        Self {
            category: failure.category,
            code: failure.code,
            message: failure.message,
            detail: failure.detail,
            hint: failure.hint,
            migration: failure.migration,
            file: failure.file,
            line: failure.line,
            column: failure.column,
            statement: failure.statement,
            excerpt: failure.excerpt,
            fingerprint: failure.fingerprint,
            barred: failure.barred,
        }
    }
}

/// For services that met a failure outside a task: an unreachable server is unavailable, the rest is a conflict with the
/// state of that server, in its own words.
impl From<Failure> for Error {
    fn from(mut failure: Failure) -> Self {
        // Whose it is, and which secret was in play, is known only to a task.
        failure.log_whole("", "");
        neo_model::Failure::from(failure).into()
    }
}

/// The same of what was kept.
impl From<neo_model::Failure> for Error {
    fn from(failure: neo_model::Failure) -> Self {
        let kind = match failure.category {
            Category::Connect | Category::Timeout => Kind::Unavailable,
            _ => Kind::Conflict,
        };
        let mut error = Error::new(kind, failure.to_string());
        let place = failure.file.zip(failure.line).map(|(file, line)| match failure.column {
            Some(column) => format!("in {file}:{line}:{column}"),
            None => format!("in {file}:{line}"),
        });
        let told: Vec<String> = place.into_iter().chain(failure.detail).collect();
        error.cause = (!told.is_empty()).then(|| told.join(", "));
        error.hint = failure.hint;
        error
    }
}
