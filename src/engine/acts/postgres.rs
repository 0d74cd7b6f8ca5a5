//! PostgreSQL, by squawk's parser; which defaults differ from row to row is its linter's judgement.

use squawk_linter::{Linter, Rule};
use squawk_syntax::ast::{
    AlterColumn, AlterColumnOption, AlterTable, AlterTableAction, AstNode, Constraint as Written,
    DetachPartitionOption, GeneratedAs, SourceFile, Stmt, TableArg,
};
use squawk_syntax::{Parse, SourceFile as File};

use super::reading::starts;
use super::{Act, Column, Constraint, Fill, GaveUp, What, plain, spelled};
use super::{operators, using, words};
use crate::engine::Engine;

pub(super) fn acts(sql: &str) -> Result<Vec<Act>, GaveUp> {
    // Its own comments would silence it without a reason; a file says `-- neo: allow`.
    let sql = &sql.replace("squawk-", "squawk_");
    let parsed = File::parse(sql);
    if let Some(error) = parsed.errors().first() {
        let why = error.message().to_owned();
        return Err(GaveUp { offset: usize::from(error.range().start()), why });
    }
    let rewrites = rewriting_defaults(&parsed, sql);
    let mut acts = Vec::new();
    for statement in parsed.tree().stmts() {
        let start = usize::from(statement.syntax().text_range().start());
        match &statement {
            Stmt::AlterTable(alter) => altered(alter, &rewrites, &mut acts),
            other => acts.extend(whats(other).into_iter().map(|what| Act::at(start, what))),
        }
    }
    Ok(acts)
}

/// Where the defaults are that PostgreSQL has to work out row by row, which rewrites the table.
fn rewriting_defaults(parsed: &Parse<SourceFile>, sql: &str) -> Vec<usize> {
    let mut linter = Linter::from([Rule::AddingFieldWithDefault]);
    linter.lint(parsed, sql).into_iter().map(|violation| usize::from(violation.text_range.start())).collect()
}

fn text(node: Option<&impl AstNode>) -> String {
    node.map(|node| plain(&node.syntax().text().to_string())).unwrap_or_default()
}

fn whats(statement: &Stmt) -> Vec<What> {
    match statement {
        Stmt::CreateTable(create) => {
            let args = create.table_arg_list().map(|list| list.args().collect::<Vec<_>>()).unwrap_or_default();
            let columns = args.iter().filter_map(|arg| match arg {
                TableArg::Column(column) => Some((text(column.name().as_ref()), type_of(column.ty().as_ref()))),
                _ => None,
            });
            let temporary = is_temporary(create.persistence().as_ref());
            let table = text(create.table_name().as_ref());
            vec![What::CreateTable { table, columns: columns.collect(), temporary }]
        }
        Stmt::CreateTableAs(create) => {
            let temporary = is_temporary(create.persistence().as_ref());
            vec![What::CreateTable { table: text(create.table_name().as_ref()), columns: Vec::new(), temporary }]
        }
        Stmt::SelectInto(select) => {
            let Some(into) = select.into_clause() else { return Vec::new() };
            let temporary = is_temporary(into.persistence().as_ref());
            vec![What::CreateTable { table: text(into.table_name().as_ref()), columns: Vec::new(), temporary }]
        }
        Stmt::DropTable(drop) => {
            let if_exists = drop.if_exists().is_some();
            drop.table_name_refs().map(|table| What::DropTable { table: text(Some(&table)), if_exists }).collect()
        }
        Stmt::DropSchema(drop) => {
            let cascade = has_words(drop, &["cascade"]);
            drop.schema_refs().map(|schema| What::DropSchema { schema: text(Some(&schema)), cascade }).collect()
        }
        Stmt::DropDatabase(drop) => vec![
            What::DropDatabase { database: text(drop.database_ref().as_ref()) },
            What::OutsideTransaction { statement: "drop database" },
        ],
        Stmt::CreateDatabase(_) => vec![What::OutsideTransaction { statement: "create database" }],
        Stmt::CreateIndex(create) => {
            let table = text(create.table_relation_name().and_then(|r| r.table_name_ref()).as_ref());
            let concurrently = create.concurrently_token().is_some();
            with_outside(What::CreateIndex { table, concurrently }, concurrently, "create index concurrently")
        }
        Stmt::DropIndex(drop) => {
            let concurrently = drop.concurrently_token().is_some();
            let dropped = drop.index_refs().map(|index| What::DropIndex { index: text(Some(&index)), concurrently });
            let outside = concurrently.then_some(What::OutsideTransaction { statement: "drop index concurrently" });
            dropped.chain(outside).collect()
        }
        Stmt::Reindex(reindex) => {
            let words = reindex.syntax().text().to_string().to_lowercase();
            let concurrently = words.contains("concurrently");
            let whole = ["reindex database", "reindex system", "reindex schema"];
            let outside = concurrently || whole.iter().any(|head| words.starts_with(head));
            with_outside(What::Reindex { concurrently }, outside, "reindex")
        }
        Stmt::Vacuum(vacuum) => {
            let words = vacuum.syntax().text().to_string().to_lowercase();
            let full = words.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "full");
            let table = text(vacuum.table_and_columns_list().as_ref());
            let rewrite = full.then_some(What::Rewrite { table, by: "vacuum full" });
            rewrite.into_iter().chain([What::OutsideTransaction { statement: "vacuum" }]).collect()
        }
        Stmt::Cluster(cluster) => {
            let table = cluster.table_name_ref().map(|table| text(Some(&table)));
            vec![What::Rewrite { table: table.unwrap_or_else(|| "every table".into()), by: "cluster" }]
        }
        Stmt::AlterSystem(_) => vec![What::OutsideTransaction { statement: "alter system" }],
        Stmt::Truncate(truncate) => {
            let tables = truncate.table_list().map(|list| list.table_relation_names().collect::<Vec<_>>());
            let tables = tables.unwrap_or_default();
            tables.iter().map(|table| What::Truncate { table: text(table.table_name_ref().as_ref()) }).collect()
        }
        Stmt::Begin(_) => vec![What::TransactionControl { word: "begin" }],
        Stmt::Commit(_) => vec![What::TransactionControl { word: "commit" }],
        Stmt::PrepareTransaction(_) => vec![What::TransactionControl { word: "prepare transaction" }],
        // To a savepoint is no end.
        Stmt::Rollback(rollback) if !rollback.syntax().text().to_string().to_lowercase().contains(" to ") => {
            vec![What::TransactionControl { word: "rollback" }]
        }
        _ => Vec::new(),
    }
}

/// Whether these words stand in it, one behind the other.
fn has_words(node: &impl AstNode, wanted: &[&str]) -> bool {
    let text = node.syntax().text().to_string();
    words::of(Engine::Postgres, &text).windows(wanted.len()).any(|some| starts(some, wanted))
}

fn is_temporary(persistence: Option<&impl AstNode>) -> bool {
    text(persistence).contains("temp")
}

fn with_outside(what: What, outside: bool, statement: &'static str) -> Vec<What> {
    let outside = outside.then_some(What::OutsideTransaction { statement });
    [what].into_iter().chain(outside).collect()
}

fn altered(alter: &AlterTable, rewrites: &[usize], acts: &mut Vec<Act>) {
    let table = text(alter.table_relation_name().and_then(|r| r.table_name_ref()).as_ref());
    for action in alter.actions() {
        let range = action.syntax().text_range();
        let offset = usize::from(range.start());
        let rewrites = rewrites.iter().any(|at| (offset..usize::from(range.end())).contains(at));
        let whats = action_of(&table, &action, rewrites);
        acts.extend(whats.into_iter().map(|what| Act::at(offset, what)));
    }
}

fn action_of(table: &str, action: &AlterTableAction, rewrites: bool) -> Vec<What> {
    let table = table.to_owned();
    let rewrite = |by| vec![What::Rewrite { table: table.clone(), by }];
    match action {
        AlterTableAction::AddColumn(add) => {
            let ty = type_of(add.ty().as_ref());
            let mut column = Column { name: text(add.column_name().as_ref()), ty, ..Column::default() };
            let mut is_virtual = false;
            for constraint in add.constraints() {
                match constraint {
                    Written::NotNullConstraint(_) => column.not_null = true,
                    Written::DefaultConstraint(_) if column.fill == Fill::Null => column.fill = Fill::Constant,
                    Written::GeneratedConstraint(generated) => {
                        if let Some(GeneratedAs::GeneratedIdentity(_)) = generated.generated_as() {
                            column.not_null = true;
                        }
                        // Worked out when it is read, a value is not written.
                        is_virtual = has_words(&generated, &["virtual"]);
                        column.fill = if is_virtual { Fill::Constant } else { Fill::EachRow };
                    }
                    Written::PrimaryKeyConstraint(_) => (column.is_key, column.not_null) = (true, true),
                    Written::UniqueConstraint(_) => column.is_key = true,
                    Written::ReferencesConstraint(_) | Written::CheckConstraint(_) => {
                        column.is_checked |= !has_words(&constraint, &["not", "enforced"]);
                    }
                    _ => {}
                }
            }
            let is_serial = column.ty.ends_with("serial") || column.ty.starts_with("serial");
            // Only a default is worked out for the rows that are there.
            if is_serial || (rewrites && column.fill != Fill::Null && !is_virtual) {
                column.fill = Fill::EachRow;
            }
            vec![What::AddColumn { table, column }]
        }
        AlterTableAction::DropColumn(drop) => {
            let if_exists = drop.if_exists().is_some();
            vec![What::DropColumn { table, column: text(drop.column_name_ref().as_ref()), if_exists }]
        }
        AlterTableAction::AlterColumn(alter) => column_of(table, alter),
        AlterTableAction::RenameColumn(rename) => vec![What::RenameColumn {
            table,
            column: text(rename.column_name_ref().as_ref()),
            to: text(rename.column_name().as_ref()),
        }],
        AlterTableAction::TableRenameTo(rename) => {
            vec![What::RenameTable { table, to: text(rename.table_name().as_ref()) }]
        }
        AlterTableAction::AddConstraint(add) => {
            let Some(written) = add.constraint() else { return Vec::new() };
            let kind = match &written {
                Written::ForeignKeyConstraint(_) | Written::ReferencesConstraint(_) => Constraint::ForeignKey,
                Written::CheckConstraint(_) => Constraint::Check,
                Written::UniqueConstraint(unique) if unique.using_index().is_some() => Constraint::UsingIndex,
                Written::UniqueConstraint(_) => Constraint::Unique,
                Written::PrimaryKeyConstraint(key) if key.using_index().is_some() => Constraint::UsingIndex,
                Written::PrimaryKeyConstraint(_) => Constraint::PrimaryKey,
                Written::ExcludeConstraint(_) => Constraint::Exclude,
                Written::NotNullConstraint(_) => Constraint::NotNull,
                _ => return Vec::new(),
            };
            let name = written.constraint_name().map(|name| text(Some(&name)));
            // What nobody enforces reads nothing either.
            let not_valid = written.is_not_valid() || has_words(&written, &["not", "enforced"]);
            vec![What::AddConstraint { table, name, kind, not_valid }]
        }
        AlterTableAction::ValidateConstraint(validate) => {
            vec![What::ValidateConstraint { table, name: text(validate.constraint_name_ref().as_ref()) }]
        }
        AlterTableAction::DetachPartition(detach) => {
            let concurrently =
                matches!(detach.detach_partition_option(), Some(DetachPartitionOption::DetachConcurrently(_)));
            let does = format!("takes a partition out of {table}: its rows are in a table of their own then");
            let leaves = What::RowsLeave { does, table, to: None };
            with_outside(leaves, concurrently, "detach partition concurrently")
        }
        AlterTableAction::NoInheritTable(inherited) => {
            let parent = inherited.syntax().text().to_string();
            let parent = plain(parent.split_whitespace().last().unwrap_or_default());
            let does = format!("takes {table} away from {parent}: its rows are not found there any more");
            vec![What::RowsLeave { does, table: parent, to: None }]
        }
        AlterTableAction::SetLogged(_) => rewrite("set logged"),
        AlterTableAction::SetUnlogged(_) => rewrite("set unlogged"),
        AlterTableAction::SetAccessMethod(_) => rewrite("set access method"),
        AlterTableAction::SetTablespace(_) => rewrite("set tablespace"),
        _ => Vec::new(),
    }
}

fn column_of(table: String, alter: &AlterColumn) -> Vec<What> {
    let column = text(alter.column_name_ref().as_ref());
    match alter.option() {
        Some(AlterColumnOption::SetType(set)) => {
            let to = type_of(set.ty().as_ref());
            let Some(using) = set.using_expr().map(|using| using.syntax().text().to_string()) else {
                return vec![What::ChangeType { table, column, to }];
            };
            let using = words::of(Engine::Postgres, &using);
            // All of the row goes by the name of its table.
            let row = table.rsplit('.').next().unwrap_or(&table);
            if !using.iter().map(|word| plain(word.text)).any(|word| word == column || word == row) {
                return vec![What::Forgets { table, column, to }];
            }
            let by = using::loss(&using).or_else(|| Some((operators::lost_by(&using, &to)?, true)));
            let through = using::casts(&using);
            let zones = using.windows(3).filter(|some| starts(some, &["at", "time", "zone"])).count();
            let cuts = What::Cuts { table: table.clone(), column: column.clone(), to: to.clone(), by, through, zones };
            vec![cuts, What::ChangeType { table, column, to }]
        }
        Some(AlterColumnOption::SetNotNull(_)) => vec![What::SetNotNull { table, column }],
        Some(AlterColumnOption::SetExpression(_)) => vec![What::Rewrite { table, by: "set expression" }],
        _ => Vec::new(),
    }
}

fn type_of(ty: Option<&squawk_syntax::ast::Type>) -> String {
    ty.map(|ty| spelled(&ty.syntax().text().to_string())).unwrap_or_default()
}
