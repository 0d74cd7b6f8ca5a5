//! The SQL inside a tenant's database: its `users`, `roles` and `user_roles`.
//!
//! Texts are written once, for PostgreSQL and SQLite; [`sql`] turns them into MySQL's. A parameter is used once, in order.

use sqlx::{AssertSqlSafe, Connection as _};

use super::TenantUser;
use crate::engine::{Connection, Engine};

type Sql<T> = std::result::Result<T, sqlx::Error>;

/// Runs the same typed queries on whichever connection it is.
macro_rules! on {
    ($connection:expr, $conn:ident => $body:expr) => {
        match $connection {
            Connection::Postgres { conn: $conn, .. } => $body,
            Connection::Mysql { conn: $conn, .. } => $body,
            Connection::Sqlite { conn: $conn, .. } => $body,
        }
    };
}

fn sql(engine: Engine, text: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(match engine {
        Engine::Mysql => {
            let text = text.replace(" as text)", " as char)");
            (1..=9).rev().fold(text, |text, n| text.replace(&format!("${n}"), "?"))
        }
        Engine::Postgres | Engine::Sqlite => text.to_owned(),
    })
}

const USER: &str = "select id, email, first_name, last_name, status, cast(created_at as text) from users";
type UserRow = (String, String, String, String, String, Option<String>);

fn user(row: UserRow, roles: Vec<String>) -> TenantUser {
    let (id, email, first_name, last_name, status, created_at) = row;
    TenantUser {
        id,
        email,
        first_name,
        last_name,
        roles,
        disabled: status != "active",
        created_at: created_at.map(rfc3339),
    }
}

/// `2026-11-22 22:04:05.123456`, which all three engines say for a time in UTC, as the platform writes times.
fn rfc3339(text: String) -> String {
    match text.split_once(' ') {
        Some((date, time)) if !time.contains(['+', 'Z']) => {
            let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
            let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
            format!("{date}T{seconds}.{fraction}Z")
        }
        _ => text,
    }
}

pub(super) async fn all(connection: &mut Connection) -> Sql<Vec<TenantUser>> {
    let engine = connection.engine();
    let users = sql(engine, &format!("{USER} order by email"));
    let held =
        sql(engine, "select ur.user_id, r.name from user_roles ur join roles r on r.id = ur.role_id order by r.name");
    on!(connection, conn => {
        let users: Vec<UserRow> = sqlx::query_as(users).fetch_all(&mut *conn).await?;
        let held: Vec<(String, String)> = sqlx::query_as(held).fetch_all(&mut *conn).await?;
        let mut roles = std::collections::HashMap::<String, Vec<String>>::new();
        for (user_id, role) in held {
            roles.entry(user_id).or_default().push(role);
        }
        Ok(users.into_iter().map(|row| { let held = roles.remove(&row.0).unwrap_or_default(); user(row, held) }).collect())
    })
}

/// By id, or by email in its canonical form. The database only narrows it down: to MySQL `zoé` is `zoe`, and such a twin
/// would be one more name to guess a password under.
pub(super) async fn find(connection: &mut Connection, key: &str) -> Sql<Option<TenantUser>> {
    let engine = connection.engine();
    let users = sql(engine, &format!("{USER} where id = $1 or lower(email) = $2 order by id limit 20"));
    let held = sql(
        engine,
        "select r.name from user_roles ur join roles r on r.id = ur.role_id where ur.user_id = $1 order by r.name",
    );
    let canonical = crate::person::canonical(key);
    on!(connection, conn => {
        let rows: Vec<UserRow> = sqlx::query_as(users).bind(key).bind(&canonical).fetch_all(&mut *conn).await?;
        let row = rows.into_iter().find(|row| row.0 == key || crate::person::canonical(&row.1) == canonical);
        let Some(row) = row else { return Ok(None) };
        let held: Vec<String> = sqlx::query_scalar(held).bind(&row.0).fetch_all(&mut *conn).await?;
        Ok(Some(user(row, held)))
    })
}

pub(super) async fn password_hash(connection: &mut Connection, id: &str) -> Sql<Option<String>> {
    let text = sql(connection.engine(), "select password_hash from users where id = $1");
    on!(connection, conn => sqlx::query_scalar(text).bind(id).fetch_optional(&mut *conn).await)
}

pub(super) async fn emails(connection: &mut Connection) -> Sql<Vec<String>> {
    let text = sql(connection.engine(), "select email from users order by email");
    on!(connection, conn => sqlx::query_scalar(text).fetch_all(&mut *conn).await)
}

/// Ids and names, in the order of their names.
pub(super) async fn roles(connection: &mut Connection) -> Sql<Vec<(String, String)>> {
    let text = sql(connection.engine(), "select id, name from roles order by name");
    on!(connection, conn => sqlx::query_as(text).fetch_all(&mut *conn).await)
}

/// The user and the role in one transaction.
pub(super) async fn insert(connection: &mut Connection, new: &TenantUser, role_id: &str, hash: &str) -> Sql<()> {
    let engine = connection.engine();
    let users = sql(
        engine,
        "insert into users (id, email, first_name, last_name, password_hash, status) values ($1, $2, $3, $4, $5, 'active')",
    );
    let held = sql(engine, "insert into user_roles (user_id, role_id) values ($1, $2)");
    on!(connection, conn => {
        let mut tx = conn.begin().await?;
        sqlx::query(users)
            .bind(&new.id)
            .bind(&new.email)
            .bind(&new.first_name)
            .bind(&new.last_name)
            .bind(hash)
            .execute(&mut *tx)
            .await?;
        sqlx::query(held).bind(&new.id).bind(role_id).execute(&mut *tx).await?;
        tx.commit().await
    })
}

pub(super) async fn set_status(connection: &mut Connection, id: &str, status: &str) -> Sql<()> {
    let text = "update users set status = $1, updated_at = current_timestamp where id = $2";
    let text = sql(connection.engine(), text);
    on!(connection, conn => sqlx::query(text).bind(status).bind(id).execute(&mut *conn).await.map(drop))
}

pub(super) async fn set_password(connection: &mut Connection, id: &str, hash: &str) -> Sql<()> {
    let text = "update users set password_hash = $1, updated_at = current_timestamp where id = $2";
    let text = sql(connection.engine(), text);
    on!(connection, conn => sqlx::query(text).bind(hash).bind(id).execute(&mut *conn).await.map(drop))
}

/// The same password under other parameters, unless it was changed meanwhile.
pub(super) async fn rehash(connection: &mut Connection, id: &str, old: &str, new: &str) -> Sql<()> {
    let text = sql(connection.engine(), "update users set password_hash = $1 where id = $2 and password_hash = $3");
    on!(connection, conn => sqlx::query(text).bind(new).bind(id).bind(old).execute(&mut *conn).await.map(drop))
}

/// Whether the query ran into a table or a column that is not there.
pub(super) fn is_missing_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|e| {
        let known = e.code().is_some_and(|code| matches!(&*code, "42P01" | "42703" | "42S02" | "42S22"));
        known || e.message().starts_with("no such table") || e.message().starts_with("no such column")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::SqlSafeStr;

    #[test]
    fn one_text_serves_all_engines() {
        let text = "select cast(created_at as text) from users where id = $1 or email = $2";
        assert_eq!(sql(Engine::Postgres, text).into_sql_str().as_str(), text);
        assert_eq!(
            sql(Engine::Mysql, text).into_sql_str().as_str(),
            "select cast(created_at as char) from users where id = ? or email = ?"
        );
    }

    #[test]
    fn every_engines_time_reads_alike() {
        for text in ["2026-11-22 22:04:05", "2026-11-22 22:04:05.000123"] {
            assert_eq!(rfc3339(text.into()), "2026-11-22T22:04:05.000Z");
        }
        assert_eq!(rfc3339("2026-11-22 22:04:05.5".into()), "2026-11-22T22:04:05.500Z");
    }
}
