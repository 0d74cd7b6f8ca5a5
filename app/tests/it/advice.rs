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
fn a_wait_after_the_canary_alone_says_that_the_waves_behind_it_follow_by_themselves() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    let told = program.run("migrate all-tenants --canary acme --wave beta --wait").expect(9);
    told.says("goes on with 1 tenant, then with 1 more\n");
    program.run("run resume 4").expect(0).says("3 migrated");
}

#[test]
fn a_failure_before_a_wait_can_be_tried_again_and_the_wait_stays() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "beta", "create table more (id int)");
    program
        .run("migrate all-tenants --canary acme --wave beta --wait=each")
        .expect(9)
        .says("the canary is over")
        .says("goes on with 1 tenant, then waits again\n");
    let told = program.run("run resume 4").expect(9).says("wave 2 is over");
    assert!(!told.out.contains("the wave 2"), "{}", told.out);
    by_hand(&program, "beta", "drop table more");
    assert_eq!(program.json("run show 4")["wait"], "each");
    told.says("goes on with 1 tenant, although 1 failed\n")
        .says("neo run rerun 4 --failed   tries 1 failed tenant again with the same files\n");
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
    program.run("run show 4").expect(0).says("; by now no failed tenant is left\n");
    assert!(program.json("run show 4")["halt_reason"].as_str().unwrap().ends_with("; by now no failed tenant is left"));
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

/// As a file on MariaDB that stopped half way leaves it.
const DIRTY: &str = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                     values (20270101000001, 'more', false, x'00', -1)";

#[test]
fn those_that_are_half_done_are_resolved_together_and_one_that_fails_stops_no_other() {
    let program = fleet(&["acme", "beta", "corvus"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "acme", DIRTY);
    by_hand(&program, "beta", DIRTY);
    program.run("migrate resolve --all").expect(0).says("nothing is half done");
    let told = program.run("migrate all-tenants").expect(3).says("2 × 20270101000001_more was begun");
    let (_, all) = told.out.split_once("all of them: neo ").expect("the way out for all of them");
    let all = all.lines().next().unwrap();
    program.run("doctor").expect(1).says("acme").says("how to go on: neo migrate resolve acme");
    program.run(all).expect(0).says("is half done on acme").says("is half done on beta");
    program.run("migrate resolve --run 4 --cause abcdef").expect(5);
    program.run("migrate resolve --all --continue 2 --yes").expect(2).says("for one tenant");
    let shown = program.json("migrate resolve --all");
    let tenants: Vec<_> = shown.as_array().unwrap().iter().map(|one| one["tenant"].as_str().unwrap()).collect();
    assert_eq!(tenants, ["acme", "beta"]);
    assert_eq!(shown[0]["half_done"]["migration"], "20270101000001_more");

    by_hand(&program, "acme", "delete from _sqlx_migrations where not success");
    let decided = program.run(&format!("{all} --not-applied --yes --json")).expect(3).json();
    assert_eq!(decided[0]["error"]["message"], "nothing is half done here", "{decided}");
    assert_eq!((&decided[1]["tenant"], &decided[1]["state"]), (&"beta".into(), &"behind".into()));
    program.run("migrate resolve --all --not-applied --yes").expect(0).says("nothing is half done");
    program.run("migrate all-tenants").expect(0).says("2 migrated");
    program.run("migrate resolve acme beta --applied --yes").expect(3).says("2 of 2 tenants failed");
    program.run("migrate resolve acme --applied --yes").expect(6);
    program.run("migrate resolve corvus --forget --yes").expect(0).says("forgotten");
    assert_eq!(program.json("tenant show corvus")["version"], serde_json::Value::Null);
    program.run("migrate all-tenants").expect(0).says("3 tenants are current");
}

#[test]
fn a_run_that_worked_on_nobody_because_of_quarantine_says_so_and_ends_with_a_conflict() {
    let program = fleet(&["acme"]).with("QUARANTINE_AFTER", "1");
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "acme", "create table more (id int)");
    program.run("migrate all-tenants").expect(3);
    program.run("migrate all-tenants").expect(6).says("nobody was worked on: 1 in quarantine");
    program.run("tenant create beta").expect(0);
    program.run("migrate all-tenants").expect(0).says("1 current, 1 skipped").says("acme in quarantine until");
    let json = program.run("migrate all-tenants --json").expect(0).json();
    assert_eq!((&json["tenants"]["skipped"], &json["quarantined"]), (&1.into(), &serde_json::json!(["acme"])));
    by_hand(&program, "acme", "drop table more");
    program.run("migrate tenant acme").expect(0);
}

#[test]
fn whoever_names_a_tenant_to_which_nothing_is_done_is_not_told_that_all_went_well() {
    let program = fleet(&["acme", "beta"]);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("tenant suspend acme").expect(0);
    for command in ["migrate tenant acme", "migrate tenant acme beta", "migrate verify acme"] {
        program.run(command).expect(6).says("acme was passed over: suspended");
    }
    let json = program.run("migrate tenant acme --json").expect(6).json();
    assert_eq!((&json["status"], &json["tenants"]["skipped"]), (&"succeeded".into(), &1.into()));
    // And a plan says so before.
    for command in ["migrate plan acme beta", "migrate tenant acme beta --dry-run"] {
        let told = program.run(command).expect(0);
        told.says("2 tenants: 1 current, 0 behind, 1 passed over").says("passed over: acme  suspended");
    }
    program.run("migrate plan acme --format markdown").expect(0).says("- **passed over** `acme` `suspended`");
    let json = program.json("migrate plan acme");
    assert_eq!((&json["behind"], &json["passed_over"][0]["status"]), (&0.into(), &"suspended".into()), "{json}");
    assert!(program.json("migrate plan").get("passed_over").is_none(), "nobody was named");
    // Who is not part of the fleet is not missed there.
    program.run("migrate all-tenants").expect(0);
    program.run("tenant resume acme").expect(0);
    program.run("migrate tenant acme beta").expect(0).says("1 migrated, 1 current");
}

#[test]
fn a_run_that_halted_over_its_files_is_closed() {
    let program = fleet(&["acme", "beta"]);
    program.migration("20270101000001_bad.up.sql", "create tabel more (id int);\n");
    let told = program.run("migrate all-tenants --canary acme").expect(9);
    assert!(told.out.contains("neo run cancel 3 "), "{}", told.out);
    std::fs::remove_file(program.migrations().join("20270101000001_bad.up.sql")).unwrap();
    program.run("run cancel 3").expect(0).says("Run 3 is cancelled");
    program.run("run show 3").expect(0).says("cancelled").says("1 failed, 1 cancelled");
    program.run("run resume 3").expect(6).says("it is cancelled");
}

#[test]
fn tenants_are_listed_by_what_was_seen_last_and_by_their_version() {
    let program = fleet(&["acme", "beta", "corvus"]);
    let before = program.json("tenant show acme")["version"].as_i64().unwrap();
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    by_hand(&program, "beta", "create table more (id int)");
    program.run("migrate tenant acme beta").expect(3);
    let listed = |options: &str| {
        let all = program.json(&format!("tenant list {options}"));
        all.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("--state failed"), ["beta"]);
    assert_eq!(listed("--result behind"), ["corvus"]);
    assert_eq!(listed("--state current --state failed"), ["acme", "beta"]);
    assert_eq!(listed("--version 20270101000001"), ["acme"]);
    assert_eq!(listed(&format!("--version {before}")), ["beta", "corvus"]);
    assert!(listed("--version 20990101000001").is_empty(), "one that no file has");
    program.run("tenant list --state asleep").expect(2);
}
