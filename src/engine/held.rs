//! A migration lock that is held, and a statement that waits: what an engine shows of whoever it is.

pub use neo_model::Holder;
use serde::Serialize;

use super::Engine;
use super::traced::without_values;

/// How much of a statement is shown.
pub(super) const FIRST_WORDS: usize = 80;
/// The number sqlx multiplies with; theirs, so that their tool and Neo keep each other out.
const FACTOR: i64 = 0x3d32_ad9e;

/// A statement of Neo's own that waits, and who keeps it waiting.
#[derive(Debug, Clone, Serialize)]
pub struct Blocked {
    /// `neo:<run>:<tenant>`: what the session calls itself, which is no proof; empty where the engine knows no such name.
    pub application: String,
    /// Of the session that waits.
    pub pid: Option<i64>,
    pub database: String,
    pub query: String,
    pub by: Holder,
    /// Whether the server says so, or it is only the likely one.
    pub is_certain: bool,
}

/// What a session runs or has run, for whoever may see who holds a lock: the values in it are somebody's, a password or a row.
pub(super) fn told(engine: Engine, query: &str) -> String {
    without_values(engine, query)
}

/// The key of the lock on a database, as sqlx computes it.
pub(super) fn lock_key(database: &str) -> i64 {
    FACTOR * i64::from(crc32fast::hash(database.as_bytes()))
}

/// The name of the lock on MySQL.
pub(super) fn lock_name(database: &str) -> String {
    format!("{:x}", lock_key(database))
}

#[cfg(test)]
mod tests {
    use super::super::Engine;

    #[test]
    fn what_a_session_has_run_is_told_without_its_values_wherever_it_was_cut() {
        for (engine, query, told) in [
            (Engine::Postgres, "alter role old password 'hush'", "alter role old password"),
            (Engine::Postgres, "alter role old password 'hus", "alter role old password"),
            (Engine::Postgres, "alter role old password E'it''s \\' hus", "alter role old password E"),
            (Engine::Postgres, "alter role old password $a$hush", "alter role old password"),
            (Engine::Mysql, "set password = \"hush", "set password ="),
            (Engine::Mysql, "update users set password='hush' where id=7", "update users set password= where id=?"),
            // Whether a backslash means something to a session is its own setting.
            (Engine::Mysql, "update users set name='x\\', password='hush'", "update users set name="),
            (Engine::Mysql, "update users set name='it\\'s hush', id=7", "update users set name="),
            (Engine::Mysql, "update users set name='é\\', password=\"hush", "update users set name="),
        ] {
            assert_eq!(super::told(engine, query), told, "{query}");
        }
    }

    #[test]
    fn the_key_is_the_one_sqlx_computes() {
        // crc32 of "123456789" is the algorithm's published check value.
        assert_eq!(super::lock_key("123456789"), 0x3d32_ad9e * 0xcbf4_3926);
    }
}
