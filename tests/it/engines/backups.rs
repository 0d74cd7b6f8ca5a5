//! Backups: every kind of object that a tenant can make is backed up, restored into an empty database by another login, and
//! compared: the schema, the rows, and what an insert does.

use super::*;

/// What a tenant makes, what is asked of it afterwards, and an insert that sets off what there is.
struct Kinds {
    made: &'static [&'static str],
    asked: &'static [&'static str],
    insert: &'static str,
}

const POSTGRES: Kinds = Kinds {
    made: &[
        "create extension citext; create extension pgcrypto; comment on extension citext is 'of ours';
         create schema app; create type app.mood as enum ('sad', 'fine'); create domain app.positive as int check (value > 0);
         create type app.pair as (a int, b text); create sequence app.numbers start 5 increment 3;
         create collation app.german (provider = icu, locale = 'de-u-co-phonebk');
         create table app.accounts (id int generated always as identity primary key, email citext unique not null,
           mood app.mood default 'fine', n app.positive default 7, number bigint default nextval('app.numbers'),
           twice int generated always as (n * 2) stored, pair app.pair, tags text[], during int4range, note text collate app.german,
           exclude using gist (during with &&));
         comment on table app.accounts is 'with; a ''quote''';
         create table app.parts (id int, at date) partition by range (at);
         create table app.parts_26 partition of app.parts for values from ('2026-01-01') to ('2027-01-01');
         create table app.log (account int references app.accounts on delete cascade, what text);
         create index on app.accounts (lower(email)); create index on app.log (what) where what <> '';
         create table app.states (state varchar(20) default 'new' check (state in ('new', 'it''s, old')), kind varchar(9));
         create index on app.states (state) where kind not in ('a', 'b');
         create view app.open as select state from app.states where state in ('new', 'open') with check option;
         create policy listed on app.states using (kind in ('a', 'c'));
         create unlogged table app.scratch (x int); create statistics app.st on id, email from app.accounts",
        "create function app.noted() returns trigger language plpgsql as $$ begin
           insert into app.log values (new.id, 'made; ' || new.email); return new; end $$;
         create trigger noted after insert on app.accounts for each row execute function app.noted();
         create procedure app.clear() language sql begin atomic delete from app.log; end;
         create aggregate app.total (int) (sfunc = int4pl, stype = int, initcond = '0');
         create view app.fine as select id, email from app.accounts where mood = 'fine' with check option;
         create materialized view app.counted as select count(*) n from app.accounts with no data;
         create rule quiet as on delete to app.fine do instead nothing;
         create operator app.@@ (leftarg = int, rightarg = int, function = int4pl);
         create text search configuration app.plain (copy = simple)",
        "alter table app.log enable row level security; create policy own on app.log using (what like 'made%');
         revoke all on function app.noted from public; grant select on app.accounts to public;
         insert into app.accounts (email, pair, tags, during) values ('Ada@X', (1, 'x'), '{a,\"b;c\"}', '[1,5)');
         insert into app.parts values (1, '2026-05-05'); select lo_from_bytea(4711, '\\x00ff10'); refresh materialized view app.counted",
    ],
    asked: &[
        "select concat_ws('|', id, email, mood, n, number, twice, pair, tags, during) from app.accounts order by id",
        "select concat_ws('|', account, what) from app.log order by 1",
        "select concat_ws('|', tableoid::regclass, id, at) from app.parts",
        "select n::text from app.counted",
        "select encode(lo_get(4711), 'hex')",
        "select obj_description('app.accounts'::regclass)",
        "select app.total(n)::text from app.accounts",
        "select last_value::text from app.numbers",
    ],
    insert: "insert into app.accounts (email, during) values ('bob@x', '[5,9)')",
};

const MARIADB: Kinds = Kinds {
    made: &[
        "create sequence seq start with 5 increment by 3 nocache; do next value for seq;
         create table accounts (id int primary key auto_increment, name varchar(50) comment 'a;\nline''s', industry varchar(40),
           n bigint not null default (next value for seq), b blob, j json, g int as (char_length(name) * 2) stored,
           v bigint as (n + 1) virtual, e enum('a','b;') default 'a', s set('x','y'), bt bit(3), d datetime(6), u uuid, i inet6,
           key ix (name(5)), fulltext key ft (name), check (n > 0)) comment = 'nextval(`x`.`seq`)';
         insert into accounts (name, b, bt, d, j) values
           ('a;\n/*!50013 DEFINER=`x`@`y` */', x'00ff', b'101', '2020-01-01 00:00:00.123456', '{\"a\": \";\"}'), ('it''s \\\\ \"q\"', null, null, null, null);
         create table log (account int, what varchar(200), foreign key (account) references accounts (id) on delete cascade);
         create table hist (id int primary key, v varchar(9)) with system versioning;
         insert into hist values (1, 'a'); update hist set v = 'b'; insert into hist values (2, 'z'); delete from hist where id = 2;
         create table parts (id int, d int) partition by range (d) (partition p0 values less than (10), partition p1 values less than maxvalue);
         insert into parts values (1, 5), (2, 50);
         create table `we ird;` (`co;l` int, `a``b` int); create temporary table gone (x int)",
        "create function twice(a int) returns int deterministic return a * 2",
        "create view acc as select id, name from accounts; create view acc2 as select id, twice(id) as two from acc;
         create sql security invoker view acc3 as select 'twice(' as t, name from acc",
        "create procedure clear(in a int) begin declare x int; set x = a; delete from log where account = x; -- a comment; ;;
 end",
        "create trigger noted after insert on accounts for each row begin insert into log values (new.id, concat('made; ', new.name)); end",
        "create trigger dressed before insert on accounts for each row set new.industry = twice(21)",
        "create event purge_old on schedule every 1 day do delete from accounts where name = 'old;'",
        "insert into accounts (name) values ('kept')",
    ],
    asked: &[
        "select concat_ws('|', id, name, industry, n, hex(b), j, g, v, e, hex(bt), d) from accounts order by id",
        "select concat_ws('|', account, what) from log order by 1",
        "select concat_ws('|', id, v) from hist for system_time all order by 1",
        "select concat_ws('|', id, v) from hist order by 1",
        "select concat_ws('|', id, d) from parts order by 1",
        "select concat_ws('|', id, two) from acc2 order by 1",
        "select concat_ws('|', t, name) from acc3 order by 1",
        "select event_name from information_schema.events where event_schema = database()",
        "select concat_ws('|', table_name, table_comment) from information_schema.tables where table_schema = database() order by 1",
    ],
    insert: "insert into accounts (name) values ('new')",
};

const SQLITE: Kinds = Kinds {
    made: &[
        "create table accounts (id integer primary key autoincrement, name text collate nocase unique check (name <> ''), b blob, d real default 1.5,
           g text generated always as (upper(name)) stored) ;
         create table kv (k text primary key, v any) strict, without rowid; create table plain (x);
         create table log (account integer references accounts on delete cascade, what text);
         create index by_name on accounts (lower(name)) where name is not null;
         create view acc as select id, name from accounts;
         create trigger noted after insert on accounts begin insert into log values (new.id, 'made; ' || new.name); end;
         create trigger into_view instead of insert on acc begin insert into accounts (name) values (new.name); end;
         create virtual table words using fts5(body, content = 'plain', content_rowid = 'rowid');
         create virtual table places using rtree(id, x0, x1);
         insert into accounts (name, b) values ('a;''b', x'00ff'), ('zoe', null); delete from accounts where id = 2;
         insert into kv values ('k', 1), ('l', 'text'); insert into plain (rowid, x) values (7, 'seven'), (3, 'three');
         insert into words (rowid, body) values (7, 'seven words'); insert into places values (1, 0.5, 1.5);
         pragma user_version = 42; pragma application_id = 77",
    ],
    asked: &[
        "select id || '|' || name || '|' || hex(b) || '|' || d || '|' || g from accounts order by id",
        "select account || '|' || what from log order by 1",
        "select k || '|' || v from kv order by 1",
        "select rowid || '|' || x from plain order by rowid",
        "select plain.x from words join plain on plain.rowid = words.rowid where words match 'seven'",
        "select id || '|' || x0 from places",
        "select seq || '' from sqlite_sequence",
        "select user_version || '' from pragma_user_version",
        "select application_id || '' from pragma_application_id",
    ],
    insert: "insert into acc (name) values ('new')",
};

fn kinds(engine: Engine) -> &'static Kinds {
    match engine {
        Engine::Postgres => &POSTGRES,
        Engine::Mysql => &MARIADB,
        Engine::Sqlite => &SQLITE,
    }
}

async fn answers(conn: &mut Connection, kinds: &Kinds) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for question in kinds.asked {
        all.push(texts(conn, question).await);
    }
    all
}

fn lines(schema: &engine::Schema) -> Vec<&str> {
    schema.lines.iter().map(String::as_str).collect()
}

async fn texts(conn: &mut Connection, sql: &str) -> Vec<String> {
    use sqlx::Row;
    let asked = || sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    match conn {
        Connection::Postgres { conn, .. } => asked()
            .fetch_all(conn)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
            .iter()
            .map(|row| row.get(0))
            .collect(),
        Connection::Mysql { conn, .. } => {
            let rows = asked().fetch_all(conn).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
            rows.iter()
                .map(|row| row.try_get(0).unwrap_or_else(|_| String::from_utf8(row.get::<Vec<u8>, _>(0)).unwrap()))
                .collect()
        }
        Connection::Sqlite { conn, .. } => conn
            .texts(sql)
            .await
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect(),
    }
}

#[tokio::test]
async fn every_kind_of_object_is_backed_up_and_restored_for_another_login() {
    let folder = tempfile::tempdir().unwrap();
    for admin in administrators(folder.path()).await {
        let kinds = kinds(admin.engine);
        let (name, again) = (support::unique("kinds"), support::unique("again"));
        provision(&admin, &name, "pw-1", "kinds-1").await.unwrap();
        let from = tenant(&admin, &name, "pw-1");
        let mut conn = open(&from).await;
        for made in kinds.made {
            conn.execute(made).await.unwrap_or_else(|f| panic!("{}: {f:?}", admin.engine));
        }
        let file = folder.path().join(format!("{name}.backup"));
        let made = engine::backup(&from, &file).await.unwrap_or_else(|f| panic!("{}: {f:?}", admin.engine));
        assert!(!made.tool.is_empty() && made.server_version.contains('.'), "{made:?}");
        let (schema, rows) = (engine::schema(&mut conn).await.unwrap(), answers(&mut conn, kinds).await);
        assert!(rows.iter().all(|rows| !rows.is_empty()), "{}: {rows:?}", admin.engine);
        conn.execute(kinds.insert).await.unwrap();
        let after = answers(&mut conn, kinds).await;
        assert_ne!(rows, after, "{}", admin.engine);
        conn.close().await;
        // As after a deletion: whoever defined what is there is gone.
        engine::drop_database(&admin, &name, "kinds-1").await.unwrap();
        engine::drop_role(&admin, &name, "kinds-1").await.unwrap();

        provision(&admin, &again, "pw-2", "kinds-2").await.unwrap();
        let to = tenant(&admin, &again, "pw-2");
        engine::restore(&to, &file, made.how()).await.unwrap_or_else(|f| panic!("{}: {f:?}", admin.engine));
        let mut conn = open(&to).await;
        let seen = engine::schema(&mut conn).await.unwrap();
        let differs = engine::differences(&lines(&schema), &lines(&seen));
        assert!(differs.is_empty() && schema.fingerprint() == seen.fingerprint(), "{}: {differs:#?}", admin.engine);
        assert_eq!(answers(&mut conn, kinds).await, rows, "{}", admin.engine);
        conn.execute(kinds.insert).await.unwrap();
        assert_eq!(answers(&mut conn, kinds).await, after, "{}: what an insert does", admin.engine);
        conn.close().await;
    }
}

/// Policies that bind the owner too, and whatever could be evaluated when it is read: that writes down who runs it.
const FORCED: &str = "
create table witness (who text, session text);
create function tell() returns boolean language plpgsql security invoker as $$ begin
  insert into witness values (current_user, session_user); return true; end $$;
create table secret (id int primary key, twice int generated always as (id * 2) stored);
create table parts (id int, at date) partition by range (at);
create table parts_26 partition of parts for values from ('2026-01-01') to ('2027-01-01');
create table refers (secret int references secret);
insert into secret values (1), (5), (7); insert into parts values (1, '2026-05-05'); insert into refers values (5);
create policy own on secret using (id < 3) with check (id < 10);
alter table secret enable row level security; alter table secret force row level security;
create policy none on parts using (false); create policy told on parts using (tell());
alter table parts enable row level security; alter table parts force row level security;
alter table parts_26 enable row level security; alter table parts_26 force row level security;
create materialized view mine as select id from secret";

/// Everything there is, whoever may see it; what the owner sees of it, and what an insert does.
async fn seen_of_forced(admin: &Target, login: &Target) -> Vec<String> {
    let mut boss = open(&Target { database: login.database.clone(), ..admin.clone() }).await;
    let mut own = open(login).await;
    let mut seen = Vec::new();
    for sql in [
        "select id || '|' || twice from secret order by id",
        "select id || '|' || at from parts",
        "select id || '' from mine",
    ] {
        seen.push(texts(&mut boss, sql).await.join(","));
    }
    seen.push(texts(&mut own, "select id::text from secret order by id").await.join(","));
    own.execute("begin; insert into secret values (2)").await.unwrap();
    seen.push(texts(&mut own, "select twice::text from secret where id = 2").await.join(","));
    own.execute("rollback").await.unwrap();
    seen.push(own.execute("insert into secret values (20)").await.unwrap_err().message);
    boss.close().await;
    own.close().await;
    seen
}

#[tokio::test]
async fn a_table_whose_policies_bind_its_owner_is_backed_up_whole_and_nothing_of_it_is_evaluated() {
    let cluster = support::postgres().await;
    let admin = target(Engine::Postgres, cluster, "postgres");
    let (name, again) = (support::unique("forced"), support::unique("again"));
    let id = format!("id-{name}");
    provision(&admin, &name, "pw", &id).await.unwrap();
    let from = tenant(&admin, &name, "pw");
    let mut conn = open(&from).await;
    conn.execute(FORCED).await.unwrap();
    let schema = engine::schema(&mut conn).await.unwrap();
    conn.close().await;
    let before = seen_of_forced(&admin, &from).await;
    assert_eq!(before[..4], ["1|2,5|10,7|14", "1|2026-05-05", "1", "1"], "its owner sees less");
    // What killed processes have left: one that nobody is at, and one that the tenant has given something.
    let readers = format!(
        "select rolname from pg_roles where shobj_description(oid, 'pg_authid') = 'neo:backup:{id}' order by 1"
    );
    for left in ["a", "b"] {
        let role = format!("neo_backup_{left}_{name}");
        let sql = format!(
            "create role {role} login bypassrls valid until '2020-01-01'; comment on role {role} is 'neo:backup:{id}'"
        );
        cluster.query("", &sql).await;
    }
    cluster.query(&name, &format!("grant select on secret to neo_backup_b_{name}")).await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("forced.dump");
    let made = engine::backup_with(&from, &file, Some((&admin, &id))).await.unwrap();
    assert_eq!(cluster.query(&name, "select count(*) from witness").await, "0", "nothing of the tenant's was run");
    assert_eq!(
        cluster.query("", &readers).await,
        format!("neo_backup_b_{name}"),
        "none is left but the one that is kept"
    );
    let shut =
        format!("select rolcanlogin or rolpassword is not null from pg_authid where rolname = 'neo_backup_b_{name}'");
    assert_eq!(cluster.query("", &shut).await, "f");
    let bound = format!("select rolbypassrls from pg_roles where rolname = '{name}'");
    assert_eq!(cluster.query("", &bound).await, "f", "its own login is bound as before");

    // Nor does one that is given up leave any.
    let mut holder = open(&from).await;
    holder.execute("begin; lock table parts").await.unwrap();
    let other = folder.path().join("other.dump");
    let (own, boss, of) = (from.clone(), admin.clone(), id.clone());
    let backup = tokio::spawn(async move { engine::backup_with(&own, &other, Some((&boss, &of))).await });
    while cluster.query("", &readers).await == format!("neo_backup_b_{name}") {
        assert!(!backup.is_finished(), "it did not wait");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    backup.abort();
    let began = Instant::now();
    while cluster.query("", &readers).await != format!("neo_backup_b_{name}") {
        assert!(began.elapsed() < Duration::from_secs(20), "it is left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    holder.close().await;

    engine::drop_database(&admin, &name, &id).await.unwrap();
    engine::drop_role(&admin, &name, &id).await.unwrap();
    assert_eq!(cluster.query("", &readers).await, "", "all go with the tenant");
    provision(&admin, &again, "pw-2", "forced-2").await.unwrap();
    let to = tenant(&admin, &again, "pw-2");
    engine::restore(&to, &file, made.how()).await.unwrap();
    let mut conn = open(&to).await;
    let restored = engine::schema(&mut conn).await.unwrap();
    conn.close().await;
    let differs = engine::differences(&lines(&schema), &lines(&restored));
    assert!(differs.is_empty(), "{differs:#?}");
    assert_eq!(seen_of_forced(&admin, &to).await, before);
}

#[tokio::test]
async fn a_table_whose_policies_bind_its_owner_is_named_with_the_way_out_where_nobody_may_read_past_them() {
    let cluster = support::own_postgres("");
    cluster.query("", "create role managed login createdb createrole password 'managed-9'").await;
    let boss = target(Engine::Postgres, &cluster, "postgres");
    let managed = Target { username: "managed".into(), password: Some("managed-9".to_owned().into()), ..boss.clone() };
    let name = support::unique("forced");
    provision(&managed, &name, "pw", "forced-1").await.unwrap();
    let own = tenant(&boss, &name, "pw");
    let mut conn = open(&own).await;
    conn.execute(FORCED).await.unwrap();
    conn.close().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.dump");
    for (help, way_out) in [(None, "no force row level security"), (Some((&managed, "forced-1")), "superuser")] {
        let failure = engine::backup_with(&own, &file, help).await.unwrap_err();
        let (detail, hint) = (failure.detail.unwrap(), failure.hint.unwrap().command());
        assert!(
            failure.message.contains("row-level security") && detail.contains("parts, parts_26, secret"),
            "{detail}"
        );
        assert!(hint.contains(way_out) && hint.contains("alter table parts no force row level security"), "{hint}");
        assert!(!file.exists());
        assert_eq!(cluster.query("", "select count(*) from pg_roles where rolname like 'neo\\_backup%'").await, "0");
    }
    engine::backup_with(&own, &file, Some((&boss, "forced-1"))).await.unwrap();
}

#[tokio::test]
async fn what_a_backup_does_is_done_with_the_tenants_rights_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mariadb = target(Engine::Mysql, support::mariadb().await, "");
    let (name, other) = (support::unique("hostile"), support::unique("victim"));
    provision(&mariadb, &name, "pw", "hostile-1").await.unwrap();
    support::mariadb().await.query("", &format!("create database {other}; create table {other}.kept (id int)")).await;
    let to = tenant(&mariadb, &name, "pw");
    let seen = folder.path().join("seen");
    for line in [
        format!("\\! touch {}", seen.display()),
        format!("system touch {}", seen.display()),
        format!("drop database {other};"),
        "load data local infile '/etc/hostname' into table here;".to_owned(),
        "create definer = `root`@`localhost` view stolen as select 1;".to_owned(),
    ] {
        let file = folder.path().join("hostile.sql");
        std::fs::write(&file, format!("create table if not exists here (x text);\n{line}\nselect 1;\n")).unwrap();
        let outcome = engine::restore(&to, &file, ("10.11.1-MariaDB", None)).await;
        assert!(outcome.is_err(), "{line}");
    }
    assert!(!seen.exists());
    assert_eq!(support::mariadb().await.query(&other, "show tables").await, "kept");
}
