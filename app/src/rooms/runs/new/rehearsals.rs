//! What is known of rehearsals: the one that the address names, and the tenant that another would take.

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Kind as ErrorKind, Result};
use neo::migrations::Set;
use neo::runs::{self, Goal, Standing};
use neo::tenants::{self, Filter, PageRequest, Status as TenantStatus, Tenant};

use crate::query::Query;

#[derive(Default)]
pub struct Rehearsals {
    pub standing: Option<Standing>,
    pub suggested: Option<String>,
}

/// How many tenants are looked at for one that can be copied.
const CANDIDATES: u32 = 25;

impl Rehearsals {
    pub async fn load(
        platform: &Platform,
        actor: &Actor,
        query: &Query,
        selection: &Filter,
        goal: &Goal,
        set: &Set,
    ) -> Result<Self> {
        let standing = match query.get("rehearsal") {
            Some(id) => match runs::rehearsal(platform, actor, id).await {
                Err(error) if error.kind == ErrorKind::NotFound => None,
                found => Some(found?),
            },
            None => None,
        };
        let to = match goal {
            Goal::Migrate { to: Some(to) } => Some(*to),
            _ => set.latest(),
        };
        // One with nothing pending would rehearse nothing.
        let behind = selection.behind.into_iter().chain(to).min();
        let filter = Filter { statuses: vec![TenantStatus::Active], behind, ..selection.clone() };
        let page = PageRequest { limit: CANDIDATES, ..PageRequest::default() };
        let some = tenants::list(platform, actor, &filter, &page).await?.tenants;
        let suggested = some.into_iter().find(|tenant| is_fit(tenant, set)).map(|tenant| tenant.slug);
        Ok(Self { standing, suggested })
    }
}

/// Whether it can be copied, and lacks something.
fn is_fit(tenant: &Tenant, set: &Set) -> bool {
    tenant.engine.can_copy() && set.newer(tenant.engine, tenant.version) > 0
}
