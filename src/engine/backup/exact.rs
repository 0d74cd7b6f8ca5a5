//! Whether every number of a MySQL or MariaDB database is in its backup as it is. The server writes a FLOAT with six digits, whoever asks
//! for it as text, and the program that makes a backup asks so.

use std::collections::BTreeMap;

use crate::engine::{Category, Connection, Engine, Failure, quote};

/// So many are named.
const NAMED: usize = 5;

/// What a backup of a database has not as it is, or not so that Neo could restore it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flaws {
    /// Columns (`table.column`) of which some values are in it with fewer digits than they have.
    pub rounded: Vec<String>,
    /// Something in it that was made under another character set than UTF-8.
    pub foreign: Option<String>,
}

impl Flaws {
    pub(super) async fn of(conn: &mut Connection) -> Result<Self, Failure> {
        Ok(Self { rounded: rounded(conn).await?, foreign: foreign(conn).await? })
    }

    /// Refuses a copy, or a last backup, that would not be what was there.
    pub fn refuse(&self) -> Result<(), Failure> {
        if let Some(first) = self.rounded.first() {
            let table = first.split('.').next().unwrap_or_default();
            let more = self.rounded.len().saturating_sub(NAMED);
            let mut named = self.rounded[..self.rounded.len() - more].join(", ");
            if more > 0 {
                named.push_str(&format!(" and {more} more"));
            }
            return Err(Failure::new(Category::Checksum, "numbers in it would come back rounded")
                .detail(format!("{named}: the server writes a FLOAT with six digits, and some values there have more"))
                .hint(format!(
                    "have those columns of {table} made double, which keeps every value, by a migration (alter table … modify … double); then try again"
                )));
        }
        match &self.foreign {
            Some(found) => Err(Failure::new(
                Category::Checksum,
                "something in it was made under another character set than UTF-8",
            )
            .detail(format!(
                "{found}: letters of it are in a backup as that character set has them, and Neo restores what is UTF-8"
            ))
            .hint("have it made anew after `set names utf8mb4`; then try again")),
            None => Ok(()),
        }
    }
}

/// Columns that hold numbers with a point, and whether past rows are kept. What is computed is written by no backup.
const COLUMNS: &str = "select cast(json_array(c.table_name, c.column_name, c.data_type, t.table_type) as char) \
    from information_schema.columns c join information_schema.tables t \
    on t.table_schema = c.table_schema and t.table_name = c.table_name \
    where c.table_schema = database() and c.data_type in ('float', 'double') and c.extra not like '%GENERATED%' \
    and t.table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by 1";

/// The columns (`table.column`) of which some value would come back as another one; none where there are none.
async fn rounded(conn: &mut Connection) -> Result<Vec<String>, Failure> {
    let mut tables: BTreeMap<(String, bool), Vec<(String, String)>> = BTreeMap::new();
    for row in conn.texts(COLUMNS).await?.into_iter().flatten() {
        let (table, column, kind, keeps): (String, String, String, String) = serde_json::from_str(&row)
            .map_err(|e| Failure::new(Category::Other, format!("nobody can read which columns there are: {e}")))?;
        tables.entry((table, keeps == "SYSTEM VERSIONED")).or_default().push((column, kind));
    }
    let mut found = Vec::new();
    for ((table, keeps), columns) in tables {
        let changed = columns.iter().map(|(column, kind)| format!("coalesce(max({}), 0)", changed(column, kind)));
        let sql = format!(
            "select cast(concat_ws(',', {}) as char) from {}{}",
            changed.collect::<Vec<_>>().join(", "),
            quote(Engine::Mysql, &table),
            if keeps { " for system_time all" } else { "" }
        );
        let said = conn.texts(&sql).await?.into_iter().flatten().next().unwrap_or_default();
        let named = said.split(',').zip(&columns).filter(|(is_one, _)| *is_one == "1");
        found.extend(named.map(|(_, (column, _))| format!("{table}.{column}")));
    }
    Ok(found)
}

/// Something (`trigger counted`) that was made under another character set than UTF-8, with letters beyond ASCII: of some texts a
/// script has the bytes as they were, and Neo restores no script that is not UTF-8; others are in UTF-8 there, and are read as if they
/// were not.
async fn foreign(conn: &mut Connection) -> Result<Option<String>, Failure> {
    let of = |kind: &str, name: &str, texts: &str, from: &str, place: &str| {
        format!(
            "select cast(concat({kind}, ' ', {name}) as char) as thing from {from} where {place} = database() \
             and character_set_client not like 'utf8%' and length(concat_ws(' ', {texts})) <> char_length(concat_ws(' ', {texts}))"
        )
    };
    let all = [
        of(
            "lower(routine_type)",
            "routine_name",
            "routine_name, routine_definition, routine_comment, r.dtd_identifier",
            "information_schema.routines r",
            "routine_schema",
        ),
        of(
            "lower(r.routine_type)",
            "routine_name",
            "parameter_name, p.dtd_identifier",
            "information_schema.parameters p join information_schema.routines r on r.routine_schema = p.specific_schema \
             and r.specific_name = p.specific_name and r.routine_type = p.routine_type",
            "specific_schema",
        ),
        of(
            "'trigger'",
            "trigger_name",
            "trigger_name, event_object_table, action_statement",
            "information_schema.triggers",
            "event_object_schema",
        ),
        of(
            "'event'",
            "event_name",
            "event_name, event_definition, event_comment",
            "information_schema.events",
            "event_schema",
        ),
        of("'view'", "table_name", "table_name, view_definition", "information_schema.views", "table_schema"),
    ];
    let sql = format!("select thing from ({}) things order by 1 limit 1", all.join(" union all "));
    Ok(conn.texts(&sql).await?.into_iter().flatten().next())
}

/// Whether the text of a value is read as another one: a DOUBLE's as any other number; a FLOAT's as one that is further away than half of
/// what its last bit is worth.
fn changed(column: &str, kind: &str) -> String {
    let column = quote(Engine::Mysql, column);
    match kind {
        "double" => format!("concat({column}) + 0e0 <> {column}"),
        // Below a power of two the values lie twice as close.
        _ => {
            let size = format!("floor(log2(abs({column})))");
            format!(
                "{column} <> 0 and abs((concat({column}) + 0e0) - ({column} + 0e0)) >= \
                 pow(2, {size} - 24 - (abs({column}) = pow(2, {size})))"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_named_and_the_way_out_is_said() {
        assert!(Flaws::default().refuse().is_ok());
        let rounded = (0..7).map(|n| format!("t.c{n}")).collect();
        let failure = Flaws { rounded, foreign: None }.refuse().unwrap_err();
        assert!(failure.detail.unwrap().starts_with("t.c0, t.c1, t.c2, t.c3, t.c4 and 2 more: "));
        assert!(failure.hint.unwrap().command().contains("double"));
    }
}
