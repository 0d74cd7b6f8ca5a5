//! Where a file is for those who read a pull request: in its repository, with plain slashes, wherever the command runs.

use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Line;

/// The folder of migrations, as the repository calls it.
pub struct Place {
    folder: String,
    is_inside: bool,
}

impl Place {
    /// The repository is the nearest folder above that has a `.git`; without one, where the command was called.
    pub fn of(folder: &Path) -> Self {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let repository = real.ancestors().find(|above| above.join(".git").exists()).map(Path::to_owned);
        let root = repository.or_else(|| std::env::current_dir().and_then(|here| here.canonicalize()).ok());
        let inside = root.and_then(|root| real.strip_prefix(root).ok().map(slashes));
        Self { is_inside: inside.is_some(), folder: inside.unwrap_or_else(|| slashes(&real)) }
    }

    /// `migrations/tenant/20260101000001_a.up.sql`
    pub fn path(&self, file: &Path) -> String {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if self.folder.is_empty() { name.into_owned() } else { format!("{}/{name}", self.folder) }
    }

    /// The same as an address; relative, unless it lies outside of the repository.
    pub fn uri(&self, file: &Path) -> String {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
        let escaped = |b: u8| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
        let path: String = self.path(file).bytes().map(escaped).collect();
        if self.is_inside { path } else { format!("file://{path}") }
    }

    pub fn is_inside(&self) -> bool {
        self.is_inside
    }
}

fn slashes(path: impl AsRef<Path>) -> String {
    let mut text = PathBuf::from(path.as_ref())
        .components()
        .filter(|part| !matches!(part, Component::RootDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join("/");
    if path.as_ref().has_root() {
        text.insert(0, '/');
    }
    text
}

/// What stays the same of each finding from one look to the next, though lines move: no two have the same.
pub fn fingerprints(place: &Place, lines: &[Line]) -> Vec<String> {
    let mut seen = std::collections::HashMap::new();
    let print = |line: &Line| {
        let finding = &line.finding;
        let what = (finding.rule.as_str(), place.path(&finding.file), finding.message.clone());
        let nth: &mut u32 = seen.entry(what.clone()).or_default();
        *nth += 1;
        hex::encode(Sha256::digest(format!("{}\0{}\0{}\0{nth}", what.0, what.1, what.2)))
    };
    lines.iter().map(print).collect()
}
