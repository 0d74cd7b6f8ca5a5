//! A SQLite tenant's file is worked on in a process of its own: what becomes of that process, Neo's lives, gets its answer in
//! time, and finds the file whole.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use neo::actor::Actor;
use neo::engine::{Category, Connection, Engine, Target};
use neo::migrations::apply::{self, Goal, Options};
use neo::migrations::{Set, ledger};
use neo::runs;
use tokio_util::sync::CancellationToken;

use super::reads::target;
use super::within;
use crate::runs::{all, by_hand, finish, fleet, migration, start};

/// In any case a process that does not answer is gone by then.
const ENDED: Duration = Duration::from_secs(20);

/// The processes that this one has begun to work on files, and that have not ended.
fn sessions() -> Vec<PathBuf> {
    let own = std::process::id().to_string();
    let is_session = |process: &PathBuf| {
        let read = |name: &str| std::fs::read_to_string(process.join(name)).unwrap_or_default();
        let stat = read("stat");
        let mut after = stat.rsplit(") ").next().unwrap_or_default().split(' ');
        let (state, parent) = (after.next(), after.next());
        state != Some("Z") && parent == Some(&own) && read("cmdline").contains("sqlite_session")
    };
    let all = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(is_session).collect()
}

/// The one that has this file open.
fn session_on(file: &Path) -> PathBuf {
    let has = |process: &PathBuf| {
        let open = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        open.filter_map(|fd| std::fs::read_link(fd.path()).ok()).any(|to| to == file)
    };
    sessions().into_iter().find(has).expect("no process has the file open")
}

fn signal(name: &str, process: &Path) {
    let pid = process.file_name().unwrap();
    assert!(Command::new("kill").arg(format!("-{name}")).arg(pid).status().unwrap().success());
    if name == "STOP" {
        // It may answer until all of its threads have heard it.
        let has_stopped = |task: std::fs::DirEntry| {
            std::fs::read_to_string(task.path().join("status")).is_ok_and(|status| status.contains("State:\tT"))
        };
        let tasks = || std::fs::read_dir(process.join("task")).unwrap().flatten();
        while !tasks().all(has_stopped) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

async fn opened(folder: &Path) -> (Target, Connection, PathBuf) {
    let target = target(Engine::Sqlite, folder).await;
    let mut conn = Connection::open(&target).await.unwrap();
    conn.execute("create table t (a); insert into t values (1)").await.unwrap();
    let session = session_on(&target.path.canonicalize().unwrap());
    (target, conn, session)
}

async fn count(conn: &mut Connection) -> String {
    let Connection::Sqlite { conn, .. } = conn else { panic!("not on SQLite") };
    conn.texts("select cast(count(*) as text) from t").await.unwrap().remove(0).unwrap()
}

#[tokio::test]
async fn a_process_that_is_killed_is_told_and_what_it_had_begun_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mut conn, session) = opened(folder.path()).await;
    // More than is kept in memory: it is in the file already, and what was there in the journal.
    let many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100) \
                insert into t select zeroblob(100000) from n";
    conn.execute(&format!("begin immediate; {many}")).await.unwrap();
    let journal = folder.path().join(format!("{}-journal", target.path.file_name().unwrap().display()));
    assert!(std::fs::metadata(&journal).unwrap().len() > 0 && target.path.metadata().unwrap().len() > 5_000_000);
    signal("KILL", &session);
    let failure = conn.execute("commit").await.unwrap_err();
    assert!(failure.message.ends_with("was ended: by signal 9"), "{failure:?}");
    assert!(failure.message.contains("tenant.db") && failure.hint.is_some() && failure.may_pass(), "{failure:?}");
    // So does whatever comes after it.
    assert_eq!(conn.execute("select 1").await.unwrap_err().message, failure.message);
    conn.close().await;
    let mut next = Connection::open(&target).await.unwrap();
    assert_eq!(count(&mut next).await, "1");
    assert!(!journal.exists());
    next.close().await;
}

#[tokio::test]
async fn a_process_that_does_not_answer_is_ended_when_its_time_is_up() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mut conn, session) = opened(folder.path()).await;
    // As one call of a function does that takes longer than its time: nothing in there looks at the clock.
    signal("STOP", &session);
    let begun = Instant::now();
    let failure = within(ENDED, "a look at the ledger", ledger::read(&mut conn)).await.unwrap_err();
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(10) && took < Duration::from_secs(18), "{took:?}");
    assert!(failure.message.contains("could not be read within 10 s") && !failure.may_pass(), "{failure:?}");
    assert!(!session.exists());
    conn.close().await;
    Connection::open(&target).await.unwrap().close().await;
}

#[tokio::test]
async fn a_process_that_does_not_heed_a_cancellation_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mut conn, session) = opened(folder.path()).await;
    let stop = CancellationToken::new();
    conn.heed(&stop);
    // One that heeds it says so itself, and lives.
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    let canceller = stop.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        canceller.cancel();
    });
    let failure = conn.execute(endless).await.unwrap_err();
    assert_eq!((failure.code.as_deref(), failure.message.as_str()), (Some("9"), "interrupted"));
    assert!(session.exists());
    signal("STOP", &session);
    let begun = Instant::now();
    let failure = within(ENDED, "a cancelled statement", conn.execute("select 1")).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    assert!(failure.message.ends_with("it went on when it was told to stop"), "{failure:?}");
    assert_eq!((failure.category, failure.code), (Category::Timeout, None));
    assert!(!session.exists());
    conn.close().await;
    Connection::open(&target).await.unwrap().close().await;
}

#[tokio::test]
async fn what_was_asked_and_not_waited_for_is_not_taken_for_the_next_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mut conn, session) = opened(folder.path()).await;
    signal("STOP", &session);
    let asked = tokio::time::timeout(Duration::from_millis(200), conn.execute("insert into t values (2)")).await;
    assert!(asked.is_err());
    let failure = within(ENDED, "the next question", conn.execute("select 1")).await.unwrap_err();
    assert!(failure.message.ends_with("its last answer did not come in time"), "{failure:?}");
    conn.close().await;
    let mut next = Connection::open(&target).await.unwrap();
    assert_eq!(count(&mut next).await, "1");
    next.close().await;
}

/// Of a migration whose process is gone the ledger is read at once, on another: what it had begun is taken back then.
#[tokio::test]
async fn a_migration_whose_process_is_gone_leaves_nothing_and_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let (target, conn, _) = opened(folder.path()).await;
    conn.close().await;
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let endless = "create table made (a);
        with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n;";
    let file = files.join("20260101000001_one.up.sql");
    std::fs::write(&file, endless).unwrap();
    let run = async |conn: &mut Connection| {
        let set = Set::read(&files).unwrap();
        let (options, goal) = (Options::within(Duration::from_secs(10)), Goal::Up { to: None });
        apply::run(conn, &set, &goal, &options, &|_| ()).await
    };
    let mut conn = Connection::open(&target).await.unwrap();
    let session = session_on(&target.path.canonicalize().unwrap());
    let killer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        signal("ABRT", &session);
    });
    let outcome = run(&mut conn).await;
    killer.await.unwrap();
    let failure = outcome.failure.unwrap();
    assert!(failure.message.ends_with("was ended: by signal 6"), "{failure:?}");
    assert_eq!(outcome.ledger, Some(Vec::new()));
    std::fs::write(&file, "create table made (a);").unwrap();
    let outcome = run(&mut conn).await;
    assert_eq!((outcome.failure, outcome.done.len()), (None, 1));
    conn.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenants_trigger_makes_fails_that_tenant_and_the_run_goes_on() {
    let world = fleet(&["acme", "beta"]).await;
    let makes = "create trigger makes after insert on contacts begin select hex(zeroblob(450000000)), \
                 hex(zeroblob(450000000)), hex(zeroblob(450000000)), hex(zeroblob(450000000)); end";
    by_hand(&world, "acme", makes).await;
    migration(&world, 2, "first_contact", "insert into contacts (id) values ('one');", None);
    let run = start(&world, all(runs::Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.migrated, run.tenants.failed), (1, 1));
    let causes = runs::causes(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let failure = &causes[0].failure;
    assert_eq!((causes[0].tenants.as_slice(), failure.code.as_deref()), (&["acme".to_owned()][..], Some("7")));
    assert!(failure.message == "out of memory" && failure.hint.is_some(), "{failure:?}");
}

#[tokio::test]
async fn what_works_on_a_file_has_bounds_and_nothing_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut conn, session) = opened(folder.path()).await;
    // As every process has it: a stand-in for the key.
    assert!(std::env::var_os("PATH").is_some());
    let environment = std::fs::read_to_string(session.join("environ")).unwrap();
    let names: Vec<_> = environment.split('\0').filter_map(|pair| pair.split_once('=')).map(|pair| pair.0).collect();
    assert!(names.iter().all(|name| ["NEO_SQLITE_SESSION", "TMPDIR", "SQLITE_TMPDIR"].contains(name)), "{names:?}");
    let limits = std::fs::read_to_string(session.join("limits")).unwrap();
    let limit = |of: &str| {
        let line = limits.lines().find(|line| line.starts_with(of)).unwrap();
        line[of.len()..].split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!((limit("Max core file size"), limit("Max data size")), (0, 2 << 30));
    assert!(limit("Max open files") <= 128);
    assert_eq!(std::fs::read_to_string(session.join("oom_score_adj")).unwrap().trim(), "1000");
    // Who ends a service, or types at a terminal, speaks to Neo: what is at work meanwhile is Neo's to end.
    for name in ["INT", "TERM", "HUP"] {
        signal(name, &session);
    }
    conn.execute("select 1").await.unwrap();
    conn.close().await;
}

/// Alone in a process, whose sessions nobody else begins or takes.
#[test]
fn sessions_are_used_again_and_none_is_left_behind() {
    const ALONE: &str = "NEO_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "bounds::process::sessions_are_used_again_and_none_is_left_behind";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let told = again.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&told.stdout);
        assert!(told.status.success(), "{text}{}", String::from_utf8_lossy(&told.stderr));
        let left: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("left: ")).collect();
        assert_eq!(left.len(), 16, "{text}");
        // They end with it, a moment later.
        let is_gone = || {
            left.iter().all(|process| {
                !std::fs::read_to_string(format!("{process}/cmdline")).is_ok_and(|c| c.contains("sqlite_session"))
            })
        };
        assert!(
            (0..50).any(|_| is_gone() || {
                std::thread::sleep(Duration::from_millis(100));
                false
            }),
            "{left:?}"
        );
        return;
    }
    // One runtime after another, as tests and commands have it.
    let folder = tempfile::tempdir().unwrap();
    let turn = async || {
        let (_, conn, session) = opened(&tempfile::tempdir_in(folder.path()).unwrap().keep()).await;
        conn.close().await;
        session
    };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime().block_on(turn());
    let begun = Instant::now();
    runtime().block_on(async {
        for _ in 0..20 {
            assert_eq!(turn().await, first);
        }
    });
    println!("twenty connections: {:?}", begun.elapsed());
    runtime().block_on(async {
        let mut open = Vec::new();
        let begun = Instant::now();
        for _ in 0..20 {
            open.push(opened(&tempfile::tempdir_in(folder.path()).unwrap().keep()).await);
        }
        println!("twenty at once: {:?}", begun.elapsed());
        assert_eq!(sessions().len(), 20);
        // What is dropped is ended.
        let (_, dropped, session) = open.pop().unwrap();
        drop(dropped);
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !session.exists() {
                break;
            }
        }
        assert!(!session.exists());
        let (target, mut conn, session) = open.pop().unwrap();
        let begun = Instant::now();
        for _ in 0..1000 {
            conn.execute("select 1").await.unwrap();
        }
        println!("a thousand statements: {:?}", begun.elapsed());
        // A connection that is closed in order leaves it to the next one.
        conn.close().await;
        Connection::open(&target).await.unwrap().close().await;
        assert!(session.exists());
        for (_, conn, _) in open {
            conn.close().await;
        }
    });
    let left = sessions();
    assert_eq!(left.len(), 16);
    for session in left {
        println!("left: {}", session.display());
    }
}
