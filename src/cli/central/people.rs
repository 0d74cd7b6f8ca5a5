//! Who may come in, and what they did. What only a person who has signed in may do, or whoever is at the machine, is not here.

use async_trait::async_trait;
use neo_model::{AdminRow, AuditRow, TokenMade, TokenRow};

use crate::audit::Filter;
use crate::error::Result;
use crate::tokens::NewToken;

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
}
