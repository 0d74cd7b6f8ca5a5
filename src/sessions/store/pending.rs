//! The SQL of sign-ins that are not whole yet.

use sqlx::Row as _;

use super::super::{Awaits, ByProvider, SignedIn};
use crate::actor::Role;
use crate::central::Conn;
use crate::error::{Error, Result};

pub(in crate::sessions) struct NewPending<'a> {
    pub id_hash: String,
    pub who: &'a SignedIn,
    pub awaits: Awaits,
    pub lives_ms: i64,
}

/// Somebody whose password was right and whose second factor is still to come.
pub(in crate::sessions) struct Pending {
    pub admin_id: String,
    pub email: String,
    pub role: Role,
    pub awaits: Awaits,
    pub valid_from: i64,
    /// They came from the identity provider.
    pub provider: Option<ByProvider>,
}

/// Only for an admin who is still as the password check found them. Answers whether it is so.
pub(in crate::sessions) async fn insert_pending(conn: &mut Conn, new: &NewPending<'_>) -> Result<bool> {
    let pends = sqlx::query(
        "insert into pending_sign_ins (id_hash, admin_id, valid_from, awaits, created_at, expires_at, provider)
         select $1, a.id, $3, $4, c.now_ms, c.now_ms + $5, $6
         from admins a cross join clock c
         where a.id = $2 and a.status = 'active' and a.sessions_valid_from = $3",
    )
    .bind(new.id_hash.clone())
    .bind(new.who.subject_id.clone())
    .bind(new.who.valid_from)
    .bind(new.awaits.as_str())
    .bind(new.lives_ms)
    .bind(new.who.provider.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?)
    .execute(conn)
    .await?;
    Ok(pends.rows_affected() == 1)
}

/// One whose time is not over, of an account that is still as it was.
pub(in crate::sessions) async fn pending(conn: &mut Conn, id_hash: &str) -> Result<Option<Pending>> {
    let row = sqlx::query(
        "select p.admin_id, p.awaits, p.valid_from, p.provider, a.email, a.role
         from pending_sign_ins p join admins a on a.id = p.admin_id cross join clock c
         where p.id_hash = $1 and p.expires_at > c.now_ms and a.status = 'active'
           and a.sessions_valid_from = p.valid_from",
    )
    .bind(id_hash.to_owned())
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let awaits = match row.try_get::<String, _>("awaits")?.as_str() {
        "code" => Awaits::Code,
        _ => Awaits::Enrolment,
    };
    let provider: Option<String> = row.try_get("provider")?;
    Ok(Some(Pending {
        provider: provider.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
        admin_id: row.try_get("admin_id")?,
        email: row.try_get("email")?,
        role: row.try_get::<String, _>("role")?.parse()?,
        awaits,
        valid_from: row.try_get("valid_from")?,
    }))
}

/// Answers whether it was there until now.
pub(in crate::sessions) async fn end_pending(conn: &mut Conn, id_hash: &str) -> Result<bool> {
    let ended =
        sqlx::query("delete from pending_sign_ins where id_hash = $1").bind(id_hash.to_owned()).execute(conn).await?;
    Ok(ended.rows_affected() == 1)
}

/// Whatever sign-in of theirs is half done is over.
pub(in crate::sessions) async fn end_pending_of(conn: &mut Conn, admin_id: &str) -> Result<()> {
    sqlx::query("delete from pending_sign_ins where admin_id = $1").bind(admin_id.to_owned()).execute(conn).await?;
    Ok(())
}
