//! Writing the pair of files of a new migration.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use neo_model::Version;
use time::OffsetDateTime;
use time::macros::format_description;

use super::files::is_snake;
use crate::error::{Advice, Error, Result, printable};

const NEWEST: i64 = 99_999_999_999_999;

/// Writes the pair of a new migration with a UTC timestamp later than every existing one; answers both paths (up, down).
/// The folder is created when it is not there; nothing is ever overwritten.
pub fn make(folder: &Path, name: &str, now_ms: i64) -> Result<(PathBuf, PathBuf)> {
    let name = snake(name)?;
    fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
    // Two people making one in the same second: the second waits, and finds the first's version taken.
    let guard = File::open(folder).map_err(|e| unwritable(folder, &e))?;
    guard.lock().map_err(|e| unwritable(folder, &e))?;

    let version = timestamp(now_ms)?.max(newest(folder)? + 1);
    if version > NEWEST {
        return Err(Error::config(format!("no version is left after the newest file in {}", folder.display())));
    }
    let path = |direction: &str| folder.join(format!("{version:014}_{name}.{direction}.sql"));
    let (up, down) = (path("up"), path("down"));
    write(&up, &up_text(&name)).map_err(|e| unwritable(&up, &e))?;
    if let Err(e) = write(&down, &down_text(&name)) {
        let _ = fs::remove_file(&up);
        return Err(unwritable(&down, &e));
    }
    Ok((up, down))
}

/// `Add status field`, `add-status-field` and `AddStatusField` all mean `add_status_field`.
fn snake(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let name = spelt(typed);
    match typed.chars().all(is_word) && is_snake(&name) && name.len() <= 100 {
        true => Ok(name),
        false => Err(refuse_name(typed)),
    }
}

/// The same of any text: what is neither a letter nor a digit separates. Empty where there is none.
pub(super) fn spelt(text: &str) -> String {
    let mut name = String::new();
    let mut before = ' ';
    for c in text.chars() {
        match c {
            'A'..='Z' => {
                if before.is_ascii_lowercase() || before.is_ascii_digit() {
                    name.push('_');
                }
                name.push(c.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => name.push(c),
            _ if !name.ends_with('_') => name.push('_'),
            _ => {}
        }
        before = c;
    }
    name.trim_matches('_').to_owned()
}

fn refuse_name(typed: &str) -> Error {
    let shown: String = printable(typed).chars().take(60).collect();
    Error::invalid("name", format!("\"{shown}\" is no name for a migration"))
        .cause("letters, digits and underscores, at most 100")
        .hint("for example: add_status_field_to_contacts")
}

fn timestamp(now_ms: i64) -> Result<i64> {
    let format = format_description!("[year][month][day][hour][minute][second]");
    let at = OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1000)).map_err(Error::internal)?;
    at.format(format).map_err(Error::internal)?.parse().map_err(|e: std::num::ParseIntError| Error::internal(e))
}

/// The newest version that any name in the folder begins with, usable or not; 0 when there is none.
fn newest(folder: &Path) -> Result<i64> {
    let names = fs::read_dir(folder).map_err(|e| unwritable(folder, &e))?;
    let versions = names.filter_map(|entry| Version::of(entry.ok()?.file_name().to_str()?));
    Ok(versions.max().map_or(0, |Version(version)| version))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let written = OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::config(format!("{} cannot be written", path.display()))
        .cause(error.to_string())
        .hint(Advice::operator("check that TENANT_MIGRATIONS names a folder you may write to"))
}

fn up_text(name: &str) -> String {
    format!(
        "\
-- {name}
-- Purpose: what this is for, in a sentence.
-- Locks:   which tables it locks, how, and for how long on the largest tenant.
-- Phase:   expand (old and new code both work afterwards) or contract (only new code does). Expand first, deploy, then
--          contract in a migration of its own.
-- For CREATE INDEX CONCURRENTLY and its like, make this the first line of the file:  -- neo: no-transaction
-- Nothing is here yet: until a statement is, this file is refused. One that is to do nothing has this as its first line:  -- neo: empty

"
    )
}

fn down_text(name: &str) -> String {
    format!(
        "\
-- Reverses {name}
-- Purpose: brings back exactly what was there before. Without a way back, remove this file: a rollback is then refused.
-- Locks:   as for the up file.
-- Loses:   what data is gone afterwards, or nothing.
-- Nothing is here yet: until a statement is, a rollback is refused. One that is to do nothing has this as its first line:  -- neo: empty

"
    )
}

#[cfg(test)]
#[path = "make_tests.rs"]
mod tests;
