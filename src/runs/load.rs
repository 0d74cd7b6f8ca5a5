//! How much there is to do, and who does it: for whoever watches the installation.

use super::{Kind, Status, store, workers};
use crate::Platform;
use crate::error::Result;

/// As the central database has it, of whatever tenants.
pub(crate) struct Load {
    /// How many runs there are of each kind in each status.
    pub runs: Vec<(Kind, Status, i64)>,
    /// Tasks of runs that are not over.
    pub queued: i64,
    pub running: i64,
    /// How long the run that has waited longest for a worker has been due, in milliseconds.
    pub waiting_ms: i64,
    /// Role, whether they still say that they live, and how many.
    pub workers: [(&'static str, bool, i64); 4],
}

pub(crate) async fn load(platform: &Platform) -> Result<Load> {
    let mut conn = platform.central.read().await?;
    let (queued, running) = store::load::tasks(&mut conn).await?;
    Ok(Load {
        runs: store::load::runs(&mut conn).await?,
        queued,
        running,
        waiting_ms: store::load::waiting_ms(&mut conn).await?,
        workers: workers::by_role(&mut conn).await?,
    })
}
