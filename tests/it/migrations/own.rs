//! A session is as the server has it: the same words mean the same moment as in psql.

use std::time::Duration;

use neo::engine::{Category, Engine, Tls};
use neo::migrations::apply::{self, Checkpoint, Goal, Options, Resolution};

use super::{Tenant, failed};
use crate::support::{self, Cluster};

const SEEN: &str =
    "create table seen (at timestamptz, day date, told text, zone text, style text, digits text, pi text)";
const ROW: &str = "insert into seen values ('2024-06-01 12:00', '01.02.03', '2024-12-01 12:00'::timestamptz::text, \
                   current_setting('timezone'), current_setting('datestyle'), current_setting('extra_float_digits'), \
                   pi()::real::text)";
/// Between two looks at a server that is reading its configuration.
const PAUSE: Duration = Duration::from_millis(20);
const AT: &str = "select at at time zone 'utc' from seen";

/// A tenant on this server, whose role is its own.
async fn tenant(server: &Cluster) -> Tenant {
    let mut tenant = Tenant::at(Engine::Postgres, Some(server)).await;
    let (database, role) = (&tenant.target.database, support::unique("own"));
    server
        .query("", &format!("create role {role} login password 'p'; alter database {database} owner to {role}"))
        .await;
    tenant.target.username = role;
    tenant.target.password = Some("p".to_owned().into());
    tenant
}

/// What a client sees who asks for UTC and for ISO.
async fn rows(server: &Cluster, database: &str) -> String {
    server.query(database, "set timezone = 'UTC'; set datestyle = 'ISO, MDY'; select * from seen").await
}

/// These files through Neo in one run, and one by one through psql into another database of the same role: the same rows.
/// `said` is said before, of DB and of ROLE.
async fn alike(server: &Cluster, said: &str, files: &[&str]) -> String {
    let tenant = tenant(server).await;
    let (database, role) = (&tenant.target.database, &tenant.target.username);
    let twin = format!("{database}_twin");
    server.query("", &format!("create database {twin} owner {role}")).await;
    for database in [database, &twin] {
        for said in said.split(';').filter(|said| !said.trim().is_empty()) {
            server.query("", &said.replace("DB", database).replace("ROLE", role)).await;
        }
    }
    for (index, file) in files.iter().enumerate() {
        tenant.pair(&format!("2025010{index}000000_a"), file, "select 1;");
        let mut psql = server.client(&twin, file);
        psql.args(["-U", role]).env("PGPASSWORD", "p");
        let told = tokio::task::spawn_blocking(move || psql.output()).await.unwrap().unwrap();
        assert!(told.status.success(), "{said}: {}", String::from_utf8_lossy(&told.stderr));
    }
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done.len()), (None, files.len()), "{said}");
    let seen = rows(server, database).await;
    assert_eq!(seen, rows(server, &twin).await, "{said}");
    seen
}

#[tokio::test]
async fn a_moment_means_what_it_means_in_psql_whoever_says_so() {
    let server = support::own_postgres("-c timezone=Asia/Kolkata -c datestyle=german -c extra_float_digits=-3");
    let marked = format!("-- neo: no-transaction\n{ROW};\n{ROW}");
    let set = format!("set timezone = 'Asia/Tokyo';\nset datestyle = 'sql, mdy';\n{ROW};");
    let files = [SEEN, ROW, &marked, &set, ROW, &set.replace("set ", "set local "), &marked, ROW];
    let lines = [
        ("", "2024-06-01 06:30:00+00|2003-02-01|01.12.2024 12:00:00 IST|Asia/Kolkata|German, DMY|-3|3.14"),
        ("alter database DB set timezone = 'America/New_York'", "2024-06-01 16:00:00+00|2003-02-01"),
        (
            "alter role ROLE set datestyle = 'sql, mdy'; alter role ROLE set timezone = 'utc'",
            "2024-06-01 12:00:00+00|2003-01-02",
        ),
        // One half is said, the other is the configuration's.
        ("alter database DB set datestyle = 'ymd'", "2024-06-01 06:30:00+00|2001-02-03|01.12.2024"),
        (
            "alter role ROLE in database DB set timezone = '<+03>-3'; alter role ROLE set timezone = 'Asia/Tokyo'; \
             alter database DB set timezone = 'America/New_York'; alter database DB set datestyle = iso",
            "2024-06-01 09:00:00+00|2003-02-01|2024-12-01 12:00:00+03",
        ),
        (
            "alter role ROLE set timezone = 'Asia/Tokyo'; alter database DB set timezone = 'Europe/Berlin'",
            "2024-06-01 03:00:00+00",
        ),
        ("alter role all set timezone = 'Europe/Berlin'", "2024-06-01 10:00:00+00"),
    ];
    for (said, line) in lines {
        let seen = alike(&server, said, &files).await;
        assert!(seen.starts_with(line), "{said}: {seen}");
    }
    server.query("", "alter role all reset timezone").await;
    assert!(alike(&server, "", &files).await.starts_with(lines[0].1));

    // What a file says of its own database holds from the next session on.
    let says =
        "do $$ begin execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database()); end $$";
    assert!(alike(&server, "", &[SEEN, says, ROW]).await.starts_with("2024-06-01 03:00:00+00"));
}

#[tokio::test]
async fn a_configuration_that_is_loaded_anew_is_looked_at_anew() {
    let server = support::own_postgres("");
    for zone in ["Asia/Kolkata", "Asia/Tokyo", "UTC"] {
        server.query("", &format!("alter system set timezone = '{zone}'")).await;
        server.query("", "select pg_reload_conf()").await;
        while server.query("", "show timezone").await != zone {
            tokio::time::sleep(PAUSE).await;
        }
        alike(&server, "", &[SEEN, ROW]).await;
    }
}

#[tokio::test]
async fn what_is_left_of_a_file_goes_on_in_the_servers_own_time_zone() {
    let server = support::own_postgres("-c timezone=Asia/Kolkata");
    for (set, moment) in [("", "2024-06-01 06:30:00"), ("set timezone = 'Asia/Tokyo';", "2024-06-01 03:00:00")] {
        let tenant = tenant(&server).await;
        let half = format!("-- neo: no-transaction\n{SEEN};\n{set}\ninsert into nowhere values (1);\n{ROW};");
        tenant.pair("20250101000000_a", &half, "select 1;");
        let outcome = tenant.up().await;
        let checkpoint = Checkpoint::of(&tenant.set(), Engine::Postgres, &outcome, false);
        assert_eq!(failed(outcome).code.as_deref(), Some("42P01"));
        tenant.execute("create table nowhere (id int)").await;
        let mut conn = tenant.open().await;
        let options = Options::within(Duration::from_secs(10));
        let how = Resolution::Continue { from: None };
        let outcome = apply::resolve(&mut conn, &tenant.set(), &how, checkpoint.as_ref(), &options).await;
        conn.close().await;
        assert_eq!(outcome.failure, None, "{set}");
        assert_eq!(server.query(&tenant.target.database, AT).await, moment, "{set}");
    }
}

#[tokio::test]
async fn a_failure_is_told_at_its_place_where_the_server_has_settings_of_its_own() {
    let server = support::own_postgres("-c timezone=Asia/Kolkata -c datestyle=german");
    let tenant = tenant(&server).await;
    tenant.pair(
        "20250101000000_a",
        "create table a (id int primary key);\ninsert into a values (1);\n\n  insert into a values (1);",
        "select 1;",
    );
    let failure = failed(tenant.up().await);
    assert_eq!((failure.statement, failure.line, failure.column), (Some(3), Some(4), Some(3)), "{failure:?}");
    // Neither they nor a transaction's own first words are in each other's way.
    tenant.pair(
        "20250101000000_a",
        "set transaction isolation level serializable;\ncreate table a (id int);",
        "select 1;",
    );
    assert_eq!(tenant.up().await.failure, None);
}

#[tokio::test]
async fn a_tenant_whose_server_cannot_be_seen_is_not_migrated_in_another_time_zone() {
    let server = support::own_postgres("-c timezone=Asia/Kolkata");
    let one = tenant(&server).await;
    server.query("", &format!("alter role {} connection limit 1", one.target.username)).await;
    one.pair("20250101000000_a", SEEN, "select 1;");
    one.pair("20250102000000_a", ROW, "select 1;");
    let outcome = one.up().await;
    assert!(outcome.done.is_empty());
    let failure = failed(outcome);
    assert_eq!((failure.category, failure.code.as_deref()), (Category::Connect, Some("53300")), "{failure:?}");
    assert!(failure.detail.unwrap().contains("second connection"));

    // A look at the ledger wants none; and what another tenant's session has seen holds for the server.
    let ledger = one.run(&one.set(), Goal::Verify).await.ledger.unwrap();
    assert!(ledger.is_empty());
    alike(&server, "", &[SEEN, ROW]).await;
    assert_eq!(one.up().await.failure, None);
    assert_eq!(server.query(&one.target.database, AT).await, "2024-06-01 06:30:00");
}

#[tokio::test]
async fn the_server_is_seen_through_a_socket_and_through_tls_as_the_tenant_is() {
    let server = support::own_postgres("-c timezone=Asia/Kolkata");
    let folder = server.query("", "show unix_socket_directories").await;
    let mut tenant = tenant(&server).await;
    tenant.target.host = folder;
    tenant.pair("20250101000000_a", SEEN, "select 1;");
    tenant.pair("20250102000000_a", ROW, "select 1;");
    assert_eq!(tenant.up().await.failure, None);
    assert_eq!(server.query(&tenant.target.database, AT).await, "2024-06-01 06:30:00");

    // From here on the server lets nobody in over the network without TLS.
    let data = server.query("", "show data_directory").await;
    let write = async |file: &str, text: &str| {
        let lines = format!(
            "copy (select unnest(string_to_array($neo${text}$neo$, E'\\n'))) to program 'umask 077; cat >{data}/{file}'"
        );
        server.query("", &lines).await;
    };
    write("server.crt", CERTIFICATE).await;
    write("server.key", KEY).await;
    server.query("", "alter system set ssl = on").await;
    server.query("", "select pg_reload_conf()").await;
    while server.query("", "show ssl").await != "on" {
        tokio::time::sleep(PAUSE).await;
    }
    write("pg_hba.conf", "hostssl all all all scram-sha-256").await;
    server.query("", "select pg_reload_conf()").await;
    while server.client("", "select 1").env("PGSSLMODE", "disable").output().unwrap().status.success() {
        tokio::time::sleep(PAUSE).await;
    }
    tenant.target.host = server.host.clone();
    tenant.target.tls = Tls::Require;
    tenant.pair("20250103000000_a", ROW, "select 1;");
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done.len()), (None, 1));
    let mut conn = tenant.open().await;
    conn.execute("do $$ begin assert (select count(distinct at) = 1 and count(*) = 2 from seen), 'rows'; end $$")
        .await
        .unwrap();
    conn.close().await;
}

/// Of localhost, by itself, for a hundred years.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUNwoKBmXeo4Np32LKlNt9GH+WGtowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODAzMzY0MloYDzIxMjYxMTA0
MDMzNjQyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAART+aJLESKyy8M0uf2wN6TwV/4sB35rxHxAB6H8vtQ7OZY66W4idL7A
EvYwUUiX5gFrmCXRbm/ni6rsqmeCsxcfo28wbTAdBgNVHQ4EFgQU2rctG85aNFjt
8ZvLi5WEWWF6QHQwHwYDVR0jBBgwFoAU2rctG85aNFjt8ZvLi5WEWWF6QHQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgT1BLUSMy8wl7Y97CpjIg4Lmm33ntcQQFQHttem3SHg8CIQCA
AL/RrOxWy0aSqaSYscmMatV7uDPtDQ4dvllQrL8ZOA==
-----END CERTIFICATE-----";
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbB5ZbEFUJIRfepmi
ZjVrjn4zHcZ+7qR1H3IK9H0E33+hRANCAART+aJLESKyy8M0uf2wN6TwV/4sB35r
xHxAB6H8vtQ7OZY66W4idL7AEvYwUUiX5gFrmCXRbm/ni6rsqmeCsxcf
-----END PRIVATE KEY-----";
