//! MySQL and MariaDB.

mod admin;
mod galera;
mod guests;
mod locks;
mod proof;
mod waits;

use std::borrow::Cow;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlRow, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection, Row};

use super::session::Session;
use super::unreached::connect_failure;
use super::{Category, Engine, Failure, Target, Tls, administrator};

pub(super) use admin::*;
pub(super) use galera::{claim, elsewhere, is_at, is_no_node_of_several, is_node, leave};
pub(super) use guests::guests;
pub(super) use locks::*;
pub(super) use proof::{identity, prove};
pub(super) use waits::blocked;

/// A session is as the server has it, but for what is set here. What sqlx would set besides (its `sql_mode`, its time zone) it
/// does not; only that it asks for `IGNORE_SPACE` at sign-in cannot be told it, so that is taken away again.
pub(super) async fn open_for(
    target: &Target,
    limit: Option<Duration>,
) -> Result<(MySqlConnection, Box<Session>), Failure> {
    let (mut conn, target) = sign_in(target).await?;
    let target = &*target;
    let wait = waits_for(target);
    let limit = limit.unwrap_or_default();
    let (seconds, milliseconds) = (limit.as_secs(), limit.as_millis());
    let settings = format!(
        "set sql_mode = if(find_in_set('IGNORE_SPACE', @@global.sql_mode), @@sql_mode, \
         trim(both ',' from replace(concat(',', @@sql_mode, ','), ',IGNORE_SPACE,', ','))), \
         names utf8mb4, autocommit = 1, lock_wait_timeout = {wait}, innodb_lock_wait_timeout = {wait} \
         /*M!100100 , max_statement_time = {seconds} */ /*!80000 , max_execution_time = {milliseconds} */; \
         select find_in_set('NO_BACKSLASH_ESCAPES', @@sql_mode) > 0, cast(@@max_allowed_packet as signed)"
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(settings)).fetch_all(&mut conn).await.map_err(|e| failure(&e))?;
    let mut session = Session::new(target);
    if let Some(row) = rows.first() {
        session.escapes = row.try_get::<i64, _>(0).map_err(|e| failure(&e))? == 0;
        session.packet = row.try_get::<i64, _>(1).ok().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    }
    Ok((conn, session))
}

/// With the second password where the first is refused; answers as whom.
async fn sign_in(target: &Target) -> Result<(MySqlConnection, Cow<'_, Target>), Failure> {
    let connect = async |target: &Target| options(target).connect().await.map_err(|e| connect_failure(target, &e));
    match (connect(target).await, target.instead()) {
        (Err(failure), Some(other)) if failure.is_wrong_password() => Ok((connect(&other).await?, Cow::Owned(other))),
        (conn, _) => Ok((conn?, Cow::Borrowed(target))),
    }
}

/// How long a lock is waited for: whole seconds only, and at least one.
fn waits_for(target: &Target) -> u128 {
    target.lock_timeout.as_millis().div_ceil(1000).max(1)
}

fn options(target: &Target) -> MySqlConnectOptions {
    let options = MySqlConnectOptions::new()
        .port(target.port)
        .username(&target.username)
        .password(target.password.as_ref().map(|p| p.expose_secret()).unwrap_or_default())
        .ssl_mode(match target.tls {
            Tls::Off => MySqlSslMode::Disabled,
            Tls::Require => MySqlSslMode::Required,
            Tls::VerifyFull => MySqlSslMode::VerifyIdentity,
        })
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        .disable_statement_logging();
    let options = if target.host.starts_with('/') { options.socket(&target.host) } else { options.host(&target.host) };
    let options = match &target.tls_ca {
        Some(authority) => options.ssl_ca_from_pem(authority.as_bytes().to_vec()),
        None => options,
    };
    if target.database.is_empty() { options } else { options.database(&target.database) }
}

pub(super) async fn try_lock(conn: &mut MySqlConnection, name: &str) -> Result<bool, Failure> {
    let row = sqlx::raw_sql(AssertSqlSafe(format!("select get_lock('{name}', 0)"))).fetch_one(conn).await;
    // 1 is taken, 0 is held by another; NULL is an error that the server keeps to itself.
    match row.and_then(|row| row.try_get::<Option<i64>, _>(0)).map_err(|e| failure(&e))? {
        Some(answer) => Ok(answer == 1),
        None => Err(Failure::new(Category::Lock, "the server could not tell whether the migration lock is free")),
    }
}

pub(super) async fn unlock(conn: &mut MySqlConnection, name: &str) {
    let _ = sqlx::raw_sql(AssertSqlSafe(format!("select release_lock('{name}')"))).execute(conn).await;
}

/// What follows a syntax error, cut off by the server where it is long, and its line within the statement; empty when the
/// statement ends too early.
pub(super) fn near(error: &sqlx::Error) -> Option<(&str, u32)> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    if error.number() != 1064 {
        return None;
    }
    let (_, near) = error.message().split_once(" near '")?;
    let (near, line) = near.rsplit_once("' at line ")?;
    Some((near, line.trim().parse().ok()?))
}

/// Where in a statement (in bytes) a syntax error is. The text that is repeated may occur more than once: the line decides.
pub(super) fn place(error: &sqlx::Error, statement: &str) -> Option<usize> {
    let (near, line) = near(error)?;
    let is_here = |at: &usize| {
        let rest = &statement[*at..];
        !near.is_empty()
            && (near.starts_with(rest) || rest.starts_with(near))
            && super::position(statement, *at).0 == line
    };
    let found = (0..statement.len()).filter(|at| statement.is_char_boundary(*at)).find(is_here);
    Some(found.unwrap_or(statement.len()))
}

fn failure(error: &sqlx::Error) -> Failure {
    Failure::from_sqlx(Engine::Mysql, error)
}

/// What an administrator asks or says; the one way to do so.
async fn rows(conn: &mut MySqlConnection, sql: &str) -> Result<Vec<MySqlRow>, Failure> {
    administrator::check(Engine::Mysql, sql)?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(conn).await.map_err(|e| failure(&e))
}
