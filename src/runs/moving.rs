//! A tenant moves to another server: the run that does it.

use super::provision::start_provisioning;
use super::{Run, busy, workers};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::Result;
use crate::tenants::{self, Tenant, provision};
use crate::windows;

/// Queues the run that moves a tenant: made on the other server as always, closed to applications where it was, copied, compared.
/// Whatever fails takes it back. What it had is kept there afterwards, until somebody drops it.
pub async fn move_tenant(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    server: &str,
    confirm: &str,
) -> Result<(Tenant, Run)> {
    actor.authorise(Permission::ProvisionTenants)?;
    actor.authorise_sending()?;
    let found = tenants::find(platform, actor, key).await?;
    // A run whose worker was killed is at nobody any more.
    workers::halt_abandoned(platform).await?;
    busy::refuse(&mut *platform.central.read().await?, std::slice::from_ref(&found)).await?;
    windows::in_force(&mut *platform.central.read().await?, None).await?.refuse(std::iter::once(&found))?;
    let tenant = tenants::move_to(platform, actor, key, server, confirm).await?;
    match start_provisioning(platform, actor, &tenant, false).await {
        Ok(run) => Ok((tenant, run)),
        Err(error) => {
            // Nobody is at it: what its row says now is all there is to take back.
            if let Err(e) = provision::undo(platform, actor, &tenant.id, &|_| {}).await {
                tracing::warn!(
                    tenant = tenant.slug,
                    error = e.log_text(),
                    "a move that did not begin was not taken back"
                );
            }
            Err(error)
        }
    }
}
