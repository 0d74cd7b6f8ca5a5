//! Who holds a tenant's migration lock, and breaking it, on the three engines.

use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::engine::{Connection, Engine, Target};
use neo::error::Kind;
use neo::runs::{self, Goal, Policy, Request};
use neo::tenants::{self, Filter, Tenant};
use neo::{audit, doctor, servers};

use super::{Home, made};
use crate::runs::migration;
use crate::support::{self, Cluster};
use crate::world::{World, actor};

async fn clusters() -> [(Home, &'static Cluster); 2] {
    [(Home::Postgres, support::postgres().await), (Home::Mariadb, support::mariadb().await)]
}

/// The tenant `acme` with one table, on a server of this kind.
async fn acme_on(world: &World, home: Home) -> Tenant {
    migration(world, 1, "create_contacts", "create table contacts (id integer);", None);
    let server = home.server(world).await;
    made(world, "acme", &server).await
}

fn request() -> Request {
    Request {
        not_before: None,
        goal: Goal::Migrate { to: None },
        selection: Filter::default(),
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        detached: false,
    }
}

/// Somebody else's session at a tenant's database, holding its migration lock.
pub async fn outsider(cluster: &Cluster, tenant: &Tenant) -> Connection {
    let target = Target {
        engine: tenant.engine,
        host: cluster.host.clone(),
        port: cluster.port,
        database: tenant.database.clone(),
        username: cluster.user.clone(),
        password: Some(cluster.password.clone().into()),
        second: None,
        tls: neo::engine::Tls::Off,
        path: Default::default(),
        application_name: "psql of somebody".into(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    };
    let mut conn = Connection::open(&target).await.unwrap();
    conn.lock(Duration::from_secs(2)).await.unwrap();
    conn
}

async fn doctor_says(world: &World, slug: &str) -> Vec<String> {
    let findings = doctor::examine_locks(&world.platform, &actor(Role::Support)).await.unwrap();
    let of_slug = findings.into_iter().filter(|f| f.area == "lock" && f.subject == slug);
    of_slug.map(|f| format!("{} {} → {}", f.ok, f.message, f.remedy.unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_held_lock_is_named_and_broken_only_from_the_session_that_was_shown() {
    for (home, cluster) in clusters().await {
        let world = World::new().await;
        let tenant = acme_on(&world, home).await;
        let engine = tenant.engine;
        let (platform, boss) = (&world.platform, actor(Role::Superadmin));
        assert!(tenants::lock_holder(platform, &boss, "acme").await.unwrap().is_none());
        let free = tenants::unlock(platform, &boss, "acme", "acme", "1@", None).await.unwrap_err();
        assert_eq!(free.kind, Kind::Conflict, "{free}");

        let first = outsider(cluster, &tenant).await;
        let shown = tenants::lock_holder(platform, &actor(Role::Support), "acme").await.unwrap().unwrap();
        let told = shown.holder.to_string();
        assert!(told.contains("pid ") && told.contains("127.0.0.1"), "{told}");
        if engine == Engine::Postgres {
            assert!(told.contains("application \"psql of somebody\"") && told.contains("idle"), "{told}");
        }
        assert!(shown.kept.is_none() && shown.run.is_none(), "{shown:?}");
        let said = doctor_says(&world, "acme").await;
        assert!(said.len() == 1 && said[0].contains("false its migration lock is held by pid"), "{said:?}");
        assert!(said[0].ends_with("neo tenant unlock acme"), "{said:?}");

        // Another session took it meanwhile: it is not ended in the place of the first.
        first.close().await;
        let mut second = outsider(cluster, &tenant).await;
        let error = tenants::unlock(platform, &boss, "acme", "acme", &shown.session, None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{error}");
        assert!(error.message.contains("changed hands"), "{error}");
        second.execute("select 1").await.unwrap();

        let shown = tenants::lock_holder(platform, &boss, "acme").await.unwrap().unwrap();
        let denied = tenants::unlock(platform, &actor(Role::Admin), "acme", "acme", &shown.session, None).await;
        assert_eq!(denied.unwrap_err().kind, Kind::Denied);
        let unsure = tenants::unlock(platform, &boss, "acme", "acne", &shown.session, None).await.unwrap_err();
        assert_eq!(unsure.kind, Kind::Invalid);
        second.execute("select 1").await.unwrap();

        tenants::unlock(platform, &boss, "acme", "acme", &shown.session, Some("their laptop sleeps")).await.unwrap();
        assert!(second.execute("select 1").await.is_err(), "{engine}: the session is still there");
        assert!(tenants::lock_holder(platform, &boss, "acme").await.unwrap().is_none());
        assert!(doctor_says(&world, "acme").await.is_empty());
        let rows = audit::list(platform, &boss, &audit::Filter::default()).await.unwrap();
        let rows: Vec<_> = rows.iter().filter(|row| row.action == "tenant.unlock").collect();
        assert_eq!(rows.len(), 2, "{engine}");
        assert!(rows.iter().any(|row| row.body.to_string().contains("their laptop sleeps")), "{engine}");
    }
}

#[tokio::test]
async fn the_lock_of_a_worker_at_a_live_run_is_not_broken() {
    for (home, _) in clusters().await {
        let world = World::new().await;
        let tenant = acme_on(&world, home).await;
        let engine = tenant.engine;
        let slow = if engine == Engine::Postgres { "select pg_sleep(4);" } else { "select sleep(4);" };
        migration(&world, 2, "slow", slow, None);
        let run = runs::start(&world.platform, &Actor::operator(), request()).await.unwrap();
        let working = tokio::spawn({
            let platform = world.platform.clone();
            async move { runs::work_on(&platform, run.number).await }
        });
        let boss = actor(Role::Superadmin);
        let lock = loop {
            if let Some(lock) = tenants::lock_holder(&world.platform, &boss, &tenant.id).await.unwrap() {
                break lock;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(lock.run, Some(run.number), "{engine}: {lock:?}");
        let error = tenants::unlock(&world.platform, &boss, "acme", "acme", &lock.session, None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict);
        assert!(error.hint.unwrap().command().contains(&format!("neo run cancel {}", run.number)));
        let said = doctor_says(&world, "acme").await;
        assert!(said[0].starts_with("true ") && said[0].contains("is at work"), "{said:?}");
        working.await.unwrap().unwrap();
        let run = runs::find(&world.platform, &boss, run.number).await.unwrap();
        assert_eq!(run.status, runs::Status::Succeeded);
    }
}

#[tokio::test]
async fn a_run_that_fails_on_the_lock_says_how_to_break_it_and_who_blocks_a_statement_is_named() {
    let cluster = support::postgres().await;
    let world = World::new().await;
    let tenant = acme_on(&world, Home::Postgres).await;
    let mut other = outsider(cluster, &tenant).await;
    migration(&world, 2, "more", "alter table contacts add column more text;", None);
    let mut request = request();
    request.policy.lock_deadline_ms = 200;
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let causes = runs::causes(&world.platform, &Actor::operator(), run.number).await.unwrap();
    let failure = &causes[0].failure;
    assert!(failure.hint.as_ref().unwrap().command().contains("neo tenant unlock acme"), "{failure:?}");
    other.unlock().await;
    let said = doctor_says(&world, "acme").await;
    assert!(said[0].contains(&format!("neo run rerun {} --failed", run.number)), "{said:?}");

    // The migration lock is free, but a table is not.
    other.execute("begin; lock table contacts in access exclusive mode").await.unwrap();
    let mut request = self::request();
    request.policy.lock_timeout_ms = 8_000;
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    let working = tokio::spawn({
        let platform = world.platform.clone();
        async move { runs::work_on(&platform, run.number).await }
    });
    let said = loop {
        let said = doctor_says(&world, &format!("neo:{}:acme", run.number)).await;
        if !said.is_empty() {
            break said;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(said[0].contains("alter table contacts") && said[0].contains("psql of somebody"), "{said:?}");
    assert!(said[0].contains("idle in transaction"), "{said:?}");
    other.execute("rollback").await.unwrap();
    working.await.unwrap().unwrap();
    assert_eq!(
        runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap().status,
        runs::Status::Succeeded
    );
}

/// In such a session a backslash before a quote ends the text: what comes after it is another.
#[tokio::test]
async fn what_a_session_runs_is_told_without_its_values_whatever_a_backslash_means_to_it() {
    let cluster = support::mariadb().await;
    let world = World::new().await;
    let tenant = acme_on(&world, Home::Mariadb).await;
    for (mode, sql) in
        [("NO_BACKSLASH_ESCAPES", r"select sleep(4), 'x\', 'hush', 'y\'"), ("ANSI", r"select sleep(4), 'it\'s hush'")]
    {
        let mut other = outsider(cluster, &tenant).await;
        other.execute(&format!("set sql_mode = '{mode}'")).await.unwrap();
        let running = tokio::spawn(async move {
            other.execute(sql).await.unwrap();
            other.close().await;
        });
        let told = loop {
            let lock = tenants::lock_holder(&world.platform, &actor(Role::Support), "acme").await.unwrap();
            match lock.and_then(|lock| lock.holder.query).filter(|query| query.starts_with("select sleep")) {
                Some(query) => break query,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        assert!(!told.contains("hush"), "{mode}: {told}");
        running.await.unwrap();
    }
}

/// A session calls itself what it likes: by its name alone nobody is told to cancel a run.
#[tokio::test]
async fn a_session_that_only_bears_the_name_of_a_run_is_told_as_one_that_calls_itself_so() {
    let cluster = support::postgres().await;
    let world = World::new().await;
    let tenant = acme_on(&world, Home::Postgres).await;
    let mut other = outsider(cluster, &tenant).await;
    other.unlock().await;
    other.execute("begin; lock table contacts in access exclusive mode").await.unwrap();
    let own = login_of(&world, cluster, &tenant).await;
    let named = Target { application_name: "neo:99:acme".into(), lock_timeout: Duration::from_secs(30), ..own };
    let waiting = tokio::spawn(async move {
        let mut conn = Connection::open(&named).await.unwrap();
        let done = conn.execute("select count(*) from contacts").await;
        conn.close().await;
        done.is_ok()
    });
    let mut said = Vec::new();
    for _ in 0..100 {
        said = doctor_says(&world, "acme").await;
        if !said.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(
        said.len() == 1 && said[0].contains("of a session that calls itself \"neo:99:acme\" waits for "),
        "{said:?}"
    );
    assert!(said[0].contains("psql of somebody") && said[0].ends_with("→ let that session end"), "{said:?}");
    other.execute("rollback").await.unwrap();
    assert!(waiting.await.unwrap());
}

#[tokio::test]
async fn on_mariadb_who_keeps_a_migration_waiting_is_named_with_and_without_the_plugin() {
    // Its own: what a server has installed it has for all.
    let cluster = tokio::task::spawn_blocking(|| support::own_mariadb("--default-time-zone=+05:30")).await.unwrap();
    let world = World::new().await;
    let new = neo::servers::NewServer::from_url("own", &cluster.admin_url().into()).unwrap();
    neo::servers::add(&world.platform, &Actor::operator(), new).await.unwrap();
    migration(
        &world,
        1,
        "create_contacts",
        "create table contacts (id integer); create table notes (id integer primary key);",
        None,
    );
    let tenant = made(&world, "acme", "own").await;
    cluster.query(&tenant.database, "insert into notes values (1)").await;
    let mut other = outsider(&cluster, &tenant).await;
    other.unlock().await;
    let waits = [
        (
            "begin; select count(*) from contacts",
            "alter table contacts add column a int;",
            "waits, most likely for",
            "idle in transaction for",
        ),
        (
            "begin; select count(*) from contacts",
            "alter table contacts add column b int;",
            "waits for",
            "idle in transaction for",
        ),
        ("lock tables contacts read", "alter table contacts add column c int;", "waits for", "idle for"),
        (
            "begin; delete from notes where id = 1",
            "delete from notes where id = 1;",
            "waits for",
            "idle in transaction for",
        ),
    ];
    for (n, (in_the_way, sql, waits, state)) in (2..).zip(waits) {
        if n == 3 {
            cluster.query("", "install soname 'metadata_lock_info'").await;
        }
        migration(&world, n, &format!("file_{n}"), sql, None);
        other.execute(in_the_way).await.unwrap();
        let mut request = request();
        request.policy.lock_timeout_ms = 20_000;
        let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
        let working = tokio::spawn({
            let platform = world.platform.clone();
            async move { runs::work_on(&platform, run.number).await }
        });
        let said = loop {
            let said = doctor_says(&world, &format!("neo:{}:acme", run.number)).await;
            if !said.is_empty() {
                break said;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert!(said.len() == 1 && said[0].contains(waits) && said[0].contains(state), "{n}: {said:?}");
        // Without what stands in it.
        assert!(said[0].contains(&sql.trim_end_matches(';').replace("= 1", "= ?")), "{n}: {said:?}");
        assert!(said[0].contains("user \"admin\"") && said[0].contains("127.0.0.1"), "{n}: {said:?}");
        assert!(said[0].ends_with(&format!("neo run cancel {}", run.number)), "{n}: {said:?}");
        // Since seconds, whatever zone the server tells the time in.
        let (_, seconds) = said[0].split_once(&format!("{state} ")).unwrap();
        assert!(seconds.split(' ').next().unwrap().parse::<i64>().unwrap() < 60, "{n}: {said:?}");
        other.execute("rollback; unlock tables").await.unwrap();
        working.await.unwrap().unwrap();
        let run = runs::find(&world.platform, &Actor::operator(), run.number).await.unwrap();
        assert_eq!(run.status, runs::Status::Succeeded);
    }
    other.close().await;
}

#[tokio::test]
async fn on_sqlite_the_process_is_named_and_a_dead_one_needs_nothing() {
    let world = World::new().await;
    let tenant = acme_on(&world, Home::Sqlite).await;
    let boss = actor(Role::Superadmin);
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db.neo-lock", tenant.database));
    // What is left of a process that died says nothing any more.
    std::fs::write(&file, "999999999 neo:1:acme").unwrap();
    assert!(tenants::lock_holder(&world.platform, &boss, "acme").await.unwrap().is_none());
    let error = tenants::unlock(&world.platform, &boss, "acme", "acme", "999999999@", None).await.unwrap_err();
    assert!(error.to_string().contains("one that died needs nothing"), "{error}");

    std::fs::write(&file, format!("{} somebody", std::process::id())).unwrap();
    let held = std::fs::File::open(&file).unwrap();
    held.lock().unwrap();
    let lock = tenants::lock_holder(&world.platform, &boss, "acme").await.unwrap().unwrap();
    assert_eq!(lock.holder.pid, Some(i64::from(std::process::id())));
    assert_eq!(lock.holder.state.as_deref(), Some("alive on this machine"));
    let error = tenants::unlock(&world.platform, &boss, "acme", "acme", &lock.session, None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert!(error.hint.unwrap().command().contains(&format!("kill {}", std::process::id())));
    let said = doctor_says(&world, "acme").await;
    assert!(said[0].contains(&format!("pid {}", std::process::id())), "{said:?}");
}

/// What a tenant does that does not want to go: sessions of its own login take the lock in turns, and come back.
async fn hold_for_good(own: Target, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        let Ok(mut conn) = Connection::open(&own).await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = conn.lock(Duration::from_secs(60)).await;
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(Duration::from_millis(700)) => {}
        }
        conn.close().await;
    }
}

#[tokio::test]
async fn a_tenant_that_holds_its_own_lock_for_good_is_deleted_all_the_same() {
    for (home, cluster) in clusters().await {
        let world = World::new().await;
        let tenant = acme_on(&world, home).await;
        let platform = &world.platform;
        let target = login_of(&world, cluster, &tenant).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let sessions: Vec<_> = (0..3).map(|_| tokio::spawn(hold_for_good(target.clone(), stopped.clone()))).collect();
        while tenants::lock_holder(platform, &actor(Role::Support), "acme").await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let boss = actor(Role::Superadmin);
        let deleted = tenants::delete(platform, &boss, "acme", "acme", true).await.unwrap();
        assert!(deleted.backup.is_some_and(|file| file.exists()), "{}", tenant.engine);
        stop.send(true).unwrap();
        for session in sessions {
            session.await.unwrap();
        }

        // Somebody else's session may be a person at work.
        let server = servers::find(platform, &boss, &tenant.server_id).await.unwrap();
        let tenant = made(&world, "bolt", &server.name).await;
        let other = outsider(cluster, &tenant).await;
        let refused = tenants::delete(platform, &boss, "bolt", "bolt", false).await.err().unwrap();
        assert!(refused.message.contains("somebody is working on tenant \"bolt\""), "{refused}");
        other.close().await;
    }
}

/// Where the tenant's own application connects.
pub async fn login_of(world: &World, cluster: &Cluster, tenant: &Tenant) -> Target {
    let server = servers::find(&world.platform, &actor(Role::Support), &tenant.server_id).await.unwrap();
    let sealed: String = sqlx::query_scalar("select credential from tenants where id = $1")
        .bind(&tenant.id)
        .fetch_one(&mut *world.platform.central.read().await.unwrap())
        .await
        .unwrap();
    let binding = neo::vault::Binding {
        purpose: "tenant_db_password",
        subject_id: &tenant.id,
        engine: tenant.engine.as_str(),
        host: &server.host,
        port: server.port,
        database: &tenant.database,
        role: &tenant.username,
        generation: 1,
        tls: None,
        ca: None,
    };
    let password = world.platform.vault.open(&sealed, &binding, false).unwrap();
    Target {
        engine: tenant.engine,
        host: cluster.host.clone(),
        port: cluster.port,
        database: tenant.database.clone(),
        username: tenant.username.clone(),
        password: Some(password),
        second: None,
        tls: neo::engine::Tls::Off,
        path: Default::default(),
        application_name: "an application".into(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    }
}
