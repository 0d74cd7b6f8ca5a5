//! A look at a SQLite file leaves it as it is, byte by byte: the application that has it chooses its journal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use neo::migrations::Set;
use neo::runs::{Goal, Policy, Request, Status};
use neo::tenant_users::{self, Wanted};
use neo::tenants::{self, Adopt, Filter, Outcome};
use neo::{doctor, runs as all_runs};
use rstest::rstest;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::operator;
use crate::runs::{all, finish, start};
use crate::world::World;

/// A file as knex has left it at the newest starter migration, in a folder of its own, with its journal kept like this.
struct Theirs {
    world: World,
    folder: tempfile::TempDir,
    file: PathBuf,
}

async fn open(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await.unwrap()
}

async fn run(conn: &mut SqliteConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(conn).await.unwrap();
}

impl Theirs {
    async fn new(mode: &str) -> Self {
        let world = World::new().await;
        let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
        for file in std::fs::read_dir(starter).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("theirs.db");
        let mut conn = open(&file).await;
        run(&mut conn, &format!("pragma journal_mode = {mode}")).await;
        run(&mut conn, "create table knex_migrations (id integer primary key, name varchar(255), batch integer)").await;
        let set = Set::read(&world.migrations()).unwrap();
        for (migration, script) in set.on(neo::engine::Engine::Sqlite) {
            run(&mut conn, &script.up.sql).await;
            run(&mut conn, &format!("insert into knex_migrations (name) values ('{}.js')", migration.label())).await;
        }
        conn.close().await.unwrap();
        Self { world, folder, file }
    }

    /// The same after the application was killed at this: the file and what lay beside it at that moment.
    async fn killed_at(mode: &str, sql: &str) -> Self {
        let theirs = Self::new(mode).await;
        let mut conn = open(&theirs.file).await;
        run(&mut conn, "pragma wal_autocheckpoint = 0; pragma cache_spill = 1; pragma cache_size = 10").await;
        run(&mut conn, sql).await;
        let folder = tempfile::tempdir().unwrap();
        for name in ["theirs.db", "theirs.db-wal", "theirs.db-journal"] {
            let _ = std::fs::copy(theirs.folder.path().join(name), folder.path().join(name));
        }
        let file = folder.path().join("theirs.db");
        Self { world: theirs.world, folder, file }
    }

    fn adopt(&self) -> Adopt {
        let database = self.file.display().to_string();
        Adopt { slug: "theirs".into(), server: "local".into(), database, ..Adopt::default() }
    }

    async fn survey(&self) -> tenants::Survey {
        tenants::survey(&self.world.platform, &operator(), self.adopt()).await.unwrap()
    }

    /// What lies in the folder, but for the index of a log, which SQLite makes anew when it likes.
    fn bytes(&self) -> BTreeMap<String, String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let of = |path: &Path| hex::encode(Sha256::digest(std::fs::read(path).unwrap()));
        files
            .map(|file| (file.file_name().display().to_string(), of(&file.path())))
            .filter(|(name, _)| !name.ends_with("-shm"))
            .collect()
    }

    /// Everything that looks at a tenant.
    async fn look(&self) {
        let platform = &self.world.platform;
        let verify = Request { policy: Policy { trust_ms: 0, ..Policy::default() }, ..all(Goal::Verify) };
        let run = start(&self.world, verify).await;
        assert_eq!(finish(&self.world, run.number).await.status, Status::Succeeded);
        let fleet = Filter::default();
        let asks = Policy { trust_ms: 0, ..Policy::default() };
        all_runs::plan(platform, &operator(), &fleet, None, &asks).await.unwrap();
        let users = tenant_users::list(platform, &operator(), "theirs", &Wanted::default()).await.unwrap();
        assert_eq!(users.users.len(), 0);
        tenant_users::roles(platform, &operator(), "theirs").await.unwrap();
        tenants::lock_holder(platform, &operator(), "theirs").await.unwrap();
        doctor::examine(platform, &operator()).await.unwrap();
        let rehearsed = all_runs::rehearse(platform, &operator(), "theirs", None).await.unwrap();
        assert!(rehearsed.failure.is_none() && rehearsed.left_behind.is_none(), "{rehearsed:?}");
    }

    /// Registered; then its application does this and is killed.
    async fn adopted_and_killed_at(mode: &str, sql: &str) -> Self {
        let theirs = Self::new(mode).await;
        tenants::adopt(&theirs.world.platform, &operator(), theirs.adopt()).await.unwrap();
        let mut conn = open(&theirs.file).await;
        run(&mut conn, "pragma wal_autocheckpoint = 0; pragma cache_spill = 1; pragma cache_size = 10").await;
        run(&mut conn, sql).await;
        let aside = tempfile::tempdir().unwrap();
        let files = ["theirs.db", "theirs.db-wal", "theirs.db-journal"];
        let left: Vec<_> = files
            .into_iter()
            .filter(|name| std::fs::copy(theirs.folder.path().join(name), aside.path().join(name)).is_ok())
            .collect();
        conn.close().await.unwrap();
        for name in left {
            std::fs::copy(aside.path().join(name), theirs.folder.path().join(name)).unwrap();
        }
        theirs
    }
}

/// A rehearsal reads the file that it copies, and writes to the copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_folds_no_log_and_takes_nothing_back() {
    let written = "insert into knex_migrations (name) values ('in the log alone')";
    let theirs = Theirs::adopted_and_killed_at("wal", written).await;
    let before = theirs.bytes();
    assert!(before.contains_key("theirs.db-wal"), "{before:?}");
    let later = theirs.world.migrations().join("20991231000001_later.up.sql");
    // It fails unless the row of the log is in the copy.
    let up = "create table was_there (n integer check (n = 1)); \
              insert into was_there select count(*) from knex_migrations where name = 'in the log alone';";
    std::fs::write(later, up).unwrap();
    let rehearse =
        async |theirs: &Theirs| all_runs::rehearse(&theirs.world.platform, &operator(), "theirs", None).await;
    let rehearsed = rehearse(&theirs).await.unwrap();
    assert!(rehearsed.failure.is_none() && rehearsed.applied.len() == 1, "{rehearsed:?}");
    assert_eq!(theirs.bytes(), before);

    let many = "begin immediate; with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) \
                insert into knex_migrations (name) select zeroblob(100000) from n";
    let theirs = Theirs::adopted_and_killed_at("delete", many).await;
    let before = theirs.bytes();
    assert!(before.contains_key("theirs.db-journal"), "{before:?}");
    let refused = rehearse(&theirs).await.err().unwrap();
    assert!(refused.to_string().contains("has not finished"), "{refused:?}");
    assert!(refused.hint.unwrap().command().contains("open it once with that program"));
    assert_eq!(theirs.bytes(), before);
}

#[rstest]
#[case("delete")]
#[case("truncate")]
#[case("persist")]
#[case("wal")]
#[tokio::test(flavor = "multi_thread")]
async fn no_look_changes_a_file_or_how_it_keeps_its_journal(#[case] mode: &str) {
    let theirs = Theirs::new(mode).await;
    let before = theirs.bytes();
    let survey = theirs.survey().await;
    assert_eq!((survey.outcome, survey.baseline.len()), (Outcome::Ready, 6), "{survey:?}");
    assert_eq!(theirs.bytes(), before, "a dry run");

    tenants::adopt(&theirs.world.platform, &operator(), theirs.adopt()).await.unwrap();
    let adopted = theirs.bytes();
    assert_ne!(adopted["theirs.db"], before["theirs.db"], "the ledger is written");
    theirs.look().await;
    assert_eq!(theirs.bytes(), adopted);
    let mut conn = open(&theirs.file).await;
    let kept: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut conn).await.unwrap();
    // What is kept open persistently is not in the file: another connection begins with its own.
    let expected = if mode == "wal" { "wal" } else { "delete" };
    assert_eq!(kept, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_that_an_application_has_left_is_read_and_left_where_it_is() {
    let theirs = Theirs::killed_at("wal", "delete from knex_migrations where name like '%custom_fields%'").await;
    let before = theirs.bytes();
    assert!(std::fs::metadata(theirs.folder.path().join("theirs.db-wal")).unwrap().len() > 0);
    let survey = theirs.survey().await;
    assert_eq!(survey.baseline.len(), 5, "what stands in the log counts: {survey:?}");
    assert_eq!(theirs.bytes(), before);
}

#[rstest]
#[case("delete")]
#[case("wal")]
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_or_writes_a_file_meanwhile_is_not_disturbed_and_disturbs_nobody(#[case] mode: &str) {
    let theirs = Theirs::new(mode).await;
    let meanwhile = ["begin; select count(*) from users", "begin immediate; delete from knex_migrations"];
    for theirs_do in meanwhile {
        let before = theirs.bytes()["theirs.db"].clone();
        let mut conn = open(&theirs.file).await;
        run(&mut conn, theirs_do).await;
        let began = Instant::now();
        assert_eq!(theirs.survey().await.outcome, Outcome::Ready, "{theirs_do}");
        assert!(began.elapsed() < Duration::from_secs(3), "{theirs_do}: {:?}", began.elapsed());
        run(&mut conn, "rollback").await;
        conn.close().await.unwrap();
        assert_eq!(theirs.bytes()["theirs.db"], before, "{theirs_do}");
    }
    tenants::adopt(&theirs.world.platform, &operator(), theirs.adopt()).await.unwrap();
    let adopted = theirs.bytes()["theirs.db"].clone();
    for theirs_do in meanwhile {
        let mut conn = open(&theirs.file).await;
        run(&mut conn, theirs_do).await;
        let began = Instant::now();
        theirs.look().await;
        assert!(began.elapsed() < Duration::from_secs(5), "{theirs_do}: {:?}", began.elapsed());
        assert_eq!(theirs.bytes()["theirs.db"], adopted, "{theirs_do}");
        run(&mut conn, "rollback").await;
        conn.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_had_not_finished_is_taken_back_by_nobody_who_only_looks() {
    let many = "begin immediate; with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) \
                insert into knex_migrations (name) select zeroblob(100000) from n";
    let theirs = Theirs::killed_at("delete", many).await;
    let before = theirs.bytes();
    assert!(before.contains_key("theirs.db-journal"), "{before:?}");
    let survey = theirs.survey().await;
    assert_eq!(survey.outcome, Outcome::Refused);
    assert!(survey.problem.as_ref().unwrap().contains("has not finished"), "{survey:?}");
    assert!(survey.hint.unwrap().command().contains("open it once with that program"));
    assert_eq!(theirs.bytes(), before);
    // That program is begun again.
    let mut conn = open(&theirs.file).await;
    run(&mut conn, "select count(*) from users").await;
    conn.close().await.unwrap();
    assert_eq!(theirs.survey().await.outcome, Outcome::Ready);
}
