//! Retention: the oldest rows go, and a sealed stub says who has taken out which, when, and what the chain was before and after, so that
//! it still proves the rest.

use serde_json::json;

use super::chain::{self, Walk};
use super::store::{self, Stub};
use super::{Pruned, append, take_turn};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central;
use crate::clock::rfc3339;
use crate::error::{Advice, Error, Result};

/// What is younger stays, whoever asks.
pub const YOUNGEST: i64 = 30 * 86_400_000;

const BATCH: i64 = 1000;

/// What [`prune`] would take out; none where nothing is that old.
pub async fn prunable(platform: &Platform, actor: &Actor, older_than_ms: i64) -> Result<Option<Pruned>> {
    actor.authorise(Permission::PruneAudit)?;
    Ok(walked(platform, actor, older_than_ms).await?.map(|stub| stub.told()))
}

/// Takes out the rows that are older than this, up to the first that is not; none where there are none. A chain that does not hold is
/// left as it is.
pub async fn prune(platform: &Platform, actor: &Actor, older_than_ms: i64) -> Result<Option<Pruned>> {
    actor.authorise(Permission::PruneAudit)?;
    let Some(stub) = walked(platform, actor, older_than_ms).await? else { return Ok(None) };
    let mut tx = platform.central.write().await?;
    // Whoever else prunes waits, and finds what is here.
    take_turn(&mut tx).await?;
    let standing = store::mac_of(&mut tx, stub.last_seq).await?;
    let after = store::stubs(&mut tx).await?.last().map(|stub| stub.last_seq);
    if standing.as_deref() != Some(stub.mac_after.as_str()) || after.unwrap_or(0) + 1 != stub.first_seq {
        return Err(Error::conflict("the audit was pruned, or changed, by somebody else meanwhile").hint("look again"));
    }
    let at = central::now(&mut tx).await?;
    let mut stub = Stub { at, ..stub };
    stub.mac = chain::mac_of_stub(platform.vault.audit_key(), &stub);
    store::take_out(&mut tx, &stub).await?;
    let body = json!({
        "first": stub.first_seq, "last": stub.last_seq, "rows": stub.row_count,
        "from": rfc3339(stub.first_at), "until": rfc3339(stub.last_at),
        "mac_before": stub.mac_before, "mac_after": stub.mac_after,
    });
    append(&platform.vault, &mut tx, actor, super::PRUNE, "audit", neo_model::AuditOutcome::Succeeded, &body).await?;
    tx.commit().await?;
    Ok(Some(stub.told()))
}

/// The stub of what would go, each row of which was found as it was written. Its seal comes with the act.
async fn walked(platform: &Platform, actor: &Actor, older_than_ms: i64) -> Result<Option<Stub>> {
    if older_than_ms < YOUNGEST {
        return Err(Error::invalid("older-than", "nothing younger than 30 days is pruned")
            .cause("what somebody has just done stays to be seen"));
    }
    let mut conn = platform.central.read().await?;
    let cutoff = central::now(&mut conn).await? - older_than_ms;
    let mut walk = Walk::begin(&mut conn, &platform.vault).await?;
    let before = walk.previous.clone();
    let Some(last) = store::last_before(&mut conn, cutoff).await?.filter(|last| *last > walk.after()) else {
        return Ok(None);
    };
    let mut span = None;
    loop {
        let batch = store::links_after(&mut conn, walk.after(), BATCH.min(last - walk.after())).await?;
        if batch.is_empty() {
            break;
        }
        for (link, stored) in batch {
            walk.step(&link, &stored);
            let (first, _) = span.unwrap_or((link.at, link.at));
            span = Some((first, link.at));
        }
    }
    if let Some(bad) = &walk.first_bad {
        return Err(Error::conflict(format!("the chain does not hold at row {}: {}", bad.seq, bad.reason))
            .cause("what was tampered with is evidence, and stays")
            .hint(Advice::operator("a verification of the audit says the same")));
    }
    let (Some((first_at, last_at)), Some((last_seq, mac_after))) = (span, walk.previous) else { return Ok(None) };
    Ok(Some(Stub {
        first_seq: before.as_ref().map_or(1, |(seq, _)| seq + 1),
        last_seq,
        row_count: walk.rows,
        first_at,
        last_at,
        mac_before: before.map(|(_, mac)| mac),
        mac_after,
        at: 0,
        actor: actor.name.clone(),
        kid: platform.vault.kid().to_owned(),
        mac: String::new(),
    }))
}
