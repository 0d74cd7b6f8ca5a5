//! Many rows in one statement, and rows of many columns. What is written is one parameter, a JSON list, so that the text is the same
//! however many rows there are, and SQLite need not walk over hundreds of parameters for each that it binds. What is read is one column,
//! a JSON object: sqlx makes a description and a value of its own of each column of each row.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CentralEngine, Conn};
use crate::error::{Error, Result};

/// Rows of one list: more are several.
pub(crate) const MOST: usize = 500;

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Holds {
    Text,
    Number,
}

/// The rows of the list `$1` in the place of a table, in their order, under the name `j`. A column is a field of what
/// [`list`] was given.
pub(crate) fn rows(conn: &Conn, columns: &[(&str, Holds)]) -> String {
    let each = |column: &dyn Fn(&(&str, Holds)) -> String| columns.iter().map(column).collect::<Vec<_>>().join(", ");
    match CentralEngine::of(conn) {
        CentralEngine::Postgres => {
            let columns = each(&|(name, holds)| match holds {
                Holds::Text => format!("{name} text"),
                Holds::Number => format!("{name} bigint"),
            });
            format!("jsonb_to_recordset(cast($1 as jsonb)) as j({columns})")
        }
        CentralEngine::Sqlite => {
            format!("(select {} from json_each($1)) as j", each(&|(name, _)| format!("value ->> '{name}' as {name}")))
        }
    }
}

/// What is bound to `$1`.
pub(crate) fn list<T: Serialize>(rows: &[T]) -> Result<String> {
    serde_json::to_string(rows).map_err(Error::internal)
}

/// A row as one column, which [`read`] reads: the fields by their names, each with its expression.
pub(crate) fn whole(conn: &Conn, fields: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("'{name}', {value}")).collect();
    let fields = fields.join(", ");
    match CentralEngine::of(conn) {
        CentralEngine::Postgres => format!("cast(json_build_object({fields}) as text)"),
        CentralEngine::Sqlite => format!("json_object({fields})"),
    }
}

pub(crate) fn read<T: DeserializeOwned>(row: &str) -> Result<T> {
    serde_json::from_str(row).map_err(Error::internal)
}
