//! The SQL of admins and set-up links.

use neo_model::AccountStatus;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Admin;
use crate::actor::Role;
use crate::central::{Conn, stored, violates};
use crate::error::{Advice, Do, Error, Result};

/// An admin with what only the platform may see.
pub(crate) struct Account {
    pub admin: Admin,
    pub password_hash: String,
    /// Sessions begun before this moment are over.
    pub sessions_valid_from: i64,
}

const COLUMNS: &str = "id, email, first_name, last_name, role, status, password_hash, sessions_valid_from,
    last_signed_in_at, created_at,
    (select count(*) from second_factors f where f.admin_id = admins.id and f.confirmed_at is not null)
    + (select count(*) from passkeys p where p.admin_id = admins.id) as factors";

pub(super) struct NewRow<'a> {
    pub id: &'a str,
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

pub(super) async fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Result<()> {
    sqlx::query(
        "insert into admins (id, email, email_canonical, first_name, last_name, role, status, password_hash,
                             sessions_valid_from, created_at, updated_at)
         select $1, $2, $3, $4, $5, $6, 'active', $7, now_ms, now_ms, now_ms from clock",
    )
    .bind(new.id.to_owned())
    .bind(new.email.to_owned())
    .bind(crate::person::canonical(new.email))
    .bind(new.first_name.to_owned())
    .bind(new.last_name.to_owned())
    .bind(new.role.as_str())
    .bind(new.password_hash.to_owned())
    .execute(conn)
    .await
    .map_err(|error| match violates(&error, "admins", "email_canonical") {
        true => Error::conflict(format!("an admin with the email \"{}\" exists already", new.email))
            .field("email")
            .hint(Advice::from("see them with: ").act(Do::ListAdmins {})),
        false => error.into(),
    })?;
    Ok(())
}

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Admin>> {
    let sql = format!("select {COLUMNS} from admins order by email_canonical");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(account(row)?.admin)).collect()
}

pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Account>> {
    let sql = format!("select {COLUMNS} from admins where id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.to_owned())
        .fetch_optional(conn)
        .await?
        .as_ref()
        .map(account)
        .transpose()
}

pub(crate) async fn by_email(conn: &mut Conn, canonical: &str) -> Result<Option<Account>> {
    let sql = format!("select {COLUMNS} from admins where email_canonical = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(canonical.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(account).transpose()
}

pub(super) async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(sqlx::query_scalar::<_, i64>("select count(*) from admins").fetch_one(conn).await? > 0)
}

/// Superadmins who can sign in, without this one.
pub(super) async fn other_superadmins(conn: &mut Conn, id: &str) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from admins where role = 'superadmin' and status = 'active' and id <> $1")
        .bind(id.to_owned())
        .fetch_one(conn)
        .await?)
}

/// Writes role, status and password, and ends every session begun until now: the next one begins a moment later, so even
/// one of this very millisecond is told apart.
pub(crate) async fn update(conn: &mut Conn, account: &Account) -> Result<()> {
    let changed = sqlx::query(
        "update admins set role = $2, status = $3, password_hash = $4,
                           sessions_valid_from = (select now_ms from clock) + 1, updated_at = (select now_ms from clock)
         where id = $1",
    )
    .bind(account.admin.id.clone())
    .bind(account.admin.role.as_str())
    .bind(AccountStatus::of(account.admin.disabled).as_str())
    .bind(account.password_hash.clone())
    .execute(&mut *conn)
    .await?;
    match changed.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::not_found("admin", &account.admin.email)),
    }
}

pub(super) async fn insert_setup_link(conn: &mut Conn, token_hash: &str, valid_ms: i64) -> Result<()> {
    sqlx::query(
        "insert into setup_links (token_hash, created_at, expires_at) select $1, now_ms, now_ms + $2 from clock",
    )
    .bind(token_hash.to_owned())
    .bind(valid_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn setup_link_is_live(conn: &mut Conn, token_hash: &str) -> Result<bool> {
    let live: i64 = sqlx::query_scalar(
        "select count(*) from setup_links
         where token_hash = $1 and used_at is null and expires_at > (select now_ms from clock)",
    )
    .bind(token_hash.to_owned())
    .fetch_one(conn)
    .await?;
    Ok(live == 1)
}

/// Whether this call is the one that used it.
pub(super) async fn use_setup_link(conn: &mut Conn, token_hash: &str) -> Result<bool> {
    let used = sqlx::query(
        "update setup_links set used_at = (select now_ms from clock)
         where token_hash = $1 and used_at is null and expires_at > (select now_ms from clock)",
    )
    .bind(token_hash.to_owned())
    .execute(conn)
    .await?;
    Ok(used.rows_affected() == 1)
}

fn account(row: &AnyRow) -> Result<Account> {
    Ok(Account {
        admin: Admin {
            id: row.try_get("id")?,
            email: row.try_get("email")?,
            first_name: row.try_get("first_name")?,
            last_name: row.try_get("last_name")?,
            role: stored(row.try_get::<String, _>("role")?)?,
            disabled: stored::<AccountStatus>(row.try_get::<String, _>("status")?)? == AccountStatus::Disabled,
            second_factor: row.try_get::<i64, _>("factors")? > 0,
            last_signed_in_at: row.try_get("last_signed_in_at")?,
            created_at: row.try_get("created_at")?,
        },
        password_hash: row.try_get("password_hash")?,
        sessions_valid_from: row.try_get("sessions_valid_from")?,
    })
}
