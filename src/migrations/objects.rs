//! What scripts leave behind, as far as their text tells: tables and columns. A statement that the parser does not know is
//! passed over.

use std::collections::BTreeMap;

use super::Migration;
use crate::engine::Engine;
use crate::engine::acts::{self, Act, Made, What};

/// `table contacts`, `column contacts.email`: each with the label of the migration that made it, once all of these have run
/// in order.
pub(super) fn left_by<'a>(engine: Engine, migrations: impl Iterator<Item = &'a Migration>) -> BTreeMap<String, String> {
    let (mut objects, mut made) = (BTreeMap::new(), Made::default());
    for migration in migrations {
        let Some(script) = migration.on(engine) else { continue };
        for act in acts::of(engine, &script.up.sql, &mut made) {
            apply(&mut objects, &migration.label(), &act);
        }
    }
    objects
}

fn apply(objects: &mut BTreeMap<String, String>, label: &str, act: &Act) {
    match &act.what {
        // What may not have come to pass is asked of nobody.
        What::CreateTable { .. } | What::AddColumn { .. } if act.maybe => {}
        What::CreateTable { table, columns, temporary: false } => {
            for (column, _) in columns {
                objects.insert(column_of(last(table), column), label.to_owned());
            }
            objects.insert(format!("table {}", last(table)), label.to_owned());
        }
        What::DropTable { table, .. } => forget(objects, last(table)),
        What::AddColumn { table, column } => {
            objects.insert(column_of(last(table), &column.name), label.to_owned());
        }
        What::DropColumn { table, column, .. } => {
            objects.remove(&column_of(last(table), column));
        }
        What::RenameColumn { table, column, to } => {
            objects.remove(&column_of(last(table), column));
            objects.insert(column_of(last(table), to), label.to_owned());
        }
        What::RenameTable { table, to } => {
            let (table, to) = (last(table), last(to));
            let columns: Vec<String> = columns_of(objects, table).map(str::to_owned).collect();
            forget(objects, table);
            for column in columns {
                objects.insert(column_of(to, &column), label.to_owned());
            }
            objects.insert(format!("table {to}"), label.to_owned());
        }
        _ => {}
    }
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
    format!("column {table}.{column}")
}

/// Without the schema it may be written with: a tenant has one.
fn last(table: &str) -> &str {
    table.rsplit('.').next().unwrap_or(table)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::migrations::Set;

    #[test]
    fn what_a_block_may_have_made_is_expected_of_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let up = "create table a (id int); create table z (id int);\n\
                  do $$ begin create table b (id int); alter table a add column c int; drop table z; end $$;";
        fs::write(folder.path().join("20260101000001_a.up.sql"), up).expect("a file");
        let set = Set::read(folder.path()).expect("a set");
        let left: Vec<_> = left_by(Engine::Postgres, set.migrations.iter()).into_keys().collect();
        assert_eq!(left, ["column a.id", "table a"]);
    }
}
