//! The line of one connection: what passes over it is noted for its deadlines, and what hyper answers by itself (to a request
//! that is none) gets the headers of every answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::own;
use super::watched::Watched;

pub struct Line {
    stream: TcpStream,
    watched: Arc<Watched>,
    over_tls: bool,
    /// What is to be written before anything else.
    own: Vec<u8>,
    has_refused: bool,
}

impl Line {
    pub fn new(stream: TcpStream, watched: Arc<Watched>, over_tls: bool) -> Self {
        Self { stream, watched, over_tls, own: Vec::new(), has_refused: false }
    }

    /// Whether what came was answered as no request.
    pub fn has_refused(&self) -> bool {
        self.has_refused
    }

    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.own.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.own))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.own.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(cx))?;
        if !self.watched.is_answering()
            && let Some(whole) = own::with_headers(bytes, self.over_tls)
        {
            self.own = whole;
            self.has_refused = true;
            // What is left of it goes with the next write or flush.
            if let Poll::Ready(Err(error)) = self.poll_own(cx) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn noted<T>(&self, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.watched.wrote(outcome.is_pending());
        outcome
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.watched.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = self.poll_bytes(cx, bytes);
        self.noted(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // What hyper answers by itself is one piece.
        let outcome = match slices {
            [one] => self.poll_bytes(cx, one),
            _ => match self.poll_own(cx) {
                Poll::Ready(Ok(())) => Pin::new(&mut self.stream).poll_write_vectored(cx, slices),
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Pending => Poll::Pending,
            },
        };
        self.noted(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = self.poll_own(cx);
        ready!(self.noted(outcome))?;
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.watched.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = self.poll_own(cx);
        ready!(self.noted(outcome))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The body of an answer, that says when all of it has been made.
pub struct Answered {
    body: Body,
    watched: Arc<Watched>,
}

impl Answered {
    pub fn new(body: Body, watched: Arc<Watched>) -> Self {
        Self { body, watched }
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.watched.made();
    }
}
