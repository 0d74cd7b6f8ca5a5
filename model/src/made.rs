//! What came of something that was done to a tenant, as programs read it.

use serde::{Deserialize, Serialize};

use crate::{Adoption, Advice, Lock, Record, Step, TenantDetail, TenantRow};

/// A provisioning that was begun: a worker does it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Provisioning {
    /// Of the tenant.
    pub id: String,
    /// The run that does it.
    pub run: i64,
    /// Its slug.
    pub tenant: String,
}

/// A new tenant that was begun or, where only that was asked for, that could be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Creating {
    Begun(Provisioning),
    Checked(Checked),
}

/// A tenant that nothing is in the way of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Checked {
    /// The slug that it would have.
    pub tenant: String,
}

/// A tenant whose provisioning was undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct CleanedUp {
    #[serde(flatten)]
    pub row: TenantRow,
    /// The steps that were undone, in that order.
    pub undone: Vec<Step>,
}

/// What adopting a database would come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Survey {
    pub tenant: String,
    pub server: String,
    pub database: String,
    pub outcome: Adoption,
    /// Who has kept the record of what is applied; null when nobody could look.
    pub record: Option<Record>,
    /// The migrations that another tool has applied, and that the ledger will be told of.
    pub baseline: Vec<String>,
    pub version: Option<i64>,
    pub pending: Option<i64>,
    /// Why it cannot be adopted, or, where it can, what a run would refuse there.
    pub problem: Option<String>,
    /// The argument that the problem is about, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(flatten, with = "crate::advice::told")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::advice::told::Keys"))]
    pub hint: Option<Advice>,
    /// Which database that is; null where nobody could look, or where it is adopted.
    #[serde(default)]
    pub place: Option<Whereabouts>,
    /// What else is to be known before it is adopted: names that were taken for others, users who could not sign in, a file that
    /// was begun.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Which database it is, whatever it or its server is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Whereabouts {
    /// As its server compares names; of SQLite the path of the file itself.
    pub name: String,
    /// When its server was begun, or all that it is set up with; null for a file.
    pub begun: Option<String>,
    /// What its server was given when it was made, where its login may know that.
    pub made: Option<String>,
}

impl Whereabouts {
    /// By all that is known of both.
    pub fn is_same(&self, other: &Self) -> bool {
        let differs = self.made.as_ref().zip(other.made.as_ref()).is_some_and(|(one, other)| one != other);
        (&self.name, &self.begun) == (&other.name, &other.begun) && !differs
    }
}

/// The survey where that was asked for, otherwise the tenant that was adopted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Adopted {
    Survey(Box<Survey>),
    Tenant(Box<TenantDetail>),
}

/// A tenant that is deleted, or is being deleted: its status says which.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Deletion {
    #[serde(flatten)]
    pub row: TenantRow,
    /// Where its last backup lies, on the machine of the server.
    pub backup: Option<String>,
}

/// A lock that was looked at, and whether it was broken.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct BrokenLock {
    #[serde(flatten)]
    pub lock: Lock,
    pub broken: bool,
}

/// Whether a tenant's database lets its own role in, and its ledger can be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Tested {
    pub tenant: String,
    pub ok: bool,
    /// How long it took.
    pub ms: i64,
    /// Why not.
    pub reason: Option<String>,
}
