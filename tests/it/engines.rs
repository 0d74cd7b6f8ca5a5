//! Engines: connections, locks, positions, and what provisioning is made of, on real servers.

use std::path::Path;
use std::time::{Duration, Instant};

use neo::engine::{Category, Connection, Engine, Failure, Target, Tls};

use crate::support::{self, Cluster};

const SHORT: Duration = Duration::from_millis(300);

fn target(engine: Engine, cluster: &Cluster, database: &str) -> Target {
    Target {
        engine,
        host: cluster.host.clone(),
        port: cluster.port,
        database: database.to_owned(),
        username: cluster.user.clone(),
        password: Some(cluster.password.clone().into()),
        tls: Tls::Off,
        path: "".into(),
        application_name: "neo:run-7:acme".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(2),
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
        tls: Tls::Off,
        path: path.to_owned(),
        application_name: "neo:run-7:acme".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(2),
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
            Connection::Mysql { conn, lock_name } => {
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
                assert_eq!(seen, "2 2 +00:00 utf8mb4 ab 1");
            }
            Connection::Sqlite { mut conn, .. } => {
                let mode: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut conn).await.unwrap();
                let wait: i64 = sqlx::query_scalar("pragma busy_timeout").fetch_one(&mut conn).await.unwrap();
                assert_eq!((mode.as_str(), wait), ("wal", 2000));
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
