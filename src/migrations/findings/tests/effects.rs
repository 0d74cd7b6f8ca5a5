//! What a file does when it runs, and what it leaves.

use super::*;

#[test]
fn sqlite_tables_are_read_whatever_their_parser_does_not_know() {
    for table in [
        "create table u (id int) strict",
        "create table u (id int primary key, a text) without rowid, strict",
        "create table u (id int, unique (id) on conflict replace)",
        "create table u (a int, b int, constraint x check (a > 1) constraint y check (b > 1))",
        "create table u (id int, pid int check (id is not pid))",
        "create table u (a varchar[10])",
        "create virtual table u using fts5(a, b)",
        "create virtual table if not exists u using rtree(id, a, b)",
    ] {
        let found = shown(Sqlite, table, Some("drop table u"));
        assert!(found.starts_with("notice down-drops-own") && found.lines().count() == 1, "{table}: {found}");
    }
    assert!(rules(Sqlite, "alter table t add column a varchar[10]; reindex t").is_empty());
}

#[test]
fn what_a_block_runs_is_judged_as_if_it_stood_in_the_file_and_a_function_is_not_run() {
    for quiet in [
        "begin alter table t add column a int; exception when duplicate_column then null; end",
        "declare r record; begin for r in select 1 loop perform f(r); raise notice '%', r; end loop; end",
        "begin if not exists (select 1 from t) then insert into t values (1) returning a into x; end if; end",
        "begin case a when 1 then x := 2; else null; end case; execute 'create table u (a int)'; end",
        "<<l>> declare a int := 1; begin while a < 3 loop a = a + 1; exit l when a = 2; end loop; end",
        "begin execute format('alter table %I add column a int', n); execute 'grant select on t to ' || quote_ident(r); end",
        "begin update t set a = 1 where b = 2; delete from t where b = 3 returning b into x; end",
    ] {
        assert!(
            rules(Postgres, &format!("do $$ {quiet} $$;")).is_empty(),
            "{quiet}: {:?}",
            rules(Postgres, &format!("do $$ {quiet} $$;"))
        );
    }
    insta::assert_snapshot!(shown(Postgres, "\
do $x$
begin
  if true then drop table a; end if;
  execute 'truncate b';
  execute format('drop table %I', r.name);
  execute 'alter table part_' || i || ' drop column c';
  execute made_elsewhere;
  delete from d;
end $x$;
do language plpython3u $$ plpy.execute('drop table a') $$;
do $$ declare v text; begin v := 'drop table ' || r; execute v; end $$;", Some("select 1;")), @r"
    error drop-table up.sql:3:16 drops the table a and its rows
    error truncate up.sql:4:3 empties the table b
    error drop-table up.sql:5:3 drops the table … and its rows
    error drop-column up.sql:6:3 drops the column part__.c and what is in it
    warning not-understood up.sql:7:3 the linter cannot read this (a text that is made as it runs): look at it yourself
    error delete-all-rows up.sql:8:3 deletes every row of d
    warning not-understood up.sql:10:26 the linter cannot read this (what a do block runs): look at it yourself
    error drop-table up.sql:11:54 drops the table … and its rows
    ");
    assert_eq!(rules(Postgres, "do $$ begin execute made_elsewhere; end $$;"), ["not-understood"]);
    assert!(rules(Postgres, "create function f() returns void language sql as $$ delete from a $$;").is_empty());
    assert_eq!(rules(Mysql, "begin not atomic if 1 then drop table a; end if; end"), ["drop-table"]);
    // What the block makes is new to it.
    assert!(rules(Postgres, "do $$ begin create table a (b int); drop table a; end $$;").is_empty());
}

#[test]
fn a_text_that_is_run_does_what_it_says() {
    for (engine, sql) in [
        (Mysql, "execute immediate 'drop table accounts'"),
        (Mysql, "prepare s from 'drop table accounts'"),
        (Mysql, "execute immediate concat('drop table ', @name)"),
        (Postgres, "prepare p as delete from accounts"),
        (Postgres, "prepare p (int, text) as delete from accounts"),
    ] {
        let expected = if engine == Mysql { "drop-table" } else { "delete-all-rows" };
        assert_eq!(rules(engine, sql), [expected], "{sql}");
    }
    let told = |sql: &str| -> Vec<_> { rules(Mysql, sql).into_iter().filter(|rule| *rule != "not-atomic").collect() };
    let chosen = "set @q = if((select count(*) from c) > 0, 'select 1', concat('alter table ', @t, ' add column a int'));\n\
                  prepare s from @q; execute s; deallocate prepare s;";
    assert!(told(chosen).is_empty(), "{:?}", told(chosen));
    assert_eq!(told(&chosen.replace("add column a int", "drop column a")), ["drop-column"]);
    assert_eq!(told("prepare s from @made_elsewhere;"), ["not-understood"]);
}

#[test]
fn two_pipes_are_an_or_on_mysql_unless_the_file_says_otherwise() {
    insta::assert_snapshot!(shown(Mysql, "create view v as select '||' as a;\ndelete from t where a = 2 || b > 5;", Some("select 1")), @r#"
    notice not-atomic up.sql not atomic on MySQL: should one of the 2 statements fail, those before it stay
    warning pipes-as-or up.sql:2:27 || is an OR here, unless the server's sql_mode has PIPES_AS_CONCAT: write concat(…), or the word "or"
    "#);
    let told = |sql: &str| rules(Mysql, sql).contains(&"pipes-as-or");
    assert!(told("create function f() returns text return a || b"));
    assert!(
        !told("set sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'; select a || b")
            && !told("set session sql_mode='ansi'; select a || b")
    );
    assert!(rules(Postgres, "select a || b").is_empty() && rules(Sqlite, "select a || b").is_empty());
}

#[test]
fn a_value_that_an_enum_has_just_got_cannot_be_used_before_it_is_committed() {
    let used = |rest: &str| rules(Postgres, &format!("alter type mood add value 'b';\n{rest}"));
    for rest in [
        "alter table a add column m mood default 'b';",
        "insert into a values ('b');",
        "do $$ begin insert into a values ('b'); end $$;",
        "select 'b'::public.mood;",
    ] {
        assert_eq!(used(rest), ["enum-value-used"], "{rest}");
    }
    for rest in
        ["comment on type mood is 'b';", "insert into a values ('c');", "alter type mood add value 'c' after 'b';", ""]
    {
        assert!(used(rest).is_empty(), "{rest}: {:?}", used(rest));
    }
    // A text of a table that has no such column.
    assert!(used("create table n (name text); insert into n values ('b');").is_empty());
    assert_eq!(used("create table s.n (m \"mood\"); insert into s.n values ('b');"), ["enum-value-used"]);
    // A function in SQL is read when it is made, and one in another language when it runs.
    let function =
        |language| format!("create function f() returns mood language {language} as $$ select 'b'::mood $$;");
    assert_eq!((used(&function("sql")).len(), used(&function("plpgsql")).len()), (1, 0));
    // On a type that is as new, the server's version decides.
    let of_new = "create type mood as enum ('a'); alter type mood add value 'b'; select 'b'::mood;";
    assert!(shown(Postgres, of_new, None).contains("warning enum-value-used up.sql:1:64"));
    assert_eq!(
        rules(Postgres, "-- neo: no-transaction\nalter type mood add value 'b'; select 'b'::mood;"),
        ["no-transaction", "several-without-transaction"]
    );
}

#[test]
fn what_reaches_beyond_the_tenant_or_out_of_a_transaction_is_an_error() {
    for statement in [
        "create tablespace s location '/x'",
        "drop tablespace s",
        "create subscription s connection 'x' publication p",
        "drop subscription s",
        "alter subscription s refresh publication",
        "alter database d set tablespace s",
        "discard all",
        "cluster",
    ] {
        assert!(
            rules(Postgres, statement).contains(&"needs-no-transaction"),
            "{statement}: {:?}",
            rules(Postgres, statement)
        );
    }
    for statement in [
        "discard temp",
        "cluster t using i",
        "create subscription s connection 'x' publication p with (connect = false)",
    ] {
        assert!(!rules(Postgres, statement).contains(&"needs-no-transaction"), "{statement}");
    }
    assert_eq!(rules(Postgres, "comment on database d is 'mine'"), ["overwrites-mark"]);
    for statement in ["attach 'a.db' as a", "detach a", "select load_extension('x')"] {
        assert_eq!(rules(Sqlite, statement), ["leaves-database"], "{statement}");
    }
    assert!(rules(Sqlite, "vacuum into 'a.db'").contains(&"leaves-database"));
    for copy in
        ["copy a to stdout", "copy (select 1) to stdout with csv", "copy a (b) from stdin;\n1\tit's\n\\.\nselect 1"]
    {
        assert_eq!(rules(Postgres, copy), ["client-command"], "{copy}");
    }
    for command in ["select 1\\G", "\\. more.sql", "tee x", "load data local infile 'x' into table t"] {
        assert_eq!(rules(Mysql, command), ["client-command"], "{command}");
    }
    assert!(
        rules(Sqlite, "pragma foreign_keys = off; pragma defer_foreign_keys = on; pragma user_version = 3").is_empty()
    );
    assert_eq!(rules(Sqlite, "pragma journal_mode = delete"), ["pragma-in-transaction"]);
}

#[test]
fn what_loses_no_row_is_no_error() {
    for (engine, sql) in [
        (Mysql, "create table a (id int); drop table a"),
        (Mysql, "alter table t add column if not exists x int; alter table t drop column if exists x"),
        (Postgres, "create schema s; create table s.t (a int); drop schema s cascade"),
        (Postgres, "create materialized view m as select 1 as a; create unique index i on m (a)"),
        (Postgres, "select 1 as a into u; create index i on u (a)"),
        (Postgres, "alter table t add column v int generated always as (a * 2) virtual"),
        (Postgres, "alter table t add constraint c check (a > 0) not enforced"),
        (Mysql, "alter table t add constraint c check (a > 0) not enforced"),
        (Postgres, "create table public.t (a int); drop table t"),
    ] {
        let told: Vec<_> = rules(engine, sql).into_iter().filter(|rule| *rule != "not-atomic").collect();
        assert!(told.is_empty(), "{engine}: {sql}: {told:?}");
    }
    assert_eq!(rules(Mysql, "delete from accounts"), ["delete-all-rows"]);
    assert_eq!(rules(Mysql, "update low_priority ignore t set a = 1"), ["update-all-rows"]);
    assert_eq!(rules(Mysql, "create or replace table accounts (i int)"), ["drop-table"]);
}

#[test]
fn a_dump_makes_anew_what_is_hardly_there_and_a_later_file_drops_what_is() {
    let dump = "drop table if exists t;\ncreate table t (a int);\ndrop table if exists v;\n/*!50001 create view v as select 1 as a */;";
    let set = set(&[
        ("20260101000001_a.up.sql", dump),
        ("20260101000002_a.up.sql", "drop table if exists t; create table t (b int);"),
    ]);
    insta::assert_snapshot!(lines(&set, V1, &[Mysql]), @r"
    notice not-atomic up.sql not atomic on MySQL: should one of the 4 statements fail, those before it stay
    notice no-down up.sql there is no down file: it cannot be rolled back
    notice drop-table up.sql:1:1 drops t and its rows, should it be there, and makes it anew
    notice drop-table up.sql:3:1 drops v and its rows, should it be there, and makes it anew
    ");
    let later = lines(&set, 20260101000002, &[Mysql]);
    assert!(later.contains("error drop-table up.sql:1:1 drops the table t and its rows"), "{later}");
}

#[test]
fn a_copy_is_one_only_where_the_rows_go_into_it() {
    for rebuild in [
        "create table n (id int); insert into n select * from t; drop table t; alter table n rename to t;",
        "create table n as select * from t; drop table t; alter table n rename to t;",
        "alter table t rename to old; create table t (id int); insert into t (id) select id from old; drop table old;",
        "create table b as select * from t; drop table t; create table t (id int); insert into t select id from b; drop table b;",
    ] {
        let told: Vec<_> = rules(Sqlite, rebuild).into_iter().filter(|rule| *rule != "rename-table").collect();
        assert_eq!(told, ["rewrites-table"], "{rebuild}");
    }
    let lost = "create table n (id int); drop table t; alter table n rename to t;";
    assert_eq!(rules(Sqlite, lost), ["drop-table"]);
    for column in [
        "alter table t add column n int; update t set n = c; alter table t drop column c; alter table t rename column n to c;",
        "alter table t rename column c to old; alter table t add column c int; update t set c = old; alter table t drop column old;",
    ] {
        for engine in [Postgres, Mysql, Sqlite] {
            let told = rules(engine, column);
            assert!(told.contains(&"rewrites-table") && !told.contains(&"drop-column"), "{engine} {column}: {told:?}");
            let down = shown(engine, "select 1", Some(column));
            assert!(!down.contains("data-loss-in-down"), "{engine} {column}: {down}");
        }
    }
}

#[test]
fn sqlite_tells_who_refers_to_a_table_that_goes() {
    let told = |later: &str| {
        let first =
            "create table p (id int primary key); create table c (pid int references p (id) on delete cascade);";
        let set = set(&[
            ("20260101000001_a.up.sql", first),
            ("20260101000002_a.up.sql", later),
            ("20260101000002_a.down.sql", "select 1"),
        ]);
        lines(&set, 20260101000002, &[Sqlite])
    };
    insta::assert_snapshot!(told("drop table p;"), @"error drop-table up.sql:1:1 drops the table p and its rows; where rows of c refer to them, the migration fails in the end");
    let rebuild = "create table n (id int); insert into n select id from p; drop table p; alter table n rename to p;";
    insta::assert_snapshot!(told(rebuild), @"warning rewrites-table up.sql:1:58 replaces p by a copy: every row is written, and nobody may write meanwhile; rows of c that refer to it stay, and are checked in the end");
    let alone = told(&format!("-- neo: no-transaction\n{rebuild}"));
    assert!(
        alone.contains("error drop-table up.sql:2:58 drops the table p while foreign keys are enforced"),
        "{alone}"
    );
    let off = told(&format!("-- neo: no-transaction\npragma foreign_keys = off;\n{rebuild}"));
    assert!(!off.contains("drop-table"), "{off}");
}

#[test]
fn a_down_takes_back_whatever_its_up_has_made() {
    for (engine, up, down) in [
        (Postgres, "create schema helpers; create table helpers.t (a int);", "drop schema helpers cascade;"),
        (Postgres, "create schema helpers;", "drop table helpers.t;"),
        (Postgres, "create materialized view v as select 1;", "drop table v;"),
        (Mysql, "create database other;", "drop database other;"),
        (Mysql, "create sequence s increment by 10;", "drop table s;"),
        (Mysql, "create table h (a int) with system versioning;", "drop table h;"),
        (
            Mysql,
            "alter table t add partition (partition p3 values less than (30));",
            "alter table t drop partition p3;",
        ),
        (Mysql, "create table u (a int frobnicate(;", "drop table u;"),
        (Postgres, "create table u (a int frobnicate();", "drop table u;"),
        (
            Postgres,
            "alter table a rename to b; alter table b add column c int;",
            "alter table b rename to a; alter table a drop column c;",
        ),
        (Postgres, "do $$ begin create table a (b int); end $$;", "drop table a;"),
    ] {
        let found = shown(engine, up, Some(down));
        assert!(found.contains("down-drops-own") && !found.contains("data-loss-in-down"), "{up} {down}: {found}");
    }
    for (up, down) in [
        ("drop table t;", "drop table if exists t; create table t (a int);"),
        ("select 1;", "create table copy as select 1; drop table copy;"),
    ] {
        let found = shown(Postgres, up, Some(down));
        assert!(!found.contains("down.sql"), "{down}: {found}");
    }
    let changed = shown(Postgres, "alter table t alter column a type text;", Some("alter table t drop column a;"));
    assert!(changed.contains("data-loss-in-down"), "{changed}");
}

#[test]
fn a_backslash_before_a_quote_ends_it_where_the_server_says_so() {
    let up = "insert into a values ('C:\\');\ndrop table t;";
    let found = shown(Mysql, up, Some("select 1"));
    assert!(
        found.contains("warning unclosed-quote up.sql:1:23 the quote that begins here is closed only where"),
        "{found}"
    );
    assert!(found.contains("error drop-table up.sql:2:1"), "{found}");
    let said = format!("set sql_mode = 'NO_BACKSLASH_ESCAPES';\n{up}");
    assert!(!shown(Mysql, &said, None).contains("unclosed-quote"));
}
