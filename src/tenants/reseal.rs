//! The credentials of a server's tenants, sealed anew for where the server is to be: they are bound to its address and TLS mode.

use super::store::{self, Envelope};
use super::{Tenant, binding, next_binding, target};
use crate::Platform;
use crate::central::Conn;
use crate::error::{Error, Result};
use crate::servers::Server;

/// So many are written with one statement.
const AT_ONCE: usize = 200;

/// What the tenants of a server are to be sealed as.
pub(crate) struct Resealed {
    /// How many there were whose credential is bound to an address. Those of the system Neo replaces are not.
    seen: i64,
    envelopes: Vec<Envelope>,
    /// The same of what waits there while a backup takes its place.
    waiting: i64,
    waiting_envelopes: Vec<Envelope>,
}

/// Opens and seals them, away from the threads that serve. One that does not open stays as it is: it was of no use before.
pub(crate) async fn resealed(platform: &Platform, old: &Server, new: &Server) -> Result<Resealed> {
    let mut conn = platform.central.read().await?;
    let sealed = store::sealed_on(&mut conn, &old.id).await?;
    let mut waiting: Vec<_> =
        store::replaced::on(&mut conn, Some(&old.id)).await?.into_iter().map(|r| r.tenant).collect();
    waiting.retain(|tenant| tenant.credential.as_ref().is_some_and(|envelope| envelope.starts_with("v1:")));
    drop(conn);
    let (platform, old, new) = (platform.clone(), old.clone(), new.clone());
    let work = move || {
        let (seen, waits) = (sealed.len() as i64, waiting.len() as i64);
        let anew = |sealed: Vec<Tenant>| {
            sealed.into_iter().filter_map(|tenant| anew(&platform, tenant, &old, &new)).collect::<Vec<_>>()
        };
        Resealed { seen, envelopes: anew(sealed), waiting: waits, waiting_envelopes: anew(waiting) }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

/// Within a transaction that holds the server's row. False where they are no longer all there are, or no longer as they were.
pub(crate) async fn reseal(tx: &mut Conn, server: &Server, resealed: &Resealed) -> Result<bool> {
    if store::count_sealed_on(tx, &server.id).await? != resealed.seen
        || store::replaced::count_sealed_on(tx, &server.id).await? != resealed.waiting
    {
        return Ok(false);
    }
    for Envelope { id, before, after, .. } in &resealed.waiting_envelopes {
        if store::replaced::reseal(tx, id, before, after).await? != 1 {
            return Ok(false);
        }
    }
    for envelopes in resealed.envelopes.chunks(AT_ONCE) {
        if store::reseal(tx, envelopes).await? != envelopes.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Some of a server's tenants, those first that were well when they were last seen.
pub(crate) async fn sample(conn: &mut Conn, server: &Server, most: i64) -> Result<Vec<Tenant>> {
    store::sample(conn, &server.id, most).await
}

fn anew(platform: &Platform, tenant: Tenant, old: &Server, new: &Server) -> Option<Envelope> {
    let known = match target(platform, &tenant, old) {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(tenant = tenant.slug, error = %error, "a credential does not open, and is not sealed anew");
            return None;
        }
    };
    let after = platform.vault.seal(&known.password?, &binding(&tenant, new));
    let next_after = known.second.map(|next| platform.vault.seal(&next, &next_binding(&tenant, new)));
    Some(Envelope {
        before: tenant.credential?,
        after,
        next_before: tenant.credential_next.unwrap_or_default(),
        next_after: next_after.unwrap_or_default(),
        id: tenant.id,
    })
}
