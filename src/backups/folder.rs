//! The folder of backups: names, manifests, and what goes when there are too many.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::Backup;
use crate::Platform;
use crate::config::{private_dir, private_file, read_file};
use crate::error::{Error, Result};
use crate::tenants::Tenant;
use crate::{central, clock};

/// What is being written has been written to meanwhile: a program that is silent for longer has been killed, or its Neo has.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// No manifest of ours is longer; what is, is nobody's.
const LONGEST: u64 = 64 << 10;

/// How the time of a backup stands in its name, in UTC.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second][subsecond digits:3]Z");

/// `<slug>-<time>.dump`, `.sql` or `.db`, and that time. The folder is there then.
pub(super) async fn new_name(platform: &Platform, tenant: &Tenant) -> Result<(PathBuf, i64)> {
    let folder = super::folder(platform);
    private_dir(&folder)?;
    let now = central::now(&mut *platform.central.read().await?).await?;
    let time = clock::moment(now).format(TIME).map_err(Error::internal)?;
    Ok((folder.join(format!("{}-{time}.{}", tenant.slug, tenant.engine.backup_ending())), now))
}

/// Beside the backup, under its name.
fn manifest(file: &Path) -> PathBuf {
    file.with_extension("json")
}

/// Whole or not at all.
pub(super) async fn write(file: &Path, backup: &Backup) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = serde_json::to_vec_pretty(&Backup { file: name, ..backup.clone() }).map_err(Error::internal)?;
    let path = manifest(file);
    let draft = path.with_added_extension("part");
    let refused = |e: std::io::Error| {
        Error::config(format!("the manifest \"{}\" cannot be written", path.display())).cause(e.to_string())
    };
    let written = private_file(OpenOptions::new().write(true).create(true).truncate(true))
        .open(&draft)
        .and_then(|mut draft| {
            draft.write_all(&text).and_then(|()| draft.write_all(b"\n")).and_then(|()| draft.sync_all())
        })
        .and_then(|()| std::fs::rename(&draft, &path));
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    if let Some(Ok(folder)) = path.parent().map(File::open) {
        let _ = folder.sync_all();
    }
    written.map_err(refused)
}

/// What the manifest of this file says; told with where it lies.
pub(super) async fn read(file: &Path) -> Result<Backup> {
    let path = manifest(file);
    if !file.is_file() {
        return Err(absent(file));
    }
    let read = read_file(&path, LONGEST)
        .map_err(|e| e.to_string())
        .and_then(|text| serde_json::from_slice::<Backup>(&text).map_err(|e| e.to_string()));
    let backup = read.map_err(|why| {
        Error::invalid("file", format!("the manifest \"{}\" cannot be read", path.display()))
            .cause(why)
            .hint("it was made beside the backup and belongs to it: put it there")
    })?;
    Ok(Backup { file: file.display().to_string(), ..backup })
}

pub(super) fn absent(file: &Path) -> Error {
    Error::not_found("backup", &file.display().to_string())
}

/// All of a folder, the newest first. What has no manifest is none.
pub(super) async fn all(folder: &Path) -> Result<Vec<Backup>> {
    let folder = folder.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let entries = match std::fs::read_dir(&folder) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => {
                return Err(
                    Error::config(format!("the folder {} cannot be read", folder.display())).cause(e.to_string())
                );
            }
            Ok(entries) => entries,
        };
        let manifests =
            entries.flatten().map(|entry| entry.path()).filter(|p| p.extension().is_some_and(|e| e == "json"));
        let mut found: Vec<Backup> = manifests
            .filter_map(|path| {
                let backup = serde_json::from_slice::<Backup>(&read_file(&path, LONGEST).ok()?).ok()?;
                // Its name alone, and the one that it lies beside: a manifest leads neither out of the folder nor to another's backup.
                let file = folder.join(Path::new(&backup.file).file_name()?);
                let is_its_own = manifest(&file) == path && file.is_file();
                is_its_own.then(|| Backup { file: file.display().to_string(), ..backup })
            })
            .collect();
        found.sort_by(|a, b| (b.at, &b.file).cmp(&(a.at, &a.file)));
        Ok(found)
    });
    reading.await.map_err(Error::internal)?
}

/// When the newest of a folder was made, as the names of the manifests have it.
pub(super) async fn newest(folder: &Path) -> Result<Option<i64>> {
    let folder = folder.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let entries = std::fs::read_dir(folder).ok()?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| time_of(&name)).max()
    });
    reading.await.map_err(Error::internal)
}

/// `acme-20260101T000000000Z.json`: of a manifest, when its backup was made (milliseconds).
fn time_of(name: &str) -> Option<i64> {
    let (_, time) = name.strip_suffix(".json")?.rsplit_once('-')?;
    let at = PrimitiveDateTime::parse(time, TIME).ok()?.assume_utc();
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// Removes those of a tenant that are older than `before`, but for its newest `kept`.
pub(super) async fn let_go(folder: &Path, tenant_id: &str, kept: u32, before: i64) -> Result<()> {
    let own = all(folder).await?.into_iter().filter(|backup| backup.tenant_id == tenant_id);
    for old in own.skip(kept.max(1) as usize).filter(|backup| backup.at < before) {
        let file = PathBuf::from(&old.file);
        // Without its manifest a backup is none: that goes first.
        for path in [manifest(&file), file] {
            std::fs::remove_file(&path)
                .map_err(|e| Error::config(format!("{} cannot be removed", path.display())).cause(e.to_string()))?;
        }
        tracing::info!(
            backup = old.file,
            tenant = old.slug,
            "a backup that was older than those to be kept is removed"
        );
    }
    Ok(())
}

/// Removes what killed processes have left half written (`….part`), which no list names and which is as much the tenants' as a backup.
pub(super) async fn let_go_of_drafts(folder: &Path) -> Result<()> {
    let folder = folder.to_owned();
    let sweeping = tokio::task::spawn_blocking(move || {
        let Ok(entries) = std::fs::read_dir(&folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_draft = path.extension().is_some_and(|ending| ending == "part");
            let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
            let silent = found.modified().ok().and_then(|then| then.elapsed().ok());
            if !is_draft || !found.is_file() || silent.is_none_or(|silent| silent < ABANDONED) {
                continue;
            }
            match std::fs::remove_file(&path) {
                Ok(()) => tracing::info!(file = %path.display(), "a backup that was never whole is removed"),
                Err(e) => tracing::warn!(file = %path.display(), error = %e, "half a backup could not be removed"),
            }
        }
    });
    sweeping.await.map_err(Error::internal)
}
