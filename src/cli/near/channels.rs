use async_trait::async_trait;
use neo_model::{ChannelMade, ChannelRow, NoticeRow};
use secrecy::ExposeSecret;

use super::Near;
use crate::channels::{self, NewChannel};
use crate::cli::central::Channels;
use crate::error::Result;
use crate::notices;

#[async_trait]
impl Channels for Near {
    async fn channels(&self) -> Result<Vec<ChannelRow>> {
        channels::list(&self.platform, &self.actor).await
    }

    async fn notices(&self, key: &str) -> Result<Vec<NoticeRow>> {
        notices::list(&self.platform, &self.actor, key, notices::SHOWN).await
    }

    async fn add_channel(&self, new: NewChannel) -> Result<ChannelMade> {
        let (row, secret) = channels::add(&self.platform, &self.actor, new).await?;
        Ok(ChannelMade { secret: secret.map(|secret| secret.expose_secret().to_owned()), row })
    }

    async fn set_channel(&self, key: &str, enabled: bool) -> Result<ChannelRow> {
        channels::set_enabled(&self.platform, &self.actor, key, enabled).await
    }

    async fn test_channel(&self, key: &str) -> Result<NoticeRow> {
        notices::test(&self.platform, &self.actor, &*self.post, key).await
    }

    async fn remove_channel(&self, key: &str) -> Result<ChannelRow> {
        channels::remove(&self.platform, &self.actor, key).await
    }
}
