//! What a story said, without what differs from one telling to the next: times, ids, who asked, and who of several came first.

use serde_json::Value;

use crate::program::Answer;

/// Keys whose values are another each time.
const PASSING: [&str; 28] = [
    "ms",
    "copy_ms",
    "estimate_ms",
    "id",
    "tenant_id",
    "created_at",
    "started_at",
    "finished_at",
    "planned_for",
    "ts",
    "actor",
    "made_by",
    "owner",
    "seq",
    "last_seq",
    "concurrency",
    "latency_ms",
    "database",
    "backup",
    "verified_at",
    "until",
    "since",
    "last_signed_in_at",
    "address",
    "door",
    "request_id",
    "expires_at",
    "url",
];

/// One command, its exit code, and what it said on each stream.
pub fn told(line: &str, answer: &Answer) -> String {
    format!("$ neo {line}\n{}\n[{}]\n", stream(&answer.out), answer.code) + &stream(&answer.err)
}

fn stream(text: &str) -> String {
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        settle(&mut value);
        return format!("{value:#}\n");
    }
    let mut lines: Vec<String> = text.lines().map(line).collect();
    // Several are worked on at once.
    lines.sort();
    lines.join("\n") + "\n"
}

fn line(text: &str) -> String {
    if let Ok(mut value) = serde_json::from_str::<Value>(text) {
        settle(&mut value);
        return value.to_string();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut settled = Vec::new();
    for (at, word) in words.iter().enumerate() {
        settled.push(match *word {
            _ if is_time(word) => "T",
            _ if is_span(&words, at) => "#",
            "s" | "ms" | "s," | "ms," => "time",
            word if word.len() == 24 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) => "ID",
            // A database that Neo has named.
            word if word.starts_with("t_") || word.contains("/t_") => "DATABASE",
            word if word.contains("/password?token=") => "LINK",
            word if word.starts_with("cli:") || word.starts_with("token:") => "ACTOR",
            word => word,
        });
    }
    settled.join(" ").replace("ACTOR of ACTOR", "ACTOR")
}

/// How long something took: what stands before its unit.
fn is_span(words: &[&str], at: usize) -> bool {
    let word = words[at];
    let is_number = word.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') && !word.is_empty();
    is_number && words.get(at + 1).is_some_and(|next| ["ms", "s", "ms,", "s,"].contains(next))
}

/// `2026-11-28T13:11:05.160Z`, whatever stands after it.
fn is_time(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';', ':']);
    word.len() == 24 && word.ends_with('Z') && word.contains("T")
}

fn settle(value: &mut Value) {
    match value {
        Value::String(text) => {
            let words: Vec<&str> = text.split(' ').collect();
            let settled = words.iter().enumerate().map(|(at, word)| match *word {
                word if is_time(word) => "T",
                _ if is_span(&words, at) => "#",
                word => word,
            });
            *text = settled.collect::<Vec<_>>().join(" ");
        }
        Value::Object(members) => {
            for (name, value) in members {
                if PASSING.contains(&name.as_str()) && !value.is_null() {
                    *value = Value::String("…".into());
                }
                settle(value);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(settle),
        _ => {}
    }
}
