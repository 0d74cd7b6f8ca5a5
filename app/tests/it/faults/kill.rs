//! The process that works is killed at random moments: the command that started the run, `neo work`, or `neo serve`.

use std::time::{Duration, Instant};

use super::fleet::{Fleet, Follower, setting};
use crate::support::{self, Cluster};

/// Every cycle adds a migration, kills whoever is at it, and lets the next go on.
fn killed_and_run_again(engine: &str, cluster: Option<&Cluster>) {
    let (kills, tenants) = (setting("NEO_KILLS", 4), setting("NEO_TENANTS", 8));
    let mut fleet = Fleet::new(tenants, cluster);
    println!("kill on {engine}: seed {}", fleet.dice.seed);
    let (mut commands, mut services) = (0, 0);
    // How long a whole run takes, so that the moments fall inside it.
    let mut whole = Duration::from_millis(400);
    for cycle in 0..kills {
        fleet.step("");
        match fleet.dice.below(4) {
            0 | 1 => {
                let child = fleet.start("migrate all-tenants --yes");
                std::thread::sleep(fleet.dice.moment(whole));
                child.kill();
                commands += 1;
            }
            which => {
                let line = if which == 2 { "work" } else { "serve --listen 127.0.0.1:0" };
                let service = fleet.start(line);
                let run = fleet.program.json("migrate all-tenants --yes --detach")["run"].as_i64().unwrap();
                let follower = Follower::of(&fleet, run);
                std::thread::sleep(fleet.dice.moment(whole));
                service.kill();
                let next = fleet.start(line);
                fleet.end_of(run);
                next.kill();
                follower.saw_all(&fleet);
                services += 1;
            }
        }
        let began = Instant::now();
        fleet.mended();
        whole = whole.max(began.elapsed()).min(Duration::from_secs(3));
        if cycle % 25 == 24 {
            fleet.exactly_once();
            println!("kill on {engine}: {} of {kills}", cycle + 1);
        }
    }
    fleet.exactly_once();
    fleet.report(
        &format!("killed at a random moment on {engine}"),
        &format!("{kills} cycles ({commands} neo migrate, {services} neo work or serve)"),
    );
}

#[test]
fn a_killed_run_on_sqlite_is_mended_by_the_next() {
    killed_and_run_again("sqlite", None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_on_postgres_is_mended_by_the_next() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || killed_and_run_again("postgres", Some(cluster))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_on_mariadb_is_mended_by_the_next() {
    let cluster = support::mariadb().await;
    tokio::task::spawn_blocking(move || killed_and_run_again("mariadb", Some(cluster))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_start_at_once_apply_every_migration_once() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || {
        let mut fleet = Fleet::new(10, Some(cluster));
        fleet.step("select pg_sleep(1.5);");
        let both = [(); 2].map(|()| fleet.program.start("migrate all-tenants --yes"));
        let ends = both.map(|child| child.wait_with_output().unwrap());
        let mut codes = ends.each_ref().map(|end| end.status.code().unwrap());
        codes.sort_unstable();
        assert_eq!(codes, [0, 6], "{ends:?}");
        let second = ends.iter().find(|end| end.status.code() == Some(6)).unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("is at tenant") && said.contains("started it at"), "{said}");
        fleet.exactly_once();
    })
    .await
    .unwrap();
}
