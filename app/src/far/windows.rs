use async_trait::async_trait;
use neo::cli::central::Windows;
use neo::error::Result;
use neo::windows::NewWindow;
use neo_model::{InWindow, RunRow, WindowRow};

use super::Far;
use crate::rooms::windows::api::{AddWindow, ListWindows, PassWindows, RemoveWindow, SetWindow, WindowsOver};

#[async_trait]
impl Windows for Far {
    async fn windows(&self) -> Result<Vec<WindowRow>> {
        self.client.call(ListWindows {}).await
    }

    async fn add_window(&self, new: NewWindow) -> Result<WindowRow> {
        let asked = AddWindow {
            name: new.name,
            from: new.from,
            to: new.to,
            zone: new.zone,
            repeat: Some(new.repeat),
            tags: Some(new.tags),
            tenants: Some(new.tenants),
            server: new.server,
        };
        self.client.call(asked).await
    }

    async fn set_window(&self, key: &str, enabled: bool) -> Result<WindowRow> {
        self.client.call(SetWindow { window: key.to_owned(), enabled }).await
    }

    async fn remove_window(&self, key: &str) -> Result<WindowRow> {
        self.client.call(RemoveWindow { window: key.to_owned() }).await
    }

    async fn windows_over(&self, tenant: &str) -> Result<Vec<InWindow>> {
        self.client.call(WindowsOver { tenant: tenant.to_owned() }).await
    }

    async fn pass_windows(&self, run: i64, why: &str) -> Result<RunRow> {
        self.client.call(PassWindows { run, why: why.to_owned() }).await
    }
}
