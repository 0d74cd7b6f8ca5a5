//! The SQL of tokens.

use neo_model::AccountStatus;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::TokenInfo;
use super::found::Found;
use crate::actor::{Confinement, Role};
use crate::central::{Conn, stored, violates};
use crate::config::Network;
use crate::error::{Error, Result};

pub(super) struct NewRow<'a> {
    pub id: &'a str,
    pub hash: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub maker_id: Option<&'a str>,
    pub maker: &'a str,
    pub confinement: &'a Confinement,
    pub networks: &'a [String],
    pub allow_destructive: bool,
    pub connect: bool,
    /// Milliseconds; `None` without end.
    pub lives: Option<i64>,
}

pub(super) async fn insert(conn: &mut Conn, new: &NewRow<'_>) -> Result<()> {
    sqlx::query(
        "insert into tokens (id, hash, name, role, maker_id, maker, confinement, networks, allow_destructive, connect,
                             created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now_ms, now_ms + $11 from clock",
    )
    .bind(new.id.to_owned())
    .bind(new.hash.to_owned())
    .bind(new.name.to_owned())
    .bind(new.role.as_str())
    .bind(new.maker_id.map(str::to_owned))
    .bind(new.maker.to_owned())
    .bind(serde_json::to_string(new.confinement).map_err(Error::internal)?)
    .bind(serde_json::to_string(new.networks).map_err(Error::internal)?)
    .bind(i64::from(new.allow_destructive))
    .bind(i64::from(new.connect))
    .bind(new.lives)
    .execute(conn)
    .await
    .map_err(|error| match violates(&error, "tokens", "name") {
        true => Error::conflict(format!("a token \"{}\" of yours exists already", new.name))
            .field("name")
            .hint("choose another name, or revoke that one first"),
        false => error.into(),
    })?;
    Ok(())
}

const SELECT: &str = "select t.id, t.hash, t.name, t.role, t.maker, t.maker_id, t.confinement, t.networks, t.allow_destructive, t.connect,
    t.created_at, t.expires_at, t.revoked_at, t.last_used_at, t.last_address, a.role as maker_role, a.status as maker_status, c.now_ms
    from tokens t left join admins a on a.id = t.maker_id cross join clock c";

/// A token by its id, beside what its maker is now.
pub(super) async fn find(conn: &mut Conn, id: &str) -> Result<Option<(TokenInfo, Found)>> {
    let sql = format!("{SELECT} where t.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(token).transpose()
}

/// The newest first.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<TokenInfo>> {
    let sql = format!("{SELECT} order by t.created_at desc, t.id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(token(row)?.0)).collect()
}

pub(super) async fn revoke(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("update tokens set revoked_at = (select now_ms from clock) where id = $1 and revoked_at is null")
        .bind(id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// Only when nobody else has noted a use since.
pub(super) async fn touch(conn: &mut Conn, id: &str, address: Option<&str>, now: i64, every: i64) -> Result<()> {
    sqlx::query(
        "update tokens set last_used_at = $2, last_address = $3
          where id = $1 and (last_used_at is null or last_used_at <= $2 - $4)",
    )
    .bind(id.to_owned())
    .bind(now)
    .bind(address.map(str::to_owned))
    .bind(every)
    .execute(conn)
    .await?;
    Ok(())
}

fn token(row: &AnyRow) -> Result<(TokenInfo, Found)> {
    let networks: Vec<String> =
        serde_json::from_str(&row.try_get::<String, _>("networks")?).map_err(Error::internal)?;
    let maker_role: Option<String> = row.try_get("maker_role")?;
    let found = Found {
        hash: row.try_get("hash")?,
        networks: networks.iter().map(|text| text.parse::<Network>()).collect::<Result<_>>()?,
        maker_role: maker_role.as_deref().map(str::parse).transpose()?,
        now: row.try_get("now_ms")?,
    };
    let (revoked_at, expires_at) = (row.try_get("revoked_at")?, row.try_get("expires_at")?);
    let status: Option<AccountStatus> =
        row.try_get::<Option<String>, _>("maker_status")?.map(|text| stored(&text)).transpose()?;
    let is_disabled = status.is_some_and(|status| status != AccountStatus::Active);
    let token = TokenInfo {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: row.try_get::<String, _>("role")?.parse()?,
        maker: row.try_get("maker")?,
        state: found.state(revoked_at, expires_at, is_disabled),
        confinement: serde_json::from_str(&row.try_get::<String, _>("confinement")?).map_err(Error::internal)?,
        networks,
        allow_destructive: row.try_get::<i64, _>("allow_destructive")? == 1,
        connect: row.try_get::<i64, _>("connect")? == 1,
        created_at: row.try_get("created_at")?,
        expires_at,
        revoked_at,
        last_used_at: row.try_get("last_used_at")?,
        last_address: row.try_get("last_address")?,
        maker_id: row.try_get("maker_id")?,
    };
    Ok((token, found))
}
