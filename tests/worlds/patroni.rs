//! A central database that fails over: two PostgreSQL servers kept by patroni with etcd, commits that wait for the standby
//! (`synchronous_mode`), and haproxy before them, which leads to whichever is the primary. Debian's packages, which are asked for
//! by `make worlds` alone.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;

use super::fleet::{Fleet, Follower, setting, signal};
use crate::program::Program;
use crate::support;

/// The ports of the two servers' patronis.
struct Pair {
    folder: std::path::PathBuf,
    front: u16,
    api: [u16; 2],
    servers: [u16; 2],
    /// What they agree by.
    etcd: u16,
    _pipe: Mutex<std::process::ChildStdin>,
}

impl Pair {
    fn begin() -> Self {
        for program in ["patroni", "etcd", "haproxy"] {
            let is_there = ["/usr/bin", "/usr/sbin"].iter().any(|folder| Path::new(folder).join(program).exists());
            assert!(is_there, "{program} is missing: apt-get install patroni etcd-server python3-etcd haproxy");
        }
        let folder = support::folder("postgres");
        let [etcd, peers, front] = [(); 3].map(|()| support::free_port());
        let (api, servers) = ([(); 2].map(|()| support::free_port()), [(); 2].map(|()| support::free_port()));
        let programs = support::postgres_bin("postgres").parent().unwrap().display().to_string();
        let at = folder.display();
        let mut script = format!(
            "cd {at}; all=; over() {{ trap '' TERM; kill $all; wait; exit; }}; trap over TERM\n\
             etcd --name e --data-dir {at}/etcd --unsafe-no-fsync --listen-client-urls http://127.0.0.1:{etcd} \
             --advertise-client-urls http://127.0.0.1:{etcd} --listen-peer-urls http://127.0.0.1:{peers} \
             --initial-advertise-peer-urls http://127.0.0.1:{peers} --initial-cluster e=http://127.0.0.1:{peers} & all=\"$all $!\"\n"
        );
        let mut balancer = format!(
            "defaults\n mode tcp\n timeout connect 2s\n timeout check 1s\n timeout client 1h\n timeout server 1h\n\
             listen central\n bind 127.0.0.1:{front}\n option httpchk OPTIONS /primary\n http-check expect status 200\n \
             default-server inter 300ms fall 2 rise 1 on-marked-down shutdown-sessions\n"
        );
        for n in 0..2 {
            let (api, port) = (api[n], servers[n]);
            let settings = format!(
                r#"scope: neo
name: p{n}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{hosts: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 5
    primary_start_timeout: 0
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 100, fsync: "off", wal_log_hints: "on"}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, {{auth-local: trust}}, {{auth-host: scram-sha-256}}]
  pg_hba: ["local all all trust", "host replication replicator 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: {at}/d{n}
  bin_dir: {programs}
  pgpass: {at}/pgpass{n}
  authentication:
    superuser: {{username: postgres, password: pw}}
    replication: {{username: replicator, password: pw}}
    rewind: {{username: rewind, password: pw}}
  parameters: {{unix_socket_directories: "{at}"}}
"#
            );
            std::fs::write(folder.join(format!("p{n}.yml")), settings).unwrap();
            // One that is killed comes back, as its supervisor would have it, once its machine is there.
            script.push_str(&format!(
                "( trap 'kill -CONT $!; kill $!; wait; exit' TERM; while :; do patroni {at}/p{n}.yml >>{at}/p{n}.log 2>&1 & echo $! >{at}/p{n}.pid; \
                 wait; sleep 1; while [ -e {at}/gone{n} ]; do sleep 1; done; done ) & all=\"$all $!\"\n"
            ));
            balancer.push_str(&format!(" server p{n} 127.0.0.1:{port} check port {api}\n"));
        }
        std::fs::write(folder.join("haproxy.cfg"), balancer).unwrap();
        script.push_str(&format!("{} -f {at}/haproxy.cfg & all=\"$all $!\"\nwait", "/usr/sbin/haproxy"));
        std::fs::write(folder.join("all.sh"), script).unwrap();
        let log = folder.join("log");
        let pipe = support::serve("postgres", (&folder, &log), &format!("sh {at}/all.sh"), "TERM");
        let pair = Self { folder, front, api, servers, etcd, _pipe: pipe };
        pair.until_whole();
        pair
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres:pw@127.0.0.1:{}/{database}", self.front)
    }

    /// What one of the two answers to this question about itself.
    fn is(&self, n: usize, what: &str) -> bool {
        let url = format!("http://127.0.0.1:{}/{what}", self.api[n]);
        let asked = Command::new("curl").args(["-fs", "-m", "1", "-o", "/dev/null", &url]).status();
        asked.is_ok_and(|status| status.success())
    }

    fn primary(&self) -> Option<usize> {
        (0..2).find(|n| self.is(*n, "primary"))
    }

    /// Until one leads, the other follows with every commit, and the way leads there.
    fn until_whole(&self) -> usize {
        let since = Instant::now();
        let mut mended = 0;
        loop {
            let primary = self.primary();
            // patroni 3.0 does not always come to itself by itself: one that was promoted and lost the lead at once waits for good on a
            // timeline that nobody has, one that was frozen goes on believing what it knew before, and who follows with every commit may
            // stand there under a former leader's name, where no other ever writes again. Its operator makes the one anew, starts both
            // keepers anew, and takes that word away; the servers go on.
            if let (Some(primary), true) = (primary, since.elapsed() > Duration::from_secs(40) * (mended + 1)) {
                println!("not whole after {:.0?}: the operator mends it", since.elapsed());
                let url = format!("http://127.0.0.1:{}/reinitialize", self.api[1 - primary]);
                let post = |url: &str, body: &str| {
                    Command::new("curl").args(["-s", "-m", "10", "-o", "/dev/null", "-d", body, url]).status().ok();
                };
                match mended {
                    0 => post(&url, r#"{"force": true}"#),
                    1 => (0..2).for_each(|n| signal(self.pid_of_patroni(n), "KILL")),
                    _ => {
                        let key = base64::engine::general_purpose::STANDARD.encode("/service/neo/sync");
                        let url = format!("http://127.0.0.1:{}/v3/kv/deleterange", self.etcd);
                        post(&url, &format!("{{\"key\": \"{key}\"}}"));
                    }
                }
                mended += 1;
            }
            let whole = primary.filter(|primary| self.is(1 - primary, "sync"));
            if let Some(primary) = whole.filter(|_| self.ask("select 1").is_some()) {
                return primary;
            }
            let logs =
                (0..2).map(|n| std::fs::read_to_string(self.folder.join(format!("p{n}.log"))).unwrap_or_default());
            assert!(since.elapsed() < Duration::from_secs(200), "never whole: {}", logs.collect::<String>());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Through the balancer.
    fn ask(&self, sql: &str) -> Option<String> {
        let mut psql = Command::new(support::postgres_bin("psql"));
        psql.args(["-XqAt", "-h", "127.0.0.1", "-p", &self.front.to_string(), "-U", "postgres", "-c", sql]);
        let answer = psql.env("PGPASSWORD", "pw").env("PGCONNECT_TIMEOUT", "3").output().ok()?;
        answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    }

    /// What each server, asked itself, is at; for whoever reads why a run stood still.
    fn state(&self) -> String {
        let questions = [
            "select pg_is_in_recovery(), current_setting('synchronous_standby_names')",
            "select application_name, state, sync_state from pg_stat_replication",
            "select application_name, state, wait_event, now() - xact_start, pg_blocking_pids(pid), left(query, 120) from pg_stat_activity where datname = 'central'",
            "select id, pid, role, (select now_ms from clock) - heartbeat_at from workers",
            "select run_number, tenant_slug, status, epoch, attempt, worker_id from tasks where status in ('running', 'unknown', 'queued')",
        ];
        let mut state = String::new();
        for port in self.servers {
            for question in questions {
                let mut psql = Command::new(support::postgres_bin("psql"));
                psql.args([
                    "-XqAt",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    &port.to_string(),
                    "-U",
                    "postgres",
                    "-d",
                    "central",
                    "-c",
                    question,
                ]);
                let answer = psql.env("PGPASSWORD", "pw").env("PGCONNECT_TIMEOUT", "3").output().unwrap();
                let words =
                    String::from_utf8_lossy(&answer.stdout).into_owned() + &String::from_utf8_lossy(&answer.stderr);
                state.push_str(&format!("{port}: {question}\n{words}\n"));
            }
        }
        state
    }

    fn pid_of_patroni(&self, n: usize) -> u32 {
        std::fs::read_to_string(self.folder.join(format!("p{n}.pid"))).unwrap().trim().parse().unwrap()
    }

    fn pid_of_server(&self, n: usize) -> u32 {
        let file = std::fs::read_to_string(self.folder.join(format!("d{n}/postmaster.pid"))).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// The primary goes, one way or another, and the other one is it.
    fn fail_over(&self, round: usize) -> &'static str {
        let primary = self.primary().unwrap();
        let (patroni, server) = (self.pid_of_patroni(primary), self.pid_of_server(primary));
        let gone = self.folder.join(format!("gone{primary}"));
        let how = match round % 4 {
            0 => {
                signal(server, "KILL");
                "its server killed"
            }
            1 => {
                let body = format!("{{\"leader\": \"p{primary}\"}}");
                let url = format!("http://127.0.0.1:{}/switchover", self.api[primary]);
                Command::new("curl").args(["-s", "-m", "60", "-o", "/dev/null", "-d", &body, &url]).status().unwrap();
                "switched over"
            }
            2 => {
                std::fs::write(&gone, "").unwrap();
                signal(patroni, "KILL");
                signal(server, "KILL");
                "the whole machine gone"
            }
            // The other one takes over, and this one does not know it: its server goes on.
            _ => {
                signal(patroni, "STOP");
                "its keeper frozen"
            }
        };
        let since = Instant::now();
        let leads_there = || self.ask("select pg_is_in_recovery()").is_some_and(|answer| answer == "f");
        while !self.is(1 - primary, "primary") || !leads_there() {
            assert!(since.elapsed() < Duration::from_secs(90), "nobody took over: {how}");
            std::thread::sleep(Duration::from_millis(100));
        }
        match round % 4 {
            2 => std::fs::remove_file(&gone).unwrap(),
            3 => signal(patroni, "CONT"),
            _ => {}
        }
        how
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs patroni, etcd and haproxy, and takes minutes: make worlds"]
async fn a_central_database_that_fails_over_in_mid_run_loses_nothing_and_does_nothing_twice() {
    tokio::task::spawn_blocking(|| {
        let pair = Pair::begin();
        let failovers = setting("NEO_FAILOVERS", 4);
        pair.ask("create database central").unwrap();
        let program = Program::bare().with("DATABASE_URL", &pair.url("central"));
        let mut fleet = Fleet::with(program, setting("NEO_TENANTS", 24), None);
        println!("failover of the central database: seed {}, servers {:?}", fleet.dice.seed, pair.servers);
        let mut cut = 0;
        let workers = [fleet.start("work"), fleet.start("work")];
        for round in 0..failovers {
            for _ in 0..3 {
                fleet.step("");
            }
            let run = fleet.program.json("migrate all-tenants --yes --detach --concurrency 2")["run"].as_i64().unwrap();
            let follower = Follower::of(&fleet, run);
            std::thread::sleep(fleet.dice.moment(Duration::from_millis(400)));
            let since = Instant::now();
            let how = pair.fail_over(round);
            let gone = since.elapsed();
            cut += usize::from(fleet.asked(&format!("run show {run} --json")).expect(0).json()["status"] == "running");
            let stuck = || format!("{}\n{}", pair.state(), fleet.log());
            fleet.end_or(run, &stuck);
            let over = since.elapsed();
            follower.saw_all(&fleet);
            pair.until_whole();
            println!("failover {round}: {how}: another primary after {gone:.1?}, the run over after {over:.1?}");
            fleet.mended();
        }
        drop(workers);
        // A few may come too early or too late.
        assert!(
            failovers < 4 || cut * 4 >= failovers,
            "only {cut} of {failovers} failovers came in the middle of a run"
        );
        fleet.exactly_once();
        fleet.report(
            "central PostgreSQL failed over in mid-run",
            &format!("{failovers} failovers, {cut} of them with tenants left"),
        );
    })
    .await
    .unwrap();
}
