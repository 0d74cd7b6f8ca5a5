//! Where the tenants of a plan stand: by their ledgers, or for very many by the cache.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use crate::Platform;
use crate::actor::Actor;
use crate::engine::{Category, Connection, Engine};
use crate::error::advice::Resolve;
use crate::error::{Advice, Do, Result};
use crate::migrations::{Set, apply, ledger};
use crate::runs::Reason;
use crate::runs::manifest::ANY_ENGINE;
use crate::runs::skips::{Known, Skips};
use crate::runs::store::{self, ManifestFile};
use crate::servers;
use crate::tenants::{self, Alike, Filter, Tenant};

/// Up to this many tenants a plan reads each ledger but those that a run would take from the cache; for more it takes the cache, and
/// asks each server only once.
const READ_LEDGERS: i64 = 500;

const AT_ONCE: usize = 16;

/// As many of the newest runs are asked for the files they had.
pub(super) const EARLIER: i64 = 50;

/// What is planned.
pub(super) struct Wanted<'a> {
    pub set: &'a Arc<Set>,
    pub to: Option<i64>,
    pub selection: &'a Filter,
    /// Who is believed to be current is so in a plan as in the run: nobody is asked, and nobody is named for not answering.
    pub skips: &'a Skips,
}

/// Where some tenants stand that are alike; one that is blocked is named.
pub(super) struct Look {
    pub tenant: String,
    /// Where it can be told.
    pub engine: Option<Engine>,
    pub tenants: i64,
    pub applied: Result<BTreeSet<i64>, Blocked>,
}

/// The tenants of a selection that are not `left_out`; `alike` counts them all.
pub(super) async fn looks(
    platform: &Platform,
    actor: &Actor,
    wanted: &Wanted<'_>,
    servers: &HashMap<String, servers::Server>,
    mut alike: Vec<Alike>,
    left_out: &[&Tenant],
) -> Result<Vec<Look>> {
    let total: i64 = alike.iter().map(|group| group.tenants).sum();
    let left_out_ids: HashSet<&String> = left_out.iter().map(|tenant| &tenant.id).collect();
    let stays = |tenant: &Tenant| !left_out_ids.contains(&tenant.id);
    if total <= READ_LEDGERS {
        let tenants = tenants::all(platform, actor, wanted.selection).await?;
        let (known, asked): (Vec<Tenant>, Vec<Tenant>) =
            tenants.into_iter().filter(stays).partition(|tenant| wanted.skips.of(tenant) == Some(Reason::Current));
        let current = |tenant: Tenant| {
            let applied = Ok(known_at(wanted.set, tenant.version));
            Look { tenant: tenant.slug, engine: Some(tenant.engine), tenants: 1, applied }
        };
        let mut looks: Vec<Look> = known.into_iter().map(current).collect();
        let asked = futures::stream::iter(asked).map(|tenant| {
            let server = servers.get(&tenant.server_id).cloned();
            let (set, to) = (wanted.set.clone(), wanted.to);
            async move {
                let applied = read_ledger(platform, &set, to, &tenant, server).await;
                Look { tenant: tenant.slug, engine: Some(tenant.engine), tenants: 1, applied }
            }
        });
        looks.extend(asked.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await);
        return Ok(looks);
    }
    for tenant in left_out {
        alike.iter_mut().filter(|group| group.is_of(tenant)).for_each(|group| group.tenants -= 1);
    }
    alike.retain(|group| group.tenants > 0);
    let asked: HashSet<&String> = alike.iter().map(|group| &group.server_id).collect();
    let asked = servers.values().filter(|server| asked.contains(&server.id)).cloned().collect();
    let down = servers_down(platform, asked).await;
    let engine_of = |group: &Alike| servers.get(&group.server_id).map(|server| server.engine);
    let is_other = |group: &Alike| engine_of(group).is_some_and(|engine| is_other(wanted, engine, group));
    let earlier = match alike.iter().any(is_other) {
        true => store::manifests(&mut *platform.central.read().await?, EARLIER).await?,
        false => Vec::new(),
    };
    let (mut looks, mut all_blocked) = (Vec::new(), HashMap::new());
    for group in &alike {
        let engine = engine_of(group);
        let blocked = match down.get(&group.server_id) {
            Some(why) => Some(Blocked { refused: false, reason: why.into() }),
            None => engine.and_then(|engine| refused(wanted, engine, group, &earlier)),
        };
        let Some(blocked) = blocked else {
            let applied = Ok(known_at(wanted.set, group.version));
            looks.push(Look { tenant: String::new(), engine, tenants: group.tenants, applied });
            continue;
        };
        all_blocked.insert(group.ledger(), (&group.server_id, engine, blocked));
    }
    if all_blocked.is_empty() {
        return Ok(looks);
    }
    // Those that are blocked are named, one by one: they are read once, however many servers and ledgers that is.
    let on: BTreeSet<String> = all_blocked.values().map(|(server, ..)| (*server).clone()).collect();
    for member in tenants::members(platform, actor, wanted.selection, on).await? {
        if let Some((_, engine, blocked)) = all_blocked.get(&member.ledger())
            && !left_out_ids.contains(&member.id)
        {
            let known = engine.map(|engine| Known {
                id: &member.id,
                engine,
                is_current: member.is_current(),
                verified_at: member.verified_at,
                ledger_digest: member.ledger_digest.as_deref(),
            });
            let applied = match known.is_some_and(|known| wanted.skips.believes(&known)) {
                true => Ok(known_at(wanted.set, member.version)),
                false => Err(blocked.clone()),
            };
            looks.push(Look { engine: *engine, tenants: 1, applied, tenant: member.slug });
        }
    }
    Ok(looks)
}

/// What is applied at a version, where nothing is missing up to it.
fn known_at(set: &Set, version: Option<i64>) -> BTreeSet<i64> {
    let at = version.unwrap_or(0);
    set.migrations.iter().map(|m| m.version).filter(|v| *v <= at).collect()
}

/// Holds what is known of these tenants' ledger against the files, as a run will.
fn refused(wanted: &Wanted<'_>, engine: Engine, group: &Alike, earlier: &[Vec<ManifestFile>]) -> Option<Blocked> {
    let set = wanted.set;
    let refused = |reason: Advice| Some(Blocked { refused: true, reason });
    let digest = group.ledger_digest.as_deref();
    if digest.is_some_and(|digest| digest.starts_with(ledger::DIRTY)) {
        let way = Do::ResolveTenant { tenant: None, how: Resolve::Look };
        return refused(Advice::from("a migration was begun there and never finished: ").act(way));
    }
    if is_other(wanted, engine, group) {
        // The digest says that something is another; the files of the run that left it so say what.
        let at = group.version.unwrap_or(0);
        let mut ledgers = earlier.iter().map(|files| ledger_of(files, engine, at));
        let rows = ledgers.find(|rows| Some(ledger::digest(set, engine, rows).as_str()) == digest);
        let failure = rows.and_then(|rows| apply::refusal(set, engine, &rows, wanted.to));
        return refused(failure.map_or_else(
            || {
                let label = set.label_of(at);
                Advice::from(format!(
                    "the files up to {label} are not what was applied there: one has changed, is missing or came late; "
                ))
                .act(Do::VerifyTenant { tenant: None })
                .and(" names it")
            },
            |failure| failure.message.into(),
        ));
    }
    apply::unfit(set, engine, group.version, wanted.to).and_then(|failure| refused(failure.message.into()))
}

/// Whether a ledger is not what the files say. Beyond what is wanted a run looks at no file, and refuses what has none.
fn is_other(wanted: &Wanted<'_>, engine: Engine, group: &Alike) -> bool {
    let has_no_file = group.version.is_some_and(|version| wanted.set.find(version).is_none());
    let is_compared = has_no_file || wanted.to.is_none_or(|to| group.version <= Some(to));
    let digest = group.ledger_digest.as_ref().filter(|_| is_compared);
    digest.is_some_and(|digest| *digest != wanted.set.digest(engine, Some(group.version.unwrap_or(0))))
}

/// The ledger of a tenant that a run with these files has brought to a version.
pub(super) fn ledger_of(files: &[ManifestFile], engine: Engine, at: i64) -> Vec<ledger::Row> {
    let of =
        |word: &str| files.iter().filter(move |file| file.engine == word && file.version <= at).collect::<Vec<_>>();
    let mut found: BTreeMap<i64, &ManifestFile> = BTreeMap::new();
    for file in [of(ANY_ENGINE), of(engine.as_str())].concat() {
        found.insert(file.version, file);
    }
    let row = |file: &ManifestFile| {
        let (_, name) = file.name.split_once('_').unwrap_or_default();
        ledger::Row {
            version: file.version,
            description: name.replace('_', " "),
            success: true,
            checksum: hex::decode(&file.checksum).unwrap_or_default(),
            execution_ns: 0,
            installed_on: None,
        }
    };
    found.into_values().map(row).collect()
}

/// Why a plan leads nowhere on a tenant: it cannot be reached, or its ledger and the files do not agree.
#[derive(Clone)]
pub(super) struct Blocked {
    pub refused: bool,
    pub reason: Advice,
}

/// The versions in a tenant's ledger, or why it cannot be migrated.
pub(super) async fn read_ledger(
    platform: &Platform,
    set: &Set,
    to: Option<i64>,
    tenant: &Tenant,
    server: Option<servers::Server>,
) -> Result<BTreeSet<i64>, Blocked> {
    let unreachable = |reason: String| Blocked { refused: false, reason: reason.into() };
    let server = server.ok_or_else(|| unreachable("its server is not registered any more".to_owned()))?;
    let mut target = tenants::target(platform, tenant, &server).map_err(|e| unreachable(e.to_string()))?;
    target.application_name = format!("neo:plan:{}", tenant.slug);
    target.connect_timeout = Duration::from_secs(5);
    let mut conn = match Connection::open_to_look(&target).await {
        Ok(conn) => conn,
        Err(failure) if failure.is_wrong_password() => {
            let failure = tenants::signed_out(platform, tenant, failure).await;
            let reason = Advice::from(failure.message).and("; ");
            return Err(Blocked { refused: false, reason: reason.then(failure.hint.unwrap_or_else(|| "".into())) });
        }
        Err(failure) => return Err(unreachable(failure.message)),
    };
    let gone = crate::runs::gone(platform, tenant, None).await.map_err(|e| unreachable(e.to_string()))?;
    let options = apply::Options { known: tenant.version, gone, ..apply::Options::within(target.connect_timeout) };
    let outcome = apply::run(&mut conn, set, &apply::Goal::Verify, &options, &|_| ()).await;
    conn.close().await;
    let Some(rows) = outcome.ledger else {
        let refused = outcome.failure.as_ref().is_some_and(|f| f.category == Category::Checksum);
        let why = outcome.failure.map_or_else(|| "its ledger could not be read".to_owned(), |failure| failure.message);
        return Err(Blocked { refused, reason: why.into() });
    };
    match apply::refusal(set, tenant.engine, &rows, to) {
        Some(failure) => Err(Blocked { refused: true, reason: failure.message.into() }),
        None => Ok(rows.into_iter().map(|row| row.version).collect()),
    }
}

async fn servers_down(platform: &Platform, servers: Vec<servers::Server>) -> HashMap<String, String> {
    let system = &Actor::system();
    futures::stream::iter(servers)
        .map(|server| async move {
            let check = servers::check(platform, system, &server.id).await;
            check.err().map(|error| (server.id, error.to_string()))
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|down| async { down })
        .collect()
        .await
}
