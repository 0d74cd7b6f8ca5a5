//! MySQL and MariaDB.

mod admin;
mod locks;
mod waits;

use secrecy::ExposeSecret;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, MySqlConnection, Row};

use super::connection::connect_failure;
use super::holder;
use super::{Category, Connection, Engine, Failure, Target, Tls, statements};

pub(super) use admin::*;
pub(super) use locks::*;
pub(super) use waits::blocked;

/// sqlx would set its mode, zone and names in a round trip of its own; the same, and the waits for locks, go in one.
pub(super) async fn open(target: &Target) -> Result<Connection, Failure> {
    let mut conn = options(target).connect().await.map_err(|e| connect_failure(target, &e))?;
    // Whole seconds only, and at least one.
    let wait = target.lock_timeout.as_millis().div_ceil(1000).max(1);
    let settings = format!(
        "set sql_mode = (select concat(@@sql_mode, ',PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION')), time_zone = '+00:00', \
         names utf8mb4, lock_wait_timeout = {wait}, innodb_lock_wait_timeout = {wait}"
    );
    sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut conn).await.map_err(|e| failure(&e))?;
    let lock_name = holder::lock_name(&target.database);
    Ok(Connection::Mysql { conn, lock_name })
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

/// MySQL tells of a syntax error what follows it and its line within the statement: found again in the script.
pub(super) fn position(error: &sqlx::Error, sql: &str, done: usize) -> Option<(u32, u32)> {
    let error = error.as_database_error()?.try_downcast_ref::<MySqlDatabaseError>()?;
    if error.number() != 1064 {
        return None;
    }
    let found = statements(Engine::Mysql, sql);
    let statement = found.get(done)?;
    let (_, near) = error.message().split_once(" near '")?;
    let (near, line) = near.rsplit_once("' at line ")?;
    let line: u32 = line.trim().parse().ok()?;
    if near.is_empty() {
        return Some(super::position(sql, statement.offset + statement.sql.len()));
    }
    // The text it repeats may occur more than once; the line decides, counted from where the statement starts.
    sql[statement.offset..]
        .match_indices(near)
        .map(|(at, _)| super::position(sql, statement.offset + at))
        .find(|(found, _)| *found + 1 == statement.line + line)
}

fn failure(error: &sqlx::Error) -> Failure {
    Connection::failure(Engine::Mysql, error)
}
