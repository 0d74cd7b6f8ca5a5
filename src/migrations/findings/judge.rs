//! From what a file does to what there is to say about it, engine by engine.

use std::collections::HashSet;

use super::accepted;
use super::copies::Copies;
use super::known::Known;
use super::rules::{Rule, Severity};
use super::types::{self, Change};
use crate::engine::{self, Engine, Statement};
use crate::migrations::Source;
use crate::migrations::acts::{self, Act, Column, Constraint, Fill, What};

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

    pub(super) fn severe(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// One file on one engine.
pub(super) struct Judge<'a> {
    pub engine: Engine,
    pub source: &'a Source,
    /** Whether a failure leaves nothing behind. */
    pub atomic: bool,
    pub acts: &'a [Act],
}

impl Judge<'_> {
    pub(super) fn place(&self, act: &Act) -> Option<(u32, u32)> {
        Some(engine::position(&self.source.sql, act.offset))
    }

    /// Whether the file runs in one transaction with its ledger row.
    fn in_transaction(&self) -> bool {
        self.engine.is_transactional() && !self.source.no_transaction
    }

    /// `before`: what the files before have made.
    pub fn up(&self, before: &Known) -> Vec<Remark> {
        let mut remarks = Vec::new();
        // What this file creates is empty: nothing there can be lost, rewritten or waited for.
        let mut new = Known::default();
        let mut not_valid: HashSet<&str> = HashSet::new();
        let mut known = before.clone();
        for act in self.acts {
            if !is_of(&act.what, &new) {
                let at = self.place(act);
                let said = self.of_act(act, &known, &not_valid);
                remarks.extend(said.into_iter().map(|remark| Remark { at, ..remark }));
            }
            match &act.what {
                What::AddConstraint { name: Some(name), not_valid: true, .. } => {
                    not_valid.insert(name);
                }
                What::AddEnumValue { ty, value } if self.in_transaction() => {
                    let used = self.used_at_once(act, &known, ty, value);
                    // From PostgreSQL 17 on, the values of a type that is as new may be used.
                    remarks
                        .extend(used.map(|used| if new.has_type(ty) { used.severe(Severity::Warning) } else { used }));
                }
                _ => {}
            }
            new.learn(&act.what);
            known.learn(&act.what);
        }
        remarks.extend(self.of_file());
        remarks
    }

    /// Where a value that an enum has got is used before it is committed. A text of that kind in a statement on tables that
    /// are known and have no such column is another's.
    fn used_at_once(&self, added: &Act, known: &Known, ty: &str, value: &str) -> Option<Remark> {
        let mut known = known.clone();
        self.acts.iter().for_each(|act| known.learn(&act.what));
        let own = ty.rsplit('.').next().unwrap_or(ty);
        let statements = engine::statements(self.engine, &self.source.sql);
        let used = statements.iter().filter(|statement| statement.offset > added.offset).find(|statement| {
            let head = statement.sql.split_whitespace().take(2).collect::<Vec<_>>().join(" ").to_lowercase();
            // A text in a comment is none of the enum's, nor is one that says where another value goes.
            if head.starts_with("comment") || head == "alter type" {
                return false;
            }
            let says = acts::says(self.engine, statement.sql, value);
            let names = if says { acts::names(self.engine, statement.sql) } else { Vec::new() };
            says && (names.iter().any(|name| name == own) || known.holds(&names, ty).unwrap_or(true))
        })?;
        let message = format!(
            "uses '{value}', which this file adds to {ty}: PostgreSQL lets nobody use it before that is committed (55P04); \
             use it in a later file, or make \"-- neo: no-transaction\" the first line"
        );
        Some(Remark::new(Rule::EnumValueUsed, Some((used.line, used.column)), message))
    }

    fn of_file(&self) -> Vec<Remark> {
        let statements = engine::statements(self.engine, &self.source.sql);
        let mut remarks = Vec::new();
        remarks.extend(self.without_statement());
        let several = statements.len() > 1;
        if self.engine == Engine::Mysql && several && !self.atomic {
            let n = statements.len();
            let message = format!("not atomic on MySQL: should one of the {n} statements fail, those before it stay");
            remarks.push(Remark::new(Rule::NotAtomic, None, message));
        } else if self.source.no_transaction && self.engine != Engine::Mysql {
            let message = "runs outside a transaction: a failure leaves what was done";
            remarks.push(Remark::new(Rule::NoTransaction, Some((1, 1)), message));
            if let [_, second, ..] = pieces(&statements)[..] {
                let message = "a second statement outside a transaction: should it fail, what came before it stays, and a \
                               person has to say how to go on; one statement a file can be repeated";
                remarks.push(Remark::new(Rule::SeveralWithoutTransaction, Some((second.line, second.column)), message));
            }
        }
        remarks
    }

    pub(super) fn without_statement(&self) -> Option<Remark> {
        let is_empty = engine::statements(self.engine, &self.source.sql).is_empty();
        let message =
            "holds no statement, and is refused for that: should it be so, make \"-- neo: empty\" the first line";
        (is_empty && !accepted::is_empty_on_purpose(&self.source.sql))
            .then(|| Remark::new(Rule::EmptyFile, None, message))
    }

    pub(super) fn of_act(&self, act: &Act, known: &Known, not_valid: &HashSet<&str>) -> Vec<Remark> {
        let engine = self.engine;
        let postgres = engine == Engine::Postgres;
        let one = |rule, message: String| vec![Remark::new(rule, None, message)];
        match &act.what {
            What::DropTable { table, .. } if self.copies().replace_table(table) => vec![self.replaced(table, known)],
            // As dumps begin: where no file before has made it, it will hardly be there.
            What::DropTable { table, if_exists: true } if !known.has_table(table) && self.copies().makes(table) => {
                let message = format!("drops {table} and its rows, should it be there, and makes it anew");
                vec![Remark::new(Rule::DropTable, None, message).severe(Severity::Notice)]
            }
            What::DropTable { table, .. } => {
                let mut message = format!("drops the table {table} and its rows");
                let referring = known.referring_to(table);
                if engine == Engine::Sqlite && !referring.is_empty() {
                    let them = referring.join(", ");
                    message.push_str(&format!("; where rows of {them} refer to them, the migration fails in the end"));
                }
                one(Rule::DropTable, message)
            }
            What::DropColumn { table, column, .. } if self.copies().replace_column(table, column) => one(
                Rule::RewritesTable,
                format!("replaces {table}.{column} by a copy: every row is written"),
            ),
            What::DropColumn { table, column, if_exists: true }
                if !known.has_column(table, column) && self.copies().adds_column(table, column) =>
            {
                let message = format!("drops {table}.{column} and what is in it, should it be there, and adds it anew");
                vec![Remark::new(Rule::DropColumn, None, message).severe(Severity::Notice)]
            }
            What::DropColumn { table, column, .. } => {
                one(Rule::DropColumn, format!("drops the column {table}.{column} and what is in it"))
            }
            What::DropRows { does, .. } => one(Rule::DropRows, format!("{does}, and what is in it")),
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
            What::TransactionControl { word } if engine == Engine::Mysql && !self.source.no_transaction => one(
                Rule::TransactionControl,
                format!("{word} is refused in a file without \"-- neo: no-transaction\" on its first line"),
            ),
            What::TransactionControl { word } if self.in_transaction() => one(
                Rule::TransactionControl,
                format!("{word} breaks the transaction that this file and its ledger row are in: take it out"),
            ),
            What::PragmaInTransaction { pragma } if self.in_transaction() => one(
                Rule::PragmaInTransaction,
                format!("pragma {pragma} does nothing, or fails, inside a transaction: take it out"),
            ),
            What::OverwritesMark => one(
                Rule::OverwritesMark,
                "the comment on a database is where Neo keeps whose it is: without it the database is taken for a stranger's"
                    .into(),
            ),
            What::LeavesDatabase { statement } => one(
                Rule::LeavesDatabase,
                format!("{statement} goes to a file that is not the tenant's: Neo refuses it before anything is done"),
            ),
            What::Pipes => one(
                Rule::PipesAsOr,
                "|| is an OR here, unless the server's sql_mode has PIPES_AS_CONCAT: write concat(…), or or".into(),
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
                format!("{command} is for the client program, and no statement: write it as SQL"),
            ),
            What::Unclosed { surely: true } => {
                one(Rule::UnclosedQuote, "the quote that begins here is never closed".into())
            }
            What::Unclosed { surely: false } => {
                let message = "the quote that begins here is closed only where the server's sql_mode has NO_BACKSLASH_ESCAPES";
                vec![Remark::new(Rule::UnclosedQuote, None, message).severe(Severity::Warning)]
            }
            What::NotUnderstood { why } => {
                one(Rule::NotUnderstood, format!("the linter cannot read this ({why}): look at it yourself"))
            }
            _ => Vec::new(),
        }
    }

    fn replaced(&self, table: &str, known: &Known) -> Remark {
        let mut message = format!("replaces {table} by a copy: every row is written, and nobody may write meanwhile");
        let them = known.referring_to(table).join(", ");
        if self.engine == Engine::Sqlite && !them.is_empty() {
            // Neo holds the keys off around a transaction of its own; in a file without one it is for the file to say.
            if self.source.no_transaction && !self.source.sql.to_lowercase().contains("foreign_keys") {
                let message = format!(
                    "drops the table {table} while foreign keys are enforced: rows of {them} that refer to it are deleted, \
                     set to null or stop it; begin with: pragma foreign_keys = off"
                );
                return Remark::new(Rule::DropTable, None, message);
            }
            message.push_str(&format!("; rows of {them} that refer to it stay, and are checked in the end"));
        }
        Remark::new(Rule::RewritesTable, None, message)
    }

    pub(super) fn copies(&self) -> Copies<'_> {
        Copies { acts: self.acts }
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
}

/// What takes effect by itself in a file without a transaction around it: one of the file's own is one piece, a setting none.
fn pieces<'a>(statements: &'a [Statement<'a>]) -> Vec<&'a Statement<'a>> {
    let mut inside = false;
    let mut found = Vec::new();
    for statement in statements {
        let head = statement.sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_lowercase();
        match head.as_str() {
            "begin" | "start" => {
                inside = true;
                found.push(statement);
            }
            "commit" | "end" | "rollback" | "abort" => inside = false,
            "set" | "reset" | "pragma" => {}
            _ if inside => {}
            _ => found.push(statement),
        }
    }
    found
}

/// Whether it is done to what a file has made itself.
pub(super) fn is_of(what: &What, new: &Known) -> bool {
    match what {
        What::AddColumn { table, .. }
        | What::ChangeType { table, .. }
        | What::SetNotNull { table, .. }
        | What::AddConstraint { table, .. }
        | What::CreateIndex { table, .. }
        | What::DropTable { table, .. }
        | What::RenameTable { table, .. }
        | What::Rewrite { table, .. }
        | What::Truncate { table }
        | What::DeleteAll { table }
        | What::UpdateAll { table } => new.has_table(table),
        What::DropColumn { table, column, .. } | What::RenameColumn { table, column, .. } => {
            new.has_column(table, column)
        }
        What::DropSchema { schema } | What::DropDatabase { database: schema } => new.has_schema(schema),
        What::DropRows { own: Some((table, partition)), .. } => {
            new.has_table(table) || new.has_partition(table, partition)
        }
        _ => false,
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
