//! Which files a folder holds, in one line: what two sides compare before one of them runs the other's files.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use neo_model::{Edition, PlannedFile};
use sha2::{Digest, Sha256};

use super::{Set, Source, files};
use crate::error::{Error, Result};

impl Set {
    /// Every file counts, the down files and those for one engine too.
    pub fn edition(&self) -> Edition {
        let scripts = self.migrations.iter().flat_map(|m| &m.variants);
        let sources = scripts.flat_map(|script| [Some(&script.up), script.down.as_ref()]).flatten();
        // What a variant borrows from the plain pair is one file all the same.
        let by_name: BTreeMap<String, &Source> = sources.map(|source| (files::file_name(source), source)).collect();
        let mut digest = Sha256::new();
        for (name, source) in by_name {
            digest.update(format!("{}  {name}\n", hex::encode(&source.folded)));
        }
        Edition { version: self.latest(), digest: hex::encode(digest.finalize()) }
    }
}

impl Set {
    /// The files of these versions by name: what goes forward, and what goes back where that is wanted.
    pub(crate) fn planned(&self, wanted: impl Fn(i64) -> bool, back: bool) -> Vec<PlannedFile> {
        let mut files = BTreeMap::new();
        for migration in self.migrations.iter().filter(|migration| wanted(migration.version)) {
            for script in &migration.variants {
                let down = script.down.as_ref().filter(|_| back);
                for source in [Some(&script.up), down].into_iter().flatten() {
                    let (file, checksum) = (files::file_name(source), hex::encode(&source.folded));
                    files.insert(file.clone(), PlannedFile { file, version: migration.version, checksum });
                }
            }
        }
        files.into_values().collect()
    }

    /// Conflict when these files are not those that somebody expects here, with who has the newer ones.
    pub fn expected(&self, expected: &Edition) -> Result<()> {
        let here = self.edition();
        let theirs = expected.digest.to_ascii_lowercase();
        if theirs.len() != here.digest.len() || !theirs.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::invalid("expect", "the digest of the expected files is not 64 hexadecimal digits")
                .hint("take it as it is printed for the folder"));
        }
        let newest = |version: Option<i64>| version.map_or("none".to_owned(), |v| format!("{v:014}"));
        let (ours, theirs_newest) = (newest(here.version), newest(expected.version));
        Err(match here.version.cmp(&expected.version) {
            Ordering::Equal if here.digest == theirs => return Ok(()),
            Ordering::Greater => Error::conflict("the server has newer migration files than those that were expected")
                .cause(format!("its newest is {ours}, the newest expected is {theirs_newest}"))
                .hint("take the newest files over, look at the plan, and start the run again"),
            Ordering::Less => Error::conflict("the server has older migration files than those that were expected")
                .cause(format!("its newest is {ours}, the newest expected is {theirs_newest}"))
                .hint("bring the new files to the server first, then start the run again"),
            Ordering::Equal => Error::conflict("the server has other migration files than those that were expected")
                .cause(format!(
                    "neither side is newer, both end with {ours}: a file was changed, added or taken away on one of them"
                ))
                .hint("compare the digests of both folders, and the files"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Edition {
        set(files).edition()
    }

    fn set(files: &[(&str, &str)]) -> Set {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("written");
        }
        Set::read(folder.path()).expect("a set")
    }

    const UP: (&str, &str) = ("20260101000001_a.up.sql", "create table a (id int);\n");
    const DOWN: (&str, &str) = ("20260101000001_a.down.sql", "drop table a;\n");

    #[test]
    fn the_digest_is_what_sha384sum_and_sha256sum_make_of_the_files() {
        // LC_ALL=C sha384sum *.sql | sha256sum
        let mysql = ("20260101000001_a.mysql.up.sql", "create table a (id int) engine = innodb;\n");
        insta::assert_snapshot!(of(&[UP, DOWN, mysql]).digest, @"904a149d2d923e234c36e6e7db478ba9b18b8885d883aaa3bb7f354984ba20ec");
        assert_eq!(of(&[]).digest, hex::encode(Sha256::digest("")));
    }

    #[test]
    fn line_ends_and_notes_do_not_count_and_every_file_does() {
        let plain = of(&[UP, DOWN]);
        let other = ("20260101000001_a.up.sql", "\u{feff}create table a (id int);\r\n");
        assert_eq!(plain, of(&[other, DOWN, ("README.md", "notes"), (".hidden", "")]));
        let changed = ("20260101000001_a.down.sql", "drop table if exists a;\n");
        assert_ne!(plain.digest, of(&[UP]).digest);
        assert_ne!(plain.digest, of(&[UP, changed]).digest);
        assert_ne!(plain.digest, of(&[UP, DOWN, ("20260101000001_a.sqlite.down.sql", "drop table a;\n")]).digest);
    }

    #[test]
    fn who_has_the_newer_files_is_said() {
        let (older, newer) = (set(&[UP]), set(&[UP, ("20260101000002_b.up.sql", "create table b (id int);\n")]));
        let (old, new) = (older.edition(), newer.edition());
        assert!(older.expected(&Edition { digest: old.digest.to_uppercase(), ..old.clone() }).is_ok());
        let told = |error: Error| format!("{}: {}", error.message, error.cause.unwrap_or_default());
        insta::assert_snapshot!(told(newer.expected(&old).expect_err("newer")), @"the server has newer migration files than those that were expected: its newest is 20260101000002, the newest expected is 20260101000001");
        insta::assert_snapshot!(told(older.expected(&new).expect_err("older")), @"the server has older migration files than those that were expected: its newest is 20260101000001, the newest expected is 20260101000002");
        insta::assert_snapshot!(told(set(&[]).expected(&old).expect_err("none")), @"the server has older migration files than those that were expected: its newest is none, the newest expected is 20260101000001");
        insta::assert_snapshot!(told(set(&[UP, DOWN]).expected(&old).expect_err("others")), @"the server has other migration files than those that were expected: neither side is newer, both end with 20260101000001: a file was changed, added or taken away on one of them");
        let wrong = older.expected(&Edition { digest: "abc".into(), ..old.clone() }).expect_err("no digest");
        assert_eq!(wrong.field, Some("expect"));
    }
}
