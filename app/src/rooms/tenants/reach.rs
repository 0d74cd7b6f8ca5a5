//! Whether a tenant answers.

use std::time::Instant;

use neo::Platform;
use neo::actor::Actor;
use neo::error::{Advice, Error, Result};
use neo::runs;
use neo::tenants::{Status, Tenant};

/// How long the tenant took to answer, or why it does not.
pub struct Connection {
    pub ms: i64,
    pub fails: Option<Advice>,
}

/// Connects as the tenant's own role and reads its ledger.
pub async fn reach(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Connection> {
    if tenant.status == Status::Deleted {
        return Err(Error::conflict(format!("tenant \"{}\" is deleted", tenant.slug)));
    }
    let begun = Instant::now();
    // By its id: its slug may be another's by now.
    let fails = runs::reach(platform, actor, &tenant.id).await?;
    let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Connection { ms, fails })
}
