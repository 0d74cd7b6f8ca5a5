//! A central database of the version before, and one of the version after.

use std::borrow::Cow;
use std::os::unix::fs::PermissionsExt;

use neo::Platform;
use neo::actor::Actor;
use neo::error::Kind;
use neo::runs::{self, Goal, Status};
use neo::tenants::{self, Filter};
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, Connection, Row};

use crate::runs::{add_status, all, finish, provisioned, start};
use crate::support;
use crate::world::{World, config, new_keys, sqlite_url};

/// The schema as it was before its newest file; the version that it has.
async fn of_before(url: &str) -> i64 {
    static SHARED: Migrator = sqlx::migrate!("migrations/central");
    static SQLITE: Migrator = sqlx::migrate!("migrations/central/sqlite");
    static POSTGRES: Migrator = sqlx::migrate!("migrations/central/postgres");
    sqlx::any::install_default_drivers();
    let own = if url.starts_with("sqlite") { &SQLITE } else { &POSTGRES };
    let mut all: Vec<_> = own.migrations.iter().chain(SHARED.migrations.iter()).cloned().collect();
    all.sort_by_key(|migration| migration.version);
    all.pop();
    let newest = all.last().unwrap().version;
    let mut conn =
        AnyConnection::connect(&format!("{url}{}", if url.starts_with("sqlite") { "?mode=rwc" } else { "" }))
            .await
            .unwrap();
    let migrator = Migrator { migrations: Cow::Owned(all), ..Migrator::DEFAULT };
    migrator.run_direct(None, &mut conn, false).await.unwrap();
    sqlx::query("insert into setup_links (token_hash, created_at, expires_at) values ('kept', 0, 99999999999999)")
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
    newest
}

async fn count(url: &str, sql: &'static str) -> i64 {
    let mut conn = AnyConnection::connect(url).await.unwrap();
    let found = sqlx::query(sql).fetch_one(&mut conn).await.unwrap().get(0);
    conn.close().await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_version_before_is_copied_and_brought_up_to_date_once() {
    let dir = tempfile::tempdir().unwrap();
    let url = sqlite_url(dir.path());
    let before = of_before(&url).await;
    let open = || Platform::open(config(dir.path(), &url, new_keys()));
    // Two at once: one brings it up to date, the other finds it so. Only the first has said which key it is sealed with.
    let (one, other) = tokio::join!(open(), open());
    assert!(one.is_ok() != other.is_ok() || one.is_ok());
    let copy = dir.path().join(format!("central.db.schema-{before}"));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let copied = format!("sqlite://{}", copy.display());
    let newest = count(&copied, "select max(version) from _sqlx_migrations").await;
    assert_eq!((newest, count(&copied, "select count(*) from setup_links").await), (before, 1));
    assert!(count(&url, "select max(version) from _sqlx_migrations").await > before);
    assert_eq!(count(&url, "select count(*) from setup_links").await, 1);
    let lying: Vec<_> =
        std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(lying.iter().filter(|name| name.contains("schema-")).count(), 1, "{lying:?}");
}

/// SQLite counts there (bytes 24 to 28) how often the file has been written to.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_finds_everything_up_to_date_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let url = sqlite_url(dir.path());
    let keys = new_keys();
    let written = async || {
        Platform::open(config(dir.path(), &url, keys.clone())).await.unwrap().central.close().await;
        std::fs::read(dir.path().join("central.db")).unwrap()[24..28].to_vec()
    };
    let first = written().await;
    assert_eq!(written().await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_that_start_on_the_version_before_bring_it_up_to_date_once() {
    let url = support::empty_postgres().await;
    let before = of_before(&url).await;
    let dir = tempfile::tempdir().unwrap();
    let keys = new_keys();
    let open = || Platform::open(config(dir.path(), &url, keys.clone()));
    let (one, two, three) = tokio::join!(open(), open(), open());
    for platform in [one, two, three] {
        assert!(tenants::all(&platform.unwrap(), &Actor::operator(), &Filter::default()).await.unwrap().is_empty());
    }
    assert!(count(&url, "select max(version) from _sqlx_migrations").await > before);
}

/// What a newer version does to the schema while this one is at work.
const NEWER: &str = "
    alter table runs add column of_tomorrow text;
    alter table tasks add column of_tomorrow bigint not null default 0;
    alter table tenants add column of_tomorrow text;
    alter table servers add column of_tomorrow text;
    alter table tokens add column of_tomorrow text;
    alter table admins add column of_tomorrow text;
    alter table sessions add column of_tomorrow text;
    insert into _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
    select 20991231000001, 'of tomorrow', installed_on, success, checksum, execution_time from _sqlx_migrations order by version desc limit 1;";

/// While replicas are changed one after the other, those of before go on with what there is, and do not start again.
async fn goes_on_beside_a_newer_one(world: World) {
    let world = provisioned(world, &["acme", "beta"]).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    // Everything has been asked for once, on each connection that there is.
    let asked = async || {
        let many = (0..24).map(|_| async {
            runs::list(platform, &operator, &runs::Kind::ALL, None, 50).await.unwrap();
            tenants::all(platform, &operator, &Filter::default()).await.unwrap();
            neo::servers::list(platform, &operator).await.unwrap();
            neo::servers::find(platform, &operator, "local").await.unwrap();
            neo::tokens::list(platform, &operator).await.unwrap();
            neo::admins::list(platform, &operator).await.unwrap();
        });
        futures::future::join_all(many).await;
    };
    asked().await;
    let mut tx = platform.central.write().await.unwrap();
    sqlx::raw_sql(NEWER).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    asked().await;
    add_status(&world);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
    let refused = world.reopened(platform.config.keys.clone()).await.err().unwrap();
    assert_eq!(refused.kind, Kind::Config);
    assert!(refused.message.contains("newer Neo"), "{refused:?}");
    assert!(refused.cause.unwrap().contains("its schema is 20991231000001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn this_version_goes_on_beside_a_newer_one_on_postgres() {
    let url = support::empty_postgres().await;
    goes_on_beside_a_newer_one(World::on(&url).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn this_version_goes_on_beside_a_newer_one_on_a_file() {
    goes_on_beside_a_newer_one(World::new().await).await;
}
