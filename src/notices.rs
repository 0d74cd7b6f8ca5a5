//! Notices: somebody is told of what they would otherwise find out in the morning. One is made in the transaction that makes it true, so
//! that there is none without its fact and no fact without it, and is one message a run, whatever the number of tenants.
//!
//! From then on it is a row, and whoever runs sends it: every `neo serve` and `neo work`, and a command at a shell what it has itself
//! caused, before it ends. Who sends one holds it for a while; of one whose holder has died it is not known whether it came, and it is
//! sent again rather than lost, with the same id. One that is not taken is tried again for a day.

mod post;
mod send;
mod shape;
mod sign;
mod store;
mod sweep;
mod words;

use neo_model::{Notice, NoticeAbout, NoticeCause, NoticeKind, NoticeRow, NoticeRun, NoticeState};

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::channels::{self, Listener};
use crate::error::Result;
pub use post::{ANSWER, PATIENCE, Parcel, Post, Receipt, Unreached};
pub use send::{Leftover, keep_sending, send_own, test};
pub use sign::verify;
pub(crate) use words::{MOST_ABOUT, MOST_CAUSES, counted, grouped, in_one_line};

/// As many as are shown of one channel.
pub const SHOWN: u32 = 50;

/// What is told of a fact: of the whole, or of the tenants with one tag.
#[derive(Default)]
pub(crate) struct Said {
    /// In one line, and in Neo's own words.
    pub title: String,
    /// Where a person sees more: a path of the console.
    pub path: String,
    pub run: Option<NoticeRun>,
    /// With paths in the place of addresses.
    pub causes: Vec<NoticeCause>,
    pub more_causes: i64,
    /// With paths in the place of addresses.
    pub about: Vec<NoticeAbout>,
    pub more_about: i64,
}

/// Who is to be told of something, by what they are confined to: whoever tells says it once for each.
pub(crate) struct Audience {
    kind: NoticeKind,
    listeners: Vec<Listener>,
}

impl Audience {
    pub async fn of(conn: &mut Conn, kind: NoticeKind) -> Result<Self> {
        Ok(Self { kind, listeners: channels::listening(conn, kind).await? })
    }

    /// What is to be said apart: the whole (none), or what is about the tenants with a tag.
    pub fn tags(&self) -> Vec<Option<String>> {
        let mut tags: Vec<_> = self.listeners.iter().map(|listener| listener.tag.clone()).collect();
        tags.sort();
        tags.dedup();
        tags
    }

    /// Tells those who are confined to `tag`; `fact` is what it is about, and is told once.
    pub async fn tell(&self, conn: &mut Conn, fact: &str, tag: Option<&str>, said: Said) -> Result<()> {
        let whom = self.listeners.iter().filter(|listener| listener.tag.as_deref() == tag);
        let whom: Vec<_> = whom.map(|listener| listener.channel_id.as_str()).collect();
        store::keep(conn, fact, &message(self.kind, tag, said), &whom).await
    }
}

/// A message as it is kept: what differs from channel to channel, and where the console is, is said when it is sent.
fn message(kind: NoticeKind, tag: Option<&str>, said: Said) -> Notice {
    let title = match tag {
        Some(tag) => format!("{} (tag {tag})", said.title),
        None => said.title,
    };
    Notice {
        v: 1,
        id: String::new(),
        kind,
        at: 0,
        environment: String::new(),
        title,
        url: said.path,
        tag: tag.map(str::to_owned),
        run: said.run,
        causes: said.causes,
        more_causes: said.more_causes,
        about: said.about,
        more_about: said.more_about,
    }
}

/// How many notices are kept, by what became of them.
pub(crate) async fn counts(platform: &Platform) -> Result<Vec<(NoticeState, i64)>> {
    store::counts(&mut *platform.central.read().await?).await
}

/// What a channel was told lately, and is to be, the newest first, with what became of it.
pub async fn list(platform: &Platform, actor: &Actor, channel: &str, limit: u32) -> Result<Vec<NoticeRow>> {
    actor.authorise(Permission::SeeChannels)?;
    let channel = channels::find(platform, actor, channel).await?;
    channels::newest(&mut *platform.central.read().await?, &channel.id, limit).await
}
