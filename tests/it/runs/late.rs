//! Several workers at one run: who comes late to it, who never comes, and what it costs to wait for them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use neo::runs::{self, Goal, Policy, Request, Status};

use super::{all, events, migration, provisioned, start};
use crate::support;
use crate::windows::{Worker, see};
use crate::world::World;

/// On each kind of central database: so many tenants with a file before them that takes its time.
async fn worlds(tenants: usize, rows: u32) -> Vec<World> {
    let slugs: Vec<String> = (0..tenants).map(|n| format!("t{n:02}")).collect();
    let slugs: Vec<&str> = slugs.iter().map(String::as_str).collect();
    let mut worlds = Vec::new();
    for world in [World::new().await, World::on(&support::empty_postgres().await).await] {
        let world = provisioned(world, &slugs).await;
        let slow = format!(
            "create table burnt as with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select count(*) as c from n;"
        );
        migration(&world, 2, "burnt", &slow, None);
        worlds.push(world);
    }
    worlds
}

async fn write(world: &World, sql: &'static str) {
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// A worker on another machine that has its place, and does not come.
async fn somebody_else(world: &World) {
    write(
        world,
        "insert into workers (id, host, pid, pid_started, role, started_at, heartbeat_at)
         select 'else', 'elsewhere', 1, 1, 'server', now_ms, now_ms + 600000 from clock",
    )
    .await;
}

/// How many tasks each worker holds now.
async fn hands(world: &World) -> BTreeMap<String, i64> {
    let mut conn = world.platform.central.read().await.unwrap();
    let held = "select worker_id, count(*) from tasks where status = 'running' group by worker_id";
    let rows: Vec<(String, i64)> = sqlx::query_as(held).fetch_all(&mut *conn).await.unwrap();
    rows.into_iter().collect()
}

/// Until one of them holds so many.
async fn until_it_holds(world: &World, n: i64) -> String {
    let since = Instant::now();
    loop {
        if let Some((worker, _)) = hands(world).await.into_iter().find(|(_, held)| *held == n) {
            return worker;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "nobody holds {n}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn four_at_once(world: &World) -> runs::Run {
    let policy = Policy { concurrency: 4, ..Policy::default() };
    start(world, Request { policy, detached: true, ..all(Goal::Migrate { to: None }) }).await
}

/// The other had its place when the run began, and did not come in time: the first has taken its share too. What the first then has too
/// much of it leaves to the other as its tasks end.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_late_to_a_run_is_left_its_share() {
    for world in worlds(28, 1_000_000).await {
        somebody_else(&world).await;
        let run = four_at_once(&world).await;
        let first = Worker::on(&world.platform);
        let name = until_it_holds(&world, 4).await;
        write(&world, "delete from workers where id = 'else'").await;
        let other = world.reopened(world.platform.config.keys.clone()).await.unwrap();
        let late = Worker::on(&other);
        let mut most = BTreeMap::<String, i64>::new();
        let since = Instant::now();
        while see(&world, run.number).await.status != Status::Succeeded {
            assert!(since.elapsed() < Duration::from_secs(60));
            let held = hands(&world).await;
            assert!(held.values().sum::<i64>() <= 4, "more than are allowed: {held:?}");
            for (worker, n) in held {
                let seen = most.entry(worker).or_default();
                *seen = n.max(*seen);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        first.end().await;
        late.end().await;
        let late = most.iter().find(|(worker, _)| **worker != name).map(|(_, n)| *n);
        assert_eq!(late, Some(2), "of {most:?}");
        let told = events(&world, &see(&world, run.number).await, 0).await;
        assert_eq!(told.iter().filter(|e| e.kind == runs::EventKind::TenantSucceeded).count(), 28);
    }
}

/// It says that it is in want, and dies: what it was left is taken all the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_want_of_a_worker_that_says_nothing_more_goes_stale() {
    for world in worlds(24, 5_000_000).await {
        somebody_else(&world).await;
        let run = four_at_once(&world).await;
        let said = "insert into room_wants (run_id, worker_id, at) select id, 'else', (select now_ms + 1000 from clock) from runs where status = 'queued'";
        write(&world, said).await;
        let began = Instant::now();
        let worker = Worker::on(&world.platform);
        until_it_holds(&world, 2).await;
        let mut held_on = Duration::ZERO;
        while hands(&world).await.values().all(|n| *n <= 2) {
            held_on = began.elapsed();
            assert!(held_on < Duration::from_secs(20), "it waits for one who is not there");
            assert!(!see(&world, run.number).await.status.is_over(), "the run was over before the word was stale");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(held_on > Duration::from_secs(1), "it left nothing: {held_on:?}");
        until_it_holds(&world, 4).await;
        assert_eq!(crate::windows::until(&world, run.number, crate::windows::is_over).await.tenants.migrated, 24);
        worker.end().await;
    }
}

/// Who holds what the others have left looks again when there is a reason to, and not all the time.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_more_than_its_share_does_not_write_all_the_time() {
    for world in worlds(6, 5_000_000).await.into_iter().take(1) {
        somebody_else(&world).await;
        write(&world, "create table rounds (n integer)").await;
        write(&world, "create trigger rounds after update on workers begin insert into rounds values (1); end").await;
        let run = four_at_once(&world).await;
        let worker = Worker::on(&world.platform);
        let began = Instant::now();
        assert_eq!(crate::windows::until(&world, run.number, crate::windows::is_over).await.tenants.migrated, 6);
        let took = began.elapsed();
        worker.end().await;
        let mut conn = world.platform.central.read().await.unwrap();
        let rounds: i64 = sqlx::query_scalar("select count(*) from rounds").fetch_one(&mut *conn).await.unwrap();
        // Four looks a second, and one for each of what was begun, told and ended.
        let looks = i64::try_from(took.as_millis() / 250).unwrap() + 40;
        assert!(rounds <= looks, "{rounds} rounds in {took:?}");
    }
}
