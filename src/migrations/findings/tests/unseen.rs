//! What a copy does not see, what is done where nobody looks, and what the file's own settings make of its statements.

use super::lost::{all_are, nothing_is_said, said};
use super::truth::later;
use super::*;

const GONE: (&str, Severity) = ("drop-table", Severity::Error);
const LEFT: (&str, Severity) = ("drop-column", Severity::Error);
const COPIED: (&str, Severity) = ("rewrites-table", Severity::Warning);
const WRITTEN: (&str, Severity) = ("update-all-rows", Severity::Warning);

#[test]
fn a_copy_of_all_that_is_seen_has_not_what_is_not() {
    let copy = "create table n as select * from t; drop table t; alter table n rename to t";
    let made = "create table t (id int, b int)";
    let bound = "alter table t enable row level security; alter table t force row level security";
    let policy = "create policy p on t using (b < 3)";
    assert!(later(Postgres, &[made, bound, policy, copy]).contains(&GONE));
    assert!(later(Postgres, &[made, policy, copy, copy]).contains(&COPIED));
    for freed in ["alter table t no force row level security", "alter table t disable row level security"] {
        let found = later(Postgres, &[made, bound, policy, &format!("{freed}; {copy}")]);
        assert!(found.contains(&COPIED) && !found.contains(&GONE), "{freed}: {found:?}");
    }
    // Its name is not what it was.
    let renamed = "create table n as select * from u; drop table u; alter table n rename to u";
    assert!(later(Postgres, &[made, bound, "alter table t rename to u", renamed]).contains(&GONE));

    let copy = "create table n as select * from t; drop table t; rename table n to t";
    let named =
        "create table n (id int, b int); insert into n (id, b) select id, b from t; drop table t; rename table n to t";
    for hidden in [
        "create table t (id int, b int invisible)",
        "create table t (id int); alter table t add column b int invisible default 1",
        "create table t (id int, b int); alter table t modify b int invisible",
        "create table t (id int, a int); alter table t change a b int invisible",
    ] {
        assert!(later(Mysql, &[hidden, copy]).contains(&LEFT), "{hidden}");
        let found = later(Mysql, &[hidden, named]);
        assert!(found.contains(&COPIED) && !found.contains(&LEFT), "{hidden}: {found:?}");
    }
    let like = "create table n like t; insert into n select * from t; drop table t; rename table n to t";
    assert!(later(Mysql, &["create table t (id int, b int invisible)", like]).contains(&LEFT));
    for past in [
        "create table t (id int) with system versioning",
        "create table t (id int); alter table t add system versioning",
    ] {
        assert!(later(Mysql, &[past, copy]).contains(&GONE), "{past}");
        let without = format!("{past}; alter table t drop system versioning");
        assert!(later(Mysql, &[&without, copy]).contains(&COPIED), "{past}");
    }
    // An index may be invisible, and takes nothing along.
    let index = "create table t (id int, b int, index i (b) invisible)";
    assert!(!later(Mysql, &[index, copy]).contains(&GONE));

    let twice = "create table n engine=innodb engine=memory as select * from t; drop table t; rename table n to t";
    assert!(later(Mysql, &["create table t (id int)", twice]).contains(&GONE));
    let twice = twice.replace("engine=innodb engine=memory", "engine=memory engine=innodb");
    assert!(later(Mysql, &["create table t (id int)", &twice]).contains(&COPIED));
}

#[test]
fn who_is_bound_to_policies_may_see_nothing() {
    all_are(
        Postgres,
        "rows-leave",
        Severity::Warning,
        &[
            "alter table t force row level security",
            "alter table only public.t enable row level security, force row level security",
        ],
    );
    nothing_is_said(
        Postgres,
        &[
            "alter table t enable row level security",
            "alter table t no force row level security",
            "create table t (id int); alter table t force row level security",
        ],
    );
}

#[test]
fn what_is_of_the_session_hides_nothing_of_what_stands_behind_it() {
    for (engine, schema) in [(Sqlite, "main"), (Postgres, "public")] {
        for made in [
            "create temp view t as select 1",
            "create temporary view t as select 1 as id",
            "create temp table t (id int)",
        ] {
            let found = said(engine, &format!("{made}; delete from {schema}.t"));
            assert_eq!(found, [("delete-all-rows", Severity::Error)], "{engine}: {made}");
        }
        let dropped = "create temp view t as select 1; drop view if exists t; delete from t";
        assert_eq!(said(engine, dropped), [("delete-all-rows", Severity::Error)], "{engine}");
        nothing_is_said(
            engine,
            &["create view v as select 1; drop view v", "create temp view v as select 1; drop view v"],
        );
    }
    for elsewhere in [
        "set search_path = o; create table t (id int); reset search_path",
        "set search_path = o, public; create table t (id int); set search_path to default",
        "set schema 'o'; create table t (id int); set schema 'public'",
        "select set_config('search_path', 'o', false); create table t (id int); reset all",
    ] {
        let found = said(Postgres, &format!("{elsewhere}; delete from t"));
        assert_eq!(found, [("delete-all-rows", Severity::Error)], "{elsewhere}");
        nothing_is_said(
            Postgres,
            &[&format!("{elsewhere}; delete from o.t"), &format!("{elsewhere}; set search_path = o; delete from t")],
        );
    }
    nothing_is_said(
        Postgres,
        &[
            "set search_path = o; create table t (id int); alter table t add column a int not null; truncate t",
            "create table t (id int); set search_path = o; create table u (id int); reset search_path; delete from t",
        ],
    );
}

#[test]
fn a_table_that_goes_into_another_schema_takes_its_rows_along() {
    all_are(
        Postgres,
        "rename-table",
        Severity::Warning,
        &["alter table t set schema z", "create schema z; alter table t set schema z"],
    );
    let found = said(Postgres, "create schema z; alter table t set schema z; drop schema z cascade");
    assert!(found.contains(&("drop-schema", Severity::Error)), "{found:?}");
    nothing_is_said(Postgres, &["create schema z; create table z.t (id int); drop schema z cascade"]);
}

#[test]
fn rows_that_meet_themselves_are_all_written_over() {
    for engine in [Postgres, Sqlite] {
        let all = [
            "insert into t (id) select id from t where true on conflict (id) do update set a = null",
            "insert into t (id, a) select id, a from public.t where true on conflict (id) do update set a = null where t.a is not null",
        ];
        let all =
            if engine == Sqlite { all.map(|sql| sql.replace("public.", "main.")) } else { all.map(str::to_owned) };
        for sql in &all {
            assert_eq!(said(engine, sql), [WRITTEN], "{engine}: {sql}");
        }
        for sql in [
            "insert into t (id) select id from u where true on conflict (id) do update set a = null",
            "insert into t (id) select id from t where a = 1 on conflict (id) do update set a = null",
        ] {
            assert_eq!(said(engine, sql), [("overwrites-rows", Severity::Notice)], "{engine}: {sql}");
        }
        nothing_is_said(engine, &["insert into t (id) select id + 100 from t where true on conflict (id) do nothing"]);
    }
    assert_eq!(said(Mysql, "insert into t (id) select id from t on duplicate key update a = null"), [WRITTEN]);
    for (engine, sql) in
        [(Mysql, "replace into t (id) select id from t"), (Sqlite, "insert or replace into t (id) select id from t")]
    {
        assert!(later(engine, &["create table t (id int, a int)", sql]).contains(&WRITTEN), "{sql}");
    }
}

#[test]
fn what_is_cut_where_it_is_too_long_is_cut_everywhere() {
    for engine in Engine::ALL {
        let distinct = if engine == Mysql { "c <> left(c, 3)" } else { "c is distinct from left(c, 3)" };
        all_are(
            engine,
            "update-all-rows",
            Severity::Warning,
            &[
                "update t set c = left(c, 3) where length(c) > 3",
                "update t set c = substr(c, 1, 3) where 3 < char_length(t.c)",
                &format!("update t set c = left(c, 3) where {distinct}"),
            ],
        );
        nothing_is_said(
            engine,
            &[
                "update t set c = left(c, 3) where id = 1",
                "update t set c = left(c, 3) where length(c) > 3 and region = 'x'",
                "update t set c = left(c, 3) where length(d) > 3",
                "update t set c = lower(c) where c <> lower(c)",
                "update t set c = trim(c) where c <> trim(c)",
                "update t set c = substr(c, 2) where c like '+%'",
                "update t set c = left(d, 3) where length(d) > 3",
            ],
        );
    }
}

#[test]
fn what_is_written_without_strictness_is_told_where_it_is_taken_away() {
    let told = [("not-strict", Severity::Warning)];
    for set in [
        "set sql_mode = ''",
        "set session sql_mode = 'ANSI'",
        "set @@sql_mode = replace(@@sql_mode, 'STRICT_TRANS_TABLES', '')",
        "/*!40101 set @old = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO' */",
    ] {
        assert_eq!(later(Mysql, &[MADE, &format!("{set}; update t set c = lt where id = 5")]), told, "{set}");
        let changed = later(Mysql, &[MADE, &format!("{set}; alter table t modify c varchar(80) not null")]);
        assert!(changed.contains(&told[0]), "{set}: {changed:?}");
        for quiet in [
            "create table u (a int); insert into u values (1); alter table u modify a bigint not null",
            "update t set c = 'x' where id = 5",
            "insert into t (id) values (1)",
            "set sql_mode = @old; update t set c = lt where id = 5",
            "set sql_mode = 'STRICT_TRANS_TABLES'; update t set c = lt where id = 5",
        ] {
            let found = later(Mysql, &[MADE, &format!("{set}; {quiet}")]);
            assert!(!found.contains(&told[0]), "{set}; {quiet}: {found:?}");
        }
    }
    assert_eq!(later(Mysql, &[MADE, "set statement sql_mode = '' for update t set c = lt where id = 5"]), told);
    assert!(
        later(Mysql, &[MADE, "set statement max_statement_time = 5 for update t set c = lt where id = 5"]).is_empty()
    );
    assert!(
        later(Mysql, &[MADE, "set sql_mode = concat(@@sql_mode, ',ANSI'); update t set c = lt where id = 5"])
            .is_empty()
    );
}

const MADE: &str = "create table t (id int primary key, c varchar(60), lt text)";

#[test]
fn a_text_in_another_character_set_than_its_file_is_told() {
    let told = [("other-charset", Severity::Warning)];
    for set in [
        "set names latin1",
        "set names 'latin1' collate latin1_german1_ci",
        "set character set cp1251",
        "set character_set_client = binary",
    ] {
        assert_eq!(
            said(Mysql, &format!("{set}; insert into t (a) values ('ä€'), ('ö'); insert into t (a) values ('ü')")),
            told,
            "{set}"
        );
        nothing_is_said(
            Mysql,
            &[
                &format!("{set}; insert into t (a) values ('a')"),
                &format!("{set}; insert into t (a) values (_utf8mb4'ä')"),
                &format!("{set}; set names utf8mb4; insert into t (a) values ('ä')"),
                &format!("insert into t (a) values ('ä'); {set}"),
            ],
        );
    }
    nothing_is_said(
        Mysql,
        &[
            "set names utf8; insert into t (a) values ('ä')",
            "set @old = @@character_set_client; insert into t (a) values ('ä')",
        ],
    );
}

#[test]
fn a_time_that_has_its_zone_is_moved_by_being_said_at_one() {
    let made = "create table t (z timestamptz, p timestamp)";
    let moved = |sql: &str| later(Postgres, &[made, sql]).contains(&("narrow-type", Severity::Warning));
    for sql in [
        "alter table t alter column z type timestamptz using z at time zone 'utc'",
        "alter table t alter p type timestamp without time zone using (p at time zone 'Europe/Berlin')",
    ] {
        assert!(moved(sql), "{sql}");
    }
    for sql in [
        "alter table t alter p type timestamptz using p at time zone 'utc'",
        "alter table t alter z type timestamp using z at time zone 'utc'",
        "alter table t alter p type timestamp using p at time zone 'utc' at time zone 'Europe/Berlin'",
        "alter table u alter z type timestamptz using z at time zone 'utc'",
    ] {
        assert!(!moved(sql), "{sql}");
    }
}

#[test]
fn conditions_of_sqlite_that_hold_of_every_row_are_none() {
    let made = "create table t (id integer primary key, a int)";
    for condition in ["id not null", "iif(1, 1, 0)", "exists (values (1))", "0x1", "id = +id", "id in t"] {
        let found = later(Sqlite, &[made, &format!("delete from t where {condition}")]);
        assert_eq!(found, [("delete-all-rows", Severity::Error)], "{condition}");
    }
    for condition in ["a not null", "iif(a, 1, 0)", "iif(1, a, 0)", "0x0", "id = -id", "id in u", "id = +a"] {
        let found = later(Sqlite, &[made, &format!("delete from t where {condition}")]);
        assert!(found.is_empty(), "{condition}: {found:?}");
    }
    // A text stands for a name where only a name can.
    all_are(Sqlite, "delete-all-rows", Severity::Error, &["delete from 't'", "delete from main.'t'"]);
    all_are(Sqlite, "update-all-rows", Severity::Warning, &["update 't' set a = 1"]);
    nothing_is_said(Sqlite, &["delete from 't' where id = 1", "delete from t where a is distinct from 't'"]);
}

#[test]
fn what_lies_in_an_index_or_an_object_is_data_too() {
    all_are(Sqlite, "drop-rows", Severity::Error, &["insert into f(f) values ('delete-all')"]);
    nothing_is_said(Sqlite, &["insert into f(f) values ('rebuild')", "insert into f(a) values ('delete-all')"]);
    all_are(Postgres, "drop-rows", Severity::Warning, &["select lo_put(o, 0, 'x') from t", "select lowrite(1, 'x')"]);
    nothing_is_said(Postgres, &["select lo_put(lo_create(0), 0, 'x')", "select lo_get(o) from t"]);
}
