//! Tests of the room `migrations`.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use neo::engine::{Category, Connection, Engine, Failure, Target, Tls};
use neo::error::Advice;
use neo::migrations::apply::{self, Goal, Options, Outcome, Progress};
use neo::migrations::{Set, ledger};
use rstest::rstest;

use crate::support;

mod changed;
mod own;
mod reach;
mod scripts;
mod sessions;

const ALL: [Engine; 3] = [Engine::Postgres, Engine::Mysql, Engine::Sqlite];

/// An empty tenant of one engine, and a folder of migrations to work with.
struct Tenant {
    target: Target,
    folder: tempfile::TempDir,
    _files: tempfile::TempDir,
}

impl Tenant {
    async fn new(engine: Engine) -> Self {
        let cluster = match engine {
            Engine::Postgres => Some(support::postgres().await),
            Engine::Mysql => Some(support::mariadb().await),
            Engine::Sqlite => None,
        };
        Self::at(engine, cluster).await
    }

    async fn at(engine: Engine, cluster: Option<&support::Cluster>) -> Self {
        let files = tempfile::tempdir().unwrap();
        let mut target = Target {
            engine,
            host: String::new(),
            port: 0,
            database: support::unique("migrations"),
            username: String::new(),
            password: None,
            second: None,
            tls: Tls::Off,
            path: files.path().join("tenant.db"),
            application_name: "neo:test:migrations".into(),
            connect_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
            tls_ca: None,
        };
        match cluster {
            Some(cluster) => {
                cluster.create_database(&target.database).await;
                target.host = cluster.host.clone();
                target.port = cluster.port;
                target.username = cluster.user.clone();
                target.password = Some(cluster.password.clone().into());
            }
            None => fs::write(&target.path, "").unwrap(),
        }
        Self { target, folder: tempfile::tempdir().unwrap(), _files: files }
    }

    /// Writes `<version>_<name>.up.sql` and its down.
    fn pair(&self, label: &str, up: &str, down: &str) {
        self.file(&format!("{label}.up.sql"), up);
        self.file(&format!("{label}.down.sql"), down);
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn set(&self) -> Set {
        Set::read(self.folder.path()).unwrap()
    }

    async fn open(&self) -> Connection {
        Connection::open(&self.target).await.unwrap()
    }

    async fn run(&self, set: &Set, goal: Goal) -> Outcome {
        self.told(set, goal).await.0
    }

    async fn up(&self) -> Outcome {
        self.run(&self.set(), Goal::Up { to: None }).await
    }

    async fn told(&self, set: &Set, goal: Goal) -> (Outcome, Vec<String>) {
        let told = Mutex::new(Vec::new());
        let sink = |progress: Progress| {
            told.lock().unwrap().push(match progress {
                Progress::Applied { migration, ms, .. } if ms >= 0 => format!("applied {migration}"),
                Progress::Reverted { migration, ms, .. } if ms >= 0 => format!("reverted {migration}"),
                other => format!("{other:?}"),
            });
        };
        let mut conn = self.open().await;
        let options = Options::within(Duration::from_secs(10));
        let outcome = apply::run(&mut conn, set, &goal, &options, &sink).await;
        conn.close().await;
        (outcome, told.into_inner().unwrap())
    }

    async fn execute(&self, sql: &str) {
        let mut conn = self.open().await;
        conn.execute(sql).await.unwrap();
        conn.close().await;
    }

    /// Whether this statement goes through.
    async fn accepts(&self, sql: &str) -> bool {
        let mut conn = self.open().await;
        let outcome = conn.execute(sql).await;
        conn.close().await;
        outcome.is_ok()
    }
}

fn starter() -> Set {
    Set::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant")).unwrap()
}

fn failed(outcome: Outcome) -> Failure {
    outcome.failure.expect("a failure")
}

/// A failure as a person reads it, without the folder's scratch name.
fn shown(failure: &Failure, tenant: &Tenant) -> String {
    let text = format!(
        "{:?} {}:{}:{}\n{} ({})\ndetail: {}\nhint: {}",
        failure.category,
        failure.file.as_deref().unwrap_or("-"),
        failure.line.map_or("-".into(), |n| n.to_string()),
        failure.column.map_or("-".into(), |n| n.to_string()),
        failure.message,
        failure.code.as_deref().unwrap_or("-"),
        failure.detail.as_deref().unwrap_or("-"),
        failure.hint.as_ref().map_or("-".to_owned(), Advice::command),
    );
    text.replace(&*tenant.folder.path().to_string_lossy(), "DIR").replace(&tenant.target.database, "DATABASE")
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test]
async fn the_starter_set_goes_up_and_down_and_up_again(#[case] engine: Engine) {
    let tenant = Tenant::new(engine).await;
    let set = starter();
    for _ in 0..2 {
        let (up, told) = tenant.told(&set, Goal::Up { to: None }).await;
        assert_eq!(up.failure, None);
        assert_eq!((up.from, up.to), (None, set.latest()));
        assert_eq!(up.done.len(), set.migrations.len());
        assert_eq!(told[0], "applied 20250126000001_create_users_and_rbac");
        assert_eq!(ledger::digest(&set, engine, &up.ledger.unwrap()), set.digest(engine, None));
        assert!(tenant.accepts("insert into contacts (id, last_name) values ('1', 'Doe')").await);

        let (again, told) = tenant.told(&set, Goal::Up { to: None }).await;
        assert_eq!((again.failure, again.done, told), (None, Vec::<i64>::new(), Vec::<String>::new()));
        let rows = again.ledger.unwrap();
        assert_eq!(ledger::digest(&set, engine, &rows), set.digest(engine, None));
        assert_eq!(rows[0].description, "create users and rbac");
        assert!(rows.iter().all(|r| r.success && r.execution_ns > 0 && r.installed_on.is_some()));

        let down = tenant.run(&set, Goal::DownTo { to: 0 }).await;
        assert_eq!(down.failure, None);
        assert_eq!((down.to, down.done.len()), (None, set.migrations.len()));
        assert_eq!(down.ledger, Some(vec![]));
        assert!(!tenant.accepts("select * from contacts").await);
    }
}

#[tokio::test]
async fn a_tenant_goes_as_far_as_it_is_told() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        let set = starter();
        let first: Vec<_> = set.migrations.iter().map(|m| m.version).collect();

        let outcome = tenant.run(&set, Goal::Up { to: Some(first[3]) }).await;
        assert_eq!((outcome.failure, outcome.to), (None, Some(first[3])), "{engine:?}");
        let outcome = tenant.run(&set, Goal::Steps { n: 1 }).await;
        assert_eq!((outcome.failure, outcome.done), (None, vec![first[3]]), "{engine:?}");
        let outcome = tenant.run(&set, Goal::Down { versions: vec![first[1], first[2]] }).await;
        assert_eq!((outcome.failure, outcome.done), (None, vec![first[2], first[1]]), "{engine:?}");
        let outcome = tenant.run(&set, Goal::DownTo { to: first[0] }).await;
        assert_eq!((outcome.failure, outcome.done, outcome.to), (None, vec![], Some(first[0])), "{engine:?}");
        let look = tenant.run(&set, Goal::Verify).await;
        assert_eq!((look.failure, look.to, look.ledger.unwrap().len()), (None, Some(first[0]), 1), "{engine:?}");
    }
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test]
async fn sqlx_reads_what_neo_wrote_and_neo_what_sqlx_wrote(#[case] engine: Engine) {
    use sqlx::Connection as _;
    let tenant = Tenant::new(engine).await;
    let set = starter();
    let theirs = sqlx::migrate::Migrator::new(set.folder.clone()).await.unwrap();
    macro_rules! run {
        ($direction:ident) => {
            match tenant.open().await {
                Connection::Postgres { mut conn, .. } => {
                    theirs.$direction(&mut conn).await.unwrap();
                    conn.close().await.unwrap();
                }
                Connection::Mysql { mut conn, .. } => {
                    theirs.$direction(&mut conn).await.unwrap();
                    conn.close().await.unwrap();
                }
                // Theirs in this process, as sqlx-cli does it in its own.
                Connection::Sqlite { path, .. } => {
                    let url = format!("sqlite://{}", path.display());
                    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
                    theirs.$direction(&mut conn).await.unwrap();
                    conn.close().await.unwrap();
                }
            }
        };
    }
    // The first half by Neo, the rest by sqlx; then Neo finds nothing to do.
    let half = tenant.run(&set, Goal::Up { to: Some(20250126000003) }).await;
    assert_eq!(half.failure, None);
    run!(run);
    let outcome = tenant.run(&set, Goal::Up { to: None }).await;
    assert_eq!((outcome.failure, outcome.done), (None, vec![]));
    assert_eq!(ledger::digest(&set, engine, &outcome.ledger.unwrap()), set.digest(engine, None));
    let down = tenant.run(&set, Goal::DownTo { to: 0 }).await;
    assert_eq!((down.failure, down.done.len()), (None, set.migrations.len()));
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test]
async fn a_column_made_by_hand_fails_the_migration_until_it_is_mended(#[case] engine: Engine) {
    let tenant = Tenant::new(engine).await;
    let set = starter();
    tenant.run(&set, Goal::Up { to: Some(20250126000005) }).await;
    tenant.execute("alter table field_definitions add column is_custom integer").await;

    let outcome = tenant.run(&set, Goal::Up { to: None }).await;
    assert_eq!((outcome.to, &outcome.done), (Some(20250126000005), &vec![]));
    assert_eq!(outcome.ledger.as_ref().unwrap().len(), 5);
    let failure = failed(outcome);
    assert_eq!(failure.category, Category::Exists);
    assert_eq!(failure.migration.as_deref(), Some("20250126000006_add_custom_fields"));
    assert_eq!((failure.line, failure.column), (Some(5), Some(1)));
    assert!(failure.message.contains("is_custom"), "{failure}");

    tenant.execute("alter table field_definitions drop column is_custom").await;
    let outcome = tenant.run(&set, Goal::Up { to: None }).await;
    assert_eq!((outcome.failure, outcome.done), (None, vec![20250126000006]));
}

#[tokio::test]
async fn a_failure_leaves_nothing_behind_and_is_found_in_the_file() {
    let ups = [
        ("a wrong word", "create table b (id int);\n\n  insert into b\n  valuse (1);\n", (4, 3)),
        ("a missing table", "create table b (id int);\n-- é\nselect 'é', id from nowhere;\n", (3, 21)),
        (
            "a value refused",
            "create table b (id int primary key);\ninsert into b values (1);\n  insert into b values (1);",
            (3, 3),
        ),
    ];
    for engine in [Engine::Postgres, Engine::Sqlite] {
        for (what, up, place) in ups {
            let tenant = Tenant::new(engine).await;
            tenant.pair("20250101000000_a", "create table a (id int);", "drop table a;");
            tenant.pair("20250102000000_b", up, "drop table b;");
            tenant.pair("20250103000000_c", "create table c (id int);", "drop table c;");
            let outcome = tenant.up().await;
            assert_eq!(outcome.done, [20250101000000], "{engine:?} {what}");
            assert_eq!(outcome.ledger.as_ref().unwrap().len(), 1);
            let failure = failed(outcome);
            let found = (failure.line.unwrap(), failure.column.unwrap());
            // SQLite does not say where; then it is the start of the statement.
            let expected =
                if engine == Engine::Postgres { place.0 } else { if what == "a wrong word" { 3 } else { place.0 } };
            assert_eq!(found.0, expected, "{engine:?} {what}: {failure:?}");
            if engine == Engine::Postgres {
                assert_eq!(found, place, "{what}");
            }
            assert!(!tenant.accepts("select * from b").await, "{engine:?} {what}");
        }
    }
}

#[tokio::test]
async fn a_failure_at_the_very_end_has_no_line_and_leaves_nothing() {
    let tenant = Tenant::new(Engine::Postgres).await;
    tenant.file(
        "20250101000000_a.up.sql",
        "create table a (id int primary key, up int references a (id) deferrable initially deferred);\n\
         insert into a values (1, 2); -- refused when it is committed",
    );
    let failure = failed(tenant.up().await);
    assert_eq!((failure.category, failure.line), (Category::Constraint, None));
    assert!(!tenant.accepts("select * from a").await);
}

#[tokio::test]
async fn on_mariadb_a_half_done_migration_stays_dirty_until_somebody_mends_it() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant.pair(
        "20250101000000_a",
        "-- header\ncreate table a (id int);\n  alter table nowhere add b int;\ncreate table c (id int);\n",
        "drop table a;",
    );
    let outcome = tenant.up().await;
    assert_eq!((outcome.to, &outcome.done), (None, &vec![]));
    assert_eq!(outcome.ledger.as_ref().unwrap().iter().map(|r| r.success).collect::<Vec<_>>(), [false]);
    insta::assert_snapshot!(shown(&failed(outcome), &tenant), @r#"
    Other DIR/20250101000000_a.up.sql:3:3
    Table 'DATABASE.nowhere' doesn't exist (1146)
    detail: statement 2 of 3
    hint: statement 1 has taken effect, and MySQL cannot take that back: before this tenant is migrated again, either finish the rest by hand and run "update _sqlx_migrations set success = true where version = 20250101000000", or undo it by hand and run "delete from _sqlx_migrations where version = 20250101000000"
    "#);
    insta::assert_snapshot!(shown(&failed(tenant.up().await), &tenant), @r#"
    Dirty DIR/20250101000000_a.up.sql:-:-
    20250101000000_a was begun and never finished here (-)
    detail: its row in _sqlx_migrations has success = false; it stopped at statement 2
    hint: before this tenant is migrated again, either finish the rest by hand and run "update _sqlx_migrations set success = true where version = 20250101000000", or undo it by hand and run "delete from _sqlx_migrations where version = 20250101000000"
    "#);
    assert_eq!(failed(tenant.run(&tenant.set(), Goal::Verify).await).category, Category::Dirty);
    assert_eq!(failed(tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await).category, Category::Dirty);

    // Taken back by hand, as the hint says; the cause is gone as well.
    tenant.execute("drop table a; delete from _sqlx_migrations where version = 20250101000000").await;
    tenant.execute("create table nowhere (id int)").await;
    assert_eq!(tenant.up().await.failure, None);
}

#[tokio::test]
async fn on_mariadb_a_rollback_that_fails_half_way_stays_dirty() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant.pair(
        "20250101000000_a",
        "create table a (id int); create table b (id int);",
        "drop table b; drop table nowhere;",
    );
    assert_eq!(tenant.up().await.failure, None);
    let failure = failed(tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await);
    assert_eq!((failure.line, failure.column), (Some(1), Some(15)));
    assert_eq!(failed(tenant.up().await).category, Category::Dirty);
}

#[tokio::test]
async fn what_the_files_and_the_ledger_do_not_agree_on_is_refused_by_name() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", "create table a (id int);", "drop table a;");
        tenant.pair("20250103000000_c", "create table c (id int);", "drop table c;");
        assert_eq!(tenant.up().await.failure, None);

        tenant.pair("20250102000000_b", "create table b (id int);", "drop table b;");
        let failure = failed(tenant.up().await);
        if engine == Engine::Postgres {
            insta::assert_snapshot!(shown(&failure, &tenant), @r"
            Checksum DIR/20250102000000_b.up.sql:-:-
            20250102000000_b is older than 20250103000000_c, which is applied here (-)
            detail: a migration that arrives late would run in another order here than elsewhere
            hint: give it a version newer than every other (rename both its files), or roll back to before it first
            ");
        }
        for file in ["20250102000000_b.up.sql", "20250102000000_b.down.sql"] {
            fs::remove_file(tenant.folder.path().join(file)).unwrap();
        }

        tenant.file("20250101000000_a.up.sql", "create table a (id bigint);");
        let failure = failed(tenant.up().await);
        assert_eq!(failure.category, Category::Checksum);
        assert_eq!(failed(tenant.run(&tenant.set(), Goal::Verify).await), failure);
        if engine == Engine::Postgres {
            insta::assert_snapshot!(shown(&failure, &tenant), @r"
            Checksum DIR/20250101000000_a.up.sql:-:-
            DIR/20250101000000_a.up.sql has changed since it was applied here (-)
            detail: version 20250101000000 was applied with checksum 3a0d1f4fa457…, the file has 0fa8061d188b…
            hint: put the file back as it was, and make a new migration for the change: neo migrate make NAME
            ");
        }
        // What is newer can be rolled back all the same; what has changed cannot.
        let outcome = tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await;
        assert_eq!((outcome.failure, outcome.done), (None, vec![20250103000000]));
        assert_eq!(failed(tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await).category, Category::Checksum);

        for file in ["20250101000000_a.up.sql", "20250101000000_a.down.sql"] {
            fs::remove_file(tenant.folder.path().join(file)).unwrap();
        }
        let failure = failed(tenant.up().await);
        if engine == Engine::Postgres {
            insta::assert_snapshot!(shown(&failure, &tenant), @r"
            Checksum DIR/20250101000000_a.up.sql:-:-
            20250101000000_a is applied here, but its file is missing (-)
            detail: version 20250101000000 is in _sqlx_migrations and not in DIR
            hint: bring the file back from version control; or run with the files of the release that applied it
            ");
        }
    }
}

#[tokio::test]
async fn a_row_that_no_file_can_belong_to_is_refused_by_everybody() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", "create table a (id int);", "drop table a;");
        assert_eq!(tenant.up().await.failure, None);
        let row = if engine == Engine::Postgres { "'\\x00'::bytea" } else { "x'00'" };
        for version in [i64::MAX, 99_999_999_999_999, 100_000_000_000_000, 20250109000000, 0, -5] {
            tenant
                .execute(&format!(
                    "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                     values ({version}, 'odd', true, {row}, 1)"
                ))
                .await;
            let set = tenant.set();
            let said = failed(tenant.run(&set, Goal::Verify).await);
            assert!(said.message.ends_with("_odd is applied here, but its file is missing"), "{engine}: {said}");
            for goal in [Goal::Up { to: None }, Goal::Up { to: set.latest() }, Goal::Reconcile] {
                assert_eq!(failed(tenant.run(&set, goal.clone()).await), said, "{engine} {version}: {goal:?}");
            }
            let hint = said.hint.unwrap().command();
            let is_odd = !(1..=99_999_999_999_999).contains(&version);
            assert_eq!(hint.contains("no file has such a version"), is_odd, "{engine} {version}: {hint}");
            let delete = format!("delete from _sqlx_migrations where version = {version}");
            assert_eq!(hint.contains(&delete), is_odd, "{engine} {version}: {hint}");
            tenant.execute(&delete).await;
        }
        assert_eq!(tenant.up().await.failure, None);
    }
}

#[tokio::test]
async fn a_rollback_without_a_way_back_touches_nothing() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant.file("20250101000000_a.up.sql", "create table a (id int);");
        tenant.pair("20250102000000_b", "create table b (id int);", "drop table b;");
        assert_eq!(tenant.up().await.failure, None);
        let outcome = tenant.run(&tenant.set(), Goal::Steps { n: 2 }).await;
        assert!(outcome.done.is_empty());
        let failure = failed(outcome);
        if engine == Engine::Sqlite {
            insta::assert_snapshot!(shown(&failure, &tenant), @r"
            Other DIR/20250101000000_a.up.sql:-:-
            20250101000000_a has no down file and cannot be rolled back (-)
            detail: nothing was rolled back
            hint: write DIR/20250101000000_a.down.sql, or make a new migration that goes forward
            ");
        }
        assert!(tenant.accepts("select * from b").await, "{engine:?}");
    }
}

#[tokio::test]
async fn two_at_once_on_one_tenant_apply_everything_once() {
    for engine in ALL {
        let tenant = Arc::new(Tenant::new(engine).await);
        let set = Arc::new(starter());
        let both = [(); 2].map(|()| {
            let (tenant, set) = (tenant.clone(), set.clone());
            // Spawned, so that the future has to be Send.
            tokio::spawn(async move { tenant.run(&set, Goal::Up { to: None }).await })
        });
        let mut done = Vec::new();
        for one in both {
            let outcome = one.await.unwrap();
            assert_eq!(outcome.failure, None, "{engine:?}");
            assert_eq!(outcome.to, set.latest());
            done.extend(outcome.done);
        }
        assert_eq!(done, set.migrations.iter().map(|m| m.version).collect::<Vec<_>>(), "{engine:?}");
    }
}

#[tokio::test]
async fn who_holds_the_lock_too_long_is_named_and_the_lock_is_always_given_back() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        let set = starter();
        let mut holder = tenant.open().await;
        holder.lock(Duration::ZERO).await.unwrap();
        let mut conn = tenant.open().await;
        let options = Options::within(Duration::from_millis(200));
        let outcome = apply::run(&mut conn, &set, &Goal::Up { to: None }, &options, &|_| ()).await;
        assert_eq!(outcome.failure.unwrap().category, Category::Lock, "{engine:?}");
        // Looking does not need it, nor does a tenant that has everything already.
        assert_eq!(tenant.run(&set, Goal::Up { to: Some(0) }).await.failure, None, "{engine:?}");
        assert_eq!(tenant.run(&set, Goal::Verify).await.failure, None, "{engine:?}");
        holder.unlock().await;

        // After a failure on a connection that stays open, another gets the lock at once.
        tenant.file("20250101000000_a.up.sql", "nonsense;");
        let broken = tenant.set();
        let outcome = apply::run(&mut conn, &broken, &Goal::Up { to: None }, &options, &|_| ()).await;
        assert_eq!(outcome.failure.unwrap().category, Category::Syntax, "{engine:?}");
        holder.lock(Duration::ZERO).await.unwrap();
        conn.close().await;
        holder.close().await;
    }
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_leaves_each_migration_whole_or_undone() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        for n in 1..=20 {
            tenant.pair(
                &format!("202501010000{n:02}_t{n}"),
                &format!("create table t{n} (id int);\ninsert into t{n} values ({n});\n"),
                &format!("drop table t{n};"),
            );
        }
        let set = tenant.set();
        let mut applied = 0;
        for ms in [1, 2, 4, 7, 11, 16, 10_000] {
            let work = tenant.run(&set, Goal::Up { to: None });
            // Dropping the future drops the connection, as a killed process does.
            if let Ok(outcome) = tokio::time::timeout(Duration::from_millis(ms), work).await {
                assert_eq!(outcome.failure, None, "{engine:?}");
            }
            let rows = ledger::read(&mut tenant.open().await).await.unwrap();
            assert!(rows.len() >= applied, "{engine:?}");
            applied = rows.len();
        }
        assert_eq!(applied, 20, "{engine:?}");
        for n in 1..=20 {
            assert!(tenant.accepts(&format!("select * from t{n}")).await);
        }
    }
}

/// Reading a folder takes as long as its files are large: on an async thread, everybody else waits for it.
#[test]
fn what_is_asynchronous_reads_the_files_off_its_threads() {
    fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => sources(&path, found),
                false => found.extend(path.extension().is_some_and(|end| end == "rs").then_some(path)),
            }
        }
    }
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")), Vec::new());
    sources(&root.join("src"), &mut found);
    sources(&root.join("app/src"), &mut found);
    assert!(found.len() > 200, "{} files", found.len());
    // The room itself has the function, and its unit tests are not asynchronous.
    found.retain(|path| !path.starts_with(root.join("src/migrations")) && path != &root.join("src/migrations.rs"));
    let blocking: Vec<_> =
        found.iter().filter(|path| fs::read_to_string(path).unwrap().contains("Set::read(")).collect();
    assert!(blocking.is_empty(), "these wait for the files, Set::load does not: {blocking:?}");
}
