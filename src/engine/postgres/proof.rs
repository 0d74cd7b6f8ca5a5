//! What two sessions see of each other.

use std::time::Duration;

use sqlx::Row;
use tokio::time::timeout;

use super::admin::Admin;
use super::failure;
use crate::engine::failure::{ADDRESS, pooler};
use crate::engine::shown::Identity;
use crate::engine::{Category, Failure, Target};

/// Asked for besides the target's `lock_timeout`: long enough for all that is asked here.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(6007);
/// The database by which PgBouncer lets itself be asked. A server has none of this name, or does not know what is asked there.
const PGBOUNCER: &str = "pgbouncer";

/// It need not answer to a login that it knows from the server alone.
const NAMING: Duration = Duration::from_secs(2);

/// A server that lets a second session in answers it; a pooler with one session of the server's lets it wait.
const SECOND: Duration = Duration::from_secs(10);

/// `target.lock_timeout` is one that nobody else asks for. Nothing is locked that somebody could want.
pub(in crate::engine) async fn prove(target: &Target) -> Result<Option<Failure>, Failure> {
    let mut one = Admin::open_for(target, Some(STATEMENT_TIMEOUT)).await?;
    let Ok(found) = timeout(SECOND, with_another(&mut one, target)).await else {
        let name = name(target).await.ok_or_else(|| {
            Failure::new(Category::Timeout, "a second session gets no answer there while the first one is open")
                .detail(format!("waited {} s", SECOND.as_secs()))
        })?;
        return Ok(Some(Missing::Second.into_failure(Some(&name))));
    };
    one.close().await;
    match found? {
        None => Ok(None),
        Some(missing) => Ok(Some(missing.into_failure(name(target).await.as_deref()))),
    }
}

async fn with_another(one: &mut Admin, target: &Target) -> Result<Option<Missing>, Failure> {
    let mut other = Admin::open_for(target, Some(STATEMENT_TIMEOUT)).await?;
    let found = look(one, &mut other, target).await;
    other.close().await;
    found
}

enum Missing {
    /// A session is one for as long as a transaction, or a statement.
    Session(&'static str),
    Settings(String),
    Lock,
    /// All that come share one.
    Second,
}

impl Missing {
    fn into_failure(self, name: Option<&str>) -> Failure {
        match self {
            Missing::Session(mode) => pooler(name, &format!("in {mode} mode"))
                .detail("one connection to it is several sessions of the server's in turn: a lock taken there excludes nobody"),
            Missing::Second => pooler(name, "with one session of the server's for all that come")
                .detail("a second one got no answer while the first one was open"),
            Missing::Settings(which) => pooler(name, "that drops what a session asks for at its start").detail(which),
            Missing::Lock => Failure::new(Category::Connect, "two sessions there do not see each other's locks")
                .detail("a second session was given the migration lock while the first one held it: this address leads to several servers, or to a pooler")
                .hint(ADDRESS),
        }
    }
}

async fn look(one: &mut Admin, other: &mut Admin, target: &Target) -> Result<Option<Missing>, Failure> {
    let first = (pid(one).await?, pid(other).await?);
    match other.run("begin").await {
        // In the pooler's own words: a server knows no such refusal.
        Err(failure) if failure.message.contains("pooling mode") => return Ok(Some(Missing::Session("statement"))),
        begun => begun?,
    }
    let within = (pid(one).await?, pid(other).await?);
    other.run("commit").await?;
    let after = (pid(one).await?, pid(other).await?);
    if first.0 == first.1 || within != first || after != first {
        return Ok(Some(Missing::Session("transaction")));
    }
    let dropped = dropped(one, target).await?;
    if !dropped.is_empty() {
        return Ok(Some(Missing::Settings(dropped.join("; "))));
    }
    let key = i64::from(rand::random::<u32>());
    let taken = take(one, key).await?;
    let taken_twice = take(other, key).await?;
    if taken_twice {
        other.run(&format!("select pg_catalog.pg_advisory_unlock({key})")).await?;
    }
    one.run(&format!("select pg_catalog.pg_advisory_unlock({key})")).await?;
    Ok((!taken || taken_twice).then_some(Missing::Lock))
}

async fn pid(session: &mut Admin) -> Result<Option<i32>, Failure> {
    session.one("select pg_catalog.pg_backend_pid()").await
}

async fn take(session: &mut Admin, key: i64) -> Result<bool, Failure> {
    Ok(session.one(&format!("select pg_catalog.pg_try_advisory_lock({key})")).await?.unwrap_or(false))
}

/// Of what was asked for at the start, all that is not so.
async fn dropped(session: &mut Admin, target: &Target) -> Result<Vec<String>, Failure> {
    let asked = [("lock_timeout", target.lock_timeout), ("statement_timeout", STATEMENT_TIMEOUT)];
    let rows = session
        .rows("select name, setting, source from pg_catalog.pg_settings where name in ('lock_timeout', 'statement_timeout')")
        .await?;
    let mut dropped = Vec::new();
    for row in rows {
        let (name, now): (String, String) =
            row.try_get(0).and_then(|name| Ok((name, row.try_get(1)?))).map_err(|e| failure(&e))?;
        let wanted = asked.iter().find(|(asked, _)| *asked == name).map(|(_, wanted)| wanted.as_millis().to_string());
        if wanted.is_some_and(|wanted| wanted != now) {
            dropped.push(format!("{name} was asked for and is as if it had not been ({now} ms)"));
        }
    }
    dropped.sort();
    Ok(dropped)
}

/// What calls itself so.
async fn name(target: &Target) -> Option<String> {
    let console = Target { database: PGBOUNCER.to_owned(), connect_timeout: NAMING, ..target.clone() };
    match Admin::open_for(&console, None).await {
        Ok(console) => {
            console.close().await;
            None
        }
        // A server says that there is no such database, or that nobody is let in there. This one says that its own are not for
        // everybody, or does not know by a login's password who has just signed in elsewhere.
        Err(failure) => {
            let code = failure.code.unwrap_or_default();
            (code.starts_with("08") || code == "28P01").then(|| "PgBouncer".to_owned())
        }
    }
}

/// A copy of a server has its identifier as well, and was begun at another moment.
pub(in crate::engine) async fn identity(target: &Target) -> Result<Identity, Failure> {
    let mut admin = Admin::open(target).await?;
    let begun = admin.one("select extract(epoch from pg_catalog.pg_postmaster_start_time())::text").await;
    let made = admin.one("select system_identifier::text from pg_catalog.pg_control_system()").await;
    admin.close().await;
    Ok(Identity { begun: begun?.unwrap_or_default(), made: made.ok().flatten(), folds: false })
}
