//! What a tenant's schema looks like, in lines that are the same wherever it is the same: whatever the order in which it was
//! made, its internal numbers, its owner or the name of its database, who defined a view, how a name is quoted.

mod mysql;
mod postgres;
mod sqlite;
mod words;

use sha2::{Digest, Sha256};

use super::{Connection, Engine, Failure};

/// What belongs to the tools, and not to the schema that the migrations make.
const TOOLS: [&str; 4] = ["_sqlx_migrations", "knex_migrations", "knex_migrations_lock", "_neo_marker"];

/// Which look this is. It goes up whenever a look sees more, or says the same in other words: a schema is only held against
/// those that were seen by the same one, so that nobody is a stranger for having been seen before an upgrade. The end of a
/// dialect.
pub const LOOK: &str = ", look 2";

/// A schema, one object a line: `column contacts.email text not null`, `unique index … on …`, `constraint … foreign key …`,
/// `view …`, `trigger …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The engine, its major version, and the look: `postgres 17, look 2`. Another may describe the same schema in other words.
    pub dialect: String,
    /// Sorted.
    pub lines: Vec<String>,
}

impl Schema {
    fn new(engine: String, mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Self { dialect: engine + LOOK, lines }
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

/// One message, whatever the size of the schema; on MySQL one for the names and one for what they stand for.
pub async fn schema(conn: &mut Connection) -> Result<Schema, Failure> {
    let engine = conn.engine();
    let read = match conn {
        Connection::Postgres { conn, .. } => postgres::schema(conn).await,
        Connection::Mysql { conn, .. } => mysql::schema(conn).await,
        Connection::Sqlite { conn, .. } => sqlite::schema(conn).await,
    };
    read.map_err(|e| Connection::failure(engine, &e))
}

/// An index that PostgreSQL keeps up to date and does not use.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct InvalidIndex {
    pub name: String,
    pub table: String,
    /// The statement that takes it away.
    pub remedy: String,
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
        assert_eq!(look_of("mariadb 10.11, look 22"), ("mariadb 10.11", false));
    }
}
