//! What an expression, a mode or a detour does to values that a plain statement would be told of.

use super::lost::{nothing_is_said, said};
use super::truth::later;
use super::*;

const NARROW: (&str, Severity) = ("narrow-type", Severity::Error);
const WRITTEN: (&str, Severity) = ("update-all-rows", Severity::Warning);
const COPIED: (&str, Severity) = ("rewrites-table", Severity::Warning);

#[test]
fn strictness_that_an_expression_takes_away_is_taken_away() {
    let made = "create table t (id int primary key, c varchar(60), lt text)";
    let update = "update t set c = lt where id = 5";
    let told = ("not-strict", Severity::Warning);
    for set in [
        "set @m = ''; set sql_mode = @m",
        "set @m = replace(@@sql_mode, 'STRICT_TRANS_TABLES', ''); set sql_mode = @m",
        "select '' into @m; set session sql_mode = @m",
        "select @m := 'ANSI'; set sql_mode = @m",
        "set sql_mode = (select '')",
        "set sql_mode = concat('')",
        "set sql_mode = elt(1, '')",
        "set sql_mode = binary ''",
        "set sql_mode = left(@@sql_mode, 0)",
        "set sql_mode = ''; set @old = @@sql_mode; set sql_mode = default; set sql_mode = @old",
    ] {
        assert_eq!(later(Mysql, &[made, &format!("{set}; {update}")]), [told], "{set}");
    }
    for set in [
        "set @m = 'STRICT_ALL_TABLES'; set sql_mode = @m",
        "set @old = @@sql_mode; set sql_mode = ''; set sql_mode = @old",
        "set sql_mode = (select replace(@@sql_mode, 'ONLY_FULL_GROUP_BY', ''))",
        "set session sql_mode = (select concat(@@sql_mode, ',NO_ZERO_DATE'))",
        "set @m = ''; set sql_mode = concat(@@sql_mode, @m)",
    ] {
        assert!(later(Mysql, &[made, &format!("{set}; {update}")]).is_empty(), "{set}");
    }
    // A variable does not reach the next file.
    assert!(later(Mysql, &[made, "set @m = ''", &format!("set sql_mode = @m; {update}")]).is_empty());
}

#[test]
fn a_routine_runs_in_the_mode_that_it_was_made_in() {
    let made = "create table t (id int primary key, c varchar(60), lt text)";
    let routine = "create procedure fix() update t set c = lt where id = 5";
    let told = ("not-strict", Severity::Warning);
    for before in [format!("set sql_mode = ''; {routine}"), format!("set statement sql_mode = '' for {routine}")] {
        assert_eq!(later(Mysql, &[made, &before, "call fix()"]), [told], "{before}");
        // Making it writes nothing.
        assert!(later(Mysql, &[made, &before]).is_empty(), "{before}");
    }
    let at_once = format!("set sql_mode = ''; {routine}; set sql_mode = default; call fix()");
    assert_eq!(later(Mysql, &[made, &at_once]), [told]);
    // What comes behind the call is strict again.
    let behind = "create procedure z() set sql_mode = ''; call z(); update t set c = lt where id = 5";
    assert!(later(Mysql, &[made, behind]).is_empty(), "{:?}", later(Mysql, &[made, behind]));
    assert!(later(Mysql, &[made, routine, "call fix()"]).is_empty());
}

#[test]
fn a_trigger_or_an_event_that_is_made_without_strictness_runs_without_it() {
    let made = "create table t (id int primary key, c varchar(60), lt text); create table u (id int)";
    let told = ("not-strict", Severity::Warning);
    for one in [
        "create trigger g before insert on t for each row set new.c = new.lt",
        "create or replace trigger g before insert on t for each row begin set new.c = new.lt; end",
        "create definer = current_user trigger g after insert on t for each row insert into u values (1)",
        "create event e on schedule every 1 day do insert into u values (1)",
        "create event e on schedule every 1 day do begin insert into u values (1); end",
    ] {
        for before in [format!("set sql_mode = ''; {one}"), format!("set statement sql_mode = '' for {one}")] {
            assert_eq!(later(Mysql, &[made, &before]), [told], "{before}");
        }
        for strict in [one.to_owned(), format!("set sql_mode = ''; set sql_mode = default; {one}")] {
            assert!(!later(Mysql, &[made, &strict]).contains(&told), "{strict}");
        }
    }
    let table = "set sql_mode = ''; create table event (trigger_ int); create procedure event() select 1";
    assert!(later(Mysql, &[made, table]).is_empty());
}

#[test]
fn numbers_that_the_server_counts_up_are_in_no_table_of_the_tenants() {
    let told = ("not-strict", Severity::Warning);
    let made = "create table t (id int primary key, c varchar(60))";
    for (from, is_told) in
        [("seq_1_to_100", false), ("`seq_0_to_10_step_2`", false), ("seq_1_to", true), ("seqs", true)]
    {
        let found = later(Mysql, &[made, &format!("set sql_mode = ''; insert into t (id) select seq from {from}")]);
        assert_eq!(found.contains(&told), is_told, "{from}: {found:?}");
    }
}

#[test]
fn a_using_that_multiplies_by_nothing_or_asks_keeps_nothing() {
    let made = "create table t (id int, b int, a text, on_ boolean, s smallint)";
    for sql in [
        "alter table t alter b type int using b*0",
        "alter table t alter b type int using (b - b)",
        "alter table t alter b type int using (b > 3)::int",
        "alter table t alter b type int using b & 1",
        "alter table t alter b type int using (b is not null)::int",
        "alter table t alter a type text using (a || null)",
        "alter table t alter a type text using (a like 'x%')::text",
    ] {
        assert_eq!(later(Postgres, &[made, sql]), [NARROW], "{sql}");
    }
    let wider = later(Postgres, &[made, "alter table t alter b type bigint using b * 0"]);
    assert!(wider.contains(&NARROW), "{wider:?}");
    for sql in [
        "alter table t alter b type int using b",
        "alter table t alter b type int using b * 100",
        "alter table t alter b type int using -b + 1",
        "alter table t alter a type text using (a || ' ' || id)",
        "alter table t alter a type text using a::text",
    ] {
        assert!(later(Postgres, &[made, sql]).is_empty(), "{sql}: {:?}", later(Postgres, &[made, sql]));
    }
    // A truth may be asked for, and a truth is said in other words.
    let truth = later(Postgres, &[made, "alter table t alter s type boolean using s = 1"]);
    let before = later(Postgres, &[made, "alter table t alter s type boolean using s::int::boolean"]);
    assert_eq!(truth, before);
    let number = later(Postgres, &[made, "alter table t alter on_ type int using (on_ is true)::int"]);
    assert_eq!(number, [("change-type", Severity::Warning)]);
}

#[test]
fn a_number_that_loses_what_is_behind_its_point_is_told() {
    let made = "create table t (id int, d numeric(12,4), w numeric(12,2), n numeric(10,0))";
    for (column, to) in [("d", "bigint"), ("d", "money"), ("w", "bigint")] {
        let sql = format!("alter table t alter {column} type {to}");
        assert_eq!(later(Postgres, &[made, &sql]), [NARROW], "{sql}");
    }
    for (column, to) in [("w", "money"), ("n", "bigint"), ("d", "double precision"), ("id", "money")] {
        let sql = format!("alter table t alter {column} type {to}");
        assert_eq!(later(Postgres, &[made, &sql]), [("change-type", Severity::Warning)], "{sql}");
    }
    // A domain is as wide as what it is made of.
    for domain in [
        "create domain dn as numeric(12,1)",
        "create domain public.dn numeric(12,1) check (value > 0)",
        "create domain x as numeric(12,1); create domain dn as x",
    ] {
        for sql in ["alter table t alter d type dn", "alter table t alter d type dn using d::dn"] {
            assert_eq!(later(Postgres, &[made, domain, sql]), [NARROW], "{domain}: {sql}");
        }
        let copy = "create table n (id int, d dn, w numeric(12,2), n numeric(10,0)); insert into n select * from t; \
                    drop table t; alter table n rename to t";
        assert_eq!(later(Postgres, &[made, domain, copy]), [NARROW, COPIED], "{domain}");
    }
    let wide = ["alter table t alter w type dw", "alter table t alter w type dw using w::dw"];
    for sql in wide {
        let found = later(Postgres, &[made, "create domain dw as numeric(14,2) not null", sql]);
        assert_eq!(found, [("change-type", Severity::Warning)], "{sql}");
    }
}

#[test]
fn rows_that_meet_themselves_by_a_detour_are_all_written_over() {
    for engine in [Postgres, Sqlite] {
        let upsert = "insert into t (id) select id from s where true on conflict (id) do update set a = null";
        for sql in [
            format!("with s as (select id from t) {upsert}"),
            format!("with r as (select * from t), s as (select id from r) {upsert}"),
            format!("create temp table s as select id from t; {upsert}"),
            format!("create temp table s (id int); insert into s select id from t; {upsert}"),
        ] {
            assert_eq!(said(engine, &sql), [WRITTEN], "{engine}: {sql}");
        }
        for sql in [
            format!("with s as (select id from t where a = 1) {upsert}"),
            format!("create temp table s as select id from u; {upsert}"),
            format!("create temp table s as select id from t; delete from s where id = 1; {upsert}"),
        ] {
            assert_eq!(said(engine, &sql), [("overwrites-rows", Severity::Notice)], "{engine}: {sql}");
        }
        let lost = [("delete-all-rows", Severity::Error)];
        for sql in [
            "create temp table s as select id from t; delete from t where id in (select id from s)",
            "with s as (select id from t) delete from t where id in (select id from s)",
        ] {
            assert_eq!(said(engine, sql), lost, "{engine}: {sql}");
        }
        nothing_is_said(
            engine,
            &[
                "create temp table s as select id from t where a = 1; delete from t where id in (select id from s)",
                "with s as (select id from t limit 5) delete from t where id in (select id from s)",
                "create temp table s as select id from t; delete from s where id > 5; delete from t where id in (select id from s)",
            ],
        );
    }
    let upsert = "insert into t (id) select id from s on duplicate key update a = null";
    assert_eq!(said(Mysql, &format!("create temporary table s as select id from t; {upsert}")), [WRITTEN]);
}

#[test]
fn a_loop_over_all_of_a_table_or_a_value_that_lets_all_through_reaches_every_row() {
    let lost = [("delete-all-rows", Severity::Error)];
    let body = |head: &str, text: &str| format!("do $$ declare r record; {head} begin {text} end $$");
    for sql in [
        body("", "for r in select * from t loop delete from t where id = r.id; end loop;"),
        body("", "for r in select id from public.t order by id loop delete from t where t.id = r.id; end loop;"),
        "prepare p(int, bool) as delete from t where $2; execute p(0, true)".to_owned(),
        "do $$ begin execute 'delete from t where $1' using true; end $$".to_owned(),
    ] {
        assert_eq!(said(Postgres, &sql), lost, "{sql}");
    }
    let cursor = body("c cursor for select * from t;", "for r in c loop delete from t where current of c; end loop;");
    assert!(said(Postgres, &cursor).contains(&lost[0]));
    let update = body("", "for r in select * from t loop update t set a = null where id = r.id; end loop;");
    assert_eq!(said(Postgres, &update), [WRITTEN]);
    let made = "create table t (id int primary key, a text)";
    let later_lost = |engine, sql: &str| assert_eq!(later(engine, &[made, sql]), lost, "{sql}");
    later_lost(Postgres, "prepare p(int) as delete from t where id >= $1; execute p(0)");
    later_lost(Mysql, "prepare s from 'delete from t where id >= ?'; execute s using 0");
    later_lost(Mysql, "set @a = 0; prepare s from 'delete from t where id >= ?'; execute s using @a");
    later_lost(Mysql, "execute immediate 'delete from t where id > ?' using 0");
    for sql in [
        body("", "for r in select * from t where a is null loop delete from t where id = r.id; end loop;"),
        body("", "for r in select * from t loop if r.a is null then delete from t where id = r.id; end if; end loop;"),
        body("", "for r in select * from t loop continue when r.a = 1; delete from t where id = r.id; end loop;"),
        body("", "for r in select * from u loop delete from t where id = r.id; end loop;"),
        body("", "for r in select * from t loop delete from u where t_id = r.id; end loop;"),
        body("", "for r in select * from t loop delete from t where id = r.id and r.a = 'x'; end loop;"),
        "prepare p(int) as delete from t where id = $1; execute p(5)".to_owned(),
    ] {
        assert!(later(Postgres, &[made, &sql]).is_empty(), "{sql}: {:?}", later(Postgres, &[made, &sql]));
    }
    for sql in [
        "prepare s from 'delete from t where id = ?'; execute s using 5",
        "set @a = 5; prepare s from 'delete from t where id > ?'; execute s using @a",
        "set @a = (select 0); prepare s from 'delete from t where id > ?'; execute s using @a",
    ] {
        assert!(later(Mysql, &[made, sql]).is_empty(), "{sql}: {:?}", later(Mysql, &[made, sql]));
    }
}

#[test]
fn rows_that_no_partition_takes_are_lost() {
    let made = "create table t (id int) partition by list (id) (partition p0 values in (1, 2, 3), partition p1 values in (4, 5))";
    let lost = ("drop-rows", Severity::Error);
    for sql in [
        "alter table t reorganize partition p0 into (partition p0 values in (1))",
        "alter table t reorganize partition p0, p1 into (partition a values in (1, 2), partition b values in (3, 4))",
        "alter ignore table t partition by range (id) (partition p0 values less than (4))",
    ] {
        assert!(later(Mysql, &[made, sql]).contains(&lost), "{sql}: {:?}", later(Mysql, &[made, sql]));
        // What they take now no file says.
        assert!(said(Mysql, sql).contains(&lost), "{sql}");
    }
    for sql in [
        "alter table t reorganize partition p0 into (partition a values in (1), partition b values in (3, 2))",
        "alter table t reorganize partition p0, p1 into (partition a values in (1, 2, 3, 4, 5, 6))",
        "alter table t reorganize partition p0 into (partition a values in (1), partition b default)",
        "alter table t reorganize partition p0 into (partition a values less than (5), partition b values less than maxvalue)",
        "alter table t partition by list (id) (partition p0 values in (1, 2, 3, 4, 5))",
    ] {
        assert!(!later(Mysql, &[made, sql]).contains(&lost), "{sql}: {:?}", later(Mysql, &[made, sql]));
    }
    let twice = [
        "alter table t reorganize partition p0 into (partition a values in (1, 2), partition b values in (3))",
        "alter table t reorganize partition a into (partition c values in (2))",
    ];
    assert!(later(Mysql, &[made, twice[0], twice[1]]).contains(&lost));
}
