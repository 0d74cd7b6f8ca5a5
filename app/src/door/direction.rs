//! Characters that nobody sees, since they drive a terminal, turn the direction of writing or take no room, are shown by their
//! numbers: what somebody typed is read in the order in which it was typed, and a name cannot pass for another.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use neo_model::{legible, seen};

/// A page with `\u{202e}` in the place of each. Its lines are kept.
pub fn html(page: String) -> String {
    if seen(&page).all(|(c, is_seen)| is_seen || is_of_lines(c)) {
        return page;
    }
    let mut shown = String::with_capacity(page.len() + 64);
    for (c, is_seen) in seen(&page) {
        if is_seen || is_of_lines(c) {
            shown.push(c);
        } else {
            shown.push_str(&format!(r"\u{{{:x}}}", u32::from(c)));
        }
    }
    shown
}

/// A JSON document for a program, which reads what there is: only how it is written is another, for whoever prints it.
pub fn document(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], legible(text))
}

/// The same for the script of a page, which shows it as it comes.
pub fn for_a_page(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], json(text))
}

fn is_of_lines(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t')
}

/// The same in the texts of a JSON document, for a page that shows them. There a control character is escaped already.
pub fn json(document: String) -> String {
    let mut shown = String::with_capacity(document.len());
    let mut chars = seen(&document);
    while let Some((c, is_seen)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(('u', _)) => {
                    let digits: String = chars.by_ref().take(4).map(|(digit, _)| digit).collect();
                    shown.push_str(&escaped(u32::from_str_radix(&digits, 16).unwrap_or_default()));
                }
                Some(('b', _)) => shown.push_str(&escaped(8)),
                Some(('f', _)) => shown.push_str(&escaped(12)),
                Some((escaped, _)) => shown.extend(['\\', escaped]),
                None => {}
            },
            c if is_seen || is_of_lines(c) => shown.push(c),
            c => shown.push_str(&escaped(c.into())),
        }
    }
    shown
}

/// Within a text of JSON, whose backslash is one of two.
fn escaped(number: u32) -> String {
    format!(r"\\u{{{number:x}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown_and_all_else_stays() {
        assert_eq!(html("<b>a\u{202e}b\u{2066}</b> שלום".into()), r"<b>a\u{202e}b\u{2066}</b> שלום");
        let page = "<pre>\n\tx\u{9b}2J\u{1}\u{3164}\u{fe0f}\r\n</pre> علی\u{200c}رضا";
        assert_eq!(html(page.into()), "<pre>\n\tx\\u{9b}2J\\u{1}\\u{3164}\\u{fe0f}\r\n</pre> علی\u{200c}رضا");
        let text = "a\u{202e}\"b\u{1b}\u{9b}\u{8}\u{c}\n\\u{1} \\\\b 👩\u{200d}💻";
        let read: serde_json::Value =
            serde_json::from_str(&json(serde_json::json!({ "text": text }).to_string())).unwrap();
        assert_eq!(read["text"], "a\\u{202e}\"b\\u{1b}\\u{9b}\\u{8}\\u{c}\n\\u{1} \\\\b 👩\u{200d}💻");
    }
}
