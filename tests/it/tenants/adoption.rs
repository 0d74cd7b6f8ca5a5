//! Databases that another tool has kept so far.

use std::path::PathBuf;
use std::time::Duration;

use neo::engine::{Connection, Engine, Target, Tls};
use neo::migrations::baseline::{Past, Record};
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
            second: None,
            tls: Tls::Off,
            path: files.path().join("tenant.db"),
            application_name: "old".into(),
            connect_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
            tls_ca: None,
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
            ..Adopt::default()
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

    let tenant = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap().tenant;
    assert_eq!((tenant.state, tenant.applied), (State::Behind, 4));
    assert_eq!(tenant.version, Some(set.migrations[3].version));
    let kept = neo::audit::list(&old.world.platform, &operator(), &neo::audit::Filter::default()).await.unwrap();
    let kept: Vec<_> = kept
        .iter()
        .rev()
        .filter(|row| row.action.starts_with("tenant."))
        .map(|row| (row.action.as_str(), row.outcome.as_str()))
        .collect();
    assert_eq!(
        kept,
        [("tenant.baseline", "intended"), ("tenant.baseline", "succeeded"), ("tenant.adopt", "succeeded")]
    );
    let digest = set.digest(old.target.engine, tenant.version);
    assert_eq!(ledger::digest(&set, old.target.engine, &old.ledger().await), digest);
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
    let tenant = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap().tenant;
    assert_eq!((tenant.state, tenant.version), (State::Unknown, None));
}

#[rstest]
#[case::no_file("insert into knex_migrations (name) values ('20240101000001_gone.js')", "20240101000001_gone.js")]
#[case::no_table("drop table contacts", "table contacts")]
#[case::no_column("alter table contacts rename column email to mail", "column contacts.email")]
#[case::out_of_order("delete from knex_migrations where name like '%01_create%'", "older than")]
#[case::emptied("delete from knex_migrations", "says that nothing has been applied")]
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

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn with_half_of_its_objects_gone_a_database_is_refused_and_left_as_it_was(#[case] home: Home) {
    let old = Old::new(home, 6).await;
    old.execute("drop table pages; drop table apps; drop table contacts").await;
    let survey = old.survey().await;
    assert_eq!((survey.outcome, survey.baseline.len()), (Outcome::Refused, 0));
    let problem = survey.problem.unwrap();
    assert!(problem.contains("is said to be applied") && problem.contains("more)"), "{problem}");
    assert!(survey.hint.unwrap().command().contains("knex_migrations"));
    tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.err().unwrap();
    assert_eq!(old.ledger().await, []);
    let again = old.survey().await;
    assert_eq!(again.outcome, Outcome::Refused, "nothing is registered either");
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_database_is_one_tenants_whatever_it_is_called_the_second_time(#[case] home: Home) {
    let old = Old::new(home, 6).await;
    let platform = &old.world.platform;
    tenants::adopt(platform, &operator(), old.adopt().await).await.unwrap();
    let mut again = vec![Adopt { slug: "again".into(), ..old.adopt().await }];
    if home == Home::Sqlite {
        let link = old.world.dir.path().join("link");
        std::os::unix::fs::symlink(old.target.path.parent().unwrap(), &link).unwrap();
        let database = link.join("tenant.db").display().to_string();
        again.push(Adopt { slug: "linked".into(), database, ..old.adopt().await });
        // Nor is one that was made here somebody's to adopt.
        let made = super::made(&old.world, "made", "local").await;
        let database = platform.config.data_dir.join(format!("tenants/{}.db", made.database)).display().to_string();
        again.push(Adopt { slug: "taken".into(), database, ..old.adopt().await });
    } else {
        let server = home.server_called("twin", &old.world).await;
        again.push(Adopt { slug: "twin".into(), server, ..old.adopt().await });
    }
    for adopt in again {
        let slug = adopt.slug.clone();
        let one = Adopt { password: AdoptPassword::None, name: None, slug: slug.clone(), ..copy(&adopt) };
        let survey = tenants::survey(platform, &operator(), one).await.unwrap();
        assert_eq!(survey.outcome, Outcome::Refused, "{slug}");
        assert!(survey.problem.unwrap().contains("is that of tenant"));
        let error = tenants::adopt(platform, &operator(), adopt).await.err().unwrap();
        assert_eq!(error.kind, neo::error::Kind::Conflict, "{slug}: {error}");
    }
}

#[rstest]
#[case::postgres(Home::Postgres, "template1")]
#[case::mariadb(Home::Mariadb, "mysql")]
#[tokio::test]
async fn what_is_the_servers_own_is_no_tenants(#[case] home: Home, #[case] database: &str) {
    let old = Old::new(home, 6).await;
    let adopt = Adopt { database: database.into(), ..old.adopt().await };
    let error = tenants::adopt(&old.world.platform, &operator(), adopt).await.err().unwrap();
    assert_eq!((error.kind, error.field), (neo::error::Kind::Invalid, Some("database")), "{error}");
}

/// What looks like one database, or folder, would be another.
#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[tokio::test]
async fn a_character_that_nobody_sees_is_refused_by_its_number(#[case] home: Home) {
    let old = Old::new(home, 0).await;
    let adopt = old.adopt().await;
    for (c, said) in [
        ('\u{200b}', "U+200B, which takes no room"),
        ('\u{202e}', "U+202E, which turns the direction of writing"),
        ('\u{7}', "U+0007, which is a control character"),
    ] {
        let database = format!("{}{c}", adopt.database);
        // A file of that name is there: it is its name that is refused.
        if home == Home::Sqlite {
            std::fs::copy(&adopt.database, &database).unwrap();
        }
        let survey =
            tenants::survey(&old.world.platform, &operator(), Adopt { database, ..copy(&adopt) }).await.unwrap();
        let problem = survey.problem.unwrap_or_default();
        assert!(problem.contains(said) && !problem.contains(c), "{problem}");
        if home == Home::Postgres {
            let username = format!("postgres{c}");
            let adopt = Adopt { username, ..copy(&adopt) };
            let error = tenants::adopt(&old.world.platform, &operator(), adopt).await.unwrap_err();
            assert!(error.field == Some("username") && error.message.contains(said), "{error}");
        }
    }
    let folder = old.world.dir.path().join("te\u{200b}nants");
    let new = neo::servers::NewServer {
        name: "folder".into(),
        engine: Engine::Sqlite,
        host: String::new(),
        port: 0,
        username: String::new(),
        password: None,
        tls: None,
        insecure: false,
        path: Some(folder),
        max_connections: None,
        app_host: None,
        app_port: None,
        tls_ca: None,
    };
    let error = neo::servers::add(&old.world.platform, &operator(), new).await.unwrap_err();
    assert!(error.field == Some("path") && error.message.contains("U+200B"), "{error}");
}

/// What the kernel shows has no size, and would pass for a database without a table.
#[tokio::test]
async fn a_file_that_keeps_nothing_is_no_tenants() {
    let world = Old::new(Home::Sqlite, 0).await.world;
    let files = tempfile::tempdir().unwrap();
    let [link, empty, pipe] =
        ["link.db", "empty.db", "pipe.db"].map(|name| files.path().join(name).display().to_string());
    std::os::unix::fs::symlink("/proc/version", &link).unwrap();
    std::fs::write(&empty, "").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let named = |path: &str| Adopt {
        slug: "old".into(),
        server: "local".into(),
        database: path.to_owned(),
        ..Adopt::default()
    };
    for (path, why) in [
        ("/proc/version", "is none that is kept"),
        ("/proc/self/status", "is none that is kept"),
        (link.as_str(), "is none that is kept"),
        ("/dev/null", "is no file"),
        (pipe.as_str(), "is no file"),
    ] {
        let survey = tenants::survey(&world.platform, &operator(), named(path)).await.unwrap();
        let problem = survey.problem.unwrap_or_default();
        assert!(survey.outcome == Outcome::Refused && problem.contains(why), "{path}: {problem}");
        let error = tenants::adopt(&world.platform, &operator(), named(path)).await.unwrap_err();
        assert_eq!(error.field, Some("database"), "{path}: {error}");
    }
    let survey = tenants::survey(&world.platform, &operator(), named(&empty)).await.unwrap();
    assert_eq!((survey.outcome, survey.problem), (Outcome::Ready, None), "one that is merely empty is a database");
}

#[tokio::test]
async fn neos_own_records_are_no_tenants() {
    let old = Old::new(Home::Sqlite, 0).await;
    let central = old.world.dir.path().join("central.db").display().to_string();
    let adopt = || async { Adopt { database: central.clone(), ..old.adopt().await } };
    let surveyed = tenants::survey(&old.world.platform, &operator(), adopt().await).await.unwrap();
    assert!(surveyed.problem.is_some_and(|problem| problem.contains("central database of Neo")));
    let error = tenants::adopt(&old.world.platform, &operator(), adopt().await).await.err().unwrap();
    assert_eq!(error.kind, neo::error::Kind::Conflict, "{error}");
    // Nor is its lock one, which would be a database with nothing in it; and what somebody has put there stays.
    let lock = format!("{central}.lock");
    let adopt = Adopt { database: lock.clone(), ..old.adopt().await };
    let error = tenants::adopt(&old.world.platform, &operator(), adopt).await.err().unwrap();
    assert!(error.to_string().contains("is one of the central database's"), "{error}");
    std::fs::write(&lock, "kept").unwrap();
    let config = crate::world::config(
        old.world.dir.path(),
        &crate::world::sqlite_url(old.world.dir.path()),
        crate::world::new_keys(),
    );
    drop(neo::Platform::open(config).await);
    assert_eq!(std::fs::read_to_string(&lock).unwrap(), "kept");
}

fn copy(adopt: &Adopt) -> Adopt {
    Adopt {
        slug: adopt.slug.clone(),
        name: adopt.name.clone(),
        server: adopt.server.clone(),
        database: adopt.database.clone(),
        username: adopt.username.clone(),
        password: AdoptPassword::None,
        ..Adopt::default()
    }
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn who_is_not_let_in_registers_nothing_and_is_told_why(#[case] home: Home) {
    let old = Old::new(home, 6).await;
    let platform = &old.world.platform;
    let wrong = Adopt { password: AdoptPassword::Plain("canary-5".to_owned().into()), ..old.adopt().await };
    let missing = Adopt { database: "t_nowhere".into(), ..old.adopt().await };
    for adopt in [wrong, missing] {
        let error = tenants::adopt(platform, &operator(), adopt).await.err().unwrap();
        assert!(error.message.contains("does not let us in"), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert_eq!(tenants::all(platform, &operator(), &tenants::Filter::default()).await.unwrap().len(), 0);
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_ledger_that_is_there_already_is_taken_as_it_is_and_knex_adds_only_what_it_lacks(#[case] home: Home) {
    let old = Old::new(home, 5).await;
    let set = old.set();
    // Another installation has adopted it, and gone back; then knex went on.
    let mut conn = Connection::open(&old.target).await.unwrap();
    let proof = neo::engine::Proof::default();
    neo::migrations::baseline::write(&mut conn, &set, &Past::default(), &proof, Duration::from_secs(5)).await.unwrap();
    conn.close().await;
    old.execute(&set.migrations[5].on(old.target.engine).unwrap().up.sql).await;
    old.execute(&format!("insert into knex_migrations (name) values ('{}.ts')", set.migrations[5].label())).await;
    let survey = old.survey().await;
    assert_eq!((survey.record, survey.baseline), (Some(Record::Knex), vec![set.migrations[5].label()]));
    let tenant = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap().tenant;
    assert_eq!((tenant.state, tenant.applied), (State::Current, 6));
    assert_eq!(ledger::digest(&set, old.target.engine, &old.ledger().await), set.digest(old.target.engine, None));
}

#[tokio::test]
async fn a_knex_file_in_another_case_is_the_file_of_the_same_words() {
    let old = Old::new(Home::Sqlite, 6).await;
    for (version, name) in [
        ("20250126000001", "20250126000001_createUsersAndRbac.js"),
        ("20250126000002", "20250126000002-create-object-definitions.ts"),
        ("20250126000003", "20250126000003_CreateFieldDefinitions.mjs"),
    ] {
        old.execute(&format!("update knex_migrations set name = '{name}' where name like '{version}%'")).await;
    }
    let survey = old.survey().await;
    assert_eq!((survey.outcome, survey.problem.as_deref(), survey.baseline.len()), (Outcome::Ready, None, 6));
    let taken: Vec<_> = survey.notes.iter().filter(|note| note.contains("is taken for")).collect();
    assert_eq!(taken.len(), 3, "{taken:?}");
    assert_eq!(
        taken[0],
        "20250126000001_createUsersAndRbac.js of knex_migrations is taken for 20250126000001_create_users_and_rbac"
    );
    let told = tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.unwrap();
    assert!(survey.notes.iter().all(|note| told.notes.contains(note)), "{:?}", told.notes);
}

/// Whatever knex's files are called, the hint leads to an adoption: what it says is done, and nothing else.
#[rstest]
#[case::camel("20250131000001_addOAuth2Things.js")]
#[case::dashed("20250131000001-add-things.ts")]
#[case::dotted("20250131000001_add.things.v2.cjs")]
#[case::short("7_things.js")]
#[case::milliseconds("1738281600000_things.js")]
#[case::no_letter_of_ours("20250131000001_Änderung é.js")]
#[case::nothing_of_ours("20250131000001_日本.js")]
#[case::long(&format!("20250131000001_{}.js", "addAnotherThing".repeat(10)))]
#[tokio::test]
async fn the_hint_about_a_file_that_is_not_here_leads_to_an_adoption(#[case] name: &str) {
    let old = Old::new(Home::Sqlite, 6).await;
    old.execute(&format!("insert into knex_migrations (name) values ('{name}')")).await;
    let hint = old.survey().await.hint.expect("a hint").command();
    let file = hint.strip_prefix("bring it over as ").unwrap_or_else(|| panic!("{hint}"));
    // One whose name sorts before all others begins the fleet: knex has applied it last, and the files are run in order.
    std::fs::write(file, "-- neo: empty\n").unwrap();
    let survey = old.survey().await;
    assert_eq!((survey.outcome, survey.problem.as_deref(), survey.baseline.len()), (Outcome::Ready, None, 7), "{hint}");
}

#[tokio::test]
async fn a_name_without_a_version_and_one_of_two_are_known_by_their_words() {
    let old = Old::new(Home::Sqlite, 6).await;
    old.execute("insert into knex_migrations (name) values ('initialThings.js')").await;
    let hint = old.survey().await.hint.unwrap().command();
    assert!(hint.contains("VERSION_initial_things.up.sql"), "{hint}");
    let empty = |name: &str| std::fs::write(old.world.migrations().join(name), "-- neo: empty\n").unwrap();
    empty("20250131000001_initial_things.up.sql");
    assert_eq!(old.survey().await.baseline.len(), 7);
    // Two folders of knex had one each of a version.
    old.execute(
        "insert into knex_migrations (name) values ('20250131000001_initialThings.js'), ('20250131000001_other.ts')",
    )
    .await;
    let hint = old.survey().await.hint.unwrap().command();
    assert!(hint.contains("has two of that version") && hint.contains("VERSION_other.up.sql"), "{hint}");
    empty("20250131000002_other.up.sql");
    let survey = old.survey().await;
    assert_eq!((survey.problem.as_deref(), survey.baseline.len()), (None, 8), "each once");
    // Where the name is on two files nobody can say which.
    empty("20250131000003_other.up.sql");
    assert_eq!(old.survey().await.outcome, Outcome::Refused);
}

#[tokio::test]
async fn another_name_for_a_file_that_is_here_is_asked_for_once() {
    let old = Old::new(Home::Sqlite, 6).await;
    old.execute("update knex_migrations set name = '20250126000001_makeUsers.js' where name like '%000001%'").await;
    let hint = old.survey().await.hint.unwrap().command();
    assert!(hint.contains("rename its files to 20250126000001_make_users"), "{hint}");
    let folder = old.world.migrations();
    for end in ["up", "down"] {
        let named = |name: &str| folder.join(format!("20250126000001_{name}.{end}.sql"));
        let _ = std::fs::rename(named("create_users_and_rbac"), named("make_users"));
    }
    assert_eq!(old.survey().await.problem, None);
}

#[rstest]
#[case::sqlite(Home::Sqlite)]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn tables_that_nobody_has_recorded_are_no_new_tenant(#[case] home: Home) {
    let old = Old::new(home, 6).await;
    let rename = if home == Home::Mariadb { "rename table {} to {}" } else { "alter table {} rename to {}" };
    let rename = |from: &str, to: &str| rename.replacen("{}", from, 1).replacen("{}", to, 1);
    let quoted = if home == Home::Mariadb { "`My_migrations`" } else { "\"My_migrations\"" };
    let lock = quoted.replace("migrations", "migrations_lock");
    old.execute(&rename("knex_migrations", quoted)).await;
    old.execute(&rename("knex_migrations_lock", &lock)).await;
    let survey = old.survey().await;
    assert_eq!(survey.outcome, Outcome::Refused);
    let problem = survey.problem.unwrap();
    assert!(
        problem.contains("tables in it, and no record") && problem.contains("the table My_migrations has a lock"),
        "{problem}"
    );
    let hint = survey.hint.unwrap();
    assert!(hint.command().contains("--record-table NAME") && hint.command().contains("--no-record"), "{hint:?}");
    tenants::adopt(&old.world.platform, &operator(), old.adopt().await).await.err().unwrap();
    assert_eq!(old.ledger().await, []);

    let past = |table: Option<&str>, is_none| Past { table: table.map(str::to_owned), is_none };
    let survey = async |past: Past| {
        let adopt = Adopt { past, ..old.adopt().await };
        tenants::survey(&old.world.platform, &operator(), adopt).await.unwrap()
    };
    let elsewhere = survey(past(Some("their_migrations"), false)).await;
    assert!(elsewhere.problem.unwrap().contains("there is no table their_migrations"));
    let told = survey(past(Some("My_migrations"), false)).await;
    assert_eq!((told.outcome, told.record, told.baseline.len()), (Outcome::Ready, Some(Record::Knex), 6), "{told:?}");
    // Whoever says that nothing was applied is told what stands in the way of it.
    let anew = survey(past(None, true)).await;
    assert_eq!((anew.outcome, anew.record, anew.pending), (Outcome::Ready, Some(Record::None), Some(6)));
    assert!(
        anew.notes.iter().any(|note| note.contains("20250126000001_create_users_and_rbac makes, is there")),
        "{anew:?}"
    );

    let adopt = Adopt { past: past(Some("My_migrations"), false), ..old.adopt().await };
    let tenant = tenants::adopt(&old.world.platform, &operator(), adopt).await.unwrap().tenant;
    assert_eq!((tenant.state, tenant.applied), (State::Current, 6));
}

/// knex takes its lock in the transaction that migrates, which MariaDB ends with the first change of a schema: so it looks after
/// a run that was killed.
#[tokio::test]
async fn a_lock_that_a_killed_run_has_left_is_told_with_a_way_that_works() {
    let old = Old::new(Home::Mariadb, 3).await;
    let set = old.set();
    let half = set.migrations[3].on(Engine::Mysql).unwrap();
    old.execute(&half.up.sql).await;
    old.execute("update knex_migrations_lock set is_locked = 1").await;
    let survey = old.survey().await;
    assert!(survey.problem.as_ref().unwrap().contains("sees nobody else at work"), "{survey:?}");
    let hint = survey.hint.unwrap().command();
    let mut busy = Connection::open(&old.target).await.unwrap();
    let problem = old.survey().await.problem.unwrap();
    assert!(problem.contains("others are connected"), "{problem}");
    busy.execute("select 1").await.unwrap();
    busy.close().await;
    let (_, free) = hint.split_once("once none is at work, ").unwrap();
    old.execute(free.split_once(';').unwrap().0).await;
    let survey = old.survey().await;
    assert_eq!((survey.outcome, survey.baseline.len(), survey.pending), (Outcome::Ready, 3, Some(3)));
    let begun = format!("which {} makes, is there although nobody has recorded that file", set.migrations[3].label());
    assert!(survey.notes.iter().any(|note| note.contains(&begun)), "{:?}", survey.notes);
}
