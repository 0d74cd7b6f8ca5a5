//! What a run would do, with nothing touched.

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::runs::{self, Goal, Kind, Plan, Policy};
use neo::tenants::{self, Filter, PageRequest, Status, Tenant};

pub enum Preview {
    Migrate(Box<Plan>),
    Rollback(Vec<(Tenant, Vec<String>)>),
    /// Of what is no migration: on how many tenants.
    Act(i64),
}

impl Preview {
    /// With nothing touched.
    pub async fn load(
        platform: &Platform,
        actor: &Actor,
        goal: &Goal,
        selection: &Filter,
        policy: &Policy,
    ) -> Result<Self> {
        match goal.kind() {
            Kind::Rollback => runs::rollback_preview(platform, actor, goal, selection).await.map(Preview::Rollback),
            kind if !kind.is_of_files() => {
                let statuses = if selection.keys.is_empty() { vec![Status::Active] } else { Vec::new() };
                let meant = Filter { statuses, ..selection.clone() };
                let page = PageRequest { limit: 1, ..PageRequest::default() };
                tenants::list(platform, actor, &meant, &page).await.map(|page| Preview::Act(page.total))
            }
            kind => {
                let to = if let Goal::Migrate { to } = goal { *to } else { None };
                // A verification looks at everybody, whatever is known of them.
                let trust_ms = if kind == Kind::Verify { 0 } else { policy.trust_ms };
                let policy = &Policy { trust_ms, ..policy.clone() };
                runs::plan(platform, actor, selection, to, policy).await.map(|plan| Preview::Migrate(Box::new(plan)))
            }
        }
    }

    /// Whether it is about more than one tenant.
    pub fn is_of_many(&self) -> bool {
        match self {
            Preview::Migrate(plan) => plan.tenants > 1,
            Preview::Rollback(tenants) => tenants.len() > 1,
            Preview::Act(tenants) => *tenants > 1,
        }
    }

    /// How many tenants it would change.
    pub fn tenants(&self) -> i64 {
        match self {
            Preview::Migrate(plan) => plan.behind,
            Preview::Rollback(tenants) => tenants.iter().filter(|(_, labels)| !labels.is_empty()).count() as i64,
            Preview::Act(tenants) => *tenants,
        }
    }
}
