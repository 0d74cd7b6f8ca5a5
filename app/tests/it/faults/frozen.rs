//! A server that is there and does not answer: its processes are stopped. What waits for it comes to an end, and the other
//! tenants go on meanwhile.

use std::time::{Duration, Instant};

use neo::actor::Actor;
use neo::runs::{self, Goal, Policy, Request, Rerun, Status};
use neo::servers::{self, NewServer};
use neo::tenants::{Filter, NewTenant};
use secrecy::SecretString;

use super::fleet::{Fleet, signal};
use crate::support::{self, Cluster};
use crate::world::World;

/// The server's process and those it has made.
fn processes(cluster: &Cluster) -> Vec<u32> {
    let server = cluster.pid().unwrap();
    let children = std::process::Command::new("pgrep").args(["-P", &server.to_string()]).output().unwrap().stdout;
    let children = String::from_utf8(children).unwrap();
    std::iter::once(server).chain(children.lines().map(|pid| pid.parse().unwrap())).collect()
}

async fn tenant(world: &World, slug: &str, server: Option<&str>) {
    let new = NewTenant {
        slug: slug.into(),
        name: None,
        server: server.map(str::to_owned),
        tags: Vec::new(),
        ..NewTenant::default()
    };
    let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
}

/// Freezes the whole server while a statement of ours is running there.
async fn a_frozen_server(cluster: Cluster, nap: &str, at_work: &str) {
    let world = World::new().await;
    let file = |name: &str, sql: &str| std::fs::write(world.migrations().join(name), sql).unwrap();
    file("20260101000001_counts.up.sql", "create table counts (n integer not null);\ninsert into counts values (0);");
    let (platform, actor) = (&world.platform, &Actor::operator());
    let server = NewServer::from_url("main", &SecretString::from(cluster.admin_url())).unwrap();
    let engine = servers::add(platform, actor, server).await.unwrap().engine;
    for slug in ["one", "two"] {
        tenant(&world, slug, Some("main")).await;
    }
    for slug in ["three", "four"] {
        tenant(&world, slug, None).await;
    }
    file("20260101000002_count.up.sql", "update counts set n = n + 1;");
    file(&format!("20260101000002_count.{engine}.up.sql"), &format!("update counts set n = n + 1;\n{nap};"));
    let request = Request {
        not_before: None,
        goal: Goal::Migrate { to: None },
        selection: Filter::default(),
        policy: Policy { connect_timeout_ms: 300, ..Policy::default() },
        reason: None,
        confirm: None,
        expect: None,
        detached: false,
    };
    let run = runs::start(platform, actor, request).await.unwrap().number;
    let work = tokio::spawn({
        let platform = platform.clone();
        async move { runs::work_on(&platform, run).await }
    });
    let since = Instant::now();
    while cluster.query("", at_work).await != "2" {
        assert!(since.elapsed() < Duration::from_secs(20), "nobody is at work");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let frozen = processes(&cluster);
    frozen.iter().for_each(|pid| signal(*pid, "STOP"));
    let began = Instant::now();
    let ended = tokio::time::timeout(Duration::from_secs(60), work).await;
    let waited = began.elapsed();
    frozen.iter().for_each(|pid| signal(*pid, "CONT"));
    ended.expect("the run ends though the server does not answer").unwrap().unwrap();

    let shown = runs::find(platform, actor, run).await.unwrap();
    assert_eq!((shown.status, shown.tenants.migrated, shown.tenants.failed), (Status::Failed, 2, 2), "{shown:?}");
    for (tenant, _, failure) in runs::failures(platform, actor, run).await.unwrap() {
        assert!(failure.category.is_transient() && !failure.message.is_empty(), "{tenant}: {failure:?}");
    }
    // The sleepers wake up, find nobody there, and are in nobody's way.
    runs::rerun(platform, actor, run, &Rerun::Failed, None).await.unwrap();
    runs::work_on(platform, run).await.unwrap();
    let shown = runs::find(platform, actor, run).await.unwrap();
    assert_eq!(shown.status, Status::Succeeded, "{:?}", runs::failures(platform, actor, run).await.unwrap());
    for slug in ["one", "two"] {
        let tenant = neo::tenants::find(platform, actor, slug).await.unwrap();
        assert_eq!(cluster.query(&tenant.database, "select n from counts").await, "1", "{slug} counted once");
    }
    println!(
        "torture: {engine} frozen as a whole for {:.1} s (asked every 0.9 s; 30 s by default): 2 tenants failed with words, 2 \
         elsewhere done, rerun mended: 0 applied twice, 0 stuck, 0 unexplained",
        waited.as_secs_f32()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_frozen_holds_nobody_up_for_ever() {
    let at_work =
        "select count(*) from pg_stat_activity where query like '%pg_sleep(5)%' and application_name like 'neo:%'";
    a_frozen_server(support::own_postgres(""), "select pg_sleep(5)", at_work).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_is_frozen_holds_nobody_up_for_ever() {
    let at_work = "select count(*) from information_schema.processlist where info like '%@nap = sleep(5)%' and info not like '%processlist%'";
    a_frozen_server(support::own_mariadb(""), "set @nap = sleep(5)", at_work).await;
}

/// One session alone is frozen: to everybody it is a statement that takes long, so it is waited for. The others go on, the run
/// takes a cancellation, and once it thaws it ends.
#[tokio::test(flavor = "multi_thread")]
async fn one_frozen_session_is_a_long_statement_and_holds_up_nobody_else() {
    let cluster = support::postgres().await;
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut fleet = Fleet::new(5, Some(cluster));
        fleet.step("select pg_sleep(1);");
        let mut child = fleet.start("migrate all-tenants --yes --concurrency 2");
        let find = "select pid from pg_stat_activity where application_name like 'neo:%:tenant-001' and query like '%pg_sleep%'";
        let since = Instant::now();
        let pid = loop {
            let found = handle.block_on(cluster.query("", find));
            if let Ok(pid) = found.parse() {
                break pid;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "tenant-001 is not at work");
            std::thread::sleep(Duration::from_millis(20));
        };
        signal(pid, "STOP");
        let current = || {
            let status = fleet.program.json("migrate status");
            status.as_array().unwrap().iter().filter(|t| t["state"] == "current" && t["pending"] == 0).count()
        };
        let since = Instant::now();
        while current() < 4 {
            assert!(since.elapsed() < Duration::from_secs(30), "the others do not go on");
            std::thread::sleep(Duration::from_millis(100));
        }
        let run = fleet.newest_run();
        fleet.program.run(&format!("run cancel {run}")).expect(0);
        assert_eq!(fleet.program.json(&format!("run show {run}"))["tenants"]["running"], 1);
        signal(pid, "CONT");
        assert_eq!(child.0.wait().unwrap().code(), Some(9));
        fleet.mended();
        fleet.exactly_once();
        fleet.report("one PostgreSQL session frozen", "1 run, cancelled");
    })
    .await
    .unwrap();
}
