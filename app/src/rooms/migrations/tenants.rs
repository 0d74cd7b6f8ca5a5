//! How many tenants a migration is about.

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::tenants::{self, Filter, PageRequest, Status};

/// How many active tenants are behind this version, or how many there are.
pub async fn active(platform: &Platform, actor: &Actor, behind: Option<i64>) -> Result<i64> {
    let filter = Filter { statuses: vec![Status::Active], behind, ..Filter::default() };
    let one = PageRequest { limit: 1, ..PageRequest::default() };
    Ok(tenants::list(platform, actor, &filter, &one).await?.total)
}
