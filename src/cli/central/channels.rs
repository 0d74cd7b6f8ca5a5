//! Where notices go.

use async_trait::async_trait;
use neo_model::{ChannelMade, ChannelRow, NoticeRow};

use crate::channels::NewChannel;
use crate::error::Result;

#[async_trait]
pub trait Channels {
    async fn channels(&self) -> Result<Vec<ChannelRow>>;

    /// What a channel was told lately, by its name or id, the newest first.
    async fn notices(&self, key: &str) -> Result<Vec<NoticeRow>>;

    async fn add_channel(&self, new: NewChannel) -> Result<ChannelMade>;

    /// Whether it is told of things.
    async fn set_channel(&self, key: &str, enabled: bool) -> Result<ChannelRow>;

    /// Sends a test there, and says what became of it.
    async fn test_channel(&self, key: &str) -> Result<NoticeRow>;

    async fn remove_channel(&self, key: &str) -> Result<ChannelRow>;
}
