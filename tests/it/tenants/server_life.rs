//! A server has a life: its address, login and password become others, and what is sealed to it goes along.

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Role, Token};
use neo::engine::Tls;
use neo::error::{Error, Kind};
use neo::runs::{self, Goal, Status};
use neo::servers::{self, Changes, NewServer, Server};
use neo::tenants::provision::{Progress, Step};
use neo::{audit, tenants, vault};

use super::{Home, made, new_tenant, operator, write_starter};
use crate::runs::{all, finish, migration, start};
use crate::support::{self, Cluster};
use crate::world::{World, actor, new_keys};

/// A login of its own on one of the clusters, so that no other test is shut out.
struct Boss {
    cluster: &'static Cluster,
    home: Home,
    user: String,
}

const HOMES: [Home; 2] = [Home::Postgres, Home::Mariadb];

impl Boss {
    async fn hired(home: Home) -> Self {
        let cluster = match home {
            Home::Mariadb => support::mariadb().await,
            _ => support::postgres().await,
        };
        let boss = Self { cluster, home, user: support::unique("boss") };
        boss.hire(cluster).await;
        boss
    }

    /// On this cluster as well, with the same password.
    async fn hire(&self, cluster: &Cluster) {
        let user = &self.user;
        cluster
            .query(
                "",
                &match self.home {
                    Home::Mariadb => format!(
                        "create user '{user}'@'%' identified by 'canary-one'; grant all on *.* to '{user}'@'%' with grant option"
                    ),
                    _ => format!("create role {user} superuser login password 'canary-one'"),
                },
            )
            .await;
    }

    /// As a person gives it another password, past Neo.
    async fn has_password(&self, password: &str) {
        let user = &self.user;
        self.cluster
            .query(
                "",
                &match self.home {
                    Home::Mariadb => format!("alter user '{user}'@'%' identified by '{password}'"),
                    _ => format!("alter role {user} password '{password}'"),
                },
            )
            .await;
    }

    /// Whether the server lets it in with this.
    fn gets_in(&self, password: &str) -> bool {
        let mut client = self.cluster.client_of((&self.user, password), "");
        let say = if self.home == Home::Mariadb { "-e" } else { "-c" };
        if self.home == Home::Mariadb {
            client.args(["-D", "mysql"]);
        }
        client.args([say, "select 1"]).output().unwrap().status.success()
    }

    async fn added(&self, world: &World) -> Server {
        let url = self.cluster.url_of(&self.user, "canary-one", "");
        let new = NewServer::from_url("eu", &url.into()).unwrap();
        servers::add(&world.platform, &operator(), new).await.unwrap()
    }
}

async fn set(platform: &Platform, changes: Changes) -> Result<Server, Error> {
    servers::set(platform, &operator(), "eu", changes).await
}

fn host(host: &str) -> Changes {
    Changes { host: Some(host.into()), ..Changes::default() }
}

fn password(password: &str) -> Changes {
    Changes { password: Some(password.into()), ..Changes::default() }
}

/// A superadmin's token of the whole fleet.
pub(super) fn program(connect: bool) -> Actor {
    let token = Token { id: "12345678".into(), confinement: Confinement::default(), allow_destructive: true, connect };
    Actor { door: Door::Api, signed_in_ago: None, token: Some(token), ..actor(Role::Superadmin) }
}

/// What is kept of it, but for when.
async fn kept(world: &World) -> String {
    let mut conn = world.platform.central.read().await.unwrap();
    let columns = "name || host || port || username || tls || max_connections || app_host || app_port || credential || generation";
    let sql = format!("select {columns} from servers where engine <> 'sqlite'");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap()
}

/// Everything sealed opens: with another key, all of it is sealed anew.
async fn all_opens(world: &World, credentials: i64) {
    let mut keys = new_keys();
    keys.old.extend(world.platform.config.keys.current.clone());
    let other = world.reopened(keys).await.unwrap();
    let done = vault::rewrap(&other, &operator()).await.unwrap();
    assert_eq!((done.rewrapped, done.failed), (credentials, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_at_a_server_is_tried_and_what_does_not_work_changes_nothing() {
    for home in HOMES {
        let world = World::new().await;
        let platform = &world.platform;
        let boss = Boss::hired(home).await;
        boss.added(&world).await;
        made(&world, "acme", "eu").await;
        let before = kept(&world).await;
        let on_port = Changes { port: Some(1), ..Changes::default() };
        let encrypted = Changes { tls: Some(Tls::VerifyFull), ..Changes::default() };
        let nobody = Changes { username: Some("t_nobody".into()), ..Changes::default() };
        let strangers =
            Changes { tls_ca: Some("no certificate".into()), tls: Some(Tls::VerifyFull), ..Changes::default() };
        let far = Changes { tls: Some(Tls::Off), ..host("db.example.com") };
        for (what, changes, kind) in [
            ("password", password("canary-two"), Kind::Conflict),
            ("port", on_port, Kind::Unavailable),
            ("tls", encrypted, Kind::Unavailable),
            ("user", nobody, Kind::Conflict),
            ("authority", strangers, Kind::Invalid),
            ("clear", far, Kind::Invalid),
            ("host", host("two words"), Kind::Invalid),
            ("name", Changes { name: Some("Not This".into()), ..Changes::default() }, Kind::Invalid),
            ("taken", Changes { name: Some("local".into()), ..Changes::default() }, Kind::Conflict),
            ("most", Changes { max_connections: Some(0), ..Changes::default() }, Kind::Invalid),
            ("apps", Changes { app_host: Some("a b".into()), ..Changes::default() }, Kind::Invalid),
            ("nothing", Changes::default(), Kind::Invalid),
        ] {
            let error = set(platform, changes).await.err().unwrap_or_else(|| panic!("{home:?}: {what} was taken"));
            assert_eq!(error.kind, kind, "{home:?}: {what}: {error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            assert_eq!(kept(&world).await, before, "{home:?}: {what}");
        }
        servers::check(platform, &operator(), "eu").await.unwrap();

        // Somebody has changed the password past Neo: it is told so, and how to tell it.
        boss.has_password("canary-two").await;
        let error = servers::check(platform, &operator(), "eu").await.err().unwrap();
        assert!(error.hint.as_ref().unwrap().command().contains("can be told: neo server set eu"), "{error:?}");
        let tenant = tenants::reserve(platform, &operator(), new_tenant("bolt", "eu")).await.unwrap();
        let error = tenants::provision::resume(platform, &operator(), &tenant.id, &|_| ()).await.err().unwrap();
        let hint = error.hint.unwrap().command();
        assert!(hint.contains("neo server set eu") && hint.contains("neo tenant retry bolt"), "{hint}");
        set(platform, password("canary-two")).await.unwrap();
        servers::check(platform, &operator(), "eu").await.unwrap();
        tenants::provision::resume(platform, &operator(), "bolt", &|_| ()).await.unwrap();

        let rows = audit::list(platform, &operator(), &audit::Filter::default()).await.unwrap();
        let told = serde_json::to_string(&rows).unwrap();
        assert!(told.contains("server.set") && !told.contains("canary"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_server_has_moved_its_tenants_go_along_and_migrate() {
    for home in HOMES {
        let world = World::new().await;
        let platform = &world.platform;
        write_starter(&world);
        let boss = Boss::hired(home).await;
        let server = boss.added(&world).await;
        for slug in ["acme", "bolt", "corp"] {
            made(&world, slug, "eu").await;
        }
        let moved = set(platform, Changes { name: Some("eu-2".into()), max_connections: Some(3), ..host("localhost") })
            .await
            .unwrap();
        assert_eq!((moved.id, moved.name.as_str(), moved.host.as_str()), (server.id, "eu-2", "localhost"));
        assert_eq!((moved.port, moved.max_connections), (server.port, 3));
        migration(&world, 2, "add_notes", "create table notes (id int primary key);", None);
        let run = start(&world, all(Goal::Migrate { to: None })).await;
        let run = finish(&world, run.number).await;
        assert_eq!(run.status, Status::Succeeded, "{home:?}");
        assert_eq!(tenants::find(platform, &operator(), "corp").await.unwrap().version, Some(20_260_101_000_002));
        made(&world, "dune", "eu-2").await;
        all_opens(&world, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_and_holds_none_of_the_tenants_is_another_one() {
    let other = support::own_postgres("");
    let world = World::new().await;
    let boss = Boss::hired(Home::Postgres).await;
    boss.hire(&other).await;
    boss.added(&world).await;
    let there = || Changes { port: Some(other.port), ..Changes::default() };
    // Nobody lives there yet: it is told where to be.
    set(&world.platform, there()).await.unwrap();
    set(&world.platform, Changes { port: Some(boss.cluster.port), ..Changes::default() }).await.unwrap();
    for slug in ["acme", "bolt"] {
        made(&world, slug, "eu").await;
    }
    let before = kept(&world).await;
    let error = set(&world.platform, there()).await.err().unwrap();
    assert_eq!((error.kind, error.field), (Kind::Conflict, Some("host")), "{error}");
    assert_eq!(
        error.message,
        format!(
            "what answers at 127.0.0.1:{} is not server \"eu\": 2 of the 2 tenants that were tried are not there",
            other.port
        )
    );
    assert!(error.cause.unwrap().contains("password authentication failed"));
    assert_eq!(kept(&world).await, before);
    all_opens(&world, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_run_is_at_work_there_a_server_stays_where_it_is() {
    let world = World::new().await;
    let platform = &world.platform;
    let boss = Boss::hired(Home::Postgres).await;
    boss.added(&world).await;
    made(&world, "acme", "eu").await;
    migration(&world, 2, "add_notes", "create table notes (id int primary key);", None);
    let run = start(&world, all(Goal::Migrate { to: None })).await;
    let is = async |status: &'static str| {
        let mut tx = platform.central.write().await.unwrap();
        sqlx::query("update runs set status = $1").bind(status).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    is("running").await;
    let error = set(platform, host("localhost")).await.err().unwrap();
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!(error.message, format!("run {} is at work on server \"eu\"", run.number));
    assert!(error.hint.unwrap().command().contains(&format!("neo run cancel {}", run.number)));
    // What moves nobody is kept.
    set(platform, Changes { max_connections: Some(7), ..Changes::default() }).await.unwrap();
    // What is yet to begin will find it where it is then.
    is("queued").await;
    set(platform, host("localhost")).await.unwrap();
    assert_eq!(finish(&world, run.number).await.status, Status::Succeeded);
}

/// What was sealed to where it was a moment ago would open nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_read_where_a_server_was_is_told_that_it_has_moved() {
    for central in [None, Some(super::fleet::central_on_postgres().await)] {
        let world = match &central {
            None => World::new().await,
            Some(url) => World::on(url).await,
        };
        let platform = &world.platform;
        Boss::hired(Home::Postgres).await.added(&world).await;
        let mut moving = platform.central.write().await.unwrap();
        sqlx::query("update servers set host = 'localhost' where name = 'eu'").execute(&mut *moving).await.unwrap();
        let other = platform.clone();
        let reserving =
            tokio::spawn(async move { tenants::reserve(&other, &operator(), new_tenant("acme", "eu")).await });
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert!(!reserving.is_finished(), "it waits for who moves the server");
        moving.commit().await.unwrap();
        let error = reserving.await.unwrap().err().unwrap();
        assert_eq!(error.message, "server \"eu\" was changed or removed a moment ago");
        assert!(tenants::find(platform, &operator(), "acme").await.is_err());
    }
}

/// Whoever seals something to a server holds it, or learns that it has moved.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sealed_to_where_a_server_has_been() {
    for central in [None, Some(super::fleet::central_on_postgres().await)] {
        let world = match &central {
            None => World::new().await,
            Some(url) => World::on(url).await,
        };
        let platform = &world.platform;
        let boss = Boss::hired(Home::Postgres).await;
        boss.added(&world).await;
        let reserving = async {
            let (mut reserved, mut moved) = (0, 0);
            for n in 0..450 {
                match tenants::reserve(platform, &operator(), new_tenant(&format!("t{n}"), "eu")).await {
                    Ok(_) => reserved += 1,
                    Err(error) => {
                        assert_eq!(error.message, "server \"eu\" was changed or removed a moment ago");
                        moved += 1;
                    }
                }
            }
            (reserved, moved)
        };
        let moving = async {
            let mut moves = 0;
            for host in ["localhost", "127.0.0.1", "localhost", "127.0.0.1", "localhost"] {
                match set(platform, self::host(host)).await {
                    Ok(_) => moves += 1,
                    Err(error) => assert_eq!(error.message, "the tenants on server \"eu\" keep changing"),
                }
            }
            moves
        };
        let ((reserved, moved), moves) = tokio::join!(reserving, moving);
        assert!(reserved > 0 && moves > 0, "{reserved} reserved, {moved} refused, {moves} moves");
        println!("{reserved} reserved, {moved} refused, {moves} moves");
        set(platform, host("localhost")).await.unwrap();
        all_opens(&world, reserved + 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_gets_a_new_password_that_nobody_has_seen_and_the_old_one_is_gone() {
    for home in HOMES {
        let world = World::new().await;
        let platform = &world.platform;
        let boss = Boss::hired(home).await;
        let server = boss.added(&world).await;
        assert!(boss.gets_in("canary-one"));
        for _ in 0..2 {
            let before = kept(&world).await;
            servers::rotate_password(platform, &operator(), "eu").await.unwrap();
            assert_ne!(kept(&world).await, before);
            assert!(!boss.gets_in("canary-one"), "{home:?}: the old one is gone");
            servers::check(platform, &operator(), "eu").await.unwrap();
        }
        made(&world, "acme", "eu").await;
        all_opens(&world, 2).await;

        // Somebody has changed it past Neo: nothing is known any more, and nothing is lost that Neo had.
        boss.has_password("canary-two").await;
        let error = servers::rotate_password(platform, &operator(), &server.id).await.err().unwrap();
        assert!(error.hint.as_ref().unwrap().command().ends_with("neo server set eu"), "{error:?}");
        set(platform, password("canary-two")).await.unwrap();
        servers::rotate_password(platform, &operator(), "eu").await.unwrap();
        assert!(!boss.gets_in("canary-two"));
        servers::check(platform, &operator(), "eu").await.unwrap();
    }
}

/// Whoever makes a tenant meanwhile looks for the password when it is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_may_get_a_new_password_while_a_tenant_is_made() {
    for home in HOMES {
        let world = World::new().await;
        let boss = Boss::hired(home).await;
        boss.added(&world).await;
        let tenant = tenants::reserve(&world.platform, &operator(), new_tenant("acme", "eu")).await.unwrap();
        let platform = world.platform.clone();
        let handle = tokio::runtime::Handle::current();
        let rotated = std::sync::atomic::AtomicU32::new(0);
        let sink = |progress: Progress| {
            if let Progress::StepStarted { step: Step::Database } = progress {
                let rotation = async { servers::rotate_password(&platform, &operator(), "eu").await };
                let result = tokio::task::block_in_place(|| handle.block_on(rotation));
                rotated.fetch_add(u32::from(result.is_ok()), std::sync::atomic::Ordering::Relaxed);
            }
        };
        tenants::provision::resume(&world.platform, &operator(), &tenant.id, &sink).await.unwrap();
        assert_eq!(rotated.into_inner(), 1, "{home:?}");
        assert!(!boss.gets_in("canary-one"));
    }
}

#[tokio::test]
async fn who_has_no_password_is_given_none() {
    let world = World::new().await;
    let error = servers::rotate_password(&world.platform, &operator(), "local").await.err().unwrap();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "server \"local\" has no password"));
    for changes in [host("db"), password("x"), Changes { tls: Some(Tls::Require), ..Changes::default() }] {
        let error = servers::set(&world.platform, &operator(), "local", changes).await.err().unwrap();
        assert_eq!(error.message, "server \"local\" is a folder of files");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_are_told_another_address_until_it_is_taken_away() {
    let world = World::new().await;
    let platform = &world.platform;
    let boss = Boss::hired(Home::Postgres).await;
    let server = boss.added(&world).await;
    let apps = |host: Option<&str>, port: Option<u16>| Changes {
        app_host: host.map(str::to_owned),
        app_port: port,
        ..Changes::default()
    };
    let (own, port) = (server.host.as_str(), server.port);
    for (changes, told) in [
        (apps(Some(" pool.internal "), Some(6432)), ("pool.internal", 6432)),
        (apps(None, Some(6433)), ("pool.internal", 6433)),
        (apps(None, Some(0)), ("pool.internal", port)),
        (apps(Some(""), None), (own, port)),
        (apps(None, Some(6432)), (own, 6432)),
        // The port of a pooler that is no more is none.
        (apps(Some(""), None), (own, port)),
        (apps(Some("pool"), None), ("pool", port)),
        (apps(Some(""), Some(6434)), (own, 6434)),
    ] {
        let server = set(platform, changes).await.unwrap();
        assert_eq!(server.app_address(), told);
        assert_eq!((server.host.as_str(), server.port), (own, port), "Neo connects where it did");
    }
}

/// `NEO_TENANTS` says of how many.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_many_tenants_moves_in_little_time() {
    let many = std::env::var("NEO_TENANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    for central in [None, Some(super::fleet::central_on_postgres().await)] {
        let world = match &central {
            None => World::new().await,
            Some(url) => World::on(url).await,
        };
        let platform = &world.platform;
        let boss = Boss::hired(Home::Postgres).await;
        boss.added(&world).await;
        for n in 0..many {
            tenants::reserve(platform, &operator(), new_tenant(&format!("t{n}"), "eu")).await.unwrap();
        }
        let began = std::time::Instant::now();
        set(platform, host("localhost")).await.unwrap();
        let took = began.elapsed();
        println!("{many} tenants sealed anew on {:?}: {took:?}", platform.central.engine);
        // Far above what it takes, so that a busy machine does not fail it.
        assert!(took.as_secs() < 20, "{took:?}");
        all_opens(&world, many + 1).await;
    }
}

/// What is kept for a server is sent to where it is said to be. Whoever says so has been told it, or may be.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_a_password_sent_elsewhere_that_they_are_not_told() {
    for home in HOMES {
        let (boss, world) = (Boss::hired(home).await, World::new().await);
        boss.added(&world).await;
        let platform = &world.platform;
        // Whoever came there would be heard.
        let ear = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = ear.local_addr().unwrap().port();
        let elsewhere = || Changes { port: Some(there), ..Changes::default() };
        let before = kept(&world).await;
        let with_it = || Changes { password: Some("canary-one".into()), ..elsewhere() };
        let told_elsewhere = || Changes { app_host: Some("pool.internal".into()), ..Changes::default() };
        // By its name people have a tenant moved there: freed, it could be given to another.
        let renamed = || Changes { name: Some("eu-old".into()), ..Changes::default() };
        for changes in [elsewhere(), with_it(), told_elsewhere(), renamed()] {
            let error = servers::set(platform, &program(false), "eu", changes).await.err().unwrap();
            assert_eq!(error.kind, Kind::Denied, "{error}");
        }
        let error = servers::remove(platform, &program(false), "eu").await.err().unwrap();
        assert_eq!(error.kind, Kind::Denied, "{error}");
        let weaker = || Changes { tls: Some(Tls::Require), ..Changes::default() };
        for who in [program(true), actor(Role::Superadmin)] {
            for changes in [elsewhere(), weaker(), host("127.0.0.2")] {
                let error = servers::set(platform, &who, "eu", changes).await.err().unwrap();
                assert_eq!((error.kind, error.field), (Kind::Invalid, Some("password")), "{error}");
            }
        }
        let heard = tokio::time::timeout(std::time::Duration::from_millis(200), ear.accept()).await;
        assert!(heard.is_err() && kept(&world).await == before, "{home:?}: somebody went there");
        let here = || Changes { password: Some("canary-one".into()), ..host("localhost") };
        servers::set(platform, &actor(Role::Superadmin), "eu", here()).await.unwrap();
        servers::set(platform, &program(true), "eu", told_elsewhere()).await.unwrap();
        // The operator holds the key.
        set(platform, host(&boss.cluster.host)).await.unwrap();
    }
}

/// A server that lets nobody in is told at the step that would have been next, not only in the log of a run.
#[tokio::test(flavor = "multi_thread")]
async fn who_makes_a_tenant_is_told_why_its_server_lets_nobody_in() {
    for (home, code) in HOMES.into_iter().zip(["28P01", "1045"]) {
        let (boss, world) = (Boss::hired(home).await, World::new().await);
        boss.added(&world).await;
        boss.has_password("another").await;
        let platform = &world.platform;
        let (tenant, run) = runs::provision(platform, &operator(), new_tenant("acme", "eu")).await.unwrap();
        runs::work_on(platform, run.number).await.unwrap();
        let tenant = tenants::find(platform, &operator(), &tenant.id).await.unwrap();
        assert_eq!(tenant.status, tenants::Status::Failed, "{home:?}");
        assert!(tenant.last_error.is_some(), "{home:?}");
        let steps = tenants::detail(platform, &operator(), tenant, false).await.unwrap().steps;
        let failed =
            steps.iter().find_map(|step| step.failure.as_ref()).unwrap_or_else(|| panic!("{home:?}: {steps:?}"));
        assert_eq!(failed.code.as_deref(), Some(code), "{home:?}");
    }
}

/// What is kept of a tenant names its server by the id: a name that reads the same would lead it to another place.
#[tokio::test]
async fn no_server_is_called_by_anothers_id() {
    let world = World::new().await;
    let platform = &world.platform;
    let local = servers::find(platform, &operator(), "local").await.unwrap();
    let folder = format!("sqlite://{}", world.dir.path().join("other").display());
    let new = |name: &str| NewServer::from_url(name, &folder.clone().into()).unwrap();
    let other = servers::add(platform, &operator(), new("other")).await.unwrap();
    let named = |name: &str| Changes { name: Some(name.to_owned()), ..Changes::default() };
    let error = servers::set(platform, &operator(), "other", named(&local.id)).await.err().unwrap();
    assert_eq!(error.kind, Kind::Conflict, "{error:?}");
    assert_eq!(servers::add(platform, &operator(), new(&local.id)).await.err().unwrap().kind, Kind::Conflict);
    // Its own is nobody else's; and where one has another's from before, the id is the id.
    servers::set(platform, &operator(), "other", named(&other.id)).await.unwrap();
    let mut tx = platform.central.write().await.unwrap();
    let sql = "update servers set name = (select id from servers where name = 'local') where name <> 'local'";
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(servers::find(platform, &operator(), &local.id).await.unwrap().name, "local");
    assert_eq!(servers::find(platform, &operator(), &other.id).await.unwrap().name, local.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_kind_of_server_is_told_as_one() {
    let world = World::new().await;
    let mariadb = support::mariadb().await;
    let url = format!("postgres://neo:canary-pw@{}:{}", mariadb.host, mariadb.port);
    let new = NewServer::from_url("odd", &url.into()).unwrap();
    let error = servers::add(&world.platform, &operator(), new).await.err().unwrap();
    let told = format!("{error} {:?} {:?}", error.cause, error.hint.as_ref().map(|hint| hint.command()));
    assert!(told.contains("does not answer as PostgreSQL does") && !told.contains("sqlx"), "{told}");
    assert!(told.contains("another kind of server") && !told.contains("can be reached"), "{told}");
}

/// As a balancer does that knows of no server at this moment: a tenant's server and the central database are away, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_at_once_is_away() {
    let balancer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://neo:canary-pw@{}", balancer.local_addr().unwrap());
    let hangs_up = tokio::spawn(async move {
        loop {
            let (mut socket, _) = balancer.accept().await.unwrap();
            // What was asked is read, so that the end comes as an end.
            tokio::io::AsyncReadExt::read(&mut socket, &mut [0; 64]).await.ok();
        }
    });
    let world = World::new().await;
    let new = NewServer::from_url("odd", &url.clone().into()).unwrap();
    let error = servers::add(&world.platform, &operator(), new).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unavailable, "{error:?}");
    use sqlx::Connection;
    let error = neo::Error::from(sqlx::PgConnection::connect(&url).await.err().unwrap());
    assert_eq!(error.kind, Kind::Unavailable, "{error:?}");
    hangs_up.abort();
}
