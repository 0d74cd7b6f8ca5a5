//! What the ledger is told of a migration, in each engine's words.

use super::read;
use crate::engine::{Connection, Engine, Failure, READING};

/// One migration, as the ledger tells of it.
#[derive(Debug, Clone)]
pub struct Entry {
    pub version: i64,
    /// Letters, digits and blanks: the pattern of the files' names sees to it.
    pub description: String,
    /// Of the up file, whichever runs.
    pub checksum: Vec<u8>,
    /// The file takes the migration back, and its row goes.
    pub down: bool,
    /// There is no ledger yet.
    pub first: bool,
}

/// The statements that write an entry, each with its semicolon. `spent` are nanoseconds: a number, or an expression of our own
/// that yields one.
impl Entry {
    /// The table, as sqlx's migrator of this engine makes it; nothing where it is there.
    pub(in crate::engine) fn create(&self, conn: &Connection) -> String {
        if self.first { create(conn) } else { String::new() }
    }

    /// The file is at work, and cannot be taken back.
    pub(in crate::engine) fn begun(&self, conn: &Connection) -> String {
        if self.down {
            format!("update {} set success = false where version = {};", conn.ledger(), self.version)
        } else {
            self.insert(conn, false, "-1")
        }
    }

    /// It has gone through, and nothing was written of it before.
    pub(in crate::engine) fn done(&self, conn: &Connection, spent: &str) -> String {
        if self.down { self.delete(conn) } else { self.insert(conn, true, spent) }
    }

    /// It has gone through, after [`Entry::begun`]: with the checksum of the file as it is now.
    pub(in crate::engine) fn finished(&self, conn: &Connection, spent: &str) -> String {
        if self.down {
            return self.delete(conn);
        }
        let checksum = bytes(conn.engine(), &self.checksum);
        format!(
            "update {} set success = true, checksum = {checksum}, execution_time = {spent} where version = {};",
            conn.ledger(),
            self.version
        )
    }

    /// It has failed and has left nothing, after [`Entry::begun`].
    pub(in crate::engine) fn untouched(&self, conn: &Connection) -> String {
        if self.down {
            format!("update {} set success = true where version = {};", conn.ledger(), self.version)
        } else {
            self.delete(conn)
        }
    }

    /// It has stopped half way, after [`Entry::begun`]. Which statement is the next is kept where the time would be: below -1,
    /// which is sqlx's "not known".
    pub(in crate::engine) fn stopped(&self, conn: &Connection, next: Option<usize>) -> String {
        let next = next.unwrap_or(0);
        format!(
            "update {} set execution_time = -1 - {next} where version = {} and not success;",
            conn.ledger(),
            self.version
        )
    }

    fn insert(&self, conn: &Connection, success: bool, spent: &str) -> String {
        let checksum = bytes(conn.engine(), &self.checksum);
        format!(
            "insert into {} (version, description, success, checksum, execution_time) \
             values ({}, '{}', {success}, {checksum}, {spent});",
            conn.ledger(),
            self.version,
            self.description,
        )
    }

    pub(super) fn delete(&self, conn: &Connection) -> String {
        format!("delete from {} where version = {};", conn.ledger(), self.version)
    }

    /// Whether the ledger says what it says once the file has gone through.
    pub(in crate::engine) async fn is_written(&self, conn: &mut Connection) -> bool {
        let rows = read(conn).await;
        rows.is_ok_and(|rows| rows.iter().any(|row| row.version == self.version && row.success) != self.down)
    }
}

/// PostgreSQL: the statements that follow in this transaction take 10 s at most, until [`WRITTEN`], so that a trigger of the
/// tenant's on its ledger cannot hold them up. The other engines know no limit for what writes that would end with the statement.
pub(in crate::engine) const WRITTEN_SOON: &str = "set local statement_timeout = '10s';";
pub(in crate::engine) const WRITTEN: &str = "set local statement_timeout = 0;";

/// An entry that could not be written for the time that it took.
pub(in crate::engine) fn unwritten(conn: &Connection, failure: Failure) -> Failure {
    failure
        .reworded(format!("the entry in {} could not be written within {} s", conn.ledger(), READING.as_secs()))
        .hint("has it a trigger, or does somebody hold it locked? once it can be written, run again")
}

fn create(conn: &Connection) -> String {
    let types = match conn.engine() {
        Engine::Postgres => ["timestamptz", "now()", "bytea"],
        Engine::Mysql | Engine::Sqlite => ["timestamp", "current_timestamp", "blob"],
    };
    let [time, now, bytes] = types;
    format!(
        "create table if not exists {} (version bigint primary key, description text not null, \
         installed_on {time} not null default {now}, success boolean not null, checksum {bytes} not null, \
         execution_time bigint not null);",
        conn.ledger()
    )
}

fn bytes(engine: Engine, bytes: &[u8]) -> String {
    let hex = hex::encode(bytes);
    match engine {
        Engine::Postgres => format!("decode('{hex}', 'hex')"),
        Engine::Mysql | Engine::Sqlite => format!("x'{hex}'"),
    }
}
