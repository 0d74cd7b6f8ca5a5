//! Tenants that are copied from their server's template: like those that the files make, and never worse off.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use neo::doctor;
use neo::engine::template::{Keeper, template_name};
use neo::engine::{Category, Engine, Failure, Target, Tls};
use neo::servers::{self, NewServer};
use neo::tenants::provision::{self, Moment, Progress, Step};
use neo::tenants::{self, State, Status, Tenant};
use secrecy::SecretString;

use super::{Home, new_tenant, operator, silent};
use crate::support::{self, Cluster};
use crate::world::World;

struct Place {
    world: World,
    cluster: &'static Cluster,
    server: String,
    /// Of the template, and of its role.
    name: String,
}

impl Place {
    /// With the fleet's starter migrations.
    async fn new() -> Self {
        let world = World::new().await;
        let starter = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations/tenant");
        for file in std::fs::read_dir(starter).unwrap().flatten() {
            std::fs::copy(file.path(), world.migrations().join(file.file_name())).unwrap();
        }
        let server = Home::Postgres.server(&world).await;
        Self::at(world, server).await
    }

    async fn at(world: World, server: String) -> Self {
        let id = servers::find(&world.platform, &operator(), &server).await.unwrap().id;
        Self { world, cluster: support::postgres().await, server, name: template_name(&id) }
    }

    fn write(&self, file: &str, sql: &str) {
        std::fs::write(self.world.migrations().join(format!("{file}.up.sql")), sql).unwrap();
    }

    /// The tenant, and how many migrations were run in its own database: none in a copy.
    async fn made(&self, slug: &str) -> (Tenant, usize) {
        tenants::reserve(&self.world.platform, &operator(), new_tenant(slug, &self.server)).await.unwrap();
        self.resumed(slug).await
    }

    async fn resumed(&self, slug: &str) -> (Tenant, usize) {
        let applied = Mutex::new(0);
        let sink = |p: Progress| *applied.lock().unwrap() += usize::from(matches!(p, Progress::Applied { .. }));
        let tenant = provision::resume(&self.world.platform, &operator(), slug, &sink).await.unwrap();
        assert_eq!((tenant.status, tenant.state), (Status::Active, State::Current));
        (tenant, applied.into_inner().unwrap())
    }

    async fn query(&self, sql: &str) -> String {
        self.cluster.query("", sql).await
    }

    async fn keeper(&self) -> Keeper {
        let target = Target {
            engine: Engine::Postgres,
            host: self.cluster.host.clone(),
            port: self.cluster.port,
            database: "postgres".into(),
            username: support::ADMIN.into(),
            password: Some(self.cluster.password.clone().into()),
            second: None,
            tls: Tls::Off,
            path: PathBuf::new(),
            application_name: "test".into(),
            connect_timeout: Duration::from_secs(20),
            lock_timeout: Duration::from_secs(5),
            tls_ca: None,
        };
        let id = servers::find(&self.world.platform, &operator(), &self.server).await.unwrap().id;
        Keeper::open(&target, &id).await.unwrap()
    }

    /// Everything a dump says of it, under names that are the same for all.
    fn dumped(&self, tenant: &Tenant) -> String {
        let dump = Command::new("pg_dump")
            .args([
                "-h",
                &self.cluster.host,
                "-p",
                &self.cluster.port.to_string(),
                "-U",
                &self.cluster.user,
                "--create",
            ])
            .args(["--exclude-table-data=_sqlx_migrations", "--restrict-key=0", "-d", &tenant.database])
            .env("PGPASSWORD", &self.cluster.password)
            .output()
            .unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        let text = String::from_utf8(dump.stdout)
            .unwrap()
            .replace(&tenant.database, "the_tenant")
            .replace(&tenant.id, "its_id");
        assert!(!text.contains(&self.name), "something still belongs to the template");
        // Times of seeds differ by when they were written.
        let is_time = |field: &str| field.starts_with("20") && field.contains(':');
        let masked =
            |line: &str| line.split('\t').map(|f| if is_time(f) { "then" } else { f }).collect::<Vec<_>>().join("\t");
        text.lines().map(masked).collect::<Vec<_>>().join("\n")
    }

    async fn made_at(&self) -> Option<String> {
        let sql = format!("select shobj_description(oid, 'pg_authid') from pg_roles where rolname = '{}'", self.name);
        let comment = self.query(&sql).await;
        let json: serde_json::Value = serde_json::from_str(comment.split_once(' ')?.1).ok()?;
        Some(json["made_at"].as_str()?.to_owned())
    }

    async fn databases(&self) -> String {
        self.query(&format!("select count(*) from pg_database where datname like '{}%'", self.name)).await
    }
}

const EVERYTHING: &str = "create schema extra;
create type extra.mood as enum ('good', 'bad');
create function extra.twice(n int) returns int language sql as 'select 2 * n';
create table extra.notes (id bigserial primary key, mood extra.mood, written timestamptz default now());
insert into extra.notes (mood) values ('good'), ('bad');
create sequence counter start 7;
create view rested as select id from users;
grant select on rested to public;
create materialized view kept as select count(*) from roles";

#[tokio::test]
async fn a_copy_is_what_the_files_would_have_made_owners_rights_and_seeds() {
    let place = Place::new().await;
    place.write("20260101000001_everything", EVERYTHING);
    // Somebody who makes the template and does not come to an end keeps nobody waiting for long.
    let mut keeper = place.keeper().await;
    assert!(keeper.take(Duration::ZERO).await.unwrap());
    let (by_files, applied) = place.made("files").await;
    assert_eq!(applied, 7);
    keeper.close().await;

    let (copy, applied) = place.made("copied").await;
    assert_eq!(applied, 0, "a copy has nothing to apply");
    assert_eq!((copy.version, copy.applied, &copy.fingerprint), (by_files.version, 7, &by_files.fingerprint));
    let (copied, filed) = (place.dumped(&copy), place.dumped(&by_files));
    let differs = copied.lines().zip(filed.lines()).find(|(one, two)| one != two);
    assert_eq!((differs, copied.lines().count()), (None, filed.lines().count()));
    assert!(copied.contains("GRANT SELECT ON TABLE public.rested TO PUBLIC") && copied.contains("neo:tenant:its_id"));
    let ledger = "select string_agg(version || encode(checksum, 'hex') || success || description, ',' order by version) \
                  from _sqlx_migrations";
    let of = |tenant: &Tenant| tenant.database.clone();
    assert_eq!(place.cluster.query(&of(&copy), ledger).await, place.cluster.query(&of(&by_files), ledger).await);
    let catalogue = |tenant: &Tenant| {
        format!(
            "select d.datdba::regrole::text = d.datname, d.datistemplate, d.datallowconn, d.datconnlimit, \
             replace(d.datacl::text, d.datname, 'it'), d.encoding, d.datcollate, \
             shobj_description(d.oid, 'pg_database') = 'neo:tenant:{}' \
             from pg_database d where datname = '{}'",
            tenant.id, tenant.database
        )
    };
    assert_eq!(place.query(&catalogue(&copy)).await, place.query(&catalogue(&by_files)).await);

    // The template itself is shut, and nobody's to work in.
    let sql = format!(
        "select datistemplate, datallowconn, datdba::regrole, \
         (select rolcanlogin from pg_roles where rolname = datname) from pg_database where datname like '{}%'",
        place.name
    );
    assert_eq!(place.query(&sql).await, "t|f|neo_admin|f");
}

#[tokio::test]
async fn two_who_find_the_template_stale_make_it_anew_once() {
    let place = Place::new().await;
    place.made("first").await;
    let before = place.made_at().await.unwrap();
    place.write("20260101000001_more", "create table more (id int); select pg_sleep(0.2);");
    for slug in ["one", "two"] {
        tenants::reserve(&place.world.platform, &operator(), new_tenant(slug, &place.server)).await.unwrap();
    }
    let seen = Mutex::new(std::collections::BTreeSet::new());
    let watch = async {
        loop {
            let now = place.made_at().await;
            seen.lock().unwrap().extend(now.filter(|at| *at != before));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let both = async { tokio::join!(place.resumed("one"), place.resumed("two")) };
    let ((one, _), (two, _)) = tokio::select! { both = both => both, () = watch => unreachable!() };
    let last = place.made_at().await;
    seen.lock().unwrap().extend(last);
    assert_eq!((one.version, two.version), (Some(20260101000001), Some(20260101000001)));
    assert_eq!(seen.lock().unwrap().len(), 1, "{seen:?}");
    let (three, applied) = place.made("three").await;
    assert_eq!((three.version, applied), (Some(20260101000001), 0));
}

#[tokio::test]
async fn a_template_that_somebody_dropped_or_changed_is_made_anew() {
    let place = Place::new().await;
    place.made("first").await;
    place.query(&format!("alter database {} is_template false", place.name)).await;
    place.query(&format!("drop database {}", place.name)).await;
    assert_eq!(place.made("second").await.1, 0);
    assert_eq!(place.databases().await, "1");

    place.query(&format!("alter database {} allow_connections true", place.name)).await;
    place.cluster.query(&place.name, "create table surplus (id int)").await;
    place.query(&format!("alter database {} allow_connections false", place.name)).await;
    let (third, applied) = place.made("third").await;
    assert_eq!(applied, 6, "the files are used when the copy is not what was recorded");
    let surplus = "select count(*) from pg_class where relname = 'surplus'";
    assert_eq!(place.cluster.query(&third.database, surplus).await, "0");
    let (fourth, applied) = place.made("fourth").await;
    assert_eq!((applied, place.cluster.query(&fourth.database, surplus).await.as_str()), (0, "0"));
}

#[tokio::test]
async fn whoever_is_killed_making_the_template_leaves_nothing_that_stands_in_the_way() {
    let place = Place::new().await;
    place.write("20260101000001_slow", "create table slow (id int); select pg_sleep(0.5);");
    tenants::reserve(&place.world.platform, &operator(), new_tenant("first", &place.server)).await.unwrap();
    let other = operator();
    let mut first = Box::pin(provision::resume(&place.world.platform, &other, "first", &silent));
    let begun = async {
        while place.databases().await != "2" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    tokio::select! {
        _ = &mut first => panic!("it went through"),
        () = begun => drop(first),
    }
    let findings = doctor::examine(&place.world.platform, &operator()).await.unwrap();
    let named = findings.iter().any(|f| !f.ok && f.area == "template" && f.subject.contains(&place.name));
    assert!(named, "{findings:?}");
    // Whether the server has noticed by now or not: it is made, and in the end the template is as well.
    place.resumed("first").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(place.made("second").await.1, 0);
    assert_eq!(place.databases().await, "1");
    let findings = doctor::examine(&place.world.platform, &operator()).await.unwrap();
    assert!(findings.iter().any(|f| f.ok && f.area == "template" && f.message.contains("newest")), "{findings:?}");
}

#[tokio::test]
async fn a_copy_that_was_not_handed_over_is_made_anew() {
    let place = Place::new().await;
    place.made("first").await;
    let platform = &place.world.platform;
    tenants::reserve(platform, &operator(), new_tenant("second", &place.server)).await.unwrap();
    let fault = |at: Moment| (at == Moment::Before(Step::Database)).then(|| Failure::new(Category::Disk, "full"));
    provision::resume_unless(platform, &operator(), "second", &silent, &fault).await.unwrap_err();
    let tenant = tenants::find(platform, &operator(), "second").await.unwrap();
    let (database, role) = (&tenant.database, &tenant.username);
    place
        .query(&format!("create database {database} owner {role} template {} allow_connections false", place.name))
        .await;
    let (tenant, applied) = place.resumed("second").await;
    assert_eq!(applied, 0);
    let foreign = format!(
        "select count(*) from pg_class where relowner = (select oid from pg_roles where rolname = '{}')",
        place.name
    );
    assert_eq!(place.cluster.query(&tenant.database, &foreign).await, "0");
}

#[tokio::test]
async fn what_must_be_each_tenants_own_is_never_copied() {
    for (sql, why) in [
        (
            "create table keys (id int, secret uuid default gen_random_uuid()); insert into keys (id) values (1)",
            "at random",
        ),
        ("create table who (name text); insert into who values (current_user)", "names the role"),
        (
            "create table trials (ends date default current_date + 14, id int); insert into trials (id) values (1)",
            "day or time",
        ),
        ("create table trials (ends date); insert into trials values (current_date + 14)", "current_date"),
        ("alter default privileges grant select on tables to public", "by name"),
        (
            "do $$ begin execute format('alter role %I set search_path = public', current_user); end $$",
            "sets parameters",
        ),
    ] {
        let place = Place::new().await;
        place.write("20260101000001_own", sql);
        for slug in ["one", "two"] {
            assert_eq!(place.made(slug).await.1, 7, "{why}: made from the files");
        }
        assert_eq!(place.databases().await, "0", "{why}");
    }
}

#[tokio::test]
async fn seeded_times_are_those_of_the_tenant_and_not_of_the_template() {
    let place = Place::new().await;
    place.write(
        "20260101000001_trial",
        "create table trials (id int, ends timestamptz default now() + interval '14 days', fixed timestamptz);
         insert into trials (id, fixed) values (1, '2020-01-01T00:00:00Z');",
    );
    place.made("first").await;
    // As if the template had been made ten days ago.
    let made_at = place.made_at().await.unwrap();
    let role = "select shobj_description(oid, 'pg_authid') from pg_roles where rolname";
    let comment = place.query(&format!("{role} = '{}'", place.name)).await;
    let day: i64 = place
        .query(&format!("select extract(epoch from '{made_at}'::timestamptz - interval '10 days')::bigint"))
        .await
        .parse()
        .unwrap();
    let earlier = place
        .query(&format!("select to_char(to_timestamp({day}) at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"))
        .await;
    place.query(&format!("comment on role {} is '{}'", place.name, comment.replace(&made_at, &earlier))).await;
    let (second, applied) = place.made("second").await;
    assert_eq!(applied, 0);
    let sql = "select round(extract(epoch from ends - now()) / 86400), extract(year from fixed), \
               (select round(extract(epoch from max(created_at) - now()::timestamp) / 86400) from roles), \
               (select round(extract(epoch from max(installed_on) - now()) / 86400) from _sqlx_migrations) from trials";
    assert_eq!(place.cluster.query(&second.database, sql).await, "24|2020|10|0");
}

#[tokio::test]
async fn a_template_is_made_in_the_servers_own_time_zone_and_anew_when_that_is_another() {
    let world = World::new().await;
    let cluster: &Cluster = Box::leak(Box::new(support::own_postgres("-c datestyle=german")));
    let url = SecretString::from(cluster.admin_url());
    servers::add(&world.platform, &operator(), NewServer::from_url("pg", &url).unwrap()).await.unwrap();
    let place = Place { cluster, ..Place::at(world, "pg".into()).await };
    place.write(
        "20260101000001_seeds",
        "create table seeds (id int, at timestamptz, local timestamp default now(), far timestamp default timezone('utc', now()));
         insert into seeds (id, at) values (1, '01.06.2024 12:00');",
    );
    let opened = "select to_char(at at time zone 'utc', 'DD.MM.YYYY HH24:MI') from seeds";
    for (index, (zone, at)) in [("Asia/Kolkata", "06:30"), ("America/New_York", "16:00")].into_iter().enumerate() {
        place.query(&format!("alter system set timezone = '{zone}'")).await;
        place.query("select pg_reload_conf()").await;
        while place.query("show timezone").await != zone {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (tenant, applied) = place.made(&format!("one{index}")).await;
        assert_eq!(applied, 0, "{zone}");
        assert_eq!(cluster.query(&tenant.database, opened).await, format!("01.06.2024 {at}"), "{zone}");
    }

    // As if the template had been made half a year ago, when the clocks of New York showed another hour.
    let made_at = place.made_at().await.unwrap();
    let comment = place
        .query(&format!("select shobj_description(oid, 'pg_authid') from pg_roles where rolname = '{}'", place.name))
        .await;
    let sql = "to_char(('MADE'::timestamptz - interval '4368 hours') at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let earlier = place.query(&format!("select {}", sql.replace("MADE", &made_at))).await;
    place.query(&format!("comment on role {} is '{}'", place.name, comment.replace(&made_at, &earlier))).await;
    let (tenant, applied) = place.made("late").await;
    assert_eq!(applied, 0);
    let hours = "select round(extract(epoch from local at time zone 'America/New_York' - now()) / 3600), \
                 round(extract(epoch from far at time zone 'utc' - now()) / 3600) from seeds";
    assert_eq!(cluster.query(&tenant.database, hours).await, "4368|4368");
}

#[tokio::test]
async fn an_administrator_who_is_no_superuser_makes_copies_too_and_removing_the_server_leaves_nothing() {
    let world = World::new().await;
    let cluster = support::postgres().await;
    let login = support::unique("keeper");
    cluster.query("", &format!("create role {login} login createdb createrole password 'canary-9'")).await;
    let url = format!("postgres://{login}:canary-9@{}:{}", cluster.host, cluster.port);
    servers::add(&world.platform, &operator(), NewServer::from_url("pg", &url.into()).unwrap()).await.unwrap();
    let place = Place::at(world, "pg".into()).await;
    place.write("20260101000000_users", "create table users (id int); create table roles (id int);");
    place.write("20260101000001_everything", EVERYTHING);
    let (tenant, applied) = place.made("acme").await;
    assert_eq!(applied, 0);
    place.dumped(&tenant);
    let owners = "select string_agg(distinct relowner::regrole::text, ',') from pg_class c join pg_namespace n \
                  on n.oid = relnamespace where nspname in ('public', 'extra')";
    assert_eq!(place.cluster.query(&tenant.database, owners).await, tenant.username);

    let platform = &place.world.platform;
    tenants::delete(platform, &operator(), "acme", "acme", false).await.unwrap();
    servers::remove(platform, &operator(), "pg").await.unwrap();
    let left = format!(
        "select (select count(*) from pg_database where datname like '{0}%') + (select count(*) from pg_roles where rolname = '{0}')",
        place.name
    );
    assert_eq!(place.query(&left).await, "0");
}

#[tokio::test]
async fn a_template_of_a_server_that_is_not_known_is_named_an_orphan_and_a_known_one_is_not() {
    let place = Place::new().await;
    let (tenant, _) = place.made("acme").await;
    let subjects = |findings: Vec<doctor::Finding>| -> Vec<String> {
        findings.into_iter().filter(|f| !f.ok && f.area == "orphan").map(|f| f.subject).collect()
    };
    let orphans = subjects(doctor::examine(&place.world.platform, &operator()).await.unwrap());
    assert!(orphans.iter().all(|s| !s.contains(&place.name) && !s.contains(&tenant.database)), "{orphans:?}");
    let other = Place::new().await;
    let orphans = subjects(doctor::examine(&other.world.platform, &operator()).await.unwrap());
    assert!(orphans.iter().any(|s| s.contains(&place.name)), "{orphans:?}");
}

#[tokio::test]
async fn a_view_that_was_made_without_its_rows_keeps_nobody_from_being_copied() {
    let place = Place::new().await;
    place.write("20260101000001_totals", "create materialized view totals as select count(*) from roles with no data;");
    let (tenant, applied) = place.made("acme").await;
    assert_eq!(applied, 0, "it is a copy");
    let populated = "select relispopulated from pg_class where relname = 'totals'";
    assert_eq!(place.cluster.query(&tenant.database, populated).await, "f");
}
