//! What an operator sees of what grows, and deployments that begin at once.

use std::process::Child;

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::retention;
use neo::runs::{self, Goal, Policy, Request};
use neo::tenants::{Filter, NewTenant};

use crate::console::signed_in;
use crate::far::{Console, token};
use crate::program::Program;
use crate::support;
use crate::world::World;

/// Several processes begin the same at one moment: one does it, the others wait for it and find nothing left to do.
fn twins(program: &Program, many: usize) {
    for n in 1..=3 {
        program.migration(&format!("2099123100000{n}_later_{n}.up.sql"), &format!("create table later_{n} (id int);"));
        let begun: Vec<Child> =
            (0..many).map(|_| program.start("migrate all-tenants --yes --wait-for-others --json")).collect();
        let mut applied = 0;
        for child in begun {
            let ended = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(ended.status.success(), "{told}");
            let summary: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
            assert_eq!(summary["tenants"]["failed"], 0, "{summary}");
            applied += summary["migrations_applied"].as_i64().unwrap();
        }
        assert_eq!(applied, 3, "each tenant got it once");
    }
}

fn with_three(program: Program) -> Program {
    for slug in ["acme", "beta", "corvus"] {
        program.run(&format!("tenant create {slug}")).expect(0);
    }
    program
}

#[test]
fn twins_that_begin_at_once_end_well_on_a_file() {
    twins(&with_three(Program::new()), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_that_begin_at_once_end_well_on_postgres() {
    let url = support::empty_postgres().await;
    twins(&with_three(Program::new().with("DATABASE_URL", &url)), 4);
}

#[test]
fn what_is_old_is_taken_away_by_an_operator_who_was_told_before() {
    let program = Program::new();
    program.run("tenant create acme").expect(0);
    program.run("prune --older-than 23h").expect(2).says("nothing younger than a day");
    program.run("prune --older-than 90d --yes").expect(0).says("Nothing is that old");
    let database = program.dir.path().join("data/central.db");
    let sql = "update runs set finished_at = finished_at - 8640000000";
    assert!(std::process::Command::new("sqlite3").arg(&database).arg(sql).status().unwrap().success());
    let would = program.json("prune --older-than 90d --dry-run");
    assert_eq!((&would["runs"], &would["tasks"], &would["at"]), (&1.into(), &1.into(), &serde_json::Value::Null));
    program.run("prune --older-than 90d --dry-run").expect(0).says("would go");
    program.run("doctor").expect(0).says("retention runs: kept for 180 days; nobody has looked yet, 0 runs are now");
    let gone = program.json("prune --older-than 90d --yes");
    assert_eq!((&gone["runs"], &gone["tasks"], &gone["attempts"]), (&1.into(), &1.into(), &1.into()));
    assert!(gone["at"].is_string() && gone["events"].as_i64().unwrap() > 5, "{gone}");
    let run = program.json("run show 1");
    assert!(run["pruned_at"].is_string() && run["tenants"]["migrated"] == 1, "{run}");
    program.run("run show 1").expect(0).says("not kept");
    program.run("run watch 1").expect(0);
    program.with("RETENTION", "23h").run("tenant list").expect(2).says("180d, or never");
}

#[test]
fn what_is_old_is_taken_away_from_afar_by_a_token_made_to_destroy() {
    let home = Program::new();
    home.run("tenant create acme").expect(0);
    let database = home.dir.path().join("data/central.db");
    let sql = "update runs set finished_at = finished_at - 8640000000";
    assert!(std::process::Command::new("sqlite3").arg(&database).arg(sql).status().unwrap().success());
    let console = Console::of(&home);
    let boss = console.afar(&token(&home, "boss --role superadmin --allow-destructive"));
    boss.run("prune --older-than 23h").expect(2).says("nothing younger than a day");
    let would = boss.json("prune --older-than 90d --dry-run");
    assert_eq!((&would["runs"], &would["tasks"], &would["at"]), (&1.into(), &1.into(), &serde_json::Value::Null));
    boss.run("prune --older-than 90d").expect(2).says("--yes");
    let gone = boss.json("prune --older-than 90d --yes");
    assert_eq!((&gone["runs"], &gone["tasks"], &gone["attempts"]), (&1.into(), &1.into(), &1.into()));
    assert!(gone["at"].is_string() && boss.json("run show 1")["pruned_at"].is_string(), "{gone}");
    boss.run("prune --older-than 90d --yes").expect(0).says("Nothing is that old");
    let told = boss.json("audit list --action retention.prune");
    assert_eq!((told.as_array().unwrap().len(), told[0]["door"].as_str()), (1, Some("api")), "{told}");
    assert!(told[0]["actor"].as_str().unwrap().starts_with("token:boss"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_an_old_run_says_what_is_not_kept_any_more() {
    let world = World::new().await;
    let operator = Actor::operator();
    std::fs::write(world.migrations().join("20260101000001_first.up.sql"), "create table first (id int);").unwrap();
    let new = NewTenant { slug: "acme".into(), name: None, server: None, tags: vec![], ..NewTenant::default() };
    let (_, run) = runs::provision(&world.platform, &operator, new).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let request = Request {
        goal: Goal::Verify,
        selection: Filter::default(),
        policy: Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &operator, request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query("update runs set finished_at = finished_at - 8640000000").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let path = format!("/runs/{}", run.number);
    let before = browser.get(&path).await;
    assert!(before.text.contains("acme") && !before.text.contains("taken away"));
    retention::prune(&world.platform, &operator, 90 * 86_400_000, None).await.unwrap();
    let after = browser.get(&path).await;
    assert_eq!(after.status, StatusCode::OK);
    assert!(after.text.contains("Only tenants that failed are listed any more"), "{}", after.text);
    assert!(!after.text.contains("No tenant of this run is like that"));
    let log = browser.get(&format!("{path}?tenant=acme")).await;
    assert!(log.text.contains("is not kept any more"), "{}", log.text);
    for other in ["/runs", "/tenants", "/tenants/acme", "/"] {
        assert_eq!(browser.get(other).await.status, StatusCode::OK, "{other}");
    }
}
