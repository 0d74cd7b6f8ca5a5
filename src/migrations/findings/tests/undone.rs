//! Copies that are not there when their table goes: taken back again, never made, or of something else by its name.

use super::lost::{nothing_is_said, said};
use super::truth::later;
use super::*;

const GONE: (&str, Severity) = ("drop-table", Severity::Error);
const COPIED: (&str, Severity) = ("rewrites-table", Severity::Warning);

#[test]
fn what_is_taken_back_to_a_savepoint_has_not_been_done() {
    let replaced =
        |fill: &str| format!("create table n (id int, b int); {fill}; drop table t; alter table n rename to t");
    let insert = "insert into n select * from t";
    for engine in Engine::ALL {
        for lost in [
            format!("savepoint s; {insert}; rollback to s"),
            format!("savepoint s; {insert}; rollback to savepoint s"),
            format!("savepoint s; {insert}; rollback to S; select 1"),
            format!("savepoint a; savepoint s; {insert}; release savepoint s; rollback to a"),
            format!("savepoint s; rollback to s; {insert}; rollback to s"),
        ] {
            let found = said(engine, &replaced(&lost));
            assert!(found.contains(&GONE) && !found.contains(&COPIED), "{engine}: {lost}: {found:?}");
        }
        for kept in [
            format!("savepoint s; {insert}; release s"),
            format!("savepoint s; rollback to s; {insert}"),
            format!("{insert}; savepoint s; update n set b = 1 where id = 1; rollback to s; release s"),
            format!("savepoint s; {insert}; savepoint u; rollback to u"),
        ] {
            // Of MySQL nobody knows whether the table's engine takes it back.
            let found = said(engine, &replaced(&kept));
            assert!(found.contains(&COPIED) && !found.contains(&GONE), "{engine}: {kept}: {found:?}");
        }
    }
    for engine in [Postgres, Sqlite] {
        let twice = format!("savepoint s; savepoint s; {insert}; release s; rollback to s");
        assert_eq!(said(engine, &replaced(&twice)), [GONE], "{engine}");
        // Nor has it been made or taken away.
        let made = "savepoint s; create table t (id int); rollback to s; delete from t";
        assert_eq!(said(engine, made), [("delete-all-rows", Severity::Error)], "{engine}");
        let renamed = "savepoint s; alter table u rename to t; rollback to s; delete from t where id = 1; release s";
        nothing_is_said(engine, &["savepoint s; delete from t; rollback to s; release s", renamed]);
    }
    // A table of another engine keeps nothing of a transaction.
    let found = said(Mysql, "savepoint s; delete from t; rollback to s");
    assert!(found.contains(&("delete-all-rows", Severity::Error)), "{found:?}");
}

#[test]
fn what_is_taken_back_with_its_transaction_has_not_been_done() {
    let insert = "insert into n select * from t";
    let replaced = |fill: &str| {
        let sql = format!("create table n (id int, b int); {fill}; drop table t; alter table n rename to t");
        format!("-- neo: no-transaction\n{sql}")
    };
    for engine in Engine::ALL {
        let lost = said(engine, &replaced(&format!("begin; {insert}; rollback")));
        assert!(lost.contains(&GONE), "{engine}: {lost:?}");
        let kept = said(engine, &replaced(&format!("begin; {insert}; commit")));
        assert!(kept.contains(&COPIED) && !kept.contains(&GONE), "{engine}: {kept:?}");
    }
    let by_hand = said(Mysql, &replaced(&format!("set autocommit = 0; {insert}; rollback")));
    assert!(by_hand.contains(&GONE), "{by_hand:?}");
    // What changes a table has ended the transaction before.
    let kept = said(Mysql, &replaced(&format!("start transaction; {insert}; create table z (id int); rollback")));
    assert!(kept.contains(&COPIED) && !kept.contains(&GONE), "{kept:?}");
}

#[test]
fn a_table_that_is_there_is_not_made_and_not_filled() {
    let renamed = "drop table t; alter table n rename to t";
    let copy = format!("create table if not exists n as select * from t; {renamed}");
    let made = "create table n (id int, b int)";
    for engine in Engine::ALL {
        assert!(later(engine, &[made, &copy]).contains(&GONE), "{engine}");
        assert!(later(engine, &["select 1", &format!("{made}; {copy}")]).contains(&GONE), "{engine}");
        assert!(
            later(engine, &["select 1", &format!("create table if not exists n (id int); {copy}")]).contains(&GONE)
        );
        // Where it was not, it is; of an adopted database nobody knows.
        assert_eq!(later(engine, &["select 1", &copy]), [COPIED], "{engine}");
        assert_eq!(later(engine, &[&format!("{made}; drop table n"), &copy]), [COPIED], "{engine}");
        let own = "create temporary table if not exists n as select * from u; delete from n; drop table n";
        assert!(later(engine, &[made, own]).is_empty(), "{engine}: {:?}", later(engine, &[made, own]));
    }
    let like = format!("create table if not exists n like t; create table if not exists n select * from t; {renamed}");
    assert_eq!(said(Mysql, &like), [GONE]);
    let back = "create temp table n (id int); create temp table if not exists n as select * from t; drop table t; \
                create table t as select * from n";
    assert_eq!(said(Postgres, back), [GONE]);
}

#[test]
fn a_copy_of_what_only_has_the_name_of_a_table_is_none_of_it() {
    let made = "create table n (id int, b int)";
    for (engine, schema, own) in [(Sqlite, "main", "temp"), (Postgres, "public", "pg_temp")] {
        for (view, dropped) in [
            (format!("create temp view t as select * from {schema}.t limit 1"), format!("drop view {own}.t")),
            (format!("create temp view t as select * from {schema}.t limit 1"), "drop view t".to_owned()),
            (format!("create view {own}.t as select * from {schema}.t limit 1"), format!("drop view {own}.t")),
            (format!("create temp table t as select * from {schema}.t limit 1"), format!("drop table {own}.t")),
        ] {
            let sql = format!(
                "{view}; {made}; insert into n select * from t; {dropped}; drop table t; alter table n rename to t"
            );
            assert_eq!(said(engine, &sql), [GONE], "{engine}: {sql}");
        }
        let other = "create temp view v as select * from t";
        let sql = format!(
            "{other}; {made}; insert into n select * from t; drop view {own}.v; drop table t; alter table n rename to t"
        );
        assert_eq!(said(engine, &sql), [COPIED], "{engine}: {sql}");
        nothing_is_said(engine, &[&format!("create temp table x (id int); delete from {own}.x; drop table {own}.x")]);
    }
    let renamed = "alter table n rename to t";
    for elsewhere in [
        "set search_path = o; create view o.t as select * from public.t limit 1; create table public.n as select * from t; \
         reset search_path; drop table t",
        "create table z.t (like public.t); set search_path = z, public; create table public.n as select * from t; \
         set search_path = public; drop table t cascade",
        "set search_path = pg_temp, public; create table t as select * from public.t limit 1; set search_path = public; \
         create table n as select * from t; drop table t; drop table public.t cascade",
    ] {
        assert!(said(Postgres, &format!("{elsewhere}; {renamed}")).contains(&GONE), "{elsewhere}");
    }
    let before = ["create schema z; create view z.t as select 1 as id", "create table t (id int)"];
    let sql =
        "set search_path = z, public; create table public.n as select * from t; set search_path = public; drop table t";
    assert!(later(Postgres, &[before[0], before[1], &format!("{sql}; {renamed}")]).contains(&GONE));
    // All of it in one place is of one table.
    let sql = "set search_path = z; create table n as select * from t; drop table t; alter table n rename to t";
    let found = later(Postgres, &["create schema z; create table z.t (id int)", "create table t (id int)", sql]);
    assert!(found.contains(&COPIED) && !found.contains(&GONE), "{found:?}");
}
