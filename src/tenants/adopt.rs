//! Registers a database that exists already. It must let us in first; Neo never drops what it did not make.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{State, Status, Tenant, credentials, names, reserve, store, subject, target};
use crate::actor::{Actor, Permission};
use crate::engine::{Connection, Engine, Failure};
use crate::error::{Error, Kind, Result};
use crate::migrations::ledger;
use crate::{Platform, audit, servers};

pub struct Adopt {
    pub slug: String,
    pub name: Option<String>,
    /// By name.
    pub server: String,
    /// SQLite: the path of the file.
    pub database: String,
    pub username: String,
    pub password: AdoptPassword,
}

pub enum AdoptPassword {
    None,
    Plain(SecretString),
    /// Sealed by the system that Neo replaces: `<iv_hex>:<ciphertext_hex>`.
    Legacy(String),
}

/// Registers a database that exists already, with its password in plain or sealed by the replaced system. What is already
/// in its ledger counts as applied.
pub async fn adopt(platform: &Platform, actor: &Actor, adopt: Adopt) -> Result<Tenant> {
    actor.authorise(Permission::ProvisionTenants)?;
    actor.recently_signed_in()?;
    names::check_slug(&platform.config, &adopt.slug)?;
    let name = names::check_name(adopt.name.as_deref().filter(|n| !n.trim().is_empty()).unwrap_or(&adopt.slug))?;
    let server = {
        let mut conn = platform.central.read().await?;
        reserve::refuse_taken(&mut conn, &adopt.slug).await?;
        servers::get(&mut conn, &adopt.server).await?
    };
    let is_file = server.engine == Engine::Sqlite;
    let mut tenant = Tenant {
        id: crate::id::new(),
        slug: adopt.slug,
        name,
        status: Status::Active,
        server_id: server.id.clone(),
        server: server.name.clone(),
        engine: server.engine,
        database: if is_file { existing_file(&adopt.database)? } else { plain("database", adopt.database)? },
        username: if is_file { String::new() } else { plain("username", adopt.username)? },
        version: None,
        applied: 0,
        state: State::Unknown,
        last_error: None,
        last_run: None,
        tags: Vec::new(),
        verified_at: None,
        last_ms: None,
        created_at: 0,
        updated_at: 0,
        credential: None,
        generation: 1,
        fingerprint: None,
        ledger_digest: None,
    };
    tenant.credential = match adopt.password {
        AdoptPassword::Plain(password) if !is_file && !password.expose_secret().is_empty() => {
            Some(platform.vault.seal(&password, &credentials::binding(&tenant, &server)))
        }
        AdoptPassword::Legacy(envelope) if !is_file => {
            let envelope = envelope.trim().to_owned();
            // A v1 envelope is bound to another tenant and would not open here; only its opening proves a legacy one.
            platform
                .vault
                .open(&envelope, &credentials::binding(&tenant, &server), platform.config.legacy_ciphertext)
                .map_err(|e| {
                    Error::invalid("password", "the sealed password cannot be opened with this key")
                        .hint("is DB_ENCRYPTION_KEY the key of the system it comes from, and LEGACY_CIPHERTEXT allow?")
                        .source(e)
                })?;
            Some(envelope)
        }
        _ => None,
    };

    let mut conn = Connection::open(&target(platform, &tenant, &server)?).await.map_err(|f| shut(&tenant, &f))?;
    let read = ledger::read(&mut conn).await;
    conn.close().await;
    let rows = read.map_err(|f| shut(&tenant, &f))?;
    if !rows.is_empty() {
        tenant.version = rows.iter().filter(|r| r.success).map(|r| r.version).max();
        tenant.applied = rows.iter().filter(|r| r.success).count() as i64;
        tenant.state = if rows.iter().all(|r| r.success) { State::Current } else { State::Failed };
    }

    let mut tx = platform.central.write().await?;
    reserve::refuse_taken(&mut tx, &tenant.slug).await?;
    store::insert(&mut tx, &tenant).await?;
    let body = json!({ "server": tenant.server, "database": tenant.database, "version": tenant.version });
    audit::record(platform, &mut tx, actor, "tenant.adopt", &subject(&tenant), &body).await?;
    let tenant = super::get(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// A name that somebody else has chosen: anything that can be quoted.
fn plain(field: &'static str, text: String) -> Result<String> {
    if text.is_empty() || text.len() > 128 || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            format!("the {field} has 1 to 128 characters, none of them a control character"),
        ));
    }
    Ok(text)
}

fn existing_file(path: &str) -> Result<String> {
    let bad = |why: &str| Error::invalid("database", format!("the file of the database {why}"));
    if path.is_empty() || path.contains('\0') {
        return Err(bad("is not named"));
    }
    let path = std::path::absolute(Path::new(path)).map_err(|e| bad("cannot be found").cause(e.to_string()))?;
    if !path.is_file() {
        return Err(bad("does not exist").cause(crate::error::printable(&path.display().to_string())));
    }
    path.to_str().map(str::to_owned).ok_or_else(|| bad("has a name that is not UTF-8"))
}

fn shut(tenant: &Tenant, failure: &Failure) -> Error {
    let kind = if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict };
    let error = Error::new(kind, format!("the database of tenant \"{}\" does not let us in", tenant.slug));
    let error = error.cause(&failure.message);
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
