//! What a server repeats of the text it could not read. It got more than the file (the row of the ledger goes in the same
//! message), and knows nothing of where the file ends.

use super::clean;

const NEAR: &str = " near '";
const AT_LINE: &str = "' at line ";
/// MariaDB repeats 80 characters, and says with this that there were more.
const MORE: &str = "...";
const AT_OR_NEAR: &str = " at or near \"";

/// The message with only that of the quote which stands in the file.
pub(super) fn within(message: &str, script: &str) -> Option<String> {
    let script = clean(script);
    let quoted = message.split_once(NEAR).and_then(|(before, rest)| Some((before, rest.rsplit_once(AT_LINE)?)));
    if let Some((before, (quote, line))) = quoted {
        let kept = of_the_file(quote, &script)?;
        return Some(format!("{before}{NEAR}{kept}{AT_LINE}{line}"));
    }
    // PostgreSQL repeats one token: one that the file does not have comes after its end.
    let (before, rest) = message.split_once(AT_OR_NEAR)?;
    let token = rest.strip_suffix('"')?;
    (!script.to_lowercase().contains(&token.to_lowercase())).then(|| format!("{before} at end of input"))
}

/// Nothing where all of the quote is the file's.
fn of_the_file<'a>(quote: &'a str, script: &str) -> Option<&'a str> {
    let told = quote.strip_suffix(MORE).unwrap_or(quote);
    if script.contains(quote) || script.contains(told) {
        return None;
    }
    let starts = || told.char_indices().rev().map(|(end, _)| told[..end].trim_end());
    // What is ours comes after the file's last word; only where that is not in sight, as much as stands anywhere in it.
    let last = starts().find(|start| !start.is_empty() && script.ends_with(start));
    Some(last.or_else(|| starts().find(|start| script.contains(start))).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(near: &str) -> String {
        format!(
            "You have an error in your SQL syntax; check the manual for the right syntax to use near '{near}' at line 2"
        )
    }

    #[test]
    fn nothing_that_is_not_the_files_is_repeated() {
        for (script, near, kept) in [
            ("insert into t valuez (1);\n", "valuez (1);\n;commit; set autocommit = 1", "valuez (1);"),
            // Cut by the server in the middle of ours, or of its first letter.
            (
                "delimiter //\ncreate procedure p2() begin select 1; end//\ndelimiter ;\n",
                "delimiter //\ncreate procedure p2() begin select 1; end//\ndelimiter ;\n;commit; s...",
                "delimiter // create procedure p2() begin select 1; end// delimiter ;",
            ),
            ("create tabel x (i int)", "tabel x (i int)\n;c...", "tabel x (i int)"),
            ("create tabel x (i int)", "tabel x (i int)\n;", "tabel x (i int)"),
            // The file has the first letters of ours elsewhere: its end is its end.
            ("-- a\n;c\nselect a", "a\n;commit; set auto", "a"),
            // Nothing of it is the file's: it ended too soon.
            ("select (", ";commit; set autocommit = 1; unlock tables; update", ""),
            // Between statements of the file stands something else than in the file.
            ("select 1 frm a -- why\n; select 2", "frm a; select 2; commit", "frm a"),
        ] {
            assert_eq!(within(&said(&clean(near)), script).as_deref(), Some(said(kept).as_str()), "{script}");
        }
    }

    #[test]
    fn what_the_file_has_is_repeated_as_it_is() {
        for (script, near) in [
            ("select 1 frm a;\n\tselect 2", "frm a;\n\tselect 2"),
            ("select 1 frm it's' at line 3", "it's' at line 3"),
            ("select 1 frm a and much more that is not shown", "frm a and much..."),
            ("select ...", "..."),
            ("select (", ""),
        ] {
            assert_eq!(within(&said(&clean(near)), script), None, "{script}");
        }
        assert_eq!(within("Table 'a.b' doesn't exist", "select 1"), None);
    }

    #[test]
    fn a_token_after_the_end_of_the_file_is_its_end() {
        let said = |token: &str| format!("syntax error at or near \"{token}\"");
        assert_eq!(within(&said("insert"), "select (").as_deref(), Some("syntax error at end of input"));
        assert_eq!(within(&said("TABEL"), "create tabel a ()"), None);
    }
}
