//! A rehearsal: everything pending, on a copy of one tenant's database. Neither the tenant nor what is known of it is
//! touched, and the copy goes whatever happens.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use super::{Goal, Policy, Rehearsal, Rehearsed, Standing, Verdict, manifest, plan, store};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::{self, Category, Connection, Failure, Target};
use crate::error::{Error, Result};
use crate::migrations::{Set, apply};
use crate::tenants::{self, Status, Tenant};
use crate::{audit, servers};

/// How often one that goes on says so.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without a word for this long it is lost.
const LOST: Duration = Duration::from_secs(30);

/// One that has begun, in a task of its own: whoever asked may go away, and the copy still goes.
pub(super) struct Begun {
    pub id: String,
    work: JoinHandle<Result<Rehearsal>>,
}

impl Begun {
    pub async fn end(self) -> Result<Rehearsal> {
        self.work.await.map_err(Error::internal)?
    }
}

pub(super) async fn begin(platform: &Platform, actor: &Actor, key: &str, to: Option<i64>) -> Result<Begun> {
    actor.authorise(Permission::Operate)?;
    let tenant = tenants::find(platform, actor, key).await?;
    if tenant.status.is_being_made() || tenant.status == Status::Deleted {
        return Err(Error::conflict(format!(
            "tenant \"{}\" is {}: there is no database to copy",
            tenant.slug,
            tenant.status.word()
        )));
    }
    let set = plan::files(platform).await?;
    let to = manifest::target_version(&set, &Goal::Migrate { to })?;
    let server = servers::find(platform, actor, &tenant.server_id).await?;
    let admin = servers::admin_target(platform, &server)?;
    let mut target = tenants::target(platform, &tenant, &server)?;
    target.application_name = format!("neo:rehearse:{}", tenant.slug);

    let id = crate::id::new();
    let mut tx = platform.central.write().await?;
    store::rehearsals::insert(&mut tx, &id, (&tenant.id, &tenant.slug), to, &actor.name).await?;
    tx.commit().await?;
    let subject = format!("tenant:{} {}", tenant.id, tenant.slug);
    let intent = audit::intent(platform, actor, "tenant.rehearse", &subject, &json!({ "to": to })).await?;
    let (platform, asked) = (platform.clone(), id.clone());
    let work = tokio::spawn(async move {
        let result = tokio::select! {
            result = on_a_copy(&platform, set, tenant, admin, target, to) => result,
            never = heartbeat(&platform, &asked) => match never {},
        };
        write_down(&platform, &asked, intent, &result).await?;
        result
    });
    Ok(Begun { id, work })
}

async fn heartbeat(platform: &Platform, id: &str) -> Infallible {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let beat = async {
            let mut tx = platform.central.write().await?;
            store::rehearsals::set_seen(&mut tx, id).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        if let Err(error) = beat.await {
            tracing::warn!(error = error.log_text(), "a rehearsal could not say that it goes on");
        }
    }
}

pub(super) async fn find(platform: &Platform, actor: &Actor, id: &str) -> Result<Standing> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let missing = || Error::not_found("rehearsal", id);
    let (tenant_id, standing) = store::rehearsals::find(&mut conn, id, LOST).await?.ok_or_else(missing)?;
    if tenants::within(&mut conn, actor, &[tenant_id]).await?.is_empty() {
        return Err(missing());
    }
    Ok(standing)
}

/// Writes down what came of it.
async fn write_down(platform: &Platform, id: &str, intent: audit::Intent, result: &Result<Rehearsal>) -> Result<()> {
    let (verdict, outcome) = match result {
        Ok(rehearsal) => {
            let failure = rehearsal.failure.clone();
            (Verdict::Done(Box::new(rehearsal.clone())), failure.map_or(Ok(()), |failure| Err(Error::from(failure))))
        }
        Err(e) => {
            let (message, cause, hint) = (e.message.clone(), e.cause.clone(), e.hint.clone());
            (Verdict::Refused { message, cause, hint }, Err(Error::new(e.kind, e.to_string())))
        }
    };
    intent.outcome(platform, &outcome).await?;
    let mut tx = platform.central.write().await?;
    store::rehearsals::finish(&mut tx, id, &verdict).await?;
    Ok(tx.commit().await?)
}

async fn on_a_copy(
    platform: &Platform,
    set: Set,
    tenant: Tenant,
    admin: Target,
    target: Target,
    to: Option<i64>,
) -> Result<Rehearsal> {
    let options = apply::Options {
        known: tenant.version,
        gone: super::gone(platform, &tenant, None).await?,
        ..apply::Options::within(Duration::from_millis(Policy::default().lock_deadline_ms))
    };
    let began = Instant::now();
    if let Some(missing) = engine::between(&admin).await {
        return Err(missing.into());
    }
    let copy = engine::copy(&admin, &target, &tenant.id).await.map_err(Error::from)?;
    let copy_ms = ms(began);
    let applied = Arc::new(Mutex::new(Vec::new()));
    let began = Instant::now();
    let mut work = tokio::spawn(apply_all(copy.clone(), set, to, options, applied.clone()));
    let (from, end, mut failure) = tokio::select! {
        ended = &mut work => match ended {
            Ok(outcome) => (outcome.from, outcome.to, outcome.failure),
            Err(_) => (None, None, Some(Failure::new(Category::Other, "the rehearsal broke off; the log says more"))),
        },
        () = platform.shutdown.cancelled() => {
            work.abort();
            let _ = (&mut work).await;
            (None, None, Some(Failure::new(Category::Other, "the rehearsal was stopped")))
        }
    };
    // A copy is entered by the tenant's own login: what a file has done to that is done.
    if let Some(own) = failure.take() {
        failure = Some(tenants::signed_out(platform, &tenant, own).await);
    }
    if let Some(failure) = &mut failure {
        failure.hint = failure.hint.take().map(|hint| hint.of_tenant(&tenant.slug));
        failure.log_whole(&tenant.slug, copy.secret());
    }
    let took = ms(began);
    let dropped = engine::drop_copy(&admin, &copy, &tenant.id).await;
    if let Err(failure) = &dropped {
        tracing::error!(
            tenant = tenant.slug,
            copy = copy.database,
            error = failure.message,
            "a rehearsal's copy is left"
        );
    }
    let applied = applied.lock().map(|mut applied| std::mem::take(&mut *applied)).unwrap_or_default();
    Ok(Rehearsal {
        tenant: tenant.slug,
        engine: tenant.engine,
        from_version: from,
        to_version: end,
        copy_ms,
        ms: took,
        applied,
        failure: failure.map(Into::into),
        left_behind: dropped.err().map(|failure| format!("{}: {failure}", copy.database)),
    })
}

/// The same that a task of a run does, but for its tries: nobody else is at a copy.
async fn apply_all(
    copy: Target,
    set: Set,
    to: Option<i64>,
    options: apply::Options,
    applied: Arc<Mutex<Vec<Rehearsed>>>,
) -> apply::Outcome {
    let mut conn = match Connection::open(&copy).await {
        Ok(conn) => conn,
        Err(failure) => {
            return apply::Outcome { from: None, to: None, done: Vec::new(), ledger: None, failure: Some(failure) };
        }
    };
    let tell = |progress| {
        if let (apply::Progress::Applied { version, migration, ms }, Ok(mut applied)) = (progress, applied.lock()) {
            applied.push(Rehearsed { version, migration, ms });
        }
    };
    let outcome = apply::run(&mut conn, &set, &apply::Goal::Up { to }, &options, &tell).await;
    conn.close().await;
    outcome
}

fn ms(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
}
