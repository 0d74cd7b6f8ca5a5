//! What the registry itself says about tenants and about who is at work.

use std::collections::HashMap;

use super::Finding;
use crate::Platform;
use crate::actor::Actor;
use crate::clock::rfc3339;
use crate::error::{Advice, Result};
use crate::migrations::Set;
use crate::runs;
use crate::servers::{Server, ServerLoad};
use crate::tenants::{self, Filter, Place, State, Status, Tenant, claim};

pub(super) async fn tenants(
    platform: &Platform,
    servers: &[ServerLoad],
    (fleet, waiting): (&[Tenant], &[Tenant]),
    set: Option<&Set>,
) -> Result<Vec<Finding>> {
    let held = claim::held(&mut *platform.central.read().await?).await?;
    let signed_out = runs::signed_out(platform).await?;
    let servers: HashMap<&str, &Server> = servers.iter().map(|load| (load.server.id.as_str(), &load.server)).collect();
    let living = || fleet.iter().filter(|t| t.status != Status::Deleted);
    let mut findings = Vec::new();
    for before in waiting {
        if let Some(server) = servers.get(before.server_id.as_str())
            && let Err(e) = tenants::target(platform, before, server)
        {
            findings.push(Finding::from_error("tenant", &before.slug, &e));
        }
    }
    for tenant in living() {
        let slug = &tenant.slug;
        if let Some(server) = servers.get(tenant.server_id.as_str())
            && let Err(e) = tenants::target(platform, tenant, server)
        {
            findings.push(Finding::from_error("tenant", slug, &e));
        }
        if let Some(server) = servers.get(tenant.server_id.as_str())
            && !tenant.engine.is_file()
            && tenant.username == server.username
        {
            findings.push(Finding::bad(
                "tenant",
                slug,
                format!(
                    "it signs in with the login of its server ({}): whoever writes in its database can act with that",
                    server.username
                ),
                "give its database to a login of its own, and adopt it with that".to_owned(),
            ));
        }
        if tenant.credential_next.is_some() {
            findings.push(Finding::bad(
                "tenant",
                slug,
                "its password was to be renewed, and that has not come to its end",
                format!("neo tenant rotate-password {slug}"),
            ));
        }
        let clean_up = format!("to go on: neo tenant retry {slug}; to clean up: neo tenant cleanup {slug}");
        let before = waiting.iter().find(|before| before.id == tenant.id);
        let kept =
            before.map(|b| format!("; what it had before the backup is kept: {} on server {}", b.database, b.server));
        let kept = kept.unwrap_or_default();
        let why = tenant.last_error.as_deref().map(|e| format!(": {e}")).unwrap_or_default();
        match (tenant.status, tenant.state) {
            (Status::Failed, _) => {
                findings.push(Finding::bad("tenant", slug, format!("its provisioning failed{why}{kept}"), clean_up));
            }
            (Status::Provisioning, _) if !held.contains(&tenant.id) => {
                findings.push(Finding::bad(
                    "tenant",
                    slug,
                    format!("its provisioning stopped half way, and nobody is at it{kept}"),
                    clean_up,
                ));
            }
            (Status::Active, State::Drifted) => findings.push(Finding::bad(
                "tenant",
                slug,
                "drifted: its schema is not the one that most tenants at its version have",
                format!("see where: neo migrate verify {slug}; after mending it by hand, the same once more"),
            )),
            (Status::Active, State::Failed) if tenant.is_half_done() => findings.push(Finding::bad(
                "tenant",
                slug,
                format!("half way through a migration{why}"),
                format!("see where, then say how to go on: neo migrate resolve {slug}"),
            )),
            (Status::Active, State::Failed | State::Unreachable) => findings.push(Finding::bad(
                "tenant",
                slug,
                format!("{}{why}", tenant.state.as_str()),
                signed_out.get(&tenant.id).map_or_else(|| format!("neo migrate tenant {slug}"), Advice::command),
            )),
            _ => {}
        }
    }
    let active = living().filter(|t| t.status == Status::Active);
    let behind = active.clone().filter(|t| set.is_some_and(|set| t.standing(set).1 == State::Behind)).count();
    if behind > 0 {
        findings.push(Finding::bad(
            "tenant",
            "all",
            format!("{behind} are behind the newest migration"),
            "neo migrate all-tenants",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            "tenant",
            "all",
            format!("{} active, nothing to be said against any", active.count()),
        ));
    }
    Ok(findings)
}

/// Files that are not what tenants have applied: no run goes on there before that is put right.
pub(super) async fn changed(platform: &Platform, actor: &Actor, set: &Set) -> Result<Vec<Finding>> {
    let found = runs::plan::changed::of(platform, actor, set, &Filter::default()).await?;
    let way = "put the file back as it was, and make a new migration for the change: neo migrate make NAME";
    let mut findings: Vec<Finding> =
        found.files.iter().map(|file| Finding::bad("migrations", &file.label, file.said(), way)).collect();
    if found.unnamed > 0 {
        let message =
            format!("{} have applied other files than these, and no run that is kept says which", found.unnamed);
        findings.push(Finding::bad("migrations", "all", message, "neo migrate verify names them"));
    }
    Ok(findings)
}

/// What tenants had before something took its place.
pub(super) fn replaced(fleet: &[Tenant], before: &[Place]) -> Vec<Finding> {
    let of = |place: &Place| fleet.iter().find(|tenant| tenant.id == place.tenant_id).map(|tenant| tenant.slug.clone());
    let found = before.iter().filter_map(|place| Some((of(place)?, place)));
    found
        .map(|(slug, Place { database, server, kept_at, .. })| match kept_at {
            Some(since) => {
                let since = rfc3339(*since);
                let message = format!(
                    "what it had before its move is kept since {since}: {database} on server {server}; once nobody misses it: \
                     neo tenant drop-replaced {slug}"
                );
                Finding::good("tenant", slug, message)
            }
            None => {
                let message = format!(
                    "what is to take the place of its database {database} on server {server} is not whole; that one waits to come back"
                );
                Finding::bad("tenant", &slug, message, format!("to go on: neo tenant retry {slug}; to take it back: neo tenant cleanup {slug}"))
            }
        })
        .collect()
}

/// Claims and tasks in somebody's hands.
pub(super) async fn locks(platform: &Platform) -> Result<Vec<Finding>> {
    let mut conn = platform.central.read().await?;
    let held = claim::held(&mut conn).await?.len();
    let running: i64 =
        sqlx::query_scalar("select count(*) from tasks where status = 'running'").fetch_one(&mut *conn).await?;
    let left_behind: i64 = sqlx::query_scalar(
        "select count(*) from tasks where status = 'running' and worker_id not in (select id from workers)",
    )
    .fetch_one(&mut *conn)
    .await?;
    let unknown: i64 =
        sqlx::query_scalar("select count(*) from tasks where status = 'unknown'").fetch_one(&mut *conn).await?;
    Ok(vec![if left_behind + unknown > 0 {
        Finding::bad(
            "lock",
            "tasks",
            format!("{} tasks were left behind by a worker that died", left_behind + unknown),
            "neo run list, then: neo run rerun NUMBER --failed",
        )
    } else {
        Finding::good("lock", "tasks", format!("{running} running, {held} tenants being made or deleted"))
    }])
}
