//! The ten minutes of docs/api.md, word for word, in a shell against the real program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection};

use crate::program::Program;
use crate::support;

/// What a block has said is over with this line.
const OVER: &str = "-- the block is over --";
/// As the program has it.
const KEY: &str = "0123456789abcdef0123456789ABCDEF";

struct Shell {
    server: Child,
    shell: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Drop for Shell {
    fn drop(&mut self) {
        for child in [&mut self.shell, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Shell {
    fn beside(program: &Program) -> Self {
        let port = support::free_port();
        let log = std::fs::File::create(program.dir.path().join("log")).unwrap();
        let server = program.start_logged(&format!("serve --listen 127.0.0.1:{port}"), &[], log);
        let since = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        let beside = PathBuf::from(env!("CARGO_BIN_EXE_neo")).parent().unwrap().to_owned();
        let path = format!("{}:{}", beside.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-euo", "pipefail"]).current_dir(program.dir.path()).env_clear();
        command.env("PATH", path).env("PORT", port.to_string()).env("DB_ENCRYPTION_KEY", KEY);
        let mut shell = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let (to, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).all(|line| to.send(line).is_ok());
        });
        Self { server, shell, input, lines }
    }

    /// What a block says; it must succeed.
    fn run(&mut self, block: &str) -> String {
        writeln!(self.input, "{block}\necho; echo '{OVER}'").unwrap();
        let (mut said, until) = (String::new(), Instant::now() + Duration::from_secs(120));
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line == OVER => return said,
                Ok(line) => said.push_str(&format!("{line}\n")),
                Err(error) => panic!("{error}: {block}\n{said}"),
            }
        }
    }
}

/// The blocks of a shell under this heading.
fn blocks(heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api.md")).unwrap();
    let part = text.split(heading).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    part.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

async fn by_hand(program: &Program, slug: &str, sql: &'static str) {
    let tenant = program.json(&format!("tenant show {slug}"));
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(tenant["database"].as_str().unwrap());
    let mut conn = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ten_minutes_with_curl_are_as_they_are_told() {
    let program = Program::new();
    let blocks = blocks("\n## Ten minutes with curl\n");
    let [first, making, migrating, again] = &blocks[..] else { panic!("{blocks:#?}") };
    let mut shell = Shell::beside(&program);
    let said = shell.run(first);
    assert!(said.contains("\"door\":\"api\"") && said.contains("token:first-steps of cli:"), "{said}");
    let said = shell.run(making);
    assert!(said.contains("acme is active, at ") && said.contains("corp is active, at "), "{said}");
    assert!(said.contains("event:"), "{said}");

    program.migration("20990101000000_add_score.up.sql", "create table scores (points integer);\n");
    by_hand(&program, "corp", "create table scores (by_hand integer)").await;
    let said = shell.run(migrating);
    assert!(said.contains("\"failed\":1") && said.contains("1 × ") && said.contains(": corp"), "{said}");
    by_hand(&program, "corp", "drop table scores").await;
    let said = shell.run(again);
    assert!(said.contains("\"current\":2") && said.contains("\"failed\":0"), "{said}");
}
