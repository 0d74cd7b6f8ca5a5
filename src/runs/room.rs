//! How many tasks may run on each server at once: what was set, and never more connections than the server has left.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::future::join_all;

use super::{Kind, Run, store};
use crate::Platform;
use crate::actor::Actor;
use crate::engine;
use crate::error::Result;
use crate::servers::{self, Server};

/// How long a server may take to be counted. One that takes longer gets what was set: its tasks will find out.
const COUNT: Duration = Duration::from_secs(2);

/// By server id, over all runs. The servers that this run has something to do on are asked for their free connections.
pub(super) async fn capacity(platform: &Platform, run: &Run) -> Result<HashMap<String, i64>> {
    let servers = servers::list(platform, &Actor::system()).await?;
    let (wanted, running) = {
        let mut conn = platform.central.read().await?;
        let wanted: HashSet<String> = store::tasks::servers_to_do(&mut conn, &run.id).await?.into_iter().collect();
        let running = store::tasks::running_by_server(&mut conn, &run.id).await?;
        (wanted, running)
    };
    let per_server = i64::from(run.policy.per_server.max(1));
    let counted = servers.into_iter().map(|load| async {
        let server = load.server;
        let set = match server.max_connections {
            0 => per_server,
            most => per_server.min(i64::from(most)),
        };
        // Provisioning is many runs of one tenant each, and to count for each of them would crowd the server.
        if server.engine.is_file() || run.kind == Kind::Provision || !wanted.contains(&server.id) {
            return (server.id, set);
        }
        let at_work = running.iter().filter(|(own, id, _)| !own && *id == server.id).map(|(_, _, n)| n).sum::<i64>();
        let most = free(platform, &server).await.map_or(set, |free| set.min(share(free, at_work)));
        if most < set {
            tracing::info!(
                run = run.number,
                server = server.name,
                most,
                "fewer tasks at once: the server has few connections left"
            );
        }
        (server.id, most)
    });
    Ok(join_all(counted).await.into_iter().collect())
}

/// The connections that a server has left.
async fn free(platform: &Platform, server: &Server) -> Option<i64> {
    let target = servers::admin_target(platform, server).ok()?;
    tokio::time::timeout(COUNT, engine::probe(&target)).await.ok()?.ok()?.headroom
}

/// The tasks that `free` connections are room for, beside those that hold one already. A tenth, and at least one, is left to
/// others and to connections that are still being closed; one task always has room, or nothing would ever go on.
fn share(free: i64, at_work: i64) -> i64 {
    (free + at_work - (free / 10).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn some_connections_are_left_to_others_and_one_task_always_goes_on() {
        assert_eq!(share(17, 0), 16);
        assert_eq!(share(100, 0), 90);
        assert_eq!(share(9, 8), 16);
        assert_eq!(share(0, 0), 1);
    }
}
