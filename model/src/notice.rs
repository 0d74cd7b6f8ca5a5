//! Who is told of what: channels, and the notices that go to them. The keys of [`Notice`] are a contract (docs/notices.md).

use serde::{Deserialize, Serialize};

use crate::{Category, RunKind, RunStatus, TaskCounts};

names! {
    /// How a channel is spoken to.
    pub enum ChannelKind: "kind", "a kind of channel" {
        Webhook = "webhook",
        Slack = "slack" => "Slack",
        Teams = "teams" => "Microsoft Teams",
        Discord = "discord" => "Discord",
        Mail = "mail",
    }
}

names! {
    /// What somebody is told of.
    pub enum NoticeKind: "on", "something that is told of" {
        Failed = "failed",
        Halted = "halted",
        Waiting = "waiting",
        Finished = "finished",
        Quarantine = "quarantine",
        Server = "server",
        Provisioning = "provisioning",
        Backup = "backup",
        Expiring = "expiring",
        /// Asked for by somebody who wants to see one.
        Test = "test",
    }
}

impl NoticeKind {
    /// What a channel can be for.
    pub fn chosen() -> impl Iterator<Item = NoticeKind> {
        Self::ALL.into_iter().filter(|kind| *kind != NoticeKind::Test)
    }
}

names! {
    /// What became of a notice.
    pub enum NoticeState: "state", "a state of a notice" {
        Waiting = "waiting",
        Sent = "sent",
        GivenUp = "given-up" => "given up",
    }
}

/// A channel as it is shown: without what is secret of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ChannelRow {
    pub id: String,
    pub name: String,
    pub kind: ChannelKind,
    /// Of a mail all of it; of everything else scheme and host, since whoever has the rest can post there.
    pub address: String,
    /// What it is told of.
    pub on: Vec<NoticeKind>,
    /// It is told of tenants with this tag alone.
    pub tag: Option<String>,
    /// It is told of things at present.
    pub enabled: bool,
    /// It may lie on this machine or in a private network: it was added beside the key.
    pub anywhere: bool,
    pub made_by: String,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub created_at: i64,
    /// How many notices of the last 30 days wait, were sent, and were given up.
    pub waiting: i64,
    pub sent: i64,
    pub given_up: i64,
    /// The newest notice that went to it, or is to.
    pub last: Option<NoticeRow>,
}

/// A new channel, with what is shown of it this once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ChannelMade {
    /// What its messages are signed with; null where they are not.
    pub secret: Option<String>,
    #[serde(flatten)]
    pub row: ChannelRow,
}

/// What became of one notice at one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NoticeRow {
    /// What the receiver knows the message by, however often it comes.
    pub id: String,
    pub kind: NoticeKind,
    /// What it says, in a line.
    pub title: String,
    /// The run that it is about.
    pub run: Option<i64>,
    pub state: NoticeState,
    /// How often it was tried.
    pub tries: i64,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub made_at: i64,
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub sent_at: Option<i64>,
    /// When it is tried again.
    #[serde(with = "crate::clock::maybe")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Option<crate::clock::Time>"))]
    pub next_at: Option<i64>,
    /// Why it was not taken the last time.
    pub error: Option<String>,
}

/// A message to a webhook. Whatever a tenant's database has said stands in `causes[].message` and `about[].text` alone, in one line
/// of bounded length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Notice {
    /// The version of this form: 1.
    pub v: u32,
    /// The same at every try.
    pub id: String,
    pub kind: NoticeKind,
    #[serde(with = "crate::clock::at")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "crate::clock::Time"))]
    pub at: i64,
    pub environment: String,
    /// One line, in Neo's own words.
    pub title: String,
    /// Where a person who is signed in sees more.
    pub url: String,
    /// What the channel is confined to: everything below counts tenants with this tag alone.
    pub tag: Option<String>,
    pub run: Option<NoticeRun>,
    /// Failures by what they have in common, the most frequent first.
    pub causes: Vec<NoticeCause>,
    /// How many causes are not among them.
    pub more_causes: i64,
    /// What it is about beside a run: tenants, a server, a token.
    pub about: Vec<NoticeAbout>,
    pub more_about: i64,
}

/// The run that a notice is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NoticeRun {
    /// Its number.
    pub run: i64,
    pub kind: RunKind,
    pub status: RunStatus,
    pub tenants: TaskCounts,
    pub ms: Option<i64>,
    pub actor: String,
    /// Why it stopped, where it was not a person.
    pub why: Option<String>,
}

/// Failures that have one cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NoticeCause {
    pub fingerprint: String,
    pub count: i64,
    pub category: Category,
    pub code: Option<String>,
    /// The words of one tenant's database, in one line.
    pub message: String,
    pub migration: Option<String>,
    /// Up to five slugs.
    pub tenants: Vec<String>,
    /// Where those are tried again.
    pub url: String,
}

/// Something that a notice is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NoticeAbout {
    pub name: String,
    /// In one line.
    pub text: String,
    pub url: String,
}
