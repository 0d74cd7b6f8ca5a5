//! What the server functions about migrations do.

use neo::engine::Engine;
use neo::error::Result;
use neo::migrations::{LintLine, Set, Version};
use neo::runs::{self, AtLeast, Catalogued, TenantStanding};
use neo::tenants::Filter;

use crate::door::Door;
use crate::words::parse;

pub async fn list(door: &Door) -> Result<Vec<Catalogued>> {
    runs::catalogue(&door.platform, &door.actor).await
}

pub async fn show(door: &Door, version: &str) -> Result<Catalogued> {
    runs::catalogued(&door.platform, &door.actor, version).await
}

pub async fn lint(door: &Door, since: Option<&str>, engine: Option<&str>) -> Result<Vec<LintLine>> {
    let engines: Vec<Engine> = listed(engine).iter().map(|word| parse("engine", word)).collect::<Result<_>>()?;
    runs::lint(&door.platform, &door.actor, since, &engines).await
}

/// Which tenants are asked about.
pub struct Among {
    pub tenant: Option<String>,
    pub server: Option<String>,
    pub tag: Option<String>,
    pub behind: Option<i64>,
}

impl Among {
    fn filter(self) -> Filter {
        Filter {
            keys: listed(self.tenant.as_deref()),
            server: self.server,
            tags: listed(self.tag.as_deref()),
            behind: self.behind,
            ..Filter::default()
        }
    }
}

pub async fn standings(door: &Door, among: Among) -> Result<Vec<TenantStanding>> {
    runs::status(&door.platform, &door.actor, &among.filter()).await
}

pub async fn at_least(door: &Door, version: &str, among: Among) -> Result<AtLeast> {
    let version = match version.parse() {
        Ok(Version(version)) => version,
        Err(_) => Set::load(&door.platform.config.tenant_migrations).await?.floor(version)?,
    };
    runs::at_least(&door.platform, &door.actor, &among.filter(), version).await
}

/// The values of a comma list.
fn listed(text: Option<&str>) -> Vec<String> {
    let values = text.unwrap_or_default().split(',').map(str::trim);
    values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
}
