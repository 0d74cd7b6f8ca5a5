//! What a tenant's schema looks like, in lines that are the same wherever it is the same: whatever the order in which it was
//! made, its internal numbers, its owner or the name of its database.

mod mysql;
mod postgres;
mod sqlite;

use sha2::{Digest, Sha256};

use super::{Connection, Engine, Failure};

/// What belongs to the tools, and not to the schema that the migrations make.
const TOOLS: [&str; 4] = ["_sqlx_migrations", "knex_migrations", "knex_migrations_lock", "_neo_marker"];

/// A schema, one object a line: `column contacts.email text not null`, `unique index … on …`, `constraint … foreign key …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The engine and its major version: `postgres 17`. Another may describe the same schema in other words.
    pub dialect: String,
    /// Sorted.
    pub lines: Vec<String>,
}

impl Schema {
    fn new(dialect: String, mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Self { dialect, lines }
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

/// What `there` has that `norm` has not, as `+ …`, and the other way round, as `- …`; both are sorted lines.
pub fn differences<'a>(norm: &[&'a str], there: &[&'a str]) -> Vec<String> {
    let surplus = there.iter().filter(|line| norm.binary_search(line).is_err()).map(|line| (*line, '+'));
    let missing = norm.iter().filter(|line| there.binary_search(line).is_err()).map(|line| (*line, '-'));
    let mut all: Vec<_> = surplus.chain(missing).collect();
    all.sort_unstable();
    all.into_iter().map(|(line, sign)| format!("{sign} {line}")).collect()
}

/// One message, whatever the size of the schema.
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

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
}
