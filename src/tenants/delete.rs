//! The end of a tenant: a last backup, then its database and role are dropped; the row and the audit stay.

use std::path::PathBuf;
use std::time::Duration;

use neo_model::{Act, Guard};
use serde_json::json;

use super::claim::Claim;
use super::provision;
use super::{Status, Tenant, lifecycle, replace, store, subject, target};
use crate::actor::{Actor, Leave, Permission};
use crate::backups::BackupReason;
use crate::engine::{self, Category, Connection, Failure, Holder, Own, Target};
use crate::error::{Advice, Do, Error, Kind, Result, Say};
use crate::requests::{self, Applicant, Plan};
use crate::servers::{self, Server};
use crate::{Platform, audit, backups};

/// How long a deletion waits for whoever is migrating the tenant.
const LOCK_DEADLINE: Duration = Duration::from_secs(15);

/// How often it is asked who holds the lock, while whoever did has just ended.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A deleted tenant, and where its last backup lies.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Deleted {
    #[serde(flatten)]
    pub tenant: Tenant,
    pub backup: Option<PathBuf>,
}

/// Drops database and role after a backup (unless told otherwise); `confirm` must be the slug. The row stays. A tenant
/// whose provisioning came to nothing is cleaned up without a backup; of an adopted one only the registration ends, since
/// Neo drops nothing that it did not make.
pub async fn delete(platform: &Platform, actor: &Actor, key: &str, confirm: &str, backup: bool) -> Result<Deleted> {
    let mut who = Applicant::new(platform, actor);
    who.authorise(Permission::DeleteTenants)?;
    let mut conn = platform.central.read().await?;
    let tenant = super::get(&mut conn, actor, key).await?;
    if confirm != tenant.slug {
        return Err(Error::invalid("confirm", format!("to delete it, type its slug: {}", tenant.slug)));
    }
    if tenant.status == Status::Deleted {
        return Err(lifecycle::is_deleted(&tenant));
    }
    if tenant.status.is_being_made() {
        // What it had would be its own again, and it would not be deleted.
        if store::replaced::of(&mut conn, &tenant).await?.is_some() {
            let slug = tenant.slug;
            return Err(Error::conflict(format!(
                "what takes the place of what tenant \"{slug}\" had is not whole yet"
            ))
            .cause("a restore or a move; what it had is kept until then")
            .hint(
                Advice::from("take it back, and delete it then: ")
                    .act(Do::CleanUpTenant { tenant: slug.clone() })
                    .and("; or bring it to its end first: ")
                    .act(Do::RetryTenant { tenant: Some(slug) }),
            ));
        }
        drop(conn);
        if matches!(actor.leave, Leave::Approved { .. } | Leave::Ask) {
            return Err(Error::conflict(format!("tenant \"{}\" is being made", tenant.slug)));
        }
        // Nobody has used it yet: there is nothing that somebody else would have to say yes to.
        who.alone()?;
        let undone = provision::undo(platform, actor, &tenant.id, &|_| {}).await?;
        return Ok(Deleted { tenant: undone.tenant, backup: None });
    }
    replace::refuse_kept(&mut conn, &tenant).await?;
    let made_here = provision::is_made_here(&mut conn, &tenant.id).await?;
    let server = servers::get(&mut conn, &tenant.server_id).await?;
    drop(conn);
    if let Some(guard) = requests::guard(platform, actor, &[Guard::Delete]) {
        requests::pass(platform, actor, &plan(guard, &tenant, who.needs(), backup)).await?;
    }
    who.alone()?;

    let claim = Claim::take(platform, actor, &tenant).await?;
    let body = json!({ "backup": backup, "database": tenant.database, "server": server.name });
    let result = match audit::intent(platform, actor, "tenant.delete", &subject(&tenant), &body).await {
        Err(e) => Err(e),
        Ok(intent) => {
            let result = end(platform, (actor, &claim), &tenant, &server, made_here, backup).await;
            let backup = |deleted: &Deleted| json!({ "backup": deleted.backup });
            intent.outcome_with(platform, &result, backup).await?;
            result
        }
    };
    claim.release().await?;
    result
}

/// What somebody else is to say yes to.
fn plan(guard: Guard, tenant: &Tenant, needs: Vec<Permission>, backup: bool) -> Plan {
    let how = if backup { "after a backup" } else { "without a backup" };
    Plan {
        guard,
        act: Act::Delete { backup },
        what: format!("delete {}, {how}", tenant.slug),
        needs,
        files: Vec::new(),
        tenants: vec![tenant.planned(Vec::new())],
    }
}

/// The same in a task of its own: whoever goes away meanwhile leaves it to its end. `None` when it takes longer than
/// `patience`: the tenant's status says when it is done, and the audit what came of it.
pub async fn delete_within(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    confirm: &str,
    backup: bool,
    patience: Duration,
) -> Result<Option<Deleted>> {
    let (platform, actor, key, confirm) = (platform.clone(), actor.clone(), key.to_owned(), confirm.to_owned());
    let deleting = tokio::spawn(async move { delete(&platform, &actor, &key, &confirm, backup).await });
    match tokio::time::timeout(patience, deleting).await {
        Ok(ended) => ended.map_err(Error::internal)?.map(Some),
        Err(_) => Ok(None),
    }
}

async fn end(
    platform: &Platform,
    (actor, claim): (&Actor, &Claim),
    tenant: &Tenant,
    server: &Server,
    made_here: bool,
    backup: bool,
) -> Result<Deleted> {
    lifecycle::refuse_at_work(&mut *platform.central.read().await?, tenant).await?;
    let mut kept = left_behind(platform, tenant, server).await?;
    if made_here {
        looked_elsewhere(platform, tenant, server).await?;
        // What an earlier try has dropped is there no more: the backup that it made is the last.
        let locked = lock(platform, tenant, server, backup && kept.is_none()).await?;
        if locked.is_some() {
            // Its own login opens it, so nothing was dropped, and the server has merely lost the mark: what was kept then is not its last.
            kept = None;
        }
        if backup && kept.is_none() {
            let own = target(platform, tenant, server)?;
            let made = backups::make(platform, actor, tenant, &own, (BackupReason::Delete, None)).await;
            kept = Some(made.map_err(|f| not_backed_up(tenant, &f))?.file.into());
        }
        // From here on no run takes it up, whatever becomes of the drop.
        let mut tx = platform.central.write().await?;
        claim.check(&mut tx).await?;
        if tenant.status != Status::Archived {
            store::set_status(&mut tx, &tenant.id, tenant.status, Status::Archived).await?;
        }
        tx.commit().await?;
        let admin = servers::admin_target(platform, server)?;
        let mut own = target(platform, tenant, server).ok().map(|target| Own { target, session: None });
        if let Some(mut conn) = locked {
            conn.unlock().await;
            // Its own login opens what the registry names for it, and Neo has made it: whose it is is known without a mark.
            engine::enter_anew(&admin, &tenant.database, &tenant.username, &tenant.id)
                .await
                .map_err(|f| not_dropped(tenant, "database", &f))?;
            own = own.map(|own| Own { session: Some(conn), ..own });
        }
        engine::drop_database_with(&admin, &tenant.database, &tenant.id, own)
            .await
            .map_err(|f| not_dropped(tenant, "database", &f))?;
        engine::drop_role(&admin, &tenant.username, &tenant.id).await.map_err(|f| not_dropped(tenant, "role", &f))?;
    }
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    store::set_deleted(&mut tx, &tenant.id).await?;
    requests::ended(&mut tx, actor).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(Deleted { tenant, backup: kept })
}

/// Nothing is touched yet. What its role owns in a database that is no tenant's is somebody's who would not be asked.
async fn looked_elsewhere(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<()> {
    let Ok(admin) = servers::admin_target(platform, server) else { return Ok(()) };
    match engine::owns_nothing_elsewhere(&admin, &tenant.username, &tenant.database).await {
        Err(failure) if failure.category == Category::Constraint => {
            let message =
                format!("tenant \"{}\" owns something outside its database, so it was not deleted", tenant.slug);
            let error = Error::conflict(message).cause(failure.in_full());
            Err(failure
                .hint
                .iter()
                .fold(error, |error, hint| error.hint(Advice::from(hint).and("; then delete it again"))))
        }
        // A server that does not answer leaves it to those who ask it next to say so, and the drop looks again.
        _ => Ok(()),
    }
}

/// The last backup of a tenant whose deletion has come as far as its database, and no further.
async fn left_behind(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<Option<PathBuf>> {
    if tenant.status != Status::Archived {
        return Ok(None);
    }
    let Some(last) = backups::last_of(platform, &tenant.id, BackupReason::Delete).await? else { return Ok(None) };
    let marked = engine::marked(&servers::admin_target(platform, server)?).await;
    let is_there = |marked: &[(String, String)]| {
        marked.iter().any(|(database, id)| (database, id) == (&tenant.database, &tenant.id))
    };
    // A server that does not answer leaves it to those who ask it next to say so.
    Ok(marked.ok().filter(|marked| !is_there(marked)).map(|_| last.file.into()))
}

/// Waits for the tenant's own lock. A database that does not let us in has no lock to wait for; with a backup to be made
/// that is where it ends.
async fn lock(platform: &Platform, tenant: &Tenant, server: &Server, backup: bool) -> Result<Option<Connection>> {
    let opened = match target(platform, tenant, server) {
        Ok(target) => open(platform, tenant, server, &target, backup).await,
        Err(e) if backup => {
            return Err(e.hint(Advice::from("to delete it without a backup: ").act(Say::WithoutBackup)));
        }
        Err(_) => return Ok(None),
    };
    match opened {
        Ok(mut conn) => {
            if let Err(failure) = servers::at_its_node(platform, server, &mut conn).await {
                conn.close().await;
                let mut refused = not_locked(tenant, &failure);
                refused.kind = Kind::Conflict;
                return Err(refused);
            }
            let Err(failure) = conn.lock(LOCK_DEADLINE).await else { return Ok(Some(conn)) };
            let is_held = failure.category == Category::Lock;
            // A tenant may end the sessions of its own login: nobody backs it up then, and the lock can still be asked about.
            let outcome = match !tenant.engine.is_file() && (is_held || !backup) {
                true => holder(platform, tenant, server, &mut conn).await,
                false => Err(not_locked(tenant, &failure)),
            };
            match outcome {
                Ok(None) if is_held => Ok(Some(conn)),
                Ok(held) => {
                    conn.close().await;
                    held.map_or(Ok(None), |held| Err(is_at_work(tenant, &held)))
                }
                Err(error) => {
                    conn.close().await;
                    Err(error)
                }
            }
        }
        Err(failure) if backup => Err(not_backed_up(tenant, &failure)),
        Err(_) => Ok(None),
    }
}

/// As the tenant. One that has shut its own database is let in again, where there is to be a backup.
async fn open(
    platform: &Platform,
    tenant: &Tenant,
    server: &Server,
    own: &Target,
    backup: bool,
) -> Result<Connection, Failure> {
    let refused = match Connection::open(own).await {
        Err(failure) if backup => failure,
        outcome => return outcome,
    };
    let Ok(admin) = servers::admin_target(platform, server) else { return Err(refused) };
    match engine::open_again(&admin, &tenant.database, &tenant.id).await {
        Ok(true) => Connection::open(own).await,
        Ok(false) | Err(_) => Err(refused),
    }
}

/// Who holds the lock and is to be waited for. No run is at this tenant: whoever has its own login, or another tenant's that it
/// has let in, is none of Neo's and no person, and may come back for ever.
async fn holder(platform: &Platform, tenant: &Tenant, server: &Server, own: &mut Connection) -> Result<Option<Holder>> {
    let admin = servers::admin_target(platform, server)?;
    let logins = provision::logins_made_here(&mut *platform.central.read().await?).await?;
    let mut tries = 0;
    loop {
        let held = engine::lock_holders(&admin, std::slice::from_ref(&tenant.database)).await;
        let mut held: Vec<_> =
            held.map_err(|failure| not_locked(tenant, &failure))?.into_iter().map(|(_, holder)| holder).collect();
        if held.iter().any(|holder| holder.user.is_none()) {
            // What the server's login may not see, the tenant's own may, where it is its own.
            held = own.lock_holders().await.unwrap_or(held);
        }
        // One without a session is held by a transaction that was prepared, or has just gone.
        held.retain(|holder| holder.pid.is_some() && !logins.iter().any(|login| holder.is_of(login)));
        // Of a session that has ended meanwhile nobody can tell whose it was; the next one has come by then.
        let is_gone = held.iter().any(|holder| holder.user.is_none());
        if !is_gone || tries == TRIES {
            return Ok(held.into_iter().next());
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_at_work(tenant: &Tenant, holder: &Holder) -> Error {
    let error = Error::conflict(format!("somebody is working on tenant \"{}\"", tenant.slug))
        .cause(format!("the migration lock of its database is held by {holder}"));
    match (&holder.user, holder.pid) {
        (None, Some(pid)) => error.hint(format!(
            "the server's login may not see whose session that is (PROCESS): have somebody who may look, and run: kill {pid}; \
             then delete it again"
        )),
        _ => error.hint(
            Advice::from("let it end, or look whose it is and end it: ")
                .act(Do::UnlockTenant { tenant: tenant.slug.clone() })
                .and("; then delete it again"),
        ),
    }
}

fn not_locked(tenant: &Tenant, failure: &Failure) -> Error {
    let error = match failure.category {
        Category::Lock => Error::conflict(format!("somebody is working on tenant \"{}\"", tenant.slug)),
        _ => Error::new(kind(failure), format!("the lock of tenant \"{}\" could not be taken", tenant.slug)),
    };
    let error = error.cause(&failure.message);
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error.hint("delete it again once that is mended"),
    }
}

fn not_backed_up(tenant: &Tenant, failure: &Failure) -> Error {
    Error::new(kind(failure), format!("tenant \"{}\" could not be backed up, so it was not deleted", tenant.slug))
        .cause(failure.in_full())
        .hint(Advice::from("to delete it without a backup: ").act(Say::WithoutBackup))
}

pub(super) fn not_dropped(tenant: &Tenant, what: &str, failure: &Failure) -> Error {
    let error = Error::new(kind(failure), format!("the {what} of tenant \"{}\" could not be dropped", tenant.slug))
        .cause(failure.in_full());
    match (&failure.hint, failure.category) {
        (Some(hint), _) => error.hint(hint),
        (None, Category::Exists) => error.hint("it does not bear this tenant's marker: look at it by hand"),
        (None, _) => error.hint("delete it again once that is mended"),
    }
}

pub(super) fn kind(failure: &Failure) -> Kind {
    if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict }
}
