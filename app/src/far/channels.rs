use async_trait::async_trait;
use neo::channels::NewChannel;
use neo::cli::central::Channels;
use neo::error::Result;
use neo_model::{ChannelMade, ChannelRow, NoticeRow};
use secrecy::ExposeSecret;

use super::Far;
use crate::rooms::channels::api::{AddChannel, ListChannels, ListNotices, RemoveChannel, SetChannel, TestChannel};

#[async_trait]
impl Channels for Far {
    async fn channels(&self) -> Result<Vec<ChannelRow>> {
        self.client.call(ListChannels {}).await
    }

    async fn notices(&self, key: &str) -> Result<Vec<NoticeRow>> {
        self.client.call(ListNotices { channel: key.to_owned() }).await
    }

    async fn add_channel(&self, new: NewChannel) -> Result<ChannelMade> {
        let asked = AddChannel {
            name: new.name,
            kind: new.kind,
            address: new.address.expose_secret().to_owned().into(),
            on: new.on,
            tag: new.tag,
        };
        self.client.call(asked).await
    }

    async fn set_channel(&self, key: &str, enabled: bool) -> Result<ChannelRow> {
        self.client.call(SetChannel { channel: key.to_owned(), enabled }).await
    }

    async fn test_channel(&self, key: &str) -> Result<NoticeRow> {
        self.client.call_now(TestChannel { channel: key.to_owned() }).await
    }

    async fn remove_channel(&self, key: &str) -> Result<ChannelRow> {
        self.client.call(RemoveChannel { channel: key.to_owned() }).await
    }
}
