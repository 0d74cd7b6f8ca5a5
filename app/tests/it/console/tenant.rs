//! A tenant's own subdomain: its users, and nothing of the console.

use std::path::Path;

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::tenants::{FirstAdmin, NewTenant, Tenant};

use super::browser::{Browser, PASSWORD};
use super::{HOST, signed_in};
use crate::world::World;

/// The starter migrations in this world's folder.
pub fn with_migrations(world: &World) {
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/tenant");
    for file in std::fs::read_dir(starter).unwrap().flatten() {
        std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
    }
}

/// Reserves the tenant `acme` and queues its provisioning: run 1.
pub async fn reserved(world: &World) -> (Tenant, neo::runs::Run) {
    with_migrations(world);
    let admin = FirstAdmin {
        email: "grace@acme.example".into(),
        password: PASSWORD.into(),
        first_name: "Grace".into(),
        last_name: "Hopper".into(),
    };
    let new = NewTenant {
        slug: "acme".into(),
        name: Some("Acme".into()),
        server: None,
        tags: Vec::new(),
        admin: Some(admin),
        ..NewTenant::default()
    };
    neo::runs::provision(&world.platform, &Actor::operator(), new).await.unwrap()
}

/// The tenant `acme`, up and running on SQLite.
pub async fn provisioned(world: &World) -> Tenant {
    let (tenant, run) = reserved(world).await;
    neo::runs::work_on(&world.platform, run.number).await.unwrap();
    let tenant = neo::tenants::find(&world.platform, &Actor::operator(), &tenant.id).await.unwrap();
    assert_eq!(tenant.status, neo::tenants::Status::Active);
    tenant
}

#[tokio::test]
async fn a_tenants_user_signs_in_on_their_own_address_and_sees_no_console() {
    let world = World::new().await;
    provisioned(&world).await;
    let mut grace = Browser::at(&world.platform, "acme.localhost:3000");
    assert_eq!(grace.get("/").await.location(), "/sign-in");
    assert!(grace.get("/sign-in").await.text.contains("Users of Acme"));
    let page = grace.sign_in("grace@acme.example").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/"), "{}", page.text);
    let page = grace.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("grace@acme.example") && page.text.contains("Acme"), "{}", page.text);
    for path in
        ["/tenants", "/runs", "/admins", "/setup?token=x", "/reauthenticate", "/api/v1/search", "/events/runs/1"]
    {
        assert_eq!(grace.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_cookie_of_one_audience_is_worth_nothing_to_another() {
    let world = World::new().await;
    provisioned(&world).await;
    let mut grace = Browser::at(&world.platform, "acme.localhost:3000");
    grace.sign_in("grace@acme.example").await;
    let mut ada = signed_in(&world, Role::Superadmin).await;

    let mut stray = Browser { host: HOST.into(), ..grace.clone() };
    assert_eq!(stray.clone().get("/api/v1/search?q=a").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stray.clone().post("/admins", &[]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stray.get("/").await.location(), "/sign-in?ended=1");
    let mut stray = Browser { host: "acme.localhost:3000".into(), ..ada.clone() };
    assert_eq!(stray.get("/").await.location(), "/sign-in?ended=1");

    // And neither has harmed the session where it belongs.
    assert_eq!(grace.get("/").await.status, StatusCode::OK);
    assert_eq!(ada.get("/").await.status, StatusCode::OK);
    // A central admin is nobody to a tenant.
    let mut stranger = grace.stranger();
    assert_eq!(stranger.sign_in("superadmin@example.com").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_holds_the_lock_is_shown_and_a_process_is_not_ended_from_a_page() {
    let world = World::new().await;
    let tenant = provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    assert!(boss.get("/tenants/acme").await.text.contains("Who holds the lock?"));
    assert!(boss.get("/tenants/acme?lock=1").await.text.contains("the lock is free"));
    assert!(boss.get("/tenants/acme/unlock").await.text.contains("nothing to break"));
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db.neo-lock", tenant.database));
    std::fs::write(&file, format!("{} somebody", std::process::id())).unwrap();
    let held = std::fs::File::open(&file).unwrap();
    held.lock().unwrap();
    let page = boss.get("/tenants/acme?lock=1").await;
    assert!(page.text.contains(&format!("pid {}", std::process::id())), "{}", page.text);
    let fields = [("confirm", "acme"), ("session", &format!("{}@", std::process::id())[..])];
    let page = boss.post("/tenants/acme/unlock", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains(&format!("kill {}", std::process::id())), "{}", page.text);
    let mut support = signed_in(&world, Role::Support).await;
    assert!(support.get("/tenants/acme?lock=1").await.text.contains("somebody"));
    assert_eq!(support.get("/tenants/acme/unlock").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn breaking_a_lock_is_answered_and_so_is_a_server_that_is_gone() {
    use neo::engine::{Connection, Engine, Target, Tls};
    let cluster = tokio::task::spawn_blocking(|| crate::support::own_postgres("")).await.unwrap();
    let world = World::new().await;
    with_migrations(&world);
    let (host, port, user) = (cluster.host.clone(), cluster.port, cluster.user.clone());
    let server = neo::servers::NewServer {
        name: "pg".into(),
        engine: Engine::Postgres,
        host: host.clone(),
        port,
        username: crate::support::ADMIN.into(),
        password: Some(cluster.password.clone().into()),
        tls: Some(Tls::Off),
        insecure: false,
        path: None,
        max_connections: Some(10),
        app_host: None,
        app_port: None,
        tls_ca: None,
    };
    neo::servers::add(&world.platform, &Actor::operator(), server).await.unwrap();
    let new = NewTenant {
        slug: "acme".into(),
        name: None,
        server: Some("pg".into()),
        tags: Vec::new(),
        ..NewTenant::default()
    };
    let (tenant, run) = neo::runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    neo::runs::work_on(&world.platform, run.number).await.unwrap();
    let target = Target {
        engine: Engine::Postgres,
        host,
        port,
        database: tenant.database.clone(),
        username: user,
        password: Some(cluster.password.clone().into()),
        second: None,
        tls: Tls::Off,
        path: std::path::PathBuf::new(),
        application_name: "somebody else".into(),
        connect_timeout: std::time::Duration::from_secs(10),
        lock_timeout: std::time::Duration::from_secs(5),
        tls_ca: None,
    };
    let mut other = Connection::open(&target).await.unwrap();
    other.lock(std::time::Duration::from_secs(1)).await.unwrap();
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let html = boss.get("/tenants/acme/unlock").await.text;
    let session = html.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = boss.post("/tenants/acme/unlock", &[("confirm", "acme"), ("session", "1@1")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("This was not done") && page.text.contains("changed hands"), "{}", page.text);
    let page = boss.post("/tenants/acme/unlock", &[("confirm", "acme"), ("session", &session)]).await;
    assert_eq!(page.location(), "/tenants/acme?lock=1&broken=1#lock", "{}", page.text);
    assert!(boss.get("/tenants/acme?lock=1&broken=1").await.text.contains("The lock is broken"));

    tokio::task::block_in_place(|| cluster.crash());
    for page in [
        boss.get("/tenants/acme/unlock").await,
        boss.post("/tenants/acme/unlock", &[("confirm", "acme"), ("session", &session)]).await,
    ] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains("cannot be seen") && page.text.contains("Look again"), "{}", page.text);
        assert!(page.text.contains("href=\"/runs\""), "in the frame: {}", page.text);
    }
}
