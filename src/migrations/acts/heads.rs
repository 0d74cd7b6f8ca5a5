//! Statements read by their words: what the parsers do not know, and what they know and do not tell.

use super::words::{Kind, Word};
use super::{Act, Column, Constraint, Fill, What, plain, spelled};
use crate::engine::Engine;

/// Read from left to right.
pub(super) struct Reading<'a> {
    words: &'a [Word<'a>],
}

impl<'a> Reading<'a> {
    pub fn new(words: &'a [Word<'a>]) -> Self {
        Self { words }
    }

    pub fn rest(&self) -> &'a [Word<'a>] {
        self.words
    }

    /// Goes past one of these words.
    pub fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.words.first().is_some_and(|word| word.is_any(words));
        if found {
            self.words = &self.words[1..];
        }
        found
    }

    /// Goes past these words, which stand in this order.
    pub fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = starts(self.words, words);
        if found {
            self.words = &self.words[words.len()..];
        }
        found
    }

    /// Past `if exists` or `if not exists`.
    pub fn eat_if(&mut self) -> bool {
        self.eat_all(&["if", "exists"]) || self.eat_all(&["if", "not", "exists"])
    }

    /// The name that stands here: `contacts`, `public.contacts`.
    pub fn name(&mut self) -> Option<String> {
        let first = self.words.first().filter(|word| word.is_name())?;
        let mut name = plain(first.text);
        self.words = &self.words[1..];
        while let [dot, next, ..] = self.words
            && dot.is(".")
            && next.is_name()
        {
            name = format!("{name}.{}", plain(next.text));
            self.words = &self.words[2..];
        }
        Some(name)
    }

    /// Past the parentheses that open here, with what they hold.
    pub fn parens(&mut self) -> Option<&'a [Word<'a>]> {
        if !self.words.first()?.is("(") {
            return None;
        }
        let end = closing(self.words)?;
        let inside = &self.words[1..end];
        self.words = &self.words[end + 1..];
        Some(inside)
    }
}

pub(super) fn starts(words: &[Word<'_>], heads: &[&str]) -> bool {
    words.len() >= heads.len() && heads.iter().zip(words).all(|(head, word)| word.is(head))
}

fn closing(words: &[Word<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    for (n, word) in words.iter().enumerate() {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(n);
            }
        }
    }
    None
}

/// Where a sign stands outside of parentheses, the parts between.
pub(super) fn parts<'a>(words: &'a [Word<'a>], sign: &str) -> Vec<&'a [Word<'a>]> {
    let mut depth = 0_usize;
    let outside = |word: &Word<'_>| {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && word.is(sign)
    };
    words.split(outside).filter(|part| !part.is_empty()).collect()
}

/// A statement that its parser gave up on; none when its words say nothing either.
pub(super) fn acts(engine: Engine, words: &[Word<'_>]) -> Option<Vec<What>> {
    let mut reading = Reading::new(words);
    if reading.eat(&["create"]) {
        return created(engine, reading);
    }
    if reading.eat(&["drop"]) {
        return dropped(reading);
    }
    if engine == Engine::Postgres {
        return None;
    }
    if reading.eat_all(&["optimize"]) {
        reading.eat(&["no_write_to_binlog", "local"]);
        reading.eat(&["table", "tables"]);
        let tables = parts(reading.rest(), ",").into_iter().filter_map(|part| Reading::new(part).name());
        return Some(tables.map(|table| What::Rewrite { table, by: "optimize table" }).collect());
    }
    if reading.eat_all(&["rename", "table"]) || reading.eat_all(&["rename", "tables"]) {
        let renamed = parts(reading.rest(), ",").into_iter().filter_map(|part| {
            let mut reading = Reading::new(part);
            reading.eat_if();
            let table = reading.name()?;
            reading.eat(&["wait", "nowait"]);
            reading.eat(&["to"]).then_some(())?;
            Some(What::RenameTable { table, to: reading.name()? })
        });
        return Some(renamed.collect());
    }
    is_harmless(words).then(Vec::new)
}

/// Statements that neither lock a table for long nor lose a row by themselves, in whatever form.
fn is_harmless(words: &[Word<'_>]) -> bool {
    let heads = [
        "analyze",
        "backup",
        "binlog",
        "call",
        "change",
        "check",
        "checksum",
        "close",
        "deallocate",
        "desc",
        "describe",
        "do",
        "execute",
        "explain",
        "fetch",
        "flush",
        "get",
        "grant",
        "handler",
        "help",
        "insert",
        "install",
        "iterate",
        "kill",
        "leave",
        "load",
        "lock",
        "open",
        "purge",
        "release",
        "repair",
        "replace",
        "reset",
        "resignal",
        "return",
        "revoke",
        "savepoint",
        "select",
        "set",
        "show",
        "shutdown",
        "signal",
        "start",
        "stop",
        "table",
        "uninstall",
        "unlock",
        "use",
        "values",
        "with",
        "xa",
    ];
    let kinds = [
        "database",
        "event",
        "function",
        "procedure",
        "role",
        "schema",
        "sequence",
        "server",
        "user",
        "view",
        "algorithm",
        "definer",
        "sql",
        "instance",
        "resource",
        "undo",
        "tablespace",
    ];
    match words {
        [head, ..] if head.is_any(&heads) => true,
        [head, kind, ..] if head.is("alter") => kind.is_any(&kinds),
        [head, kind, ..] if head.is("rename") => kind.is("user"),
        words => words.is_empty(),
    }
}

fn created(engine: Engine, mut reading: Reading<'_>) -> Option<Vec<What>> {
    let replace = reading.eat_all(&["or", "replace"]);
    reading.eat(&["global", "local"]);
    let temporary = reading.eat(&["temporary", "temp"]);
    reading.eat(&["unlogged"]);
    if reading.eat(&["table"]) {
        return table(engine, reading, replace, temporary);
    }
    reading.eat(&["online", "offline"]);
    while reading.eat(&["unique", "fulltext", "spatial"]) {}
    if reading.eat(&["index"]) {
        reading.eat_if();
        while !reading.rest().is_empty() && !reading.eat(&["on"]) {
            reading.words = &reading.words[1..];
        }
        return Some(vec![What::CreateIndex { table: reading.name()?, concurrently: false }]);
    }
    // What else is made harms nobody; PostgreSQL's parser knows it.
    (engine != Engine::Postgres).then(Vec::new)
}

fn table(engine: Engine, mut reading: Reading<'_>, replace: bool, temporary: bool) -> Option<Vec<What>> {
    reading.eat_if();
    let table = reading.name()?;
    let replaced = replace && !temporary;
    let mut whats: Vec<What> =
        replaced.then(|| What::DropTable { table: table.clone(), if_exists: false }).into_iter().collect();
    let opened = reading.rest().first().is_some_and(|word| word.is("("));
    let inside = reading.parens();
    let columns =
        inside.map(|inside| parts(inside, ",").into_iter().filter_map(|part| defined(engine, part)).collect());
    let columns = columns.unwrap_or_default();
    whats.push(What::CreateTable { table, columns, temporary });
    if opened && inside.is_none() {
        whats.push(What::NotUnderstood { why: "what a table is made of".into() });
    }
    Some(whats)
}

/// The name and the type of a column in a `create table`.
fn defined(engine: Engine, part: &[Word<'_>]) -> Option<(String, String)> {
    let (first, rest) = part.split_first()?;
    let of_table = ["constraint", "primary", "unique", "foreign", "check", "exclude", "like"];
    // Elsewhere a column may be called so.
    let of_mysql = engine == Engine::Mysql && first.is_any(&["index", "key", "fulltext", "spatial"]);
    if !first.is_name() || first.is_any(&of_table) || of_mysql || starts(part, &["period", "for"]) {
        return None;
    }
    Some((plain(first.text), ty(rest)))
}

/// The type that stands here; SQLite can do without.
fn ty(words: &[Word<'_>]) -> String {
    let options = [
        "not",
        "null",
        "default",
        "primary",
        "unique",
        "key",
        "references",
        "check",
        "constraint",
        "auto_increment",
        "autoincrement",
        "comment",
        "collate",
        "generated",
        "as",
        "on",
        "first",
        "after",
        "invisible",
        "visible",
        "compressed",
        "with",
        "without",
        "storage",
        "using",
    ];
    // `character varying(50)`, but `varchar(50) character set utf8`.
    let late = ["character", "charset", "binary"];
    let mut text = String::new();
    let mut depth = 0_usize;
    for (n, word) in words.iter().enumerate() {
        if depth == 0 && (word.is_any(&options) || (n > 0 && word.is_any(&late))) {
            break;
        }
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if !text.is_empty() && word.kind != Kind::Sign {
            text.push(' ');
        }
        text.push_str(word.text);
    }
    spelled(&text)
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

fn dropped(mut reading: Reading<'_>) -> Option<Vec<What>> {
    if reading.eat(&["temporary"]) {
        return Some(Vec::new());
    }
    if reading.eat(&["table", "tables"]) {
        let if_exists = reading.eat_if();
        let names = parts(reading.rest(), ",").into_iter().filter_map(|part| Reading::new(part).name());
        return Some(names.map(|table| What::DropTable { table, if_exists }).collect());
    }
    if reading.eat(&["database", "schema"]) {
        reading.eat_if();
        return Some(vec![What::DropDatabase { database: reading.name()? }]);
    }
    let harmless = [
        "event",
        "function",
        "procedure",
        "package",
        "role",
        "sequence",
        "server",
        "trigger",
        "user",
        "view",
        "index",
        "prepare",
        "resource",
        "tablespace",
        "undo",
    ];
    reading.eat(&harmless).then(Vec::new)
}

/// `alter table` of MySQL and MariaDB, its operations one by one: each with its words, read by the parser where it can.
pub(super) fn altered(
    engine: Engine,
    sql: &str,
    words: &[Word<'_>],
    parsed: impl Fn(&str) -> Option<Vec<What>>,
) -> Option<Vec<Act>> {
    let mut reading = Reading::new(words);
    reading.eat(&["alter"]).then_some(())?;
    while reading.eat(&["online", "offline", "ignore"]) {}
    reading.eat(&["table"]).then_some(())?;
    reading.eat_if();
    let start = reading.rest().first()?.offset;
    let mut table = reading.name()?;
    let named = sql.get(start..reading.rest().first().map_or(sql.len(), |word| word.offset))?.trim_end();
    if reading.eat(&["wait"]) {
        reading.words = reading.words.get(1..)?;
    }
    reading.eat(&["nowait"]);
    let mut acts = Vec::new();
    for part in parts(reading.rest(), ",") {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let operation = sql.get(first.offset..last.end())?;
        // What adds a column may add several, and only its words say so.
        let read = parsed(&format!("alter table {named} {operation}"));
        let whats = read.or_else(|| altered_by(engine, &table, part)).unwrap_or_else(|| {
            vec![What::NotUnderstood { why: format!("alter table … {}", first.text.to_lowercase()) }]
        });
        if let Some(What::RenameTable { to, .. }) = whats.last() {
            table.clone_from(to);
        }
        acts.extend(whats.into_iter().map(|what| Act { offset: first.offset, what }));
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
            return Some(partitions(&table, reading.rest(), "drops"));
        }
        if reading.eat_all(&["system", "versioning"]) {
            return Some(vec![What::DropRows { does: format!("drops the history of {table}"), own: None }]);
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
        return Some(partitions(&table, reading.rest(), "empties"));
    }
    if reading.eat(&["modify", "change"]) {
        let change = part.first().is_some_and(|word| word.is("change"));
        reading.eat(&["column"]);
        reading.eat_if();
        let column = reading.name()?;
        let to = if change { reading.name()? } else { column.clone() };
        let mut whats = vec![What::ChangeType { table: table.clone(), column: column.clone(), to: ty(reading.rest()) }];
        if reading.rest().windows(2).any(|pair| starts(pair, &["not", "null"])) {
            whats.push(What::SetNotNull { table: table.clone(), column: column.clone() });
        }
        // Values that are compared otherwise are kept otherwise.
        if reading.rest().iter().any(|word| word.is("binary")) && !reading.rest().first()?.is("binary") {
            whats.push(What::Rewrite { table: table.clone(), by: "binary" });
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
        return Some(vec![What::DropRows { does: format!("throws away the rows of {table}"), own: None }]);
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
    // Options of a table may stand one behind the other, without a comma.
    let options = [("engine", "engine"), ("type", "engine"), ("row_format", "row_format")];
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
        "exchange",
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

fn added(table: String, mut reading: Reading<'_>) -> Option<Vec<What>> {
    if reading.eat(&["partition"]) {
        reading.eat_if();
        let names = reading.rest().windows(2).filter(|pair| pair[0].is("partition") && pair[1].is_name());
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
        if !reading.rest().first().is_some_and(|word| word.is_any(&["primary", "unique", "foreign", "check"])) {
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
    let definitions = match reading.rest().first()?.is("(") {
        true => parts(reading.parens()?, ","),
        false => vec![reading.rest()],
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
            own: Some((table.to_owned(), partition)),
        })
        .collect()
}
