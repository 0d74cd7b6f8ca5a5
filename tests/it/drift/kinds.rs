//! Each kind of thing that a schema is made of shows when it differs, on each engine; and what is the same reads the same,
//! however it came about.

use std::path::Path;

use neo::engine::{Connection, Engine};
use rstest::rstest;

use super::{database, differences, schema_after};
use crate::support;

const BASE: &str = "create table a (id integer not null primary key, v varchar(50), n integer); \
                    create table b (id integer not null primary key, v varchar(50));";

/// What is done to one of two equal databases, and the lines that tell of it.
type Act = (&'static str, &'static [&'static str]);

const POSTGRES: &[Act] = &[
    ("create view seen as select id from a", &["+ view seen as SELECT"]),
    ("create or replace view seen as select id from a where n > 1", &["+ view seen as SELECT", "n > 1)"]),
    ("alter view seen set (security_invoker = true)", &["+ view seen with {security_invoker=true} as SELECT"]),
    (
        "create materialized view kept as select count(*) as n from a; create unique index kept_n on kept (n)",
        &["+ materialized view kept as SELECT count(*) AS n FROM a", "+ unique index kept_n on kept (n)"],
    ),
    (
        "create function twice(n int) returns int language sql immutable as 'select 2 * n'",
        &["+ function twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $function$select 2 * n$function$"],
    ),
    (
        "create or replace function twice(n int) returns int language sql immutable as 'select n + n'",
        &["AS $function$select n + n$function$"],
    ),
    ("create procedure tidy() language plpgsql as $$ begin delete from a; end $$", &["+ procedure tidy() LANGUAGE"]),
    ("create aggregate total (int) (sfunc = int4pl, stype = int, initcond = '0')", &["+ aggregate total(integer)"]),
    (
        "create function touch() returns trigger language plpgsql as $$ begin return new; end $$; \
         create trigger touched before update on a for each row execute function touch()",
        &["+ trigger touched BEFORE UPDATE on a FOR EACH ROW EXECUTE FUNCTION touch()", "+ function touch()"],
    ),
    ("alter table a disable trigger touched", &["EXECUTE FUNCTION touch(), disabled"]),
    ("alter table a enable row level security", &["+ row level security on a"]),
    ("alter table a force row level security", &["+ row level security on a, forced"]),
    ("create policy own on a for select to public using (id > 0)", &["+ policy own on a for select to public using"]),
    (
        "create policy others on a as restrictive for all to pg_monitor with check (n > 2)",
        &["+ policy others on a restrictive for all to roles with check ((n > 2))"],
    ),
    ("create type mood as enum ('good', 'bad')", &["+ type mood enum ('good', 'bad')"]),
    ("alter type mood add value 'so so' before 'bad'", &["+ type mood enum ('good', 'so so', 'bad')"]),
    (
        "create domain positive as int not null default 1 check (value > 0)",
        &[
            "+ domain positive integer not null default 1",
            "+ constraint positive_check on positive CHECK ((VALUE > 0))",
        ],
    ),
    ("create type address as (street text, number int)", &["+ composite type address", "+ column address.street text"]),
    (
        "create sequence numbers as int start 7 increment 2 cycle",
        &["+ sequence numbers as integer start 7 increment 2 minvalue 1 maxvalue 2147483647 cache 1 cycle"],
    ),
    ("alter sequence numbers owned by a.n", &["+ sequence numbers owned by a.n as integer"]),
    (
        "alter table b add made integer generated always as (id * 2) stored",
        &["+ column b.made integer generated as (id * 2) stored"],
    ),
    ("create table parted (id int, y int) partition by range (y)", &["+ table parted partition by RANGE (y)"]),
    (
        "create table parted_1 partition of parted for values from (1) to (2)",
        &["+ table parted_1 of parted partition FOR VALUES FROM (1) TO (2)"],
    ),
    ("create unlogged table quick (id int)", &["+ unlogged table quick"]),
    (
        "create unique index b_v on b (v); create table c (v varchar(50) references b (v))",
        &["+ unique index b_v on b (v)"],
    ),
    ("create schema app; create view app.seen as select id from b", &["+ view app.seen as SELECT"]),
    (
        "alter table a add sorted text collate \"C\" not null default ''",
        &["+ column a.sorted text collate \"C\" not null default"],
    ),
    ("alter table a alter sorted type text collate \"default\"", &["+ column a.sorted text not null default"]),
    (
        "create collation any_case (provider = icu, locale = 'und', deterministic = false); \
         create domain word as text collate any_case; create table words (w word)",
        &["+ domain word text collate \"any_case\"", "+ column words.w word collate \"any_case\""],
    ),
    (
        "alter table a alter n set not null; alter table a alter n add generated always as identity",
        &["+ column a.n integer not null generated always as identity"],
    ),
    (
        "alter table a alter n set generated by default",
        &["+ column a.n integer not null generated by default as identity"],
    ),
    ("create table gone (id int) inherits (a)", &["+ table gone inherits a"]),
    ("alter table gone no inherit a", &["+ table gone", "- table gone inherits a"]),
    ("create rule kept as on delete to b do instead nothing", &["+ rule kept AS ON DELETE TO b DO INSTEAD NOTHING"]),
    ("alter table b disable rule kept", &["DO INSTEAD NOTHING, disabled"]),
    ("alter table b replica identity full", &["+ replica identity of b full"]),
    (
        "alter table b alter v set not null; alter table b replica identity using index b_v",
        &["+ replica identity of b by btree (v)"],
    ),
    ("create type span as range (subtype = timestamptz)", &["+ type span range of timestamp with time zone"]),
    (
        "alter table b add constraint later foreign key (id) references a (id) deferrable initially deferred",
        &["+ constraint later on b FOREIGN KEY (id) REFERENCES a(id) DEFERRABLE INITIALLY DEFERRED"],
    ),
    (
        "create index part on a (v collate \"C\" text_pattern_ops desc nulls last) include (n) where n > 3",
        &["+ index part on a (v COLLATE \"C\" text_pattern_ops DESC NULLS LAST) INCLUDE (n) WHERE (n > 3)"],
    ),
    ("create unique index alone on a (n) nulls not distinct", &["+ unique index alone on a (n) NULLS NOT DISTINCT"]),
];

/// What a server before 18 does not know.
const POSTGRES_18: &[Act] = &[
    ("alter table a add constraint n_there not null n not valid", &["+ constraint n_there on a NOT NULL n NOT VALID"]),
    ("alter table a validate constraint n_there", &["- constraint n_there on a NOT NULL n NOT VALID"]),
    (
        "alter table b add thought integer generated always as (id * 3) virtual",
        &["+ column b.thought integer generated as (id * 3) virtual"],
    ),
    (
        "alter table b add constraint unheeded check (id > 5) not enforced",
        &["+ constraint unheeded on b CHECK ((id > 5)) NOT ENFORCED"],
    ),
];

const MARIADB: &[Act] = &[
    ("create view seen as select id from a", &["+ view seen as select a.id AS id from a"]),
    (
        "create or replace sql security invoker view seen as select id, n from a where n > 1 with cascaded check option",
        &[
            "+ view seen sql security invoker with cascaded check option as select a.id AS id,a.n AS n from a where a.n > 1",
        ],
    ),
    (
        "create trigger touched before update on a for each row set new.n = 1",
        &["+ trigger touched before update on a: set new.n = 1"],
    ),
    (
        "create trigger again before update on a for each row set new.n = 2",
        &["+ trigger again before update on a as number 2: set new.n = 2"],
    ),
    (
        "create function twice(n int) returns int deterministic return 2 * n",
        &["+ function twice(n int) RETURNS int(11) DETERMINISTIC return 2 * n"],
    ),
    ("create or replace function twice(n int) returns int deterministic return n + n", &["DETERMINISTIC return n + n"]),
    (
        "create procedure tidy(in most int) begin delete from a where n > most; end",
        &["+ procedure tidy(in most int) begin delete from a where n > most; end"],
    ),
    ("create event old on schedule every 1 day do delete from a", &["+ event old every 1 day: delete from a"]),
    ("alter event old disable", &["+ event old every 1 day, disabled: delete from a"]),
    ("create sequence numbers start with 7 increment by 2", &["+ sequence numbers start with 7 minvalue 1"]),
    (
        "alter table a modify v varchar(50) character set utf8mb4 collate utf8mb4_bin",
        &["+ column a.v varchar(50) collate utf8mb4_bin"],
    ),
    ("alter table b engine = aria", &["+ table b engine Aria", "- table b engine InnoDB"]),
    (
        "create table parted (y int) partition by range (y) (partition p0 values less than (7))",
        &[
            "+ table parted engine InnoDB",
            "+ table parted PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (7) ENGINE = InnoDB)",
        ],
    ),
    ("create table kept (id int) with system versioning", &["+ table kept engine InnoDB with system versioning"]),
    (
        "alter table a add at timestamp not null default current_timestamp on update current_timestamp",
        &["+ column a.at timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()"],
    ),
    (
        "alter table a add hidden int invisible default 3 check (hidden > 2)",
        &["+ column a.hidden int(11) INVISIBLE DEFAULT 3 CHECK (hidden > 2)"],
    ),
    ("create index part on a (v(7) desc)", &["+ index part on a (v(7) DESC)"]),
    ("alter table a alter index part ignored", &["+ index part on a (v(7) DESC) IGNORED"]),
    (
        "create table owns (owner int, constraint owned foreign key (owner) references a (id) on delete set null on update cascade)",
        &["+ constraint owned on owns FOREIGN KEY (owner) REFERENCES a (id) ON DELETE SET NULL ON UPDATE CASCADE"],
    ),
    (
        "alter table a add twice int generated always as (n * 2) stored",
        &["+ column a.twice int(11) GENERATED ALWAYS AS (n * 2) STORED"],
    ),
];

const SQLITE: &[Act] = &[
    ("create view seen as select id from a", &["+ view seen as select id from a"]),
    (
        "create trigger touched after update on a begin update b set v = 'x'; end",
        &["+ trigger touched on a after update on a begin update b set v = 'x'; end"],
    ),
    ("create virtual table found using fts5(v)", &["+ virtual table found using fts5(v)"]),
    ("create table exact (id integer primary key, v text) strict", &["+ table exact strict"]),
    ("create table keyed (id text primary key) without rowid", &["+ table keyed without rowid"]),
    (
        "create table made (n integer, twice integer generated always as (n * 2) stored)",
        &["+ column made.twice integer generated stored", "+ generated on made as (n * 2)"],
    ),
    ("create table words (w text collate nocase, u text)", &["+ column words.w says collate nocase"]),
    ("create index words_u on words (u collate rtrim desc)", &["+ index words_u on words (u collate rtrim desc)"]),
    (
        "create table later (id integer primary key autoincrement, a int references a (id) deferrable initially deferred)",
        &["+ column later.id says autoincrement", "+ column later.a says initially deferred"],
    ),
];

#[rstest]
#[case::postgres(Engine::Postgres, POSTGRES)]
#[case::mariadb(Engine::Mysql, MARIADB)]
#[case::sqlite(Engine::Sqlite, SQLITE)]
#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_thing_shows(#[case] engine: Engine, #[case] acts: &[Act]) {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (database(engine, folder.path()).await, database(engine, folder.path()).await);
    let norm = schema_after(&one, BASE).await;
    let mut before = schema_after(&other, BASE).await;
    assert_eq!(differences(&norm, &before), Vec::<String>::new());
    let mut acts = acts.to_vec();
    if before.dialect.strip_prefix("postgres ").is_some_and(|rest| rest[..2] >= *"18") {
        acts.extend(POSTGRES_18);
    }
    for (act, told) in &acts {
        let after = schema_after(&other, act).await;
        let differs = differences(&before, &after);
        for line in *told {
            // To its end where it is told whole.
            let is_told = differs.iter().any(|found| found.contains(line));
            assert!(is_told, "{act}: {line} is not in\n{}", differs.join("\n"));
        }
        assert_ne!(before.fingerprint(), after.fingerprint(), "{act}");
        assert!(after.lines.iter().all(|line| line.chars().count() < 300 && !line.contains('\n')), "{after:#?}");
        before = after;
    }
    // And they are the same in another database.
    let all: Vec<_> = acts.iter().map(|(act, _)| *act).collect();
    let mut same = norm;
    for act in all {
        same = schema_after(&one, act).await;
    }
    assert_eq!(differences(&same, &before), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_body_shows_where_it_differs_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) =
        (database(Engine::Postgres, folder.path()).await, database(Engine::Postgres, folder.path()).await);
    let body = |end: &str| {
        let steps = "perform 1; ".repeat(60);
        format!("create function long() returns void language plpgsql as $$ begin {steps} {end}; end $$")
    };
    let (norm, there) = (schema_after(&one, &body("perform 2")).await, schema_after(&other, &body("perform 3")).await);
    let differs = differences(&norm, &there);
    assert_eq!(differs.len(), 2, "{differs:#?}");
    assert!(differs[0].starts_with("+ function long() RETURNS void LANGUAGE plpgsql AS"), "{differs:#?}");
}

/// Names that go with the search path, tools' tables, extensions, owners, and a copy of a database.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_on_postgresql_reads_the_same_however_it_came_about() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = support::postgres().await;
    let (one, other, copy) = (
        database(Engine::Postgres, folder.path()).await,
        database(Engine::Postgres, folder.path()).await,
        support::unique("copied"),
    );
    let make = "create table a (id bigserial primary key, v text, w int generated always as identity); \
                create view seen as select id, v from a; \
                create function twice(n int) returns int language sql as 'select 2 * n'; \
                create function touch() returns trigger language plpgsql as $$ begin return new; end $$; \
                create trigger touched before update on a for each row execute function touch(); \
                create type mood as enum ('a', 'b'); create sequence numbers; \
                create table odd (\"Mixed\" int, raw bytea default '\\x41ff', wait interval default '1 day 02:00'); \
                alter table a enable row level security; create policy own on a using (v = 'x')";
    let norm = schema_after(&one, make).await;

    // By a role of its own, whose names are read elsewhere first; a column more, that went again.
    let role = format!("{}_role", other.database);
    cluster.query("", &format!("create role {role} superuser")).await;
    cluster.query("", &format!("alter database {} set search_path = {role}", other.database)).await;
    cluster.query("", &format!("alter database {} set timezone = 'Asia/Tokyo'", other.database)).await;
    for how in ["bytea_output = escape", "intervalstyle = iso_8601", "quote_all_identifiers = on"] {
        cluster.query("", &format!("alter database {} set {how}", other.database)).await;
    }
    let otherwise = make.replace("id bigserial", "gone int, id bigserial").replace("select 2 * n", "select  2 *\n n");
    cluster
        .query(
            &other.database,
            &format!("create schema {role}; set role {role}; set search_path = public; {otherwise}"),
        )
        .await;
    cluster.query(&other.database, "alter table public.a drop column gone").await;
    cluster
        .query(
            &other.database,
            "set search_path = public; create extension pgcrypto; create table knex_migrations (id serial)",
        )
        .await;
    let same = schema_after(&other, "").await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());

    cluster.query("", &format!("create database {copy} template {}", one.database)).await;
    for thing in ["table a", "view seen", "function twice", "type mood"] {
        cluster.query(&copy, &format!("alter {thing} owner to {role}")).await;
    }
    let copied = schema_after(&neo::engine::Target { database: copy, ..one.clone() }, "").await;
    assert_eq!(norm.fingerprint(), copied.fingerprint());
}

/// Definers, the databases' names, comments that some clients drop.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_on_mariadb_reads_the_same_however_it_came_about() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = support::mariadb().await;
    let (one, other) = (database(Engine::Mysql, folder.path()).await, database(Engine::Mysql, folder.path()).await);
    let user = format!("{}_user", other.database);
    cluster
        .query("", &format!("create user {user} identified by 'own'; grant all on {}.* to {user}", other.database))
        .await;
    let make = |definer: &str, database: &str| {
        format!(
            "create table {database}a (id int primary key, v varchar(9)); \
             create definer = {definer} view seen as select a.id, a.v from {database}a where a.v <> ''; \
             create definer = {definer} trigger touched before update on a for each row set new.v = 'x'; \
             create definer = {definer} function twice(n int) returns int deterministic return 2 * n; \
             create definer = {definer} procedure tidy() delete from {database}a; \
             create definer = {definer} event old on schedule every 1 day do delete from {database}a; \
             create sequence numbers"
        )
    };
    let norm = schema_after(&one, &make("current_user", "")).await;
    let there = make(&format!("{user}@'%'"), &format!("`{}`.", other.database))
        .replace("set new.v", "/* why */ set\n  new.v")
        .replace("return 2 * n", "# why\n return 2 * `n`");
    let same = schema_after(&other, &there).await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());
    assert!(!same.lines.iter().any(|line| line.contains(&other.database)), "{:#?}", same.lines);
    assert!(same.lines.iter().any(|line| line.starts_with("view seen as select a.id AS id")), "{:#?}", same.lines);

    // On a server of another mode.
    let same = schema_after(&one, "set sql_mode = 'ansi_quotes,no_backslash_escapes'").await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());

    // The tenant's own role sees what an administrator sees.
    let own = neo::engine::Target { username: user, password: Some(String::from("own").into()), ..other.clone() };
    let seen = schema_after(&own, "").await;
    assert_eq!(differences(&same, &seen), Vec::<String>::new());
    // But for the body of another's routine, which the server does not show it.
    let seen = schema_after(&other, "create function thrice(n int) returns int deterministic return 3 * n").await;
    assert_eq!(
        differences(&seen, &schema_after(&own, "").await),
        [
            "- function thrice(n int) RETURNS int(11) DETERMINISTIC return 3 * n",
            "+ function thrice, which its definer alone may read",
        ]
    );
}

/// A rename writes quotes into everything that names the table.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_same_on_sqlite_reads_the_same_however_it_came_about() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (database(Engine::Sqlite, folder.path()).await, database(Engine::Sqlite, folder.path()).await);
    let make = "create table a (id integer primary key, v text check (v <> '')); create table log (id integer); \
                create view seen as select a.id from a; create index a_part on a (v) where v > 'a'; \
                create trigger touched after update on a begin insert into log values (new.id); end";
    let norm = schema_after(&one, make).await;
    let there = "create table old (id integer primary key, v text check (v <> '')); create table log (id integer); \
                 alter table old rename to a; create index \"a_part\" on [a] (v) where v > 'a'; \
                 create view seen as -- why\n select a.id  from \"a\"; \
                 create trigger if not exists touched after update on `a` begin insert into log values (new.id); end";
    let same = schema_after(&other, there).await;
    assert_eq!(differences(&norm, &same), Vec::<String>::new());
}

/// On a server whose own is another than the character set's default.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_on_mariadb_has_the_servers_own_collation() {
    let collation = "select default_collation_name from information_schema.schemata where schema_name";
    for (settings, own) in [
        ("--character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci", "utf8mb4_unicode_ci"),
        ("--character-set-server=latin1 --collation-server=latin1_swedish_ci", "utf8mb4_general_ci"),
    ] {
        let cluster = support::own_mariadb(settings);
        let target = neo::engine::Target {
            host: cluster.host.clone(),
            port: cluster.port,
            username: cluster.user.clone(),
            password: Some(cluster.password.clone().into()),
            database: String::new(),
            ..database(Engine::Sqlite, Path::new("/tmp")).await
        };
        let target = neo::engine::Target { engine: Engine::Mysql, ..target };
        neo::engine::create_database(&target, "t_own", "t_own", "its_id").await.unwrap();
        assert_eq!(cluster.query("", &format!("{collation} = 't_own'")).await, own);
        let conn = Connection::open(&neo::engine::Target { database: "t_own".into(), ..target }).await.unwrap();
        conn.close().await;
    }
}
