//! The passwords of tenants' logins: told to whom, and renewed.

use std::time::Duration;

use neo::actor::{Actor, Role};
use neo::audit;
use neo::engine::{Category, Connection, Engine, Target, Tls};
use neo::error::Kind;
use neo::runs::{self, Goal, Request, Rerun, Run, Status};
use neo::tenants::{self, Adopt, AdoptPassword, Credentials, Filter};
use neo::vault::Binding;
use secrecy::{ExposeSecret, SecretString};

use super::{Home, made, operator, write_starter};
use crate::world::{World, actor};

const HOMES: [(&str, Home); 3] = [("elm", Home::Postgres), ("fir", Home::Mariadb), ("oak", Home::Sqlite)];

/// A world with a tenant on each engine.
async fn grown(world: World) -> World {
    write_starter(&world);
    for (slug, home) in HOMES {
        let server = home.server(&world).await;
        made(&world, slug, &server).await;
    }
    world
}

async fn told(world: &World, slug: &str) -> Credentials {
    tenants::credentials(&world.platform, &operator(), slug).await.unwrap()
}

async fn password(world: &World, slug: &str) -> SecretString {
    told(world, slug).await.password.unwrap()
}

/// Whether the tenant's database lets its login in with this one.
async fn lets_in(world: &World, slug: &str, password: &SecretString) -> bool {
    let told = told(world, slug).await;
    let target = Target {
        engine: told.engine,
        host: told.host.unwrap(),
        port: told.port.unwrap(),
        database: told.database,
        username: told.user.unwrap(),
        password: Some(password.clone()),
        second: None,
        tls: Tls::Off,
        path: Default::default(),
        application_name: "an application".into(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    };
    match Connection::open(&target).await {
        Ok(conn) => {
            conn.close().await;
            true
        }
        Err(failure) => {
            assert_eq!(failure.category, Category::Auth, "{failure:?}");
            false
        }
    }
}

async fn renewed(world: &World, keys: &[&str], older_than_ms: Option<i64>) -> Run {
    let selection = Filter { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..Filter::default() };
    let request = Request { selection, ..crate::runs::all(Goal::RotatePassword { older_than_ms }) };
    let run = runs::start(&world.platform, &operator(), request).await.unwrap();
    crate::runs::finish(world, run.number).await
}

async fn execute(world: &World, sql: &'static str, bound: &[&str]) {
    let mut tx = world.platform.central.write().await.unwrap();
    let mut query = sqlx::query(sql);
    for value in bound {
        query = query.bind((*value).to_owned());
    }
    assert_eq!(query.execute(&mut *tx).await.unwrap().rows_affected(), 1, "{sql}");
    tx.commit().await.unwrap();
}

async fn sealed(world: &World, slug: &str) -> (String, Option<String>, i64) {
    sqlx::query_as("select credential, credential_next, generation from tenants where slug = $1")
        .bind(slug.to_owned())
        .fetch_one(&mut *world.platform.central.read().await.unwrap())
        .await
        .unwrap()
}

async fn written(world: &World, action: &str) -> Vec<audit::Row> {
    let filter = audit::Filter { action: Some(action.into()), ..audit::Filter::default() };
    audit::list(&world.platform, &operator(), &filter).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_takes_the_place_of_the_old_one() {
    for world in crate::accounts::worlds().await {
        let world = grown(world).await;
        let old = [password(&world, "elm").await, password(&world, "fir").await];
        let run = renewed(&world, &["elm", "fir", "oak"], None).await;
        let counts = run.tenants;
        assert_eq!((run.status, counts.migrated, counts.skipped, counts.failed), (Status::Succeeded, 2, 1, 0));
        let filter = runs::TaskFilter { limit: 10, ..runs::TaskFilter::default() };
        let tasks = runs::tasks(&world.platform, &operator(), run.number, &filter).await.unwrap();
        let oak = tasks.tasks.iter().find(|task| task.tenant == "oak").unwrap();
        assert_eq!(oak.reason.as_ref().map(|why| why.word()), Some("a SQLite file has no password"));
        for (slug, old) in ["elm", "fir"].into_iter().zip(&old) {
            let new = password(&world, slug).await;
            assert_ne!(new.expose_secret(), old.expose_secret());
            assert!(lets_in(&world, slug, &new).await && !lets_in(&world, slug, old).await, "{slug}");
            let (_, next, generation) = sealed(&world, slug).await;
            assert_eq!((next, generation), (None, 2), "{slug}");
            // What Neo does there it does with the new one.
            tenants::unresolved(&world.platform, &operator(), slug).await.unwrap();
        }
        let rows = written(&world, "tenant.rotate_password").await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.actor == operator().name), "{rows:?}");
        let whole = serde_json::to_string(&rows).unwrap();
        assert!(!whole.contains(old[0].expose_secret()), "{whole}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_anywhere_the_tenant_is_reached_and_it_is_done_again() {
    let world = grown(World::new().await).await;
    for slug in ["elm", "fir"] {
        let tenant = tenants::find(&world.platform, &operator(), slug).await.unwrap();
        let server = neo::servers::find(&world.platform, &operator(), &tenant.server_id).await.unwrap();
        let (old, before) = (password(&world, slug).await, sealed(&world, slug).await);
        // It was kept, and the server was not told.
        let bound = Binding {
            purpose: "tenant_db_password",
            subject_id: &tenant.id,
            engine: tenant.engine.as_str(),
            host: &server.host,
            port: server.port,
            database: &tenant.database,
            role: &tenant.username,
            generation: 2,
            tls: None,
            ca: None,
        };
        let next = world.platform.vault.seal(&"a-password-that-is-to-come".to_owned().into(), &bound);
        execute(&world, "update tenants set credential_next = $1 where slug = $2", &[&next, slug]).await;
        tenants::unresolved(&world.platform, &operator(), slug).await.unwrap();
        let findings = neo::doctor::examine(&world.platform, &operator()).await.unwrap();
        let found = findings.iter().find(|found| found.subject == slug).unwrap();
        assert_eq!(found.remedy.as_deref(), Some(format!("neo tenant rotate-password {slug}").as_str()), "{found:?}");
        let now = told(&world, slug).await;
        assert_eq!(now.password.unwrap().expose_secret(), old.expose_secret());
        assert_eq!(now.next_password.unwrap().expose_secret(), "a-password-that-is-to-come");
        // Again: with the one that was made.
        assert_eq!(renewed(&world, &[slug], None).await.status, Status::Succeeded);
        assert_eq!(password(&world, slug).await.expose_secret(), "a-password-that-is-to-come");

        // The server was told, and that was not written down.
        let sql = "update tenants set credential_next = credential, credential = $1, generation = 1 where slug = $2";
        execute(&world, sql, &[&before.0, slug]).await;
        assert!(!lets_in(&world, slug, &old).await);
        tenants::unresolved(&world.platform, &operator(), slug).await.unwrap();
        let run = crate::runs::all(Goal::Verify);
        let selection = Filter { keys: vec![slug.to_owned()], ..Filter::default() };
        let run = runs::start(&world.platform, &operator(), Request { selection, ..run }).await.unwrap();
        assert_eq!(crate::runs::finish(&world, run.number).await.tenants.failed, 0, "{slug} was not reached");
        assert_eq!(renewed(&world, &[slug], None).await.status, Status::Succeeded);
        let (_, next, generation) = sealed(&world, slug).await;
        assert_eq!((next, generation), (None, 2));
        assert!(lets_in(&world, slug, &password(&world, slug).await).await);
    }
}

/// A rerun goes on with new passwords: by whoever may give them.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_to_get_a_new_password_is_tried_again_by_a_superadmin_alone() {
    let world = grown(World::new().await).await;
    let fir = tenants::find(&world.platform, &operator(), "fir").await.unwrap();
    execute(&world, "update tenants set credential = 'v1:none:none:none:none' where id = $1", &[&fir.id]).await;
    let run = renewed(&world, &["elm", "fir"], None).await;
    assert_eq!(run.tenants.failed, 1, "{run:?}");
    for role in [Role::Support, Role::Admin] {
        let error = runs::rerun(&world.platform, &actor(role), run.number, &Rerun::Failed, None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Denied, "{role}: {error}");
    }
    runs::rerun(&world.platform, &actor(Role::Superadmin), run.number, &Rerun::Failed, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_not_neos_is_left_as_it_is() {
    let world = grown(World::new().await).await;
    // Adopted: others may sign in with the same login.
    let elm = told(&world, "elm").await;
    let mut tx = world.platform.central.write().await.unwrap();
    for sql in [
        "delete from provision_steps where tenant_id = (select id from tenants where slug = 'elm')",
        "update tenants set status = 'deleted' where slug = 'elm'",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let adopt = Adopt {
        slug: "yew".into(),
        name: None,
        server: "pg".into(),
        database: elm.database,
        username: elm.user.unwrap(),
        password: AdoptPassword::Plain(elm.password.unwrap()),
        password_hash: Default::default(),
        past: Default::default(),
    };
    tenants::adopt(&world.platform, &operator(), adopt).await.unwrap();
    let old = password(&world, "yew").await;
    // Somebody has made the login anew, without the mark.
    let cluster = crate::support::mariadb().await;
    let fir = tenants::find(&world.platform, &operator(), "fir").await.unwrap();
    cluster.query("mysql", &format!("delete from _neo.marks where kind = 'user' and name = '{}'", fir.username)).await;

    let run = renewed(&world, &["yew", "fir"], None).await;
    assert_eq!((run.status, run.tenants.failed), (Status::Failed, 2));
    for task in runs::failed(&world.platform, &operator(), run.number).await.unwrap() {
        let failure = task.failure.unwrap();
        assert_eq!(failure.category, Category::Permission);
        assert!(failure.message.contains("is not Neo's to give a password"), "{failure:?}");
        assert_eq!(failure.hint.is_some(), task.tenant == "yew");
        assert_eq!(sealed(&world, &task.tenant).await.1, None, "{}", task.tenant);
    }
    assert_eq!(password(&world, "yew").await.expose_secret(), old.expose_secret());
    assert!(lets_in(&world, "yew", &old).await);
    tenants::unresolved(&world.platform, &operator(), "fir").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_passwords_that_are_old_are_renewed() {
    let world = grown(World::new().await).await;
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let run = renewed(&world, &[], Some(90 * DAY)).await;
    assert_eq!((run.status, run.tenants.total), (Status::Succeeded, 0), "they were made just now");
    execute(&world, "update tenants set created_at = created_at - 8640000000 where slug = $1", &["elm"]).await;
    let run = renewed(&world, &[], Some(90 * DAY)).await;
    assert_eq!((run.tenants.total, run.tenants.migrated), (1, 1));
    let run = renewed(&world, &[], Some(90 * DAY)).await;
    assert_eq!(run.tenants.total, 0, "it is new now");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_told_to_a_superadmin_and_written_down_each_time() {
    let world = grown(World::new().await).await;
    let boss = actor(Role::Superadmin);
    for _ in 0..2 {
        tenants::credentials(&world.platform, &boss, "elm").await.unwrap();
    }
    // Of one that is suspended too; of a file there is no password.
    tenants::suspend(&world.platform, &operator(), "fir").await.unwrap();
    let fir = tenants::credentials(&world.platform, &boss, "fir").await.unwrap();
    assert!(fir.status == tenants::Status::Suspended && fir.password.is_some() && fir.engine == Engine::Mysql);
    let oak = tenants::credentials(&world.platform, &boss, "oak").await.unwrap();
    assert!(oak.password.is_none() && oak.host.is_none() && oak.database.ends_with(".db"));
    let rows = written(&world, "tenant.credentials").await;
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.actor == boss.name && row.address == boss.address), "{rows:?}");
    assert!(rows[3].subject.ends_with(" elm"), "{rows:?}");

    let late = Actor { signed_in_ago: Some(Duration::from_secs(601)), ..boss };
    let refused = tenants::credentials(&world.platform, &late, "elm").await.err().unwrap();
    assert_eq!(refused.kind, Kind::Reauthenticate);
    let refused = tenants::credentials(&world.platform, &actor(Role::Admin), "elm").await.err().unwrap();
    assert_eq!(refused.kind, Kind::Denied);
    assert_eq!(written(&world, "tenant.credentials").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_has_another_password_by_now_is_told_with_what_mends_it() {
    let world = grown(World::new().await).await;
    let platform = &world.platform;
    let pg = crate::support::postgres().await;
    let maria = crate::support::mariadb().await;
    for (slug, code) in [("elm", "28P01"), ("fir", "1045")] {
        let login = tenants::find(platform, &operator(), slug).await.unwrap().username;
        match code {
            "28P01" => pg.query("", &format!("alter role {login} password 'elsewhere-9'")).await,
            _ => maria.query("", &format!("set password for '{login}'@'%' = password('elsewhere-9')")).await,
        };
        let way = format!("gets a new one with: neo tenant rotate-password {slug}");
        let one = || Filter { keys: vec![slug.to_owned()], ..Filter::default() };
        for goal in [Goal::Verify, Goal::Backup] {
            let policy = runs::Policy { trust_ms: 0, ..runs::Policy::default() };
            let request = Request { selection: one(), policy, ..crate::runs::all(goal) };
            let run = runs::start(platform, &operator(), request).await.unwrap();
            crate::runs::finish(&world, run.number).await;
            let failure = runs::failures(platform, &operator(), run.number).await.unwrap().remove(0).2;
            assert_eq!(failure.code.as_deref(), Some(code));
            let hint = failure.hint.unwrap();
            assert!(hint.command().contains(&way), "{slug}: {}", hint.command());
            assert!(hint.plain().contains(&format!("a new password for {slug}")), "{}", hint.plain());
            assert!(hint.function().contains("POST /api/v1/tenants/rotate-password"), "{}", hint.function());
            // Where TLS may be why, that is said as well.
            assert_eq!(hint.command().contains("--tls require"), code == "1045", "{}", hint.command());
        }
        let told = |error: &neo::error::Error| error.hint.as_ref().unwrap().command();
        let error = tenants::unresolved(platform, &operator(), slug).await.err().unwrap();
        assert!(told(&error).contains(&way), "{error:?}");
        let error = neo::tenant_users::roles(platform, &operator(), slug).await.err().unwrap();
        assert!(told(&error).contains(&way), "{error:?}");
        let plan = runs::plan(platform, &operator(), &one(), None, &runs::Policy::default()).await.unwrap();
        assert!(plan.unreachable[0].reason.command().contains(&way), "{:?}", plan.unreachable[0].reason);
        let findings = neo::doctor::examine(platform, &operator()).await.unwrap();
        let found = findings.iter().find(|found| found.subject == slug && !found.ok).unwrap();
        assert!(found.remedy.as_ref().unwrap().contains(&way), "{found:?}");
        // As it says.
        assert_eq!(renewed(&world, &[slug], None).await.tenants.migrated, 1, "{slug}");
        tenants::unresolved(platform, &operator(), slug).await.unwrap();
    }
}

/// Runs the pending files on these tenants, one after the other.
async fn migrated(world: &World, keys: &[&str]) -> Run {
    let selection = Filter { keys: keys.iter().map(|key| (*key).to_owned()).collect(), ..Filter::default() };
    let policy = runs::Policy { concurrency: 1, ..runs::Policy::default() };
    let request = Request { selection, policy, ..crate::runs::all(Goal::Migrate { to: None }) };
    let run = runs::start(&world.platform, &operator(), request).await.unwrap();
    crate::runs::finish(world, run.number).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_bar_their_own_login_fail_their_tenant_and_bar_no_other() {
    let world = World::new().await;
    write_starter(&world);
    for (home, slugs, code) in
        [(Home::Postgres, ["elm", "ash", "yew"], "28P01"), (Home::Mariadb, ["fir", "box", "may"], "1045")]
    {
        let server = home.server(&world).await;
        for slug in slugs {
            made(&world, slug, &server).await;
        }
        let file = |version: i64, sql: &str| {
            let engine = if code == "28P01" { "postgres" } else { "mysql" };
            std::fs::write(world.migrations().join(format!("{version}_f.{engine}.up.sql")), sql).unwrap();
        };
        // What is run as a text is proven, and comes in.
        let (harmless, bars, then) = match code {
            "28P01" => (
                "create function bar() returns trigger language plpgsql as $$ begin \
                 execute 'alter ro' || 'le current_user pass' || 'word ''x'''; return new; end $$; \
                 create trigger bar before insert on roles for each row when (new.id = 'bar') execute function bar();",
                "insert into roles (id, name) values ('bar', 'bar');",
                "select 1;",
            ),
            _ => (
                "set @said = 'select 1'; prepare p from @said; execute p;",
                "set @said = concat('set pass', 'word = password(''x'')'); execute immediate @said; insert into nowhere values (1);",
                "select 1;",
            ),
        };
        file(20270101000001, harmless);
        let run = migrated(&world, &slugs).await;
        assert_eq!((run.status, run.tenants.migrated), (Status::Succeeded, 3), "{run:?}");

        file(20270101000002, bars);
        // Nor do the words of a statement that fails behind it hide that.
        file(20270101000003, then);
        let run = migrated(&world, &slugs).await;
        assert_eq!((run.status, run.tenants.failed, run.tenants.migrated), (Status::Halted, 1, 0), "{run:?}");
        let reason = run.halt_reason.unwrap();
        assert!(reason.starts_with("its files bar the login of "), "{reason}");
        let (_, _, failure) = runs::failures(&world.platform, &operator(), run.number).await.unwrap().remove(0);
        let one = slugs.into_iter().find(|slug| reason.contains(*slug)).unwrap();
        assert_eq!((failure.category, failure.code.as_deref()), (Category::Auth, Some(code)), "{failure:?}");
        assert!(failure.message.contains("barred the tenant's own login"), "{failure:?}");
        assert_eq!(failure.detail.unwrap().contains("nowhere"), code == "1045");
        let hint = failure.hint.unwrap().command();
        assert!(hint.contains(&format!("neo tenant rotate-password {one}")), "{hint}");
        for slug in slugs {
            assert_eq!(lets_in(&world, slug, &password(&world, slug).await).await, slug != one, "{slug}");
        }
        // As it says; the files that are gone by now do it no more.
        assert_eq!(renewed(&world, &[one], None).await.tenants.migrated, 1, "{one}");
        assert!(lets_in(&world, one, &password(&world, one).await).await);
    }
}

/// A setting that no session can begin with bars as well as another password, and no new password lets in again.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_whose_next_session_cannot_begin_is_barred() {
    let world = World::new().await;
    write_starter(&world);
    let server = Home::Postgres.server(&world).await;
    let slugs = ["elm", "ash"];
    for slug in slugs {
        made(&world, slug, &server).await;
    }
    let hidden =
        "do $$ begin execute 'alter ro' || 'le current_user set local_preload_lib' || 'raries = nosuch'; end $$;";
    std::fs::write(world.migrations().join("20270101000001_f.postgres.up.sql"), hidden).unwrap();
    let run = migrated(&world, &slugs).await;
    assert_eq!((run.status, run.tenants.failed, run.tenants.migrated), (Status::Halted, 1, 0), "{run:?}");
    let (_, _, failure) = runs::failures(&world.platform, &operator(), run.number).await.unwrap().remove(0);
    assert_eq!((failure.category, failure.code.as_deref()), (Category::Auth, Some("58P01")), "{failure:?}");
    assert!(failure.hint.unwrap().command().contains("reset all"));
}
