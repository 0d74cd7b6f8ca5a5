//! Changing keys: how many credentials each key still holds, and sealing them anew under the current one.
//!
//! Rewrapping goes in batches, one credential at a time, and replaces a credential only if it is still the one that was
//! read. So it may be stopped and started again, and a tenant may be worked on meanwhile.

use std::collections::BTreeMap;

pub use neo_model::{KeyCount, KeyStatus as Status};
use serde::Serialize;
use serde_json::json;

use super::{Vault, envelope, is_legacy};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::audit;
use crate::central::Conn;
use crate::engine::{self, Connection, Failure};
use crate::error::{Error, Kind, Result};
use crate::{channels, second_factor, servers, tenants};

const BATCH: i64 = 100;

/// What a rewrap did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rewrap {
    pub rewrapped: i64,
    /// Changed by somebody else while we looked: they are right, we are not.
    pub overtaken: i64,
    /// Whose credential stays as it is, and why.
    pub failed: Vec<(String, String)>,
}

pub async fn status(platform: &Platform, actor: &Actor) -> Result<Status> {
    actor.authorise(Permission::SeeKeys)?;
    let vault = &platform.vault;
    let mut conn = platform.central.read().await?;
    let mut status = Status { current: vault.kid().to_owned(), ..Status::default() };
    let mut counts: BTreeMap<String, [i64; 4]> = vault.ring.iter().map(|key| (key.kid.clone(), [0; 4])).collect();
    let factors = second_factor::sealed(&mut conn).await?.into_iter().map(|(_, envelope)| (Of::Factor, envelope, 0));
    let sealed = channels::sealed(&mut conn).await?.into_iter().map(|channel| (Of::Channel, channel.sealed, 0));
    for (of, envelope, tls_unbound) in credentials(&mut conn).await?.into_iter().chain(factors).chain(sealed) {
        status.tls_unbound += tls_unbound;
        match envelope::kid(&envelope).filter(|kid| kid.len() == 16 && kid.bytes().all(|b| b.is_ascii_hexdigit())) {
            Some(kid) => {
                counts.entry(kid.to_owned()).or_default()[of as usize] += 1;
            }
            None if is_legacy(&envelope) => status.legacy += 1,
            None => status.damaged += 1,
        }
    }
    let count = |(kid, [tenants, servers, factors, channels]): (String, [i64; 4])| KeyCount {
        current: kid == vault.kid(),
        in_ring: vault.key(&kid).is_some(),
        kid,
        tenants,
        servers,
        factors,
        channels,
    };
    status.keys = counts.into_iter().map(count).collect();
    status.keys.sort_by_key(|key| (!key.current, !key.in_ring));
    Ok(status)
}

/// Seals every credential anew that is not under the current key, or not bound to its server's TLS mode. A legacy one carries no proof that it is what was once
/// stored, so it must first open the tenant's database.
pub async fn rewrap(platform: &Platform, actor: &Actor) -> Result<Rewrap> {
    actor.authorise(Permission::ManageKeys)?;
    let body = json!({ "to": platform.vault.kid() });
    let intent = audit::intent(platform, actor, "key.rewrap", "keys", &body).await?;
    let done = walk(platform, actor).await;
    intent.outcome(platform, &done).await?;
    done
}

async fn walk(platform: &Platform, actor: &Actor) -> Result<Rewrap> {
    let mut done = Rewrap::default();
    for id in outdated(&mut *platform.central.read().await?, &platform.vault, "servers", "").await? {
        let server = servers::find(platform, actor, &id).await?;
        let name = format!("server {}", server.name);
        note(&mut done, name, rewrap_server(platform, &server).await)?;
    }
    let mut after = String::new();
    loop {
        let batch = outdated(&mut *platform.central.read().await?, &platform.vault, "tenants", &after).await?;
        let Some(last) = batch.last() else { break };
        after.clone_from(last);
        for id in &batch {
            let tenant = match tenants::find(platform, actor, id).await {
                Ok(tenant) => tenant,
                // Deleted since the batch was read.
                Err(error) if error.kind == Kind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let name = format!("tenant {}", tenant.slug);
            note(&mut done, name, rewrap_tenant(platform, actor, &tenant).await)?;
        }
    }
    rewrap_waiting(platform, actor, &mut done).await?;
    rewrap_factors(platform, &mut done).await?;
    rewrap_channels(platform, &mut done).await?;
    Ok(done)
}

async fn rewrap_channels(platform: &Platform, done: &mut Rewrap) -> Result<()> {
    let own = format!("v1:{}:", platform.vault.kid());
    let sealed = channels::sealed(&mut *platform.central.read().await?).await?;
    for channel in sealed.into_iter().filter(|channel| !channel.sealed.starts_with(&own)) {
        note(done, format!("channel {}", channel.name), channels::reseal(platform, &channel).await)?;
    }
    Ok(())
}

async fn rewrap_factors(platform: &Platform, done: &mut Rewrap) -> Result<()> {
    let own = format!("v1:{}:", platform.vault.kid());
    let sealed = second_factor::sealed(&mut *platform.central.read().await?).await?;
    for (admin_id, envelope) in sealed.into_iter().filter(|(_, envelope)| !envelope.starts_with(&own)) {
        note(
            done,
            format!("second factor of {admin_id}"),
            second_factor::reseal(platform, &admin_id, &envelope).await,
        )?;
    }
    Ok(())
}

/// What waits while a backup takes its place: it comes back with what it is sealed with.
async fn rewrap_waiting(platform: &Platform, actor: &Actor, done: &mut Rewrap) -> Result<()> {
    let own = format!("v1:{}:", platform.vault.kid());
    let waiting = tenants::waiting(&mut *platform.central.read().await?).await?;
    for before in waiting {
        let is_outdated = before.credential.as_ref().is_some_and(|envelope| !envelope.starts_with(&own));
        if is_outdated || before.tls_unbound && before.credential.is_some() {
            let name = format!("tenant {}, as it was before a backup", before.slug);
            note(done, name, rewrap_before(platform, actor, &before).await)?;
        }
    }
    Ok(())
}

async fn rewrap_before(platform: &Platform, actor: &Actor, before: &tenants::Tenant) -> Result<bool> {
    let server = servers::find(platform, actor, &before.server_id).await?;
    let target = tenants::target(platform, before, &server)?;
    if before.credential.as_deref().is_some_and(is_legacy) {
        sign_in(&target, &before.slug).await?;
    }
    let (Some(old), Some(password)) = (&before.credential, &target.password) else { return Ok(false) };
    let new = platform.vault.seal(password, &tenants::binding(before, &server));
    let mut tx = platform.central.write().await?;
    let is_swapped = tenants::reseal_waiting(&mut tx, &before.id, old, &new).await?;
    tx.commit().await?;
    Ok(is_swapped)
}

/// One that cannot be rewrapped does not keep the others; a central database that is gone does.
fn note(done: &mut Rewrap, name: String, result: Result<bool>) -> Result<()> {
    match result {
        Ok(true) => done.rewrapped += 1,
        Ok(false) => done.overtaken += 1,
        Err(error) if error.kind == Kind::Internal => return Err(error),
        Err(error) => done.failed.push((name, error.to_string())),
    }
    Ok(())
}

async fn rewrap_server(platform: &Platform, server: &servers::Server) -> Result<bool> {
    let target = servers::admin_target(platform, server)?;
    if server.credential.as_deref().is_some_and(is_legacy) {
        engine::probe(&target).await.map_err(|failure| does_not_open(&server.name, &failure))?;
    }
    let (Some(old), Some(password)) = (&server.credential, &target.password) else { return Ok(false) };
    let new = platform.vault.seal(password, &servers::binding(server));
    let next = target.second.as_ref().map(|second| platform.vault.seal(second, &servers::next_binding(server)));
    let sql = "update servers set credential = $1, credential_next = $2, tls_unbound = 0 \
               where id = $3 and credential = $4 and coalesce(credential_next, '') = $5";
    swap(platform, sql, [Some(new), next], &server.id, [Some(old), server.credential_next.as_ref()]).await
}

async fn rewrap_tenant(platform: &Platform, actor: &Actor, tenant: &tenants::Tenant) -> Result<bool> {
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let target = tenants::target(platform, tenant, &server)?;
    if tenant.credential.as_deref().is_some_and(is_legacy) {
        sign_in(&target, &tenant.slug).await?;
    }
    let (Some(old), Some(password)) = (&tenant.credential, &target.password) else { return Ok(false) };
    let new = platform.vault.seal(password, &tenants::binding(tenant, &server));
    let next =
        target.second.as_ref().map(|second| platform.vault.seal(second, &tenants::next_binding(tenant, &server)));
    let sql = "update tenants set credential = $1, credential_next = $2, tls_unbound = 0 \
               where id = $3 and credential = $4 and coalesce(credential_next, '') = $5";
    swap(platform, sql, [Some(new), next], &tenant.id, [Some(old), tenant.credential_next.as_ref()]).await
}

async fn sign_in(target: &engine::Target, name: &str) -> Result<()> {
    let connection = Connection::open(target).await.map_err(|failure| does_not_open(name, &failure))?;
    connection.close().await;
    Ok(())
}

fn does_not_open(name: &str, failure: &Failure) -> Error {
    Error::unavailable(format!("the legacy credential of \"{name}\" does not open its database"))
        .cause(crate::error::printable(&failure.message))
}

/// Whether they were still the old ones: the credential, and the one that takes its place.
async fn swap(
    platform: &Platform,
    sql: &'static str,
    [new, next]: [Option<String>; 2],
    id: &str,
    old: [Option<&String>; 2],
) -> Result<bool> {
    let mut tx = platform.central.write().await?;
    let [old, old_next] = old.map(|old| old.cloned().unwrap_or_default());
    let swapped =
        sqlx::query(sql).bind(new).bind(next).bind(id.to_owned()).bind(old).bind(old_next).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(swapped.rows_affected() == 1)
}

const LIVE_TENANTS: &str = "from tenants where credential is not null and status <> 'deleted'";
const LIVE_SERVERS: &str = "from servers where credential is not null and removed_at is null";

/// Whose an envelope is.
#[derive(Clone, Copy)]
enum Of {
    Tenant,
    Server,
    Factor,
    Channel,
}

/// Every sealed credential, with whose it is; 1 for one that is bound to no TLS mode.
async fn credentials(conn: &mut Conn) -> Result<Vec<(Of, String, i64)>> {
    let mut all = Vec::new();
    for (of, live) in [(Of::Tenant, LIVE_TENANTS), (Of::Server, LIVE_SERVERS)] {
        let sql = format!(
            "select credential, tls_unbound {live} union all select credential_next, 0 {live} and credential_next is not null"
        );
        let some: Vec<(String, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *conn).await?;
        all.extend(some.into_iter().map(|(envelope, unbound)| (of, envelope, unbound)));
    }
    for before in tenants::waiting(conn).await? {
        all.extend(before.credential.map(|envelope| (Of::Tenant, envelope, i64::from(before.tls_unbound))));
    }
    Ok(all)
}

/// Ids of what is not sealed under the current key or not bound to a TLS mode, in order, after this one: a batch of tenants, or all servers.
async fn outdated(conn: &mut Conn, vault: &Vault, table: &str, after: &str) -> Result<Vec<String>> {
    let (live, limit) = if table == "tenants" { (LIVE_TENANTS, BATCH) } else { (LIVE_SERVERS, i64::MAX) };
    let sql = format!(
        "select id {live} and id > $1 and (credential not like $2 or credential_next not like $2 or tls_unbound = 1) \
         order by id limit $3"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(after.to_owned())
        .bind(format!("v1:{}:%", vault.kid()))
        .bind(limit)
        .fetch_all(conn)
        .await?)
}
