//! When a tenant's migrations were applied to it, as far as that is kept.

use serde::Deserialize;

use crate::central::Conn;
use crate::error::Result;
use crate::runs::store::parse;
use crate::runs::{AppliedIn, EventKind};

/// As many of its newest runs that applied something are looked through, and of steps of its provisionings.
const RUNS: i64 = 500;

#[derive(Deserialize)]
struct Told {
    migration: String,
    ms: i64,
}

/// Versions, the latest run first: a version may be there more than once, having been rolled back between.
pub(in crate::runs) async fn applied_to(conn: &mut Conn, tenant_id: &str) -> Result<Vec<(i64, AppliedIn)>> {
    let migrated: Vec<(i64, String, Option<i64>, Option<i64>)> = sqlx::query_as(
        "select runs.number, tasks.versions, tasks.finished_at, tasks.ms from tasks join runs on runs.id = tasks.run_id
          where tasks.tenant_id = $1 and tasks.versions <> '[]' and runs.kind = 'migrate'
          order by runs.number desc limit $2",
    )
    .bind(tenant_id.to_owned())
    .bind(RUNS)
    .fetch_all(&mut *conn)
    .await?;
    let mut found = Vec::new();
    for (run, versions, at, ms) in migrated {
        let versions: Vec<i64> = parse(&versions)?;
        let together = versions.len();
        let applied = |version| Some((version, AppliedIn { run, at: at?, ms, together }));
        found.extend(versions.into_iter().filter_map(applied));
    }
    // Provisioning keeps no list: its run, which is this tenant's alone, tells of each.
    let made: Vec<(i64, i64, String)> = sqlx::query_as(
        "select runs.number, run_events.at, run_events.body from tasks join runs on runs.id = tasks.run_id
           join run_events on run_events.run_id = runs.id
          where tasks.tenant_id = $1 and runs.kind = 'provision' and run_events.type = $2
          order by runs.number desc, run_events.seq desc limit $3",
    )
    .bind(tenant_id.to_owned())
    .bind(EventKind::MigrationApplied.as_str().to_owned())
    .bind(RUNS)
    .fetch_all(conn)
    .await?;
    for (run, at, body) in made {
        let told: Told = parse(&body)?;
        let version = told.migration.split('_').next().and_then(|digits| digits.parse().ok());
        found.extend(version.map(|version| (version, AppliedIn { run, at, ms: Some(told.ms), together: 1 })));
    }
    found.sort_by_key(|(_, applied)| std::cmp::Reverse(applied.run));
    Ok(found)
}
