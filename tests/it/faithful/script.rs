//! The scripts as they lie in their folders: what their first lines say, and the marks in their text.

use std::fs;
use std::path::{Path, PathBuf};

use neo::engine::Engine;

/// Before a statement: one that fails may be put here.
const MARK: char = '§';
/// Before a statement that is counted like others, but that wants the one before it right before it.
const BOUND: char = '¶';

#[derive(Debug, Clone, Default)]
pub struct Script {
    pub engine: Option<Engine>,
    pub name: String,
    /// With its marks.
    pub text: String,
    /// What the engine's program is given, where it cannot read the file itself: a file beside it, or (`bodies`) the same
    /// with delimiters.
    pub client: Option<String>,
    pub setup: Vec<String>,
    pub then: Vec<String>,
    /// Neo refuses it before anything is touched, in words that hold these.
    pub refused: Option<String>,
    /// On MySQL: all of it is one transaction.
    pub is_atomic: bool,
    /// Why it is not made to fail.
    pub no_stops: Option<String>,
    /// What it leaves in its session is gone when it failed: then it may be refused to go on.
    pub is_lost: bool,
    /// A statement that failed is mended in the file only, since the table that it lacks cannot be made beside it.
    pub mend_file: bool,
    /// A server of another make (see [`place`](super::place)).
    pub server: Option<String>,
    /// PostgreSQL: `alter database … set` these.
    pub settings: Vec<String>,
    pub bom: bool,
    pub crlf: bool,
}

/// A script that fails at one of its statements.
pub struct Stopped {
    pub text: String,
    /// The same with a statement that goes through in the place of the one that fails.
    pub mended: String,
    /// Where the failing statement is, from 1.
    pub line: u32,
}

pub fn folder(engine: Engine) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faithful").join(engine.as_str())
}

/// Those that are asked for.
pub fn of(engine: Engine) -> Vec<Script> {
    let only = std::env::var("NEO_FAITHFUL_ONLY").unwrap_or_default();
    let words: Vec<_> = only.split_whitespace().collect();
    let is_asked = |script: &Script| words.is_empty() || words.iter().any(|word| script.name.contains(word));
    all_of(engine).into_iter().filter(is_asked).collect()
}

pub fn all_of(engine: Engine) -> Vec<Script> {
    let files = fs::read_dir(folder(engine)).unwrap().map(|entry| entry.unwrap().path());
    let is_script = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".sql") && !name.ends_with(".client.sql")
    };
    let mut paths: Vec<_> = files.filter(is_script).collect();
    paths.sort();
    paths.iter().map(|path| read(engine, path)).collect()
}

fn read(engine: Engine, path: &Path) -> Script {
    let name = format!("{}/{}", engine.as_str(), path.file_stem().unwrap().to_str().unwrap());
    let raw = fs::read_to_string(path).unwrap();
    let mut script = Script { engine: Some(engine), name, ..Script::default() };
    let with = |file: &str| fs::read_to_string(folder(engine).join("with").join(file.trim())).unwrap();
    let mut is_of_bodies = false;
    for line in raw.lines().map_while(|line| line.strip_prefix("-- faithful: ")) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "setup" => script.setup.push(with(rest)),
            "then" => script.then.push(with(rest)),
            "refused" => script.refused = Some(rest.trim().to_lowercase()),
            "atomic" => script.is_atomic = true,
            "no-stops" => script.no_stops = Some(rest.to_owned()),
            "lost" => script.is_lost = true,
            "mend-file" => script.mend_file = true,
            "server" => script.server = Some(rest.trim().to_owned()),
            "setting" => script.settings.push(rest.trim().to_owned()),
            "bom" => script.bom = true,
            "crlf" => script.crlf = true,
            "bodies" => is_of_bodies = true,
            "about" => {}
            other => panic!("{}: what is \"{other}\"?", script.name),
        }
    }
    let client = path.with_extension("client.sql");
    script.client = client.exists().then(|| large(&fs::read_to_string(client).unwrap()));
    script.text = large(without_head(&raw));
    if is_of_bodies {
        script.client = Some(delimited(&script.text));
    }
    script
}

fn without_head(raw: &str) -> &str {
    let mut text = raw;
    while text.starts_with("-- faithful: ") {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    text
}

/// The marked statements, each ended by a delimiter of two strokes: bodies are beyond the mariadb program without one.
fn delimited(text: &str) -> String {
    let starts: Vec<_> = text.match_indices([MARK, BOUND]).map(|(at, _)| at).chain([text.len()]).collect();
    let statements = starts.windows(2).map(|pair| text[pair[0]..pair[1]].trim_end().trim_end_matches(';'));
    format!("{}delimiter //\n{}//\n", &text[..starts[0]], statements.collect::<Vec<_>>().join("//\n"))
}

/// `«1000»` stands for a text of a thousand characters.
fn large(text: &str) -> String {
    let mut parts = text.split('«');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (length, rest) = part.split_once('»').unwrap();
        whole.extend("every; line -- of /* this ".chars().cycle().take(length.parse().unwrap()));
        whole.push_str(rest);
    }
    whole
}

impl Script {
    pub fn engine(&self) -> Engine {
        self.engine.unwrap()
    }

    /// Whether the file is not to run in one transaction.
    pub fn is_marked(&self) -> bool {
        is_marked(&self.text)
    }

    /// Whether a failure leaves nothing of it.
    pub fn is_whole_or_nothing(&self) -> bool {
        match self.engine() {
            Engine::Mysql => self.is_atomic,
            Engine::Postgres | Engine::Sqlite => !self.is_marked(),
        }
    }

    /// As Neo gets it.
    pub fn own(&self) -> String {
        self.finished(&plain(&self.text))
    }

    /// As the engine's program gets it.
    pub fn clients(&self) -> String {
        self.finished(&plain(self.client.as_ref().unwrap_or(&self.text)))
    }

    /// The marks at which it can be made to fail, each with the number of its statement.
    pub fn stops(&self) -> Vec<u32> {
        let marks = self.text.chars().filter(|c| [MARK, BOUND].contains(c));
        (1..).zip(marks).filter(|(_, mark)| *mark == MARK).map(|(n, _)| n).collect()
    }

    /// As Neo and as the engine's program get it when the statement that is put before statement `n` fails.
    pub fn stopped(&self, n: u32) -> (Stopped, String) {
        let own = self.stopped_in(&self.text, n);
        let clients = self.stopped_in(self.client.as_ref().unwrap_or(&self.text), n).text;
        (own, clients)
    }

    fn stopped_in(&self, text: &str, n: u32) -> Stopped {
        let marks = text.char_indices().filter(|(_, c)| [MARK, BOUND].contains(c));
        let at = marks.map(|(at, _)| at).nth(n as usize - 1).unwrap_or_else(|| panic!("{}: no mark {n}", self.name));
        let (before, after) = (plain(&text[..at]), plain(&text[at..]));
        let end = delimiter(&before);
        let with = |statement: &str| self.finished(&format!("{before}{statement}{end}\n{after}"));
        let line = 1 + before.matches('\n').count();
        Stopped {
            text: with(&format!("insert into nosuch_{n} values ({n})")),
            mended: with("select 1"),
            line: u32::try_from(line).unwrap(),
        }
    }

    fn finished(&self, text: &str) -> String {
        let text = if self.crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.bom { format!("\u{feff}{text}") } else { text }
    }
}

pub fn is_marked(text: &str) -> bool {
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    ["-- neo: no-transaction", "-- no-transaction"].contains(&first.trim())
}

fn plain(text: &str) -> String {
    text.replace([MARK, BOUND], "")
}

/// What ends a statement after this much of a file, by the `delimiter` lines in it.
fn delimiter(before: &str) -> &str {
    let said = |line: &str| line.trim_start().get(..10).is_some_and(|word| word.eq_ignore_ascii_case("delimiter "));
    before.lines().rfind(|line| said(line)).map_or(";", |line| line.split_whitespace().nth(1).unwrap_or(";"))
}
