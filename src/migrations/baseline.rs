//! Taking over from another tool: what its table says has been applied becomes the ledger's beginning, once the objects
//! those migrations make are found there. The other tool's tables are left alone.

use std::collections::BTreeSet;
use std::time::Duration;

pub use neo_model::Record;
use neo_model::Version;

use super::ledger::{self, Row};
use super::{Migration, Set, apply, make, objects};
use crate::engine::{self, Category, Connection, Engine, Failure, Proof};

/// What a database has, and what its ledger is still to be told.
#[derive(Debug, Clone)]
pub struct Baseline {
    pub record: Record,
    /// Versions that knex has applied and the ledger does not know.
    pub missing: Vec<i64>,
    /// The ledger as it will be.
    pub ledger: Vec<Row>,
    /// What a run would apply then, or why it would refuse.
    pub pending: Result<usize, Failure>,
    has_ledger: bool,
}

/// Reads both records and compares them with the files. Refuses, naming it, what no file stands for, what is not there
/// although it is said to be, and a knex that is at work.
pub async fn survey(conn: &mut Connection, set: &Set) -> Result<Baseline, Failure> {
    let engine = conn.engine();
    let found = ledger::find(conn).await?;
    let has_ledger = found.is_some();
    let mut rows = found.unwrap_or_default();
    let mut record = if rows.is_empty() { Record::None } else { Record::Ledger };
    let mut missing = Vec::new();
    if let Some(names) = knex(conn).await? {
        let applied = names.iter().map(|name| known(set, engine, name)).collect::<Result<Vec<_>, _>>()?;
        let new: Vec<_> = applied.into_iter().filter(|m| rows.iter().all(|row| row.version != m.version)).collect();
        if !new.is_empty() {
            record = Record::Knex;
            missing.extend(new.iter().map(|m| m.version));
            rows.extend(new.iter().filter_map(|m| Some(Row::applied(m, &m.on(engine)?.up, Duration::ZERO))));
            rows.sort_by_key(|row| row.version);
            missing.sort_unstable();
            all_there(conn, set, &rows).await?;
        }
    }
    let pending = apply::pending(set, engine, &rows);
    // What Neo or sqlx wrote is taken as it is; it is for a run to refuse. But nothing wrong is written down anew.
    if let (false, Err(failure)) = (missing.is_empty(), &pending) {
        return Err(failure.clone());
    }
    Ok(Baseline { record, missing, ledger: rows, pending, has_ledger })
}

/// Writes what is missing into the ledger, under the migration lock; what is there by then is read anew.
pub async fn write(conn: &mut Connection, set: &Set, deadline: Duration) -> Result<Baseline, Failure> {
    conn.proved(&Proof::default()).await?;
    conn.lock(deadline).await?;
    let written = async {
        let baseline = survey(conn, set).await?;
        let missing = baseline.missing.iter().filter_map(|version| set.find(*version));
        let entries: Vec<_> = missing
            .filter_map(|m| Some(ledger::entry(m, &m.on(conn.engine())?.up, false, !baseline.has_ledger)))
            .collect();
        engine::ledger::write(conn, &entries).await?;
        Ok(baseline)
    }
    .await;
    conn.unlock().await;
    written
}

/// The file that a row of knex stands for: the same version, the same name.
fn known<'a>(set: &'a Set, engine: Engine, name: &str) -> Result<&'a Migration, Failure> {
    let stem = [".js", ".ts", ".mjs", ".cjs", ".sql"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let label = in_our_way(stem);
    let found = set.migrations.iter().find(|m| m.label() == label && m.on(engine).is_some());
    found.ok_or_else(|| {
        let failure = Failure::new(Category::Checksum, format!("knex has applied {name}, and no file stands for it"));
        // The row is the tenant's to write: what is no name of a file is not advised as one.
        if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return failure.hint("mend that row of knex_migrations, or take it away");
        }
        let same = Version::of(stem).and_then(|Version(version)| set.find(version));
        match same {
            Some(other) => failure.hint(format!(
                "{} has that version: rename its files to {label}, if that is what it is",
                other.label()
            )),
            None => failure.hint(format!("bring it over as {}/{label}.up.sql", set.folder.display())),
        }
    })
}

/// `20250201000001_createUsers` as a file is called here: `20250201000001_create_users`.
fn in_our_way(stem: &str) -> String {
    let ours = stem.split_once('_').and_then(|(digits, name)| Some(format!("{digits}_{}", make::snake(name).ok()?)));
    ours.unwrap_or_else(|| stem.to_owned())
}

/// Every table and column that the applied files leave behind must be there.
async fn all_there(conn: &mut Connection, set: &Set, rows: &[Row]) -> Result<(), Failure> {
    let applied = rows.iter().filter_map(|row| set.find(row.version));
    let schema = engine::schema(conn).await?;
    let there: BTreeSet<String> = schema.lines.iter().filter_map(|line| object(line)).collect();
    let mut lost: Vec<_> =
        objects::left_by(conn.engine(), applied).into_iter().filter(|(object, _)| !there.contains(object)).collect();
    // A table that is gone says more than its columns.
    lost.sort_by_key(|(object, _)| !object.starts_with("table "));
    let Some((object, label)) = lost.first() else { return Ok(()) };
    let more = match lost.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    Err(Failure::new(Category::Checksum, format!("{label} is said to be applied, but the {object}{more} is not there"))
        .hint("mend the database, or take the migration's row out of knex_migrations so that it is applied"))
}

/// A line of the schema as the name of a table or column: what [`objects`] speaks of.
fn object(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let kind = words.next().filter(|kind| matches!(*kind, "table" | "column"))?;
    Some(format!("{kind} {}", words.next()?.to_ascii_lowercase()))
}

/// So many rows of knex's table are read and no more: it is the tenant's to write.
const MOST: usize = 10_000;

/// The names in knex's table in the order they were applied; `None` when there is none.
async fn knex(conn: &mut Connection) -> Result<Option<Vec<String>>, Failure> {
    if !is_there(conn, "knex_migrations").await? {
        return Ok(None);
    }
    if is_there(conn, "knex_migrations_lock").await? {
        let locked =
            column(conn, "select cast(is_locked as char(1)) from knex_migrations_lock where is_locked <> 0 limit 1");
        if !locked.await?.is_empty() {
            return Err(Failure::new(Category::Lock, "knex holds its migration lock here (knex_migrations_lock)")
                .hint("is one of the old scripts still running? if it died: update knex_migrations_lock set is_locked = 0"));
        }
    }
    let beginning = match conn.engine() {
        Engine::Postgres => "pg_catalog.left(name, 300)",
        Engine::Mysql => "left(name, 300)",
        Engine::Sqlite => "substr(name, 1, 300)",
    };
    let names =
        column(conn, &format!("select {beginning} from knex_migrations order by id limit {}", MOST + 1)).await?;
    if names.len() > MOST {
        return Err(Failure::new(Category::Checksum, format!("knex_migrations has more than {MOST} rows"))
            .detail("it has one for each migration; so many are not read"));
    }
    Ok(Some(names))
}

async fn is_there(conn: &mut Connection, table: &str) -> Result<bool, Failure> {
    let sql = engine::table_sql(conn.engine(), table);
    Ok(!column(conn, &sql).await?.is_empty())
}

/// The first column, as text, without what is null.
async fn column(conn: &mut Connection, sql: &str) -> Result<Vec<String>, Failure> {
    conn.texts(sql).await.map(|texts| texts.into_iter().flatten().collect())
}
