//! Reading a folder of migrations: everything that is off is found and named at once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use neo_model::Version;
use sha2::{Digest, Sha384};

use super::{Migration, Script, Set, Source, large};
use crate::engine::Engine;
use crate::error::{Advice, Error, Result, printable};

const ENGINES: [Engine; 3] = Engine::ALL;
/// A text is in memory as a whole when it runs. A seed of a hundred megabytes is rare, and more is no migration.
const LARGEST: u64 = 256 * 1024 * 1024;
/// What some editors put before a text.
const MARK: char = '\u{feff}';
const PATTERN: &str = "<14 digits>_<snake_name>.up.sql or .down.sql";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Up,
    Down,
}

/// What a file name says: `20250126000006_add_custom_fields.postgres.up.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    version: i64,
    name: String,
    engine: Option<Engine>,
    direction: Direction,
}

/// Files of one version and name, by engine (as a word, since a map wants an order) and direction.
type Files = BTreeMap<(Option<&'static str>, Direction), Source>;

pub(super) fn read(folder: &Path) -> Result<Set> {
    let root = folder.canonicalize().map_err(|e| missing(folder, &e))?;
    let entries = fs::read_dir(folder).map_err(|e| missing(folder, &e))?;

    let mut wrong = Vec::new();
    let mut found: BTreeMap<(i64, String), Files> = BTreeMap::new();
    for entry in entries {
        let file_name = entry.map_err(|e| missing(folder, &e))?.file_name();
        let Some(text) = file_name.to_str() else {
            wrong.push((file_name.to_string_lossy().into_owned(), "the name is not UTF-8".to_owned()));
            continue;
        };
        let path = folder.join(text);
        if is_ignored(text) || (path.is_dir() && !text.ends_with(".sql")) {
            continue;
        }
        let Some(name) = parse(text) else {
            wrong.push((text.to_owned(), format!("the name is not {PATTERN}")));
            continue;
        };
        match load(&root, &path) {
            Ok(source) => {
                let key = (name.engine.map(Engine::as_str), name.direction);
                found.entry((name.version, name.name)).or_default().insert(key, source);
            }
            Err(why) => wrong.push((text.to_owned(), why)),
        }
    }
    // A pair of which one file could not be read is named for that alone.
    let is_broken = |version: i64| wrong.iter().any(|(file, _)| file.starts_with(&format!("{version:014}_")));
    let mut more = Vec::new();
    let mut migrations: Vec<Migration> = Vec::new();
    for ((version, name), files) in found {
        if let Some(before) = migrations.last().filter(|m| m.version == version) {
            let twin = files.values().next().map(file_name).unwrap_or_default();
            let first = before.variants.first().map(|v| file_name(&v.up)).unwrap_or_else(|| before.label());
            more.push((twin, format!("the version {version:014} is taken by {first}")));
        }
        let variants = variants(&files);
        for ((engine, direction), source) in &files {
            let engine = engine.and_then(|e| ENGINES.into_iter().find(|known| known.as_str() == e));
            let is_used = variants.iter().any(|s| s.engine == engine || engine.is_none());
            if *direction == Direction::Down && !is_used && !is_broken(version) {
                more.push((file_name(source), "a down without an up".to_owned()));
            }
        }
        migrations.push(Migration { version, name, variants });
    }
    wrong.append(&mut more);
    if wrong.is_empty() { Ok(Set { folder: folder.to_owned(), migrations }) } else { Err(refusal(folder, wrong)) }
}

/// One script per engine that has a file of its own, and one for all others where there is a plain up.
fn variants(files: &Files) -> Vec<Script> {
    let script = |engine: Option<Engine>| {
        let word = engine.map(Engine::as_str);
        let one = |direction| files.get(&(word, direction)).or_else(|| files.get(&(None, direction))).cloned();
        let own = files.keys().any(|(e, _)| *e == word);
        one(Direction::Up).filter(|_| own).map(|up| Script { engine, up, down: one(Direction::Down) })
    };
    [None].into_iter().chain(ENGINES.map(Some)).filter_map(script).collect()
}

/// What lies beside migrations without being one: notes, and files that the system or an editor hides.
fn is_ignored(file: &str) -> bool {
    file.starts_with('.') || file.to_ascii_lowercase().ends_with(".md")
}

fn parse(file: &str) -> Option<Name> {
    let (stem, direction) = match file.strip_suffix(".up.sql") {
        Some(stem) => (stem, Direction::Up),
        None => (file.strip_suffix(".down.sql")?, Direction::Down),
    };
    let (label, engine) = match stem.split_once('.') {
        Some((label, word)) => (label, Some(ENGINES.into_iter().find(|e| e.as_str() == word)?)),
        None => (stem, None),
    };
    let (digits, name) = label.split_once('_')?;
    let version = digits.parse().ok().map(|Version(version)| version).filter(|version| *version > 0)?;
    is_snake(name).then(|| Name { version, name: name.to_owned(), engine, direction })
}

pub(super) fn is_snake(name: &str) -> bool {
    !name.is_empty()
        && name.split('_').all(|part| !part.is_empty())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn load(root: &Path, path: &Path) -> Result<Source, String> {
    let real = path.canonicalize().map_err(|e| format!("cannot be read: {e}"))?;
    if !real.starts_with(root) {
        return Err("a link that leads out of the folder".into());
    }
    // Reading a pipe would wait for ever.
    if !real.is_file() {
        return Err("not a plain file".into());
    }
    large::shared(&real, || read_text(&real).map(|text| source(path, text)))
}

fn read_text(real: &Path) -> Result<String, String> {
    let unreadable = |e: std::io::Error| format!("cannot be read: {e}");
    let mut bytes = Vec::new();
    let file = fs::File::open(real).map_err(unreadable)?;
    bytes
        .try_reserve_exact(file.metadata().map_err(unreadable)?.len().min(LARGEST + 1) as usize)
        .map_err(|e| e.to_string())?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "larger than {} MiB: make several migrations of it, or load the data by other means",
            LARGEST / (1024 * 1024)
        ));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        format!("not UTF-8 (line {line})")
    })?;
    if text.contains('\0') {
        return Err("holds a NUL character".into());
    }
    Ok(text)
}

/// Folds what editors and version control change behind one's back (line ends, a byte order mark): the text that runs is the
/// same wherever it was checked out. A text with nothing to fold is not copied.
pub(super) fn source(path: &Path, text: String) -> Source {
    let is_folded = !text.starts_with(MARK) && !text.contains("\r\n");
    let (sql, checksum) = if is_folded {
        (text, None)
    } else {
        let sql = text.strip_prefix(MARK).unwrap_or(&text).replace("\r\n", "\n");
        (sql, Some(Sha384::digest(&text).to_vec()))
    };
    let first = sql.lines().next().unwrap_or_default().trim();
    let marker = first.strip_prefix("--").map(str::trim_start).unwrap_or_default();
    let ours = marker.strip_prefix("neo:").map(str::trim_start).unwrap_or_default();
    let no_transaction = marker.starts_with("no-transaction") || ours.starts_with("no-transaction");
    let empty = ours.split_whitespace().next() == Some("empty");
    let folded = Sha384::digest(&sql).to_vec();
    let checksum = checksum.unwrap_or_else(|| folded.clone());
    let sql = Arc::new(sql);
    let (others, bars) = (OnceLock::new(), OnceLock::new());
    Source { path: path.to_owned(), sql, checksum, folded, no_transaction, empty, others, bars }
}

impl Source {
    /// Whether a row of a ledger was written for this file: as it is here, as another checkout may have it (sqlx-cli sums the
    /// line ends and the byte order mark as well), or before its first line said that it is empty on purpose.
    pub fn is(&self, checksum: &[u8]) -> bool {
        self.checksum == checksum || self.folded == checksum || self.others().iter().any(|other| other == checksum)
    }

    fn others(&self) -> &[Vec<u8>] {
        self.others.get_or_init(|| {
            let unmarked = self.sql.split_once('\n').map(|(_, rest)| rest).filter(|_| self.empty);
            let texts = [Some(self.sql.as_str()), unmarked].into_iter().flatten();
            let ways = [(false, false), (true, false), (true, true), (false, true)];
            texts.flat_map(|text| ways.map(|(mark, crlf)| spelt(text, mark, crlf))).collect()
        })
    }
}

/// The sum of a text with a byte order mark, with the other line ends, or with both.
fn spelt(text: &str, mark: bool, crlf: bool) -> Vec<u8> {
    let mut sum = Sha384::new();
    if mark {
        sum.update(MARK.to_string());
    }
    let mut rest = text;
    while let Some((line, next)) = rest.split_once('\n').filter(|_| crlf) {
        sum.update(line);
        sum.update("\r\n");
        rest = next;
    }
    sum.update(rest);
    sum.finalize().to_vec()
}

pub(super) fn file_name(source: &Source) -> String {
    source.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn missing(folder: &Path, error: &std::io::Error) -> Error {
    let message = match error.kind() {
        ErrorKind::NotFound => format!("the folder of migrations {} does not exist", folder.display()),
        ErrorKind::NotADirectory => format!("{} is not a folder of migrations", folder.display()),
        _ => format!("the folder of migrations {} cannot be read", folder.display()),
    };
    let error_text = (error.kind() != ErrorKind::NotFound).then(|| error.to_string());
    let refused = Error::config(message)
        .hint(Advice::operator("create it, or set TENANT_MIGRATIONS to the folder that holds the files"));
    match error_text {
        Some(text) => refused.cause(text),
        None => refused,
    }
}

fn refusal(folder: &Path, mut wrong: Vec<(String, String)>) -> Error {
    wrong.sort();
    let message = match wrong.len() {
        1 => format!("a migration in {} cannot be used", folder.display()),
        n => format!("{n} migrations in {} cannot be used", folder.display()),
    };
    let list: Vec<_> = wrong.iter().map(|(file, why)| format!("{}: {}", printable(file), printable(why))).collect();
    Error::config(message).cause(list.join("; ")).hint("rename, complete or remove what is named; nothing has been run")
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
