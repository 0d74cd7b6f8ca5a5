//! Rollouts: waves, gates, schedules, budgets of one cause, skips, statements that are cancelled, quarantine.

use std::time::Duration;

use futures::StreamExt;
use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::migrations::apply::Resolution;
use neo::runs::{self, EventKind, Goal, Moment, Policy, Reason, Request, Rerun, Status, TaskFilter, TaskStatus, Wait};
use neo::tenants::{self, Filter, Tenant};

use crate::resolve;
use crate::runs::{add_status, all, by_hand, events, finish, fleet, migration, start};
use crate::support;
use crate::tenants::Home;
use crate::world::{World, actor};

const FIVE: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];

fn policy(waves: &[&str]) -> Policy {
    Policy { waves: waves.iter().map(|w| w.parse().unwrap()).collect(), ..Policy::default() }
}

fn migrate(policy: Policy) -> Request {
    Request { policy, ..all(Goal::Migrate { to: None }) }
}

async fn kinds(world: &World, run: &runs::Run) -> Vec<String> {
    events(world, run, 0).await.into_iter().map(|e| e.kind.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wave_begins_when_the_one_before_is_over() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    let run = start(&world, migrate(policy(&["a3", "40%"]))).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 5));
    let waves = runs::waves(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let seen: Vec<_> = waves.iter().map(|w| (w.name.as_str(), w.tenants.migrated, w.status)).collect();
    assert_eq!(
        seen,
        [("canary", 1, Status::Succeeded), ("wave 2", 2, Status::Succeeded), ("rest", 2, Status::Succeeded)]
    );
    for pair in waves.windows(2) {
        assert!(pair[0].finished_at.unwrap() <= pair[1].started_at.unwrap(), "{waves:?}");
    }
    // In the story: nobody of a later wave is begun before it opens.
    let told = events(&world, &run, 0).await;
    let opened =
        told.iter().position(|e| e.kind == EventKind::WaveStarted && e.body["wave"] == 2).expect("a second wave");
    let before: Vec<_> = told[..opened].iter().filter(|e| e.kind == EventKind::TenantStarted).collect();
    assert_eq!(before.iter().map(|e| &e.body["tenant"]).collect::<Vec<_>>(), ["a3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_that_is_not_open_is_not_running_though_some_of_it_are_current() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    let ahead = Filter { keys: vec!["a4".into()], ..Filter::default() };
    let ahead = start(&world, Request { selection: ahead, ..migrate(Policy::default()) }).await;
    finish(&world, ahead.number).await;
    let waits = Policy { wait: Wait::Canary, trust_ms: 600_000, ..policy(&["a1", "20%"]) };
    let run = start(&world, migrate(waits)).await;
    finish(&world, run.number).await;
    let waves = runs::waves(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let rest = waves.last().unwrap();
    assert_eq!((rest.tenants.current, rest.status), (1, Status::Queued), "{waves:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_fails_halts_the_run_before_anybody_else_is_touched() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let run = start(&world, migrate(policy(&["a2"]))).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 1, 4));
    assert_eq!(run.halt_reason.as_deref(), Some("1 of 1 in the canary failed"));

    // Mended and rerun, the others follow by themselves.
    by_hand(&world, "a2", "alter table contacts drop column status").await;
    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_of_whom_nobody_was_tried_proves_nothing() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    let (platform, operator) = (&world.platform, Actor::operator());
    tenants::quarantine(platform, &operator, "a1", "moves", None, None).await.unwrap();
    let refused = runs::start(platform, &operator, migrate(policy(&["a1"]))).await.unwrap_err();
    assert_eq!((refused.kind, refused.field), (Kind::Invalid, Some("wave")), "{refused}");
    assert!(refused.cause.unwrap().contains("\"a1\" is in quarantine"));
    // Suspended after it was planned: skipped, and the others wait for a person.
    let run = start(&world, migrate(policy(&["a2"]))).await;
    tenants::suspend(platform, &operator, "a2").await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.queued), (Status::Halted, 3));
    assert_eq!(run.halt_reason.as_deref(), Some("nobody in the canary was tried: all were skipped"));
    runs::resume(platform, &operator, run.number).await.unwrap();
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 3);

    let mistyped = Filter { tags: vec!["nosuch".into()], ..Filter::default() };
    assert_eq!(runs::at_least(platform, &operator, &mistyped, 1).await.unwrap_err().kind, Kind::NotFound);
    let late = Request { not_before: Some(Moment::At(1_000)), detached: true, ..migrate(Policy::default()) };
    assert_eq!(runs::start(platform, &operator, late).await.unwrap_err().field, Some("at"), "1970 is over");
    for what in [Rerun::Cause(" ".into()), Rerun::Tenants(vec![String::new()])] {
        let refused = runs::rerun(platform, &operator, run.number, &what, None).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{refused}");
    }
    let nothing = Policy { wait: Wait::Canary, ..Policy::default() };
    assert_eq!(runs::start(platform, &operator, migrate(nothing)).await.unwrap_err().field, Some("wait"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_go_on_although_the_canary_failed() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let run = start(&world, migrate(policy(&["a2"]))).await;
    finish(&world, run.number).await;
    let resumed = runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!((resumed.wave, resumed.gate), (2, None));
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated, run.tenants.failed), (Status::Failed, 4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_says_how_many_of_the_canary_may_fail() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { max_failures: Some("1".parse().unwrap()), ..policy(&["a1,a2"]) };
    let run = start(&world, migrate(policy)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated, run.tenants.failed), (Status::Failed, 4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_for_a_person_between_waves() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    let policy = Policy { wait: Wait::Each, ..policy(&["1", "2"]) };
    let run = start(&world, migrate(policy)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.gate, run.tenants.migrated, run.tenants.queued), (Status::Paused, Some(1), 1, 4));
    // Its tenants are still its own.
    let other = runs::start(&world.platform, &Actor::operator(), all(Goal::Migrate { to: None })).await;
    assert_eq!(other.err().map(|e| e.kind), Some(Kind::Conflict));

    runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.gate, run.tenants.migrated), (Status::Paused, Some(2), 3));
    runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.gate, run.tenants.migrated), (Status::Succeeded, None, 5));
    let told = kinds(&world, &run).await;
    assert_eq!(told.iter().filter(|k| *k == "wave.waiting").count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|k| *k == "wave.started").count(), 3, "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_that_names_a_stranger_is_refused_before_anything_is_written() {
    let world = fleet(&["a1"]).await;
    add_status(&world);
    let refused = runs::start(&world.platform, &Actor::operator(), migrate(policy(&["zeta"]))).await.unwrap_err();
    assert_eq!((refused.kind, refused.field), (Kind::Invalid, Some("wave")));
    assert!(runs::list(&world.platform, &Actor::operator(), &[], None, 10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_one_cause_have_a_budget_of_their_own() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    for slug in FIVE {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let policy = Policy { concurrency: 1, max_same: Some(1), ..Policy::default() };
    let run = start(&world, migrate(policy)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.queued), (Status::Halted, 2, 3));
    assert!(run.halt_reason.as_ref().is_some_and(|why| why.contains("2 failures of one cause")), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_run_waits_for_its_time_and_leaves_its_tenants_free_until_then() {
    let world = fleet(&["a1", "a2"]).await;
    add_status(&world);
    let soon = Some(Moment::In(3_600_000));
    let planned = Request { not_before: soon, detached: true, ..all(Goal::Migrate { to: None }) };
    let planned = start(&world, planned).await;
    let shift = {
        let platform = world.platform.clone();
        tokio::spawn(async move { runs::work(&platform, 64).await })
    };
    tokio::time::sleep(Duration::from_millis(700)).await;
    let found = runs::find(&world.platform, &Actor::operator(), planned.number).await.unwrap();
    assert_eq!((found.status, found.tenants.queued), (Status::Queued, 2));

    let other = Request {
        selection: Filter { keys: vec!["a1".into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    let other = ended(&world, start(&world, other).await.number).await;
    assert_eq!((other.status, other.tenants.migrated), (Status::Succeeded, 1));
    // Somebody does not want to wait.
    runs::resume(&world.platform, &Actor::operator(), planned.number).await.unwrap();
    let done = ended(&world, planned.number).await;
    assert_eq!((done.status, done.tenants.migrated, done.tenants.current), (Status::Succeeded, 1, 1));
    world.platform.shutdown.cancel();
    shift.await.unwrap().unwrap();
}

/// The run when somebody else has finished it.
async fn ended(world: &World, number: i64) -> runs::Run {
    for _ in 0..200 {
        let run = runs::find(&world.platform, &Actor::operator(), number).await.unwrap();
        if run.status.is_over() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("run {number} does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_time_comes_a_planned_run_skips_what_another_has() {
    let world = fleet(&["a1", "a2"]).await;
    add_status(&world);
    let planned = Request { not_before: Some(Moment::In(400)), detached: true, ..all(Goal::Migrate { to: None }) };
    let planned = start(&world, planned).await;
    let other = Request {
        selection: Filter { keys: vec!["a1".into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    let other = start(&world, other).await;
    runs::pause(&world.platform, &Actor::operator(), other.number).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let run = finish(&world, planned.number).await;
    assert_eq!((run.status, run.tenants.migrated, run.tenants.skipped), (Status::Succeeded, 1, 1));
    let filter = TaskFilter { status: Some(TaskStatus::Skipped), limit: 10, ..TaskFilter::default() };
    let page = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap();
    assert_eq!(
        page.tasks[0].reason.as_ref().map(Reason::as_str),
        Some(format!("run {} was at it", other.number).as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_may_be_given_up_for_a_reason_and_the_run_is_then_at_peace() {
    let world = fleet(&["a1", "a2"]).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Failed);
    let operator = Actor::operator();
    let skip = |tenants: &[&str], reason: &'static str| {
        let tenants: Vec<String> = tenants.iter().map(|t| (*t).to_owned()).collect();
        let (platform, operator) = (world.platform.clone(), operator.clone());
        async move { runs::skip(&platform, &operator, run.number, &tenants, reason).await }
    };
    assert_eq!(skip(&["a2"], "  ").await.unwrap_err().field, Some("reason"));
    assert_eq!(skip(&["a1"], "why").await.unwrap_err().kind, Kind::Conflict, "it has succeeded");
    assert_eq!(skip(&["zeta"], "why").await.unwrap_err().kind, Kind::NotFound);
    let support = actor(Role::Support);
    let denied = runs::skip(&world.platform, &support, run.number, &["a2".into()], "why").await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    let run = skip(&["a2"], "leaves us on Friday").await.unwrap();
    assert_eq!((run.status, run.tenants.skipped, run.tenants.failed), (Status::Succeeded, 1, 0));
    let told = events(&world, &run, 0).await;
    let skipped = told.iter().find(|e| e.kind == EventKind::TenantSkipped).expect("told");
    assert_eq!(skipped.body["reason"], "leaves us on Friday");
    assert_eq!(told.last().map(|e| e.kind.as_str()), Some("run.finished"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_halted_says_what_is_left_of_its_reason_once_a_tenant_was_given_up() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    for slug in ["a1", "a2"] {
        by_hand(&world, slug, "alter table contacts add column status text").await;
    }
    let run = start(&world, migrate(policy(&["a1,a2"]))).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Halted);
    let why = run.halt_reason.clone().unwrap();
    let failed = TaskFilter { status: Some(TaskStatus::Failed), limit: 9, ..TaskFilter::default() };
    let failed = runs::tasks(&world.platform, &Actor::operator(), run.number, &failed).await.unwrap().tasks;
    let others = TaskFilter { status: Some(TaskStatus::Queued), limit: 9, ..TaskFilter::default() };
    let others = runs::tasks(&world.platform, &Actor::operator(), run.number, &others).await.unwrap().tasks;
    let skip = async |slug: &str| {
        runs::skip(&world.platform, &Actor::operator(), run.number, &[slug.to_owned()], "its DBA looks").await.unwrap()
    };
    // Of what failed as much is left as before.
    assert_eq!(skip(&others[0].tenant).await.halt_reason, Some(why.clone()));
    let mut left = failed.len();
    for task in &failed {
        left -= 1;
        let run = skip(&task.tenant).await;
        let now = if left == 0 { "no failed tenant is left" } else { "1 failed tenant is left" };
        assert_eq!((run.status, run.halt_reason), (Status::Halted, Some(format!("{why}; by now {now}"))));
    }
    let last = events(&world, &run, 0).await.pop().unwrap();
    assert_eq!(last.body["message"], format!("{why}; by now no failed tenant is left"), "the story ends with it");
}

/// Cancels a run with the statement it is at, which would take minutes; the tenant was at its first migration.
async fn cancelled_at(home: Home, slow: &str) -> (World, Tenant, runs::Run) {
    let (world, tenant) = resolve::tenant(home).await;
    migration(&world, 2, "slow", slow, None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let work = {
        let platform = world.platform.clone();
        tokio::spawn(async move { runs::work_on(&platform, run.number).await })
    };
    let mut story = runs::watch(&world.platform, &run, 0);
    while story.next().await.expect("it begins").unwrap().kind != EventKind::TenantStarted {}
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let began = std::time::Instant::now();
    runs::cancel(&world.platform, &Actor::operator(), run.number, true).await.unwrap();
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("soon").unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let run = runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let tenant = tenants::find(&world.platform, &Actor::operator(), &tenant.slug).await.unwrap();
    (world, tenant, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_in_flight_is_cancelled_on_request_and_leaves_nothing() {
    let count = "create table numbers as with recursive n(i) as (select 1 union all select i + 1 from n where i < 900000000) select count(*) as c from n;";
    for (home, slow) in [(Home::Sqlite, count), (Home::Postgres, "create table numbers (i int); select pg_sleep(300);")]
    {
        let (world, tenant, run) = cancelled_at(home, slow).await;
        assert_eq!((run.status, run.tenants.cancelled, run.tenants.failed), (Status::Cancelled, 1, 0), "{home:?}");
        assert_eq!((tenant.state, tenant.version), (tenants::State::Behind, Some(20_260_101_000_001)), "{home:?}");
        // Nothing is in the way of the next, which is given a file that ends.
        migration(&world, 2, "slow", "create table numbers (i int);", None);
        let next = start(&world, all(Goal::Migrate { to: None })).await;
        assert_eq!(finish(&world, next.number).await.tenants.migrated, 1, "{home:?}");
    }
}

/// What an engine cannot take back stays where it stopped, with the way on; the session is gone, and its lock with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_cancelled_half_way_through_a_file_leaves_the_place_to_go_on_from() {
    let slow = "create table one (a int);\ninsert into one select sleep(300) from one as a right join (select 1) as b on true;\ncreate table two (a int);";
    let (world, tenant, run) = cancelled_at(Home::Mariadb, slow).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.cancelled), (Status::Cancelled, 1, 0));
    assert_eq!((tenant.state, tenant.version), (tenants::State::Failed, Some(20_260_101_000_001)));
    let found = tenants::unresolved(&world.platform, &Actor::operator(), "acme").await.unwrap().half_done.unwrap();
    assert_eq!((found.stopped_at, found.can_continue), (Some(2), true));
    migration(
        &world,
        2,
        "slow",
        "create table one (a int);\ninsert into one values (1);\ncreate table two (a int);",
        None,
    );
    let go_on = Resolution::Continue { from: None };
    tenants::resolve(&world.platform, &Actor::operator(), "acme", &go_on, Some("not so slow")).await.unwrap();
    let rows =
        support::mariadb().await.query(&tenant.database, "select count(*) from one; show tables like 'two'").await;
    assert_eq!(rows, "1\ntwo");
}

async fn quarantined(world: &World) -> Vec<String> {
    let filter = Filter { quarantined: true, ..Filter::default() };
    let found = tenants::all(&world.platform, &Actor::operator(), &filter).await.unwrap();
    found.into_iter().map(|t| t.slug).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_in_quarantine_is_left_out_of_the_fleet_counted_and_named() {
    let world = fleet(&["a1", "a2"]).await;
    add_status(&world);
    let (platform, operator) = (&world.platform, Actor::operator());
    let tenant = tenants::quarantine(platform, &operator, "a2", "moves to another server", None, None).await.unwrap();
    let decreed = tenant.quarantine.expect("in force");
    assert_eq!((decreed.owner.as_str(), decreed.until - decreed.since), (operator.name.as_str(), 7 * 86_400_000));
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.migrated, run.tenants.skipped), (Status::Succeeded, 1, 1));
    let told = events(&world, &run, 0).await;
    let skipped = told.iter().find(|e| e.kind == EventKind::TenantSkipped).expect("named in the story");
    assert_eq!((&skipped.body["tenant"], &skipped.body["message"]), (&"a2".into(), &"moves to another server".into()));
    assert_eq!(tenants::counts(platform, &operator, None).await.unwrap().quarantined, 1);
    // An application that needs the version may not go out.
    let answer = runs::at_least(platform, &operator, &Filter::default(), 20_260_101_000_002).await.unwrap();
    assert!(!answer.ok);

    // Named, it is worked on; what a person decreed stays.
    let named = Request {
        selection: Filter { keys: vec!["a2".into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    let run = start(&world, named).await;
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 1);
    assert_eq!(quarantined(&world).await, ["a2"]);
    tenants::release(platform, &operator, "a2").await.unwrap();
    assert!(quarantined(&world).await.is_empty());
    assert_eq!(tenants::release(platform, &operator, "a2").await.unwrap_err().kind, Kind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_again_and_again_leads_to_quarantine_and_a_success_out_of_it() {
    let world = World::with(|config| config.quarantine_after = 2).await;
    let world = crate::runs::provisioned(world, &["a1", "a2"]).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    for expected in [0, 1] {
        let run = start(&world, all(Goal::Migrate { to: None })).await;
        assert_eq!(finish(&world, run.number).await.tenants.failed, 1);
        assert_eq!(quarantined(&world).await.len(), expected);
    }
    let tenant = tenants::find(&world.platform, &Actor::operator(), "a2").await.unwrap();
    let decreed = tenant.quarantine.expect("in force");
    assert!(decreed.is_automatic && decreed.reason.contains("2 runs in a row"), "{decreed:?}");
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.skipped), (Status::Succeeded, 1));

    by_hand(&world, "a2", "alter table contacts drop column status").await;
    let named = Request {
        selection: Filter { keys: vec!["a2".into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    let run = start(&world, named).await;
    assert_eq!(finish(&world, run.number).await.tenants.migrated, 1);
    assert!(quarantined(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_fails_everywhere_is_no_tenants_own_failure() {
    let world = World::with(|config| config.quarantine_after = 2).await;
    let world = crate::runs::provisioned(world, &["a1", "a2", "a3"]).await;
    migration(&world, 2, "more", "create tabel more (id int);", None);
    by_hand(&world, "a3", "drop table contacts; drop table _sqlx_migrations").await;
    by_hand(&world, "a3", "create table contacts (id text)").await;
    for failed in [3, 3, 2] {
        let run = start(&world, all(Goal::Migrate { to: None })).await;
        assert_eq!(finish(&world, run.number).await.tenants.failed, failed);
    }
    // The third failed of something else, by itself.
    assert_eq!(quarantined(&world).await, ["a3"]);
    migration(&world, 2, "more", "create table more (id int);", None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.migrated, run.tenants.skipped), (2, 1));
}

/// Each engine may have a file of its own: what all tenants of one fail of is that file's, however many the others are.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_fails_everywhere_on_its_engine_is_no_tenants_own_failure() {
    let world = World::with(|config| config.quarantine_after = 2).await;
    let world = crate::runs::provisioned(world, &["a1", "a2", "a3"]).await;
    let server = Home::Mariadb.server(&world).await;
    let first = world.migrations().join("20260101000001_create_contacts.mysql.up.sql");
    std::fs::write(first, "create table contacts (id varchar(36) primary key);").unwrap();
    for slug in ["m1", "m2"] {
        crate::tenants::made(&world, slug, &server).await;
    }
    let engines_own = world.migrations().join("20260101000002_more.mysql.up.sql");
    std::fs::write(&engines_own, "create tabel more (id int);").unwrap();
    migration(&world, 2, "more", "create table more (id int);", None);
    for _ in 0..3 {
        let run = start(&world, all(Goal::Migrate { to: None })).await;
        assert_eq!(finish(&world, run.number).await.tenants.failed, 2);
    }
    assert!(quarantined(&world).await.is_empty());
    std::fs::write(&engines_own, "create table more (id int);").unwrap();
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.migrated, run.tenants.current, run.tenants.skipped), (2, 3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_not_blamed_for_what_the_others_then_fail_of_as_well() {
    let world = World::with(|config| config.quarantine_after = 1).await;
    let world = crate::runs::provisioned(world, &["a1", "a2", "a3"]).await;
    migration(&world, 2, "more", "create tabel more (id int);", None);
    let run = start(&world, migrate(policy(&["a1"]))).await;
    assert_eq!(finish(&world, run.number).await.status, Status::Halted);
    assert_eq!(quarantined(&world).await, ["a1"], "nobody else has tried it");
    runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(finish(&world, run.number).await.tenants.failed, 3);
    assert!(quarantined(&world).await.is_empty());
    let tenant = tenants::find(&world.platform, &Actor::operator(), "a1").await.unwrap();
    assert_eq!(tenant.failed_in_a_row, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_counts_once_a_run_however_often_it_is_rerun() {
    let world = crate::runs::provisioned(World::with(|config| config.quarantine_after = 9).await, &["a1", "a2"]).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;
    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    assert_eq!(finish(&world, run.number).await.tenants.failed, 1);
    let tenant = tenants::find(&world.platform, &Actor::operator(), "a2").await.unwrap();
    assert_eq!(tenant.failed_in_a_row, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_halted_can_be_closed_though_its_files_are_gone() {
    let world = fleet(&["a1", "a2", "a3"]).await;
    add_status(&world);
    by_hand(&world, "a1", "alter table contacts add column status text").await;
    let run = start(&world, migrate(policy(&["a1"]))).await;
    assert_eq!(finish(&world, run.number).await.status, Status::Halted);
    for file in ["20260101000002_add_status.up.sql", "20260101000002_add_status.down.sql"] {
        std::fs::remove_file(world.migrations().join(file)).unwrap();
    }
    let (platform, operator) = (&world.platform, Actor::operator());
    assert_eq!(runs::pause(platform, &operator, run.number).await.unwrap_err().kind, Kind::Conflict);
    let closed = runs::cancel(platform, &operator, run.number, false).await.unwrap();
    assert_eq!((closed.status, closed.tenants.failed, closed.tenants.cancelled), (Status::Cancelled, 1, 2));
    let told = events(&world, &closed, 0).await;
    let last = told.last().unwrap();
    assert_eq!((last.kind.as_str(), &last.body["status"]), ("run.finished", &"cancelled".into()));
    assert_eq!(told.iter().filter(|e| e.kind == EventKind::TenantCancelled).count(), 2);
    for error in [
        runs::resume(platform, &operator, run.number).await.unwrap_err(),
        runs::cancel(platform, &operator, run.number, false).await.unwrap_err(),
    ] {
        assert!(error.message.contains("it is cancelled"), "{error}");
    }
    let audit = neo::audit::list(platform, &operator, &neo::audit::Filter::default()).await.unwrap();
    assert!(audit.iter().any(|row| row.action == "run.cancel"));
}
