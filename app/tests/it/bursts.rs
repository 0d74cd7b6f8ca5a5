//! Many sign-ins at once: those that are too many are told when to come back, the memory comes back, and the end of the server
//! waits for none of them.

use std::net::Ipv4Addr;
use std::process::Child;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::program::Program;
use crate::support;

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start(program: &Program) -> Self {
        let port = support::free_port();
        let log = std::fs::File::create(program.dir.path().join("log")).unwrap();
        let child = program.start_logged(&format!("serve --listen 127.0.0.1:{port}"), &[], log);
        let server = Self { child, port };
        let since = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(since.elapsed() < Duration::from_secs(30), "the server does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server
    }

    /// In megabytes.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// A sign-in of the `n`th person, from an address of their own; the head of the answer.
    async fn sign_in(&self, n: usize) -> String {
        let socket = TcpSocket::new_v4().unwrap();
        let [high, low] = u16::try_from(n + 257).unwrap().to_be_bytes();
        socket.bind((Ipv4Addr::new(127, 7, high, low), 0).into()).unwrap();
        // It may have ended.
        let Ok(mut stream) = socket.connect(([127, 0, 0, 1], self.port).into()).await else { return String::new() };
        let form = format!("email=nobody-{n}@example.com&password=whatever+it+is&next=/");
        let request = format!(
            "POST /sign-in HTTP/1.1\r\nhost: central.localhost:{}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.port,
            form.len()
        );
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        // A server that ends may end it.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
        answer.split("\r\n\r\n").next().unwrap_or_default().to_owned()
    }

    async fn burst(&self, from: usize) -> Vec<String> {
        futures::future::join_all((from..from + 300).map(|n| self.sign_in(n))).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_bursts_of_sign_ins_the_memory_comes_back() {
    let program = Program::new();
    let server = Server::start(&program).await;
    assert!(server.sign_in(0).await.starts_with("http/1.1 401"));
    let before = server.memory();
    for burst in 0..3 {
        let answers = server.burst(1 + burst * 300).await;
        let busy: Vec<_> = answers.iter().filter(|head| head.starts_with("http/1.1 503")).collect();
        assert!(!busy.is_empty() && busy.iter().all(|head| head.contains("\r\nretry-after: ")), "{answers:?}");
        assert!(answers.iter().any(|head| head.starts_with("http/1.1 401")), "the first ones are answered");
    }
    let since = Instant::now();
    let most = before * 13 / 10;
    while server.memory() > most {
        assert!(since.elapsed() < Duration::from_secs(60), "{before} MB before, {} MB after", server.memory());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_server_waits_for_no_hash() {
    let program = Program::new();
    let server = Server::start(&program).await;
    let pid = server.child.id();
    let burst = async { server.burst(2000).await };
    let end = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let start = Instant::now();
        let sent = std::process::Command::new("kill").arg(pid.to_string()).status().unwrap();
        assert!(sent.success());
        // What is left of a process that has ended is a zombie, until somebody asks for it.
        let is_there = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
        while is_there() {
            assert!(start.elapsed() < Duration::from_secs(20), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    };
    let (_, took) = tokio::join!(burst, end);
    assert!(took < Duration::from_secs(4), "{took:?}");
}
