use async_trait::async_trait;
use neo_model::{InWindow, RunRow, WindowRow};

use super::Near;
use crate::cli::central::Windows;
use crate::error::Result;
use crate::runs;
use crate::tenants::Filter;
use crate::windows::{self, NewWindow};

#[async_trait]
impl Windows for Near {
    async fn windows(&self) -> Result<Vec<WindowRow>> {
        windows::list(&self.platform, &self.actor).await
    }

    async fn add_window(&self, new: NewWindow) -> Result<WindowRow> {
        windows::add(&self.platform, &self.actor, new).await
    }

    async fn set_window(&self, key: &str, enabled: bool) -> Result<WindowRow> {
        windows::set_enabled(&self.platform, &self.actor, key, enabled).await
    }

    async fn remove_window(&self, key: &str) -> Result<WindowRow> {
        windows::remove(&self.platform, &self.actor, key).await
    }

    async fn windows_over(&self, tenant: &str) -> Result<Vec<InWindow>> {
        let selection = Filter { keys: vec![tenant.to_owned()], ..Filter::default() };
        windows::over(&self.platform, &self.actor, &selection).await
    }

    async fn pass_windows(&self, run: i64, why: &str) -> Result<RunRow> {
        runs::pass_windows(&self.platform, &self.actor, run, why).await.map(runs::row)
    }
}
