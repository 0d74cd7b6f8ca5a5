//! Microsoft Teams: an adaptive card, as a workflow's webhook takes it. Every text is a run of rich text, which is shown as it is; a text
//! block would read markdown.

use neo_model::Notice;
use serde_json::{Value, json};

use super::{foot, heading, more, rerun, whom};
use crate::notices::words::without_links;

/// As many buttons as a card shows.
const BUTTONS: usize = 6;

pub(super) fn message(notice: &Notice) -> Value {
    let mut body = vec![line(&notice.title, json!({ "size": "Large", "weight": "Bolder" }))];
    if let Some(why) = notice.run.as_ref().and_then(|run| run.why.as_deref()) {
        body.push(line(&without_links(why), json!({})));
    }
    let mut buttons = vec![button("See it in the console", &notice.url)];
    for cause in &notice.causes {
        body.push(line(&heading(cause), json!({ "weight": "Bolder" })));
        body.push(line(&without_links(&cause.message), json!({ "fontType": "Monospace" })));
        body.push(line(&whom(cause), json!({ "isSubtle": true })));
        buttons.push(button(&rerun(notice, cause), &cause.url));
    }
    for about in &notice.about {
        body.push(line(&about.name, json!({ "weight": "Bolder" })));
        body.push(line(&without_links(&about.text), json!({})));
    }
    body.extend(more(notice).map(|more| line(&more, json!({ "isSubtle": true }))));
    body.push(line(&foot(notice), json!({ "isSubtle": true, "size": "Small" })));
    buttons.truncate(BUTTONS);
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "msteams": { "width": "Full" }, "body": body, "actions": buttons,
    });
    let attached =
        json!({ "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card });
    json!({ "type": "message", "attachments": [attached] })
}

fn line(text: &str, look: Value) -> Value {
    let mut run = json!({ "type": "TextRun", "text": text });
    if let (Some(run), Value::Object(look)) = (run.as_object_mut(), look) {
        run.extend(look);
    }
    json!({ "type": "RichTextBlock", "inlines": [run] })
}

fn button(title: &str, url: &str) -> Value {
    json!({ "type": "Action.OpenUrl", "title": title, "url": url })
}
