//! What is measured, as whoever collects it reads it from a real `neo serve`; and what the log says of the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use neo::metrics::{ALL, Kind};

use crate::program::Program;
use crate::support;

const OWNER: &str = "olga@example.com";

/// A console with two tenants, of which one fails at the second file.
struct Site {
    program: Program,
    console: u16,
    measures: u16,
    server: Child,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Site {
    fn begin() -> Self {
        let [console, measures] = [(); 2].map(|()| support::free_port());
        let program = Program::bare()
            .with("DB_ENCRYPTION_KEY", "0123456789abcdef0123456789ABCDEF")
            .with("LISTEN", &format!("127.0.0.1:{console}"))
            .with("METRICS_LISTEN", &format!("127.0.0.1:{measures}"))
            .with("LOG_FORMAT", "json");
        program.migration("20260101000001_begin.up.sql", "create table hidden_things (n integer not null);");
        for slug in ["secret-bakery", "quiet-mill"] {
            program.run(&format!("tenant create {slug}")).expect(0);
        }
        let log = std::fs::File::create(program.dir.path().join("log")).unwrap();
        let server = program.start_logged("serve --workers 4", &[], log);
        let site = Self { program, console, measures, server };
        site.until("it is ready", || site.get(site.console, "/readyz", "").starts_with("HTTP/1.1 200"));
        site
    }

    fn until(&self, what: &str, is: impl Fn() -> bool) {
        let since = Instant::now();
        while !is() {
            assert!(since.elapsed() < Duration::from_secs(30), "not within half a minute: {what}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.program.dir.path().join("log")).unwrap_or_default()
    }

    /// Each line of the log that says this.
    fn lines(&self, message: &str) -> Vec<serde_json::Value> {
        let all = self.log();
        let lines = all.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.filter(|line| line["fields"]["message"] == message).map(|line| line["fields"].clone()).collect()
    }

    /// The whole answer; `more` are further lines of the head.
    fn get(&self, port: u16, path: &str, more: &str) -> String {
        self.ask(port, &format!("GET {path}"), more, "")
    }

    /// Somebody who is nobody here tries to sign in.
    fn sign_in(&self) {
        let form = "email=olga%40example.com&password=wrong";
        let more = format!(
            "origin: http://central.localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            self.console,
            form.len()
        );
        let answer = self.ask(self.console, "POST /sign-in", &more, form);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }

    fn ask(&self, port: u16, what: &str, more: &str, body: &str) -> String {
        let Ok(mut line) = TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
        let host = format!("central.localhost:{port}");
        let head = format!("{what} HTTP/1.1\r\nhost: {host}\r\n{more}connection: close\r\n\r\n{body}");
        line.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = line.read_to_string(&mut answer);
        answer
    }

    fn collect(&self) -> String {
        let answer = self.get(self.measures, "/metrics", "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/plain; version=0.0.4"), "{head}");
        body.to_owned()
    }
}

/// Every series, `name{labels}`, and what it stands at.
fn series(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let pair = |line: &str| line.rsplit_once(' ').map(|(name, n)| (name.to_owned(), n.parse().unwrap())).unwrap();
    lines.map(pair).collect()
}

/// The one series of this name with all of these labels.
fn at(all: &BTreeMap<String, f64>, name: &str, labels: &[&str]) -> f64 {
    let is_one = |key: &str| key.split('{').next() == Some(name) && labels.iter().all(|label| key.contains(label));
    let found: Vec<_> = all.iter().filter(|(key, _)| is_one(key)).collect();
    assert!(found.len() == 1, "{name} {labels:?}: {found:?}");
    *found[0].1
}

#[test]
fn what_happened_is_counted_and_nobody_is_named() {
    let site = Site::begin();
    site.program.migration(
        "20260101000002_more.up.sql",
        "create table t2 (n integer); insert into hidden_things values (null);",
    );
    let run = site.program.json("migrate tenant secret-bakery --yes --detach")["run"].as_i64().unwrap();
    site.until("the run is over", || site.program.json(&format!("run show {run}"))["status"] == "failed");
    let id = "from-the-proxy_1.2";
    let told = site.get(site.console, "/tenants/secret-bakery?token=hush", &format!("x-request-id: {id}\r\n"));
    assert!(told.to_lowercase().contains(&format!("x-request-id: {id}\r\n")), "{told}");
    let odd = site.get(site.console, "/wp-admin/secret-bakery", "x-request-id: a b\r\n");
    assert!(!odd.to_lowercase().contains("x-request-id: a b"), "{odd}");

    site.sign_in();
    site.program.json("tenant backup secret-bakery");

    let text = site.collect();
    let all = series(&text);
    for measure in ALL {
        // Nobody has mailed, watched or been told to wait, and SQLite has no passwords.
        let is_rare = [
            "neo_mails_total",
            "neo_notice_tries_total",
            "neo_http_streams",
            "neo_throttled_total",
            "neo_vault_operations_total",
            "neo_retention_age_seconds",
        ]
        .contains(&measure.name);
        assert!(
            text.contains(&format!("# TYPE {} ", measure.name)) || is_rare,
            "{} is not there:\n{text}",
            measure.name
        );
        let kind = match measure.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert!(is_rare || text.contains(&format!("# TYPE {} {kind}\n", measure.name)), "{}", measure.name);
    }
    assert_eq!(
        at(&all, "neo_tasks_ended_total", &["kind=\"migrate\"", "status=\"failed\"", "category=\"constraint\""]),
        1.0
    );
    assert_eq!(at(&all, "neo_task_duration_seconds_count", &["kind=\"migrate\""]), 1.0);
    assert_eq!(at(&all, "neo_runs", &["kind=\"migrate\"", "status=\"failed\""]), 1.0);
    assert_eq!(at(&all, "neo_tenants", &["standing=\"failed\""]), 1.0);
    assert_eq!(at(&all, "neo_tenants", &["standing=\"behind\""]), 1.0);
    assert_eq!(at(&all, "neo_workers", &["role=\"server\"", "alive=\"yes\""]), 1.0);
    assert_eq!(at(&all, "neo_central_up", &[]), 1.0);
    assert_eq!((at(&all, "neo_tasks", &["\"queued\""]), at(&all, "neo_tasks", &["\"running\""])), (0.0, 0.0));
    assert_eq!(at(&all, "neo_http_requests_total", &["route=\"/tenants/{slug}\"", "status=\"303\""]), 1.0);
    assert_eq!(at(&all, "neo_http_requests_total", &["route=\"none\""]), 1.0);
    assert_eq!(at(&all, "neo_acts_total", &["session.sign_in", "outcome=\"failed\""]), 1.0);
    assert!(at(&all, "neo_backup_age_seconds", &[]) < 3600.0);
    assert_eq!(at(&all, "neo_notices", &["state=\"waiting\""]), 0.0);
    assert!(at(&all, "process_resident_memory_bytes", &[]) > 1e7 && at(&all, "process_open_fds", &[]) > 5.0);
    for name in ["secret", "bakery", "mill", "hidden", "wp-admin", "hush", "olga"] {
        assert!(!text.contains(name), "{name} is in what anybody may collect:\n{text}");
    }

    // The log names who the measures do not, and never what the tenant's database said.
    let failed = &site.lines("a tenant failed")[0];
    assert_eq!((failed["run"].as_i64(), failed["tenant"].as_str()), (Some(run), Some("secret-bakery")), "{failed}");
    assert!(
        failed["category"] == "constraint" && failed["cause"].as_str().is_some_and(|cause| !cause.is_empty()),
        "{failed}"
    );
    assert!(
        failed["migration"].as_str().is_some_and(|name| name.contains("more")) && failed["person"].is_string(),
        "{failed}"
    );
    assert!(!site.log().contains("hidden_things"), "{}", site.log());
    assert_eq!(site.lines("a run began").len(), 1);
    let ended = &site.lines("a run ended")[0];
    assert!(ended["status"] == "failed" && ended["failed"] == 1 && ended["run"].as_i64() == Some(run), "{ended}");
    let asked = site.lines("answered").into_iter().find(|line| line["request_id"] == id).unwrap();
    assert!(asked["address"] == "127.0.0.1" && asked["route"] == "/tenants/{slug}", "{asked}");
}

#[test]
fn a_person_stands_in_the_log_beside_what_they_asked_for() {
    let site = Site::begin();
    let password = "correct horse battery staple 9";
    let line = format!("create-central-admin --email {OWNER} --first-name Olga --last-name Oak --role superadmin");
    site.program.run_with(&line, &[("ADMIN_PASSWORD", password), ("PASSWORD", password)], "").expect(0);
    let token = site.program.run("token create ci --role support --for 1d").expect(0).out.trim().to_owned();
    let answer = site.get(site.console, "/api/v1/tenants", &format!("authorization: Bearer {token}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let asked = site.lines("answered").into_iter().find(|line| line["path"] == "/api/v1/tenants").unwrap();
    assert!(asked["person"].as_str().is_some_and(|person| person.contains("ci")), "{asked}");
    assert_eq!(asked["route"], "/api/v1/tenants");
    assert!(!site.log().contains(&token), "a token is in the log");
}

#[test]
fn an_address_that_is_taken_is_said_before_anything_is_served() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let program = Program::new().with("METRICS_LISTEN", &at).with("LISTEN", "127.0.0.1:0");
    let answer = program.run("serve");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(answer.err.contains(&at) && answer.err.contains("METRICS_LISTEN"), "{}", answer.err);
}

#[test]
fn every_measure_is_in_the_docs_and_what_is_packaged_asks_for_no_other() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| std::fs::read_to_string(root.join(file)).unwrap();
    let docs = read("docs/metrics.md");
    for measure in ALL {
        assert!(docs.contains(&format!("`{}", measure.name)), "docs/metrics.md does not name {}", measure.name);
    }
    let known: BTreeSet<&str> = ALL.iter().map(|measure| measure.name).collect();
    for file in std::fs::read_dir(root.join("packaging/metrics")).into_iter().flatten() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with("neo_") || word.starts_with("process_"));
        for word in words {
            let bare = ["_bucket", "_count", "_sum"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
            assert!(known.contains(bare), "{} asks for {word}, which nobody says", file.display());
        }
    }
}

/// Debian's prometheus, of which nothing runs but its checker: `make worlds`.
#[test]
#[ignore = "needs promtool: make worlds"]
fn promtool_has_nothing_to_say() {
    let site = Site::begin();
    let text = site.collect();
    let mut checker = Command::new("promtool");
    checker.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut checker = checker.spawn().expect("apt-get install prometheus");
    checker.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = checker.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&said.stderr).into_owned() + &String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success() && words.trim().is_empty(), "{words}\n{text}");
}
