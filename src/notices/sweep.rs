//! What is old is given up or forgotten, now and then.

use std::time::Duration;

use tokio::time::Instant;

use super::store;
use crate::Platform;
use crate::error::Result;

const EVERY: Duration = Duration::from_secs(10 * 60);

/// When was last swept here.
#[derive(Default)]
pub(super) struct Sweeper(Option<Instant>);

impl Sweeper {
    pub async fn look(&mut self, platform: &Platform) {
        if self.0.is_some_and(|at| at.elapsed() < EVERY) {
            return;
        }
        self.0 = Some(Instant::now());
        let swept: Result<()> = async {
            let mut tx = platform.central.write().await?;
            store::sweep(&mut tx).await?;
            Ok(tx.commit().await?)
        }
        .await;
        if let Err(error) = swept {
            tracing::warn!(error = error.log_text(), "old notices could not be swept");
        }
    }
}
