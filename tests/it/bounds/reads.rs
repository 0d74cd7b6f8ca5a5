//! What is read out of a tenant's database: so many rows, so many bytes, and for so long.

use std::path::Path;
use std::time::{Duration, Instant};

use neo::actor::Role;
use neo::engine::{self, Category, Connection, Engine, Target, Tls};
use neo::error::Kind;
use neo::migrations::Set;
use neo::migrations::apply::{self, Goal, Options};
use neo::migrations::ledger;
use neo::sessions;
use neo::tenant_users::{self, Wanted};

use super::{Home, PASSWORD, STARTER, within};
use crate::support;
use crate::world::{World, actor};

/// What Neo waits for one look, and some more.
const BOUND: Duration = Duration::from_secs(25);

const ENGINES: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mysql];

/// `from numbers` with an `n` from 1 to this.
fn numbers(engine: Engine, most: u32) -> String {
    match engine {
        Engine::Postgres => format!("generate_series(1, {most}) as numbers(n)"),
        Engine::Mysql => format!("seq_1_to_{most} join (select 0) one"),
        Engine::Sqlite => format!(
            "(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {most}) select n from numbers)"
        ),
    }
}

fn n(engine: Engine) -> &'static str {
    if engine == Engine::Mysql { "seq" } else { "n" }
}

/// A condition that is true after an hour.
fn patience(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "(select 1 from pg_sleep(3600)) = 1",
        Engine::Mysql => "sleep(3600) = 0",
        Engine::Sqlite => {
            "(with recursive x(n) as (select 1 union all select n + 1 from x where n < 1000000000000) select count(*) from x) > 0"
        }
    }
}

/// `NEO_USERS=100000` by hand, to see what a page of so many costs.
#[tokio::test]
async fn users_come_a_page_at_a_time_are_found_and_are_shown_cut() {
    let count: u32 = std::env::var("NEO_USERS").ok().and_then(|n| n.parse().ok()).unwrap_or(3000);
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("many-{}", engine.as_str());
        let home = Home::new(&world, engine, &slug, None).await;
        home.run(STARTER).await;
        let (n, numbers) = (n(engine), numbers(engine, count));
        let padded = match engine {
            Engine::Postgres => "lpad(n::text, 6, '0')".to_owned(),
            Engine::Mysql => format!("lpad({n}, 6, '0')"),
            Engine::Sqlite => "substr('00000' || n, -6)".to_owned(),
        };
        let concat = |parts: [&str; 3]| match engine {
            Engine::Mysql => format!("concat({})", parts.join(", ")),
            _ => parts.join(" || "),
        };
        let email = concat(["'User'", &padded, "'@Example.com'"]);
        home.run(&format!(
            "insert into users (id, email, first_name, last_name, password_hash, status)
             select {}, {email}, 'Ann', 'Bee', 'x', 'active' from {numbers}",
            concat(["'id-'", &padded, "''"])
        ))
        .await;
        home.run("insert into user_roles (user_id, role_id) select 'id-000002', id from roles").await;

        let timed = async |wanted: &Wanted| {
            let begun = Instant::now();
            let page = tenant_users::list(platform, &boss, &slug, wanted).await.unwrap();
            let bytes = serde_json::to_string(&page).unwrap().len();
            eprintln!("{engine}, {count} users: {:?} for {} of them, {bytes} bytes", begun.elapsed(), page.users.len());
            page
        };
        let page = timed(&Wanted::default()).await;
        assert_eq!((page.users.len(), page.next.is_some()), (50, true));
        assert_eq!(page.users[0].email, "User000001@Example.com");
        assert_eq!((page.users[0].roles.len(), page.users[1].roles.len()), (0, 3));
        // To the end, each once, though the row that a page ended at is gone when the next is asked for.
        let (mut wanted, mut seen) = (Wanted { limit: 700, ..Wanted::default() }, Vec::new());
        loop {
            let page = tenant_users::list(platform, &boss, &slug, &wanted).await.unwrap();
            seen.extend(page.users.into_iter().map(|user| user.email));
            let Some(next) = page.next else { break };
            home.run(&format!("delete from users where email = '{}'", seen.last().unwrap())).await;
            wanted.after = Some(next);
        }
        let all: Vec<_> = (1..=count).map(|n| format!("User{n:06}@Example.com")).collect();
        assert_eq!(seen.len(), all.len(), "{engine}");
        assert!(seen == all, "{engine}");
        timed(&Wanted { after: wanted.after, ..Wanted::default() }).await;
        timed(&Wanted { search: Some("nobody of them".into()), ..Wanted::default() }).await;
        let wanted = Wanted { search: Some("USER00299".into()), limit: 4, after: None };
        let found = tenant_users::list(platform, &boss, &slug, &wanted).await.unwrap();
        assert_eq!(found.users[0].email, "User002990@Example.com");
        let found = tenant_users::list(platform, &boss, &slug, &Wanted { after: found.next, ..wanted }).await.unwrap();
        assert_eq!(found.users[0].email, "User002994@Example.com");
        assert_eq!((found.users.len(), found.next.is_some()), (4, true));
        let wanted = Wanted { after: Some("no place".into()), ..Wanted::default() };
        let error = tenant_users::list(platform, &boss, &slug, &wanted).await.unwrap_err();
        assert_eq!((error.kind, error.field), (Kind::Invalid, Some("after")));
        let wanted = Wanted { search: Some("100%_".into()), ..Wanted::default() };
        assert!(tenant_users::list(platform, &boss, &slug, &wanted).await.unwrap().users.is_empty(), "as it is typed");

        // Whatever the column allows.
        let wide = match engine {
            Engine::Postgres => {
                "alter table users alter first_name type text; update users set first_name = repeat('é', 5000000)"
            }
            Engine::Mysql => {
                "alter table users modify first_name longtext; update users set first_name = repeat('é', 5000000)"
            }
            Engine::Sqlite => "update users set first_name = replace(hex(zeroblob(2500000)), '0', 'é')",
        };
        home.run(&format!("{wide} where id = 'id-000001'")).await;
        let page = tenant_users::list(platform, &boss, &slug, &Wanted::default()).await.unwrap();
        let name = &page.users[0].first_name;
        assert!(name.starts_with("éé") && name.ends_with("… (5000000 characters)"), "{engine}: {}", name.len());
        assert!(name.len() < 1000, "{engine}: {}", name.len());
    }
}

#[tokio::test]
async fn a_users_table_that_is_a_view_which_sleeps_is_not_waited_for() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for engine in ENGINES {
        let slug = format!("sleepy-{}", engine.as_str());
        let home = Home::new(&world, engine, &slug, None).await;
        home.run(STARTER).await;
        home.run(
            "insert into users (id, email, first_name, last_name, password_hash, status)
             values ('one', 'zoe@example.com', 'Zoe', 'Bee', 'x', 'active')",
        )
        .await;
        home.run(&format!(
            "alter table users rename to people; create view users as select * from people where {}",
            patience(engine)
        ))
        .await;
        let wanted = Wanted::default();
        let listed = tenant_users::list(platform, &boss, &slug, &wanted);
        let error = within(BOUND, "a list of users", listed).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable, "{engine}: {error}");
        let said = if engine == Engine::Sqlite { "cannot be read" } else { "10 s" };
        assert!(error.message.contains(&slug) && error.message.contains(said), "{engine}: {error}");
        assert!(error.cause.unwrap().contains("users") && error.hint.is_some());
    }
}

#[tokio::test]
async fn a_trigger_that_sleeps_is_not_waited_for() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    for (engine, trigger) in [
        (
            Engine::Postgres,
            "create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(3600); return new; end';
             create trigger nap before update on users for each row execute function nap()",
        ),
        (Engine::Mysql, "create trigger nap before update on users for each row set @x = sleep(3600)"),
    ] {
        let slug = format!("drowsy-{}", engine.as_str());
        let home = Home::new(&world, engine, &slug, None).await;
        home.run(STARTER).await;
        home.run(
            "insert into users (id, email, first_name, last_name, password_hash, status)
             values ('one', 'zoe@example.com', 'Zoe', 'Bee', 'x', 'active')",
        )
        .await;
        home.run(trigger).await;
        let disabled = tenant_users::disable(platform, &boss, &slug, "zoe@example.com");
        let error = within(BOUND, "a user's end", disabled).await.unwrap_err();
        assert!(error.kind == Kind::Unavailable && error.message.contains("10 s"), "{engine}: {error}");
        let reset = tenant_users::reset_password(platform, &boss, &slug, "zoe@example.com", PASSWORD.into());
        assert_eq!(within(BOUND, "a new password", reset).await.unwrap_err().kind, Kind::Unavailable);
    }
}

/// An empty database, and how to run SQL there.
pub async fn target(engine: Engine, folder: &Path) -> Target {
    let mut target = Target {
        engine,
        host: String::new(),
        port: 0,
        database: String::new(),
        username: String::new(),
        password: None,
        second: None,
        tls: Tls::Off,
        path: folder.join("tenant.db"),
        application_name: "neo:run-1:bounds".to_owned(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(2),
        tls_ca: None,
    };
    let cluster = match engine {
        Engine::Sqlite => {
            std::fs::File::create(&target.path).unwrap();
            return target;
        }
        Engine::Postgres => support::postgres().await,
        Engine::Mysql => support::mariadb().await,
    };
    target.database = support::unique("reads");
    cluster.create_database(&target.database).await;
    (target.host, target.port) = (cluster.host.clone(), cluster.port);
    (target.username, target.password) = (cluster.user.clone(), Some(cluster.password.clone().into()));
    target
}

const LEDGER: &str = "create table _sqlx_migrations (version bigint primary key, description DESCRIPTION not null,
    installed_on timestamp not null default current_timestamp, success boolean not null, checksum CHECKSUM not null,
    execution_time bigint not null)";

fn ledger_sql(engine: Engine) -> String {
    let (description, checksum) = match engine {
        Engine::Postgres => ("text", "bytea"),
        Engine::Mysql => ("longtext", "longblob"),
        Engine::Sqlite => ("text", "blob"),
    };
    LEDGER.replace("DESCRIPTION", description).replace("CHECKSUM", checksum)
}

/// The most memory that this process has had at once since it was asked to forget, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn what_a_sqlite_file_works_out_while_it_is_read_is_held_to_a_bound() {
    // Alone in a process: what is measured is the memory of all of it.
    const ALONE: &str = "NEO_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "bounds::reads::what_a_sqlite_file_works_out_while_it_is_read_is_held_to_a_bound";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let told = again.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
        let text = String::from_utf8_lossy(&told.stdout);
        let why = String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success() && text.contains("1 passed"), "{text}{why}");
        return;
    }
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    let home = Home::new(&world, Engine::Sqlite, "huge", None).await;
    home.run(STARTER).await;
    let user = "insert into users (id, email, first_name, last_name, password_hash, status)
                values ('one', 'zoe@example.com', 'Zoe', 'Bee', 'x', 'active')";
    home.run(user).await;
    let huge = "hex(zeroblob(150000000))";
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = peak();
    let held = |what: &str| assert!(peak() < before + 100, "{what}: {before} MiB, then {} MiB", peak());
    // A trigger of the tenant's.
    home.run(&format!(
        "create table kept (text);
         create trigger keep before update on users begin insert into kept values (length({huge})); end"
    ))
    .await;
    let error = tenant_users::disable(platform, &boss, "huge", "zoe@example.com").await.unwrap_err();
    assert!(error.message.contains("longer than what is read"), "{error}");
    held("a trigger");
    // A file that has grown.
    home.run(&format!("drop trigger keep; update users set first_name = {huge}")).await;
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let error = tenant_users::list(platform, &boss, "huge", &Wanted::default()).await.unwrap_err();
    assert!(error.message.contains("longer than what is read") && error.hint.is_some(), "{error}");
    held("a value");
    let file = world.dir.path().join("huge.db");
    let mut conn =
        Connection::open(&Target { path: file, ..target(Engine::Sqlite, world.dir.path()).await }).await.unwrap();
    conn.execute(&ledger_sql(Engine::Sqlite)).await.unwrap();
    conn.execute(&format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (1, {huge}, true, x'00', 1)"
    ))
    .await
    .unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    // Where migrations run there is room to read it.
    assert!(ledger::read(&mut conn).await.unwrap()[0].description.ends_with("0… (cut)"));
    held("a ledger");
    conn.execute(&format!("create table made as select {huge} as text; drop table made")).await.unwrap();
    held("a migration's value");
    // As much as there is room for, and no more.
    let longest = "hex(zeroblob(450000000))";
    let failure = conn.execute(&format!("select {longest}, {longest}, {longest}, {longest}")).await.unwrap_err();
    assert!(!failure.may_pass() && failure.message.contains("memory") && failure.hint.is_some(), "{failure:?}");
    held("a migration's values");
    conn.close().await;
}

#[tokio::test]
async fn on_sqlite_what_is_looked_at_unasked_is_a_table_of_stored_values() {
    let world = World::new().await;
    let (platform, boss) = (&world.platform, actor(Role::Admin));
    let home = Home::new(&world, Engine::Sqlite, "deep", None).await;
    home.run(STARTER).await;
    let deep: String = (1..40).map(|n| format!("create view w{n} as select a from w{};", n - 1)).collect();
    home.run(&format!("create view w0 as select 1 as a; {deep}")).await;
    let audience = sessions::Audience::Tenant { id: home.slug.clone() };
    for (table, made, undone, said) in [
        (
            "users",
            "alter table users rename to kept; create view users as select *, (select a from w39) as b from kept",
            "drop view users; alter table kept rename to users",
            "is a view",
        ),
        ("roles", "alter table roles add column x int as (1 + 1)", "alter table roles drop column x", "worked out"),
    ] {
        home.run(made).await;
        let error = tenant_users::list(platform, &boss, "deep", &Wanted::default()).await.unwrap_err();
        let cause = error.cause.clone().unwrap_or_default();
        assert!(error.message.contains("cannot be read") && cause.contains(table) && cause.contains(said), "{error}");
        let error =
            sessions::sign_in(platform, &audience, "zoe@example.com", &PASSWORD.into(), None).await.unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable, "{error}");
        home.run(undone).await;
        assert!(tenant_users::list(platform, &boss, "deep", &Wanted::default()).await.unwrap().users.is_empty());
    }
    let file = world.dir.path().join("deep.db");
    let mut conn =
        Connection::open(&Target { path: file, ..target(Engine::Sqlite, world.dir.path()).await }).await.unwrap();
    conn.execute("create view _sqlx_migrations as select a as version from w39").await.unwrap();
    let failure = ledger::read(&mut conn).await.unwrap_err();
    assert!(failure.message.contains("main._sqlx_migrations is not a table") && !failure.may_pass(), "{failure:?}");
    // What a schema is told by asks no view what it is made of.
    let schema = engine::schema(&mut conn).await.unwrap();
    assert!(schema.lines.iter().any(|line| line.starts_with("view w39")), "{:?}", schema.lines);
    conn.close().await;
}

#[tokio::test]
async fn a_sqlite_file_that_leads_to_another_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let own = target(Engine::Sqlite, folder.path()).await;
    let victim = at("victim");
    std::fs::write(&victim, "precious").unwrap();
    // SQLite deletes what a journal names as the one above it; one of a single file names none.
    let mut journal = vec![0; 512];
    journal.extend([0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    std::fs::write(at("tenant.db-journal"), journal).unwrap();
    let failure = Connection::open(&own).await.err().unwrap();
    assert!(failure.message.contains("names another file") && failure.hint.is_some(), "{failure}");
    std::fs::remove_file(at("tenant.db-journal")).unwrap();

    let lock = at("tenant.db.neo-lock");
    for is_symbolic in [true, false] {
        let link = |of: &Path, at: &Path| match is_symbolic {
            true => std::os::unix::fs::symlink(of, at),
            false => std::fs::hard_link(of, at),
        };
        link(&victim, &lock).unwrap();
        let mut conn = Connection::open(&own).await.unwrap();
        let failure = conn.lock(Duration::from_secs(1)).await.unwrap_err();
        assert!(failure.message.contains("it is a link"), "{failure}");
        conn.close().await;
        std::fs::remove_file(&lock).unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");

        let other = Target { path: at("other.db"), ..own.clone() };
        link(&own.path, &other.path).unwrap();
        let failure = Connection::open(&other).await.err().unwrap();
        assert!(failure.message.contains("it is a link"), "{failure}");
        std::fs::remove_file(&other.path).unwrap();
    }
    Connection::open(&own).await.unwrap().close().await;
}

#[tokio::test]
async fn a_row_of_a_ledger_that_is_none_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        let target = target(engine, folder.path()).await;
        let mut conn = Connection::open(&target).await.unwrap();
        conn.execute(&ledger_sql(engine).replace("success boolean not null", "success boolean")).await.unwrap();
        let blob = if engine == Engine::Postgres { "'\\x00'::bytea" } else { "x'00'" };
        conn.execute(&format!(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (1, 'x', null, {blob}, 1)"
        ))
        .await
        .unwrap();
        let failure = ledger::read(&mut conn).await.unwrap_err();
        assert!(
            failure.message.ends_with("_sqlx_migrations has a row that is none of a ledger's"),
            "{engine}: {failure}"
        );
        assert!(failure.hint.is_some() && !failure.may_pass(), "{engine}");
        conn.close().await;
    }
}

/// What somebody makes of a ledger, and what is said of it.
const STRANGE: [(&str, &str, &str); 14] = [
    ("version bigint primary key", "version text primary key", "a column version of type text, which is bigint"),
    ("version bigint primary key, ", "", "no column version, which is bigint"),
    ("description text not null, ", "", "no column description, which is text"),
    ("description text", "description int", "a column description of type int"),
    ("success boolean not null, ", "", "no column success, which is boolean"),
    ("success boolean", "success text", "a column success of type text, which is boolean"),
    ("checksum BYTES not null, ", "", "no column checksum, which is BYTES"),
    ("checksum BYTES", "checksum text", "a column checksum of type text, which is BYTES"),
    ("checksum BYTES", "checksum int", "a column checksum of type int"),
    ("execution_time bigint not null", "spent bigint not null", "no column execution_time, which is bigint"),
    ("execution_time bigint", "execution_time text", "a column execution_time of type text, which is bigint"),
    ("installed_on TIME not null default NOW, ", "", "no column installed_on"),
    ("version bigint primary key", "version date primary key", "a column version of type date"),
    ("version bigint primary key", "version bigint not null", "version 1 more than once"),
];

#[tokio::test]
async fn a_ledger_of_other_columns_is_told_by_the_column_and_what_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        let target = target(engine, folder.path()).await;
        let mut conn = Connection::open(&target).await.unwrap();
        let (bytes, time, now) = match engine {
            Engine::Postgres => ("bytea", "timestamptz", "now()"),
            Engine::Mysql | Engine::Sqlite => ("blob", "timestamp", "current_timestamp"),
        };
        let words = |text: &str| text.replace("BYTES", bytes).replace("TIME ", &format!("{time} ")).replace("NOW", now);
        let usual = words(
            "create table _sqlx_migrations (version bigint primary key, description text not null, \
             installed_on TIME not null default NOW, success boolean not null, checksum BYTES not null, \
             execution_time bigint not null)",
        );
        for (usually, strangely, said) in STRANGE {
            // The server's own words for a type, and no text as a key without a length.
            let int = if engine == Engine::Postgres { "integer" } else { "int" };
            let key = if engine == Engine::Mysql { "version varchar(40) primary" } else { "version text primary" };
            let own = |text: &str| words(text).replace("version text primary", key);
            let said = words(said).replace("type int", &format!("type {int}"));
            let said = if engine == Engine::Mysql {
                said.replace("version of type text", "version of type varchar(40)")
            } else {
                said
            };
            assert!(usual.contains(&words(usually)), "{usually}");
            let table = usual.replace(&words(usually), &own(strangely));
            for is_filled in [false, true] {
                conn.execute("drop table if exists _sqlx_migrations").await.unwrap();
                conn.execute(&table).await.unwrap();
                if is_filled {
                    let twice = if said.contains("more than once") { 2 } else { 1 };
                    for _ in 0..twice {
                        conn.execute(&filled(engine, &table)).await.unwrap();
                    }
                } else if said.contains("more than once") {
                    continue;
                }
                let failure = ledger::read(&mut conn).await.err().unwrap_or_else(|| panic!("{engine}: {table}"));
                assert!(
                    failure.message.contains("_sqlx_migrations has ") && failure.message.contains(&said),
                    "{engine}: {failure}, not {said}"
                );
                assert!(
                    failure.detail.is_some() && failure.hint.is_some() && !failure.may_pass(),
                    "{engine}: {failure:?}"
                );
            }
        }
        conn.execute("drop table _sqlx_migrations").await.unwrap();
        conn.execute(&usual).await.unwrap();
        assert_eq!(ledger::read(&mut conn).await.unwrap(), [], "{engine}: as it is made it is read");
        conn.close().await;
    }
}

/// A row of this table with what fits into its columns.
fn filled(engine: Engine, table: &str) -> String {
    let (_, columns) = table.split_once('(').unwrap();
    let pairs = columns.split(", ").filter(|column| !column.starts_with("installed_on")).map(|column| {
        let mut words = column.split(' ');
        let (name, of) = (words.next().unwrap(), words.next().unwrap().trim_end_matches(')'));
        let value = match of {
            "bigint" | "int" => "1",
            "boolean" => "true",
            "date" => "'2026-01-01'",
            "bytea" => "'\\x00'",
            "blob" => "x'00'",
            _ if engine == Engine::Sqlite => "'one'",
            _ => "'1'",
        };
        (name, value)
    });
    let (names, values): (Vec<_>, Vec<_>) = pairs.unzip();
    format!("insert into _sqlx_migrations ({}) values ({})", names.join(", "), values.join(", "))
}

#[tokio::test]
async fn a_ledger_is_read_within_bounds_of_bytes_and_rows() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        let target = target(engine, folder.path()).await;
        let mut conn = Connection::open(&target).await.unwrap();
        conn.execute(&ledger_sql(engine)).await.unwrap();
        let (long, blob) = match engine {
            Engine::Postgres => ("repeat('a', 8000000)", "decode(repeat('ab', 4000000), 'hex')"),
            Engine::Mysql => ("repeat('a', 8000000)", "repeat('a', 4000000)"),
            Engine::Sqlite => ("replace(hex(zeroblob(4000000)), '0', 'a')", "zeroblob(4000000)"),
        };
        conn.execute(&format!(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (1, {long}, true, {blob}, 1)"
        ))
        .await
        .unwrap();
        let rows = ledger::read(&mut conn).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].description, format!("{}… (cut)", "a".repeat(300)), "{engine}");
        assert_eq!(rows[0].checksum.len(), 65, "{engine}: more than any checksum has, and so none of ours");
        assert_eq!(rows[0].installed_on.as_ref().map(|at| at.len() >= 19), Some(true), "{engine}");

        let (n, numbers) = (n(engine), numbers(engine, 10_000));
        conn.execute(&format!(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             select {n} + 1, 'x', true, checksum, 1 from {numbers}, (select {} as checksum) c",
            if engine == Engine::Postgres { "'\\x00'::bytea" } else { "x'00'" }
        ))
        .await
        .unwrap();
        let failure = ledger::read(&mut conn).await.unwrap_err();
        assert!(failure.message.contains("_sqlx_migrations has more than 10000 rows"), "{engine}: {failure}");
        assert!(!failure.may_pass(), "{engine}");
        conn.execute("delete from _sqlx_migrations where version = 1").await.unwrap();
        assert_eq!(ledger::read(&mut conn).await.unwrap().len(), 10_000);
        conn.close().await;
    }
}

#[tokio::test]
async fn a_ledger_that_is_a_view_which_sleeps_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        let target = target(engine, folder.path()).await;
        let mut conn = Connection::open(&target).await.unwrap();
        let table = ledger_sql(engine).replace("_sqlx_migrations", "elsewhere");
        conn.execute(&table).await.unwrap();
        conn.execute(&format!("create view _sqlx_migrations as select * from elsewhere where {}", patience(engine)))
            .await
            .unwrap();
        conn.execute(&format!(
            "insert into elsewhere (version, description, success, checksum, execution_time) values (1, 'x', true, {}, 1)",
            if engine == Engine::Postgres { "'\\x00'::bytea" } else { "x'00'" }
        ))
        .await
        .unwrap();
        let failure = within(BOUND, "a look at the ledger", ledger::read(&mut conn)).await.unwrap_err();
        let said = match engine {
            Engine::Postgres => "public._sqlx_migrations is not a table",
            Engine::Mysql => "_sqlx_migrations could not be read within 10 s",
            Engine::Sqlite => "main._sqlx_migrations is not a table of stored values",
        };
        assert!(failure.message.contains(said) && failure.hint.is_some(), "{engine}: {failure:?}");
        assert!(!failure.may_pass(), "{engine}: the next try would take as long");
        // The session is as it was: what takes longer than a look may still do so.
        let longer = match engine {
            Engine::Postgres => "select pg_sleep(11)",
            Engine::Mysql => "do sleep(11)",
            Engine::Sqlite => "select 1",
        };
        conn.execute(longer).await.unwrap();
        conn.close().await;
    }
}

#[tokio::test]
async fn a_ledger_with_a_trigger_that_sleeps_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, sql: &str| std::fs::write(folder.path().join(name), sql).unwrap();
    file("20260101000001_one.up.sql", "create table one (id int);");
    file("20260101000002_two.up.sql", "create table two (id int);");
    file("20260101000003_three.up.sql", "-- neo: no-transaction\ncreate table three (id int);");
    let set = Set::read(folder.path()).unwrap();
    let target = target(Engine::Postgres, folder.path()).await;
    let run = async |to: i64| {
        let mut conn = Connection::open(&target).await.unwrap();
        let (options, goal) = (Options::within(Duration::from_secs(10)), Goal::Up { to: Some(to) });
        let outcome = within(BOUND * 2, "a migration", apply::run(&mut conn, &set, &goal, &options, &|_| ())).await;
        conn.close().await;
        outcome.failure
    };
    let said = "the entry in public._sqlx_migrations could not be written within 10 s";
    assert_eq!(run(20260101000001).await, None);
    let mut conn = Connection::open(&target).await.unwrap();
    conn.execute(
        "create function nap() returns trigger language plpgsql as 'begin perform pg_sleep(3600); return new; end'",
    )
    .await
    .unwrap();
    let trigger = "create trigger nap before insert on _sqlx_migrations for each row execute function nap()";
    conn.execute(trigger).await.unwrap();
    let failure = run(20260101000002).await.unwrap();
    assert!(failure.message.contains(said) && !failure.may_pass(), "{failure:?}");
    conn.execute("drop trigger nap on _sqlx_migrations").await.unwrap();
    assert_eq!(run(20260101000002).await, None, "nothing of it was left behind");
    conn.execute(trigger).await.unwrap();
    let failure = run(20260101000003).await.unwrap();
    assert!(failure.message.contains(said), "{failure:?}");
    conn.close().await;
}

#[tokio::test]
async fn a_schema_of_millions_of_columns_is_not_read_and_a_huge_definition_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    for engine in ENGINES {
        let target = target(engine, folder.path()).await;
        let mut conn = Connection::open(&target).await.unwrap();
        let long = "x".repeat(3_000_000);
        let view = |end: &str| format!("create view big as select '{long}{end}' as a");
        conn.execute(&view("a")).await.unwrap();
        let one = engine::schema(&mut conn).await.unwrap();
        assert!(one.lines.iter().all(|line| line.len() < 1000), "{engine}");
        assert!(one.lines.iter().any(|line| line.starts_with("view big") && line.contains("characters")), "{engine}");
        conn.execute("drop view big").await.unwrap();
        conn.execute(&view("bb")).await.unwrap();
        let other = engine::schema(&mut conn).await.unwrap();
        assert_ne!(one.fingerprint(), other.fingerprint(), "{engine}: what is behind the cut counts");
        conn.close().await;
    }
    // The other engines take hours to make so many.
    let target = target(Engine::Sqlite, &tempfile::tempdir().unwrap().keep()).await;
    let mut conn = Connection::open(&target).await.unwrap();
    let columns: Vec<_> = (0..1990).map(|n| format!("c{n}")).collect();
    let tables: String = (0..260).map(|n| format!("create table t{n} ({});", columns.join(", "))).collect();
    conn.execute(&format!("begin; {tables} commit")).await.unwrap();
    let start = Instant::now();
    let failure = engine::schema(&mut conn).await.unwrap_err();
    assert_eq!(
        (failure.category, failure.message.as_str()),
        (Category::Other, "the schema is too large to be looked at")
    );
    assert!(failure.detail.unwrap().contains("500000") && start.elapsed() < BOUND);
    conn.close().await;
}
