//! Discord: an embed, and nobody is mentioned whatever stands in it. What somebody else has said stands in a block of code that it cannot
//! end.

use neo_model::{Notice, NoticeKind, rfc3339};
use serde_json::{Value, json};

use super::{foot, heading, more, rerun, whom};
use crate::notices::words::without_links;

/// Characters of a title, and of all that stands under it.
const TITLE: usize = 256;
const TEXT: usize = 4000;

pub(super) fn message(notice: &Notice) -> Value {
    let mut parts = Vec::new();
    parts.extend(notice.run.as_ref().and_then(|run| run.why.as_deref()).map(code));
    for cause in &notice.causes {
        let head = format!("**{}** [{}]({})", escaped(&heading(cause)), rerun(notice, cause), cause.url);
        parts.push(format!("{head}\n{}\n{}", code(&cause.message), escaped(&whom(cause))));
    }
    parts.extend(
        notice
            .about
            .iter()
            .map(|about| format!("**[{}]({})**\n{}", escaped(&about.name), about.url, code(&about.text))),
    );
    let more = more(notice);
    // A part is there as a whole or not at all: half a block of code would not end.
    let (mut text, mut left_out) = (String::new(), false);
    for part in parts.into_iter().chain(more) {
        match text.chars().count() + part.chars().count() < TEXT {
            true => text = if text.is_empty() { part } else { format!("{text}\n{part}") },
            false => left_out = true,
        }
    }
    if left_out {
        text.push_str("\n…");
    }
    let title: String = escaped(&notice.title).chars().take(TITLE).collect();
    json!({
        "allowed_mentions": { "parse": [] },
        "embeds": [{
            "title": title, "url": notice.url, "description": text, "color": colour(notice.kind),
            "footer": { "text": foot(notice) }, "timestamp": rfc3339(notice.at),
        }],
    })
}

fn colour(kind: NoticeKind) -> u32 {
    match kind {
        NoticeKind::Finished | NoticeKind::Test => 0x2e7d32,
        NoticeKind::Waiting | NoticeKind::Expiring | NoticeKind::Quarantine => 0xb26a00,
        NoticeKind::Failed
        | NoticeKind::Halted
        | NoticeKind::Server
        | NoticeKind::Provisioning
        | NoticeKind::Backup => 0xc62828,
    }
}

fn code(text: &str) -> String {
    format!("```\n{}\n```", without_links(text).replace('`', "'"))
}

fn escaped(text: &str) -> String {
    let reads =
        |c: char| matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '[' | ']' | '(' | ')' | '#' | '@' | ':');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if reads(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}
