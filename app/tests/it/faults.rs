//! Faults: the process that works is killed at random moments, and the tenants must be none the worse. A few cycles here;
//! `NEO_KILLS=20 NEO_TENANTS=200` makes it the full count.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support;

/// An installation in a folder of its own, driven through the executable.
pub struct Site {
    dir: tempfile::TempDir,
    key: String,
}

impl Site {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("migrations/tenant")).unwrap();
        Self { dir, key: "0123456789abcdef0123456789ABCDEF".into() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neo"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DB_ENCRYPTION_KEY", &self.key)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed.
    fn ok(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(
            out.status.success(),
            "neo {args:?} ended with {:?}\n{}",
            out.status.code(),
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8(out.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    fn add_server(&self, name: &str, engine: &str, cluster: &support::Cluster) {
        let port = cluster.port.to_string();
        let args = [
            "server",
            "add",
            name,
            "--engine",
            engine,
            "--host",
            &cluster.host,
            "--port",
            &port,
            "--user",
            &cluster.user,
            "--password-stdin",
            "--tls",
            "off",
        ];
        let mut child = self.command(&args).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(cluster.password.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }

    fn migration(&self, n: usize, up: &str) -> PathBuf {
        let path = self.dir.path().join(format!("migrations/tenant/202601010000{n:02}_step_{n}.up.sql"));
        std::fs::write(&path, up).unwrap();
        path
    }
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// A small random number, good enough to choose a moment.
fn random(below: u64) -> u64 {
    u64::from(std::time::Instant::now().elapsed().subsec_nanos())
        .wrapping_mul(2_654_435_761)
        .wrapping_add(neo::id::new().bytes().fold(7, |a, b| a * 31 % 1_000_003 + u64::from(b)))
        % below.max(1)
}

/// Every cycle adds a migration whose statements would not survive being run twice, kills the run at a random moment, and
/// runs again.
fn killed_and_run_again(engine: &str, cluster: Option<&support::Cluster>) {
    let (kills, tenants) = (setting("NEO_KILLS", 4), setting("NEO_TENANTS", 12));
    let site = Site::new();
    site.migration(1, "create table counts (n integer not null);\ninsert into counts values (0);");
    if let Some(cluster) = cluster {
        site.add_server("main", engine, cluster);
    }
    let server = if cluster.is_some() { "main" } else { "local" };
    for n in 0..tenants {
        site.ok(&["tenant", "create", &format!("tenant-{n:03}"), "--server", server]);
    }
    // How long a whole run takes, so that the moments fall inside it.
    let mut whole = Duration::from_millis(300);
    for cycle in 0..kills {
        site.migration(cycle + 2, &format!("create table step_{cycle} (id integer);\nupdate counts set n = n + 1;\nalter table step_{cycle} add column x integer;"));
        let mut child = site
            .command(&["migrate", "all-tenants", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random(whole.as_millis() as u64 * 5 / 4)));
        child.kill().unwrap();
        child.wait().unwrap();

        let began = std::time::Instant::now();
        let again = site.run(&["migrate", "all-tenants", "--yes", "--json"]);
        let said = format!("{}{}", String::from_utf8_lossy(&again.stdout), String::from_utf8_lossy(&again.stderr));
        assert_eq!(again.status.code(), Some(0), "{engine}, cycle {cycle}: the second run did not mend it\n{said}");
        whole = whole.max(began.elapsed());

        let status = site.json(&["migrate", "status", "--json"]);
        let not_current: Vec<_> =
            status.as_array().unwrap().iter().filter(|t| t["state"] != "current" || t["pending"] != 0).collect();
        assert!(not_current.is_empty(), "{engine}, cycle {cycle}: {not_current:?}");
    }
    // Exactly once: the ledgers are read anew, and each tenant counted every step.
    let verified = site.json(&["migrate", "all-tenants", "--yes", "--trust", "0", "--json"]);
    assert_eq!(verified["tenants"]["current"], tenants, "{verified}");
    site.migration(
        kills + 2,
        &format!(
            "{}\nupdate counts set n = n - {kills};\ninsert into exactly select n from counts;",
            exactly_zero(engine)
        ),
    );
    let counted = site.json(&["migrate", "all-tenants", "--yes", "--json"]);
    assert_eq!(counted["tenants"]["migrated"], tenants, "a tenant counted a step twice or not at all: {counted}");
    let runs = site.json(&["run", "list", "--json"]);
    let stuck: Vec<_> =
        runs.as_array().unwrap().iter().filter(|r| r["status"] == "running" || r["status"] == "queued").collect();
    assert!(stuck.is_empty(), "{stuck:?}");
}

/// A table that takes only the number zero.
fn exactly_zero(_engine: &str) -> &'static str {
    "create table exactly (n integer not null check (n = 0));"
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
    tokio::task::spawn_blocking(move || killed_and_run_again("mysql", Some(cluster))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_start_at_once_apply_every_migration_once() {
    let cluster = support::postgres().await;
    tokio::task::spawn_blocking(move || {
        let site = Site::new();
        site.migration(1, "create table counts (n integer not null);\ninsert into counts values (0);");
        site.add_server("main", "postgres", cluster);
        for n in 0..10 {
            site.ok(&["tenant", "create", &format!("tenant-{n:03}"), "--server", "main"]);
        }
        site.migration(2, "update counts set n = n + 1;\nselect pg_sleep(0.2);");
        let both: Vec<_> = (0..2)
            .map(|_| {
                site.command(&["migrate", "all-tenants", "--yes"])
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        let outs: Vec<Output> = both.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let mut codes: Vec<_> = outs.iter().map(|out| out.status.code().unwrap()).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 6], "{outs:?}");
        let second = outs.iter().find(|out| out.status.code() == Some(6)).unwrap();
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("is at tenant") && said.contains("started it at"), "{said}");
        site.migration(
            3,
            "create table exactly (n integer not null check (n = 1));\ninsert into exactly select n from counts;",
        );
        let counted = site.json(&["migrate", "all-tenants", "--yes", "--json"]);
        assert_eq!(counted["tenants"]["migrated"], 10, "{counted}");
    })
    .await
    .unwrap();
}
