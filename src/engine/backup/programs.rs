//! The programs that make and restore backups: by their absolute paths, looked up once, and each with the version it says of
//! itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::config::variable;
use crate::engine::{Category, Failure};
use crate::error::{Advice, Say};

/// Where PostgreSQL's programs lie, a folder a version, besides PATH: as Debian has them, and as Red Hat does.
const POSTGRES: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];
/// What saying one's version may take.
const SAYING: Duration = Duration::from_secs(10);

pub(super) struct Program {
    pub file: PathBuf,
    says: OnceCell<String>,
}

impl Program {
    pub(super) fn at(file: PathBuf) -> Self {
        Self { file, says: OnceCell::new() }
    }

    /// Its own line about its version: `pg_dump (PostgreSQL) 15.18`. Empty where it says nothing.
    pub async fn says(&self) -> &str {
        self.says
            .get_or_init(|| async {
                let mut asked = Command::new(&self.file);
                asked.arg("--version").env_clear().env("LANG", "C").stdin(Stdio::null()).kill_on_drop(true);
                match tokio::time::timeout(SAYING, asked.output()).await {
                    Ok(Ok(said)) if said.status.success() => {
                        let words = String::from_utf8_lossy(&said.stdout);
                        words.lines().next().unwrap_or_default().trim().chars().take(200).collect()
                    }
                    _ => String::new(),
                }
            })
            .await
    }

    /// The first number of the form `15.18` in what it says.
    async fn version(&self) -> Option<Version> {
        self.says().await.split([' ', ',']).find_map(Version::of)
    }
}

/// `15.18`, `10.11.19`: what can be compared of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Version(pub u32, pub u32);

impl Version {
    /// `16.2 (Debian …)`, `10.11.19-MariaDB`, `18beta1`; a word that begins with no digit is none.
    pub fn of(text: &str) -> Option<Self> {
        let number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        let mut parts = text.split('.');
        Some(Self(number(parts.next()?)?, parts.next().and_then(number).unwrap_or(0)))
    }
}

struct Found {
    /// In the order in which they are taken.
    scripts: Vec<Program>,
    postgres: Vec<Program>,
}

static FOUND: LazyLock<Found> = LazyLock::new(|| {
    let path = variable("PATH").unwrap_or_default();
    let named = |name: &str| program(name, &path).map(Program::at);
    let mut postgres: Vec<Program> = by_version().into_iter().map(Program::at).collect();
    // Debian's is a script that goes on to one of those.
    postgres.extend(named("pg_dump").filter(|found| {
        let is_script = std::fs::canonicalize(&found.file).is_ok_and(|file| file.ends_with("pg_wrapper"));
        !is_script || postgres.is_empty()
    }));
    Found { scripts: ["mariadb-dump", "mysqldump"].into_iter().filter_map(named).collect(), postgres }
});

/// Looks for the programs that make backups: what PATH means later on makes no difference.
pub(crate) fn find_programs() {
    LazyLock::force(&FOUND);
}

fn by_version() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (folder, prefix) in POSTGRES {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(prefix)).and_then(|n| n.parse::<u32>().ok());
            let file = entry.path().join("bin/pg_dump");
            if number.is_some() && is_program(&file) {
                found.push(file);
            }
        }
    }
    found
}

/// In the folders of `path`, but for those that depend on where the process happens to be.
pub(super) fn program(name: &str, path: &str) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

pub(super) fn is_program(file: &Path) -> bool {
    let Ok(found) = std::fs::metadata(file) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    found.is_file() && may_run
}

/// What writes the script of a MySQL or MariaDB server.
pub(super) fn script() -> Result<&'static Program, Failure> {
    FOUND.scripts.first().ok_or_else(|| absent("mariadb-dump or mysqldump", "the server's client programs"))
}

/// The `pg_dump` for a server of this version: its own, since a newer one writes what an older server does not take; else the
/// next newer. An older one refuses the server.
pub(super) async fn pg_dump(server: Version) -> Result<&'static Program, Failure> {
    let mut known = Vec::new();
    for program in &FOUND.postgres {
        known.extend(program.version().await.map(|version| (version, program)));
    }
    let versions: Vec<_> = known.iter().map(|(version, _)| *version).collect();
    if let Some(fitting) = fitting(server, &versions) {
        return Ok(known[fitting].1);
    }
    let package = format!("PostgreSQL's client programs of version {} or newer", server.0);
    match known.iter().max_by_key(|(version, _)| *version) {
        None => Err(absent("pg_dump", &package)),
        Some((_, newest)) => Err(Failure::new(
            Category::Other,
            format!("no backup: the server is PostgreSQL {}, and the newest program here is older", server.0),
        )
        .detail(format!("{} is {}", newest.file.display(), newest.says().await))
        .hint(Advice::from(format!("install {package} beside neo, or ")).act(Say::SayWithoutBackup))),
    }
}

/// Which of these serves a server best.
fn fitting(server: Version, found: &[Version]) -> Option<usize> {
    let numbered = || found.iter().enumerate().filter(|(_, version)| version.0 >= server.0);
    let major = numbered().map(|(_, version)| version.0).min()?;
    numbered().filter(|(_, version)| version.0 == major).max_by_key(|(_, version)| **version).map(|(n, _)| n)
}

fn absent(name: &str, package: &str) -> Failure {
    Failure::new(Category::Other, format!("no backup: {name} is not installed here"))
        .hint(Advice::from(format!("install {package} beside neo, or ")).act(Say::SayWithoutBackup))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_out_of_whatever_words_it_stands_in() {
        for (text, expected) in [
            ("15.18 (Debian 15.18-0+deb12u1)", Some(Version(15, 18))),
            ("10.11.19-MariaDB-0+deb12u1", Some(Version(10, 11))),
            ("18beta1", Some(Version(18, 0))),
            ("Distrib", None),
            ("", None),
        ] {
            assert_eq!(Version::of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_server_is_served_by_the_program_of_its_own_version_and_by_no_older_one() {
        let found = [Version(14, 22), Version(16, 1), Version(16, 9), Version(18, 4)];
        assert_eq!(fitting(Version(16, 4), &found), Some(2));
        assert_eq!(fitting(Version(15, 2), &found), Some(2));
        assert_eq!(fitting(Version(17, 0), &found), Some(3));
        assert_eq!(fitting(Version(19, 0), &found), None);
    }
}
