//! Why a task ended as it did.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a task ended as it did: one of the platform's own reasons, or what somebody has said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Reason {
    /// `succeeded` or `skipped` because there was nothing to do.
    Current,
    /// `succeeded` because migrations were applied, reverted, or a tenant provisioned.
    Migrated,
    /// `succeeded`, and the schema is not the one that most tenants with this ledger have.
    Drifted,
    /// `succeeded` in a verification that had nothing to compare the tenant's schema with: counted as current.
    Uncompared,
    /// `skipped` because the tenant is left out of runs on the fleet.
    Quarantined,
    /// `unknown`, and nobody has looked at the ledger yet.
    Reconcile,
    /// In words: a person's, or what the platform has found.
    Said(String),
}

impl Reason {
    /// Those that have a name.
    pub const NAMED: [Reason; 6] = [
        Reason::Current,
        Reason::Migrated,
        Reason::Drifted,
        Reason::Uncompared,
        Reason::Quarantined,
        Reason::Reconcile,
    ];

    /// Its name, or the words themselves: what is stored and sent.
    pub fn as_str(&self) -> &str {
        match self {
            Reason::Current => "current",
            Reason::Migrated => "migrated",
            Reason::Drifted => "drifted",
            Reason::Uncompared => "uncompared",
            Reason::Quarantined => "quarantined",
            Reason::Reconcile => "reconcile",
            Reason::Said(words) => words,
        }
    }

    /// What a person reads.
    pub fn word(&self) -> &str {
        match self {
            Reason::Uncompared => "nothing to compare with",
            Reason::Reconcile => "to be looked at",
            named => named.as_str(),
        }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        match Reason::NAMED.into_iter().find(|reason| reason.as_str() == text) {
            Some(named) => named,
            None => Reason::Said(text),
        }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Said(words) => words,
            named => named.as_str().to_owned(),
        }
    }
}

impl FromStr for Reason {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.to_owned().into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_sent_as_its_name_or_as_what_was_said() {
        for reason in Reason::NAMED {
            let sent = serde_json::to_value(&reason).expect("JSON");
            assert_eq!(sent, reason.as_str());
            assert_eq!(serde_json::from_value::<Reason>(sent).expect("read again"), reason);
        }
        let said = Reason::from("run 7 was at it".to_owned());
        assert_eq!(said, Reason::Said("run 7 was at it".into()));
        assert_eq!(serde_json::to_value(said).expect("JSON"), "run 7 was at it");
    }
}
