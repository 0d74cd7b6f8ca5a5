//! What a tenant's schema looks like, in lines that are the same wherever it is the same: whatever the order in which it was
//! made, its internal numbers, its owner or the name of its database, who defined a view, how a name is quoted.

mod mysql;
mod postgres;
mod records;
mod sqlite;
mod words;

use std::time::{Duration, Instant};

pub use neo_model::InvalidIndex;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::{ANSWER, Category, Connection, Engine, Failure};

/// What belongs to the tools, and not to the schema that the migrations make.
const TOOLS: [&str; 4] = ["_sqlx_migrations", "knex_migrations", "knex_migrations_lock", "_neo_marker"];

/// A look takes so long at most, for each of its questions and in all.
const LONGEST: Duration = Duration::from_secs(60);
/// So many things (a column is one) and so many bytes of their definitions are read, and no more: a schema is the tenant's to
/// make.
const MOST_THINGS: usize = 500_000;
const MOST_BYTES: usize = 128 * 1024 * 1024;
/// What is read of one definition, in characters. One that is longer is told by its beginning, and by what the server makes of
/// the whole.
const MOST_CHARACTERS: usize = 256 * 1024;
/// A line of more bytes is told by its beginning and a hash.
const MOST_LINE: usize = 64 * 1024;

/// How much may still be read.
struct Budget {
    things: usize,
    bytes: usize,
}

impl Budget {
    fn new() -> Self {
        Self { things: MOST_THINGS, bytes: MOST_BYTES }
    }

    /// One thing more, of so many bytes.
    fn spend(&mut self, bytes: usize) -> Result<(), Unread> {
        let left = self.things.checked_sub(1).zip(self.bytes.checked_sub(bytes));
        (self.things, self.bytes) = left.ok_or(Unread::TooMuch)?;
        Ok(())
    }
}

/// Why a schema was not read to its end.
enum Unread {
    Sql(sqlx::Error),
    TooMuch,
}

impl From<sqlx::Error> for Unread {
    fn from(error: sqlx::Error) -> Self {
        Unread::Sql(error)
    }
}

/// Which look this is. It goes up whenever a look sees more, or says the same in other words: a schema is only held against
/// those that were seen by the same one, so that nobody is a stranger for having been seen before an upgrade. The end of a
/// dialect.
pub const LOOK: &str = ", look 5";

/// A schema, one object a line: `column contacts.email text not null`, `unique index … on …`, `constraint … foreign key …`,
/// `view …`, `trigger …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The engine, its major version, and the look: `postgres 17, look 5`. Another may describe the same schema in other words.
    pub dialect: String,
    /// Sorted.
    pub lines: Vec<String>,
    /// Tables that are a record of knex's under a name of their own; no line tells of them.
    pub records: Vec<String>,
}

impl Schema {
    fn new(engine: String, mut lines: Vec<String>) -> Self {
        for line in lines.iter_mut().filter(|line| line.len() > MOST_LINE) {
            *line = words::shortened(line);
        }
        lines.sort_unstable();
        let records = records::records(&lines);
        lines.retain(|line| !records::is_of(&records, line));
        Self { dialect: engine + LOOK, lines, records }
    }

    /// SHA-256, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(&self.dialect);
        for line in &self.lines {
            digest.update([b'\n']);
            digest.update(line);
        }
        hex::encode(digest.finalize())
    }
}

/// The engine and its major version of a dialect, and whether it is that of today's look.
pub fn look_of(dialect: &str) -> (&str, bool) {
    match dialect.split_once(", look ") {
        Some((engine, _)) => (engine, dialect.ends_with(LOOK)),
        // The first look had no number.
        None => (dialect, false),
    }
}

/// What `there` has that `norm` has not, as `+ …`, and the other way round, as `- …`; both are sorted lines.
pub fn differences<'a>(norm: &[&'a str], there: &[&'a str]) -> Vec<String> {
    let surplus = there.iter().filter(|line| norm.binary_search(line).is_err()).map(|line| (*line, '+'));
    let missing = norm.iter().filter(|line| there.binary_search(line).is_err()).map(|line| (*line, '-'));
    let mut all: Vec<_> = surplus.chain(missing).collect();
    all.sort_unstable();
    all.into_iter().map(|(line, sign)| format!("{sign} {line}")).collect()
}

/// One message, whatever the size of the schema; on MySQL one for the names and one for what they stand for. One that is too
/// large, or takes too long, is not looked at: half of it would be another schema.
pub async fn schema(conn: &mut Connection) -> Result<Schema, Failure> {
    let engine = conn.engine();
    let began = Instant::now();
    conn.end_within(Some(LONGEST));
    let reading = async {
        match conn {
            Connection::Postgres { conn, .. } => postgres::schema(conn).await,
            Connection::Mysql { conn, .. } => mysql::schema(conn).await,
            Connection::Sqlite { conn, .. } => sqlite::schema(conn).await,
        }
    };
    let read = match timeout(LONGEST + ANSWER, reading).await {
        Ok(Ok(schema)) => Ok(schema),
        Ok(Err(Unread::TooMuch)) => Err(Failure::new(Category::Other, "the schema is too large to be looked at")
            .detail(format!(
                "it has more than {MOST_THINGS} tables, columns and so on, or {} MB of them",
                MOST_BYTES >> 20
            ))
            .hint("what has become of it cannot be compared with other tenants; its migrations run all the same")),
        Ok(Err(Unread::Sql(error))) => match Connection::failure(engine, &error) {
            failure if failure.is_cut_short() && began.elapsed() >= LONGEST => {
                Err(too_slow().code(failure.code.unwrap_or_default()))
            }
            failure => Err(failure),
        },
        Err(_) => return Err(too_slow()),
    };
    conn.end_within(None);
    read
}

fn too_slow() -> Failure {
    Failure::new(Category::Timeout, format!("the schema could not be looked at within {} s", LONGEST.as_secs()))
        .detail("there is very much of it, or somebody holds it locked")
}

/// What concurrent builds that failed have left behind; only PostgreSQL knows such a thing.
pub async fn invalid_indexes(conn: &mut Connection) -> Result<Vec<InvalidIndex>, Failure> {
    let Connection::Postgres { conn, .. } = conn else { return Ok(Vec::new()) };
    let quoted = |name: &str| super::quote(Engine::Postgres, name);
    let found = super::postgres::invalid_indexes(conn).await?;
    Ok(found
        .into_iter()
        .map(|(schema, name, table)| InvalidIndex {
            remedy: format!("drop index concurrently {}.{}", quoted(&schema), quoted(&name)),
            name,
            table,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_what_is_there_and_what_is_missing() {
        let norm = ["column contacts.email text", "table contacts"];
        let there = ["index contacts_email_idx on contacts (email)", "table contacts"];
        assert_eq!(
            differences(&norm, &there),
            ["- column contacts.email text", "+ index contacts_email_idx on contacts (email)"]
        );
        assert!(differences(&norm, &norm).is_empty());
    }

    #[test]
    fn a_fingerprint_does_not_know_in_which_order_it_was_asked() {
        let lines = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let one = Schema::new("sqlite".into(), lines(&["table a", "table b"]));
        assert_eq!(one.fingerprint(), Schema::new("sqlite".into(), lines(&["table b", "table a"])).fingerprint());
        assert_ne!(one.fingerprint(), Schema::new("postgres 17".into(), lines(&["table a", "table b"])).fingerprint());
    }

    #[test]
    fn a_dialect_says_by_which_look_it_was_seen() {
        assert_eq!(look_of(&Schema::new("postgres 17".into(), Vec::new()).dialect), ("postgres 17", true));
        assert_eq!(look_of("postgres 17"), ("postgres 17", false));
        assert_eq!(look_of("mariadb 10.11, look 33"), ("mariadb 10.11", false));
    }
}
