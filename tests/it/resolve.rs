//! The way out for a tenant that is half way through a migration, on real MariaDB and PostgreSQL.

use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::engine::Category;
use neo::error::Kind;
use neo::migrations::apply::Resolution;
use neo::runs::{self, Goal, Policy, Request, Run, Status, TaskFilter};
use neo::tenants::{self, Filter, State, Status as Standing, Tenant, provision};

use crate::runs::{all, finish, migration, start};
use crate::support;
use crate::tenants::{Home, made, new_tenant, silent};
use crate::world::{World, actor};

/// A tenant `acme` at one migration, on a server of this kind.
pub async fn tenant(home: Home) -> (World, Tenant) {
    let world = World::new().await;
    migration(
        &world,
        1,
        "create_contacts",
        "create table contacts (id int primary key);",
        Some("drop table contacts;"),
    );
    let server = home.server(&world).await;
    let tenant = made(&world, "acme", &server).await;
    (world, tenant)
}

async fn migrate(world: &World) -> Run {
    let one = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let run = start(world, Request { selection: one, ..all(Goal::Migrate { to: None }) }).await;
    finish(world, run.number).await
}

async fn failure(world: &World, run: &Run) -> runs::Failure {
    let filter = TaskFilter { limit: 1, ..TaskFilter::default() };
    let page = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap();
    page.tasks[0].failure.clone().unwrap()
}

const HALF: &str = "create table one (a int);\ncreate table two (a int);\ninsert into nowhere values (1);\ncreate table three (a int);";

/// Stopped at the third statement of four.
async fn half_done() -> (World, Tenant) {
    let (world, tenant) = tenant(Home::Mariadb).await;
    migration(&world, 2, "more", HALF, None);
    let run = migrate(&world).await;
    assert_eq!(run.status, Status::Failed);
    let failure = failure(&world, &run).await;
    assert_eq!(failure.statement, Some(3));
    assert!(failure.hint.as_ref().unwrap().command().contains("neo migrate resolve acme"), "{failure:?}");
    (world, tenant)
}

async fn resolve(world: &World, how: Resolution) -> neo::error::Result<String> {
    tenants::resolve(&world.platform, &Actor::operator(), "acme", &how, Some("looked at it")).await
}

const GO_ON: Resolution = Resolution::Continue { from: None };

#[tokio::test(flavor = "multi_thread")]
async fn a_mended_file_goes_on_at_the_statement_that_failed_and_runs_nothing_twice() {
    let (world, tenant) = half_done().await;
    // A second run refuses and does not touch what is known of it.
    assert_eq!(failure(&world, &migrate(&world).await).await.category, Category::Dirty);
    // What a rollback would do is told as the run would: nothing.
    let alone = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let undoing = runs::rollback_preview(&world.platform, &Actor::operator(), &Goal::RollbackLast, &alone).await;
    let refused = undoing.err().unwrap();
    assert_eq!((refused.kind, refused.message.as_str()), (Kind::Conflict, "acme is half way through a migration"));
    let found = tenants::unresolved(&world.platform, &Actor::operator(), "acme").await.unwrap().half_done.unwrap();
    assert_eq!((found.stopped_at, found.statements.len(), found.can_continue), (Some(3), 4, true));

    // Not mended: it fails at the same place, and can be tried again.
    let error = resolve(&world, GO_ON).await.unwrap_err();
    assert!(error.message.contains("nowhere"), "{error}");
    let way = "neo migrate resolve acme shows where it stopped; then continue there (--continue), or say what is true";
    assert!(error.hint.as_ref().unwrap().command().starts_with(way), "{error:?}");

    // What went through reads differently: refused, and said which.
    migration(&world, 2, "more", &HALF.replace("two (a int)", "two (a int, b int)").replace("nowhere", "one"), None);
    let error = resolve(&world, GO_ON).await.unwrap_err();
    assert!(error.message.contains("statement 2 of 20260101000002_more"), "{error}");
    assert_eq!(error.kind, Kind::Conflict);

    migration(&world, 2, "more", &HALF.replace("nowhere", "one"), None);
    assert_eq!(resolve(&world, GO_ON).await.unwrap(), "20260101000002_more");
    let rows =
        support::mariadb().await.query(&tenant.database, "select count(*) from one; show tables like 'three'").await;
    assert_eq!(rows, "1\nthree");
    let after = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    assert_eq!((after.state, after.version, after.last_error), (State::Current, Some(20260101000002), None));
    // The ledger has the mended file's checksum: nothing is left to do or to refuse.
    let run = migrate(&world).await;
    assert_eq!((run.status, run.tenants.current), (Status::Succeeded, 1));
    assert_eq!(resolve(&world, GO_ON).await.unwrap_err().message, "nothing is half done here");
    let audit = neo::audit::list(&world.platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
    assert!(audit.iter().any(|row| row.action == "tenant.resolve"));
}

/// A new session remembers nothing: what a function of the database's own asks of it would be another number.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_not_continued_where_something_of_the_databases_own_asks_what_its_session_remembered() {
    for (own, uses) in [
        ("create function latest() returns int deterministic return last_insert_id();", "latest()"),
        (
            "create function latest() returns int deterministic return last_insert_id();\n\
             create view newest as select latest() as n;",
            "(select n from newest)",
        ),
        ("create function changed() returns int deterministic return row_count();", "changed()"),
    ] {
        let (world, tenant) = tenant(Home::Mariadb).await;
        migration(&world, 2, "own", own, None);
        assert_eq!(migrate(&world).await.status, Status::Succeeded, "{own}");
        let text = "create table one (id int auto_increment primary key, n int);\ninsert into one (n) values (7);\n\
                    insert into nowhere values (1);\ninsert into one (n) values (USES);";
        let file = |uses: &str, at: &str| text.replace("USES", uses).replace("nowhere", at);
        migration(&world, 3, "more", &file(uses, "nowhere"), None);
        assert_eq!(migrate(&world).await.status, Status::Failed);
        migration(&world, 3, "more", &file(uses, "contacts"), None);
        let error = resolve(&world, GO_ON).await.unwrap_err();
        assert_eq!(error.message, "what statement 2 left in its session is gone", "{uses}");
        assert!(error.cause.as_ref().unwrap().contains("asks what the session remembers of it"), "{error:?}");
        assert!(error.hint.as_ref().unwrap().command().contains("--not-applied"), "{error:?}");
        // Where nothing asks, it goes on.
        migration(&world, 3, "more", &file("8", "contacts"), None);
        assert_eq!(resolve(&world, GO_ON).await.unwrap(), "20260101000003_more", "{uses}");
        let rows =
            support::mariadb().await.query(&tenant.database, "select group_concat(n order by id) from one").await;
        assert_eq!(rows, "7,8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_failure_moves_the_place_from_which_it_goes_on() {
    let (world, tenant) = half_done().await;
    let text = HALF.replace("nowhere", "one").replace("three (a int)", "one (a int)");
    migration(&world, 2, "more", &text, None);
    let error = resolve(&world, GO_ON).await.unwrap_err();
    assert!(error.message.contains("already exists"), "{error}");
    migration(
        &world,
        2,
        "more",
        &text.replace("create table one (a int);\ncreate table two", "create table one (a bigint);\ncreate table two"),
        None,
    );
    assert!(resolve(&world, GO_ON).await.unwrap_err().message.contains("statement 1 "));
    // The insert went through by now: it is not done again.
    migration(&world, 2, "more", &HALF.replace("nowhere", "one"), None);
    resolve(&world, GO_ON).await.unwrap();
    assert_eq!(support::mariadb().await.query(&tenant.database, "select count(*) from one").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_finished_or_taken_back_is_said_and_believed() {
    let (world, tenant) = half_done().await;
    let error = tenants::resolve(&world.platform, &actor(Role::Support), "acme", &Resolution::Applied, None).await;
    assert_eq!(error.unwrap_err().kind, Kind::Denied);
    support::mariadb().await.query(&tenant.database, "drop table one; drop table two").await;
    resolve(&world, Resolution::NotApplied).await.unwrap();
    let after = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    assert_eq!((after.state, after.version), (State::Behind, Some(20260101000001)));
    migration(&world, 2, "more", &HALF.replace("nowhere", "one"), None);
    assert_eq!(migrate(&world).await.status, Status::Succeeded);

    let (world, tenant) = half_done().await;
    support::mariadb().await.query(&tenant.database, "create table three (a int)").await;
    migration(&world, 2, "more", &HALF.replace("nowhere", "one"), None);
    resolve(&world, Resolution::Applied).await.unwrap();
    assert_eq!(migrate(&world).await.tenants.current, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_a_concurrent_build_left_behind_is_named_and_dropped() {
    let (world, tenant) = tenant(Home::Postgres).await;
    let cluster = support::postgres().await;
    cluster
        .query(
            &tenant.database,
            "create table doubles (a int); insert into doubles values (1), (1); grant all on doubles to public",
        )
        .await;
    cluster.query(&tenant.database, &format!("alter table doubles owner to {}", tenant.username)).await;
    migration(
        &world,
        2,
        "unique",
        "-- neo: no-transaction\ncreate unique index concurrently \"Odd name\" on doubles (a);",
        None,
    );
    let run = migrate(&world).await;
    let failed = failure(&world, &run).await;
    assert!(failed.detail.as_deref().unwrap().contains("Odd name on doubles"), "{failed:?}");
    assert!(
        failed.hint.as_ref().unwrap().command().contains("drop index concurrently \"public\".\"Odd name\""),
        "{failed:?}"
    );

    let found = tenants::unresolved(&world.platform, &Actor::operator(), "acme").await.unwrap();
    assert_eq!(found.invalid_indexes[0].name, "Odd name");
    let dropped = tenants::drop_invalid(&world.platform, &Actor::operator(), "acme", None).await.unwrap();
    assert_eq!(dropped, ["Odd name"]);
    cluster.query(&tenant.database, "delete from doubles").await;
    assert_eq!(migrate(&world).await.status, Status::Succeeded);
    assert!(tenants::unresolved(&world.platform, &Actor::operator(), "acme").await.unwrap().is_empty());
}

/// One try at everything pending on `acme`, with a short patience for locks inside the database.
async fn migrate_impatiently(world: &World) -> Run {
    let selection = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let policy = Policy { lock_timeout_ms: 500, ..Policy::default() };
    let run = start(world, Request { selection, policy, ..all(Goal::Migrate { to: None }) }).await;
    finish(world, run.number).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_met_half_way_is_told_and_not_tried_again_over_what_is_there() {
    let (world, tenant) = tenant(Home::Mariadb).await;
    let cluster = support::mariadb().await;
    let mut reader = cluster.client(&tenant.database, "begin; select * from contacts; do sleep(60)").spawn().unwrap();
    let asleep = "select id from information_schema.processlist where info = 'do sleep(60)'";
    let sleeper = loop {
        match cluster.query("", asleep).await {
            id if !id.is_empty() => break id,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    migration(&world, 2, "more", "create table two (a int);\nalter table contacts add column vat int;", None);
    let failed = failure(&world, &migrate_impatiently(&world).await).await;
    assert_eq!((failed.category, failed.code.as_deref(), failed.statement), (Category::Lock, Some("1205"), Some(2)));
    assert!(failed.hint.as_ref().unwrap().command().contains("neo migrate resolve acme"), "{failed:?}");
    cluster.query("", &format!("kill {sleeper}")).await;
    reader.wait().unwrap();
    assert_eq!(resolve(&world, GO_ON).await.unwrap(), "20260101000002_more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_half_way_is_told_and_not_what_it_left() {
    let (world, tenant) = tenant(Home::Mariadb).await;
    let cluster = support::mariadb().await;
    let slow = "create table two (a int);\ninsert into two select sleep(90);\ncreate table three (a int);";
    migration(&world, 2, "more", slow, None);
    let ended = tokio::spawn(async move {
        let sleeping =
            "select id from information_schema.processlist where info like '%sleep(90)%' and db like '%acme%' limit 1";
        loop {
            let id = cluster.query("", sleeping).await;
            if !id.is_empty() {
                return cluster.query("", &format!("kill {id}")).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let run = migrate(&world).await;
    ended.await.unwrap();
    let failed = failure(&world, &run).await;
    assert_ne!(failed.category, Category::Dirty, "{failed:?}");
    assert_eq!(failed.migration.as_deref(), Some("20260101000002_more"));
    assert!(failed.hint.as_ref().unwrap().command().contains("neo migrate resolve acme"), "{failed:?}");
    let after = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    assert_eq!(after.state, State::Failed);
    assert!(support::mariadb().await.query(&tenant.database, "show tables like 'three'").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_whose_concurrent_build_met_a_lock_is_not_built_over_what_it_left() {
    let (world, tenant) = tenant(Home::Postgres).await;
    let cluster = support::postgres().await;
    let mut reader =
        cluster.client(&tenant.database, "begin; select * from contacts; select pg_sleep(60)").spawn().unwrap();
    while cluster
        .query("", "select pid from pg_stat_activity where query like '%pg_sleep(60)%' and wait_event = 'PgSleep'")
        .await
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    migration(
        &world,
        2,
        "index",
        "-- neo: no-transaction\ncreate index concurrently if not exists quick on contacts (id);",
        None,
    );
    // A second try would find the index there, say that all is well, and leave it unusable.
    let failed = failure(&world, &migrate_impatiently(&world).await).await;
    reader.kill().unwrap();
    reader.wait().unwrap();
    assert_eq!(failed.category, Category::Lock, "{failed:?}");
    assert!(failed.hint.as_ref().unwrap().command().contains("--drop-invalid"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_brought_to_its_end_is_the_runs_that_began_it_and_can_be_rolled_back() {
    let (world, tenant) = tenant(Home::Mariadb).await;
    let down = "drop table if exists one;\ndrop table if exists two;\ndrop table if exists three;";
    migration(&world, 2, "more", HALF, Some(down));
    let begun = migrate(&world).await;
    // Another meets it, and is not the one.
    migrate(&world).await;
    migration(&world, 2, "more", &HALF.replace("nowhere", "one"), Some(down));
    resolve(&world, GO_ON).await.unwrap();
    let begun = runs::find(&world.platform, &Actor::operator(), begun.number).await.unwrap();
    assert_eq!((begun.status, begun.migrations_applied), (Status::Failed, 1));
    let one = Filter { keys: vec!["acme".into()], ..Filter::default() };
    let undo = start(&world, Request { selection: one.clone(), ..all(Goal::RollbackRun { run: begun.number }) }).await;
    assert_eq!(finish(&world, undo.number).await.migrations_applied, 1);
    assert_eq!(support::mariadb().await.query(&tenant.database, "show tables like 'three'").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_ledger_can_be_forgotten_and_the_next_run_reads_what_it_finds() {
    let (world, _tenant) = half_done().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    assert_eq!(tenants::half_done(platform, &operator).await.unwrap().len(), 1);
    let denied = tenants::forget_ledger(platform, &actor(Role::Support), "acme", None).await.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    let long_ago = Actor { signed_in_ago: Some(Duration::from_secs(86_400)), ..actor(Role::Admin) };
    assert!(tenants::forget_ledger(platform, &long_ago, "acme", None).await.is_err());
    let after = tenants::forget_ledger(platform, &operator, "acme", Some("restored by hand")).await.unwrap();
    assert_eq!((after.version, after.applied, after.state, after.last_error), (None, 0, State::Behind, None));
    assert_eq!(tenants::half_done(platform, &operator).await.unwrap().len(), 0);
    let audit = neo::audit::list(platform, &operator, &neo::audit::Filter::default()).await.unwrap();
    let row = audit.iter().find(|row| row.action == "tenant.forget").expect("in the audit");
    assert!(row.body.to_string().contains("restored by hand"), "{}", row.body);
    assert_eq!(failure(&world, &migrate(&world).await).await.category, Category::Dirty);
    let known = tenants::half_done(platform, &operator).await.unwrap();
    assert_eq!((known.len(), known[0].version), (1, Some(20260101000001)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tenant_that_stopped_half_way_goes_on_at_the_statement_and_then_with_its_steps() {
    let world = World::new().await;
    let (platform, operator) = (&world.platform, Actor::operator());
    migration(&world, 1, "pair", "create table a (id int);\ncreate table b (id int, x nosuchtype);", None);
    let server = Home::Mariadb.server(&world).await;
    tenants::reserve(platform, &operator, new_tenant("acme", &server)).await.unwrap();
    let go_on = async || provision::resume(platform, &operator, "acme", &silent).await;
    let hint = go_on().await.unwrap_err().hint.unwrap().command();
    let (first, then) = hint.split_once("neo migrate resolve acme").expect(&hint);
    assert!(first.is_empty() && then.contains("neo tenant retry acme"), "{hint}");
    let steps = provision::steps(platform, &operator, "acme").await.unwrap();
    let failure = steps.iter().find_map(|step| step.failure.as_ref()).unwrap();
    assert!(failure.hint.as_ref().unwrap().command().contains("neo migrate resolve acme"), "{failure:?}");
    let known = tenants::half_done(platform, &operator).await.unwrap();
    assert_eq!(known.iter().map(|tenant| tenant.slug.as_str()).collect::<Vec<_>>(), ["acme"]);
    let found = tenants::unresolved(platform, &operator, "acme").await.unwrap().half_done.unwrap();
    assert_eq!((found.stopped_at, found.can_continue), (Some(2), true), "{found:?}");

    // The file is mended: what is there is not made again, and how far it got stays known.
    migration(&world, 1, "pair", "create table a (id int);\ncreate table b (id int, x int);", None);
    let hint = go_on().await.unwrap_err().hint.unwrap().command();
    assert!(hint.contains("neo migrate resolve acme"), "{hint}");
    assert_eq!(resolve(&world, GO_ON).await.unwrap(), "20260101000001_pair");
    let tenant = go_on().await.unwrap();
    assert_eq!((tenant.status, tenant.state, tenant.version), (Standing::Active, State::Current, Some(20260101000001)));
    let tables = support::mariadb().await.query(&tenant.database, "show tables like 'b'").await;
    assert_eq!((tables.as_str(), tenants::half_done(platform, &operator).await.unwrap().len()), ("b", 0));
}
