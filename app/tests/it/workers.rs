//! Several processes on one PostgreSQL central database: they share a run, and none of them is needed for its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::program::Program;
use crate::support::{self, Cluster};

mod notices;
mod stream;

const TENANTS: usize = 60;

/// An installation on a PostgreSQL central database of its own, with tenants that count what is done to them.
struct Site {
    program: Program,
    central: String,
    processes: Vec<(Child, PathBuf)>,
}

impl Drop for Site {
    fn drop(&mut self) {
        for (child, log) in &mut self.processes {
            signal(child, "CONT");
            let _ = child.kill();
            let _ = child.wait();
            if std::thread::panicking() {
                eprintln!("--- {}\n{}", child.id(), std::fs::read_to_string(log).unwrap_or_default());
            }
        }
    }
}

fn signal(child: &Child, name: &str) {
    Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
}

impl Site {
    async fn on(cluster: &Cluster, tenants: usize) -> Self {
        let database = support::unique("central");
        cluster.create_database(&database).await;
        let central = cluster.url(&database);
        let program = Program::bare()
            .with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF")
            .with("DATABASE_URL", &central);
        std::fs::create_dir_all(program.migrations()).unwrap();
        let site = Self { program, central, processes: Vec::new() };
        site.migration(1, "create table counts (n integer not null);\ninsert into counts values (0);");
        let rows: String = (0..tenants).map(|n| format!("t-{n:03}\n")).collect();
        let file = site.program.dir.path().join("new.csv");
        std::fs::write(&file, format!("slug\n{rows}")).unwrap();
        site.neo(&format!("tenant create --from-file {}", file.display())).await;
        site
    }

    fn migration(&self, n: usize, up: &str) {
        std::fs::write(self.program.migrations().join(format!("202601010000{n:02}_step_{n}.up.sql")), up).unwrap();
    }

    /// Counts once in each tenant, and takes its time about it.
    fn counting_migration(&self, n: usize) {
        self.migration(
            n,
            &format!(
                "update counts set n = n + 1;\ncreate table burnt_{n} as with recursive c(i) as \
                 (select 1 union all select i + 1 from c where i < 120000) select count(*) as n from c;"
            ),
        );
    }

    async fn neo(&self, line: &str) -> crate::program::Answer {
        self.neo_any(line).await.expect(0)
    }

    async fn neo_any(&self, line: &str) -> crate::program::Answer {
        tokio::task::block_in_place(|| self.program.run(line))
    }

    /// A process in the background, once it is ready: it has taken its place among the workers, or answers.
    async fn start(&mut self, line: &str, env: &[(&str, &str)]) -> u32 {
        let log = self.program.dir.path().join(format!("log-{}", self.processes.len()));
        let child = self.program.start_logged(line, env, File::create(&log).unwrap());
        let pid = child.id();
        self.processes.push((child, log));
        let since = Instant::now();
        while sqlx::query_scalar::<_, i64>("select count(*) from workers where pid = $1")
            .bind(i64::from(pid))
            .fetch_one(&mut self.conn().await)
            .await
            .unwrap()
            == 0
        {
            assert!(since.elapsed().as_secs() < 60, "{line} does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        pid
    }

    /// `neo serve` on a free port; answers its process and port.
    async fn serve(&mut self, more: &str) -> (u32, u16) {
        let port = support::free_port();
        (self.start(&format!("serve --listen 127.0.0.1:{port} {more}"), &[]).await, port)
    }

    fn process(&mut self, pid: u32) -> &mut Child {
        &mut self.processes.iter_mut().find(|(child, _)| child.id() == pid).unwrap().0
    }

    fn log(&self, pid: u32) -> String {
        let (_, log) = self.processes.iter().find(|(child, _)| child.id() == pid).unwrap();
        std::fs::read_to_string(log).unwrap()
    }

    async fn conn(&self) -> PgConnection {
        let since = Instant::now();
        loop {
            match PgConnection::connect(&self.central).await {
                Ok(conn) => return conn,
                Err(e) if since.elapsed().as_secs() > 30 => panic!("{e}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// Queues a run on all tenants and answers its number.
    async fn queue(&self, more: &str) -> i64 {
        let run = self.neo(&format!("migrate all-tenants --yes --detach --json {more}")).await.json();
        run["run"].as_i64().unwrap()
    }

    /// How many tasks each process holds now.
    async fn hands(&self, conn: &mut PgConnection) -> BTreeMap<i64, i64> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "select w.pid, count(*) from tasks t join workers w on w.id = t.worker_id where t.status = 'running' group by w.pid",
        )
        .fetch_all(conn)
        .await
        .unwrap();
        rows.into_iter().collect()
    }

    /// Until a process holds tasks.
    async fn until_it_works(&self, pid: u32) {
        let (mut conn, since) = (self.conn().await, Instant::now());
        while !self.hands(&mut conn).await.contains_key(&i64::from(pid)) {
            assert!(since.elapsed().as_secs() < 120, "{pid} never took a task");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn status(&self, number: i64) -> (String, i64) {
        sqlx::query_as(
            "select r.status, (select count(*) from tasks t where t.run_id = r.id and t.status in ('queued', 'running')) \
             from runs r where r.number = $1",
        )
        .bind(number)
        .fetch_one(&mut self.conn().await)
        .await
        .unwrap()
    }

    async fn until_over(&self, number: i64, within: Duration) -> String {
        let since = Instant::now();
        loop {
            let (status, left) = self.status(number).await;
            if !matches!(status.as_str(), "queued" | "running") {
                return status;
            }
            assert!(since.elapsed() < within, "run {number} is still {status}, {left} tasks left");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The story of a run has no gap and no double, and each tenant ended once for each attempt.
    async fn check_story(&self, number: i64) -> Vec<Value> {
        let text = self.neo_any(&format!("run watch {number} --since 0 --format ndjson")).await.out;
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let numbers: Vec<i64> = events.iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (1..=events.len() as i64).collect::<Vec<_>>());
        let mut seen = BTreeSet::new();
        for event in &events {
            let kind = event["type"].as_str().unwrap();
            let what = match kind {
                "tenant.succeeded" | "tenant.failed" | "tenant.started" | "migration.applied" | "run.started" => {
                    format!("{kind} {} {} {}", event["tenant"], event["attempt"], event["migration"])
                }
                _ => continue,
            };
            assert!(seen.insert(what.clone()), "told twice: {what}");
        }
        events
    }

    /// One more migration, which only a tenant takes that has counted to `n`: nothing was done twice, nothing left out.
    async fn counted(&self, version: usize, n: usize) {
        self.migration(
            version,
            &format!("create table exactly_{version} (n integer check (n = {n}));\ninsert into exactly_{version} select n from counts;"),
        );
        let run = self.neo_any("migrate all-tenants --yes --trust 0 --json").await;
        assert_eq!(run.code, 0, "a tenant counted twice or not at all: {} {}", run.out, run.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_share_a_run_and_do_nothing_twice() {
    let mut site = Site::on(support::postgres().await, TENANTS).await;
    site.counting_migration(2);
    let (a, _) = site.serve("").await;
    let (b, _) = site.serve("").await;
    let c = site.start("work --workers 3", &[]).await;
    let number = site.queue("--concurrency 9").await;
    let (mut conn, mut seen, since) = (site.conn().await, BTreeMap::<i64, i64>::new(), Instant::now());
    while matches!(site.status(number).await.0.as_str(), "queued" | "running") {
        assert!(since.elapsed().as_secs() < 120);
        let hands = site.hands(&mut conn).await;
        let all: i64 = hands.values().sum();
        assert!(all <= 9, "{all} at once, where 9 are allowed: {hands:?}");
        assert!(hands.get(&i64::from(c)).is_none_or(|n| *n <= 3), "more than its hands: {hands:?}");
        for (pid, n) in hands {
            let most = seen.entry(pid).or_default();
            *most = n.max(*most);
        }
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
    assert_eq!(site.status(number).await.0, "succeeded");
    let parts: BTreeSet<i64> = seen.keys().copied().collect();
    assert_eq!(parts, [a, b, c].map(i64::from).into(), "each does a part: {seen:?}");
    let events = site.check_story(number).await;
    assert_eq!(events.iter().filter(|e| e["type"] == "tenant.succeeded").count(), TENANTS);
    site.counted(3, 1).await;
    for pid in [a, b, c] {
        let log = site.log(pid);
        assert!(!log.contains("ERROR") && !log.contains("deadlock"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_replaced_and_the_run_ends() {
    let mut site = Site::on(support::postgres().await, TENANTS).await;
    site.counting_migration(2);
    let a = site.start("work", &[]).await;
    let b = site.start("work", &[]).await;
    let number = site.queue("").await;
    site.until_it_works(a).await;
    site.process(a).kill().unwrap();
    let status = site.until_over(number, Duration::from_secs(60)).await;
    // Who was in its hands is finished by a person's word, unless the ledger says that it was done.
    if status == "failed" {
        site.neo(&format!("run rerun {number} --failed")).await;
        assert_eq!(site.until_over(number, Duration::from_secs(60)).await, "succeeded");
    }
    let events = site.check_story(number).await;
    let lost = events.iter().filter(|e| e["type"] == "tenant.unknown").count();
    assert!(lost > 0, "nothing was in its hands: {events:?}");
    assert!(site.log(b).contains("a worker died; its tasks were taken back"), "{}", site.log(b));
    site.counted(3, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_sleeps_beyond_its_lease_wakes_up_to_a_closed_fence() {
    let mut site = Site::on(support::postgres().await, 24).await;
    site.counting_migration(2);
    let a = site.start("work", &[]).await;
    let number = site.queue("--concurrency 4").await;
    site.until_it_works(a).await;
    signal(site.process(a), "STOP");
    let mut conn = site.conn().await;
    let held: Vec<String> = sqlx::query_scalar("select tenant_slug from tasks where status = 'running'")
        .fetch_all(&mut conn)
        .await
        .unwrap();
    assert!(!held.is_empty());
    let b = site.start("work", &[]).await;
    let since = Instant::now();
    while !site.log(b).contains("its tasks were taken back") {
        assert!(since.elapsed().as_secs() < 40, "{}", site.log(b));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(since.elapsed().as_secs() >= 10, "a stopped worker is dead only after its lease");
    // Nobody else is at work from here on: what comes is done by the one that wakes up.
    signal(site.process(a), "CONT");
    let status = site.until_over(number, Duration::from_secs(90)).await;
    let since = Instant::now();
    while !site.log(a).contains("its result here is dropped") {
        assert!(since.elapsed().as_secs() < 20, "its late result was not refused:\n{}", site.log(a));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    if status == "failed" {
        site.neo(&format!("run rerun {number} --failed")).await;
        assert_eq!(site.until_over(number, Duration::from_secs(60)).await, "succeeded");
    }
    site.check_story(number).await;
    // It goes on with other work, and keeps what it takes.
    site.process(b).kill().unwrap();
    site.counting_migration(3);
    let number = site.queue("").await;
    assert_eq!(site.until_over(number, Duration::from_secs(60)).await, "succeeded");
    let events = site.check_story(number).await;
    assert!(events.iter().all(|e| e["type"] != "tenant.unknown"), "{events:?}");
    site.counted(4, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_clock_is_an_hour_off_changes_nothing() {
    // Debian's faketime: its library shifts what one process takes for the time.
    let folder = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
    let library = PathBuf::from(folder).join("libfaketimeMT.so.1");
    assert!(library.exists(), "faketime is not installed: apt-get install faketime");
    let library = library.display().to_string();
    for shift in ["+1h", "-1h"] {
        let mut site = Site::on(support::postgres().await, 20).await;
        site.counting_migration(2);
        let env = [("LD_PRELOAD", library.as_str()), ("FAKETIME", shift), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        let off = site.start("work", &env).await;
        let right = site.start("work", &[]).await;
        let number = site.queue("").await;
        site.until_it_works(off).await;
        assert_eq!(site.until_over(number, Duration::from_secs(60)).await, "succeeded");
        // Longer than a lease: who is silent by the wrong clock would be taken for dead by now.
        tokio::time::sleep(Duration::from_secs(18)).await;
        let living: Vec<i64> =
            sqlx::query_scalar("select pid from workers order by pid").fetch_all(&mut site.conn().await).await.unwrap();
        let mut all = [off, right].map(i64::from);
        all.sort_unstable();
        assert_eq!(living, all);
        let stray: i64 = sqlx::query_scalar(
            "select (select count(*) from run_events where abs(at - (select now_ms from clock)) > 600000)
                  + (select count(*) from tasks where abs(finished_at - (select now_ms from clock)) > 600000)
                  + (select count(*) from workers where abs(heartbeat_at - (select now_ms from clock)) > 600000)",
        )
        .fetch_one(&mut site.conn().await)
        .await
        .unwrap();
        assert_eq!(stray, 0, "somebody wrote by its own clock");
        let events = site.check_story(number).await;
        assert!(events.iter().all(|e| e["type"] != "tenant.unknown"), "{events:?}");
        // It sees the tenants as freshly verified as they are.
        site.counted(3, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_central_database_crashes_and_comes_back_in_the_middle_of_a_run() {
    // What it has answered as committed survives a crash of the server.
    let cluster = tokio::task::block_in_place(|| support::own_postgres("-c synchronous_commit=on"));
    let mut site = Site::on(&cluster, TENANTS).await;
    site.counting_migration(2);
    let number = site.queue("").await;
    let watcher = site.program.start(&format!("run watch {number} --since 0 --format ndjson"));
    let a = site.start("work", &[]).await;
    let b = site.start("work", &[]).await;
    site.until_it_works(a).await;
    for _ in 0..3 {
        tokio::task::block_in_place(|| {
            cluster.crash();
            cluster.come_back();
        });
        tokio::time::sleep(Duration::from_millis(1700)).await;
    }
    assert_eq!(site.until_over(number, Duration::from_secs(90)).await, "succeeded");
    let events = site.check_story(number).await;
    assert_eq!(events.iter().filter(|e| e["type"] == "tenant.succeeded").count(), TENANTS);
    assert!(events.iter().all(|e| e["type"] != "tenant.unknown"), "a living worker lost its tasks: {events:?}");
    let watched = tokio::task::block_in_place(|| watcher.wait_with_output()).unwrap();
    let seen: Vec<Value> =
        String::from_utf8(watched.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(seen, events, "a watcher missed something: {}", String::from_utf8_lossy(&watched.stderr));
    for pid in [a, b] {
        let log = site.log(pid);
        assert!(log.contains("broke off") && log.matches("listening to the notifications").count() > 1, "{log}");
    }
    site.counted(3, 1).await;
    drop(site);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_at_one_replica_sees_a_run_worked_by_another_and_resumes_at_a_third() {
    let mut site = Site::on(support::postgres().await, 12).await;
    site.counting_migration(2);
    let john = [
        ("EMAIL", "john@example.com"),
        ("PASSWORD", stream::PASSWORD),
        ("FIRST_NAME", "John"),
        ("LAST_NAME", "Doe"),
        ("ROLE", "support"),
    ];
    site.program.run_with("create-central-admin", &john, "").expect(0);
    let worker = site.start("work --workers 2", &[]).await;
    let ports = [(); 2].map(|()| support::free_port());
    for port in ports {
        // The console alone: it has no row among the workers.
        let log = site.program.dir.path().join(format!("log-{port}"));
        let child = site.program.start_logged(
            &format!("serve --workers 0 --listen 127.0.0.1:{port}"),
            &[],
            File::create(&log).unwrap(),
        );
        site.processes.push((child, log));
        stream::until_ready(port).await;
    }
    let cookie = stream::sign_in(ports[0]).await;
    let number = site.queue("").await;
    let mut first = stream::Stream::open(ports[0], &cookie, number, None).await;
    let mut told = Vec::new();
    while told.len() < 15 {
        told.push(first.next().await.unwrap());
    }
    drop(first);
    // The same session at the other replica, from the last number on.
    let last = told.last().map(|(id, _)| *id);
    let mut second = stream::Stream::open(ports[1], &cookie, number, last).await;
    while let Some(event) = second.next().await {
        told.push(event);
    }
    let events = site.check_story(number).await;
    let expected: Vec<(i64, Value)> = events.iter().map(|e| (e["seq"].as_i64().unwrap(), e.clone())).collect();
    assert_eq!(told, expected);
    assert_eq!(site.status(number).await.0, "succeeded");
    let workers: Vec<i64> =
        sqlx::query_scalar("select pid from workers").fetch_all(&mut site.conn().await).await.unwrap();
    assert_eq!(workers, [i64::from(worker)], "--workers 0 is no worker");
}
