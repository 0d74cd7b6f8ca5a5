//! Migration locks: who holds one now, on every server that answers; which statements wait for whom; and which tenants failed
//! on a lock that is free by now.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};
use neo_model::clean;
use tokio::time::timeout;

use super::{AT_ONCE, Finding, PATIENCE};
use crate::Platform;
use crate::engine::{self, Blocked, Failure};
use crate::error::Result;
use crate::runs;
use crate::servers::{self, ServerLoad};
use crate::tenants::{self, Status, Tenant};

pub(super) async fn locks(platform: &Platform, servers: &[ServerLoad], fleet: &[Tenant]) -> Result<Vec<Finding>> {
    let looks: Vec<_> = servers.iter().map(|load| look(platform, load, fleet)).collect();
    let looks: Vec<Result<(Vec<Finding>, HashSet<String>)>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    let (mut findings, mut held) = (Vec::new(), HashSet::new());
    for look in looks {
        let (found, slugs) = look?;
        findings.extend(found);
        held.extend(slugs);
    }
    for (slug, run) in runs::failed_on_a_lock(&mut *platform.central.read().await?).await? {
        if !held.contains(&slug) {
            findings.push(Finding::bad(
                "lock",
                &slug,
                format!("failed on a lock in run {run}; nobody holds its migration lock now"),
                format!("neo run rerun {run} --failed"),
            ));
        }
    }
    Ok(findings)
}

/// A session calls itself what it likes: what it says is true of the tenant in whose database it waits, and of no other.
fn run_of(application: &str, slug: Option<&str>) -> Option<i64> {
    application.strip_prefix("neo:")?.strip_suffix(slug?)?.strip_suffix(':')?.parse().ok()
}

/// Of which run a session that waits is, and whether there is more to that than its name: whoever has the tenant's login may bear the
/// name of any. `live` is the run whose worker is at the tenant, `lock` the one that has the migration lock there, and its session.
fn whose(
    waiting: &Blocked,
    slug: Option<&str>,
    live: Option<i64>,
    lock: Option<(i64, Option<i64>)>,
) -> (Option<i64>, bool) {
    // MySQL knows no names: what waits is of the login, and in the database, of the session that has the lock.
    if waiting.application.is_empty() {
        return (lock.map(|(run, _)| run), true);
    }
    let run = run_of(&waiting.application, slug).filter(|run| live == Some(*run));
    let has_lock = lock.is_some_and(|(of, pid)| Some(of) == run && pid.is_some() && pid == waiting.pid);
    (run, has_lock)
}

/// One server: what is held there, and the slugs of whom.
async fn look(platform: &Platform, load: &ServerLoad, fleet: &[Tenant]) -> Result<(Vec<Finding>, HashSet<String>)> {
    let server = &load.server;
    let living = fleet.iter().filter(|t| t.server_id == server.id && t.status != Status::Deleted);
    let mut by_database: HashMap<String, &Tenant> = HashMap::new();
    for tenant in living {
        let name = match tenants::target(platform, tenant, server) {
            Ok(target) if server.engine.is_file() => target.path.display().to_string(),
            Err(_) if server.engine.is_file() => continue,
            Ok(_) | Err(_) => tenant.database.clone(),
        };
        by_database.insert(name, tenant);
    }
    let (mut findings, mut slugs) = (Vec::new(), HashSet::new());
    let Ok(admin) = servers::admin_target(platform, server) else { return Ok((findings, slugs)) };
    let names: Vec<String> = by_database.keys().cloned().collect();
    let asked = timeout(PATIENCE, async {
        let held = engine::lock_holders(&admin, &names).await?;
        let blocked = engine::blocked(&admin, &held).await?;
        Ok::<_, Failure>((held, blocked))
    });
    let asked = asked.await.map_or_else(|_| Err("it does not answer".to_owned()), |asked| asked.map_err(|f| f.message));
    let (held, blocked) = match asked {
        Ok(asked) => asked,
        Err(why) => {
            let hint = format!("neo server check {}", server.name);
            findings.push(Finding::bad("lock", &server.name, format!("nobody could look at its locks: {why}"), hint));
            return Ok((findings, slugs));
        }
    };
    let mut at_work: HashMap<String, (i64, Option<i64>)> = HashMap::new();
    for (database, holder) in held {
        let Some(tenant) = by_database.get(&database) else { continue };
        let slug = &tenant.slug;
        let lock = tenants::weighed(platform, tenant, holder).await?;
        let message = format!("its migration lock is held by {}", lock.holder);
        findings.push(match (lock.run, &lock.kept) {
            (Some(run), _) => Finding::good("lock", slug, format!("{message}: run {run} is at work")),
            (None, Some(why)) => Finding::bad("lock", slug, format!("{message}; {why}"), "let it end, or end it there"),
            (None, None) => Finding::bad("lock", slug, message, format!("let it end, or: neo tenant unlock {slug}")),
        });
        slugs.insert(slug.clone());
        at_work.extend(lock.run.map(|run| (database, (run, lock.holder.pid))));
    }
    // Behind one lock there may be a crowd.
    let waited_at: HashSet<&str> = blocked
        .iter()
        .filter_map(|waiting| by_database.get(&waiting.database))
        .map(|tenant| tenant.id.as_str())
        .collect();
    let mut live_at: HashMap<&str, i64> = HashMap::new();
    for id in waited_at {
        let run = runs::live_run_at(&mut *platform.central.read().await?, id).await?;
        live_at.extend(run.map(|run| (id, run)));
    }
    for waiting in blocked {
        let tenant = by_database.get(&waiting.database);
        let slug = tenant.map(|tenant| tenant.slug.as_str());
        let live = tenant.and_then(|tenant| live_at.get(tenant.id.as_str()).copied());
        let (run, is_known) = whose(&waiting, slug, live, at_work.get(&waiting.database).copied());
        let named = match is_known {
            true => String::new(),
            false => format!(" of a session that calls itself \"{}\"", clean(&waiting.application)),
        };
        let subject = match (slug, run) {
            (Some(slug), Some(run)) => format!("neo:{run}:{slug}"),
            (Some(slug), None) => slug.to_owned(),
            (None, _) => waiting.database,
        };
        let remedy = match run {
            Some(run) => format!("let that session end, or give up: neo run cancel {run}"),
            None => "let that session end".to_owned(),
        };
        let likely = if waiting.is_certain { "" } else { ", most likely" };
        let message = format!("`{}`{named} waits{likely} for {}", waiting.query, waiting.by);
        findings.push(Finding::bad("lock", &subject, message, remedy));
    }
    if findings.is_empty() {
        let looked = format!("no migration lock is held ({} looked at)", names.len());
        findings.push(Finding::good("lock", &server.name, looked));
    }
    Ok((findings, slugs))
}

#[cfg(test)]
mod tests {
    use super::{run_of, whose};
    use crate::engine::{Blocked, Holder};

    #[test]
    fn a_session_that_bears_another_tenants_name_is_of_no_run() {
        assert_eq!(run_of("neo:12:acme", Some("acme")), Some(12));
        for (application, slug) in [
            ("neo:12:globex", Some("acme")),
            ("neo:12:x:acme", Some("acme")),
            ("neo:12; drop:acme", Some("acme")),
            ("neo:12:acme", None),
            ("", Some("acme")),
        ] {
            assert_eq!(run_of(application, slug), None, "{application}");
        }
    }

    #[test]
    fn a_name_alone_makes_nobody_a_session_of_a_run() {
        let waiting = |application: &str, pid: i64| Blocked {
            application: application.to_owned(),
            pid: Some(pid),
            database: "acme".to_owned(),
            query: String::new(),
            by: Holder::default(),
            is_certain: true,
        };
        let acme = Some("acme");
        let of = |waiting: &Blocked, live, lock| whose(waiting, acme, live, lock);
        let named = waiting("neo:12:acme", 7);
        assert_eq!(of(&named, Some(12), Some((12, Some(7)))), (Some(12), true));
        // The run is at the tenant, and the session is another than the one that has the lock; or nobody has it.
        assert_eq!(of(&named, Some(12), Some((12, Some(8)))), (Some(12), false));
        assert_eq!(of(&named, Some(12), None), (Some(12), false));
        // No such run is at it, or another is, whoever has the lock.
        assert_eq!(of(&named, None, None), (None, false));
        assert_eq!(of(&named, Some(13), Some((13, Some(7)))), (None, false));
        assert_eq!(of(&waiting("neo:plan:acme", 9), Some(12), Some((12, Some(7)))), (None, false));
        // Where the engine knows no names, it is by the lock.
        assert_eq!(of(&waiting("", 9), Some(12), Some((12, Some(7)))), (Some(12), true));
    }
}
