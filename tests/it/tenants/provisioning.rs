//! Provisioning on every engine, broken at every step, done twice, undone twice.

use std::sync::Mutex;

use neo::engine::{Category, Failure};
use neo::error::Kind;
use neo::tenants::provision::{self, Moment, Progress, Step, StepState};
use neo::tenants::{self, FirstAdmin, State, Status};
use rstest::rstest;

use super::{Home, fleet, made, new_tenant, operator, silent, write_starter};
use crate::support;
use crate::world::World;

const BEFORE_ACTIVE: [Step; 6] = [Step::Role, Step::Database, Step::Rights, Step::Migrate, Step::Admin, Step::Activate];

fn with_admin(slug: &str, server: &str) -> tenants::NewTenant {
    let mut new = new_tenant(slug, server);
    new.admin = Some(FirstAdmin {
        email: "Ada@Example.com".into(),
        password: "correct horse battery staple".into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
    });
    new
}

/// Each step fails once before it is done and once after, and goes on from there.
async fn survives_every_breakage(world: &World, home: Home) {
    write_starter(world);
    let server = home.server(world).await;
    let platform = &world.platform;
    tenants::reserve(platform, &operator(), with_admin("acme", &server)).await.unwrap();
    let applied = Mutex::new(0);
    let count =
        |progress: Progress| *applied.lock().unwrap() += usize::from(matches!(progress, Progress::Applied { .. }));
    for step in BEFORE_ACTIVE {
        for moment in [Moment::Before(step), Moment::After(step)] {
            let fault = move |at: Moment| (at == moment).then(|| Failure::new(Category::Disk, "no space left"));
            let error = provision::resume_unless(platform, &operator(), "acme", &count, &fault).await.err().unwrap();
            assert!(error.message.contains(step.as_str()), "{home:?} {moment:?}: {error}");
            assert_eq!(error.cause.as_deref(), Some("no space left"));
            let tenant = tenants::find(platform, &operator(), "acme").await.unwrap();
            assert_eq!((tenant.status, tenant.last_error.as_deref()), (Status::Failed, Some("no space left")));
            let steps = provision::steps(platform, &operator(), "acme").await.unwrap();
            let failed = steps.iter().find(|s| s.step == step).unwrap();
            assert_eq!((failed.state.as_str(), failed.failure.is_some()), ("failed", true));
        }
    }
    // On PostgreSQL nothing was left to apply: it is a copy.
    assert_eq!(*applied.lock().unwrap(), usize::from(home != Home::Postgres));
    let told = Mutex::new(Vec::new());
    let sink = |progress: Progress| told.lock().unwrap().push(format!("{progress:?}"));
    let tenant = provision::resume(platform, &operator(), "acme", &sink).await.unwrap();
    assert_eq!((tenant.status, tenant.state, tenant.version), (Status::Active, State::Current, Some(20250126000001)));
    assert_eq!(tenant.last_error, None);
    assert_eq!(told.lock().unwrap().len(), 2, "only the last step was left: {told:?}");

    // Again: nothing to do, and nothing is done.
    provision::resume(platform, &operator(), "acme", &sink).await.unwrap();
    assert_eq!(told.lock().unwrap().len(), 2);
    // Whatever has become of the tenant since.
    neo::tenants::suspend(platform, &operator(), "acme").await.unwrap();
    let tenant = provision::resume(platform, &operator(), "acme", &sink).await.unwrap();
    assert_eq!((tenant.status, told.lock().unwrap().len()), (Status::Suspended, 2));
    neo::tenants::resume(platform, &operator(), "acme").await.unwrap();
    let steps = provision::steps(platform, &operator(), "acme").await.unwrap();
    assert!(steps.iter().all(|s| s.state == StepState::Succeeded && s.finished_at.is_some()));

    let users = neo::tenant_users::list(platform, &operator(), "acme", &Default::default()).await.unwrap().users;
    assert_eq!(users.len(), 1, "a step that was done twice wrote one user");
    assert_eq!((users[0].email.as_str(), &users[0].roles[..]), ("Ada@Example.com", &["admin".to_owned()][..]));
}

#[tokio::test]
async fn a_provisioning_broken_at_every_step_goes_on_from_there_on_sqlite() {
    survives_every_breakage(&World::new().await, Home::Sqlite).await;
}

#[tokio::test]
async fn a_provisioning_broken_at_every_step_goes_on_from_there_on_postgres() {
    survives_every_breakage(&World::on(&fleet::central_on_postgres().await).await, Home::Postgres).await;
}

#[tokio::test]
async fn a_provisioning_broken_at_every_step_goes_on_from_there_on_mariadb() {
    survives_every_breakage(&World::new().await, Home::Mariadb).await;
}

#[tokio::test]
async fn undone_at_any_step_nothing_is_left_and_the_slug_is_free() {
    for home in [Home::Sqlite, Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        write_starter(&world);
        let server = home.server(&world).await;
        let platform = &world.platform;
        for step in BEFORE_ACTIVE {
            let tenant = tenants::reserve(platform, &operator(), with_admin("acme", &server)).await.unwrap();
            let fault = move |at: Moment| (at == Moment::After(step)).then(|| Failure::new(Category::Other, "broken"));
            provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.unwrap_err();
            let undone = Mutex::new(0);
            let sink = |_: Progress| *undone.lock().unwrap() += 1;
            let gone = provision::undo(platform, &operator(), "acme", &sink).await.unwrap().tenant;
            assert_eq!(gone.status, Status::Deleted);
            let first = *undone.lock().unwrap();
            assert!(first >= 2);
            provision::undo(platform, &operator(), &tenant.id, &sink).await.unwrap();
            assert_eq!(*undone.lock().unwrap(), first, "undone once");
            match home {
                Home::Sqlite => {
                    let folder = platform.config.data_dir.join("tenants");
                    let left: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
                    assert!(left.is_empty(), "{left:?}");
                }
                Home::Postgres => {
                    let sql = format!(
                        "select (select count(*) from pg_database where datname = '{0}') + (select count(*) from pg_roles where rolname = '{0}')",
                        tenant.database
                    );
                    assert_eq!(support::postgres().await.query("", &sql).await, "0");
                }
                Home::Mariadb => {
                    let sql = format!(
                        "select (select count(*) from information_schema.schemata where schema_name = '{0}') + (select count(*) from mysql.user where user = '{0}')",
                        tenant.database
                    );
                    assert_eq!(support::mariadb().await.query("", &sql).await, "0");
                }
            }
        }
        made(&world, "acme", &server).await;
    }
}

#[tokio::test]
async fn the_first_admins_password_waits_as_a_hash_and_goes_when_it_is_used() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    tenants::reserve(platform, &operator(), with_admin("acme", "local")).await.unwrap();
    let body = async || -> Option<String> {
        let mut conn = platform.central.read().await.unwrap();
        sqlx::query_scalar("select body from provision_steps where step = 'admin'").fetch_one(&mut *conn).await.unwrap()
    };
    let waiting = body().await.unwrap();
    assert!(waiting.contains("$argon2id$") && !waiting.contains("correct horse"), "{waiting}");
    provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
    assert_eq!(body().await, None);
}

/// The fleet's own tables, whose ids its databases make; and those for which nobody does.
#[rstest]
#[case::sqlite(Home::Sqlite, "integer primary key", "integer")]
#[case::postgres(Home::Postgres, "uuid primary key default gen_random_uuid()", "uuid")]
#[case::mariadb(Home::Mariadb, "bigint unsigned auto_increment primary key", "bigint unsigned")]
#[tokio::test(flavor = "multi_thread")]
async fn a_first_admin_is_made_whatever_ids_are(#[case] home: Home, #[case] id: &str, #[case] of: &str) {
    let theirs = async |id: &str, of: &str| {
        let world = World::new().await;
        write_starter(&world);
        let file = world.migrations().join("20250126000001_users.up.sql");
        let starter = std::fs::read_to_string(&file).unwrap();
        let starter = starter.replacen("id varchar(36) primary key", &format!("id {id}"), 1);
        std::fs::write(&file, starter.replacen("user_id varchar(36)", &format!("user_id {of}"), 1)).unwrap();
        let server = home.server(&world).await;
        (world, server)
    };
    let (world, server) = theirs(id, of).await;
    let platform = &world.platform;
    tenants::reserve(platform, &operator(), with_admin("acme", &server)).await.unwrap();
    provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
    let page = neo::tenant_users::list(platform, &operator(), "acme", &neo::tenant_users::Wanted::default()).await;
    let users = page.unwrap().users;
    assert_eq!((users.len(), users[0].roles.as_slice()), (1, &["admin".to_owned()][..]), "{users:?}");
    assert!(!users[0].id.is_empty(), "{users:?}");

    let (world, server) = theirs("int primary key", "int").await;
    tenants::reserve(&world.platform, &operator(), with_admin("bare", &server)).await.unwrap();
    let error = provision::resume(&world.platform, &operator(), "bare", &silent).await.err().unwrap();
    assert!(error.to_string().contains("nothing in its database makes one"), "{error}");
}

#[tokio::test]
async fn whoever_comes_while_somebody_is_at_it_is_told_so_and_a_dropped_work_can_be_taken_up() {
    let world = World::new().await;
    write_starter(&world);
    let platform = &world.platform;
    tenants::reserve(platform, &operator(), new_tenant("acme", "local")).await.unwrap();
    let (at_it, mut wait) = tokio::sync::mpsc::unbounded_channel();
    let sink = move |progress| {
        if let Progress::StepStarted { step: Step::Migrate } = progress {
            at_it.send(()).unwrap();
        }
    };
    let other = operator();
    let mut first = Box::pin(provision::resume(platform, &other, "acme", &sink));
    tokio::select! {
        _ = &mut first => panic!("it went through"),
        _ = wait.recv() => {}
    }
    let error = provision::resume(platform, &operator(), "acme", &silent).await.err().unwrap();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.cause.unwrap().starts_with("by cli:"));
    let error = tenants::delete(platform, &operator(), "acme", "acme", false).await.err().unwrap();
    assert_eq!(error.kind, Kind::Conflict);
    // As if the process had been killed in the middle of the step.
    drop(first);
    let tenant = provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
    assert_eq!((tenant.status, tenant.version), (Status::Active, Some(20250126000001)));
}

#[tokio::test]
async fn a_migration_that_fails_keeps_the_tenant_mendable() {
    let world = World::new().await;
    write_starter(&world);
    let file = world.migrations().join("20250126000002_more.up.sql");
    std::fs::write(&file, "create table users (id int);\n").unwrap();
    let platform = &world.platform;
    tenants::reserve(platform, &operator(), new_tenant("acme", "local")).await.unwrap();
    let error = provision::resume(platform, &operator(), "acme", &silent).await.err().unwrap();
    assert!(error.message.contains("migrate"), "{error}");
    let steps = provision::steps(platform, &operator(), "acme").await.unwrap();
    let failure = steps.iter().find(|s| s.step == Step::Migrate).unwrap().failure.clone().unwrap();
    assert_eq!((failure.category, failure.line), (Category::Exists, Some(1)));
    std::fs::write(&file, "create table more (id int);\n").unwrap();
    let tenant = provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
    assert_eq!(tenant.version, Some(20250126000002));
}

#[tokio::test]
async fn a_tenant_on_postgres_is_shut_to_every_other_tenant() {
    let world = World::new().await;
    let server = Home::Postgres.server(&world).await;
    let one = made(&world, "one", &server).await;
    let two = made(&world, "two", &server).await;
    let cluster = support::postgres().await;
    let sql = format!("select has_database_privilege('{}', '{}', 'connect')", one.username, two.database);
    assert_eq!(cluster.query("", &sql).await, "f");
}

/// What is asked for and left to others is nobody's: in a container the name of a machine that has ended tells nobody that it has.
#[tokio::test]
async fn what_is_left_to_others_is_not_waited_for() {
    let world = World::new().await;
    write_starter(&world);
    for (slug, detached) in [("acme", false), ("beta", true)] {
        let new = tenants::NewTenant { detached, ..new_tenant(slug, "local") };
        let (_, run) = neo::runs::provision(&world.platform, &operator(), new).await.unwrap();
        let starter: Option<String> = sqlx::query_scalar("select starter_host from runs where number = $1")
            .bind(run.number)
            .fetch_one(&mut *world.platform.central.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(starter.is_none(), detached, "{slug}");
    }
}
