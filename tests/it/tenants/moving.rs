//! A tenant moves from one server to another: two clusters of each engine, and two folders.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use neo::Platform;
use neo::actor::{Actor, Confinement, Door, Role, Token};
use neo::audit;
use neo::engine::{Category, Connection, Failure, Target, Tls};
use neo::error::Kind;
use neo::runs::{self, Restore, Status as RunStatus};
use neo::servers::{self, Changes, NewServer};
use neo::tenant_users;
use neo::tenants::provision::{self, Moment, Step};
use neo::tenants::{self, Adopt, AdoptPassword, Credentials, Status, Tenant, Whose};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::backups::{backed_up, newest, of};
use super::server_life::program;
use super::{Home, made, operator, silent, write_starter};
use crate::support::{self, Cluster};
use crate::world::{World, actor};

const HOMES: [Home; 3] = [Home::Sqlite, Home::Postgres, Home::Mariadb];

/// A world with a server to come from and, called `there`, one to go to.
struct Way {
    world: World,
    home: Home,
    here: String,
    /// None where both are folders.
    there: Option<Cluster>,
}

impl Way {
    async fn of(home: Home) -> Self {
        Self::to(home, "").await
    }

    async fn to(home: Home, settings: &'static str) -> Self {
        let world = World::new().await;
        write_starter(&world);
        let here = home.server(&world).await;
        let start = move || match home {
            Home::Sqlite => None,
            Home::Postgres => Some(support::own_postgres(settings)),
            Home::Mariadb => Some(support::own_mariadb(settings)),
        };
        let there = tokio::task::spawn_blocking(start).await.unwrap();
        let url = match &there {
            Some(cluster) => cluster.admin_url(),
            None => format!("sqlite://{}", world.dir.path().join("there").display()),
        };
        let mut new = NewServer::from_url("there", &SecretString::from(url)).unwrap();
        new.max_connections = Some(8);
        servers::add(&world.platform, &operator(), new).await.unwrap();
        Self { world, home, here, there }
    }

    async fn found(&self) -> Tenant {
        tenants::find(&self.world.platform, &operator(), "acme").await.unwrap()
    }

    async fn told(&self) -> Credentials {
        tenants::credentials(&self.world.platform, &operator(), "acme").await.unwrap()
    }

    /// Begins, and does, a move there.
    async fn moved(&self) -> runs::Run {
        let platform = &self.world.platform;
        let (tenant, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
        assert_eq!((tenant.status, tenant.server.as_str()), (Status::Provisioning, "there"));
        runs::work_on(platform, run.number).await.unwrap();
        for attempt in runs::attempts(platform, &operator(), run.number, None, None).await.unwrap() {
            println!("{:?}", attempt.failure);
        }
        runs::find(platform, &operator(), run.number).await.unwrap()
    }

    async fn refused(&self, server: &str, confirm: &str) -> neo::error::Error {
        runs::move_tenant(&self.world.platform, &operator(), "acme", server, confirm).await.err().unwrap()
    }

    /// What an administrator of the server it came from is answered.
    async fn asked_here(&self, database: &str, sql: &str) -> String {
        match self.home {
            Home::Postgres => support::postgres().await.query(database, sql).await,
            Home::Mariadb => support::mariadb().await.query(database, sql).await,
            Home::Sqlite => unreachable!("a folder has no administrator"),
        }
    }

    async fn is_here(&self, database: &str) -> bool {
        let sql = match self.home {
            Home::Sqlite => {
                let file = format!("{database}.db");
                return self.world.platform.config.data_dir.join("tenants").join(file).exists();
            }
            Home::Postgres => format!("select count(*) from pg_database where datname = '{database}'"),
            Home::Mariadb => {
                format!("select count(*) from information_schema.schemata where schema_name = '{database}'")
            }
        };
        self.asked_here("", &sql).await == "1"
    }

    async fn has_login_here(&self, user: &str) -> bool {
        let sql = match self.home {
            Home::Sqlite => return false,
            Home::Postgres => format!("select count(*) from pg_roles where rolname = '{user}'"),
            Home::Mariadb => format!("select count(*) from mysql.user where user = '{user}'"),
        };
        self.asked_here("", &sql).await == "1"
    }

    fn doctor_has_no_word_against(&self, found: &[neo::doctor::Finding], tenant: &Tenant) {
        let against = found.iter().filter(|f| !f.ok && (f.subject == "acme" || f.subject.contains(&tenant.database)));
        assert_eq!(against.count(), 0, "{:?}: {found:?}", self.home);
    }
}

pub(super) fn target(told: &Credentials) -> Target {
    Target {
        engine: told.engine,
        host: told.host.clone().unwrap_or_default(),
        port: told.port.unwrap_or_default(),
        database: told.database.clone(),
        username: told.user.clone().unwrap_or_default(),
        password: told.password.clone(),
        second: None,
        tls: Tls::Off,
        path: told.database.clone().into(),
        application_name: "an application".into(),
        connect_timeout: std::time::Duration::from_secs(10),
        lock_timeout: std::time::Duration::from_secs(5),
        tls_ca: None,
    }
}

async fn says(told: &Credentials, sql: &str) -> Result<(), Failure> {
    let mut conn = Connection::open(&target(told)).await?;
    let said = conn.execute(sql).await;
    conn.close().await;
    said
}

/// Nothing, or a division by zero where it does not hold that there are so many roles.
fn counted(engine: neo::engine::Engine, roles: i64) -> String {
    match engine {
        neo::engine::Engine::Postgres => format!("select 1 / (select (count(*) = {roles})::int from roles)"),
        // A row too many, or none, breaks the key.
        _ => format!(
            "insert into roles (id, name) select 'r1', 'again' from (select count(*) as n from roles) c where c.n <> {roles}"
        ),
    }
}

/// A program that was made to connect.
fn application() -> Actor {
    let inside = Confinement { tags: Vec::new(), tenants: Vec::new() };
    let token = Token { id: "12345678".into(), confinement: inside, allow_destructive: false, connect: true };
    Actor { door: Door::Api, signed_in_ago: None, token: Some(token), ..actor(Role::Support) }
}

/// What the server writes in other words once it has read its own dump.
const WRITTEN_OTHERWISE: &str = "create table states (id int, is_in varchar(20) check (is_in in ('new', 'it''s')), \
    is_out varchar check (is_out not in ('x', 'y')), \
    short varchar generated always as (case when is_in in ('p', 'q') then 'q' else lower(is_in) end) stored); \
    create index on states (lower(is_in)) where is_in in ('x', 'y'); \
    create view ins as select *, is_in in ('x', 'y') as is_it from states where is_out in ('1', '2') and is_in not in ('3', '4'); \
    create policy ours on states using (is_in in ('x', 'y')) with check (is_out in ('1', '2')); \
    create function nothing() returns trigger language plpgsql as 'begin return new; end'; \
    create trigger watched before insert on states for each row when (new.is_in in ('x', 'y')) execute function nothing(); \
    create domain kinds as varchar check (value in ('a', 'b')); \
    create function is_kind(x varchar) returns boolean language sql begin atomic select x in ('a', 'b'); end";

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_moves_to_another_server_and_what_it_had_is_kept_until_it_is_dropped() {
    for home in HOMES {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        let before = made(&way.world, "acme", &way.here).await;
        let old = way.told().await;
        says(&old, "insert into roles (id, name) values ('r2', 'kept; with ''quotes''')").await.unwrap();
        if home == Home::Postgres {
            says(&old, WRITTEN_OTHERWISE).await.unwrap();
        }
        // An application that has been there all along.
        let mut pooled = Connection::open(&target(&old)).await.unwrap();
        let asked = tenants::connection(platform, &application(), Whose::Slug("acme")).await.unwrap();

        let (tenant, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
        assert_eq!((tenant.status, &tenant.id), (Status::Provisioning, &before.id));
        let meanwhile = tenants::connection(platform, &application(), Whose::Slug("acme")).await.unwrap();
        assert!(meanwhile.status == Status::Provisioning && meanwhile.tag != asked.tag, "{home:?}");
        assert!(tenants::tell(platform, &application(), &meanwhile).await.unwrap().is_none(), "{home:?}");
        runs::work_on(platform, run.number).await.unwrap();
        let run = runs::find(platform, &operator(), run.number).await.unwrap();
        let now = way.found().await;
        let why = runs::tasks(platform, &operator(), run.number, &runs::TaskFilter { limit: 9, ..Default::default() })
            .await
            .unwrap();
        let why = why.tasks.iter().map(|task| format!("{:?}", task.failure)).collect::<String>();
        assert_eq!(
            (run.status, now.status, now.server.as_str()),
            (RunStatus::Succeeded, Status::Active, "there"),
            "{home:?}: {why}"
        );
        assert_eq!((&now.id, now.version, now.applied), (&before.id, before.version, before.applied), "{home:?}");
        assert_ne!(now.database, before.database);

        // The application hears of it, and gets in to all there was.
        let heard = tenants::connection(platform, &application(), Whose::Slug("acme")).await.unwrap();
        assert!(heard.status == Status::Active && heard.tag != asked.tag && heard.database != asked.database);
        let new = way.told().await;
        says(&new, &counted(new.engine, 2)).await.unwrap();
        // A file has no login: what has it open keeps it.
        if home != Home::Sqlite {
            assert_eq!(says(&old, "select 1").await.unwrap_err().category, Category::Auth, "{home:?}");
            assert!(pooled.execute("insert into roles (id, name) values ('lost', 'lost')").await.is_err(), "{home:?}");
        }
        pooled.close().await;
        assert_eq!(std::fs::read_dir(platform.config.data_dir.join("backups")).unwrap().count(), 0, "{home:?}");

        // The old one is there, said, and in nobody's way but its server's.
        assert!(way.is_here(&before.database).await, "{home:?}");
        let kept = tenants::kept(platform, &operator(), &now).await.unwrap().unwrap();
        assert_eq!((&kept.server, &kept.database), (&way.here, &before.database));
        let found = neo::doctor::examine(platform, &operator()).await.unwrap();
        way.doctor_has_no_word_against(&found, &before);
        assert!(found.iter().any(|f| f.ok && f.message.contains("neo tenant drop-replaced acme")), "{found:?}");
        let error = way.refused(&way.here, "acme").await;
        assert_eq!(error.kind, Kind::Conflict);
        assert_eq!(error.hint.unwrap().command(), "once nobody misses it: neo tenant drop-replaced acme");
        let error = tenants::delete(platform, &operator(), "acme", "acme", false).await.err().unwrap();
        assert!(error.message.contains(&before.database), "{error:?}");
        if home != Home::Sqlite {
            let error = servers::remove(platform, &operator(), &way.here).await.err().unwrap();
            assert!(error.message.contains("tenant \"acme\" had before"), "{error:?}");
        }
        let error = tenants::drop_replaced(platform, &operator(), "acme", "acm", false).await.err().unwrap();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("confirm")));
        tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.unwrap();
        assert!(!way.is_here(&before.database).await && !way.has_login_here(&before.username).await, "{home:?}");
        says(&new, &counted(new.engine, 2)).await.unwrap();
        let error = tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.err().unwrap();
        assert_eq!(error.kind, Kind::Conflict);
        if home != Home::Sqlite {
            servers::remove(platform, &operator(), &way.here).await.unwrap();
        }
    }
}

/// The way a tenant was is the way it is again, and back is a move like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_is_suspended_where_it_comes_to_and_moves_back() {
    let way = Way::of(Home::Sqlite).await;
    let platform = &way.world.platform;
    made(&way.world, "acme", &way.here).await;
    tenants::suspend(platform, &operator(), "acme").await.unwrap();
    way.moved().await;
    assert_eq!(way.found().await.status, Status::Suspended);
    tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.unwrap();
    tenants::archive(platform, &operator(), "acme").await.unwrap();
    let (_, run) = runs::move_tenant(platform, &operator(), "acme", &way.here, "acme").await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    let now = way.found().await;
    assert_eq!((now.status, &now.server), (Status::Archived, &way.here));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_is_refused_before_anything_is_touched() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    let before = made(&way.world, "acme", &way.here).await;
    let error = way.refused("there", "acm").await;
    assert_eq!((error.kind, error.field), (Kind::Invalid, Some("confirm")));
    let error = way.refused("local", "acme").await;
    assert_eq!((error.kind, error.field), (Kind::Invalid, Some("server")));
    assert!(error.cause.unwrap().contains("copied by the engine's own tools"));
    let error = way.refused(&way.here, "acme").await;
    assert!(error.kind == Kind::Conflict && error.message.contains("already"), "{error:?}");
    assert_eq!(way.refused("nowhere", "acme").await.kind, Kind::NotFound);
    support::postgres().await.query(&before.database, "create extension file_fdw").await;
    let error = way.refused("there", "acme").await;
    assert!(error.cause.as_ref().unwrap().contains("only a superuser may make the extension file_fdw"), "{error:?}");
    support::postgres().await.query(&before.database, "drop extension file_fdw").await;
    // A server that does not answer any more.
    let there = way.there.as_ref().unwrap();
    tokio::task::block_in_place(|| there.crash());
    assert_eq!(way.refused("there", "acme").await.kind, Kind::Unavailable);
    tokio::task::block_in_place(|| there.come_back());
    let now = way.found().await;
    assert_eq!((now.status, &now.database, &now.server), (Status::Active, &before.database, &way.here));
    says(&way.told().await, "select 1").await.unwrap();
    for role in [Role::Support, Role::Admin] {
        let asked = runs::move_tenant(platform, &actor(role), "acme", "there", "acme").await;
        assert_eq!(asked.err().unwrap().kind, Kind::Denied);
        let asked = tenants::drop_replaced(platform, &actor(role), "acme", "acme", false).await;
        assert_eq!(asked.err().unwrap().kind, Kind::Denied);
    }
}

/// An index that writes while it is built: the copy has more rows than what was copied.
const WRITING: &str = "create table log (id serial, n int); create table things (n int); insert into things values (1), (2); \
    create function writes(n int) returns int language plpgsql as 'begin insert into public.log (n) values (n); return n; end'; \
    create function lies(n int) returns int language plpgsql immutable as 'begin return public.writes(n); end'; \
    create index on things (lies(n))";

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_not_the_same_ends_the_move_and_the_tenant_is_where_it_was() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    let before = made(&way.world, "acme", &way.here).await;
    tenants::suspend(platform, &operator(), "acme").await.unwrap();
    let told = way.told().await;
    says(&told, WRITING).await.unwrap();
    let run = way.moved().await;
    assert_eq!((run.status, run.tenants.failed), (RunStatus::Failed, 1));
    let failed = runs::attempts(platform, &operator(), run.number, None, None).await.unwrap();
    let failure = failed.into_iter().find_map(|attempt| attempt.failure).unwrap();
    assert_eq!(failure.message, "the copy is not what was copied: its rows");
    assert_eq!(failure.detail.as_deref(), Some("public.log has 4 rows, and had 2"));
    let now = way.found().await;
    assert_eq!((now.status, &now.database, &now.server), (Status::Suspended, &before.database, &way.here));
    assert_eq!((now.version, now.applied, &now.last_error), (before.version, before.applied, &None));
    says(&way.told().await, &counted(now.engine, 1)).await.unwrap();
    // Also an application that holds its password itself.
    says(&told, &counted(now.engine, 1)).await.unwrap();
    assert!(tenants::kept(platform, &operator(), &now).await.unwrap().is_none());
    // Nothing is left there.
    let there = way.there.as_ref().unwrap();
    let left = there.query("", "select count(*) from pg_database where datname like 't\\_%'").await;
    assert_eq!(
        (left.as_str(), there.query("", "select count(*) from pg_roles where rolname like 't\\_%'").await.as_str()),
        ("0", "0")
    );
    let found = neo::doctor::examine(platform, &operator()).await.unwrap();
    way.doctor_has_no_word_against(&found, &before);
}

/// The login that a tenant has by now may have been given another password since: to drop what it had before does not touch it, nor
/// send away who works with it, also where both are on one server that goes by two names.
#[tokio::test(flavor = "multi_thread")]
async fn to_drop_what_a_tenant_had_leaves_what_it_has_alone() {
    for home in [Home::Postgres, Home::Mariadb] {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        let here = match home {
            Home::Mariadb => support::mariadb().await,
            _ => support::postgres().await,
        };
        let again = NewServer::from_url("again", &SecretString::from(here.admin_url())).unwrap();
        servers::add(platform, &operator(), again).await.unwrap();
        made(&way.world, "acme", &way.here).await;
        let (_, run) = runs::move_tenant(platform, &operator(), "acme", "again", "acme").await.unwrap();
        runs::work_on(platform, run.number).await.unwrap();
        let now = way.found().await;
        assert_eq!((now.status, now.server.as_str()), (Status::Active, "again"), "{home:?}");
        let told = way.told().await;
        let mut pooled = Connection::open(&target(&told)).await.unwrap();
        let renewed = match home {
            Home::Mariadb => format!("alter user {}@'%' identified by 'An0ther-password-2026'", now.username),
            _ => format!("alter role {} password 'An0ther-password-2026'", now.username),
        };
        way.asked_here("", &renewed).await;
        tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.unwrap();
        pooled.execute("insert into roles (id, name) values ('r3', 'goes on')").await.unwrap();
        pooled.close().await;
        let renewed = Credentials { password: Some("An0ther-password-2026".into()), ..told };
        says(&renewed, "insert into roles (id, name) values ('r4', 'comes again')").await.unwrap();
    }
}

/// Whatever ends a move before it is done, the tenant has what it had, and nobody says otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_nobody_does_is_taken_back_and_not_told_as_done() {
    let way = Way::of(Home::Sqlite).await;
    let platform = &way.world.platform;
    let before = made(&way.world, "acme", &way.here).await;
    let begun = async || runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap().1.number;
    let run = begun().await;
    runs::cancel(platform, &actor(Role::Admin), run, false).await.unwrap();
    let now = way.found().await;
    assert_eq!((now.status, &now.server, &now.database), (Status::Active, &way.here, &before.database));
    // Somebody takes it back while the run waits for whoever takes it up.
    let run = begun().await;
    provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
    runs::work_on(platform, run).await.unwrap();
    let run = runs::find(platform, &operator(), run).await.unwrap();
    assert_eq!((run.status, run.tenants.failed), (RunStatus::Failed, 1));
    assert_eq!(way.found().await.server, way.here);
    // Nor does a backup keep it out of use that nobody puts in its place.
    backed_up(platform, &["acme"]).await;
    let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
    let run = runs::restore(platform, &operator(), asked).await.unwrap().1.number;
    runs::cancel(platform, &actor(Role::Admin), run, false).await.unwrap();
    let now = way.found().await;
    assert_eq!((now.status, &now.server, &now.database), (Status::Active, &way.here, &before.database));
    // Nor is that of one that was suspended told as done.
    tenants::suspend(platform, &operator(), "acme").await.unwrap();
    let run = begun().await;
    provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
    runs::work_on(platform, run).await.unwrap();
    assert_eq!(runs::find(platform, &operator(), run).await.unwrap().status, RunStatus::Failed);
    assert_eq!((way.found().await.status, way.found().await.server), (Status::Suspended, way.here.clone()));
    // One that was suspended is so again when all is done; whoever was at it is gone before he could say so.
    let run = begun().await;
    provision::resume(platform, &operator(), "acme", &silent).await.unwrap();
    assert_eq!(way.found().await.status, Status::Suspended);
    runs::work_on(platform, run).await.unwrap();
    assert_eq!(runs::find(platform, &operator(), run).await.unwrap().status, RunStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_while_a_tenant_comes_to_it_keeps_it_from_nothing() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    let before = made(&way.world, "acme", &way.here).await;
    runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
    let fault = |at: Moment| (at == Moment::Before(Step::Copy)).then(|| Failure::new(Category::Disk, "disk full"));
    provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.unwrap_err();
    let there = way.there.as_ref().unwrap();
    tokio::task::block_in_place(|| there.crash());
    provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
    let now = way.found().await;
    assert_eq!((now.status, &now.server, &now.database), (Status::Active, &way.here, &before.database));
    says(&way.told().await, &counted(neo::engine::Engine::Postgres, 1)).await.unwrap();
    tokio::task::block_in_place(|| there.come_back());
    // What was left behind there is nobody's, and told.
    let found = neo::doctor::examine(platform, &operator()).await.unwrap();
    let is_told = |f: &neo::doctor::Finding| f.subject.starts_with("there/") && f.message.contains("\"acme\"");
    assert!(found.iter().any(|f| f.area == "orphan" && is_told(f)), "{found:?}");
}

/// An event of MariaDB's writes by itself: in one place, and in no copy that is being made.
#[tokio::test(flavor = "multi_thread")]
async fn events_go_along_with_a_move_and_run_in_one_place() {
    let way = Way::to(Home::Mariadb, "--event-scheduler=on").await;
    let platform = &way.world.platform;
    let old = tokio::task::spawn_blocking(|| support::own_mariadb("--event-scheduler=on")).await.unwrap();
    servers::add(platform, &operator(), NewServer::from_url("old", &SecretString::from(old.admin_url())).unwrap())
        .await
        .unwrap();
    let before = made(&way.world, "acme", "old").await;
    says(
        &way.told().await,
        "create table ticks (n int auto_increment primary key); \
         create event tick on schedule every 1 second do insert into ticks values (); \
         create event `never``s` on schedule every 1 second disable do insert into ticks values ()",
    )
    .await
    .unwrap();
    let ticks = async |cluster: &Cluster, database: &str| -> i64 {
        cluster.query(database, "select count(*) from ticks").await.parse().unwrap()
    };
    let on = async |cluster: &Cluster, database: &str| {
        let sql = "select group_concat(event_name, ' ', status order by event_name separator ', ') \
                   from information_schema.events where event_schema = database()";
        cluster.query(database, sql).await
    };
    let a_while = || tokio::time::sleep(Duration::from_millis(2500));
    // One that comes to nothing leaves them as they were.
    let (_, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
    let fault = |at: Moment| (at == Moment::After(Step::Copy)).then(|| Failure::new(Category::Other, "broken off"));
    provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
    assert_eq!(on(&old, &before.database).await, "never`s DISABLED, tick DISABLED");
    provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
    runs::cancel(platform, &operator(), run.number, false).await.unwrap();
    assert_eq!(on(&old, &before.database).await, "never`s DISABLED, tick ENABLED");

    assert_eq!(way.moved().await.status, RunStatus::Succeeded);
    let (now, there) = (way.found().await, way.there.as_ref().unwrap());
    let was = (ticks(&old, &before.database).await, ticks(there, &now.database).await);
    a_while().await;
    assert_eq!(ticks(&old, &before.database).await, was.0, "nothing writes where nobody looks any more");
    assert!(ticks(there, &now.database).await > was.1, "it goes on where the tenant is");
    assert_eq!(on(there, &now.database).await, "never`s DISABLED, tick ENABLED");

    // One that runs as somebody else is not the tenant's to turn off.
    tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.unwrap();
    there.query(&now.database, "create event theirs on schedule every 1 second do insert into ticks values ()").await;
    let error = way.refused("old", "acme").await;
    assert!(error.cause.as_ref().is_some_and(|cause| cause.contains("the event theirs")), "{error:?}");
    assert_eq!(way.found().await.status, Status::Active);
}

/// What another login writes while a tenant is copied is in no copy: whoever may is named before anything is touched.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_else_may_write_keeps_a_tenant_from_being_moved_or_replaced() {
    for home in [Home::Postgres, Home::Mariadb] {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        let before = made(&way.world, "acme", &way.here).await;
        backed_up(platform, &["acme"]).await;
        let (other, reader) = (support::unique("other"), support::unique("reader"));
        let database = &before.database;
        let (hire, take) = match home {
            Home::Postgres => (
                [
                    format!(
                        "create role {other} login password 'guest-9'; create role {reader} login password 'guest-9'"
                    ),
                    format!("grant connect on database {database} to {other}, {reader}"),
                    format!("grant select on roles to {reader}; grant select, update on roles to {other}"),
                ],
                format!("revoke connect on database {database} from {other}"),
            ),
            _ => (
                [
                    format!(
                        "create user {other}@'%' identified by 'guest-9'; create user {reader}@'%' identified by 'guest-9'"
                    ),
                    format!("grant select on {database}.* to {reader}@'%'"),
                    format!("grant select, update on {database}.roles to {other}@'%'"),
                ],
                format!("revoke select, update on {database}.roles from {other}@'%'"),
            ),
        };
        for sql in hire {
            way.asked_here(database, &sql).await;
        }
        let told = way.told().await;
        let as_other =
            |user: &str| Target { username: user.to_owned(), password: Some("guest-9".into()), ..target(&told) };
        // Whoever only reads is in nobody's way.
        let reading = Connection::open(&as_other(&reader)).await.unwrap();
        let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
        let moved = way.refused("there", "acme").await;
        let replaced = runs::restore(platform, &operator(), asked.clone()).await.err().unwrap();
        for error in [&moved, &replaced] {
            let cause = error.cause.as_ref().unwrap();
            assert!(cause.contains(&other) && !cause.contains(&reader), "{home:?}: {error:?}");
        }
        assert!(replaced.hint.unwrap().command().contains("--no-backup"), "{home:?}");
        let now = way.found().await;
        assert_eq!((now.status, &now.database), (Status::Active, database), "{home:?}");

        // One who is there already writes on, whatever is taken from him.
        let writing = Connection::open(&as_other(&other)).await.unwrap();
        if home == Home::Postgres {
            way.asked_here(database, &take).await;
            let error = way.refused("there", "acme").await;
            assert!(error.cause.as_ref().is_some_and(|cause| cause.contains("signed in")), "{home:?}: {error:?}");
            writing.close().await;
        } else {
            writing.close().await;
            way.asked_here(database, &take).await;
        }

        // Nor does whoever may call what writes as the tenant only read.
        let (routine, let_in, keep_out) = match home {
            Home::Postgres => (
                "create function jot() returns void language sql security definer as 'update roles set name = name'",
                "grant execute on function jot() to public".to_owned(),
                "revoke execute on function jot() from public".to_owned(),
            ),
            _ => (
                "create procedure jot() update roles set name = name",
                format!("grant execute on procedure {database}.jot to {reader}@'%'"),
                format!("revoke execute on procedure {database}.jot from {reader}@'%'"),
            ),
        };
        says(&told, routine).await.unwrap();
        way.asked_here(database, &let_in).await;
        let error = way.refused("there", "acme").await;
        assert!(error.cause.as_ref().is_some_and(|cause| cause.contains(&reader)), "{home:?}: {error:?}");
        way.asked_here(database, &keep_out).await;
        assert_eq!(way.moved().await.status, RunStatus::Succeeded, "{home:?}");
        reading.close().await;
    }
}

/// What is kept on a server that is gone for good is struck from the record, and named should it come back.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_server_that_is_gone_for_good_keeps_its_tenant_from_nothing() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    let old = tokio::task::spawn_blocking(|| support::own_postgres("")).await.unwrap();
    let new = NewServer::from_url("old", &SecretString::from(old.admin_url())).unwrap();
    servers::add(platform, &operator(), new).await.unwrap();
    let before = made(&way.world, "acme", "old").await;
    assert_eq!(way.moved().await.status, RunStatus::Succeeded);
    tokio::task::block_in_place(|| old.crash());
    let error = tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.err().unwrap();
    assert_eq!(error.kind, Kind::Unavailable, "{error:?}");
    let hint = error.hint.unwrap().command();
    assert!(hint.ends_with("where that server is gone for good, strike it from the record: --forget"), "{hint}");
    let asked = tenants::drop_replaced(platform, &actor(Role::Admin), "acme", "acme", true).await;
    assert_eq!(asked.err().unwrap().kind, Kind::Denied);
    let asked = tenants::drop_replaced(platform, &operator(), "acme", "acm", true).await;
    assert_eq!(asked.err().unwrap().field, Some("confirm"));
    let now = tenants::drop_replaced(platform, &operator(), "acme", "acme", true).await.unwrap();
    assert!(tenants::kept(platform, &operator(), &now).await.unwrap().is_none());
    let filter = audit::Filter { action: Some("tenant.drop_replaced".into()), ..audit::Filter::default() };
    let rows = audit::list(platform, &operator(), &filter).await.unwrap();
    assert!(rows.iter().any(|row| row.body.to_string().contains("\"forgotten\":true")), "{rows:?}");

    // It came back: what lies there is nobody's, and told.
    tokio::task::block_in_place(|| old.come_back());
    let found = neo::doctor::examine(platform, &operator()).await.unwrap();
    let here = format!("old/{}", before.database);
    assert!(found.iter().any(|f| f.area == "orphan" && f.subject == here && !f.ok), "{found:?}");
    // Neither the server nor the tenant is kept from anything by it.
    servers::remove(platform, &operator(), "old").await.unwrap();
    tenants::delete(platform, &operator(), "acme", "acme", false).await.unwrap();
}

/// A transaction that is prepared was promised to somebody.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_promised_is_not_lost_by_a_move() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    let own = tokio::task::spawn_blocking(|| support::own_postgres("-c max_prepared_transactions=5")).await.unwrap();
    let new = NewServer::from_url("old", &SecretString::from(own.admin_url())).unwrap();
    servers::add(platform, &operator(), new).await.unwrap();
    let before = made(&way.world, "acme", "old").await;
    let told = way.told().await;
    backed_up(platform, &["acme"]).await;
    let asked = Restore { confirm: Some("acme".into()), ..of(&newest(platform).await) };
    says(&told, "begin; insert into roles (id, name) values ('p', 'promised'); prepare transaction 'promised to acme'")
        .await
        .unwrap();
    // Nor by a backup that takes the place of what it has.
    let error = runs::restore(platform, &operator(), asked).await.err().unwrap();
    assert!(error.cause.as_ref().unwrap().contains("promised to acme"), "{error:?}");
    let error = way.refused("there", "acme").await;
    assert!(error.cause.as_ref().unwrap().contains("promised to acme"), "{error:?}");
    let now = way.found().await;
    assert_eq!((now.status, &now.database), (Status::Active, &before.database));
    says(&told, "commit prepared 'promised to acme'").await.unwrap();
    assert_eq!(way.moved().await.status, RunStatus::Succeeded);
    says(&way.told().await, &counted(now.engine, 2)).await.unwrap();
}

/// Words of the server's that the tenant has made its own, and reads before them: each in as many bytes as it likes.
const OWN_WORDS: &str = "create schema own; \
    create function own.long(text, text) returns text language sql as $$ select repeat('x', 3000000) $$; \
    create operator own.|| (leftarg = text, rightarg = text, function = own.long); \
    create function own.current_setting(text) returns text language sql as $$ select repeat('y', 3000000) $$; \
    create function own.none(bigint) returns bigint language sql as $$ select 0::bigint $$; \
    create aggregate own.count(*) (sfunc = own.none, stype = bigint, initcond = '0'); \
    alter role current_user set search_path = own, pg_catalog, public";

/// What a database is, and how many rows it has, is the server's word, whatever the tenant has made of the words.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_move_is_in_the_servers_words() {
    let way = Way::of(Home::Postgres).await;
    let platform = &way.world.platform;
    made(&way.world, "acme", &way.here).await;
    says(&way.told().await, OWN_WORDS).await.unwrap();
    let run = way.moved().await;
    let failed = runs::attempts(platform, &operator(), run.number, None, None).await.unwrap();
    assert_eq!(run.status, RunStatus::Succeeded, "{:?}", failed.into_iter().find_map(|attempt| attempt.failure));
    says(&way.told().await, &counted(neo::engine::Engine::Postgres, 1)).await.unwrap();
    let mut conn = platform.central.read().await.unwrap();
    let longest: i64 = sqlx::query_scalar("select coalesce(max(length(body)), 0) from provision_steps")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert!(longest > 0 && longest < 20_000, "{longest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_breaks_off_anywhere_goes_on_or_is_taken_back() {
    for home in HOMES {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        made(&way.world, "acme", &way.here).await;
        let mut steps = vec![Step::Role, Step::Database, Step::Rights, Step::Close, Step::Copy, Step::Compare];
        if home == Home::Sqlite {
            steps.retain(|step| *step != Step::Close);
        }
        for step in steps {
            for at in [Moment::Before(step), Moment::After(step)] {
                let (before, told) = (way.found().await, way.told().await);
                let (_, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
                let fault = |moment: Moment| (moment == at).then(|| Failure::new(Category::Other, "broken off"));
                provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
                let found = neo::doctor::examine(platform, &operator()).await.unwrap();
                let named = found.iter().find(|f| !f.ok && f.message.contains("waits to come back"));
                assert!(named.unwrap().remedy.as_ref().unwrap().contains("neo tenant cleanup acme"), "{found:?}");
                provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
                runs::cancel(platform, &operator(), run.number, false).await.unwrap();
                let now = way.found().await;
                assert_eq!((now.status, &now.database), (Status::Active, &before.database), "{home:?} {at:?}");
                says(&way.told().await, &counted(now.engine, 1)).await.unwrap();
                if home != Home::Sqlite {
                    says(&told, &counted(now.engine, 1)).await.unwrap();
                }
            }
        }
        // And what broke off after it was copied goes on.
        let (_, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
        let fault = |at: Moment| (at == Moment::After(Step::Copy)).then(|| Failure::new(Category::Other, "broken off"));
        // What is done to a copy meanwhile may come to nothing with it.
        let error = tenant_users::disable(platform, &operator(), "acme", "ada@example.com").await.unwrap_err();
        assert!(error.kind == Kind::Conflict && error.message.contains("no database in use"), "{home:?}: {error:?}");
        provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
        let error = tenants::delete(platform, &operator(), "acme", "acme", false).await.err().unwrap();
        assert!(error.hint.unwrap().command().contains("neo tenant cleanup acme"));
        runs::cancel(platform, &operator(), run.number, false).await.unwrap();
        let run = runs::provision_again(platform, &operator(), "acme").await.unwrap();
        runs::work_on(platform, run.number).await.unwrap();
        let now = way.found().await;
        assert_eq!((now.status, now.server.as_str()), (Status::Active, "there"), "{home:?}");
        says(&way.told().await, &counted(now.engine, 1)).await.unwrap();
    }
}

/// A row that an administrator puts into the copy behind its back.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_more_in_the_copy_is_a_difference_on_mariadb_too() {
    let way = Way::of(Home::Mariadb).await;
    let platform = &way.world.platform;
    made(&way.world, "acme", &way.here).await;
    let (tenant, _) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
    let there = way.there.as_ref().unwrap();
    let meddle = |at: Moment| {
        if at == Moment::Before(Step::Compare) {
            let sql = "insert into roles (id, name) values ('r9', 'behind its back')";
            assert!(there.client(&tenant.database, sql).status().unwrap().success());
        }
        None
    };
    let error = provision::resume_unless(platform, &operator(), "acme", &silent, &meddle).await.err().unwrap();
    assert_eq!(error.cause.as_deref(), Some("the copy is not what was copied: its rows"));
    let steps = provision::steps(platform, &operator(), "acme").await.unwrap();
    let failure = steps.into_iter().find_map(|step| step.failure).unwrap();
    assert_eq!(failure.detail.as_deref(), Some("`roles` has 2 rows, and had 1"));
}

/// An adopted database is in another encoding, sorted otherwise, and its login is not Neo's.
#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_database_is_copied_as_it_is_and_left_as_it_was() {
    for home in [Home::Postgres, Home::Mariadb] {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        let name = support::unique("adopted");
        let (hire, make, nature) = match home {
            Home::Postgres => (
                format!("create role {name} login password 'canary-adopted'"),
                format!(
                    "create database {name} owner {name} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'"
                ),
                "select pg_encoding_to_char(encoding), datcollate, datctype from pg_database where datname = ",
            ),
            _ => (
                format!("create database {name} character set latin1 collate latin1_german1_ci"),
                format!("create user {name}@'%' identified by 'canary-adopted'; grant all on {name}.* to {name}@'%'"),
                "select default_character_set_name, default_collation_name from information_schema.schemata where schema_name = ",
            ),
        };
        way.asked_here("", &hire).await;
        way.asked_here("", &make).await;
        let adopt = Adopt {
            slug: "acme".into(),
            name: None,
            server: way.here.clone(),
            database: name.clone(),
            username: name.clone(),
            password: AdoptPassword::Plain(SecretString::from("canary-adopted")),
            password_hash: Default::default(),
            past: Default::default(),
        };
        tenants::adopt(platform, &operator(), adopt).await.unwrap();
        let old = way.told().await;
        says(&old, "create table words (word varchar(20) primary key); insert into words values ('zoë')")
            .await
            .unwrap();
        // What writes by itself does so in one place, whosever the login is.
        let event = |database: &str| {
            format!("select group_concat(status) from information_schema.events where event_schema = '{database}'")
        };
        if home == Home::Mariadb {
            let hourly = "set collation_connection = latin1_german2_ci, character_set_client = latin1, sql_mode = 'ANSI'; \
                          create event hourly on schedule every 1 hour do delete from words where word = ''";
            says(&old, hourly).await.unwrap();
            // What it would be made under anew is the database's collation of now.
            way.asked_here("", &format!("alter database {name} collate latin1_german2_ci")).await;
            let error = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.err().unwrap();
            assert!(
                error.to_string().contains("an event there was made while the database had another collation"),
                "{error}"
            );
            way.asked_here("", &format!("alter database {name} collate latin1_german1_ci")).await;
            let (_, run) = runs::move_tenant(platform, &operator(), "acme", "there", "acme").await.unwrap();
            let fault = |at: Moment| (at == Moment::After(Step::Copy)).then(|| Failure::new(Category::Other, "stop"));
            provision::resume_unless(platform, &operator(), "acme", &silent, &fault).await.err().unwrap();
            assert_eq!(way.asked_here("", &event(&name)).await, "DISABLED");
            provision::undo(platform, &operator(), "acme", &silent).await.unwrap();
            runs::cancel(platform, &operator(), run.number, false).await.unwrap();
            assert_eq!(way.asked_here("", &event(&name)).await, "ENABLED");
        }
        let run = way.moved().await;
        assert_eq!(run.status, RunStatus::Succeeded, "{home:?}");
        let now = way.found().await;
        let there = way.there.as_ref().unwrap();
        if home == Home::Mariadb {
            assert_eq!(way.asked_here("", &event(&name)).await, "DISABLED");
            // As what it was made is as much of it as its text.
            let under = |database: &str| {
                format!(
                    "select concat_ws(' ', character_set_client, collation_connection, sql_mode like '%ANSI_QUOTES%') \
                     from information_schema.events where event_schema = '{database}'"
                )
            };
            assert_eq!(way.asked_here("", &under(&name)).await, "latin1 latin1_german2_ci 1");
            assert_eq!(there.query("", &under(&now.database)).await, "latin1 latin1_german2_ci 1");
            assert_eq!(there.query("", &event(&now.database)).await, "ENABLED");
        }
        assert_eq!(
            there.query("", &format!("{nature}'{}'", now.database)).await,
            way.asked_here("", &format!("{nature}'{name}'")).await,
            "{home:?}"
        );
        let e = "select ascii(substr(word, 3)) from words where length(word) = 3";
        assert_eq!(there.query(&now.database, e).await, "235", "{home:?}: one letter, in the encoding it was in");
        tenants::drop_replaced(platform, &operator(), "acme", "acme", false).await.unwrap();
        says(&old, "select 1").await.unwrap();
        assert!(way.is_here(&name).await, "{home:?}");
    }
}

/// Whoever says to which server a tenant's data goes can read it there.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_a_tenants_data_sent_to_a_server_who_may_not_be_told_its_credentials() {
    let way = Way::of(Home::Sqlite).await;
    let platform = &way.world.platform;
    made(&way.world, "acme", &way.here).await;
    backed_up(platform, &["acme"]).await;
    let (deaf, told) = (program(false), program(true));
    let is_denied = |error: Option<neo::error::Error>| {
        let error = error.unwrap();
        assert_eq!(error.kind, Kind::Denied, "{error:?}");
        assert!(
            error.cause.unwrap().contains("can read it there") && error.hint.unwrap().command().contains("to connect")
        );
    };
    let before = way.found().await;
    is_denied(runs::move_tenant(platform, &deaf, "acme", "there", "acme").await.err());
    let elsewhere = Restore { server: Some("there".into()), ..of(&newest(platform).await) };
    is_denied(runs::restore(platform, &deaf, Restore { slug: Some("beside".into()), ..elsewhere.clone() }).await.err());
    is_denied(
        runs::restore(platform, &deaf, Restore { confirm: Some("acme".into()), ..elsewhere.clone() }).await.err(),
    );
    let now = way.found().await;
    assert_eq!((now.status, &now.database, &now.server), (Status::Active, &before.database, &way.here));

    // Back to where it is from nothing is sent that was not there before.
    runs::restore(platform, &deaf, Restore { slug: Some("beside".into()), ..of(&newest(platform).await) })
        .await
        .unwrap();
    runs::restore(platform, &told, Restore { slug: Some("away".into()), ..elsewhere }).await.unwrap();
    let (_, run) = runs::move_tenant(platform, &told, "acme", "there", "acme").await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
    assert_eq!(way.found().await.server, "there");

    // Another server that has got the name of the one that a backup is from.
    backed_up(platform, &["acme"]).await;
    let called = |name: &str| Changes { name: Some(name.into()), ..Changes::default() };
    servers::set(platform, &operator(), "there", called("gone")).await.unwrap();
    let url = format!("sqlite://{}", way.world.dir.path().join("another").display());
    servers::add(platform, &deaf, NewServer::from_url("there", &SecretString::from(url)).unwrap()).await.unwrap();
    let then = Restore { slug: Some("then".into()), ..of(&newest(platform).await) };
    is_denied(runs::restore(platform, &deaf, then.clone()).await.err());
    runs::restore(platform, &deaf, Restore { server: Some("gone".into()), ..then }).await.unwrap();
}

/// What an application was told is kept, by the database that it was told so by; and what it was not told.
#[derive(Default)]
struct Written {
    kept: Vec<(i64, String)>,
    unsure: Vec<i64>,
}

/// A way to a server on which what is sent takes its time, as from far away: a sign-in is long on its way.
async fn far(port: u16) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let here = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut answers, mut to_near) = near.into_split();
                let (mut from_far, mut to_far) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
                let back = tokio::spawn(async move { tokio::io::copy(&mut from_far, &mut to_near).await });
                let mut piece = [0; 8192];
                loop {
                    match answers.read(&mut piece).await? {
                        0 => break,
                        n => {
                            tokio::time::sleep(Duration::from_millis(80)).await;
                            to_far.write_all(&piece[..n]).await?;
                        }
                    }
                }
                drop(to_far);
                let _ = back.await;
                Ok::<_, std::io::Error>(())
            });
        }
    });
    here
}

/// An application that writes as fast as it can, numbers of its own from `first` on, and asks where to whenever it was sent away. `near`: it
/// is told another address, and is at the servers themselves.
async fn write(platform: Platform, first: i64, near: Option<[(String, u16); 2]>, stop: Arc<AtomicBool>) -> Written {
    let (mut written, mut n) = (Written::default(), first);
    while !stop.load(Ordering::Relaxed) {
        let asked = tenants::connection(&platform, &application(), Whose::Slug("acme")).await.unwrap();
        let Some(passwords) = tenants::tell(&platform, &application(), &asked).await.unwrap() else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let mut told = Credentials::new(asked, Some(passwords));
        if let Some(near) = &near {
            let is_old = told.database == near[0].0;
            told.port = Some(near[usize::from(!is_old)].1);
        }
        let Ok(mut conn) = Connection::open(&target(&told)).await else { continue };
        while !stop.load(Ordering::Relaxed) {
            n += 1;
            if conn.execute(&format!("insert into written values ({n})")).await.is_err() {
                written.unsure.push(n);
                break;
            }
            written.kept.push((n, told.database.clone()));
        }
        conn.close().await;
    }
    written
}

/// Through a whole move nothing is lost that an application was told is kept, and nothing is kept where nobody looks any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_an_application_was_told_is_kept_is_there_after_a_move() {
    for home in [Home::Postgres, Home::Mariadb] {
        let way = Way::of(home).await;
        let platform = &way.world.platform;
        let before = made(&way.world, "acme", &way.here).await;
        says(&way.told().await, "create table written (n bigint primary key)").await.unwrap();
        let ports = [way.told().await.port.unwrap(), way.there.as_ref().unwrap().port];
        for (server, port) in [way.here.as_str(), "there"].into_iter().zip(ports) {
            let changes = Changes { app_port: Some(far(port).await), ..Changes::default() };
            servers::set(platform, &operator(), server, changes).await.unwrap();
        }
        let stop = Arc::new(AtomicBool::new(false));
        let near = [(before.database.clone(), ports[0]), (String::new(), ports[1])];
        let writers: Vec<_> = (1..=12)
            .map(|n| {
                let near = (n <= 4).then(|| near.clone());
                tokio::spawn(write(platform.clone(), n * 1_000_000, near, stop.clone()))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let run = way.moved().await;
        assert_eq!(run.status, RunStatus::Succeeded, "{home:?}");
        // What was copied is all that the old one has, and will have.
        let copied = way.asked_here(&before.database, "select count(*) from written").await;
        // Until somebody has written where it is now: a busy machine takes its time.
        let now = way.found().await;
        let there = way.there.as_ref().unwrap();
        let begun = std::time::Instant::now();
        while there.query(&now.database, "select count(*) from written").await == copied {
            assert!(begun.elapsed() < Duration::from_secs(60), "{home:?}: nobody came");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.store(true, Ordering::Relaxed);
        let mut all = Written::default();
        for writer in writers {
            let written = writer.await.unwrap();
            all.kept.extend(written.kept);
            all.unsure.extend(written.unsure);
        }
        let numbers = |text: String| text.lines().map(|n| n.parse::<i64>().unwrap()).collect::<HashSet<_>>();
        let sql = "select n from written";
        let here = numbers(way.asked_here(&before.database, sql).await);
        let there = numbers(there.query(&now.database, sql).await);
        let told_by = |database: &str| all.kept.iter().filter(|(_, by)| by == database).count();
        let (old, new) = (told_by(&before.database), told_by(&now.database));
        println!("{home:?}: {old} kept before the move, {new} after it, {} unsure", all.unsure.len());
        assert!(old > 0 && new > 0 && old + new == all.kept.len(), "{home:?}");
        let lost: Vec<_> = all.kept.iter().filter(|(n, _)| !there.contains(n)).collect();
        assert!(lost.is_empty(), "{home:?}: {} of {} are lost: {lost:?}", lost.len(), all.kept.len());
        // Nothing was written to the old one that is not in the new one, and nothing in either that nobody wrote.
        assert!(here.is_subset(&there), "{home:?}: {:?}", here.difference(&there).collect::<Vec<_>>());
        let known: HashSet<i64> = all.kept.iter().map(|(n, _)| *n).chain(all.unsure.iter().copied()).collect();
        assert!(there.is_subset(&known), "{home:?}");
        let late = all.kept.iter().filter(|(n, by)| *by == now.database && here.contains(n)).count();
        assert_eq!(late, 0, "{home:?}: written there and found here");
    }
}
