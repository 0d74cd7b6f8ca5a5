//! Server functions about channels and notices: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{ChannelKind, ChannelMade, ChannelRow, NoticeKind, NoticeRow};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListChannels>(Permission::SeeChannels),
        Function::of::<ListNotices>(Permission::SeeChannels).example(json!({ "channel": "ops" })),
        Function::of::<AddChannel>(Permission::ManageChannels).example(json!({
            "name": "ops", "kind": "webhook", "address": "https://hooks.example.com/neo", "on": ["failed", "halted"],
        })),
        Function::of::<SetChannel>(Permission::ManageChannels).example(json!({ "channel": "ops", "enabled": false })),
        Function::of::<TestChannel>(Permission::ManageChannels).example(json!({ "channel": "ops" })),
        Function::of::<RemoveChannel>(Permission::ManageChannels).example(json!({ "channel": "ops" })),
    ]
}

/// The channels, by name, each with what became of what it was told lately.
#[server(prefix = "/api/v1", endpoint = "channels", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_channels() -> Result<Vec<ChannelRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// What a channel was told lately, and is to be, with what became of it: the newest first, 50 at most.
#[server(prefix = "/api/v1", endpoint = "channels/notices", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_notices(
    /// Its name or id.
    channel: String,
) -> Result<Vec<NoticeRow>, Problem> {
    Ok(calls::notices(&Door::here()?, &channel).await?)
}

/// Adds a channel. What a webhook's messages are signed with is in the answer, this once.
#[server(prefix = "/api/v1", endpoint = "channels/add", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn add_channel(
    /// 1 to 60 letters, digits and - _ . without spaces.
    name: String,
    /// How it is spoken to.
    kind: ChannelKind,
    /// An https address in everybody's network, or where mails go. It is sealed before it is kept, and shown in part.
    address: Secret,
    /// What it is told of.
    on: Vec<NoticeKind>,
    /// It is told of tenants with this tag alone.
    tag: Option<String>,
) -> Result<ChannelMade, Problem> {
    let new = calls::Wanted { name, kind, address: address.into(), on, tag };
    Ok(calls::add(&Door::here()?, new).await?)
}

/// Switches a channel on or off. What waits for one that is off waits on, for a day at most.
#[server(prefix = "/api/v1", endpoint = "channels/set", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn set_channel(
    /// Its name or id.
    channel: String,
    /// Whether it is told of things.
    enabled: bool,
) -> Result<ChannelRow, Problem> {
    Ok(calls::set(&Door::here()?, &channel, enabled).await?)
}

/// Sends a test, once, and answers what became of it.
#[server(prefix = "/api/v1", endpoint = "channels/test", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn test_channel(
    /// Its name or id.
    channel: String,
) -> Result<NoticeRow, Problem> {
    Ok(calls::test(&Door::here()?, &channel).await?)
}

/// Removes a channel, with what waited for it.
#[server(prefix = "/api/v1", endpoint = "channels/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_channel(
    /// Its name or id.
    channel: String,
) -> Result<ChannelRow, Problem> {
    Ok(calls::remove(&Door::here()?, &channel).await?)
}
