//! The chain: what a mac covers, and the walk that checks it.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::store::{self, Link};
use super::{Bad, Verification};
use crate::Platform;
use crate::error::Result;
use crate::vault;

const BATCH: i64 = 1000;

/// HMAC-SHA-256 over the mac before (nothing for the first row) and the row as canonical JSON.
pub(super) fn mac(key: &[u8; 32], previous: Option<&str>, link: &Link) -> String {
    let row = json!({
        "seq": link.seq,
        "at": link.at,
        "actor": link.actor,
        "door": link.door,
        "address": link.address,
        "action": link.action,
        "subject": link.subject,
        "outcome": link.outcome,
        "request_id": link.request_id,
        "body": link.body,
        "kid": link.kid,
    });
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(previous.unwrap_or_default().as_bytes());
    mac.update(canonical(&row).as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// JSON without white space and with sorted keys, whatever order a map happens to keep.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(name, _)| name.as_str());
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::String(name.clone()), canonical(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// Walks all rows in batches. `kept` is a head from an earlier walk.
pub(super) async fn verify(platform: &Platform, kept: Option<(i64, &str)>) -> Result<Verification> {
    let mut conn = platform.central.read().await?;
    let keys: HashMap<_, _> = vault::audit_keys(&mut conn, &platform.vault).await?.into_iter().collect();
    let counter = store::counter(&mut conn).await?;
    let mut found = Verification { rows: 0, head: None, first_bad: None };
    let mut previous: Option<(i64, String)> = None;
    loop {
        let after = previous.as_ref().map_or(0, |(seq, _)| *seq);
        let batch = store::links_after(&mut conn, after, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for (link, stored) in batch {
            found.rows += 1;
            let expected = previous.as_ref().map_or(1, |(seq, _)| seq + 1);
            let reason = if link.seq != expected {
                Some(match link.seq - expected {
                    1 => format!("row {expected} is missing"),
                    _ => format!("rows {expected} to {} are missing", link.seq - 1),
                })
            } else if let Some(key) = keys.get(&link.kid) {
                let computed = mac(key, previous.as_ref().map(|(_, mac)| mac.as_str()), &link);
                (!bool::from(computed.as_bytes().ct_eq(stored.as_bytes())))
                    .then(|| "the row, or the order of the rows, was changed".to_owned())
            } else {
                Some(format!("the key {} that it was written under is not at hand", link.kid))
            };
            let reason = reason.or_else(|| {
                kept.filter(|(seq, mac)| *seq == link.seq && *mac != stored)
                    .map(|_| "the row is not the one whose head was kept".to_owned())
            });
            if let (Some(reason), None) = (reason, &found.first_bad) {
                found.first_bad = Some(Bad { seq: expected.min(link.seq), reason });
            }
            previous = Some((link.seq, stored));
        }
    }
    let last = previous.as_ref().map_or(0, |(seq, _)| *seq);
    // Rows that were committed while we walked are beyond the counter we read first; fewer than it says are missing.
    let promised = counter.max(kept.map_or(0, |(seq, _)| seq));
    if last < promised && found.first_bad.is_none() {
        found.first_bad =
            Some(Bad { seq: last + 1, reason: format!("the end is missing: rows up to {promised} were written") });
    }
    found.head = previous.map(|(seq, mac)| format!("{seq}:{mac}"));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_json_sorts_keys_at_every_depth_and_keeps_the_rest() {
        let value = json!({ "b": [ { "z": 1, "a": "q\"\n" }, null, 1.5 ], "a": true });
        assert_eq!(canonical(&value), r#"{"a":true,"b":[{"a":"q\"\n","z":1},null,1.5]}"#);
    }
}
