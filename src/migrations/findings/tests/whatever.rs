//! Whatever is written in a file.

use proptest::prelude::*;

use super::*;
use crate::engine::acts::Made;

proptest! {
    #[test]
    fn whatever_is_written_something_is_said_of_it_and_within_it(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24),
        blanks in prop::collection::vec(0..3_usize, 24),
    ) {
        let gap = |n: usize| ["", " ", "\n"][n];
        let sql: String = pieces.iter().zip(&blanks).map(|(piece, n)| format!("{piece}{}", gap(*n))).collect();
        for engine in Engine::ALL {
            for act in acts::of(engine, &sql, &mut Made::default()) {
                prop_assert!(act.offset <= sql.len(), "{engine}: {sql}: {act:?}");
            }
        }
    }
}

const PIECES: [&str; 64] = [
    "create ",
    "table ",
    "alter ",
    "drop ",
    "t",
    "u.v",
    "(",
    ")",
    ",",
    ";",
    "'",
    "''",
    "\"",
    "`",
    "$$",
    "$x$",
    "[",
    "]",
    "\\",
    "--",
    "#",
    "/*",
    "*/",
    "/*!40000 ",
    "/*M!100616 ",
    "||",
    ":=",
    "=",
    "%I",
    "%%",
    "@q",
    "é",
    "…",
    "do ",
    "begin ",
    "end ",
    "if ",
    "then ",
    "case ",
    "loop ",
    "execute ",
    "immediate ",
    "prepare ",
    "from ",
    "format(",
    "set ",
    "returning ",
    "into ",
    "select ",
    "update ",
    "delete ",
    "insert ",
    "add ",
    "partition ",
    "column ",
    "references ",
    "copy ",
    "stdin;\n",
    "\\.\n",
    "pragma ",
    "not ",
    "atomic ",
    "declare ",
    "1",
];
