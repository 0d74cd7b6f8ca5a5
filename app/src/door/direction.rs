//! Characters that are seen by nobody, since they turn the direction of writing or take no room, are shown by their numbers: what somebody typed is read in the order in
//! which it was typed, and a name cannot pass for another.

use neo::error::is_unseen;

/// A page with `\u{202e}` in the place of each.
pub fn html(page: String) -> String {
    shown(page, r"\u")
}

/// A JSON document, in whose texts the backslash is one of two.
pub fn json(document: String) -> String {
    shown(document, r"\\u")
}

fn shown(text: String, before: &str) -> String {
    if !text.contains(is_unseen) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if is_unseen(c) {
            shown.push_str(&format!("{before}{{{:x}}}", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown_and_all_else_stays() {
        assert_eq!(html("<b>a\u{202e}b\u{2066}</b> שלום".into()), r"<b>a\u{202e}b\u{2066}</b> שלום");
        let document = json(serde_json::json!({ "text": "a\u{202e}\"b" }).to_string());
        let read: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(read["text"], "a\\u{202e}\"b");
    }
}
