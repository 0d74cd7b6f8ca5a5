//! What is said between Neo and a session on a SQLite file: frames of JSON, each behind its length.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::beside::Identity;

/// No answer is longer than this, in bytes: a session sends its rows in pieces, and refuses a row of more than [`LONGEST_ROW`],
/// which JSON makes six times as long at most.
const LONGEST_ANSWER: usize = 32 << 20;
/// The longest row that is handed over, in bytes.
pub(super) const LONGEST_ROW: usize = 4 << 20;
/// A piece is sent when it has so many bytes.
pub(super) const PIECE: usize = 256 << 10;

#[derive(Serialize, Deserialize)]
pub(super) enum Request<'a> {
    /// A connection to this file, which is the one that its name led to a moment ago; `room` is how many bytes of memory the
    /// session may have meanwhile, and a look changes nothing.
    Open {
        path: Cow<'a, Path>,
        file: Identity,
        busy: Duration,
        room: u64,
        is_look: bool,
    },
    /// One or more statements as they are, of which nobody reads what they answer. `left`: what they may take.
    Run {
        sql: Cow<'a, str>,
        left: Option<Duration>,
    },
    /// A question, or one statement with its parameters.
    Ask {
        sql: Cow<'a, str>,
        given: Vec<Value>,
        most: Most,
        left: Option<Duration>,
    },
    /// What is at work is to end, and so is all that comes until the next opening.
    Stop,
    Close,
}

#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Rows(Vec<Row>),
    Done {
        statements: usize,
        changed: u64,
    },
    /// What SQLite says, after so many statements.
    Refused {
        code: Option<String>,
        message: String,
        statements: usize,
    },
    /// A value that is of another kind than one that can be handed over.
    Unread(String),
    /// There are more rows, or bytes of them, than were asked for.
    TooMuch,
    /// `is_worn`: the session has grown, and is better ended.
    Closed {
        is_worn: bool,
    },
}

pub(in crate::engine) type Row = Vec<Value>;

/// What is in a column, or in the place of a parameter. Of a number that is not whole nobody has asked yet.
#[derive(Serialize, Deserialize)]
pub(in crate::engine) enum Value {
    Null,
    Number(i64),
    Real,
    Text(String),
    Bytes(Vec<u8>),
}

/// How many rows are read, and how many bytes of them.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::engine) struct Most {
    pub rows: usize,
    pub bytes: usize,
}

impl Value {
    pub(in crate::engine) fn number(&self) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Value::Null => Ok(None),
            Value::Number(number) => Ok(Some(*number)),
            _ => Err(self.unread("a whole number")),
        }
    }

    pub(in crate::engine) fn text(&self) -> Result<Option<&str>, sqlx::Error> {
        match self {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.unread("a text")),
        }
    }

    pub(in crate::engine) fn bytes(&self) -> Result<Option<&[u8]>, sqlx::Error> {
        match self {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Text(text) => Ok(Some(text.as_bytes())),
            _ => Err(self.unread("bytes")),
        }
    }

    pub(in crate::engine) fn length(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::Null | Value::Number(_) | Value::Real => 0,
        }
    }

    fn unread(&self, wanted: &str) -> sqlx::Error {
        let found = match self {
            Value::Null => "nothing",
            Value::Number(_) => "a whole number",
            Value::Real => "a number",
            Value::Text(_) => "a text",
            Value::Bytes(_) => "bytes",
        };
        sqlx::Error::Decode(format!("there is {found} where {wanted} is expected").into())
    }
}

pub(super) fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - 4).map_err(io::Error::other)?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

fn message<T: DeserializeOwned>(frame: &[u8]) -> io::Result<T> {
    Ok(serde_json::from_slice(frame)?)
}

/// In the session.
pub(super) fn request(from: &mut impl Read) -> io::Result<Request<'static>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut frame = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut frame)?;
    message(&frame)
}

/// In Neo.
pub(super) async fn answer(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_ANSWER {
        return Err(io::Error::other("an answer is longer than a session gives"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    message(&frame)
}
