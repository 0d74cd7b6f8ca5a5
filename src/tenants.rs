//! The registry of tenants and their lifecycle.
pub mod provision;

use crate::{
    Platform,
    actor::Actor,
    central::Conn,
    engine::{Engine, Target},
    error::Result,
    servers::Server,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Provisioning,
    Active,
    Suspended,
    Archived,
    Deleted,
    Failed,
}

/// What the last look at a tenant's own database said; `Behind` is derived against the newest version on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Current,
    Behind,
    Failed,
    Drifted,
    Unreachable,
    Unknown,
}

#[derive(Debug, Clone, Serialize)]
pub struct Tenant {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: Status,
    pub server_id: String,
    pub server: String,
    pub engine: Engine,
    pub database: String,
    pub username: String,
    pub version: Option<i64>,
    pub applied: i64,
    pub state: State,
    pub last_error: Option<String>,
    pub last_run: Option<i64>,
    pub tags: Vec<String>,
    pub verified_at: Option<i64>,
    pub last_ms: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    /// The cache's checksum over the ledger; null when nothing may be assumed.
    #[serde(skip)]
    pub(crate) ledger_digest: Option<String>,
    #[serde(skip)]
    pub(crate) credential: Option<String>,
    #[serde(skip)]
    pub(crate) generation: i64,
}

pub struct NewTenant {
    pub slug: String,
    pub name: Option<String>,
    /** By name; `None` = `local`. */
    pub server: Option<String>,
    pub tags: Vec<String>,
    /// The tenant's first user, with the role `admin`.
    pub admin: Option<FirstAdmin>,
}
pub struct FirstAdmin {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
}

/// Which tenants: the query behind the list page and the selection of a run. Everything given must hold.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
#[serde(default)]
pub struct Filter {
    /// Slugs or ids; each must exist.
    pub keys: Vec<String>,
    pub statuses: Vec<Status>,
    pub server: Option<String>,
    pub tags: Vec<String>,
    pub states: Vec<State>,
    /// Behind this version (or never migrated).
    pub behind: Option<i64>,
    pub version: Option<i64>,
    /// Part of slug, name or id.
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Slug,
    Name,
    Version,
    Updated,
}

/// A page by key: `after` is the cursor that the page before answered.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    pub sort: Sort,
    pub descending: bool,
    pub after: Option<String>,
    pub before: Option<String>,
    pub limit: u32,
}
pub struct Page {
    pub tenants: Vec<Tenant>,
    pub total: i64,
    pub next: Option<String>,
    pub previous: Option<String>,
}

/// Counts over the fleet for the bar on top: `latest` is the newest version on disk.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    pub total: i64,
    pub current: i64,
    pub behind: i64,
    pub failed: i64,
    pub unreachable: i64,
    pub suspended: i64,
    pub provisioning: i64,
}

/// Registers a tenant: the row in `provisioning`, generated names, sealed credential, recorded steps. Nothing outside the
/// central database is touched; [`provision::resume`] does the rest, under a run of kind `provision`.
pub async fn reserve(_platform: &Platform, _actor: &Actor, _new: NewTenant) -> Result<Tenant> {
    todo!()
}
pub async fn list(_platform: &Platform, _actor: &Actor, _filter: &Filter, _page: &PageRequest) -> Result<Page> {
    todo!()
}
/// All that match, in slug order, for selections and `--json`.
pub async fn all(_platform: &Platform, _actor: &Actor, _filter: &Filter) -> Result<Vec<Tenant>> {
    todo!()
}
pub async fn counts(_platform: &Platform, _actor: &Actor, _latest: Option<i64>) -> Result<Counts> {
    todo!()
}
/// By id or slug; the nearest slugs in the error.
pub async fn find(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
pub async fn rename(_platform: &Platform, _actor: &Actor, _key: &str, _name: &str) -> Result<Tenant> {
    todo!()
}
pub async fn set_tags(_platform: &Platform, _actor: &Actor, _key: &str, _tags: &[String]) -> Result<Tenant> {
    todo!()
}
pub async fn suspend(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
pub async fn resume(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
pub async fn archive(_platform: &Platform, _actor: &Actor, _key: &str) -> Result<Tenant> {
    todo!()
}
/// Drops database and role after a backup (unless told otherwise); `confirm` must be the slug. The row stays.
pub async fn delete(_platform: &Platform, _actor: &Actor, _key: &str, _confirm: &str, _backup: bool) -> Result<Tenant> {
    todo!()
}
/// Registers a database that exists already, with its password in plain or sealed by the replaced system.
pub async fn adopt(_platform: &Platform, _actor: &Actor, _adopt: Adopt) -> Result<Tenant> {
    todo!()
}
pub struct Adopt {
    pub slug: String,
    pub name: Option<String>,
    pub server: String,
    pub database: String,
    pub username: String,
    pub password: AdoptPassword,
}
pub enum AdoptPassword {
    None,
    Plain(SecretString),
    Legacy(String),
}

/// Where to connect as this tenant's own role: unsealed, bound to its endpoint.
pub(crate) fn target(_platform: &Platform, _tenant: &Tenant, _server: &Server) -> Result<Target> {
    todo!()
}

/// What a task learned about a tenant: written into the cache by the run's recorder in its own transaction.
#[derive(Debug, Clone)]
pub struct Look {
    pub version: Option<i64>,
    pub applied: i64,
    pub ledger_digest: Option<String>,
    pub state: State,
    pub last_error: Option<String>,
    pub run: Option<i64>,
    pub ms: Option<i64>,
}
pub(crate) async fn remember(_conn: &mut Conn, _tenant_id: &str, _look: &Look) -> Result<()> {
    todo!()
}
