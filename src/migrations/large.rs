//! Large files. Their text is read once for all who look at it at the same time, is looked through up to a bound, and is shown
//! up to a smaller one.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use super::Source;
use crate::engine::{self, Engine};

/// From this size on a text is shared.
const SHARED: u64 = 1024 * 1024;
/// So much of a file is looked through for what there is to say of it.
const LOOKED_AT: usize = 2 * 1024 * 1024;
/// So much of a file is shown.
const SHOWN: usize = 64 * 1024;

/// What tells one state of a file from another: whoever writes to it changes one of these.
#[derive(Clone, PartialEq, Eq)]
struct State {
    length: u64,
    modified: Option<SystemTime>,
    /// Of the entry itself, which no program can set back, and which file it is.
    changed: (i64, i64, u64),
}

/// A file as it was read, but for its text, which is theirs who use it.
struct Read {
    state: State,
    text: Weak<String>,
    rest: Source,
}

static READ: Mutex<Option<HashMap<PathBuf, Read>>> = Mutex::new(None);

/// What `read` makes of the file, or what somebody has who read it in this very state. Large files are read one at a time.
pub(super) fn shared(real: &Path, read: impl FnOnce() -> Result<Source, String>) -> Result<Source, String> {
    let state = fs::metadata(real).ok().filter(|it| it.len() >= SHARED).map(|it| state(&it));
    let Some(state) = state else { return read() };
    let mut all = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    all.retain(|_, read| read.text.strong_count() > 0);
    if let Some(known) = all.get(real).filter(|known| known.state == state)
        && let Some(sql) = known.text.upgrade()
    {
        return Ok(Source { sql, ..known.rest.clone() });
    }
    let source = read()?;
    let rest = Source { sql: Arc::default(), ..source.clone() };
    all.insert(real.to_owned(), Read { state, text: Arc::downgrade(&source.sql), rest });
    Ok(source)
}

#[cfg(unix)]
fn state(it: &Metadata) -> State {
    use std::os::unix::fs::MetadataExt;
    State { length: it.len(), modified: it.modified().ok(), changed: (it.ctime(), it.ctime_nsec(), it.ino()) }
}

#[cfg(not(unix))]
fn state(it: &Metadata) -> State {
    State { length: it.len(), modified: it.modified().ok(), changed: (0, 0, 0) }
}

impl Source {
    /// The text as far as it is shown, and what is not in it, in words.
    pub fn shown(&self) -> (&str, Option<String>) {
        self.shown_from(0)
    }

    /// The same from the line on in which this byte is; a line that is longer than all that is shown begins there.
    pub fn shown_from(&self, offset: usize) -> (&str, Option<String>) {
        let text = self.sql.as_str();
        if text.len() <= SHOWN {
            return (text, None);
        }
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let from = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let from = if offset - from > SHOWN / 2 { offset } else { from };
        let end = text.floor_char_boundary(from.saturating_add(SHOWN).min(text.len()));
        let end = text[from..end].rfind('\n').filter(|_| end < text.len()).map_or(end, |at| from + at + 1);
        let line = 1 + text[..from].bytes().filter(|b| *b == b'\n').count();
        let words = format!("cut: {} of {} bytes are shown, from line {line} on", end - from, text.len());
        (&text[from..end], Some(words))
    }

    /// Whether only the beginning is looked through.
    pub(super) fn is_large(&self) -> bool {
        self.sql.len() > LOOKED_AT
    }

    /// What of the file is looked through on this engine, and the line from which on it is not.
    pub(super) fn looked_at(&self, engine: Engine) -> (Source, Option<u32>) {
        if !self.is_large() {
            return (self.clone(), None);
        }
        // The last statement of what is left is cut itself.
        let head = &self.sql[..self.sql.floor_char_boundary(LOOKED_AT)];
        let (end, line) = engine::statements(engine, head).last().map_or((0, 1), |last| (last.offset, last.line));
        // That nothing is left of it does not say that it holds nothing.
        (Source { sql: Arc::new(head[..end].to_owned()), empty: true, ..self.clone() }, Some(line))
    }
}

#[cfg(test)]
#[path = "large_tests.rs"]
mod tests;
