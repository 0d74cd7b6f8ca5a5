//! Conditions that say the same, or the opposite, of a row.

use super::terms::peeled;
use super::words::Word;

/// The same expression, which has one value for a row.
pub(super) fn is_same(left: &[Word<'_>], right: &[Word<'_>]) -> bool {
    let anew = ["gen_random_uuid", "nextval", "rand", "random", "randomblob", "uuid"];
    let same = |(a, b): (&Word<'_>, &Word<'_>)| a.text.eq_ignore_ascii_case(b.text) && !a.is_any(&anew);
    !left.is_empty() && left.len() == right.len() && left.iter().zip(right).all(same)
}

/// Whether one of these is so where another is not: `a is null or a is not null`, `a = 1 or a <> 1`.
pub(super) fn are_opposite(parts: &[&[Word<'_>]]) -> bool {
    let read: Vec<_> = parts.iter().map(|part| upright(part)).collect();
    read.iter()
        .enumerate()
        .any(|(n, (words, holds))| read[n + 1..].iter().any(|(others, other)| holds != other && words == others))
}

/// A condition as words without a `not`, and whether it is that or its opposite.
fn upright(words: &[Word<'_>]) -> (Vec<String>, bool) {
    let mut holds = true;
    let mut words = peeled(words);
    while let [not, rest @ ..] = words
        && not.is("not")
    {
        (words, holds) = (peeled(rest), !holds);
    }
    let mut said: Vec<String> = words.iter().map(|word| word.text.to_lowercase()).collect();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < said.len() {
        let next = said.get(at + 1).map(String::as_str).unwrap_or_default().to_owned();
        match (said[at].as_str(), next.as_str()) {
            ("(", _) => depth += 1,
            (")", _) => depth = depth.saturating_sub(1),
            ("not", "null" | "in" | "like" | "between" | "true" | "false" | "ilike" | "distinct") if depth == 0 => {
                said.remove(at);
                holds = !holds;
                continue;
            }
            ("<", ">") | ("!", "=") if depth == 0 => {
                said.splice(at..at + 2, ["=".to_owned()]);
                holds = !holds;
            }
            (">", "=") if depth == 0 => {
                said.splice(at..at + 2, ["<".to_owned()]);
                holds = !holds;
            }
            ("<", "=") if depth == 0 => {
                said.splice(at..at + 2, [">".to_owned()]);
                holds = !holds;
            }
            _ => {}
        }
        at += 1;
    }
    (said, holds)
}
