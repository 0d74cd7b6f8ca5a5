//! A tenant's file as Neo sees it: a process that works on it ([`session`](super::session)), which is asked, waited for as long
//! as it may take, and ended when it does not answer. Whatever the file, its triggers or a migration do there, Neo's own process
//! lives, keeps its memory and gets its answer.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio_util::sync::CancellationToken;

use super::beside::Identity;
use super::protocol::{self, Answer, Most, Request, Row, Value};
use super::running::Running;
use super::told::{Ending, Told};
use super::{LOOK_ROOM, ROOM, pool};
use crate::engine::{Category, Failure};

/// What a session gets beyond its time, to say by itself that it is over.
const GRACE: Duration = Duration::from_secs(1);
/// What it gets to stop in: it may be writing down what it has done.
const STOPPING: Duration = Duration::from_secs(5);
/// What is read of an answer, unless something else is said.
const ENOUGH: Most = Most { rows: 200_000, bytes: 32 << 20 };

/// A connection to a SQLite file. A dropped one is ended, and what it had begun is taken back when the file is opened next.
pub struct Process {
    file: PathBuf,
    room: u64,
    /// Until it has ended, or was handed back.
    running: Option<Running>,
    /// Something was asked, and the answer has not been heard to its end.
    is_at_work: bool,
    ended: Option<Failure>,
    /// What a statement in flight heeds.
    stop: Option<CancellationToken>,
    /// How long what it is asked may take, unless something else is said; and when that ends.
    limit: Option<Duration>,
    until: Option<(Instant, Duration)>,
}

impl Process {
    /// Opens a file that is there, if its name still leads to it, on a session that has nobody else's open. With a `limit` what
    /// it is asked takes no longer and has less room; a look changes nothing.
    pub(super) async fn open(
        path: &Path,
        file: Identity,
        busy: Duration,
        limit: Option<Duration>,
        is_look: bool,
    ) -> Result<Self, sqlx::Error> {
        let at = (path, file);
        if let Some(used) = pool::take() {
            match Self::on(used.running(), at, busy, limit, is_look).await {
                // It had ended while nobody asked for it.
                Err(sqlx::Error::Database(said)) if said.try_downcast_ref().and_then(Told::ended).is_some() => {}
                opened => return opened,
            }
        }
        Self::on(Running::start(), at, busy, limit, is_look).await
    }

    async fn on(
        running: io::Result<Running>,
        (path, file): (&Path, Identity),
        busy: Duration,
        limit: Option<Duration>,
        is_look: bool,
    ) -> Result<Self, sqlx::Error> {
        let running = running.map_err(|e| {
            let words = format!("no process could be begun to work on \"{}\": {e}", path.display());
            Told::Ended(Box::new(Failure::new(Category::Connect, words)))
        })?;
        let mut opened = Self {
            file: path.to_owned(),
            room: if limit.is_some() { LOOK_ROOM } else { ROOM },
            running: Some(running),
            is_at_work: false,
            ended: None,
            stop: None,
            limit,
            until: None,
        };
        opened.end_within(None);
        let open = Request::Open { path: path.into(), file, busy, room: opened.room, is_look };
        opened.request(&open, |_| true).await?;
        Ok(opened)
    }

    pub(in crate::engine) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// From here on a statement ends soon after `stop` was cancelled.
    pub(in crate::engine) fn heed(&mut self, stop: CancellationToken) {
        self.stop = Some(stop);
    }

    pub(in crate::engine) fn heeds(&self) -> Option<&CancellationToken> {
        self.stop.as_ref()
    }

    /// From here on what runs ends with code 9 once so much time has passed; with `None` it may take what the connection was
    /// opened for.
    pub(in crate::engine) fn end_within(&mut self, limit: Option<Duration>) {
        self.until = limit.or(self.limit).map(|limit| (Instant::now() + limit, limit));
    }

    fn left(&self) -> Option<Duration> {
        self.until.map(|(until, _)| until.saturating_duration_since(Instant::now()))
    }

    /// Runs one or more statements as they are; counts those that went through.
    pub(in crate::engine) async fn run(&mut self, sql: &str, done: &mut usize) -> Result<(), sqlx::Error> {
        let request = Request::Run { sql: sql.into(), left: self.left() };
        match self.request(&request, |_| true).await? {
            Answer::Done { statements, .. } => *done = statements,
            Answer::Refused { code, message, statements } => {
                *done = statements;
                return Err(Told::Refused { code, message }.into());
            }
            other => return Err(unexpected(other)),
        }
        Ok(())
    }

    /// The rows of a question.
    pub(in crate::engine) async fn ask(&mut self, sql: &str, given: Vec<Value>) -> Result<Vec<Row>, sqlx::Error> {
        match self.ask_most(sql, given, ENOUGH).await? {
            Some(rows) => Ok(rows),
            None => Err(too_much()),
        }
    }

    /// The same, or `None` where there is more.
    pub(in crate::engine) async fn ask_most(
        &mut self,
        sql: &str,
        given: Vec<Value>,
        most: Most,
    ) -> Result<Option<Vec<Row>>, sqlx::Error> {
        let request = Request::Ask { sql: sql.into(), given, most, left: self.left() };
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let take = |piece: Vec<Row>| {
            bytes += piece.iter().flatten().map(Value::length).sum::<usize>();
            rows.extend(piece);
            rows.len() <= most.rows && bytes <= most.bytes
        };
        match self.request(&request, take).await? {
            Answer::Done { .. } => Ok(Some(rows)),
            Answer::TooMuch => Ok(None),
            other => Err(unexpected(other)),
        }
    }

    /// How many rows a statement has changed.
    pub(in crate::engine) async fn change(&mut self, sql: &str, given: Vec<Value>) -> Result<u64, sqlx::Error> {
        let request = Request::Ask { sql: sql.into(), given, most: ENOUGH, left: self.left() };
        match self.request(&request, |_| true).await? {
            Answer::Done { changed, .. } => Ok(changed),
            other => Err(unexpected(other)),
        }
    }

    /// The first column of what a question answers, as text.
    pub async fn texts(&mut self, sql: &str) -> Result<Vec<Option<String>>, sqlx::Error> {
        let rows = self.ask(sql, Vec::new()).await?;
        rows.iter().map(|row| Ok(row.first().map(Value::text).transpose()?.flatten().map(str::to_owned))).collect()
    }

    /// Closes the file. The session is kept for the next connection, unless it has grown or does not answer.
    pub(in crate::engine) async fn close(mut self) -> Result<(), sqlx::Error> {
        (self.stop, self.until) = (None, None);
        if let Answer::Closed { is_worn: false } = self.request(&Request::Close, |_| true).await?
            && let Some(Ok(idle)) = self.running.take().map(Running::idle)
        {
            pool::put(idle);
        }
        Ok(())
    }

    /// Says something, and waits for the answer as long as it may take. `take` is given the rows, and says whether there may be
    /// so many.
    async fn request(
        &mut self,
        request: &Request<'_>,
        mut take: impl FnMut(Vec<Row>) -> bool,
    ) -> Result<Answer, sqlx::Error> {
        if let Some(ended) = &self.ended {
            return Err(Told::Ended(Box::new(ended.clone())).into());
        }
        let (until, stop, was_at_work) = (self.until, self.stop.clone(), self.is_at_work);
        self.is_at_work = true;
        let Some(Running { socket, .. }) = &mut self.running else { return Err(unexpected(Answer::TooMuch)) };
        let heard = async {
            if was_at_work {
                return Err(Some(Ending::Left));
            }
            // What cannot be said is not known there, and what was not heard to its end is of no use.
            let frame = protocol::frame(request).map_err(|_| Some(Ending::Unheard))?;
            let (reader, mut writer) = socket.split();
            // Nothing comes behind the answer.
            let mut reader = BufReader::new(reader);
            tokio::select! {
                written = writer.write_all(&frame) => written.map_err(|_| None)?,
                ending = late(until) => return Err(Some(ending)),
                () = cancelled(stop.as_ref(), STOPPING) => return Err(Some(Ending::Deaf)),
            }
            let answer = async {
                loop {
                    match protocol::answer(&mut reader).await {
                        Ok(Answer::Rows(piece)) => {
                            if !take(piece) {
                                return Err(Some(Ending::Unheard));
                            }
                        }
                        Ok(last) => return Ok(last),
                        Err(e) if matches!(e.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                            return Err(None);
                        }
                        Err(_) => return Err(Some(Ending::Unheard)),
                    }
                }
            };
            tokio::pin!(answer);
            tokio::select! {
                answer = &mut answer => return answer,
                ending = late(until) => return Err(Some(ending)),
                () = cancelled(stop.as_ref(), Duration::ZERO) => {}
            }
            let told = protocol::frame(&Request::Stop).map_err(|_| Some(Ending::Unheard))?;
            tokio::select! {
                answer = &mut answer => answer,
                _ = async { tokio::join!(writer.write_all(&told), tokio::time::sleep(STOPPING)) } => Err(Some(Ending::Deaf)),
            }
        };
        match heard.await {
            Ok(Answer::Unread(words)) => {
                self.is_at_work = false;
                Err(sqlx::Error::Decode(words.into()))
            }
            Ok(Answer::Refused { code, message, .. }) if !matches!(request, Request::Run { .. }) => {
                self.is_at_work = false;
                Err(Told::Refused { code, message }.into())
            }
            Ok(answer) => {
                self.is_at_work = false;
                Ok(answer)
            }
            Err(ending) => Err(self.end(ending).await),
        }
    }

    /// Ends the process, of which nothing is heard any more; or it has ended by itself (`None`).
    async fn end(&mut self, ending: Option<Ending>) -> sqlx::Error {
        let of_itself = match self.running.take() {
            Some(running) => running.end().await,
            None => None,
        };
        let ending = ending.or(of_itself).unwrap_or(Ending::Code(0));
        let failure = ending.failure(&self.file, self.room);
        self.ended = Some(failure.clone());
        Told::Ended(Box::new(failure)).into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(Running { mut child, socket }) = self.running.take() else { return };
        let _ = child.kill();
        drop(socket);
        // It is gone in a moment, and somebody has to hear of it.
        let _ = std::thread::Builder::new().spawn(move || child.wait());
    }
}

/// When a session has had its time, and the grace to say so.
async fn late(until: Option<(Instant, Duration)>) -> Ending {
    match until {
        Some((until, limit)) => {
            tokio::time::sleep_until((until + GRACE).into()).await;
            Ending::Late(limit)
        }
        None => std::future::pending().await,
    }
}

async fn cancelled(stop: Option<&CancellationToken>, grace: Duration) {
    match stop {
        Some(stop) => {
            stop.cancelled().await;
            tokio::time::sleep(grace).await;
        }
        None => std::future::pending().await,
    }
}

/// More than is read at once: as SQLite says of what is too long.
fn too_much() -> sqlx::Error {
    let message = "the answer is longer than what is read of one".to_owned();
    Told::Refused { code: Some("18".to_owned()), message }.into()
}

fn unexpected(answer: Answer) -> sqlx::Error {
    match answer {
        Answer::TooMuch => too_much(),
        _ => sqlx::Error::Protocol("a session answers something else than it was asked".into()),
    }
}
