//! A browser's side of a live page, over a socket: signs in, follows a stream of events, comes back with the last number.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub const PASSWORD: &str = "correct horse battery staple 7";

fn host(port: u16) -> String {
    format!("central.localhost:{port}")
}

pub async fn until_ready(port: u16) {
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(since.elapsed().as_secs() < 60, "nobody listens on {port}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The session's cookie.
pub async fn sign_in(port: u16) -> String {
    let body = format!("email=john%40example.com&password={}&next=%2F", PASSWORD.replace(' ', "+"));
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        host(port),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let cookie = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie: neo_dev="));
    cookie.unwrap_or_else(|| panic!("{answer}"))["set-cookie: ".len()..].split(';').next().unwrap().to_owned()
}

pub struct Stream {
    lines: tokio::io::Lines<BufReader<TcpStream>>,
}

impl Stream {
    pub async fn open(port: u16, cookie: &str, number: i64, last: Option<i64>) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let resume = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let request = format!(
            "GET /events/runs/{number} HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\naccept: text/event-stream\r\n\
             cookie: {cookie}\r\n{resume}\r\n",
            host(port)
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut lines = BufReader::new(socket).lines();
        let status = lines.next_line().await.unwrap().unwrap();
        assert!(status.contains("200"), "{status}");
        Self { lines }
    }

    /// The next event with its number; `None` at the end of the stream. Lines between them are HTTP's chunks.
    pub async fn next(&mut self) -> Option<(i64, Value)> {
        let mut id = None;
        loop {
            let line = tokio::time::timeout(Duration::from_secs(60), self.lines.next_line()).await.unwrap().unwrap()?;
            if line == "0" {
                return None;
            }
            if let Some(number) = line.strip_prefix("id: ") {
                id = Some(number.parse().unwrap());
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some((id.unwrap(), serde_json::from_str(data).unwrap()));
            }
        }
    }
}
