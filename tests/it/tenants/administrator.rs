//! What a tenant has prepared on a PostgreSQL server, or a file in its database, runs with the tenant's rights whatever the
//! administrator does. The objects here do no harm: they write down who runs them.

mod elsewhere;
mod leaving;
mod opening;

use std::process::{Command, Stdio};

use neo::doctor;
use neo::engine::template::template_name;
use neo::servers::{self, NewServer};
use neo::tenants::provision::{self, Progress};
use neo::tenants::{self, Tenant};

use super::{new_tenant, operator};
use crate::support::{self, Cluster};
use crate::world::World;

/// A platform with a server of its own, under a superuser's login or under one that may only create databases and roles.
struct Place {
    world: World,
    cluster: Cluster,
    server: &'static str,
}

const KNOWN: &str = "known-to-the-test";

impl Place {
    async fn new(server: &'static str) -> Self {
        Self::with(server, "").await
    }

    /// The same with settings of the server's besides.
    async fn with(server: &'static str, settings: &str) -> Self {
        let world = World::new().await;
        let cluster = support::own_postgres(&format!("-c max_prepared_transactions=5 {settings}"));
        let url = match server {
            "super" => cluster.url(""),
            _ => {
                cluster.query("", "create role managed login createdb createrole password 'managed-9'").await;
                format!("postgres://managed:managed-9@{}:{}", cluster.host, cluster.port)
            }
        };
        let place = Self { world, cluster, server };
        let new = NewServer::from_url(server, &url.into()).unwrap();
        servers::add(&place.world.platform, &operator(), new).await.unwrap();
        place
    }

    fn write(&self, file: &str, sql: &str) {
        std::fs::write(self.world.migrations().join(format!("{file}.up.sql")), sql).unwrap();
    }

    /// The tenant, and how many migrations were run in its own database: none in a copy.
    async fn made(&self, slug: &str) -> (Tenant, usize) {
        let platform = &self.world.platform;
        tenants::reserve(platform, &operator(), new_tenant(slug, self.server)).await.unwrap();
        let applied = std::sync::Mutex::new(0);
        let sink = |p: Progress| *applied.lock().unwrap() += usize::from(matches!(p, Progress::Applied { .. }));
        let tenant = provision::resume(platform, &operator(), slug, &sink).await.unwrap();
        (tenant, applied.into_inner().unwrap())
    }

    async fn deleted(&self, slug: &str) -> neo::error::Result<tenants::Deleted> {
        tenants::delete(&self.world.platform, &operator(), slug, slug, false).await
    }

    async fn query(&self, sql: &str) -> String {
        self.cluster.query("", sql).await
    }

    /// `psql` as the tenant's own login, at any database: with a password that it has only meanwhile.
    async fn client(&self, tenant: &Tenant, database: &str, sql: &str) -> Command {
        let role = &tenant.username;
        self.query(&format!("alter role {role} password '{KNOWN}'")).await;
        let mut command = Command::new(support::postgres_bin("psql"));
        command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", &self.cluster.host]);
        command.args(["-p", &self.cluster.port.to_string(), "-U", role, "-d", database, "-c", sql]);
        // Whatever it has set for itself.
        command.env("PGOPTIONS", "-c statement_timeout=0");
        command.env("PGPASSWORD", KNOWN).stdin(Stdio::null());
        command
    }

    async fn try_as_tenant(&self, tenant: &Tenant, database: &str, sql: &str) -> Result<String, String> {
        let kept = format!("select rolpassword from pg_authid where rolname = '{}'", tenant.username);
        let verifier = self.query(&kept).await;
        let output = self.client(tenant, database, sql).await.output().unwrap();
        self.query(&format!("alter role {} password '{verifier}'", tenant.username)).await;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    async fn as_tenant(&self, tenant: &Tenant, database: &str, sql: &str) -> String {
        self.try_as_tenant(tenant, database, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    async fn findings(&self) -> Vec<doctor::Finding> {
        doctor::examine(&self.world.platform, &operator()).await.unwrap()
    }

    async fn template(&self) -> String {
        template_name(&servers::find(&self.world.platform, &operator(), self.server).await.unwrap().id)
    }
}

/// Everything that an update, a read or a comparison could set off. While the template is made it keeps still: what it would
/// write down then differs from one to the other.
const PREPARED: &str = "
create table public.witness (what text, who text, session text);
create function public.noted(what text) returns boolean language plpgsql as $$ begin
  if current_user !~ '^neo_template_' then insert into public.witness values (what, current_user, session_user); end if;
  return true; end $$;
create function public.tell(what text) returns boolean language plpgsql immutable as $$ begin
  return public.noted(what); end $$;
create function public.seen() returns trigger language plpgsql as $$ begin perform public.tell(tg_argv[0]); return new; end $$;
create domain public.told as text check (public.tell('domain'));
create table public.seeded (id int, note public.told, at timestamptz default now(),
  twice int generated always as (case when public.tell('generated') then id * 2 end) stored, check (public.tell('check')));
create index on public.seeded ((public.tell('index'))) where public.tell('condition');
insert into public.seeded (id, note) values (1, 'one');
create rule watched as on update to public.seeded do also select public.tell('rule');
create trigger watched before update on public._sqlx_migrations for each row execute function public.seen('ledger');
create schema extra;
create function extra.format(text, name, name) returns text language sql as $$ select public.tell('format')::text $$;
create function public.format(text, name, name) returns text language sql as $$ select public.tell('format')::text $$;
create function public.joined(text, name) returns text language sql as $$ select public.tell('operator')::text $$;
create operator public.|| (leftarg = text, rightarg = name, function = public.joined);
";

#[tokio::test]
async fn what_a_file_has_put_behind_a_table_runs_as_the_tenant_when_the_next_one_is_copied() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        place.write("20260101000000_users", "create table users (id int);");
        place.write("20260101000001_prepared", PREPARED);
        let (tenant, applied) = place.made("acme").await;
        let record = "select shobj_description(oid, 'pg_authid') from pg_roles where rolname like 'neo\\_template%'";
        assert_eq!(applied, 0, "{server}: it is a copy: {}", place.query(record).await);
        let told = "select string_agg(distinct who || ' ' || session, ',') from witness";
        let expected = format!("{0} {0}", tenant.username);
        assert_eq!(place.cluster.query(&tenant.database, told).await, expected);
        let told = "select string_agg(distinct what, ',' order by what) from witness";
        let told = place.cluster.query(&tenant.database, told).await;
        for what in ["check", "ledger", "rule"] {
            assert!(told.contains(what), "{server}: nothing was set off, and so nothing shown: {told}");
        }
        let roles = "select count(*) from pg_roles where rolname like 'neo\\_template\\_%' and rolcanlogin";
        assert_eq!(place.query(roles).await, "0", "the template's role signs in no more");
    }
}

/// Functions and operators of the names and kinds that are called in the maintenance database.
const SHADOWS: &str = "
create table public.witness (what text, who text);
grant insert on public.witness to public;
create function public.tell(what text) returns void language sql as $$ insert into public.witness values (what, current_user) $$;
create function public.shobj_description(oid, text) returns text language sql as $$ select public.tell('description'); select 'x' $$;
create function public.shobj_description(oid, name) returns text language sql as $$ select public.tell('description'); select 'x' $$;
create function public.current_setting(text) returns text language sql as $$ select public.tell('setting'); select 'x' $$;
create function public.pg_terminate_backend(int) returns boolean language sql as $$ select public.tell('terminate'); select true $$;
create function public.pg_try_advisory_lock(bigint) returns boolean language sql as $$ select public.tell('lock'); select true $$;
create function public.times(numeric, int) returns numeric language sql as $$ select public.tell('times'); select 1.0 $$;
create operator public.* (leftarg = numeric, rightarg = int, function = public.times);
create function public.is_it(name, text) returns boolean language sql as $$ select public.tell('equal'); select true $$;
create operator public.= (leftarg = name, rightarg = text, function = public.is_it);
create view public.pg_database as select * from pg_catalog.pg_database where public.tell('view') is not null;
create view public.pg_roles as select * from pg_catalog.pg_roles where public.tell('view') is not null;
";

#[tokio::test]
async fn no_name_means_what_a_tenant_says_where_the_administrator_works() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        // As every server before version 15, and every one that was upgraded.
        place.query("grant create on schema public to public").await;
        place.write("20260101000000_users", "create table users (id int); insert into users values (1);");
        let (tenant, _) = place.made("acme").await;
        place.as_tenant(&tenant, "postgres", SHADOWS).await;
        let (platform, boss) = (&place.world.platform, operator());
        let (other, applied) = place.made("other").await;
        assert_eq!(applied, 0);
        place.findings().await;
        servers::check(platform, &boss, server).await.unwrap();
        tenants::lock_holder(platform, &boss, "acme").await.unwrap();
        servers::hardening(platform, &boss, server).await.unwrap();
        place.deleted("other").await.unwrap();
        assert_eq!(place.query("select count(*) from public.witness").await, "0", "{server}");
        let left = format!(
            "select count(*) from pg_catalog.pg_roles where rolname operator(pg_catalog.=) '{}'::name",
            other.username
        );
        assert_eq!(place.query(&left).await, "0");
        // They are heard by whoever looks there without care: the test would see it.
        let careless = place.query("select public.shobj_description(1, 'a'::text)").await;
        assert_eq!((careless.as_str(), place.query("select count(*) from public.witness").await.as_str()), ("x", "1"));
        place.deleted("acme").await.unwrap();
    }
}

#[tokio::test]
async fn a_comment_that_a_tenant_has_written_marks_nothing_and_is_no_advice() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        let ((one, _), (two, _)) = (place.made("one").await, place.made("two").await);
        let another = format!("neo:tenant:{}", two.id);
        for comment in [
            "not yours",
            &another,
            "neo:tenant:nobody",
            "neo:template:xyz;drop/**/database/**/t_b;--",
            "neo:template:xyz",
        ] {
            let comment = comment.replace('\'', "''");
            place.as_tenant(&one, &one.database, &format!("comment on database {} is '{comment}'", one.database)).await;
            let findings = place.findings().await;
            let told: Vec<_> = findings.iter().filter(|f| !f.ok && f.area != "migrations").collect();
            assert!(told.is_empty(), "{server}, {comment}: {told:?}");
            let said = findings.iter().any(|f| format!("{f:?}").contains("xyz"));
            assert!(!said, "{server}: {findings:?}");
        }
        // It has no say over the comment of its role.
        let refused =
            place.try_as_tenant(&one, &one.database, &format!("comment on role {} is 'x'", one.username)).await;
        assert!(refused.is_err_and(|e| e.contains("permission denied") || e.contains("must have")));
        place.deleted("one").await.unwrap();
        let databases = format!(
            "select string_agg(datname, ',') from pg_database where datname in ('{}', '{}')",
            one.database, two.database
        );
        assert_eq!(place.query(&databases).await, two.database);
        place.deleted("two").await.unwrap();
    }
}

#[tokio::test]
async fn a_comment_of_the_administrators_that_is_no_mark_of_neos_is_not_read_as_one() {
    let place = Place::new("super").await;
    place.query("create database elsewhere").await;
    let words = "neo:template:abc;drop/**/database/**/t_b;--";
    place.query(&format!("comment on database elsewhere is '{words}'")).await;
    let findings = place.findings().await;
    assert!(!findings.iter().any(|f| format!("{f:?}").contains("drop/**/")), "{findings:?}");
    // One that could be, under a name that is none of Neo's, is advised about with its name in quotes.
    place.query("alter database elsewhere rename to \"else; where\"").await;
    place.query("comment on database \"else; where\" is 'neo:template:abc'").await;
    let findings = place.findings().await;
    let advice = findings.iter().find(|f| f.area == "orphan").and_then(|f| f.remedy.clone()).unwrap();
    assert!(advice.contains("drop database \"else; where\"; drop role \"neo_template_abc\""), "{advice}");
}

#[tokio::test]
async fn a_tenant_that_holds_the_lock_of_the_template_keeps_nobody_waiting() {
    for server in ["super", "managed"] {
        let place = Place::new(server).await;
        place.write("20260101000000_users", "create table users (id int);");
        let (tenant, _) = place.made("acme").await;
        let key = 0x3d32_ad9e_i64 * i64::from(crc32fast::hash(place.template().await.as_bytes()));
        let hold = format!("select pg_advisory_lock({key}); select pg_sleep(60)");
        let mut session = place.client(&tenant, "postgres", &hold).await;
        let mut session = session.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let held =
            format!("select count(*) from pg_locks where locktype = 'advisory' and objid = {}", key & 0xffff_ffff);
        while place.query(&held).await != "1" {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        place.write("20260101000001_more", "create table more (id int);");
        let (_, applied) = place.made("other").await;
        assert_eq!(applied, 0, "{server}: it is a copy of a template made meanwhile");
        assert!(!session.wait().unwrap().success(), "its session was ended");
    }
}
