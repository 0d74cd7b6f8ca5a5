//! What an export ends with: how many rows, which, the hash of the last, and what Neo knew of them; signed as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chain::canonical;
use super::lines::FORM;
use crate::vault::{PublicKey, Vault};

/// The end of an export. Its signature covers each of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// When it was made.
    pub at: String,
    /// `holds`, or what the database's own chain said against it as the rows were read.
    pub chain: String,
    /// How many rows.
    pub count: i64,
    /// What chose them; none where it is everything there was.
    pub filter: Option<BTreeMap<String, Value>>,
    /// The numbers of the first and the last row.
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub form: String,
    /// The hash of the last row; empty where there is none.
    pub hash: String,
    /// `<number>:<mac>` of the newest row that there was, as the verification of the database prints it.
    pub head: String,
    /// The public half of what signs, in hex.
    pub key: String,
    /// The id of the key that it is derived from.
    pub kid: String,
    /// The last row that retention had taken out; 0 where it never has.
    pub pruned_through: i64,
}

impl Head {
    pub(super) fn text(&self) -> String {
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Its text, and the signature of that.
    pub(super) fn signed(&self, vault: &Vault) -> (String, String) {
        let text = self.text();
        let signature = vault.sign(&covered(&text));
        (text, signature)
    }
}

/// A head that was read: what it says, and whether its own key vouches for it.
pub(super) fn read(text: &str, signature: &str) -> Option<(Head, PublicKey, bool)> {
    let head: Head = serde_json::from_str(text).ok()?;
    let key = PublicKey::parse(&head.key).ok().filter(|key| key.hex() == head.key)?;
    let is_ours = head.form == FORM && head.text() == text;
    let is_vouched = key.vouches_for(&covered(text), signature);
    is_ours.then_some((head, key, is_vouched))
}

fn covered(text: &str) -> String {
    format!("{FORM} head\n{text}")
}
