//! Every setting once: its name, its default, and the doc comment that is its help text. The environment is read here and
//! nowhere else.

mod network;
mod oidc;

use std::fs::OpenOptions;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use neo_model::{Guard, Role};
use secrecy::{ExposeSecret, SecretString};

use crate::clock;
use crate::error::{Error, Result};

pub use network::{Network, is_localhost, is_this_machine};
pub use oidc::{Oidc, Sign, TheirFactor};

/// Settings as they are typed: flags of every command, or the environment, or a `.env` in the working directory.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// First labels that lead to the console: central.example.com, admin.example.com.
    #[arg(
        long,
        env = "CENTRAL_SUBDOMAINS",
        default_value = "central,admin",
        value_delimiter = ',',
        global = true,
        hide = true
    )]
    pub central_subdomains: Vec<String>,

    /// The domain under which the console and the tenants' sign-in pages live.
    #[arg(long, env = "BASE_DOMAIN", default_value = "localhost", global = true, hide = true)]
    pub base_domain: String,

    /// Address and port to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3000", global = true, hide = true)]
    pub listen: SocketAddr,

    /// Where measures are collected (Prometheus, /metrics), by whoever reaches this address: 127.0.0.1:9464. Nowhere unless set.
    #[arg(long, env = "METRICS_LISTEN", value_name = "ADDRESS", global = true, hide = true)]
    pub metrics_listen: Option<SocketAddr>,

    /// Where traces are collected (OpenTelemetry, OTLP over HTTP): http://127.0.0.1:4318. Nowhere unless set.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", global = true, hide = true)]
    pub otel_exporter_otlp_endpoint: Option<String>,

    /// What this process is called in traces.
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", default_value = "neo", global = true, hide = true)]
    pub otel_service_name: String,

    /// Folder with the fleet's migration files.
    #[arg(long, env = "TENANT_MIGRATIONS", default_value = "migrations/tenant", global = true, hide = true)]
    pub tenant_migrations: PathBuf,

    /// Folder for what Neo keeps in files: the embedded central database, SQLite tenants, backups.
    #[arg(long, env = "DATA_DIR", default_value = "data", global = true, hide = true)]
    pub data_dir: PathBuf,

    /// Proxies whose X-Forwarded-For or Forwarded header is believed: addresses and networks (10.0.0.0/8), comma separated.
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "", hide_default_value = true, global = true, hide = true)]
    pub trusted_proxies: String,

    /// The name of this environment, shown on every page: production is marked with a striped edge.
    #[arg(long, env = "ENVIRONMENT", default_value = "development", global = true, hide = true)]
    pub environment: String,

    /// Format of the log on standard error: text or json.
    #[arg(long, env = "LOG_FORMAT", default_value = "text", value_parser = ["text", "json"], global = true, hide = true)]
    pub log_format: String,

    /// Runs on the fleet that a tenant may fail in a row before they leave it out for a week; 0 never leaves one out.
    #[arg(long, env = "QUARANTINE_AFTER", default_value_t = 5, value_name = "RUNS", global = true, hide = true)]
    pub quarantine_after: u32,

    /// How long a server may be silent before channels are told: 5m; 0 never asks one.
    #[arg(long, env = "SERVER_SILENT_AFTER", default_value = "5m", value_name = "TIME", value_parser = crate::clock::milliseconds, global = true, hide = true)]
    pub server_silent_after: i64,

    /// The newest backups of a tenant that stay, however old they are; those made before them go once they are older than BACKUPS_FOR.
    #[arg(long, env = "BACKUPS_KEPT", default_value_t = 7, value_name = "N", global = true, hide = true)]
    pub backups_kept: u32,

    /// How long every backup stays: 30d. Of a deleted tenant they stay for good.
    #[arg(long, env = "BACKUPS_FOR", default_value = "30d", value_name = "TIME", value_parser = clock::milliseconds, global = true, hide = true)]
    pub backups_for: i64,

    /// How long runs keep their tasks and events once they have ended, and requests stay: 180d; never takes nothing away. Counts and failures stay.
    #[arg(long, env = "RETENTION", default_value = "180d", value_name = "TIME", value_parser = retention, global = true, hide = true)]
    pub retention: Retention,

    /// A file outside the central database that holds the audit's newest head: whoever cuts the audit has not cut it there.
    #[arg(long, env = "AUDIT_HEAD_FILE", value_name = "FILE", global = true, hide = true)]
    pub audit_head_file: Option<PathBuf>,

    /// Who needs a second factor to sign in to the console: none, superadmin or all. Unless set, superadmins do as soon as one of them has one.
    #[arg(long, env = "REQUIRE_2FA", value_name = "WHO", value_parser = ["none", "superadmin", "all"], global = true, hide = true)]
    pub require_2fa: Option<String>,

    /// What wants somebody else's yes before it is done: delete, rollback, all-tenants (a run that changes every active tenant), comma separated.
    #[arg(
        long,
        env = "REQUIRE_APPROVAL",
        default_value = "",
        hide_default_value = true,
        value_name = "ACTS",
        global = true,
        hide = true
    )]
    pub require_approval: String,

    /// Who mails are from, where SMTP_URL names a server for them: neo@example.com, or Neo <neo@example.com>.
    #[arg(long, env = "SMTP_FROM", value_name = "ADDRESS", global = true, hide = true)]
    pub smtp_from: Option<String>,

    #[command(flatten)]
    pub oidc: oidc::Settings,

    /// What to do with credentials sealed by the system Neo replaces: allow or deny.
    #[arg(long, env = "LEGACY_CIPHERTEXT", default_value = "allow", value_parser = ["allow", "deny"], global = true, hide = true)]
    pub legacy_ciphertext: String,
}

/// Settings, settled: nothing after this parses.
pub struct Config {
    /// `DATABASE_URL`; from the environment only, since it may hold a password.
    pub database_url: SecretString,
    /// `DB_ENCRYPTION_KEY`, then `DB_ENCRYPTION_KEYS_OLD`; from the environment only.
    pub keys: Keys,
    pub central_subdomains: Vec<String>,
    pub base_domain: String,
    pub listen: SocketAddr,
    /// Where measures are collected.
    pub metrics_listen: Option<SocketAddr>,
    pub tenant_migrations: PathBuf,
    pub data_dir: PathBuf,
    pub trusted_proxies: Vec<Network>,
    pub environment: String,
    pub quarantine_after: u32,
    /// In milliseconds.
    pub server_silent_after: i64,
    pub backups_kept: u32,
    /// In milliseconds.
    pub backups_for: i64,
    /// How long runs keep their tasks and events once they have ended, in milliseconds; none: for good.
    pub retention: Option<i64>,
    /// Where the audit's newest head is kept outside the central database.
    pub audit_head_file: Option<PathBuf>,
    /// Who needs a second factor, where that is set.
    pub require_2fa: Option<Require>,
    /// What wants somebody else's yes before it is done.
    pub require_approval: Vec<Guard>,
    /// `SMTP_URL`: the server that mails are handed to; from the environment only, since it may hold a password.
    pub smtp_url: Option<SecretString>,
    /// Who mails are from.
    pub smtp_from: Option<String>,
    /// The identity provider that admins may sign in by; its secret is from the environment only.
    pub oidc: Option<Oidc>,
    /// Whether what admins have of Neo's (password, passkey) lets everybody in, and not superadmins with a second factor alone.
    pub password_sign_in: bool,
    /// Whether legacy envelopes are still read.
    pub legacy_ciphertext: bool,
}

/// What is younger than a day stays, whoever asks.
pub const YOUNGEST: i64 = 86_400_000;

/// How long something is kept, in milliseconds; none: for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention(pub Option<i64>);

const FOR_GOOD: &str = "never";

/// `180d`, or `never`.
fn retention(text: &str) -> std::result::Result<Retention, String> {
    if text == FOR_GOOD {
        return Ok(Retention(None));
    }
    match clock::milliseconds(text).map_err(|why| format!("{why}; or never"))? {
        ms if ms < YOUNGEST => Err("nothing younger than a day is taken away: 180d, or never".into()),
        ms => Ok(Retention(Some(ms))),
    }
}

/// Who needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    Nobody,
    Superadmins,
    Everybody,
}

/// The texts of the keys, newest first. The vault turns them into keys, or says what is wrong with them.
#[derive(Clone)]
pub struct Keys {
    pub current: Option<SecretString>,
    pub old: Vec<SecretString>,
}

impl Config {
    /// Settles `settings` with the secrets of the environment.
    pub fn from_env(settings: &Settings) -> Result<Self> {
        let data_dir = settings.data_dir.clone();
        let database_url = secret("DATABASE_URL")?
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("central.db").display()).into());
        let old = secret("DB_ENCRYPTION_KEYS_OLD")?
            .map(|list| list.expose_secret().split(',').filter(|k| !k.is_empty()).map(SecretString::from).collect())
            .unwrap_or_default();
        let central_subdomains: Vec<_> = settings
            .central_subdomains
            .iter()
            .map(|s| s.trim().to_ascii_lowercase())
            .filter(|s| !s.is_empty())
            .collect();
        if central_subdomains.is_empty() {
            return Err(Error::config("CENTRAL_SUBDOMAINS names no subdomain").hint("for example: central,admin"));
        }
        Ok(Self {
            database_url,
            keys: Keys { current: secret("DB_ENCRYPTION_KEY")?, old },
            central_subdomains,
            base_domain: settings.base_domain.trim().trim_matches('.').to_ascii_lowercase(),
            listen: settings.listen,
            metrics_listen: settings.metrics_listen,
            tenant_migrations: settings.tenant_migrations.clone(),
            data_dir,
            trusted_proxies: network::list("TRUSTED_PROXIES", &settings.trusted_proxies)?,
            environment: settings.environment.clone(),
            quarantine_after: settings.quarantine_after,
            server_silent_after: settings.server_silent_after,
            backups_kept: settings.backups_kept,
            backups_for: settings.backups_for,
            retention: settings.retention.0,
            audit_head_file: settings.audit_head_file.clone().filter(|path| !path.as_os_str().is_empty()),
            require_2fa: settings.require_2fa.as_deref().and_then(|who| match who {
                "none" => Some(Require::Nobody),
                who if who == Role::Superadmin.as_str() => Some(Require::Superadmins),
                "all" => Some(Require::Everybody),
                _ => None,
            }),
            require_approval: guards(&settings.require_approval)?,
            smtp_url: secret("SMTP_URL")?,
            smtp_from: settings.smtp_from.clone().filter(|from| !from.trim().is_empty()),
            oidc: oidc::read(&settings.oidc, secret("OIDC_CLIENT_SECRET")?)?,
            password_sign_in: settings.oidc.password_sign_in == "on",
            legacy_ciphertext: settings.legacy_ciphertext == "allow",
        })
    }

    /// Plain http on this machine only: a loopback address and a `localhost` domain. Everything else is served as https.
    pub fn is_local(&self) -> bool {
        self.listen.ip().is_loopback() && (self.base_domain == "localhost" || self.base_domain.ends_with(".localhost"))
    }

    /// The origin of a host under the base domain, from configuration and never from a request:
    /// `http://central.localhost:3000`, `https://central.example.com`.
    pub fn origin(&self, subdomain: &str) -> String {
        if self.is_local() {
            format!("http://{subdomain}.{}:{}", self.base_domain, self.listen.port())
        } else {
            format!("https://{subdomain}.{}", self.base_domain)
        }
    }

    /// The console's own origin: the first central subdomain.
    pub fn central_origin(&self) -> String {
        self.origin(&self.central_subdomains[0])
    }

    pub fn is_production(&self) -> bool {
        self.environment.eq_ignore_ascii_case("production")
    }
}

/// Acts of a comma separated list; one that is none would be done without anybody's yes.
fn guards(text: &str) -> Result<Vec<Guard>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let guards: std::result::Result<Vec<Guard>, _> = words.map(str::parse).collect();
    guards.map_err(|unread| {
        let refused = Error::config(format!("REQUIRE_APPROVAL cannot be used: {}", unread.message));
        unread.hint.into_iter().fold(refused, Error::hint)
    })
}

/// A secret of the environment. Empty counts as absent.
fn secret(name: &str) -> Result<Option<SecretString>> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Some(SecretString::from(text))),
        Ok(_) | Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Error::config(format!("{name} is not UTF-8"))),
    }
}

/// `NEO_URL` and `NEO_TOKEN`: the console that the command line asks in the place of a central database, and what it comes in
/// with. The address is kept like the other: somebody may have written a password into it.
pub fn elsewhere() -> Result<(Option<SecretString>, Option<SecretString>)> {
    Ok((secret("NEO_URL")?, secret("NEO_TOKEN")?))
}

/// A variable that a command takes instead of a prompt (`EMAIL`, `FIRST_NAME`, ...). Empty counts as absent.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// The same for a secret.
pub fn secret_variable(name: &str) -> Option<SecretString> {
    variable(name).map(SecretString::from)
}

/// Who runs this process, for the record: as the environment says, else as the system's list of users does.
pub fn os_user() -> String {
    variable("USER").or_else(|| variable("LOGNAME")).or_else(listed_user).unwrap_or_else(|| "unknown".into())
}

#[cfg(unix)]
fn listed_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    // passwd(5): name, password, number, ...
    let mut lines = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|fields| fields.get(2) == Some(&id.as_str())).map(|fields| fields[0].to_owned())
}

#[cfg(not(unix))]
fn listed_user() -> Option<String> {
    None
}

/// The file that settings may stand in, in the working directory.
pub const ENV_FILE: &str = ".env";

/// What is created with these options is for its owner's eyes only, whatever the process's umask is.
pub fn private_file(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Reads a file of at most `most` bytes. What is none is refused: a device has no end, and at a pipe one waits for ever.
pub fn read_file(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let file = options.read(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(std::io::Error::other(format!("it is longer than {most} bytes"))),
        false => Ok(bytes),
    }
}

/// Creates a folder that only its owner may enter.
pub fn private_dir(path: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|e| Error::config(format!("the folder {} cannot be created", path.display())).cause(e.to_string()))
}
