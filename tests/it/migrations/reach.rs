//! Whoever writes a migration for SQLite has its tenant's own file and no other, whichever way it is run.

use std::time::Duration;

use neo::engine::{Category, Engine};
use neo::migrations::apply::{self, Checkpoint, Goal, Options, Resolution};
use rstest::rstest;

use super::{Tenant, failed};

#[rstest]
#[case::attach("attach 'FAR' as far; insert into far.secrets select 'mine'", "attach")]
#[case::hidden("select $a('); attach 'FAR' as far; insert into far.secrets values (1); --')", "attach")]
#[case::copy("vacuum main/* far */into 'FAR.copy'", "vacuum into")]
#[case::extension("create view v as select \"load_extension\" ('FAR')", "load_extension")]
#[case::schema("explain pragma writable_schema = on", "pragma writable_schema")]
#[case::process("pragma hard_heap_limit = 100000", "pragma hard_heap_limit")]
#[case::unknown("pragma foreign_key = off", "pragma foreign_key")]
#[case::module("create virtual table v using csv(filename = 'FAR')", "a virtual table using csv")]
#[tokio::test]
async fn nothing_of_a_file_that_goes_for_another_has_run(#[case] sql: &str, #[case] message: &str) {
    for marker in ["", "-- neo: no-transaction\n"] {
        let tenant = Tenant::new(Engine::Sqlite).await;
        let far = tenant.folder.path().join("far.db").display().to_string();
        // Neither on the way up, nor of the files before it.
        tenant.file("20250101000000_a.up.sql", "create table a (id int);");
        tenant.file(
            "20250102000000_b.up.sql",
            &format!("{marker}create table b (id int);\n{}", sql.replace("FAR", &far)),
        );
        let failure = failed(tenant.up().await);
        assert_eq!((failure.message.as_str(), failure.category), (message, Category::Syntax));
        assert!(!tenant.accepts("select * from a").await && !tenant.accepts("select * from b").await);

        // Nor on the way down.
        tenant.pair(
            "20250102000000_b",
            "create table b (id int);",
            &format!("{marker}drop table b;\n{}", sql.replace("FAR", &far)),
        );
        assert_eq!(tenant.up().await.failure, None);
        assert_eq!(failed(tenant.run(&tenant.set(), Goal::Steps { n: 1 }).await).message, message);
        assert!(tenant.accepts("select * from b").await);
    }
}

#[tokio::test]
async fn a_file_that_is_gone_on_with_goes_for_no_other_either() {
    let tenant = Tenant::new(Engine::Sqlite).await;
    let file = "-- neo: no-transaction\ncreate table a (id int);\ninsert into nowhere values (1);\n";
    tenant.file("20250101000000_a.up.sql", file);
    let outcome = tenant.up().await;
    let checkpoint = Checkpoint::of(&tenant.set(), Engine::Sqlite, &outcome, false);
    let mended = file.replace("insert into nowhere values (1)", "create table b (id int);attach 'far.db' as far");
    tenant.file("20250101000000_a.up.sql", &mended);
    let mut conn = tenant.open().await;
    let (how, options) = (Resolution::Continue { from: None }, Options::within(Duration::from_secs(5)));
    let failure = failed(apply::resolve(&mut conn, &tenant.set(), &how, checkpoint.as_ref(), &options).await);
    conn.close().await;
    assert_eq!(failure.message, "attach");
    assert!(!tenant.accepts("select * from b").await);
}
