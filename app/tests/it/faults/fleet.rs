//! A fleet under fault: an installation whose tenants count what is done to them, so that anything done twice or not at all
//! shows; and what must hold of it once the fault is over.

use std::collections::HashSet;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{Answer, Program};
use crate::support::Cluster;

/// A count from the environment.
pub fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Moments that can be had again: the seed is `NEO_SEED`, or another each time.
pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    pub fn new() -> Self {
        let fresh =
            || neo::id::new().bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        let seed = std::env::var("NEO_SEED").ok().and_then(|v| v.parse().ok()).unwrap_or_else(|| fresh() % 1_000_000);
        Self { seed, state: seed }
    }

    /// Below `n` (splitmix64).
    pub fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }

    /// A moment within `whole`, or a little after.
    pub fn moment(&mut self, whole: Duration) -> Duration {
        Duration::from_millis(self.below(whole.as_millis() as u64 * 5 / 4))
    }
}

pub struct Fleet {
    pub program: Arc<Program>,
    pub tenants: usize,
    pub dice: Dice,
    began: Instant,
    /// Migration files so far.
    versions: usize,
    /// Of these, how many count.
    counts: usize,
    /// The newest run whose events have been checked.
    checked: i64,
}

impl Fleet {
    /// On the built-in SQLite server, or on a cluster; the central database is a SQLite file.
    pub fn new(tenants: usize, cluster: Option<&Cluster>) -> Self {
        Self::with(Program::bare(), tenants, cluster)
    }

    pub fn with(program: Program, tenants: usize, cluster: Option<&Cluster>) -> Self {
        let program = program.with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF");
        std::fs::create_dir_all(program.migrations()).unwrap();
        let server = match cluster {
            Some(cluster) => {
                program.run_with("server add main", &[("SERVER_URL", &cluster.admin_url())], "").expect(0);
                "main"
            }
            None => "local",
        };
        Self::on(program, tenants, server)
    }

    /// On a server that is there already.
    pub fn on(program: Program, tenants: usize, server: &str) -> Self {
        let mut fleet = Self {
            program: Arc::new(program),
            tenants,
            dice: Dice::new(),
            began: Instant::now(),
            versions: 0,
            counts: 0,
            checked: 0,
        };
        fleet.file("create table counts (n integer not null);\ninsert into counts values (0);");
        let names: String = (0..tenants).map(|n| format!("{}\n", Self::name(n))).collect();
        let list = fleet.program.dir.path().join("tenants.csv");
        std::fs::write(&list, format!("slug\n{names}")).unwrap();
        fleet.program.run(&format!("tenant create --from-file tenants.csv --server {server}")).expect(0);
        fleet
    }

    pub fn name(n: usize) -> String {
        format!("tenant-{n:03}")
    }

    /// One more migration.
    fn file(&mut self, up: &str) {
        self.versions += 1;
        let n = self.versions;
        std::fs::write(self.program.migrations().join(format!("20260101{n:06}_step_{n}.up.sql")), up).unwrap();
    }

    /// One more migration that does not survive being run twice, with `more` in the middle.
    pub fn step(&mut self, more: &str) {
        self.counts += 1;
        let n = self.versions + 1;
        self.file(&format!(
            "create table step_{n} (id integer);\nupdate counts set n = n + 1;\n{more}\nalter table step_{n} add column x integer;"
        ));
    }

    /// One more migration with a single statement that counts.
    pub fn count(&mut self) {
        self.counts += 1;
        self.file("update counts set n = n + 1;");
    }

    /// How often each tenant should have counted.
    pub fn counted(&self) -> usize {
        self.counts
    }

    pub fn newest_run(&self) -> i64 {
        self.program.json("run list --all --limit 1")[0]["run"].as_i64().unwrap_or(0)
    }

    /// Waits until the run is over; answers how it is shown.
    pub fn end_of(&self, run: i64) -> Value {
        self.end_or(run, &|| self.log())
    }

    /// What the workers in the background have said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.program.dir.path().join("log")).unwrap_or_default()
    }

    /// The same; `stuck` says more of a run that does not end.
    pub fn end_or(&self, run: i64, stuck: &dyn Fn() -> String) -> Value {
        let since = Instant::now();
        loop {
            let shown = self.asked(&format!("run show {run} --json")).expect(0).json();
            if ["succeeded", "failed", "halted", "cancelled"].contains(&shown["status"].as_str().unwrap()) {
                return shown;
            }
            assert!(since.elapsed() < Duration::from_secs(120), "run {run} is stuck: {shown}\n{}", stuck());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What `neo <line>` answers; a command that is begun while nobody leads the central database ends with 7, and is asked again.
    pub fn asked(&self, line: &str) -> Answer {
        let since = Instant::now();
        loop {
            let answer = self.program.run(line);
            if answer.code != 7 {
                return answer;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "{line}: {}", answer.err);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The next run mends everything: it ends well, all tenants are current, and no run is left in the middle.
    pub fn mended(&mut self) {
        self.program.run("migrate all-tenants --yes --json").expect(0);
        self.is_whole();
    }

    /// What must hold of a fleet that is done.
    pub fn is_whole(&mut self) {
        let status = self.program.json("migrate status");
        let tenants = status.as_array().unwrap();
        assert_eq!(tenants.len(), self.tenants);
        let behind = tenants.iter().find(|t| t["state"] != "current" || t["pending"] != 0);
        assert!(behind.is_none(), "seed {}: {behind:?}", self.dice.seed);
        let newest = self.newest_run();
        for run in self.checked + 1..=newest {
            let shown = self.program.json(&format!("run show {run}"));
            let status = shown["status"].as_str().unwrap();
            assert!(!["queued", "running", "paused"].contains(&status), "seed {}: stuck: {shown}", self.dice.seed);
            for failure in shown["failures"].as_array().unwrap() {
                let says = |key: &str| failure[key].as_str().is_some_and(|text| !text.is_empty());
                assert!(says("category") && says("message") && says("fingerprint"), "unexplained: {failure}");
            }
            self.told(run);
        }
        self.checked = newest;
    }

    /// The whole story of a run that is over: numbered without gap or double, nothing said twice.
    pub fn told(&self, run: i64) -> Vec<Value> {
        let answer = self.asked(&format!("run watch {run} --format ndjson"));
        let events: Vec<Value> = answer.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut applied = HashSet::new();
        for (n, event) in events.iter().enumerate() {
            assert_eq!(event["seq"], n + 1, "run {run}: a gap or a double: {event}");
            let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            if event["type"] == "migration.applied" {
                let is_new = applied.insert((text("tenant"), text("migration"), event["attempt"].as_i64()));
                assert!(is_new, "run {run}: told twice: {event}");
            }
            if event["type"] == "tenant.failed" {
                assert!(!text("category").is_empty() && !text("message").is_empty(), "unexplained: {event}");
            }
        }
        let last = events.last().map(|e| e["type"].as_str().unwrap().to_owned()).unwrap_or_default();
        assert!(["run.finished", "run.halted"].contains(&last.as_str()), "run {run} ends with {last}: {}", answer.err);
        events
    }

    /// The ledgers are read anew, and one more migration is only taken by a tenant that has counted every step exactly once.
    pub fn exactly_once(&mut self) {
        let read = self.program.json("migrate all-tenants --yes --trust 0");
        assert_eq!(read["tenants"]["current"], self.tenants, "{read}");
        let (n, counts) = (self.versions + 1, self.counts);
        self.file(&format!(
            "create table exactly_{n} (n integer not null check (n = {counts}));\ninsert into exactly_{n} select n from counts;"
        ));
        let answer = self.program.run("migrate all-tenants --yes --json");
        assert_eq!(answer.code, 0, "seed {}: counted twice or not at all: {}", self.dice.seed, answer.out);
        self.is_whole();
    }

    /// One line for whoever reads the log.
    pub fn report(&self, fault: &str, what: &str) {
        println!(
            "torture: {fault}: {what}, {} tenants, seed {}, {:.0} s: 0 applied twice, 0 stuck, 0 unexplained, 0 lost events",
            self.tenants,
            self.dice.seed,
            self.began.elapsed().as_secs_f32()
        );
    }

    /// `neo <line>` in the background; it is killed when it is dropped.
    pub fn start(&self, line: &str) -> Running {
        self.start_with(line, &[])
    }

    pub fn start_with(&self, line: &str, env: &[(&str, &str)]) -> Running {
        let log = self.program.dir.path().join("log");
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        Running(self.program.start_logged(line, env, log))
    }
}

pub struct Running(pub Child);

impl Running {
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process that is gone by now needs none.
pub fn signal(pid: u32, name: &str) {
    std::process::Command::new("kill").args([format!("-{name}"), pid.to_string()]).output().unwrap();
}

/// Follows a run as it goes on, and takes up again where it was whenever that ends early.
pub struct Follower {
    thread: std::thread::JoinHandle<Vec<i64>>,
    run: i64,
    stop: Arc<AtomicBool>,
}

impl Follower {
    pub fn of(fleet: &Fleet, run: i64) -> Self {
        let (program, stop) = (fleet.program.clone(), Arc::new(AtomicBool::new(false)));
        let over = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut seen: Vec<i64> = Vec::new();
            // Looked at once more after the run is known to be over.
            loop {
                let is_last = over.load(Ordering::Relaxed);
                let since = seen.last().copied().unwrap_or(0);
                let answer = program.run(&format!("run watch {run} --since {since} --format ndjson"));
                seen.extend(answer.out.lines().map(|line| {
                    let event: Value = serde_json::from_str(line).unwrap();
                    event["seq"].as_i64().unwrap()
                }));
                if is_last && answer.code != 7 {
                    return seen;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { thread, run, stop }
    }

    /// It saw every event exactly once.
    pub fn saw_all(self, fleet: &Fleet) {
        self.stop.store(true, Ordering::Relaxed);
        let seen = self.thread.join().unwrap();
        let all: Vec<i64> = (1..=fleet.told(self.run).len() as i64).collect();
        assert_eq!(seen, all, "run {}, seed {}: events lost or seen twice", self.run, fleet.dice.seed);
    }
}
