//! The database servers that tenants live on.

use async_trait::async_trait;
use neo_model::{Opening, Probe, ServerRow};

use crate::error::Result;
use crate::servers::{Changes, NewServer};

#[async_trait]
pub trait Servers {
    async fn servers(&self) -> Result<Vec<ServerRow>>;

    /// One of them, by name or id.
    async fn server(&self, key: &str) -> Result<ServerRow>;

    async fn add_server(&self, new: NewServer) -> Result<ServerRow>;

    /// What is not said stays as it is.
    async fn set_server(&self, key: &str, changes: Changes) -> Result<ServerRow>;

    /// Gives its login a new password.
    async fn rotate_server(&self, key: &str) -> Result<ServerRow>;

    async fn check_server(&self, key: &str) -> Result<Probe>;

    /// What everybody may do there, and what would shut it.
    async fn openings(&self, key: &str) -> Result<Vec<Opening>>;

    /// Shuts it as far as its login may; the answer is what stays open.
    async fn harden(&self, key: &str) -> Result<Vec<Opening>>;

    async fn remove_server(&self, key: &str) -> Result<()>;
}
