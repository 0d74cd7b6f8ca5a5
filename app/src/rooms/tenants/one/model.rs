//! What every page of one tenant knows, and how it is looked up.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::migrations::Set;
use neo::requests::{self, Guard};
use neo::tenants::{self, Tenant};

use crate::rooms::tenants::{links, standing};

/// A tenant, and what the files on disk make of it.
pub struct One {
    pub tenant: Tenant,
    pub set: Result<Set>,
    pub pending: i64,
    /// It had drifted before its last run failed.
    pub drifted: bool,
    /// Its deletion is only asked for: somebody else says yes.
    pub asks: bool,
    pub actor: Actor,
    /// Where its users sign in.
    pub address: String,
}

impl One {
    pub async fn load(platform: &Platform, actor: &Actor, key: &str) -> Result<Self> {
        let tenant = tenants::find(platform, actor, key).await?;
        let set = Set::load(&platform.config.tenant_migrations).await;
        let pending = set.as_ref().map_or(0, |set| standing::pending(&tenant, set));
        let drifted =
            standing::hidden_drift(platform, actor, std::slice::from_ref(&tenant)).await?.contains(&tenant.id);
        let address = platform.config.origin(&tenant.slug);
        let asks = requests::may_ask(platform, actor, Permission::DeleteTenants, Guard::Delete);
        Ok(Self { tenant, set, pending, drifted, asks, actor: actor.clone(), address })
    }

    pub fn path(&self) -> String {
        links::of(&self.tenant)
    }

    /// A tab of it, or what is done to it: `users`, `suspend`.
    pub fn part(&self, part: &str) -> String {
        format!("{}/{part}", self.path())
    }

    pub fn latest(&self) -> Option<i64> {
        self.set.as_ref().ok().and_then(Set::latest)
    }
}
