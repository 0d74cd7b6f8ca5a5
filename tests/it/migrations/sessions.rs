//! Each file is run as in a session of its own, as the engine's own program would: what one has left in its session does not
//! reach the next, the ledger is found whatever a file or a person has set, and a file means on a server what it means there.

use neo::engine::{Category, Engine};
use neo::migrations::Set;
use neo::migrations::apply::{self, Checkpoint, Goal, Options, Resolution};
use rstest::rstest;
use std::time::Duration;

use super::{ALL, Tenant, failed};
use crate::support;

impl Tenant {
    /// What a question answers, a line a row.
    async fn answer(&self, sql: &str) -> String {
        match self.target.engine {
            Engine::Postgres => support::postgres().await.query(&self.target.database, sql).await,
            Engine::Mysql => support::mariadb().await.query(&self.target.database, sql).await,
            Engine::Sqlite => {
                let output = std::process::Command::new("sqlite3").arg(&self.target.path).arg(sql).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
            }
        }
    }

    /// Files of two statements each, all in one run.
    async fn in_one_run(&self, files: &[&str]) {
        for (n, sql) in files.iter().enumerate() {
            self.file(&format!("2025010100000{n}_f{n}.up.sql"), sql);
        }
        let outcome = self.up().await;
        assert_eq!((outcome.failure, outcome.done.len()), (None, files.len()), "{files:?}");
    }
}

#[tokio::test]
async fn what_a_file_keeps_for_itself_does_not_reach_the_next() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant
            .in_one_run(&[
                "create temporary table import (id int); insert into import values (7);",
                "create table import (id int primary key); insert into import values (1), (2);",
                "create temporary table import2 (id int);",
                "create temporary table import2 (id int);",
            ])
            .await;
        assert_eq!(tenant.answer("select id from import order by id").await, "1\n2", "{engine:?}");
    }
}

#[tokio::test]
async fn what_a_trigger_leaves_in_a_session_on_mariadb_does_not_reach_the_next_file() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant
        .in_one_run(&[
            "create table t (id int); create table u (id int);
             create trigger g after insert on u for each row create temporary table t (id int);",
            "insert into u values (1);",
            "insert into t values (50);",
        ])
        .await;
    assert_eq!(tenant.answer("select count(*) from t").await, "1");
}

#[tokio::test]
async fn names_checks_and_roles_of_a_file_are_its_own() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant
        .in_one_run(&[
            "create table a (id int primary key, v varchar(50)); create table p (id int primary key); create table c (p int references p (id));",
            "set names latin1; set foreign_key_checks = 0; set @mine = 3; set sql_mode = '';",
            "insert into a values (1, 'Zoë'), (2, coalesce(@mine, 'none'));",
        ])
        .await;
    assert_eq!(tenant.answer("select hex(convert(v using utf8mb4)) from a order by id").await, "5A6FC3AB\n6E6F6E65");
    tenant.file("20250102000000_orphan.up.sql", "insert into c values (99);");
    assert_eq!(failed(tenant.up().await).category, Category::Constraint);

    let tenant = Tenant::new(Engine::Postgres).await;
    let role = support::unique("owner");
    let files = [
        format!("create role {role}; grant create, usage on schema public to {role};"),
        format!("set role {role}; create table owned (id int); prepare ins as select 1; select set_config('my.own', 'x', false);"),
        "prepare ins as select 2; create table seen as select current_user::text as who, coalesce(current_setting('my.own', true), 'none') as own;".into(),
        format!("set session authorization {role}; create table owned_too (id int);"),
    ];
    tenant.in_one_run(&files.each_ref().map(String::as_str)).await;
    assert_eq!(tenant.answer("select who, own from seen").await, "postgres|none");
    assert_eq!(tenant.answer(&format!("select count(*) from pg_tables where tableowner = '{role}'")).await, "2");
}

#[tokio::test]
async fn a_database_that_a_file_chooses_is_chosen_for_it_alone() {
    let tenant = Tenant::new(Engine::Mysql).await;
    let other = support::unique("other");
    support::mariadb().await.create_database(&other).await;
    tenant.in_one_run(&[&format!("use {other};\ncreate table c (id int);"), "create table d (id int);"]).await;
    let sql = format!("select table_name from information_schema.tables where table_schema = '{other}'");
    assert_eq!(tenant.answer(&sql).await, "c");
    assert_eq!(tenant.answer("select count(*) from d").await, "0");
    assert_eq!(tenant.answer("select count(*) from _sqlx_migrations where success").await, "2");
}

#[tokio::test]
async fn what_is_said_of_a_role_holds_from_the_next_file_on() {
    let tenant = Tenant::new(Engine::Postgres).await;
    let database = &tenant.target.database;
    let at_sign_in = format!("create schema app; alter database {database} set search_path = app;");
    tenant.in_one_run(&["create table a (id int);", &at_sign_in, "create table b (id int);"]).await;
    assert_eq!(tenant.answer("select schemaname || '.' || tablename from pg_tables where tablename in ('a', 'b', '_sqlx_migrations') order by 1").await,
        "app.b\npublic._sqlx_migrations\npublic.a");
    // Nothing is run again, and the tenant is where it was.
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done, outcome.to), (None, vec![], Some(20250101000002)));
    // A second one is nobody's to choose between.
    tenant.execute("create table app._sqlx_migrations (version bigint)").await;
    let failure = failed(tenant.up().await);
    assert_eq!(failure.category, Category::Checksum);
    assert_eq!(failure.message, "there are 2 ledgers: app._sqlx_migrations, public._sqlx_migrations");
}

#[tokio::test]
async fn a_ledger_that_lies_elsewhere_is_used_where_it_is() {
    let tenant = Tenant::new(Engine::Postgres).await;
    tenant.in_one_run(&["create table a (id int);"]).await;
    tenant.execute("create schema \"App One\"; alter table _sqlx_migrations set schema \"App One\"").await;
    tenant.file("20250102000000_b.up.sql", "create table b (id int);");
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done), (None, vec![20250102000000]));
    assert_eq!(tenant.answer("select count(*) from \"App One\"._sqlx_migrations").await, "2");
}

#[tokio::test]
async fn a_tenant_that_was_somewhere_and_shows_no_ledger_is_refused() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant.in_one_run(&["create table if not exists a (id int);"]).await;
        let works = async |goal: &Goal| {
            let mut conn = tenant.open().await;
            let options = Options { known: Some(20250101000000), ..Options::within(Duration::from_secs(5)) };
            apply::run(&mut conn, &tenant.set(), goal, &options, &|_| ()).await
        };
        let (up, verify, back) = (Goal::Up { to: None }, Goal::Verify, Goal::Steps { n: 1 });
        tenant.execute("delete from _sqlx_migrations").await;
        for goal in [&up, &verify, &back] {
            let failure = failed(works(goal).await);
            assert_eq!(failure.category, Category::Checksum, "{engine:?} {goal:?}");
            assert!(failure.message.ends_with("20250101000000, and its ledger is empty"), "{}", failure.message);
        }
        // One that was going back may have come so far without having been heard of.
        assert_eq!(works(&Goal::Reconcile).await.failure, None, "{engine:?}");
        tenant.execute("drop table _sqlx_migrations").await;
        for goal in [&up, &verify, &back] {
            let failure = failed(works(goal).await);
            assert_eq!(failure.category, Category::Checksum, "{engine:?} {goal:?}");
            assert!(failure.message.contains("20250101000000"), "{}", failure.message);
        }
    }
}

#[tokio::test]
async fn a_ledger_that_has_lost_its_end_is_refused_and_nothing_is_applied_a_second_time() {
    const LAST: i64 = 20250101000002;
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        let add = |n: i64| format!("insert into a values ({n});");
        tenant.in_one_run(&["create table a (id int);", &add(1), &add(2)]).await;
        let works = async |goal: &Goal, gone: &[i64]| {
            let mut conn = tenant.open().await;
            let options = Options { known: Some(LAST), gone: gone.to_vec(), ..Options::within(Duration::from_secs(5)) };
            apply::run(&mut conn, &tenant.set(), goal, &options, &|_| ()).await
        };
        tenant.execute(&format!("delete from _sqlx_migrations where version > {}", LAST - 2)).await;
        let (up, to) = (Goal::Up { to: None }, Goal::Up { to: Some(LAST - 1) });
        let back = [Goal::Down { versions: vec![LAST] }, Goal::Steps { n: 1 }, Goal::DownTo { to: LAST - 1 }];
        for goal in [up.clone(), to, Goal::Verify].iter().chain(&back) {
            // One of the two may have been taken back by Neo itself; the other was not.
            for gone in [&[][..], &[LAST]] {
                let failure = failed(works(goal, gone).await);
                assert_eq!(failure.category, Category::Checksum, "{engine:?} {goal:?}");
                let both = format!("known to be at version {LAST}, and its ledger ends at {}", LAST - 2);
                assert!(failure.message.contains(&both), "{}", failure.message);
                assert!(failure.hint.unwrap().command().contains("neo migrate resolve SLUG --forget"));
            }
        }
        assert_eq!(works(&Goal::Reconcile, &[]).await.failure, None, "{engine:?}");
        assert_eq!(tenant.answer("select count(*) from a").await, "2", "{engine:?}");
        // What Neo has taken back itself is no loss; nor is what a person has said that it is none (nothing is known then).
        let outcome = works(&up, &[LAST - 1, LAST]).await;
        assert_eq!((outcome.failure, outcome.done), (None, vec![LAST - 1, LAST]), "{engine:?}");
        tenant.execute(&format!("delete from _sqlx_migrations where version = {LAST}")).await;
        assert_eq!(tenant.up().await.done, [LAST], "{engine:?}");
    }
}

#[rstest]
#[case::asks("pragma foreign_keys = off;", "on delete cascade")]
#[case::silent("", "on delete cascade")]
#[case::nulls("", "on delete set null")]
#[case::deferred("pragma defer_foreign_keys = on;", "")]
#[tokio::test]
async fn sqlite_rebuilds_a_table_that_others_refer_to(#[case] pragma: &str, #[case] action: &str) {
    let tenant = Tenant::new(Engine::Sqlite).await;
    let base = format!(
        "create table parent (id integer primary key, v text, up int references parent (id) on delete cascade); \
         create table child (id integer primary key, p int references parent (id) {action}); \
         insert into parent values (1, 'a', null), (2, 'b', 1); insert into child values (1, 1), (2, 2);"
    );
    let rebuild = format!(
        "{pragma} create table parent_new (id integer primary key, v text not null, up int references parent (id) on delete cascade); \
         insert into parent_new select * from parent; drop table parent; alter table parent_new rename to parent;"
    );
    tenant.in_one_run(&[&base, &rebuild]).await;
    assert_eq!(tenant.answer("select id, p from child").await, "1|1\n2|2");
    assert_eq!(tenant.answer("select id, v, up from parent").await, "1|a|\n2|b|1");
    // From the next file on it is enforced again.
    tenant.file("20250103000000_orphan.up.sql", "insert into child values (3, 99);");
    assert_eq!(failed(tenant.up().await).category, Category::Constraint);
}

#[tokio::test]
async fn sqlite_refuses_a_file_that_leaves_a_reference_broken_and_names_the_row() {
    let tenant = Tenant::new(Engine::Sqlite).await;
    tenant
        .in_one_run(&["create table parent (id integer primary key); create table child (id integer primary key, p int references parent (id)); \
                       insert into parent values (1); insert into child values (5, 1);"])
        .await;
    // One that was there before is nobody's fault here.
    tenant.answer("pragma foreign_keys = off; insert into child values (4, 44)").await;
    tenant.file("20250102000000_b.up.sql", "pragma foreign_keys = off;\ndelete from parent;");
    let failure = failed(tenant.up().await);
    assert_eq!(failure.category, Category::Constraint);
    assert_eq!(failure.message, "row 5 of \"child\" refers to a row of \"parent\" that is not there");
    assert_eq!(tenant.answer("select count(*) from parent").await, "1");
    tenant.file("20250102000000_b.up.sql", "pragma foreign_keys = off;\nupdate child set p = 45 where id = 4;");
    assert_eq!(tenant.up().await.failure, None);
}

#[tokio::test]
async fn a_semicolon_after_a_comment_ends_its_statement_on_mariadb() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant
        .in_one_run(&[
            "create table a (id int primary key, v varchar(50));",
            "create table flags (id int) -- one row a flag\n;\nselect count(*) from a;",
            "insert into a values (1, 'x') # the first\n;\ninsert into a values (2, 'y');",
            "/*!80000 set session x = 0 */;\ncreate table b (id int);",
        ])
        .await;
    assert_eq!(tenant.answer("select count(*) from information_schema.columns where table_schema = database() and table_name = 'flags'").await, "1");
    assert_eq!(tenant.answer("select id from a order by id").await, "1\n2");
}

/// Runs a file that fails, mends what is missing, and goes on where it stopped.
async fn go_on(tenant: &Tenant, mend: &str) -> (Option<u32>, Option<u32>) {
    let set = tenant.set();
    let outcome = tenant.up().await;
    let checkpoint = Checkpoint::of(&set, tenant.target.engine, &outcome, false);
    let failure = failed(outcome);
    tenant.execute(mend).await;
    let outcome = resolve(tenant, &set, checkpoint.as_ref()).await;
    assert_eq!(outcome.failure, None);
    (failure.line, failure.statement)
}

async fn resolve(tenant: &Tenant, set: &Set, checkpoint: Option<&Checkpoint>) -> apply::Outcome {
    let mut conn = tenant.open().await;
    let how = Resolution::Continue { from: None };
    apply::resolve(&mut conn, set, &how, checkpoint, &Options::within(Duration::from_secs(5))).await
}

#[rstest]
#[case::a_body_without_begin(
    "create trigger a_bi before insert on a for each row if new.v is null then set new.v = 'gen'; end if;"
)]
#[case::a_loop("create procedure p() l1: loop leave l1; end loop l1;")]
#[case::a_case("create procedure p(x int) case x when 1 then select 1; else begin end; end case;")]
#[case::a_column_called_end(
    "create table d (start int, end int); create trigger d_bi before insert on d for each row begin if new.end < new.start then set new.end = new.start; end if; end;"
)]
#[case::results_of_a_call("create procedure report() begin select 1; select 2; end; call report();")]
#[case::delimiters("delimiter //\ncreate procedure p() begin select 1; end//\ndelimiter ;")]
#[tokio::test]
async fn on_mariadb_a_file_goes_on_at_the_statement_that_failed(#[case] sql: &str) {
    let tenant = Tenant::new(Engine::Mysql).await;
    let statements = neo::engine::statements(Engine::Mysql, sql).len() as u32;
    let lines = sql.lines().count() as u32;
    tenant
        .in_one_run(&["create table a (id int primary key, v varchar(50)); create table log (what varchar(20));"])
        .await;
    tenant.file(
        "20250102000000_b.up.sql",
        &format!("{sql}\ninsert into log values ('one'), ('two');\ninsert into nosuch values (1);\ninsert into log values ('three');"),
    );
    let place = go_on(&tenant, "create table nosuch (id int)").await;
    assert_eq!(place, (Some(lines + 2), Some(statements + 2)));
    assert_eq!(tenant.answer("select what from log").await, "one\ntwo\nthree");
    assert_eq!(tenant.answer("select count(*) from nosuch").await, "1");
}

#[tokio::test]
async fn on_mariadb_rows_are_written_in_one_transaction() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant.in_one_run(&["create table bank (id int primary key, v int not null check (v <= 100)); insert into bank values (1, 50), (2, 80);"]).await;
    tenant.file(
        "20250102000000_b.up.sql",
        "update bank set v = v - 30 where id = 1;\nupdate bank set v = v + 30 where id = 2;\n",
    );
    assert!(tenant.set().migrations[1].variants[0].is_atomic(Engine::Mysql));
    let outcome = tenant.up().await;
    assert_eq!(outcome.ledger.as_ref().unwrap().len(), 1);
    let failure = failed(outcome);
    assert_eq!((failure.line, failure.category), (Some(2), Category::Constraint));
    assert_eq!(tenant.answer("select v from bank order by id").await, "50\n80");
    // A table that knows no transactions keeps what was done, and the ledger says so.
    tenant.execute("create table old (id int primary key) engine = aria transactional = 0").await;
    tenant.file("20250102000000_b.up.sql", "insert into old values (1);\nupdate bank set v = v + 30 where id = 2;\n");
    let outcome = tenant.up().await;
    assert!(!outcome.ledger.as_ref().unwrap()[1].success);
}

#[tokio::test]
async fn on_mariadb_a_session_is_as_the_server_has_it() {
    let tenant = Tenant::new(Engine::Mysql).await;
    tenant
        .in_one_run(&[
            "create table job (id int primary key, state int not null, tries int not null); \
             insert into job values (1, 0, 0), (2, 1, 9), (3, 2, 0), (4, 1, 1), (5, 9, 9); \
             create view grown as select id from job where state > 30 || state < 1;",
            "delete from job where state = 2 || tries > 5;",
            "create table count (max int); insert into count values (@@time_zone = @@global.time_zone);",
        ])
        .await;
    assert_eq!(tenant.answer("select id from job order by id").await, "1\n4");
    assert_eq!(tenant.answer("select * from grown").await, "1");
    assert_eq!(tenant.answer("select * from count").await, "1");
}

#[tokio::test]
async fn on_mariadb_a_failure_that_touched_nothing_leaves_nothing() {
    for sql in [
        "creat table x (i int);",
        "set @x = 1;\nsellect 1;",
        "call nosuch();",
        "truncate nosuch;",
        "insert into nosuch values (1);",
        "/*!50003 create table a (i int) */;",
        "lock tables nosuch write;",
        "with x as (select 1) select * from nosuch, x;",
    ] {
        let tenant = Tenant::new(Engine::Mysql).await;
        tenant.execute("create table a (id int)").await;
        tenant.file("20250101000000_a.up.sql", sql);
        let outcome = tenant.up().await;
        assert_eq!(outcome.ledger.as_deref(), Some(&[][..]), "{sql}: {:?}", outcome.failure);
        assert!(outcome.failure.is_some(), "{sql}");
    }
}

#[rstest]
#[case(Engine::Postgres, "copy a from stdin;", "copy from stdin")]
#[case(Engine::Postgres, "copy (select 1) to stdout;", "copy to stdout")]
#[case(Engine::Postgres, "\\restrict abc\nselect 1;", "\\restrict is a command of the engine's own program")]
#[case(Engine::Postgres, "set client_encoding = 'LATIN1';", "another client_encoding than UTF8")]
#[case(Engine::Postgres, "set standard_conforming_strings = off;", "standard_conforming_strings = off")]
#[case(Engine::Mysql, "source other.sql", "source is a command of the engine's own program")]
#[case(Engine::Mysql, "load data local infile 'x' into table a;", "load data local")]
#[case(Engine::Mysql, "select 1\\G", "\\G is a command of the engine's own program")]
#[case(Engine::Sqlite, "attach 'other.db' as other;", "attach")]
#[case(Engine::Sqlite, "vacuum into 'copy.db';", "vacuum into")]
#[case(Engine::Sqlite, ".read other.sql", ".read is a command of the engine's own program")]
#[tokio::test]
async fn what_only_the_engines_own_program_can_is_refused_before_anything_runs(
    #[case] engine: Engine,
    #[case] sql: &str,
    #[case] message: &str,
) {
    for marker in ["", "-- neo: no-transaction\n"] {
        let tenant = Tenant::new(engine).await;
        tenant.file("20250101000000_a.up.sql", &format!("{marker}create table a (id int);\n{sql}"));
        let failure = failed(tenant.up().await);
        assert_eq!(failure.message, message);
        assert_eq!(failure.line, Some(if marker.is_empty() { 2 } else { 3 }));
        assert!(!tenant.accepts("select * from a").await);
    }
}

#[tokio::test]
async fn what_is_listened_for_and_told_disturbs_nobody() {
    for marker in ["", "-- neo: no-transaction\n"] {
        let tenant = Tenant::new(Engine::Postgres).await;
        let sql =
            format!("{marker}create table a (id int); listen x; notify x, 'hello'; select pg_notify('x', 'again');");
        tenant.in_one_run(&[&sql, "create table b (id int); notify x;"]).await;
    }
}
