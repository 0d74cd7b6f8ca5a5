use async_trait::async_trait;
use neo_model::{Opening, Probe, ServerRow};

use super::Near;
use crate::cli::central::Servers;
use crate::error::Result;
use crate::servers::{self, Changes, NewServer};

#[async_trait]
impl Servers for Near {
    async fn servers(&self) -> Result<Vec<ServerRow>> {
        Ok(servers::list(&self.platform, &self.actor).await?.into_iter().map(ServerRow::from).collect())
    }

    async fn server(&self, key: &str) -> Result<ServerRow> {
        servers::find(&self.platform, &self.actor, key).await.map(ServerRow::from)
    }

    async fn add_server(&self, new: NewServer) -> Result<ServerRow> {
        servers::add(&self.platform, &self.actor, new).await.map(ServerRow::from)
    }

    async fn set_server(&self, key: &str, changes: Changes) -> Result<ServerRow> {
        servers::set(&self.platform, &self.actor, key, changes).await.map(ServerRow::from)
    }

    async fn rotate_server(&self, key: &str) -> Result<ServerRow> {
        servers::rotate_password(&self.platform, &self.actor, key).await.map(ServerRow::from)
    }

    async fn check_server(&self, key: &str) -> Result<Probe> {
        servers::check(&self.platform, &self.actor, key).await
    }

    async fn openings(&self, key: &str) -> Result<Vec<Opening>> {
        servers::hardening(&self.platform, &self.actor, key).await
    }

    async fn harden(&self, key: &str) -> Result<Vec<Opening>> {
        servers::harden(&self.platform, &self.actor, key).await
    }

    async fn remove_server(&self, key: &str) -> Result<()> {
        servers::remove(&self.platform, &self.actor, key).await
    }
}
