//! What the first page knows: from the cache and the registry alone, no tenant database is asked.

use neo::Platform;
use neo::actor::Actor;
use neo::migrations::Set;
use neo::runs::Run;
use neo::tenants::Counts;

use super::attention;

pub struct Board {
    pub counts: Counts,
    pub latest: Option<i64>,
    pub attention: Vec<attention::Item>,
    pub live: Vec<Run>,
    pub ended: Vec<Run>,
}

impl Board {
    pub async fn load(platform: &Platform, actor: &Actor) -> neo::Result<Board> {
        let set = Set::load(&platform.config.tenant_migrations).await;
        let latest = set.as_ref().ok().and_then(Set::latest);
        let counts = neo::tenants::counts(platform, actor, latest).await?;
        let runs = neo::runs::list(platform, actor, &[], None, 20).await?;
        let attention = attention::items(platform, actor, &counts, &runs, set.as_ref()).await?;
        let (live, mut ended): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(|run| !run.status.is_over());
        ended.truncate(10);
        Ok(Board { counts, latest, attention, live, ended })
    }
}
