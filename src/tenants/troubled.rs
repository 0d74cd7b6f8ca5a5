//! Who failed, by the run they failed in: counted by the central database, however many there are.

use super::store;
pub use super::store::troubled::FailedIn;
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::Result;

/// In no order.
pub async fn failed_by_run(platform: &Platform, actor: &Actor) -> Result<Vec<FailedIn>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    store::troubled::failed_by_run(&mut conn, actor).await
}
