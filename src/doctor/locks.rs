//! Migration locks: who holds one now, on every server that answers; which statements wait for whom; and which tenants failed
//! on a lock that is free by now.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt, stream};
use tokio::time::timeout;

use super::{AT_ONCE, Finding, PATIENCE};
use crate::Platform;
use crate::engine::{self, Failure};
use crate::error::Result;
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
    for (slug, run) in crate::runs::failed_on_a_lock(&mut *platform.central.read().await?).await? {
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
    let mut runs = HashMap::new();
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
        runs.extend(lock.run.map(|run| (database, run)));
    }
    for waiting in blocked {
        let slug = by_database.get(&waiting.database).map(|tenant| tenant.slug.as_str());
        let run = run_of(&waiting.application, slug).or(runs.get(&waiting.database).copied());
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
        let message = format!("`{}` waits{likely} for {}", waiting.query, waiting.by);
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
    use super::run_of;

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
}
