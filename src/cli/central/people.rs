//! Who may come in, and what they did. What only a person who has signed in may do, or whoever is at the machine, is not here.

use async_trait::async_trait;
use neo_model::{AdminRow, AuditFormat, AuditRow, TokenMade, TokenRow};

use crate::audit::Filter;
use crate::error::Result;
use crate::tokens::NewToken;

/// What takes in the parts of an export.
pub type Each<'a> = &'a mut (dyn FnMut(&[u8]) -> Result<()> + Send);

#[async_trait]
pub trait People {
    async fn admins(&self) -> Result<Vec<AdminRow>>;

    /// One of them, by email or id.
    async fn admin(&self, key: &str) -> Result<AdminRow>;

    async fn tokens(&self) -> Result<Vec<TokenRow>>;

    async fn create_token(&self, new: NewToken) -> Result<TokenMade>;

    async fn revoke_token(&self, id: &str) -> Result<TokenRow>;

    /// The newest first.
    async fn audit(&self, filter: &Filter) -> Result<Vec<AuditRow>>;

    /// A signed export, part by part as it comes, to its end.
    async fn export_audit(&self, filter: &Filter, format: AuditFormat, each: Each<'_>) -> Result<()>;
}
