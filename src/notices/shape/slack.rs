//! Slack: blocks. What somebody else has said is preformatted rich text, in which nothing is read; in Neo's own lines the three characters
//! that Slack reads are escaped.

use neo_model::Notice;
use serde_json::{Value, json};

use super::{foot, heading, more, rerun, whom};
use crate::notices::words::without_links;

/// Characters of a header.
const HEADER: usize = 150;

pub(super) fn message(notice: &Notice) -> Value {
    let header: String = notice.title.chars().take(HEADER).collect();
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&header) }),
        section(&format!("<{}|See it in the console>", notice.url)),
    ];
    if let Some(why) = notice.run.as_ref().and_then(|run| run.why.as_deref()) {
        blocks.push(preformatted(why));
    }
    for cause in &notice.causes {
        blocks.push(section(&format!("{}\n<{}|{}>", escaped(&heading(cause)), cause.url, rerun(notice, cause))));
        blocks.push(preformatted(&cause.message));
        blocks.push(context(&whom(cause)));
    }
    for about in &notice.about {
        blocks.push(section(&format!("<{}|{}>", about.url, escaped(&about.name))));
        blocks.push(preformatted(&about.text));
    }
    blocks.extend(more(notice).map(|more| context(&more)));
    blocks.push(context(&foot(notice)));
    // What is read where blocks are not: in a list of notifications.
    json!({ "text": escaped(&notice.title), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

fn section(markdown: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": markdown, "verbatim": true } })
}

fn context(text: &str) -> Value {
    json!({ "type": "context", "elements": [plain(text)] })
}

fn preformatted(text: &str) -> Value {
    let text = without_links(text);
    // An empty one is refused.
    let text = if text.is_empty() { "–".to_owned() } else { text };
    json!({
        "type": "rich_text",
        "elements": [{ "type": "rich_text_preformatted", "elements": [{ "type": "text", "text": text }] }],
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(['*', '`', '~', '|'], " ")
}
