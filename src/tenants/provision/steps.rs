//! What each step does, beside its undo. Every one may be done twice and undone twice.

use std::sync::Arc;
use std::time::Duration;

use super::work::Work;
use super::{Progress, Step, store, template};
use crate::backups::{self, Backup, BackupReason, Source};
use crate::engine::{self, Category, Connection, Engine, Failure, Own, Proof, Target};
use crate::error::{Advice, Error, Kind, Say};
use crate::migrations::{Set, apply, ledger};
use crate::servers;
use crate::tenant_users::{self, TenantUser};
use crate::tenants::store::replaced::{self, Replaced};
use crate::tenants::{self, Look, State, Tenant, names};

const LOCK_DEADLINE: Duration = Duration::from_secs(15);

/// The role of the first user, which may do everything in a tenant.
const ADMIN_ROLE: &str = "admin";

/// What a step learned that belongs into the tenant's row.
pub(super) enum Done {
    Nothing,
    Migrated(Box<Look>),
}

pub(super) async fn forward(work: &Work<'_>, step: Step) -> Result<Done, Failure> {
    let refused = |failure| servers::signed_out(work.server, failure);
    match step {
        // Written by whoever reserved it.
        Step::Reserve => {}
        Step::Role => create_role(work).await.map_err(refused)?,
        Step::Database => create_database(work).await.map_err(refused)?,
        Step::Rights => grant(work).await.map_err(refused)?,
        // A move's, which are not done here.
        Step::Close | Step::Copy | Step::Compare => {}
        Step::Migrate => return Ok(Done::Migrated(Box::new(migrate(work).await?))),
        Step::Restore => return Ok(Done::Migrated(Box::new(restore(work).await?))),
        Step::Admin => create_admin(work).await?,
        Step::Retire => retire(work).await?,
        // Done by being recorded as succeeded.
        Step::Activate => {}
    }
    Ok(Done::Nothing)
}

pub(super) async fn back(work: &Work<'_>, step: Step) -> Result<(), Failure> {
    let refused = |failure| servers::signed_out(work.server, failure);
    match step {
        Step::Role => drop_role(work).await.map_err(refused),
        Step::Database => async {
            // Before anything is dropped: its role comes after its database.
            engine::owns_nothing_elsewhere(&admin(work).await?, &work.tenant.username, &work.tenant.database).await?;
            drop_database(work).await
        }
        .await
        .map_err(refused),
        // Inside the database: gone with it.
        Step::Rights | Step::Copy | Step::Compare | Step::Migrate | Step::Restore | Step::Admin => Ok(()),
        // Its login is let in again with the tenant's row.
        Step::Close => Ok(()),
        // What was dropped does not come back: that is looked at before anything is undone.
        Step::Retire => Ok(()),
        // In the tenant's row, which says so itself.
        Step::Reserve | Step::Activate => Ok(()),
    }
}

async fn create_role(work: &Work<'_>) -> Result<(), Failure> {
    // A file has no roles.
    if work.tenant.engine.is_file() {
        return Ok(());
    }
    let target = own(work)?;
    let password =
        target.password.as_ref().ok_or_else(|| Failure::new(Category::Other, "the tenant has no credential"))?;
    engine::create_role(&admin(work).await?, &work.tenant.username, password, &work.tenant.id).await
}

async fn drop_role(work: &Work<'_>) -> Result<(), Failure> {
    if work.tenant.engine.is_file() {
        return Ok(());
    }
    engine::drop_role(&admin(work).await?, &work.tenant.username, &work.tenant.id).await
}

async fn create_database(work: &Work<'_>) -> Result<(), Failure> {
    let admin = admin(work).await?;
    let Tenant { id, database, username, .. } = work.tenant;
    let moving = async { store::moving(&mut *work.platform.central.read().await?, id).await }.await;
    if let Some(how) = moving.map_err(|e| failure(&e))? {
        return engine::create_database_like(&admin, database, username, id, &how.nature).await;
    }
    match source(work).await? {
        Some(Source { backup: Backup { nature: Some(nature), .. }, .. }) => {
            return engine::create_database_like(&admin, database, username, id, &nature).await;
        }
        Some(_) => {}
        None => {
            if let Some(schema) = template::copied(work, &admin).await? {
                // Only the first to make it finds the place free.
                let _ = work.copied.set(schema);
                return Ok(());
            }
        }
    }
    engine::create_database(&admin, database, username, id).await
}

/// What it has had keeps its login, also where both are on one server.
async fn drop_database(work: &Work<'_>) -> Result<(), Failure> {
    let help = (!work.tenant.engine.is_file()).then(|| own(work)).transpose()?;
    let help = help.map(|target| Own { target, session: None });
    engine::drop_database_with(&admin(work).await?, &work.tenant.database, &work.tenant.id, help).await
}

async fn grant(work: &Work<'_>) -> Result<(), Failure> {
    if work.copied.initialized() {
        return Ok(());
    }
    engine::grant(&admin(work).await?, &work.tenant.database, &work.tenant.username).await
}

/// Brings the new database to the newest version, as the tenant's own role: that proves the role as well.
async fn migrate(work: &Work<'_>) -> Result<Look, Failure> {
    let set = work.files().await.map_err(|e| failure(&e))?;
    let target = own(work)?;
    let mut conn = Connection::open(&target).await?;
    let tell = |progress| {
        if let apply::Progress::Applied { migration, ms, .. } = progress {
            (work.sink)(Progress::Applied { migration, ms });
        }
    };
    let proof = Arc::new(Proof::given());
    let options = apply::Options { proof, ..apply::Options::within(LOCK_DEADLINE) };
    let outcome = apply::run(&mut conn, set, &apply::Goal::Up { to: None }, &options, &tell).await;
    let schema = match (&outcome.failure, work.copied.get()) {
        (Some(_), _) => None,
        (None, Some(schema)) if outcome.done.is_empty() => Some(schema.clone()),
        // It only compares: a tenant is no worse for not having been looked at.
        (None, _) => engine::schema(&mut conn).await.ok(),
    };
    conn.close().await;
    let Some(mut failure) = outcome.failure.clone() else {
        return Ok(Look { schema, ..look(set, work.tenant.engine, &outcome.ledger.unwrap_or_default()) });
    };
    failure.log_whole(&work.tenant.slug, target.secret());
    if let Some(way) = tenants::way_out(&work.tenant.slug, outcome.ledger.as_deref().unwrap_or_default()) {
        keep_half_done(work, set, &outcome).await.map_err(|e| self::failure(&e))?;
        let way = tenants::once_mended(&failure, work.tenant.engine, way);
        failure = failure.hint(way);
    }
    Err(failure)
}

/// How far it got is known only now: without it nobody could go on there.
async fn keep_half_done(work: &Work<'_>, set: &Set, outcome: &apply::Outcome) -> Result<(), Error> {
    let engine = work.tenant.engine;
    let look = Look {
        state: State::Failed,
        last_error: outcome.failure.as_ref().map(|failure| failure.message.clone()),
        checkpoint: apply::Checkpoint::of(set, engine, outcome, false),
        ..look(set, engine, outcome.ledger.as_deref().unwrap_or_default())
    };
    let mut tx = work.platform.central.write().await?;
    work.claim.check(&mut tx).await?;
    tenants::remember(&mut tx, &work.tenant.id, &look).await?;
    Ok(tx.commit().await?)
}

/// Restores the backup as the tenant's own role.
async fn restore(work: &Work<'_>) -> Result<Look, Failure> {
    let source = source(work).await?.ok_or_else(|| Failure::new(Category::Other, "there is no backup to restore"))?;
    emptied(work, Step::Restore).await?;
    source.restore(&own(work)?).await
}

pub(super) async fn is_again(work: &Work<'_>, step: Step) -> Result<bool, Failure> {
    let tried = async { store::steps(&mut *work.platform.central.read().await?, &work.tenant.id).await }.await;
    Ok(tried.map_err(|e| failure(&e))?.iter().any(|r| r.step == step && r.attempts > 1))
}

/// What another try of the step that fills the database has left, where nothing is taken back, goes first.
pub(super) async fn emptied(work: &Work<'_>, step: Step) -> Result<(), Failure> {
    if is_again(work, step).await? {
        drop_database(work).await?;
        // With the database goes the lock on its login.
        create_role(work).await?;
        create_database(work).await?;
        grant(work).await?;
    }
    Ok(())
}

/// Backs up what the tenant had before and drops it, where Neo has made it.
async fn retire(work: &Work<'_>) -> Result<(), Failure> {
    let (platform, tenant) = (work.platform, work.tenant);
    let found = async {
        let mut conn = platform.central.read().await?;
        let Some(before) = replaced::of(&mut conn, tenant).await? else { return Ok(None) };
        let server = servers::get(&mut conn, &before.tenant.server_id).await?;
        Ok(Some((before, server)))
    }
    .await;
    let Some((before, server)) = found.map_err(|e| failure(&e))? else { return Ok(()) };
    if before.made_here {
        let admin = servers::admin_target(platform, &server).map_err(|e| failure(&e))?;
        let marked = engine::marked(&admin).await?;
        let is_there = marked.iter().any(|(name, id)| (name, id) == (&before.tenant.database, &tenant.id));
        engine::owns_nothing_elsewhere(&admin, &before.tenant.username, &before.tenant.database).await?;
        let mut own = tenants::target(platform, &before.tenant, &server).map_err(|e| failure(&e));
        let backs_up = source(work).await?.and_then(|source| source.replaces).is_some_and(|how| how.backs_up);
        // What another try has dropped was backed up by it.
        if is_there && backs_up {
            let of_server = Tenant { server: server.name.clone(), ..before.tenant.clone() };
            let known = own?;
            match can_be_kept(&admin, &known).await {
                // Another try has shut its applications out already.
                Err(failure) if failure.is_wrong_password() && is_again(work, Step::Retire).await? => {}
                outcome => outcome.map_err(not_kept)?,
            }
            let closed = alone(&admin, known, &tenant.id).await?;
            // What was prepared while it was closed as well.
            engine::promises_nothing(&closed).await.map_err(not_kept)?;
            own = Ok(closed);
            let made =
                backups::make(platform, work.asked, &of_server, &own.clone()?, (BackupReason::Restore, None)).await;
            made.map_err(not_kept)?;
        }
        let dropping = async {
            let mut tx = platform.central.write().await?;
            work.claim.check(&mut tx).await?;
            replaced::drop_now(&mut tx, &tenant.id).await?;
            Ok(tx.commit().await?)
        };
        dropping.await.map_err(|e: Error| failure(&e))?;
        let help = own.ok().map(|target| Own { target, session: None });
        engine::drop_database_with(&admin, &before.tenant.database, &tenant.id, help).await?;
        engine::drop_role(&admin, &before.tenant.username, &tenant.id).await?;
        // To drop a tenant's database is to keep its logins out.
        create_role(work).await?;
    }
    let forgotten = async {
        let mut tx = platform.central.write().await?;
        work.claim.check(&mut tx).await?;
        replaced::forget(&mut tx, &tenant.id).await?;
        Ok(tx.commit().await?)
    };
    forgotten.await.map_err(|e: Error| failure(&e))
}

/// What an application writes from here on would be in no copy and in no backup. So its login gets a password that nobody else is told, and
/// its sessions end: until the database is dropped, or its own password is set again where all is taken back. A file knows no logins.
pub(super) async fn alone(admin: &Target, own: Target, tenant_id: &str) -> Result<Target, Failure> {
    if own.engine.is_file() {
        return Ok(own);
    }
    let former = own.clone();
    let own = Target { password: Some(names::password()), second: None, ..own };
    engine::shut_out(admin, &own, tenant_id).await?;
    // What a password keeps out is tried: a server may let a login in whatever it says.
    match Connection::open_to_look(&former).await {
        Err(failure) if failure.is_wrong_password() => Ok(own),
        Err(failure) => Err(failure),
        Ok(connection) => {
            connection.close().await;
            Err(Failure::new(Category::Lock, "its login is let in with a password that it no longer has")
                .detail("the server asks for none, or asks somebody else (trust, ldap, cert and the like in pg_hba.conf): nobody can be kept out")
                .hint("have the server ask for the password of that login; then try again"))
        }
    }
}

/// What can be known of it is, before its applications are shut out.
async fn can_be_kept(admin: &Target, own: &Target) -> Result<(), Failure> {
    engine::has_programs(own, None).await?;
    engine::promises_nothing(own).await?;
    engine::nobody_else(admin, own, true).await
}

/// Nothing is dropped yet, and all of it can be taken back.
fn not_kept(failure: Failure) -> Failure {
    let without = "to do without a backup of what it had, clean up, and restore again with ";
    let hint = match &failure.hint {
        Some(hint) => Advice::from(hint).and(format!("; or, {without}")),
        None => Advice::from(without),
    };
    failure.hint(hint.act(Say::WithoutBackup))
}

/// What nothing has taken the place of is the tenant's again: its login, where Neo has made it, gets back the password that its
/// applications know.
pub(super) async fn let_in_again(work: &Work<'_>, before: &Replaced) -> Result<(), Failure> {
    if work.tenant.engine.is_file() {
        return Ok(());
    }
    let found = async {
        let server = servers::get(&mut *work.platform.central.read().await?, &before.tenant.server_id).await?;
        let own = tenants::target(work.platform, &before.tenant, &server)?;
        Ok((servers::admin_target(work.platform, &server)?, own))
    }
    .await;
    let (admin, own) = found.map_err(|e: Error| failure(&e))?;
    if before.made_here {
        let password =
            own.password.as_ref().ok_or_else(|| Failure::new(Category::Other, "the tenant has no credential"))?;
        engine::create_role(&admin, &before.tenant.username, password, &work.tenant.id).await?;
    }
    awake(work, &own).await
}

/// The events that were turned off are on again.
pub(super) async fn awake(work: &Work<'_>, own: &Target) -> Result<(), Failure> {
    let off = async { store::events_off(&mut *work.platform.central.read().await?, &work.tenant.id).await }.await;
    engine::turn_events(own, &off.map_err(|e| failure(&e))?, true).await
}

async fn source(work: &Work<'_>) -> Result<Option<Source>, Failure> {
    let found = async { store::source(&mut *work.platform.central.read().await?, &work.tenant.id).await }.await;
    found.map_err(|e| failure(&e))
}

/// A ledger that everything pending has just been applied to.
fn look(set: &Set, engine: Engine, rows: &[ledger::Row]) -> Look {
    Look {
        version: rows.iter().filter(|r| r.success).map(|r| r.version).max(),
        applied: rows.iter().filter(|r| r.success).count() as i64,
        ledger_digest: Some(ledger::digest(set, engine, rows)),
        state: State::Current,
        last_error: None,
        run: None,
        ms: None,
        schema: None,
        checkpoint: None,
    }
}

async fn create_admin(work: &Work<'_>) -> Result<(), Failure> {
    let admin = async { store::admin(&mut *work.platform.central.read().await?, &work.tenant.id).await }
        .await
        .map_err(|e| failure(&e))?;
    let Some(admin) = admin else { return Ok(()) };
    let mut conn = Connection::open(&own(work)?).await?;
    let user = TenantUser {
        id: String::new(),
        email: admin.email,
        first_name: admin.first_name,
        last_name: admin.last_name,
        roles: Vec::new(),
        disabled: false,
        created_at: None,
        last_signed_in_at: None,
    };
    let created = tenant_users::insert_first(&mut conn, &user, ADMIN_ROLE, &admin.password_hash).await;
    conn.close().await;
    created
}

/// As it stands now: its login may have been given another password since this began.
pub(super) async fn admin(work: &Work<'_>) -> Result<Target, Failure> {
    let now = async {
        let server = servers::get(&mut *work.platform.central.read().await?, &work.server.id).await?;
        servers::admin_target(work.platform, &server)
    };
    now.await.map_err(|e| failure(&e))
}

pub(super) fn own(work: &Work<'_>) -> Result<Target, Failure> {
    tenants::target(work.platform, work.tenant, work.server).map_err(|e| failure(&e))
}

/// The platform's own trouble in the words of a step.
pub(super) fn failure(error: &Error) -> Failure {
    if error.kind == Kind::Internal {
        tracing::error!(error = error.log_text(), "a step of a provisioning failed unexpectedly");
    }
    let category = if error.kind == Kind::Unavailable { Category::Connect } else { Category::Other };
    let mut failure = Failure::new(category, error.to_string());
    failure.hint = error.hint.clone();
    failure
}
