//! The other side: a process that works on one tenant's file after another, in the name of the one that has begun it, and on
//! nothing else. It has its bounds from the system before it opens anything, no environment that would be of use to anybody, and
//! ends with whoever began it.

use std::fs;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Either, Executor as _, Row as _, SqliteConnection,
    TypeInfo as _, ValueRef as _,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::beside::{Identity, identity};
use super::protocol::{self, Answer, LONGEST_ROW, Most, PIECE, Request, Row, Value};
use super::{ROOM, WORD, is_session, options};

/// SQLite instructions between two looks at whether to go on.
const INSTRUCTIONS: i32 = 10_000;
/// One that has kept so many bytes is not used again.
const WORN: u64 = 48 << 20;
/// What SQLite says in a failure is cut here, in bytes: far more than is held of it.
const LONGEST_MESSAGE: usize = 1 << 20;
const DESCRIPTORS: u64 = 128;

/// Whether this process was begun to work on a SQLite file (`neo sqlite_session`, by Neo and by nobody else). It has done so
/// until its end then.
pub fn sqlite_session() -> bool {
    if !is_session() {
        return false;
    }
    if let Err(error) = serve() {
        // Read by whoever has begun it, when it has ended.
        eprintln!("{WORD}: {error}");
        std::process::exit(1);
    }
    true
}

fn serve() -> io::Result<()> {
    bound(Resource::Core, 0)?;
    bound(Resource::Nofile, DESCRIPTORS)?;
    bound(Resource::Data, ROOM)?;
    // Should the machine run short of memory all the same, it is this process that goes.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let stop = Arc::new(AtomicBool::new(false));
    let (requests, next) = mpsc::unbounded_channel();
    let (listener, heard) = (socket.try_clone()?, stop.clone());
    std::thread::Builder::new().spawn(move || listen(listener, &requests, &heard))?;
    let work = Work { socket, stop, until: Arc::default(), conn: None };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work.on(next))
}

/// For good: no more than this, or than the system lets it have.
fn bound(of: Resource, most: u64) -> io::Result<()> {
    let maximum = Some(getrlimit(of).maximum.map_or(most, |given| given.min(most)));
    Ok(setrlimit(of, Rlimit { current: maximum, maximum })?)
}

/// How much memory it may have for now.
fn make_room(room: u64) -> io::Result<()> {
    let maximum = getrlimit(Resource::Data).maximum;
    Ok(setrlimit(Resource::Data, Rlimit { current: Some(maximum.map_or(room, |most| most.min(room))), maximum })?)
}

/// At once, whatever a statement is at: what it has begun is taken back when the file is opened next.
fn end() {
    let _ = kill_process(getpid(), Signal::KILL);
}

/// Beside the work, since a statement may be at it when it is to stop, or when nobody is left who would wait for it.
fn listen(socket: UnixStream, requests: &mpsc::UnboundedSender<Request<'static>>, stop: &AtomicBool) {
    let mut socket = io::BufReader::new(socket);
    while let Ok(request) = protocol::request(&mut socket) {
        match request {
            Request::Stop => stop.store(true, Ordering::Relaxed),
            request => {
                if matches!(request, Request::Open { .. }) {
                    stop.store(false, Ordering::Relaxed);
                }
                if requests.send(request).is_err() {
                    break;
                }
            }
        }
    }
    end();
}

/// Whether this process holds this file. Where the system does not tell what a process holds, it is taken as said.
fn has_open(file: Identity) -> bool {
    let Ok(held) = fs::read_dir("/proc/self/fd") else { return true };
    held.flatten().any(|held| fs::metadata(held.path()).is_ok_and(|held| identity(&held) == file))
}

struct Work {
    socket: UnixStream,
    stop: Arc<AtomicBool>,
    until: Arc<Mutex<Option<Instant>>>,
    conn: Option<SqliteConnection>,
}

impl Work {
    async fn on(mut self, mut next: mpsc::UnboundedReceiver<Request<'static>>) -> io::Result<()> {
        // Whoever ends a service tells all of its processes. This one ends with Neo, which ends in order.
        let _unheeded = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        while let Some(request) = next.recv().await {
            let answer = match request {
                Request::Open { path, file, busy, room, is_look } => {
                    make_room(room)?;
                    self.allow(None);
                    match self.open(options(&path, is_look).busy_timeout(busy), file).await {
                        Ok(()) => Answer::Done { statements: 0, changed: 0 },
                        Err(error) => refused(&error, 0),
                    }
                }
                Request::Run { sql, left } => {
                    self.allow(left);
                    self.run(sql.into_owned()).await
                }
                Request::Ask { sql, given, most, left } => {
                    self.allow(left);
                    match self.ask(sql.into_owned(), given, most).await {
                        Ok(answer) => answer,
                        Err(Unanswered::Sql(error)) => refused(&error, 0),
                        Err(Unanswered::Io(error)) => return Err(error),
                    }
                }
                Request::Close => {
                    let closed = match self.conn.take() {
                        Some(conn) => conn.close().await,
                        None => Ok(()),
                    };
                    match closed {
                        Ok(()) => Answer::Closed { is_worn: kept().is_some_and(|bytes| bytes > WORN) },
                        Err(error) => refused(&error, 0),
                    }
                }
                // Heard already.
                Request::Stop => continue,
            };
            self.say(&answer)?;
        }
        Ok(())
    }

    fn say(&mut self, answer: &Answer) -> io::Result<()> {
        self.socket.write_all(&protocol::frame(answer)?)
    }

    /// What comes next may take so long.
    fn allow(&self, left: Option<Duration>) {
        if let Ok(mut until) = self.until.lock() {
            *until = left.map(|left| Instant::now() + left);
        }
    }

    async fn open(&mut self, options: sqlx::sqlite::SqliteConnectOptions, file: Identity) -> Result<(), sqlx::Error> {
        let mut conn = options.connect().await?;
        // Nothing of it has been read: whoever may write into the folder may have put another in its place since it was looked at.
        if !has_open(file) {
            return Err(sqlx::Error::Io(io::Error::other("another file was put in its place while it was opened")));
        }
        let (stop, until) = (self.stop.clone(), self.until.clone());
        conn.lock_handle().await?.set_progress_handler(INSTRUCTIONS, move || {
            let is_late = until.lock().is_ok_and(|until| until.is_some_and(|until| Instant::now() >= until));
            !is_late && !stop.load(Ordering::Relaxed)
        });
        self.conn = Some(conn);
        Ok(())
    }

    async fn run(&mut self, sql: String) -> Answer {
        let Some(conn) = &mut self.conn else { return refused(&closed(), 0) };
        let mut statements = 0;
        let mut answers = sqlx::raw_sql(AssertSqlSafe(sql)).execute_many(conn);
        loop {
            match answers.try_next().await {
                Ok(Some(_)) => statements += 1,
                Ok(None) => return Answer::Done { statements, changed: 0 },
                Err(error) => return refused(&error, statements),
            }
        }
    }

    /// Sends the rows as they come, but for the last word.
    async fn ask(&mut self, sql: String, given: Vec<Value>, most: Most) -> Result<Answer, Unanswered> {
        let Self { conn, socket, .. } = self;
        let conn = conn.as_mut().ok_or_else(closed)?;
        let mut answers = if given.is_empty() {
            sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(conn)
        } else {
            let query = given.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| match value {
                Value::Null | Value::Real => query.bind(None::<String>),
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::Bytes(bytes) => query.bind(bytes),
            });
            conn.fetch_many(query)
        };
        let mut send = |piece: &mut Vec<Row>| socket.write_all(&protocol::frame(&Answer::Rows(std::mem::take(piece)))?);
        let (mut piece, mut in_piece, mut changed) = (Vec::new(), 0, 0);
        let Most { mut rows, mut bytes } = most;
        while let Some(answer) = answers.try_next().await? {
            let row = match answer {
                Either::Left(done) => {
                    changed += done.rows_affected();
                    continue;
                }
                Either::Right(row) => row,
            };
            let row = (0..row.len()).map(|column| value(&row, column)).collect::<Result<Row, _>>()?;
            let length: usize = row.iter().map(Value::length).sum();
            let left = rows.checked_sub(1).zip(bytes.checked_sub(length)).filter(|_| length <= LONGEST_ROW);
            let Some(left) = left else { return Ok(Answer::TooMuch) };
            (rows, bytes) = left;
            piece.push(row);
            in_piece += length + 64;
            if in_piece >= PIECE {
                send(&mut piece)?;
                in_piece = 0;
            }
        }
        if !piece.is_empty() {
            send(&mut piece)?;
        }
        Ok(Answer::Done { statements: 1, changed })
    }
}

enum Unanswered {
    Sql(sqlx::Error),
    /// Nobody is there to be answered.
    Io(io::Error),
}

impl From<sqlx::Error> for Unanswered {
    fn from(error: sqlx::Error) -> Self {
        Unanswered::Sql(error)
    }
}

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        Unanswered::Io(error)
    }
}

fn closed() -> sqlx::Error {
    sqlx::Error::Protocol("no file is open".into())
}

fn value(row: &SqliteRow, column: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Value::Number(row.try_get_unchecked(column)?),
        "TEXT" => Value::Text(row.try_get_unchecked(column)?),
        "BLOB" => Value::Bytes(row.try_get_unchecked(column)?),
        _ => Value::Real,
    })
}

fn refused(error: &sqlx::Error, statements: usize) -> Answer {
    match error {
        sqlx::Error::Database(said) => {
            let message = said.message();
            let message = message[..message.floor_char_boundary(LONGEST_MESSAGE)].to_owned();
            Answer::Refused { code: said.code().map(Into::into), message, statements }
        }
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Answer::Unread(error.to_string()),
        // The thread that ran the statement is gone; why, it has said.
        sqlx::Error::WorkerCrashed => {
            end();
            Answer::Unread(error.to_string())
        }
        other => Answer::Refused { code: None, message: other.to_string(), statements },
    }
}

/// How much memory of its own this process has, where the system tells.
fn kept() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let own = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(own.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    /// What this test binary begins as a session. Asked for by anybody else, it does nothing.
    #[test]
    fn sqlite_session() {
        super::sqlite_session();
    }
}
