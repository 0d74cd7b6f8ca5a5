//! Which file stands for a row of knex. Its files are named as people like (`20250201000001_createUsers.js`,
//! `20250201000001-create-users.ts`), ours in one way.

use std::collections::BTreeSet;

use neo_model::Version;

use crate::engine::{Category, Engine, Failure};
use crate::migrations::{Migration, Set, make};

/// What knex loads, unless it is told otherwise, and what is loaded into it.
const ENDS: [&str; 12] =
    [".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", ".sql", ".coffee", ".co", ".eg", ".ls", ".litcoffee"];

/// The files that the rows stand for, each once. A row whose file is called otherwise is told in `notes`.
pub(super) fn known<'a>(
    set: &'a Set,
    engine: Engine,
    rows: &[String],
    table: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<&'a Migration>, Failure> {
    let rows: Vec<Applied> = rows.iter().map(|row| Applied::of(row)).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for row in &rows {
        let migration = row.file(set, engine, &rows).ok_or_else(|| row.unknown(set, table, &rows))?;
        if seen.insert(migration.version) {
            found.push(migration);
            if migration.label() != row.stem {
                notes.push(format!("{} of {table} is taken for {}", row.name, migration.label()));
            }
        }
    }
    Ok(found)
}

/// A row of knex.
struct Applied<'a> {
    name: &'a str,
    /// Without what it ends with.
    stem: &'a str,
    /// The number that it begins with.
    version: Option<i64>,
    /// What follows.
    rest: &'a str,
}

impl<'a> Applied<'a> {
    fn of(name: &'a str) -> Self {
        let stem = ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
        let version = stem[..digits].parse().ok().filter(|version| *version > 0 && digits <= Version::DIGITS);
        Self { name, stem, version, rest: if version.is_some() { &stem[digits..] } else { stem } }
    }

    /// The one of its version, if it has the same letters; the only one of these letters, where the row has no version or another
    /// row has the file of its version.
    fn file<'s>(&self, set: &'s Set, engine: Engine, rows: &[Applied<'_>]) -> Option<&'s Migration> {
        let own = self.version.and_then(|version| set.find(version)).filter(|own| own.on(engine).is_some());
        let is_named = |m: &&Migration| letters(&m.name) == letters(self.rest);
        match own {
            // Of a name without a letter of ours only the version says anything.
            Some(own) if is_named(&own) || letters(self.rest).is_empty() => return Some(own),
            Some(own) if !rows.iter().any(|row| row.is_of(own)) => return None,
            None if self.version.is_some() => return None,
            _ => {}
        }
        let mut files = set.on(engine).map(|(migration, _)| migration).filter(is_named);
        files.next().filter(|_| files.next().is_none())
    }

    fn is_of(&self, migration: &Migration) -> bool {
        self.version == Some(migration.version) && letters(self.rest) == letters(&migration.name)
    }

    /// What is advised is taken here the next time. The row is the tenant's to write, so none of it is repeated there but
    /// letters, digits and underscores.
    fn unknown(&self, set: &Set, table: &str, rows: &[Applied<'_>]) -> Failure {
        let failure =
            Failure::new(Category::Checksum, format!("knex has applied {}, and no file stands for it", self.name));
        let name = match make::spelt(self.rest) {
            name if name.is_empty() => "migration".to_owned(),
            name => name,
        };
        let folder = set.folder.display();
        let Some(version) = self.version else {
            return failure.hint(format!(
                "it has no version: bring it over as {folder}/VERSION_{name}.up.sql, with 14 digits for when it is from; it is \
                 known by its name, where no other file has that"
            ));
        };
        let label = format!("{}_{name}", Version(version));
        match set.find(version) {
            Some(other) if rows.iter().any(|row| row.is_of(other)) => failure.hint(format!(
                "{table} has two of that version, and {} is the other: bring it over under a version of its own, as \
                 {folder}/VERSION_{name}.up.sql; it is known by its name, where no other file has that",
                other.label()
            )),
            Some(other) => failure.hint(format!(
                "{} has that version: rename its files to {label}, if that is what it is",
                other.label()
            )),
            None => failure.hint(format!("bring it over as {folder}/{label}.up.sql")),
        }
    }
}

/// What is left of a name however it is written: `createOAuth2Users`, `create-oauth2-users`.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
