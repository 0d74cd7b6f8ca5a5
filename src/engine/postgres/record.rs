//! A template's name, its mark, and what is known of it.

use serde::{Deserialize, Serialize};

use super::asked::asked;
use crate::engine::marks::is_id;

const MARK: &str = "neo:template:";

/// The name of a server's template, and of the role that owns what is in it. Another installation of Neo knows the same
/// machine under another id, and keeps a template of its own.
pub fn template_name(server_id: &str) -> String {
    format!("neo_template_{server_id}")
}

/// The second one that is made from the same files beside it, to see what comes out differently: gone once it is compared.
pub(in crate::engine) fn twin_name(server_id: &str) -> String {
    format!("{}_b", template_name(server_id))
}

/// What the database and the role of a server's template are commented with; the role's comment goes on with the record.
pub(in crate::engine) fn template_mark(server_id: &str) -> String {
    format!("{MARK}{server_id}")
}

/// The server whose template bears this comment.
pub(in crate::engine) fn marked_server(comment: &str) -> Option<String> {
    let id = comment.strip_prefix(MARK)?.split(' ').next()?;
    is_id(id).then(|| id.to_owned())
}

/// What is known of a template; kept in the comment of its role, on the server itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Of its ledger, as of the files it was made from.
    pub digest: String,
    /// Of its schema, and how that was seen: by an earlier look than today's it says nothing.
    pub fingerprint: String,
    #[serde(default)]
    pub dialect: String,
    /// When it was complete, by the server's clock: RFC 3339.
    pub made_at: String,
    /// The time zone and the style of dates that its files ran with. Before this was recorded they were those of sqlx.
    #[serde(default = "asked")]
    pub session: (String, String),
    /// Columns whose seeded times came from the clock: in a copy they move on by the template's age.
    pub times: Vec<Column>,
    /// Why these files give no template, which is then not kept.
    pub unfit: Option<String>,
}

/// Both quoted, the table with its schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Column {
    pub table: String,
    pub column: String,
    /// Its times are what a clock on the wall of the session's time zone shows.
    #[serde(default)]
    pub local: bool,
}

pub(in crate::engine) fn written(server_id: &str, record: &Record) -> String {
    let mark = template_mark(server_id);
    serde_json::to_string(record).map_or(mark.clone(), |json| format!("{mark} {json}"))
}

/// The record in a comment, if it is this server's and whole.
pub(in crate::engine) fn read(server_id: &str, comment: &str) -> Option<Record> {
    let json = comment.strip_prefix(&template_mark(server_id))?.strip_prefix(' ')?;
    serde_json::from_str(json).ok()
}

/// A database on a server that is, or was to be, a template.
#[derive(Debug, Clone)]
pub struct Found {
    pub database: String,
    pub server_id: String,
    /// Complete, and shut to everybody.
    pub is_ready: bool,
    pub record: Option<Record>,
}

/// What asks the clock: always, only when it is called, only as a whole literal.
const WORDS: [&str; 10] = [
    "current_timestamp",
    "localtimestamp",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "timeofday",
    "txid_current",
];
const CALLS: [&str; 2] = ["now", "age"];
const LITERALS: [&str; 4] = ["'now'", "'today'", "'tomorrow'", "'yesterday'"];

/// The word by which a statement or expression asks what time it is. Rather one too many than one too few.
pub fn clock_word(sql: &str) -> Option<&'static str> {
    let text = sql.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = |word: &&&str, needs_call: bool| {
        text.match_indices(**word).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + word.len()..]);
            !before.ends_with(is_word)
                && !after.starts_with(is_word)
                && (!needs_call || after.trim_start().starts_with('('))
        })
    };
    WORDS
        .iter()
        .find(|word| found(word, false))
        .or_else(|| CALLS.iter().find(|word| found(word, true)))
        .or_else(|| LITERALS.iter().find(|literal| text.contains(**literal)))
        .copied()
}

/// Whether a default is the present moment, give or take an interval: later, it would be later by just as much.
pub(in crate::engine) fn is_moment(default: &str) -> bool {
    const MAY: [&str; 17] = [
        "now",
        "current_timestamp",
        "localtimestamp",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timestamp",
        "timestamptz",
        "with",
        "without",
        "time",
        "zone",
        "at",
        "timezone",
        "interval",
        "text",
        "utc",
    ];
    // Every other piece is inside quotes.
    let outside: String = default.to_ascii_lowercase().split('\'').step_by(2).collect::<Vec<_>>().join(" ");
    let mut words = outside.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.all(|word| MAY.contains(&word) || word.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_by_the_server_that_wrote_it_and_by_no_other() {
        let times = vec![Column { table: "public.roles".into(), column: "created_at".into(), local: true }];
        let record = Record {
            digest: "d".into(),
            fingerprint: "f".into(),
            dialect: "postgres 15".into(),
            made_at: "2026-11-25T14:00:00.000000Z".into(),
            session: ("Europe/Berlin".into(), "ISO, DMY".into()),
            times,
            unfit: None,
        };
        let comment = written("eu1", &record);
        assert_eq!(read("eu1", &comment), Some(record));
        assert_eq!(marked_server(&comment).as_deref(), Some("eu1"));
        assert_eq!(read("eu", &comment), None);
        assert_eq!(read("eu1", &template_mark("eu1")), None);
        assert_eq!(marked_server("neo:tenant:x"), None);
    }

    #[test]
    fn what_asks_the_clock_is_seen_and_a_column_that_only_sounds_like_it_is_not() {
        for sql in [
            "insert into t values (now() + interval '14 days')",
            "insert into t values (CURRENT_DATE)",
            "insert into t select extract(year from clock_timestamp())",
            "insert into t values ('today')",
            "insert into t select now ()",
        ] {
            assert!(clock_word(sql).is_some(), "{sql}");
        }
        for sql in [
            "insert into t (knowledge, snow, age) values (1, 2, 3)",
            "insert into t values ('it is now or never')",
            "insert into current_dates values (1)",
        ] {
            assert_eq!(clock_word(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_moment_moves_on_with_the_clock_and_a_day_does_not() {
        for default in [
            "now()",
            "CURRENT_TIMESTAMP",
            "(now() AT TIME ZONE 'utc'::text)",
            "timezone('utc'::text, now())",
            "(now() + '14 days'::interval)",
            "('now'::text)::timestamp(3) without time zone",
        ] {
            assert!(is_moment(default), "{default}");
        }
        for default in ["date_trunc('day'::text, now())", "CURRENT_DATE", "to_char(now(), 'YYYY'::text)"] {
            assert!(!is_moment(default), "{default}");
        }
    }
}
