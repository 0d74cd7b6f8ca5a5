//! Taking over from another tool: what its table says has been applied becomes the ledger's beginning, once the objects
//! those migrations make are found there. The other tool's tables are left alone.

mod knex;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use neo_model::Record;

use super::ledger::{self, Row};
use super::{Migration, Set, apply, objects};
use crate::engine::{self, Category, Connection, Engine, Failure, Proof};
use crate::error::{Advice, Say};

/// What whoever adopts a database says of its past.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The name of knex's table (its `tableName`), where it is not `knex_migrations`.
    pub table: Option<String>,
    /// Nobody has kept a record, and none of the files has been applied.
    pub is_none: bool,
}

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
    /// What else is to be known before it is adopted, in sentences without their full stop.
    pub notes: Vec<String>,
    has_ledger: bool,
    /// The schema (PostgreSQL) that knex's record lies in: what is applied is written down beside it.
    beside: Option<String>,
}

/// Reads both records and compares them with the files. Refuses, naming it, what no file stands for, what is not there
/// although it is said to be, a knex that is at work, and tables of which nobody has kept a record.
pub async fn survey(conn: &mut Connection, set: &Set, past: &Past) -> Result<Baseline, Failure> {
    let engine = conn.engine();
    let found = ledger::find(conn).await?;
    let has_ledger = found.is_some();
    let mut rows = found.unwrap_or_default();
    let knex = knex::applied(conn, past.table.as_deref()).await?;
    let there = Objects::of(conn).await?;
    let mut record = if rows.is_empty() { Record::None } else { Record::Ledger };
    let (mut missing, mut notes) = (Vec::new(), Vec::new());
    match &knex {
        Some(knex) if knex.names.is_empty() && rows.is_empty() && !past.is_none => emptied(&knex.table, &there)?,
        Some(knex) => {
            let mut applied = names::known(set, engine, &knex.names, &knex.table, &mut notes)?;
            applied.retain(|m| rows.iter().all(|row| row.version != m.version));
            if !applied.is_empty() {
                record = Record::Knex;
                missing.extend(applied.iter().map(|m| m.version));
                rows.extend(applied.iter().filter_map(|m| Some(Row::applied(m, &m.on(engine)?.up, Duration::ZERO))));
                rows.sort_by_key(|row| row.version);
                missing.sort_unstable();
                if let Err(lost) = all_there(engine, set, &rows, &there, &knex.table) {
                    return Err(lost.told(conn).await);
                }
            }
        }
        None if past.table.is_some() || (!has_ledger && !past.is_none) => {
            no_record(past.table.as_deref(), &there)?;
        }
        None => {}
    }
    let pending = apply::pending(set, engine, &rows);
    // What Neo or sqlx wrote is taken as it is; it is for a run to refuse. But nothing wrong is written down anew.
    if let (false, Err(failure)) = (missing.is_empty(), &pending) {
        return Err(failure.clone());
    }
    notes.extend(begun(engine, set, &rows, &there.named));
    let beside = knex.and_then(|knex| knex.schema);
    Ok(Baseline { record, missing, ledger: rows, pending, notes, has_ledger, beside })
}

/// Writes what is missing into the ledger, under the migration lock; what is there by then is read anew.
pub async fn write(
    conn: &mut Connection,
    set: &Set,
    past: &Past,
    proof: &Proof,
    deadline: Duration,
) -> Result<Baseline, Failure> {
    conn.proved(proof).await?;
    conn.lock(deadline).await?;
    let written = async {
        let baseline = survey(conn, set, past).await?;
        let missing = baseline.missing.iter().filter_map(|version| set.find(*version));
        let entries: Vec<_> = missing
            .filter_map(|m| Some(ledger::entry(m, &m.on(conn.engine())?.up, false, !baseline.has_ledger)))
            .collect();
        if !baseline.has_ledger {
            conn.keep_ledger_in(baseline.beside.clone());
        }
        engine::ledger::write(conn, &entries).await?;
        Ok(baseline)
    }
    .await;
    conn.unlock().await;
    written
}

/// The tables and columns that are there.
struct Objects {
    /// Those that a name without a schema finds, in the words of [`objects`].
    named: BTreeSet<String>,
    /// The others, each with the schema that it is in.
    others: Vec<(String, String)>,
    /// Of knex's, under whatever name: no line of a schema tells of them.
    records: Vec<String>,
    /// Tables as they are spelt: to be asked for by their name.
    spelt: Vec<String>,
}

impl Objects {
    async fn of(conn: &mut Connection) -> Result<Self, Failure> {
        let schema = engine::schema(conn).await?;
        let path = match conn.engine() {
            Engine::Postgres => Some(knex::path(conn).await?),
            Engine::Mysql | Engine::Sqlite => None,
        };
        Ok(Self { records: schema.records, ..Self::among(&schema.lines, path.as_deref()) })
    }

    /// `path`: where names without a schema are looked for; `None` where there are no schemas.
    fn among(lines: &[String], path: Option<&[String]>) -> Self {
        let (mut named, mut others) = (BTreeSet::new(), Vec::new());
        for (kind, name) in lines.iter().filter_map(|line| object(line)) {
            let Some(path) = path else {
                named.insert(format!("{kind} {name}"));
                continue;
            };
            // What is in `public` is told without it.
            let parts = if kind == "table" { 1 } else { 2 };
            let (schema, bare) = match name.split_once('.').filter(|_| name.matches('.').count() >= parts) {
                Some((schema, bare)) => (schema, bare),
                None => ("public", name.as_str()),
            };
            let object = format!("{kind} {bare}");
            match path.iter().any(|named| named.eq_ignore_ascii_case(schema)) {
                true => drop(named.insert(object)),
                false => others.push((object, schema.to_owned())),
            }
        }
        let spelt = lines.iter().filter_map(|line| line.strip_prefix("table ")?.split(' ').next());
        Self { named, others, records: Vec::new(), spelt: spelt.map(str::to_owned).collect() }
    }

    fn tables(&self) -> impl Iterator<Item = &str> {
        self.named.iter().filter_map(|object| object.strip_prefix("table "))
    }
}

/// A line of the schema as the name of a table or column.
fn object(line: &str) -> Option<(&str, String)> {
    let mut words = line.split(' ');
    let kind = words.next().filter(|kind| matches!(*kind, "table" | "column"))?;
    Some((kind, words.next()?.to_ascii_lowercase()))
}

/// A database with tables begins at nothing only where somebody says so: a run would make them a second time.
fn no_record(table: Option<&str>, there: &Objects) -> Result<(), Failure> {
    // A record has its lock beside it.
    let count = 2 * there.records.len()
        + there.tables().count()
        + there.others.iter().filter(|(name, _)| name.starts_with("table ")).count();
    let message = match table {
        Some(table) => format!("there is no table {table} in it, which is to be knex's record"),
        None if count == 0 => return Ok(()),
        None => format!(
            "there {} in it, and no record of what has been applied: neither _sqlx_migrations nor knex_migrations",
            if count == 1 { "is a table".to_owned() } else { format!("are {count} tables") }
        ),
    };
    // As knex makes the two, whatever they are called; or something like it.
    let is_plain = |table: &&str| table.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let has_lock =
        |table: &&str| there.named.contains(&format!("column {}_lock.is_locked", table.to_ascii_lowercase()));
    let mut like = there.spelt.iter().map(String::as_str).filter(has_lock);
    let like = there.records.iter().map(String::as_str).find(is_plain).or_else(|| like.find(is_plain));
    let message = match like {
        Some(like) => format!("{message} (the table {like} has a lock beside it, as knex's has)"),
        None => message,
    };
    let hint = Advice::from("where knex has kept it in another table: ").act(Say::RecordTable);
    let hint = match table {
        Some(_) => hint,
        None => hint.and("; where none of these files has been applied there: ").act(Say::NoRecord),
    };
    Err(Failure::new(Category::Checksum, message).hint(hint))
}

/// An empty record beside tables says no more than none: a run would make them a second time.
fn emptied(record: &str, there: &Objects) -> Result<(), Failure> {
    let own = record.rsplit('.').next().unwrap_or(record).to_ascii_lowercase();
    let is_own = |table: &str| table == own || table.strip_suffix("_lock") == Some(own.as_str());
    let Some(table) = there.tables().find(|table| !is_own(table)) else { return Ok(()) };
    Err(Failure::new(
        Category::Checksum,
        format!("there are tables in it ({table}), and {record} says that nothing has been applied"),
    )
    .hint(Advice::from("mend the record; or, where none of these files has been applied there: ").act(Say::NoRecord)))
}

/// What the record says and is not there.
struct Lost {
    failure: Failure,
    /// The schema that it is in, where no name without one finds it.
    is_in: Option<String>,
}

impl Lost {
    async fn told(self, conn: &mut Connection) -> Failure {
        match self.is_in {
            Some(schema) => {
                let hint = knex::path_hint(conn, &engine::quote(conn.engine(), &schema)).await;
                self.failure
                    .detail(format!("it is in schema {schema}, which the search_path of this login does not name"))
                    .hint(hint)
            }
            None => self.failure,
        }
    }
}

/// Every table and column that the applied files leave behind must be there.
fn all_there(engine: Engine, set: &Set, rows: &[Row], there: &Objects, record: &str) -> Result<(), Lost> {
    let mut lost: Vec<_> =
        left_by(engine, set, rows).into_iter().filter(|(object, _)| !there.named.contains(object)).collect();
    // A table that is gone says more than its columns.
    lost.sort_by_key(|(object, _)| !object.starts_with("table "));
    let Some((object, label)) = lost.first() else { return Ok(()) };
    let more = match lost.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let message = format!("{label} is said to be applied, but the {object}{more} is not there");
    let hint = format!("mend the database, or take the migration's row out of {record} so that it is applied");
    let is_in = there.others.iter().find(|(other, _)| other == object).map(|(_, schema)| schema.clone());
    Err(Lost { failure: Failure::new(Category::Checksum, message).hint(hint), is_in })
}

fn left_by(engine: Engine, set: &Set, rows: &[Row]) -> BTreeMap<String, String> {
    objects::left_by(engine, rows.iter().filter_map(|row| set.find(row.version)))
}

/// What a file would make that is to be applied next, and that is there: whoever was at it did not come to its end.
fn begun(engine: Engine, set: &Set, rows: &[Row], there: &BTreeSet<String>) -> Option<String> {
    let is_next = |m: &&Migration| rows.iter().all(|row| row.version != m.version);
    let next = set.on(engine).map(|(migration, _)| migration).find(is_next)?;
    let before = left_by(engine, set, rows);
    let applied = rows.iter().filter_map(|row| set.find(row.version)).chain([next]);
    let made = objects::left_by(engine, applied);
    let stands = made.keys().filter(|object| !before.contains_key(*object) && there.contains(*object));
    // A table says more than its columns.
    let object = stands.min_by_key(|object| !object.starts_with("table "))?;
    Some(format!(
        "the {object}, which {} makes, is there although nobody has recorded that file: finish or take back by hand what was \
         done of it, and record it if it is done; a run would fail over it",
        next.label()
    ))
}
