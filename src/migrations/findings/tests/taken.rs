//! What goes with something else, and where what goes is afterwards.

use super::lost::{all_are, nothing_is_said, said};
use super::*;

#[test]
fn what_a_cascade_takes_along_is_told() {
    all_are(
        Postgres,
        "drop-cascade",
        Severity::Error,
        &[
            "drop type mood cascade",
            "drop type if exists public.mood cascade",
            "drop domain email cascade",
            "drop extension citext cascade",
            "drop collation c cascade",
            "drop access method m cascade",
        ],
    );
    all_are(
        Postgres,
        "drop-cascade",
        Severity::Warning,
        &[
            "drop function f(int, text) cascade",
            "drop view v cascade",
            "drop materialized view if exists v cascade",
            "drop sequence s cascade",
            "drop foreign table f cascade",
            "drop language plperl cascade",
        ],
    );
    all_are(Postgres, "drop-owned", Severity::Error, &["drop owned by app", "drop owned by app, other cascade"]);
    nothing_is_said(
        Postgres,
        &[
            "drop type mood",
            "drop extension citext",
            "drop function f(int) restrict",
            "drop view v; drop materialized view m; drop sequence s; drop trigger g on t cascade; drop policy p on t",
            "create type mood as enum ('a'); drop type mood cascade",
            "create function f() returns int language sql as 'select 1'; drop function f() cascade",
            "create view v as select 1; drop view v cascade",
        ],
    );
    all_are(Postgres, "drop-schema", Severity::Error, &["drop schema s cascade"]);
    all_are(Postgres, "drop-schema", Severity::Notice, &["drop schema if exists s"]);
    all_are(
        Postgres,
        "drop-column",
        Severity::Error,
        &[
            "alter type address drop attribute zip",
            "alter type address drop attribute if exists zip cascade",
            "alter table t alter b set default 1, drop column a",
            "alter table t drop a cascade",
        ],
    );
    all_are(
        Postgres,
        "narrow-type",
        Severity::Error,
        &[
            "alter table t alter column v type text using null",
            "alter table t alter v set data type timestamptz using now()",
        ],
    );
    let down = |up, down| shown(Postgres, up, Some(down));
    insta::assert_snapshot!(down("create type m as enum ('a'); create function f() returns trigger language plpgsql as ''",
        "drop function f() cascade;\ndrop type m cascade;\ndrop type n cascade;\ndrop function g() cascade;\ndrop schema s;"), @r"
    notice down-drops-own down.sql:2:1 rolling back drops the type m and the columns that depend on it, with what was written into it since
    error data-loss-in-down down.sql:3:1 rolling back drops the type n and the columns that depend on it, which the up file has not made
    warning drop-cascade down.sql:4:1 drops the function g and whatever depends on it, none of which is named here: views, triggers, policies, defaults, generated columns
    ");
}

#[test]
fn rows_that_are_somewhere_else_then_are_not_lost() {
    all_are(
        Postgres,
        "rows-leave",
        Severity::Warning,
        &[
            "alter table t detach partition p",
            "alter table child no inherit parent",
            "with x as (delete from t returning *) insert into u select * from x",
            "create table u as with x as (delete from t where true returning t.*) select * from x",
        ],
    );
    all_are(
        Mysql,
        "rows-leave",
        Severity::Warning,
        &[
            "alter table t exchange partition p0 with table u",
            "alter table t exchange partition p0 with table u without validation",
            "alter table t convert partition p0 to table u",
        ],
    );
    // What has come into a table that the file has made goes with it.
    for (engine, sql) in [
        (Mysql, "create table u like t; alter table t exchange partition p0 with table u; drop table u"),
        (
            Postgres,
            "create table u (a int); with x as (delete from t returning *) insert into u select * from x; drop table u",
        ),
    ] {
        assert_eq!(said(engine, sql), [("rows-leave", Severity::Warning), ("drop-table", Severity::Error)], "{sql}");
    }
    nothing_is_said(
        Mysql,
        &["create table t (a int); create table u (a int); alter table t exchange partition p with table u"],
    );
}

#[test]
fn what_mysql_throws_away_by_other_words_is_told() {
    all_are(
        Mysql,
        "drop-rows",
        Severity::Error,
        &[
            "delete history from t",
            "alter table t drop system versioning",
            "alter table t drop partition p0",
            "alter table t drop partition if exists p0",
            "alter table t truncate partition p0",
            "alter table t truncate partition all",
            "alter table t discard tablespace",
            "alter table t engine = blackhole",
            "alter table t engine memory",
            "alter ignore table t add unique (a)",
            "alter ignore table t add constraint c unique key (a)",
        ],
    );
    all_are(
        Mysql,
        "drop-column",
        Severity::Error,
        &["alter table t drop a", "alter table t add b int, drop column if exists a"],
    );
    assert!(rules(Mysql, "alter table t drop a, drop primary key, add index (b)").contains(&"drop-column"));
    all_are(Mysql, "truncate", Severity::Error, &["truncate t", "truncate table t"]);
    nothing_is_said(Mysql, &["create table t (a int); alter ignore table t add unique (a)"]);
    assert!(!rules(Mysql, "alter table t engine = innodb").contains(&"drop-rows"));
}

#[test]
fn a_replace_takes_along_what_follows_its_row() {
    let told = |engine, key: &str, later: &str| {
        let first = format!(
            "create table p (id int primary key); create table c (pid int references p (id) {key}); create table n (id int);"
        );
        let set = set(&[
            ("20260101000001_a.up.sql", first.as_str()),
            ("20260101000002_a.up.sql", later),
            ("20260101000002_a.down.sql", "select 1"),
        ]);
        lines(&set, 20260101000002, &[engine])
    };
    let follows = "on update cascade on delete cascade";
    insta::assert_snapshot!(told(Sqlite, follows, "replace into p values (1);\ninsert or replace into p values (2);"), @"error replace-deletes up.sql:1:1 replace deletes the row of p that is there before it writes the new one, and with it what refers to it in c: write insert … on conflict, or on duplicate key, that updates");
    for (engine, sql) in [
        (Sqlite, "insert or replace into p values (1)"),
        (Sqlite, "update or replace p set id = 1 where id = 2"),
        (Sqlite, "with x as (select 1) replace into p select * from x"),
        (Mysql, "replace p set id = 1"),
        (Mysql, "replace into p values (1)"),
        (Mysql, "load data infile '/x' replace into table p"),
    ] {
        assert!(
            told(engine, follows, sql).starts_with("error replace-deletes"),
            "{sql}: {}",
            told(engine, follows, sql)
        );
        assert!(told(engine, "on delete set null", sql).starts_with("error replace-deletes"), "{sql}");
        assert!(told(engine, "", sql).is_empty(), "{sql}: {}", told(engine, "", sql));
    }
    for (engine, sql) in [
        (Sqlite, "pragma foreign_keys = off; replace into p values (1)"),
        (Mysql, "/*!40014 set @old = @@foreign_key_checks, foreign_key_checks = 0 */; replace into p values (1)"),
        (Sqlite, "replace into n values (1)"),
        (Sqlite, "insert into p values (1) on conflict (id) do update set id = 1"),
        (Mysql, "insert into p values (1) on duplicate key update id = 1"),
    ] {
        assert!(!told(engine, follows, sql).contains("replace-deletes"), "{sql}: {}", told(engine, follows, sql));
    }
    // Nobody here knows what refers to it.
    all_are(Sqlite, "replace-deletes", Severity::Notice, &["replace into t values (1); replace into t values (2)"]);
    nothing_is_said(Sqlite, &["create table t (id int); replace into t values (1)"]);
}

#[test]
fn a_dump_is_read_as_the_program_reads_it_that_it_is_written_for() {
    let sandbox =
        "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump\n/*!40101 set names utf8mb4 */;\ndrop table t;";
    assert_eq!(said(Mysql, sandbox), [("drop-table", Severity::Error)]);
    nothing_is_said(Mysql, &["/*!999999 drop table t */; /*M!999999\\- */ select 1"]);
    all_are(
        Mysql,
        "drop-table",
        Severity::Error,
        &["/*!50000 drop table t */", "/*M!100616 drop table t */", "/*M!99999 drop table t */"],
    );
    for (sql, way) in [
        ("\\restrict abc\nselect 1;", "take out the line, and its other half"),
        ("copy t (a) from stdin;", "as pg_dump does where it is asked for inserts"),
    ] {
        let found = shown(Postgres, sql, Some("select 1"));
        assert!(found.starts_with("error client-command up.sql:1:1") && found.contains(way), "{found}");
    }
}
