//! Remarks on a script before it runs. A statement that the parser does not know is passed over, never an error.

use std::collections::HashSet;

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnOption, CreateIndex, Delete, FromTable, ObjectName, ObjectType,
    Statement,
};
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::{Finding, Script};
use crate::engine::{self, Engine};

pub(super) fn of(script: &Script, engine: Engine) -> Vec<Finding> {
    let mut findings = Vec::new();
    let statements = engine::statements(engine, &script.up.sql);

    if statements.is_empty() {
        findings.push(finding("empty", None, "the file holds no statement".into()));
    }
    // What this file creates is empty: nothing there can be lost, rewritten or waited for.
    let mut new_tables = HashSet::new();
    for statement in &statements {
        for parsed in parse(engine, statement.sql) {
            if let Statement::CreateTable(table) = &parsed {
                new_tables.insert(name(&table.name));
            }
            for (rule, message) in remarks(engine, &parsed, &new_tables) {
                findings.push(finding(rule, Some(statement.line), message));
            }
        }
    }
    if engine == Engine::Mysql && statements.len() > 1 {
        let message = format!(
            "not atomic on MySQL: should one of the {} statements fail, those before it stay",
            statements.len()
        );
        findings.push(finding("not_atomic", None, message));
    } else if script.up.no_transaction && engine != Engine::Mysql {
        findings.push(finding(
            "no_transaction",
            Some(1),
            "runs outside a transaction: a failure leaves what was done".into(),
        ));
    }
    match &script.down {
        None => findings.push(finding("no_down", None, "there is no down file: it cannot be rolled back".into())),
        Some(down) => {
            let statements = engine::statements(engine, &down.sql);
            if statements.is_empty() {
                findings.push(finding("empty_down", None, "the down file holds no statement".into()));
            }
            let lost: Vec<_> = statements
                .iter()
                .flat_map(|s| parse(engine, s.sql))
                .flat_map(|s| remarks(engine, &s, &HashSet::new()))
                .filter(|(rule, _)| loses_data(rule))
                .map(|(_, message)| message)
                .collect();
            if !lost.is_empty() {
                findings.push(finding("data_loss_in_down", None, format!("rolling back {}", lost.join(", "))));
            }
        }
    }
    findings
}

fn loses_data(rule: &str) -> bool {
    matches!(rule, "drop_table" | "drop_column" | "truncate" | "delete_without_where")
}

fn remarks(engine: Engine, statement: &Statement, new_tables: &HashSet<String>) -> Vec<(&'static str, String)> {
    match statement {
        Statement::Drop { object_type: ObjectType::Table, names, temporary: false, .. } => {
            names.iter().map(|n| ("drop_table", format!("drops the table {}", name(n)))).collect()
        }
        Statement::Truncate(truncate) => {
            truncate.table_names.iter().map(|t| ("truncate", format!("empties the table {}", name(&t.name)))).collect()
        }
        Statement::Delete(Delete { selection: None, from, .. }) => {
            let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = from;
            let names: Vec<_> = tables.iter().map(|t| t.relation.to_string()).collect();
            vec![("delete_without_where", format!("deletes every row of {}", names.join(", ")))]
        }
        Statement::AlterTable(alter) if !new_tables.contains(&name(&alter.name)) => {
            let table = name(&alter.name);
            alter.operations.iter().flat_map(|operation| altered(engine, &table, operation)).collect()
        }
        Statement::CreateIndex(CreateIndex { table_name, concurrently: false, .. })
            if engine == Engine::Postgres && !new_tables.contains(&name(table_name)) =>
        {
            let table = name(table_name);
            vec![(
                "index_locks_writes",
                format!("writes to {table} wait while the index is built (CONCURRENTLY lets them through)"),
            )]
        }
        _ => Vec::new(),
    }
}

fn altered(engine: Engine, table: &str, operation: &AlterTableOperation) -> Vec<(&'static str, String)> {
    match operation {
        AlterTableOperation::DropColumn { column_names, .. } => column_names
            .iter()
            .map(|column| ("drop_column", format!("drops the column {table}.{}", column.value)))
            .collect(),
        AlterTableOperation::AlterColumn { column_name, op: AlterColumnOperation::SetDataType { .. } } => {
            vec![rewrite(table, &column_name.value)]
        }
        AlterTableOperation::AlterColumn { column_name, op: AlterColumnOperation::SetNotNull }
            if engine == Engine::Postgres =>
        {
            vec![(
                "scans_table",
                format!("reads all of {table} under a full lock to prove {} not null", column_name.value),
            )]
        }
        AlterTableOperation::ModifyColumn { col_name, .. } => vec![rewrite(table, &col_name.value)],
        AlterTableOperation::ChangeColumn { old_name, .. } => vec![rewrite(table, &old_name.value)],
        AlterTableOperation::AddColumn { column_def, .. } => {
            let has = |wanted: fn(&ColumnOption) -> bool| column_def.options.iter().any(|o| wanted(&o.option));
            let is_required = has(|o| matches!(o, ColumnOption::NotNull));
            let is_filled = has(|o| matches!(o, ColumnOption::Default(_) | ColumnOption::Generated { .. }));
            // MySQL fills in a default of its own.
            if is_required && !is_filled && engine != Engine::Mysql {
                let column = &column_def.name.value;
                vec![(
                    "not_null_without_default",
                    format!("{table}.{column} is not null without a default: fails where there are rows"),
                )]
            } else {
                Vec::new()
            }
        }
        AlterTableOperation::RenameColumn { old_column_name, .. } => {
            vec![(
                "rename",
                format!("renames {table}.{}: code that runs now still asks for the old name", old_column_name.value),
            )]
        }
        AlterTableOperation::RenameTable { .. } => {
            vec![("rename", format!("renames the table {table}: code that runs now still asks for the old name"))]
        }
        _ => Vec::new(),
    }
}

fn rewrite(table: &str, column: &str) -> (&'static str, String) {
    ("rewrites_table", format!("changes the type of {table}.{column}: may rewrite the table under a full lock"))
}

pub(super) fn parse(engine: Engine, sql: &str) -> Vec<Statement> {
    let dialect: &dyn Dialect = match engine {
        Engine::Postgres => &PostgreSqlDialect {},
        Engine::Mysql => &MySqlDialect {},
        Engine::Sqlite => &SQLiteDialect {},
    };
    Parser::parse_sql(dialect, sql).unwrap_or_default()
}

/// As it is written, without quotes: `contacts`, `public.contacts`.
fn name(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(|part| part.as_ident());
    parts.map(|ident| ident.value.to_ascii_lowercase()).collect::<Vec<_>>().join(".")
}

fn finding(rule: &str, line: Option<u32>, message: String) -> Finding {
    Finding { rule: rule.into(), message, line }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
