//! What scripts leave behind, as far as their text tells: tables and columns. A statement that the parser does not know is
//! passed over.

use std::collections::BTreeMap;

use sqlparser::ast::{AlterTableOperation, ObjectName, ObjectType, RenameTableNameKind, Statement};

use super::{Migration, findings};
use crate::engine::{self, Engine};

/// `table contacts`, `column contacts.email`: each with the label of the migration that made it, once all of these have run
/// in order.
pub(super) fn left_by<'a>(engine: Engine, migrations: impl Iterator<Item = &'a Migration>) -> BTreeMap<String, String> {
    let mut objects = BTreeMap::new();
    for migration in migrations {
        let Some(script) = migration.on(engine) else { continue };
        let label = migration.label();
        for statement in engine::statements(engine, &script.up.sql) {
            for parsed in findings::parse(engine, statement.sql) {
                apply(&mut objects, &label, &parsed);
            }
        }
    }
    objects
}

fn apply(objects: &mut BTreeMap<String, String>, label: &str, statement: &Statement) {
    match statement {
        Statement::CreateTable(create) if !create.temporary => {
            let table = last(&create.name);
            for column in &create.columns {
                objects.insert(column_of(&table, &column.name.value), label.to_owned());
            }
            objects.insert(format!("table {table}"), label.to_owned());
        }
        Statement::Drop { object_type: ObjectType::Table, names, .. } => {
            names.iter().map(last).for_each(|table| forget(objects, &table));
        }
        Statement::AlterTable(alter) => {
            let mut table = last(&alter.name);
            for operation in &alter.operations {
                table = altered(objects, label, table, operation);
            }
        }
        _ => {}
    }
}

/// The table's name afterwards.
fn altered(
    objects: &mut BTreeMap<String, String>,
    label: &str,
    table: String,
    operation: &AlterTableOperation,
) -> String {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => {
            objects.insert(column_of(&table, &column_def.name.value), label.to_owned());
        }
        AlterTableOperation::DropColumn { column_names, .. } => {
            column_names.iter().for_each(|column| drop(objects.remove(&column_of(&table, &column.value))));
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            objects.remove(&column_of(&table, &old_column_name.value));
            objects.insert(column_of(&table, &new_column_name.value), label.to_owned());
        }
        AlterTableOperation::ChangeColumn { old_name, new_name, .. } => {
            objects.remove(&column_of(&table, &old_name.value));
            objects.insert(column_of(&table, &new_name.value), label.to_owned());
        }
        AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::To(name) | RenameTableNameKind::As(name),
        } => {
            let renamed = last(name);
            let columns: Vec<String> = columns_of(objects, &table).map(str::to_owned).collect();
            forget(objects, &table);
            for column in columns {
                objects.insert(column_of(&renamed, &column), label.to_owned());
            }
            objects.insert(format!("table {renamed}"), label.to_owned());
            return renamed;
        }
        _ => {}
    }
    table
}

fn forget(objects: &mut BTreeMap<String, String>, table: &str) {
    objects.remove(&format!("table {table}"));
    let prefix = column_of(table, "");
    objects.retain(|object, _| !object.starts_with(&prefix));
}

fn columns_of<'a>(objects: &'a BTreeMap<String, String>, table: &str) -> impl Iterator<Item = &'a str> {
    let prefix = column_of(table, "");
    objects.keys().filter_map(move |object| object.strip_prefix(&prefix))
}

fn column_of(table: &str, column: &str) -> String {
    format!("column {table}.{}", column.to_ascii_lowercase())
}

/// Without the schema it may be written with: a tenant has one.
fn last(name: &ObjectName) -> String {
    let ident = name.0.last().and_then(|part| part.as_ident());
    ident.map(|ident| ident.value.to_ascii_lowercase()).unwrap_or_default()
}
