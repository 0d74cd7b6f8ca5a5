//! What the first page knows: from the cache and the registry alone, no tenant database is asked.

use neo::Platform;
use neo::actor::Actor;
use neo::fleet::{self, Fleet};
use neo::runs::{self, Run};
use neo::tenants::{self, Filter, PageRequest, Tenant};

/// As many of those in quarantine are named.
const NAMED: u32 = 5;

pub struct Board {
    pub fleet: Fleet,
    /// Some of those in quarantine.
    pub left_out: Vec<Tenant>,
    pub live: Vec<Run>,
    pub ended: Vec<Run>,
}

impl Board {
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
        let runs = runs::list(platform, actor, &[], None, 20).await?;
        let (live, mut ended): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(|run| !run.status.is_over());
        ended.truncate(10);
        Ok(Board { fleet, left_out, live, ended })
    }
}
