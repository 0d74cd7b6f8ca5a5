use neo::actor::Role;

use super::*;
use crate::console::browser::Browser;
use crate::console::signed_in;
use crate::console::tenant::reserved;

#[tokio::test]
async fn half_open_connections_make_room_for_who_asks() {
    let limits = Limits { connections_per_address: 8, ..Limits::default() };
    let server = Server::start(limits, |_| {}).await;
    let mut half = Vec::new();
    for n in 0..20 {
        let mut line = server.connect().await;
        if n % 2 == 0 {
            line.say("GET / HTTP/1.1\r\nhost: ").await;
        }
        half.push(line);
        // One after the other: the oldest is known.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let text = server.ask("GET /healthz HTTP/1.1", "").await;
    assert!(text.ends_with("ok\n"), "{text}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let open = half.iter().filter(|line| line.is_open()).count();
    assert!((7..=8).contains(&open), "{open} of 20 are left");
    assert!(half.last().unwrap().is_open(), "the oldest went first");
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_as_there_are() {
    let limits = Limits { connections_per_address: 8, connections: 30, ..Limits::default() };
    let server = Server::start(limits, |config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let mut half = Vec::new();
    for _ in 0..40 {
        half.push(server.connect().await);
    }
    let text = server.ask("GET /healthz HTTP/1.1", "").await;
    assert!(text.ends_with("ok\n"), "{text}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let open = half.iter().filter(|line| line.is_open()).count();
    assert!((29..=30).contains(&open), "{open} of 40 are left");
}

fn watch(browser: &Browser, more: &str) -> String {
    let cookie = browser.cookie.clone().unwrap();
    format!(
        "GET /events/runs/1 HTTP/1.1\r\nhost: {HOST}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\n{more}\r\n"
    )
}

/// The first line of the answer, and the connection, on which the stream goes on.
async fn opened(server: &Server, request: &str) -> (String, Line) {
    let mut line = server.connect().await;
    line.say(request).await;
    let head = line.until("\r\n\r\n").await;
    (head, line)
}

#[tokio::test]
async fn a_session_watches_so_many_runs_at_once() {
    let server = Server::start(Limits::default(), |_| {}).await;
    reserved(&server.world).await;
    let browser = signed_in(&server.world, Role::Support).await;
    let mut open = Vec::new();
    for n in 1..=32 {
        let (head, line) = opened(&server, &watch(&browser, "")).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{n}: {head}");
        open.push(line);
    }
    let mut line = server.connect().await;
    line.say(&watch(&browser, "connection: close\r\n")).await;
    let refused = line.rest().await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("\r\nretry-after: 15\r\n"), "{refused}");
    assert!(refused.contains("this session watches 32 runs already"), "{refused}");
    assert_guarded(&refused);
    // One that is closed makes room.
    open.pop();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (head, _line) = opened(&server, &watch(&browser, "")).await;
        if head.starts_with("HTTP/1.1 200") {
            return;
        }
    }
    panic!("the place of a closed stream is not given back");
}

#[tokio::test]
async fn an_address_watches_so_many_and_a_proxy_speaks_for_many() {
    let limits = Limits { streams_per_address: 2, ..Limits::default() };
    let server = Server::start(limits, |config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    reserved(&server.world).await;
    let browser = signed_in(&server.world, Role::Support).await;
    let mut open = Vec::new();
    let mut statuses = Vec::new();
    for client in ["203.0.113.1", "203.0.113.1", "203.0.113.1", "192.0.2.1, 203.0.113.1", "203.0.113.2", "", "", ""] {
        let more = if client.is_empty() { String::new() } else { format!("x-forwarded-for: {client}\r\n") };
        let (head, line) = opened(&server, &watch(&browser, &more)).await;
        statuses.push(head[9..12].to_owned());
        open.push(line);
    }
    assert_eq!(statuses, ["200", "200", "429", "429", "200", "200", "200", "200"]);
}
