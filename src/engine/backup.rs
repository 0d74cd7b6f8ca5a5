//! Backups, by each engine's own means.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::Stdio;

use secrecy::ExposeSecret;
use sqlx::Connection as _;
use tokio::process::Command;

use super::{Category, Connection, Engine, Failure, Target, Tls};
use crate::config::private_file;

/// Writes a backup of the tenant's database to `file`, for its owner's eyes only: `pg_dump`'s custom format, the script of
/// `mariadb-dump` (or `mysqldump`), or a SQLite file. The file appears when it is whole; one of that name is replaced.
pub async fn backup(tenant: &Target, file: &Path) -> Result<(), Failure> {
    let draft = file.with_added_extension("part");
    let outcome =
        write(tenant, &draft).await.and_then(|()| std::fs::rename(&draft, file).map_err(|e| refused(file, &e)));
    if outcome.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    outcome
}

async fn write(tenant: &Target, draft: &Path) -> Result<(), Failure> {
    let _ = std::fs::remove_file(draft);
    let output =
        private_file(OpenOptions::new().write(true).create_new(true)).open(draft).map_err(|e| refused(draft, &e))?;
    match tenant.engine {
        Engine::Postgres => dump(tenant, pg_dump(tenant), output, &["pg_dump"]).await,
        Engine::Mysql => dump(tenant, mysqldump(tenant), output, &["mariadb-dump", "mysqldump"]).await,
        Engine::Sqlite => {
            let Connection::Sqlite { mut conn, .. } = Connection::open(tenant).await? else {
                return Err(Failure::new(Category::Other, "this is no SQLite file"));
            };
            // Into a file that is there and empty, which keeps its permissions.
            let path = draft.to_string_lossy().into_owned();
            let outcome = sqlx::query("vacuum into $1").bind(path).execute(&mut conn).await;
            let _ = conn.close().await;
            outcome.map(drop).map_err(|e| Connection::failure(Engine::Sqlite, &e))
        }
    }
}

/// Passwords go by the environment of the child, never by its arguments.
struct Dump {
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

fn password(tenant: &Target) -> String {
    tenant.password.as_ref().map(|p| p.expose_secret().to_owned()).unwrap_or_default()
}

fn pg_dump(tenant: &Target) -> Dump {
    let tls = if tenant.tls == Tls::Off { "disable" } else { tenant.tls.as_str() };
    Dump {
        arguments: ["--format=custom", "--no-password"].map(str::to_owned).to_vec(),
        environment: vec![
            ("PGHOST", tenant.host.clone()),
            ("PGPORT", tenant.port.to_string()),
            ("PGDATABASE", tenant.database.clone()),
            ("PGUSER", tenant.username.clone()),
            ("PGPASSWORD", password(tenant)),
            ("PGSSLMODE", tls.to_owned()),
            ("PGAPPNAME", tenant.application_name.clone()),
            ("PGCONNECT_TIMEOUT", tenant.connect_timeout.as_secs().max(1).to_string()),
        ],
    }
}

fn mysqldump(tenant: &Target) -> Dump {
    let mut arguments: Vec<String> = [
        "--no-defaults",
        "--single-transaction",
        "--skip-lock-tables",
        "--no-tablespaces",
        "--routines",
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
        Tls::VerifyFull => arguments.push("--ssl-verify-server-cert".to_owned()),
    }
    arguments.push("--".to_owned());
    arguments.push(tenant.database.clone());
    Dump { arguments, environment: vec![("MYSQL_PWD", password(tenant))] }
}

/// Runs the first of `programs` that is installed.
async fn dump(tenant: &Target, dump: Dump, output: std::fs::File, programs: &[&str]) -> Result<(), Failure> {
    for program in programs {
        let stdout = output.try_clone().map_err(|e| Failure::new(Category::Other, e.to_string()))?;
        let child = Command::new(program)
            .args(&dump.arguments)
            .envs(dump.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let child = match child {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            outcome => outcome.map_err(|e| Failure::new(Category::Other, format!("{program} does not start: {e}")))?,
        };
        let ended = child.wait_with_output().await.map_err(|e| Failure::new(Category::Other, e.to_string()))?;
        if ended.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        return Err(Failure::new(Category::Other, format!("{program} failed"))
            .detail(words.chars().take(2000).collect::<String>())
            .redacted(&password(tenant)));
    }
    Err(Failure::new(Category::Other, format!("no backup: {} is not installed here", programs.join(" or ")))
        .hint("install the server's client programs beside neo, or say --no-backup"))
}

fn refused(file: &Path, error: &std::io::Error) -> Failure {
    let category = match error.kind() {
        std::io::ErrorKind::StorageFull => Category::Disk,
        std::io::ErrorKind::PermissionDenied => Category::Permission,
        _ => Category::Other,
    };
    Failure::new(category, format!("the backup \"{}\" cannot be written: {error}", file.display()))
}
