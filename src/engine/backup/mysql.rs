//! Backups of MySQL and MariaDB: the script of `mariadb-dump` (or `mysqldump`), restored statement by statement on a session of
//! Neo's own. Its client program would obey what a script says to it: to run a command of the system, or to send a file.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use tokio::sync::mpsc;

use super::authority::Authority;
use super::block::{BLOCK, Block, Mode};
use super::dump::{self, Dump, Lines};
use super::programs::Version;
use super::rewrite::{Rewrite, of_this_database};
use super::{password, patience};
use crate::engine::{Category, Connection, Failure, Target, Tls};

/// From here on history is written and read back.
const HISTORY: Version = Version(10, 11);
/// A statement longer than this is none that a server takes.
const LONGEST: usize = 1 << 30;
/// As many rows as fit so many bytes are written as one statement, where the server takes as much.
const STATEMENT: usize = 1 << 20;
/// What shuts the client program in where it is obeyed; to a server it is a comment.
const SANDBOX: &[u8] = b"/*M!999999\\-";
/// How many statements are read ahead.
const AHEAD: usize = 4;

/// What the program is told: `says` is its own line about its version.
pub(super) async fn dump(
    (tenant, authority): (&Target, &Authority),
    conn: &mut Connection,
    says: &str,
    server: &str,
) -> Result<Dump, Failure> {
    let own = history(conn, says, server).await?;
    let packet = conn.session().packet;
    let mut dump = dump_with(tenant, authority, own);
    // Before the database's name and what says that it is one.
    let place = dump.arguments.len() - 2;
    dump.arguments.insert(place, format!("--net-buffer-length={}", (packet / 2).clamp(4 << 10, STATEMENT)));
    dump.lines = dump.lines.map(|lines| Lines { longest: packet, ..lines });
    Ok(dump)
}

/// What this program is told besides of this server; refused where it would leave the past of a table out.
pub(super) async fn history(conn: &mut Connection, says: &str, server: &str) -> Result<Option<&'static str>, Failure> {
    refuse_unseen(conn).await?;
    let is_mariadb = says.contains("MariaDB");
    let of = |text: &str| text.split([' ', ',']).filter(|word| word.contains('.')).filter_map(Version::of).max();
    let keeps_history = is_mariadb && of(says).min(Version::of(server)).is_some_and(|version| version >= HISTORY);
    if !keeps_history {
        refuse_history(conn).await?;
    }
    Ok(match (keeps_history, is_mariadb) {
        (true, _) => Some("--dump-history"),
        (false, true) => None,
        // Only an administrator may set on another server what it has seen.
        (false, false) => Some("--set-gtid-purged=OFF"),
    })
}

pub(super) fn dump_with(tenant: &Target, authority: &Authority, own: Option<&str>) -> Dump {
    let mut arguments: Vec<String> = [
        "--no-defaults",
        "--single-transaction",
        "--skip-lock-tables",
        // A table is not locked beside the sequence in its default.
        "--skip-add-locks",
        "--no-tablespaces",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        // How long a row may be that it reads. What can be restored is looked at by itself.
        "--max-allowed-packet=1G",
        "--default-character-set=utf8mb4",
    ]
    .map(str::to_owned)
    .to_vec();
    arguments.extend(own.map(str::to_owned));
    if tenant.host.starts_with('/') {
        arguments.push(format!("--socket={}", tenant.host));
    } else {
        arguments.push("--protocol=tcp".to_owned());
        arguments.push(format!("--host={}", tenant.host));
        arguments.push(format!("--port={}", tenant.port));
    }
    arguments.push(format!("--user={}", tenant.username));
    match tenant.tls {
        Tls::Off => {}
        Tls::Require => arguments.push("--ssl".to_owned()),
        Tls::VerifyFull => {
            arguments.push("--ssl-verify-server-cert".to_owned());
            arguments.extend(authority.or(&["SSL_CERT_FILE"]).map(|file| format!("--ssl-ca={file}")));
        }
    }
    arguments.push("--".to_owned());
    arguments.push(tenant.database.clone());
    let environment = vec![("LANG", "C".to_owned()), ("MYSQL_PWD", password(tenant))];
    // Neither program takes a setting for its session.
    let lines = Lines { rewrite: Rewrite::new(&tenant.database), silence: patience(tenant), longest: usize::MAX };
    Dump { arguments, environment, lines: Some(lines) }
}

/// A routine that somebody else has made shows its body to them alone, and the program ends at it; at some events it does not end at all.
async fn refuse_unseen(conn: &mut Connection) -> Result<(), Failure> {
    let sql = "select cast(event_name as char) from information_schema.events where event_schema = database() \
               and instr(concat(event_name, event_definition), ';;') > 0 order by 1 limit 1";
    if let Some(event) = conn.texts(sql).await?.into_iter().flatten().next() {
        let message = "an event there cannot be backed up";
        return Err(Failure::new(Category::Other, message)
            .detail(format!("{event}: the program that makes backups does not come to the end of its text"))
            .hint("have its name and its text made without one semicolon right behind another; then try again"));
    }
    let sql = "select cast(concat(lower(routine_type), ' ', routine_name, ' of ', definer) as char) from information_schema.routines \
               where routine_schema = database() and routine_definition is null order by 1 limit 1";
    match conn.texts(sql).await?.into_iter().flatten().next() {
        None => Ok(()),
        Some(routine) => {
            Err(Failure::new(Category::Permission, "a routine there is somebody else's, and would be in no backup")
                .detail(format!("the {routine}: what it does is not shown to the tenant's login"))
                .hint("have the tenant make it anew as its own, or have whoever made it drop it; then try again"))
        }
    }
}

/// What is gone is in no table's rows: a backup without it would be smaller, and nobody would know.
async fn refuse_history(conn: &mut Connection) -> Result<(), Failure> {
    let sql = "select table_name from information_schema.tables \
               where table_schema = database() and table_type = 'SYSTEM VERSIONED' limit 1";
    match conn.texts(sql).await?.into_iter().flatten().next() {
        None => Ok(()),
        Some(table) => Err(Failure::new(
            Category::Other,
            format!("the history of the versioned table {table} would not be in the backup"),
        )
        .detail("mariadb-dump writes it from version 10.11 on, of a server of that version or newer")
        .hint("install the client programs of MariaDB 10.11 or newer beside neo")),
    }
}

/// As the tenant, on a database that is empty.
pub(super) async fn restore(tenant: &Target, file: &Path) -> Result<(), Failure> {
    let (sender, mut statements) = mpsc::channel(AHEAD);
    let script = File::open(file).map_err(|e| super::unread(file, &e))?;
    let path = file.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let mut script = Script::new(BufReader::with_capacity(1 << 20, script));
        while let Some(statement) = script.next().map_err(|e| super::unread(&path, &e))? {
            if sender.blocking_send(statement).is_err() {
                break;
            }
        }
        Ok(())
    });
    let mut conn = Connection::open(tenant).await?;
    let packet = conn.session().packet;
    let mut outcome = Ok(());
    while let Some((line, statement)) = statements.recv().await {
        // A server says so without a size, or hangs up without a word.
        if statement.len() >= packet {
            outcome = Err(dump::too_long(statement.as_bytes(), packet));
            break;
        }
        outcome = conn.execute(&statement).await.map_err(|failure| Failure {
            line: failure.line.map(|within| within.saturating_sub(1).saturating_add(line)),
            file: Some(file.display().to_string()),
            ..failure
        });
        if outcome.is_err() {
            break;
        }
    }
    drop(statements);
    conn.close().await;
    let read = reading.await.map_err(|e| Failure::new(Category::Other, e.to_string()))?;
    outcome.and(read)
}

/// The statements of a script, one after the other: each ends with the line that ends with its delimiter, outside of quotes.
struct Script<R> {
    lines: R,
    /// In one of routines, triggers or events.
    block: Option<Block>,
    mode: Mode,
    line: u32,
    /// The line that comes next, where it was looked at.
    ahead: Option<Vec<u8>>,
}

impl<R: BufRead> Script<R> {
    fn new(lines: R) -> Self {
        Self { lines, block: None, mode: Mode::default(), line: 0, ahead: None }
    }

    fn read(&mut self, into: &mut Vec<u8>) -> std::io::Result<usize> {
        match self.ahead.take() {
            Some(line) => {
                into.extend_from_slice(&line);
                Ok(line.len())
            }
            None => self.lines.read_until(b'\n', into),
        }
    }

    /// Whether the next line begins another statement of the block: a body may have a line that ends with the delimiter.
    fn begins_anew(&mut self) -> std::io::Result<bool> {
        let mut line = Vec::new();
        self.read(&mut line)?;
        let anew = line.is_empty() || self.block.as_ref().is_none_or(|block| block.begins(&line));
        self.ahead = Some(line).filter(|line| !line.is_empty());
        Ok(anew)
    }

    /// With the line it begins in.
    fn next(&mut self) -> std::io::Result<Option<(u32, String)>> {
        let mut statement = Vec::new();
        let (mut quotes, mut first) = (Quotes::default(), 0);
        loop {
            let from = statement.len();
            if self.read(&mut statement)? == 0 {
                return Ok(Some(statement.trim_ascii())
                    .filter(|rest| !rest.is_empty())
                    .map(text)
                    .transpose()?
                    .map(|t| (first, t)));
            }
            self.line = self.line.saturating_add(1);
            let line = statement[from..].trim_ascii();
            if from == 0 {
                first = self.line;
                if line.is_empty() || line.starts_with(b"-- ") || line == b"--" || line.starts_with(SANDBOX) {
                    statement.clear();
                    continue;
                }
                if line.starts_with(b"DELIMITER ") {
                    self.block = (line == BLOCK).then(|| Block::new(self.mode));
                    statement.clear();
                    continue;
                }
                self.mode = Mode::set_by(line).unwrap_or(self.mode);
            }
            let delimiter: &[u8] = if self.block.is_some() { b";;" } else { b";" };
            let is_end = line.ends_with(delimiter);
            let is_open = match &mut self.block {
                Some(block) => {
                    block.take(&statement[from..]);
                    false
                }
                None => quotes.after(&statement[from..]),
            };
            if is_end && !is_open && (self.block.is_none() || self.begins_anew()?) {
                statement.truncate(statement.trim_ascii_end().len() - delimiter.len());
                return Ok(Some((first, text(statement.trim_ascii())?)));
            }
            if statement.len() > LONGEST {
                return Err(std::io::Error::other("a statement is longer than a server takes"));
            }
        }
    }
}

fn text(statement: &[u8]) -> std::io::Result<String> {
    // Backups that were made before name the database that they are of.
    String::from_utf8(of_this_database(statement))
        .map_err(|_| std::io::Error::other("a statement is not UTF-8: something was made under another character set"))
}

/// In what a text is at the end of what has been read of it.
#[derive(Default)]
struct Quotes {
    open: Option<u8>,
}

impl Quotes {
    /// Whether one is open after this.
    fn after(&mut self, text: &[u8]) -> bool {
        let mut at = 0;
        while at < text.len() {
            match (self.open, text[at]) {
                (Some(b'\'' | b'"'), b'\\') => at += 1,
                (Some(open), byte) if open == byte => self.open = None,
                (None, byte @ (b'\'' | b'"' | b'`')) => self.open = Some(byte),
                _ => {}
            }
            at += 1;
        }
        self.open.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_taken_apart_where_its_statements_end() {
        let text = "/*M!999999\\- enable the sandbox mode */ \n-- Database: it's; a comment\n\nSET @a = 'x;\n;y\\';\n';\n\
                    INSERT INTO `a;\n` VALUES (';'),(\"it''s;\n\");\n\
                    DELIMITER ;;\nSET sql_mode = '' ;;\nCREATE PROCEDURE p()\nbegin\n select 'it is \"open;\n-- and; so is this `; ;;\n;', 'a;;\nCREATE b;;\nDELIMITER ;\n' -- c ;;\nCREATE;\nend ;;\n\
                    DELIMITER ;\nselect 1;\n";
        let mut script = Script::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(statement) = script.next().unwrap() {
            found.push(statement);
        }
        let expected = [
            (4, "SET @a = 'x;\n;y\\';\n'"),
            (7, "INSERT INTO `a;\n` VALUES (';'),(\"it''s;\n\")"),
            (11, "SET sql_mode = ''"),
            (
                12,
                "CREATE PROCEDURE p()\nbegin\n select 'it is \"open;\n-- and; so is this `; ;;\n;', 'a;;\nCREATE b;;\nDELIMITER ;\n' -- c ;;\n\
                 CREATE;\nend",
            ),
            (23, "select 1"),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
