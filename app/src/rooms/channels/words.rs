//! How channels and the fate of notices are said.

use leptos::prelude::*;
use neo_model::{ChannelRow, NoticeRow, NoticeState};

use crate::ui::text::{number, sentence};
use crate::ui::{Mark, Status, Time};

/// Whether it is told of things, and how that went.
pub fn standing(channel: &ChannelRow) -> AnyView {
    let (mark, word) = match &channel.last {
        _ if !channel.enabled => (Mark::Skipped, "Off".to_owned()),
        Some(last) if last.state == NoticeState::GivenUp => (Mark::Failed, "The last was given up".to_owned()),
        Some(last) if last.error.is_some() => (Mark::Behind, format!("{} waiting", number(channel.waiting))),
        _ => (Mark::Ok, "On".to_owned()),
    };
    view! { <Status mark=mark word=word /> }.into_any()
}

/// What it is told of: `failed, halted of tenants with the tag bank`.
pub fn told_of(channel: &ChannelRow) -> String {
    let kinds = channel.on.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(", ");
    match &channel.tag {
        Some(tag) => format!("{kinds}; of tenants with the tag {tag}"),
        None => kinds,
    }
}

pub fn place(channel: &ChannelRow) -> String {
    format!("{} {}", channel.kind.word(), channel.address)
}

/// What became of a notice.
pub fn fate(notice: &NoticeRow) -> AnyView {
    let tries = match notice.tries {
        1 => "1 try".to_owned(),
        n => format!("{n} tries"),
    };
    let (mark, said) = match notice.state {
        NoticeState::Sent => (Mark::Ok, None),
        NoticeState::GivenUp => (Mark::Failed, Some(format!("after {tries}"))),
        NoticeState::Waiting if notice.tries == 0 => (Mark::Queued, None),
        NoticeState::Waiting => (Mark::Behind, Some(format!("after {tries}"))),
    };
    let word = match said {
        Some(said) => format!("{} {said}", sentence(notice.state.word())),
        None => sentence(notice.state.word()),
    };
    let at = notice.sent_at.map(|ms| view! { " "<Time ms=ms /> });
    let again = notice
        .next_at
        .filter(|_| notice.tries > 0)
        .map(|ms| view! { <span class="muted">", again "<Time ms=ms /></span> });
    let why = notice.error.clone().map(|why| view! { <br /><span class="err">{why}</span> });
    view! { <Status mark=mark word=word />{at}{again}{why} }.into_any()
}
