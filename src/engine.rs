//! A tenant database engine behind one face: connect, lock, execute, create, drop, quote. One file per engine.
//!
//! Nothing here knows tenants, runs or the central database; it is given a [`Target`] and answers with a [`Failure`].

pub(crate) mod acts;
pub mod administrator;
mod alike;
mod alone;
mod attend;
mod backup;
mod beyond;
mod connection;
mod copy;
mod count;
mod events;
mod failure;
mod guests;
mod harden;
mod held;
mod holder;
mod identity;
mod interrupt;
pub(crate) mod ledger;
mod lock;
mod login;
mod marks;
mod mysql;
mod names;
mod passwords;
mod postgres;
mod proof;
mod provision;
mod question;
mod schema;
pub(crate) mod script;
mod session;
mod shown;
mod sqlite;
mod statements;
pub mod template;
mod traced;
mod unreached;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub(crate) use alike::{create_database_like, nature, promises_nothing, takes};
pub use alone::{is_nobody, sees_everybody, shut_out};
pub use attend::silence;
pub use backup::{Made, backup, backup_with, restore};
pub(crate) use backup::{checksum, find_programs, for_server, has_programs, is_exact};
pub(crate) use beyond::beyond;
pub use connection::Connection;
pub use copy::{copy, drop_copy};
pub(crate) use count::{counts, miscounted};
pub(crate) use events::{events, turn_events};
pub use failure::Failure;
pub(crate) use failure::{PACKET, authority, is_pgbouncers};
pub(crate) use guests::nobody_else;
pub use harden::{openings, shut_openings};
pub use held::{Blocked, Holder};
pub use holder::{blocked, break_lock, lock_holders};
pub use identity::identity;
pub use interrupt::interrupt;
pub use ledger::Entry;
pub use login::renew_login;
pub use marks::{COPY_PREFIX, copy_owner};
pub use names::{is_safe_name, literal, quote, table_sql};
pub(crate) use neo_model::Nature;
pub use neo_model::{Category, Engine, Excerpt, Opening, Probe, Tls};
pub(crate) use proof::between;
pub use proof::{Proof, is_node, leave, prove};
pub(crate) use provision::{CHECKED, largest_packet, open_again, shadowed};
pub use provision::{
    Own, create_database, create_role, drop_database, drop_database_with, drop_role, enter_anew, grant, marked,
    owns_nothing_elsewhere, probe, probe_provisioning, set_password,
};
pub(crate) use question::{Change, Given};
pub use schema::{InvalidIndex, LOOK, Schema, differences, invalid_indexes, look_of, schema};
pub(crate) use session::{ANSWER, READING};
pub use shown::Identity;
pub(crate) use sqlite::reaches;
pub use sqlite::sqlite_session;
pub use statements::{Statement, position, statements, unclosed};

/// Where and as whom to connect. No Debug: it holds a password.
#[derive(Clone)]
pub struct Target {
    pub engine: Engine,
    pub host: String,
    pub port: u16,
    pub database: String,
    pub username: String,
    pub password: Option<SecretString>,
    /// The one it is being replaced with: tried where the first is refused.
    pub second: Option<SecretString>,
    pub tls: Tls,
    /// SQLite: the file, or for an administrator the folder.
    pub path: PathBuf,
    /// `neo:<run>:<tenant>`, seen in pg_stat_activity.
    pub application_name: String,
    pub connect_timeout: Duration,
    /// PostgreSQL `lock_timeout`, MySQL `lock_wait_timeout`/`innodb_lock_wait_timeout`, SQLite busy timeout.
    pub lock_timeout: Duration,
    /// Whom the server's certificate may be from, besides those that this machine trusts: certificates in PEM.
    pub tls_ca: Option<Arc<str>>,
}

impl Target {
    /// What nobody is to read in what comes back from there.
    pub(crate) fn secret(&self) -> &str {
        self.password.as_ref().map(|password| password.expose_secret()).unwrap_or_default()
    }

    /// Where it is, in words.
    pub(crate) fn place(&self) -> String {
        match self.engine {
            Engine::Sqlite => self.path.display().to_string(),
            Engine::Postgres | Engine::Mysql => neo_model::place(&self.host, self.port),
        }
    }

    /// The same with the second password in the place of the first, where there is one.
    pub(crate) fn instead(&self) -> Option<Self> {
        let second = self.second.clone()?;
        Some(Self { password: Some(second), second: None, ..self.clone() })
    }
}
