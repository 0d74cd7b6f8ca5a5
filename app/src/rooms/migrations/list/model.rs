//! What the list of migrations knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::{Finding, Set};

use crate::rooms::migrations::tenants::active;

pub struct List {
    pub set: Result<Set>,
    /// What there is to say of each.
    pub found: Vec<Vec<Finding>>,
    /// Active tenants, and how many of them are behind each version.
    pub active: i64,
    pub behind: Vec<(i64, i64)>,
    pub actor: Actor,
}

impl List {
    pub async fn load(platform: &Platform, actor: &Actor) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await;
        let mut behind = Vec::new();
        for migration in set.as_ref().map(|set| set.migrations.as_slice()).unwrap_or_default() {
            behind.push((migration.version, active(platform, actor, Some(migration.version)).await?));
        }
        let known = set.as_ref().ok().cloned();
        let look = move || known.map(|set| set.findings(&Engine::ALL).into_iter().map(|(_, found)| found).collect());
        let found = tokio::task::spawn_blocking(look).await.map_err(neo::Error::internal)?.unwrap_or_default();
        Ok(Self { set, found, active: active(platform, actor, None).await?, behind, actor: actor.clone() })
    }

    /// How many active tenants lack it.
    pub fn behind(&self, version: i64) -> i64 {
        self.behind.iter().find(|(v, _)| *v == version).map_or(0, |(_, n)| *n)
    }
}
