//! The migration files: parse, order, checksum, make; what they would do to a tenant, and what a tenant has.
//!
//! A migration is a pair of files, `<14 digits>_<snake_name>.up.sql` and `.down.sql`; `NAME.<engine>.up.sql` wins on that
//! engine. This room knows files and one open tenant connection; it knows nothing of runs, tenants or the central database.

pub mod apply;
pub mod baseline;
mod edition;
mod files;
mod findings;
mod large;
pub mod ledger;
mod make;
mod objects;
pub mod seeds;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::engine::{self, Engine};
use crate::error::{Error, Kind, Result};

pub use findings::{Finding, LintLine, Rule, Severity};
pub use make::make;
pub use neo_model::{Edition, Version};

/// The files of a folder, checked: ordered by version, no duplicate, each up with its optional down.
#[derive(Debug, Clone)]
pub struct Set {
    pub folder: PathBuf,
    pub migrations: Vec<Migration>,
}

#[derive(Debug, Clone)]
pub struct Migration {
    pub version: i64,
    /** `20250126000006_add_custom_fields` without the version: `add_custom_fields`. */
    pub name: String,
    /// For every engine that has files of its own, and for all others (`engine: None`) when there is a plain up file.
    pub variants: Vec<Script>,
}

/// One pair of files, for every engine or for one. A variant for one engine borrows what it lacks from the plain pair.
#[derive(Debug, Clone)]
pub struct Script {
    pub engine: Option<Engine>,
    pub up: Source,
    pub down: Option<Source>,
}

#[derive(Debug, Clone)]
pub struct Source {
    /// The folder as it was configured, and the file's name: what a person can open.
    pub path: PathBuf,
    /** Line ends folded, and no byte order mark. Whoever else reads the file meanwhile has the same text. */
    pub sql: Arc<String>,
    /** SHA-384 of the file as it is, sqlx's own: what its row in a ledger gets. */
    pub checksum: Vec<u8>,
    /** The same of `sql`: one sum, however it was checked out. */
    pub folded: Vec<u8>,
    pub no_transaction: bool,
    /// Its first line says that it has no statement on purpose.
    pub empty: bool,
    /// Further sums that stand for this file, once somebody has asked.
    others: OnceLock<Vec<Vec<u8>>>,
    /// Whether it makes a routine that may change how a login signs in, once somebody has asked.
    bars: OnceLock<bool>,
}

impl Set {
    /// Reads the folder; refuses by name whatever is off, before anything runs. It blocks: whoever is asynchronous [loads](Set::load).
    pub fn read(folder: &Path) -> Result<Set> {
        files::read(folder)
    }

    /// None of the files of this folder: for what has no use for them.
    pub fn none(folder: &Path) -> Set {
        Set { folder: folder.to_owned(), migrations: Vec::new() }
    }

    /// The same, off the async threads.
    pub async fn load(folder: &Path) -> Result<Set> {
        let folder = folder.to_owned();
        tokio::task::spawn_blocking(move || Set::read(&folder)).await.map_err(Error::internal)?
    }

    pub fn latest(&self) -> Option<i64> {
        self.migrations.last().map(|m| m.version)
    }

    /// The label of a version; where no file has it, the version alone.
    pub fn label_of(&self, version: i64) -> String {
        self.find(version).map_or_else(|| version.to_string(), Migration::label)
    }

    /// The newest that an engine has a file for, up to `to`.
    pub fn newest(&self, engine: Engine, to: Option<i64>) -> Option<i64> {
        self.on(engine).map(|(m, _)| m.version).rfind(|version| to.is_none_or(|to| *version <= to))
    }

    /// How many newer than `version` an engine has a file for.
    pub fn newer(&self, engine: Engine, version: Option<i64>) -> i64 {
        self.on(engine).filter(|(m, _)| Some(m.version) > version).count() as i64
    }

    pub fn find(&self, version: i64) -> Option<&Migration> {
        self.migrations.binary_search_by_key(&version, |m| m.version).ok().map(|i| &self.migrations[i])
    }

    /// By version, by `<version>_<name>` or by the bare name.
    pub fn resolve(&self, text: &str) -> Result<&Migration> {
        let text = text.trim();
        if let Some(found) =
            self.migrations.iter().find(|m| text.parse() == Ok(m.version) || text.eq_ignore_ascii_case(&m.label()))
        {
            return Ok(found);
        }
        let named: Vec<_> = self.migrations.iter().filter(|m| text.eq_ignore_ascii_case(&m.name)).collect();
        match named[..] {
            [one] => Ok(one),
            [] => Err(Error::not_found("migration", text)
                .nearest(self.nearest(text))
                .hint(format!("the migrations are in {}", self.folder.display()))),
            _ => Err(Error::new(Kind::Invalid, format!("\"{text}\" names {} migrations", named.len()))
                .cause(named.iter().map(|m| m.label()).collect::<Vec<_>>().join(", "))
                .hint("give the version instead")),
        }
    }

    /// The version that somebody names as a floor, by its digits or by a file's name. It may be newer than every file here.
    pub fn floor(&self, text: &str) -> Result<i64> {
        match text.split('_').next().unwrap_or_default().parse() {
            Ok(Version(version)) => Ok(version),
            Err(_) => Ok(self.resolve(text)?.version),
        }
    }

    /// Up to three labels that come close to `text`, the closest first.
    fn nearest(&self, text: &str) -> Vec<String> {
        let closeness = |m: &Migration| {
            let label = m.label();
            [&label[..], &label[..14], &m.name].map(|s| strsim::jaro_winkler(s, text)).into_iter().fold(0.0, f64::max)
        };
        let mut close: Vec<_> = self.migrations.iter().map(|m| (closeness(m), m)).filter(|(c, _)| *c > 0.8).collect();
        close.sort_by(|a, b| b.0.total_cmp(&a.0));
        close.into_iter().take(3).map(|(_, m)| m.label()).collect()
    }

    /// What runs on this engine, in order.
    pub fn on(&self, engine: Engine) -> impl DoubleEndedIterator<Item = (&Migration, &Script)> {
        self.migrations.iter().filter_map(move |m| m.on(engine).map(|script| (m, script)))
    }

    /// Hex digest over versions and checksums for this engine up to `to`: equal digests mean an equal ledger. A file counts
    /// with its folded sum, whichever of its sums a ledger has.
    pub fn digest(&self, engine: Engine, to: Option<i64>) -> String {
        ledger::digest_of(
            self.on(engine)
                .filter(|(m, _)| to.is_none_or(|to| m.version <= to))
                .map(|(m, script)| (m.version, &script.up.folded[..])),
        )
    }
}

impl Migration {
    /// `20250126000006_add_custom_fields`
    pub fn label(&self) -> String {
        format!("{:014}_{}", self.version, self.name)
    }

    /// The ledger's description, as sqlx writes it: the name with blanks for underscores.
    pub fn description(&self) -> String {
        self.name.replace('_', " ")
    }

    /// What runs on this engine: its own variant, else the one for all. `None`: nothing of this migration is for it.
    pub fn on(&self, engine: Engine) -> Option<&Script> {
        let of = |wanted| self.variants.iter().find(|s| s.engine == wanted);
        of(Some(engine)).or_else(|| of(None))
    }
}

impl Script {
    /// Whether a failure leaves nothing behind on this engine. On MySQL its statements say so, and of a large file not all are
    /// looked at: that one is not said to be.
    pub fn is_atomic(&self, engine: Engine) -> bool {
        if engine == Engine::Mysql && self.up.is_large() {
            return false;
        }
        engine::script::is_atomic(engine, &self.up.sql, self.up.no_transaction)
    }
}
