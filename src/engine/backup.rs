//! Backups, by each engine's own means, made and restored with the tenant's own login.

mod apart;
mod authority;
mod block;
mod dump;
mod exact;
mod fitting;
mod mysql;
mod postgres;
mod programs;
mod rewrite;

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use authority::Authority;
pub use exact::Flaws;

use super::postgres::Reader;
use super::{Category, Connection, Engine, Failure, Target, sqlite};
use crate::config::private_file;
pub(crate) use fitting::for_server;
use programs::Version;
pub(crate) use programs::find_programs;

/// A backup that is whole and on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// `PostgreSQL 15.18 (Debian …)`, `10.11.19-MariaDB`, `SQLite 3.51.0`
    pub server_version: String,
    /// What the program that made it says of itself.
    pub tool: String,
    pub size: u64,
    /// In hexadecimal digits.
    pub sha256: String,
    /// PostgreSQL: how amounts of money are written in it.
    pub lc_monetary: Option<&'static str>,
    /// MySQL and MariaDB alone have any.
    pub flaws: Flaws,
}

/// What made it, and what is to be known of it.
struct Written {
    server: String,
    tool: String,
    flaws: Flaws,
}

impl Made {
    /// What whoever restores it has to know.
    pub fn how(&self) -> (&str, Option<&str>) {
        (&self.server_version, self.lc_monetary)
    }
}

impl Written {
    fn by(server: String, tool: String) -> Self {
        Self { server, tool, flaws: Flaws::default() }
    }
}

/// Writes a backup of the tenant's database to `file`, for its owner's eyes only: `pg_dump`'s custom format, the script of
/// `mariadb-dump` (or `mysqldump`), or a SQLite file. The file appears when it is whole and on the disk; one of that name is
/// replaced.
pub async fn backup(tenant: &Target, file: &Path) -> Result<Made, Failure> {
    backup_with(tenant, file, None).await
}

/// The same with the help of an administrator, where what the tenant has would be kept from its own login: it may make another
/// one (for the tenant of this id) that is not, and nothing is read by itself.
pub async fn backup_with(tenant: &Target, file: &Path, help: Option<(&Target, &str)>) -> Result<Made, Failure> {
    let draft = file.with_added_extension("part");
    let tenant = &settled(tenant).await?;
    let outcome = match write(tenant, &draft, help).await {
        Ok(Written { server: server_version, tool, flaws }) => kept(&draft, file).await.map(|(size, sha256)| {
            let lc_monetary = (tenant.engine == Engine::Postgres).then_some(postgres::MONEY);
            Made { server_version, tool, size, sha256, lc_monetary, flaws }
        }),
        Err(failure) => Err(failure.redacted(&password(tenant))),
    };
    if outcome.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    outcome
}

/// With the one password that is taken: a program knows no second one.
async fn settled(tenant: &Target) -> Result<Target, Failure> {
    if tenant.second.is_none() {
        return Ok(tenant.clone());
    }
    let connection = Connection::open(tenant).await?;
    let settled = connection.session().target.clone();
    connection.close().await;
    Ok(settled)
}

async fn write(tenant: &Target, draft: &Path, help: Option<(&Target, &str)>) -> Result<Written, Failure> {
    let _ = std::fs::remove_file(draft);
    let output =
        private_file(OpenOptions::new().write(true).create_new(true)).open(draft).map_err(|e| refused(draft, &e))?;
    let authority = Authority::beside(tenant, draft)?;
    let mut conn = Connection::open_to_read(tenant).await?;
    let written = async {
        match tenant.engine {
            Engine::Postgres => {
                let (server, version) = postgres::version(&mut conn).await?;
                let program = programs::pg_dump(version).await?;
                let bound = postgres::bound(&mut conn).await?;
                let reader = match help.filter(|_| !bound.is_empty()) {
                    None => None,
                    Some((admin, id)) => {
                        let made = Reader::made(admin, tenant, id).await;
                        Some(made.map_err(|failure| postgres::kept_out(failure, &bound))?)
                    }
                };
                let login = reader.as_ref().map_or(tenant, |reader| &reader.login);
                let dumped = postgres::dump(login, &authority).run(&program.file, draft, output).await;
                let dumped = dumped.map_err(|failure| failure.redacted(&password(login)));
                if let Some(reader) = reader {
                    reader.gone().await;
                }
                match dumped {
                    Ok(_) => Ok(Written::by(server, program.says().await.to_owned())),
                    Err(failure) if failure.message.contains("row-level security") && !bound.is_empty() => {
                        Err(postgres::kept_out(failure, &bound))
                    }
                    Err(failure) => Err(failure),
                }
            }
            Engine::Mysql => {
                let (server, program) = (said(&mut conn, "select version()").await?, programs::script()?);
                let says = program.says().await.to_owned();
                let dump = mysql::dump((tenant, &authority), &mut conn, &says, &server).await?;
                let mut flaws = Flaws::of(&mut conn).await?;
                let strange = dump.run(&program.file, draft, output).await?;
                // Whatever else it may be: it could not be restored.
                flaws.foreign = flaws.foreign.or_else(|| strange.map(|line| format!("line {line} of the backup")));
                Ok(Written { flaws, ..Written::by(server, says) })
            }
            Engine::Sqlite => {
                let version = said(&mut conn, "select sqlite_version()").await?;
                sqlite::vacuum_into(tenant, draft).await?;
                Ok(Written::by(format!("SQLite {version}"), format!("SQLite {version}")))
            }
        }
    }
    .await;
    conn.close().await;
    written
}

async fn said(conn: &mut Connection, sql: &str) -> Result<String, Failure> {
    Ok(conn.texts(sql).await?.into_iter().flatten().next().unwrap_or_default())
}

/// What has been written is on the disk before it has its name.
async fn kept(draft: &Path, file: &Path) -> Result<(u64, String), Failure> {
    let (draft, file) = (draft.to_owned(), file.to_owned());
    let keeping = tokio::task::spawn_blocking(move || {
        let sum = (|| {
            File::open(&draft)?.sync_all()?;
            checksum(&draft)
        })();
        let sum = sum.map_err(|e| refused(&draft, &e))?;
        std::fs::rename(&draft, &file).map_err(|e| refused(&file, &e))?;
        // The name is in the folder.
        let folder = file.parent().map(File::open);
        if let Some(Ok(folder)) = folder {
            let _ = folder.sync_all();
        }
        Ok(sum)
    });
    keeping.await.map_err(|e| Failure::new(Category::Other, e.to_string()))?
}

/// How long a file is, and its SHA-256 in hexadecimal digits.
pub(crate) fn checksum(file: &Path) -> std::io::Result<(u64, String)> {
    let (mut file, mut sum, mut size) = (File::open(file)?, Sha256::new(), 0);
    let mut piece = vec![0; 256 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((size, hex::encode(sum.finalize()))),
            read => {
                sum.update(&piece[..read]);
                size += read as u64;
            }
        }
    }
}

/// Restores a backup into the tenant's database, which is there and empty, with the tenant's own login: a backup is what the tenant
/// has made of it, and nothing in it is run with other rights. `made_on` is the version of the server that it was made on, and
/// `lc_monetary` how amounts of money are written in it: where nobody knows, as this server would.
///
/// SQLite has all of it or nothing afterwards, and so has PostgreSQL, but that what is restored apart ([`apart`]) may be missing; on
/// MySQL and MariaDB what was restored before a failure is there. Whoever asks drops such a database.
pub async fn restore(
    tenant: &Target,
    file: &Path,
    (made_on, lc_monetary): (&str, Option<&str>),
) -> Result<(), Failure> {
    let tenant = &settled(tenant).await?;
    let outcome = match tenant.engine {
        Engine::Postgres => {
            let mut conn = Connection::open_to_read(tenant).await?;
            let version = postgres::version(&mut conn).await;
            conn.close().await;
            let (says, version) = version?;
            fits(tenant.engine, made_on, &says)?;
            let program = programs::pg_dump(version).await.map_err(not_restored)?;
            postgres::restore((tenant, &Authority::beside(tenant, file)?), file, program, lc_monetary).await
        }
        Engine::Mysql => {
            let mut conn = Connection::open_to_read(tenant).await?;
            let says = said(&mut conn, "select version()").await;
            conn.close().await;
            fits(tenant.engine, made_on, &says?)?;
            mysql::restore(tenant, file).await
        }
        Engine::Sqlite => sqlite::restore(tenant, file).await,
    };
    outcome.map_err(|failure| failure.redacted(&password(tenant)))
}

/// Refuses where the programs are not here that back the tenant's database up, or leave out or change what is in it; with `there`, what a server
/// says of its version, also those that restore it on that one. Nothing is touched.
pub(crate) async fn has_programs(tenant: &Target, there: Option<&str>) -> Result<(), Failure> {
    let for_a_copy = |failure| if there.is_some() { not_copied(failure) } else { failure };
    if tenant.engine.is_file() {
        return Ok(());
    }
    let mut conn = Connection::open_to_read(tenant).await?;
    let found = async {
        match tenant.engine {
            Engine::Postgres => {
                programs::pg_dump(postgres::version(&mut conn).await?.1).await.map_err(for_a_copy)?;
                let Some(version) = there.and_then(|says| says.split(' ').find_map(Version::of)) else { return Ok(()) };
                postgres::beside(&programs::pg_dump(version).await.map_err(not_restored)?.file).map(drop)
            }
            Engine::Mysql => {
                let (server, program) =
                    (said(&mut conn, "select version()").await?, programs::script().map_err(for_a_copy)?);
                mysql::history(&mut conn, program.says().await, &server).await?;
                Flaws::of(&mut conn).await?.refuse()
            }
            Engine::Sqlite => Ok(()),
        }
    }
    .await;
    conn.close().await;
    found
}

/// Refuses, as `Category::Checksum`, a tenant of which a backup would not be what was there.
pub(crate) async fn is_exact(tenant: &Target) -> Result<(), Failure> {
    if tenant.engine != Engine::Mysql {
        return Ok(());
    }
    let mut conn = Connection::open_to_read(tenant).await?;
    let flaws = Flaws::of(&mut conn).await;
    conn.close().await;
    flaws?.refuse()
}

/// What is missing for a backup is missing for a restore, and there is no way without.
fn not_restored(failure: Failure) -> Failure {
    without(failure, "nothing can be restored there")
        .hint("install PostgreSQL's client programs of that server's version, or newer, beside neo")
}

fn not_copied(failure: Failure) -> Failure {
    without(failure, "it cannot be copied")
        .hint("install the client programs of that server's version, or newer, beside the neo that works on it")
}

fn without(failure: Failure, what: &str) -> Failure {
    let why = failure.message.strip_prefix("no backup: ").unwrap_or(&failure.message);
    let message = format!("{what}: {why}");
    failure.reworded(message)
}

/// Refuses a server of another kind than the one that a backup was made on, or an older one; both by what they say of themselves.
pub(super) fn fits(engine: Engine, made_on: &str, says: &str) -> Result<(), Failure> {
    match engine {
        Engine::Postgres => refuse_older(made_on, says, |version| (version.0, 0)),
        Engine::Mysql if says.contains("MariaDB") != made_on.contains("MariaDB") => {
            Err(Failure::new(Category::Other, "MySQL and MariaDB do not restore each other's backups")
                .detail(format!("it was made on {made_on}, and the server is {says}"))
                .hint("restore it on a server of its own kind"))
        }
        Engine::Mysql => refuse_older(made_on, says, |version| (version.0, version.1)),
        Engine::Sqlite => Ok(()),
    }
}

/// A server does not take what a newer one has written.
fn refuse_older(made_on: &str, says: &str, of: impl Fn(Version) -> (u32, u32)) -> Result<(), Failure> {
    let numbered = |text: &str| text.split(' ').find_map(Version::of).map(&of);
    match (numbered(made_on), numbered(says)) {
        (Some(then), Some(now)) if now < then => Err(Failure::new(
            Category::Other,
            format!("the backup was made on {made_on}, and this server is older: {says}"),
        )
        .hint("restore it on a server of that version or newer")),
        _ => Ok(()),
    }
}

fn password(tenant: &Target) -> String {
    tenant.password.as_ref().map(|p| p.expose_secret().to_owned()).unwrap_or_default()
}

/// How long a dump waits for a table that somebody keeps locked: so many times as long as a statement of ours, which is a minute.
/// It is the last one, and nobody may be there to ask for it again.
const PATIENCE: u32 = 12;

fn patience(tenant: &Target) -> Duration {
    tenant.lock_timeout * PATIENCE
}

fn refused(file: &Path, error: &std::io::Error) -> Failure {
    let category = match error.kind() {
        std::io::ErrorKind::StorageFull => Category::Disk,
        std::io::ErrorKind::PermissionDenied => Category::Permission,
        _ => Category::Other,
    };
    Failure::new(category, format!("the backup \"{}\" cannot be written: {error}", file.display()))
}

fn unread(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Category::Other, format!("the backup \"{}\" cannot be read: {error}", file.display()))
}

#[cfg(test)]
mod tests;
