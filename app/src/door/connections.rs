//! Connections: who gets one, and when it is over. HTTP/1 alone is spoken here; a proxy in front speaks the rest.
//!
//! There are so many in all, and so many an address. Where there is no room, the one that has waited longest for a request
//! makes it: half-sent heads and idle ones go before anybody who comes with a request is turned away. A trusted proxy's own
//! address is not counted, since it speaks for many.

mod line;
mod own;
mod places;
mod watched;

use std::convert::Infallible;
use std::io::{ErrorKind, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use futures::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use neo::config::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use self::line::{Answered, Line};
use self::places::{Place, Places, Refused};
use self::watched::{Over, Watched};
use super::limits::Limits;

pub use self::places::counted;

/// The head of a request with everything in it. hyper keeps as much of an answer before it is taken.
const HEAD: usize = 64 * 1024;
/// After an accept that failed for want of descriptors or memory.
const PAUSE: Duration = Duration::from_millis(100);
/// What somebody who was refused may still be sending is read for this long, so that the answer reaches them.
const LINGER: Duration = Duration::from_secs(1);
const NOTICE: Duration = Duration::from_secs(2);
/// How often it is looked whether a request has come.
const LOOK: Duration = Duration::from_millis(20);

/// How long it is answered on after `stop`, where a proxy leads people here: it asks whether the console is ready, and by then has heard
/// that it is not. Whoever has only just connected has his first answer as well.
pub fn notice(config: &Config) -> Duration {
    if config.trusted_proxies.is_empty() { Duration::ZERO } else { NOTICE }
}

/// Answers whoever connects until `stop`, and for the time of [`notice`]; then finishes what is under way.
pub async fn serve(listener: TcpListener, app: Router, config: &Config, limits: Limits, stop: CancellationToken) {
    let places = Places::new(limits, config.trusted_proxies.clone());
    let over_tls = !config.is_local();
    let notice = notice(config);
    let closing = Closing { now: CancellationToken::new(), first_answer: notice.min(LINGER) };
    let over = async {
        stop.cancelled().await;
        tokio::time::sleep(notice).await;
    };
    tokio::pin!(over);
    let mut open = JoinSet::new();
    let admit = |open: &mut JoinSet<()>, stream, peer: SocketAddr| match places.admit(peer.ip()) {
        Ok(place) => {
            open.spawn(one(stream, peer, place, app.clone(), limits, over_tls, closing.clone()));
        }
        Err(refused) => refuse(stream, refused, over_tls),
    };
    loop {
        let accepted = tokio::select! {
            () = &mut over => break,
            Some(_) = open.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // It was gone before it was looked at.
            Err(e) if matches!(e.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => continue,
            Err(error) => {
                tracing::error!("no connection can be accepted: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        admit(&mut open, stream, peer);
    }
    // Who waits to be accepted would be sent away without a word.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        admit(&mut open, stream, peer);
    }
    drop(listener);
    closing.now.cancel();
    while open.join_next().await.is_some() {}
}

/// What ends connections when the console ends.
#[derive(Clone)]
struct Closing {
    now: CancellationToken,
    /// So long one may stay that has not been asked anything.
    first_answer: Duration,
}

impl Closing {
    async fn of(&self, watched: &Watched) {
        self.now.cancelled().await;
        let until = Instant::now() + self.first_answer;
        while watched.is_beginning() && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// How a connection came to its end.
enum End {
    Own(hyper::Result<()>),
    Over(Over),
}

async fn one(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    app: Router,
    limits: Limits,
    over_tls: bool,
    closing: Closing,
) {
    // Events are small and waited for.
    let _ = stream.set_nodelay(true);
    let watched = place.watched.clone();
    let io = TokioIo::new(Line::new(stream, watched.clone(), over_tls));
    let answer = |request: Request<Incoming>| {
        watched.busy();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let (answer, watched) = (app.clone().oneshot(request), watched.clone());
        async move { Ok::<_, Infallible>(answer.await?.map(|body| Answered::new(body, watched))) }
    };
    // What hyper calls the time for a head is also that between requests: both are watched here.
    let mut connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(HEAD)
        .max_buf_size(HEAD)
        .serve_connection(io, service_fn(answer));
    let mut stopping = false;
    let end = loop {
        tokio::select! {
            outcome = &mut connection => break End::Own(outcome),
            over = watched.over(&limits) => break End::Over(over),
            () = closing.of(&watched), if !stopping => {
                std::pin::Pin::new(&mut connection).graceful_shutdown();
                stopping = true;
            }
        }
    };
    let line = connection.into_parts().io.into_inner();
    let last = match end {
        End::Over(Over::Silent) => return,
        End::Over(Over::Late) => Some((StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time\n")),
        // Most of what is no request hyper answers by itself; the beginning of HTTP/2 it does not.
        End::Own(Err(error)) if error.is_parse() && !line.has_refused() => {
            Some((StatusCode::BAD_REQUEST, "HTTP/1.1 alone is spoken here\n"))
        }
        End::Own(_) if stopping => return,
        End::Own(_) => None,
    };
    let mut stream = line.into_stream();
    let _ = tokio::time::timeout(LINGER, async {
        if let Some((status, text)) = last {
            stream.write_all(&own::answer(status, text, over_tls)).await?;
        }
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, std::io::Error>(())
    })
    .await;
}

/// There is no room even for somebody who waits: said in one write, into a buffer that is empty yet.
fn refuse(stream: TcpStream, refused: Refused, over_tls: bool) {
    let (status, text) = match refused {
        Refused::Address => (StatusCode::TOO_MANY_REQUESTS, "too many connections from this address are at work\n"),
        Refused::All => (StatusCode::SERVICE_UNAVAILABLE, "too many connections are at work\n"),
    };
    let Ok(mut stream) = stream.into_std() else { return };
    let _ = stream.write_all(&own::answer(status, text, over_tls)).and_then(|()| stream.shutdown(Shutdown::Write));
}
