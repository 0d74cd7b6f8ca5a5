//! HTTP receivers of this test's own, on this machine, each with its manners.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Got {
    pub head: Vec<String>,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        let of = |line: &String| line.split_once(": ").is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
        self.head.iter().find(|line| of(line)).and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    Takes,
    /// It takes the call and says nothing.
    Hangs,
    /// It says a byte now and then.
    Drips,
    /// An answer, as it stands.
    Says(&'static str),
    /// It refuses, and never comes to an end of why.
    Endless,
}

pub use Manner::Takes;

pub struct Receiver {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, manner, kept.clone()));
            }
        });
        Self { port, got }
    }

    pub fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://127.0.0.1:{}/{path}", self.port)
    }

    pub fn all(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub async fn wait(&self, n: usize, within: Duration) -> Vec<Got> {
        let since = Instant::now();
        loop {
            let all = self.all();
            if all.len() >= n {
                return all;
            }
            assert!(since.elapsed() < within, "{} of {n} came", all.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn serve(stream: TcpStream, manner: Manner, got: Arc<Mutex<Vec<Got>>>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    if manner == Manner::Drips {
        while write.write_all(b"H").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        return;
    }
    let mut head = Vec::new();
    loop {
        let mut line = Vec::new();
        // What begins a TLS connection has no lines that are text.
        if read.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
        if !head[0].starts_with("POST ") {
            let _ = write.write_all(b"this is no TLS\r\n").await;
            return;
        }
    }
    let length = head.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if read.read_exact(&mut body).await.is_err() {
        return;
    }
    got.lock().unwrap().push(Got { head, body: String::from_utf8(body).unwrap() });
    match manner {
        Manner::Takes => drop(write.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await),
        Manner::Hangs | Manner::Drips => std::future::pending().await,
        Manner::Says(text) => drop(write.write_all(text.as_bytes()).await),
        Manner::Endless => {
            if write.write_all(b"HTTP/1.1 500 No\r\n\r\n").await.is_ok() {
                while write.write_all(&[b'x'; 4096]).await.is_ok() {}
            }
        }
    }
}
