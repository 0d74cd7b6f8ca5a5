//! The fleet's files, and where its tenants stand.

use async_trait::async_trait;
use neo_model::{AtLeast, Catalogued, Decision, Resolved, TenantFilter, TenantStanding, Unresolved};

use crate::error::Result;

#[async_trait]
pub trait Migrations {
    /// The newest version that there is.
    async fn newest(&self) -> Result<Option<i64>>;

    /// The version of a migration that is named by it, by its name, or by both.
    async fn version(&self, text: &str) -> Result<i64>;

    async fn catalogue(&self) -> Result<Vec<Catalogued>>;

    /// One of them, with its texts.
    async fn catalogued(&self, migration: &str) -> Result<Catalogued>;

    /// Where each tenant stands, from what is known.
    async fn standing(&self, selection: &TenantFilter) -> Result<Vec<TenantStanding>>;

    /// Whether all are known to be at a version, or newer; it may be newer than every file.
    async fn at_least(&self, selection: &TenantFilter, version: &str) -> Result<AtLeast>;

    /// What has to be decided about a tenant (slug or id).
    async fn unresolved(&self, tenant: &str) -> Result<Unresolved>;

    /// Decides it; `from` is the statement to continue at.
    async fn resolve(
        &self,
        tenant: &str,
        decision: Decision,
        from: Option<usize>,
        reason: Option<&str>,
    ) -> Result<Resolved>;
}
