//! What says less than it does: a limit, a key that every row has, a call.

use super::lost::{all_are, nothing_is_said, said};
use super::*;

/// What is said of the last of several files, but for its shape.
pub(super) fn later(engine: Engine, files: &[&str]) -> Vec<(&'static str, Severity)> {
    let names: Vec<_> = (1..=files.len()).map(|n| format!("2026010100000{n}_a")).collect();
    let mut all: Vec<(String, &str)> = Vec::new();
    for (name, sql) in names.iter().zip(files) {
        all.extend([(format!("{name}.up.sql"), *sql), (format!("{name}.down.sql"), "select 1")]);
    }
    let all: Vec<(&str, &str)> = all.iter().map(|(name, sql)| (name.as_str(), *sql)).collect();
    let found = set(&all).findings_of(20260101000000 + files.len() as i64, &[engine]);
    let found = found.into_iter().map(|finding| (finding.rule.as_str(), finding.severity));
    found.filter(|(rule, _)| !["not-atomic", "rename-table", "rename-column"].contains(rule)).collect()
}

const LOST: [(&str, Severity); 1] = [("delete-all-rows", Severity::Error)];
const WRITTEN: [(&str, Severity); 1] = [("update-all-rows", Severity::Warning)];

#[test]
fn a_limit_says_how_many_and_not_which() {
    for engine in [Mysql, Sqlite] {
        for sql in ["delete from t limit 5", "delete from t where 1 limit 5", "delete from t where 1 = 1 limit 5"] {
            assert_eq!(said(engine, sql), LOST, "{engine}: {sql}");
        }
        assert_eq!(said(engine, "delete from t order by id limit 5"), [("delete-all-rows", Severity::Warning)]);
        nothing_is_said(engine, &["delete from t where a = 1 limit 5", "delete from t limit 0"]);
    }
    all_are(Mysql, "update-all-rows", Severity::Warning, &["update t set a = 1 limit 5"]);
    nothing_is_said(Mysql, &["update t set a = 1 order by id limit 5", "update t set a = 1 where b = 2 limit 5"]);
    for engine in Engine::ALL {
        for own in ["select id from t limit 5", "select id from (select id from t limit 5) x"] {
            assert_eq!(said(engine, &format!("delete from t where id in ({own})")), LOST, "{engine}: {own}");
        }
        nothing_is_said(engine, &["delete from t where id in (select id from t where a = 1 limit 5)"]);
    }
}

#[test]
fn the_history_up_to_now_is_all_of_it_and_up_to_a_time_some() {
    for time in ["now()", "system_time now(6)", "system_time current_timestamp", "system_time (sysdate())"] {
        all_are(Mysql, "drop-rows", Severity::Error, &[&format!("delete history from t before {time}")]);
    }
    for time in ["system_time '2020-01-01'", "system_time now() - interval 1 year", "system_time transaction 12"] {
        all_are(Mysql, "drop-rows", Severity::Warning, &[&format!("delete history from t before {time}")]);
    }
}

#[test]
fn a_condition_on_a_key_that_each_row_has_is_none() {
    for condition in [
        "rowid",
        "rowid > 0",
        "t.rowid >= 1",
        "_rowid_ <> 0",
        "oid is not null",
        "rowid notnull",
        "rowid > -1",
        "0 < rowid",
        "rowid between 1 and 9999999999",
        "rowid > 0 or a = 1",
        "a glob '*'",
    ] {
        assert_eq!(said(Sqlite, &format!("delete from t where {condition}")), LOST, "{condition}");
        assert_eq!(said(Sqlite, &format!("update t set a = 1 where {condition}")), WRITTEN, "{condition}");
    }
    nothing_is_said(
        Sqlite,
        &["delete from t where rowid > 5", "delete from t where rowid = 1", "delete from t where not rowid"],
    );
    for engine in Engine::ALL {
        for condition in [
            "a is null or a is not null",
            "a = 1 or a <> 1",
            "a < 5 or not a < 5",
            "a in (1, 2) or a not in (1, 2)",
            "length(a) >= 0",
            "abs(a) > -1",
            "coalesce(a, 1) = coalesce(a, 1)",
            "current_timestamp is not null",
            "a like '%%'",
            "id in (select id from t)",
            "t.id in (select x.id from t as x order by x.id)",
            "exists (select 1 from t)",
        ] {
            assert_eq!(said(engine, &format!("delete from t where {condition}")), LOST, "{engine}: {condition}");
        }
        nothing_is_said(
            engine,
            &[
                "delete from t where a is null or b is not null",
                "delete from t where a = 1 or b <> 1",
                "delete from t where length(a) > 0",
                "delete from t where random() = random()",
                "delete from t where id in (select id from u)",
                "delete from t where id in (select t_id from t)",
                "delete from t where exists (select 1 from t x where x.a = t.a and x.id < t.id)",
                "delete from t where id > 0",
                "delete from t where id is not null",
            ],
        );
    }
    all_are(
        Postgres,
        "delete-all-rows",
        Severity::Error,
        &["delete from t where ctid is not null", "delete from t where a ~ ''"],
    );
    nothing_is_said(Postgres, &["delete from t where a !~ ''", "delete from t where a ~* 'x'"]);
    // What the files say of a column is known.
    for (engine, key) in [
        (Mysql, "id int auto_increment primary key, a int"),
        (Mysql, "id int not null, a int, primary key (id)"),
        (Sqlite, "id integer primary key, a int"),
        (Postgres, "id bigserial, a int"),
        (Postgres, "id bigint generated always as identity, a int"),
    ] {
        let made = format!("create table t ({key})");
        for condition in ["id > 0", "id >= 1", "id is not null", "t.id <> 0"] {
            let sql = format!("delete from t where {condition}");
            assert_eq!(later(engine, &[&made, &sql]), LOST, "{engine}: {key}: {condition}");
        }
        for condition in ["id > 1", "a > 0", "a is not null", "id < 10"] {
            let sql = format!("delete from t where {condition}");
            assert!(later(engine, &[&made, &sql]).is_empty(), "{engine}: {key}: {condition}");
        }
    }
    assert_eq!(later(Mysql, &["create table t (id int primary key)", "delete from t where id"]), LOST);
    assert_eq!(later(Postgres, &["create table s.t (id uuid not null)", "delete from s.t where id is not null"]), LOST);
    let moved = ["create table t (id serial)", "alter table t rename to u", "delete from u where id > 0"];
    assert_eq!(later(Postgres, &moved), LOST);
    assert!(later(Postgres, &["create table t (id serial)", "drop table t", "delete from t where id > 0"]).is_empty());
}

#[test]
fn what_a_join_alone_binds_is_told_on_each_engine() {
    for engine in Engine::ALL {
        let all = match engine {
            Mysql => ["update t join u on t.id = u.id set t.a = u.a", "update t, u set t.a = u.a where t.id = u.id"],
            Postgres | Sqlite => [
                "update t set a = u.a from u where t.id = u.id",
                "update t set a = u.a from u where u.id = t.id and true",
            ],
        };
        all_are(engine, "update-all-rows", Severity::Warning, &all);
    }
    let joined = [("delete-all-rows", Severity::Warning)];
    assert_eq!(said(Postgres, "delete from t using u where t.id = u.id"), joined);
    assert_eq!(said(Postgres, "delete from t using u where t.id = u.id and u.kind = t.kind"), joined);
    assert_eq!(said(Mysql, "delete t from t, u where t.id = u.id"), joined);
    assert_eq!(said(Postgres, "update t set a = u.a from u"), WRITTEN);
    nothing_is_said(
        Postgres,
        &[
            "delete from t using u where t.id = u.id and u.gone",
            "delete from t using u where t.id = u.id and u.kind = 'x'",
            "update t set a = u.a from u where t.id = u.id and t.a is null",
            "update t set a = u.a from (values (1, 2), (3, 4)) as u (id, a) where t.id = u.id",
            "delete from t where a = b",
            "update t set a = 1 where b = a",
        ],
    );
    assert_eq!(said(Postgres, "merge into t using u on t.id = u.id when matched then update set a = u.a"), WRITTEN);
    assert_eq!(said(Postgres, "merge into t using u on true when matched then update set a = 1"), WRITTEN);
    nothing_is_said(
        Postgres,
        &[
            "merge into t using u on t.id = u.id when matched and t.a is null then update set a = u.a",
            "merge into t using u on t.id = u.id when not matched then insert (a) values (u.a)",
        ],
    );
}

#[test]
fn what_is_written_over_by_design_is_a_notice() {
    let over = [("overwrites-rows", Severity::Notice)];
    for engine in [Postgres, Sqlite] {
        let upsert = "insert into roles (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name";
        assert_eq!(said(engine, &format!("{upsert}; {upsert}")), over, "{engine}");
        nothing_is_said(
            engine,
            &[
                "insert into roles (id) values (1) on conflict do nothing",
                "insert into roles (id, a) values (1, 2) on conflict (id) do update set a = 3 where roles.a is null",
                &format!("create table roles (id int primary key, name text); {upsert}"),
            ],
        );
    }
    assert_eq!(said(Mysql, "insert into roles (id) values (1) on duplicate key update name = 'a'"), over);
}

#[test]
fn a_using_that_cuts_a_value_off_is_no_lossless_change() {
    let told = |using: &str, to: &str| {
        let sql = format!("alter table t alter column c type {to} using {using}");
        let found = later(Postgres, &["create table t (c varchar(50), n int, ts timestamp, j jsonb)", &sql]);
        found.into_iter().filter(|(rule, _)| *rule == "narrow-type").map(|(_, severity)| severity).collect::<Vec<_>>()
    };
    for using in [
        "left(c, 3)",
        "substr(c, 1, 3)",
        "split_part(c, ' ', 1)",
        "upper(left(c, 1))",
        "c::varchar(3)::text",
        "cast(c as char(2))",
        "md5(c)",
    ] {
        assert_eq!(told(using, "text"), [Severity::Error], "{using}");
    }
    for using in ["lower(c)", "trim(c)", "coalesce(c, '')", "case when c = '' then null else c end", "mine(c)"] {
        assert_eq!(told(using, "text"), [Severity::Warning], "{using}");
    }
    for using in ["c", "c::text", "(c)::text", "cast(c as varchar(80))", "c || ''", "'x' || c::character varying(60)"] {
        assert!(told(using, "text").is_empty(), "{using}: {:?}", told(using, "text"));
    }
    for (using, to) in [("to_jsonb(c)", "jsonb"), ("array[c]", "text[]"), ("string_to_array(c, ',')", "text[]")] {
        assert!(told(using, to).is_empty(), "{using}");
    }
    // Where its types tell already, once.
    assert_eq!(told("left(c, 3)", "varchar(3)"), [Severity::Error]);
    let column = |sql: &str| {
        let all = later(Postgres, &["create table t (ts timestamp, n int, j jsonb)", sql]);
        all.into_iter().find(|(rule, _)| *rule == "narrow-type").map(|(_, severity)| severity)
    };
    assert_eq!(column("alter table t alter ts type timestamptz using ts::date::timestamptz"), Some(Severity::Error));
    assert_eq!(column("alter table t alter ts type timestamptz using date_trunc('day', ts)"), Some(Severity::Error));
    assert_eq!(column("alter table t alter ts type timestamptz using ts at time zone 'UTC'"), None);
    // A text that says its zone: by way of a time without one that is gone.
    let error = Some(Severity::Error);
    for (from, using, severity) in [
        ("text", "ts::timestamp", error),
        ("varchar(40)", "cast(ts as timestamp without time zone)", error),
        ("text", "ts::timestamp at time zone 'UTC'", error),
        ("text", "ts::timestamptz", None),
        ("timestamp", "ts::timestamp", None),
        ("date", "ts::timestamp", None),
    ] {
        let made = format!("create table t (ts {from})");
        let sql = format!("alter table t alter ts type timestamptz using {using}");
        let found = later(Postgres, &[&made, &sql]);
        let found = found.into_iter().find(|(rule, _)| *rule == "narrow-type").map(|(_, severity)| severity);
        assert_eq!(found, severity, "{from}: {using}");
    }
    let unknown = said(Postgres, "alter table of_before alter ts type timestamptz using ts::timestamp");
    assert!(unknown.contains(&("narrow-type", Severity::Error)), "{unknown:?}");
    assert_eq!(column("alter table t alter j type text using j ->> 'a'"), Some(Severity::Error));
    assert_eq!(column("alter table t alter n type numeric using n / 100.0"), Some(Severity::Warning));
    assert_eq!(column("alter table t alter n type bigint using n::bigint"), None);
    assert_eq!(
        column("alter table t alter ts type bigint using extract(epoch from ts)::bigint"),
        Some(Severity::Warning)
    );
}

#[test]
fn what_a_call_loses_is_told_wherever_it_is_called_from() {
    let body = "create function f() returns int language plpgsql as $$ begin delete from t; return 1; end $$;";
    let atomic = "create function f() returns void begin atomic delete from t; end;";
    let nested = "create function g() returns int language sql as $$ delete from t; select 1 $$; \
                  create function f() returns int language plpgsql as $$ begin return g(); end $$;";
    for made in [body, atomic, nested, &body.replace("$$ begin", "$$ declare n int default 1; begin")] {
        for call in [
            "select f()",
            "select public.f()",
            "create table x as select f()",
            "create materialized view x as select f()",
            "alter table u add column a int default f()",
            "insert into u values (f())",
            "update u set a = f() where b = 1",
            "do $$ begin perform f(); end $$",
            "do $$ begin if f() > 0 then null; end if; end $$",
            "do $$ declare n int := f(); begin null; end $$",
            "do $$ begin with x as (select f()) insert into u select * from x; end $$",
            "do $$ begin execute 'select f()'; end $$",
            "prepare p as select f()",
            "values (f())",
        ] {
            let found = later(Postgres, &[made, call]);
            assert!(found.contains(&LOST[0]), "{made} {call}: {found:?}");
            let found = said(Postgres, &format!("{made} {call}"));
            assert!(found.contains(&LOST[0]), "in one file: {made} {call}: {found:?}");
        }
        for quiet in [
            "create view x as select f()",
            "create materialized view x as select f() with no data",
            "grant execute on function f() to public",
            "alter function f() owner to other",
            "comment on function f() is 'x'",
            "drop function f()",
            "create table f (a int)",
            "insert into f (a) values (1)",
        ] {
            let found = later(Postgres, &[made, quiet]);
            assert!(!found.contains(&LOST[0]), "{quiet}: {found:?}");
        }
    }
    let mended = "create or replace function f() returns int language plpgsql as $$ begin return 1; end $$";
    assert!(later(Postgres, &[body, mended, "select f()"]).is_empty());
    assert!(later(Postgres, &[body, "drop function f()", "select f()"]).is_empty());
    let of_mysql = "create function fn() returns int begin delete from t; return 1; end";
    let through = "create procedure p() begin declare n int default fn(); end";
    for call in [
        "create table x as select fn()",
        "create table x (a int) select fn() as a",
        "set @a = fn()",
        "do fn()",
        "insert into u select fn()",
        "if fn() then select 1; end if",
        "execute immediate 'select fn()'",
        "call p()",
        "call d.p()",
    ] {
        let found = later(Mysql, &[of_mysql, through, call]);
        assert!(found.contains(&LOST[0]), "{call}: {found:?}");
    }
    assert!(later(Mysql, &[of_mysql, "create view v as select fn()"]).is_empty());
    assert!(later(Mysql, &[of_mysql, "drop function fn", "select fn()"]).is_empty());
    // What runs itself by the name that holds it comes to an end.
    assert!(said(Mysql, "set @q = 'execute immediate @q'; execute immediate @q").len() < 3);
    let endless = "create procedure p() begin call q(); end; create procedure q() begin call p(); end; call p()";
    assert!(said(Mysql, endless).is_empty());
}

#[test]
fn large_objects_are_data() {
    all_are(
        Postgres,
        "drop-rows",
        Severity::Error,
        &["select lo_unlink(oid) from pg_largeobject_metadata", "select lo_unlink(42)"],
    );
    all_are(
        Postgres,
        "drop-rows",
        Severity::Warning,
        &[
            "select lo_unlink(l.oid) from pg_largeobject_metadata l where not exists (select 1 from t where t.o = l.oid)",
        ],
    );
    nothing_is_said(
        Postgres,
        &[
            "create function f() returns trigger language plpgsql as $$ begin perform lo_unlink(old.o); return old; end $$",
            "comment on table t is 'lo_unlink(1)'",
            "select lo_create(1)",
        ],
    );
}
