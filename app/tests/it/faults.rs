//! Faults: the process that works is killed at random moments, and the tenants must be none the worse. A few cycles here;
//! `NEO_KILLS=20 NEO_TENANTS=200` makes it the full count.

use std::time::{Duration, Instant};

use crate::program::Program;
use crate::support::{self, Cluster};

/// An installation without the starter set, with one server for its tenants; answers the server's name.
fn site(cluster: Option<&Cluster>) -> (Program, &'static str) {
    let program = Program::bare().with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF");
    std::fs::create_dir_all(program.migrations()).unwrap();
    migration(&program, 1, "create table counts (n integer not null);\ninsert into counts values (0);");
    match cluster {
        Some(cluster) => {
            program.run_with("server add main", &[("SERVER_URL", &cluster.url(""))], "").expect(0);
            (program, "main")
        }
        None => (program, "local"),
    }
}

fn migration(program: &Program, n: usize, up: &str) {
    std::fs::write(program.migrations().join(format!("202601010000{n:02}_step_{n}.up.sql")), up).unwrap();
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A moment within `whole`, or a little after.
fn moment(whole: Duration) -> Duration {
    let dice = neo::id::new().bytes().fold(7u64, |dice, byte| (dice * 31 + u64::from(byte)) % 1_000_003);
    whole * 5 / 4 * (dice % 1000) as u32 / 1000
}

/// Every cycle adds a migration whose statements would not survive being run twice, kills the run at a random moment, and
/// runs again.
fn killed_and_run_again(cluster: Option<&Cluster>) {
    let (kills, tenants) = (setting("NEO_KILLS", 4), setting("NEO_TENANTS", 12));
    let (program, server) = site(cluster);
    for n in 0..tenants {
        program.run(&format!("tenant create tenant-{n:03} --server {server}")).expect(0);
    }
    // How long a whole run takes, so that the moments fall inside it.
    let mut whole = Duration::from_millis(300);
    for cycle in 0..kills {
        let step = format!(
            "create table step_{cycle} (id integer);\nupdate counts set n = n + 1;\nalter table step_{cycle} add column x integer;"
        );
        migration(&program, cycle + 2, &step);
        let mut child = program.start("migrate all-tenants --yes");
        std::thread::sleep(moment(whole));
        child.kill().unwrap();
        child.wait().unwrap();

        let began = Instant::now();
        program.run("migrate all-tenants --yes --json").expect(0);
        whole = whole.max(began.elapsed());
        let status = program.json("migrate status");
        let behind = status.as_array().unwrap().iter().find(|t| t["state"] != "current" || t["pending"] != 0);
        assert!(behind.is_none(), "cycle {cycle}: {behind:?}");
    }
    // Exactly once: the ledgers are read anew, and each tenant has counted every step.
    let read = program.json("migrate all-tenants --yes --trust 0");
    assert_eq!(read["tenants"]["current"], tenants, "{read}");
    counted(&program, kills + 2, kills, tenants);
    let runs = program.json("run list");
    let stuck = runs.as_array().unwrap().iter().find(|r| r["status"] == "running" || r["status"] == "queued");
    assert!(stuck.is_none(), "{stuck:?}");
}

/// One more migration, which only a tenant takes that has counted to `n`.
fn counted(program: &Program, version: usize, n: usize, tenants: usize) {
    migration(
        program,
        version,
        &format!(
            "create table exactly (n integer not null check (n = {n}));\ninsert into exactly select n from counts;"
        ),
    );
    let run = program.json("migrate all-tenants --yes");
    assert_eq!(run["tenants"]["migrated"], tenants, "a tenant counted a step twice or not at all: {run}");
}

#[test]
fn a_killed_run_on_sqlite_is_mended_by_the_next() {
    killed_and_run_again(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_on_postgres_is_mended_by_the_next() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || killed_and_run_again(Some(cluster))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_on_mariadb_is_mended_by_the_next() {
    let cluster = support::mariadb().await;
    tokio::task::spawn_blocking(move || killed_and_run_again(Some(cluster))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_start_at_once_apply_every_migration_once() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || {
        let (program, server) = site(Some(cluster));
        for n in 0..10 {
            program.run(&format!("tenant create tenant-{n:03} --server {server}")).expect(0);
        }
        migration(&program, 2, "update counts set n = n + 1;\nselect pg_sleep(1.5);");
        let both = [(); 2].map(|()| program.start("migrate all-tenants --yes"));
        let ends = both.map(|child| child.wait_with_output().unwrap());
        let mut codes = ends.each_ref().map(|end| end.status.code().unwrap());
        codes.sort_unstable();
        assert_eq!(codes, [0, 6], "{ends:?}");
        let second = ends.iter().find(|end| end.status.code() == Some(6)).unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("is at tenant") && said.contains("started it at"), "{said}");
        counted(&program, 3, 1, 10);
    })
    .await
    .unwrap();
}
