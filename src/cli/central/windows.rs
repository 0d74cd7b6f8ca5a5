//! Maintenance windows.

use async_trait::async_trait;
use neo_model::{InWindow, RunRow, WindowRow};

use crate::error::Result;
use crate::windows::NewWindow;

#[async_trait]
pub trait Windows {
    async fn windows(&self) -> Result<Vec<WindowRow>>;

    async fn add_window(&self, new: NewWindow) -> Result<WindowRow>;

    /// Whether it keeps anybody.
    async fn set_window(&self, key: &str, enabled: bool) -> Result<WindowRow>;

    async fn remove_window(&self, key: &str) -> Result<WindowRow>;

    /// The windows that keep this tenant from runs now.
    async fn windows_over(&self, tenant: &str) -> Result<Vec<InWindow>>;

    /// Lets a run go on in spite of them.
    async fn pass_windows(&self, run: i64, why: &str) -> Result<RunRow>;
}
