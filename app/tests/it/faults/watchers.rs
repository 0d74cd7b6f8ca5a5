//! Browsers that follow a run and go away without a word, many of them: the run goes on, and the server has its memory and
//! its connections back.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::fleet::{Fleet, Follower, setting};
use crate::support;

const PASSWORD: &str = "correct horse battery staple";

/// A session watches 32 streams and an address 64: so many browsers are several people, behind a proxy.
const A_SESSION: usize = 30;

/// Sends a request as a page of the console would, and leaves the connection open; `person` is whose session and address it is.
fn send(port: u16, person: usize, method: &str, path: &str, cookie: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: central.localhost:{port}\r\nsec-fetch-site: same-origin\r\ncookie: {cookie}\r\n\
         x-forwarded-for: 192.0.2.{}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        person + 1,
        body.len()
    )
    .unwrap();
    stream
}

fn some(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 16 << 10];
    let n = stream.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..n]).into_owned()
}

/// Open sockets, and memory in kilobytes.
fn size(pid: u32) -> (usize, u64) {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let sockets = files
        .filter(|f| std::fs::read_link(f.path()).is_ok_and(|l| l.to_string_lossy().starts_with("socket:")))
        .count();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    (sockets, line.split_whitespace().nth(1).unwrap().parse().unwrap())
}

#[test]
fn browsers_that_go_away_in_mid_run_leave_nothing_behind() {
    let browsers = setting("NEO_BROWSERS", 100);
    let mut fleet = Fleet::new(12, None);
    // About a second each.
    fleet.step(
        "create table spent as with recursive c(x) as (select 1 union all select x + 1 from c where x < 1500000) \
         select count(*) as n from c;",
    );
    let admin = [
        ("EMAIL", "ada@example.com"),
        ("PASSWORD", PASSWORD),
        ("FIRST_NAME", "Ada"),
        ("LAST_NAME", "Lovelace"),
        ("ROLE", "superadmin"),
    ];
    fleet.program.run_with("create-central-admin", &admin, "").expect(0);
    let port = support::free_port();
    let server = fleet.start_with(&format!("serve --listen 127.0.0.1:{port}"), &[("TRUSTED_PROXIES", "127.0.0.1")]);
    let pid = server.0.id();
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < Duration::from_secs(30), "the server does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let form = format!("email=ada%40example.com&password={}&next=/", PASSWORD.replace(' ', "+"));
    let sign_in = |person: usize| {
        let answer = some(&mut send(port, person, "POST", "/sign-in", "", &form));
        let mut cookies = answer.lines().filter_map(|l| l.strip_prefix("set-cookie: "));
        let cookie = cookies.find(|c| c.starts_with("neo_dev=")).unwrap_or_else(|| panic!("{answer}"));
        cookie.split(';').next().unwrap().to_owned()
    };
    let people: Vec<_> = (0..=(2 * browsers).div_ceil(A_SESSION)).map(sign_in).collect();
    let cookie = &people[0];

    let run = fleet.program.json("migrate all-tenants --yes --detach --concurrency 1")["run"].as_i64().unwrap();
    let follower = Follower::of(&fleet, run);
    let path = format!("/events/runs/{run}");
    let first = some(&mut send(port, 0, "GET", &path, cookie, ""));
    assert!(first.starts_with("HTTP/1.1 200"), "{first}");
    std::thread::sleep(Duration::from_millis(500));
    let before = size(pid);
    let mut most = 0;
    for round in 0..2 {
        let watch = |n: usize| {
            let person = 1 + (round * browsers + n) / A_SESSION;
            send(port, person, "GET", &path, &people[person], "")
        };
        let mut open: Vec<_> = (0..browsers).map(watch).collect();
        for stream in &mut open {
            let answer = some(stream);
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
        most = most.max(size(pid).0);
    }
    assert!(most >= before.0 + browsers, "{most}");
    let since = Instant::now();
    let after = loop {
        let now = size(pid);
        if now.0 <= before.0 + 2 {
            break now;
        }
        assert!(since.elapsed() < Duration::from_secs(40), "{} sockets are still open, {} before", now.0, before.0);
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(after.1 < before.1 + 40_000, "{} kB before, {} kB after", before.1, after.1);
    fleet.end_of(run);
    follower.saw_all(&fleet);
    server.kill();
    fleet.is_whole();
    fleet.exactly_once();
    fleet.report(
        "browsers gone in mid-run",
        &format!(
            "{} streams dropped, sockets {} before, {most} at most, {} after, memory {} kB before, {} kB after",
            2 * browsers,
            before.0,
            after.0,
            before.1,
            after.1
        ),
    );
}
