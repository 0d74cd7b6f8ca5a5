//! PostgreSQL.

mod admin;
pub(super) mod asked;
mod elsewhere;
mod harden;
mod leave;
mod locks;
pub(super) mod own;
mod proof;
mod reader;
pub(super) mod record;
mod roles;
pub(super) mod template;
pub(super) mod weigh;

use std::io;
use std::time::Duration;

use secrecy::ExposeSecret;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError, PgErrorPosition, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::session::Session;
use super::unreached::connect_failure;
use super::{Engine, Failure, Target, Tls};

pub(super) use admin::*;
pub(super) use elsewhere::owns_nothing_elsewhere;
pub(super) use harden::*;
pub(super) use leave::{drop_database, drop_role, open_again};
pub(super) use locks::*;
pub(super) use proof::{identity, prove};
pub(super) use reader::Reader;
pub(super) use roles::*;

/// A server notices within a second that its client is gone, rather than at the end of a long statement. Before version 14,
/// and where the system cannot tell, there is no such setting.
const ATTENTIVE: (&str, &str) = ("client_connection_check_interval", "1s");
/// Nor this one before version 14.
const PATIENT: (&str, &str) = ("idle_session_timeout", "0");

/// How an administrator's session is, whatever the owner of the database where it works says of sessions there: what begins
/// with a session is asked for before anything else is. Names mean what the server means by them, nothing of a folder of
/// plug-ins is loaded, nobody else's role is taken on, and nothing ends it or keeps it from writing.
const ADMINISTRATOR: [(&str, &str); 6] = [
    ("search_path", "pg_catalog"),
    ("standard_conforming_strings", "on"),
    ("local_preload_libraries", ""),
    ("role", "none"),
    ("default_transaction_read_only", "off"),
    ("idle_in_transaction_session_timeout", "0"),
];

type Opened = (PgConnection, Box<Session>);

/// One round trip after authentication is none: all settings travel with the start of the session.
pub(super) async fn open_for(target: &Target, limit: Option<Duration>) -> Result<Opened, Failure> {
    open_with(target, limit, &[]).await
}

/// With the second password where the first is refused.
async fn open_with(
    target: &Target,
    limit: Option<Duration>,
    settings: &[(&'static str, &'static str)],
) -> Result<Opened, Failure> {
    let opened = sign_in(target, limit, settings).await;
    match (&opened, target.instead()) {
        (Err(failure), Some(other)) if failure.is_wrong_password() => sign_in(&other, limit, settings).await,
        _ => opened,
    }
}

async fn sign_in(
    target: &Target,
    limit: Option<Duration>,
    settings: &[(&'static str, &'static str)],
) -> Result<Opened, Failure> {
    let lock_timeout = format!("{}ms", target.lock_timeout.as_millis());
    let statement_timeout = format!("{}ms", limit.unwrap_or_default().as_millis());
    let options = options(target)
        .options([("lock_timeout", lock_timeout.as_str()), ("statement_timeout", statement_timeout.as_str())])
        .options(settings.iter().copied());
    let recent: &[_] = if settings.is_empty() { &[ATTENTIVE] } else { &[ATTENTIVE, PATIENT] };
    let opened = match connect(options.clone().options(recent.iter().copied())).await {
        Err(e) if e.as_database_error().is_some_and(|e| matches!(e.code().as_deref(), Some("42704" | "22023"))) => {
            connect(options).await
        }
        outcome => outcome,
    };
    let conn = opened.map_err(|e| connect_failure(target, &e))?;
    Ok((conn, Session::new(target)))
}

/// On a thread of its own, for as long as it is waited for. A password is four thousand hashes, and after every five of them the driver lets others have
/// their turn: where nobody else has anything to do, the runtime's threads ask the system each time what has come.
async fn connect(options: PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let (runtime, left) = (Handle::current(), CancellationToken::new());
    let _leaves = left.clone().drop_guard();
    let connecting = async move { options.connect().await };
    let connecting = spawn_blocking(move || runtime.block_on(left.run_until_cancelled_owned(Box::pin(connecting))));
    let gone = || io::Error::from(io::ErrorKind::Interrupted);
    connecting.await.map_err(io::Error::other)?.ok_or_else(gone)?
}

fn options(target: &Target) -> PgConnectOptions {
    // An empty password where there is none: nothing of this process's environment is sent to a tenant's server.
    let password = target.password.as_ref().map(|p| p.expose_secret()).unwrap_or_default();
    let options = PgConnectOptions::new_without_pgpass()
        .host(&target.host)
        .port(target.port)
        .username(&target.username)
        .password(password)
        .database(&target.database)
        .application_name(&target.application_name.replace(char::is_control, ""))
        .ssl_mode(match target.tls {
            Tls::Off => PgSslMode::Disable,
            Tls::Require => PgSslMode::Require,
            Tls::VerifyFull => PgSslMode::VerifyFull,
        })
        // As the server has it; what else sqlx asks for is put right before a file (`own`).
        .extra_float_digits(None)
        .disable_statement_logging();
    match &target.tls_ca {
        Some(authority) => options.ssl_root_cert_from_pem(authority.as_bytes().to_vec()),
        None => options,
    }
}

pub(super) async fn try_lock(conn: &mut PgConnection, key: i64) -> Result<bool, Failure> {
    let row =
        sqlx::raw_sql(AssertSqlSafe(format!("select pg_catalog.pg_try_advisory_lock({key})"))).fetch_one(conn).await;
    row.and_then(|row| row.try_get(0)).map_err(|e| failure(&e))
}

/// Whether some session with this connection's own name, other than itself, is at work or was a moment ago. Where something
/// in between keeps the name from the server nobody can tell, and the answer is yes.
pub(super) async fn is_at_work(conn: &mut PgConnection, target: &Target) -> Result<bool, Failure> {
    // Names are the server's in this message: what a tenant has made of the same name would answer in its place.
    let row = sqlx::raw_sql(
        "set local search_path = pg_catalog; select current_setting('application_name'), exists (select from pg_stat_activity \
         where application_name = current_setting('application_name') and pid <> pg_backend_pid() \
         and (state is distinct from 'idle' or state_change > clock_timestamp() - interval '5 seconds'))",
    )
    .fetch_one(conn)
    .await
    .map_err(|e| failure(&e))?;
    let name: String = row.try_get(0).map_err(|e| failure(&e))?;
    let is_at_work: bool = row.try_get(1).map_err(|e| failure(&e))?;
    // The server cuts long names.
    Ok(is_at_work || name.is_empty() || !target.application_name.starts_with(&name))
}

pub(super) async fn unlock(conn: &mut PgConnection, key: i64) {
    let _ = sqlx::raw_sql(AssertSqlSafe(format!("select pg_catalog.pg_advisory_unlock({key})"))).execute(conn).await;
}

/// Where in the script PostgreSQL itself saw the error. It counts characters from the start of the whole text.
pub(super) fn position(error: &sqlx::Error, sql: &str) -> Option<(u32, u32)> {
    let error = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    let Some(PgErrorPosition::Original(position)) = error.position() else { return None };
    let offset = sql.char_indices().nth(position.checked_sub(1)?).map_or(sql.len(), |(offset, _)| offset);
    Some(super::position(sql, offset))
}

fn failure(error: &sqlx::Error) -> Failure {
    Failure::from_sqlx(Engine::Postgres, error)
}

/// What a `create index concurrently` that failed has left behind.
pub(super) async fn invalid_indexes(conn: &mut PgConnection) -> Result<Vec<(String, String, String)>, Failure> {
    let rows = sqlx::raw_sql(
        "select n.nspname::text, c.relname::text, t.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid \
         join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace \
         where not i.indisvalid and c.relkind = 'i' and n.nspname !~ '^pg_' order by 1, 2 limit 100",
    )
    .fetch_all(conn)
    .await
    .map_err(|e| failure(&e))?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<_, sqlx::Error>>()
        .map_err(|e| failure(&e))
}
