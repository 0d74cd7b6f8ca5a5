//! MySQL and SQLite, by sqlparser. It gives no place within a statement: an act is where its statement begins.

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, ObjectName, ObjectType, RenameTableNameKind,
    Statement, TableConstraint,
};
use sqlparser::dialect::{Dialect, MySqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};

use super::alter;
use super::reading::Reading;
use super::words::{self, Word};
use super::{Act, Column, Constraint, Fill, GaveUp, What, plain, spelled};
use crate::engine::Engine;

pub(super) fn acts(engine: Engine, sql: &str, words: &[Word<'_>]) -> Result<Vec<Act>, GaveUp> {
    if let Some(found) = pragma(engine, words) {
        return Ok(found.into_iter().map(|what| Act::at(0, what)).collect());
    }
    let sql = words::without_conditions(engine, sql);
    match parsed(engine, &sql) {
        Ok(whats) => Ok(whats.into_iter().map(|what| Act::at(0, what)).collect()),
        Err(error) => {
            alter::altered(engine, &sql, words, |operation| parsed(engine, operation).ok()).ok_or_else(|| {
                let text = error.to_string();
                let why =
                    text.trim_start_matches("sql parser error: ").split(" at Line").next().unwrap_or(&text).to_owned();
                GaveUp { offset: 0, why }
            })
        }
    }
}

fn parsed(engine: Engine, sql: &str) -> Result<Vec<What>, ParserError> {
    let dialect: &dyn Dialect = match engine {
        Engine::Mysql => &MySqlDialect {},
        Engine::Sqlite | Engine::Postgres => &SQLiteDialect {},
    };
    Ok(Parser::parse_sql(dialect, sql)?.iter().flat_map(whats).collect())
}

/// What a pragma does; the parser knows few of their values.
fn pragma(engine: Engine, words: &[Word<'_>]) -> Option<Option<What>> {
    let mut reading = Reading::new(words);
    (engine == Engine::Sqlite && reading.eat(&["pragma"])).then_some(())?;
    let name = reading.name().unwrap_or_default();
    let pragma = name.rsplit('.').next().unwrap_or_default().to_owned();
    // SQLite refuses these, or does nothing, while a transaction is open.
    let unheeded = ["journal_mode", "synchronous"];
    let is_set = reading.eat(&["=", "("]);
    Some((is_set && unheeded.contains(&pragma.as_str())).then_some(What::PragmaInTransaction { pragma }))
}

fn whats(statement: &Statement) -> Vec<What> {
    match statement {
        Statement::CreateTable(create) => {
            let columns = create.columns.iter().map(|c| (plain(&c.name.value), spelled(&c.data_type.to_string())));
            let (table, temporary) = (name(&create.name), create.temporary);
            let replaced =
                (create.or_replace && !temporary).then(|| What::DropTable { table: table.clone(), if_exists: false });
            replaced.into_iter().chain([What::CreateTable { table, columns: columns.collect(), temporary }]).collect()
        }
        Statement::Drop { object_type: ObjectType::Table, names, temporary: false, if_exists, .. } => {
            names.iter().map(|n| What::DropTable { table: name(n), if_exists: *if_exists }).collect()
        }
        Statement::Drop { object_type: ObjectType::Table, names, temporary: true, .. } => {
            names.iter().map(|n| What::DropTemporary { table: name(n) }).collect()
        }
        Statement::Drop { object_type: ObjectType::Schema | ObjectType::Database, names, .. } => {
            names.iter().map(|n| What::DropDatabase { database: name(n) }).collect()
        }
        Statement::Drop { object_type: ObjectType::Index, names, .. } => {
            names.iter().map(|n| What::DropIndex { index: name(n), concurrently: false }).collect()
        }
        Statement::Truncate(truncate) => {
            truncate.table_names.iter().map(|t| What::Truncate { table: name(&t.name) }).collect()
        }
        Statement::AlterTable(alter) => {
            let mut table = name(&alter.name);
            let mut whats = Vec::new();
            for operation in &alter.operations {
                whats.extend(altered(&table, operation));
                if let Some(What::RenameTable { to, .. }) = whats.last() {
                    table = to.clone();
                }
            }
            whats
        }
        Statement::RenameTable(renames) => renames
            .iter()
            .map(|rename| What::RenameTable { table: name(&rename.old_name), to: name(&rename.new_name) })
            .collect(),
        Statement::CreateIndex(create) => {
            vec![What::CreateIndex { table: name(&create.table_name), concurrently: false }]
        }
        Statement::StartTransaction { .. } => vec![What::TransactionControl { word: "begin" }],
        Statement::Commit { .. } => vec![What::TransactionControl { word: "commit" }],
        Statement::Rollback { savepoint: None, .. } => vec![What::TransactionControl { word: "rollback" }],
        Statement::Vacuum(_) => vec![What::OutsideTransaction { statement: "vacuum" }],
        _ => Vec::new(),
    }
}

fn altered(table: &str, operation: &AlterTableOperation) -> Vec<What> {
    let table = table.to_owned();
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            vec![What::AddColumn { table, column: column(column_def) }]
        }
        AlterTableOperation::DropColumn { column_names, if_exists, .. } => column_names
            .iter()
            .map(|c| What::DropColumn { table: table.clone(), column: plain(&c.value), if_exists: *if_exists })
            .collect(),
        AlterTableOperation::AlterColumn { column_name, op: AlterColumnOperation::SetDataType { data_type, .. } } => {
            vec![What::ChangeType { table, column: plain(&column_name.value), to: spelled(&data_type.to_string()) }]
        }
        AlterTableOperation::ModifyColumn { col_name, data_type, options, .. } => {
            let column = plain(&col_name.value);
            changed(table, column, spelled(&data_type.to_string()), options)
        }
        AlterTableOperation::ChangeColumn { old_name, new_name, data_type, options, .. } => {
            let (column, to) = (plain(&old_name.value), plain(&new_name.value));
            let mut whats = changed(table.clone(), column.clone(), spelled(&data_type.to_string()), options);
            if column != to {
                whats.push(What::RenameColumn { table, column, to });
            }
            whats
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            vec![What::RenameColumn { table, column: plain(&old_column_name.value), to: plain(&new_column_name.value) }]
        }
        AlterTableOperation::RenameTable { table_name } => {
            let (RenameTableNameKind::As(to) | RenameTableNameKind::To(to)) = table_name;
            vec![What::RenameTable { table, to: name(to) }]
        }
        AlterTableOperation::AddConstraint { constraint, .. } => {
            let (kind, given) = match constraint {
                TableConstraint::ForeignKey(key) => (Constraint::ForeignKey, key.name.as_ref()),
                // What nobody enforces reads nothing.
                TableConstraint::Check(check) if check.enforced == Some(false) => return Vec::new(),
                TableConstraint::Check(check) => (Constraint::Check, check.name.as_ref()),
                TableConstraint::Unique(unique) => (Constraint::Unique, unique.name.as_ref()),
                TableConstraint::PrimaryKey(key) => (Constraint::PrimaryKey, key.name.as_ref()),
                _ => return Vec::new(),
            };
            let name = given.map(|ident| plain(&ident.value));
            vec![What::AddConstraint { table, name, kind, not_valid: false }]
        }
        AlterTableOperation::DropPrimaryKey { .. } => vec![What::Rewrite { table, by: "drop primary key" }],
        _ => Vec::new(),
    }
}

fn changed(table: String, column: String, to: String, options: &[ColumnOption]) -> Vec<What> {
    let required = options.iter().any(|option| matches!(option, ColumnOption::NotNull));
    let not_null = required.then(|| What::SetNotNull { table: table.clone(), column: column.clone() });
    [What::ChangeType { table, column, to }].into_iter().chain(not_null).collect()
}

fn column(definition: &ColumnDef) -> Column {
    let mut column = Column {
        name: plain(&definition.name.value),
        ty: spelled(&definition.data_type.to_string()),
        ..Column::default()
    };
    for option in &definition.options {
        match &option.option {
            ColumnOption::NotNull => column.not_null = true,
            ColumnOption::Default(_) => column.fill = Fill::Constant,
            ColumnOption::Generated { .. } => column.fill = Fill::Constant,
            ColumnOption::PrimaryKey(_) | ColumnOption::Unique(_) => column.is_key = true,
            ColumnOption::ForeignKey(_) | ColumnOption::Check(_) => column.is_checked = true,
            _ => {}
        }
    }
    column
}

fn name(name: &ObjectName) -> String {
    plain(&name.to_string())
}
