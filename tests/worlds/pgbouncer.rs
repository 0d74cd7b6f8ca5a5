//! PgBouncer between Neo and a PostgreSQL server.

use neo::engine::Category;
use neo::error::Kind;
use neo::runs::{self, Goal, Run, Status};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Filter};
use neo::{Platform, doctor};

use crate::runs::{all, finish, provisioned, start};
use crate::support::{self, Cluster, Pooler, Way};
use crate::tenants::{made, operator};
use crate::world::{self, World};

/// What makes it let Neo in at all.
const LENIENT: &str = "ignore_startup_parameters = extra_float_digits,options";

async fn pooler(of: &'static Cluster, settings: &str) -> Pooler {
    let settings = settings.to_owned();
    tokio::task::spawn_blocking(move || support::pgbouncer(of, &settings)).await.unwrap()
}

fn new(url: String) -> NewServer {
    NewServer::from_url("pg", &url.into()).unwrap()
}

async fn migrated(world: &World) -> Run {
    let run = start(world, all(Goal::Migrate { to: None })).await;
    finish(world, run.number).await
}

#[tokio::test]
async fn a_pooler_is_no_server_and_is_named_with_its_mode() {
    // One where nobody else locks anything; it goes with this process.
    let own = tokio::task::spawn_blocking(|| support::own_postgres("")).await.unwrap();
    let cluster: &'static Cluster = Box::leak(Box::new(own));
    let world = World::new().await;
    for (mode, said) in [
        ("transaction", "this is a pooler (PgBouncer) in transaction mode: "),
        ("statement", "this is a pooler (PgBouncer) in statement mode: "),
        ("session", "this is a pooler (PgBouncer) that drops what a session asks for at its start: lock_timeout "),
    ] {
        let pooler = pooler(cluster, &format!("pool_mode = {mode}\n{LENIENT}")).await;
        let error = servers::add(&world.platform, &operator(), new(pooler.admin_url())).await.err().unwrap();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
        assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with(said)), "{mode}: {error}");
        assert!(error.hint.is_some_and(|hint| hint.command().starts_with("give the server's own address")), "{mode}");
    }
    // In the first two modes none of them is left for a second session once the first one works.
    for mode in ["transaction", "session"] {
        let pooler = pooler(cluster, &format!("pool_mode = {mode}\n{LENIENT}\ndefault_pool_size = 1")).await;
        let error = servers::add(&world.platform, &operator(), new(pooler.admin_url())).await.err().unwrap();
        let said = "this is a pooler (PgBouncer) with one session of the server's for all that come";
        assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with(said)), "{mode}: {error}");
    }
    // As it comes out of the box.
    let pooler = pooler(cluster, "").await;
    let error = servers::add(&world.platform, &operator(), new(pooler.admin_url())).await.err().unwrap();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with("this is a pooler (PgBouncer) ")), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.command().starts_with("give the server's own address")));
    assert_eq!(cluster.query("", "select count(*) from pg_locks where locktype = 'advisory'").await, "0");
}

#[tokio::test]
async fn a_server_that_became_a_pooler_is_refused_before_anything_is_done_there() {
    let cluster = support::postgres().await;
    let world = World::new().await;
    let platform = &world.platform;
    let way = Way::to(&[cluster.port]).await;
    let at = cluster.admin_url().replace(&format!(":{}/", cluster.port), &format!(":{}/", way.port));
    servers::add(platform, &operator(), new(at)).await.unwrap();
    let file = world.migrations().join("20260101000001_one.up.sql");
    std::fs::write(file, "create table one (id int primary key);").unwrap();
    let tenant = made(&world, "acme", "pg").await;
    std::fs::write(world.migrations().join("20260101000002_two.up.sql"), "create table two (id int primary key);")
        .unwrap();

    for mode in ["transaction", "session"] {
        let pooler = pooler(cluster, &format!("pool_mode = {mode}\n{LENIENT}")).await;
        way.lead_to(pooler.port);
        let run = migrated(&world).await;
        let causes = runs::causes(platform, &operator(), run.number).await.unwrap();
        let failure = &causes[0].failure;
        assert_eq!((run.status, failure.category), (Status::Failed, Category::Connect), "{mode}: {failure:?}");
        assert!(failure.message.starts_with("this is a pooler "), "{failure:?}");
        let error = servers::check(platform, &operator(), "pg").await.err().unwrap();
        assert!(error.to_string().contains("this is a pooler (PgBouncer)"), "{error}");
        let found = doctor::examine(platform, &operator()).await.unwrap();
        let told = found.iter().find(|finding| finding.area == "server" && finding.subject == "pg").unwrap();
        assert!(!told.ok && told.message.starts_with("this is a pooler (PgBouncer) "), "{told:?}");
        // The lock that keeps a run away while a tenant is deleted would be nobody's.
        let error = tenants::delete(platform, &operator(), "acme", "acme", false).await.err().unwrap();
        assert_eq!(error.kind, Kind::Conflict, "{mode}: {error}");
        assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with("this is a pooler ")), "{mode}: {error}");
        // Nor is anything read or changed there that a run would not find or reach.
        for goal in [Goal::Verify, Goal::RotatePassword { older_than_ms: None }] {
            let run = start(&world, all(goal)).await;
            let run = finish(&world, run.number).await;
            let causes = runs::causes(platform, &operator(), run.number).await.unwrap();
            assert!(causes[0].failure.message.starts_with("this is a pooler "), "{mode}: {causes:?}");
        }
        for error in [
            servers::rotate_password(platform, &operator(), "pg").await.err().unwrap(),
            runs::rehearse(platform, &operator(), "acme", None).await.err().unwrap(),
        ] {
            assert!(error.to_string().contains("this is a pooler (PgBouncer) "), "{mode}: {error}");
        }
        let tables = "select count(*) from pg_tables where tablename in ('one', 'two') and schemaname = 'public'";
        assert_eq!(cluster.query(&tenant.database, tables).await, "1", "{mode}");
    }
    way.lead_to(cluster.port);
    assert_eq!(migrated(&world).await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_central_database_is_behind_a_pooler_in_session_mode_or_behind_none() {
    let cluster = support::postgres().await;
    let lenient = "ignore_startup_parameters = extra_float_digits";
    for (settings, said) in [
        (format!("pool_mode = transaction\n{lenient}"), "DATABASE_URL leads to a pooler in transaction mode"),
        (format!("pool_mode = statement\n{lenient}"), "DATABASE_URL leads to a pooler in statement mode"),
        ("pool_mode = session".to_owned(), "DATABASE_URL leads to a pooler that refuses the start of a session"),
    ] {
        let database = support::unique("central");
        cluster.create_database(&database).await;
        let pooler = pooler(cluster, &settings).await;
        let dir = tempfile::tempdir().unwrap();
        let config = world::config(dir.path(), &format!("{}{database}", pooler.admin_url()), world::new_keys());
        let error = Platform::open(config).await.err().unwrap();
        assert_eq!((error.kind, error.message.as_str()), (Kind::Config, said), "{error}");
        assert!(error.hint.is_some_and(|hint| hint.command().contains("DATABASE_URL")));
        let tables = "select count(*) from pg_tables where schemaname = 'public'";
        assert_eq!(cluster.query(&database, tables).await, "0", "nothing was begun");
    }
    // A whole life, with several processes' worth of listening.
    let database = support::unique("central");
    cluster.create_database(&database).await;
    let pooler = pooler(cluster, &format!("pool_mode = session\n{lenient}")).await;
    let world = World::on(&format!("{}{database}", pooler.admin_url())).await;
    let world = provisioned(world, &["acme", "beta"]).await;
    let again = world.reopened(world.platform.config.keys.clone()).await.unwrap();
    assert_eq!(tenants::all(&again, &operator(), &Filter::default()).await.unwrap().len(), 2);
    assert_eq!(migrated(&world).await.status, Status::Succeeded);
}
