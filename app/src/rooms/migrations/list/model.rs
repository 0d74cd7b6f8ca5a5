//! What the list of migrations knows, and how it is looked up.

use std::collections::BTreeMap;

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::{Finding, Set};
use neo::runs::{self, Changed};
use neo::tenants::Filter;

use crate::rooms::migrations::tenants::{active, failed};

pub struct List {
    pub set: Result<Set>,
    /// What there is to say of each.
    found: BTreeMap<i64, Vec<Finding>>,
    /// Active tenants, and how many of them are behind each version.
    pub active: i64,
    pub behind: Vec<(i64, i64)>,
    /// And how many of those failed on their way to it.
    failed: BTreeMap<i64, i64>,
    /// Which files are not what tenants have applied.
    pub changed: Changed,
    pub actor: Actor,
}

impl List {
    pub async fn load(platform: &Platform, actor: &Actor) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await;
        let mut behind = Vec::new();
        for migration in set.as_ref().map(|set| set.migrations.as_slice()).unwrap_or_default() {
            behind.push((migration.version, active(platform, actor, Some(migration.version)).await?));
        }
        let found = match &set {
            Ok(set) => set.looked_through(&Engine::ALL).await?,
            Err(_) => BTreeMap::new(),
        };
        let (changed, failed) = match &set {
            Ok(set) => (runs::changed(platform, actor, &Filter::default()).await?, failed(platform, actor, set).await?),
            Err(_) => Default::default(),
        };
        Ok(Self {
            changed,
            failed,
            set,
            found,
            active: active(platform, actor, None).await?,
            behind,
            actor: actor.clone(),
        })
    }

    /// What there is to say of it.
    pub fn found(&self, version: i64) -> &[Finding] {
        self.found.get(&version).map_or(&[], Vec::as_slice)
    }

    /// How many of those that lack it failed on their way to it.
    pub fn failed(&self, version: i64) -> i64 {
        self.failed.get(&version).copied().unwrap_or_default()
    }

    /// How many active tenants lack it.
    pub fn behind(&self, version: i64) -> i64 {
        self.behind.iter().find(|(v, _)| *v == version).map_or(0, |(_, n)| *n)
    }
}
