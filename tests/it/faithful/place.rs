//! An empty database, the engine's own program and Neo at work in it, and what is in it afterwards.

use std::process::{Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use neo::engine::{Connection, Engine, Failure, Target, Tls};
use neo::migrations::Set;
use neo::migrations::apply::{self, Checkpoint, Goal, Options, Outcome, Resolution};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::script::{Script, is_marked};
use crate::support::{self, Cluster};

/// Nothing here takes longer, unless it waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Roles of the cluster that a script may take on; its login is a member of both.
const ROLES: [&str; 2] = ["faithful_owner", "faithful_reader"];

pub struct Place {
    pub target: Target,
    cluster: Option<&'static Cluster>,
    migrations: tempfile::TempDir,
    _files: tempfile::TempDir,
}

impl Place {
    /// An empty database as the script wants it, of a login of its own.
    pub async fn new(script: &Script) -> Self {
        let engine = script.engine();
        let files = tempfile::tempdir().unwrap();
        let name = support::unique("faithful");
        let mut target = Target {
            engine,
            host: String::new(),
            port: 0,
            database: name.clone(),
            username: name.clone(),
            password: Some("secret".into()),
            second: None,
            tls: Tls::Off,
            path: files.path().join("tenant.db"),
            application_name: "neo:test:faithful".into(),
            connect_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
            tls_ca: None,
        };
        let cluster = cluster(engine, script.server.as_deref()).await;
        if let Some(cluster) = cluster {
            target.host = cluster.host.clone();
            target.port = cluster.port;
        }
        let place = Self { target, cluster, migrations: tempfile::tempdir().unwrap(), _files: files };
        match engine {
            Engine::Postgres => {
                let mut made = vec![
                    format!("create role {name} login password 'secret' in role {}", ROLES.join(", ")),
                    format!("create database {name} owner {name} template faithful_base"),
                ];
                // sqlx asks for this zone; what comes of another server's is told by the scripts that set one.
                made.push(format!("alter database {name} set timezone = 'UTC'"));
                made.extend(script.settings.iter().map(|setting| format!("alter database {name} set {setting}")));
                place.admin(&made).await;
            }
            Engine::Mysql => {
                place
                    .admin(&[
                        format!("create database {name} character set utf8mb4"),
                        format!("create user {name}@'%' identified by 'secret'"),
                        format!("grant all on {name}.* to {name}@'%'"),
                        format!("grant {} to {name}@'%'", ROLES[1]),
                    ])
                    .await;
            }
            Engine::Sqlite => std::fs::write(&place.target.path, "").unwrap(),
        }
        place
    }

    pub fn engine(&self) -> Engine {
        self.target.engine
    }

    async fn admin(&self, statements: &[String]) {
        let cluster = self.cluster.unwrap();
        let database = if self.engine() == Engine::Postgres { "postgres" } else { "mysql" };
        let login = Target {
            database: database.into(),
            username: cluster.user.clone(),
            password: Some(cluster.password.clone().into()),
            ..self.target.clone()
        };
        let mut conn = Connection::open(&login).await.unwrap();
        for statement in statements {
            conn.execute(statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
        conn.close().await;
    }

    /// One statement of the tenant's own.
    pub async fn execute(&self, sql: &str) -> Result<(), Failure> {
        let mut conn = Connection::open(&self.target).await?;
        let outcome = conn.execute(sql).await;
        conn.close().await;
        outcome
    }

    /// What the server answers to the administrator.
    pub async fn ask(&self, sql: &str) -> String {
        self.cluster.unwrap().query(&self.target.database, sql).await
    }

    /// The engine's own program with this file, in a session of its own; its words when it fails.
    pub async fn client(&self, text: &str) -> Result<(), String> {
        let Target { host, port, username, database, path, .. } = &self.target;
        let mut command = match self.engine() {
            Engine::Postgres => {
                let mut command = Command::new(support::postgres_bin("psql"));
                command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", &port.to_string()]);
                command.args(["-U", username, "-d", database, "-f", "-"]);
                if !is_marked(text) {
                    command.arg("-1");
                }
                command.env("PGPASSWORD", "secret");
                command
            }
            Engine::Mysql => {
                let mut command = Command::new("mariadb");
                command.args(["--no-defaults", "--comments", "--default-character-set=utf8mb4", "--protocol=tcp"]);
                command.args(["--init-command=set autocommit=1", "-h", host, "-P", &port.to_string(), "-u", username]);
                command.arg(database).env("MYSQL_PWD", "secret");
                command
            }
            Engine::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.args(["-bail", "-cmd", "pragma foreign_keys=on"]).arg(path);
                command
            }
        };
        let output = given(&mut command, text).await?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        // The mariadb program repeats the whole statement before it.
        let error = words.find("ERROR").filter(|_| self.engine() == Engine::Mysql).unwrap_or_default();
        Err(words[error..].trim().to_owned())
    }

    /// Puts these files, and no others, into the folder of migrations.
    pub fn set(&self, files: &[String]) -> Set {
        for file in std::fs::read_dir(self.migrations.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        for (n, text) in files.iter().enumerate() {
            let name = format!("202601010000{:02}_file.up.sql", n + 1);
            std::fs::write(self.migrations.path().join(name), text).unwrap();
        }
        Set::read(self.migrations.path()).unwrap()
    }

    /// Neo brings the database to the newest of these files.
    pub async fn up(&self, set: &Set) -> Result<Outcome, String> {
        let mut conn = Connection::open(&self.target).await.map_err(|e| e.to_string())?;
        let options = Options::within(Duration::from_secs(10));
        let outcome = timeout(PATIENCE, apply::run(&mut conn, set, &Goal::Up { to: None }, &options, &|_| ())).await;
        conn.close().await;
        outcome.map_err(|_| "Neo does not come to an end".to_owned())
    }

    /// `resolve --continue` from where it stopped.
    pub async fn go_on(&self, set: &Set, checkpoint: Option<&Checkpoint>) -> Outcome {
        let mut conn = Connection::open(&self.target).await.unwrap();
        let options = Options::within(Duration::from_secs(10));
        let how = Resolution::Continue { from: None };
        let outcome = apply::resolve(&mut conn, set, &how, checkpoint, &options).await;
        conn.close().await;
        outcome
    }

    /// The schema and all rows, but for the ledger: lines that are equal in two databases that hold the same.
    pub async fn dump(&self) -> Vec<String> {
        let Target { host, port, database, path, .. } = &self.target;
        // A session that has just ended takes its temporary tables and views away a moment later, and while they are there
        // pg_dump puts what they stand on first.
        if let (Engine::Postgres, Some(cluster)) = (self.engine(), self.cluster) {
            for _ in 0..100 {
                let left = "select count(*) from pg_class where relpersistence = 't' or relnamespace in \
                            (select oid from pg_namespace where nspname like 'pg\\_temp\\_%')";
                if cluster.query(database, left).await == "0" {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        let mut command = match (self.engine(), self.cluster) {
            (Engine::Postgres, Some(cluster)) => {
                let mut command = Command::new(support::postgres_bin("pg_dump"));
                command.args([
                    "--create",
                    "--inserts",
                    "-T",
                    "*._sqlx_migrations",
                    "-h",
                    host,
                    "-p",
                    &port.to_string(),
                ]);
                command.args(["-U", &cluster.user, "-d", database]).env("PGPASSWORD", &cluster.password);
                command
            }
            (Engine::Mysql, Some(cluster)) => {
                let mut command = Command::new("mariadb-dump");
                command.args(["--no-defaults", "--skip-comments", "--routines", "--events", "--triggers"]);
                command.args(["--skip-extended-insert", "--hex-blob", "--skip-tz-utc", "--skip-add-locks"]);
                command.args(["--skip-lock-tables", "--protocol=tcp", "-h", host, "-P", &port.to_string()]);
                command.arg(format!("--ignore-table={database}._sqlx_migrations"));
                command.args(["-u", &cluster.user, database]).env("MYSQL_PWD", &cluster.password);
                command
            }
            _ => {
                let mut command = Command::new("sqlite3");
                command.arg("-bail").arg(path).args([".dump", "pragma user_version", "pragma application_id"]);
                command
            }
        };
        let output = given(&mut command, "").await.unwrap();
        assert!(output.status.success(), "the dump: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).replace(database.as_str(), "DATABASE");
        let is_told = |line: &&str| {
            // Statistics are another build's own matter.
            !["--", "\\restrict", "\\unrestrict", "ANALYZE", "INSERT INTO sqlite_stat"]
                .iter()
                .any(|start| line.starts_with(start))
                && !line.contains("_sqlx_migrations")
                && !line.is_empty()
        };
        text.lines().filter(is_told).map(str::to_owned).collect()
    }

    /// Away with it: what a test leaves would fill the disk.
    pub async fn drop(self) {
        let name = &self.target.database;
        let statements = match self.engine() {
            Engine::Postgres => {
                vec![format!("drop database {name} with (force)"), format!("drop role {name}")]
            }
            Engine::Mysql => vec![format!("drop database {name}"), format!("drop user {name}@'%'")],
            Engine::Sqlite => return,
        };
        self.admin(&statements).await;
    }
}

async fn given(command: &mut Command, text: &str) -> Result<Output, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let write = async move {
        // Who stops at a statement reads no further.
        let _ = input.write_all(text.as_bytes()).await;
        drop(input);
    };
    let both = async { tokio::join!(write, child.wait_with_output()).1 };
    timeout(PATIENCE, both).await.map_err(|_| "it does not come to an end".to_owned())?.map_err(|e| e.to_string())
}

/// The servers, made ready once. `zoned`: another clock, and a mode in which `||` and quotes mean something else. `manual`: no
/// commit that nobody asks for.
async fn cluster(engine: Engine, server: Option<&str>) -> Option<&'static Cluster> {
    static POSTGRES: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    static MARIADB: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    static ZONED: OnceLock<Cluster> = OnceLock::new();
    static MANUAL: OnceLock<Cluster> = OnceLock::new();
    const ZONED_MODE: &str = "--default-time-zone=+05:00 --character-set-server=latin1 --lower-case-table-names=1 \
         --sql-mode=ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES";
    let own = |cell: &'static OnceLock<Cluster>, settings: &'static str| {
        tokio::task::spawn_blocking(move || {
            cell.get_or_init(|| {
                let cluster = support::own_mariadb(settings);
                let made = cluster.client("mysql", &format!("create role {}", ROLES[1])).status().unwrap();
                assert!(made.success());
                cluster
            })
        })
    };
    match (engine, server) {
        (Engine::Sqlite, _) => None,
        (Engine::Postgres, _) => {
            let cluster = support::postgres().await;
            let ready = async {
                for role in ROLES {
                    cluster.query("", &format!("create role {role}")).await;
                }
                cluster.query("", "create database faithful_base").await;
                let grants = format!("grant usage, create on schema public to {}", ROLES[0]);
                cluster.query("faithful_base", &grants).await;
            };
            POSTGRES.get_or_init(|| ready).await;
            Some(cluster)
        }
        (Engine::Mysql, None) => {
            let cluster = support::mariadb().await;
            let ready = async {
                cluster.query("mysql", &format!("create role {}", ROLES[1])).await;
            };
            MARIADB.get_or_init(|| ready).await;
            Some(cluster)
        }
        (Engine::Mysql, Some("zoned")) => Some(own(&ZONED, ZONED_MODE).await.unwrap()),
        (Engine::Mysql, Some("manual")) => Some(own(&MANUAL, "--autocommit=0").await.unwrap()),
        (Engine::Mysql, Some(other)) => panic!("no server is called {other}"),
    }
}

/// The first lines in which two dumps differ; `None` when they do not.
pub fn difference(expected: &[String], found: &[String]) -> Option<String> {
    let first = expected.iter().zip(found).position(|(a, b)| a != b);
    let first = first.or((expected.len() != found.len()).then_some(expected.len().min(found.len())))?;
    let [expected, found] = [expected, found].map(|lines| lines.get(first).map_or("(the end)", String::as_str));
    let same = expected.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
    let shown = |line: &str| line.chars().skip(same.saturating_sub(60)).take(140).collect::<String>();
    Some(format!("expected {}\n    and not {}", shown(expected), shown(found)))
}

pub const NEUTRAL: &str = "create table neutral_before (id int);\n";

/// What a session keeps, seen by the next: the file that is run after each script.
pub fn probe(engine: Engine) -> String {
    let path = super::script::folder(engine).join("with/probe.sql");
    std::fs::read_to_string(path).unwrap()
}
