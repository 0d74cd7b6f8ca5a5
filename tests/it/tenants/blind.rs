//! Deleting with a login that providers give on MariaDB: it sees no session but its own (no PROCESS), and may end no other.

use std::time::Duration;

use neo::engine::{Connection, Target};
use neo::servers::{self, NewServer};
use neo::tenants::{self, Status, Tenant};

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
