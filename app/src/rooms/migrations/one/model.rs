//! What the page of one migration knows, and how it is looked up.

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::{Finding, Migration, Set};
use neo::runs::{self, ChangedFile};

use crate::query::Query;
use crate::rooms::migrations::tenants::{active, failed};

pub struct One {
    pub migration: Migration,
    pub findings: Vec<Finding>,
    /// Active tenants, and how many of them lack it.
    pub active: i64,
    pub behind: i64,
    /// Of those that lack it, how many failed on their way to it.
    pub failed: i64,
    /// Whether its file is what tenants have applied.
    pub changed: Vec<ChangedFile>,
    pub actor: Actor,
}

impl One {
    pub async fn load(platform: &Platform, actor: &Actor, version: &str) -> Result<Self> {
        let set = Set::load(&platform.config.tenant_migrations).await?;
        let migration = set.resolve(version)?.clone();
        let version = migration.version;
        Ok(Self {
            findings: set.looked_through(&Engine::ALL).await?.remove(&version).unwrap_or_default(),
            active: active(platform, actor, None).await?,
            behind: active(platform, actor, Some(version)).await?,
            failed: failed(platform, actor, &set).await?.remove(&version).unwrap_or_default(),
            changed: runs::changed_file(platform, actor, &set, version).await?,
            actor: actor.clone(),
            migration,
        })
    }
}

/// A line of one of a migration's files, which its page shows marked.
pub struct At {
    pub file: String,
    pub line: usize,
}

impl At {
    pub fn asked(query: &Query) -> Option<Self> {
        Some(Self { file: query.get("file")?.to_owned(), line: query.number("line")? })
    }
}
