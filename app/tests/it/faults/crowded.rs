//! A server with few connections, some of them taken by others: tasks wait for one instead of failing.

use std::process::{Child, Command};
use std::time::Duration;

use super::fleet::{Fleet, setting};
use crate::support::{self, Cluster};

/// Sessions of somebody else, which do nothing for a while.
fn others(cluster: &Cluster, n: usize, sql: &str) -> Vec<Child> {
    (0..n).map(|_| Command::spawn(&mut cluster.client("", sql)).unwrap()).collect()
}

fn nobody_is_turned_away(engine: &str, cluster: &Cluster, nap: &str, long: &str) {
    let tenants = setting("NEO_CROWD", 40);
    let mut fleet = Fleet::new(tenants, Some(cluster));
    fleet.step(nap);
    let mut taken = others(cluster, 4, long);
    std::thread::sleep(Duration::from_millis(500));
    let mut run = fleet.start("migrate all-tenants --yes --concurrency 64");
    // And more, once it has counted what is free.
    std::thread::sleep(Duration::from_millis(1200));
    taken.extend(others(cluster, 6, long));
    assert_eq!(run.0.wait().unwrap().code(), Some(0), "a tenant was turned away");
    let shown = fleet.program.json(&format!("run show {}", fleet.newest_run()));
    assert_eq!(shown["tenants"]["migrated"], tenants, "{shown}");
    for mut session in taken {
        let _ = session.kill();
        session.wait().unwrap();
    }
    fleet.exactly_once();
    fleet.report(&format!("{engine} with 20 connections, 10 of them taken"), "1 run with --concurrency 64");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_with_few_connections_turns_no_tenant_away() {
    let cluster = support::own_postgres("-c max_connections=20");
    tokio::task::spawn_blocking(move || {
        nobody_is_turned_away("postgres", &cluster, "select pg_sleep(0.3);", "select pg_sleep(100)");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_with_few_connections_turns_no_tenant_away() {
    let cluster = support::own_mariadb("--max-connections=20");
    tokio::task::spawn_blocking(move || {
        nobody_is_turned_away("mariadb", &cluster, "set @nap = sleep(0.3);", "select sleep(100)");
    })
    .await
    .unwrap();
}
