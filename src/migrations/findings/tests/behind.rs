//! What stands behind a name, and what is lost although a condition or a constraint was written.

use super::lost::{all_are, nothing_is_said, said};
use super::*;

/// A table of the session has its name alone: with a schema the one behind it is meant.
#[test]
fn a_table_of_the_session_hides_nothing_that_is_done_to_the_real_one() {
    for (engine, place) in [(Postgres, "public."), (Sqlite, "main.")] {
        let made = "create temp table t (id int);";
        for (sql, rule) in [
            (format!("{made} delete from {place}t"), "delete-all-rows"),
            (format!("{made} update {place}t set a = null"), "update-all-rows"),
            (format!("{made} drop table {place}t"), "drop-table"),
        ] {
            let said = said(engine, &sql);
            assert!(said.iter().any(|(said, _)| *said == rule), "{engine}: {sql}: {said:?}");
        }
        nothing_is_said(engine, &[&format!("{made} delete from t")]);
        let copied =
            format!("{made} create table t2 as select * from t; drop table {place}t; alter table t2 rename to t");
        let said = said(engine, &copied);
        assert!(said.contains(&("drop-table", Severity::Error)), "{engine}: {said:?}");
    }
    for sql in [
        "create temporary table t (id int); drop temporary table t; delete from t",
        "create temporary table t as select * from u; create table t2 as select * from t; drop table t; drop table t; rename table t2 to t",
    ] {
        let said = said(Mysql, sql);
        assert!(said.iter().any(|(_, severity)| *severity == Severity::Error), "{sql}: {said:?}");
    }
}

/// What a constraint of the copy passes over is not in it.
#[test]
fn a_copy_whose_constraint_passes_rows_over_loses_them() {
    for column in [
        "b int unique on conflict ignore",
        "b int primary key on conflict replace",
        "b int not null on conflict ignore",
    ] {
        let sql = format!(
            "create table t2 (a int, {column}); insert into t2 select * from t; drop table t; alter table t2 rename to t"
        );
        let said = said(Sqlite, &sql);
        assert!(said.iter().any(|(_, severity)| *severity == Severity::Error), "{sql}: {said:?}");
    }
}

/// All that differs from what is written is all there is.
#[test]
fn an_update_that_leaves_out_what_is_so_already_is_of_all_rows() {
    for engine in Engine::ALL {
        for condition in [
            "a is not null",
            "not a is null",
            "not (a is null)",
            "a <> 1",
            "a != 1",
            "coalesce(a, 0) <> 1",
            "(t.a is not null)",
        ] {
            all_are(engine, "update-all-rows", Severity::Warning, &[&format!("update t set a = 1 where {condition}")]);
        }
        nothing_is_said(
            engine,
            &[
                "update t set a = 1 where a is null",
                "update t set a = 1 where a = 2",
                "update t set a = 1 where b is not null",
                "update t set a = 1 where a <> 1 and b = 2",
                "update t set a = b where a <> 1",
                "update t set a = 1, b = 2 where a is not null",
            ],
        );
    }
    all_are(Postgres, "update-all-rows", Severity::Warning, &["update t set a = '' where a is distinct from ''"]);
}
