//! What grows has an end: of runs that ended long ago the counts and the failures stay, and nobody is hindered while the rest goes.

use std::time::Duration;

use neo::actor::{Actor, Confinement, Role, Token};
use neo::error::Kind;
use neo::runs::{self, EventKind, Goal, Policy, Request, Rerun, Status, TaskFilter, TaskStatus};
use neo::tenants::Filter;
use neo::{Platform, audit, doctor, retention};
use sqlx::AssertSqlSafe;

use crate::runs::{add_status, all, by_hand, events, finish, fleet, provisioned, start};
use crate::support;
use crate::world::{World, actor};

const DAY: i64 = 86_400_000;

/// As if all that there is had happened so many days earlier.
async fn let_pass(platform: &Platform, days: i64) {
    let mut tx = platform.central.write().await.unwrap();
    for (table, columns) in [
        ("runs", &["created_at", "started_at", "finished_at"][..]),
        ("requests", &["created_at", "expires_at", "decided_at"]),
        ("upkeep", &["until"]),
    ] {
        let set: Vec<_> = columns.iter().map(|column| format!("{column} = {column} - {}", days * DAY)).collect();
        sqlx::query(AssertSqlSafe(format!("update {table} set {}", set.join(", ")))).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn rows(platform: &Platform, table: &str, run: &runs::Run) -> i64 {
    let of = match table {
        "attempts" => "task_id in (select id from tasks where run_id = $1)",
        _ => "run_id = $1",
    };
    let sql = format!("select count(*) from {table} where {of}");
    let mut conn = platform.central.read().await.unwrap();
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(run.id.clone()).fetch_one(&mut *conn).await.unwrap()
}

/// A run on five tenants in two waves: one fails twice, the others have the file.
async fn mixed(world: &World) -> runs::Run {
    add_status(world);
    by_hand(world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { waves: vec!["a1".parse().unwrap()], ..Policy::default() };
    let run = start(world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    finish(world, run.number).await;
    runs::rerun(&world.platform, &Actor::operator(), run.number, &Rerun::Failed, None).await.unwrap();
    let run = finish(world, run.number).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.migrated), (Status::Failed, 1, 4));
    run
}

/// The same files were applied by a later run once more: the tenants' newest is that one's.
async fn another(world: &World) -> runs::Run {
    crate::runs::migration(world, 3, "add_note", "alter table contacts add column note text;", None);
    by_hand(world, "a2", "alter table contacts drop column status").await;
    let run = start(world, all(Goal::Migrate { to: None })).await;
    let run = finish(world, run.number).await;
    assert_eq!(run.status, Status::Succeeded, "{run:?}");
    run
}

const FIVE: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];

async fn what_is_old_goes(world: &World) {
    let (platform, operator) = (&world.platform, Actor::operator());
    let run = mixed(world).await;
    let waves = runs::waves(platform, &operator, run.number).await.unwrap();
    let_pass(platform, 100).await;
    let newest = another(world).await;

    let found = retention::prunable(platform, &operator, 90 * DAY).await.unwrap();
    assert!(
        found.runs >= 6 && found.at.is_none() && found.attempts.is_none(),
        "with those that made the tenants: {found:?}"
    );
    let gone = retention::prune(platform, &operator, 90 * DAY, None).await.unwrap();
    // Of the run: four that have the file, each tried once, and the first of two tries of the one that failed.
    assert_eq!((gone.runs, gone.tasks, gone.attempts), (found.runs, 5 + 4, Some(5 + 4 + 1)), "{gone:?}");
    assert_eq!(retention::prunable(platform, &operator, 90 * DAY).await.unwrap().runs, 0);

    let after = runs::find(platform, &operator, run.number).await.unwrap();
    assert!(after.pruned_at.is_some() && newest.pruned_at.is_none());
    assert_eq!(
        (after.tenants, after.migrations_applied, after.status),
        (run.tenants, run.migrations_applied, run.status)
    );
    let told =
        |waves: Vec<runs::WaveStatus>| waves.into_iter().map(|w| (w.name, w.status, w.tenants)).collect::<Vec<_>>();
    assert_eq!(told(runs::waves(platform, &operator, run.number).await.unwrap()), told(waves));
    let page =
        runs::tasks(platform, &operator, run.number, &TaskFilter { limit: 10, ..TaskFilter::default() }).await.unwrap();
    assert_eq!(
        page.tasks.iter().map(|t| (t.tenant.as_str(), t.status)).collect::<Vec<_>>(),
        [("a2", TaskStatus::Failed)]
    );
    let causes = runs::causes(platform, &operator, run.number).await.unwrap();
    assert_eq!((causes.len(), causes[0].count, causes[0].failure.migration.is_some()), (1, 1, true));
    let tries = runs::attempts(platform, &operator, run.number, None, None).await.unwrap();
    assert_eq!(tries.iter().map(|t| (t.attempt, t.failure.is_some())).collect::<Vec<_>>(), [(2, true)]);
    // The story goes on being one, with its numbers.
    let story = events(world, &after, 0).await;
    assert!(story.iter().all(|event| event.kind.is_of_the_run()), "{story:?}");
    assert_eq!(story.first().map(|e| e.kind), Some(EventKind::RunPlanned));
    assert_eq!(story.last().map(|e| (e.kind, e.seq)), Some((EventKind::RunFinished, run.last_seq)));
    for table in ["tasks", "attempts", "run_events"] {
        assert!(rows(platform, table, &newest).await > 0, "of what is young nothing goes: {table}");
    }

    // It can be tried again, and is told as a whole.
    crate::runs::by_hand(world, "a2", "delete from _sqlx_migrations where version >= 20260101000002").await;
    runs::rerun(platform, &operator, run.number, &Rerun::Failed, None).await.unwrap();
    let again = finish(world, run.number).await;
    assert_eq!(again.tenants.total, 5, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_old_run_the_counts_the_causes_and_the_failures_stay() {
    let world = fleet(&FIVE).await;
    what_is_old_goes(&world).await;
    let verified = audit::verify(&world.platform, &Actor::operator()).await.unwrap();
    assert!(verified.first_bad.is_none());
    let filter = audit::Filter { action: Some("retention.prune".into()), ..audit::Filter::default() };
    let told = audit::list(&world.platform, &Actor::operator(), &filter).await.unwrap();
    assert_eq!(told.len(), 1, "one row for all of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_old_run_they_stay_on_postgres_as_well() {
    let url = support::empty_postgres().await;
    what_is_old_goes(&provisioned(World::on(&url).await, &FIVE).await).await;
}

/// Whoever asks from afar is answered before somebody in between stops waiting; what is left goes with the next call.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_within_its_time_goes_when_it_is_asked_for_again() {
    let world = fleet(&["acme", "beta"]).await;
    let_pass(&world.platform, 100).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let found = retention::prunable(platform, &operator, 90 * DAY).await.unwrap();
    let first = retention::prune(platform, &operator, 90 * DAY, Some(std::time::Duration::ZERO)).await.unwrap();
    assert_eq!((first.runs, first.tasks, first.at.as_ref()), (0, 0, None), "its time was up: {first:?}");
    let rest = retention::prune(platform, &operator, 90 * DAY, None).await.unwrap();
    let all = first.and(rest);
    assert_eq!((all.runs, all.tasks, all.attempts), (found.runs, 2, Some(2)), "{all:?}");
    assert!(all.at.is_some() && found.runs == 2);
}

/// What a tenant's newest migrations were applied by is asked for by a rollback, however long ago that was.
#[tokio::test(flavor = "multi_thread")]
async fn the_newest_batch_of_a_tenant_is_rolled_back_however_old_it_is() {
    let world = fleet(&["acme", "beta"]).await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    finish(&world, run.number).await;
    let_pass(&world.platform, 400).await;
    retention::prune(&world.platform, &Actor::operator(), 90 * DAY, None).await.unwrap();
    assert_eq!(rows(&world.platform, "tasks", &run).await, 2);
    let undo = start(&world, all(Goal::RollbackLast)).await;
    let undo = finish(&world, undo.number).await;
    assert_eq!((undo.status, undo.migrations_applied), (Status::Succeeded, 2));
}

/// What was taken back since does not stand for what is still there: the one before it is what the next rollback undoes.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_next_rollback_undoes_stays_although_something_newer_was_applied_and_taken_back() {
    for world in crate::accounts::worlds().await {
        let world = provisioned(world, &["acme", "beta"]).await;
        add_status(&world);
        let first = start(&world, all(Goal::Migrate { to: None })).await;
        finish(&world, first.number).await;
        let down = Some("alter table contacts drop column note;");
        crate::runs::migration(&world, 3, "add_note", "alter table contacts add column note text;", down);
        let second = start(&world, all(Goal::Migrate { to: None })).await;
        finish(&world, second.number).await;
        let only = Request {
            selection: Filter { keys: vec!["acme".into()], ..Filter::default() },
            confirm: Some("acme".into()),
            ..all(Goal::RollbackLast)
        };
        let undo = start(&world, only.clone()).await;
        assert_eq!(finish(&world, undo.number).await.migrations_applied, 1);
        let_pass(&world.platform, 400).await;
        retention::prune(&world.platform, &Actor::operator(), 90 * DAY, None).await.unwrap();
        // Of beta the second is what a rollback undoes, and the first goes.
        assert_eq!(
            (rows(&world.platform, "tasks", &first).await, rows(&world.platform, "tasks", &second).await),
            (1, 2)
        );
        let undo = start(&world, only).await;
        let undo = finish(&world, undo.number).await;
        assert_eq!((undo.status, undo.migrations_applied), (Status::Succeeded, 1));
    }
}

/// Whoever is kept from a tenant is told of no run on it: not even when nobody knows any more whom it was on.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_tenants_are_forgotten_is_told_to_nobody_who_is_confined() {
    let world = fleet(&["acme", "beta"]).await;
    let operator = Actor::operator();
    let both = finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    let token = Token {
        id: "t".into(),
        confinement: Confinement { tags: Vec::new(), tenants: vec!["acme".into()] },
        allow_destructive: false,
        connect: false,
    };
    let confined = Actor { token: Some(token), ..actor(Role::Admin) };
    assert_eq!(runs::find(&world.platform, &confined, both.number).await.unwrap_err().kind, Kind::NotFound);
    let_pass(&world.platform, 400).await;
    retention::prune(&world.platform, &operator, 90 * DAY, None).await.unwrap();
    assert_eq!(rows(&world.platform, "tasks", &both).await, 0);
    assert_eq!(runs::find(&world.platform, &confined, both.number).await.unwrap_err().kind, Kind::NotFound);
    assert!(runs::list(&world.platform, &confined, &[], None, 50).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_looks_after_it_once_a_day_and_the_doctor_says_so() {
    let world = fleet(&["acme"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let said = |findings: Vec<doctor::Finding>| findings.into_iter().find(|f| f.area == "retention").unwrap();
    finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    let_pass(platform, 200).await;
    let before = said(doctor::examine(platform, &operator).await.unwrap());
    assert!(!before.ok && before.message.contains("2 runs are now"), "{before:?}");
    assert!(before.remedy.unwrap().ends_with("neo prune --older-than 180d"));
    let (one, other) = tokio::join!(retention::look(platform), retention::look(platform));
    let looked: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
    assert_eq!(looked.iter().map(|told| told.runs).collect::<Vec<_>>(), [2], "one of two does it");
    assert_eq!(retention::look(platform).await.unwrap(), None, "and not again today");
    let after = said(doctor::examine(platform, &operator).await.unwrap());
    assert!(after.ok && after.message.contains("0 runs are now"), "{after:?}");
    let_pass(platform, 2).await;
    assert!(
        retention::look(platform).await.unwrap().is_some_and(|told| told.is_nothing()),
        "tomorrow it is looked again"
    );
}

/// A process that was killed in the middle of it leaves the rest to the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_nobody_renews_is_anothers_after_a_minute() {
    let world = fleet(&["acme"]).await;
    let held_for = async |ms: i64| {
        let mut tx = world.platform.central.write().await.unwrap();
        sqlx::query("update upkeep set holder = 'gone', until = (select now_ms from clock) + $1")
            .bind(ms)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    held_for(60_000).await;
    assert_eq!(retention::look(&world.platform).await.unwrap(), None);
    held_for(0).await;
    assert!(retention::look(&world.platform).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_never_nothing_goes_and_nothing_young_goes_at_all() {
    let world = World::with(|config| config.retention = None).await;
    let world = provisioned(world, &["acme"]).await;
    let_pass(&world.platform, 4000).await;
    assert_eq!(retention::look(&world.platform).await.unwrap(), None);
    let findings = doctor::examine(&world.platform, &Actor::operator()).await.unwrap();
    assert!(findings.iter().any(|f| f.area == "retention" && f.ok && f.message.contains("RETENTION=never")));
    let young = retention::prune(&world.platform, &Actor::operator(), DAY - 1, None).await.unwrap_err();
    assert_eq!((young.kind, young.message.as_str()), (Kind::Invalid, "nothing younger than a day is taken away"));
}

/// Somebody may wait with a run for as long as they like, and go on with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_an_old_run_stays_and_goes_on() {
    let world = fleet(&FIVE).await;
    add_status(&world);
    by_hand(&world, "a2", "alter table contacts add column status text").await;
    let policy = Policy { waves: vec!["a1,a2".parse().unwrap()], ..Policy::default() };
    let run = start(&world, Request { policy, ..all(Goal::Migrate { to: None }) }).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.queued), (Status::Halted, 3));
    let_pass(&world.platform, 400).await;
    retention::prune(&world.platform, &Actor::operator(), 90 * DAY, None).await.unwrap();
    runs::resume(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.total, run.tenants.migrated, run.tenants.failed), (5, 4, 1), "{run:?}");
    let selection = Filter::default();
    assert!(runs::at_least(&world.platform, &Actor::operator(), &selection, 20_260_101_000_002).await.is_ok());
}

/// A file of SQLite gives back what it does not need.
#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_a_central_database_is_smaller_afterwards() {
    let world = fleet(&["acme"]).await;
    let run = finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query(
        "insert into run_events (run_id, seq, at, type, body)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
         select $1, 1000 + i, 0, 'tenant.started', '{\"tenant\":\"acme\",\"told\":\"' || hex(randomblob(100)) || '\"}' from n",
    )
    .bind(run.id.clone())
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("update runs set last_seq = 21000 where id = $1").bind(run.id.clone()).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let pages = async || {
        let mut conn = world.platform.central.read().await.unwrap();
        sqlx::query_scalar::<_, i64>("pragma page_count").fetch_one(&mut *conn).await.unwrap()
    };
    let before = pages().await;
    let_pass(&world.platform, 400).await;
    let gone = retention::prune(&world.platform, &Actor::operator(), 90 * DAY, None).await.unwrap();
    let after = pages().await;
    assert!(gone.events > 19_000 && after < before / 4, "{before} pages before, {after} after: {gone:?}");
}

/// Whoever follows an old run comes to its end, whatever is left of its story.
#[tokio::test(flavor = "multi_thread")]
async fn a_story_of_which_nothing_is_left_comes_to_its_end() {
    let world = fleet(&["acme"]).await;
    let run = finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query("delete from run_events").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let followed = tokio::time::timeout(Duration::from_secs(10), events(&world, &run, 0)).await;
    assert_eq!(followed.expect("it ends").len(), 0);
}

/// A request that was decided, or that nobody has decided in time, goes with its plan; one that waits stays.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_over_go_with_their_plans() {
    let world = fleet(&["acme"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let mut tx = platform.central.write().await.unwrap();
    for (number, state, expires) in [(1, "open", -200), (2, "declined", -200), (3, "used", -50), (4, "open", 3)] {
        sqlx::query(
            "insert into requests (id, number, guard, what, act, needs, files, tenants, digest, asked, person, state, created_at, expires_at)
             select $1, $2, 'delete', 'x', '{}', '[]', '[]', 1, 'd', '{}', 'p', $3, now_ms + $4, now_ms + $4 from clock",
        )
        .bind(format!("r{number}"))
        .bind(number)
        .bind(state)
        .bind(expires * DAY)
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into request_tenants (request_id, tenant_id, slug, place, status, undone) select $1, id, slug, '', status, '[]' from tenants",
        )
        .bind(format!("r{number}"))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let gone = retention::prune(platform, &operator, 180 * DAY, None).await.unwrap();
    assert_eq!((gone.runs, gone.requests), (0, 2));
    let mut conn = platform.central.read().await.unwrap();
    let left: Vec<i64> = sqlx::query_scalar(
        "select number from requests where id in (select request_id from request_tenants) order by number",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    assert_eq!(left, [3, 4]);
}
