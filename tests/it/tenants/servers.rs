//! Servers: added after a proof, checked, removed when empty.

use neo::engine::{Engine, Tls};
use neo::error::Kind;
use neo::servers::{self, NewServer};
use neo::tenants;

use super::{Home, made, new_tenant, operator};
use crate::support;
use crate::world::World;

#[tokio::test]
async fn the_default_server_is_there_from_the_start_and_follows_its_folder() {
    let world = World::new().await;
    let local = servers::find(&world.platform, &operator(), "local").await.unwrap();
    assert_eq!(local.engine, Engine::Sqlite);
    assert!(local.path.ends_with("data/tenants") && std::path::Path::new(&local.path).is_absolute());
    let again = world.reopened(world.platform.config.keys.clone()).await.unwrap();
    assert_eq!(servers::list(&again, &operator()).await.unwrap().len(), 1);
    assert_eq!(servers::remove(&again, &operator(), "local").await.err().unwrap().kind, Kind::Conflict);
}

#[tokio::test]
async fn a_server_is_proved_before_it_is_kept_and_stays_while_tenants_live_there() {
    for home in [Home::Postgres, Home::Mariadb] {
        let world = World::new().await;
        let platform = &world.platform;
        let name = home.server(&world).await;
        let server = servers::find(platform, &operator(), &name).await.unwrap();
        assert_eq!(server.tls, Tls::Off, "on this machine");
        let probe = servers::check(platform, &operator(), &name).await.unwrap();
        assert!(probe.headroom.unwrap() > 0, "{probe:?}");
        made(&world, "acme", &name).await;
        let error = servers::remove(platform, &operator(), &name).await.err().unwrap();
        assert_eq!((error.kind, error.message.starts_with("1 tenant lives")), (Kind::Conflict, true), "{error}");
        tenants::delete(platform, &operator(), "acme", "acme", false).await.unwrap();
        servers::remove(platform, &operator(), &name).await.unwrap();
        assert_eq!(servers::find(platform, &operator(), &name).await.err().unwrap().kind, Kind::NotFound);
        // The same name again.
        home.server(&world).await;
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_not_kept_and_its_password_is_said_nowhere() {
    let world = World::new().await;
    let cluster = support::postgres().await;
    let role = support::unique("reader");
    cluster.query("", &format!("create role {role} login password 'canary-1'")).await;
    let at = |user: &str, password: &str, port: u16| {
        let url = format!("postgres://{user}:{password}@{}:{port}", cluster.host);
        NewServer::from_url("pg", &url.into()).unwrap()
    };
    for (new, kind) in [
        (at(&role, "canary-1", cluster.port), Kind::Conflict),
        (at(&role, "canary-2", cluster.port), Kind::Conflict),
        (at("postgres", "canary-3", 1), Kind::Unavailable),
    ] {
        let error = servers::add(&world.platform, &operator(), new).await.err().unwrap();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains("\"pg\""), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert_eq!(servers::list(&world.platform, &operator()).await.unwrap().len(), 1);
    let mut conn = world.platform.central.read().await.unwrap();
    let bodies: Vec<String> = sqlx::query_scalar("select body from audit").fetch_all(&mut *conn).await.unwrap();
    assert!(bodies.len() >= 6 && !bodies.concat().contains("canary"), "{bodies:?}");
}

#[tokio::test]
async fn a_folder_of_files_is_a_server_too() {
    let world = World::new().await;
    let folder = world.dir.path().join("elsewhere");
    let url = format!("sqlite://{}", folder.display());
    servers::add(&world.platform, &operator(), NewServer::from_url("files", &url.into()).unwrap()).await.unwrap();
    let tenant = made(&world, "acme", "files").await;
    assert!(folder.join(format!("{}.db", tenant.database)).is_file());
    let twice = NewServer::from_url("files", &"sqlite:///tmp/x".into()).unwrap();
    assert_eq!(servers::add(&world.platform, &operator(), twice).await.err().unwrap().kind, Kind::Conflict);
    tenants::reserve(&world.platform, &operator(), new_tenant("bolt", "files")).await.unwrap();
}
