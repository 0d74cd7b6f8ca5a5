//! What a run would do, with nothing touched.

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::runs::{self, Goal, Kind, Plan, Policy};
use neo::tenants::{Filter, Tenant};

pub enum Preview {
    Migrate(Plan),
    Rollback(Vec<(Tenant, Vec<String>)>),
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
            _ => {
                let to = if let Goal::Migrate { to } = goal { *to } else { None };
                runs::plan(platform, actor, selection, to, policy).await.map(Preview::Migrate)
            }
        }
    }

    /// Whether it is about more than one tenant.
    pub fn is_of_many(&self) -> bool {
        match self {
            Preview::Migrate(plan) => plan.tenants > 1,
            Preview::Rollback(tenants) => tenants.len() > 1,
        }
    }

    /// How many tenants it would change.
    pub fn tenants(&self) -> i64 {
        match self {
            Preview::Migrate(plan) => plan.behind,
            Preview::Rollback(tenants) => tenants.iter().filter(|(_, labels)| !labels.is_empty()).count() as i64,
        }
    }
}
