//! A tenant's database on PostgreSQL: a copy of the server's template, which is made when it is missing, behind or changed.
//! Whatever stands in the way of that, the tenant gets an empty database and the files: a line in the log, and no error.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::error::Elapsed;

use super::work::Work;
use crate::engine::template::{Keeper, Place, Record};
use crate::engine::{self, Category, Connection, Failure, Proof, Schema, Target};
use crate::error::Error;
use crate::migrations::{Set, apply, ledger, seeds};
use crate::{audit, servers, tenants};

/// How long another that makes the template is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the making of a template, or of the copy, may keep a tenant waiting.
const MAKING: Duration = Duration::from_secs(120);
const LOCK_DEADLINE: Duration = Duration::from_secs(5);

/// Why there is no copy.
type NoCopy = String;

/// A template, or why there is none: also that it took too long.
type Made = Result<Result<Record, Failure>, Elapsed>;

/// Makes the tenant's database out of the template, with its role's rights, and answers with its schema; none when it is to
/// be made from the files. A failure is one that the files could not get around either.
pub(super) async fn copied(work: &Work<'_>, admin: &Target) -> Result<Option<Schema>, Failure> {
    if !work.tenant.engine.has_templates() {
        return Ok(None);
    }
    // Files that cannot be read are for the step that runs them to name.
    let Ok(set) = work.files().await else { return Ok(None) };
    if set.on(work.tenant.engine).next().is_none() {
        return Ok(None);
    }
    let (tenant, server) = (&work.tenant.slug, &work.server.name);
    match Box::pin(copy(work, admin, set)).await? {
        Ok(schema) => {
            tracing::info!(tenant, server, "made as a copy of the server's template");
            Ok(Some(schema))
        }
        Err(why) => {
            tracing::warn!(tenant, server, why, "made from the files, not from the server's template");
            Ok(None)
        }
    }
}

async fn copy(work: &Work<'_>, admin: &Target, set: &Set) -> Result<Result<Schema, NoCopy>, Failure> {
    if let Some(why) = seeds::dated(set, work.tenant.engine) {
        return Ok(Err(why));
    }
    let mut keeper = match Keeper::open(admin, &work.server.id).await {
        Ok(keeper) => keeper,
        Err(failure) => return Ok(Err(failure.message)),
    };
    let made = with_keeper(work, admin, set, &mut keeper).await;
    keeper.close().await;
    made
}

async fn with_keeper(
    work: &Work<'_>,
    admin: &Target,
    set: &Set,
    keeper: &mut Keeper,
) -> Result<Result<Schema, NoCopy>, Failure> {
    let tenant = work.tenant;
    let digest = set.digest(tenant.engine, None);
    let standing = match keeper.look(&tenant.database, &tenant.id).await {
        Ok(standing) => standing,
        Err(failure) => return Ok(Err(failure.message)),
    };
    match standing.place {
        Place::Free => {}
        // Nobody has ever worked in it: it is made anew.
        Place::HalfCopied => engine::drop_database(admin, &tenant.database, &tenant.id).await?,
        Place::Ours => return Ok(Err("its database is there already".into())),
        Place::Strangers => return Ok(Err("another's database is in its place".into())),
    }
    let session = match keeper.session().await {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(Err("the server's own time zone is hidden by the administrator's".into())),
        Err(failure) => return Ok(Err(failure.message)),
    };
    let known = standing.record.filter(|record| is_of(record, &digest) && record.session == session);
    let record = match known {
        Some(record) if standing.is_shared && (standing.is_ready || record.unfit.is_some()) => Ok(record),
        _ => made(keeper, work, set, (digest, session)).await,
    };
    let record = match record {
        Ok(Record { unfit: Some(why), .. }) => return Ok(Err(why)),
        Ok(record) => record,
        Err(why) => return Ok(Err(why)),
    };
    let target = match tenants::target(work.platform, tenant, work.server) {
        Ok(target) => target,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let copied = async {
        let mut conn = keeper.copy((&record, standing.strategy), &target, &tenant.id).await?;
        let checked = check(&mut conn, set, &record).await;
        conn.close().await;
        checked
    };
    // What the files have put behind their tables may take its time, and is not waited for as long as it likes.
    let failure = match tokio::time::timeout(MAKING, Box::pin(copied)).await {
        Ok(Ok(schema)) => return Ok(Ok(schema)),
        Ok(Err(failure)) => failure,
        Err(_) => Failure::new(Category::Timeout, format!("the copy was not finished within {} s", MAKING.as_secs())),
    };
    engine::drop_database(admin, &tenant.database, &tenant.id).await?;
    // The next one makes it anew.
    if failure.category == Category::Checksum {
        let _ = keeper.forget().await;
    }
    Ok(Err(failure.message))
}

/// Whether the record is of these files, and can be held against what is seen of a copy.
fn is_of(record: &Record, digest: &str) -> bool {
    record.digest == digest && engine::look_of(&record.dialect).1
}

/// The copy is what the template was recorded to be, and that is what the files say.
async fn check(conn: &mut Connection, set: &Set, record: &Record) -> Result<Schema, Failure> {
    let altered =
        |what| Failure::new(Category::Checksum, format!("the template has changed since it was made: {what}"));
    if ledger::digest(set, conn.engine(), &ledger::read(conn).await?) != record.digest {
        return Err(altered("its ledger is another"));
    }
    let schema = engine::schema(conn).await?;
    if schema.fingerprint() != record.fingerprint {
        return Err(altered("its schema is another"));
    }
    Ok(schema)
}

/// The template at these files: made here, or by whoever was at it already.
async fn made(
    keeper: &mut Keeper,
    work: &Work<'_>,
    set: &Set,
    (digest, session): (String, (String, String)),
) -> Result<Record, NoCopy> {
    let in_words = |failure: Failure| failure.to_string();
    if !keeper.take(PATIENCE).await.map_err(in_words)? {
        return Err("the template is being made by another, or its lock is held".into());
    }
    let standing = keeper.look(&work.tenant.database, &work.tenant.id).await.map_err(in_words)?;
    let known = standing.record.filter(|record| is_of(record, &digest) && record.session == session);
    let record = match known {
        Some(record) if standing.is_ready || record.unfit.is_some() => record,
        // Boxed: what makes a template is the deepest that there is.
        _ => match recorded(work, Box::pin(tokio::time::timeout(MAKING, make(keeper, set, &digest, session)))).await? {
            Ok(Ok(record)) => {
                tracing::info!(server = work.server.name, unfit = record.unfit, "the server's template is made");
                record
            }
            Ok(Err(failure)) => {
                // Half of one is nobody's template; what stays now is cleared away by whoever makes the next.
                let _ = keeper.remove().await;
                return Err(format!("the template could not be made: {failure}"));
            }
            Err(_) => return Err(format!("the template was not made within {} s", MAKING.as_secs())),
        },
    };
    keeper.share().await.map_err(in_words)?;
    Ok(record)
}

/// What becomes of the making, in the audit: in the name of whoever asked for the tenant that it is made for.
async fn recorded(work: &Work<'_>, making: impl Future<Output = Made>) -> Result<Made, NoCopy> {
    let in_words = |error: Error| error.to_string();
    let (subject, body) = (servers::subject(work.server), json!({ "for": work.tenant.slug }));
    let intent = audit::intent(work.platform, work.asked, "template.make", &subject, &body).await.map_err(in_words)?;
    let made = making.await;
    let told = match &made {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(failure)) => Err(Error::from(failure.clone())),
        Err(_) => Err(Error::unavailable("it took too long")),
    };
    intent.outcome(work.platform, &told).await.map_err(in_words)?;
    Ok(made)
}

async fn make(keeper: &mut Keeper, set: &Set, digest: &str, session: (String, String)) -> Result<Record, Failure> {
    let (template, twin) = keeper.begin().await?;
    let mut one = filled(&template, set, digest).await?;
    let mut two = filled(&twin, set, digest).await?;
    let weighed = keeper.weigh(&mut one, &mut two).await;
    let schema = engine::schema(&mut one).await;
    one.close().await;
    two.close().await;
    let (times, unfit) = match weighed? {
        Ok(times) => (times, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let schema = schema?;
    let record = Record {
        digest: digest.to_owned(),
        fingerprint: schema.fingerprint(),
        dialect: schema.dialect,
        made_at: String::new(),
        session,
        times,
        unfit,
    };
    keeper.finish(record).await
}

/// All migrations, as a tenant's own role would run them.
async fn filled(target: &Target, set: &Set, digest: &str) -> Result<Connection, Failure> {
    let mut conn = Connection::open(target).await?;
    let proof = Arc::new(Proof::given());
    let options = apply::Options { proof, ..apply::Options::within(LOCK_DEADLINE) };
    let outcome = apply::run(&mut conn, set, &apply::Goal::Up { to: None }, &options, &|_| {}).await;
    match (outcome.failure, outcome.ledger) {
        (None, Some(rows)) if ledger::digest(set, conn.engine(), &rows) == digest => Ok(conn),
        (failure, _) => {
            conn.close().await;
            Err(failure.unwrap_or_else(|| Failure::new(Category::Other, "its ledger is not what was applied")))
        }
    }
}
