//! What is advised is what helps: the commands that Neo names are run as they are named.

use crate::program::Program;

fn fleet(slugs: &[&str]) -> Program {
    let program = Program::new();
    slugs.iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    program
}

/// What somebody does to a tenant's file behind Neo's back.
fn by_hand(program: &Program, slug: &str, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let shown = program.json(&format!("tenant show {slug}"));
    let file = sqlx::sqlite::SqliteConnectOptions::new().filename(shown["database"].as_str().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut conn = file.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    });
}

#[test]
fn a_canary_that_failed_offers_the_mending_first_and_says_what_going_on_means() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_bad.up.sql", "create tabel more (id int);\n");
    let told = program.run("migrate all-tenants --canary acme").expect(9);
    let at = |text: &str| told.out.find(text).unwrap_or_else(|| panic!("no {text:?} in\n{}", told.out));
    let ways = ["neo run rerun 4 --failed", "neo run resume 4", "a new run "].map(at);
    assert!(ways.is_sorted(), "{}", told.out);
    assert!(told.out.contains("goes on with 2 tenants, although 1 failed"), "{}", told.out);
    // The files are those of when it was planned: mended, they are a new run's.
    program.migration("20270101000001_bad.up.sql", "create table more (id int);\n");
    program.run("run rerun 4 --failed").expect(9).says("is not what it was").says("a new run ");
    program.run("migrate all-tenants --canary acme").expect(0).says("3 migrated");
}

#[test]
fn a_tenant_that_was_mended_is_tried_again_and_the_others_follow() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "acme", "create table more (id int)");
    program.run("migrate all-tenants --canary acme").expect(9).says("  1 × table more already exists");
    by_hand(&program, "acme", "drop table more");
    program.run("run rerun 4 --failed").expect(0).says("3 migrated");
}

#[test]
fn a_wait_offers_to_go_on_and_has_nothing_to_try_again() {
    let program = fleet(&["acme", "beta"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    let told = program.run("migrate all-tenants --canary 1 --wait").expect(9).says("goes on with 1 tenant\n");
    assert!(!told.out.contains("rerun"), "{}", told.out);
    told.says("neo run cancel 3 ");
    program.run("run cancel 3").expect(0);
}

#[test]
fn a_failure_before_a_wait_can_be_tried_again_and_the_wait_stays() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "beta", "create table more (id int)");
    program.run("migrate all-tenants --canary acme --wave beta --wait=each").expect(9).says("the canary is over");
    let told = program.run("run resume 4").expect(9).says("wave 2 is over");
    assert!(!told.out.contains("the wave 2"), "{}", told.out);
    by_hand(&program, "beta", "drop table more");
    told.says("neo run rerun 4 --failed   tries 1 failed tenant again with the same files\n");
    program.run("run rerun 4 --failed").expect(9).says("2 migrated, 1 queued").says("wave 2 is over");
    program.run("run resume 4").expect(0).says("3 migrated");
}

#[test]
fn a_rerun_of_nobody_lets_nobody_else_go_on() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "acme", "create table more (id int)");
    program.run("migrate all-tenants --on-error stop --concurrency 1 --canary acme").expect(9);
    program.run("run rerun 4 --tenant nobody").expect(5).says("did not fail in run 4");
    program.run("run rerun 4 --cause abcdef").expect(5);
    program.run("run skip 4 acme --reason x").expect(0);
    program.run("run rerun 4 --failed").expect(6).says("neo run resume 4");
    assert_eq!(program.json("run show 4")["tenants"]["queued"], 2, "nobody was begun");
    // A canary that was given up proves nothing: that is said once more.
    program.run("run resume 4").expect(9).says("nobody in the canary was tried");
    program.run("run resume 4").expect(0).says("2 migrated");
}

#[test]
fn a_run_that_halted_at_its_last_tenant_has_succeeded_once_that_is_given_up() {
    let program = fleet(&["acme"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "acme", "create table more (id int)");
    program.run("migrate all-tenants --max-failures 0");
    program.run("run skip 2 acme --reason x").expect(0);
    let shown = program.json("run show 2");
    assert_eq!((&shown["status"], &shown["halt_reason"]), (&"succeeded".into(), &serde_json::Value::Null), "{shown}");
}

#[test]
fn a_run_that_was_paused_before_anybody_took_it_up_begins_like_any_other() {
    let program = fleet(&["acme", "beta"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate all-tenants --detach").expect(0);
    program.run("run pause 3").expect(0);
    program.run("run resume 3").expect(0).says("2 migrated");
    let told = program.run("run watch 3 --since 0 --format ndjson").expect(0).out;
    let kinds: Vec<String> =
        told.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["type"].to_string()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "\"run.started\"").count(), 1, "{kinds:?}");
}

#[test]
fn what_the_doctor_says_of_a_drifted_tenant_finds_the_drift_and_then_its_end() {
    let program = fleet(&["acme", "beta", "corvus"]);
    by_hand(&program, "beta", "create table strange (id int)");
    program.run("migrate verify").expect(8).says("beta drifted");
    program.run("doctor").expect(1).says("see where: neo migrate verify beta");
    program.run("migrate verify beta").expect(8).says("strange");
    by_hand(&program, "beta", "drop table strange");
    program.run("migrate verify beta").expect(0);
    program.run("doctor").expect(0);
}

#[test]
fn a_tenant_with_nothing_to_compare_with_is_not_told_as_verified() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate tenant beta").expect(0);
    let told = program.run("migrate verify").expect(0);
    told.says("3 tenants verified in").says(", 1 of them with nothing to compare with").says("compare with: beta");
    let json = program.json("migrate verify");
    assert_eq!((&json["tenants"]["uncompared"], &json["uncompared"]), (&1.into(), &serde_json::json!(["beta"])));
    assert_eq!(json["tenants"]["current"], 3);
    program.run("migrate verify beta").expect(0).says("1 tenant looked at").says("with nothing to compare with");
    program.run("tenant show beta").expect(0).says("nothing to compare with");
    program.run("tenant show acme").expect(0).says("the same on 2 tenants");
    let schema = &program.json("tenant show beta")["schema"];
    assert_eq!(*schema, serde_json::json!({"verdict": "nothing_to_compare_with", "agreeing": 0}));
}

#[test]
fn without_its_migrations_no_tenant_is_begun() {
    let program = Program::new();
    let (here, away) = (program.migrations(), program.dir.path().join("away"));
    std::fs::rename(&here, &away).unwrap();
    program.run("tenant create acme").expect(2).says("does not exist").says("TENANT_MIGRATIONS");
    assert_eq!(program.json("tenant list").as_array().unwrap().len(), 0);
    std::fs::rename(&away, &here).unwrap();
    program.run("tenant create acme").expect(0);
}
