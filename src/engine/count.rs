//! How many rows every table of a tenant has, as its own login counts them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::alike::by_the_servers_names;
use super::{Category, Connection, Engine, Failure};

/// All tables of a database are counted within this time, or the count ends.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Tables that hold rows themselves, in quotes, and how each is read whole. What an extension has made is the extension's.
const OF_POSTGRES: &str = "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' \
    and n.nspname !~ '^pg_' and not exists (select from pg_catalog.pg_depend d \
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e') order by 1";
/// With the past rows of those that keep them.
const OF_MYSQL: &str = "select cast(concat('`', replace(table_name, '`', '``'), '`', \
    if(table_type = 'SYSTEM VERSIONED', ' for system_time all', '')) as char) from information_schema.tables \
    where table_schema = database() and table_type in ('BASE TABLE', 'SYSTEM VERSIONED') order by 1";
const OF_SQLITE: &str = "select '\"' || replace(name, '\"', '\"\"') || '\"' from sqlite_master where type = 'table' \
    and name not like 'sqlite~_%' escape '~' and name <> '_neo_marker' and sql not like 'create virtual %' order by 1";

/// The rows of each table, by its name in quotes. The session is asked nothing else afterwards.
pub(crate) async fn counts(conn: &mut Connection) -> Result<BTreeMap<String, i64>, Failure> {
    by_the_servers_names(conn).await?;
    let until = Instant::now() + LONGEST;
    let (tables, as_text) = match conn.engine() {
        Engine::Postgres => (OF_POSTGRES, "count(*)::text"),
        Engine::Mysql => (OF_MYSQL, "cast(count(*) as char)"),
        Engine::Sqlite => (OF_SQLITE, "cast(count(*) as text)"),
    };
    let mut counts = BTreeMap::new();
    for table in within(until, conn.texts(tables)).await?.into_iter().flatten() {
        let sql = format!("select {as_text} from {table}");
        let said = within(until, conn.texts(&sql)).await?;
        let count = said.into_iter().flatten().next().and_then(|text| text.parse().ok());
        let count =
            count.ok_or_else(|| Failure::new(Category::Other, format!("nobody says how many rows {table} has")))?;
        counts.insert(table, count);
    }
    Ok(counts)
}

async fn within<T>(until: Instant, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout_at(until, asked).await.unwrap_or_else(|_| {
        Err(Failure::new(Category::Timeout, format!("the rows were not counted within {} min", LONGEST.as_secs() / 60)))
    })
}

/// In which tables, and by how many rows, one database is not the other; in the order of their names.
pub(crate) fn miscounted(was: &BTreeMap<String, i64>, is_now: &BTreeMap<String, i64>) -> Vec<String> {
    let all: std::collections::BTreeSet<_> = was.keys().chain(is_now.keys()).collect();
    let told = |table: &String| match (was.get(table), is_now.get(table)) {
        (Some(was), Some(now)) if was == now => None,
        (Some(was), Some(now)) => Some(format!("{table} has {now} rows, and had {was}")),
        (Some(was), None) => Some(format!("{table} is not there, and had {was} rows")),
        (None, now) => Some(format!("{table} has {} rows, and was not there", now.copied().unwrap_or_default())),
    };
    all.into_iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_same_is_told_by_its_table() {
        let of = |rows: &[(&str, i64)]| rows.iter().map(|(table, n)| ((*table).to_owned(), *n)).collect();
        let (was, now): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (of(&[("a", 1), ("b", 2), ("c", 3)]), of(&[("a", 1), ("b", 4), ("d", 5)]));
        assert_eq!(
            miscounted(&was, &now),
            ["b has 4 rows, and had 2", "c is not there, and had 3 rows", "d has 5 rows, and was not there"]
        );
        assert!(miscounted(&was, &was).is_empty());
    }
}
