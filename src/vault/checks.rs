//! One envelope per key in the central database, so that a wrong key is noticed at start and not at the first tenant.

use zeroize::Zeroizing;

use super::key::Key;
use super::{Binding, Vault, envelope};
use crate::central::{Central, Conn};
use crate::error::{Error, Result};

const PLAIN: &[u8] = b"neo";

/// Compares the key ring with the key checks in the central database; a first start writes one, and so does the first start
/// with a new key beside the old one.
pub async fn check_keys(central: &Central, vault: &Vault) -> Result<()> {
    let known = checks(&mut *central.read().await?).await?;
    if !known.iter().any(|check| check.kid == vault.kid()) {
        return introduce(central, vault).await;
    }
    if !known.iter().any(|check| check.kid == vault.kid() && check.opens(vault)) {
        return Err(Error::config("the key check of DB_ENCRYPTION_KEY in the central database is damaged")
            .hint("restore the row of key_checks from a backup of the central database"));
    }
    let retired: Vec<_> = known.iter().filter(|check| vault.key(&check.kid).is_none()).collect();
    still_needed(&mut *central.read().await?, &retired).await
}

/// A key this database has not seen: the first one of all, or one whose predecessor is at hand to vouch for it.
async fn introduce(central: &Central, vault: &Vault) -> Result<()> {
    let mut tx = central.write().await?;
    // Two first starts with different keys must not both be the first.
    crate::audit::take_turn(&mut tx).await?;
    let known = checks(&mut tx).await?;
    if !known.is_empty() && !known.iter().any(|check| check.opens(vault)) {
        return Err(Error::config("DB_ENCRYPTION_KEY is not the key this central database was sealed with")
            .hint("set the key it was sealed with; to change keys, name the former one in DB_ENCRYPTION_KEYS_OLD"));
    }
    let retired: Vec<_> = known.iter().filter(|check| vault.key(&check.kid).is_none()).collect();
    still_needed(&mut tx, &retired).await?;
    sqlx::query(
        "insert into key_checks (kid, envelope, created_at) values ($1, $2, (select now_ms from clock))
         on conflict (kid) do nothing",
    )
    .bind(vault.kid().to_owned())
    .bind(vault.seal_bytes(PLAIN, &binding("key_check", vault.kid())))
    .execute(&mut *tx)
    .await?;
    // The audit chain outlives its keys: what earlier rows were made with stays at hand, sealed under the newest key.
    for check in &known {
        if let Some(audit) = check.audit_key(vault) {
            sqlx::query("update key_checks set audit_key = $1 where kid = $2")
                .bind(vault.seal_bytes(&*audit, &binding("audit_key", &check.kid)))
                .bind(check.kid.clone())
                .execute(&mut *tx)
                .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// A key may leave the ring once nothing is sealed with it any more.
async fn still_needed(conn: &mut Conn, retired: &[&Check]) -> Result<()> {
    for check in retired {
        let sealed: i64 = sqlx::query_scalar(
            "select (select count(*) from tenants where credential like $1 and status <> 'deleted')
                  + (select count(*) from servers where credential like $1)",
        )
        .bind(format!("v1:{}:%", check.kid))
        .fetch_one(&mut *conn)
        .await?;
        if sealed > 0 {
            return Err(Error::config(format!(
                "{sealed} {} still sealed with the key {}, which DB_ENCRYPTION_KEYS_OLD no longer names",
                if sealed == 1 { "credential is" } else { "credentials are" },
                check.kid
            ))
            .hint("name it there again, run: neo key rewrap, and then take it away"));
        }
    }
    Ok(())
}

/// The audit keys of all keys this database has known, as far as the ring opens them.
pub(crate) async fn audit_keys(conn: &mut Conn, vault: &Vault) -> Result<Vec<(String, Zeroizing<[u8; 32]>)>> {
    let known = checks(conn).await?;
    Ok(known.into_iter().filter_map(|check| check.audit_key(vault).map(|key| (check.kid, key))).collect())
}

struct Check {
    kid: String,
    envelope: String,
    audit_key: Option<String>,
}

impl Check {
    fn opens(&self, vault: &Vault) -> bool {
        vault
            .key(&self.kid)
            .and_then(|key: &Key| envelope::open(key, &self.envelope, &binding("key_check", &self.kid)))
            .is_some_and(|plain| &**plain == PLAIN)
    }

    fn audit_key(&self, vault: &Vault) -> Option<Zeroizing<[u8; 32]>> {
        if let Some(key) = vault.key(&self.kid) {
            return Some(key.audit.clone());
        }
        let plain = vault.open_bytes(self.audit_key.as_deref()?, &binding("audit_key", &self.kid))?;
        Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
    }
}

async fn checks(conn: &mut Conn) -> Result<Vec<Check>> {
    let rows: Vec<(String, String, Option<String>)> =
        sqlx::query_as("select kid, envelope, audit_key from key_checks order by created_at, kid")
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(kid, envelope, audit_key)| Check { kid, envelope, audit_key }).collect())
}

fn binding<'a>(purpose: &'a str, kid: &'a str) -> Binding<'a> {
    Binding { purpose, subject_id: kid, engine: "", host: "", port: 0, database: "", role: "", generation: 0 }
}
