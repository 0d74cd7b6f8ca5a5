//! The words of a notice. What a tenant's database has said is somebody else's: one line of bounded length, which no program that shows it
//! takes for a link.

use neo_model::{clean, shortened};

/// So many causes are told, and so many other things.
pub(crate) const MOST_CAUSES: usize = 5;
pub(crate) const MOST_ABOUT: usize = 10;

/// Characters of what somebody else has said.
const LONGEST: usize = 300;

/// What somebody else has said, in one line of bounded length.
pub(crate) fn in_one_line(text: &str) -> String {
    let text = clean(text);
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// The same where a program shows it that makes links of what looks like one.
pub(super) fn without_links(text: &str) -> String {
    let text = in_one_line(text).replace("://", "[:]//");
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    // However it is written.
    while let Some(at) = rest.to_ascii_lowercase().find("www.") {
        shown.push_str(&rest[..at + 3]);
        shown.push_str("[.]");
        rest = &rest[at + 4..];
    }
    shown + rest
}

/// What a receiver has said of a message, short enough to be kept.
pub(super) fn said(body: &[u8]) -> String {
    shortened(&clean(&String::from_utf8_lossy(body)))
}

/// `1,000`
pub(crate) fn grouped(n: i64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 tenant`, `1,000 tenants`
pub(crate) fn counted(n: i64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_one_line_and_no_link() {
        assert_eq!(in_one_line("a\nb\u{202e}c\u{1b}[31m"), "a bc[31m");
        assert_eq!(in_one_line(&"x".repeat(400)).chars().count(), LONGEST + 1);
        assert_eq!(
            without_links("see https://evil.example/x and WWW.evil.example"),
            "see https[:]//evil.example/x and WWW[.]evil.example"
        );
        assert_eq!(counted(1, "tenant"), "1 tenant");
        assert_eq!(counted(1_234_567, "tenant"), "1,234,567 tenants");
    }
}
