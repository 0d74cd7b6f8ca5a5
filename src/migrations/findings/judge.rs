//! From what a file does to what there is to say about it, engine by engine.

use std::collections::HashSet;

use super::copies::Copies;
use super::known::{Known, key};
use super::types::{self, Change};
use super::{Rule, Severity};
use crate::engine::acts::{self, Act, What};
use crate::engine::{self, Engine};
use crate::migrations::Source;

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
    pub(super) fn in_transaction(&self) -> bool {
        self.engine.is_transactional() && !self.source.no_transaction
    }

    /// `before`: what the files before have made.
    pub fn up(&self, before: &Known) -> Vec<Remark> {
        let mut remarks = Vec::new();
        // What this file creates is empty: nothing there can be lost, rewritten or waited for.
        let mut new = Known::default();
        let mut not_valid: HashSet<&str> = HashSet::new();
        let mut known = before.clone();
        // Tables that the file has made, and that hold the rows of others from these acts on.
        let mut full: Vec<(usize, String)> = Vec::new();
        // Tables that may have been there before.
        let mut doubtful: Vec<String> = Vec::new();
        for (n, act) in self.acts.iter().enumerate() {
            let is_new = is_of(&act.what, &new);
            let is_doubtful = is_new && doubtful.iter().any(|name| takes_from(&act.what, name));
            let is_full = is_new && full.iter().any(|(from, name)| n > *from && takes_from(&act.what, name));
            if !is_new || is_full || is_doubtful {
                let at = self.place(act);
                let said = self.of_act(act, &known, &not_valid).into_iter();
                // Nobody waits for a table that is not there for them yet.
                let said = said.filter(|remark| !(is_full || is_doubtful) || remark.severity == Severity::Error);
                // Should it have been there, what is told is so.
                let eased = |remark: Remark| match is_doubtful && !is_full {
                    true => remark.severe(Severity::Warning),
                    false => remark,
                };
                remarks.extend(said.map(|remark| Remark { at, ..eased(remark) }));
                full.extend(self.copies().replace_table(n, &known).map(|copied| (copied.until, copied.name)));
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
            new.fill(&act.what);
            if let What::LooksInto { path } = &act.what {
                new.look_into(path);
            }
            if let What::MaybeThere { name, column, is_schema } = &act.what {
                match self.was_there(n, name, column.as_deref(), before) {
                    Some(true) => new.forget(name, column.as_deref(), *is_schema),
                    // A schema is looked at by what is made in it.
                    None if *is_schema => new.forget(name, None, true),
                    None if column.is_none() => doubtful.push(key(name)),
                    Some(false) | None => {}
                }
            }
            known.learn(&act.what);
        }
        remarks.extend(self.leniently());
        remarks.extend(self.of_file());
        remarks
    }

    /// Whether what is made `if not exists` was there before; none where no file knows.
    fn was_there(&self, at: usize, name: &str, column: Option<&str>, before: &Known) -> Option<bool> {
        let acts = self.acts[..at].iter().filter(|act| act.offset != self.acts[at].offset);
        for act in acts {
            match &act.what {
                What::CreateTable { table, .. } | What::DropTable { table, .. } | What::RenameTable { table, .. }
                    if key(table) == key(name) =>
                {
                    return Some(false);
                }
                _ => {}
            }
        }
        let is_known = column.map_or_else(|| before.has_table(name), |column| before.ty(name, column).is_some());
        is_known.then_some(true)
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

    pub(super) fn of_act(&self, act: &Act, known: &Known, not_valid: &HashSet<&str>) -> Vec<Remark> {
        let engine = self.engine;
        let postgres = engine == Engine::Postgres;
        let one = |rule, message: String| vec![Remark::new(rule, None, message)];
        let at = || self.copies().at(act);
        if let What::DropTable { table, .. } = &act.what
            && let Some(copied) = at().and_then(|at| self.copies().replace_table(at, known))
        {
            return self.copied(table, &copied, known);
        }
        if let What::DropColumn { table, column, .. } = &act.what
            && let Some(copied) = at().and_then(|at| self.copies().replace_column(at, known))
        {
            return vec![self.replaced_column(&format!("{table}.{column}"), copied, known.ty(table, column))];
        }
        match &act.what {
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
            What::DropColumn { table, column, if_exists: true }
                if !known.has_column(table, column) && self.copies().adds_column(table, column) =>
            {
                let message = format!("drops {table}.{column} and what is in it, should it be there, and adds it anew");
                vec![Remark::new(Rule::DropColumn, None, message).severe(Severity::Notice)]
            }
            What::DropColumn { table, column, .. } => {
                one(Rule::DropColumn, format!("drops the column {table}.{column} and what is in it"))
            }
            What::DropDatabase { database } => one(Rule::DropDatabase, format!("drops the database {database}")),
            What::Truncate { table } => one(Rule::Truncate, format!("empties the table {table}")),
            What::UpdateAll { table } => one(
                Rule::UpdateAllRows,
                format!("writes every row of {table} in one go: on a large table, in portions, outside migrations"),
            ),
            What::UpdateSome { table, which } => one(
                Rule::UpdateAllRows,
                format!("writes every row of {table} {which} in one go, and nothing else says which"),
            ),
            What::ChangeType { table, column, to } => {
                let from = known.ty(table, column);
                let before = from.map(|from| format!(" (it is {from})")).unwrap_or_default();
                match types::changed(engine, known, from, to) {
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
                "|| is an OR here, unless the server's sql_mode has PIPES_AS_CONCAT: write concat(…), or the word \"or\"".into(),
            ),
            What::RenameColumn { table, column, .. } => one(
                Rule::RenameColumn,
                format!("renames {table}.{column}: code that runs now still asks for the old name"),
            ),
            What::RenameTable { table, .. } => {
                one(Rule::RenameTable, format!("renames {table}: code that runs now still asks for the old name"))
            }
            What::ClientCommand { command } => one(Rule::ClientCommand, of_client(command)),
            What::Unclosed { surely: true } => {
                one(Rule::UnclosedQuote, "the quote that begins here is never closed".into())
            }
            What::Unclosed { surely: false } => {
                let message = "the quote that begins here is closed only where the server's sql_mode has NO_BACKSLASH_ESCAPES";
                vec![Remark::new(Rule::UnclosedQuote, None, message).severe(Severity::Warning)]
            }
            What::NotUnderstood { why, says: None } => {
                one(Rule::NotUnderstood, format!("the linter cannot read this ({why}): look at it yourself"))
            }
            What::NotUnderstood { why, says: Some(says) } => {
                let message =
                    format!("the linter cannot read this ({why}), and \"{says}\" stands in it: look at it yourself");
                vec![Remark::new(Rule::NotUnderstood, None, message).severe(Severity::Error)]
            }
            _ => self.taken(act, known).into_iter().collect(),
        }
    }

    pub(super) fn copies(&self) -> Copies<'_> {
        Copies { engine: self.engine, atomic: self.atomic, acts: self.acts }
    }
}

/// What to do with a command of the client's.
fn of_client(command: &str) -> String {
    let way = match command {
        "\\restrict" | "\\unrestrict" => {
            "take out the line, and its other half: pg_dump writes \\restrict and \\unrestrict for psql alone"
        }
        "copy from stdin" => "write its rows as insert … values, as pg_dump does where it is asked for inserts",
        _ => "write it as SQL",
    };
    format!("{command} is for the client program, and no statement: {way}")
}

/// Whether it may take rows or values out of this table.
fn takes_from(what: &What, name: &str) -> bool {
    let of = match what {
        What::ChangeType { table, .. } | What::Cuts { table, .. } | What::Forgets { table, .. } => table,
        What::DropTable { table, .. } | What::DropColumn { table, .. } | What::Truncate { table } => table,
        What::DeleteAll { table } | What::DeleteLimited { table, .. } | What::DropRows { table, .. } => table,
        _ => return false,
    };
    key(of) == name
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
        | What::DeleteJoined { table, .. }
        | What::DeleteLimited { table, .. }
        | What::DropSome { table, .. }
        | What::Cuts { table, .. }
        | What::Overwrites { table }
        | What::RowsLeave { table, .. }
        | What::Unseen { table, .. }
        | What::Replaces { table }
        | What::UpdateAll { table }
        | What::UpdateSome { table, .. } => new.has_table(table),
        What::DropColumn { table, column, .. }
        | What::RenameColumn { table, column, .. }
        | What::Generates { table, column }
        | What::Recodes { table, column, .. }
        | What::Forgets { table, column, .. } => new.has_column(table, column),
        What::Cascade { name, .. } => new.has_type(name) || new.has_table(name),
        What::DropSchema { schema, .. } | What::DropDatabase { database: schema } => new.has_schema(schema),
        What::DropRows { table, partition, .. } => {
            new.has_table(table) || partition.as_ref().is_some_and(|partition| new.has_partition(table, partition))
        }
        _ => false,
    }
}
