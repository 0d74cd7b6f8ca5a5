//! Private database clusters for the tests: one PostgreSQL and one MariaDB for each test process, begun when first asked
//! for, on a scratch port of this machine, in a folder of their own. A small shell stays beside each server and takes both
//! away as soon as the test process is gone, however it went.
//!
//! Only the standard library and the databases' own client programs are used, so that any test binary can include this file.
#![allow(dead_code)]

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// As whom Neo administers a server in the tests, and nobody else does: what it says there is written down (see [`diary`]).
pub const ADMIN: &str = "neo_admin";
/// Who comes in through a pooler, with the same password.
const POOLED: &str = "neo_pooled";

/// A running server and its administrator's login: that of the tests' own clients. Neo's is [`ADMIN`], with the same password
/// and the same rights.
pub struct Cluster {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    scheme: &'static str,
    folder: PathBuf,
    log: PathBuf,
    /// Where the programs are that speak to it.
    programs: PathBuf,
    /// What the shell beside the server is told: `down`, `up`. The server goes when it is closed.
    pipe: Mutex<ChildStdin>,
}

/// The test process's PostgreSQL; `postgres` is its superuser.
pub async fn postgres() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    tokio::task::spawn_blocking(|| CLUSTER.get_or_init(|| own_postgres(""))).await.unwrap()
}

/// An empty database on it, by its URL.
pub async fn empty_postgres() -> String {
    let (cluster, name) = (postgres().await, unique("central"));
    cluster.create_database(&name).await;
    cluster.url(&name)
}

/// The test process's MariaDB; `admin` may do everything.
pub async fn mariadb() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    tokio::task::spawn_blocking(|| CLUSTER.get_or_init(|| start_mariadb(""))).await.unwrap()
}

/// A PostgreSQL of the caller's own with further settings (`-c name=value`), to be crashed, frozen or filled. It goes when it
/// is dropped.
pub fn own_postgres(settings: &str) -> Cluster {
    start_postgres(None, settings)
}

/// The same with the programs in this folder: another version than the newest that is installed.
pub fn postgres_of(programs: &Path, settings: &str) -> Cluster {
    start_postgres(Some(programs), settings)
}

/// The same for MariaDB (`--name=value`).
pub fn own_mariadb(settings: &str) -> Cluster {
    start_mariadb(settings)
}

/// PgBouncer in front of a PostgreSQL: whoever may sign in there may sign in here, and sees the same databases. `settings` are
/// lines of its `[pgbouncer]`. It goes when it is dropped. What is said through it is a login's of its own: a central database
/// that lies behind it is no administrator's ([`ADMIN`]'s statements are compared with a list).
pub fn pgbouncer(of: &Cluster, settings: &str) -> Pooler {
    let sql = format!(
        "do $$ begin create role {POOLED} superuser login password '{}'; \
         exception when duplicate_object or unique_violation then null; end $$",
        of.password
    );
    succeeded("psql", of.client("", &sql).output());
    let folder = folder("postgres");
    let port = free_port();
    // It reads the others' passwords from the server.
    let list = folder.join("users");
    let known = [POOLED, ADMIN].map(|user| format!("\"{user}\" \"{}\"\n", of.password));
    std::fs::write(&list, known.concat()).unwrap();
    let file = folder.join("pgbouncer.ini");
    let text = format!(
        "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
         auth_type = scram-sha-256\nauth_file = {}\nauth_user = {POOLED}\n{settings}\n",
        of.host,
        of.port,
        list.display(),
    );
    std::fs::write(&file, text).unwrap();
    let log = folder.join("log");
    let pipe =
        serve("postgres", (&folder, &log), &format!("{} {}", sbin("pgbouncer").display(), file.display()), "TERM");
    let pooler = Pooler { host: of.host.clone(), port, password: of.password.clone(), _pipe: pipe };
    wait_until("pgbouncer", &log, || {
        let mut asked = Command::new(postgres_bin("psql"));
        asked.args([
            "-XqAt",
            "-h",
            &pooler.host,
            "-p",
            &port.to_string(),
            "-U",
            POOLED,
            "-d",
            "postgres",
            "-c",
            "select 1",
        ]);
        asked.env("PGPASSWORD", &of.password).stdin(Stdio::null()).output()
    });
    pooler
}

/// One that stands before a [`Cluster`].
pub struct Pooler {
    pub host: String,
    pub port: u16,
    password: String,
    _pipe: Mutex<ChildStdin>,
}

impl Pooler {
    /// Where Neo would administer the server from.
    pub fn admin_url(&self) -> String {
        format!("postgres://{POOLED}:{}@{}:{}/", self.password, self.host, self.port)
    }
}

/// An address that leads now here, now there.
pub struct Way {
    pub port: u16,
    to: std::sync::Arc<Mutex<Vec<u16>>>,
}

impl Way {
    /// Each connection goes to the next of these ports.
    pub async fn to(ports: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let to = std::sync::Arc::new(Mutex::new(ports.to_vec()));
        let next = to.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let port = {
                    let mut to = next.lock().unwrap();
                    to.rotate_left(1);
                    *to.last().unwrap()
                };
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::io::copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        Self { port, to }
    }

    /// From now on.
    pub fn lead_to(&self, port: u16) {
        *self.to.lock().unwrap() = vec![port];
    }
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
        self.url_of(&self.user, &self.password, database)
    }

    /// Where Neo is to administer it from.
    pub fn admin_url(&self) -> String {
        self.url_of(ADMIN, &self.password, "")
    }

    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        format!("{}://{user}:{password}@{}:{}/{database}", self.scheme, self.host, self.port)
    }

    /// What the server has said so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
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
        wait_until(self.scheme, &self.log, || self.client("", "select 1").output());
    }

    /// The folder of its socket (PostgreSQL), or the socket itself.
    pub fn socket(&self) -> PathBuf {
        if self.scheme == "postgres" { self.folder.clone() } else { self.folder.join("sock") }
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

    /// The same as somebody else.
    pub async fn query_as(&self, login: (&str, &str), sql: &str) {
        let mut command = self.client_of(login, "");
        command.args([if self.scheme == "postgres" { "-c" } else { "-e" }, sql]);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
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
        let mut command = self.client_of((&self.user, &self.password), database);
        command.args([if self.scheme == "postgres" { "-c" } else { "-e" }, sql]);
        command
    }

    /// The same, of another login; what it is to run comes through its input.
    pub fn client_of(&self, (user, password): (&str, &str), database: &str) -> Command {
        let mut command = if self.scheme == "postgres" {
            let mut command = Command::new(self.programs.join("psql"));
            command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", &self.host, "-p", &self.port.to_string()]);
            command.args(["-U", user, "-d", if database.is_empty() { "postgres" } else { database }]);
            command.env("PGPASSWORD", password);
            command
        } else {
            let mut command = Command::new("mariadb");
            command.args(["--no-defaults", "--batch", "--skip-column-names", "--protocol=tcp", "-h", &self.host]);
            command.args(["-P", &self.port.to_string(), "-u", user, "-D", database]);
            command.env("MYSQL_PWD", password);
            command
        };
        command.stdin(Stdio::null());
        command
    }

    /// The program that writes down all that is in a PostgreSQL database.
    pub fn dump(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("pg_dump"));
        command.args(["-h", &self.host, "-p", &self.port.to_string(), "-U", &self.user, "-d", database]);
        command.env("PGPASSWORD", &self.password).stdin(Stdio::null());
        command
    }
}

/// Keeps what servers have logged, with every statement of [`ADMIN`]'s, in the folder that `NEO_ADMINISTRATOR_LOG` names: of
/// each server a file. `make test` reads them when all tests have run (`hostile::statements`).
fn diary(folder: &Path, name: &str) -> PathBuf {
    match std::env::var_os("NEO_ADMINISTRATOR_LOG") {
        Some(kept) => {
            std::fs::create_dir_all(&kept).unwrap();
            let name = folder.file_name().unwrap().to_string_lossy().replace("neo-test-", "");
            PathBuf::from(kept).join(format!("{name}-{}.log", std::process::id()))
        }
        None => folder.join(name),
    }
}

fn start_postgres(programs: Option<&Path>, more: &str) -> Cluster {
    let folder = folder("postgres");
    let programs = &programs.map_or_else(postgres_programs, |programs| brought(programs, &folder));
    let log = diary(&folder, "log");
    let password = format!("cluster-{}", std::process::id());
    let password_file = folder.join("password");
    std::fs::write(&password_file, &password).unwrap();
    let data = folder.join("data");
    let made = as_user("postgres", &programs.join("initdb"))
        .args(["--auth=scram-sha-256", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("-D")
        .arg(&data)
        .output();
    succeeded("initdb", made);
    let port = free_port();
    let settings = "-c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
                    -c max_connections=200 -c log_min_duration_statement=-1 -c shared_buffers=32MB \
                    -c log_line_prefix=neo:%u:%d:%p:";
    let pipe = serve(
        "postgres",
        (&folder, &log),
        &format!(
            "{} -D {} -p {port} -k {} {settings} {more}",
            programs.join("postgres").display(),
            data.display(),
            folder.display()
        ),
        "QUIT",
    );
    let ready = programs.join("pg_isready");
    wait_until("postgres", &log, || {
        Command::new(&ready).args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).output()
    });
    let cluster = Cluster {
        host: "127.0.0.1".into(),
        port,
        user: "postgres".into(),
        password,
        scheme: "postgres",
        folder,
        log,
        programs: programs.to_owned(),
        pipe,
    };
    let sql = format!(
        "create role {ADMIN} superuser login password '{}'; alter role {ADMIN} set log_statement = 'all'",
        cluster.password
    );
    succeeded("psql", cluster.client("", &sql).output());
    cluster
}

/// A copy in the server's folder: its user may not reach where they lie. It goes with the folder.
fn brought(programs: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join("postgresql");
    succeeded("cp", Command::new("cp").arg("-r").arg(programs.parent().unwrap()).arg(&copy).output());
    let reference = format!("--reference={}", folder.display());
    succeeded("chown", Command::new("chown").arg("-R").arg(reference).arg(&copy).output());
    copy.join("bin")
}

fn start_mariadb(more: &str) -> Cluster {
    let folder = folder("mysql");
    let log = diary(&folder, "log");
    let password = format!("cluster-{}", std::process::id());
    let data = folder.join("data");
    // Each server that starts removes the temporary tables that it finds in its folder for them, those of another's too.
    let made = as_user("mysql", Path::new("mariadb-install-db"))
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--tmpdir={}", folder.display()))
        .output();
    succeeded("mariadb-install-db", made);
    // Anonymous users would be found before a tenant's own.
    let init = folder.join("init.sql");
    let statements = format!(
        "delete from mysql.global_priv where User = '';\nflush privileges;\n\
         create user if not exists 'admin'@'%' identified by '{password}';\n\
         grant all privileges on *.* to 'admin'@'%' with grant option;\n\
         create user if not exists '{ADMIN}'@'%' identified by '{password}';\n\
         grant all privileges on *.* to '{ADMIN}'@'%' with grant option;\n"
    );
    std::fs::write(&init, statements).unwrap();
    let port = free_port();
    let pipe = serve(
        "mysql",
        (&folder, &log),
        &format!(
            "{} --no-defaults --datadir={} --socket={}/sock --pid-file={}/pid --port={port} --tmpdir={} --bind-address=127.0.0.1 \
         --init-file={} --max-connections=200 --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M \
         --skip-log-bin --skip-name-resolve --performance-schema=off --plugin-load-add=server_audit --loose-server-audit-logging=on \
         --loose-server-audit-events=query --loose-server-audit-incl-users={ADMIN} --loose-server-audit-query-log-limit=1048576 \
         --loose-server-audit-file-rotate-size=1073741824 --loose-server-audit-file-path={}/{AUDIT} {more}",
            sbin("mariadbd").display(),
            data.display(),
            folder.display(),
            folder.display(),
            folder.display(),
            init.display(),
            folder.display()
        ),
        "KILL",
    );
    let cluster = Cluster {
        host: "127.0.0.1".into(),
        port,
        user: "admin".into(),
        password,
        scheme: "mysql",
        folder,
        log,
        programs: PathBuf::new(),
        pipe,
    };
    wait_until("mariadbd", &cluster.log, || cluster.client("", "select 1").output());
    cluster
}

/// A folder that belongs to the user under whom the server runs.
pub fn folder(user: &str) -> PathBuf {
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

/// What MariaDB's own plugin writes about a user's statements, each on a line; it goes to the log when the server ends.
const AUDIT: &str = "audit.log";
/// The last line of a log.
pub const ENDED: &str = "neo: the server has ended";

/// Runs a server beside a shell that reads a pipe from this process: it ends when the process does, even by `kill -9`. The log
/// is opened here, since the server's user may not reach where it lies.
pub fn serve(user: &str, (folder, log): (&Path, &Path), server: &str, signal: &str) -> Mutex<ChildStdin> {
    let folder = folder.display();
    let script = format!(
        "up() {{ {server} </dev/null & server=$!; echo $server >{folder}/pid-of-server; }}
         down() {{ kill -{signal} $server; wait $server; rm {folder}/pid-of-server; }}
         up; while read what; do $what; done
         [ -e {folder}/pid-of-server ] && kill -CONT $server && down
         [ -e {folder}/{AUDIT} ] && cat {folder}/{AUDIT}; echo; echo {ENDED}; rm -rf {folder}"
    );
    let mut shell = as_user(user, Path::new("sh"));
    let log = std::fs::OpenOptions::new().append(true).create(true).open(log).unwrap();
    shell.arg("-c").arg(script).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    // In a group of its own, so that an interrupt from the keyboard leaves it alive to clean up. It outlives this process, so
    // there is nobody to wait for it.
    #[expect(clippy::zombie_processes)]
    let mut child = shell.process_group(0).spawn().unwrap();
    Mutex::new(child.stdin.take().unwrap())
}

fn wait_until(name: &str, log: &Path, mut probe: impl FnMut() -> std::io::Result<Output>) {
    let start = Instant::now();
    while !probe().is_ok_and(|o| o.status.success()) {
        let log = || std::fs::read_to_string(log).unwrap_or_default();
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
        // Not one either at which connections of a server that has ended linger: not every server takes it then.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        if socket.bind(([127, 0, 0, 1], port).into()).is_ok() {
            return port;
        }
    }
}

/// A program of the newest PostgreSQL here.
pub fn postgres_bin(program: &str) -> PathBuf {
    Some(postgres_programs().join(program)).filter(|p| p.exists()).unwrap_or_else(|| program.into())
}

/// Debian keeps them off the path; elsewhere an empty one leaves it to the path.
fn postgres_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.filter_map(|v| v.file_name().to_str()?.parse::<u32>().ok()).max();
    newest.map(|v| PathBuf::from(format!("/usr/lib/postgresql/{v}/bin"))).filter(|p| p.exists()).unwrap_or_default()
}

fn sbin(program: &str) -> PathBuf {
    let path = Path::new("/usr/sbin").join(program);
    if path.exists() { path } else { program.into() }
}
