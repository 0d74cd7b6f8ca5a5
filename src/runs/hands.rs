//! Working on runs: on one until it is over, or on whatever is live.

use std::collections::HashMap;

use tokio::sync::Semaphore;

use super::{Run, Status, find, store, worker, workers};
use crate::Platform;
use crate::actor::Actor;
use crate::approvals;
use crate::bell::Ears;
use crate::error::Result;

/// Works this one run in this process, beside other workers that may be at it, until it is over or the platform shuts down.
pub async fn work_on(platform: &Platform, number: i64) -> Result<()> {
    let system = Actor::system();
    let run = find(platform, &system, number).await?;
    let worker = workers::Worker::join(platform, Some(&run.id), Semaphore::MAX_PERMITS).await?;
    let mut ears = platform.bell.ears();
    loop {
        ears.note();
        let run = find(platform, &system, number).await?;
        // At the end of a wave it may be days until somebody has decided: not here.
        let waits = run.gate.is_some() && run.held.is_none();
        if run.status.is_over() || waits || platform.shutdown.is_cancelled() {
            return worker.leave().await;
        }
        if run.status == Status::Paused {
            rest(platform, &mut ears).await;
        } else {
            worker::work(platform, &worker, &run).await?;
        }
    }
}

/// The worker of `neo serve` and `neo work`: works every live run until the platform shuts down, then finishes what it has
/// begun. `hands`: how many tasks it works on at once, over all runs; each run's own limits hold beside that. On a SQLite file a
/// run that a command works is left to it, for as long as that one lives.
pub async fn work(platform: &Platform, hands: usize) -> Result<()> {
    let worker = std::sync::Arc::new(workers::Worker::join(platform, None, hands).await?);
    let mut ears = platform.bell.ears();
    let going_on = tokio::spawn({
        let platform = platform.clone();
        async move { approvals::keep_going(&platform).await }
    });
    let mut at_work: HashMap<String, tokio::task::JoinHandle<()>> = HashMap::new();
    while !platform.shutdown.is_cancelled() {
        ears.note();
        let looked = tokio::time::Instant::now();
        let had_work = !at_work.is_empty();
        at_work.retain(|_, shift| !shift.is_finished());
        if had_work && at_work.is_empty() {
            platform.central.shrink().await;
        }
        let live: Result<Vec<Run>> = async {
            workers::take_back(platform).await?;
            let mut conn = platform.central.read().await?;
            let mut live = store::active(&mut conn).await?;
            live.retain(|run| !at_work.contains_key(&run.id));
            if !live.is_empty() {
                let theirs = workers::left_to_commands(&mut conn).await?;
                live.retain(|run| !theirs.contains(&run.id));
            }
            // Of those that are new to it alone the tasks are counted: in a large run that is more than a round of it.
            let mut runs = Vec::with_capacity(live.len());
            for live in live {
                runs.extend(store::by_number(&mut conn, live.number).await?);
            }
            Ok(runs)
        }
        .await;
        match live {
            Ok(runs) => {
                for run in runs {
                    let (platform, worker, id) = (platform.clone(), worker.clone(), run.id.clone());
                    let shift = tokio::spawn(async move {
                        if let Err(error) = worker::work(&platform, &worker, &run).await {
                            tracing::error!(run = run.number, error = error.log_text(), "the worker left a run");
                        }
                    });
                    at_work.insert(id, shift);
                }
            }
            Err(error) => tracing::error!(error = error.log_text(), "the worker cannot see the runs; trying again"),
        }
        rest(platform, &mut ears).await;
        // A large run rings with each round of each worker: what is new is seen by the next look as well.
        tokio::select! {
            () = platform.shutdown.cancelled() => {}
            () = tokio::time::sleep_until(looked + APART) => {}
        }
    }
    for shift in at_work.into_values() {
        shift.await.ok();
    }
    going_on.await.ok();
    match std::sync::Arc::into_inner(worker) {
        Some(worker) => worker.leave().await,
        None => Ok(()),
    }
}

/// What changes is looked at no more often than this by who looks for a run.
const APART: std::time::Duration = std::time::Duration::from_millis(50);
/// How often a worker without a run looks for one where other processes cannot be heard.
const REST: std::time::Duration = std::time::Duration::from_millis(500);

/// Until a bell, the end, or half a second (two, where other processes are heard).
async fn rest(platform: &Platform, ears: &mut Ears) {
    tokio::select! {
        () = ears.ring() => {}
        () = platform.shutdown.cancelled() => {}
        () = tokio::time::sleep(platform.bell.patience(REST)) => {}
    }
}
