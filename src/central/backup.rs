//! The central database's own backup: a file and a manifest that names the keys it needs, and holds none.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;

use super::{CentralEngine, now};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::config::{Config, private_dir, private_file, read_file, variable};
use crate::engine::{self, Connection, Engine, Failure, Target, Tls};
use crate::error::{Advice, Error, Kind, Result};
use crate::vault::Vault;
use crate::{audit, clock};

/// No manifest of ours is longer, in bytes.
const LONGEST: u64 = 64 << 10;

/// What is said of a backup beside it, in `NAME.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Where it lies; in the manifest the name alone.
    pub file: String,
    /// The version of Neo that made it: an older one does not open it.
    pub neo: String,
    pub engine: Engine,
    pub server_version: String,
    pub tool: String,
    pub size: u64,
    pub sha256: String,
    /// The ids of the keys that something in it was sealed with. The keys themselves are kept elsewhere.
    pub keys: Vec<String>,
    pub at: String,
    pub by: String,
}

/// Writes it to a file that is not there yet.
pub async fn backup(platform: &Platform, actor: &Actor, file: &Path) -> Result<Manifest> {
    actor.authorise(Permission::ManageKeys)?;
    let manifest = file.with_extension("json");
    for path in [file, &manifest] {
        if path.exists() {
            return Err(Error::conflict(format!("\"{}\" is there already", path.display()))
                .field("file")
                .hint("nothing is written over: name another file"));
        }
    }
    let file = std::path::absolute(file).map_err(Error::internal)?;
    // A folder that would be made here may be where something that is elsewhere is not mounted.
    if let Some(folder) = file.parent().filter(|folder| !folder.is_dir()) {
        return Err(Error::invalid("file", format!("there is no folder {}", folder.display()))
            .hint("mount what belongs there, or make the folder; a backup is to lie elsewhere than what it is of"));
    }
    let (at, keys) = {
        let mut conn = platform.central.read().await?;
        let keys = sqlx::query_scalar("select kid from key_checks order by kid").fetch_all(&mut *conn).await?;
        (now(&mut conn).await?, keys)
    };
    let target = reached(&platform.config.database_url).await?;
    let made = engine::backup(&target, &file)
        .await
        .map_err(|f| as_error(&f, "the central database could not be backed up"))?;
    let backup = Manifest {
        file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        neo: env!("CARGO_PKG_VERSION").to_owned(),
        engine: target.engine,
        server_version: made.server_version,
        tool: made.tool,
        size: made.size,
        sha256: made.sha256,
        keys,
        at: clock::rfc3339(at),
        by: actor.name.clone(),
    };
    let text = serde_json::to_vec_pretty(&backup).map_err(Error::internal)?;
    let written = private_file(std::fs::OpenOptions::new().write(true).create_new(true))
        .open(&manifest)
        .and_then(|mut into| std::io::Write::write_all(&mut into, &text).and_then(|()| into.sync_all()));
    written.map_err(|e| Error::config(format!("\"{}\" cannot be written", manifest.display())).cause(e.to_string()))?;
    let mut tx = platform.central.write().await?;
    let body = json!({ "file": file, "sha256": backup.sha256 });
    audit::record(platform, &mut tx, actor, "central.backup", "central", &body).await?;
    tx.commit().await?;
    Ok(Manifest { file: file.display().to_string(), ..backup })
}

/// Puts one where `DATABASE_URL` says, where there is nothing yet. The key that it needs has to be at hand.
pub async fn restore(config: &Config, file: &Path) -> Result<Manifest> {
    let backup = read(file)?;
    let vault = Vault::new(&config.keys)?;
    if !backup.keys.is_empty() && !backup.keys.iter().any(|kid| kid == vault.kid()) {
        return Err(Error::config("the key is not one of those that this backup needs")
            .cause(format!("it names {}, and DB_ENCRYPTION_KEY is {}", backup.keys.join(", "), vault.kid()))
            .hint("set DB_ENCRYPTION_KEY to the key of then, from where it is kept"));
    }
    let target = reached(&config.database_url).await?;
    if target.engine != backup.engine {
        return Err(Error::config(format!("DATABASE_URL names a central database on {}", target.engine))
            .cause(format!("the backup is of one on {}", backup.engine))
            .hint("restore it on the engine it was made on"));
    }
    is_free(&target).await?;
    let restored = engine::restore(&target, file, (&backup.server_version, None)).await;
    restored.map_err(|f| as_error(&f, "the central database could not be restored"))?;
    Ok(Manifest { file: file.display().to_string(), ..backup })
}

fn read(file: &Path) -> Result<Manifest> {
    let manifest = file.with_extension("json");
    let unread = |path: &Path, why: String| {
        Error::config(format!("\"{}\" cannot be read", path.display()))
            .cause(why)
            .hint("a backup and its manifest lie beside each other: NAME.db or NAME.dump, and NAME.json")
    };
    let text = read_file(&manifest, LONGEST).map_err(|e| unread(&manifest, e.to_string()))?;
    let backup: Manifest = serde_json::from_slice(&text).map_err(|e| unread(&manifest, e.to_string()))?;
    let (size, sha256) = engine::checksum(file).map_err(|e| unread(file, e.to_string()))?;
    if (size, &sha256) != (backup.size, &backup.sha256) {
        return Err(Error::conflict(format!("the backup \"{}\" is not what its manifest says", file.display())).cause(
            format!("it has {size} bytes and the SHA-256 {sha256}; made were {} bytes, {}", backup.size, backup.sha256),
        ));
    }
    Ok(backup)
}

/// Nothing is written over.
async fn is_free(target: &Target) -> Result<()> {
    let taken = |what: String| {
        Error::conflict(what).hint("move it away first, or set DATABASE_URL to a place where there is nothing yet")
    };
    if target.engine.is_file() {
        if std::fs::metadata(&target.path).is_ok_and(|found| found.len() > 0) {
            return Err(taken(format!("a central database is at \"{}\" already", target.path.display())));
        }
        return target.path.parent().map_or(Ok(()), private_dir);
    }
    let unreached = |failure: Failure| as_error(&failure, "the place of the central database cannot be reached");
    let mut conn = Connection::open(target).await.map_err(unreached)?;
    let sql = "select relname::text from pg_catalog.pg_class where relkind in ('r', 'p', 'v') \
               and relnamespace::pg_catalog.regnamespace::text !~ '^(pg_|information_schema)' limit 1";
    let found = conn.texts(sql).await;
    conn.close().await;
    match found.map_err(unreached)?.into_iter().flatten().next() {
        Some(table) => Err(taken(format!("the database \"{}\" is not empty: it has {table}", target.database))),
        None => Ok(()),
    }
}

fn as_error(failure: &Failure, what: &str) -> Error {
    let kind = if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict };
    let error = Error::new(kind, what).cause(failure.in_full());
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Where it is, encrypted where the URL leaves that open and the server can, as for everything else that is said to it.
async fn reached(url: &SecretString) -> Result<Target> {
    let (target, is_open) = target(url)?;
    let encrypted = Target { tls: Tls::Require, ..target.clone() };
    if is_open && let Ok(conn) = Connection::open(&encrypted).await {
        conn.close().await;
        return Ok(encrypted);
    }
    Ok(target)
}

/// Where the central database is, as the engines are told it, and whether it is open how it is spoken to.
fn target(url: &SecretString) -> Result<(Target, bool)> {
    let text = url.expose_secret();
    let unread = || {
        Error::config("DATABASE_URL cannot be read as a URL")
            .hint(Advice::operator("sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"))
    };
    let blank = Target {
        engine: Engine::Sqlite,
        host: String::new(),
        port: 0,
        database: String::new(),
        username: String::new(),
        password: None,
        second: None,
        tls: Tls::Off,
        path: PathBuf::new(),
        application_name: "neo-central: backup".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    };
    match super::engine_of(text)? {
        CentralEngine::Sqlite => {
            let options = SqliteConnectOptions::from_str(text).map_err(|_| unread())?;
            let path = std::path::absolute(options.get_filename()).map_err(|_| unread())?;
            Ok((Target { path, ..blank }, false))
        }
        CentralEngine::Postgres => {
            let options = PgConnectOptions::from_str(text).map_err(|_| unread())?;
            let parsed = url::Url::parse(text).map_err(|_| unread())?;
            let password =
                parsed.password().map(|typed| crate::servers::percent_decode(typed).ok_or_else(unread)).transpose()?;
            // What this process was told for that, where the URL says nothing, as for everything else.
            let password = password.or_else(|| variable("PGPASSWORD"));
            let ca = parsed.query_pairs().find(|(key, _)| ["sslrootcert", "ssl-root-cert", "ssl-ca"].contains(&&**key));
            let tls_ca = ca.map(|(_, file)| {
                std::fs::read_to_string(&*file).map_err(|e| {
                    Error::config(format!("the certificates \"{file}\" that DATABASE_URL names cannot be read"))
                        .cause(e.to_string())
                })
            });
            let socket = options.get_socket().map(|path| path.display().to_string());
            let target = Target {
                engine: Engine::Postgres,
                host: socket.unwrap_or_else(|| options.get_host().to_owned()),
                port: options.get_port(),
                database: options.get_database().unwrap_or(options.get_username()).to_owned(),
                username: options.get_username().to_owned(),
                password: password.map(SecretString::from),
                tls: match options.get_ssl_mode() {
                    PgSslMode::VerifyFull | PgSslMode::VerifyCa => Tls::VerifyFull,
                    PgSslMode::Require => Tls::Require,
                    PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => Tls::Off,
                },
                tls_ca: tls_ca.transpose()?.map(Into::into),
                ..blank
            };
            Ok((target, matches!(options.get_ssl_mode(), PgSslMode::Prefer)))
        }
    }
}
