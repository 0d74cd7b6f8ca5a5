//! The first user of a new tenant, written into its own tables.

use super::Admin;
use crate::engine::{Category, Connection, Failure};

/// The role that may do everything in a tenant.
const ROLE: &str = "admin";

/// Writes the user and its role. Whoever was written by an earlier try, cut short, stays and gets what is missing.
pub(super) async fn create(conn: &mut Connection, admin: &Admin) -> Result<(), Failure> {
    let engine = conn.engine();
    let id = crate::id::new();
    let first_name = if admin.first_name.is_empty() { "Admin" } else { &admin.first_name };
    // The engines differ in how they write a parameter and in nothing else here.
    macro_rules! write {
        ($conn:expr, $find_role:literal, $find_user:literal, $user:literal, $has:literal, $grant:literal) => {{
            let role: Option<String> = sqlx::query_scalar($find_role).bind(ROLE).fetch_optional(&mut *$conn).await?;
            let Some(role) = role else { return Ok(false) };
            let mut tx = sqlx::Connection::begin(&mut *$conn).await?;
            let known: Option<String> =
                sqlx::query_scalar($find_user).bind(&admin.email).fetch_optional(&mut *tx).await?;
            let user = match known {
                Some(user) => user,
                None => {
                    sqlx::query($user)
                        .bind(&id)
                        .bind(&admin.email)
                        .bind(first_name)
                        .bind(&admin.last_name)
                        .bind(&admin.password_hash)
                        .execute(&mut *tx)
                        .await?;
                    id.clone()
                }
            };
            let has: Option<String> = sqlx::query_scalar($has).bind(&user).bind(&role).fetch_optional(&mut *tx).await?;
            if has.is_none() {
                sqlx::query($grant).bind(&user).bind(&role).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        }};
    }
    let written: Result<bool, sqlx::Error> = async {
        match conn {
            Connection::Postgres { conn, .. } => write!(
                conn,
                "select id from roles where name = $1",
                "select id from users where email = $1",
                "insert into users (id, email, first_name, last_name, password_hash) values ($1, $2, $3, $4, $5)",
                "select role_id from user_roles where user_id = $1 and role_id = $2",
                "insert into user_roles (user_id, role_id) values ($1, $2)"
            ),
            Connection::Mysql { conn, .. } => write!(
                conn,
                "select id from roles where name = ?",
                "select id from users where email = ?",
                "insert into users (id, email, first_name, last_name, password_hash) values (?, ?, ?, ?, ?)",
                "select role_id from user_roles where user_id = ? and role_id = ?",
                "insert into user_roles (user_id, role_id) values (?, ?)"
            ),
            Connection::Sqlite { conn, .. } => write!(
                conn,
                "select id from roles where name = ?",
                "select id from users where email = ?",
                "insert into users (id, email, first_name, last_name, password_hash) values (?, ?, ?, ?, ?)",
                "select role_id from user_roles where user_id = ? and role_id = ?",
                "insert into user_roles (user_id, role_id) values (?, ?)"
            ),
        }
    }
    .await;
    match written {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(Category::Other, format!("the tenant's table roles has no role \"{ROLE}\""))),
        Err(error) => Err(Connection::failure(engine, &error)),
    }
}
