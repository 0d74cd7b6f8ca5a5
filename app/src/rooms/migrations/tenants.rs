//! How many tenants a migration is about.

use std::collections::BTreeMap;

use neo::Platform;
use neo::actor::Actor;
use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::Set;
use neo::tenants::{self, Filter, PageRequest, State, Status};

use crate::words::parse;

/// How many active tenants are behind this version, or how many there are.
pub async fn active(platform: &Platform, actor: &Actor, behind: Option<i64>) -> Result<i64> {
    let filter = Filter { statuses: vec![Status::Active], behind, ..Filter::default() };
    let one = PageRequest { limit: 1, ..PageRequest::default() };
    Ok(tenants::list(platform, actor, &filter, &one).await?.total)
}

/// How many active tenants failed on their way to each version: the next that each of them lacks.
pub async fn failed(platform: &Platform, actor: &Actor, set: &Set) -> Result<BTreeMap<i64, i64>> {
    let filter = Filter { statuses: vec![Status::Active], states: vec![State::Failed], ..Filter::default() };
    let mut failed = BTreeMap::new();
    for group in tenants::alike(platform, actor, &filter).await? {
        let engine: Engine = parse("engine", &group.engine)?;
        let mut versions = set.on(engine).map(|(migration, _)| migration.version);
        if let Some(next) = versions.find(|version| Some(*version) > group.version) {
            *failed.entry(next).or_default() += group.tenants;
        }
    }
    Ok(failed)
}
