//! Private database clusters for the tests: one PostgreSQL and one MariaDB for each test process, begun when first asked
//! for, on a scratch port of this machine, in a folder of their own. A small shell stays beside each server and takes both
//! away as soon as the test process is gone, however it went.
//!
//! Only the standard library and the databases' own client programs are used, so that any test binary can include this file.
#![allow(dead_code)]

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running server and its administrator's login.
pub struct Cluster {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    scheme: &'static str,
    folder: PathBuf,
    /// What the shell beside the server is told: `down`, `up`. The server goes when it is closed.
    pipe: Mutex<ChildStdin>,
}

/// The test process's PostgreSQL; `postgres` is its superuser.
pub async fn postgres() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    tokio::task::spawn_blocking(|| CLUSTER.get_or_init(|| start_postgres(""))).await.unwrap()
}

/// The test process's MariaDB; `admin` may do everything.
pub async fn mariadb() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    tokio::task::spawn_blocking(|| CLUSTER.get_or_init(|| start_mariadb(""))).await.unwrap()
}

/// A PostgreSQL of the caller's own with further settings (`-c name=value`), to be crashed, frozen or filled. It goes when it
/// is dropped.
pub fn own_postgres(settings: &str) -> Cluster {
    start_postgres(settings)
}

/// The same for MariaDB (`--name=value`).
pub fn own_mariadb(settings: &str) -> Cluster {
    start_mariadb(settings)
}

/// A name that no other test of this process uses: `t_<hint>_<number>`.
pub fn unique(hint: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("t_{hint}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Cluster {
    /// `postgres://user:password@host:port/database`, or `mysql://…`.
    pub fn url(&self, database: &str) -> String {
        format!("{}://{}:{}@{}:{}/{database}", self.scheme, self.user, self.password, self.host, self.port)
    }

    /// Ends the server as a crash does, and waits until it is gone.
    pub fn crash(&self) {
        self.tell("down");
        let start = Instant::now();
        while self.pid().is_some() {
            assert!(start.elapsed() < Duration::from_secs(60), "the server does not end");
            sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again where it was, and waits until it answers.
    pub fn come_back(&self) {
        self.tell("up");
        wait_until(self.scheme, &self.folder, || self.client("", "select 1").output());
    }

    /// The server's process, while there is one.
    pub fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.folder.join("pid-of-server")).ok()?.trim().parse().ok()
    }

    fn tell(&self, what: &str) {
        let mut pipe = self.pipe.lock().unwrap();
        writeln!(pipe, "{what}").unwrap();
        pipe.flush().unwrap();
    }

    pub async fn create_database(&self, name: &str) {
        self.query("", &format!("create database {name}")).await;
    }

    /// Runs SQL as the administrator; an empty `database` is the maintenance database. Rows come as lines, columns separated
    /// by `|`.
    pub async fn query(&self, database: &str, sql: &str) -> String {
        self.try_query(database, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// The same, or the error's text.
    pub async fn try_query(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut command = self.client(database, sql);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if !output.status.success() {
            return Err(text(&output.stderr));
        }
        Ok(text(&output.stdout).replace('\t', "|"))
    }

    /// The database's own client program with this SQL.
    pub fn client(&self, database: &str, sql: &str) -> Command {
        let mut command = if self.scheme == "postgres" {
            let mut command = Command::new(postgres_bin("psql"));
            command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", &self.host, "-p", &self.port.to_string()]);
            command.args(["-U", &self.user, "-d", if database.is_empty() { "postgres" } else { database }, "-c", sql]);
            command.env("PGPASSWORD", &self.password);
            command
        } else {
            let mut command = Command::new("mariadb");
            command.args(["--no-defaults", "--batch", "--skip-column-names", "--protocol=tcp", "-h", &self.host]);
            command.args(["-P", &self.port.to_string(), "-u", &self.user, "-e", sql, database]);
            command.env("MYSQL_PWD", &self.password);
            command
        };
        command.stdin(Stdio::null());
        command
    }
}

fn start_postgres(more: &str) -> Cluster {
    let folder = folder("postgres");
    let password = format!("cluster-{}", std::process::id());
    let password_file = folder.join("password");
    std::fs::write(&password_file, &password).unwrap();
    let data = folder.join("data");
    let made = as_user("postgres", &postgres_bin("initdb"))
        .args(["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(&data)
        .output();
    succeeded("initdb", made);
    let port = free_port();
    let settings = "-c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
                    -c max_connections=200 -c log_min_duration_statement=-1 -c shared_buffers=32MB";
    let pipe = serve(
        "postgres",
        &folder,
        &format!(
            "{} -D {} -p {port} -k {} {settings} {more}",
            postgres_bin("postgres").display(),
            data.display(),
            folder.display()
        ),
        "QUIT",
    );
    let ready = postgres_bin("pg_isready");
    wait_until("postgres", &folder, || {
        Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).output()
    });
    Cluster { host: "127.0.0.1".into(), port, user: "postgres".into(), password, scheme: "postgres", folder, pipe }
}

fn start_mariadb(more: &str) -> Cluster {
    let folder = folder("mysql");
    let password = format!("cluster-{}", std::process::id());
    let data = folder.join("data");
    let made = as_user("mysql", Path::new("mariadb-install-db"))
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", data.display()))
        .output();
    succeeded("mariadb-install-db", made);
    // Anonymous users would be found before a tenant's own.
    let init = folder.join("init.sql");
    let statements = format!(
        "delete from mysql.global_priv where User = '';\nflush privileges;\n\
         create user if not exists 'admin'@'%' identified by '{password}';\n\
         grant all privileges on *.* to 'admin'@'%' with grant option;\n"
    );
    std::fs::write(&init, statements).unwrap();
    let port = free_port();
    let pipe = serve(
        "mysql",
        &folder,
        &format!(
            "{} --no-defaults --datadir={} --socket={}/sock --pid-file={}/pid --port={port} --tmpdir={} --bind-address=127.0.0.1 \
         --init-file={} --max-connections=200 --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M \
         --skip-log-bin --skip-name-resolve --performance-schema=off {more}",
            sbin("mariadbd").display(),
            data.display(),
            folder.display(),
            folder.display(),
            folder.display(),
            init.display()
        ),
        "KILL",
    );
    wait_until("mariadbd", &folder, || {
        Command::new("mariadb")
            .args([
                "--no-defaults",
                "--protocol=tcp",
                "-h",
                "127.0.0.1",
                "-P",
                &port.to_string(),
                "-u",
                "admin",
                "-e",
                "select 1",
            ])
            .env("MYSQL_PWD", &password)
            .output()
    });
    Cluster { host: "127.0.0.1".into(), port, user: "admin".into(), password, scheme: "mysql", folder, pipe }
}

/// A folder that belongs to the user under whom the server runs.
fn folder(user: &str) -> PathBuf {
    let template = std::env::temp_dir().join(format!("neo-test-{user}-XXXXXX"));
    let made = succeeded("mktemp", as_user(user, Path::new("mktemp")).arg("-d").arg(template).output());
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

/// Servers refuse to run as root, as which continuous integration runs: then they get their package's own user.
fn as_user(user: &str, program: &Path) -> Command {
    let uid = Command::new("id").arg("-u").output().unwrap().stdout;
    let mut command = if uid.trim_ascii() == b"0" {
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Runs a server beside a shell that reads a pipe from this process: it ends when the process does, even by `kill -9`.
fn serve(user: &str, folder: &Path, server: &str, signal: &str) -> Mutex<ChildStdin> {
    let folder = folder.display();
    let script = format!(
        "up() {{ {server} </dev/null >>{folder}/log 2>&1 & server=$!; echo $server >{folder}/pid-of-server; }}
         down() {{ kill -{signal} $server; wait $server; rm {folder}/pid-of-server; }}
         up; while read what; do $what; done
         [ -e {folder}/pid-of-server ] && kill -CONT $server && down; rm -rf {folder}"
    );
    let mut shell = as_user(user, Path::new("sh"));
    shell.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // In a group of its own, so that an interrupt from the keyboard leaves it alive to clean up. It outlives this process, so
    // there is nobody to wait for it.
    #[expect(clippy::zombie_processes)]
    let mut child = shell.process_group(0).spawn().unwrap();
    Mutex::new(child.stdin.take().unwrap())
}

fn wait_until(name: &str, folder: &Path, mut probe: impl FnMut() -> std::io::Result<Output>) {
    let start = Instant::now();
    while !probe().is_ok_and(|o| o.status.success()) {
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(start.elapsed() < Duration::from_secs(90), "{name} does not start: {}", log());
        sleep(Duration::from_millis(100));
    }
}

fn succeeded(name: &str, output: std::io::Result<Output>) -> Output {
    let output = output.unwrap_or_else(|e| panic!("{name}: {e} (are postgresql and mariadb-server installed?)"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// One that nobody listens at, below those that the system gives to outgoing connections: of these any may be taken between
/// this look and the server's start.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program of the newest PostgreSQL here; Debian keeps them off the path.
pub fn postgres_bin(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|v| v.file_name().to_str()?.parse::<u32>().ok()).max();
    newest
        .map(|v| PathBuf::from(format!("/usr/lib/postgresql/{v}/bin/{program}")))
        .filter(|p| p.exists())
        .unwrap_or_else(|| program.into())
}

fn sbin(program: &str) -> PathBuf {
    let path = Path::new("/usr/sbin").join(program);
    if path.exists() { path } else { program.into() }
}
