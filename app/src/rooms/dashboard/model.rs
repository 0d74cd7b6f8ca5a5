//! What the first page knows: from the cache and the registry alone, no tenant database is asked.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::audit::{self, Row};
use neo::fleet::{self, Attention, Fleet, Need};
use neo::runs::{self, Kind, Run, Status};
use neo::tenants::{self, Filter, PageRequest, Tenant};

/// As many of those in quarantine are named.
const NAMED: u32 = 5;

/// As many rows of the audit are shown.
const AUDITED: u32 = 10;

pub struct Board {
    pub fleet: Fleet,
    /// Some of those in quarantine.
    pub left_out: Vec<Tenant>,
    pub live: Vec<Run>,
    pub ended: Vec<Run>,
    /// What was done last; nothing for whoever does not read the audit.
    pub audited: Vec<Row>,
}

impl Board {
    /// How much of it is trouble that somebody can end: who is merely behind, or left out on purpose, is none.
    pub fn troubles(&self) -> usize {
        let is_trouble = |need: &&Need| !matches!(need.what, Attention::Behind | Attention::Quarantined);
        self.fleet.attention.iter().filter(is_trouble).count()
    }

    pub async fn load(platform: &Platform, actor: &Actor) -> neo::Result<Board> {
        let fleet = fleet::look(platform, actor).await?;
        let left_out = match fleet.tenants.quarantined {
            0 => Vec::new(),
            _ => {
                let filter = Filter { quarantined: true, ..Filter::default() };
                let some = PageRequest { limit: NAMED, ..PageRequest::default() };
                tenants::list(platform, actor, &filter, &some).await?.tenants
            }
        };
        // By their status: what goes on for long has many after it.
        let open: Vec<Status> = Status::ALL.into_iter().filter(|status| !status.is_over()).collect();
        let over: Vec<Status> = Status::ALL.into_iter().filter(|status| status.is_over()).collect();
        let live = runs::list_in(platform, actor, &Kind::ALL, &open, None, 20).await?;
        let ended = runs::list_in(platform, actor, &[], &over, None, 10).await?;
        let audited = match actor.may(Permission::ReadAudit) {
            true => audit::list(platform, actor, &audit::Filter { limit: AUDITED, ..audit::Filter::default() }).await?,
            false => Vec::new(),
        };
        Ok(Board { fleet, left_out, live, ended, audited })
    }
}
