//! What a new password has to be: long enough, and hard to guess for somebody who knows whose it is.

use secrecy::{ExposeSecret, SecretString};

use super::MAX_BYTES;
use crate::error::{Error, Result};

const MIN_CHARACTERS: usize = 12;
/// A name of two letters is in half of all words.
const SHORTEST_WORD: usize = 3;
const HINT: &str = "a few unrelated words are easy to keep and hard to guess";

/// Refuses what the policy refuses; `context` are the person's own words (email, names).
pub(super) fn check(password: &SecretString, context: &[&str]) -> Result<()> {
    let text = password.expose_secret();
    let characters = text.chars().count();
    if characters < MIN_CHARACTERS {
        return Err(Error::invalid(
            "password",
            format!("the password has {characters} characters; it needs at least {MIN_CHARACTERS}"),
        )
        .hint(HINT));
    }
    if text.len() > MAX_BYTES {
        return Err(Error::invalid("password", format!("the password is longer than {MAX_BYTES} bytes")));
    }
    let words = own_words(context);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let strength = zxcvbn::zxcvbn(text, &words);
    if strength.score() < zxcvbn::Score::Three {
        let why = strength.feedback().and_then(|f| f.warning()).map(|w| w.to_string());
        let error = too_easy();
        return Err(match why {
            Some(why) => error.cause(why.trim_end_matches('.').to_owned()),
            None => error,
        });
    }
    let is_their_own = |rest: String| zxcvbn::zxcvbn(&rest, &words).score() < zxcvbn::Score::Two;
    if bare(text).iter().filter_map(|bare| without_own(bare, &words)).any(is_their_own) {
        return Err(too_easy().cause("there is little in it but the person's own name or address"));
    }
    Ok(())
}

fn too_easy() -> Error {
    Error::invalid("password", "the password is too easy to guess").hint(HINT)
}

/// The words as given, their parts, and neighbours run together: `adalovelace` must count as one guess, not as two. In the one
/// form in which addresses are compared.
fn own_words(context: &[&str]) -> Vec<String> {
    let context: Vec<String> = context.iter().map(|text| crate::person::canonical(text)).collect();
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut words = context.clone();
    for text in &context {
        let parts = parts(text);
        words.push(parts.concat());
        words.extend(parts.windows(2).map(|pair| pair.concat()));
        words.extend(parts);
    }
    words.extend(context.windows(2).map(|pair| parts(&pair[0]).concat() + &parts(&pair[1]).concat()));
    words.retain(|word| !word.is_empty());
    words
}

/// The password without what only separates, and once more with the signs that stand for letters read as those: to somebody
/// who guesses, `Ann.Bee@example` is `annbeeexample`.
fn bare(text: &str) -> [String; 2] {
    let text = crate::person::canonical(text);
    let plain = text.chars().filter(|c| c.is_alphanumeric());
    let read = text.chars().map(|c| match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' | '|' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' | '+' => 't',
        other => other,
    });
    [plain.collect(), read.filter(|c| c.is_alphanumeric()).collect()]
}

/// What is left of it without the person's own words, forwards or backwards; `None` where there are none in it.
fn without_own(bare: &str, words: &[&str]) -> Option<String> {
    let mut words: Vec<String> = words
        .iter()
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .flat_map(|word| [(*word).to_owned(), word.chars().rev().collect()])
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(bare.to_owned(), |rest, word| rest.replace(word, ""));
    (rest != bare).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(password: &str, context: &[&str]) -> Option<Error> {
        check(&password.into(), context).err()
    }

    #[test]
    fn the_policy_counts_characters_and_knows_the_persons_own_words() {
        assert!(refusal("correct horse battery", &[]).is_none());
        assert!(refusal("pässwörterßindfürälle", &[]).is_none(), "any character, no composition rules");
        assert_eq!(refusal("elevenchars", &[]).unwrap().field, Some("password"));
        assert!(refusal("elevenchars", &[]).unwrap().message.contains("11 characters"));
        assert!(refusal(&"a1 ".repeat(342), &[]).unwrap().message.contains("1024 bytes"));
        assert!(refusal("password1234", &[]).is_some());
        let context = ["ada.lovelace@example.com", "Ada", "Lovelace"];
        assert!(refusal("adalovelace12", &context).is_some());
        assert!(refusal("passwordpassword", &context).unwrap().cause.is_some());
    }

    #[test]
    fn separators_do_not_make_the_persons_own_words_strong() {
        let context = ["Ann.Bee@Example.com", "Ann", "Bee"];
        for own in [
            "Ann.Bee@example",
            "ann-bee-example",
            "A.n.n.B.e.e.1.2.3",
            "Bee, Ann (example)",
            "elpmaxe@eeB.nnA",
            "4nn_B33_3x4mple",
        ] {
            assert!(refusal(own, &context).is_some(), "{own}");
        }
        assert!(refusal("Müller-Lüdenscheid", &["x@y.zz", "Ute", "Mu\u{308}ller Lüdenscheid"]).is_some());
        for good in ["tin-of-annual-beetles 4 noon", "kT9$ann#vQ2!mZ8p", "!@#%^&*()_{}:<>?~"] {
            assert!(refusal(good, &context).is_none(), "{good}");
        }
    }
}
