//! A whole platform in a temporary folder: central database, random key, settings as they come out of the box.

use std::path::{Path, PathBuf};
use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Door, Leave, Role};
use neo::config::{Config, Keys};
use neo::error::Result;
use secrecy::SecretString;

/// What works on a tenant's SQLite file is this very program, begun again with this test's name: it is one until its end then.
/// Asked for by anybody else, it does nothing.
#[test]
fn sqlite_session() {
    neo::engine::sqlite_session();
}

/// Everything goes with it when it is dropped.
pub struct World {
    pub platform: Platform,
    pub dir: tempfile::TempDir,
}

impl World {
    /// On a SQLite central database.
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = sqlite_url(dir.path());
        Self::in_dir(dir, &url).await
    }

    /// With other settings than those of a fresh installation.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), &sqlite_url(dir.path()), new_keys());
        change(&mut config);
        Self { platform: Platform::open(config).await.unwrap(), dir }
    }

    /// On the central database at `url`, which should be an empty one.
    pub async fn on(url: &str) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), url).await
    }

    /// With other settings, on the central database at `url`, which should be an empty one.
    pub async fn on_with(url: &str, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path(), url, new_keys());
        change(&mut config);
        Self { platform: Platform::open(config).await.unwrap(), dir }
    }

    async fn in_dir(dir: tempfile::TempDir, url: &str) -> Self {
        let platform = Platform::open(config(dir.path(), url, new_keys())).await.unwrap();
        Self { platform, dir }
    }

    /// Where the fleet's migration files are read from: empty at first.
    pub fn migrations(&self) -> PathBuf {
        self.dir.path().join("migrations")
    }

    /// A second process on the same central database with the same or other keys.
    pub async fn reopened(&self, keys: Keys) -> Result<Platform> {
        use secrecy::ExposeSecret;
        Platform::open(config(self.dir.path(), self.platform.config.database_url.expose_secret(), keys)).await
    }
}

pub fn new_keys() -> Keys {
    Keys { current: Some(neo::vault::generate_key()), old: Vec::new() }
}

pub fn sqlite_url(dir: &Path) -> String {
    format!("sqlite://{}", dir.join("central.db").display())
}

/// The settings of a fresh installation with all its files under `dir`.
pub fn config(dir: &Path, database_url: &str, keys: Keys) -> Config {
    let migrations = dir.join("migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    Config {
        database_url: SecretString::from(database_url),
        keys,
        central_subdomains: vec!["central".into(), "admin".into()],
        base_domain: "localhost".into(),
        listen: "127.0.0.1:3000".parse().unwrap(),
        metrics_listen: None,
        tenant_migrations: migrations,
        data_dir: dir.join("data"),
        trusted_proxies: Vec::new(),
        environment: "development".into(),
        quarantine_after: 0,
        server_silent_after: 5 * 60_000,
        audit_head_file: None,
        retention: Some(180 * 86_400_000),
        backups_kept: 7,
        backups_for: 30 * 86_400_000,
        legacy_ciphertext: true,
        require_2fa: None,
        smtp_url: None,
        smtp_from: None,
        oidc: None,
        password_sign_in: true,
        require_approval: Vec::new(),
    }
}

/// Somebody in a browser with this role who has just signed in.
pub fn actor(role: Role) -> Actor {
    Actor {
        admin_id: None,
        name: format!("{role}@example.com"),
        role,
        door: Door::Browser,
        address: Some("127.0.0.1".into()),
        request_id: neo::id::new(),
        signed_in_ago: Some(Duration::from_secs(5)),
        session: None,
        token: None,
        leave: Leave::None,
    }
}
