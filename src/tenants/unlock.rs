//! Who holds a tenant's migration lock, and taking it from them.

pub use neo_model::Lock;
use serde_json::json;

use super::{Tenant, claim, subject, target};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Failure, Holder, Target};
use crate::error::{Advice, Do, Error, Kind, Result};
use crate::servers::{self, Server};
use crate::{Platform, audit, runs};

/// Who holds the lock now; `None` when it is free.
pub async fn lock_holder(platform: &Platform, actor: &Actor, key: &str) -> Result<Option<Lock>> {
    actor.authorise(Permission::View)?;
    let (tenant, server) = load(platform, actor, key).await?;
    let (on, database) = place(platform, &tenant, &server)?;
    let held = engine::lock_holders(&on, std::slice::from_ref(&database)).await.map_err(|f| unseen(&tenant, &f))?;
    match held.into_iter().next() {
        Some((_, holder)) => weighed(platform, &tenant, holder).await.map(Some),
        None => Ok(None),
    }
}

/// Ends the session that holds the lock: `session` is the one that was shown, `confirm` the slug. Conflict when it is free by
/// now or another session holds it, when it is a worker of Neo's at a live run (which is cancelled instead), and on SQLite,
/// where the holder is a process. Returns the lock that was broken.
pub async fn unlock(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    confirm: &str,
    session: &str,
    reason: Option<&str>,
) -> Result<Lock> {
    actor.authorise(Permission::BreakLocks)?;
    let (tenant, server) = load(platform, actor, key).await?;
    if confirm != tenant.slug {
        return Err(Error::invalid("confirm", format!("to break its lock, type its slug: {}", tenant.slug)));
    }
    let lock = lock_holder(platform, actor, &tenant.id).await?.ok_or_else(|| is_free(&tenant))?;
    if lock.session != session {
        return Err(changed(&tenant).cause(format!("it is {} now", lock.holder)));
    }
    if let Some(why) = &lock.kept {
        let error = Error::conflict(format!("the lock of tenant \"{}\" is not broken", tenant.slug)).cause(why);
        return Err(match (lock.run, lock.holder.pid) {
            (Some(run), _) => error.hint(Advice::from("cancel the run instead: ").act(Do::CancelRun { run })),
            (None, Some(pid)) if tenant.engine.is_file() => error.hint(format!("kill {pid}, on its machine")),
            _ => error,
        });
    }
    let (on, database) = place(platform, &tenant, &server)?;
    let body = json!({ "holder": lock.holder, "reason": reason });
    let intent = audit::intent(platform, actor, "tenant.unlock", &subject(&tenant), &body).await?;
    let broken = match engine::break_lock(&on, &database, &lock.holder).await {
        Ok(true) => Ok(lock),
        Ok(false) => Err(changed(&tenant)),
        Err(failure) => Err(not_broken(&tenant, &failure)),
    };
    intent.outcome(platform, &broken).await?;
    broken
}

async fn load(platform: &Platform, actor: &Actor, key: &str) -> Result<(Tenant, Server)> {
    let mut conn = platform.central.read().await?;
    let tenant = super::get(&mut conn, actor, key).await?;
    let server = servers::get(&mut conn, &tenant.server_id).await?;
    Ok((tenant, server))
}

/// Where to ask, and about what: a role may neither see nor end the sessions of others, the server's own login may.
fn place(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<(Target, String)> {
    if server.engine.is_file() {
        let on = target(platform, tenant, server)?;
        let file = on.path.display().to_string();
        return Ok((on, file));
    }
    let on = match server.username.is_empty() {
        true => target(platform, tenant, server)?,
        false => servers::admin_target(platform, server)?,
    };
    Ok((on, tenant.database.clone()))
}

/// Whether it is one of Neo's own that should be left alone.
pub(crate) async fn weighed(platform: &Platform, tenant: &Tenant, holder: Holder) -> Result<Lock> {
    let mut conn = platform.central.read().await?;
    let at_work = runs::live_run_at(&mut conn, &tenant.id).await?;
    let is_claimed = claim::held(&mut conn).await?.contains(&tenant.id);
    // MySQL tells no application: while a worker is at the tenant, the lock counts as its.
    let run = at_work.filter(|run| match &holder.application {
        Some(application) => application.starts_with(&format!("neo:{run}:")),
        None => !tenant.engine.tells_application(),
    });
    let own = holder.application.as_deref().is_none_or(|a| a.starts_with("neo:"));
    let kept = match run {
        // A name is no proof: that the run is at the tenant is known of itself.
        Some(run) if holder.application.is_some() => {
            Some(format!("a worker that is alive is at it for run {run}, and the session calls itself that run's"))
        }
        Some(run) => Some(format!("a worker that is alive is at it for run {run}")),
        None if is_claimed && own => Some("the tenant is being made or deleted by a process that is alive".to_owned()),
        None if tenant.engine.is_file() => {
            let who = match (holder.pid, &holder.state) {
                (Some(pid), _) => format!("process {pid} has"),
                (None, Some(state)) => format!("somebody ({state}) has"),
                (None, None) => "somebody has".to_owned(),
            };
            Some(format!("{who} the file open; when that ends, the lock is free by itself"))
        }
        None => None,
    };
    Ok(Lock { tenant: tenant.slug.clone(), session: holder.session(), holder, run, kept })
}

fn is_free(tenant: &Tenant) -> Error {
    let error = Error::conflict(format!("nobody holds the lock of tenant \"{}\"", tenant.slug));
    let cause = match tenant.engine.is_file() {
        true => "a lock goes with its process: one that died needs nothing",
        false => "a lock goes with its session",
    };
    error.cause(cause).hint(Advice::from("run again: ").act(Do::MigrateTenant { tenant: Some(tenant.slug.clone()) }))
}

fn changed(tenant: &Tenant) -> Error {
    Error::conflict(format!("the lock of tenant \"{}\" has changed hands since it was shown", tenant.slug))
        .hint(Advice::from("look again: ").act(Do::UnlockTenant { tenant: tenant.slug.clone() }))
}

fn unseen(tenant: &Tenant, failure: &Failure) -> Error {
    Error::unavailable(format!("who holds the lock of tenant \"{}\" cannot be seen", tenant.slug))
        .cause(&failure.message)
        .hint(Advice::from(Do::AskOperator {}).act(Do::Doctor {}))
}

fn not_broken(tenant: &Tenant, failure: &Failure) -> Error {
    let kind = if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict };
    let error = Error::new(kind, format!("the lock of tenant \"{}\" could not be broken", tenant.slug));
    // Whose session it is, and who may end such a one, is said in the server's detail.
    let cause = [Some(&failure.message), failure.detail.as_ref()].into_iter().flatten();
    let error = error.cause(cause.map(String::as_str).collect::<Vec<_>>().join("; "));
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => {
            error.hint("the server's login has to be allowed to end that session (pg_signal_backend, CONNECTION ADMIN)")
        }
    }
}
