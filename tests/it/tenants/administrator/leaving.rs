//! A tenant is deleted whatever it has left behind.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use neo::tenants;

use super::{KNOWN, Place};
use crate::support;
use crate::tenants::operator;

/// What a role may leave in a database where it was let in, its own or not.
const LEFT: &str = "select lo_create(0); select lo_from_bytea(0, 'x'); \
    alter default privileges grant select on tables to public; \
    alter default privileges revoke execute on functions from public";

/// Ends with the test, however that ends.
struct Loop(Child);

impl Drop for Loop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_tenant_is_deleted_whatever_it_has_left_behind() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        place.query("grant create on schema public to public").await;
        let ((one, _), (two, _)) = (place.made("one").await, place.made("two").await);
        let (role, database) = (&one.username, &one.database);

        // In the server's own databases, and in another tenant's, who has let it in.
        for place_of in ["postgres", "template1"] {
            place.as_tenant(&one, place_of, LEFT).await;
        }
        let made = format!("create table public.{role} (id int); create type public.mood_{role} as enum ('a')");
        place.as_tenant(&one, "postgres", &made).await;
        // What was handed on by right of another only a superuser takes back in the other's name.
        let hand_on = if server == "super" { " with grant option" } else { "" };
        let let_in = format!(
            "grant connect on database {0} to {role}; create schema ours; grant all on schema ours to {role}; \
             create table ours.own (id int); grant all on ours.own to {role}{hand_on}",
            two.database
        );
        place.as_tenant(&two, &two.database, &let_in).await;
        place.as_tenant(&one, &two.database, LEFT).await;
        place.as_tenant(&one, &two.database, "create table ours.theirs (id int)").await;

        if server == "super" {
            place.as_tenant(&one, &two.database, "grant select on ours.own to public").await;
        }

        // At its own database.
        let own = format!(
            "{LEFT}; comment on database {database} is 'not yours'; alter database {database} set search_path = nowhere; \
             alter database {database} set default_transaction_read_only = on; \
             alter role {role} set statement_timeout = '1ms'; alter role {role} in database postgres set role = 'none'; \
             grant connect on database {database} to {}; \
             alter database {database} is_template true; alter database {database} connection limit 3",
            two.username
        );
        place.as_tenant(&one, database, &own).await;
        if server == "managed" {
            place.query(&format!("revoke {role} from managed")).await;
        } else {
            // Which only the role itself or a superuser ends.
            for (at, gid) in [(database.as_str(), "its own; drop"), ("postgres", "elsewhere's")] {
                let gid = gid.replace('\'', "''");
                // As a session of several messages: what is prepared may not share one with others.
                let sql = format!("begin; select lo_create(0); prepare transaction '{gid}'");
                place.as_tenant(&one, at, &sql).await;
            }
        }

        // Sessions that come back as soon as they are ended.
        let mut loops = Vec::new();
        let verifier = place.query(&format!("select rolpassword from pg_authid where rolname = '{role}'")).await;
        place.query(&format!("alter role {role} password '{KNOWN}'")).await;
        for at in ["postgres", database] {
            let psql = support::postgres_bin("psql").display().to_string();
            let script = format!(
                "while kill -0 $PPID; do {psql} -XqAt -h {} -p {} -U {role} -d {at} -c 'create temporary table a (b int); select pg_sleep(100)'; \
                 sleep 0.01; done",
                place.cluster.host, place.cluster.port
            );
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &script])
                .env("PGPASSWORD", KNOWN)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            loops.push(Loop(shell.spawn().unwrap()));
        }
        let sessions = format!("select count(*) from pg_stat_activity where usename = '{role}'");
        while place.query(&sessions).await != "2" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        place.query(&format!("alter role {role} password '{verifier}'")).await;

        place.deleted("one").await.unwrap();
        drop(loops);
        let left = format!(
            "select (select count(*) from pg_database where datname = '{database}'), \
             (select count(*) from pg_roles where rolname = '{role}'), (select count(*) from pg_prepared_xacts), \
             (select count(*) from pg_largeobject_metadata), (select count(*) from pg_default_acl)"
        );
        assert_eq!(place.query(&left).await, "0|0|0|0|0", "{server}");

        // What is the other one's is as it was.
        let theirs = "select to_regclass('ours.own') is not null, to_regclass('ours.theirs') is null";
        assert_eq!(place.cluster.query(&two.database, theirs).await, "t|t");
        place.as_tenant(&two, &two.database, "insert into ours.own values (1)").await;
        place.deleted("two").await.unwrap();
    }
}

/// `psql` of this login again and again, whatever becomes of each.
fn again_and_again(place: &Place, role: &str, database: &str, sql: &str) -> Loop {
    let psql = support::postgres_bin("psql").display().to_string();
    let script = format!(
        "while kill -0 $PPID; do {psql} -XqAt -h {} -p {} -U {role} -d {database} -c \"$SQL\"; sleep 0.01; done",
        place.cluster.host, place.cluster.port
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env("PGPASSWORD", KNOWN).env("SQL", sql);
    Loop(shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// The tenant's own login is used by somebody who knows its password: what the registry has is put back.
async fn attacked(place: &Place, role: &str, database: &str, sql: &str, is_begun: &str) -> Loop {
    let verifier = place.query(&format!("select rolpassword from pg_authid where rolname = '{role}'")).await;
    place.query(&format!("alter role {role} password '{KNOWN}'")).await;
    let begun = again_and_again(place, role, database, sql);
    while place.query(is_begun).await != "t" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    place.query(&format!("alter role {role} password '{verifier}'")).await;
    begun
}

async fn is_gone(place: &Place, name: &str) -> bool {
    let left = format!(
        "select (select count(*) from pg_database where datname = '{name}') + (select count(*) from pg_roles where rolname = '{name}')"
    );
    place.query(&left).await == "0"
}

#[tokio::test]
async fn another_tenant_that_was_let_in_keeps_nobody_from_being_deleted() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let ((one, _), (two, _)) = (place.made("one").await, place.made("two").await);
        let let_in = format!("grant connect on database {} to {}", one.database, two.username);
        place.as_tenant(&one, &one.database, &let_in).await;
        if server == "managed" {
            place.query(&format!("revoke {} from managed", two.username)).await;
        }
        // It holds the other one's migration lock, in sessions that come back.
        let key = 0x3d32_ad9e_i64 * i64::from(crc32fast::hash(one.database.as_bytes()));
        let hold = format!("select pg_advisory_lock({key}); select pg_sleep(100)");
        let held = format!(
            "select exists (select from pg_locks l join pg_stat_activity a using (pid) \
             where l.locktype = 'advisory' and a.usename = '{}')",
            two.username
        );
        let guests = attacked(&place, &two.username, &one.database, &hold, &held).await;
        place.deleted("one").await.unwrap();
        drop(guests);
        assert!(is_gone(&place, &one.database).await, "{server}");
        place.deleted("two").await.unwrap();
    }
}

#[tokio::test]
async fn another_tenant_that_was_made_one_of_its_role_keeps_nobody_from_being_deleted() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let ((one, _), (two, _)) = (place.made("one").await, place.made("two").await);
        // Before version 15 a role could do so itself.
        place.query(&format!("grant {} to {}", one.username, two.username)).await;
        let hold = format!("begin; comment on database {} is 'held'; select pg_sleep(100)", one.database);
        let held = "select exists (select from pg_locks where classid = 'pg_database'::regclass and mode = 'ShareUpdateExclusiveLock')";
        let members = attacked(&place, &two.username, "postgres", &hold, held).await;
        place.deleted("one").await.unwrap();
        drop(members);
        assert!(is_gone(&place, &one.database).await, "{server}");
        place.deleted("two").await.unwrap();
    }
}

#[tokio::test]
async fn a_tenant_that_has_shut_its_database_is_backed_up_and_deleted() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        for (slug, shut) in [("one", "allow_connections false"), ("two", "connection limit 0")] {
            let (tenant, _) = place.made(slug).await;
            let database = &tenant.database;
            // With the tenant's own migration lock, which no session holds then.
            let key = 0x3d32_ad9e_i64 * i64::from(crc32fast::hash(database.as_bytes()));
            let left = format!(
                "create table kept (id int); begin; insert into kept values (1); select pg_advisory_xact_lock({key}); \
                 prepare transaction 'left'"
            );
            place.as_tenant(&tenant, database, &left).await;
            let (platform, boss) = (&place.world.platform, operator());
            let lock = tenants::lock_holder(platform, &boss, slug).await.unwrap().unwrap();
            let kept = tenants::unlock(platform, &boss, slug, slug, &lock.session, None).await.unwrap_err();
            assert!(kept.hint.as_ref().is_some_and(|hint| hint.command().contains("rollback prepared")), "{kept:?}");
            place.as_tenant(&tenant, "postgres", &format!("alter database {database} {shut}")).await;
            let deleted =
                tenants::delete(&place.world.platform, &operator(), slug, slug, true).await.unwrap_or_else(|error| {
                    panic!("{server}, {shut}: {error:?}");
                });
            assert!(deleted.backup.is_some_and(|file| file.exists()), "{server}, {shut}");
            assert!(is_gone(&place, database).await, "{server}, {shut}");
        }
    }
}

#[tokio::test]
async fn a_tenant_that_ends_every_session_of_its_login_is_deleted_all_the_same() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let (tenant, _) = place.made("one").await;
        let end = "select pg_terminate_backend(pid) from pg_stat_activity \
                   where usename = current_user and pid <> pg_backend_pid()";
        let end = format!(
            "do $$ begin loop perform pg_sleep(0.001); perform pg_stat_clear_snapshot(); perform count(*) from ({end}) x; end loop; end $$"
        );
        let begun = format!("select count(*) > 0 from pg_stat_activity where usename = '{}'", tenant.username);
        let loops = attacked(&place, &tenant.username, &tenant.database, &end, &begun).await;
        place.deleted("one").await.unwrap();
        drop(loops);
        assert!(is_gone(&place, &tenant.database).await, "{server}");
    }
}

#[tokio::test]
async fn more_large_objects_than_a_server_has_locks_for_are_deleted() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let (tenant, _) = place.made("one").await;
        for _ in 0..6 {
            let many = "select count(lo_create(0)) from generate_series(1, 5000)";
            place.as_tenant(&tenant, "postgres", many).await;
        }
        place.deleted("one").await.unwrap();
        assert!(is_gone(&place, &tenant.database).await, "{server}");
        assert_eq!(place.query("select count(*) from pg_largeobject_metadata").await, "0", "{server}");
    }
}

#[tokio::test]
async fn what_a_tenant_has_left_at_another_is_named_where_it_cannot_be_dropped() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let ((one, _), (two, _)) = (place.made("one").await, place.made("two").await);
        let let_in = format!(
            "grant connect on database {0} to {1}; create schema ours; grant all on schema ours to {1}",
            two.database, one.username
        );
        place.as_tenant(&two, &two.database, &let_in).await;
        place
            .as_tenant(
                &one,
                &two.database,
                &format!("create table ours.left_here (id int); grant all on ours.left_here to {}", two.username),
            )
            .await;
        let hold = "begin; lock table ours.left_here; select pg_sleep(100)";
        let mut session = place.client(&two, &two.database, hold).await;
        let mut session = session.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let held = format!("select count(*) from pg_stat_activity where datname = '{}'", two.database);
        while place.query(&held).await != "1" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let refused = place.deleted("one").await.err().unwrap();
        let cause = refused.cause.unwrap();
        assert!(cause.contains(&format!("user \"{}\"", two.username)), "{server}: {cause}");
        assert!(refused.hint.unwrap().command().contains(&format!("somebody at database \"{}\"", two.database)));
        session.kill().unwrap();
        session.wait().unwrap();
        place
            .query(&format!(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'",
                two.database
            ))
            .await;

        place.as_tenant(&two, "postgres", &format!("alter database {} allow_connections false", two.database)).await;
        let refused = place.deleted("one").await.err().unwrap();
        let hint = refused.hint.unwrap().command();
        let open = format!("alter database \"{}\" allow_connections true", two.database);
        assert!(hint.contains(&open), "{server}: {hint}");
        place.query(&open).await;
        place.deleted("one").await.unwrap();
        assert!(is_gone(&place, &one.database).await, "{server}");
    }
}

#[tokio::test]
async fn a_session_that_the_servers_login_may_not_end_is_named_with_what_ends_it() {
    let place = Place::new("managed").await;
    let (tenant, _) = place.made("one").await;
    let database = &tenant.database;
    let mut session = place.cluster.client(database, "select pg_sleep(100)").spawn().unwrap();
    let there = format!("select count(*) from pg_stat_activity where datname = '{database}'");
    while place.query(&there).await != "1" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // With a backup each time: it can be asked for again.
    let delete = async || tenants::delete(&place.world.platform, &operator(), "one", "one", true).await;
    for _ in 0..2 {
        let refused = delete().await.err().unwrap();
        assert!(refused.cause.as_ref().is_some_and(|cause| cause.contains("user \"postgres\"")), "{refused:?}");
        let hint = refused.hint.unwrap().command();
        assert!(hint.contains(&format!("drop database \"{database}\" with (force)")), "{hint}");
    }
    place.query(&format!("drop database \"{database}\" with (force)")).await;
    session.wait().unwrap();
    tenants::delete(&place.world.platform, &operator(), "one", "one", false).await.unwrap();
    assert!(is_gone(&place, database).await);
}

/// A worker of the server's own belongs to nobody, and who is no superuser may not end it: so the server says of a database that is dropped with whoever is
/// in it. It leaves an ordinary drop alone.
#[tokio::test]
async fn a_worker_of_the_servers_own_keeps_no_database_from_being_deleted() {
    let place = Place::with("managed", "-c autovacuum_naptime=1").await;
    let (tenant, _) = place.made("one").await;
    let database = &tenant.database;
    // One page is vacuumed in a tenth of a second, and there are a thousand.
    let slow = "create table slow (id int, filler text) with (autovacuum_vacuum_cost_delay = 100, \
                autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1)";
    place.cluster.query(database, slow).await;
    place.cluster.query(database, "insert into slow select i, repeat('x', 200) from generate_series(1, 30000) i").await;
    place.cluster.query(database, "delete from slow where id % 2 = 0").await;
    let there = format!(
        "select count(*) from pg_stat_activity where datname = '{database}' and backend_type = 'autovacuum worker'"
    );
    while place.query(&there).await == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What it is about, and that it is so. Each statement is by itself: no database is dropped within a transaction.
    let owner = format!("grant {} to managed", tenant.username);
    let forced = format!("drop database {database} with (force)");
    let mut refused = place.cluster.client("", &owner);
    let refused = refused.args(["-c", "set role managed", "-c", &forced]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("terminat"), "the server has nothing against it: {said}");

    place.deleted("one").await.unwrap();
    assert!(is_gone(&place, database).await);
}
