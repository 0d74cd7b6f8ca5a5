//! The line of a file that a failure is about, and the place in it: kept with the failure, so that whoever shows it later needs
//! no file, which may have changed by then.

use serde::{Deserialize, Serialize};

/// How much of a line is kept, in characters.
const KEPT: usize = 200;
/// As wide as a tab is shown.
const TAB: &str = "    ";

/// A line of a file as it was when it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Excerpt {
    /// Of a long line what is around the place, `…` for the rest. A tab is four spaces; what could drive a terminal is left out.
    pub text: String,
    /// The place in `text`, in characters from 1: one more than it has where the line ends there.
    pub mark: u32,
}

impl Excerpt {
    /// `line` and `column` from 1; nothing where there is no such line, or nothing in it.
    pub fn of(script: &str, line: u32, column: u32) -> Option<Self> {
        Self::around(script, line, column, KEPT)
    }

    /// Less of the same, where a line holds no more than `width` characters.
    pub fn narrowed(&self, width: usize) -> Self {
        Self::around(&self.text, 1, self.mark, width).unwrap_or_else(|| self.clone())
    }

    fn around(script: &str, line: u32, column: u32, kept: usize) -> Option<Self> {
        let line = script.split('\n').nth(line.checked_sub(1)? as usize)?.trim_end();
        let length = line.chars().count();
        if length == 0 {
            return None;
        }
        let place = (column.max(1) as usize - 1).min(length);
        let first = place.saturating_sub(kept / 2).min(length.saturating_sub(kept));
        let mut excerpt = Self { text: String::new(), mark: 0 };
        if first > 0 {
            excerpt.text.push('…');
        }
        for (at, (c, is_seen)) in crate::seen(line).enumerate().skip(first).take(kept) {
            if at == place {
                excerpt.mark_here();
            }
            match c {
                '\t' => excerpt.text.push_str(TAB),
                c if is_seen => excerpt.text.push(c),
                _ => {}
            }
        }
        if place == length {
            excerpt.mark_here();
        }
        if first + kept < length {
            excerpt.text.push('…');
        }
        Some(excerpt)
    }

    fn mark_here(&mut self) {
        self.mark = u32::try_from(self.text.chars().count() + 1).unwrap_or(u32::MAX);
    }

    /// What comes before the place, the word that begins there (or the one character), and what comes after.
    pub fn parts(&self) -> (&str, &str, &str) {
        let place = (self.mark.max(1) as usize) - 1;
        let start = self.text.char_indices().nth(place).map_or(self.text.len(), |(at, _)| at);
        let (before, rest) = self.text.split_at(start);
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let (word, after) = rest.split_at(word.max(first));
        (before, word, after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(script: &str, line: u32, column: u32) -> Excerpt {
        Excerpt::of(script, line, column).expect("a line")
    }

    #[test]
    fn the_place_is_where_the_file_has_it() {
        let script = "-- é\r\ncreate table a (id int);\r\ninsert into nosuch values (1);\r\n";
        let found = excerpt(script, 3, 13);
        assert_eq!(found, Excerpt { text: "insert into nosuch values (1);".into(), mark: 13 });
        assert_eq!(found.parts(), ("insert into ", "nosuch", " values (1);"));
        assert_eq!(excerpt(script, 3, 30).parts(), ("insert into nosuch values (1)", ";", ""));
    }

    #[test]
    fn at_the_end_of_a_line_there_is_nothing_to_mark_but_the_place() {
        for column in [9, 40] {
            let found = excerpt("select (", 1, column);
            assert_eq!((found.mark, found.parts()), (9, ("select (", "", "")));
        }
    }

    #[test]
    fn a_tab_is_four_spaces_and_nothing_can_drive_a_terminal() {
        let found = excerpt("\tselect\t\u{1b}[2J\u{202e}日本 from x", 1, 14);
        assert_eq!(found.text, "    select    [2J日本 from x");
        assert_eq!(found.parts(), ("    select    [2J", "日本", " from x"));
    }

    #[test]
    fn of_a_long_line_the_place_and_what_is_around_it_are_kept() {
        let line = format!("insert into a values {}; -- end", "(1), ".repeat(5_000) + "(nosuch)");
        let column = u32::try_from(line.find("nosuch").expect("there") + 1).expect("small");
        let found = excerpt(&line, 1, column);
        let (before, word, after) = found.parts();
        assert_eq!(word, "nosuch");
        assert!(before.starts_with('…') && before.ends_with("(1), ("), "{before}");
        assert_eq!(after, "); -- end");
        assert_eq!(found.text.chars().count(), KEPT + 1);
        let start = excerpt(&line, 1, 8);
        assert_eq!(start.parts().1, "into");
        assert!(start.text.ends_with('…') && !start.text.starts_with('…'), "{start:?}");
        let middle = excerpt(&"é".repeat(1_000), 1, 500);
        assert_eq!(middle.text.chars().count(), KEPT + 2);
        assert_eq!(middle.mark, 102);
        for excerpt in [found, start, middle] {
            let narrow = excerpt.narrowed(80);
            assert!(narrow.text.chars().count() <= 82, "{narrow:?}");
            assert_eq!(narrow.parts().1.chars().next(), excerpt.parts().1.chars().next());
        }
        let short = excerpt("select 1;", 1, 8);
        assert_eq!(short.narrowed(80), short);
    }

    #[test]
    fn where_there_is_no_such_line_there_is_no_excerpt() {
        for (line, column) in [(0, 1), (2, 1), (3, 1), (9, 9)] {
            assert_eq!(Excerpt::of("select 1;\n\n", line, column), None, "{line}:{column}");
        }
        assert_eq!(excerpt("select 1;", 1, 0).mark, 1);
    }
}
