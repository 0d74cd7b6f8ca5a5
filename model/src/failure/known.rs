//! Failures that people meet again and again: what each means, and the way out, by the engine's own code. What has one way out that
//! is known exactly carries it as its hint; this is for all the others.

use super::{Category, Failure};

/// What a failure means, and what is to be done about it, each a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub means: &'static str,
    pub way: &'static str,
}

const THERE: Known = Known {
    means: "The file makes something that this database has already: somebody made it by hand, or by another program.",
    way: "Compare it with what the file makes. Where it is the same, and nobody's, take it away there and rerun; where it is in use, leave \
          this tenant out and talk to whoever made it.",
};
const MISSING: Known = Known {
    means: "The file names something that this database has not: it was dropped or renamed by hand, or never made there.",
    way: "Verify this tenant: what it lacks is told beside the others. Bring it back there as the others have it, then rerun.",
};
const TWICE: Known = Known {
    means: "Rows of this tenant hold a value twice that is to be there once.",
    way: "Find them by the value that the database names, let whoever owns the data say which one stays, then rerun.",
};
const EMPTY: Known = Known {
    means: "Rows of this tenant hold nothing where the file wants a value.",
    way: "Fill them there, or in a new file that comes before this one and gives them a value; then rerun, or start a new run.",
};
const DANGLING: Known = Known {
    means: "Rows of this tenant point at rows that are not there, or rows that others point at would go.",
    way: "Find them by the key that the database names; let whoever owns the data say whether they go or get what they lack, then rerun.",
};
const CHECKED: Known = Known {
    means: "Rows of this tenant are not as the new rule wants them.",
    way: "Find the rows that break it, have them mended by whoever owns the data, then rerun.",
};
const NO_FIT: Known = Known {
    means: "A value of this tenant does not fit into its column as the file makes it.",
    way: "Shorten or mend the value there, or make the column wider in a new file; then rerun, or start a new run.",
};
const NEEDED: Known = Known {
    means: "Something else hangs on what the file takes away.",
    way: "The database names it. Take that away first, in a new file; on this tenant alone by hand where it is nobody else's.",
};
const FORBIDDEN: Known = Known {
    means: "The tenant's login may do what it likes in its own database, and this is more than that.",
    way: "Have an administrator of the server do it there, or grant it to the login; then rerun.",
};
const LOCKED: Known = Known {
    means: "Another session held what the file needs for longer than it may wait. Nothing was changed by the statement.",
    way: "See who holds it. Rerun when they are done, best at a quiet hour.",
};
const DEADLOCK: Known = Known {
    means: "This session and another waited for each other, and the server ended this one. Nothing was changed by the statement.",
    way: "Rerun it, best at a quiet hour.",
};
const SLOW: Known = Known {
    means: "The statement took longer than it is allowed, and was ended. Nothing was changed by it.",
    way: "Rerun it at a quiet hour, or have whoever runs Neo allow more time; a large table is better changed in several steps.",
};
const UNREADABLE: Known = Known {
    means: "The server cannot read the statement: it will not pass on any tenant of this engine.",
    way: "Mend the file and start a new run: this one keeps the files that it was planned with.",
};
const NOT_THERE_YET: Known = Known {
    means: "This server does not know what the file asks for: its version, or its kind, cannot do that.",
    way: "Write it in another way in the file, or move the tenant to a server that can; then start a new run.",
};
const OUTSIDE: Known = Known {
    means: "The statement cannot run inside a transaction, and the file is run in one.",
    way: "Put it into a file of its own whose first line is “-- neo: no-transaction”, then start a new run.",
};
const FULL: Known = Known {
    means: "The server has no room left for what the statement writes.",
    way: "Have room made there, then rerun.",
};
const GONE: Known = Known {
    means: "The connection was lost while the statement ran: the server stopped, was restarted, or ended the session.",
    way: "See that the server is up, then rerun: what had gone through is known and not run again.",
};
const TOO_LONG: Known = Known {
    means: "The table as the file makes it is more than this server can hold in a row or in an index.",
    way: "Make the columns, or the index over them, shorter in the file; then start a new run.",
};
const NO_CAST: Known = Known {
    means: "The server does not turn values of the old type into the new one by itself.",
    way: "Say how in the file (using …), then start a new run.",
};

/// By SQLSTATE (PostgreSQL), by error number (MySQL and MariaDB), by extended result code (SQLite). None of them is in two of these
/// tables: the first has five characters, of the others no number is both.
const BY_CODE: &[(&[&str], Known)] = &[
    (&["42P04", "42P06", "42P07", "42701", "42710", "42712", "42723"], THERE),
    (&["1007", "1022", "1050", "1060", "1061", "1304", "1359", "1537", "1826"], THERE),
    (&["42P01", "42703", "42704", "42883", "3F000"], MISSING),
    (&["1051", "1054", "1072", "1091", "1146", "1176", "1305", "1360"], MISSING),
    (&["23505", "1062", "1169", "1586", "2067", "1555"], TWICE),
    (&["23502", "1048", "1138", "1364", "1299"], EMPTY),
    (&["23503", "1216", "1217", "1451", "1452", "787"], DANGLING),
    (&["23514", "3819", "4025", "275"], CHECKED),
    (&["22001", "22003", "22P02", "22007", "22008", "1264", "1265", "1292", "1366", "1406"], NO_FIT),
    (&["2BP01", "1553", "1829", "3730"], NEEDED),
    (&["42501", "1044", "1142", "1143", "1227", "1370"], FORBIDDEN),
    (&["55P03", "1205", "3572"], LOCKED),
    (&["40P01", "1213"], DEADLOCK),
    (&["57014", "25P03", "25P04", "1969", "3024"], SLOW),
    (&["42601", "42611", "1064", "1149"], UNREADABLE),
    (&["0A000", "1235", "1845", "1846"], NOT_THERE_YET),
    (&["25001"], OUTSIDE),
    (&["53100", "1021", "1114", "13"], FULL),
    (&["57P01", "57P02", "57P03", "08000", "08003", "08006", "1053", "1927", "2006", "2013"], GONE),
    (&["1071", "1118", "54000"], TOO_LONG),
    (&["42804"], NO_CAST),
];

impl Failure {
    /// What it means and the way out, where it is one of those; none where it says the way out itself.
    pub fn known(&self) -> Option<Known> {
        if self.hint.is_some() {
            return None;
        }
        let code = self.code.as_deref()?;
        match (code, self.category) {
            // SQLite has one code for whatever is wrong with a text; its words, which are its own, tell them apart.
            ("1", Category::Exists) => Some(THERE),
            ("1", Category::Syntax) => Some(UNREADABLE),
            ("1", _)
                if ["no such table: ", "no such column: ", "no such index: "]
                    .iter()
                    .any(|own| self.message.starts_with(own)) =>
            {
                Some(MISSING)
            }
            ("5" | "6", Category::Lock) => Some(LOCKED),
            _ => BY_CODE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, known)| *known),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn failure(category: Category, code: &str, message: &str) -> Failure {
        Failure {
            category,
            code: Some(code.to_owned()),
            message: message.to_owned(),
            detail: None,
            hint: None,
            migration: None,
            file: None,
            line: None,
            column: None,
            statement: None,
            excerpt: None,
            fingerprint: String::new(),
            barred: false,
        }
    }

    #[test]
    fn no_code_means_two_things() {
        let mut seen = HashSet::new();
        for code in BY_CODE.iter().flat_map(|(codes, _)| codes.iter()) {
            assert!(seen.insert(*code), "{code} is there twice");
        }
    }

    #[test]
    fn what_is_met_often_is_told_by_the_code_of_its_engine_and_never_by_a_tenants_words() {
        let known = |category, code, message| failure(category, code, message).known().map(|known| known.means);
        assert_eq!(
            known(Category::Exists, "42701", "column \"status\" of relation \"contacts\" already exists"),
            Some(THERE.means)
        );
        assert_eq!(known(Category::Exists, "1060", "Duplicate column name 'status'"), Some(THERE.means));
        assert_eq!(known(Category::Exists, "1", "duplicate column name: status"), Some(THERE.means));
        assert_eq!(known(Category::Other, "1", "no such table: contacts"), Some(MISSING.means));
        assert_eq!(known(Category::Constraint, "2067", "UNIQUE constraint failed: t.a"), Some(TWICE.means));
        // What a function of the tenant's says is no code.
        assert_eq!(known(Category::Other, "P0001", "no such table: contacts"), None);
        assert_eq!(known(Category::Other, "1", "a view says: no such table: contacts"), None);
    }

    #[test]
    fn what_says_its_way_out_itself_is_told_no_other() {
        let mut full = failure(Category::Disk, "53100", "could not extend file");
        assert!(full.known().is_some());
        full.hint = Some("make room".into());
        assert_eq!(full.known(), None);
    }
}
