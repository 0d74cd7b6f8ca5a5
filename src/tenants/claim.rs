//! Who is at a tenant's provisioning or deletion: one at a time, by a claim that is renewed while its holder lives. On this
//! machine a holder that is gone is known to be gone at once; elsewhere its claim runs out.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use sqlx::Row;
use tokio::task::JoinHandle;

use super::Tenant;
use crate::Platform;
use crate::actor::Actor;
use crate::central::Conn;
use crate::clock;
use crate::error::{Error, Result};
use crate::runs::machine;

const LEASE: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(8);

/// The claims that this process holds: one that is not here was dropped.
static OURS: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

fn ours() -> std::sync::MutexGuard<'static, HashSet<String>> {
    OURS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct Claim {
    platform: Platform,
    tenant_id: String,
    slug: String,
    holder: String,
    renewing: JoinHandle<()>,
}

impl Claim {
    /// Conflict while somebody else is at it, saying who and since when.
    pub async fn take(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Self> {
        let holder = new_holder();
        let mut tx = platform.central.write().await?;
        let row = sqlx::query(
            "select holder, actor, since, case when until < (select now_ms from clock) then 1 else 0 end as lapsed \
             from tenant_claims where tenant_id = $1",
        )
        .bind(tenant.id.clone())
        .fetch_optional(&mut *tx)
        .await?;
        let mut before = String::new();
        if let Some(row) = row {
            before = row.try_get("holder")?;
            if row.try_get::<i64, _>("lapsed")? == 0 && is_alive(&before) {
                let (who, since): (String, i64) = (row.try_get("actor")?, row.try_get("since")?);
                return Err(Error::conflict(format!("tenant \"{}\" is being worked on", tenant.slug))
                    .cause(format!("by {who} since {}", clock::rfc3339(since)))
                    .hint("wait for it to end, then look again"));
            }
        }
        // Whoever saw the same lapsed claim: only one replaces it.
        let taken = sqlx::query(
            "insert into tenant_claims (tenant_id, holder, actor, since, until) \
             values ($1, $2, $3, (select now_ms from clock), (select now_ms from clock) + $4) \
             on conflict (tenant_id) do update set holder = excluded.holder, actor = excluded.actor, \
             since = excluded.since, until = excluded.until where tenant_claims.holder = $5",
        )
        .bind(tenant.id.clone())
        .bind(holder.clone())
        .bind(actor.name.clone())
        .bind(LEASE.as_millis() as i64)
        .bind(before)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if taken == 0 {
            return Err(lost(&tenant.slug));
        }
        tx.commit().await?;
        ours().insert(holder.clone());
        let renewing = tokio::spawn(renew(platform.clone(), tenant.id.clone(), holder.clone()));
        Ok(Self {
            platform: platform.clone(),
            tenant_id: tenant.id.clone(),
            slug: tenant.slug.clone(),
            holder,
            renewing,
        })
    }

    /// A write is only made while the claim is held; it is renewed in the same transaction.
    pub async fn check(&self, tx: &mut Conn) -> Result<()> {
        match extend(tx, &self.tenant_id, &self.holder).await? {
            0 => Err(lost(&self.slug)),
            _ => Ok(()),
        }
    }

    pub async fn release(self) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        sqlx::query("delete from tenant_claims where tenant_id = $1 and holder = $2")
            .bind(self.tenant_id.clone())
            .bind(self.holder.clone())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// A claim that is dropped without being released is void at once for this machine, and elsewhere when it runs out.
impl Drop for Claim {
    fn drop(&mut self) {
        self.renewing.abort();
        ours().remove(&self.holder);
    }
}

/// Tenants under a claim whose holder is alive, by id.
pub(crate) async fn held(conn: &mut Conn) -> Result<HashSet<String>> {
    let rows = sqlx::query("select tenant_id, holder from tenant_claims where until >= (select now_ms from clock)")
        .fetch_all(conn)
        .await?;
    let mut held = HashSet::new();
    for row in &rows {
        if is_alive(&row.try_get::<String, _>("holder")?) {
            held.insert(row.try_get("tenant_id")?);
        }
    }
    Ok(held)
}

async fn renew(platform: Platform, tenant_id: String, holder: String) {
    loop {
        tokio::time::sleep(RENEW).await;
        let renewed: Result<u64> = async {
            let mut tx = platform.central.write().await?;
            let renewed = extend(&mut tx, &tenant_id, &holder).await?;
            tx.commit().await?;
            Ok(renewed)
        }
        .await;
        match renewed {
            Ok(0) => return,
            Ok(_) => {}
            Err(e) => tracing::warn!(tenant_id, error = e.log_text(), "a claim on a tenant could not be renewed"),
        }
    }
}

async fn extend(conn: &mut Conn, tenant_id: &str, holder: &str) -> Result<u64> {
    Ok(sqlx::query(
        "update tenant_claims set until = (select now_ms from clock) + $1 where tenant_id = $2 and holder = $3",
    )
    .bind(LEASE.as_millis() as i64)
    .bind(tenant_id.to_owned())
    .bind(holder.to_owned())
    .execute(conn)
    .await?
    .rows_affected())
}

fn lost(slug: &str) -> Error {
    Error::conflict(format!("somebody else has taken over tenant \"{slug}\"")).hint("look again at how it stands")
}

/// `<machine>|<process>|<its start>|<id>`
fn new_holder() -> String {
    let pid = std::process::id();
    let started = machine::process_start(pid).unwrap_or_default();
    format!("{}|{pid}|{started}|{}", machine::name(), crate::id::new())
}

/// Whether a holder may still be at work: what cannot be told from here counts as alive.
fn is_alive(holder: &str) -> bool {
    let mut parts = holder.split('|');
    let (Some(name), Some(pid), Some(started)) = (parts.next(), parts.next(), parts.next()) else { return true };
    if name != machine::name() {
        return true;
    }
    let (Ok(pid), Ok(started)) = (pid.parse::<u32>(), started.parse::<i64>()) else { return true };
    if pid == std::process::id() && machine::process_start(pid).unwrap_or_default() == started {
        return ours().contains(holder);
    }
    started == 0 || machine::process_start(pid) == Some(started)
}
