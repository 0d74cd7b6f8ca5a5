//! What is known of tenants, and which of them are meant.

use serde::{Deserialize, Serialize};

use crate::Failure;

names! {
    /// Where a tenant is in its life.
    pub enum TenantStatus: "status", "a status of a tenant" {
        Provisioning = "provisioning",
        Active = "active",
        Suspended = "suspended",
        Archived = "archived",
        Failed = "failed",
        Deleted = "deleted",
    }
}

impl TenantStatus {
    /// Its provisioning has begun and is not complete: it can go on, or be undone.
    pub fn is_being_made(self) -> bool {
        match self {
            TenantStatus::Provisioning | TenantStatus::Failed => true,
            TenantStatus::Active | TenantStatus::Suspended | TenantStatus::Archived | TenantStatus::Deleted => false,
        }
    }
}

names! {
    /// What the last look at a tenant's own database said; `Behind` is derived against the newest version on disk.
    pub enum TenantState: "state", "a state of a tenant" {
        Current = "current",
        Behind = "behind",
        Failed = "failed",
        Drifted = "drifted",
        Unreachable = "unreachable",
        Unknown = "unknown",
    }
}

names! {
    /// What a list of tenants is in the order of.
    #[derive(Default)]
    pub enum TenantSort: "sort", "an order of tenants" {
        #[default]
        Slug = "slug",
        Name = "name",
        Version = "version",
        Updated = "updated",
    }
}

names! {
    /// The steps of a provisioning, in order.
    pub enum Step: "step", "a step of a provisioning" {
        Reserve = "reserve",
        Role = "role",
        Database = "database",
        Rights = "rights",
        /// Of a move: applications are shut out of the database that it has been so far.
        Close = "close",
        /// Of a move: the database is copied from one server to the other.
        Copy = "copy",
        /// Of a move: the copy is held against what was copied.
        Compare = "compare",
        Migrate = "migrate",
        /// Of one that is made of a backup, in the place of its migrations and its first admin.
        Restore = "restore",
        Admin = "admin",
        /// What a backup has taken the place of is backed up and dropped.
        Retire = "retire",
        Activate = "activate",
    }
}

names! {
    /// How far a step has come.
    pub enum StepState: "state", "a state of a step" {
        Planned = "planned" => "waiting",
        Started = "started" => "running",
        Succeeded = "succeeded" => "done",
        Failed = "failed",
        Undone = "undone",
    }
}

names! {
    /// What comes of looking at a database that is to be adopted.
    pub enum Adoption: "outcome", "what comes of an adoption" {
        /// It can be adopted.
        Ready = "ready",
        /// It is: the same slug, server and database.
        Adopted = "adopted",
        Refused = "refused",
    }
}

names! {
    /// What comes of one of many tenants that are made at once.
    pub enum Creation: "outcome", "what comes of a tenant" {
        /// It is made.
        Active = "active",
        /// It was before.
        There = "there",
        Failed = "failed",
        /// An interrupt came first.
        Left = "left",
    }
}

names! {
    /// Who has kept the record of a database so far.
    pub enum Record: "record", "who keeps the record of a database" {
        /// Nobody: every migration is pending.
        None = "none",
        /// `_sqlx_migrations`: Neo or sqlx-cli.
        Ledger = "ledger",
        /// `knex_migrations`, wholly or beyond what the ledger has.
        Knex = "knex",
    }
}

names! {
    /// How the password of a tenant's user is hashed that Neo writes. What is there already is read whichever it is.
    #[derive(Default)]
    pub enum PasswordHash: "password_hash", "a kind of password hash" {
        #[default]
        Argon2id = "argon2id",
        /// For an application that reads nothing else.
        Bcrypt = "bcrypt",
    }
}

names! {
    /// Who has decreed a quarantine.
    pub enum QuarantinedBy: "by", "who decrees a quarantine" {
        /// Because of failures in a row.
        System = "system",
        Person = "person",
    }
}

/// Why runs on the fleet leave a tenant out, and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Quarantine {
    /// Epoch milliseconds: at this moment it is over by itself.
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub until: i64,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub since: i64,
    /// Who looks after it: the person who decreed it, or who started the run that failed last.
    pub owner: String,
    pub reason: String,
    /// Decreed because of failures in a row; a success ends it.
    pub is_automatic: bool,
}

/// Which tenants: the query behind a list, and the selection of a run. Everything given must hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TenantFilter {
    /// Slugs or ids; each must exist.
    pub keys: Vec<String>,
    pub statuses: Vec<TenantStatus>,
    pub server: Option<String>,
    pub tags: Vec<String>,
    pub states: Vec<TenantState>,
    /// The newest version on disk, when `Current` and `Behind` in `states` are to be told apart against it.
    pub latest: Option<i64>,
    /// Behind this version (or never migrated).
    pub behind: Option<i64>,
    pub version: Option<i64>,
    /// Part of slug, name or id.
    pub text: Option<String>,
    /// Left out of runs on the fleet at this moment.
    pub quarantined: bool,
}

impl TenantFilter {
    /// Whether it reaches for the fleet rather than for tenants that somebody named.
    pub fn is_fleet_wide(&self) -> bool {
        self.keys.is_empty()
    }
}

/// One recorded step, for the page and `tenant show`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct StepRecord {
    pub step: Step,
    pub state: StepState,
    pub attempts: i64,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub started_at: Option<i64>,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub finished_at: Option<i64>,
    pub failure: Option<Failure>,
}
