//! A database's own words, kept whole: what they are about, what people read, and what makes two of them the same cause.

mod hints;
mod near;
mod secrets;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::error::DatabaseError;

use super::sqlite::Told;
use super::{Category, Engine, Excerpt};
use crate::error::advice::told;
use crate::error::{Advice, Error, Kind};

pub(crate) use hints::PACKET;
pub(super) use hints::{at_sign_in, unreached, unspoken};
pub(super) use neo_model::clean;

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
            whole,
        }
        .fingerprinted()
    }

    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(clean(&code.into()));
        self.fingerprinted()
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

    /// Whether trying again can help by itself. What took longer than somebody allows it takes as long the next time.
    pub fn may_pass(&self) -> bool {
        self.category.is_transient() && !self.is_cut_short()
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
            sqlx::Error::Tls(e) => {
                Self::new(Category::Connect, format!("no TLS connection could be made: {e}")).hint(Advice::operator(
                    "does the server speak TLS, and is its certificate for this host name and from a known authority \
                     (SSL_CERT_FILE names one)?",
                ))
            }
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

    /// Same engine code, same words once names and literals are out: the same cause.
    fn fingerprinted(mut self) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.category.as_str());
        hash.update([0]);
        hash.update(self.code.as_deref().unwrap_or_default());
        hash.update([0]);
        hash.update(normalised(self.words()));
        self.fingerprint = hex::encode(&hash.finalize()[..3]);
        self
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
            if let Some(ended) = error.try_downcast_ref::<Told>().and_then(Told::ended) {
                return ended.clone();
            }
            let code = error.code().unwrap_or_default();
            let number: i32 = code.parse().unwrap_or_default();
            Failure::new(sqlite(number, error.message()), error.message()).code(code).with_remedy(engine, None)
        }
    }
}

/// By SQLSTATE.
fn postgres(code: &str, message: &str) -> Category {
    match code {
        "57014" if message.contains("timeout") => Category::Timeout,
        "25P03" | "25P04" => Category::Timeout,
        "55P03" | "40P01" | "40001" | "55006" => Category::Lock,
        // A server that stops, starts, or only reads (a standby, one whose disk is full) is not there to be written to.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25006" | "53300" | "3D000" => Category::Connect,
        "42501" => Category::Permission,
        "42601" | "42602" | "42611" | "42622" => Category::Syntax,
        "42P04" | "42P06" | "42P07" | "42701" | "42710" | "42712" | "42723" => Category::Exists,
        "53100" | "58030" => Category::Disk,
        _ if code.starts_with("08") => Category::Connect,
        _ if code.starts_with("28") => Category::Auth,
        _ if code.starts_with("23") => Category::Constraint,
        _ => Category::Other,
    }
}

/// By error number, MySQL's and MariaDB's.
fn mysql(number: u16, message: &str) -> Category {
    match number {
        1040
        | 1042
        | 1043
        | 1049
        | 1053
        | 1152
        | 1158..=1161
        | 1184
        | 1203
        | 1226
        | 1927
        | 2002
        | 2003
        | 2006
        | 2013 => Category::Connect,
        // Servers that only read for now; a Galera node that is not ready to be asked anything.
        1290 if message.contains("read-only") || message.contains("read_only") => Category::Connect,
        1836 => Category::Connect,
        1047 if message.contains("WSREP") => Category::Connect,
        1045 | 1129 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151 => Category::Auth,
        1205 | 1213 | 3572 => Category::Lock,
        1969 | 3024 => Category::Timeout,
        1044 | 1142 | 1143 | 1227 | 1290 | 1370 | 1410 | 1419 => Category::Permission,
        1064 | 1149 => Category::Syntax,
        1007 | 1022 | 1050 | 1060 | 1061 | 1304 | 1359 | 1396 | 1537 | 1826 => Category::Exists,
        1048 | 1062 | 1169 | 1216 | 1217 | 1364 | 1451 | 1452 | 1557 | 1586 | 1761 | 1762 | 1859 | 3819 | 4025 => {
            Category::Constraint
        }
        1021 | 1114 => Category::Disk,
        _ if message.contains("No space left") => Category::Disk,
        _ => Category::Other,
    }
}

/// By primary result code; code 1 is anything wrong with the text, so its words decide.
fn sqlite(code: i32, message: &str) -> Category {
    match code & 0xff {
        5 | 6 | 15 => Category::Lock,
        3 | 8 | 23 => Category::Permission,
        10 | 13 => Category::Disk,
        14 => Category::Connect,
        19 => Category::Constraint,
        1 if message.contains("syntax error")
            || message.contains("incomplete input")
            || message.contains("unrecognized token") =>
        {
            Category::Syntax
        }
        1 if message.contains("already exists")
            || message.contains("already another table")
            || message.contains("duplicate column name") =>
        {
            Category::Exists
        }
        _ => Category::Other,
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

/// Nouns that a name follows without quotes, as SQLite and PostgreSQL write it: `table users already exists`.
const NOUNS: &[&str] = &[
    "table", "index", "view", "trigger", "column", "relation", "schema", "database", "sequence", "function", "role",
    "user", "named", "name", "type", "failed", "file",
];
/// Words after a noun that are not a name.
const WORDS: &[&str] = &[
    "a",
    "already",
    "an",
    "and",
    "are",
    "at",
    "by",
    "cannot",
    "contains",
    "denied",
    "does",
    "for",
    "from",
    "has",
    "in",
    "is",
    "locked",
    "must",
    "name",
    "named",
    "not",
    "of",
    "on",
    "or",
    "permission",
    "size",
    "specified",
    "that",
    "the",
    "to",
    "was",
    "with",
];

/// The message without what differs from tenant to tenant: anything quoted, any number, any name.
fn normalised(message: &str) -> String {
    let bare = without_quoted(message);
    let mut words: Vec<&str> = Vec::new();
    let mut after_noun = false;
    for word in bare.split_whitespace() {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_' && c != '?');
        let name_like = core.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '.' || c == '/');
        let named = after_noun && !WORDS.contains(&core.to_ascii_lowercase().as_str());
        words.push(if core.is_empty() || core == "?" || name_like || named { "?" } else { word });
        // `users.email, users.name`: a list of names goes on.
        after_noun = NOUNS.contains(&core.to_ascii_lowercase().as_str()) || (named && word.ends_with(','));
    }
    words.dedup_by(|a, b| a == b && *a == "?");
    words.join(" ").to_lowercase()
}

/// Every quoted run replaced by `?`. A quote closes only where no letter follows, so that `near 'don't'` is one run.
fn without_quoted(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut chars = message.char_indices().peekable();
    let mut before = ' ';
    while let Some((start, c)) = chars.next() {
        let close = match c {
            '"' | '`' => Some(c),
            // An apostrophe inside a word is none.
            '\'' if !before.is_alphanumeric() => Some(c),
            '«' => Some('»'),
            '“' => Some('”'),
            _ => None,
        };
        before = c;
        let rest = &message[start + c.len_utf8()..];
        let end = close.and_then(|close| {
            rest.char_indices()
                .filter(|&(_, c)| c == close)
                .map(|(at, c)| at + c.len_utf8())
                .find(|&after| !rest[after..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        match end {
            Some(end) => {
                out.push_str(" ? ");
                let stop = start + c.len_utf8() + end;
                while chars.peek().is_some_and(|&(at, _)| at < stop) {
                    chars.next();
                }
            }
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> bool {
        Failure::new(Category::Other, a).fingerprint == Failure::new(Category::Other, b).fingerprint
    }

    #[test]
    fn of_words_without_end_only_the_beginning_is_held() {
        let endless = format!("no such thing {}", "ä".repeat(5_000_000));
        let failure = Failure::new(Category::Other, &endless).detail(&endless).hint(&endless);
        for (text, whole) in [
            (&failure.message, &failure.whole.message),
            (failure.detail.as_ref().unwrap(), &failure.whole.detail),
            (&failure.hint.as_ref().unwrap().command(), &failure.whole.hint),
        ] {
            assert!(text.len() < KEPT + 64 && text.ends_with("… (cut: 10000014 bytes in all)"), "{}", text.len());
            assert!(whole.as_ref().is_some_and(|long| long.text.capacity() <= 2 * HELD && long.text.len() > LOGGED));
        }
        let redacted = failure.redacted("no such thing");
        assert!(redacted.message.starts_with(REDACTED) && redacted.message.ends_with("(cut: 10000014 bytes in all)"));
    }

    #[test]
    fn the_same_cause_with_other_names_has_the_same_fingerprint() {
        for (a, b) in [
            (
                r#"column "status" of relation "contacts" already exists"#,
                r#"column "state" of relation "t_x9.accounts" already exists"#,
            ),
            ("Duplicate column name 'status'", "Duplicate column name 'it's'"),
            ("Duplicate entry 'a@b.c' for key 'users.email'", "Duplicate entry '7' for key 'PRIMARY'"),
            ("duplicate column name: status", "duplicate column name: is_custom"),
            ("UNIQUE constraint failed: users.email", "UNIQUE constraint failed: users.email, users.tenant"),
            ("table users already exists", "table accounts already exists"),
            ("no such table: users", "no such table: t_acme_k3x9"),
            ("permission denied for table users", "permission denied for table contacts"),
            (
                "You have an error in your SQL syntax near 'don't do' at line 3",
                "You have an error in your SQL syntax near '' at line 12",
            ),
            ("no answer from 10.0.0.1:5432", "no answer from db_7:5433"),
        ] {
            assert!(alike(a, b), "{a} | {b}: {} | {}", normalised(a), normalised(b));
        }
    }

    #[test]
    fn other_causes_have_other_fingerprints() {
        for (a, b) in [
            ("duplicate column name: status", "no such column: status"),
            ("table users already exists", "index users already exists"),
            ("database is locked", "database table is locked"),
            (r#"relation "a" does not exist"#, r#"relation "a" already exists"#),
        ] {
            assert!(!alike(a, b), "{a} | {b}");
        }
        let code = |code: &str| Failure::new(Category::Other, "same").code(code).fingerprint;
        assert_ne!(code("1060"), code("1061"));
    }

    #[test]
    fn a_server_that_is_not_ready_is_nobodys_own_failure() {
        for code in ["08000", "08006", "08P01", "57P01", "57P02", "57P03", "57P04", "57P05", "25006"] {
            assert_eq!(postgres(code, ""), Category::Connect, "{code}");
        }
        for (number, message) in [
            (1047, "WSREP has not yet prepared node for application use"),
            (1290, "The MariaDB server is running with the --read-only option so it cannot execute this statement"),
            (1290, "The MySQL server is running with the --super-read-only option so it cannot execute this statement"),
            (1836, "Running in read-only mode"),
        ] {
            let category = mysql(number, message);
            assert!(category == Category::Connect && !category.is_own(), "{number} {message}");
        }
        let kept_out =
            "The MariaDB server is running with the --secure-file-priv option so it cannot execute this statement";
        assert_eq!(mysql(1290, kept_out), Category::Permission);
        assert_eq!(mysql(1047, "Unknown command"), Category::Other);
    }

    #[test]
    fn a_deadline_that_somebody_has_set_does_not_pass_by_itself() {
        let of = |code: &str| Failure::new(Category::Timeout, "too long").code(code);
        for code in ["1969", "3024", "57014", "25P04"] {
            assert!(!of(code).may_pass(), "{code}");
        }
        assert!(Failure::new(Category::Timeout, "the connection timed out").may_pass());
        assert!(Failure::new(Category::Lock, "deadlock").code("1213").may_pass());
        assert!(!Failure::new(Category::Syntax, "near").code("1064").may_pass());
    }

    #[test]
    fn a_message_cannot_drive_a_terminal() {
        let failure =
            Failure::new(Category::Other, "a\u{1b}[31mred\u{7}\r\nfake: ok\u{202e}x").detail("d\u{0}\u{9b}2J");
        assert_eq!(failure.message, "a[31mred  fake: okx");
        assert_eq!(failure.detail.as_deref(), Some("d2J"));
    }

    #[test]
    fn a_secret_that_the_database_repeats_is_hidden() {
        let mut failure = Failure::new(Category::Syntax, "near 'hunter2'").at((1, 6));
        failure.excerpt_of("alter hunter2;");
        let failure = failure.redacted("hunter2");
        assert_eq!(failure.message, "near '[redacted]'");
        assert_eq!(failure.excerpt, None);
        // Half of it stands before the place where the text is cut.
        let failure = Failure::new(Category::Other, format!("{}hunter2{}", "x".repeat(KEPT - 3), "y".repeat(KEPT)));
        assert!(failure.message.contains("xhun…"));
        assert!(failure.redacted("hunter2").message.contains("x[re…"));
    }

    #[test]
    fn what_nobody_reads_to_its_end_is_cut_and_its_length_said() {
        let text = "é".repeat(150_000);
        let failure = Failure::new(Category::Other, &text).detail(&text).hint(&text);
        for kept in [&failure.message, failure.detail.as_ref().unwrap(), &failure.hint.as_ref().unwrap().command()] {
            assert!(kept.starts_with('é') && kept.ends_with("é… (cut: 300000 bytes in all)"), "{kept}");
            assert!((KEPT..KEPT + 64).contains(&kept.len()), "{}", kept.len());
        }
        // Cut once, however often it is told again.
        let again = Failure::new(Category::Other, &failure.message);
        assert_eq!(again.message, failure.message);
        let short = "x".repeat(KEPT);
        assert_eq!(Failure::new(Category::Other, &short).message, short);
        let stored = serde_json::to_string(&failure).unwrap();
        assert!(stored.len() < 3 * (KEPT + 100) + 1_000, "{}", stored.len());
    }

    #[test]
    fn a_long_text_has_the_same_cause_with_another_name_in_it() {
        let about = |name: &str| format!("Duplicate entry '{}' for key 'a'", name.repeat(KEPT));
        assert!(alike(&about("a "), &about("bc ")));
        assert!(!alike(&about("a "), &"b ".repeat(KEPT)));
    }

    #[test]
    fn what_was_kept_of_a_failure_before_it_had_a_line_is_read() {
        let stored = r#"{"category":"other","code":null,"message":"m","detail":null,"hint":null,"migration":null,"file":null,
            "line":3,"column":1,"statement":null,"fingerprint":"abcdef"}"#;
        let failure: Failure = serde_json::from_str(stored).unwrap();
        assert_eq!((failure.line, failure.excerpt), (Some(3), None));
    }

    #[test]
    fn what_has_one_way_out_says_it() {
        let hint = |engine: Engine, code: &str, message: &str| {
            let failure = Failure::new(Category::Other, message).code(code).with_remedy(engine, Some("its own"));
            failure.hint.map(|hint| hint.command()).or(failure.detail).unwrap()
        };
        for (engine, code, message, says) in [
            (
                Engine::Postgres,
                "25006",
                "cannot execute CREATE TABLE in a read-only transaction",
                "a standby or replica",
            ),
            (Engine::Postgres, "53100", "could not extend file", "disk is full"),
            (Engine::Postgres, "42501", "permission denied for table _sqlx_migrations", "own Neo's ledger"),
            (Engine::Postgres, "55P04", "unsafe use of new value \"x\" of enum type mood", "-- neo: no-transaction"),
            (Engine::Postgres, "42501", "permission denied for table users", "its own"),
            (Engine::Mysql, "1227", "you need (at least one of) the SET USER privilege(s)", "leave DEFINER out"),
            (Engine::Mysql, "1227", "you need (at least one of) the BINLOG ADMIN privilege(s)", "its own"),
            (Engine::Mysql, "1419", "You do not have the SUPER privilege", "log_bin_trust_function_creators = 1"),
            (
                Engine::Mysql,
                "1153",
                "Got a packet bigger than 'max_allowed_packet' bytes",
                "raise the server's max_allowed_packet",
            ),
            (Engine::Mysql, "1290", "running with the --read-only option so it cannot", "takes no writes"),
            (Engine::Mysql, "1290", "running with the --secure-file-priv option", "secure_file_priv folder"),
            (Engine::Mysql, "1290", "running with the --skip-grant-tables option", "its own"),
            (Engine::Sqlite, "1544", "attempt to write a readonly database", "the folder that the file lies in"),
            (Engine::Sqlite, "8", "attempt to write a readonly database", "the file cannot be written"),
            // The same number means another thing elsewhere.
            (Engine::Postgres, "1544", "", "its own"),
        ] {
            assert!(hint(engine, code, message).contains(says), "{engine} {code}: {}", hint(engine, code, message));
        }
    }
}
