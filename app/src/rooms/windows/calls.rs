//! What the server functions about maintenance windows do; the pages do the same.

use neo::error::Result;
use neo::runs;
use neo::tenants::Filter;
use neo::windows;
pub use neo::windows::NewWindow as Wanted;
use neo_model::{InWindow, RunRow, WindowRow};

use crate::door::Door;

pub async fn list(door: &Door) -> Result<Vec<WindowRow>> {
    windows::list(&door.platform, &door.actor).await
}

pub async fn over(door: &Door, tenant: &str) -> Result<Vec<InWindow>> {
    let selection = Filter { keys: vec![tenant.to_owned()], ..Filter::default() };
    windows::over(&door.platform, &door.actor, &selection).await
}

pub async fn add(door: &Door, wanted: Wanted) -> Result<WindowRow> {
    windows::add(&door.platform, &door.actor, wanted).await
}

pub async fn set(door: &Door, window: &str, enabled: bool) -> Result<WindowRow> {
    windows::set_enabled(&door.platform, &door.actor, window, enabled).await
}

pub async fn remove(door: &Door, window: &str) -> Result<WindowRow> {
    windows::remove(&door.platform, &door.actor, window).await
}

pub async fn pass(door: &Door, run: i64, why: &str) -> Result<RunRow> {
    let passed = runs::pass_windows(&door.platform, &door.actor, run, why).await;
    passed.map(runs::row).map_err(|error| if error.field == Some("despite_windows") { error.on("why") } else { error })
}
