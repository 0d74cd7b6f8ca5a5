//! The cause of a failure: its message without what differs from tenant to tenant.

use sha2::{Digest, Sha256};

use super::Failure;

impl Failure {
    /// It came about in a statement of this migration, whose text is in this file.
    pub(crate) fn in_file(mut self, migration: String, file: String) -> Self {
        (self.migration, self.file) = (Some(migration), Some(file));
        self.fingerprinted()
    }

    /// Same engine code, same words once names and literals are out: the same cause, unless two migrations failed. What comes and
    /// goes (a lock, a lost connection) is the same wherever it struck.
    pub(super) fn fingerprinted(mut self) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.category.as_str());
        hash.update([0]);
        hash.update(self.code.as_deref().unwrap_or_default());
        hash.update([0]);
        hash.update(normalised(self.words()));
        if let Some(migration) = self.migration.as_ref().filter(|_| !self.category.is_transient()) {
            hash.update([0]);
            hash.update(migration);
        }
        self.fingerprint = hex::encode(&hash.finalize()[..3]);
        self
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
pub(super) fn normalised(message: &str) -> String {
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
