//! What the statements of a file do to tables and columns, in one vocabulary for all engines.
//!
//! PostgreSQL is read by squawk's parser, MySQL and SQLite by sqlparser. What neither knows is an act of its own,
//! [`What::NotUnderstood`], and never an error: the database is the judge of its own language.

mod others;
mod postgres;

use crate::engine::{self, Engine};

/// One deed of one statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Act {
    /** In bytes, from the start of the file. */
    pub offset: usize,
    pub what: What,
}

/// Tables and columns are named as they are written, without quotes and in lower case: `contacts`, `public.contacts`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Each column with its type.
    CreateTable {
        table: String,
        columns: Vec<(String, String)>,
        temporary: bool,
    },
    DropTable {
        table: String,
    },
    RenameTable {
        table: String,
        to: String,
    },
    AddColumn {
        table: String,
        column: Column,
    },
    DropColumn {
        table: String,
        column: String,
    },
    RenameColumn {
        table: String,
        column: String,
        to: String,
    },
    ChangeType {
        table: String,
        column: String,
        to: String,
    },
    SetNotNull {
        table: String,
        column: String,
    },
    AddConstraint {
        table: String,
        name: Option<String>,
        kind: Constraint,
        not_valid: bool,
    },
    ValidateConstraint {
        table: String,
        name: String,
    },
    CreateIndex {
        table: String,
        concurrently: bool,
    },
    DropIndex {
        index: String,
        concurrently: bool,
    },
    Reindex {
        concurrently: bool,
    },
    /// All of a table is written anew; the word says by what.
    Rewrite {
        table: String,
        by: &'static str,
    },
    Truncate {
        table: String,
    },
    DeleteAll {
        table: String,
    },
    UpdateAll {
        table: String,
    },
    DropSchema {
        schema: String,
    },
    DropDatabase {
        database: String,
    },
    /// What PostgreSQL and SQLite refuse inside a transaction.
    OutsideTransaction {
        statement: &'static str,
    },
    /// `begin`, `commit`, `rollback`.
    TransactionControl {
        word: &'static str,
    },
    /// `pragma foreign_keys = …`
    ForeignKeysPragma,
    /// What only the client program knows: `delimiter`, `\connect`, `.read`.
    ClientCommand {
        command: String,
    },
    /// A quote that is open at the end of the file.
    Unclosed,
    /// The linter's parser gave up, with its words.
    NotUnderstood {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Column {
    pub name: String,
    pub ty: String,
    pub not_null: bool,
    pub fill: Fill,
    /** Unique or primary: an index is built. */
    pub is_key: bool,
    /** A foreign key or a check. */
    pub is_checked: bool,
}

/// What an added column holds in the rows that are there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Fill {
    #[default]
    Null,
    /// The same for every row: kept once.
    Constant,
    /// Another for each row: every row is written.
    EachRow,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Constraint {
    ForeignKey,
    Check,
    Unique,
    PrimaryKey,
    Exclude,
    NotNull,
    /// Takes over an index that is there.
    UsingIndex,
}

/// The acts of a script, in order.
pub(super) fn of(engine: Engine, sql: &str) -> Vec<Act> {
    let open = engine::unclosed(engine, sql);
    let mut acts = Vec::new();
    for statement in engine::statements(engine, sql) {
        let end = statement.offset + statement.sql.len();
        if let Some(offset) = open.filter(|at| (statement.offset..end).contains(at)) {
            acts.push(Act { offset, what: What::Unclosed });
        } else if let Some(command) = client_command(engine, statement.sql) {
            acts.push(Act { offset: statement.offset, what: What::ClientCommand { command } });
        } else {
            let found = match engine {
                Engine::Postgres => postgres::acts(statement.sql),
                Engine::Mysql | Engine::Sqlite => others::acts(engine, statement.sql),
            };
            acts.extend(found.into_iter().map(|act| Act { offset: statement.offset + act.offset, ..act }));
        }
    }
    acts
}

/// As dumps and files for `psql`, `mysql` or `sqlite3` have them.
fn client_command(engine: Engine, sql: &str) -> Option<String> {
    let first = sql.split_whitespace().next().unwrap_or_default();
    let is_client = match engine {
        Engine::Postgres => first.starts_with('\\'),
        Engine::Mysql => {
            first.starts_with('\\') || ["delimiter", "source"].iter().any(|word| first.eq_ignore_ascii_case(word))
        }
        Engine::Sqlite => first.starts_with('.'),
    };
    if is_client {
        return Some(first.to_owned());
    }
    // Its rows come from the client, behind the statement.
    let words: Vec<String> = sql.split_whitespace().map(str::to_lowercase).collect();
    let from_stdin = engine == Engine::Postgres && first.eq_ignore_ascii_case("copy");
    (from_stdin && words.windows(2).any(|pair| pair == ["from", "stdin"])).then(|| "copy from stdin".to_owned())
}

/// Without quotes, folded: identifiers that differ in letters' case alone are taken for one.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']') && !c.is_whitespace()).collect();
    text.to_lowercase()
}

/// A type in one spelling: `character varying ( 50 )` is `character varying(50)`.
fn spelled(ty: &str) -> String {
    let words = ty.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    words.replace(" (", "(").replace("( ", "(").replace(" )", ")").replace(", ", ",").replace(" ,", ",")
}
