//! A rehearsal runs what is pending on a copy: the tenant, its ledger and the cache are as before, and nothing is left.

use neo::actor::{Actor, Role};
use neo::error::Kind;
use neo::runs::{self, Rehearsal, Verdict};
use neo::tenants::{self, Tenant};
use neo::{audit, doctor};

use crate::runs::migration;
use crate::support;
use crate::tenants::{Home, made};
use crate::world::{World, actor};

/// A tenant at one migration with a row, and two migrations pending.
async fn tenant(home: Home, second: &str) -> (World, Tenant) {
    let world = World::new().await;
    migration(
        &world,
        1,
        "create_contacts",
        "create table contacts (id int primary key);\ninsert into contacts values (1);",
        None,
    );
    let server = home.server(&world).await;
    let tenant = made(&world, "acme", &server).await;
    migration(&world, 2, "add_status", "alter table contacts add column status text;", None);
    migration(&world, 3, "second", second, None);
    (world, tenant)
}

async fn rehearse(world: &World, to: Option<i64>) -> neo::error::Result<Rehearsal> {
    runs::rehearse(&world.platform, &actor(Role::Admin), "acme", to).await
}

/// Everything there is of the tenant: its row in the central database, its tables and its ledger.
async fn state(world: &World, home: Home, tenant: &Tenant) -> String {
    let seen = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    let cache = format!("{:?} {:?} {:?}", seen.version, seen.state, seen.verified_at);
    let sql = "select version, success from _sqlx_migrations order by 1";
    match home {
        Home::Postgres => {
            let cluster = support::postgres().await;
            let columns = "select column_name from information_schema.columns where table_name = 'contacts'";
            let ledger = cluster.query(&tenant.database, sql).await;
            format!("{cache}\n{ledger}\n{}", cluster.query(&tenant.database, columns).await)
        }
        _ => {
            use sqlx::Connection;
            let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
            let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
            let ledger: Vec<(i64, bool)> = sqlx::query_as(sql).fetch_all(&mut conn).await.unwrap();
            let tables: Vec<String> =
                sqlx::query_scalar("select sql from sqlite_schema where sql is not null order by 1")
                    .fetch_all(&mut conn)
                    .await
                    .unwrap();
            conn.close().await.unwrap();
            format!("{cache}\n{ledger:?}\n{tables:?}")
        }
    }
}

/// Names of copies of this tenant that are still there.
async fn copies(world: &World, home: Home, tenant: &Tenant) -> Vec<String> {
    match home {
        Home::Postgres => {
            let sql = format!(
                "select datname from pg_database where datname like 'neo\\_rehearsal\\_%' \
                 and pg_get_userbyid(datdba) = '{}'",
                tenant.username
            );
            let found = support::postgres().await.query("", &sql).await;
            found.lines().map(str::to_owned).collect()
        }
        _ => std::fs::read_dir(world.platform.config.data_dir.join("tenants"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("rehearsal"))
            .collect(),
    }
}

async fn outcomes(world: &World) -> Vec<String> {
    let rows = audit::list(&world.platform, &Actor::operator(), &audit::Filter::default()).await.unwrap();
    rows.into_iter().filter(|row| row.action == "tenant.rehearse").map(|row| row.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_is_applied_to_the_copy_and_the_tenant_is_as_before() {
    for home in [Home::Sqlite, Home::Postgres] {
        let (world, tenant) = tenant(home, "create index contacts_status on contacts (status);").await;
        let before = state(&world, home, &tenant).await;
        let done = rehearse(&world, None).await.unwrap();
        let labels: Vec<_> = done.applied.iter().map(|one| one.migration.as_str()).collect();
        assert_eq!(labels, ["20260101000002_add_status", "20260101000003_second"], "{home:?}");
        assert!(done.failure.is_none() && done.left_behind.is_none(), "{done:?}");
        assert_eq!((done.from_version, done.to_version), (Some(20260101000001), Some(20260101000003)));
        assert_eq!(state(&world, home, &tenant).await, before, "{home:?}");
        assert!(copies(&world, home, &tenant).await.is_empty(), "{home:?}");
        assert_eq!(outcomes(&world).await, ["succeeded", "intended"]);

        let part = rehearse(&world, Some(20260101000002)).await.unwrap();
        assert_eq!(part.applied.len(), 1, "no further than asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_is_named_with_its_place_and_nothing_is_left() {
    for home in [Home::Sqlite, Home::Postgres] {
        let (world, tenant) = tenant(home, "-- why\ninsert into contacts (id) values (1);").await;
        let before = state(&world, home, &tenant).await;
        let failure = rehearse(&world, None).await.unwrap().failure.unwrap();
        assert_eq!(failure.migration.as_deref(), Some("20260101000003_second"));
        assert!(failure.file.as_deref().unwrap().ends_with("20260101000003_second.up.sql"), "{failure:?}");
        assert_eq!((failure.line, failure.column), (Some(2), Some(1)), "the row that the tenant has is in the copy");
        assert_eq!(state(&world, home, &tenant).await, before, "{home:?}");
        assert!(copies(&world, home, &tenant).await.is_empty(), "{home:?}");
        assert_eq!(outcomes(&world).await, ["failed", "intended"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_somebody_uses_cannot_be_copied_on_postgres_and_says_so() {
    let (world, tenant) = tenant(Home::Postgres, "select 1;").await;
    let url = support::postgres().await.url(&tenant.database);
    use sqlx::Connection;
    let session = sqlx::PgConnection::connect(&url).await.unwrap();
    let error = rehearse(&world, None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.message.contains("somebody is connected"), "{error}");
    assert!(error.cause.as_deref().unwrap().contains("1 other session"), "{error:?}");
    assert!(error.hint.is_some());
    assert!(copies(&world, Home::Postgres, &tenant).await.is_empty());
    session.close().await.unwrap();
    rehearse(&world, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mysql_is_refused_with_what_to_do_instead() {
    let (world, _) = tenant(Home::Mariadb, "select 1;").await;
    let error = rehearse(&world, None).await.unwrap_err();
    assert!(error.message.contains("no way to copy"), "{error}");
    let hint = error.hint.unwrap().command();
    assert!(hint.contains("neo backup list") && hint.contains("--as SLUG"), "{hint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_that_is_stopped_takes_its_copy_away() {
    let (world, tenant) = tenant(Home::Postgres, "select pg_sleep(60);").await;
    let platform = world.platform.clone();
    let asked = tokio::spawn(async move { runs::rehearse(&platform, &Actor::operator(), "acme", None).await });
    while copies(&world, Home::Postgres, &tenant).await.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    // Whoever asked goes away: the work goes on, until the platform stops.
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    assert_eq!(copies(&world, Home::Postgres, &tenant).await.len(), 1);
    world.platform.shutdown.cancel();
    for _ in 0..100 {
        if copies(&world, Home::Postgres, &tenant).await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the copy is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_process_died_says_so_and_those_of_earlier_weeks_go() {
    let (world, _) = tenant(Home::Sqlite, "select 1;").await;
    let operator = Actor::operator();
    let id = runs::begin_rehearsal(&world.platform, &operator, "acme", None).await.unwrap();
    while runs::rehearsal(&world.platform, &operator, &id).await.unwrap().verdict.is_none() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let age = async |sql: &'static str| {
        let mut tx = world.platform.central.write().await.unwrap();
        sqlx::query(sql).bind(id.clone()).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    // As its last heartbeat left it, a little later and long after.
    age("update rehearsals set outcome = null, seen_at = seen_at - 10000 where id = $1").await;
    assert!(runs::rehearsal(&world.platform, &operator, &id).await.unwrap().verdict.is_none(), "it may go on");
    age("update rehearsals set seen_at = seen_at - 60000 where id = $1").await;
    match runs::rehearsal(&world.platform, &operator, &id).await.unwrap().verdict {
        Some(Verdict::Refused { message, .. }) => assert!(message.contains("is gone"), "{message}"),
        other => panic!("{other:?}"),
    }
    age("update rehearsals set started_at = started_at - 8 * 86400000 where id = $1").await;
    rehearse(&world, None).await.unwrap();
    assert_eq!(runs::rehearsal(&world.platform, &operator, &id).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn support_may_not_rehearse() {
    let (world, _) = tenant(Home::Sqlite, "select 1;").await;
    let error = runs::rehearse(&world.platform, &actor(Role::Support), "acme", None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Denied);
    assert!(outcomes(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_has_left_is_named_by_the_doctor() {
    let (world, tenant) = tenant(Home::Postgres, "select 1;").await;
    let cluster = support::postgres().await;
    let name = support::unique("x").replace("t_x", &format!("neo_rehearsal_{}", std::process::id()));
    // Cut off before it had its mark: its owner's counts for a tenant's.
    cluster.query("", &format!("create database {name} owner {}", tenant.username)).await;
    made(&world, "lite", "local").await;
    let folder = world.platform.config.data_dir.join("tenants");
    std::fs::write(folder.join("neo_rehearsal_half.db"), "").unwrap();

    let found = doctor::examine(&world.platform, &Actor::operator()).await.unwrap();
    for copy in [name.as_str(), "neo_rehearsal_half"] {
        let finding = found
            .iter()
            .find(|f| f.area == "orphan" && f.subject.ends_with(copy))
            .unwrap_or_else(|| panic!("{found:?}"));
        assert!(!finding.ok && finding.message.contains("a rehearsal has made"), "{finding:?}");
    }
    cluster.query("", &format!("comment on database {name} is 'neo:tenant:rehearsal-{}'", tenant.id)).await;
    let found = doctor::examine(&world.platform, &Actor::operator()).await.unwrap();
    let finding = found.iter().find(|f| f.subject.ends_with(&name)).unwrap();
    assert!(finding.message.contains("of tenant \"acme\""), "{finding:?}");
    cluster.query("", &format!("drop database {name}")).await;
}
