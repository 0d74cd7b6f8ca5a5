//! The chain: what a mac covers, and the walk that checks it.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::store::{self, Link, Stub};
use super::{Bad, Kept, Verification};
use crate::Platform;
use crate::central::Conn;
use crate::error::{Error, Result};
use crate::vault::{self, Vault};

const BATCH: i64 = 1000;
/// So often a verification begins anew.
const WALKS: u32 = 5;

/// The audit keys that there have been, each under its key's id.
type Keys = HashMap<String, Zeroizing<[u8; 32]>>;

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
    sealed(key, &[previous.unwrap_or_default(), &canonical(&row)])
}

/// The same over the stub of what retention has taken out: no row begins so.
pub(super) fn mac_of_stub(key: &[u8; 32], stub: &Stub) -> String {
    let stub = json!({
        "first_seq": stub.first_seq,
        "last_seq": stub.last_seq,
        "row_count": stub.row_count,
        "first_at": stub.first_at,
        "last_at": stub.last_at,
        "mac_before": stub.mac_before,
        "mac_after": stub.mac_after,
        "at": stub.at,
        "actor": stub.actor,
        "kid": stub.kid,
    });
    sealed(key, &["stub:", &canonical(&stub)])
}

fn sealed(key: &[u8; 32], parts: &[&str]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part.as_bytes()));
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

/// A walk along the rows, from the first that there is.
pub(super) struct Walk {
    keys: Keys,
    stubs: Vec<Stub>,
    /// The chain itself says that the newest stub was made.
    is_told: bool,
    pub rows: i64,
    pub previous: Option<(i64, String)>,
    pub first_bad: Option<Bad>,
}

impl Walk {
    /// Begins after what retention has taken out.
    pub async fn begin(conn: &mut Conn, vault: &Vault) -> Result<Self> {
        let keys: Keys = vault::audit_keys(conn, vault).await?.into_iter().collect();
        let stubs = store::stubs(conn).await?;
        let mut walk = Self { keys, stubs, is_told: false, rows: 0, previous: None, first_bad: None };
        for stub in walk.stubs.clone() {
            walk.over(&stub);
        }
        // What was taken out has not come back; and no row stands before the first.
        if let Some(seq) = store::first_until(conn, walk.after()).await? {
            walk.note(seq, "a row stands where there is none".to_owned());
        }
        Ok(walk)
    }

    /// Rows after this number are walked along.
    pub fn after(&self) -> i64 {
        self.previous.as_ref().map_or(0, |(seq, _)| *seq)
    }

    pub fn stubs(&self) -> &[Stub] {
        &self.stubs
    }

    /// Whether retention has taken rows out since the walk began: asked after rows were read, it tells whether they were all there.
    pub async fn is_pruned_since(&self, conn: &mut Conn) -> Result<bool> {
        let newest = |stubs: &[Stub]| stubs.last().map(|stub| stub.last_seq);
        Ok(newest(&store::stubs(conn).await?) != newest(&self.stubs))
    }

    fn over(&mut self, stub: &Stub) {
        let (expected, before) = (self.after() + 1, self.previous.as_ref().map(|(_, mac)| mac.as_str()));
        let joins = (stub.first_seq, stub.mac_before.as_deref()) == (expected, before) && stub.last_seq >= expected;
        let key = self.keys.get(&stub.kid);
        let is_sealed = key.is_some_and(|key| is_same(&mac_of_stub(key, stub), &stub.mac));
        if !(joins && is_sealed) {
            self.note(
                expected,
                format!("what is said of rows {} to {} being pruned was changed", stub.first_seq, stub.last_seq),
            );
        }
        self.previous = Some((stub.last_seq, stub.mac_after.clone()));
    }

    pub fn step(&mut self, link: &Link, stored: &str) {
        self.rows += 1;
        let expected = self.after() + 1;
        let reason = if link.seq != expected {
            Some(match link.seq - expected {
                1 => format!("row {expected} is missing"),
                _ => format!("rows {expected} to {} are missing", link.seq - 1),
            })
        } else {
            self.against(self.previous.as_ref().map(|(_, mac)| mac.as_str()), link, stored)
        };
        if let Some(reason) = reason {
            self.note(expected.min(link.seq), reason);
        }
        self.is_told |= self.stubs.last().is_some_and(|stub| tells_of(link, stub));
        self.previous = Some((link.seq, stored.to_owned()));
    }

    /// What is wrong with a row after the one with this mac.
    pub fn against(&self, before: Option<&str>, link: &Link, stored: &str) -> Option<String> {
        let Some(key) = self.keys.get(&link.kid) else {
            return Some(format!("the key {} that it was written under is not at hand", link.kid));
        };
        (!is_same(&mac(key, before, link), stored)).then(|| "the row, or the order of the rows, was changed".to_owned())
    }

    /// The first that is noted is the one that is told.
    pub fn note(&mut self, seq: i64, reason: String) {
        self.first_bad.get_or_insert(Bad { seq, reason });
    }

    /// At the end of all rows.
    pub fn end(&mut self) {
        if let (Some(stub), false) = (self.stubs.last(), self.is_told) {
            let (seq, reason) = (stub.last_seq, "no row says that what stood before was pruned");
            self.note(seq, reason.to_owned());
        }
    }

    /// `<number>:<mac>` of the row that was walked along last.
    pub fn head(&self) -> Option<String> {
        self.previous.as_ref().map(|(seq, mac)| format!("{seq}:{mac}"))
    }
}

/// Whether this row is that of the act which left the stub.
fn tells_of(link: &Link, stub: &Stub) -> bool {
    if link.action != super::PRUNE {
        return false;
    }
    let body: Value = serde_json::from_str(&link.body).unwrap_or_default();
    body["last"] == stub.last_seq && body["mac_after"] == *stub.mac_after
}

fn is_same(computed: &str, stored: &str) -> bool {
    computed.as_bytes().ct_eq(stored.as_bytes()).into()
}

/// Walks all rows in batches. `kept` are heads from earlier walks. Where rows were taken out under its feet it walks again.
pub(super) async fn verify(platform: &Platform, kept: &[Kept]) -> Result<Verification> {
    for _ in 0..WALKS {
        if let Some(found) = walked(platform, kept).await? {
            return Ok(found);
        }
    }
    Err(Error::conflict("the audit is being pruned again and again").hint("verify when that is over"))
}

/// None where retention took rows out meanwhile: what was missing is not.
async fn walked(platform: &Platform, kept: &[Kept]) -> Result<Option<Verification>> {
    let mut conn = platform.central.read().await?;
    let counter = store::counter(&mut conn).await?;
    let mut walk = Walk::begin(&mut conn, &platform.vault).await?;
    let gone = walk.previous.clone();
    for kept in kept {
        // One that was kept of a row in the middle of what is gone can be held against nothing any more.
        if gone.as_ref().is_some_and(|(seq, mac)| *seq == kept.seq && *mac != kept.mac) {
            walk.note(kept.seq, kept.is_another());
        }
    }
    loop {
        let batch = store::links_after(&mut conn, walk.after(), BATCH).await?;
        if batch.is_empty() {
            break;
        }
        for (link, stored) in batch {
            walk.step(&link, &stored);
            if let Some(kept) = kept.iter().find(|kept| kept.seq == link.seq && kept.mac != stored) {
                walk.note(link.seq, kept.is_another());
            }
        }
    }
    if walk.is_pruned_since(&mut conn).await? {
        return Ok(None);
    }
    walk.end();
    let last = walk.after();
    // Rows that were committed while we walked are beyond the counter we read first; fewer than it says are missing.
    let newest = kept.iter().max_by_key(|kept| kept.seq).filter(|kept| kept.seq > counter);
    let promised = newest.map_or(counter, |kept| kept.seq);
    if last < promised {
        let by = newest.map(|kept| kept.by()).unwrap_or_default();
        walk.note(last + 1, format!("the end is missing: rows up to {promised} were written{by}"));
    }
    Ok(Some(Verification {
        rows: walk.rows,
        head: walk.head(),
        pruned: walk.stubs.iter().map(Stub::told).collect(),
        first_bad: walk.first_bad,
    }))
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
