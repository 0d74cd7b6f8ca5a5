//! What can be done, as it is typed: a verb, and on what. Only what whoever asks may do is offered; the services decide.

mod people;
mod runs;
mod servers;
mod tenants;

use neo::error::Result;
use neo_model::Hit;

use crate::door::Door;

/// From so many letters on something may be a verb.
const LETTERS: usize = 2;

/// A verb that was begun, and what was typed behind it.
pub struct Typed<'a> {
    verb: &'a str,
    pub of: &'a str,
}

impl<'a> Typed<'a> {
    /// `roll back`, `back up`, `clean up` and `sign out` are one verb each, and are written as one word too.
    fn read(q: &'a str) -> Option<Self> {
        let (first, rest) = q.split_once(' ').unwrap_or((q, ""));
        let second = rest.split(' ').next().unwrap_or_default();
        let of = match (first, second) {
            ("roll", "back" | "b" | "ba" | "bac") | ("sign", "out" | "o" | "ou") | ("back" | "clean", "up" | "u") => {
                rest[second.len()..].trim()
            }
            _ => rest.trim(),
        };
        let in_one = [("roll", "back"), ("back", "up"), ("clean", "up")]
            .into_iter()
            .find(|(verb, more)| first.strip_prefix(verb) == Some(more));
        let first = in_one.map_or(first, |(verb, _)| verb);
        (first.chars().count() >= LETTERS).then_some(Self { verb: first, of })
    }

    pub fn is(&self, verb: &str) -> bool {
        verb.starts_with(self.verb)
    }

    /// Whether what stands behind the verb is this word, or the beginning of it.
    pub fn is_of(&self, word: &str) -> bool {
        word.starts_with(self.of)
    }

    /// Numbers behind the verb: of a run, or how many.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.of.split([' ', '#']).filter_map(|word| word.parse().ok())
    }
}

/// `q` is in small letters.
pub async fn acts(door: &Door, q: &str) -> Result<Vec<Hit>> {
    let Some(typed) = Typed::read(q) else { return Ok(Vec::new()) };
    let mut hits = runs::acts(door, &typed).await?;
    hits.extend(tenants::acts(door, &typed).await?);
    hits.extend(servers::acts(door, &typed).await?);
    hits.extend(people::acts(door, &typed).await?);
    Ok(hits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_known_by_its_beginning_and_has_what_it_is_about() {
        for (q, verb, of) in [
            ("migrate acme", "migrate", "acme"),
            ("mig acme corp", "migrate", "acme corp"),
            ("roll back acme", "roll", "acme"),
            ("roll ba", "roll", ""),
            ("rollback acme", "roll", "acme"),
            ("back up acme", "back", "acme"),
            ("backup", "back", ""),
            ("clean up acme", "clean", "acme"),
            ("roll acme", "roll", "acme"),
            ("sign out everybody", "sign", "everybody"),
            ("rerun 3 failed", "rerun", "3 failed"),
        ] {
            let typed = Typed::read(q).unwrap();
            assert!(typed.is(verb), "{q}");
            assert_eq!(typed.of, of, "{q}");
        }
        assert!(Typed::read("m").is_none());
        assert!(!Typed::read("acme").unwrap().is("migrate"));
        assert_eq!(Typed::read("rerun #7 3").unwrap().numbers().collect::<Vec<_>>(), [7, 3]);
    }
}
