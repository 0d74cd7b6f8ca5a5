//! What the page of a request shows and asks, on the command line.

use crate::line::Line;
use crate::query::Query;

/// One of them, or what is said to it: `approve`, `decline`, with a word where one is said.
pub fn one(number: i64, act: Option<&str>, query: &Query) -> Option<String> {
    match act {
        None => Some(format!("neo run requests {number}")),
        Some(act @ ("approve" | "decline")) => {
            Line::of(&format!("neo run {act} {number}")).said("why", query, "why").end()
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::runs;

    #[test]
    fn a_request_and_both_answers_to_it_have_their_command() {
        for (act, query, line) in [
            (None, "", "neo run requests 7"),
            (Some("approve"), "", "neo run approve 7"),
            (Some("approve"), "why=release+42", "neo run approve 7 --why 'release 42'"),
            (Some("decline"), "why=", "neo run decline 7"),
            (Some("decline"), "why=-no", "neo run decline 7 --why=-no"),
        ] {
            assert_eq!(one(7, act, &Query::parse(query)).as_deref(), Some(line));
            runs(line);
        }
        assert_eq!(one(7, Some("nothing"), &Query::default()), None);
    }
}
