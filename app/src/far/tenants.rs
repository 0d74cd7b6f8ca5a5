use async_trait::async_trait;
use neo::cli::central::Tenants;
use neo::error::Result;
use neo_model::{TenantDetail, TenantFilter, TenantRow, TenantRows};

use super::{Far, listed};
use crate::rooms::tenants::api::{ListHalfDone, ListTenants, ShowTenant};

#[async_trait]
impl Tenants for Far {
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows> {
        let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let asked = ListTenants {
            q: filter.text.clone(),
            status: listed(&statuses),
            state: listed(&states),
            result: None,
            server: filter.server.clone(),
            tag: listed(&filter.tags),
            behind: filter.behind.map(|version| version.to_string()),
            quarantined: filter.quarantined.then_some(true),
            after: after.map(str::to_owned),
            limit: Some(limit),
        };
        self.client.call(asked).await
    }

    async fn tenant(&self, key: &str, lock: bool) -> Result<TenantDetail> {
        self.client.call(ShowTenant { tenant: key.to_owned(), lock: lock.then_some(true) }).await
    }

    async fn half_done(&self) -> Result<Vec<TenantRow>> {
        self.client.call(ListHalfDone {}).await
    }
}
