//! A login that is to be Neo's alone for a while: it gets a password that nobody else is told, and whoever is signed in with it is sent
//! away.

use std::time::{Duration, Instant};

use super::provision::set_password;
use super::{Category, Connection, Engine, Failure, Target, mysql, postgres};

/// How long it may take to be let in: whoever began with the password of before is there by then.
const SIGNING_IN: Duration = Duration::from_secs(1);
/// How long a login's sessions are sent away, before it is told that they stay.
const END: Duration = Duration::from_secs(10);
/// How long the end of a session that has said goodbye may take.
const GOODBYE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// Refuses, as `Category::Lock` and changing nothing, a server on which nobody can say who is signed in: other nodes of its cluster let
/// in whom this one does not see. For its administrator.
pub async fn sees_everybody(admin: &Target) -> Result<(), Failure> {
    match admin.engine {
        Engine::Mysql => mysql::is_no_node_of_several(admin).await,
        Engine::Postgres | Engine::Sqlite => Ok(()),
    }
}

/// Gives the login of `own` its password there, and sends away whoever is signed in with it: from here on it is whose the password is.
/// Who was just being let in with the password of before is sent away as well. Nothing is changed where that cannot be seen.
pub async fn shut_out(admin: &Target, own: &Target, tenant_id: &str) -> Result<(), Failure> {
    if admin.engine.is_file() {
        return Ok(());
    }
    let password = own.password.as_ref().ok_or_else(|| Failure::new(Category::Other, "the login has no password"))?;
    sees_everybody(admin).await?;
    set_password(admin, &own.username, password, tenant_id).await?;
    let begun = Instant::now();
    loop {
        let ended = end_sessions(admin, own).await;
        tokio::time::sleep(SIGNING_IN).await;
        let found = match ended {
            Ok(()) => signed_in(admin, own).await,
            Err(failure) => Err(failure),
        };
        let stays = match found {
            Ok(sessions) => match sessions.into_iter().next() {
                None => return Ok(()),
                Some(session) => there_still(&own.username, &session),
            },
            // Its own sessions leave it none to look with: it is tried again while they end.
            Err(failure) if failure.is_crowded() => crowded(&own.username, failure),
            Err(failure) => return Err(failure),
        };
        if begun.elapsed() >= END {
            return Err(stays);
        }
    }
}

/// Refuses where somebody else is signed in as this login, but for a moment that a goodbye may take.
pub async fn is_nobody(admin: &Target, own: &Target) -> Result<(), Failure> {
    let begun = Instant::now();
    while let Some(session) = signed_in(admin, own).await?.into_iter().next() {
        if begun.elapsed() >= GOODBYE {
            return Err(there_still(&own.username, &session));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// On MySQL the administrator may neither see nor end them (no PROCESS, no CONNECTION ADMIN): the login itself always may.
async fn end_sessions(admin: &Target, own: &Target) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::end_sessions(admin, &own.username).await,
        Engine::Mysql => {
            mysql::end_sessions(admin, &own.username).await?;
            let mut conn = Connection::open(own).await?;
            if let Connection::Mysql { conn, .. } = &mut conn {
                mysql::end_others(conn).await;
            }
            conn.close().await;
            Ok(())
        }
        Engine::Sqlite => Ok(()),
    }
}

/// The numbers of the sessions of a login, but for the one that looks.
async fn signed_in(admin: &Target, own: &Target) -> Result<Vec<String>, Failure> {
    match admin.engine {
        Engine::Postgres => postgres::signed_in(admin, &own.username).await,
        Engine::Mysql => {
            let mut conn = Connection::open(own).await?;
            let found = match &mut conn {
                Connection::Mysql { conn, .. } => mysql::others(conn).await,
                Connection::Postgres { .. } | Connection::Sqlite { .. } => Ok(Vec::new()),
            };
            conn.close().await;
            found
        }
        Engine::Sqlite => Ok(Vec::new()),
    }
}

fn there_still(role: &str, session: &str) -> Failure {
    Failure::new(Category::Lock, format!("somebody is signed in as \"{role}\" although its password is Neo's alone"))
        .detail(format!("session {session} of its server: what it writes would be in no copy"))
        .hint("see on the server whose it is and end it, then try again")
}

/// Of a login with a limit of its own; a server may be full as well.
fn crowded(role: &str, failure: Failure) -> Failure {
    if !matches!(failure.code.as_deref(), Some("1203" | "1226")) {
        return failure;
    }
    let words = format!("\"{role}\" has as many sessions as it may, and none is left to end them with");
    Failure::new(Category::Lock, words)
        .detail(format!("{}: the server's login may not end them, and they do not end by themselves", failure.message))
        .hint(
            "stop what is signed in with it, or let the server's login see and end the sessions of others (PROCESS and CONNECTION ADMIN); \
             then try again",
        )
}
