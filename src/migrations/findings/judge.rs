//! From what a file does to what there is to say about it, engine by engine.

use std::collections::{HashMap, HashSet};

use super::rules::{Rule, Severity};
use super::types::{self, Change};
use crate::engine::{self, Engine};
use crate::migrations::Source;
use crate::migrations::acts::{Act, Column, Constraint, Fill, What};

/// A finding before it has a file and an engine.
#[derive(Debug)]
pub(super) struct Remark {
    pub rule: Rule,
    pub severity: Severity,
    /** Line and column; none when it is about the whole file. */
    pub at: Option<(u32, u32)>,
    pub message: String,
}

impl Remark {
    pub fn new(rule: Rule, at: Option<(u32, u32)>, message: impl Into<String>) -> Self {
        Self { rule, severity: rule.severity(), at, message: message.into() }
    }

    fn severe(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// The tables and columns that files have made, with their types.
#[derive(Debug, Default)]
pub(super) struct Known {
    tables: HashSet<String>,
    types: HashMap<(String, String), String>,
}

impl Known {
    pub fn made_by(acts: &[Act]) -> Self {
        let mut known = Self::default();
        known.learn(acts);
        known
    }

    pub fn learn(&mut self, acts: &[Act]) {
        for act in acts {
            match &act.what {
                What::CreateTable { table, columns, .. } => {
                    self.tables.insert(table.clone());
                    for (column, ty) in columns {
                        self.types.insert((table.clone(), column.clone()), ty.clone());
                    }
                }
                What::AddColumn { table, column } => {
                    self.types.insert((table.clone(), column.name.clone()), column.ty.clone());
                }
                What::ChangeType { table, column, to } => {
                    self.types.insert((table.clone(), column.clone()), to.clone());
                }
                What::DropColumn { table, column } => {
                    self.types.remove(&(table.clone(), column.clone()));
                }
                What::RenameColumn { table, column, to } => {
                    if let Some(ty) = self.types.remove(&(table.clone(), column.clone())) {
                        self.types.insert((table.clone(), to.clone()), ty);
                    }
                }
                What::DropTable { table } => {
                    self.tables.remove(table);
                    self.types.retain(|(of, _), _| of != table);
                }
                What::RenameTable { table, to } => {
                    if self.tables.remove(table) {
                        self.tables.insert(to.clone());
                    }
                    let moved: Vec<_> = self.types.keys().filter(|(of, _)| of == table).cloned().collect();
                    for key in moved {
                        if let Some(ty) = self.types.remove(&key) {
                            self.types.insert((to.clone(), key.1), ty);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn has_table(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    fn ty(&self, table: &str, column: &str) -> Option<&str> {
        self.types.get(&(table.to_owned(), column.to_owned())).map(String::as_str)
    }
}

/// One file on one engine.
pub(super) struct Judge<'a> {
    pub engine: Engine,
    pub source: &'a Source,
    pub acts: &'a [Act],
}

impl Judge<'_> {
    fn place(&self, act: &Act) -> Option<(u32, u32)> {
        Some(engine::position(&self.source.sql, act.offset))
    }

    /// Whether the file runs in one transaction with its ledger row.
    fn in_transaction(&self) -> bool {
        self.engine.is_transactional() && !self.source.no_transaction
    }

    pub fn up(&self, before: &Known) -> Vec<Remark> {
        let mut remarks = Vec::new();
        // What this file creates is empty: nothing there can be lost, rewritten or waited for.
        let mut new = HashSet::new();
        let mut not_valid: HashSet<&str> = HashSet::new();
        let mut types = Known::default();
        types.types.clone_from(&before.types);
        for act in self.acts {
            let at = self.place(act);
            let of_new = match &act.what {
                What::AddColumn { table, .. }
                | What::DropColumn { table, .. }
                | What::RenameColumn { table, .. }
                | What::ChangeType { table, .. }
                | What::SetNotNull { table, .. }
                | What::AddConstraint { table, .. }
                | What::CreateIndex { table, .. }
                | What::DropTable { table }
                | What::RenameTable { table, .. }
                | What::Rewrite { table, .. }
                | What::Truncate { table }
                | What::DeleteAll { table }
                | What::UpdateAll { table } => new.contains(table),
                _ => false,
            };
            if !of_new {
                let said = self.of_act(act, &types, &not_valid);
                remarks.extend(said.into_iter().map(|remark| Remark { at, ..remark }));
            }
            match &act.what {
                What::CreateTable { table, .. } => {
                    new.insert(table.clone());
                }
                What::RenameTable { table, to } if new.remove(table) => {
                    new.insert(to.clone());
                }
                What::AddConstraint { name: Some(name), not_valid: true, .. } => {
                    not_valid.insert(name);
                }
                _ => {}
            }
            types.learn(std::slice::from_ref(act));
        }
        remarks.extend(self.of_file());
        remarks
    }

    fn of_file(&self) -> Vec<Remark> {
        let statements = engine::statements(self.engine, &self.source.sql);
        let mut remarks = Vec::new();
        if statements.is_empty() {
            remarks.push(Remark::new(Rule::EmptyFile, None, "the file holds no statement"));
        }
        let several = statements.len() > 1;
        if self.engine == Engine::Mysql && several {
            let n = statements.len();
            let message = format!("not atomic on MySQL: should one of the {n} statements fail, those before it stay");
            remarks.push(Remark::new(Rule::NotAtomic, None, message));
        } else if self.source.no_transaction && self.engine != Engine::Mysql {
            let message = "runs outside a transaction: a failure leaves what was done";
            remarks.push(Remark::new(Rule::NoTransaction, Some((1, 1)), message));
            if several {
                let at = statements.get(1).map(|second| (second.line, second.column));
                let message = "a second statement outside a transaction: should it fail, a rerun begins with the first \
                               again; one statement a file can be repeated";
                remarks.push(Remark::new(Rule::SeveralWithoutTransaction, at, message));
            }
        }
        remarks
    }

    fn of_act(&self, act: &Act, known: &Known, not_valid: &HashSet<&str>) -> Vec<Remark> {
        let engine = self.engine;
        let postgres = engine == Engine::Postgres;
        let one = |rule, message: String| vec![Remark::new(rule, None, message)];
        match &act.what {
            What::DropTable { table } if self.is_replaced(table) => one(
                Rule::RewritesTable,
                format!("replaces {table} by a copy: every row is written, and nobody may write meanwhile"),
            ),
            What::DropTable { table } => one(Rule::DropTable, format!("drops the table {table} and its rows")),
            What::DropColumn { table, column } => {
                one(Rule::DropColumn, format!("drops the column {table}.{column} and what is in it"))
            }
            What::DropSchema { schema } => one(Rule::DropSchema, format!("drops the schema {schema}")),
            What::DropDatabase { database } => one(Rule::DropDatabase, format!("drops the database {database}")),
            What::Truncate { table } => one(Rule::Truncate, format!("empties the table {table}")),
            What::DeleteAll { table } => one(Rule::DeleteAllRows, format!("deletes every row of {table}")),
            What::UpdateAll { table } => one(
                Rule::UpdateAllRows,
                format!("writes every row of {table} in one go: on a large table, in portions, outside migrations"),
            ),
            What::ChangeType { table, column, to } => {
                let from = known.ty(table, column);
                let before = from.map(|from| format!(" (it is {from})")).unwrap_or_default();
                match types::change(engine, from, to) {
                    Change::Free => Vec::new(),
                    Change::Rewrite => one(
                        Rule::ChangeType,
                        format!("makes {table}.{column} {to}{before}: rewrites the table under a full lock"),
                    ),
                    Change::Narrow => one(
                        Rule::NarrowType,
                        format!(
                            "makes {table}.{column} {to}{before}: what does not fit is cut off or stops the migration"
                        ),
                    ),
                }
            }
            What::AddColumn { table, column } => self.added(table, column),
            What::SetNotNull { table, column } if postgres => one(
                Rule::SetNotNull,
                format!(
                    "reads all of {table} under a full lock to prove {column} not null (a validated check that says so \
                     spares it)"
                ),
            ),
            What::Rewrite { table, by } => {
                one(Rule::RewritesTable, format!("{by} writes {table} anew under a full lock"))
            }
            What::AddConstraint { table, kind, not_valid, .. } => self.constrained(table, *kind, *not_valid),
            What::ValidateConstraint { table, name } if self.in_transaction() && not_valid.contains(name.as_str()) => {
                one(
                    Rule::ValidatedAtOnce,
                    format!(
                        "validates {name} while the lock on {table} from adding it is held: do it in a migration of its own"
                    ),
                )
            }
            What::CreateIndex { table, concurrently: false } if postgres => one(
                Rule::IndexNotConcurrent,
                format!("writes to {table} wait while the index is built: create index concurrently lets them through"),
            ),
            What::DropIndex { index, concurrently: false } if postgres => one(
                Rule::DropIndexNotConcurrent,
                format!(
                    "drop index {index} waits for everybody on its table, and everybody for it: concurrently does not"
                ),
            ),
            What::Reindex { concurrently: false } if postgres => one(
                Rule::ReindexNotConcurrent,
                "writes wait while the index is built anew: reindex concurrently lets them through".into(),
            ),
            What::OutsideTransaction { statement } if self.in_transaction() => one(
                Rule::NeedsNoTransaction,
                format!("{statement} cannot run inside a transaction: make \"-- neo: no-transaction\" the first line"),
            ),
            What::TransactionControl { word } if self.in_transaction() => one(
                Rule::TransactionControl,
                format!("{word} breaks the transaction that this file and its ledger row are in: take it out"),
            ),
            What::ForeignKeysPragma if self.in_transaction() => one(
                Rule::PragmaInTransaction,
                "pragma foreign_keys does nothing inside a transaction: defer_foreign_keys does".into(),
            ),
            What::RenameColumn { table, column, .. } => one(
                Rule::RenameColumn,
                format!("renames {table}.{column}: code that runs now still asks for the old name"),
            ),
            What::RenameTable { table, .. } => {
                one(Rule::RenameTable, format!("renames {table}: code that runs now still asks for the old name"))
            }
            What::ClientCommand { command } => one(
                Rule::ClientCommand,
                match command.eq_ignore_ascii_case("delimiter") {
                    true => "delimiter is a command of the mysql program: leave it out, Neo sees where a routine ends"
                        .into(),
                    false => format!("{command} is for the client program, and no statement: write it as SQL"),
                },
            ),
            What::Unclosed => one(Rule::UnclosedQuote, "the quote that begins here is never closed".into()),
            What::NotUnderstood { why } => {
                one(Rule::NotUnderstood, format!("the linter cannot read this ({why}): look at it yourself"))
            }
            _ => Vec::new(),
        }
    }

    /// A table that gives its name to a copy made here, as SQLite's manual advises for what `alter table` cannot do.
    fn is_replaced(&self, table: &str) -> bool {
        let made =
            |name: &str| self.acts.iter().any(|a| matches!(&a.what, What::CreateTable { table, .. } if table == name));
        self.acts
            .iter()
            .any(|act| matches!(&act.what, What::RenameTable { table: copy, to } if to == table && made(copy)))
    }

    fn added(&self, table: &str, column: &Column) -> Vec<Remark> {
        let postgres = self.engine == Engine::Postgres;
        let name = format!("{table}.{}", column.name);
        let mut remarks = Vec::new();
        // MySQL fills in a default of its own.
        if column.not_null && column.fill == Fill::Null && self.engine != Engine::Mysql {
            remarks.push(match self.engine {
                Engine::Sqlite => {
                    let message = format!("{name} is not null without a default: SQLite refuses that on any table");
                    Remark::new(Rule::NotNullWithoutDefault, None, message).severe(Severity::Error)
                }
                _ => {
                    let message = format!("{name} is not null without a default: fails where there are rows");
                    Remark::new(Rule::NotNullWithoutDefault, None, message)
                }
            });
        }
        if postgres && column.fill == Fill::EachRow {
            let message = format!("{name} has another value for each row: rewrites {table} under a full lock");
            remarks.push(Remark::new(Rule::RewritesTable, None, message));
        }
        if postgres && column.is_key {
            remarks.push(builds_index(table));
        }
        if postgres && column.is_checked {
            remarks.push(not_not_valid(table));
        }
        remarks
    }

    fn constrained(&self, table: &str, kind: Constraint, not_valid: bool) -> Vec<Remark> {
        match (self.engine, kind) {
            (Engine::Postgres, Constraint::Unique | Constraint::PrimaryKey | Constraint::Exclude) => {
                vec![builds_index(table)]
            }
            (Engine::Postgres, Constraint::ForeignKey | Constraint::Check | Constraint::NotNull) if !not_valid => {
                vec![not_not_valid(table)]
            }
            (Engine::Mysql, Constraint::ForeignKey | Constraint::Check | Constraint::PrimaryKey) => {
                let message = format!("this constraint makes MySQL copy {table} while writes wait");
                vec![Remark::new(Rule::RewritesTable, None, message)]
            }
            _ => Vec::new(),
        }
    }

    /// `own`: what the up file has made.
    pub fn down(&self, own: &Known) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for act in self.acts {
            let (what, is_own) = match &act.what {
                // The table may have been another's name; the copy keeps the rows.
                What::DropTable { table } if self.is_replaced(table) => continue,
                What::DropTable { table } => (format!("drops the table {table}"), own.has_table(table)),
                What::DropColumn { table, column } => {
                    (format!("drops the column {table}.{column}"), own.ty(table, column).is_some())
                }
                What::Truncate { table } => (format!("empties the table {table}"), own.has_table(table)),
                What::DeleteAll { table } => (format!("deletes every row of {table}"), own.has_table(table)),
                What::DropSchema { schema } => (format!("drops the schema {schema}"), false),
                What::DropDatabase { database } => (format!("drops the database {database}"), false),
                What::OutsideTransaction { .. }
                | What::TransactionControl { .. }
                | What::ClientCommand { .. }
                | What::Unclosed
                | What::NotUnderstood { .. } => {
                    let said = self.of_act(act, &Known::default(), &HashSet::new());
                    remarks.extend(said.into_iter().map(|remark| Remark { at: self.place(act), ..remark }));
                    continue;
                }
                _ => continue,
            };
            let (rule, rest) = match is_own {
                true => (Rule::DownDropsOwn, "with what was written into it since"),
                false => (Rule::DataLossInDown, "which the up file has not made"),
            };
            remarks.push(Remark::new(rule, self.place(act), format!("rolling back {what}, {rest}")));
        }
        if engine::statements(self.engine, &self.source.sql).is_empty() {
            remarks.push(Remark::new(Rule::EmptyFile, None, "the down file holds no statement"));
        }
        remarks
    }
}

fn builds_index(table: &str) -> Remark {
    let message = format!(
        "builds its index while nobody may use {table}: create a unique index concurrently, then add the constraint using it"
    );
    Remark::new(Rule::ConstraintBuildsIndex, None, message)
}

fn not_not_valid(table: &str) -> Remark {
    let message =
        format!("reads all of {table} while writes wait: add it not valid, and validate it in a migration of its own");
    Remark::new(Rule::ConstraintNotNotValid, None, message)
}
