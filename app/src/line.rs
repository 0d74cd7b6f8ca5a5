//! A command put together word by word: what a page does, for whoever wants it in a script.

use crate::query::Query;
use crate::words::quoted;

/// What stands for a secret that was typed: the command asks for it itself.
pub const UNTOLD: &str = "…";

/// A command, as far as it can be said.
pub struct Line(Option<String>);

impl Line {
    /// `neo server add`
    pub fn of(command: &str) -> Self {
        Self(Some(command.to_owned()))
    }

    /// An argument without a name. One that looks like an option, or is not there yet, has no command.
    pub fn word(mut self, word: &str) -> Self {
        match word.trim() {
            word if word.is_empty() || word.starts_with('-') => self.0 = None,
            word => self.push(&quoted(word)),
        }
        self
    }

    /// The same of what somebody else has named, in a database that is not Neo's: only what a shell reads as it stands, so that
    /// nothing is pasted that was made to be.
    pub fn bare(self, word: &str) -> Self {
        let is_plain = word.len() <= 254 && quoted(word) == word;
        self.only_if(is_plain).word(word)
    }

    /// `--host HOST`
    pub fn flag(mut self, flag: &str, value: &str) -> Self {
        let (value, between) = (value.trim(), if value.trim().starts_with('-') { '=' } else { ' ' });
        self.push(&format!("--{flag}{between}{}", quoted(value)));
        self
    }

    /// The same where the field says something.
    pub fn said(self, flag: &str, query: &Query, field: &str) -> Self {
        match query.text(field) {
            "" => self,
            value => self.flag(flag, value),
        }
    }

    /// The same where it has to.
    pub fn needed(mut self, flag: &str, query: &Query, field: &str) -> Self {
        if query.text(field).is_empty() {
            self.0 = None;
        }
        self.said(flag, query, field)
    }

    /// The same of a number. What is none has no command.
    pub fn number<T: std::str::FromStr>(mut self, flag: &str, query: &Query, field: &str) -> Self {
        if !query.text(field).is_empty() && query.number::<T>(field).is_none() {
            self.0 = None;
        }
        self.said(flag, query, field)
    }

    /// Once for each of several that stand in one field.
    pub fn each(self, flag: &str, list: &str) -> Self {
        parts(list).fold(self, |line, value| line.flag(flag, value))
    }

    /// `--insecure`, where it holds.
    pub fn when(mut self, holds: bool, flag: &str) -> Self {
        if holds {
            self.push(&format!("--{flag}"));
        }
        self
    }

    /// Nothing, unless it holds.
    pub fn only_if(mut self, holds: bool) -> Self {
        if !holds {
            self.0 = None;
        }
        self
    }

    pub fn end(self) -> Option<String> {
        self.0
    }

    fn push(&mut self, more: &str) {
        if let Some(line) = &mut self.0 {
            line.push(' ');
            line.push_str(more);
        }
    }
}

/// What stands in a field of several.
pub fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// The words of a command as a shell makes them, for tests that hand them to the command line.
#[cfg(test)]
pub fn split(line: &str) -> Vec<std::ffi::OsString> {
    let (mut words, mut word, mut open, mut begun) = (Vec::new(), String::new(), false, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => (open, begun) = (!open, true),
            '\\' if !open => word.extend(letters.next()),
            ' ' if !open => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word).into());
                }
                begun = false;
            }
            letter => word.push(letter),
        }
    }
    if begun || !word.is_empty() {
        words.push(word.into());
    }
    words
}

/// Panics unless the command line understands what it is told.
#[cfg(test)]
#[track_caller]
pub fn runs(line: &str) {
    for one in line.split(" && ").flat_map(|one| one.split("; neo ")) {
        let one = &format!("neo {}", one.trim_start_matches("neo "));
        assert!(neo::cli::parse(split(one)).is_ok(), "{one}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_what_is_said_and_nothing_that_is_not_there_yet() {
        let query = Query::parse("name=no+runs&port=5432&tags=a%2C+b&minus=-x&far=x");
        let line = Line::of("neo x").word("it's").said("name", &query, "name").said("none", &query, "none");
        let line = line.number::<u16>("port", &query, "port").each("tag", query.text("tags")).when(true, "yes");
        let line = line.flag("minus", query.text("minus")).end();
        assert_eq!(
            line.as_deref(),
            Some(r"neo x 'it'\''s' --name 'no runs' --port 5432 --tag a --tag b --yes --minus=-x")
        );
        assert_eq!(split(&line.unwrap())[2..5], ["it's", "--name", "no runs"]);
        for wrong in [
            Line::of("neo x").word(""),
            Line::of("neo x").word("--yes"),
            Line::of("neo x").needed("none", &query, "none"),
            Line::of("neo x").number::<u16>("far", &query, "far"),
        ] {
            assert_eq!(wrong.flag("more", "y").end(), None);
        }
    }
}
