//! What the server functions about channels do; the pages do the same.

use neo::channels::{self, NewChannel};
use neo::error::Result;
use neo::notices;
use neo_model::{ChannelKind, ChannelMade, ChannelRow, NoticeKind, NoticeRow};
use secrecy::{ExposeSecret, SecretString};

use crate::door::Door;
use crate::web;

/// A channel as it is asked for.
pub struct Wanted {
    pub name: String,
    pub kind: ChannelKind,
    pub address: SecretString,
    pub on: Vec<NoticeKind>,
    pub tag: Option<String>,
}

pub async fn list(door: &Door) -> Result<Vec<ChannelRow>> {
    channels::list(&door.platform, &door.actor).await
}

pub async fn notices(door: &Door, channel: &str) -> Result<Vec<NoticeRow>> {
    notices::list(&door.platform, &door.actor, channel, notices::SHOWN).await
}

pub async fn add(door: &Door, wanted: Wanted) -> Result<ChannelMade> {
    let Wanted { name, kind, address, on, tag } = wanted;
    let new = NewChannel { name, kind, address, on, tag };
    let (row, secret) = channels::add(&door.platform, &door.actor, new).await?;
    Ok(ChannelMade { secret: secret.map(|secret| secret.expose_secret().to_owned()), row })
}

pub async fn set(door: &Door, channel: &str, enabled: bool) -> Result<ChannelRow> {
    channels::set_enabled(&door.platform, &door.actor, channel, enabled).await
}

pub async fn test(door: &Door, channel: &str) -> Result<NoticeRow> {
    notices::test(&door.platform, &door.actor, &*web::post(), channel).await
}

pub async fn remove(door: &Door, channel: &str) -> Result<ChannelRow> {
    channels::remove(&door.platform, &door.actor, channel).await
}
