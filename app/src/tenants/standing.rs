//! Where a tenant stands, as one mark and one word: its lifecycle first, then its last run, then what it lacks.

use neo::migrations::Set;
use neo::runs::TaskStatus;
use neo::tenants::{State, Status, Tenant};

use crate::ui::Mark;
use crate::words::word;

/// How many of the files on disk this tenant lacks, by what its last look said.
pub fn pending(tenant: &Tenant, set: &Set) -> i64 {
    set.newer(tenant.engine, tenant.version)
}

pub fn mark(tenant: &Tenant, pending: i64) -> (Mark, String) {
    match tenant.status {
        Status::Provisioning => (Mark::Running, "Provisioning".into()),
        Status::Failed => (Mark::Failed, "Not provisioned".into()),
        Status::Suspended => (Mark::Paused, "Suspended".into()),
        Status::Archived => (Mark::Cancelled, "Archived".into()),
        Status::Deleted => (Mark::Cancelled, "Deleted".into()),
        Status::Active => match tenant.state {
            State::Failed => (Mark::Failed, "Failed".into()),
            State::Unreachable => (Mark::Failed, "Unreachable".into()),
            State::Drifted => (Mark::Drifted, "Drifted".into()),
            _ if pending > 0 => (Mark::Behind, format!("Behind {pending}")),
            State::Unknown => (Mark::Unknown, "Not looked at".into()),
            State::Current | State::Behind => (Mark::Ok, "Current".into()),
        },
    }
}

/// The dots of the last runs.
pub fn history(tasks: &[TaskStatus]) -> Vec<Mark> {
    tasks.iter().map(|status| Mark::of(&word(status))).collect()
}
