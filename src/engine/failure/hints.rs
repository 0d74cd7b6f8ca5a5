//! What people meet again and again and that has one way out.

use super::pooler;
use crate::engine::{Engine, Failure, Target, Tls};
use crate::error::{Advice, Say};

const FULL: &str = "the server's disk is full: make room there, then run again";
/// Where sqlx and Neo write down what has been applied.
const LEDGER: &str = "_sqlx_migrations";
const NO_WRITES: &str = "this server takes no writes (a standby or replica, or set to read only): Neo needs the address of the one that does";

const NO_ROOM: &str =
    "no connection is left there: end what holds them, or raise the limit of the server or of the login";
const OWN_LIMIT: &str = "the server lets this login do no more than that: raise what its account may (alter user … with max_user_connections 0), \
                         or end what else signs in with it";

/// By the number, and by the words where one number has several meanings.
pub(super) fn remedy(engine: Engine, code: &str, message: &str) -> Option<Advice> {
    if let (Engine::Mysql, "3159") = (engine, code) {
        let words = "the server takes nobody without TLS, which is off for it here: ";
        return Some(Advice::from(words).act(Say::RequireTls));
    }
    if let (Engine::Mysql, "1044" | "1142", Some(grant)) = (engine, code, own_grant(message)) {
        return Some(Advice::from(grant));
    }
    let words = match engine {
        Engine::Postgres => postgres(code, message),
        Engine::Mysql => mysql(code, message),
        Engine::Sqlite => sqlite(code),
    };
    words.map(Advice::from)
}

/// Where a server's login may not write down what is whose, or may not hand on what it makes: a tenant's database is named as a
/// pattern where its login is given it.
fn own_grant(message: &str) -> Option<String> {
    let what = if message.contains("`_neo`") || message.contains("'_neo'") {
        ("`_neo`.*", "")
    } else if message.contains("to database 't\\_") {
        ("`t\\_%`.*", " with grant option")
    } else {
        return None;
    };
    let (_, rest) = message.split_once("user ")?;
    let account = rest.split(" to database").next()?.split(" for table").next()?;
    Some(format!("have somebody who may run: grant all privileges on {} to {account}{}", what.0, what.1))
}

fn postgres(code: &str, message: &str) -> Option<&'static str> {
    Some(match code {
        "25006" => NO_WRITES,
        "53100" => FULL,
        "53300" => NO_ROOM,
        // Each connection names its statements for itself.
        "42P05" | "26000" if message.contains("\"sqlx_s_") => POOLED,
        // The server's own hint says the first half only.
        "55P04" => {
            "a new enum value can be used only once it is committed: put what uses it into a file of its own, or make this \
             file's first line -- neo: no-transaction"
        }
        "42501" if message.contains(LEDGER) => {
            "the role that migrates has to own Neo's ledger, or to be granted all on it: alter table _sqlx_migrations owner to ROLE"
        }
        _ => return None,
    })
}

fn mysql(code: &str, message: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    Some(match code {
        "1227" if says(&["SET USER", "SET_USER_ID", "SET_ANY_DEFINER"]) => {
            "it names another user as its DEFINER: leave DEFINER out of the file, and the tenant's own user is it"
        }
        "1419" => {
            "the server writes a binary log and trusts only SUPER with routines and triggers: set global \
             log_bin_trust_function_creators = 1 there"
        }
        "1418" => {
            "say in the file what the function does (deterministic, no sql, reads sql data), or set global \
             log_bin_trust_function_creators = 1 on the server"
        }
        "1153" | "1301" => PACKET,
        "1290" if says(&["--read-only", "--super-read-only", "--innodb-read-only"]) => NO_WRITES,
        "1290" if says(&["--secure-file-priv"]) => {
            "the server reads and writes files in its secure_file_priv folder only: write the rows into the migration instead"
        }
        "1290" if says(&["--strict-password-validation"]) => {
            "the server wants to see each password in clear to check it: set global strict_password_validation = off there"
        }
        "1819" => {
            "the server checks passwords by rules of its own, and those that Neo makes (47 characters at random: letters, digits, - and \
             _) do not meet them: ease its rules (show variables like '%password%'); on MariaDB, which takes a hash instead then: set \
             global strict_password_validation = off"
        }
        "1836" => NO_WRITES,
        "1040" => NO_ROOM,
        "1203" | "1226" => OWN_LIMIT,
        "1021" => FULL,
        _ => return None,
    })
}

fn sqlite(code: &str) -> Option<&'static str> {
    Some(match code {
        // SQLITE_READONLY_DIRECTORY: the journal lies beside the file.
        "1544" => {
            "the folder that the file lies in cannot be written, and SQLite keeps its journal there: give the user that runs Neo \
             the right to write in it"
        }
        // SQLITE_READONLY_ROLLBACK: a look takes nothing back.
        "776" => {
            "whoever opens it next to write takes that back, and a mere look does not: open it once with that program, or run its \
             migrations"
        }
        "8" => "the file cannot be written: give the user that runs Neo the right to write it",
        "13" => "the disk is full: make room, then run again",
        "7" => {
            "what works on a SQLite file has 2 GiB of memory: make less at once, fewer rows in a statement or shorter values"
        }
        _ => return None,
    })
}

const POOLED: &str = "this is a pooler that gives one session of the server's to several connections: Neo needs the server's own \
                      address, or for its central database a pooler in session mode";

/// What to do about a packet that is too large for a MySQL server.
pub(crate) const PACKET: &str = "raise the server's max_allowed_packet, or write it in smaller statements";

/// A login that was refused where something about the way there may be why.
pub(crate) fn at_sign_in(mut failure: Failure, target: &Target) -> Failure {
    if is_pgbouncers(&failure.message) {
        return pooler(Some("PgBouncer"), "that takes no such start of a session").detail(&failure.message);
    }
    if target.engine == Engine::Postgres && target.tls == Tls::Off && failure.message.ends_with("no encryption") {
        failure.hint = Some(
            Advice::from("the server takes this login from here over TLS alone, or not at all: ")
                .act(Say::RequireTls)
                .and("?"),
        );
    }
    let is_by_socket = target.host.starts_with('/');
    let denied = target.engine == Engine::Mysql && failure.code.as_deref() == Some("1045");
    if denied && target.tls == Tls::Off && !is_by_socket {
        failure.hint = Some(
            Advice::from(
                "where the password is right, the server or login takes nobody without TLS, which is off for this server: ",
            )
            .act(Say::RequireTls)
            .and("?"),
        );
    }
    failure
}

/// A server knows any setting that a session may begin with; a pooler knows those that it was told of.
pub(crate) fn is_pgbouncers(words: &str) -> bool {
    words.starts_with("unsupported startup parameter")
}

/// What to do about a server that is not where it should be.
pub(crate) const UNREACHED: &str = "is the server up, and reachable from here under this host and port?";

/// What the driver does not speak.
pub(crate) fn unspoken(words: &str) -> Option<&'static str> {
    words.contains("unknown authentication plugin").then_some(
        "this login signs in by a plugin that Neo does not speak: make it one of mysql_native_password (MariaDB: alter user … \
         identified via mysql_native_password using password('…'))",
    )
}
