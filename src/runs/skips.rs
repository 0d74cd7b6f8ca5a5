//! Whom a run leaves out from its beginning, and why.

use std::collections::{HashMap, HashSet};

use super::manifest::target_version;
use super::{Goal, Kind, Reason, store};
use crate::central::{self, Conn};
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::Set;
use crate::tenants::{Filter, State, Status, Tenant};

/// What is known of a tenant without asking it.
pub(super) struct Known<'a> {
    pub id: &'a str,
    pub engine: Engine,
    /// Active, and seen last with nothing pending.
    pub is_current: bool,
    pub verified_at: Option<i64>,
    pub ledger_digest: Option<&'a str>,
}

pub(super) struct Skips {
    is_migration: bool,
    /// It leaves out who is in quarantine; whose data is in danger is backed up all the same.
    leaves_out: bool,
    /// The digest that a current tenant's ledger has, per engine.
    digests: HashMap<Engine, String>,
    /// What a dead worker did there is not known before the ledger has been read.
    unknown: HashSet<String>,
    now: i64,
    trust_ms: i64,
}

impl Skips {
    /// `trust_ms`: how old a verified state may be to be believed, in milliseconds; 0 believes none.
    pub async fn new(conn: &mut Conn, set: &Set, goal: &Goal, selection: &Filter, trust_ms: i64) -> Result<Self> {
        let to = target_version(set, goal)?;
        Ok(Self {
            is_migration: goal.kind() == Kind::Migrate,
            leaves_out: selection.is_fleet_wide() && goal.kind() != Kind::Backup,
            digests: Engine::ALL.into_iter().map(|engine| (engine, set.digest(engine, to))).collect(),
            unknown: store::tasks::unknown(conn).await?.into_iter().collect(),
            now: central::now(conn).await?,
            trust_ms,
        })
    }

    /// Why this tenant is not connected to; `None` where it is.
    pub fn of(&self, tenant: &Tenant) -> Option<Reason> {
        let known = Known {
            id: &tenant.id,
            engine: tenant.engine,
            is_current: tenant.status == Status::Active && tenant.state == State::Current,
            verified_at: tenant.verified_at,
            ledger_digest: tenant.ledger_digest.as_deref(),
        };
        if self.believes(&known) {
            Some(Reason::Current)
        } else if self.leaves_out && tenant.quarantine.is_some() {
            Some(Reason::Quarantined)
        } else {
            None
        }
    }

    /// Whether a tenant is taken for current by what is known of it.
    pub fn believes(&self, known: &Known<'_>) -> bool {
        self.is_migration
            && self.trust_ms > 0
            && known.is_current
            && known.verified_at.is_some_and(|at| self.now - at < self.trust_ms)
            && known.ledger_digest == self.digests.get(&known.engine).map(String::as_str)
            && !self.unknown.contains(known.id)
    }
}
