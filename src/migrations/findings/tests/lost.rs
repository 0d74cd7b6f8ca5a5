//! Rows that are lost, and what only looks so.

use super::*;

/// All that is said of an up file but for its shape.
pub(super) fn said(engine: Engine, up: &str) -> Vec<(&'static str, Severity)> {
    let set = set(&[("20260101000001_a.up.sql", up), ("20260101000001_a.down.sql", "select 1;")]);
    let found = set.findings_of(V1, &[engine]).into_iter().map(|f| (f.rule.as_str(), f.severity));
    found.filter(|(rule, _)| !["not-atomic", "no-transaction"].contains(rule)).collect()
}

pub(super) fn all_are(engine: Engine, rule: &'static str, severity: Severity, statements: &[&str]) {
    for sql in statements {
        assert_eq!(said(engine, sql), [(rule, severity)], "{engine}: {sql}");
    }
}

pub(super) fn nothing_is_said(engine: Engine, statements: &[&str]) {
    for sql in statements {
        assert!(said(engine, sql).is_empty(), "{engine}: {sql}: {:?}", said(engine, sql));
    }
}

#[test]
fn a_condition_that_holds_of_all_rows_is_none() {
    // Nobody reads without an end.
    for (open, close) in [("(", ")"), ("not (", ")"), ("(true or (", "))")] {
        let deep = format!("{}true{}", open.repeat(2_000), close.repeat(2_000));
        assert!(said(Mysql, &format!("delete from t where {deep}")).len() <= 1);
    }
    for engine in Engine::ALL {
        for condition in [
            "true",
            "(true)",
            "1=1",
            "1 = 1 and 2 > 1",
            "'a' = 'a'",
            "id is not null or true",
            "not false",
            "not (1 = 2)",
            "a = 1 or 1 = 1",
            "id = id",
            "t.id = t.id",
            "1 <> 2",
            "0.5 < 1",
            "true is true",
            "1 is not null",
            "null is null",
            "1 in (2, 1)",
            "v like '%'",
            "(select true)",
            "exists (select 1)",
            "case when 1 = 1 then a else b end = 1 or true",
            "id between 1 and 2 or true",
            "1 = 1 -- all",
        ] {
            all_are(engine, "delete-all-rows", Severity::Error, &[&format!("delete from t where {condition}")]);
            all_are(engine, "update-all-rows", Severity::Warning, &[&format!("update t set a = 1 where {condition}")]);
        }
        for condition in [
            "id = 1",
            "id = other",
            "false",
            "1 = 2",
            "true and id > 1",
            "id is not null",
            "not true",
            "null",
            "not null",
            "exists (select 1 from u)",
            "(select true from u limit 1)",
            "v like 'a%'",
            "v not like '%'",
            "1 in (id)",
            "id in (1, 2)",
            "id between 1 and 2",
            "a = case when 1 = 1 or true then 1 else 2 end",
            "coalesce(a, true)",
            "(a = 1 or b = 2) and 1 = 1",
            "a is distinct from b",
            "id = 1 or (b = 2 and true)",
        ] {
            nothing_is_said(engine, &[&format!("delete from t where {condition}")]);
        }
    }
    all_are(
        Postgres,
        "delete-all-rows",
        Severity::Error,
        &[
            "delete from t where true::boolean",
            "delete from t where 't'",
            "delete from only public.t as x where true returning x.id",
            "delete from t where id is not distinct from id",
        ],
    );
    all_are(
        Mysql,
        "delete-all-rows",
        Severity::Error,
        &[
            "delete from t where 1",
            "delete from t where '1x'",
            "delete from t where 1 xor 0",
            "delete from t where 1 && 1",
            "delete from t where id <=> id",
            "delete quick ignore from t where 1 = 1 order by id",
            "delete from t order by id",
        ],
    );
    nothing_is_said(Mysql, &["delete from t where 'a'"]);
    all_are(
        Sqlite,
        "delete-all-rows",
        Severity::Error,
        &["delete from main.t where 1 == 1", "delete from t as x where 2"],
    );
    nothing_is_said(Sqlite, &["delete from t where '1' = 1", "delete from sqlite_sequence"]);
}

#[test]
fn a_delete_is_found_wherever_it_stands() {
    all_are(
        Postgres,
        "delete-all-rows",
        Severity::Error,
        &[
            "with x as (delete from t returning *) select count(*) from x",
            "with y as (select 1), x as materialized (delete from t where true returning id) select 1 from x",
            "with x as (select 1) delete from t",
            "with recursive x (n) as (select 1 union select n + 1 from x where n < 3) delete from t",
            "with x as (delete from t returning id) insert into u select id from x",
            "explain analyze delete from t",
            "explain (analyze, buffers off) delete from t",
            "copy (delete from t returning *) to '/tmp/x'",
            "prepare p as with x as (delete from t returning *) select 1",
            "delete from t using u",
            "delete from t using u join w on w.id = u.id",
            "merge into t using u on true when matched then delete",
            "do $$ declare r record; begin for r in delete from t returning * loop null; end loop; end $$",
            "do $$ declare r record; begin for r in execute 'delete from t returning *' loop null; end loop; end $$",
            "do $$ declare n int; begin with x as (delete from t returning *) select count(*) into n from x; end $$",
            "do 'begin delete from t where 1 = 1; end'",
        ],
    );
    nothing_is_said(
        Postgres,
        &[
            "explain delete from t",
            "explain (analyze false) delete from t",
            "with x as (delete from t where a = 1 returning *) insert into u select * from x",
            "with x as (select 1) delete from t using x where t.id = 1",
            "delete from t where current of c",
            "merge into t using u on t.id = u.id when matched and u.gone then delete when not matched then insert values (1)",
            "create rule r as on delete to t do instead delete from u",
            "copy (select 1) to '/tmp/x'",
        ],
    );
    assert_eq!(
        said(Postgres, "with x as (update t set a = 1 returning *) select 1 from x"),
        [("update-all-rows", Severity::Warning)]
    );
    assert_eq!(said(Postgres, "do $$ begin if true then truncate t; end if; end $$"), [("truncate", Severity::Error)]);
    all_are(
        Mysql,
        "delete-all-rows",
        Severity::Error,
        &[
            "delete a.* from a",
            "analyze delete from t",
            "analyze format=json delete from t",
            "set statement max_statement_time = 10 for delete from t",
            "with x as (select 1) delete from t",
            // An event runs by itself.
            "create event e on schedule every 1 day do delete from t",
            "create or replace definer=current_user event e on schedule at current_timestamp comment 'x' do begin delete from t; end",
            "alter event e do delete from t",
        ],
    );
    nothing_is_said(
        Mysql,
        &[
            "create event e on schedule every 1 day do delete from t where at < now()",
            "create event e on schedule every 1 day disable do delete from t",
            "create trigger g after insert on event for each row delete from t",
            "alter event e enable",
        ],
    );
    nothing_is_said(Mysql, &["explain delete from t", "analyze table t"]);
    assert_eq!(
        said(Mysql, "set statement max_statement_time = 10 for alter table t drop column a"),
        [("drop-column", Severity::Error)]
    );
    all_are(Sqlite, "delete-all-rows", Severity::Error, &["with x as (select 1) delete from t returning id"]);
    nothing_is_said(Sqlite, &["explain delete from t"]);
}

#[test]
fn rows_that_a_join_finds_are_told_from_all() {
    insta::assert_snapshot!(shown(Mysql, "\
delete a, b from a join b;
delete x from accounts x, b where 1;
delete from a using a join b;
delete a from a left join b on a.id = b.id;
delete b from a left join b on a.id = b.id;
delete a, b from a natural join b;
delete t from accounts t join users u on u.id = t.owner_id;
delete from a using a join b using (id);
delete a from (a join b on 1 = 1);
delete a from a join b on a.id = b.id where b.gone;
delete from p partition (p0, p1);", Some("select 1")), @r"
    error delete-all-rows up.sql:1:1 deletes every row of a
    error delete-all-rows up.sql:1:1 deletes every row of b
    error delete-all-rows up.sql:2:1 deletes every row of accounts
    error delete-all-rows up.sql:3:1 deletes every row of a
    error delete-all-rows up.sql:4:1 deletes every row of a
    warning delete-all-rows up.sql:5:1 deletes every row of b for which the join finds one, and nothing else says which
    warning delete-all-rows up.sql:6:1 deletes every row of a for which the join finds one, and nothing else says which
    warning delete-all-rows up.sql:6:1 deletes every row of b for which the join finds one, and nothing else says which
    warning delete-all-rows up.sql:7:1 deletes every row of accounts for which the join finds one, and nothing else says which
    warning delete-all-rows up.sql:8:1 deletes every row of a for which the join finds one, and nothing else says which
    error delete-all-rows up.sql:9:1 deletes every row of a
    error drop-rows up.sql:11:1 deletes every row of the partition p0 of p, and what is in it
    error drop-rows up.sql:11:1 deletes every row of the partition p1 of p, and what is in it
    ");
    insta::assert_snapshot!(shown(Postgres, "\
merge into t using u on t.id = u.id when matched then delete;
merge into t using u on t.id = u.id when not matched by source then delete;", Some("select 1")), @r"
    warning delete-all-rows up.sql:1:1 deletes every row of t that the source has, and nothing else says which
    warning delete-all-rows up.sql:2:1 deletes every row of t that the source does not have, and nothing else says which
    ");
}

#[test]
fn what_nobody_can_read_hides_no_drop() {
    insta::assert_snapshot!(shown(Postgres, "\
alter table t frobnicate x, drop column a;
truncate t frobnicate;
frobnicate and drop table t;
alter thing drop column a frobnicate;
alter thing drop default frobnicate;
delete from t frobnicate 3;
create thing that says drop table t;", Some("select 1")), @r#"
    warning not-understood up.sql:1:15 the linter cannot read this (alter table … frobnicate): look at it yourself
    error drop-column up.sql:1:29 drops the column t.a and what is in it
    error truncate up.sql:2:1 empties the table t
    warning not-understood up.sql:2:12 the linter cannot read this (expected command, found IDENT): look at it yourself
    error not-understood up.sql:3:1 the linter cannot read this (expected command, found IDENT), and "drop table" stands in it: look at it yourself
    error not-understood up.sql:4:1 the linter cannot read this (expected command, found ALTER_KW), and "drop column" stands in it: look at it yourself
    warning not-understood up.sql:5:1 the linter cannot read this (expected command, found ALTER_KW): look at it yourself
    error delete-all-rows up.sql:6:1 deletes every row of t
    warning not-understood up.sql:6:26 the linter cannot read this (expected command, found INT_NUMBER): look at it yourself
    warning not-understood up.sql:7:1 the linter cannot read this (expected command, found CREATE_KW): look at it yourself
    "#);
    for (engine, sql) in [(Mysql, "frobnicate then truncate t"), (Sqlite, "frobnicate; alter t drop column a b c")] {
        assert!(said(engine, sql).contains(&("not-understood", Severity::Error)), "{sql}: {:?}", said(engine, sql));
    }
}

#[test]
fn a_routine_that_a_file_makes_and_calls_runs() {
    let helper = "create procedure upgrade() begin declare n int; if n = 0 then alter table t drop column a; end if; \
                  insert into t values (1); end; call upgrade(); drop procedure upgrade;";
    for (engine, sql) in [
        (Mysql, helper),
        (
            Mysql,
            "create definer = a@b procedure if not exists p(x int) comment 'delete' alter table t drop column a; call p(1)",
        ),
        (
            Postgres,
            "create function f() returns void language plpgsql as $$ begin alter table t drop column a; end $$; select f();",
        ),
        (Postgres, "create procedure p() language sql as 'alter table t drop column a'; call public.p();"),
        (
            Postgres,
            "create function f() returns void as $$ begin alter table t drop a; end $$ language plpgsql; do $$ begin perform f(); end $$;",
        ),
    ] {
        assert_eq!(said(engine, sql), [("drop-column", Severity::Error)], "{sql}");
    }
    nothing_is_said(Mysql, &["create procedure p() truncate t; drop procedure p", "call p()"]);
    nothing_is_said(
        Postgres,
        &["create function f() returns trigger language plpgsql as $$ begin delete from t; return new; end $$; \
         create trigger g after insert on t for each row execute function f(); comment on function f() is 'x'"],
    );
}
