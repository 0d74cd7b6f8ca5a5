//! Engines: connections, locks, positions, and what provisioning is made of, on real servers.

use std::path::Path;
use std::time::{Duration, Instant};

use neo::engine::{self, Category, Connection, Engine, Failure, Target, Tls};

use crate::support::{self, Cluster};

mod apart;
mod backups;
mod mariadb;
mod sqlite;

const SHORT: Duration = Duration::from_millis(300);

fn target(engine: Engine, cluster: &Cluster, database: &str) -> Target {
    Target {
        engine,
        host: cluster.host.clone(),
        port: cluster.port,
        database: database.to_owned(),
        username: cluster.user.clone(),
        password: Some(cluster.password.clone().into()),
        second: None,
        tls: Tls::Off,
        path: "".into(),
        application_name: "neo:run-7:acme".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(2),
        tls_ca: None,
    }
}

fn file(path: &Path) -> Target {
    Target {
        engine: Engine::Sqlite,
        host: String::new(),
        port: 0,
        database: String::new(),
        username: String::new(),
        password: None,
        second: None,
        tls: Tls::Off,
        path: path.to_owned(),
        application_name: "neo:run-7:acme".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(2),
        tls_ca: None,
    }
}

/// An empty database on each engine.
async fn each(folder: &Path) -> Vec<Target> {
    let (postgres, mariadb) = (support::postgres().await, support::mariadb().await);
    let name = support::unique("each");
    postgres.create_database(&name).await;
    mariadb.create_database(&name).await;
    let path = folder.join("tenant.db");
    std::fs::File::create(&path).unwrap();
    vec![target(Engine::Postgres, postgres, &name), target(Engine::Mysql, mariadb, &name), file(&path)]
}

async fn open(target: &Target) -> Connection {
    Connection::open(target).await.unwrap_or_else(|f| panic!("{}: {f:?}", target.engine))
}

async fn refused(target: &Target) -> Failure {
    match Connection::open(target).await {
        Ok(_) => panic!("{} let in", target.engine),
        Err(failure) => failure,
    }
}

#[tokio::test]
async fn a_column_that_is_there_already_is_told_with_its_place_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        let mut conn = open(&target).await;
        conn.execute("create table contacts (id int, status int);").await.unwrap();
        let script = "-- ü: adds a status; or not\ncreate table other (id int);\n\n  alter table contacts add column status int;\nselect 1;";
        let failure = conn.execute(script).await.unwrap_err();
        assert_eq!(failure.category, Category::Exists, "{failure:?}");
        assert_eq!((failure.line, failure.column), (Some(4), Some(3)), "{failure:?}");
        assert!(failure.message.contains("status"), "{failure:?}");
        conn.close().await;
    }
}

#[tokio::test]
async fn an_error_of_syntax_is_told_with_its_place_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        let mut conn = open(&target).await;
        let script = "select 'é';\n/* two */ select 2;\n select\n 1,, 2;\nselect 3;";
        let failure = conn.execute(script).await.unwrap_err();
        assert_eq!(failure.category, Category::Syntax, "{failure:?}");
        let expected = match target.engine {
            // PostgreSQL points at the second comma, MySQL at what follows it; SQLite tells no position.
            Engine::Postgres => (Some(4), Some(4)),
            Engine::Mysql => (Some(4), Some(5)),
            Engine::Sqlite => (Some(3), Some(2)),
        };
        assert_eq!((failure.line, failure.column), expected, "{failure:?}");
        conn.close().await;
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        let mut conn = open(&target).await;
        conn.execute("create table users (id int primary key, email varchar(20) not null unique)").await.unwrap();
        conn.execute("insert into users values (1, 'a@b.c')").await.unwrap();
        for (sql, category) in [
            ("create table users (id int)", Category::Exists),
            ("insert into users values (2, 'a@b.c')", Category::Constraint),
            ("insert into users values (3, null)", Category::Constraint),
            ("select * from nobody", Category::Other),
        ] {
            let failure = conn.execute(sql).await.unwrap_err();
            assert_eq!(failure.category, category, "{}: {sql}: {failure:?}", target.engine);
            assert!(failure.code.is_some() && failure.fingerprint.len() == 6, "{failure:?}");
        }
        conn.close().await;
    }
}

#[tokio::test]
async fn a_held_lock_names_its_holder_within_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        let mut first = open(&target).await;
        first.lock(SHORT).await.unwrap();
        let mut second = open(&target).await;
        let start = Instant::now();
        let failure = second.lock(SHORT).await.unwrap_err();
        assert!(start.elapsed() >= SHORT && start.elapsed() < SHORT * 6, "{:?}", start.elapsed());
        assert_eq!(failure.category, Category::Lock);
        assert!(failure.message.contains("held by pid "), "{failure:?}");
        match target.engine {
            Engine::Postgres => assert!(failure.message.contains("application \"neo:run-7:acme\""), "{failure:?}"),
            Engine::Mysql => assert!(failure.message.contains("user \"admin@"), "{failure:?}"),
            Engine::Sqlite => assert!(failure.message.contains(&format!("pid {}", std::process::id())), "{failure:?}"),
        }
        first.unlock().await;
        second.lock(SHORT).await.unwrap();
        // A connection that goes takes its lock with it.
        second.close().await;
        first.lock(Duration::from_secs(5)).await.unwrap();
        drop(first);
        open(&target).await.lock(Duration::from_secs(5)).await.unwrap();
    }
}

#[tokio::test]
async fn the_lock_is_the_one_of_sqlx() {
    use sqlx::migrate::Migrate;
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        let mut theirs = open(&target).await;
        match &mut theirs {
            Connection::Postgres { conn, .. } => conn.lock().await.unwrap(),
            // Theirs waits with -1, which MariaDB does not know; the name is what counts.
            Connection::Mysql { conn, lock_name, .. } => {
                let sql = format!("select get_lock('{lock_name}', 1)");
                sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *conn).await.unwrap();
                conn.unlock().await.unwrap();
                assert!(open(&target).await.lock(SHORT).await.is_ok(), "their unlock did not free our name");
                continue;
            }
            Connection::Sqlite { .. } => continue,
        }
        assert_eq!(open(&target).await.lock(SHORT).await.unwrap_err().category, Category::Lock);
    }
}

#[tokio::test]
async fn the_server_sees_the_settings_of_a_session() {
    let folder = tempfile::tempdir().unwrap();
    for target in each(folder.path()).await {
        match open(&target).await {
            Connection::Postgres { mut conn, .. } => {
                let sql = "select current_setting('application_name') || ' ' || current_setting('lock_timeout') || ' ' || \
                           current_setting('statement_timeout') || ' ' || current_setting('client_connection_check_interval')";
                let seen: String = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
                assert_eq!(seen, "neo:run-7:acme 2s 0 1s");
            }
            Connection::Mysql { mut conn, .. } => {
                let sql = "select concat_ws(' ', @@lock_wait_timeout, @@innodb_lock_wait_timeout, @@time_zone, \
                           @@character_set_client, 'a' || 'b', cast(@@sql_mode like '%STRICT_TRANS%' as char))";
                let seen: String = sqlx::query_scalar(sql).fetch_one(&mut conn).await.unwrap();
                assert_eq!(seen, "2 2 SYSTEM utf8mb4 0 1");
            }
            Connection::Sqlite { mut conn, .. } => {
                let sql = "select journal_mode || ' ' || timeout || ' ' || foreign_keys \
                           from pragma_journal_mode, pragma_busy_timeout, pragma_foreign_keys";
                // The mode of its journal is the file's own.
                assert_eq!(conn.texts(sql).await.unwrap(), [Some("delete 2000 1".to_owned())]);
            }
        }
    }
}

#[tokio::test]
async fn whoever_cannot_connect_learns_why() {
    let folder = tempfile::tempdir().unwrap();
    for good in each(folder.path()).await {
        if good.engine == Engine::Sqlite {
            let missing = refused(&Target { path: folder.path().join("missing.db"), ..good.clone() }).await;
            assert_eq!(missing.category, Category::Connect);
            assert!(missing.message.contains("missing.db"), "{missing:?}");
            assert!(!folder.path().join("missing.db").exists(), "a missing file was made");
            continue;
        }
        let wrong = refused(&Target { password: Some("canary-7f3a".into()), ..good.clone() }).await;
        assert_eq!(wrong.category, Category::Auth, "{wrong:?}");
        assert!(!format!("{wrong:?}").contains("canary"), "{wrong:?}");

        let nothing = refused(&Target { port: 1, ..good.clone() }).await;
        assert_eq!(nothing.category, Category::Connect, "{nothing:?}");
        assert!(nothing.message.contains("127.0.0.1:1") && nothing.message.contains("refused"), "{nothing:?}");

        let unknown = refused(&Target { database: "no_such".into(), ..good.clone() }).await;
        assert_eq!(unknown.category, Category::Connect, "{unknown:?}");

        let plain = refused(&Target { tls: Tls::VerifyFull, ..good.clone() }).await;
        assert_eq!(plain.category, Category::Connect, "{plain:?}");

        // A port that takes connections and never says a word.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = silent.local_addr().unwrap().port();
        let start = Instant::now();
        let failure = refused(&Target { port, connect_timeout: SHORT, ..good.clone() }).await;
        assert_eq!(failure.category, Category::Timeout, "{failure:?}");
        assert!(start.elapsed() < SHORT * 5);
    }
}

/// The administrator of each engine: a superuser, a PostgreSQL login that may only create, MariaDB's, a folder.
async fn administrators(folder: &Path) -> Vec<Target> {
    let (postgres, mariadb) = (support::postgres().await, support::mariadb().await);
    let limited = support::unique("limited");
    postgres.query("", &format!("create role {limited} login createdb createrole password 'limited-pw'")).await;
    let superuser = target(Engine::Postgres, postgres, "postgres");
    vec![
        superuser.clone(),
        Target { username: limited, password: Some("limited-pw".into()), ..superuser },
        target(Engine::Mysql, mariadb, ""),
        file(&folder.join("tenants")),
    ]
}

fn cluster_of(target: &Target) -> impl Future<Output = &'static Cluster> {
    let engine = target.engine;
    async move { if engine == Engine::Postgres { support::postgres().await } else { support::mariadb().await } }
}

/// The tenant's own login.
fn tenant(admin: &Target, name: &str, password: &str) -> Target {
    Target {
        database: name.to_owned(),
        username: name.to_owned(),
        password: Some(password.into()),
        path: admin.path.join(format!("{name}.db")),
        ..admin.clone()
    }
}

async fn provision(admin: &Target, name: &str, password: &str, id: &str) -> Result<(), Failure> {
    engine::create_role(admin, name, &password.into(), id).await?;
    engine::create_database(admin, name, name, id).await?;
    engine::grant(admin, name, name).await
}

#[tokio::test]
async fn provisioning_twice_is_provisioning_once() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        let name = support::unique("twice");
        provision(&admin, &name, "first-pw", "tenant1").await.unwrap();
        open(&tenant(&admin, &name, "first-pw")).await.execute("create table kept (id int)").await.unwrap();
        provision(&admin, &name, "second-pw", "tenant1").await.unwrap();
        let mut conn = open(&tenant(&admin, &name, "second-pw")).await;
        conn.execute("insert into kept values (1)").await.unwrap();
        let pair = (name.clone(), "tenant1".to_owned());
        assert!(engine::marked(&admin).await.unwrap().contains(&pair), "{}", admin.engine);

        // Dropped under an open connection, and once more when it is gone.
        for _ in 0..2 {
            engine::drop_database(&admin, &name, "tenant1").await.unwrap();
            engine::drop_role(&admin, &name, "tenant1").await.unwrap();
        }
        assert!(!engine::marked(&admin).await.unwrap().contains(&pair), "{}", admin.engine);
        drop(conn);
        refused(&tenant(&admin, &name, "second-pw")).await;
    }
}

#[tokio::test]
async fn what_bears_no_mark_or_anothers_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        let name = support::unique("stranger");
        match admin.engine {
            Engine::Sqlite => {
                std::fs::create_dir_all(&admin.path).unwrap();
                std::fs::File::create(admin.path.join(format!("{name}.db"))).unwrap();
            }
            engine => {
                let cluster = cluster_of(&admin).await;
                cluster.create_database(&name).await;
                let create = if engine == Engine::Postgres { "create role" } else { "create user" };
                cluster.query("", &format!("{create} {name}")).await;
                let role = engine::create_role(&admin, &name, &"pw".into(), "tenant1").await.unwrap_err();
                assert_eq!(role.category, Category::Exists, "{role:?}");
                let dropped = engine::drop_role(&admin, &name, "tenant1").await.unwrap_err();
                assert_eq!(dropped.category, Category::Exists, "{dropped:?}");
            }
        }
        for _ in 0..2 {
            let created = engine::create_database(&admin, &name, "postgres", "tenant1").await.unwrap_err();
            assert_eq!(created.category, Category::Exists, "{created:?}");
            let dropped = engine::drop_database(&admin, &name, "tenant1").await.unwrap_err();
            assert_eq!(dropped.category, Category::Exists, "{dropped:?}");
        }
        // Marked, and for another tenant.
        let other = support::unique("other");
        provision(&admin, &other, "pw", "tenant2").await.unwrap();
        assert!(provision(&admin, &other, "pw", "tenant1").await.is_err());
        assert!(engine::create_database(&admin, &other, &other, "tenant1").await.is_err());
        assert!(engine::drop_database(&admin, &other, "tenant1").await.is_err());
        open(&tenant(&admin, &other, "pw")).await.close().await;
    }
}

#[tokio::test]
async fn a_tenant_is_shut_out_of_anothers_database() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        if admin.engine == Engine::Sqlite {
            continue;
        }
        // Names that an unescaped pattern would match: `_` stands for any character there.
        let (one, two) = (support::unique("a_b"), support::unique("axb"));
        let two = two.replace(two.rsplit('_').next().unwrap(), one.rsplit('_').next().unwrap());
        assert_eq!(one.replace("a_b", "axb"), two);
        provision(&admin, &one, "pw-one", "tenant1").await.unwrap();
        provision(&admin, &two, "pw-two", "tenant2").await.unwrap();
        open(&tenant(&admin, &two, "pw-two")).await.execute("create table secrets (id int)").await.unwrap();

        let failure = refused(&Target { database: two.clone(), ..tenant(&admin, &one, "pw-one") }).await;
        assert_eq!(failure.category, Category::Permission, "{failure:?}");
        let mut conn = open(&tenant(&admin, &one, "pw-one")).await;
        for forbidden in [
            format!("select * from {two}.secrets"),
            "create database t_mine".to_owned(),
            "create role t_mine".to_owned(),
        ] {
            assert!(conn.execute(&forbidden).await.is_err(), "{}: {forbidden}", admin.engine);
        }
        conn.close().await;
    }
}

#[tokio::test]
async fn a_kill_between_creating_and_marking_can_be_mended() {
    let postgres = support::postgres().await;
    let admin = target(Engine::Postgres, postgres, "postgres");
    let name = support::unique("killed");
    engine::create_role(&admin, &name, &"pw".into(), "tenant1").await.unwrap();
    postgres.query("", &format!("create database {name} owner {name}")).await;
    assert!(engine::marked(&admin).await.unwrap().contains(&(name.clone(), "tenant1".into())));
    engine::create_database(&admin, &name, &name, "tenant1").await.unwrap();
    let comment = format!("select shobj_description(oid, 'pg_database') from pg_database where datname = '{name}'");
    assert_eq!(postgres.query("", &comment).await, "neo:tenant:tenant1");

    let mariadb = support::mariadb().await;
    let admin = target(Engine::Mysql, mariadb, "");
    engine::create_role(&admin, &name, &"pw".into(), "tenant1").await.unwrap();
    mariadb.query("", &format!("drop user '{name}'@'%'")).await;
    engine::create_role(&admin, &name, &"pw".into(), "tenant1").await.unwrap();
    engine::create_database(&admin, &name, &name, "tenant1").await.unwrap();
    assert!(engine::marked(&admin).await.unwrap().contains(&(name.clone(), "tenant1".into())));
    mariadb.query("", &format!("drop database {name}")).await;
    engine::create_database(&admin, &name, &name, "tenant1").await.unwrap();
    // Nothing of Neo's lies where the tenant may write.
    assert_eq!(mariadb.query(&name, "show tables").await, "");
}

#[tokio::test]
async fn no_server_ever_reads_a_password() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        if admin.engine == Engine::Sqlite {
            continue;
        }
        let cluster = cluster_of(&admin).await;
        let name = support::unique("logged");
        let canary = "canary-5e21-pw";
        match admin.engine {
            Engine::Postgres => {
                engine::create_role(&admin, &name, &canary.into(), "tenant1").await.unwrap();
                let kept =
                    cluster.query("", &format!("select rolpassword from pg_authid where rolname = '{name}'")).await;
                assert!(kept.starts_with("SCRAM-SHA-256$4096:"), "{kept}");
                let flags = format!(
                    "select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolconnlimit from pg_roles where rolname = '{name}'"
                );
                assert_eq!(cluster.query("", &flags).await, "f|f|f|f|50");
            }
            _ => {
                cluster.query("", "set global log_output = 'TABLE'; set global general_log = on").await;
                engine::create_role(&admin, &name, &canary.into(), "tenant1").await.unwrap();
                let seen = cluster
                    .query("mysql", "select count(*), sum(argument like concat('%canary-', '5e21%')) from general_log")
                    .await;
                cluster.query("", "set global general_log = off").await;
                let (lines, canaries) = seen.split_once('|').unwrap();
                assert!(lines.parse::<i64>().unwrap() > 0);
                assert_eq!(canaries, "0", "the password is in the general log");
            }
        }
        engine::create_database(&admin, &name, &name, "tenant1").await.unwrap();
        engine::grant(&admin, &name, &name).await.unwrap();
        open(&tenant(&admin, &name, canary)).await.close().await;
    }
}

#[tokio::test]
async fn names_that_neo_would_not_make_are_refused_and_those_it_meets_are_quoted() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        for name in ["t_x\"; drop database postgres; --", "T_X", "../../etc", "x", "t_é"] {
            assert!(provision(&admin, name, "pw", "tenant1").await.is_err(), "{name}");
            assert!(engine::create_database(&admin, name, name, "tenant1").await.is_err(), "{name}");
        }
        if admin.engine == Engine::Sqlite {
            continue;
        }
        let cluster = cluster_of(&admin).await;
        let odd = format!("{} \"it's\" `odd`", support::unique("q"));
        let quoted = engine::quote(admin.engine, &odd);
        cluster.query("", &format!("create database {quoted}")).await;
        let mut conn = open(&Target {
            database: odd.clone(),
            username: cluster.user.clone(),
            password: Some(cluster.password.clone().into()),
            ..admin.clone()
        })
        .await;
        conn.lock(SHORT).await.unwrap();
        conn.execute(&format!("create table {quoted} (id int)")).await.unwrap();
        let value = engine::literal(admin.engine, "it's \\ ; --");
        conn.execute(&format!("insert into {quoted} select length({value})")).await.unwrap();
        conn.close().await;
        assert_eq!(cluster.query(&odd, &format!("select id from {quoted}")).await, "11");
        assert!(engine::drop_database(&admin, &odd, "tenant1").await.is_err());
        cluster.query("", &format!("drop database {quoted}")).await;
    }
}

#[tokio::test]
async fn probing_a_server_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        let probe = engine::probe(&admin).await.unwrap();
        let word = match admin.engine {
            Engine::Postgres => "PostgreSQL",
            Engine::Mysql => "MariaDB",
            Engine::Sqlite => "SQLite",
        };
        assert!(probe.version.contains(word), "{probe:?}");
        assert_eq!(probe.headroom.is_some_and(|n| n > 10), admin.engine != Engine::Sqlite, "{probe:?}");
        engine::probe_provisioning(&admin).await.unwrap();
        let left = engine::marked(&admin).await.unwrap();
        assert!(!left.iter().any(|(name, _)| name.starts_with("t_probe_")), "{left:?}");
    }
    let postgres = support::postgres().await;
    postgres.query("", "create role t_weak login password 'weak'").await;
    let weak = target(Engine::Postgres, postgres, "postgres");
    let weak = Target { username: "t_weak".into(), password: Some("weak".into()), ..weak };
    let failure = engine::probe_provisioning(&weak).await.unwrap_err();
    assert_eq!(failure.category, Category::Permission, "{failure:?}");
}

#[tokio::test]
async fn a_backup_is_whole_and_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        let name = support::unique("backup");
        provision(&admin, &name, "backup-pw", "tenant1").await.unwrap();
        let tenant = tenant(&admin, &name, "backup-pw");
        let mut conn = open(&tenant).await;
        conn.execute("create table kept (id int); insert into kept values (42)").await.unwrap();
        let path = folder.path().join(format!("{name}.backup"));
        engine::backup(&tenant, &path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = std::fs::read(&path).unwrap();
        let magic: &[u8] = match admin.engine {
            Engine::Postgres => b"PGDMP",
            Engine::Mysql => b"/*",
            Engine::Sqlite => b"SQLite format 3\0",
        };
        assert!(bytes.starts_with(magic) && bytes.windows(4).any(|w| w == b"kept"));
        conn.close().await;
        if admin.engine == Engine::Sqlite {
            assert_eq!(std::fs::metadata(&tenant.path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(std::fs::metadata(&admin.path).unwrap().permissions().mode() & 0o777, 0o700);
        } else {
            let wrong = Target { password: Some("canary-77".into()), ..tenant };
            let failure = engine::backup(&wrong, &path).await.unwrap_err();
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "the good one is lost");
        }
    }
}

#[tokio::test]
async fn a_login_that_a_mariadb_server_refuses_is_told_what_it_may_be() {
    let mariadb = support::mariadb().await;
    mariadb.query("", "install soname 'auth_ed25519'").await;
    mariadb.query("", "create user eddie@'%' identified via ed25519 using password('a secret')").await;
    let mut login = target(Engine::Mysql, mariadb, "");
    login.password = Some("another".into());
    let failure = refused(&login).await;
    assert_eq!((failure.category, failure.code.as_deref()), (Category::Auth, Some("1045")), "{failure:?}");
    assert!(failure.hint.as_ref().unwrap().command().contains("--tls require?"), "{failure:?}");
    // What Neo does not speak, no password mends, nor another try.
    (login.username, login.password) = ("eddie".into(), Some("a secret".into()));
    let failure = refused(&login).await;
    assert_eq!(failure.category, Category::Auth, "{failure:?}");
    assert!(failure.message.contains("client_ed25519"), "{failure:?}");
    assert!(failure.hint.as_ref().unwrap().command().contains("mysql_native_password"), "{failure:?}");
}
