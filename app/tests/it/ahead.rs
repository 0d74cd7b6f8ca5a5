//! What the command line says before anything happens: lint, plan, rehearsal, a dry run.

use crate::program::Program;

#[test]
fn lint_needs_neither_key_nor_database_and_fails_from_a_level_on() {
    let program = Program::bare();
    program.run("migrate lint").expect(2).says("migrations/tenant does not exist");
    program.migration("20260101000001_a.up.sql", "create table a (id int);\n");
    program.run("migrate lint").expect(0).says("no-down");
    program.run("migrate lint --fail-on notice").expect(8);
    program.migration("20260101000001_a.down.sql", "drop table a;\n");
    program.migration("20260101000002_b.up.sql", "create index a_id on a (id);\n");
    program.migration("20260101000002_b.down.sql", "drop index a_id;\n");
    program.run("migrate lint").expect(8).says("index-not-concurrent").says("20260101000002_b.up.sql:1:1");
    program.run("migrate lint --fail-on error").expect(0);
    program.run("migrate lint --engine sqlite").expect(0);
    program.run("migrate lint 20260101000001").expect(0);
    program.run("migrate lint migrations/tenant/20260101000002_b.up.sql").expect(8);
    program.run("migrate lint migrations/tenant/20260101000002_b.down.sql").expect(0);
    program.run("migrate lint --since 20260101000002").expect(0);
    program.run("migrate lint 20260101000009").expect(5);
    program.run("migrate lint --fail-on never").expect(2);
    program.migration("20260101000003_c.up.sql", "-- neo: allow drop-table nobody has used it\ndrop table a;\n");
    program.migration("20260101000003_c.down.sql", "create table a (id int);\n");
    program.run("migrate lint c").expect(0).says("accepted: nobody has used it");
    assert!(!program.dir.path().join("data").exists());
}

#[test]
fn lint_answers_a_list_in_json_and_reads_on_past_what_it_cannot() {
    let program = Program::bare();
    program.migration("20260101000001_a.up.sql", "this is no sql;\nalter table a drop column b;\n");
    program.migration("20260101000001_a.down.sql", "select 1;\n");
    let found = program.run("migrate lint --engine postgres --json").expect(8).json();
    let rules: Vec<_> = found.as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["not-understood", "drop-column"]);
    let drop = &found[1];
    assert_eq!(
        (drop["severity"].as_str(), drop["line"].as_u64(), drop["column"].as_u64()),
        (Some("error"), Some(2), Some(15))
    );
    assert_eq!(drop["migration"], "20260101000001_a");
    assert!(drop["file"].as_str().unwrap().ends_with("20260101000001_a.up.sql") && drop["accepted"].is_null());
    program
        .run("migrate lint --engine postgres --fail-on error 20260101000001 --format plain")
        .expect(8)
        .says("error\tdrop-column");
}

#[test]
fn the_starter_migrations_pass_their_own_linter() {
    Program::new().run("migrate lint").expect(0);
}

#[test]
fn a_plan_shows_the_sql_where_each_tenant_starts_and_what_is_not_known() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.migration("20270101000001_gone.up.sql", "alter table accounts drop column domain;\n");
    let plan = program.run("migrate plan --sql").expect(0);
    let plan = plan.says("alter table accounts drop column domain;").says("STARTING FROM").says("drop-column");
    plan.says("no earlier run to judge by");
    let json = program.json("migrate plan");
    assert_eq!(json["by_version"][0]["pending"][0], 20270101000001_i64);
    assert!(json["migrations"][0]["engines"][0].get("sql").is_none());
    assert!(program.json("migrate plan --sql")["migrations"][0]["engines"][0]["sql"].is_string());
}

#[test]
fn a_rehearsal_that_fails_exits_with_3_and_keeps_the_run_from_starting() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.run("migrate rehearse acme").expect(0).says("nothing is pending");
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate rehearse acme").expect(0).says("1 migration applied").says("20270101000001_more");
    program.migration("20270101000002_bad.up.sql", "-- why\ncreate table more (id int);\n");
    program.run("migrate rehearse acme").expect(3).says("20270101000002_bad:2:").says("already exists");
    program.run("migrate rehearse acme --to 20270101000001").expect(0);
    let json = program.run("migrate rehearse acme --json").expect(3).json();
    assert_eq!((json["applied"].as_array().unwrap().len(), json["failure"]["line"].as_u64()), (1, Some(2)));
    program.run("migrate all-tenants --rehearse acme").expect(3).says("was not started");
    assert_eq!(program.json("migrate status")[0]["pending"], 2);
    assert_eq!(program.json("run list").as_array().unwrap().len(), 0);
    program
        .run("migrate all-tenants --rehearse acme --to 20270101000001")
        .expect(0)
        .says("Rehearsed on a copy of acme");
    assert_eq!(program.json("migrate status")[0]["pending"], 1);
    program.run("migrate rehearse nobody").expect(5);
    let copies = std::fs::read_dir(program.dir.path().join("data/tenants")).unwrap().flatten();
    assert_eq!(copies.filter(|f| f.file_name().to_string_lossy().contains("rehearsal")).count(), 0);
}

#[test]
fn a_dry_run_tells_who_goes_first_who_is_left_out_and_refuses_what_the_run_would() {
    let program = Program::new();
    for slug in ["acme", "beta", "corvus"] {
        program.run(&format!("tenant create {slug}")).expect(0);
    }
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    let told = program.run("migrate all-tenants --canary beta --dry-run").expect(0);
    told.says("3 tenants: 0 current, 3 behind").says("canary: 1 tenant  beta").says("rest: 2 tenants  acme, corvus");
    program.run("tenant quarantine beta --reason moves --owner Ada").expect(0);
    let told = program.run("migrate all-tenants --dry-run").expect(0);
    told.says("0 current, 2 behind, 1 in quarantine, left out").says("in quarantine: beta  until ").says("Ada: moves");
    program.run("tenant list --quarantined").expect(0).says("OWNER").says("Ada    moves");
    program.run("migrate status --at-least 20270101000001").expect(8).says("behind, in quarantine");
    program.run("tenant list --search nobody").expect(0).says("None of 3 tenants is meant");
    let json = program.json("migrate plan");
    assert_eq!((&json["behind"], &json["quarantined"][0]["tenant"]), (&2.into(), &"beta".into()));
    assert!(json["quarantined"][0]["until"].as_str().is_some_and(|at| at.ends_with('Z')), "{json}");
    program.run("migrate all-tenants --canary beta --dry-run").expect(2).says("beta\" is in quarantine");
    program.run("migrate all-tenants --canary zeta --dry-run").expect(2).says("zeta");
}

#[test]
fn a_plan_and_a_dry_run_tell_what_a_run_would_refuse() {
    let program = Program::new();
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    ["acme", "beta"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    program.migration("20270101000001_more.up.sql", "create table more (id int, n int);\n");
    for command in ["migrate plan", "migrate all-tenants --dry-run"] {
        let told = program.run(command).expect(0).says("0 current, 0 behind, 2 refused").says("refused: acme, beta  ");
        assert!(!told.out.contains("nothing to do"), "{}", told.out);
    }
    program.run("migrate all-tenants").expect(3).says("2 × ").says("has changed since it was applied here");
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate make later").expect(0);
    program.run("migrate plan").expect(0).says("2 refused").says("_later.up.sql holds no statement");
    program.run("migrate plan --to 20270101000001").expect(0).says("2 current").says("nothing to do");
    program.run("migrate all-tenants").expect(3).says("_later.up.sql holds no statement").says("neo: empty");
    program.run("migrate all-tenants --to 20270101000001").expect(0);
}

#[test]
fn a_digest_is_the_same_wherever_the_files_were_checked_out_and_needs_neither_key_nor_database() {
    let program = Program::bare();
    program.run("migrate digest").expect(2).says("migrations/tenant does not exist");
    program.migration("20260101000001_a.up.sql", "create table a (id int);\n");
    program.migration("20260101000001_a.down.sql", "drop table a;\n");
    let here = program.json("migrate digest");
    assert_eq!(here["version"], 20_260_101_000_001_i64);
    let elsewhere = program.dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for file in std::fs::read_dir(program.migrations()).unwrap().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap().replace('\n', "\r\n");
        std::fs::write(elsewhere.join(file.file_name()), text).unwrap();
    }
    assert_eq!(program.json("migrate digest elsewhere"), here);
    // As docs/migrations.md says.
    let sums = std::process::Command::new("sh")
        .args(["-c", "LC_ALL=C sha384sum *.sql | sha256sum"])
        .current_dir(program.migrations())
        .output()
        .unwrap();
    let sum = String::from_utf8(sums.stdout).unwrap();
    assert_eq!(here["digest"].as_str(), sum.split_whitespace().next());
    program.run("migrate digest").expect(0).says("20260101000001").says(here["digest"].as_str().unwrap());
    program.migration("20260101000001_a.down.sql", "drop table if exists a;\n");
    assert_ne!(program.json("migrate digest")["digest"], here["digest"]);
    assert!(!program.dir.path().join("data").exists());
}

#[test]
fn a_check_of_the_fleet_prints_those_that_are_not_there() {
    let program = Program::new();
    ["acme", "beta"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    assert_eq!(program.json("migrate status --check").as_array().unwrap().len(), 0);
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate tenant beta").expect(0);
    let told = program.run("migrate status --check --format plain").expect(8).says("1 of 2 tenants behind");
    assert!(told.out.starts_with("acme\t") && told.out.lines().count() == 1, "{}", told.out);
    let told = program.run("migrate status --check --json").expect(8).json();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["tenant"]), (1, &"acme".into()));
    assert_eq!(program.json("migrate status").as_array().unwrap().len(), 2);
}

#[test]
fn what_a_run_did_is_told_by_tenant_and_by_cause() {
    let program = Program::new();
    ["acme", "beta", "corvus"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.run("migrate tenant acme").expect(0);
    program.migration("20270101000001_more.up.sql", "insert into nosuch values (1);\n");
    program.run("migrate all-tenants --trust 0").expect(3);
    let page = program.json("run tasks 5 --limit 2");
    assert_eq!((&page["total"], page["tasks"].as_array().unwrap().len()), (&3.into(), 2));
    let rest = program.json(&format!("run tasks 5 --after {}", page["next"].as_str().unwrap()));
    assert_eq!((rest["tasks"].as_array().unwrap().len(), &rest["next"]), (1, &serde_json::Value::Null));
    let failed = program.json("run tasks 5 --status failed --search beta");
    assert_eq!((&failed["total"], &failed["tasks"][0]["tenant"]), (&1.into(), &"beta".into()));
    program.run("run tasks 5 --status bad").expect(2).says("one of: queued");
    let causes = program.json("run causes 5");
    let counts: Vec<_> = causes.as_array().unwrap().iter().map(|cause| cause["count"].as_i64().unwrap()).collect();
    assert_eq!((counts, &causes[0]["tenants"]), (vec![2, 1], &serde_json::json!(["beta", "corvus"])));
    let cause = causes[0]["fingerprint"].as_str().unwrap();
    assert_eq!(program.json(&format!("run tasks 5 --cause {cause}"))["total"], 2);
    program.run("run causes 5").expect(0).says("CAUSE").says(cause);
    program.run("run tasks 5").expect(0).says("TENANT").says("nosuch");
    program.run("run causes 99").expect(5);
    let shown = program.json("tenant show acme --lock");
    assert_eq!((&shown["lock"], &shown["drift"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert!(shown.as_object().unwrap().contains_key("lock"));
    assert!(!program.json("tenant show acme").as_object().unwrap().contains_key("lock"));
}

#[test]
fn the_fleets_migrations_are_listed_with_who_has_them_and_shown_with_their_text() {
    let program = Program::new();
    ["acme", "beta"].iter().for_each(|slug| drop(program.run(&format!("tenant create {slug}")).expect(0)));
    program.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    program.migration("20270101000001_more.postgres.up.sql", "create table more (id int, only_here int);\n");
    program.run("migrate tenant beta").expect(0);
    let all = program.json("migrate list");
    let newest = all.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&newest["name"], &newest["applied"], &newest["behind"]),
        (&"20270101000001_more".into(), &1.into(), &1.into())
    );
    assert_eq!(
        (newest["engines"].as_array().unwrap().len(), &newest["engines"][0]["down"]),
        (3, &serde_json::Value::Null)
    );
    assert!(newest["engines"][0].get("sql").is_none());
    assert_eq!(newest["findings"][0]["rule"], "no-down");
    let one = program.json("migrate show more");
    let of =
        |engine: &str| one["engines"].as_array().unwrap().iter().find(|on| on["engine"] == engine).unwrap().clone();
    assert!(of("postgres")["sql"].as_str().unwrap().contains("only_here"));
    assert!(!of("sqlite")["sql"].as_str().unwrap().contains("only_here"));
    program.run("migrate show 20270101000001").expect(0).says("only_here").says("no-down").says("1 tenant");
    program
        .run("migrate list --format plain")
        .expect(0)
        .says("20270101000001\t20270101000001_more\tpostgres,mysql,sqlite\t1\t1");
    program.run("migrate show nosuch").expect(5);
}
