//! What is found by its name; the palette and the server function ask the same.

use neo::error::Result;
use neo::migrations::Set;
use neo::tenants::{Filter, PageRequest, Tenant};
use neo::{runs, tenants};
use neo_model::{Hit, HitKind};

use super::acts::acts;
use super::hit::{FEW, hit};
use crate::door::Door;
use crate::rooms::migrations::links as in_migrations;
use crate::rooms::runs::links as in_runs;
use crate::rooms::tenants::links as in_tenants;

/// As many that match are looked through for those that are meant.
const LOOKED_AT: u32 = 50;

const PAGES: [(&str, &str); 23] = [
    ("Dashboard", "/"),
    ("Tenants", "/tenants"),
    ("New tenant", "/tenants/new"),
    ("Adopt a database", "/tenants/new/adopt"),
    ("Migrations", "/migrations"),
    ("Runs", "/runs"),
    ("New run", "/runs/new"),
    ("Requests", "/requests"),
    ("Windows", "/windows"),
    ("New window", "/windows/new"),
    ("Servers", "/servers"),
    ("Add server", "/servers/new"),
    ("Backups", "/backups"),
    ("Channels", "/channels"),
    ("New channel", "/channels/new"),
    ("Admins", "/admins"),
    ("Invite an admin", "/admins/invite"),
    ("New admin", "/admins/new"),
    ("Audit", "/audit"),
    ("Doctor", "/doctor"),
    ("Keys", "/keys"),
    ("Account", "/account"),
    ("New token", "/tokens/new"),
];

pub async fn search(door: &Door, q: &str) -> Result<Vec<Hit>> {
    let q: String = q.trim().chars().take(100).collect();
    let lower = q.to_lowercase();
    let named = PAGES.iter().filter(|(text, _)| text.to_lowercase().contains(&lower));
    let mut hits: Vec<Hit> = named.map(|(text, href)| hit(HitKind::Page, *text, None, *href)).collect();
    if q.is_empty() {
        return Ok(hits);
    }
    // Of a page there may be the name as well: it is more often gone to.
    hits.extend(acts(door, &lower).await?);
    hits.extend(run(door, &lower).await);
    let filter = Filter { text: Some(q), ..Filter::default() };
    let request = PageRequest { limit: LOOKED_AT, ..PageRequest::default() };
    let found = tenants::list(&door.platform, &door.actor, &filter, &request).await?;
    // An id is made of letters that mean nothing: it is meant where it is typed from its beginning.
    let is_meant = |tenant: &Tenant| {
        tenant.slug.contains(&lower) || tenant.name.to_lowercase().contains(&lower) || tenant.id.starts_with(&lower)
    };
    hits.extend(found.tenants.into_iter().filter(is_meant).take(FEW as usize).map(|tenant| {
        let href = in_tenants::one(&tenant.slug);
        hit(HitKind::Tenant, tenant.name, Some(tenant.slug), href)
    }));
    hits.extend(migrations(door, &lower).await);
    Ok(hits)
}

/// The one of this number, if there is one: `7`, `#7`, `run 7`.
async fn run(door: &Door, q: &str) -> Option<Hit> {
    let number = q.trim_start_matches("run").trim().trim_start_matches('#').parse().ok()?;
    let run = runs::find(&door.platform, &door.actor, number).await.ok()?;
    Some(hit(HitKind::Run, format!("Run {number}"), run.reason, in_runs::one(number)))
}

/// The newest whose name or version has this in it. Files that cannot be read are told on their own page.
async fn migrations(door: &Door, q: &str) -> Vec<Hit> {
    let Ok(set) = Set::load(&door.platform.config.tenant_migrations).await else { return Vec::new() };
    let named = set.migrations.iter().rev().filter(|migration| migration.label().to_lowercase().contains(q));
    named
        .take(FEW as usize)
        .map(|migration| {
            let version = Some(migration.version.to_string());
            hit(HitKind::Migration, migration.description(), version, in_migrations::one(migration.version))
        })
        .collect()
}
