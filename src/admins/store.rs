//! The SQL of admins, of the links by which they choose a password, and of set-up links.

use neo_model::{AccountStatus, WayIn};
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
    /// Somebody knows the password.
    pub has_password: bool,
    /// Sessions begun before this moment are over.
    pub sessions_valid_from: i64,
}

const COLUMNS: &str = "id, email, first_name, last_name, role, status, password_hash, sessions_valid_from,
    last_signed_in_at, created_at, invited_at, has_password,
    (select max(l.expires_at) from admin_links l where l.admin_id = admins.id and l.expires_at > (select now_ms from clock)) as link_until,
    (select count(*) from second_factors f where f.admin_id = admins.id and f.confirmed_at is not null) as apps,
    (select count(*) from passkeys p where p.admin_id = admins.id) as passkeys,
    (select count(*) from admin_identities i where i.admin_id = admins.id) as identities";

pub(super) struct NewRow<'a> {
    pub id: &'a str,
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
    pub invited: bool,
    pub has_password: bool,
}

pub(super) async fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Result<()> {
    sqlx::query(
        "insert into admins (id, email, email_canonical, first_name, last_name, role, status, password_hash,
                             sessions_valid_from, created_at, updated_at, invited_at, has_password)
         select $1, $2, $3, $4, $5, $6, 'active', $7, now_ms, now_ms, now_ms, case when $8 = 1 then now_ms end, $9 from clock",
    )
    .bind(new.id.to_owned())
    .bind(new.email.to_owned())
    .bind(crate::person::canonical(new.email))
    .bind(new.first_name.to_owned())
    .bind(new.last_name.to_owned())
    .bind(new.role.as_str())
    .bind(new.password_hash.to_owned())
    .bind(i64::from(new.invited))
    .bind(i64::from(new.has_password))
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
    Ok(sqlx::query_scalar("select count(*) from admins where role = 'superadmin' and status = 'active' and invited_at is null and id <> $1")
        .bind(id.to_owned())
        .fetch_one(conn)
        .await?)
}

/// Writes role, status, password and whether they are still invited, and ends every session begun until now: the next one begins a moment later, so even
/// one of this very millisecond is told apart.
pub(crate) async fn update(conn: &mut Conn, account: &Account) -> Result<()> {
    let changed = sqlx::query(
        "update admins set role = $2, status = $3, password_hash = $4,
                           invited_at = case when $5 = 1 then invited_at end, has_password = $6,
                           sessions_valid_from = (select now_ms from clock) + 1, updated_at = (select now_ms from clock)
         where id = $1",
    )
    .bind(account.admin.id.clone())
    .bind(account.admin.role.as_str())
    .bind(AccountStatus::of(account.admin.disabled).as_str())
    .bind(account.password_hash.clone())
    .bind(i64::from(account.admin.invited))
    .bind(i64::from(account.has_password))
    .execute(&mut *conn)
    .await?;
    match changed.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::not_found("admin", &account.admin.email)),
    }
}

/// A link of this admin's in the place of any other; until when it is good.
pub(super) async fn renew_link(conn: &mut Conn, admin_id: &str, token_hash: &str, valid_ms: i64) -> Result<i64> {
    end_links(conn, admin_id).await?;
    Ok(sqlx::query_scalar(
        "insert into admin_links (token_hash, admin_id, created_at, expires_at)
         select $1, $2, now_ms, now_ms + $3 from clock
         returning expires_at",
    )
    .bind(token_hash.to_owned())
    .bind(admin_id.to_owned())
    .bind(valid_ms)
    .fetch_one(conn)
    .await?)
}

/// Whose link it is, while it is good and they are not shut out.
pub(super) async fn by_link(conn: &mut Conn, token_hash: &str) -> Result<Option<Account>> {
    let sql = format!(
        "select {COLUMNS} from admins where status = 'active' and id =
           (select l.admin_id from admin_links l
             where l.token_hash = $1 and l.expires_at > (select now_ms from clock))"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(token_hash.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(account).transpose()
}

/// Answers whether this call is the one that used it.
pub(super) async fn use_link(conn: &mut Conn, token_hash: &str) -> Result<bool> {
    let used = sqlx::query("delete from admin_links where token_hash = $1").bind(token_hash.to_owned());
    Ok(used.execute(conn).await?.rows_affected() == 1)
}

/// No link of theirs is good any more; answers how many there were.
pub(crate) async fn end_links(conn: &mut Conn, admin_id: &str) -> Result<u64> {
    let ended = sqlx::query("delete from admin_links where admin_id = $1").bind(admin_id.to_owned());
    Ok(ended.execute(conn).await?.rows_affected())
}

pub(super) async fn set_names(conn: &mut Conn, admin_id: &str, first: &str, last: &str) -> Result<()> {
    sqlx::query("update admins set first_name = $2, last_name = $3 where id = $1")
        .bind(admin_id.to_owned())
        .bind(first.to_owned())
        .bind(last.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes somebody out who has never been in.
pub(super) async fn delete_invited(conn: &mut Conn, admin_id: &str) -> Result<()> {
    sqlx::query("delete from admins where id = $1 and invited_at is not null")
        .bind(admin_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Those from before are worth nothing any more: of what was printed at an earlier start, and is in some log, nobody need think.
pub(super) async fn end_setup_links(conn: &mut Conn) -> Result<()> {
    sqlx::query("update setup_links set used_at = (select now_ms from clock) where used_at is null")
        .execute(conn)
        .await?;
    Ok(())
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

/// Whose identity this is.
pub(super) async fn by_identity(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Option<Account>> {
    let sql = format!(
        "select {COLUMNS} from admins where id =
           (select i.admin_id from admin_identities i where i.issuer = $1 and i.subject = $2)"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(issuer.to_owned()).bind(subject.to_owned());
    query.fetch_optional(conn).await?.as_ref().map(account).transpose()
}

/// Theirs, at this provider or another.
pub(crate) async fn identity_of(conn: &mut Conn, admin_id: &str) -> Result<Option<(String, String)>> {
    let sql = "select issuer, subject from admin_identities where admin_id = $1";
    let row = sqlx::query(sql).bind(admin_id.to_owned()).fetch_optional(conn).await?;
    row.map(|row| Ok((row.try_get("issuer")?, row.try_get("subject")?))).transpose()
}

/// Fails where somebody has it already, or they have another.
pub(super) async fn add_identity(conn: &mut Conn, admin_id: &str, issuer: &str, subject: &str) -> Result<()> {
    let added = sqlx::query(
        "insert into admin_identities (issuer, subject, admin_id, created_at) select $1, $2, $3, now_ms from clock where 1 = 1
         on conflict do nothing",
    )
    .bind(issuer.to_owned())
    .bind(subject.to_owned())
    .bind(admin_id.to_owned())
    .execute(conn)
    .await?;
    match added.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::conflict("this identity is somebody's already")),
    }
}

pub(super) async fn use_identity(conn: &mut Conn, admin_id: &str) -> Result<()> {
    sqlx::query("update admin_identities set last_used_at = (select now_ms from clock) where admin_id = $1")
        .bind(admin_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Answers whether they had one.
pub(super) async fn end_identity(conn: &mut Conn, admin_id: &str) -> Result<bool> {
    let ended = sqlx::query("delete from admin_identities where admin_id = $1").bind(admin_id.to_owned());
    Ok(ended.execute(conn).await?.rows_affected() == 1)
}

fn account(row: &AnyRow) -> Result<Account> {
    let [apps, passkeys, identities, has_password] = ["apps", "passkeys", "identities", "has_password"]
        .map(|column| row.try_get::<i64, _>(column).map(|count| count > 0));
    let (has_app, has_passkey, has_identity, has_password) = (apps?, passkeys?, identities?, has_password?);
    let ways = [(WayIn::Password, has_password), (WayIn::Passkey, has_passkey), (WayIn::Provider, has_identity)];
    Ok(Account {
        admin: Admin {
            id: row.try_get("id")?,
            email: row.try_get("email")?,
            first_name: row.try_get("first_name")?,
            last_name: row.try_get("last_name")?,
            role: stored(row.try_get::<String, _>("role")?)?,
            disabled: stored::<AccountStatus>(row.try_get::<String, _>("status")?)? == AccountStatus::Disabled,
            invited: row.try_get::<Option<i64>, _>("invited_at")?.is_some(),
            link_until: row.try_get("link_until")?,
            second_factor: has_app || has_passkey,
            ways: ways.into_iter().filter(|(_, is_there)| *is_there).map(|(way, _)| way).collect(),
            last_signed_in_at: row.try_get("last_signed_in_at")?,
            created_at: row.try_get("created_at")?,
        },
        password_hash: row.try_get("password_hash")?,
        has_password,
        sessions_valid_from: row.try_get("sessions_valid_from")?,
    })
}
