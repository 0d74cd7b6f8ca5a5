//! Files that are not what tenants have applied: asked of what is known of their ledgers, with no tenant's database.

use std::collections::{BTreeMap, HashMap};

use super::looks::{self, EARLIER};
use super::{files, meant};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::stored;
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::{Set, ledger};
use crate::notices::counted;
use crate::runs::store;
use crate::tenants::{self, Filter};

/// What a migration run refuses because the files are not those that were applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// How many it would refuse, each once.
    pub tenants: i64,
    /// Which files that is because of, the oldest first.
    pub files: Vec<ChangedFile>,
    /// Those of `tenants` of which no run that is kept says which files they had.
    pub unnamed: i64,
}

/// A file that is another than what some tenants have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    pub version: i64,
    /// `20250126000006_add_custom_fields`
    pub label: String,
    pub how: How,
    pub tenants: i64,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// They applied it when it read otherwise.
    Other,
    /// They applied it, and it is not there any more.
    Missing,
    /// It is older than what they have applied, and they have not.
    Late,
}

impl ChangedFile {
    /// `has changed since 116 tenants applied it`
    pub fn said(&self) -> String {
        let tenants = counted(self.tenants, "tenant");
        match self.how {
            How::Other => format!("has changed since {tenants} applied it"),
            How::Missing => format!("is missing, and {tenants} applied it"),
            How::Late => format!("came after newer ones that {tenants} applied"),
        }
    }
}

/// What one file is to the active tenants, where it is another than what some of them have. It has been read already.
pub async fn changed_file(platform: &Platform, actor: &Actor, set: &Set, version: i64) -> Result<Vec<ChangedFile>> {
    actor.authorise(Permission::View)?;
    let mut files = of(platform, actor, set, &Filter::default()).await?.files;
    files.retain(|file| file.version == version);
    Ok(files)
}

/// Of the active tenants, or of those that are named.
pub async fn changed(platform: &Platform, actor: &Actor, selection: &Filter) -> Result<Changed> {
    actor.authorise(Permission::View)?;
    of(platform, actor, &files(platform).await?, selection).await
}

/// The same of files that have been read.
pub(crate) async fn of(platform: &Platform, actor: &Actor, set: &Set, selection: &Filter) -> Result<Changed> {
    let mut digests: HashMap<(Engine, Option<i64>), String> = HashMap::new();
    let mut other = Vec::new();
    for group in tenants::alike(platform, actor, &meant(selection)).await? {
        let Some(digest) = &group.ledger_digest else { continue };
        let engine: Engine = stored(&group.engine)?;
        let of_files = digests
            .entry((engine, group.version))
            .or_insert_with(|| set.digest(engine, Some(group.version.unwrap_or_default())));
        if digest != of_files && !digest.starts_with(ledger::DIRTY) {
            other.push((engine, group));
        }
    }
    if other.is_empty() {
        return Ok(Changed::default());
    }
    let earlier = store::manifests(&mut *platform.central.read().await?, EARLIER).await?;
    let mut changed = Changed::default();
    let mut files: BTreeMap<(i64, How), (String, i64)> = BTreeMap::new();
    for (engine, group) in other {
        changed.tenants += group.tenants;
        let at = group.version.unwrap_or_default();
        let mut ledgers = earlier.iter().map(|files| looks::ledger_of(files, engine, at));
        let rows = ledgers.find(|rows| Some(ledger::digest(set, engine, rows)) == group.ledger_digest);
        let Some(rows) = rows else {
            changed.unnamed += group.tenants;
            continue;
        };
        for (version, label, how) in apart(set, engine, &rows) {
            files.entry((version, how)).or_insert((label, 0)).1 += group.tenants;
        }
    }
    let file = |((version, how), (label, tenants))| ChangedFile { version, label, how, tenants };
    changed.files = files.into_iter().map(file).collect();
    Ok(changed)
}

/// In what a ledger and the files are not the same.
fn apart(set: &Set, engine: Engine, rows: &[ledger::Row]) -> Vec<(i64, String, How)> {
    let newest = rows.last().map(|row| row.version);
    let mut found = Vec::new();
    for row in rows {
        let script = set.find(row.version).and_then(|migration| migration.on(engine));
        let how = match script {
            Some(script) if script.up.is(&row.checksum) => continue,
            Some(_) => How::Other,
            None => How::Missing,
        };
        found.push((row.version, format!("{:014}_{}", row.version, row.description.replace(' ', "_")), how));
    }
    let is_there = |version: i64| rows.iter().any(|row| row.version == version);
    let late = set.on(engine).filter(|(m, _)| Some(m.version) < newest && !is_there(m.version));
    found.extend(late.map(|(m, _)| (m.version, m.label(), How::Late)));
    found
}
