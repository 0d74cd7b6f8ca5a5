//! What a script may do to its session, and how it ends there.

use neo::engine::{Category, Engine};
use neo::migrations::apply::Goal;
use neo::migrations::ledger;
use rstest::rstest;

use super::{ALL, Tenant, failed, shown};
use crate::support;

#[tokio::test]
async fn a_script_that_commits_by_itself_is_refused_before_anything_runs() {
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", "create table a (id int);", "drop table a;");
        tenant.pair("20250102000000_b", "create table b (id int);\ncommit;\nselect nonsense;", "drop table b;");
        let outcome = tenant.up().await;
        assert!(outcome.done.is_empty());
        let failure = failed(outcome);
        assert_eq!((failure.category, failure.line, failure.column), (Category::Syntax, Some(2), Some(1)));
        assert!(!tenant.accepts("select * from a").await);
    }
}

#[tokio::test]
async fn an_index_is_built_concurrently_outside_a_transaction() {
    let tenant = Tenant::new(Engine::Postgres).await;
    tenant.pair("20250101000000_a", "create table a (id int, b int);", "drop table a;");
    tenant.pair(
        "20250102000000_b",
        "-- neo: no-transaction\ncreate index concurrently a_id on a (id);\ncreate index concurrently a_b on a (b);\n",
        "-- neo: no-transaction\ndrop index concurrently a_b;\ndrop index concurrently a_id;\n",
    );
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done.len()), (None, 2));
    let outcome = tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await;
    assert_eq!((outcome.failure, outcome.done), (None, vec![20250102000000]));

    // The first went through and stays; so the tenant is half way, and is not run again blindly.
    tenant.execute("create index a_b on a (b)").await;
    let outcome = tenant.up().await;
    let rows = outcome.ledger.clone().unwrap();
    assert_eq!((rows.len(), rows[1].success, rows[1].stopped_at()), (2, false, Some(2)));
    insta::assert_snapshot!(shown(&failed(outcome), &tenant), @r#"
    Exists DIR/20250102000000_b.up.sql:3:1
    relation "a_b" already exists (42P07)
    detail: statement 2 of 2
    hint: statement 1 has taken effect, and outside a transaction nothing takes that back: before this tenant is migrated again, either finish the rest by hand and run "update _sqlx_migrations set success = true where version = 20250102000000", or undo it by hand and run "delete from _sqlx_migrations where version = 20250102000000"
    "#);
    assert_eq!(failed(tenant.up().await).category, Category::Dirty);
}

#[tokio::test]
async fn a_transaction_that_a_file_never_ends_is_refused_before_anything_runs() {
    let cases = [
        (Engine::Postgres, "-- neo: no-transaction\ncreate table a (id int);\nbegin; insert into a values (1);", 3),
        (Engine::Sqlite, "-- neo: no-transaction\ncreate table a (id int);\nbegin; insert into a values (1);", 3),
        (
            Engine::Mysql,
            "-- neo: no-transaction\ncreate table a (id int);\nstart transaction; insert into a values (1);",
            3,
        ),
        (Engine::Mysql, "create table a (id int);\nset autocommit = 0;\ninsert into a values (1);", 3),
    ];
    for (engine, sql, line) in cases {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", sql, "drop table a;");
        let failure = failed(tenant.up().await);
        assert_eq!(failure.message, "a transaction is begun here and never ended", "{engine:?}");
        assert_eq!(failure.line, Some(line), "{engine:?}");
        assert!(!tenant.accepts("select * from a").await, "{engine:?}");
    }
}

/// Where no statement of the file says that it begins one, the server is asked at the end.
#[tokio::test]
async fn a_transaction_that_begins_unseen_and_never_ends_fails_its_file_on_mariadb() {
    let begun = [
        "set @x = 1, @@session.autocommit = (select 0);",
        "execute immediate 'set autocommit = 0';",
        "begin not atomic start transaction; end;",
        "create procedure p() start transaction; call p();",
        "/*!50000 set autocommit = 0 */;",
    ];
    for (n, begun) in begun.iter().enumerate() {
        for ended in ["", "commit;"] {
            let tenant = Tenant::new(Engine::Mysql).await;
            let sql =
                format!("-- neo: no-transaction\ncreate table a (id int);\n{begun}\ninsert into a values (1);{ended}");
            tenant.pair("20250101000000_a", &sql, "drop table a;");
            let outcome = tenant.up().await;
            let has = async |rows: u32| {
                let asked = format!(
                    "begin not atomic if (select count(*) from a) <> {rows} then signal sqlstate '45000'; end if; end"
                );
                tenant.accepts(&asked).await
            };
            if ended.is_empty() {
                let row = outcome.ledger.clone().unwrap().remove(0);
                let failure = failed(outcome);
                assert_eq!(failure.message, "a transaction is begun here and never ended", "{n}: {failure:?}");
                assert_eq!((has(0).await, row.success, failure.line), (true, false, Some(3)), "{n}");
            } else {
                assert!(outcome.failure.is_none(), "{n}: {:?}", outcome.failure);
                assert!(has(1).await, "{n}");
            }
        }
    }
    let tenant = Tenant::new(Engine::Mysql).await;
    let name = support::unique("left");
    let sql = format!(
        "create table a (id int);\ncreate procedure p() begin xa start '{name}'; insert into a values (1); xa end '{name}'; \
         xa prepare '{name}'; end;\ncall p();"
    );
    tenant.pair("20250101000000_a", &sql, "drop table a;");
    let failure = failed(tenant.up().await);
    assert_eq!(failure.message, "a transaction is begun here and never ended");
    assert!(failure.detail.as_deref().is_some_and(|why| why.contains("xa recover")), "{failure:?}");
    tenant.execute(&format!("xa rollback '{name}'")).await;
}

#[tokio::test]
async fn what_a_file_has_set_or_locked_is_ended_for_it() {
    let cases = [
        (
            Engine::Postgres,
            "create schema other; create table a (id int); insert into a values (1); set search_path to other;",
        ),
        (
            Engine::Mysql,
            "-- neo: no-transaction\ncreate table a (id int);\nset autocommit = 0;\ninsert into a values (1); commit;",
        ),
        (Engine::Mysql, "create table a (id int);\nlock tables a write;\ninsert into a values (1);"),
    ];
    for (engine, sql) in cases {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", sql, "drop table a;");
        tenant.pair("20250102000000_b", "create table b (id int); insert into b values (2);", "drop table b;");
        let outcome = tenant.up().await;
        assert_eq!((outcome.failure, outcome.done.len()), (None, 2), "{engine:?} {sql}");
        // As another session sees it.
        let outcome = tenant.run(&tenant.set(), Goal::Verify).await;
        assert_eq!(outcome.ledger.unwrap().iter().filter(|row| row.success).count(), 2, "{engine:?} {sql}");
        // Whose rows are there takes no second of the same.
        tenant.execute("create table rows_seen (id int primary key); insert into rows_seen select id from a; insert into rows_seen select id from b").await;
        for id in [1, 2] {
            assert!(
                !tenant.accepts(&format!("insert into rows_seen values ({id})")).await,
                "{engine:?}: the row {id} is lost"
            );
        }
    }
}

#[tokio::test]
async fn on_mariadb_a_files_own_transaction_is_taken_back_when_it_fails() {
    for begin in ["start transaction", "set autocommit = 0"] {
        let tenant = Tenant::new(Engine::Mysql).await;
        tenant.pair(
            "20250101000000_a",
            &format!("-- neo: no-transaction\ncreate table a (id int);\n{begin};\ninsert into a values (1);\ninsert into nowhere values (1);\ncommit;"),
            "drop table a;",
        );
        let failure = failed(tenant.up().await);
        assert_eq!((failure.statement, failure.line), (Some(4), Some(5)), "{begin}");
        // What went on in it is to be said again.
        let rows = tenant.run(&tenant.set(), Goal::Verify).await.ledger.unwrap();
        let next = if begin.starts_with("set") { 3 } else { 2 };
        assert_eq!((rows[0].success, rows[0].stopped_at()), (false, Some(next)), "{begin}");
        assert!(tenant.accepts("create table c (id int primary key) select count(*) as id from a").await);
        assert!(!tenant.accepts("insert into c values (0)").await, "{begin}: a row is there that was taken back");
    }
}

#[tokio::test]
async fn outside_a_transaction_sqlite_rebuilds_a_table() {
    let tenant = Tenant::new(Engine::Sqlite).await;
    tenant.pair("20250101000000_a", "create table a (id int);", "drop table a;");
    tenant.pair(
        "20250102000000_b",
        "-- no-transaction\npragma foreign_keys = off;\nbegin;\ncreate table a2 (id bigint);\ndrop table a;\n\
         alter table a2 rename to a;\ncommit;\npragma foreign_keys = on;\n",
        "-- no-transaction\nselect 1;",
    );
    let outcome = tenant.up().await;
    assert_eq!((outcome.failure, outcome.done.len()), (None, 2));
}

#[tokio::test]
async fn a_comment_that_never_ends_does_not_swallow_the_ledger_row() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        tenant.pair("20250101000000_a", "create table a (id int);; /* and so on", "drop table a; -- gone");
        let outcome = tenant.up().await;
        match engine {
            Engine::Postgres => assert_eq!(failed(outcome).category, Category::Syntax),
            _ => assert_eq!((outcome.failure, outcome.done.len()), (None, 1), "{engine:?}"),
        }
        let is_applied = !ledger::read(&mut tenant.open().await).await.unwrap().is_empty();
        assert_eq!(tenant.accepts("select * from a").await, is_applied, "{engine:?}");
    }
}

#[rstest]
#[case(Engine::Postgres)]
#[case(Engine::Mysql)]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_never_ends_is_told_without_what_neo_sends_after_it(#[case] engine: Engine) {
    let tenant = Tenant::new(engine).await;
    tenant.file("20260101000001_open.up.sql", "create table a (t text);\ninsert into a values ('open\n");
    let failure = failed(tenant.up().await);
    assert_eq!((failure.category, failure.line, failure.column), (Category::Syntax, Some(2), Some(23)), "{failure:?}");
    assert_eq!(failure.message, "the quote that begins here is never closed");
    // Nor is it in what a server shows of the rest of the script.
    let tenant = Tenant::new(engine).await;
    tenant.file("20260101000001_open.up.sql", "create tabel a (t text)");
    let failure = failed(tenant.up().await);
    assert_eq!((failure.category, failure.line, failure.column.is_some()), (Category::Syntax, Some(1), true));
    for ours in ["_sqlx_migrations", "reset all", "autocommit", "commit"] {
        assert!(!failure.message.contains(ours), "{}", failure.message);
    }
    assert!(failure.message.contains("tabel"), "{}", failure.message);
}

#[tokio::test]
async fn the_line_that_failed_is_kept_with_the_place_in_it() {
    for engine in ALL {
        let tenant = Tenant::new(engine).await;
        let text = "-- é\r\ncreate table a (id int);\n\tinsert into nosuch values (1);\n";
        tenant.pair("20250101000000_a", text, "drop table a;");
        let failure = failed(tenant.up().await);
        let excerpt = failure.excerpt.clone().unwrap_or_else(|| panic!("{engine}: {failure:?}"));
        assert_eq!((failure.line, excerpt.text.as_str()), (Some(3), "    insert into nosuch values (1);"), "{engine}");
        // PostgreSQL tells the name; of the others the statement that failed is known.
        let word = if engine == Engine::Postgres { "nosuch" } else { "insert" };
        assert_eq!(excerpt.parts().1, word, "{engine}");
        // Stored and read again, it is the same; the file is not asked.
        let stored = serde_json::to_value(&failure).unwrap();
        assert_eq!(stored["excerpt"]["mark"], excerpt.mark, "{stored}");
        assert_eq!(serde_json::from_value::<neo::engine::Failure>(stored).unwrap().excerpt, Some(excerpt));
    }
}

#[tokio::test]
async fn however_a_server_cuts_what_it_repeats_nothing_of_it_is_neos() {
    // The server repeats 80 characters: of what comes after the file more and more is in them.
    for length in [5, 40, 46, 52, 58, 63, 64, 65, 66, 67, 90] {
        let tenant = Tenant::new(Engine::Mysql).await;
        let statement = format!("selec {} from a", "x".repeat(length));
        tenant.pair("20250101000000_a", &format!("create table a (x int);\n{statement}\n"), "drop table a;");
        let failure = failed(tenant.up().await);
        let (_, near) = failure.message.split_once(" near '").unwrap();
        let (near, _) = near.rsplit_once("' at line").unwrap();
        assert!(statement.contains(near.trim_end_matches("...")), "{length}: {}", failure.message);
    }
}

#[tokio::test]
async fn a_text_that_nobody_reads_to_its_end_is_cut_with_its_length_said() {
    let tenant = Tenant::new(Engine::Postgres).await;
    let raise =
        "do $$ begin raise exception using message = repeat('x', 300000), detail = repeat('y', 200000); end $$;";
    tenant.pair("20250101000000_a", raise, "select 1;");
    let failure = failed(tenant.up().await);
    assert!(failure.message.ends_with("x… (cut: 300000 bytes in all)"), "{}", failure.message.len());
    assert!(failure.detail.as_deref().unwrap().ends_with("y… (cut: 200000 bytes in all)"));
    assert!(serde_json::to_string(&failure).unwrap().len() < 10_000);
}
