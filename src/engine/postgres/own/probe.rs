//! A session that asks for nothing, to see what the server gives then. It signs in as the tenant's does, with another driver;
//! how it is encrypted, and whom it trusts, is as with sqlx.

mod tls;

use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

use super::Own;
use crate::engine::unreached::connect_failure;
use crate::engine::{Category, Engine, Failure, Target, Tls, administrator};

/// The code by which a client asks whether there is TLS, with its length before it.
const IS_THERE_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// When the configuration was loaded is written alike by every session that has asked for these two.
const QUESTION: &str = "select name, setting, source from pg_catalog.pg_settings where name in ('TimeZone', 'DateStyle'); \
                        set timezone = 'UTC'; set datestyle = 'ISO, MDY'; select pg_catalog.pg_conf_load_time()";

pub(super) struct Seen {
    /// When the configuration was loaded, as a session of sqlx's would write it.
    pub loaded: String,
    /// What this login gets.
    pub own: Own,
    /// Of that, what everybody gets of whom nothing else is said.
    pub configured: Own,
}

pub(super) async fn look(target: &Target) -> Result<Seen, Failure> {
    let seen = match timeout(target.connect_timeout, connect(target)).await {
        Ok(seen) => seen,
        Err(_) => Err(Failure::new(Category::Timeout, format!("no answer from \"{}\"", target.place()))),
    };
    seen.map_err(|mut failure| {
        failure.detail.get_or_insert_with(|| {
            "a second connection, made for a moment to see the server's own time zone and style of dates".into()
        });
        failure
    })
}

async fn connect(target: &Target) -> Result<Seen, Failure> {
    let failed = |e: std::io::Error| connect_failure(target, &sqlx::Error::Io(e));
    if target.host.starts_with('/') {
        let socket = format!("{}/.s.PGSQL.{}", target.host.trim_end_matches('/'), target.port);
        encrypted(UnixStream::connect(socket).await.map_err(failed)?, target).await
    } else {
        encrypted(TcpStream::connect((target.host.as_str(), target.port)).await.map_err(failed)?, target).await
    }
}

/// TLS is made here and not by the driver, which is then one that can be told exactly what to trust.
async fn encrypted<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, target: &Target) -> Result<Seen, Failure> {
    if target.tls == Tls::Off {
        return ask(stream, target).await;
    }
    let failed = |e: std::io::Error| connect_failure(target, &sqlx::Error::Io(e));
    stream.write_all(&IS_THERE_TLS).await.map_err(failed)?;
    if stream.read_u8().await.map_err(failed)? != b'S' {
        return Err(connect_failure(target, &sqlx::Error::Tls("server does not support TLS".into())));
    }
    let stream = tls::handshake(stream, target).await.map_err(|e| connect_failure(target, &sqlx::Error::Tls(e)))?;
    ask(stream, target).await
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: S, target: &Target) -> Result<Seen, Failure> {
    administrator::check(Engine::Postgres, QUESTION)?;
    let password = target.password.as_ref().map(|p| p.expose_secret()).unwrap_or_default();
    let mut config = Config::new();
    config
        .user(&target.username)
        .password(password)
        .dbname(&target.database)
        .application_name(target.application_name.replace(char::is_control, ""))
        // It may be the administrator's login; for what is looked at it makes no difference.
        .options("-c search_path=pg_catalog")
        .ssl_mode(SslMode::Disable);
    let failed = |e: tokio_postgres::Error| asking_failed(target, &e);
    let (client, connection) = config.connect_raw(stream, NoTls).await.map_err(failed)?;
    let asked = async {
        let answers = client.simple_query(QUESTION).await;
        // The connection says goodbye and ends.
        drop(client);
        answers
    };
    let (answers, _) = tokio::join!(asked, connection);
    let mut seen = Seen { loaded: String::new(), own: Own::default(), configured: Own::default() };
    for answer in answers.map_err(failed)? {
        let SimpleQueryMessage::Row(row) = answer else { continue };
        let text = |column| row.get(column).map(str::to_owned);
        if row.len() == 1 {
            seen.loaded = text(0).unwrap_or_default();
            continue;
        }
        let is_configured =
            matches!(row.get(2), Some("default" | "environment variable" | "configuration file" | "command line"));
        let configured = text(1).filter(|_| is_configured);
        if row.get(0) == Some("TimeZone") {
            (seen.own.zone, seen.configured.zone) = (text(1), configured);
        } else {
            (seen.own.dates, seen.configured.dates) = (text(1), configured);
        }
    }
    Ok(seen)
}

fn asking_failed(target: &Target, error: &tokio_postgres::Error) -> Failure {
    if let Some(e) = error.as_db_error() {
        return Failure::from_postgres(e.code().code(), e.message(), e.detail(), e.hint());
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::new(Category::Connect, format!("no connection to \"{}\": {error}{cause}", target.place()))
}
