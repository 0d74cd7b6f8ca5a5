//! Runs over SQLite tenants: what happens to the fleet, and what is told about it.

mod late;

use std::path::Path;

use futures::StreamExt;
use neo::actor::{Actor, Role};
use neo::engine::Category;
use neo::error::Kind;
use neo::runs::{self, Amount, Goal, OnError, Policy, Request, Rerun, Status, TaskFilter, TaskStatus};
use neo::tenants::{self, Filter, NewTenant};

use crate::support;
use crate::world::{World, actor};

/// A platform with these tenants, provisioned at one migration.
pub async fn fleet(slugs: &[&str]) -> World {
    provisioned(World::new().await, slugs).await
}

/// The same on a platform that is there.
pub async fn provisioned(world: World, slugs: &[&str]) -> World {
    migration(
        &world,
        1,
        "create_contacts",
        "create table contacts (id text primary key);",
        Some("drop table contacts;"),
    );
    for slug in slugs {
        let new = NewTenant { slug: (*slug).into(), name: None, server: None, tags: vec![], ..NewTenant::default() };
        let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
        runs::work_on(&world.platform, run.number).await.unwrap();
        let run = runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap();
        assert_eq!(run.status, Status::Succeeded, "{slug} was not provisioned");
    }
    world
}

pub fn migration(world: &World, n: u32, name: &str, up: &str, down: Option<&str>) {
    let stem = format!("202601010000{n:02}_{name}");
    std::fs::write(world.migrations().join(format!("{stem}.up.sql")), up).unwrap();
    if let Some(down) = down {
        std::fs::write(world.migrations().join(format!("{stem}.down.sql")), down).unwrap();
    }
}

pub fn add_status(world: &World) {
    migration(
        world,
        2,
        "add_status",
        "-- a comment\nalter table contacts add column status text;",
        Some("alter table contacts drop column status;"),
    );
}

/// Says something to a tenant's database behind Neo's back.
pub async fn by_hand(world: &World, slug: &str, sql: &'static str) {
    use sqlx::Connection;
    let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file(world, slug).await)).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

/// The first column of what it answers.
async fn by_hand_answer(world: &World, slug: &str, sql: &'static str) -> Vec<String> {
    use sqlx::Connection;
    let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file(world, slug).await)).await.unwrap();
    let rows = sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    rows
}

pub async fn file(world: &World, slug: &str) -> String {
    let tenant = tenants::find(&world.platform, &Actor::operator(), slug).await.unwrap();
    let folder = Path::new(&world.platform.config.data_dir).join("tenants");
    folder.join(format!("{}.db", tenant.database)).display().to_string()
}

pub fn all(goal: Goal) -> Request {
    Request {
        goal,
        selection: Filter::default(),
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    }
}

/// A rollback is confirmed as by somebody who has read what it undoes.
pub async fn start(world: &World, request: Request) -> runs::Run {
    let request = confirmed(world, request).await.unwrap();
    runs::start(&world.platform, &Actor::operator(), request).await.unwrap()
}

pub async fn confirmed(world: &World, request: Request) -> neo::Result<Request> {
    if request.goal.kind() != runs::Kind::Rollback {
        return Ok(request);
    }
    let operator = Actor::operator();
    let preview = runs::rollback_preview(&world.platform, &operator, &request.goal, &request.selection).await?;
    Ok(Request { confirm: runs::to_confirm(&preview), ..request })
}

pub async fn finish(world: &World, number: i64) -> runs::Run {
    runs::work_on(&world.platform, number).await.unwrap();
    runs::find(&world.platform, &Actor::operator(), number).await.unwrap()
}

pub async fn events(world: &World, run: &runs::Run, after: i64) -> Vec<runs::Event> {
    runs::watch(&world.platform, run, after).map(|event| event.unwrap()).collect().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_tenant_does_not_stop_the_others_and_its_rerun_mends_the_run() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    add_status(&world);
    by_hand(&world, "beta", "alter table contacts add column status text").await;

    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Failed);
    assert_eq!((run.tenants.migrated, run.tenants.failed, run.migrations_applied), (2, 1, 2));

    let causes = runs::causes(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(causes.len(), 1);
    let failure = &causes[0].failure;
    assert_eq!(causes[0].tenants, ["beta"]);
    assert_eq!(failure.category, Category::Exists);
    assert_eq!(failure.migration.as_deref(), Some("20260101000002_add_status"));
    assert_eq!(failure.line, Some(2));
    assert!(failure.message.contains("duplicate column name: status"), "{}", failure.message);

    by_hand(&world, "beta", "alter table contacts drop column status").await;
    let support = actor(Role::Support);
    let cause = Rerun::Cause(causes[0].fingerprint.clone());
    runs::rerun(&world.platform, &support, run.number, &cause, Some("column dropped")).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Succeeded);
    assert_eq!((run.tenants.migrated, run.tenants.failed), (3, 0));

    let attempts = runs::attempts(&world.platform, &support, run.number, Some("beta"), None).await.unwrap();
    assert_eq!(attempts.iter().map(|a| a.status.as_str()).collect::<Vec<_>>(), ["failed", "succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_goes_on_is_told_with_what_is_done_so_far() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let slow = "create table slow as with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000000) \
                select count(*) as c from n;";
    migration(&world, 3, "slow", slow, None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let work = {
        let platform = world.platform.clone();
        tokio::spawn(async move { runs::work_on(&platform, run.number).await })
    };
    let tries =
        async || runs::attempts(&world.platform, &Actor::operator(), run.number, Some("acme"), None).await.unwrap();
    let seen = async {
        loop {
            if let [tried] = &tries().await[..]
                && let [step] = &tried.steps[..]
            {
                return (tried.clone(), step.migration.clone());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let (tried, first) = tokio::time::timeout(std::time::Duration::from_secs(60), seen).await.expect("told");
    assert_eq!((tried.status, tried.attempt, tried.applied, tried.ms), (TaskStatus::Running, 1, 1, None));
    assert_eq!(first, "20260101000002_add_status");
    work.await.unwrap().unwrap();
    let [tried] = &tries().await[..] else { panic!("one try") };
    assert_eq!((tried.status, tried.applied), (TaskStatus::Succeeded, 2));
    let steps: Vec<_> = tried.steps.iter().map(|step| step.migration.as_str()).collect();
    assert_eq!(steps, ["20260101000002_add_status", "20260101000003_slow"], "of nobody else");
    assert!(tried.steps.iter().all(|step| step.ms.is_some() && Some(step.at) >= tried.started_at));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_gaps_and_a_late_watcher_sees_the_same_story() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let (live, _) = tokio::join!(events(&world, &run, 0), finish(&world, run.number));
    let seqs: Vec<i64> = live.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
    let kinds: Vec<&str> = live.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"run.planned"));
    assert_eq!(kinds.last(), Some(&"run.finished"));
    assert_eq!(kinds.iter().filter(|k| **k == "migration.applied").count(), 2);

    let late = events(&world, &run, 3).await;
    assert_eq!(late.iter().map(|e| e.seq).collect::<Vec<_>>(), seqs[3..]);
    assert_eq!(serde_json::to_value(&late).unwrap(), serde_json::to_value(&live[3..]).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_known_to_be_current_is_not_connected_to() {
    let world = fleet(&["acme", "beta"]).await;
    // Were it connected to, this one would fail.
    std::fs::write(file(&world, "beta").await, "not a database").unwrap();
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.current), (Status::Succeeded, 2));

    let policy = Policy { trust_ms: 0, ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.current, run.tenants.failed), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_in_one_live_run_at_a_time() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let first = start(&world, all(Goal::Migrate { to: None })).await;
    let second = runs::start(&world.platform, &Actor::operator(), all(Goal::Migrate { to: None })).await.unwrap_err();
    assert_eq!(second.kind, Kind::Conflict);
    assert!(second.message.starts_with(&format!("run {} is at tenant", first.number)), "{}", second.message);
    let first = finish(&world, first.number).await;
    assert_eq!(first.status, Status::Succeeded);
}

/// A worker that took all tasks of a run and died before it could say what came of them.
async fn die_at(world: &World, run: &runs::Run) {
    let mut tx = world.platform.central.write().await.unwrap();
    for sql in [
        "update runs set status = 'running', started_at = 1 where id = $1",
        "update tasks set status = 'running', worker_id = 'gone', attempt = 1, epoch = 1 where run_id = $1",
    ] {
        sqlx::query(sql).bind(run.id.clone()).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_later_runs_did_is_not_the_dead_ones() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let operator = Actor::operator();
    // It had done nothing when it died; the next two runs did it all.
    let dead = start(&world, all(Goal::Migrate { to: None })).await;
    die_at(&world, &dead).await;
    let second = start(&world, all(Goal::Migrate { to: None })).await;
    assert!(!runs::at_least(&world.platform, &operator, &Filter::default(), 1).await.unwrap().ok, "nobody knows yet");
    assert_eq!(finish(&world, second.number).await.tenants.migrated, 1);
    // Having run again is enough: the ledger has been read.
    assert!(runs::at_least(&world.platform, &operator, &Filter::default(), 20_260_101_000_002).await.unwrap().ok);
    let dead = runs::find(&world.platform, &operator, dead.number).await.unwrap();
    assert_eq!((dead.status, dead.tenants.unknown, dead.tenants.skipped), (Status::Halted, 0, 1));
    assert_eq!(dead.migrations_applied, 0);
    let told = events(&world, &dead, 0).await;
    let [.., skipped, last] = &told[..] else { panic!("{told:?}") };
    assert_eq!(skipped.body["reason"], format!("its worker died; run {} has been there since", second.number));
    assert_eq!((last.kind.as_str(), &last.body["message"]), ("run.halted", &"its worker died".into()));
    let undo = Request { detached: true, ..all(Goal::RollbackRun { run: dead.number }) };
    let undo = start(&world, undo).await;
    let undone = finish(&world, undo.number).await;
    assert_eq!((undone.tenants.migrated, undone.migrations_applied), (0, 0), "it is the second run's");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_taken_up_again_is_credited_with_its_own() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let dead = start(&world, all(Goal::Migrate { to: None })).await;
    die_at(&world, &dead).await;
    migration(
        &world,
        3,
        "add_note",
        "alter table contacts add column note text;",
        Some("alter table contacts drop column note;"),
    );
    // Another brings it further, and leaves what the first was at in doubt: it fails after its first file.
    migration(&world, 4, "wrong", "insert into nowhere values (1);", None);
    let other = start(&world, all(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, other.number).await.tenants.failed, 1);
    for file in ["20260101000003_add_note.up.sql", "20260101000003_add_note.down.sql", "20260101000004_wrong.up.sql"] {
        std::fs::remove_file(world.migrations().join(file)).unwrap();
    }
    by_hand(&world, "acme", "delete from _sqlx_migrations where version = 20260101000003").await;
    runs::resume(&world.platform, &Actor::operator(), dead.number).await.unwrap();
    let dead = finish(&world, dead.number).await;
    assert_eq!((dead.tenants.current, dead.migrations_applied), (1, 0), "{dead:?}");
}

/// Its worker was thought dead while it waited for the central database, and is the one that looks into the task afterwards: both come
/// to their ends at once, and one of them counts.
#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_task_and_is_given_it_again_writes_one_end() {
    let cluster = support::postgres().await;
    let name = support::unique("central");
    cluster.create_database(&name).await;
    for world in [World::new().await, World::on(&cluster.url(&name)).await] {
        let world = provisioned(world, &["acme"]).await;
        let slow = "create table slow as with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000000) \
                    select count(*) as c from n;";
        migration(&world, 2, "slow", slow, None);
        let run = start(&world, all(Goal::Migrate { to: None })).await;
        let platform = world.platform.clone();
        let number = run.number;
        let worker = tokio::spawn(async move { runs::work_on(&platform, number).await });
        let is_held = async |epoch: i64| {
            let held = "select epoch from tasks where run_id = $1 and status = 'running'";
            loop {
                let mut conn = world.platform.central.read().await.unwrap();
                let now: Option<i64> =
                    sqlx::query_scalar(held).bind(run.id.clone()).fetch_optional(&mut *conn).await.unwrap();
                match now {
                    Some(now) if now == epoch => return,
                    _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                }
            }
        };
        is_held(1).await;
        // As others do who think it dead.
        let mut tx = world.platform.central.write().await.unwrap();
        let taken = "update tasks set status = 'unknown', reason = 'reconcile', epoch = 2, worker_id = null where run_id = $1 and status = 'running'";
        let taken = sqlx::query(taken).bind(run.id.clone()).execute(&mut *tx).await.unwrap();
        assert_eq!(taken.rows_affected(), 1, "the task was over too soon");
        tx.commit().await.unwrap();
        world.platform.bell.notify_waiters();
        is_held(3).await;
        // No round is written until both have ended.
        let mut tx = world.platform.central.write().await.unwrap();
        sqlx::query("update runs set kind = kind where id = $1").bind(run.id.clone()).execute(&mut *tx).await.unwrap();
        while by_hand_answer(&world, "acme", "select cast(max(version) as text) from _sqlx_migrations").await
            != ["20260101000002"]
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        drop(tx);
        tokio::time::timeout(std::time::Duration::from_secs(30), worker)
            .await
            .expect("it stands still")
            .unwrap()
            .unwrap();
        let run = runs::find(&world.platform, &Actor::operator(), number).await.unwrap();
        assert_eq!((run.status, run.tenants.migrated, run.migrations_applied), (Status::Succeeded, 1, 1), "{run:?}");
        let ends = events(&world, &run, 0)
            .await
            .into_iter()
            .filter(|event| event.kind == runs::EventKind::TenantSucceeded)
            .count();
        assert_eq!(ends, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_leaves_no_gap() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let operator = Actor::operator();
    let first = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, first.number).await;
    migration(
        &world,
        3,
        "add_note",
        "alter table contacts add column note text;",
        Some("alter table contacts drop column note;"),
    );
    let second = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, second.number).await;
    let refused =
        runs::start(&world.platform, &operator, all(Goal::RollbackRun { run: first.number })).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);
    assert!(refused.cause.unwrap().contains("20260101000003_add_note was applied after it"));
    let nobody = runs::start(&world.platform, &operator, all(Goal::RollbackRun { run: 999 })).await.unwrap_err();
    assert_eq!(nobody.kind, Kind::NotFound);
    // The file of the newest is gone: what lies under it is not undone in its place.
    for file in ["20260101000003_add_note.up.sql", "20260101000003_add_note.down.sql"] {
        std::fs::rename(world.migrations().join(file), world.dir.path().join(file)).unwrap();
    }
    let under = start(&world, all(Goal::RollbackSteps { steps: 1 })).await;
    assert_eq!(finish(&world, under.number).await.tenants.failed, 1);
    let failure = runs::failures(&world.platform, &operator, under.number).await.unwrap().remove(0).2;
    assert!(
        failure.message.contains("add_note is applied here after 20260101000002_add_status"),
        "{}",
        failure.message
    );
    for file in ["20260101000003_add_note.up.sql", "20260101000003_add_note.down.sql"] {
        std::fs::rename(world.dir.path().join(file), world.migrations().join(file)).unwrap();
    }
    // A file that has come since is no business of a rollback.
    let rerun = runs::rerun(&world.platform, &operator, under.number, &Rerun::Failed, None).await.unwrap();
    assert_eq!(finish(&world, rerun.number).await.tenants.failed, 1, "it was to undo the second alone");
    let everything = start(&world, all(Goal::RollbackTo { to: 20_260_101_000_001 })).await;
    assert_eq!(finish(&world, everything.number).await.migrations_applied, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_did_is_read_from_the_ledger() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    // It had migrated acme.
    die_at(&world, &run).await;
    let set = neo::migrations::Set::read(&world.migrations()).unwrap();
    let checksum = hex::encode(&set.migrations[1].variants[0].up.checksum);
    let ledger: &'static str = Box::leak(
        format!(
            "alter table contacts add column status text;
             insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (20260101000002, 'add status', true, x'{checksum}', 1)"
        )
        .into_boxed_str(),
    );
    by_hand(&world, "acme", ledger).await;

    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Failed);
    let page =
        runs::tasks(&world.platform, &Actor::operator(), run.number, &TaskFilter { limit: 10, ..Default::default() })
            .await
            .unwrap();
    let ends: Vec<_> = page.tasks.iter().map(|t| (t.tenant.as_str(), t.status)).collect();
    assert_eq!(ends, [("beta", TaskStatus::Unknown), ("acme", TaskStatus::Succeeded)]);

    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated, run.migrations_applied), (Status::Succeeded, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nobody_works_on_gives_way_to_a_new_one() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let abandoned = start(&world, all(Goal::Migrate { to: None })).await;
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query("update runs set status = 'running', started_at = 1").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();

    let next = start(&world, all(Goal::Migrate { to: None })).await;
    let next = finish(&world, next.number).await;
    assert_eq!((next.status, next.tenants.migrated), (Status::Succeeded, 1));
    let abandoned = runs::find(&world.platform, &Actor::operator(), abandoned.number).await.unwrap();
    assert_eq!(abandoned.status, Status::Halted);
    assert_eq!(abandoned.halt_reason.as_deref(), Some("its worker died"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_undoes_what_the_last_run_applied() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    migration(&world, 3, "create_notes", "create table notes (id text);", Some("drop table notes;"));
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;

    let one = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let preview = runs::rollback_preview(&world.platform, &Actor::operator(), &Goal::RollbackLast, &one).await.unwrap();
    assert_eq!(preview[0].1, ["20260101000003_create_notes", "20260101000002_add_status"]);
    let run = start(&world, Request { selection: one, ..all(Goal::RollbackLast) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.migrations_applied), (Status::Succeeded, 2));
    let acme = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    let beta = tenants::find(&world.platform, &Actor::operator(), "beta").await.unwrap();
    assert_eq!((acme.version, beta.version), (Some(20260101000001), Some(20260101000003)));

    let admin = actor(Role::Admin);
    let refused = runs::start(&world.platform, &admin, all(Goal::RollbackSteps { steps: 1 })).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Denied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_without_a_down_file_is_refused_by_name() {
    let world = fleet(&["acme"]).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;
    let request = all(Goal::RollbackSteps { steps: 2 });
    let refused = runs::start(&world.platform, &Actor::operator(), request).await.unwrap_err();
    assert_eq!(refused.message, "20260101000002_add_status cannot be rolled back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_failures_halts_the_run_and_it_can_be_resumed() {
    let slugs = ["a1", "a2", "a3", "a4", "a5", "a6"];
    let world = fleet(&slugs).await;
    add_status(&world);
    for slug in slugs {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let policy = Policy { concurrency: 1, max_failures: Some(Amount::Count(1)), ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 2, 4));
    assert_eq!(run.halt_reason.as_deref(), Some("2 failures are more than the 1 allowed"));

    for slug in slugs {
        by_hand(&world, slug, "alter table contacts drop column status").await;
    }
    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stops_at_a_failure_leaves_the_rest_untouched() {
    let world = fleet(&["a1", "a2", "a3"]).await;
    add_status(&world);
    for slug in ["a1", "a2", "a3"] {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let policy = Policy { concurrency: 1, on_error: OnError::Stop, ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 1, 2));
    let operator = Actor::operator();
    let paused = runs::pause(&world.platform, &operator, run.number).await;
    assert_eq!(paused.unwrap_err().kind, Kind::Conflict);

    // Its rest is free for another; while that has them, neither a resume nor a rerun gets in its way.
    let rest = Filter { keys: vec!["a3".into()], ..Filter::default() };
    let other = start(&world, Request { selection: rest, detached: true, ..all(Goal::Migrate { to: None }) }).await;
    let resumed = runs::resume(&world.platform, &operator, run.number).await.unwrap_err();
    let rerun = runs::rerun(&world.platform, &operator, run.number, &Rerun::Failed, None).await.unwrap_err();
    for refused in [resumed, rerun] {
        assert_eq!(refused.kind, Kind::Conflict);
        assert!(refused.message.starts_with(&format!("run {} is at tenant \"a3\"", other.number)), "{refused}");
    }
    let run = runs::find(&world.platform, &operator, run.number).await.unwrap();
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 1, 2), "as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_all_that_there_is_for_its_engine_is_current() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    std::fs::write(world.migrations().join("20260101000003_only_there.postgres.up.sql"), "select 1;").unwrap();
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 1);
    let operator = Actor::operator();
    let tenant = tenants::find(&world.platform, &operator, "acme").await.unwrap();
    assert_eq!((tenant.state, tenant.version), (tenants::State::Current, Some(20_260_101_000_002)));
    let status = runs::status(&world.platform, &operator, &Filter::default()).await.unwrap();
    assert_eq!((status[0].pending, status[0].state), (0, tenants::State::Current));
    let at_least =
        async |version| runs::at_least(&world.platform, &operator, &Filter::default(), version).await.unwrap().ok;
    assert!(at_least(20_260_101_000_003).await, "it has nothing to bring it there");
    assert!(!at_least(20_260_101_000_004).await, "no file says what that is");
    // Out of the cache, too.
    let again = start(&world, all(Goal::Migrate { to: None })).await;
    let again = finish(&world, again.number).await;
    assert_eq!((again.tenants.current, again.status), (1, Status::Succeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_can_be_paused_resumed_and_cancelled() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let operator = Actor::operator();
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let paused = runs::pause(&world.platform, &operator, run.number).await.unwrap();
    assert_eq!(paused.status, Status::Paused);
    let resumed = runs::resume(&world.platform, &operator, run.number).await.unwrap();
    assert_eq!(resumed.status, Status::Queued, "nobody has begun it");
    let cancelled = runs::cancel(&world.platform, &operator, run.number, false).await.unwrap();
    assert_eq!((cancelled.status, cancelled.tenants.cancelled), (Status::Cancelled, 1));
    let told = events(&world, &cancelled, 0).await;
    let kinds: Vec<&str> = told.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["run.planned", "run.paused", "run.resumed", "tenant.cancelled", "run.finished"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_applies_the_files_it_was_planned_with_or_nothing() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    migration(&world, 2, "add_status", "alter table contacts add column other text;", None);
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Halted);
    assert_eq!(
        run.halt_reason.as_deref(),
        Some("the file of 20260101000002_add_status is not what it was when the run was planned")
    );
}

async fn only_failure(world: &World, run: &runs::Run) -> runs::Failure {
    runs::failures(&world.platform, &Actor::operator(), run.number).await.unwrap().remove(0).2
}

async fn migrate(world: &World, to: Option<i64>) -> runs::Run {
    let run = start(world, all(Goal::Migrate { to })).await;
    finish(world, run.number).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_has_written_yet_is_refused_by_name_and_nothing_is_run() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let folder = world.migrations();
    let (up, down) = neo::migrations::make(&folder, "later", 0).unwrap();
    let version = neo::migrations::Set::read(&folder).unwrap().latest().unwrap();
    let run = migrate(&world, None).await;
    assert_eq!((run.tenants.failed, run.migrations_applied), (2, 0));
    let failure = only_failure(&world, &run).await;
    assert_eq!(failure.message, format!("{version}_later.up.sql holds no statement"));
    assert!(failure.hint.unwrap().command().contains("-- neo: empty"));
    // It is in nobody's way who does not want to go there, or only looks.
    let verified = start(&world, all(Goal::Verify)).await;
    assert_eq!(finish(&world, verified.number).await.tenants.failed, 0);
    assert_eq!(migrate(&world, Some(version - 1)).await.tenants.migrated, 2);

    // Each direction by itself.
    std::fs::write(&up, format!("-- neo: empty\n{}", std::fs::read_to_string(&up).unwrap())).unwrap();
    assert_eq!(migrate(&world, None).await.tenants.migrated, 2);
    let undo = start(&world, all(Goal::RollbackLast)).await;
    let undo = finish(&world, undo.number).await;
    assert_eq!((undo.tenants.failed, undo.migrations_applied), (2, 0));
    assert_eq!(only_failure(&world, &undo).await.message, format!("{version}_later.down.sql holds no statement"));
    std::fs::write(&down, "-- neo: empty\n").unwrap();
    let undo = start(&world, all(Goal::RollbackLast)).await;
    assert_eq!(finish(&world, undo.number).await.tenants.migrated, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_to_stop_at_leaves_what_comes_after_it_unread() {
    let world = fleet(&["acme"]).await;
    add_status(&world);
    migration(&world, 3, "block", "begin;\nselect 1;\ncommit;", None);
    let (first, second) = (20_260_101_000_001, 20_260_101_000_002);
    assert_eq!(migrate(&world, Some(second)).await.tenants.migrated, 1);
    let trust_none = Policy { trust_ms: 0, ..Policy::default() };
    for to in [first, second] {
        // Applied already, and what was applied after it may have changed.
        migration(&world, 2, "add_status", "alter table contacts add column state text;", None);
        let run = start(&world, Request { policy: trust_none.clone(), ..all(Goal::Migrate { to: Some(to) }) }).await;
        let run = finish(&world, run.number).await;
        assert_eq!((run.tenants.current, run.tenants.failed), if to == first { (1, 0) } else { (0, 1) }, "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_checked_out_on_another_system_is_the_one_that_was_applied() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let text = "-- a comment\r\nalter table contacts add column note text;\r\n";
    migration(&world, 3, "add_note", text, None);
    assert_eq!(migrate(&world, None).await.tenants.migrated, 2);
    // What sqlx-cli would have written is what is there.
    let theirs = sqlx::migrate::resolve_blocking(&world.migrations()).unwrap();
    let sum = theirs.iter().find(|(m, _)| m.version == 20_260_101_000_003 && m.migration_type.is_up_migration());
    let sum = hex::encode(&*sum.unwrap().0.checksum);
    let rows =
        by_hand_answer(&world, "acme", "select lower(hex(checksum)) from _sqlx_migrations order by version").await;
    assert_eq!(rows[2], sum);

    migration(&world, 3, "add_note", &text.replace("\r\n", "\n"), None);
    // Of what an older one has written, which summed the text with its line ends folded.
    let folded = neo::migrations::Set::read(&world.migrations()).unwrap().migrations[2].variants[0].up.checksum.clone();
    let older =
        format!("update _sqlx_migrations set checksum = x'{}' where version = 20260101000003", hex::encode(folded));
    by_hand(&world, "beta", Box::leak(older.into_boxed_str())).await;
    // Known to be current, whatever the line ends are: nobody is connected to.
    std::fs::rename(file(&world, "acme").await, world.dir.path().join("away.db")).unwrap();
    let run = migrate(&world, None).await;
    assert_eq!((run.tenants.current, run.tenants.failed), (2, 0));
    std::fs::rename(world.dir.path().join("away.db"), file(&world, "acme").await).unwrap();
    for text in [text.to_owned(), format!("\u{feff}{text}"), text.replace("\r\n", "\n")] {
        migration(&world, 3, "add_note", &text, None);
        let run = start(&world, all(Goal::Verify)).await;
        let run = finish(&world, run.number).await;
        assert_eq!((run.tenants.current, run.tenants.failed), (2, 0), "{text:?}");
    }
    migration(&world, 3, "add_note", "alter table contacts add column notes text;", None);
    let run = start(&world, all(Goal::Verify)).await;
    assert_eq!(finish(&world, run.number).await.tenants.failed, 2, "another text is another file");
    // Known to be contradicted, it is remembered for what it is; nobody takes it for current.
    let mut conn = world.platform.central.read().await.unwrap();
    let sql = "select count(*) from tenants where ledger_digest is not null and state = 'failed'";
    assert_eq!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *conn).await.unwrap(), 2);
    drop(conn);
    assert_eq!(migrate(&world, None).await.tenants.failed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_at_a_sqlite_file_nobody_can_tell_and_nothing_else_is_said() {
    use sqlx::Connection;
    let world = fleet(&["acme"]).await;
    add_status(&world);
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file(&world, "acme").await)).await.unwrap();
    sqlx::raw_sql("begin immediate").execute(&mut other).await.unwrap();
    let mut request = all(Goal::Migrate { to: None });
    request.policy.lock_timeout_ms = 50;
    let run = start(&world, request).await;
    let run = finish(&world, run.number).await;
    let failure = only_failure(&world, &run).await;
    assert_eq!(failure.category, Category::Lock);
    let hint = failure.hint.unwrap().command();
    assert!(hint.contains("SQLite does not tell which") && !hint.contains("doctor"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mariadb_server_does_not_take_is_told_with_the_way_out() {
    let cluster = || crate::support::own_mariadb("--max-allowed-packet=16384");
    let cluster = tokio::task::spawn_blocking(cluster).await.unwrap();
    let world = World::new().await;
    let new = neo::servers::NewServer::from_url("own", &cluster.admin_url().into()).unwrap();
    neo::servers::add(&world.platform, &Actor::operator(), new).await.unwrap();
    migration(&world, 1, "a", "create table a (id int primary key, t text);", None);
    let new =
        NewTenant { slug: "acme".into(), name: None, server: Some("own".into()), tags: vec![], ..NewTenant::default() };
    let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);

    let long = format!("insert into a values (1, '{}')", "x".repeat(20_000));
    migration(&world, 2, "b", &format!("{long};"), None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    let failure = only_failure(&world, &run).await;
    let detail = failure.detail.clone().unwrap_or_default();
    assert!(detail.contains(&format!("statement 1 has {} bytes", long.len())), "{failure:?}");
    assert!(detail.contains("takes 16384 at once (max_allowed_packet)"), "{failure:?}");
    assert!(failure.hint.as_ref().unwrap().command().contains("raise the server's max_allowed_packet"), "{failure:?}");

    migration(
        &world,
        2,
        "b",
        "create view v as select 1 as one;\ncreate definer = nobody@localhost view w as select 2 as two;",
        None,
    );
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    let failure = only_failure(&world, &run).await;
    assert_eq!(failure.code.as_deref(), Some("1227"), "{failure:?}");
    let hint = failure.hint.unwrap().command();
    // Half done: what mends it, and then the way out.
    assert!(hint.contains("leave DEFINER out") && hint.contains("then neo migrate resolve acme"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_nobody_has_confirmed_by_what_it_undoes_is_refused() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    add_status(&world);
    let one = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let two = Filter { keys: vec!["acme".into(), "beta".into()], ..Filter::default() };
    let run = start(&world, Request { selection: two, ..all(Goal::Migrate { to: None }) }).await;
    finish(&world, run.number).await;
    let undo = |selection: &Filter, confirm: Option<&str>| Request {
        selection: selection.clone(),
        confirm: confirm.map(str::to_owned),
        ..all(Goal::RollbackRun { run: run.number })
    };
    let start = async |request| runs::start(&world.platform, &Actor::operator(), request).await;
    // The third has nothing of that run: two are undone, whoever is chosen.
    let everyone = Filter::default();
    for wrong in [None, Some(""), Some("3"), Some("acme"), Some("yes")] {
        let error = start(undo(&everyone, wrong)).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("confirm")), "{wrong:?}");
        assert_eq!(
            (error.message.as_str(), error.cause.as_deref()),
            ("type 2 to confirm", Some("this rolls back 2 tenants"))
        );
    }
    for wrong in [None, Some("1"), Some("beta")] {
        assert_eq!(start(undo(&one, wrong)).await.unwrap_err().message, "type acme to confirm", "{wrong:?}");
    }
    assert_eq!(
        runs::list(&world.platform, &Actor::operator(), &[], None, 9).await.unwrap().len(),
        1,
        "nothing was begun"
    );
    let run = start(undo(&everyone, Some(" 2 "))).await.unwrap();
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_expects_other_files_is_refused_and_told_who_has_the_newer_ones() {
    let world = fleet(&["acme"]).await;
    let edition = || neo::migrations::Set::read(&world.migrations()).unwrap().edition();
    let before = edition();
    add_status(&world);
    let now = edition();
    let start = async |expect| {
        let request = Request { expect: Some(expect), ..all(Goal::Migrate { to: None }) };
        runs::start(&world.platform, &Actor::operator(), request).await
    };
    let error = start(before.clone()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.message.contains("has newer migration files"), "{error}");
    assert!(error.cause.unwrap().contains("20260101000002, the newest expected is 20260101000001"));
    let later = neo::migrations::Edition { version: Some(20_270_101_000_001), ..now.clone() };
    assert!(start(later).await.unwrap_err().message.contains("has older migration files"));
    let changed = neo::migrations::Edition { digest: before.digest, ..now.clone() };
    assert!(start(changed).await.unwrap_err().message.contains("has other migration files"));
    assert_eq!(start(now).await.unwrap().tenants.queued, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tasks_of_a_run_are_paged_once_each_what_needs_a_person_first() {
    let slugs = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];
    let world = fleet(&slugs).await;
    add_status(&world);
    for slug in ["a3", "a6"] {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;
    runs::skip(&world.platform, &Actor::operator(), run.number, &["a6".into()], "gone").await.unwrap();
    for limit in 1..=8 {
        let mut filter = TaskFilter { limit, ..TaskFilter::default() };
        let mut seen = Vec::new();
        loop {
            let page = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap();
            assert_eq!((page.total, page.before), (7, seen.len() as i64), "{limit} at a time");
            seen.extend(page.tasks.into_iter().map(|task| (task.status, task.tenant)));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen[0], (TaskStatus::Failed, "a3".to_owned()), "{limit}");
        let mut named: Vec<_> = seen.iter().map(|(_, slug)| slug.as_str()).collect();
        named.sort_unstable();
        assert_eq!(named, slugs, "{limit} at a time");
    }
    for strange in ["9.0", "x.1", "4", ""] {
        let filter = TaskFilter { after: Some(strange.into()), limit: 5, ..TaskFilter::default() };
        let refused = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{strange}");
    }
}
