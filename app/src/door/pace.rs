//! The pace of a body: after some time of grace so many bytes a second, or the request is over. And how long a page may take,
//! once all of the request is here.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::limits::Limits;

/// How far the body of one request is.
#[derive(Clone, Default)]
pub struct Arrival(Arc<Mutex<Far>>);

#[derive(Clone, Copy, Default)]
enum Far {
    /// Nobody has asked for it yet.
    #[default]
    Unread,
    Coming,
    Here(Instant),
    Late,
}

impl Arrival {
    /// The body, watched from here on.
    pub fn of(&self, body: Body, limits: &Limits) -> Body {
        let timer = Box::pin(tokio::time::sleep(Duration::ZERO));
        Body::new(Paced { body, arrival: self.clone(), grace: limits.body, pace: limits.pace, timer, due: None })
    }

    pub fn is_late(&self) -> bool {
        matches!(self.far(), Far::Late)
    }

    /// Ends when this much time has passed in which it was not the body that was waited for.
    pub async fn patience(&self, patience: Duration) {
        let mut until = Instant::now() + patience;
        loop {
            tokio::time::sleep_until(until).await;
            until = match self.far() {
                Far::Coming => Instant::now() + Duration::from_secs(1),
                Far::Here(at) if at + patience > Instant::now() => at + patience,
                _ => return,
            };
        }
    }

    fn far(&self) -> Far {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, far: Far) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = far;
    }
}

struct Paced {
    body: Body,
    arrival: Arrival,
    grace: Duration,
    pace: u32,
    timer: Pin<Box<Sleep>>,
    /// When more of it has to be here. Each byte puts it off by its share of a second, but never past the time of grace.
    due: Option<Instant>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let now = Instant::now();
        let grace = self.grace;
        let due = *self.due.get_or_insert(now + grace);
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => {
                self.arrival.is(Far::Coming);
                self.timer.as_mut().reset(due);
                if self.timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.arrival.is(Far::Late);
                Poll::Ready(Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut)))))
            }
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                let share = Duration::from_secs_f64(bytes as f64 / f64::from(self.pace));
                self.due = Some((due + share).min(now + grace));
                self.arrival.is(if self.body.is_end_stream() { Far::Here(now) } else { Far::Coming });
                Poll::Ready(Some(Ok(frame)))
            }
            over => {
                self.arrival.is(Far::Here(now));
                over
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if matches!(self.arrival.far(), Far::Coming) {
            self.arrival.is(Far::Here(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures::StreamExt;

    use super::*;

    /// A fiftieth of the usual times, at fifty times the usual pace: a tick is a second.
    const TICK: Duration = Duration::from_millis(20);

    fn limits() -> Limits {
        Limits { body: TICK * 10, pace: 50_000, ..Limits::default() }
    }

    /// A body of these many bytes every tick.
    fn coming(bytes: Vec<usize>) -> Body {
        let pieces = futures::stream::iter(bytes).then(|bytes| async move {
            tokio::time::sleep(TICK).await;
            Ok::<_, io::Error>(vec![b'a'; bytes])
        });
        Body::from_stream(pieces)
    }

    /// Whether all of it arrives, and after how many ticks it is known.
    async fn arrives(bytes: Vec<usize>) -> (bool, u128) {
        let (arrival, began) = (Arrival::default(), Instant::now());
        let body = arrival.of(coming(bytes), &limits());
        let arrived = to_bytes(body, usize::MAX).await.is_ok();
        assert_eq!(arrival.is_late(), !arrived);
        (arrived, began.elapsed().as_millis() / TICK.as_millis())
    }

    #[tokio::test]
    async fn a_body_comes_at_its_pace_after_some_grace() {
        assert!(arrives(vec![2000; 60]).await.0, "at the pace");
        assert!(arrives(vec![1; 5]).await.0, "within the grace");
        assert!(arrives([vec![1; 5], vec![9000; 20]].concat()).await.0, "late, then fast");
        let (arrived, after) = arrives(vec![100; 60]).await;
        assert!(!arrived && (10..20).contains(&after), "{after} ticks");
        let (arrived, after) = arrives(vec![500; 600]).await;
        assert!(!arrived && (12..40).contains(&after), "too slow by a half: {after} ticks");
        let (arrived, after) = arrives([vec![200_000], vec![1; 60]].concat()).await;
        assert!(!arrived && (10..20).contains(&after), "what came at once is no credit for ever: {after} ticks");
    }

    #[tokio::test]
    async fn a_page_has_its_time_after_the_body_is_here() {
        let arrival = Arrival::default();
        let body = arrival.of(coming(vec![3000; 100]), &limits());
        let began = Instant::now();
        let read = async {
            to_bytes(body, usize::MAX).await.expect("all of it");
            futures::future::pending::<()>().await;
        };
        // The body takes two seconds, which are none of these.
        let patience = Duration::from_millis(500);
        tokio::select! {
            () = read => {}
            () = arrival.patience(patience) => {}
        }
        assert!(began.elapsed() >= TICK * 100 + patience, "{:?}", began.elapsed());
        let began = Instant::now();
        Arrival::default().patience(patience).await;
        assert!(began.elapsed() < patience * 2, "nobody reads it: {:?}", began.elapsed());
    }
}
