//! What a run would do.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Advice, Engine, Finding, InWindow, PlannedWave, Quarantine, TenantStatus};

/// What a run would do, with nothing touched.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Plan {
    pub tenants: i64,
    pub current: i64,
    pub behind: i64,
    pub migrations: Vec<PlannedMigration>,
    /// Where the tenants stand that can be migrated, the oldest first.
    pub by_version: Vec<StartingFrom>,
    /// Milliseconds the run may take with so many at once; none without earlier runs to judge by.
    pub estimate_ms: Option<i64>,
    pub concurrency: u32,
    /// Who goes first, where the policy says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<PlannedWave>,
    pub unreachable: Vec<Unreachable>,
    /// Reached, but their ledger and the files do not agree: a run would refuse them.
    pub refused: Vec<Unreachable>,
    /// A run on the fleet would leave these out.
    pub quarantined: Vec<Quarantined>,
    /// Named, or chosen by their status, and not active: a run does nothing there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
    /// Servers that are nodes of a Galera cluster and have something pending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
    /// Who is in a maintenance window now: a run begins them when it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<InWindow>,
}

/// Tenants that have the same before them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct StartingFrom {
    /// None: nothing is applied yet.
    pub version: Option<i64>,
    pub tenants: i64,
    /// Versions, in the order in which they would be applied.
    pub pending: Vec<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PlannedMigration {
    pub version: i64,
    pub name: String,
    pub checksum: String,
    /// On every engine among the tenants.
    pub atomic: bool,
    pub findings: Vec<Finding>,
    /// Tenants it is pending on.
    pub pending_on: i64,
    /// One for each engine among the tenants.
    pub engines: Vec<PlannedOn>,
    /// Milliseconds on one tenant, and what that rests on.
    pub estimate_ms: Option<i64>,
    pub estimate_from: Option<Basis>,
}

impl PlannedMigration {
    /// Its files with their text, each once: several engines may have the same.
    pub fn files(&self) -> Vec<(&Path, &str)> {
        let mut files: Vec<(&Path, &str)> = Vec::new();
        for on in &self.engines {
            let (file, sql) = (on.file.as_path(), on.sql.as_deref());
            if let Some(sql) = sql.filter(|_| files.iter().all(|(other, _)| *other != file)) {
                files.push((file, sql));
            }
        }
        files
    }
}

/// What of a migration would run on an engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PlannedOn {
    pub engine: Engine,
    pub atomic: bool,
    pub file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Unreachable {
    pub tenant: String,
    /// Why, and what helps.
    #[serde(with = "crate::advice::told::reason")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "String"))]
    pub reason: Advice,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Quarantined {
    pub tenant: String,
    #[serde(flatten)]
    pub quarantine: Quarantine,
}

/// Whom a run passes over, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct PassedOver {
    pub tenant: String,
    pub status: TenantStatus,
}

impl Plan {
    /// Those that are passed over for the same reason, told together: what they are, and who.
    pub fn passed_over_by_status(&self) -> Vec<(TenantStatus, Vec<&str>)> {
        let of = |status: TenantStatus| {
            let alike = self.passed_over.iter().filter(move |one| one.status == status);
            alike.map(|one| one.tenant.as_str()).collect::<Vec<_>>()
        };
        let all = TenantStatus::ALL.into_iter().map(|status| (status, of(status)));
        all.filter(|(_, tenants)| !tenants.is_empty()).collect()
    }

    /// What is other on a cluster, where something is pending on one.
    pub fn of_clusters(&self) -> Option<String> {
        let (are, there) = match self.clusters.len() {
            0 => return None,
            1 => ("is a node of a Galera cluster", "there"),
            _ => ("are nodes of a Galera cluster", "on these"),
        };
        Some(format!(
            "{} {are}: {there} a statement that changes a table does not wait for the transactions that are at it, but ends them (1213), \
             on every node: whoever writes meanwhile has to try again",
            self.clusters.join(", ")
        ))
    }

    /// Tenants that are blocked for the same reason, told together: the reason, and who they are.
    pub fn by_reason(blocked: &[Unreachable]) -> Vec<(&Advice, Vec<&str>)> {
        let mut reasons: Vec<(&Advice, Vec<&str>)> = Vec::new();
        let mut places: HashMap<&Advice, usize> = HashMap::new();
        for Unreachable { tenant, reason } in blocked {
            let place = *places.entry(reason).or_insert_with(|| {
                reasons.push((reason, Vec::new()));
                reasons.len() - 1
            });
            reasons[place].1.push(tenant);
        }
        reasons
    }
}

/// What an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum Basis {
    /// This migration on other tenants.
    Migration,
    /// Other migrations: this one has not run lately, if ever.
    Others,
}

/// What a run would do: to where, or back from where.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub enum RunPreview {
    Forward(Box<Plan>),
    Back(Undoing),
}

/// What a rollback would undo.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Undoing {
    pub undone: Vec<Undone>,
    /// What starting it has to say as `confirm`; null where there is nothing to undo.
    pub confirm: Option<String>,
}

/// One tenant, and what is undone there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Undone {
    pub tenant: String,
    /// Newest first.
    pub migrations: Vec<String>,
}
