//! What a backup is chosen for: whether it is whole, and whom it can become.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Backup;
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::{self, Category, Connection, Failure, Target};
use crate::error::{Error, Result};
use crate::migrations::ledger;
use crate::servers::{self, Server};
use crate::tenants::{Look, Status};

/// A backup that is whole, and the server it is to be restored on.
pub(crate) struct Chosen {
    pub file: PathBuf,
    pub backup: Backup,
    pub server: Server,
}

/// What a restore that goes on later has to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Source {
    pub file: PathBuf,
    pub backup: Backup,
    /// Where it takes the place of what its tenant has.
    pub replaces: Option<Replaces>,
}

/// What becomes of the tenant then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Replaces {
    /// How it was, and is again at the end.
    pub status: Status,
    /// What it had is backed up before it is dropped.
    pub backs_up: bool,
}

/// Checks a file against its manifest, and the manifest against a server: the one that is named, or where it would live.
pub(crate) async fn chosen(
    platform: &Platform,
    actor: &Actor,
    (file, backup): (PathBuf, Backup),
    (server, home): (Option<&str>, &str),
) -> Result<Chosen> {
    actor.authorise(Permission::ProvisionTenants)?;
    is_whole(&file, &backup).await.map_err(|failure| {
        let error = Error::conflict(failure.message).field("file");
        failure.detail.into_iter().fold(error, |error, detail| error.cause(detail))
    })?;
    let named = server.unwrap_or(home);
    let server = servers::get(&mut *platform.central.read().await?, named).await.map_err(|e| match server {
        Some(_) => e,
        None => e.hint("name the server to restore it on"),
    })?;
    if server.engine != backup.engine {
        return Err(Error::invalid("server", format!("server \"{}\" is {}", server.name, server.engine))
            .cause(format!("the backup is of {}", backup.engine))
            .hint(format!("name a server of the engine {}", backup.engine)));
    }
    Ok(Chosen { file, backup, server })
}

/// Whether it is, to the byte, what its manifest says.
async fn is_whole(file: &Path, backup: &Backup) -> Result<(), Failure> {
    let path = file.to_owned();
    let sum = tokio::task::spawn_blocking(move || engine::checksum(&path)).await;
    let failure = |message: String| Failure::new(Category::Checksum, message);
    let (size, sha256) = match sum {
        Ok(Ok(sum)) => sum,
        Ok(Err(e)) => return Err(failure(format!("the backup \"{}\" cannot be read: {e}", file.display()))),
        Err(e) => return Err(failure(e.to_string())),
    };
    if (size, &sha256) == (backup.size, &backup.sha256) {
        return Ok(());
    }
    Err(failure(format!("the backup \"{}\" is not what its manifest says", file.display())).detail(format!(
        "it has {size} bytes and the SHA-256 {sha256}; made were {} bytes, {}: it is damaged, cut short or another",
        backup.size, backup.sha256
    )))
}

impl Source {
    /// Restores it into the tenant's empty database, with the tenant's own login, and holds what came of it against the manifest.
    pub(crate) async fn restore(&self, target: &Target) -> Result<Look, Failure> {
        is_whole(&self.file, &self.backup).await?;
        let how = (self.backup.server_version.as_str(), self.backup.lc_monetary.as_deref());
        engine::restore(target, &self.file, how).await?;
        let is_unread = (self.backup.version, self.backup.applied) == (None, 0);
        let mut conn = Connection::open(target).await?;
        let looked = async {
            let rows = match ledger::read(&mut conn).await {
                // Nobody could read it when the backup was made either: what is there says so to whoever migrates it.
                Err(failure) if is_unread && !failure.category.is_transient() => Vec::new(),
                read => read?,
            };
            Ok((rows, engine::schema(&mut conn).await?))
        }
        .await;
        conn.close().await;
        let (rows, schema) = looked?;
        let (look, made) = (Look::of_a_copy(&rows), &self.backup);
        let differs = |what: &str, now: String, then: String| {
            Err(Failure::new(Category::Other, format!("what was restored is not what was backed up: {what}"))
                .detail(format!("it is {now}, and was {then}"))
                .hint("nothing of it is used; the backup is as it was"))
        };
        if (look.version, look.applied) != (made.version, made.applied) {
            let told = |version: Option<i64>, applied| {
                format!(
                    "{applied} migrations up to {}",
                    version.map_or("none".to_owned(), |version| version.to_string())
                )
            };
            return differs("its ledger", told(look.version, look.applied), told(made.version, made.applied));
        }
        // Another version of a server may describe the same in other words.
        if let Some(then) = made.fingerprint.as_ref().filter(|_| made.dialect.as_ref() == Some(&schema.dialect))
            && *then != schema.fingerprint()
        {
            return differs("its schema", schema.fingerprint(), then.clone()).map_err(|failure| {
                failure.hint(
                    "nothing of it is used; the backup is as it was. To use it all the same, take \"fingerprint\" out of its \
                     manifest and restore it again",
                )
            });
        }
        Ok(look)
    }
}
