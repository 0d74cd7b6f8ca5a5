//! The fleet's migrations: what each is, what there is to say of it, and how many tenants have it.

use super::plan::{files, shown};
use super::{Catalogued, CataloguedOn};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::{Finding, LintLine, Migration};
use crate::tenants::{self, Filter, PageRequest, Status};

pub(super) async fn all(platform: &Platform, actor: &Actor) -> Result<Vec<Catalogued>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let mut found = set.looked_through(&Engine::ALL).await?;
    let active = active(platform, actor, None).await?;
    let mut all = Vec::with_capacity(set.migrations.len());
    for migration in &set.migrations {
        let findings = found.remove(&migration.version).unwrap_or_default();
        all.push(of(platform, actor, migration, findings, active).await?);
    }
    Ok(all)
}

/// Of what is newer than `since` (a version, or a name), on these engines; of none means of all.
pub(super) async fn lint(
    platform: &Platform,
    actor: &Actor,
    since: Option<&str>,
    engines: &[Engine],
) -> Result<Vec<LintLine>> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let since = since.map(|text| set.floor(text)).transpose()?;
    let engines = if engines.is_empty() { &Engine::ALL } else { engines };
    let mut lines = set.lint(engines).await?;
    lines.retain(|line| since.is_none_or(|since| line.version > since));
    Ok(lines)
}

/// `text` is its version, its name or both.
pub(super) async fn one(platform: &Platform, actor: &Actor, text: &str) -> Result<Catalogued> {
    actor.authorise(Permission::View)?;
    let set = files(platform).await?;
    let migration = set.resolve(text)?;
    let findings = set.looked_through(&Engine::ALL).await?.remove(&migration.version).unwrap_or_default();
    let active = active(platform, actor, None).await?;
    let mut one = of(platform, actor, migration, findings, active).await?;
    for on in &mut one.engines {
        if let Some(script) = migration.on(on.engine) {
            on.sql = Some(shown(&script.up));
            on.down_sql = script.down.as_ref().map(shown);
        }
    }
    Ok(one)
}

async fn of(
    platform: &Platform,
    actor: &Actor,
    migration: &Migration,
    findings: Vec<Finding>,
    all: i64,
) -> Result<Catalogued> {
    let behind = active(platform, actor, Some(migration.version)).await?;
    let engines = Engine::ALL.into_iter().filter_map(|engine| Some((engine, migration.on(engine)?)));
    let engines = engines.map(|(engine, script)| CataloguedOn {
        engine,
        atomic: script.is_atomic(engine),
        checksum: hex::encode(&script.up.checksum),
        file: script.up.path.clone(),
        down: script.down.as_ref().map(|down| down.path.clone()),
        sql: None,
        down_sql: None,
    });
    Ok(Catalogued {
        version: migration.version,
        name: migration.label(),
        engines: engines.collect(),
        findings,
        applied: all - behind,
        behind,
    })
}

/// How many active tenants are behind this version, or how many there are.
async fn active(platform: &Platform, actor: &Actor, behind: Option<i64>) -> Result<i64> {
    let filter = Filter { statuses: vec![Status::Active], behind, ..Filter::default() };
    let one = PageRequest { limit: 1, ..PageRequest::default() };
    Ok(tenants::list(platform, actor, &filter, &one).await?.total)
}
