use async_trait::async_trait;
use neo_model::{AtLeast, Catalogued, Decision, Resolved, TenantFilter, TenantStanding, Unresolved};

use super::Near;
use crate::cli::central::Migrations;
use crate::error::Result;
use crate::migrations::Set;
use crate::{runs, tenants};

impl Near {
    /// The fleet's files. A folder that cannot be read is said, and not taken for "nothing pending".
    pub(super) async fn files(&self) -> Result<Set> {
        Set::load(&self.platform.config.tenant_migrations).await
    }
}

#[async_trait]
impl Migrations for Near {
    async fn newest(&self) -> Result<Option<i64>> {
        Ok(self.files().await?.latest())
    }

    async fn version(&self, text: &str) -> Result<i64> {
        Ok(self.files().await?.resolve(text)?.version)
    }

    async fn catalogue(&self) -> Result<Vec<Catalogued>> {
        runs::catalogue(&self.platform, &self.actor).await
    }

    async fn catalogued(&self, migration: &str) -> Result<Catalogued> {
        runs::catalogued(&self.platform, &self.actor, migration).await
    }

    async fn standing(&self, selection: &TenantFilter) -> Result<Vec<TenantStanding>> {
        runs::status(&self.platform, &self.actor, selection).await
    }

    async fn at_least(&self, selection: &TenantFilter, version: &str) -> Result<AtLeast> {
        let version = self.files().await?.floor(version)?;
        runs::at_least(&self.platform, &self.actor, selection, version).await
    }

    async fn unresolved(&self, tenant: &str) -> Result<Unresolved> {
        tenants::unresolved(&self.platform, &self.actor, tenant).await
    }

    async fn resolve(
        &self,
        tenant: &str,
        decision: Decision,
        from: Option<usize>,
        reason: Option<&str>,
    ) -> Result<Resolved> {
        tenants::decide(&self.platform, &self.actor, tenant, decision, from, reason).await
    }
}
