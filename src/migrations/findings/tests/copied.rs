//! Copies that take the place of a table or a column, and do not hold all that was in it.

use super::lost::said;
use super::truth::later;
use super::*;

const WHOLE: [(&str, Severity); 1] = [("rewrites-table", Severity::Warning)];

fn types(engine: Engine) -> &'static str {
    match engine {
        Postgres => {
            "create table t (id int primary key, a text, b int, c varchar(50), d numeric(12,4), ts timestamptz)"
        }
        Mysql => "create table t (id int primary key, a text, b int, c varchar(50), d decimal(12,4), ts datetime(6))",
        Sqlite => "create table t (id integer primary key, a text, b int, c text, d real, ts text)",
    }
}

/// What is said of a file that comes after one that has made `t`: errors, or that it is whole.
fn told(engine: Engine, sql: &str) -> Vec<(&'static str, Severity)> {
    later(engine, &[types(engine), sql]).into_iter().filter(|(rule, _)| *rule != "update-all-rows").collect()
}

fn is_lost(engine: Engine, sql: &str) {
    let told = told(engine, sql);
    assert!(told.iter().any(|(_, severity)| *severity == Severity::Error), "{engine}: {sql}: {told:?}");
}

fn is_whole(engine: Engine, sql: &str) {
    assert_eq!(told(engine, sql), WHOLE, "{engine}: {sql}");
}

/// A copy `n` in place of `t`, made by this.
fn replaced(copy: &str) -> String {
    format!("{copy}; drop table t; alter table n rename to t")
}

fn filled(engine: Engine, fill: &str) -> String {
    replaced(&format!("{}; insert into n {fill}", types(engine).replacen("table t", "table n", 1)))
}

#[test]
fn a_copy_that_is_gone_with_the_session_or_the_server_is_none() {
    for engine in Engine::ALL {
        is_lost(engine, &replaced("create temporary table n as select * from t"));
        is_whole(engine, &replaced("create table n as select * from t"));
        // As Rails rebuilds a table, where a failure takes all of it back.
        let there = "create temporary table b as select * from t; drop table t";
        let back = format!("{there}; {}; insert into t select * from b; drop table b", types(engine));
        if engine == Mysql {
            is_lost(engine, &back)
        } else {
            is_whole(engine, &back)
        }
        let some = back.replace("from b;", "from b where b > 3;");
        is_lost(engine, &some);
    }
    is_lost(Postgres, &replaced("create temp table n on commit drop as select * from t"));
    is_lost(Postgres, &replaced("select * into temp n from t"));
    is_lost(Postgres, &replaced("create unlogged table n as select * from t"));
    is_whole(Postgres, &replaced("create unlogged table n as select * from t; alter table n set logged"));
    is_lost(Sqlite, &replaced("create table temp.n as select * from t"));
    let rows = "create table n (id int primary key, a text, b int, c varchar(50), d decimal(12,4), ts datetime(6))";
    for kept in ["", "engine=InnoDB", "engine = 'aria' comment='x'", "ENGINE myisam"] {
        is_whole(Mysql, &replaced(&format!("{rows} {kept}; insert into n select * from t")));
    }
    for lost in ["engine=blackhole", "engine=memory", "engine='MEMORY'", "engine heap", "engine=csv", "engine=`spider`"]
    {
        is_lost(Mysql, &replaced(&format!("{rows} {lost}; insert into n select * from t")));
    }
    for set in [
        "set default_storage_engine=blackhole",
        "set session storage_engine = 'memory'",
        "set names utf8, @@default_storage_engine := memory",
        "set @@session.default_storage_engine = memory",
    ] {
        is_lost(Mysql, &replaced(&format!("{set}; create table n as select * from t")));
        is_whole(Mysql, &replaced(&format!("{set}; create table n engine=innodb as select * from t")));
        is_whole(
            Mysql,
            &replaced(&format!("{set}; set default_storage_engine=innodb; create table n as select * from t")),
        );
    }
    // The session's engine for tables of its own: these keep nothing anyway, and no other table has it.
    let of_session = "set default_tmp_storage_engine = blackhole";
    is_lost(
        Mysql,
        &format!(
            "{of_session}; create temporary table b as select * from t; delete from t; insert into t select * from b"
        ),
    );
    is_whole(Mysql, &replaced(&format!("{of_session}; create table n as select * from t")));
    is_lost(Mysql, &replaced("create table n engine=blackhole as select * from t"));
    is_lost(Mysql, &replaced("create table n as select * from t; alter table n engine=memory"));
}

#[test]
fn a_copy_that_is_emptied_or_cut_before_it_takes_the_place_is_none() {
    for engine in Engine::ALL {
        for cut in [
            "delete from n",
            "delete from n where b > 3",
            "update n set c = null",
            "update n set c = upper(c) where b > 3",
            "alter table n drop column c",
            "insert into n select * from t where b > 3; delete from n where b > 3",
        ] {
            is_lost(engine, &replaced(&format!("create table n as select * from t; {cut}")));
            let after = format!("create table n as select * from t; drop table t; {cut}; alter table n rename to t");
            is_lost(engine, &after);
        }
        // After it has the name it is the table: what takes every row or a column is told as of any.
        for cut in ["delete from t", "alter table t drop column c", "drop table t"] {
            is_lost(engine, &format!("{}; {cut}", replaced("create table n as select * from t")));
        }
        for harmless in [
            "create index i on n (a)",
            "create unique index i on n (a)",
            "alter table n add column e text",
            "alter table n add column e text; update n set e = upper(a)",
            "insert into n (id) values (1000)",
        ] {
            is_whole(engine, &replaced(&format!("create table n as select * from t; {harmless}")));
        }
        for harmless in ["create index i on t (a)", "update t set a = 'x' where id = 5", "delete from t where id = 5"] {
            is_whole(engine, &format!("{}; {harmless}", replaced("create table n as select * from t")));
        }
        let twice = [replaced("create table n as select * from t"), replaced("create table n as select * from t")];
        is_whole(engine, &twice.join("; "));
        let filled_late =
            "create table n (id int); drop table t; alter table n rename to t; create table n as select * from t";
        is_lost(engine, filled_late);
    }
    for engine in [Postgres, Mysql] {
        is_lost(engine, &replaced("create table n as select * from t; truncate table n"));
    }
    is_lost(Mysql, &replaced("create table n as select * from t; alter table n modify c varchar(2)"));
    is_lost(
        Mysql,
        &replaced(
            "create table n as select * from t; alter table n modify c varchar(2); alter table n modify c varchar(50)",
        ),
    );
    is_whole(
        Mysql,
        &replaced("create table n like t; alter table n modify c varchar(80); insert into n select * from t"),
    );
    is_lost(Postgres, &replaced("create table n as select * from t; alter table n alter column c type varchar(2)"));
    is_lost(
        Postgres,
        &replaced(
            "create table n as select * from t; with x as (delete from n where b > 3 returning 1) select 1 from x",
        ),
    );
    let rule =
        "create table n (like t); create rule r as on insert to n do instead nothing; insert into n select * from t";
    is_lost(Postgres, &replaced(rule));
    is_whole(
        Sqlite,
        &format!(
            "{}; create trigger g after insert on t begin select 1; end",
            replaced("create table n as select * from t")
        ),
    );
}

#[test]
fn a_part_in_brackets_or_behind_a_with_is_a_part() {
    for engine in Engine::ALL {
        for part in [
            "select * from (select * from t where b > 3) x",
            "select * from (select * from t limit 3) x",
            "with x as (select * from t limit 3) select * from x",
            "select * from t union select * from t",
            "select * from t union all select * from t limit 5",
            "values ((select max(id) from t), 'a', 1, 'c', 1, 'x')",
            "select max(id), max(a), max(b), max(c), max(d), max(ts) from t",
            "select * from t where b > 3 and not exists (select 1 from n where n.id = t.id)",
            "select * from t where id = 1; insert into n select * from t where id = 2",
            "select * from t where id < 10; insert into n select * from t where id > 10",
            "select * from t limit 10; insert into n select * from t limit 10",
        ] {
            is_lost(engine, &filled(engine, part));
            if !part.starts_with("values") && !part.contains("from n") && !part.contains(';') {
                is_lost(engine, &replaced(&format!("create table n as {part}")));
            }
        }
        for all in [
            "select * from t",
            "select x.* from t as x order by x.id",
            "(select * from t)",
            "select * from t where id < 10; insert into n select * from t where id >= 10",
            "select * from t where id <= 10; insert into n select * from t where id between 11 and 20; \
             insert into n select * from t where id > 20",
            "select * from t where id not in (select id from n)",
        ] {
            if engine != Sqlite || !all.starts_with('(') {
                is_whole(engine, &filled(engine, all));
            }
        }
    }
    for engine in [Postgres, Mysql] {
        is_lost(engine, &filled(engine, "select * from t for update skip locked"));
        is_whole(engine, &filled(engine, "select * from t for update"));
        is_lost(engine, &filled(engine, "(select * from t) limit 5"));
    }
    is_lost(Mysql, &filled(Mysql, "select * from t partition (p0)"));
    is_lost(Mysql, &filled(Mysql, "select * from t for system_time as of '2020-01-01'"));
    is_lost(Postgres, &filled(Postgres, "select * from only t"));
    is_lost(Postgres, &filled(Postgres, "select id, a, b, unnest(array[c]), d, ts from t"));
    // As programs that change large tables do it.
    let chunked = "create table _n like t; alter table _n add column e int; \
                   insert low_priority ignore into _n (id, a, b, c, d, ts) select id, a, b, c, d, ts from t force index (primary) \
                   where id <= 1000 lock in share mode; \
                   insert low_priority ignore into _n (id, a, b, c, d, ts) select id, a, b, c, d, ts from t force index (primary) \
                   where id > 1000 lock in share mode; rename table t to _o, _n to t; drop table _o";
    assert_eq!(told(Mysql, chunked), [("drop-rows", Severity::Warning), WHOLE[0]]);
    let in_block = "create table n (like t); do $$ begin if false then insert into n select * from t; end if; end $$; \
                    drop table t; alter table n rename to t";
    is_lost(Postgres, in_block);
}

#[test]
fn a_copy_of_narrower_types_is_what_a_change_of_them_is() {
    let narrow = |engine, sql: &str| {
        let told = told(engine, sql);
        assert!(told.contains(&("narrow-type", Severity::Error)), "{engine}: {sql}: {told:?}");
    };
    for (engine, from, to) in [
        (Postgres, "c varchar(50)", "c varchar(3)"),
        (Postgres, "c varchar(50)", "c \"char\""),
        (Postgres, "c varchar(50)", "c name"),
        (Postgres, "d numeric(12,4)", "d numeric(5,1)"),
        (Postgres, "ts timestamptz", "ts date"),
        (Mysql, "c varchar(50)", "c varchar(3)"),
        (Mysql, "a text", "a tinytext"),
        (Mysql, "d decimal(12,4)", "d float"),
        (Mysql, "ts datetime(6)", "ts datetime"),
        (Sqlite, "c text", "c integer"),
        (Sqlite, "d real", "d text"),
    ] {
        narrow(engine, &filled(engine, "select * from t").replacen(from, to, 1));
        narrow(engine, &filled(engine, "(id, a, b, c, d, ts) select id, a, b, c, d, ts from t").replacen(from, to, 1));
    }
    for cast in ["c::varchar(3)", "c::\"char\"", "c::name", "cast(c as char(3))", "c::varchar(3)::text"] {
        narrow(Postgres, &filled(Postgres, &format!("select id, a, b, {cast}, d, ts from t")));
    }
    narrow(Sqlite, &filled(Sqlite, "select id, a, b, cast(c as int), d, ts from t"));
    for (engine, from, to) in [
        (Postgres, "c varchar(50)", "c text"),
        (Postgres, "b int", "b bigint"),
        (Mysql, "ts datetime(6)", "ts datetime(6) not null"),
        (Mysql, "b int", "b bigint"),
        (Sqlite, "b int", "b text"),
        (Sqlite, "ts text", "ts datetime"),
        (Sqlite, "c text", "c varchar(3)"),
    ] {
        is_whole(engine, &filled(engine, "select * from t").replacen(from, to, 1));
    }
}

#[test]
fn a_column_that_a_copy_reads_and_does_not_keep_is_lost() {
    for engine in Engine::ALL {
        for made in [
            "c is null",
            "c = 'x'",
            "case when c = 'x' then c end",
            "nullif(c, 'x')",
            "max(c) over ()",
            "lower(c)",
            "replace(c, 'x', '')",
            "trim(c)",
            "substr(c, 1, 3)",
            "a",
            "null",
            "''",
            "length(c)",
            "coalesce(null, c)",
        ] {
            let told = told(engine, &filled(engine, &format!("select id, a, b, {made}, d, ts from t")));
            assert_eq!(told, [("drop-column", Severity::Error), WHOLE[0]], "{engine}: {made}");
        }
        for whole in [
            "c",
            "t.c",
            "coalesce(c, '')",
            "case when c is null then 'x' else c end",
            "(c)",
            "c collate binary",
            "concat(c, '')",
        ] {
            is_whole(engine, &filled(engine, &format!("select id, a, b, {whole}, d, ts from t")));
        }
        for mixed in [
            "(id, a, c, b, d, ts) select id, c, a, b, d, ts from t",
            "(id, a, b, c, d, ts) select id, c, b, a, d, ts from t",
        ] {
            is_lost(engine, &filled(engine, mixed));
        }
        // Under another name, and a new one beside it.
        is_whole(engine, &replaced("create table n as select id, a, b, c as title, d, ts, 1 as v from t"));
        is_lost(engine, &replaced("create table n as select id, a, b, c, d, ts from t; alter table n drop column c"));
    }
    for engine in [Postgres, Sqlite] {
        is_whole(engine, &filled(engine, "select id, a, b, c || '', d, ts from t"));
    }
    // In an order of its own, which the `*` does not know.
    let turned = "create table n (id int primary key, b text, a text)";
    let first = "create table t (id int primary key, a text, b text)";
    for engine in Engine::ALL {
        let found = later(engine, &[first, &replaced(&format!("{turned}; insert into n select * from t"))]);
        assert!(found.contains(&("drop-column", Severity::Error)), "{engine}: {found:?}");
        let found = later(engine, &[first, &replaced(&format!("{turned}; insert into n (id, a, b) select * from t"))]);
        assert_eq!(found, WHOLE, "{engine}");
    }
    // What the files do not know is judged by what is read.
    assert!(
        said(Sqlite, &replaced("create table n (id int, c text); insert into n select id, lower(c) from t"))
            .contains(&("drop-column", Severity::Error))
    );
}

#[test]
fn a_column_that_is_copied_and_lost_again_is_lost() {
    let column = |ty: &str, copy: &str| {
        format!(
            "alter table t add column n {ty}; {copy}; alter table t drop column c; alter table t rename column n to c"
        )
    };
    for engine in Engine::ALL {
        for copy in [
            "update t set n = c; update t set n = null",
            "update t set n = c; update t set n = 'x' where b > 3",
            "update t set n = case when c like 'x%' then c end",
            "update t set n = c where c is null",
            "update t set n = lower(c)",
            "update t set n = (select x from u where u.id = t.id)",
            "update t set b = 1, n = nullif(c, 'x')",
        ] {
            is_lost(engine, &column("varchar(50)", copy));
        }
        for copy in [
            "update t set n = c",
            "update t set n = c where c is not null",
            "update t set n = c where n is null",
            "update t set n = coalesce(c, '')",
            "update t set n = c where id < 1000; update t set n = c where id >= 1000",
            "update t set n = c; update t set b = 2 where b is null",
        ] {
            is_whole(engine, &column("varchar(50)", copy));
        }
    }
    let copy = "update t set n = c from u where u.tid = t.id";
    is_lost(Postgres, &column("varchar(50)", copy));
    is_lost(Sqlite, &column("varchar(50)", copy));
    is_lost(Mysql, &column("varchar(50)", "update t join u on u.tid = t.id set t.n = t.c"));
    is_lost(Postgres, &column("varchar(3)", "update t set n = c::varchar(3)"));
    is_lost(Mysql, &column("varchar(3)", "update ignore t set n = c"));
}
