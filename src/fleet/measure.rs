//! How the fleet stands, read whenever somebody collects it, and no more often than every few seconds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use metrics::gauge;
use neo_model::NoticeState;
use tokio::sync::Mutex;

use crate::actor::Actor;
use crate::error::Result;
use crate::migrations::Set;
use crate::{Platform, backups, central, metrics as measured, notices, requests, retention, runs, tenants};

/// Whoever collects more often than this is told what was seen last.
const FRESH: Duration = Duration::from_secs(2);
/// A folder of backups may hold a hundred thousand names.
const SELDOM: Duration = Duration::from_secs(60);
/// Whoever collects does not wait longer for the central database.
const PATIENCE: Duration = Duration::from_secs(5);

/// When it was looked at last, and which combinations of labels there were: one that is there no more is nought.
#[derive(Default)]
pub struct Seen(Mutex<Last>);

#[derive(Default)]
struct Last {
    at: Option<Instant>,
    runs: HashMap<(&'static str, &'static str), i64>,
    /// The folder of backups, and the newest in it (milliseconds).
    folder: Option<Instant>,
    newest_backup: Option<i64>,
}

/// Brings every gauge up to date: of this process, and of the fleet.
pub async fn measure(platform: &Platform, seen: &Seen) {
    let mut last = seen.0.lock().await;
    measured::look();
    let connections = platform.central.connections();
    gauge!("neo_central_connections", "state" => "busy").set(f64::from(connections.busy));
    gauge!("neo_central_connections", "state" => "idle").set(f64::from(connections.idle));
    if last.at.is_some_and(|at| at.elapsed() < FRESH) {
        return;
    }
    let answered = tokio::time::timeout(PATIENCE, fleet(platform, &mut last)).await;
    let is_up = match answered {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(error = error.log_text(), "the fleet could not be measured");
            false
        }
        Err(_) => false,
    };
    gauge!("neo_central_up").set(f64::from(u8::from(is_up)));
    last.at = Some(Instant::now());
}

async fn fleet(platform: &Platform, last: &mut Last) -> Result<()> {
    let actor = Actor::system();
    let latest = Set::load(&platform.config.tenant_migrations).await.ok().and_then(|set| set.latest());
    let counts = tenants::counts(platform, &actor, latest).await?;
    let standings = [
        ("current", counts.current),
        ("behind", counts.behind),
        ("failed", counts.failed),
        ("drifted", counts.drifted),
        ("unreachable", counts.unreachable),
        ("suspended", counts.suspended),
        ("archived", counts.archived),
        ("provisioning", counts.provisioning),
    ];
    for (standing, tenants) in standings {
        gauge!("neo_tenants", "standing" => standing).set(tenants as f64);
    }
    gauge!("neo_tenants_quarantined").set(counts.quarantined as f64);
    gauge!("neo_requests_open").set(requests::open(platform, &actor).await? as f64);
    let kept: HashMap<NoticeState, i64> = notices::counts(platform).await?.into_iter().collect();
    for state in NoticeState::ALL {
        gauge!("neo_notices", "state" => state.as_str()).set(kept.get(&state).copied().unwrap_or_default() as f64);
    }
    if let Some(ago) = retention::done_ago(platform).await? {
        gauge!("neo_retention_age_seconds").set(ago as f64 / 1000.0);
    }
    if last.folder.is_none_or(|at| at.elapsed() >= SELDOM) {
        last.folder = Some(Instant::now());
        last.newest_backup = backups::newest(platform).await?;
    }
    if let Some(at) = last.newest_backup {
        let now = central::now(&mut *platform.central.read().await?).await?;
        gauge!("neo_backup_age_seconds").set((now - at) as f64 / 1000.0);
    }

    let load = runs::load(platform).await?;
    let before = std::mem::take(&mut last.runs);
    last.runs = before.into_keys().map(|labels| (labels, 0)).collect();
    last.runs.extend(load.runs.iter().map(|(kind, status, n)| ((kind.as_str(), status.as_str()), *n)));
    for ((kind, status), n) in &last.runs {
        gauge!("neo_runs", "kind" => *kind, "status" => *status).set(*n as f64);
    }
    gauge!("neo_tasks", "status" => "queued").set(load.queued as f64);
    gauge!("neo_tasks", "status" => "running").set(load.running as f64);
    gauge!("neo_queue_age_seconds").set(load.waiting_ms as f64 / 1000.0);
    for (role, is_alive, n) in load.workers {
        gauge!("neo_workers", "role" => role, "alive" => if is_alive { "yes" } else { "no" }).set(n as f64);
    }
    Ok(())
}
