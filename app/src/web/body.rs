//! How much of what a console says is taken in: it may be another than one believes, and the machine that asks is somebody's
//! pipeline.

use axum::body::Bytes;
use futures::stream::{self, Stream, StreamExt};
use reqwest::Response;

/// More than any function answers; a page of tenants has a thousand of them.
pub const ANSWER: usize = 64 << 20;
/// More than any refusal says.
pub const REFUSAL: usize = 64 << 10;
/// More than one event of a run has.
const EVENT: usize = 1 << 20;

/// The body up to `most` bytes, and whether that was all of it.
pub async fn read(mut response: Response, most: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        let taken = part.len().min(most - body.len());
        body.extend_from_slice(&part[..taken]);
        if taken < part.len() {
            return Ok((body, false));
        }
    }
    Ok((body, true))
}

/// What comes, as long as it comes as events: with an empty line after each. It ends where one does not.
pub fn events(response: Response) -> impl Stream<Item = Result<Bytes, reqwest::Error>> {
    stream::unfold(Some((response.bytes_stream(), Open::default())), |source| async {
        let (mut parts, mut open) = source?;
        match parts.next().await? {
            Ok(part) if open.takes(&part) => Some((Ok(part), Some((parts, open)))),
            Ok(_) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// The event that has begun: how long it is, and whether its last line is empty so far.
#[derive(Default)]
struct Open {
    length: usize,
    is_line_empty: bool,
}

impl Open {
    /// Whether it is no longer than one may be.
    fn takes(&mut self, part: &[u8]) -> bool {
        for byte in part {
            match byte {
                b'\n' if self.is_line_empty => self.length = 0,
                b'\n' => self.is_line_empty = true,
                b'\r' => {}
                _ => self.is_line_empty = false,
            }
            self.length += 1;
            if self.length > EVENT {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_may_be_many_and_none_may_be_endless() {
        let event = format!("id: 1\ndata: {}\n\n", "x".repeat(1000));
        let mut open = Open::default();
        for _ in 0..3 * EVENT / event.len() {
            assert!(open.takes(event.as_bytes()));
        }
        let mut open = Open::default();
        assert!(open.takes(&b"data: x\r\n\r\n".repeat(EVENT / 4)));
        let line = [b'x'; 1000];
        assert!((0..EVENT / line.len()).all(|_| open.takes(&line)));
        assert!(!(0..2).all(|_| open.takes(&line)));
    }
}
