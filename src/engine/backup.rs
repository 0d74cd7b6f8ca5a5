//! Backups, by each engine's own means.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use tokio::process::Command;

use super::{Category, Connection, Engine, Failure, Target, Tls, sqlite};
use crate::config::{private_file, variable};
use crate::error::{Advice, Say};

/// Writes a backup of the tenant's database to `file`, for its owner's eyes only: `pg_dump`'s custom format, the script of
/// `mariadb-dump` (or `mysqldump`), or a SQLite file. The file appears when it is whole; one of that name is replaced.
pub async fn backup(tenant: &Target, file: &Path) -> Result<(), Failure> {
    let draft = file.with_added_extension("part");
    let tenant = &settled(tenant).await?;
    let outcome =
        write(tenant, &draft).await.and_then(|()| std::fs::rename(&draft, file).map_err(|e| refused(file, &e)));
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

async fn write(tenant: &Target, draft: &Path) -> Result<(), Failure> {
    let _ = std::fs::remove_file(draft);
    let output =
        private_file(OpenOptions::new().write(true).create_new(true)).open(draft).map_err(|e| refused(draft, &e))?;
    match tenant.engine {
        Engine::Postgres => {
            let authority = Authority::beside(tenant, draft)?;
            dump(tenant, pg_dump(tenant, authority.path()), output, &["pg_dump"]).await
        }
        Engine::Mysql => {
            let authority = Authority::beside(tenant, draft)?;
            dump(tenant, mysqldump(tenant, authority.path()), output, &["mariadb-dump", "mysqldump"]).await
        }
        Engine::Sqlite => sqlite::vacuum_into(tenant, draft).await,
    }
}

/// Whom the programs are to trust, in a file that goes when it is dropped.
struct Authority(Option<PathBuf>);

impl Authority {
    fn beside(tenant: &Target, draft: &Path) -> Result<Self, Failure> {
        let Some(pem) = &tenant.tls_ca else { return Ok(Self(None)) };
        let file = draft.with_added_extension("ca");
        let written = private_file(OpenOptions::new().write(true).create(true).truncate(true))
            .open(&file)
            .and_then(|mut opened| opened.write_all(pem.as_bytes()));
        written.map_err(|e| refused(&file, &e))?;
        Ok(Self(Some(file)))
    }

    fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Passwords go by the environment of the child, never by its arguments; and of this process's environment, which has the
/// key to everything in it, nothing does.
struct Dump {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// One that cannot be told how long it may wait is ended when it has written nothing for so long.
    silence: Option<Duration>,
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

fn pg_dump(tenant: &Target, authority: Option<&Path>) -> Dump {
    let tls = if tenant.tls == Tls::Off { "disable" } else { tenant.tls.as_str() };
    Dump {
        arguments: vec![
            "--format=custom".to_owned(),
            "--no-password".to_owned(),
            format!("--lock-wait-timeout={}ms", patience(tenant).as_millis()),
        ],
        environment: vec![
            ("LANG", "C".to_owned()),
            ("PGHOST", tenant.host.clone()),
            ("PGPORT", tenant.port.to_string()),
            ("PGDATABASE", tenant.database.clone()),
            ("PGUSER", tenant.username.clone()),
            ("PGPASSWORD", password(tenant)),
            ("PGSSLMODE", tls.to_owned()),
            ("PGAPPNAME", tenant.application_name.clone()),
            ("PGCONNECT_TIMEOUT", tenant.connect_timeout.as_secs().max(1).to_string()),
        ]
        .into_iter()
        .chain(trusted(authority).map(|file| ("PGSSLROOTCERT", file)))
        .collect(),
        silence: None,
    }
}

/// Whom `verify-full` trusts, where this process was told: the programs have lists of their own.
fn trusted(authority: Option<&Path>) -> Option<String> {
    let own = authority.map(|file| file.display().to_string());
    own.or_else(|| variable("PGSSLROOTCERT")).or_else(|| variable("SSL_CERT_FILE"))
}

fn mysqldump(tenant: &Target, authority: Option<&Path>) -> Dump {
    let mut arguments: Vec<String> = [
        "--no-defaults",
        "--single-transaction",
        "--skip-lock-tables",
        "--no-tablespaces",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        "--default-character-set=utf8mb4",
    ]
    .map(str::to_owned)
    .to_vec();
    if tenant.host.starts_with('/') {
        arguments.push(format!("--socket={}", tenant.host));
    } else {
        arguments.push("--protocol=tcp".to_owned());
        arguments.push(format!("--host={}", tenant.host));
        arguments.push(format!("--port={}", tenant.port));
    }
    arguments.push(format!("--user={}", tenant.username));
    match tenant.tls {
        Tls::Off => {}
        Tls::Require => arguments.push("--ssl".to_owned()),
        Tls::VerifyFull => {
            arguments.push("--ssl-verify-server-cert".to_owned());
            let own = authority.map(|file| file.display().to_string());
            arguments.extend(own.or_else(|| variable("SSL_CERT_FILE")).map(|file| format!("--ssl-ca={file}")));
        }
    }
    arguments.push("--".to_owned());
    arguments.push(tenant.database.clone());
    let environment = vec![("LANG", "C".to_owned()), ("MYSQL_PWD", password(tenant))];
    // Neither program takes a setting for its session.
    Dump { arguments, environment, silence: Some(patience(tenant)) }
}

/// The programs that make backups, by their absolute paths: looked up once, when the process starts.
static PROGRAMS: LazyLock<HashMap<&str, PathBuf>> = LazyLock::new(|| {
    let path = variable("PATH").unwrap_or_default();
    let programs = ["pg_dump", "mariadb-dump", "mysqldump"].into_iter();
    programs.filter_map(|name| Some((name, program(name, &path)?))).collect()
});

/// Looks for the programs that make backups: what PATH means later on makes no difference.
pub(crate) fn find_programs() {
    LazyLock::force(&PROGRAMS);
}

/// In the folders of `path`, but for those that depend on where the process happens to be.
fn program(name: &str, path: &str) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    let Ok(found) = std::fs::metadata(file) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    found.is_file() && may_run
}

/// Runs the first of `programs` that is installed.
async fn dump(tenant: &Target, dump: Dump, output: File, programs: &[&str]) -> Result<(), Failure> {
    match programs.iter().find_map(|program| PROGRAMS.get(program)) {
        Some(program) => dump.run(program, output).await.map_err(|failure| failure.redacted(&password(tenant))),
        None => {
            Err(Failure::new(Category::Other, format!("no backup: {} is not installed here", programs.join(" or ")))
                .hint(Advice::from("install the server's client programs beside neo, or ").act(Say::SayWithoutBackup)))
        }
    }
}

impl Dump {
    async fn run(self, program: &Path, output: File) -> Result<(), Failure> {
        let named = program.file_name().unwrap_or_default().display();
        let written = output.try_clone().map_err(|e| Failure::new(Category::Other, e.to_string()))?;
        let child = Command::new(program)
            .args(self.arguments)
            .env_clear()
            .envs(self.environment)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| Failure::new(Category::Other, format!("{named} does not start: {e}")))?;
        let ended = match self.silence {
            None => child.wait_with_output().await,
            Some(silence) => tokio::select! {
                ended = child.wait_with_output() => ended,
                () = silent(&written, silence) => {
                    return Err(Failure::new(
                        Category::Timeout,
                        format!("{named} has written nothing for {} s", silence.as_secs()),
                    )
                    .detail("it waits for a table that somebody keeps locked, or for a server that does not answer"));
                }
            },
        };
        let ended = ended.map_err(|e| Failure::new(Category::Other, e.to_string()))?;
        if ended.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&ended.stderr);
        Err(Failure::new(Category::Other, format!("{named} failed"))
            .detail(words.chars().take(2000).collect::<String>()))
    }
}

/// Comes back when nothing was added to the file for so long.
async fn silent(file: &File, silence: Duration) {
    let (mut length, mut since) = (0, Instant::now());
    while since.elapsed() < silence {
        tokio::time::sleep(silence / 20).await;
        let now = file.metadata().map_or(length, |found| found.len());
        if now != length {
            (length, since) = (now, Instant::now());
        }
    }
}

fn refused(file: &Path, error: &std::io::Error) -> Failure {
    let category = match error.kind() {
        std::io::ErrorKind::StorageFull => Category::Disk,
        std::io::ErrorKind::PermissionDenied => Category::Permission,
        _ => Category::Other,
    };
    Failure::new(category, format!("the backup \"{}\" cannot be written: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that does what this shell script says.
    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        file
    }

    fn tenant(engine: Engine) -> Target {
        Target {
            engine,
            host: "127.0.0.1".into(),
            port: 1,
            database: "t_acme".into(),
            username: "t_acme".into(),
            password: Some("canary".to_owned().into()),
            second: None,
            tls: Tls::Off,
            path: PathBuf::new(),
            application_name: "neo:test".into(),
            connect_timeout: std::time::Duration::from_secs(5),
            lock_timeout: std::time::Duration::from_secs(5),
            tls_ca: None,
        }
    }

    #[tokio::test]
    async fn a_program_that_makes_a_backup_gets_what_it_needs_of_the_environment_and_nothing_else() {
        // As every process started by cargo has it: a stand-in for the key.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let folder = tempfile::tempdir().unwrap();
        let program = script(folder.path(), "pg_dump", "tr '\\0' '\\n' < /proc/self/environ");
        for (engine, dump) in [
            (Engine::Postgres, pg_dump(&tenant(Engine::Postgres), None)),
            (Engine::Mysql, mysqldump(&tenant(Engine::Mysql), None)),
        ] {
            let arguments = dump.arguments.join(" ");
            assert!(!arguments.contains("canary"), "{arguments}");
            let file = folder.path().join("seen");
            dump.run(&program, File::create(&file).unwrap()).await.unwrap();
            let seen = std::fs::read_to_string(&file).unwrap();
            let names: Vec<_> = seen.lines().filter_map(|line| line.split('=').next()).collect();
            let is_ours = |name: &&str| *name == "LANG" || name.starts_with("PG") || *name == "MYSQL_PWD";
            // What a shell sets by itself.
            let others: Vec<_> =
                names.iter().filter(|n| !is_ours(n) && !["PWD", "OLDPWD", "SHLVL", "_"].contains(n)).collect();
            assert!(others.is_empty() && seen.contains("canary"), "{engine}: {seen}");
        }
    }

    #[tokio::test]
    async fn a_program_that_writes_nothing_any_more_is_ended_and_one_that_writes_slowly_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let run = async |text: &str| {
            let program = script(folder.path(), "mariadb-dump", text);
            let silence = Some(Duration::from_secs(1));
            let dump = Dump { silence, ..mysqldump(&tenant(Engine::Mysql), None) };
            dump.run(&program, File::create(folder.path().join("written")).unwrap()).await
        };
        run("for n in 1 2 3 4 5 6; do echo $n; /bin/sleep 0.4; done").await.unwrap();
        let began = Instant::now();
        let failure = run("echo begun; exec /bin/sleep 60").await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(failure.message, "mariadb-dump has written nothing for 1 s");
        assert!(failure.detail.is_some_and(|detail| detail.contains("locked")));
    }

    #[test]
    fn a_program_is_looked_for_where_the_process_may_not_happen_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let found = script(folder.path(), "pg_dump", "true");
        let absolute = folder.path().display().to_string();
        assert_eq!(program("pg_dump", &format!(".:bin::/nowhere:{absolute}")), Some(found));
        assert_eq!(program("mysqldump", &absolute), None);
        assert_eq!(program("src", ".:"), None);
        std::fs::create_dir(folder.path().join("mariadb-dump")).unwrap();
        assert_eq!(program("mariadb-dump", &absolute), None);
    }
}
