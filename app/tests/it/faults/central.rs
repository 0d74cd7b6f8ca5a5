//! The central database goes away in mid-run: PostgreSQL crashes and comes back, SQLite is locked by another writer.

use std::time::Duration;

use sqlx::{Connection, Executor};

use super::fleet::{Fleet, Follower, setting};
use crate::program::Program;
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_central_postgres_that_crashes_in_mid_run_loses_no_event_and_no_task() {
    let central = support::own_postgres("-c fsync=on -c synchronous_commit=on");
    central.create_database("central").await;
    tokio::task::spawn_blocking(move || {
        let crashes = setting("NEO_CRASHES", 2);
        let program = Program::bare().with("DATABASE_URL", &central.url("central"));
        let mut fleet = Fleet::with(program, setting("NEO_TENANTS", 8), None);
        println!("crash of the central database: seed {}", fleet.dice.seed);
        for _ in 0..crashes {
            for _ in 0..3 {
                fleet.step("");
            }
            let worker = fleet.start("work");
            let run = fleet.program.json("migrate all-tenants --yes --detach --concurrency 2")["run"].as_i64().unwrap();
            let follower = Follower::of(&fleet, run);
            std::thread::sleep(fleet.dice.moment(Duration::from_millis(700)));
            central.crash();
            std::thread::sleep(Duration::from_millis(500 + fleet.dice.below(2000)));
            central.come_back();
            fleet.end_of(run);
            follower.saw_all(&fleet);
            drop(worker);
            fleet.mended();
        }
        fleet.exactly_once();
        fleet.report("central PostgreSQL crashed in mid-run", &format!("{crashes} crashes"));
    })
    .await
    .unwrap();
}

/// A worker that is still starting when the database is locked ends with an error, and is its supervisor's to start again.
async fn until_somebody_works(central: &std::path::Path) {
    let mut reader = sqlx::SqliteConnection::connect(&format!("sqlite://{}", central.display())).await.unwrap();
    while sqlx::query_scalar::<_, i64>("select count(*) from workers").fetch_one(&mut reader).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    reader.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_central_sqlite_that_another_writer_locks_for_some_seconds_is_waited_for() {
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut fleet = Fleet::new(8, None);
        fleet.step("");
        let worker = fleet.start("work");
        let file = fleet.program.dir.path().join("data/central.db");
        handle.block_on(until_somebody_works(&file));
        let run = fleet.program.json("migrate all-tenants --yes --detach --concurrency 2")["run"].as_i64().unwrap();
        let follower = Follower::of(&fleet, run);
        // Longer than anybody waits for the lock at once.
        handle.block_on(async {
            let mut writer = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
            writer.execute("pragma busy_timeout = 10000; begin immediate").await.unwrap();
            tokio::time::sleep(Duration::from_secs(12)).await;
            writer.execute("rollback").await.unwrap();
            writer.close().await.unwrap();
        });
        fleet.end_of(run);
        follower.saw_all(&fleet);
        drop(worker);
        fleet.mended();
        fleet.exactly_once();
        fleet.report("central SQLite locked for 12 s by another writer", "1 run");
    })
    .await
    .unwrap();
}
