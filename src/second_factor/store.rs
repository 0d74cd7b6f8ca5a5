//! The SQL of second factors and recovery codes.

use secrecy::SecretString;
use sqlx::Row as _;

use crate::Platform;
use crate::central::Conn;
use crate::error::Result;
use crate::vault::Binding;

/// A secret that was shared and is not confirmed is worth nothing after a quarter of an hour.
pub(super) const UNCONFIRMED_MS: i64 = 15 * 60 * 1000;

/// A factor as it is kept, with its secret open.
pub(super) struct Row {
    pub secret: SecretString,
    pub confirmed_at: Option<i64>,
    pub last_step: i64,
    pub now: i64,
}

/// To whom a secret belongs: sealed for one person it is nobody else's.
fn binding(admin_id: &str) -> Binding<'_> {
    Binding {
        purpose: "second_factor",
        subject_id: admin_id,
        engine: "",
        host: "",
        port: 0,
        database: "",
        role: "",
        generation: 0,
        tls: None,
        ca: None,
    }
}

/// The one of this person, confirmed or begun a short while ago.
pub(super) async fn find(platform: &Platform, conn: &mut Conn, admin_id: &str) -> Result<Option<Row>> {
    let row = sqlx::query(
        "select f.secret, f.confirmed_at, f.last_step, c.now_ms from second_factors f cross join clock c
         where f.admin_id = $1 and (f.confirmed_at is not null or f.created_at + $2 > c.now_ms)",
    )
    .bind(admin_id.to_owned())
    .bind(UNCONFIRMED_MS)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Row {
        secret: platform.vault.open(&row.try_get::<String, _>("secret")?, &binding(admin_id), false)?,
        confirmed_at: row.try_get("confirmed_at")?,
        last_step: row.try_get("last_step")?,
        now: row.try_get("now_ms")?,
    }))
}

/// When it was confirmed, if it was.
pub(super) async fn confirmed_at(conn: &mut Conn, admin_id: &str) -> Result<Option<i64>> {
    let sql = "select confirmed_at from second_factors where admin_id = $1 and confirmed_at is not null";
    Ok(sqlx::query_scalar(sql).bind(admin_id.to_owned()).fetch_optional(conn).await?)
}

/// How many passkeys they have.
pub(super) async fn passkeys(conn: &mut Conn, admin_id: &str) -> Result<i64> {
    let sql = "select count(*) from passkeys where admin_id = $1";
    Ok(sqlx::query_scalar(sql).bind(admin_id.to_owned()).fetch_one(conn).await?)
}

/// Whether a superadmin who may sign in has one.
pub(super) async fn of_a_superadmin(conn: &mut Conn) -> Result<bool> {
    let sql = "select count(*) from admins a where a.role = 'superadmin' and a.status = 'active'
                 and (exists (select 1 from second_factors f where f.admin_id = a.id and f.confirmed_at is not null)
                   or exists (select 1 from passkeys p where p.admin_id = a.id))";
    Ok(sqlx::query_scalar::<_, i64>(sql).fetch_one(conn).await? > 0)
}

/// In the place of what was begun before and not confirmed. Answers whether it is so: one that counts stays.
pub(super) async fn begin(platform: &Platform, tx: &mut Conn, admin_id: &str, secret: &SecretString) -> Result<bool> {
    let begun = sqlx::query(
        "insert into second_factors (admin_id, secret, created_at, last_step)
         select $1, $2, now_ms, 0 from clock where 1 = 1
         on conflict (admin_id) do update set secret = excluded.secret, created_at = excluded.created_at
         where second_factors.confirmed_at is null",
    )
    .bind(admin_id.to_owned())
    .bind(platform.vault.seal(secret, &binding(admin_id)))
    .execute(tx)
    .await?;
    Ok(begun.rows_affected() == 1)
}

pub(super) async fn confirm(tx: &mut Conn, admin_id: &str, step: i64) -> Result<bool> {
    let confirmed = sqlx::query(
        "update second_factors set confirmed_at = (select now_ms from clock), last_step = $2
         where admin_id = $1 and confirmed_at is null",
    )
    .bind(admin_id.to_owned())
    .bind(step)
    .execute(tx)
    .await?;
    Ok(confirmed.rows_affected() == 1)
}

/// Whether this is the call that used the step: of two with one code it is one.
pub(super) async fn use_step(tx: &mut Conn, admin_id: &str, step: i64) -> Result<bool> {
    let used = sqlx::query(
        "update second_factors set last_step = $2 where admin_id = $1 and confirmed_at is not null and last_step < $2",
    )
    .bind(admin_id.to_owned())
    .bind(step)
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Whether this is the call that used the code.
pub(super) async fn use_code(tx: &mut Conn, admin_id: &str, hash: &str) -> Result<bool> {
    let used = sqlx::query(
        "update recovery_codes set used_at = (select now_ms from clock)
         where admin_id = $1 and code_hash = $2 and used_at is null",
    )
    .bind(admin_id.to_owned())
    .bind(hash.to_owned())
    .execute(tx)
    .await?;
    Ok(used.rows_affected() == 1)
}

pub(super) async fn has_code(conn: &mut Conn, admin_id: &str, hash: &str) -> Result<bool> {
    let sql = "select count(*) from recovery_codes where admin_id = $1 and code_hash = $2 and used_at is null";
    let found: i64 = sqlx::query_scalar(sql).bind(admin_id.to_owned()).bind(hash.to_owned()).fetch_one(conn).await?;
    Ok(found == 1)
}

/// How many are left, and when one was used last.
pub(super) async fn codes(conn: &mut Conn, admin_id: &str) -> Result<(i64, Option<i64>)> {
    let sql =
        "select count(*) - count(used_at) as unused, max(used_at) as used_at from recovery_codes where admin_id = $1";
    let row = sqlx::query(sql).bind(admin_id.to_owned()).fetch_one(conn).await?;
    Ok((row.try_get("unused")?, row.try_get("used_at")?))
}

/// In the place of all before.
pub(super) async fn replace_codes(tx: &mut Conn, admin_id: &str, hashes: &[String]) -> Result<()> {
    delete_codes(tx, admin_id).await?;
    for hash in hashes {
        sqlx::query("insert into recovery_codes (admin_id, code_hash, created_at) select $1, $2, now_ms from clock")
            .bind(admin_id.to_owned())
            .bind(hash.clone())
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn delete_codes(tx: &mut Conn, admin_id: &str) -> Result<()> {
    sqlx::query("delete from recovery_codes where admin_id = $1").bind(admin_id.to_owned()).execute(tx).await?;
    Ok(())
}

/// Answers whether there was one that counted.
pub(super) async fn delete_app(tx: &mut Conn, admin_id: &str) -> Result<bool> {
    let counted = confirmed_at(tx, admin_id).await?.is_some();
    sqlx::query("delete from second_factors where admin_id = $1").bind(admin_id.to_owned()).execute(tx).await?;
    Ok(counted)
}

/// Whose secrets there are, each in its envelope.
pub(super) async fn sealed(conn: &mut Conn) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query("select admin_id, secret from second_factors order by admin_id").fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("admin_id")?, row.try_get("secret")?))).collect()
}

/// Seals one anew under the current key, unless it was changed meanwhile.
pub(super) async fn reseal(platform: &Platform, tx: &mut Conn, admin_id: &str, envelope: &str) -> Result<bool> {
    let secret = platform.vault.open(envelope, &binding(admin_id), false)?;
    let swapped = sqlx::query("update second_factors set secret = $1 where admin_id = $2 and secret = $3")
        .bind(platform.vault.seal(&secret, &binding(admin_id)))
        .bind(admin_id.to_owned())
        .bind(envelope.to_owned())
        .execute(tx)
        .await?;
    Ok(swapped.rows_affected() == 1)
}
