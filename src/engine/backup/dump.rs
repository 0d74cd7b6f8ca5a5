//! A program that writes a backup: what it is told, what of its output is changed, and its own words where it fails.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::rewrite::Rewrite;
use crate::engine::{Category, Failure};

/// What is read of a program's words.
const WORDS: u64 = 16 << 10;
/// How a statement begins that has rows.
const ROWS: &[u8] = b"INSERT INTO `";
/// What is held of what a program prints.
const PRINTED: u64 = 64 << 20;
/// What is read of a program's output at once.
const PIECE: usize = 256 << 10;

/// Passwords go by the environment of the child, never by its arguments; and of this process's environment, which has the
/// key to everything in it, nothing does.
pub(super) struct Dump {
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, String)>,
    /// For one that writes lines.
    pub lines: Option<Lines>,
}

/// What becomes of the lines that a program writes.
pub(super) struct Lines {
    pub rewrite: Rewrite,
    /// How long it may write nothing, since it cannot be told how long it may wait.
    pub silence: Duration,
    /// How many bytes the server takes at once: a longer line could not be restored.
    pub longest: usize,
}

impl Dump {
    /// `output` is the file at `draft`. Of lines it answers the number (from 1) of the first one that is not UTF-8.
    pub async fn run(self, program: &Path, draft: &Path, output: File) -> Result<Option<u64>, Failure> {
        let mut command = Command::new(program);
        command.args(self.arguments).env_clear().envs(self.environment).stdin(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        match self.lines {
            None => ended(program, begun(program, command.stdout(output))?).await.map(|()| None),
            Some(how) => {
                let mut child = begun(program, command.stdout(Stdio::piped()))?;
                let written = match child.stdout.take() {
                    Some(lines) => copy(program, BufReader::with_capacity(PIECE, lines), (draft, output), how),
                    None => return Err(Failure::new(Category::Other, "a program has no output")),
                };
                let ended = ended(program, child);
                tokio::pin!(written, ended);
                // Its words are read meanwhile: who is full of them writes no lines. One that is given up is ended.
                tokio::select! {
                    outcome = &mut written => match outcome {
                        Ok(strange) => ended.await.map(|()| strange),
                        given_up => given_up,
                    },
                    outcome = &mut ended => match outcome {
                        Ok(()) => written.await,
                        Err(failure) => Err(failure),
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

/// What a program prints, to its end; `lines` are for it to read.
pub(super) async fn printed(
    program: &Path,
    command: &mut Command,
    lines: Option<&[String]>,
) -> Result<Vec<u8>, Failure> {
    if lines.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = begun(program, command.stdout(Stdio::piped()))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let writing = async {
        if let (Some(mut input), Some(lines)) = (input, lines) {
            // Who does not read it to its end says why.
            let _ = input.write_all((lines.join("\n") + "\n").as_bytes()).await;
        }
    };
    let reading = async {
        let mut printed = Vec::new();
        if let Some(output) = output {
            let _ = output.take(PRINTED + 1).read_to_end(&mut printed).await;
        }
        printed
    };
    let ((), printed, ended) = tokio::join!(writing, reading, ended(program, child));
    if printed.len() as u64 > PRINTED {
        return Err(Failure::new(Category::Other, format!("{} prints more than anybody reads", named(program))));
    }
    ended.map(|()| printed)
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

/// Line by line, until there is none; an error when nothing came for so long, and at a line that is too long. Answers the number of the
/// first line that is not UTF-8.
async fn copy(
    program: &Path,
    mut lines: impl AsyncBufRead + Unpin,
    (draft, output): (&Path, File),
    Lines { mut rewrite, silence, longest }: Lines,
) -> Result<Option<u64>, Failure> {
    let mut output = std::io::BufWriter::with_capacity(PIECE, output);
    let refused = |e: std::io::Error| super::refused(draft, &e);
    let mut line = Vec::new();
    // How the rows' statement begins, where each has a line of its own.
    let mut head = Vec::new();
    let (mut number, mut strange) = (1, None);
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
        let before: &[u8] = if line.starts_with(b"(") { &head } else { b"" };
        if before.len() + line.len() > longest {
            return Err(too_long(if before.is_empty() { &line } else { before }, longest));
        }
        if is_whole {
            if line.starts_with(ROWS) {
                head.clone_from(&line);
            }
            if strange.is_none() && std::str::from_utf8(&line).is_err() {
                strange = Some(number);
            }
            number += 1;
            output.write_all(&rewrite.line(&line)).map_err(refused)?;
            line.clear();
        }
    }
    output.write_all(&rewrite.line(&line)).map_err(refused)?;
    output.flush().map_err(refused)?;
    Ok(strange)
}

/// What a server would refuse, and hang up.
pub(super) fn too_long(statement: &[u8], longest: usize) -> Failure {
    let table = statement.strip_prefix(ROWS).and_then(|rest| rest.split(|byte| *byte == b'`').next());
    let what = match table {
        Some(table) => format!("a row of table {}", String::from_utf8_lossy(table)),
        None => "a statement of the backup".to_owned(),
    };
    Failure::new(Category::Other, format!("{what} is too long to be restored"))
        .detail(format!(
            "written out, as a backup has it, it is longer than the {longest} bytes that the server takes at once \
             (max_allowed_packet): binary data doubles"
        ))
        .hint("raise the server's max_allowed_packet to more than twice what its longest row has")
}
