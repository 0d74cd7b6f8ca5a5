//! Words read from left to right, and taken apart.

use super::plain;
use super::words::Word;

/// Read from left to right.
pub(super) struct Reading<'a> {
    pub words: &'a [Word<'a>],
}

impl<'a> Reading<'a> {
    pub fn new(words: &'a [Word<'a>]) -> Self {
        Self { words }
    }

    /// Goes past one of these words.
    pub fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.words.first().is_some_and(|word| word.is_any(words));
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    /// Goes past these words, which stand in this order.
    pub fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = starts(self.words, words);
        if found {
            self.words = &self.words[words.len()..];
        }
        found
    }

    /// Past `if exists` or `if not exists`.
    pub fn eat_if(&mut self) -> bool {
        self.eat_all(&["if", "exists"]) || self.eat_all(&["if", "not", "exists"])
    }

    /// The name that stands here: `contacts`, `public.contacts`.
    pub fn name(&mut self) -> Option<String> {
        let first = self.words.first().filter(|word| word.is_name())?;
        let mut name = plain(first.text);
        self.words = &self.words[1..];
        while let [dot, next, ..] = self.words
            && dot.is(".")
            && next.is_name()
        {
            name = format!("{name}.{}", plain(next.text));
            self.words = &self.words[2..];
        }
        Some(name)
    }

    /// Past the parentheses that open here, with what they hold.
    pub fn parens(&mut self) -> Option<&'a [Word<'a>]> {
        if !self.words.first()?.is("(") {
            return None;
        }
        let end = closing(self.words)?;
        let inside = &self.words[1..end];
        self.words = &self.words[end + 1..];
        Some(inside)
    }
}

pub(super) fn starts(words: &[Word<'_>], heads: &[&str]) -> bool {
    words.len() >= heads.len() && heads.iter().zip(words).all(|(head, word)| word.is(head))
}

fn closing(words: &[Word<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (n, word) in words.iter().enumerate() {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(n);
            }
        }
    }
    None
}

/// Where a sign stands outside of parentheses, the parts between.
pub(super) fn parts<'a>(words: &'a [Word<'a>], sign: &str) -> Vec<&'a [Word<'a>]> {
    let mut depth = 0_usize;
    let outside = |word: &Word<'_>| {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word.is(sign)
    };
    words.split(outside).filter(|part| !part.is_empty()).collect()
}

/// How a statement begins that reads or writes rows.
pub(super) const VERBS: [&str; 7] = ["delete", "insert", "merge", "replace", "select", "update", "with"];

/// Where one of these words stands first, outside of parentheses.
pub(super) fn outside(words: &[Word<'_>], wanted: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word.is_any(wanted)
    })
}
