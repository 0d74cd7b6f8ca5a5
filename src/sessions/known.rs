//! Browsers that somebody has signed in from before: their tries are counted apart from those of strangers, so that nobody locks an
//! admin out by guessing at their password.
//!
//! A browser is known by a cookie, a nonce with a mac over it, the account's id and the audience. It is worth nothing but a counter of
//! its own. A new password, or the end of the person's sessions, makes every one of them unknown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use sqlx::Row as _;

use super::{Audience, hash};
use crate::central::Conn;
use crate::error::Result;
use crate::{Platform, person};

/// How long a browser is known that nobody signs in from.
pub const KNOWN: std::time::Duration = std::time::Duration::from_secs(180 * 24 * 60 * 60);
/// So many browsers of one account are known: the latest.
const MOST: i64 = 10;

/// What a cookie says, before anybody has asked whether it holds.
fn read(cookie: &str) -> Option<(&str, &str)> {
    let (nonce, mac) = cookie.split_once('.')?;
    (nonce.len() == 22 && mac.len() == 64 && mac.bytes().all(|b| b.is_ascii_hexdigit())).then_some((nonce, mac))
}

fn sealed(audience: &str, subject_id: &str, nonce: &str) -> String {
    serde_json::json!(["v1", audience, subject_id, nonce]).to_string()
}

/// The browser that this cookie makes known, for tries at this account only.
pub(super) async fn recognise(
    platform: &Platform,
    audience: &Audience,
    canonical: &str,
    cookie: &str,
) -> Result<Option<String>> {
    let Some((nonce, mac)) = read(cookie) else { return Ok(None) };
    let (audience, nonce_hash) = (audience.as_text(), hash(nonce));
    let mut conn = platform.central.read().await?;
    let row = sqlx::query(
        "select subject_id, login from known_devices
         where nonce_hash = $1 and audience = $2 and expires_at > (select now_ms from clock)",
    )
    .bind(nonce_hash.clone())
    .bind(audience.clone())
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (subject_id, login): (String, String) = (row.try_get("subject_id")?, row.try_get("login")?);
    let holds = platform.vault.vouches_for_device(&sealed(&audience, &subject_id, nonce), mac);
    Ok((holds && login == hash(canonical)).then_some(nonce_hash))
}

/// Makes the browser known from which somebody has just proven who they are; the answer is its cookie. The one it had before is
/// worth nothing any more.
pub async fn remember(
    platform: &Platform,
    audience: &Audience,
    subject_id: &str,
    email: &str,
    before: Option<&str>,
) -> Result<SecretString> {
    let mut bytes = zeroize::Zeroizing::new([0u8; 16]);
    rand::fill(&mut *bytes);
    let nonce = zeroize::Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes));
    let audience = audience.as_text();
    let mac = platform.vault.device_mac(&sealed(&audience, subject_id, &nonce));
    let mut tx = platform.central.write().await?;
    if let Some((old, _)) = before.and_then(read) {
        sqlx::query("delete from known_devices where nonce_hash = $1 and audience = $2 and subject_id = $3")
            .bind(hash(old))
            .bind(audience.clone())
            .bind(subject_id.to_owned())
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query(
        "insert into known_devices (nonce_hash, audience, subject_id, login, created_at, expires_at)
         select $1, $2, $3, $4, now_ms, now_ms + $5 from clock",
    )
    .bind(hash(&nonce))
    .bind(audience.clone())
    .bind(subject_id.to_owned())
    .bind(hash(&person::canonical(email)))
    .bind(KNOWN.as_millis() as i64)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "delete from known_devices where audience = $1 and subject_id = $2 and nonce_hash not in
           (select nonce_hash from known_devices where audience = $1 and subject_id = $2
             order by created_at desc, nonce_hash limit $3)",
    )
    .bind(audience)
    .bind(subject_id.to_owned())
    .bind(MOST)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(SecretString::from(format!("{}.{mac}", *nonce)))
}

/// None of this person's browsers is known any more.
pub(super) async fn forget(tx: &mut Conn, audience: &str, subject_id: &str) -> Result<()> {
    sqlx::query("delete from known_devices where audience = $1 and subject_id = $2")
        .bind(audience.to_owned())
        .bind(subject_id.to_owned())
        .execute(tx)
        .await?;
    Ok(())
}
