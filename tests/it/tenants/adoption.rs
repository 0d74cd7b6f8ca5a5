//! Databases that another tool has kept so far.

use std::path::PathBuf;
use std::time::Duration;

use neo::engine::{Connection, Engine, Target, Tls};
use neo::migrations::baseline::Record;
use neo::migrations::{Set, ledger};
use neo::tenants::{self, Adopt, AdoptPassword, Outcome, State};
use rstest::rstest;

use super::{Home, operator};
use crate::support;
use crate::world::World;

/// A database with the first `applied` starter migrations, and knex's word for it.
struct Old {
    world: World,
    home: Home,
    target: Target,
    _files: tempfile::TempDir,
}

const SERIAL: [(Engine, &str); 3] = [
    (Engine::Postgres, "serial primary key"),
    (Engine::Mysql, "int auto_increment primary key"),
    (Engine::Sqlite, "integer primary key"),
];

impl Old {
    async fn new(home: Home, applied: usize) -> Self {
        let world = World::new().await;
        let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
        for file in std::fs::read_dir(starter).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        let files = tempfile::tempdir().unwrap();
        let mut target = Target {
            engine: Engine::Sqlite,
            host: String::new(),
            port: 0,
            database: support::unique("old"),
            username: String::new(),
            password: None,
            tls: Tls::Off,
            path: files.path().join("tenant.db"),
            application_name: "old".into(),
            connect_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
        };
        let cluster = match home {
            Home::Sqlite => {
                std::fs::write(&target.path, "").unwrap();
                None
            }
            Home::Postgres => Some((Engine::Postgres, support::postgres().await)),
            Home::Mariadb => Some((Engine::Mysql, support::mariadb().await)),
        };
        if let Some((engine, cluster)) = cluster {
            cluster.create_database(&target.database).await;
            target.engine = engine;
            target.host = cluster.host.clone();
            target.port = cluster.port;
            target.username = cluster.user.clone();
            target.password = Some(cluster.password.clone().into());
        }
        let old = Self { world, home, target, _files: files };
        let serial = SERIAL.iter().find(|(engine, _)| *engine == old.target.engine).unwrap().1;
        old.execute(&format!(
            "create table knex_migrations (id {serial}, name varchar(255), batch int);
             create table knex_migrations_lock (id {serial}, is_locked int);
             insert into knex_migrations_lock (is_locked) values (0);"
        ))
        .await;
        let set = old.set();
        for (migration, script) in set.on(old.target.engine).take(applied) {
            old.execute(&script.up.sql).await;
            old.execute(&format!("insert into knex_migrations (name) values ('{}.js')", migration.label())).await;
        }
        old
    }

    fn set(&self) -> Set {
        Set::read(&self.world.migrations()).unwrap()
    }

    async fn execute(&self, sql: &str) {
        let mut conn = Connection::open(&self.target).await.unwrap();
        conn.execute(sql).await.unwrap();
        conn.close().await;
    }

    async fn adopt(&self) -> Adopt {
        let server = match self.home {
            Home::Sqlite => "local".to_owned(),
            // Registered once.
            home => match neo::servers::find(&self.world.platform, &operator(), home.name()).await {
                Ok(server) => server.name,
                Err(_) => home.server(&self.world).await,
            },
        };
        let is_file = self.home == Home::Sqlite;
        Adopt {
            slug: "old".into(),
            name: None,
            server,
            database: if is_file { self.target.path.display().to_string() } else { self.target.database.clone() },
            username: self.target.username.clone(),
            password: self.target.password.clone().map_or(AdoptPassword::None, AdoptPassword::Plain),
        }
    }

    async fn survey(&self) -> tenants::Survey {
        tenants::survey(&self.world.platform, &operator(), self.adopt().await).await.unwrap()
    }

    async fn ledger(&self) -> Vec<ledger::Row> {
        let mut conn = Connection::open(&self.target).await.unwrap();
        let rows = ledger::read(&mut conn).await.unwrap();
        conn.close().await;
        rows
    }
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn what_knex_has_applied_is_taken_over_and_only_the_rest_is_pending(#[case] home: Home) {
    let old = Old::new(home, 4).await;
    let set = old.set();
    let survey = old.survey().await;
    assert_eq!((survey.outcome, survey.problem.as_deref()), (Outcome::Ready, None));
    assert_eq!((survey.record, survey.baseline.len(), survey.pending), (Some(Record::Knex), 4, Some(2)));
    assert_eq!(old.ledger().await, [], "a survey touches nothing");

    let tenant = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap();
    assert_eq!((tenant.state, tenant.applied), (State::Behind, 4));
    assert_eq!(tenant.version, Some(set.migrations[3].version));
    let digest = set.digest(old.target.engine, tenant.version);
    assert_eq!(ledger::digest(&old.ledger().await), digest);
    old.execute("insert into knex_migrations (name) values ('knex is left alone')").await;

    let again = old.survey().await;
    assert_eq!(again.outcome, Outcome::Adopted);
}

#[tokio::test]
async fn a_database_without_any_record_begins_at_nothing() {
    let old = Old::new(Home::Sqlite, 0).await;
    old.execute("drop table knex_migrations; drop table knex_migrations_lock").await;
    let survey = old.survey().await;
    assert_eq!((survey.record, survey.version, survey.pending), (Some(Record::None), None, Some(6)));
    let tenant = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap();
    assert_eq!((tenant.state, tenant.version), (State::Unknown, None));
}

#[rstest]
#[case::no_file("insert into knex_migrations (name) values ('20240101000001_gone.js')", "20240101000001_gone.js")]
#[case::no_table("drop table contacts", "table contacts")]
#[case::no_column("alter table contacts rename column email to mail", "column contacts.email")]
#[case::out_of_order("delete from knex_migrations where name like '%01_create%'", "older than")]
#[case::at_work("update knex_migrations_lock set is_locked = 1", "knex holds its migration lock")]
#[tokio::test]
async fn what_knex_says_and_is_not_so_is_refused_by_name(#[case] spoiled: &str, #[case] named: &str) {
    let old = Old::new(Home::Sqlite, 4).await;
    old.execute(spoiled).await;
    let survey = old.survey().await;
    assert_eq!(survey.outcome, Outcome::Refused);
    let problem = survey.problem.unwrap();
    assert!(problem.contains(named), "{problem}");
    let error = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.err().unwrap();
    assert!(error.cause.unwrap().contains(named));
    assert_eq!(old.ledger().await, [], "nothing wrong is written down");
}
