use async_trait::async_trait;
use neo::cli::central::Migrations;
use neo::error::{Error, Result};
use neo_model::{AtLeast, Catalogued, Decision, Resolution, Resolved, TenantFilter, TenantStanding, Unresolved};

use super::{Far, listed};
use crate::rooms::migrations::api::{ListMigrations, ListStandings, LookAtLeast, ShowMigration};
use crate::rooms::tenants::api::acts::ResolveTenant;

#[async_trait]
impl Migrations for Far {
    async fn newest(&self) -> Result<Option<i64>> {
        Ok(self.catalogue().await?.last().map(|newest| newest.version))
    }

    async fn version(&self, text: &str) -> Result<i64> {
        Ok(self.catalogued(text).await?.version)
    }

    async fn catalogue(&self) -> Result<Vec<Catalogued>> {
        self.client.call(ListMigrations {}).await
    }

    async fn catalogued(&self, migration: &str) -> Result<Catalogued> {
        self.client.call(ShowMigration { version: migration.to_owned() }).await
    }

    async fn standing(&self, selection: &TenantFilter) -> Result<Vec<TenantStanding>> {
        let TenantFilter { keys, server, tags, behind, .. } = selection;
        let (server, behind) = (server.clone(), *behind);
        self.client.call(ListStandings { tenant: listed(keys), server, tag: listed(tags), behind }).await
    }

    async fn at_least(&self, selection: &TenantFilter, version: &str) -> Result<AtLeast> {
        let TenantFilter { keys, server, tags, behind, .. } = selection;
        let asked = LookAtLeast {
            version: version.to_owned(),
            status: None,
            tenant: listed(keys),
            server: server.clone(),
            tag: listed(tags),
            behind: *behind,
        };
        self.client.call(asked).await
    }

    async fn unresolved(&self, tenant: &str) -> Result<Unresolved> {
        let asked = ResolveTenant { tenant: tenant.to_owned(), how: None, from: None, reason: None };
        match self.client.call(asked).await? {
            Resolution::Unresolved(unresolved) => Ok(unresolved),
            Resolution::Resolved(_) => Err(Error::internal("the console decided what nobody asked it to")),
        }
    }

    async fn resolve(
        &self,
        tenant: &str,
        decision: Decision,
        from: Option<usize>,
        reason: Option<&str>,
    ) -> Result<Resolved> {
        let (tenant, reason) = (tenant.to_owned(), reason.map(str::to_owned));
        match self.client.call(ResolveTenant { tenant, how: Some(decision), from, reason }).await? {
            Resolution::Resolved(resolved) => Ok(resolved),
            Resolution::Unresolved(_) => Err(Error::internal("the console decided nothing")),
        }
    }
}
