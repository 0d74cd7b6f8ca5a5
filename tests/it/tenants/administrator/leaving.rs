//! A tenant is deleted whatever it has left behind.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{KNOWN, Place};
use crate::support;

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
