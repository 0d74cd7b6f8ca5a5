//! A database's own words, kept whole: what they are about, what people read, and what makes two of them the same cause.

mod barred;
mod categories;
mod cause;
mod certificates;
mod error;
mod hints;
mod near;
mod pooler;
mod secrets;

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::error::DatabaseError;

use super::{Category, Engine, Excerpt};
use crate::error::Advice;
use crate::error::advice::told;
use categories::{mysql, postgres, sqlite};

pub(crate) use certificates::authority;
pub(super) use certificates::untrusted;
pub(crate) use hints::{PACKET, is_pgbouncers};
pub(super) use hints::{UNREACHED, at_sign_in, unspoken};
pub(super) use neo_model::clean;
pub(super) use pooler::{ADDRESS, pooler};

/// How much of a text is kept and shown, and how much of one goes to the log, in bytes.
const KEPT: usize = 4 * 1024;
const LOGGED: usize = 64 * 1024;
/// How much of one is held at all: a server may send hundreds of megabytes. More than goes to the log, since what is a secret
/// is told by what stands around it.
const HELD: usize = 2 * LOGGED;
/// What stands where a text was cut.
const CUT: &str = "… (cut: ";
const REDACTED: &str = "[redacted]";

/// What a failed task shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub category: Category,
    /// SQLSTATE on PostgreSQL, the error number on MySQL, the extended result code on SQLite.
    pub code: Option<String>,
    /// This, detail and hint are cut where they are longer than people read, with their full length said.
    pub message: String,
    pub detail: Option<String>,
    #[serde(flatten, with = "told")]
    pub hint: Option<Advice>,
    /// `20250126000006_add_custom_fields`
    pub migration: Option<String>,
    /// The file as given: `migrations/tenant/….up.sql`
    pub file: Option<String>,
    /// From 1; the column counts characters.
    pub line: Option<u32>,
    pub column: Option<u32>,
    /// Which statement of the file it was, from 1, where they run one by one.
    pub statement: Option<u32>,
    /// The line, as the file had it when it ran.
    pub excerpt: Option<Excerpt>,
    /// The message with names and literals normalised, hashed: 6 hex digits.
    pub fingerprint: String,
    /// Its files have barred the tenant's own login: what did that to one does it to the next.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub barred: bool,
    #[serde(skip)]
    pub(crate) whole: Box<Whole>,
}

/// The texts that were cut, as they were: for the log, and for what is still to be read or hidden in them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Whole {
    message: Option<Box<Long>>,
    detail: Option<Box<Long>>,
    hint: Option<Box<Long>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Long {
    /// As much as is held.
    text: String,
    /// How long it was when it came.
    bytes: usize,
}

impl Failure {
    /// A failure that Neo itself found, in its own words.
    pub fn new(category: Category, message: impl AsRef<str>) -> Self {
        let mut whole = Box::<Whole>::default();
        Self {
            category,
            code: None,
            message: kept(message.as_ref(), &mut whole.message),
            detail: None,
            hint: None,
            migration: None,
            file: None,
            line: None,
            column: None,
            statement: None,
            excerpt: None,
            fingerprint: String::new(),
            barred: false,
            whole,
        }
        .fingerprinted()
    }

    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(clean(&code.into()));
        self.fingerprinted()
    }

    /// The server takes this password no more, or never did: it says nothing about the login.
    pub(crate) fn is_wrong_password(&self) -> bool {
        matches!(self.code.as_deref(), Some("28P01" | "1045"))
    }

    /// The same failure in other words.
    pub fn reworded(mut self, message: impl AsRef<str>) -> Self {
        self.message = kept(message.as_ref(), &mut self.whole.message);
        self.fingerprinted()
    }

    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        self.detail = Some(kept(detail.as_ref(), &mut self.whole.detail));
        self
    }

    /// Words alone are cut: a tenant's names may be among them. What names an act is our own, and short.
    pub fn hint(mut self, hint: impl Into<Advice>) -> Self {
        let mut hint = hint.into();
        if hint.acts().next().is_none() {
            hint.words_mut().for_each(|words| *words = kept(words, &mut self.whole.hint));
        }
        self.hint = Some(hint);
        self
    }

    pub fn at(mut self, (line, column): (u32, u32)) -> Self {
        (self.line, self.column) = (Some(line), Some(column));
        self
    }

    /// Whether the server, or the login, has no connection left: there will be one when somebody closes theirs.
    pub fn is_crowded(&self) -> bool {
        self.category == Category::Connect && matches!(self.code.as_deref(), Some("53300" | "1040" | "1203" | "1226"))
    }

    /// Its server does not answer.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self.category, Category::Connect | Category::Timeout)
    }

    /// Whether trying again can help by itself. What took longer than somebody allows it takes as long the next time.
    pub fn may_pass(&self) -> bool {
        self.category.is_transient() && !self.is_cut_short() && !self.is_of_a_pooler()
    }

    /// Something between Neo and the server: it will be there the next time as well.
    pub(crate) fn is_of_a_pooler(&self) -> bool {
        pooler::is_named(&self.message)
    }

    /// SQLite came upon more than is read of a tenant's (`SQLITE_TOOBIG`), or than there is memory for where it is looked at
    /// (`SQLITE_NOMEM`).
    pub(crate) fn is_too_long(&self) -> bool {
        matches!(self.code.as_deref(), Some("18" | "7"))
    }

    /// Whether a statement was ended for the time that it took.
    pub(super) fn is_cut_short(&self) -> bool {
        // SQLite's "interrupted" last.
        matches!(self.code.as_deref(), Some("57014" | "25P04" | "1969" | "3024" | "9"))
    }

    /// Told as a failure of this file: what a server repeats of the text that it was sent is cut to what stands in the file. It
    /// was sent more (the row of the ledger), and that is nobody's business.
    pub(crate) fn within(self, script: &str) -> Self {
        match near::within(self.words(), script) {
            Some(message) => self.reworded(message),
            None => self,
        }
    }

    /// Takes the line it was located at from the text of the file.
    pub(crate) fn excerpt_of(&mut self, script: &str) {
        self.excerpt = self.line.zip(self.column).and_then(|(line, column)| Excerpt::of(script, line, column));
    }

    /// The one way out of it, where there is one.
    pub(crate) fn remedy(&self, engine: Engine) -> Option<Advice> {
        hints::remedy(engine, self.code.as_deref()?, &self.message)
    }

    /// Puts a mark wherever a secret that was in play is repeated by the database.
    pub fn redacted(mut self, secret: &str) -> Self {
        if secret.is_empty() {
            return self;
        }
        let whole = &mut *self.whole;
        let hide = |text: &mut String, whole: &mut Option<Box<Long>>| match whole {
            // It may stand where the text was cut.
            Some(whole) => {
                whole.text = whole.text.replace(secret, REDACTED);
                *text = cut(whole);
            }
            None => *text = text.replace(secret, REDACTED),
        };
        hide(&mut self.message, &mut whole.message);
        self.detail.iter_mut().for_each(|detail| hide(detail, &mut whole.detail));
        self.hint.iter_mut().flat_map(Advice::words_mut).for_each(|words| hide(words, &mut whole.hint));
        self.excerpt.take_if(|excerpt| excerpt.text.contains(secret));
        self
    }

    /// What was cut goes to the log, once and up to 64 kB of it, without the secrets that were in play. `tenant`: whose failure
    /// it is.
    pub(crate) fn log_whole(&mut self, tenant: &str, secret: &str) {
        let whole = *std::mem::take(&mut self.whole);
        if whole == Whole::default() {
            return;
        }
        let unheld: usize = [&whole.message, &whole.detail, &whole.hint]
            .into_iter()
            .flatten()
            .map(|long| long.bytes.saturating_sub(long.text.len()))
            .sum();
        let texts = [
            (Some(self.message.clone()), whole.message),
            (self.detail.clone(), whole.detail),
            (self.hint.as_ref().map(Advice::command), whole.hint),
        ];
        let text: Vec<_> =
            texts.into_iter().filter_map(|(short, whole)| whole.map(|long| long.text).or(short)).collect();
        let text = secrets::hidden(&text.join(" | "), secret);
        let (text, bytes) = (&text[..text.floor_char_boundary(LOGGED)], text.len() + unheld);
        let (code, cause) = (self.code.as_deref().unwrap_or_default(), &self.fingerprint);
        tracing::warn!(tenant, code, cause, bytes, text, "a failure's words are longer than what is kept of them");
    }

    pub(super) fn from_sqlx(engine: Engine, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(e) => from_database(engine, e.as_ref()),
            sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => {
                Self::new(Category::Timeout, "the connection timed out").detail(e.to_string())
            }
            sqlx::Error::Io(e) => Self::new(Category::Connect, format!("the connection failed: {e}")),
            sqlx::Error::Tls(e) => Self::new(Category::Connect, format!("no TLS connection could be made: {e}")),
            other => Self::new(Category::Other, other.to_string()),
        }
    }

    /// What a PostgreSQL server answers, whichever driver brought it.
    pub(super) fn from_postgres(code: &str, message: &str, detail: Option<&str>, hint: Option<&str>) -> Self {
        let failure = Self::new(postgres(code, message), message).code(code);
        let failure = match detail {
            Some(detail) => failure.detail(detail),
            None => failure,
        };
        failure.with_remedy(Engine::Postgres, hint)
    }

    /// The way out. What the database itself advises is told with its other words and not as our advice: a tenant's function may
    /// have written it.
    fn with_remedy(self, engine: Engine, advice: Option<&str>) -> Self {
        match (self.remedy(engine), advice) {
            (Some(remedy), _) => self.hint(remedy),
            (None, Some(advice)) => {
                let detail = self.detail.as_deref().map(|detail| format!("{detail}; ")).unwrap_or_default();
                self.detail(format!("{detail}the server's hint: {advice}"))
            }
            (None, None) => self,
        }
    }

    /// The message, with what was cut of it.
    fn words(&self) -> &str {
        self.whole.message.as_ref().map_or(&self.message, |long| &long.text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

fn from_database(engine: Engine, error: &dyn DatabaseError) -> Failure {
    match engine {
        Engine::Postgres => {
            let Some(e) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() else {
                return Failure::new(Category::Other, error.message());
            };
            // Where in a function or a DO block it happened is worth as much as the detail, and stands in for it.
            Failure::from_postgres(e.code(), e.message(), e.detail().or(e.r#where()), e.hint())
        }
        Engine::Mysql => {
            let Some(e) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() else {
                return Failure::new(Category::Other, error.message());
            };
            let failure = Failure::new(mysql(e.number(), e.message()), e.message()).code(e.number().to_string());
            failure.with_remedy(engine, None)
        }
        Engine::Sqlite => {
            // The process that worked on it is at its end, and it is known of what.
            if let Some(ended) = error.as_error().source().and_then(|ended| ended.downcast_ref::<Failure>()) {
                return ended.clone();
            }
            let code = error.code().unwrap_or_default();
            let number: i32 = code.parse().unwrap_or_default();
            Failure::new(sqlite(number, error.message()), error.message()).code(code).with_remedy(engine, None)
        }
    }
}

/// What is kept of a text; more of it goes to `whole` where that is less.
fn kept(text: &str, whole: &mut Option<Box<Long>>) -> String {
    let bytes = text.len();
    let text = clean(&text[..text.floor_char_boundary(HELD)]);
    // Cut already, as that of another failure.
    let is_short = text.len() <= KEPT || (text.len() < KEPT + 64 && text.contains(CUT));
    if is_short {
        *whole = None;
        return text;
    }
    let bytes = if bytes > HELD { bytes } else { text.len() };
    cut(whole.insert(Box::new(Long { text, bytes })))
}

fn cut(long: &Long) -> String {
    match long.text.len() {
        short if short <= KEPT => long.text.clone(),
        _ => {
            let bytes = long.bytes.max(long.text.len());
            format!("{}{CUT}{bytes} bytes in all)", &long.text[..long.text.floor_char_boundary(KEPT)])
        }
    }
}

#[cfg(test)]
mod tests;
