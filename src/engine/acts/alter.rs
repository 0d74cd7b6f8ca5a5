//! `alter table` that the parser of MySQL and SQLite gave up on: operation by operation.

use super::heads::{says, ty};
use super::reading::{Reading, parts, starts};
use super::words::Word;
use super::{Act, Column, Constraint, Fill, What, partitions, plain};
use crate::engine::Engine;

/// `alter table` of MySQL and MariaDB, its operations one by one: each with its words, read by the parser where it can.
pub(super) fn altered(
    engine: Engine,
    sql: &str,
    words: &[Word<'_>],
    parsed: impl Fn(&str) -> Option<Vec<What>>,
) -> Option<Vec<Act>> {
    let mut reading = Reading::new(words);
    reading.eat(&["alter"]).then_some(())?;
    let mut ignores = false;
    while let Some(word) = reading.words.first().filter(|word| word.is_any(&["online", "offline", "ignore"])) {
        ignores |= word.is("ignore");
        reading.words = &reading.words[1..];
    }
    reading.eat(&["table"]).then_some(())?;
    reading.eat_if();
    reading.eat(&["only"]);
    let start = reading.words.first()?.offset;
    let mut table = reading.name()?;
    let named = sql.get(start..reading.words.first().map_or(sql.len(), |word| word.offset))?.trim_end();
    if reading.eat(&["wait"]) {
        reading.words = reading.words.get(1..)?;
    }
    reading.eat(&["nowait"]);
    let mut acts = Vec::new();
    for part in parts(reading.words, ",") {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let operation = sql.get(first.offset..last.end())?;
        // What adds a column may add several, and only its words say so.
        let read = parsed(&format!("alter table {named} {operation}"));
        // PostgreSQL's parser knows what else there is.
        let by_words = || altered_by(engine, &table, part).filter(|_| engine != Engine::Postgres || first.is("drop"));
        let mut whats = read.or_else(by_words).unwrap_or_else(|| {
            let why = format!("alter table … {}", first.text.to_lowercase());
            vec![What::NotUnderstood { why, says: says(part) }]
        });
        let is_unique =
            |what: &What| matches!(what, What::AddConstraint { kind: Constraint::Unique | Constraint::PrimaryKey, .. });
        if ignores && whats.iter().any(is_unique) {
            let does = format!("deletes the rows of {table} that another is a double of, as alter ignore does");
            whats.push(What::DropRows { does, table: table.clone(), partition: None });
        }
        whats.extend(partitions::ignored(&table, part).filter(|_| ignores));
        if let Some(What::RenameTable { to, .. }) = whats.last() {
            table.clone_from(to);
        }
        acts.extend(whats.into_iter().map(|what| Act::at(first.offset, what)));
    }
    Some(acts)
}

fn altered_by(engine: Engine, table: &str, part: &[Word<'_>]) -> Option<Vec<What>> {
    let table = table.to_owned();
    let rewrite = |by| Some(vec![What::Rewrite { table: table.clone(), by }]);
    let mut reading = Reading::new(part);
    if reading.eat(&["add"]) {
        return added(table, reading);
    }
    if reading.eat(&["drop"]) {
        if reading.eat(&["partition"]) {
            reading.eat_if();
            return Some(partitions(&table, reading.words, "drops"));
        }
        if reading.eat_all(&["system", "versioning"]) {
            return Some(vec![lost(format!("drops the history of {table}"), table)]);
        }
        if reading.eat_all(&["primary", "key"]) {
            return rewrite("drop primary key");
        }
        if reading.eat(&["index", "key", "foreign", "constraint", "check", "period"]) {
            return Some(Vec::new());
        }
        reading.eat(&["column"]);
        let if_exists = reading.eat_if();
        return Some(vec![What::DropColumn { column: reading.name()?, table, if_exists }]);
    }
    if reading.eat(&["truncate"]) && reading.eat(&["partition"]) {
        return Some(partitions(&table, reading.words, "empties"));
    }
    if reading.eat(&["modify", "change"]) {
        let change = part.first().is_some_and(|word| word.is("change"));
        reading.eat(&["column"]);
        reading.eat_if();
        let column = reading.name()?;
        let to = if change { reading.name()? } else { column.clone() };
        let mut whats = vec![What::ChangeType { table: table.clone(), column: column.clone(), to: ty(reading.words) }];
        if reading.words.windows(2).any(|pair| starts(pair, &["not", "null"])) {
            whats.push(What::SetNotNull { table: table.clone(), column: column.clone() });
        }
        // Values that are compared otherwise are kept otherwise.
        if reading.words.iter().any(|word| word.is("binary")) && !reading.words.first()?.is("binary") {
            whats.push(What::Rewrite { table: table.clone(), by: "another collation" });
        }
        if to != column {
            whats.push(What::RenameColumn { table, column, to });
        }
        return Some(whats);
    }
    if reading.eat(&["rename"]) {
        if reading.eat(&["index", "key"]) {
            return Some(Vec::new());
        }
        if reading.eat(&["column"]) {
            reading.eat_if();
            let column = reading.name()?;
            reading.eat(&["to"]).then_some(())?;
            return Some(vec![What::RenameColumn { table, column, to: reading.name()? }]);
        }
        reading.eat(&["to", "as"]);
        return Some(vec![What::RenameTable { to: reading.name()?, table }]);
    }
    if reading.eat_all(&["discard", "tablespace"]) {
        return Some(vec![lost(format!("throws away the rows of {table}"), table)]);
    }
    if reading.eat_all(&["exchange", "partition"]) {
        let partition = reading.name()?;
        reading.eat_all(&["with", "table"]).then_some(())?;
        let to = reading.name()?;
        let does = format!("exchanges the rows of {table} in the partition {partition} for those of {to}");
        return Some(vec![What::RowsLeave { does, table, to: Some(to) }]);
    }
    if reading.eat_all(&["convert", "partition"]) {
        let partition = reading.name()?;
        reading.eat_all(&["to", "table"]).then_some(())?;
        let to = reading.name()?;
        let does = format!("makes a table of its own, {to}, of the partition {partition} of {table}");
        return Some(vec![What::RowsLeave { does, table, to: Some(to) }]);
    }
    let rewrites: [(&[&str], &'static str); 10] = [
        (&["convert", "to", "character"], "convert to character set"),
        (&["convert", "to", "charset"], "convert to character set"),
        (&["force"], "force"),
        (&["order", "by"], "order by"),
        (&["partition", "by"], "partition by"),
        (&["remove", "partitioning"], "remove partitioning"),
        (&["coalesce", "partition"], "coalesce partition"),
        (&["reorganize", "partition"], "reorganize partition"),
        (&["rebuild", "partition"], "rebuild partition"),
        (&["optimize", "partition"], "optimize partition"),
    ];
    if let Some((_, by)) = rewrites.into_iter().find(|(head, _)| starts(part, head)) {
        return rewrite(by);
    }
    // An engine that keeps nothing, or nothing for long.
    let other =
        part.iter().position(|word| word.is("engine")).and_then(|at| part[at + 1..].iter().find(|w| !w.is("=")));
    if other.is_some_and(|engine| engine.is("blackhole")) {
        return Some(vec![lost(format!("throws away the rows of {table}, as the engine blackhole does"), table)]);
    }
    if other.is_some_and(|engine| engine.is_any(&["memory", "heap"])) {
        let does = format!("keeps {table} in memory alone: its rows are gone when the server starts again");
        return Some(vec![lost(does, table)]);
    }
    // Options of a table may stand one behind the other, without a comma.
    let options = [("engine", "another engine"), ("row_format", "another row format")];
    if let Some((_, by)) = options.into_iter().find(|(option, _)| part.iter().any(|word| word.is(option))) {
        return rewrite(by);
    }
    let harmless = [
        "algorithm",
        "lock",
        "wait",
        "nowait",
        "enable",
        "disable",
        "comment",
        "default",
        "character",
        "charset",
        "collate",
        "auto_increment",
        "alter",
        "analyze",
        "check",
        "repair",
        "import",
        "convert",
        "with",
        "without",
        "validation",
        "max_rows",
        "min_rows",
        "avg_row_length",
        "pack_keys",
        "delay_key_write",
        "checksum",
        "stats_persistent",
        "stats_auto_recalc",
        "stats_sample_pages",
        "union",
        "insert_method",
        "page_checksum",
        "secondary_load",
        "secondary_unload",
    ];
    (engine == Engine::Mysql && reading.eat(&harmless)).then(Vec::new)
}

fn lost(does: String, table: String) -> What {
    What::DropRows { does, table, partition: None }
}

fn added(table: String, mut reading: Reading<'_>) -> Option<Vec<What>> {
    if reading.eat(&["partition"]) {
        reading.eat_if();
        let names = reading.words.windows(2).filter(|pair| pair[0].is("partition") && pair[1].is_name());
        let added = names.map(|pair| What::AddPartition { table: table.clone(), partition: plain(pair[1].text) });
        return Some(added.collect());
    }
    if reading.eat_all(&["system", "versioning"]) {
        return Some(vec![What::Rewrite { table, by: "add system versioning" }]);
    }
    if reading.eat(&["index", "key", "fulltext", "spatial", "period"]) {
        return Some(vec![What::CreateIndex { table, concurrently: false }]);
    }
    let mut name = None;
    if reading.eat(&["constraint"]) {
        reading.eat_if();
        if !reading.words.first().is_some_and(|word| word.is_any(&["primary", "unique", "foreign", "check"])) {
            name = Some(reading.name()?);
        }
    }
    let kinds = [
        ("primary", Constraint::PrimaryKey),
        ("unique", Constraint::Unique),
        ("foreign", Constraint::ForeignKey),
        ("check", Constraint::Check),
    ];
    if let Some((_, kind)) = kinds.into_iter().find(|(word, _)| reading.eat(&[word])) {
        return Some(vec![What::AddConstraint { table, name, kind, not_valid: false }]);
    }
    reading.eat(&["column"]);
    reading.eat_if();
    let definitions = match reading.words.first()?.is("(") {
        true => parts(reading.parens()?, ","),
        false => vec![reading.words],
    };
    definitions
        .into_iter()
        .map(|definition| Some(What::AddColumn { table: table.clone(), column: column(definition)? }))
        .collect()
}

fn partitions(table: &str, words: &[Word<'_>], does: &str) -> Vec<What> {
    let names = parts(words, ",").into_iter().filter_map(|part| Reading::new(part).name());
    names
        .map(|partition| What::DropRows {
            does: format!("{does} the partition {partition} of {table}"),
            table: table.to_owned(),
            partition: Some(partition),
        })
        .collect()
}

fn column(part: &[Word<'_>]) -> Option<Column> {
    let (first, rest) = part.split_first()?;
    let mut column = Column { name: plain(first.text), ty: ty(rest), ..Column::default() };
    for pair in rest.windows(2) {
        column.not_null |= starts(pair, &["not", "null"]);
        column.is_key |= starts(pair, &["primary", "key"]);
    }
    for word in rest {
        if word.is_any(&["default", "generated", "as"]) {
            column.fill = Fill::Constant;
        }
        column.is_key |= word.is("unique");
        column.is_checked |= word.is_any(&["references", "check"]);
    }
    first.is_name().then_some(column)
}
