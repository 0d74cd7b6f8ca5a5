//! Deleting, moving and restoring with a login that providers give on MariaDB: it sees no session but its own (no PROCESS), and may end
//! no other.

use std::time::Duration;

use neo::engine::{Connection, Target};
use neo::runs::{self, Restore, Status as RunStatus};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Status, Tenant};
use tokio::task::JoinHandle;

use super::backups::{backed_up, newest, of, restored};
use super::moving::target;
use super::{made, operator};
use crate::support::{self, Cluster};
use crate::tenants::locks::login_of;
use crate::world::World;

/// A server under a login of this name, with what a provider gives and this besides.
async fn server(world: &World, name: &str, more: &str) -> &'static Cluster {
    let cluster = support::mariadb().await;
    let login = format!(
        "create user {name}@'%' identified by 'blind-9'; grant create user on *.* to {name}@'%'; \
         grant all privileges on `t\\_%`.* to {name}@'%' with grant option; grant all privileges on `\\_neo`.* to {name}@'%'; {more}"
    );
    cluster.query("", &login).await;
    let url = format!("mysql://{name}:blind-9@{}:{}", cluster.host, cluster.port);
    servers::add(&world.platform, &operator(), NewServer::from_url(name, &url.into()).unwrap()).await.unwrap();
    cluster
}

/// Takes the tenant's migration lock and a table of its, again and again, until it is told to stop.
async fn hold(login: Target, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        let Ok(mut conn) = Connection::open(&login).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = conn.lock(Duration::from_secs(30)).await;
        tokio::select! {
            _ = stop.changed() => {}
            _ = conn.execute("create table if not exists kept (id int); lock tables kept write; do sleep(60)") => {}
        }
        conn.close().await;
    }
}

async fn is_gone(cluster: &Cluster, tenant: &Tenant) -> bool {
    let left = format!(
        "select count(*) from (select user from mysql.global_priv where user = '{0}' union all \
         select schema_name from information_schema.schemata where schema_name = '{0}') x",
        tenant.database
    );
    cluster.query("", &left).await == "0"
}

#[tokio::test]
async fn sessions_of_its_own_that_only_a_tenant_sees_keep_nobody_from_deleting_it() {
    let world = World::new().await;
    let cluster = server(&world, "blind1", "").await;
    let tenant = made(&world, "acme", "blind1").await;
    let login = login_of(&world, cluster, &tenant).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let sessions: Vec<_> = (0..3).map(|_| tokio::spawn(hold(login.clone(), stopped.clone()))).collect();
    let locked = format!(
        "select count(*) from information_schema.metadata_lock_info where table_schema = '{}'",
        tenant.database
    );
    // The plugin that tells of them may not be there; a moment is enough.
    for _ in 0..20 {
        if cluster.try_query("", &locked).await.is_ok_and(|n| n != "0") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tenants::delete(&world.platform, &operator(), "acme", "acme", false).await.unwrap();
    stop.send(true).unwrap();
    for session in sessions {
        session.await.unwrap();
    }
    assert!(is_gone(cluster, &tenant).await);
}

/// Somebody else's session at a table of the tenant's.
async fn outsider(cluster: &Cluster, login: &Target) -> Connection {
    let other =
        Target { username: cluster.user.clone(), password: Some(cluster.password.clone().into()), ..login.clone() };
    let mut conn = Connection::open(&other).await.unwrap();
    conn.execute("create table kept (id int); lock tables kept write").await.unwrap();
    conn
}

#[tokio::test]
async fn what_holds_a_table_is_named_or_what_it_takes_to_see_it() {
    let world = World::new().await;
    for (name, more) in [("blind2", ""), ("blind3", "grant process on *.* to blind3@'%'")] {
        let cluster = server(&world, name, more).await;
        let tenant = made(&world, name, name).await;
        let login = login_of(&world, cluster, &tenant).await;
        let mut other = outsider(cluster, &login).await;
        let pid = other_pid(&mut other).await;
        let refused = tenants::delete(&world.platform, &operator(), name, name, false).await.err().unwrap();
        let hint = refused.hint.unwrap().command();
        if more.is_empty() {
            let grant = format!("grant process, connection admin on *.* to '{name}'@'%'");
            assert!(hint.contains(&grant), "{hint}");
            cluster.query("", &grant).await;
        } else {
            let cause = refused.cause.unwrap();
            assert!(cause.contains(&format!("held by pid {pid}, user \"admin@")), "{cause}");
            let kill = format!("kill {pid}");
            assert!(hint.contains(&kill), "{hint}");
            cluster.query("", &kill).await;
        }
        let found = tenants::find(&world.platform, &operator(), name).await.unwrap();
        assert_eq!(found.status, Status::Archived);
        // The tenant's application is let in again, until the next try.
        Connection::open(&login).await.unwrap().close().await;
        tenants::delete(&world.platform, &operator(), name, name, !more.is_empty()).await.unwrap();
        assert!(is_gone(cluster, &tenant).await, "{name}");
        other.close().await;
    }
}

async fn other_pid(conn: &mut Connection) -> String {
    let Connection::Mysql { conn, .. } = conn else { panic!("MariaDB") };
    let id: i64 = sqlx::query_scalar("select cast(connection_id() as signed)").fetch_one(conn).await.unwrap();
    id.to_string()
}

#[tokio::test]
async fn a_lock_whose_holder_nobody_may_see_is_told_with_what_ends_it() {
    let world = World::new().await;
    let cluster = server(&world, "blind4", "").await;
    let tenant = made(&world, "acme", "blind4").await;
    let login = login_of(&world, cluster, &tenant).await;
    let mut other = outsider(cluster, &login).await;
    other.lock(Duration::from_secs(1)).await.unwrap();
    let pid = other_pid(&mut other).await;
    let refused = tenants::delete(&world.platform, &operator(), "acme", "acme", false).await.err().unwrap();
    assert!(refused.message.contains("somebody is working on tenant \"acme\""), "{refused}");
    let hint = refused.hint.unwrap().command();
    assert!(hint.contains(&format!("kill {pid}")) && hint.contains("PROCESS"), "{hint}");
    let found = tenants::find(&world.platform, &operator(), "acme").await.unwrap();
    assert_eq!(found.status, Status::Active);
    cluster.query("", &format!("kill {pid}")).await;
    tenants::delete(&world.platform, &operator(), "acme", "acme", true).await.unwrap();
    assert!(is_gone(cluster, &tenant).await);
    other.close().await;
}

#[tokio::test]
async fn a_last_backup_does_not_wait_for_a_table_that_stays_locked() {
    let world = World::new().await;
    let cluster = server(&world, "blind5", "").await;
    let tenant = made(&world, "acme", "blind5").await;
    let login = login_of(&world, cluster, &tenant).await;
    let mut other = outsider(cluster, &login).await;
    let file = world.dir.path().join("backup.sql");
    let hurried = Target { lock_timeout: Duration::from_millis(250), ..login.clone() };
    let failure = tokio::time::timeout(Duration::from_secs(30), neo::engine::backup(&hurried, &file))
        .await
        .expect("it does not wait for ever")
        .unwrap_err();
    assert!(failure.message.contains("has written nothing for 3 s"), "{failure}");
    assert!(failure.detail.is_some_and(|detail| detail.contains("locked")));
    let left: Vec<_> = std::fs::read_dir(world.dir.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("backup.sql")), "{left:?}");
    other.execute("unlock tables; insert into kept values (7)").await.unwrap();
    neo::engine::backup(&hurried, &file).await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains("(7)"));
    // Nothing waits there for the one that was ended.
    let waiting = format!("select count(*) from information_schema.processlist where user = '{}'", tenant.username);
    for _ in 0..100 {
        if cluster.query("", &waiting).await == "0" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(cluster.query("", &waiting).await, "0");
    other.close().await;
}

/// An application that counts for as long as it is let, and comes back to see whether it still is: how far it was told that it is kept.
async fn counting(world: &World) -> JoinHandle<(i64, bool)> {
    let told = tenants::credentials(&world.platform, &operator(), "acme").await.unwrap();
    let mut application = Connection::open(&target(&told)).await.unwrap();
    application.execute("create table counted (n bigint); insert into counted values (0)").await.unwrap();
    tokio::spawn(async move {
        let mut acknowledged = 0;
        // As one row: no number of rows tells that something is missing.
        while application.execute("update counted set n = n + 1").await.is_ok() {
            acknowledged += 1;
        }
        (acknowledged, Connection::open(&target(&told)).await.is_ok())
    })
}

async fn counted(cluster: &Cluster, tenant: &Tenant) -> i64 {
    cluster.query(&tenant.database, "select n from counted").await.parse().unwrap()
}

/// The same server under the name `again`, by a login that may do everything.
async fn again(world: &World, cluster: &Cluster) {
    let again = NewServer::from_url("again", &cluster.admin_url().into()).unwrap();
    servers::add(&world.platform, &operator(), again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_a_move_or_a_restore_whose_server_login_sees_no_session() {
    for moves in [true, false] {
        let world = World::new().await;
        let platform = &world.platform;
        let cluster = server(&world, if moves { "blind6" } else { "blind7" }, "").await;
        again(&world, cluster).await;
        made(&world, "acme", if moves { "blind6" } else { "blind7" }).await;
        backed_up(platform, &["acme"]).await;
        let application = counting(&world).await;
        let run = match moves {
            true => {
                let (_, run) = runs::move_tenant(platform, &operator(), "acme", "again", "acme").await.unwrap();
                runs::work_on(platform, run.number).await.unwrap();
                runs::find(platform, &operator(), run.number).await.unwrap()
            }
            false => {
                let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
                restored(platform, asked).await.1
            }
        };
        let why = runs::attempts(platform, &operator(), run.number, None, None).await.unwrap();
        assert_eq!(run.status, RunStatus::Succeeded, "{:?}", why.into_iter().find_map(|attempt| attempt.failure));
        let (acknowledged, came_back) = application.await.unwrap();
        assert!(acknowledged > 0 && !came_back, "moves: {moves}");
        let kept = match moves {
            true => counted(cluster, &tenants::find(platform, &operator(), "acme").await.unwrap()).await,
            false => {
                let then = Restore { slug: Some("then".into()), ..of(&newest(platform).await) };
                counted(cluster, &restored(platform, then).await.0).await
            }
        };
        // The last one may have been kept without the session having been there any more to hear of it.
        assert!([acknowledged, acknowledged + 1].contains(&kept), "moves: {moves}: {kept} of {acknowledged}");
    }
}

/// As many sessions as the login may have.
async fn all_sessions(login: &Target) -> Vec<Connection> {
    let mut all = Vec::new();
    loop {
        match Connection::open(login).await {
            Ok(conn) => all.push(conn),
            Err(failure) if failure.code.as_deref() == Some("1226") => return all,
            Err(failure) => panic!("{failure}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_full_is_waited_for_and_then_told_of() {
    let world = World::new().await;
    let platform = &world.platform;
    let cluster = server(&world, "blind8", "").await;
    again(&world, cluster).await;
    let tenant = made(&world, "acme", "blind8").await;
    let login = target(&tenants::credentials(platform, &operator(), "acme").await.unwrap());
    let (_, run) = runs::move_tenant(platform, &operator(), "acme", "again", "acme").await.unwrap();
    let full = all_sessions(&login).await;
    runs::work_on(platform, run.number).await.unwrap();
    let attempts = runs::attempts(platform, &operator(), run.number, None, None).await.unwrap();
    let failure = attempts.into_iter().find_map(|attempt| attempt.failure).unwrap();
    assert!(failure.message.contains("has as many sessions as it may"), "{failure:?}");
    assert!(failure.hint.is_some_and(|hint| hint.command().contains("PROCESS and CONNECTION ADMIN")));
    let now = tenants::find(platform, &operator(), "acme").await.unwrap();
    assert_eq!((now.status, &now.database), (Status::Active, &tenant.database));
    for conn in full {
        conn.close().await;
    }

    // Those that end by themselves are waited for.
    let login = target(&tenants::credentials(platform, &operator(), "acme").await.unwrap());
    let (_, run) = runs::move_tenant(platform, &operator(), "acme", "again", "acme").await.unwrap();
    let full = all_sessions(&login).await;
    let leaving = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        for conn in full {
            conn.close().await;
        }
    });
    runs::work_on(platform, run.number).await.unwrap();
    leaving.await.unwrap();
    let run = runs::find(platform, &operator(), run.number).await.unwrap();
    assert_eq!(run.status, RunStatus::Succeeded);
}

/// With this, what was moved away lies there for as long as a session keeps it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_only_the_tenant_sees_keeps_nobody_from_dropping_what_it_had() {
    let world = World::new().await;
    let cluster = server(&world, "blind9", "").await;
    let tenant = made(&world, "acme", "blind9").await;
    let login = login_of(&world, cluster, &tenant).await;
    let mut left = Connection::open(&login).await.unwrap();
    left.execute("create table kept (id int); lock tables kept write").await.unwrap();
    let admin = Target {
        username: "blind9".into(),
        password: Some("blind-9".to_owned().into()),
        database: String::new(),
        ..login.clone()
    };
    let own = neo::engine::Own { target: login, session: None };
    neo::engine::drop_database_with(&admin, &tenant.database, &tenant.id, Some(own)).await.unwrap();
    left.close().await;
}
