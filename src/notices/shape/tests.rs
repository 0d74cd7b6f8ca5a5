//! What a tenant's database says is nobody's mention, markup, link or header.

use neo_model::{Category, NoticeKind, NoticeRun, RunKind, RunStatus, TaskCounts};
use serde_json::Value;

use super::*;

const EVIL: &str = "```\n@everyone <!channel> <@U1> [x](https://evil.example) *b* **b** <a href='https://evil.example'>x</a> ![i](http://e) www.evil.example\r\nBcc: x@evil.example";

fn hostile() -> Notice {
    let cause = NoticeCause {
        fingerprint: "7f3a12".into(),
        count: 632,
        category: Category::Exists,
        code: Some("42701".into()),
        message: EVIL.into(),
        migration: Some("20250126000006_add_custom_fields".into()),
        tenants: vec!["acme".into(), "beta".into()],
        url: "https://central.example.com/runs/7/rerun?cause=7f3a12".into(),
    };
    let run = NoticeRun {
        run: 7,
        kind: RunKind::Migrate,
        status: RunStatus::Failed,
        tenants: TaskCounts { total: 1000, failed: 632, ..TaskCounts::default() },
        ms: Some(1),
        actor: "ada@example.com".into(),
        why: Some(EVIL.into()),
    };
    Notice {
        v: 1,
        id: "msg".into(),
        kind: NoticeKind::Failed,
        at: 1_800_000_000_000,
        environment: "production".into(),
        title: "Run 7 failed: 632 of 1,000 tenants".into(),
        url: "https://central.example.com/runs/7".into(),
        tag: None,
        run: Some(run),
        causes: vec![cause],
        more_causes: 2,
        about: vec![neo_model::NoticeAbout {
            name: "acme".into(),
            text: EVIL.into(),
            url: "https://central.example.com/t".into(),
        }],
        more_about: 0,
    }
}

/// Every text of a document, with the key that it stands under.
fn texts<'a>(value: &'a Value, key: &'a str, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((key, text)),
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| texts(value, key, found)),
        _ => {}
    }
}

fn document(kind: ChannelKind) -> Value {
    serde_json::from_str(&posted(kind, &hostile()).expect("posted")).expect("JSON")
}

#[test]
fn in_slack_it_is_preformatted_and_everything_else_is_ours() {
    let message = document(ChannelKind::Slack);
    let blocks = message["blocks"].as_array().expect("blocks");
    let is_said = |block: &&Value| block["type"] == "rich_text";
    assert_eq!(blocks.iter().filter(is_said).count(), 3);
    for block in blocks.iter().filter(is_said) {
        assert_eq!(block["elements"][0]["type"], "rich_text_preformatted");
        let text = block["elements"][0]["elements"][0]["text"].as_str().expect("a text");
        assert!(!text.contains("://") && !text.contains('\n') && !text.contains("www."), "{text}");
    }
    let ours = Value::from(blocks.iter().filter(|block| !is_said(block)).cloned().collect::<Vec<_>>());
    let ours = format!("{ours} {}", message["text"]);
    assert!(!ours.contains("evil") && !ours.contains("everyone") && ours.contains("Rerun 632 tenants"), "{ours}");
}

#[test]
fn in_teams_no_text_is_read_as_markdown() {
    let message = document(ChannelKind::Teams);
    let card = &message["attachments"][0]["content"];
    for block in card["body"].as_array().expect("a body") {
        assert_eq!(
            (&block["type"], &block["inlines"][0]["type"]),
            (&"RichTextBlock".into(), &"TextRun".into()),
            "{block}"
        );
    }
    assert!(card["msteams"].get("entities").is_none());
    for action in card["actions"].as_array().expect("actions") {
        assert!(action["url"].as_str().is_some_and(|url| url.starts_with("https://central.example.com/")), "{action}");
    }
    assert!(!message.to_string().contains("https://evil"));
}

#[test]
fn in_discord_nobody_is_mentioned_and_code_is_not_ended() {
    let message = document(ChannelKind::Discord);
    assert_eq!(message["allowed_mentions"], serde_json::json!({ "parse": [] }));
    let text = message["embeds"][0]["description"].as_str().expect("a description");
    // Begun and ended three times by us, and by nobody else.
    assert_eq!(text.matches("```").count(), 6, "{text}");
    let outside: String = text.split("```").step_by(2).collect();
    assert!(
        !outside.contains("evil") && outside.contains("[Rerun 632 tenants](https://central.example.com/"),
        "{outside}"
    );
    let mut long = hostile();
    long.causes = vec![NoticeCause { message: "x".repeat(400), ..long.causes[0].clone() }; 40];
    let long: Value = serde_json::from_str(&posted(ChannelKind::Discord, &long).expect("posted")).expect("JSON");
    let text = long["embeds"][0]["description"].as_str().expect("a description");
    assert!(
        text.chars().count() <= 4096 && text.matches("```").count().is_multiple_of(2) && text.ends_with('…'),
        "{text}"
    );
}

#[test]
fn in_a_mail_it_is_one_line_and_no_header() {
    let text = mail::text(&hostile());
    for line in text.lines().filter(|line| line.contains("evil") || line.contains("Bcc")) {
        assert!(line.starts_with("    > ") && !line.contains("https://"), "{line}");
    }
    assert!(text.contains("Rerun 632 tenants: https://central.example.com/runs/7/rerun?cause=7f3a12"), "{text}");
    let letter = letter(&hostile(), "ops@example.com");
    assert_eq!(letter.subject, "[production] Run 7 failed: 632 of 1,000 tenants");
}

#[test]
fn a_webhook_is_told_what_can_be_read_again() {
    let message = document(ChannelKind::Webhook);
    let again: Notice = serde_json::from_value(message.clone()).expect("the same form");
    assert_eq!(again, hostile());
    assert_eq!((message["v"].as_u64(), message["at"].as_str()), (Some(1), Some("2027-01-15T08:00:00.000Z")));
    let mut found = Vec::new();
    texts(&message, "", &mut found);
    assert!(
        found.iter().filter(|(_, text)| text.contains("evil")).all(|(key, _)| ["message", "text", "why"].contains(key))
    );
}
