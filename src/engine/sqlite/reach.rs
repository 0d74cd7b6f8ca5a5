//! What reaches beyond a tenant's own file, told from the text alone: SQLite's own hooks for it (the authorizer, limits) want
//! unsafe code.
//!
//! The text is taken apart exactly as SQLite's `sqlite3GetToken` does, since what is hidden here in a quote that is none there
//! would be run. Where a statement begins is not worked out: every semicolon may end one, and no statement inside a trigger's
//! body begins with the words that matter.

/// Something in a file that no migration may do.
#[derive(Debug, PartialEq)]
pub(crate) struct Reach {
    /// `attach`, `pragma writable_schema`
    pub what: String,
    pub why: &'static str,
    pub instead: &'static str,
    /// In bytes, from the start of the text.
    pub offset: usize,
    /// It goes for another file; else it is a pragma that is on no list.
    pub is_elsewhere: bool,
}

/// The journals, or none said, with which a file is whole after a statement that fails and after a process that dies. SQLite takes the
/// beginning of a word for the word.
const JOURNALS: [&str; 5] = ["", "delete", "persist", "truncate", "wal"];

/// Pragmas that read, or set what concerns this file and this session alone. Not on it, for reasons: those that write the schema
/// past the parser (`writable_schema`, `schema_version`), that hold for the whole process (`hard_heap_limit`, `soft_heap_limit`,
/// `temp_store_directory`, `data_store_directory`), that name a file or a key (`lock_proxy_file`, `key`), or map memory
/// (`mmap_size`). SQLite passes over a name that it does not know; a file that means something by it is better told.
const PRAGMAS: [&str; 61] = [
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "case_sensitive_like",
    "cell_size_check",
    "checkpoint_fullfsync",
    "collation_list",
    "compile_options",
    "count_changes",
    "data_version",
    "database_list",
    "default_cache_size",
    "defer_foreign_keys",
    "empty_result_callbacks",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "freelist_count",
    "full_column_names",
    "fullfsync",
    "function_list",
    "ignore_check_constraints",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "journal_mode",
    "journal_size_limit",
    "legacy_alter_table",
    "legacy_file_format",
    "locking_mode",
    "max_page_count",
    "module_list",
    "optimize",
    "page_count",
    "page_size",
    "pragma_list",
    "query_only",
    "quick_check",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "secure_delete",
    "short_column_names",
    "shrink_memory",
    "synchronous",
    "table_info",
    "table_list",
    "table_xinfo",
    "temp_store",
    "threads",
    "trusted_schema",
    "user_version",
    "wal_autocheckpoint",
    "wal_checkpoint",
];

/// Virtual tables that keep what is in them in the file itself.
const MODULES: [&str; 9] =
    ["dbstat", "fts3", "fts3tokenize", "fts4", "fts4aux", "fts5", "fts5vocab", "rtree", "rtree_i32"];

/// Functions that load what is in another file, or hand out addresses of this process.
const LOADERS: [&str; 2] = ["load_extension", "fts3_tokenizer"];

/// Functions and table functions of SQLite's own program that are at home in the folders of a machine. None is in this build:
/// what calls one is refused before the rest of its file has run.
const FILES: [&str; 6] = ["fsdir", "lsdir", "readfile", "sqlar_uncompress", "writefile", "zipfile"];

/// So many tokens tell what a statement is: `explain query plan create virtual table if not exists main.t using fts5`.
const HEAD: usize = 16;

/// The first thing in a text that reaches beyond its tenant's own file.
pub(crate) fn reaches(sql: &str) -> Option<Reach> {
    let mut head = Vec::with_capacity(HEAD);
    let (mut before, mut last) = (Token::default(), Token::default());
    for token in tokens(sql) {
        let found = match token.text {
            "(" => called(before, last),
            ";" => statement(&std::mem::take(&mut head)),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        if token.text != ";" && head.len() < HEAD {
            head.push(token);
        }
        (before, last) = (last, token);
    }
    statement(&head)
}

/// Of the statement that begins with these. What an `explain` explains counts: SQLite does some pragmas all the same.
fn statement(tokens: &[Token<'_>]) -> Option<Reach> {
    let is = |n: usize, word: &str| tokens.get(n).is_some_and(|token| token.is(word));
    let explained = match is(0, "explain") {
        true if is(1, "query") && is(2, "plan") => 3,
        explains => usize::from(explains),
    };
    let tokens = &tokens[explained.min(tokens.len())..];
    let token = |n: usize| tokens.get(n).copied().unwrap_or_default();
    let head = token(0);
    if head.is("attach") || head.is("detach") {
        return Some(elsewhere(head, head.text.to_ascii_lowercase()));
    }
    if head.is("vacuum") && tokens.iter().any(|token| token.is("into")) {
        return Some(elsewhere(head, "vacuum into".to_owned()));
    }
    if head.is("pragma") {
        // Behind a schema's name and its dot stands the pragma's own.
        let at = if token(2).text == "." { 3 } else { 1 };
        return pragma(head, &token(at).name(), &token(at + 2).name());
    }
    if head.is("create") && token(1).is("virtual") {
        let module = token(tokens.iter().position(|token| token.is("using"))? + 1);
        let name = module.name();
        return (!MODULES.contains(&name.as_str())).then(|| Reach {
            what: format!("a virtual table using {}", crate::error::printable(&name)),
            why: "what is in such a table is not in its tenant's own file, as far as Neo knows the module",
            instead: "make a table; of virtual ones those of fts3, fts4, fts5 and rtree",
            offset: module.offset,
            is_elsewhere: true,
        });
    }
    None
}

fn pragma(head: Token<'_>, name: &str, value: &str) -> Option<Reach> {
    let is_journal = name == "journal_mode";
    if PRAGMAS.contains(&name) && (!is_journal || JOURNALS.contains(&value)) {
        return None;
    }
    let shown = crate::error::printable;
    Some(Reach {
        what: if is_journal {
            format!("pragma journal_mode = {}", shown(value))
        } else {
            format!("pragma {}", shown(name))
        },
        why: "a migration sets and asks only what concerns its tenant's own file and leaves that file whole, \
              and Neo knows which pragmas do",
        instead: "leave it out; docs/migrations.md lists the pragmas that a file may use",
        offset: head.offset,
        is_elsewhere: false,
    })
}

/// A function that is called, by its name in whatever quotes.
fn called(before: Token<'_>, function: Token<'_>) -> Option<Reach> {
    if !function.is_name() {
        return None;
    }
    let name = function.name();
    // A table may be called so, and its columns stand behind it.
    let is_table = ["table", "exists", "into", "references", "on", "."].iter().any(|word| before.is(word));
    let is_refused = LOADERS.contains(&name.as_str()) || (FILES.contains(&name.as_str()) && !is_table);
    is_refused.then(|| elsewhere(function, name))
}

fn elsewhere(token: Token<'_>, what: String) -> Reach {
    Reach {
        what,
        why: "a migration works on its tenant's own file, and on no other",
        instead: "leave it out",
        offset: token.offset,
        is_elsewhere: true,
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Token<'a> {
    /// As it is written, with its quotes.
    text: &'a str,
    offset: usize,
}

impl Token<'_> {
    /// This keyword, or this sign.
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// Bare, or in the quotes of a name; a text is none.
    fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| is_id(c) && !c.is_ascii_digit() || matches!(c, '"' | '`' | '['))
    }

    /// Without its quotes, in lower case.
    fn name(&self) -> String {
        let inside = |open: &str, close: &str| self.text.strip_prefix(open)?.strip_suffix(close);
        let quoted = ["\"", "`", "'"].iter().find_map(|q| Some(inside(q, q)?.replace(&q.repeat(2), q)));
        let name = quoted.or_else(|| inside("[", "]").map(str::to_owned));
        name.unwrap_or_else(|| self.text.to_owned()).to_ascii_lowercase()
    }
}

/// In order; blanks and comments are left out.
fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let first = sql[at..].chars().next()?;
            let (length, is_told) = token(&sql[at..], first);
            let offset = at;
            at += length;
            if is_told {
                return Some(Token { text: &sql[offset..at], offset });
            }
        }
    })
}

/// How long what begins here is, and whether it is more than a blank or a comment.
fn token(rest: &str, first: char) -> (usize, bool) {
    let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |n| from + n + end.len());
    match first {
        // A vertical tab is one behind another blank, and else an error.
        c if c.is_ascii_whitespace() || c == '\u{b}' || c == '\u{feff}' => (c.len_utf8(), false),
        '-' if rest.starts_with("--") => (until(2, "\n"), false),
        '/' if rest.starts_with("/*") && rest.len() > 2 => (until(2, "*/"), false),
        '\'' | '"' | '`' => (quoted(rest, first), true),
        '[' => (until(1, "]"), true),
        '$' | '@' | '#' | ':' => (variable(rest), true),
        c if is_id(c) => (rest.find(|c| !is_id(c)).unwrap_or(rest.len()), true),
        c => (c.len_utf8(), true),
    }
}

fn is_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// A doubled quote is one of its text.
fn quoted(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((n, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return n + 1;
        }
    }
    rest.len()
}

/// `$name::part(anything but blanks)`, as Tcl has them: what looks like a quote in there is none.
fn variable(rest: &str) -> usize {
    let mut is_named = false;
    let mut at = 1;
    loop {
        let left = &rest[at..];
        match left.chars().next() {
            Some(c) if is_id(c) => {
                is_named = true;
                at += c.len_utf8();
            }
            Some('(') if is_named => {
                let end = left.find(|c: char| c == ')' || c.is_ascii_whitespace() || c == '\u{b}');
                return end.map_or(rest.len(), |n| at + n + usize::from(left[n..].starts_with(')')));
            }
            Some(':') if left.starts_with("::") => at += 2,
            _ => return at,
        }
    }
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
