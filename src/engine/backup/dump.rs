//! A program that writes a backup: what it is told, what of its output is changed, and its own words where it fails.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::rewrite::Rewrite;
use crate::engine::{Category, Failure};

/// What is read of a program's words.
const WORDS: u64 = 16 << 10;
/// What is read of a program's output at once.
const PIECE: usize = 256 << 10;

/// Passwords go by the environment of the child, never by its arguments; and of this process's environment, which has the
/// key to everything in it, nothing does.
pub(super) struct Dump {
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, String)>,
    /// For one that writes lines: what becomes of each, and how long it may write nothing, since it cannot be told how long it
    /// may wait.
    pub lines: Option<(Rewrite, Duration)>,
}

impl Dump {
    pub async fn run(self, program: &Path, output: File) -> Result<(), Failure> {
        let mut command = Command::new(program);
        command.args(self.arguments).env_clear().envs(self.environment).stdin(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        match self.lines {
            None => ended(program, begun(program, command.stdout(output))?).await,
            Some((rewrite, silence)) => {
                let mut child = begun(program, command.stdout(Stdio::piped()))?;
                let written = match child.stdout.take() {
                    Some(lines) => copy(program, BufReader::with_capacity(PIECE, lines), output, rewrite, silence),
                    None => return Err(Failure::new(Category::Other, "a program has no output")),
                };
                let ended = ended(program, child);
                tokio::pin!(written, ended);
                // Its words are read meanwhile: who is full of them writes no lines. One that is given up is ended.
                tokio::select! {
                    outcome = &mut written => match outcome {
                        Ok(()) => ended.await,
                        given_up => given_up,
                    },
                    outcome = &mut ended => match outcome {
                        Ok(()) => written.await,
                        failed => failed,
                    },
                }
            }
        }
    }
}

pub(super) fn begun(program: &Path, command: &mut Command) -> Result<Child, Failure> {
    let spawned = command.spawn();
    spawned.map_err(|e| Failure::new(Category::Other, format!("{} does not start: {e}", named(program))))
}

/// Waits for its end, as long as it takes.
pub(super) async fn ended(program: &Path, mut child: Child) -> Result<(), Failure> {
    let words = child.stderr.take().map(words);
    let (status, words) = tokio::join!(child.wait(), async {
        match words {
            Some(words) => words.await,
            None => String::new(),
        }
    });
    outcome(program, status.map_err(|e| Failure::new(Category::Other, e.to_string()))?, &words)
}

async fn words(from: impl AsyncRead + Unpin) -> String {
    let mut words = Vec::new();
    let mut from = from;
    let _ = (&mut from).take(WORDS).read_to_end(&mut words).await;
    // The rest is heard and not kept: whoever writes to nobody ends.
    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&words).into_owned()
}

fn outcome(program: &Path, status: ExitStatus, words: &str) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let named = named(program);
    // What it says of itself first is its own name.
    let own = |line: &str| line.trim_start_matches(&format!("{named}: ")).trim_start_matches("error: ").to_owned();
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().map_or_else(|| status.to_string(), own);
    let rest: Vec<&str> = lines.collect();
    let failure = Failure::new(Category::Other, format!("{named} failed: {first}"));
    Err(if rest.is_empty() { failure } else { failure.detail(rest.join("\n")) })
}

pub(super) fn named(program: &Path) -> String {
    program.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Line by line, until there is none; an error when nothing came for so long.
async fn copy(
    program: &Path,
    mut lines: impl AsyncBufRead + Unpin,
    output: File,
    mut rewrite: Rewrite,
    silence: Duration,
) -> Result<(), Failure> {
    let mut output = std::io::BufWriter::with_capacity(PIECE, output);
    let refused = |e: std::io::Error| super::refused(Path::new("its file"), &e);
    let mut line = Vec::new();
    loop {
        let Ok(read) = timeout(silence, lines.fill_buf()).await else {
            return Err(Failure::new(
                Category::Timeout,
                format!("{} has written nothing for {} s", named(program), silence.as_secs()),
            )
            .detail("it waits for a table that somebody keeps locked, or for a server that does not answer"));
        };
        let piece = read.map_err(refused)?;
        if piece.is_empty() {
            break;
        }
        let (taken, is_whole) = match piece.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (piece.len(), false),
        };
        line.extend_from_slice(&piece[..taken]);
        lines.consume(taken);
        if is_whole {
            output.write_all(&rewrite.line(&line)).map_err(refused)?;
            line.clear();
        }
    }
    output.write_all(&rewrite.line(&line)).map_err(refused)?;
    output.flush().map_err(refused)
}
