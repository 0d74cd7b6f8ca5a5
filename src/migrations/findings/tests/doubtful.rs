//! What is made `if not exists` may have been there, and a column's values may go by how it is defined anew.

use super::lost::said;
use super::truth::later;
use super::*;

#[test]
fn what_is_made_if_it_is_not_there_is_new_only_where_it_was_not() {
    let first = "create table t (id int, a text)";
    for engine in Engine::ALL {
        let anew = |rest: &str| format!("create table if not exists t (id int, a text); {rest}");
        for (rest, rule) in [
            ("drop table t", "drop-table"),
            ("delete from t; insert into t values (1, 'x')", "delete-all-rows"),
            ("alter table t drop column a", "drop-column"),
        ] {
            assert_eq!(later(engine, &[first, &anew(rest)]), [(rule, Severity::Error)], "{engine}: {rest}");
            // Of an adopted database nobody here knows.
            assert_eq!(said(engine, &anew(rest)), [(rule, Severity::Warning)], "{engine}: {rest}");
            let made = format!("drop table t; create table t (id int, a text); {}", anew(rest));
            assert_eq!(later(engine, &[first, &made]), [("drop-table", Severity::Error)], "{engine}: {rest}");
        }
        assert!(said(engine, &anew("create index i on t (a); insert into t values (1, 'x')")).is_empty());
        let own = "create temporary table if not exists x (id int); delete from x; drop table x";
        assert!(later(engine, &[first, own]).is_empty(), "{engine}");
        let with_column = "create table u (id int); alter table u add column x int";
        assert!(later(engine, &[first, with_column]).is_empty(), "{engine}");
    }
    for engine in [Postgres, Mysql] {
        let column = |name: &str| {
            format!("alter table t add column if not exists {name} text; alter table t drop column {name}")
        };
        assert_eq!(later(engine, &[first, &column("a")]), [("drop-column", Severity::Error)], "{engine}");
        assert!(later(engine, &[first, &column("b")]).is_empty(), "{engine}");
    }
    let schema = "create schema if not exists public; drop schema public cascade";
    assert_eq!(said(Postgres, schema), [("drop-schema", Severity::Error)]);
    assert_eq!(said(Mysql, "create database if not exists d; drop database d"), [("drop-database", Severity::Error)]);
}

#[test]
fn a_column_that_is_worked_out_from_now_on_loses_what_is_in_it() {
    let first = "create table t (id int, a text, c varchar(50))";
    let narrow = ("narrow-type", Severity::Error);
    for sql in [
        "alter table t modify c varchar(50) as ('x') stored",
        "alter table t modify column c varchar(50) generated always as (upper(a)) stored",
        "alter table t change c c varchar(50) as ('x') persistent",
        "alter table t add d int, modify c varchar(50) as ('x') virtual",
    ] {
        assert!(later(Mysql, &[first, sql]).contains(&narrow), "{sql}: {:?}", later(Mysql, &[first, sql]));
    }
    let again = "alter table t add g int as (id + 1) stored; alter table t modify g int as (id + 2) stored";
    assert!(!later(Mysql, &[first, again]).contains(&narrow));
    let before = format!("{first}; alter table t add g int as (id + 1) stored");
    assert!(!later(Mysql, &[&before, "alter table t modify g int as (id + 2) stored"]).contains(&narrow));
    let few = ("narrow-type", Severity::Warning);
    for charset in ["latin1", "ascii"] {
        let sql = format!("alter table t modify c varchar(50) character set {charset} not null");
        assert!(later(Mysql, &[first, &sql]).contains(&few), "{sql}");
    }
    let sql = "alter table t modify c varchar(50) character set utf8mb4";
    assert!(!later(Mysql, &[first, sql]).contains(&few), "{sql}");
}
