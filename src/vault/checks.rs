//! One envelope per key in the central database, so that a wrong key is noticed at start and not at the first tenant.

use zeroize::Zeroizing;

use super::key::Key;
use super::{Binding, Vault, envelope};
use crate::central::{Central, Conn};
use crate::error::{Advice, Do, Error, Result};

const PLAIN: &[u8] = b"neo";

/// Compares the key ring with the key checks in the central database; a first start writes one, and so does the first start
/// with a new key beside the former one.
pub async fn check_keys(central: &Central, vault: &Vault) -> Result<()> {
    let standing = {
        let mut conn = central.read().await?;
        let known = checks(&mut conn).await?;
        let standing = vouch(&known, vault)?;
        still_needed(&mut conn, &known, vault).await?;
        standing
    };
    match standing {
        Standing::Current => Ok(()),
        Standing::New => introduce(central, vault).await,
    }
}

enum Standing {
    /// The key in use before this start.
    Current,
    /// The first of all, or one whose predecessor is in the ring.
    New,
}

fn vouch(known: &[Check], vault: &Vault) -> Result<Standing> {
    let Some(newest) = known.last() else { return Ok(Standing::New) };
    if vault.key(&newest.kid).is_none() {
        let former = known.iter().any(|check| check.kid == vault.kid());
        return Err(Error::config(if former {
            "DB_ENCRYPTION_KEY is a key this central database has been rotated away from"
        } else {
            "DB_ENCRYPTION_KEY is not the key this central database was sealed with"
        })
        .hint(Advice::operator(
            "set the key it is sealed with; to change keys, name the former one in DB_ENCRYPTION_KEYS_OLD",
        )));
    }
    if !newest.opens(vault) {
        return Err(Error::config(format!("the check of the key {} in the central database is damaged", newest.kid))
            .hint("restore its row in key_checks from a backup of the central database"));
    }
    Ok(if newest.kid == vault.kid() { Standing::Current } else { Standing::New })
}

/// Makes the current key the newest that this database knows.
async fn introduce(central: &Central, vault: &Vault) -> Result<()> {
    let mut tx = central.write().await?;
    // Two first starts with different keys must not both be the first.
    crate::audit::take_turn(&mut tx).await?;
    let known = checks(&mut tx).await?;
    if let Standing::Current = vouch(&known, vault)? {
        return Ok(());
    }
    sqlx::query(
        "insert into key_checks (kid, envelope, created_at)
         select $1, $2, case when now_ms > $3 then now_ms else $3 end from clock where 1 = 1
         on conflict (kid) do update set envelope = excluded.envelope, created_at = excluded.created_at",
    )
    .bind(vault.kid().to_owned())
    .bind(vault.seal_bytes(PLAIN, &binding("key_check", vault.kid())))
    .bind(known.last().map_or(0, |newest| newest.created_at + 1))
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
    crate::audit::key_introduced(vault, &mut tx, known.last().map(|newest| newest.kid.as_str())).await?;
    tx.commit().await?;
    Ok(())
}

/// A key may leave the ring once nothing is sealed with it any more.
async fn still_needed(conn: &mut Conn, known: &[Check], vault: &Vault) -> Result<()> {
    for check in known.iter().filter(|check| vault.key(&check.kid).is_none()) {
        let sealed: i64 = sqlx::query_scalar(
            "select (select count(*) from tenants where (credential like $1 or credential_next like $1) and status <> 'deleted')
                  + (select count(*) from servers where (credential like $1 or credential_next like $1) and removed_at is null)
                  + (select count(*) from replaced_databases where credential like $1)
                  + (select count(*) from second_factors where secret like $1)",
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
            .hint(
                Advice::operator("name it there again, run: ").act(Do::RewrapKeys {}).and(", and then take it away"),
            ));
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
    created_at: i64,
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

/// The newest last.
async fn checks(conn: &mut Conn) -> Result<Vec<Check>> {
    let rows: Vec<(String, String, Option<String>, i64)> =
        sqlx::query_as("select kid, envelope, audit_key, created_at from key_checks order by created_at, kid")
            .fetch_all(conn)
            .await?;
    let check = |(kid, envelope, audit_key, created_at)| Check { kid, envelope, audit_key, created_at };
    Ok(rows.into_iter().map(check).collect())
}

fn binding<'a>(purpose: &'a str, kid: &'a str) -> Binding<'a> {
    Binding {
        purpose,
        subject_id: kid,
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
