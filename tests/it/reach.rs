//! Short tasks, which hands take by themselves while a round is written.

use std::collections::HashMap;

use neo::actor::Actor;
use neo::runs::{self, EventKind, Goal, OnError, Policy, Request, Rerun, Status, TaskFilter, TaskStatus};
use neo::tenants;
use serde_json::Value;

use crate::runs::{all, events, file, finish, fleet, start};
use crate::world::World;

fn slugs() -> Vec<String> {
    (1..=16).map(|n| format!("t{n:02}")).collect()
}

async fn many() -> World {
    let slugs = slugs();
    fleet(&slugs.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Each is asked, and has nothing to do.
fn ask_each(policy: Policy) -> Request {
    Request { policy: Policy { trust_ms: 0, ..policy }, ..all(Goal::Migrate { to: None }) }
}

async fn tasks(world: &World, run: &runs::Run) -> Vec<runs::Task> {
    let filter = TaskFilter { limit: 100, ..TaskFilter::default() };
    runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap().tasks
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_short_tasks_is_begun_once_and_ended_once() {
    let world = many().await;
    let seen = || async { tenants::find(&world.platform, &Actor::operator(), "t16").await.unwrap() };
    for concurrency in [1, 3] {
        let before = seen().await;
        let run = start(&world, ask_each(Policy { concurrency, ..Policy::default() })).await;
        let (told, run) = tokio::join!(events(&world, &run, 0), finish(&world, run.number));
        assert_eq!((run.status, run.tenants.current), (Status::Succeeded, 16));
        let mut of: HashMap<String, Vec<EventKind>> = HashMap::new();
        for event in &told {
            if let Some(tenant) = event.body.get("tenant").and_then(Value::as_str) {
                of.entry(tenant.to_owned()).or_default().push(event.kind);
            }
        }
        assert_eq!(of.len(), 16);
        for (tenant, kinds) in of {
            assert_eq!(kinds, [EventKind::TenantStarted, EventKind::TenantSucceeded], "{tenant}");
        }
        assert!(tasks(&world, &run).await.iter().all(|task| task.attempt == 1));
        // Found as it was known: only that it was looked at is new.
        let after = seen().await;
        assert_eq!((after.version, after.state, after.updated_at), (before.version, before.state, before.updated_at));
        assert_eq!(after.last_run, Some(run.number));
        assert!(after.verified_at > before.verified_at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_claimed_ahead_is_begun_after_a_failure_that_stops_the_run() {
    let world = many().await;
    let broken = file(&world, "t11").await;
    let sound = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, "not a database").unwrap();
    let policy = Policy { concurrency: 1, on_error: OnError::Stop, ..Policy::default() };
    let run = start(&world, ask_each(policy)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.current, run.tenants.failed, run.tenants.queued), (Status::Halted, 10, 1, 5));
    let untouched: Vec<_> =
        tasks(&world, &run).await.into_iter().filter(|task| task.status == TaskStatus::Queued).collect();
    assert!(untouched.iter().all(|task| task.attempt == 0), "as if nobody had taken them");
    let told = events(&world, &run, 0).await;
    let begun = told.iter().filter(|event| event.kind == EventKind::TenantStarted).count();
    assert_eq!(begun, 11, "nobody is told that they were begun");

    std::fs::write(&broken, sound).unwrap();
    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.current), (Status::Succeeded, 16));
}
