//! Verified completion: the same schema has the same fingerprint, and a stranger among a fleet is seen and told of.

mod kinds;

use std::path::Path;
use std::time::{Duration, Instant};

use neo::actor::Actor;
use neo::engine::{self, Connection, Engine, Schema, Target, Tls};
use neo::migrations::Set;
use neo::migrations::apply::{self, Goal as Towards, Options};
use neo::runs::{self, Goal, Policy, Reason, Request, Status, TaskFilter};
use neo::tenants::{self, Filter, State, Verdict};
use rstest::rstest;

use crate::runs::{all, by_hand, finish, fleet, migration, provisioned, start};
use crate::support;
use crate::world::World;

async fn database(engine: Engine, folder: &Path) -> Target {
    let mut target = Target {
        engine,
        host: String::new(),
        port: 0,
        database: support::unique("schema"),
        username: String::new(),
        password: None,
        second: None,
        tls: Tls::Off,
        path: folder.join(format!("{}.db", support::unique("schema"))),
        application_name: "neo:test:schema".into(),
        connect_timeout: Duration::from_secs(20),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    };
    let cluster = match engine {
        Engine::Postgres => support::postgres().await,
        Engine::Mysql => support::mariadb().await,
        Engine::Sqlite => {
            std::fs::write(&target.path, "").unwrap();
            return target;
        }
    };
    cluster.create_database(&target.database).await;
    target.host = cluster.host.clone();
    target.port = cluster.port;
    target.username = cluster.user.clone();
    target.password = Some(cluster.password.clone().into());
    target
}

async fn schema_after(target: &Target, sql: &str) -> Schema {
    let mut conn = Connection::open(target).await.unwrap();
    if !sql.is_empty() {
        conn.execute(sql).await.unwrap();
    }
    let began = Instant::now();
    let schema = engine::schema(&mut conn).await.unwrap();
    println!("{}: {:?} for {} lines", target.engine, began.elapsed(), schema.lines.len());
    conn.close().await;
    schema
}

async fn migrated(target: &Target) {
    let set = Set::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant")).unwrap();
    let mut conn = Connection::open(target).await.unwrap();
    let options = Options::within(Duration::from_secs(10));
    let outcome = apply::run(&mut conn, &set, &Towards::Up { to: None }, &options, &|_| {}).await;
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    conn.close().await;
}

fn differences(norm: &Schema, there: &Schema) -> Vec<String> {
    fn lines(schema: &Schema) -> Vec<&str> {
        schema.lines.iter().map(String::as_str).collect()
    }
    engine::differences(&lines(norm), &lines(there))
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn one_set_of_files_makes_one_fingerprint_and_every_hand_shows(#[case] engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (database(engine, folder.path()).await, database(engine, folder.path()).await);
    migrated(&one).await;
    migrated(&other).await;
    let norm = schema_after(&one, "").await;
    assert!(norm.lines.iter().any(|l| l.starts_with("column contacts.")), "{:#?}", norm.lines);
    assert!(norm.lines.iter().any(|l| l.to_lowercase().contains("foreign key")), "{:#?}", norm.lines);
    assert!(!norm.lines.iter().any(|l| l.contains("_sqlx")), "{:#?}", norm.lines);

    // Tables of tools, and rows, are no part of a schema.
    let same = schema_after(
        &other,
        "create table knex_migrations (id integer); create table _neo_marker (tenant_id varchar(40) not null)",
    )
    .await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());
    assert_eq!(norm.fingerprint(), same.fingerprint());

    let strange = schema_after(
        &other,
        "create table by_hand (a integer not null, b integer default 7, check (b > 3)); \
         create unique index by_hand_b on by_hand (b, a); create index by_hand_a on by_hand (a)",
    )
    .await;
    assert_ne!(norm.fingerprint(), strange.fingerprint());
    let told = differences(&norm, &strange).join("\n");
    for part in [
        "+ table by_hand",
        "+ column by_hand.a int",
        "default 7",
        "not null",
        "+ unique index by_hand_b on by_hand (b, a)",
        "+ index by_hand_a on by_hand (a)",
        "3",
    ] {
        assert!(told.to_lowercase().contains(part), "{part} is not in\n{told}");
    }
    let mended = schema_after(&other, "drop table by_hand").await;
    assert_eq!(norm.fingerprint(), mended.fingerprint());
}

/// As knex makes its record and the lock beside it, where somebody has named it (`tableName`).
fn record_of_knex(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => {
            "create table \"ourMigrations\" (\"id\" serial primary key, \"name\" varchar(255), \"batch\" integer, \
             \"migration_time\" timestamptz); \
             create table \"ourMigrations_lock\" (\"index\" serial primary key, \"is_locked\" integer); \
             create index on \"ourMigrations\" (name)"
        }
        Engine::Mysql => {
            "create table `ourMigrations` (`id` int unsigned not null auto_increment primary key, `name` varchar(255), \
             `batch` int, `migration_time` timestamp); \
             create table `ourMigrations_lock` (`index` int unsigned not null auto_increment primary key, `is_locked` int); \
             create index by_name on `ourMigrations` (name)"
        }
        Engine::Sqlite => {
            "create table `ourMigrations` (`id` integer not null primary key autoincrement, `name` varchar(255), \
             `batch` integer, `migration_time` datetime); \
             create table `ourMigrations_lock` (`index` integer not null primary key autoincrement, `is_locked` integer); \
             create index by_name on `ourMigrations` (name)"
        }
    }
}

#[rstest]
#[case::postgres(Engine::Postgres)]
#[case::mariadb(Engine::Mysql)]
#[case::sqlite(Engine::Sqlite)]
#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_knex_is_no_drift_whatever_it_is_called(#[case] engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let target = database(engine, folder.path()).await;
    let norm = schema_after(&target, "create table a (id integer primary key)").await;
    let same = schema_after(&target, record_of_knex(engine)).await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());
    assert_eq!(norm.fingerprint(), same.fingerprint());
    assert_eq!(same.records, ["ourMigrations"]);
    // A table like it that somebody has made something of is theirs.
    let own =
        schema_after(&target, &record_of_knex(engine).replace("ourMigrations", "batches").replace("by_name", "own"))
            .await;
    assert_eq!(own.records, ["batches", "ourMigrations"]);
    let own = schema_after(&target, "alter table batches add column author integer").await;
    assert!(
        differences(&norm, &own).iter().any(|line| line.starts_with("+ column batches.author")),
        "{:#?}",
        own.lines
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_in_which_tables_and_columns_came_is_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    for engine in [Engine::Postgres, Engine::Mysql, Engine::Sqlite] {
        let (one, other) = (database(engine, folder.path()).await, database(engine, folder.path()).await);
        let first = schema_after(&one, "create table a (x integer, y integer); create table b (z integer)").await;
        let second =
            schema_after(&other, "create table b (z integer); create table a (y integer); alter table a add x integer")
                .await;
        assert_eq!(first.lines, second.lines);
    }
}

async fn verdict(world: &World, slug: &str) -> Verdict {
    let tenant = tenants::find(&world.platform, &Actor::operator(), slug).await.unwrap();
    tenants::comparison(&world.platform, &Actor::operator(), &tenant).await.unwrap().verdict
}

async fn state(world: &World, slug: &str) -> State {
    tenants::find(&world.platform, &Actor::operator(), slug).await.unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_migrated_marked_as_drifted_and_verified_until_it_is_mended() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    // Before the migration: it goes through everywhere, and what is different stays so.
    by_hand(&world, "acme", "create index contacts_by_hand on contacts (id)").await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!(run.status, Status::Succeeded);
    // Counted where it belongs, and named besides.
    assert_eq!((run.tenants.migrated, run.tenants.drifted, run.tenants.total), (3, 1, 3));
    assert_eq!(state(&world, "acme").await, State::Drifted);
    assert_eq!(state(&world, "beta").await, State::Current);

    let filter = TaskFilter { reason: Some(Reason::Drifted), limit: 10, ..TaskFilter::default() };
    let page = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap();
    assert_eq!(page.tasks.iter().map(|t| t.tenant.as_str()).collect::<Vec<_>>(), ["acme"]);
    let drifted = runs::drifted(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(drifted[0].differs, ["+ index contacts_by_hand on contacts (id)"]);
    assert_eq!((drifted[0].agreeing, drifted[0].fingerprint.len()), (2, 12));
    let filter = Filter { states: vec![State::Drifted], ..Filter::default() };
    let listed = tenants::all(&world.platform, &Actor::operator(), &filter).await.unwrap();
    assert_eq!(listed.iter().map(|t| t.slug.as_str()).collect::<Vec<_>>(), ["acme"]);

    // Not trusted from the cache; still strange, though there is nothing to migrate.
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.current, run.tenants.drifted), (3, 1));

    by_hand(&world, "acme", "drop index contacts_by_hand").await;
    let verify = Request { policy: Policy { trust_ms: 0, ..Policy::default() }, ..all(Goal::Verify) };
    let run = start(&world, verify).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.current, run.tenants.drifted), (Status::Succeeded, 3, 0));
    assert_eq!(state(&world, "acme").await, State::Current);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_differ_are_no_majority_and_a_verification_finds_who_left_it() {
    let world = fleet(&["acme", "beta"]).await;
    by_hand(&world, "acme", "alter table contacts add column secret text").await;
    let run = start(&world, all(Goal::Verify)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.tenants.current, run.tenants.drifted, run.tenants.uncompared), (2, 0, 2));
    assert_eq!(state(&world, "acme").await, State::Current);
    assert_eq!(verdict(&world, "acme").await, Verdict::NothingToCompareWith);

    let world = fleet(&["acme", "beta", "corvus"]).await;
    by_hand(&world, "corvus", "alter table contacts add column secret text").await;
    let run = start(&world, all(Goal::Verify)).await;
    let run = finish(&world, run.number).await;
    assert_eq!((run.status, run.tenants.drifted, run.tenants.uncompared), (Status::Succeeded, 1, 0));
    assert_eq!((verdict(&world, "acme").await, verdict(&world, "corvus").await), (Verdict::Alike, Verdict::Drifted));
    let drifted = runs::drifted(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(drifted[0].tenant, "corvus");
    assert_eq!(drifted[0].differs, ["+ column contacts.secret text"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_compared_with_nobody_is_named_until_there_is_somebody() {
    let world = fleet(&["acme", "beta", "corvus"]).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    let only = |slug: &str| Filter { keys: vec![slug.into()], ..Filter::default() };
    let migrate = Request { selection: only("corvus"), ..all(Goal::Migrate { to: None }) };
    finish(&world, start(&world, migrate).await.number).await;

    let run = finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    assert_eq!((run.tenants.total, run.tenants.current, run.tenants.uncompared), (3, 3, 1));
    let alone = runs::uncompared(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(alone, ["corvus"]);
    // In its place among the current as well.
    for (reason, n) in [(Reason::Current, 3), (Reason::Uncompared, 1), (Reason::Migrated, 0)] {
        let status = Some(runs::TaskStatus::Succeeded);
        let filter = TaskFilter { status, reason: Some(reason.clone()), limit: 10, ..TaskFilter::default() };
        let page = runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap();
        assert_eq!(page.total, n, "{reason}");
    }

    finish(&world, start(&world, all(Goal::Migrate { to: None })).await.number).await;
    let later = finish(&world, start(&world, all(Goal::Verify)).await.number).await;
    assert_eq!((later.tenants.current, later.tenants.uncompared), (3, 0));
    assert_eq!(verdict(&world, "corvus").await, Verdict::Alike);
    // What was said of it then was so.
    let run = runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(run.tenants.uncompared, 1);
}

async fn central(world: &World, statements: &[&'static str]) {
    let mut tx = world.platform.central.write().await.unwrap();
    for statement in statements {
        sqlx::raw_sql(*statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// On a central database of this engine.
async fn fleet_on(engine: Engine, slugs: &[&str]) -> World {
    let world = match engine {
        Engine::Postgres => {
            let (cluster, name) = (support::postgres().await, support::unique("central"));
            cluster.create_database(&name).await;
            World::on(&cluster.url(&name)).await
        }
        _ => World::new().await,
    };
    provisioned(world, slugs).await
}

async fn verify(world: &World, slugs: &[&str]) -> runs::Run {
    let selection = Filter { keys: slugs.iter().map(|slug| (*slug).to_owned()).collect(), ..Filter::default() };
    let run = start(world, Request { selection, ..all(Goal::Verify) }).await;
    finish(world, run.number).await
}

/// What an earlier look has left: other fingerprints, in a dialect that has no number, and a norm among them.
async fn before_the_upgrade(world: &World) {
    let old = [
        "update schemas set fingerprint = 'old ' || fingerprint, dialect = 'sqlite'",
        "update tenants set fingerprint = 'old ' || fingerprint",
        "update norms set fingerprint = 'old ' || fingerprint, dialect = 'sqlite'",
    ];
    central(world, &old).await;
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_drifts_for_being_looked_at_by_another_look_and_who_did_is_found(#[case] engine: Engine) {
    let slugs = ["t1", "t2", "t3", "t4", "t5", "t6"];
    let world = fleet_on(engine, &slugs).await;
    // Two that differ alike, and were found.
    by_hand(&world, "t5", "alter table contacts add column secret text").await;
    by_hand(&world, "t6", "alter table contacts add column secret text").await;
    let run = verify(&world, &slugs).await;
    assert_eq!((run.tenants.drifted, run.tenants.uncompared), (2, 0));
    before_the_upgrade(&world).await;
    assert_eq!((verdict(&world, "t1").await, verdict(&world, "t5").await), (Verdict::Alike, Verdict::Drifted));

    // A run that finds nothing to do looks at the strangers alone: two agree, and are most of those that were looked at anew.
    let run = finish(&world, start(&world, all(Goal::Migrate { to: None })).await.number).await;
    assert_eq!((run.status, run.tenants.drifted), (Status::Succeeded, 0));
    // Others come one by one, and none of them is strange to those two; nor are those that nobody has looked at.
    let run = verify(&world, &["t1"]).await;
    assert_eq!((run.tenants.drifted, run.tenants.uncompared), (0, 1));
    for slug in ["t1", "t2", "t3", "t4"] {
        assert_eq!(state(&world, slug).await, State::Current, "{slug}");
    }
    assert_eq!(verdict(&world, "t2").await, Verdict::Alike);

    let run = verify(&world, &slugs).await;
    assert_eq!((run.tenants.drifted, run.tenants.uncompared), (2, 0));
    let drifted = runs::drifted(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(drifted.iter().map(|d| (d.tenant.as_str(), d.agreeing)).collect::<Vec<_>>(), [("t5", 4), ("t6", 4)]);
    assert_eq!(drifted[0].differs, ["+ column contacts.secret text"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_a_stranger_before_an_upgrade_stays_one_until_somebody_looks_anew() {
    let world = fleet(&["acme", "beta", "corvus", "delta"]).await;
    by_hand(&world, "delta", "alter table contacts add column secret text").await;
    verify(&world, &["acme", "beta", "corvus", "delta"]).await;
    before_the_upgrade(&world).await;
    // All others are looked at anew, so that nothing of the old norm is left but delta.
    let run = verify(&world, &["acme", "beta", "corvus"]).await;
    assert_eq!((run.tenants.drifted, run.tenants.uncompared), (0, 0));
    assert_eq!(state(&world, "delta").await, State::Drifted);
    let delta = tenants::find(&world.platform, &Actor::operator(), "delta").await.unwrap();
    let drift = tenants::drift(&world.platform, &Actor::operator(), &delta).await.unwrap().unwrap();
    assert_eq!(drift.differs, ["+ column contacts.secret text"]);

    by_hand(&world, "delta", "alter table contacts drop column secret").await;
    let run = verify(&world, &["delta"]).await;
    assert_eq!((run.tenants.drifted, run.tenants.uncompared), (0, 0));
    assert_eq!(state(&world, "delta").await, State::Current);
}

/// Two runs that end together write the same norms.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test(flavor = "multi_thread")]
async fn a_norm_is_written_over_and_never_taken_away_to_be_made_again(#[case] engine: Engine) {
    let world = fleet_on(engine, &["acme", "beta", "corvus"]).await;
    verify(&world, &["acme", "beta", "corvus"]).await;
    let kept: &[&str] = match engine {
        Engine::Postgres => &[
            "create function kept() returns trigger language plpgsql as 'begin raise exception ''a norm was deleted''; end'",
            "create trigger kept before delete on norms for each row execute function kept()",
        ],
        _ => &["create trigger kept before delete on norms begin select raise(abort, 'a norm was deleted'); end"],
    };
    central(&world, kept).await;
    by_hand(&world, "corvus", "alter table contacts add column secret text").await;
    let run = tokio::time::timeout(Duration::from_secs(60), verify(&world, &["corvus"])).await.unwrap();
    assert_eq!((run.status, run.tenants.drifted), (Status::Succeeded, 1));
    let found = runs::drifted(&world.platform, &Actor::operator(), run.number).await.unwrap();
    assert_eq!(found[0].agreeing, 2, "and counted again");
}

/// What a migrate run does with a tenant: `skipped` from the cache, or looked at.
async fn is_trusted(world: &World, slug: &str) -> bool {
    let request = Request {
        selection: Filter { keys: vec![slug.into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    let run = start(world, request).await;
    let run = finish(world, run.number).await;
    let filter = TaskFilter { limit: 10, ..TaskFilter::default() };
    runs::tasks(&world.platform, &Actor::operator(), run.number, &filter).await.unwrap().tasks[0].status
        == runs::TaskStatus::Skipped
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_trusted_after_what_may_have_changed_it() {
    let world = fleet(&["acme"]).await;
    let operator = Actor::operator();
    migration(
        &world,
        2,
        "add_status",
        "alter table contacts add column status text;",
        Some("alter table contacts drop column status;"),
    );
    let one = |goal| Request { selection: Filter { keys: vec!["acme".into()], ..Filter::default() }, ..all(goal) };
    finish(&world, start(&world, one(Goal::Migrate { to: None })).await.number).await;
    assert!(is_trusted(&world, "acme").await);

    // Suspended and back: it was out of sight.
    tenants::suspend(&world.platform, &operator, "acme").await.unwrap();
    tenants::resume(&world.platform, &operator, "acme").await.unwrap();
    assert!(!is_trusted(&world, "acme").await);
    assert!(is_trusted(&world, "acme").await);

    // A rollback that has only begun.
    let run = start(&world, one(Goal::RollbackSteps { steps: 1 })).await;
    let not_yet = runs::at_least(&world.platform, &operator, &Filter::default(), 20260101000001).await.unwrap();
    assert!(!not_yet.ok, "it is being rolled back");
    runs::cancel(&world.platform, &operator, run.number, false).await.unwrap();
    assert!(!is_trusted(&world, "acme").await);
    assert!(is_trusted(&world, "acme").await);

    // A failure.
    by_hand(&world, "acme", "update _sqlx_migrations set checksum = x'00' where version = 20260101000002").await;
    let run = finish(&world, start(&world, one(Goal::Verify)).await.number).await;
    assert_eq!(run.tenants.failed, 1);
    assert!(!is_trusted(&world, "acme").await);
    let floor = runs::at_least(&world.platform, &operator, &Filter::default(), 20260101000001).await.unwrap();
    assert_eq!((floor.ok, floor.behind[0].tenant.as_str(), floor.behind[0].state), (false, "acme", State::Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_may_go_out_when_every_tenant_is_known_to_be_there() {
    let world = fleet(&["acme", "beta"]).await;
    let (operator, everyone) = (Actor::operator(), Filter::default());
    let at = async |version| runs::at_least(&world.platform, &operator, &everyone, version).await.unwrap();
    assert!(at(20260101000001).await.ok);
    let behind = at(20260101000002).await;
    assert_eq!((behind.ok, behind.tenants, behind.behind.len()), (false, 2, 2));
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    finish(&world, start(&world, all(Goal::Migrate { to: None })).await.number).await;
    assert!(at(20260101000002).await.ok);
    // Who is not active does not stand in the way.
    migration(&world, 3, "add_more", "alter table contacts add column more text;", None);
    let one = Request {
        selection: Filter { keys: vec!["acme".into()], ..Filter::default() },
        ..all(Goal::Migrate { to: None })
    };
    finish(&world, start(&world, one).await.number).await;
    assert!(!at(20260101000003).await.ok);
    tenants::suspend(&world.platform, &operator, "beta").await.unwrap();
    assert!(at(20260101000003).await.ok);
}
