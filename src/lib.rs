//! The platform of Neo Central: everything that is true without a browser.
//!
//! Each noun is a room: its face holds the service, its rules and its docs; closets behind it hold its SQL. Services are
//! functions of a [`Platform`] and an [`Actor`](actor::Actor): who is asking comes first, and holding it proves nothing until
//! [`authorise`](actor::Actor::authorise) has answered. This crate knows neither HTTP nor pages.

#[cfg(target_arch = "wasm32")]
compile_error!("the platform is native only: a page reaches it through the server");

pub mod actor;
pub mod admins;
pub mod approvals;
pub mod audit;
pub mod backups;
pub mod bell;
pub mod central;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod descriptors;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod filters;
pub mod fleet;
mod gate;
pub mod id;
pub mod idempotency;
pub mod link;
pub mod lookout;
pub mod mail;
pub mod metrics;
pub mod migrations;
mod named;
pub mod notices;
pub mod oidc;
pub mod outside;
pub mod password;
mod person;
pub mod requests;
pub mod retention;
pub mod runs;
pub mod second_factor;
pub mod servers;
pub mod sessions;
pub mod tenant_users;
pub mod tenants;
pub mod tokens;
pub mod traces;
pub mod vault;
pub mod windows;

use std::ops::Deref;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use error::{Error, Result};

/// What every service needs: settings, the central database, the vault and the hasher. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

/// The parts of a [`Platform`], reached through it by name.
pub struct Parts {
    pub config: config::Config,
    pub central: central::Central,
    pub vault: vault::Vault,
    pub passwords: password::Passwords,
    /// Where mails go, where that is set.
    pub mail: Option<Arc<mail::Relay>>,
    /// What is known of the identity provider, where one is set.
    pub(crate) provider: oidc::Known,
    /// How often programs may ask, and how much they may follow at once: in this process.
    pub rates: tokens::Rates,
    /// Which programs were told which passwords lately.
    pub(crate) told: tenants::Told,
    /// Whose turn it is to ask a tenant's database about its users.
    pub(crate) visits: tenant_users::Visits,
    /// When a tenant's address answers whoever is not let in.
    pub(crate) pace: sessions::Pace,
    /// Rings whenever run events were committed or tasks queued, so that watchers and workers need not wait for their next
    /// look: by this process, and on PostgreSQL by any.
    pub bell: bell::Bell,
    /// Of this process's worker.
    pub heart: runs::Heart,
    /// Cancelled when the process should stop: servers, streams and workers end on it.
    pub shutdown: CancellationToken,
    /// Cancelled when this process is not even to wait for the statements in flight: they are cancelled on their servers.
    pub interrupt: CancellationToken,
}

impl Platform {
    /// Opens the central database (creating and migrating it), checks the key against it, and makes sure that the default
    /// server `local` exists.
    pub async fn open(config: config::Config) -> Result<Self> {
        // Before a database is made for which there is no key.
        let vault = vault::Vault::new(&config.keys)?;
        let mail = mail::Relay::of(&config)?.map(Arc::new);
        engine::find_programs();
        let central = central::Central::open(&config).await?;
        vault::check_keys(&central, &vault).await?;
        let shutdown = CancellationToken::new();
        let passwords = password::Passwords::new(shutdown.clone());
        let platform = Self(Arc::new(Parts {
            config,
            central,
            vault,
            passwords,
            mail,
            provider: oidc::Known::default(),
            rates: tokens::Rates::default(),
            told: tenants::Told::default(),
            visits: tenant_users::Visits::new(),
            pace: sessions::Pace::default(),
            bell: bell::Bell::default(),
            heart: runs::Heart::default(),
            shutdown,
            interrupt: CancellationToken::new(),
        }));
        servers::ensure_local(&platform).await?;
        Ok(platform)
    }
}

impl Deref for Platform {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
