//! The console's own sockets: deadlines, how many there may be, what is said to who sends no request, and whose address it is.

mod bounds;
mod deadlines;
mod numbers;

use std::net::SocketAddr;
use std::time::Duration;

use neo::config::Config;
use neo_app::door::connections;
use neo_app::door::limits::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::console::browser::PASSWORD;
use crate::program::Program;
use crate::world::World;

const HOST: &str = "central.localhost";

/// A console behind a real socket.
struct Server {
    world: World,
    at: SocketAddr,
}

impl Server {
    async fn start(limits: Limits, settings: impl FnOnce(&mut Config)) -> Self {
        let world = World::with(settings).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let platform = world.platform.clone();
        let app = neo_app::server::router_within(platform.clone(), limits);
        let stop = platform.shutdown.clone();
        tokio::spawn(async move { connections::serve(listener, app, &platform.config, limits, stop).await });
        Self { world, at }
    }

    async fn connect(&self) -> Line {
        Line(TcpStream::connect(self.at).await.unwrap())
    }

    /// One request on a connection of its own, answered and closed.
    async fn ask(&self, head: &str, body: &str) -> String {
        let mut line = self.connect().await;
        line.say(&format!(
            "{head}\r\nhost: {HOST}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
        .await;
        line.rest().await
    }
}

struct Line(TcpStream);

impl Line {
    async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the other side has closed.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(20), self.0.read_to_end(&mut bytes)).await;
        // A reset is an end too.
        let _ = end.expect("the console closes the connection");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What has come so far, until this is in it.
    async fn until(&mut self, text: &str) -> String {
        let mut bytes = Vec::new();
        loop {
            let mut some = [0; 4096];
            let n = tokio::time::timeout(Duration::from_secs(20), self.0.read(&mut some)).await.unwrap().unwrap();
            bytes.extend(&some[..n]);
            let so_far = String::from_utf8_lossy(&bytes).into_owned();
            assert!(n > 0, "closed after {so_far:?}");
            if so_far.contains(text) {
                return so_far;
            }
        }
    }

    /// Whether the other side has not closed it.
    fn is_open(&self) -> bool {
        matches!(self.0.try_read(&mut [0; 1]), Err(e) if e.kind() == std::io::ErrorKind::WouldBlock)
    }
}

#[track_caller]
fn assert_guarded(answer: &str) {
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: ",
        "permissions-policy: ",
        "cache-control: no-store",
        "x-request-id: ",
    ] {
        assert!(answer.contains(header), "no {header} in\n{answer}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_the_headers_of_every_answer() {
    let server = Server::start(Limits::default(), |_| {}).await;
    let many = format!("GET / HTTP/1.1\r\nhost: {HOST}\r\n{}\r\n", "a: b\r\n".repeat(200));
    let large = format!("GET / HTTP/1.1\r\nhost: {HOST}\r\na: {}\r\n\r\n", "b".repeat(100_000));
    let long = format!("GET /{} HTTP/1.1\r\nhost: {HOST}\r\n\r\n", "b".repeat(100_000));
    let good = format!("GET /healthz HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    let wrong = [
        ("no request at all\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nho st: x\r\n\r\n", "400"),
        ("GET / HTTP/9.9\r\n\r\n", "400"),
        ("G\u{1}T / HTTP/1.1\r\n\r\n", "400"),
        ("GET /\u{1} HTTP/1.1\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n", "400"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"),
        (&many, "431"),
        (&large, "431"),
        (&long, "4"),
    ];
    for (request, status) in wrong {
        // Alone, after a good one, and in one piece with it.
        for before in [0, 1, 2] {
            let mut line = server.connect().await;
            match before {
                0 => line.say(request).await,
                1 => {
                    line.say(&good).await;
                    line.until("ok\n").await;
                    line.say(request).await;
                }
                _ => line.say(&format!("{good}{request}")).await,
            }
            let answer = line.rest().await;
            let answer = if before == 2 { answer.split_once("ok\n").unwrap().1 } else { &answer };
            let shown: String = request.chars().take(60).collect();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{shown:?} {before}: {answer}");
            assert!(answer.contains("\r\ncontent-type: text/plain"), "{answer}");
            assert_guarded(answer);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_had_now_says_when_to_come_back() {
    let server = Server::start(Limits::default(), |_| {}).await;
    assert!(server.ask("GET /readyz HTTP/1.1", "").await.starts_with("HTTP/1.1 200"));
    server.world.platform.central.close().await;
    for path in ["/readyz", "/", "/api/v1/search?q=a"] {
        let known = "cookie: neo_dev=AAAAAAAAAAAAAAAAAAAAAA";
        let answer = server.ask(&format!("GET {path} HTTP/1.1\r\n{known}"), "").await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
        assert!(answer.contains("\r\nretry-after: "), "{path}: {answer}");
        assert_guarded(&answer);
    }
}

#[test]
fn a_proxy_that_is_neither_address_nor_network_refuses_to_start() {
    let program = Program::new().with("TRUSTED_PROXIES", "10.0.0.1, fd00::/8, 10.0.0.0/33");
    let answer =
        program.run("serve").expect(2).says("TRUSTED_PROXIES cannot be used: \"10.0.0.0/33\" is no address or network");
    assert!(answer.err.contains("from 1 to 32"), "{}", answer.err);
    Program::new().with("TRUSTED_PROXIES", "10.0.0.1, fd00::/8,").run("admin list").expect(0);
}

/// What a client writes before its own address in the list decides nothing: neither the throttle nor what is kept of it.
#[tokio::test]
async fn behind_a_proxy_nobody_chooses_their_address() {
    let server =
        Server::start(Limits::default(), |config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let body = format!("email=nobody%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let tries = async |who: &str, header: &dyn Fn(usize) -> String| {
        let mut refused = 0;
        for n in 1..=14 {
            let head = format!(
                "POST /sign-in HTTP/1.1\r\norigin: http://central.localhost:3000\r\ncontent-type: application/x-www-form-urlencoded\r\n{}",
                header(n)
            );
            let body = body.replace("nobody", &format!("{who}{n}"));
            let answer = server.ask(&head, &body).await;
            refused += usize::from(answer.starts_with("HTTP/1.1 429"));
        }
        refused
    };
    let evaded = tries("a", &|n| format!("x-forwarded-for: 192.0.2.{n}, x, 203.0.113.66")).await;
    assert!(evaded >= 8, "{evaded} of 14 refused");
    let evaded = tries("b", &|n| format!("x-forwarded-for: 192.0.2.{n}\r\nx-forwarded-for: 203.0.113.67")).await;
    assert!(evaded >= 8, "{evaded} of 14 refused");
    let evaded = tries("c", &|n| format!("forwarded: for=192.0.2.{n};by=x, for=\"203.0.113.68:99\"")).await;
    assert!(evaded >= 8, "{evaded} of 14 refused");
    let honest = tries("d", &|n| format!("x-forwarded-for: 198.51.100.{n}")).await;
    assert_eq!(honest, 0, "each of them is somebody else");
}

/// A proxy sends an act once: who has connected when the console is told to end is answered, and the proxy hears that it is not ready.
#[tokio::test]
async fn behind_a_proxy_whoever_has_just_connected_is_answered_while_the_console_ends() {
    let server =
        Server::start(Limits::default(), |config| config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()]).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: {HOST}\r\n\r\n");
    let (mut first, mut kept) = (server.connect().await, server.connect().await);
    kept.say(&get("/healthz")).await;
    kept.until("ok\n").await;
    server.world.platform.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut second = server.connect().await;
    second.say(&get("/readyz")).await;
    assert!(second.until("\r\n\r\n").await.starts_with("HTTP/1.1 503"));
    // It has been told, and leads nobody here any more; what is on its way is answered, and no more than that.
    tokio::time::sleep(Duration::from_millis(1800)).await;
    assert!(!kept.is_open() && first.is_open());
    first.say(&get("/healthz")).await;
    assert!(first.rest().await.contains("ok\n"));
    assert!(TcpStream::connect(server.at).await.is_err());
}
