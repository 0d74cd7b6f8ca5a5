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
    engine::statements(engine, sql)
        .into_iter()
        .flat_map(|statement| {
            let mut acts = match engine {
                Engine::Postgres => postgres::acts(statement.sql),
                Engine::Mysql | Engine::Sqlite => others::acts(engine, statement.sql),
            };
            for act in &mut acts {
                act.offset += statement.offset;
            }
            acts
        })
        .collect()
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
