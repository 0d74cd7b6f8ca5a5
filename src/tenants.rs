//! The registry of tenants and their lifecycle.

mod adopt;
mod alike;
mod answer;
pub(crate) mod claim;
mod connection;
mod credentials;
mod delete;
mod drift;
mod filter;
mod lifecycle;
mod listed;
mod moving;
mod names;
mod page;
pub mod provision;
mod quarantine;
mod replace;
mod replaced;
mod reseal;
mod reserve;
mod resolve;
mod rotate;
mod store;
mod troubled;
mod unlock;

use std::collections::HashSet;

use neo_model::PlannedTenant;
use secrecy::SecretString;
use serde::Serialize;

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::{Engine, Schema};
use crate::error::{Error, Result};
use crate::migrations::apply::Checkpoint;
use crate::migrations::{Set, ledger};

pub use adopt::{Adopt, AdoptPassword, Entry, Survey, Taken, adopt, survey};
pub use alike::alike;
pub(crate) use alike::members;
pub use answer::{deletion, detail, row};
pub use connection::{Connection, Credentials, Passwords, Told, Whose, connection, credentials, tell};
pub(crate) use credentials::{binding, file, next_binding, target};
pub use delete::{Deleted, delete, delete_within};
pub(crate) use drift::recount;
pub use drift::{Comparison, Drift, Verdict, comparison, drift};
pub(crate) use filter::{active, in_runs, in_use};
pub use lifecycle::{Edit, archive, edit, resume, suspend};
pub use listed::csv;
pub(crate) use moving::move_to;
pub(crate) use names::{check_slug, check_tags, password as new_password};
pub use neo_model::PasswordHash;
pub use neo_model::{
    Adopted, Adoption as Outcome, Before, BrokenLock, Checked, CleanedUp, Counts, Creating, Deletion, Provisioning,
    Quarantine, Resolution, TenantDetail as Detail, TenantFilter as Filter, TenantRow as Row, TenantRows as Rows,
    TenantSort as Sort, TenantState as State, TenantStatus as Status, Tested,
};
pub(crate) use quarantine::{count_failure, take_back_failure, tell as tell_left, with_tag};
pub use quarantine::{quarantine, release};
pub use replace::before;
pub(crate) use replace::{replace, reseal_waiting, waiting};
pub use replaced::{Kept, drop_replaced, kept};
pub(crate) use replaced::{Place, places, refuse_kept_on};
pub(crate) use reseal::{reseal, resealed, sample};
pub(crate) use reserve::reserve_restored;
pub use reserve::{check, reserve};
pub use resolve::{
    Decision, Resolved, Unresolved, decide, drop_invalid, forget_ledger, half_done, resolve, unresolved,
};
pub(crate) use resolve::{once_mended, way_out};
pub(crate) use rotate::{Rotated, rotate, signed_out};
pub use store::alike::Alike;
pub use troubled::{FailedIn, failed_by_run};
pub(crate) use unlock::weighed;
pub use unlock::{Lock, lock_holder, unlock};

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
    /// Of the schema, when it was last looked at and the ledger is still the one it was then.
    pub fingerprint: Option<String>,
    /// Runs on the fleet that it failed, one after the other.
    pub failed_in_a_row: i64,
    /// While it lasts: runs on the fleet leave the tenant out.
    pub quarantine: Option<Quarantine>,
    /// How Neo writes the passwords of its users.
    pub password_hash: PasswordHash,
    /// The cache's checksum over the ledger; null when nothing may be assumed.
    #[serde(skip)]
    pub(crate) ledger_digest: Option<String>,
    #[serde(skip)]
    pub(crate) credential: Option<String>,
    /// The password that takes its place: sealed with the next generation before the server is told.
    #[serde(skip)]
    pub(crate) credential_next: Option<String>,
    #[serde(skip)]
    pub(crate) generation: i64,
    /// When Neo last renewed its password.
    #[serde(skip)]
    pub(crate) password_made_at: Option<i64>,
    /// Sealed before the server's TLS mode was bound.
    #[serde(skip)]
    pub(crate) tls_unbound: bool,
}

impl Tenant {
    /// As it stands in a plan that somebody is asked to say yes to.
    pub(crate) fn planned(&self, undone: Vec<i64>) -> PlannedTenant {
        PlannedTenant {
            id: self.id.clone(),
            tenant: self.slug.clone(),
            place: format!("{} on {}", self.database, self.server_id),
            status: self.status,
            version: self.version,
            undone,
        }
    }

    /// Whether its ledger had a dirty row when it was last read: only a person can say what is there.
    pub fn is_half_done(&self) -> bool {
        self.ledger_digest.as_ref().is_some_and(|digest| digest.starts_with(ledger::DIRTY))
    }

    /// Whether its password is older than so many milliseconds. One that was never renewed is as old as the tenant; that of an
    /// adopted one older than that.
    pub(crate) fn has_password_older_than(&self, age_ms: i64, now: i64) -> bool {
        now - self.password_made_at.unwrap_or(self.created_at) > age_ms
    }

    /// How many of the files it lacks, and how it stands with that: what was current when it was last looked at may have
    /// fallen behind since.
    pub fn standing(&self, set: &Set) -> (i64, State) {
        let pending = set.newer(self.engine, self.version);
        let state = match self.state {
            State::Failed | State::Drifted | State::Unreachable => self.state,
            _ if pending > 0 => State::Behind,
            _ => State::Current,
        };
        (pending, state)
    }
}

#[derive(Default)]
pub struct NewTenant {
    pub slug: String,
    pub name: Option<String>,
    /** By name; `None` = `local`. */
    pub server: Option<String>,
    pub tags: Vec<String>,
    /// The tenant's first user, with the role `admin`.
    pub admin: Option<FirstAdmin>,
    /// What its application reads.
    pub password_hash: PasswordHash,
    /// Whoever asks from the command line goes away again: others need not leave it to them.
    pub detached: bool,
}
pub struct FirstAdmin {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
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
#[derive(Debug)]
pub struct Page {
    pub tenants: Vec<Tenant>,
    pub total: i64,
    /// How many of them are on the pages before.
    pub before: i64,
    pub next: Option<String>,
    pub previous: Option<String>,
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
    /// When the schema was looked at as well; otherwise what is known of it stays known while the ledger is the same.
    pub schema: Option<Schema>,
    /// How far a file got that is half done now.
    pub checkpoint: Option<Checkpoint>,
}

impl Look {
    /// Of a database that was filled with what another had. Nobody has held it against the files: the next run looks for itself.
    pub(crate) fn of_a_copy(rows: &[ledger::Row]) -> Self {
        let applied: Vec<i64> = rows.iter().filter(|row| row.success).map(|row| row.version).collect();
        Self {
            version: applied.iter().max().copied(),
            applied: applied.len() as i64,
            ledger_digest: None,
            state: State::Unknown,
            last_error: None,
            run: None,
            ms: None,
            schema: None,
            checkpoint: None,
        }
    }
}

pub async fn list(platform: &Platform, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page> {
    actor.authorise(Permission::View)?;
    page::page(&mut *platform.central.read().await?, actor, filter, page).await
}

/// All that match, in slug order, for selections and `--json`.
pub async fn all(platform: &Platform, actor: &Actor, filter: &Filter) -> Result<Vec<Tenant>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let conditions = filter::conditions(&mut conn, actor, filter).await?;
    store::select(&mut conn, &conditions, "t.slug, t.id", None).await
}

/// `latest` is the newest version on disk.
pub async fn counts(platform: &Platform, actor: &Actor, latest: Option<i64>) -> Result<Counts> {
    actor.authorise(Permission::View)?;
    store::counts(&mut *platform.central.read().await?, actor, latest).await
}

/// By slug, or by id (a deleted one by id only); the nearest slugs in the error.
pub async fn find(platform: &Platform, actor: &Actor, key: &str) -> Result<Tenant> {
    actor.authorise(Permission::View)?;
    get(&mut *platform.central.read().await?, actor, key).await
}

/// The same within a transaction. A tenant that this actor is kept from is not there.
pub(crate) async fn get(conn: &mut Conn, actor: &Actor, key: &str) -> Result<Tenant> {
    let Some(tenant) = store::find(conn, key).await? else { return Err(filter::absent(conn, actor, key).await?) };
    let Some(inside) = actor.confinement() else { return Ok(tenant) };
    // A slug is its newest tenant's alone, by whatever it is asked for.
    let is_newest = tenant.slug == key || store::find(conn, &tenant.slug).await?.is_none_or(|now| now.id == tenant.id);
    match is_newest && inside.holds(&tenant.slug, &tenant.tags) {
        true => Ok(tenant),
        false => Err(filter::absent(conn, actor, key).await?),
    }
}

/// Those of these (slugs or ids) that name no living tenant, or none that there is for this actor.
pub async fn missing(platform: &Platform, actor: &Actor, keys: &[String]) -> Result<Vec<String>> {
    actor.authorise(Permission::View)?;
    filter::missing(&mut *platform.central.read().await?, actor, keys).await
}

/// A tenant by its id, for what has weighed already who is asking.
pub(crate) async fn by_id(conn: &mut Conn, id: &str) -> Result<Tenant> {
    store::find(conn, id).await?.ok_or_else(|| Error::not_found("tenant", id))
}

/// Of these tenants (slugs or ids), those that there are for this actor.
pub(crate) async fn within(conn: &mut Conn, actor: &Actor, keys: &[String]) -> Result<Vec<String>> {
    if actor.confinement().is_none() || keys.is_empty() {
        return Ok(keys.to_vec());
    }
    let inside = store::within(conn, actor, keys).await?;
    Ok(keys.iter().filter(|key| inside.contains(*key)).cloned().collect())
}

/// Writes what was seen; true when the schema is not the one that most tenants with this ledger have.
pub(crate) async fn remember(conn: &mut Conn, tenant_id: &str, look: &Look) -> Result<bool> {
    Ok(!remember_all(conn, &[(tenant_id, look)]).await?.is_empty())
}

/// The same of several tenants (by id) together; answers those of which it is true.
pub(crate) async fn remember_all(conn: &mut Conn, looks: &[(&str, &Look)]) -> Result<HashSet<String>> {
    if let Some(missing) = store::remember(conn, looks).await? {
        return Err(Error::not_found("tenant", &missing));
    }
    for (tenant_id, look) in looks {
        if let Some(checkpoint) = &look.checkpoint {
            resolve::keep_checkpoint(conn, tenant_id, checkpoint).await?;
        }
    }
    let is_told_apart = |(_, look): &&(&str, &Look)| matches!(look.state, State::Current | State::Behind);
    let known: Vec<_> = looks.iter().filter(is_told_apart).map(|(id, look)| (*id, look.schema.as_ref())).collect();
    drift::notice(conn, &known).await
}

/// Nothing may be assumed about the tenants of this run until somebody has looked again.
pub(crate) async fn forget_run(conn: &mut Conn, run_id: &str) -> Result<()> {
    store::forget_run(conn, run_id).await
}

/// The same about one.
pub(crate) async fn forget(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    store::forget(conn, tenant_id).await
}

/// How a tenant is named in the audit.
fn subject(tenant: &Tenant) -> String {
    format!("tenant:{} {}", tenant.id, tenant.slug)
}

impl Tenant {
    /// On this server, and nothing known of it yet: not even its names, which the caller says.
    fn unseen(server_id: &str, server: &str, engine: Engine) -> Self {
        Self {
            id: String::new(),
            slug: String::new(),
            name: String::new(),
            status: Status::Active,
            server_id: server_id.to_owned(),
            server: server.to_owned(),
            engine,
            database: String::new(),
            username: String::new(),
            version: None,
            applied: 0,
            state: State::Unknown,
            last_error: None,
            last_run: None,
            tags: Vec::new(),
            verified_at: None,
            last_ms: None,
            created_at: 0,
            updated_at: 0,
            fingerprint: None,
            failed_in_a_row: 0,
            quarantine: None,
            password_hash: PasswordHash::default(),
            ledger_digest: None,
            credential: None,
            credential_next: None,
            generation: 1,
            password_made_at: None,
            tls_unbound: false,
        }
    }

    /// A tenant that is nowhere, for rules that only look at one.
    #[cfg(test)]
    pub(crate) fn sketch(slug: &str, server: &str) -> Self {
        let blank = Self::unseen(&format!("id-{server}"), server, Engine::Sqlite);
        Self { id: format!("id-{slug}"), slug: slug.to_owned(), name: slug.to_owned(), ..blank }
    }
}
