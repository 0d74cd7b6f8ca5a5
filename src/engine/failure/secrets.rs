//! What a text for the log must not hold: passwords, those that are known and those that a statement says.

use super::REDACTED;

/// What a password stands behind, in a statement or in the words of a connection.
const BEFORE: &[&str] = &["password", "passwd", "pwd", "identified by", "secret", "token"];
/// Between that and the password.
const BETWEEN: &[char] = &[' ', '=', ':', '('];

/// `known`: the secret that was in play, if any.
pub(super) fn hidden(text: &str, known: &str) -> String {
    let text = if known.is_empty() { text.to_owned() } else { text.replace(known, REDACTED) };
    let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, quote, after)) = next_word(rest) {
        out.push_str(before);
        let name = out.trim_end_matches(BETWEEN);
        let is_named = name.len() < out.len() && BEFORE.iter().any(|word| ends_with(name, word));
        let end = match quote {
            Some(quote) => after.find(quote).unwrap_or(after.len()),
            None => after.find([' ', '\'', '"', ',', ';', '|', '&', ')']).unwrap_or(after.len()),
        };
        out.extend(quote);
        rest = after;
        if is_named && end > 0 {
            out.push_str(REDACTED);
            rest = &after[end..];
        }
    }
    out.push_str(rest);
    out
}

/// Up to where the next one may begin: after a quote, which is told, or after an equals sign.
fn next_word(text: &str) -> Option<(&str, Option<char>, &str)> {
    let at = text.find(['\'', '"', '='])?;
    let (before, after) = text.split_at(at + 1);
    match &before[at..] {
        "=" => Some((before, None, after)),
        quote => Some((&before[..at], quote.chars().next(), after)),
    }
}

fn ends_with(text: &str, word: &str) -> bool {
    let start = text.len().checked_sub(word.len());
    start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn no_password_is_left() {
        for (text, left) in [
            ("near 'hunter2' and hunter2", "near '[redacted]' and [redacted]"),
            (
                "SQL statement \"create role app PASSWORD 'tops3cret' login\" at line 1",
                "SQL statement \"create role app PASSWORD '[redacted]' login\" at line 1",
            ),
            ("identified by 'a b', identified by \"c\"", "identified by '[redacted]', identified by \"[redacted]\""),
            ("password('x'), password = 'y'", "password('[redacted]'), password = '[redacted]'"),
            ("dblink('host=h password=tops3cret user=u')", "dblink('host=h password=[redacted] user=u')"),
        ] {
            assert_eq!(hidden(text, "hunter2"), left);
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in ["column \"password\" of 'users' = 'é'", "a = b, 'it''s', \"q", "", "password ''", "x="] {
            assert_eq!(hidden(text, ""), text);
        }
    }
}
