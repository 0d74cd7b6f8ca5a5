//! Copies that leave something out, before what they copy is dropped.

use super::lost::said;
use super::truth::later;
use super::*;

#[test]
fn what_a_copy_leaves_out_is_lost_with_the_table() {
    let first = "create table t (id int primary key, a text, b text)";
    for engine in Engine::ALL {
        let rebuilt = |copy: &str| later(engine, &[first, &format!("{copy}; drop table t; alter table n rename to t")]);
        let whole = [("rewrites-table", Severity::Warning)];
        let made = "create table n (id int primary key, a text, b text)";
        for copy in [
            "insert into n select * from t",
            "insert into n (id, a, b) select t.id, a, coalesce(b, '') from t",
            "insert into n select id, a, b from t where true order by id",
            "insert into n select t.* from t left join u on u.id = t.id",
            "insert into n select id, a, b from t where not exists (select 1 from n where n.id = t.id)",
            "insert into n select id, a, b from t union all select 1, 'x', 'y'",
            "insert into n select * from t where id = 1; insert into n select * from t where id <> 1",
        ] {
            let told = rebuilt(&format!("{made}; {copy}"));
            assert_eq!(told, whole, "{engine}: {copy}");
        }
        for (copy, by) in [
            ("insert into n select * from t where a is not null", "where"),
            ("insert into n select id, a, b from t limit 10", "limit"),
            ("insert into n select distinct id, a, b from t", "distinct"),
            ("insert into n select id, max(a), max(b) from t group by id", "group"),
            ("insert into n select id, a, b from t union select 1, 'x', 'y'", "union"),
            ("insert into n select t.* from t join u on u.id = t.id", "join"),
            ("insert into n select t.* from t, u where u.id = t.id", "join"),
            ("insert into n select * from t where id in (select id from u)", "where"),
        ] {
            let told = rebuilt(&format!("{made}; {copy}"));
            assert_eq!(told, [("drop-table", Severity::Error)], "{engine}: {copy}");
            let sql = format!("{made}; {copy}; drop table t; alter table n rename to t");
            assert!(shown(engine, &sql, None).contains(&format!("leaves rows out ({by}): they are lost")), "{sql}");
            let back = shown(engine, "select 1", Some(&sql));
            assert!(back.contains("error data-loss-in-down"), "{engine}: {sql}: {back}");
        }
        let lacking = [("drop-column", Severity::Error), ("rewrites-table", Severity::Warning)];
        for copy in [
            &format!("{made}; insert into n (id, a) select id, a from t"),
            "create table n as select id, a from t",
            &format!("{made}; insert into n select id, a, substr(b, 1, 3) from t"),
        ] {
            assert_eq!(rebuilt(copy), lacking, "{engine}: {copy}");
        }
        let doubles = match engine {
            Mysql => "insert ignore into n select * from t",
            Postgres => "insert into n select * from t on conflict do nothing",
            Sqlite => "insert or ignore into n select * from t",
        };
        let told = rebuilt(&format!("{made}; {doubles}"));
        assert_eq!(told, [("drop-rows", Severity::Warning), whole[0]], "{engine}");
        let there_and_back = |first_copy: &str, back: &str| {
            let sql = format!("{first_copy}; drop table t; {}; {back}; drop table n", first);
            later(engine, &[first, &sql])
        };
        let all = "create table n as select * from t";
        assert_eq!(there_and_back(all, "insert into t select id, a, b from n"), whole, "{engine}");
        assert_eq!(there_and_back(all, "insert into t (id, a) select id, a from n"), lacking, "{engine}");
        let some = "create table n as select * from t where id > 5";
        assert_eq!(
            there_and_back(some, "insert into t select * from n"),
            [("drop-table", Severity::Error)],
            "{engine}"
        );
        let none = there_and_back(all, "insert into t select * from n where a = 'x'");
        assert_eq!(none, [("drop-table", Severity::Error)], "{engine}");
    }
    for copy in [
        "create table n (like t including all); insert into n select * from t for share",
        "create table n (like t including all); insert into n table t",
        "create table n as table t",
        "select * into n from t",
    ] {
        let sql = format!("{copy}; drop table t; alter table n rename to t");
        assert_eq!(later(Postgres, &[first, &sql]), [("rewrites-table", Severity::Warning)], "{copy}");
    }
    let some = "select * into n from t where a = 'x'; drop table t; alter table n rename to t";
    assert_eq!(later(Postgres, &[first, some]), [("drop-table", Severity::Error)]);
    // Both change their names.
    let swapped = |copy: &str| {
        let sql = format!("create table n like t; {copy}; rename table t to o, n to t; drop table o");
        later(Mysql, &[first, &sql])
    };
    assert_eq!(swapped("insert into n select * from t"), [("rewrites-table", Severity::Warning)]);
    assert_eq!(swapped("insert into n select * from t where a = 'x'"), [("drop-table", Severity::Error)]);
    assert_eq!(swapped("insert into n (id, a) select id, a from t")[0], ("drop-column", Severity::Error));
    assert_eq!(swapped("select 1"), [("drop-table", Severity::Error)]);
    let empty = "create table n as select * from t with no data; drop table t; alter table n rename to t";
    assert_eq!(later(Postgres, &[first, empty]), [("drop-table", Severity::Error)]);
    // What is worked out of others is not copied.
    let computed = "create table t (id int, a int, c int generated always as (a + 1) stored)";
    let copy = "create table n (id int, a int, c int generated always as (a + 2) stored); \
                insert into n (id, a) select id, a from t; drop table t; alter table n rename to t";
    for engine in Engine::ALL {
        assert_eq!(later(engine, &[computed, copy]), [("rewrites-table", Severity::Warning)], "{engine}");
    }
    // A way back that leaves out what the way there has added is what a drop of it is.
    let set = set(&[
        ("20260101000001_a.up.sql", first),
        ("20260101000002_a.up.sql", "alter table t add column c text"),
        (
            "20260101000002_a.down.sql",
            "create table n (id int); insert into n select id, a from t; drop table t; alter table n rename to t",
        ),
    ]);
    insta::assert_snapshot!(lines(&set, 20260101000002, &[Sqlite]), @r"
    error data-loss-in-down down.sql:1:61 rolling back drops the column t.b, which the up file has not made
    notice down-drops-own down.sql:1:61 rolling back drops the column t.c, with what was written into it since
    ");
}

#[test]
fn a_column_that_is_copied_in_part_is_lost_with_it() {
    let all = |copy: &str| {
        format!(
            "alter table t add column n int; {copy}; alter table t drop column c; alter table t rename column n to c"
        )
    };
    for engine in Engine::ALL {
        for copy in [
            "update t set n = c",
            "update t set n = c where c is not null",
            "update t set n = c where n is null",
            "update t set n = coalesce(c, 0) where 1 = 1",
            "update t set n = c, b = (select id from u where u.name = t.a)",
            "update t set n = c where id < 1000; update t set n = c where id >= 1000",
        ] {
            let told = said(engine, &all(copy));
            assert!(!told.contains(&("drop-column", Severity::Error)), "{engine}: {copy}: {told:?}");
        }
        for copy in [
            "update t set n = c where deleted_at is null",
            "update t set n = c where id = 1",
            "update t set n = substr(c, 1, 1)",
            "update t set n = (select id from u where u.name = t.c)",
        ] {
            let told = said(engine, &all(copy));
            assert!(told.contains(&("drop-column", Severity::Error)), "{engine}: {copy}: {told:?}");
        }
    }
}
