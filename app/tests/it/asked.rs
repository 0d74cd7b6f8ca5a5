//! Ask and approve from outside: pages, functions, programs, and the command line here and from afar.

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::actor::{Actor, Role};
use neo::requests::Guard;
use serde_json::json;

use crate::console::browser::Browser;
use crate::console::{signed_in, tenant};
use crate::far::{Console, token};
use crate::functions::runs::{read, told};
use crate::functions::{act, answered, json as object, refused};
use crate::program::Program;
use crate::world::World;

const ALL: &str = "delete,rollback,all-tenants";

async fn world() -> World {
    let world = World::with(|config| config.require_approval = Guard::ALL.to_vec()).await;
    tenant::provisioned(&world).await;
    std::fs::write(world.migrations().join("20270101000001_more.up.sql"), "create table more (id int);\n").unwrap();
    world
}

#[tokio::test]
async fn a_function_answers_the_number_of_the_request_and_approving_it_the_run() {
    let world = world().await;
    let mut support = signed_in(&world, Role::Support).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let all = json!({ "goal": { "migrate": {} } });
    let answer = told(&act(&mut support, "runs/start", &all).await, "runs/start");
    assert_eq!(answer["request"], 1);
    assert!(answer["hint"].as_str().unwrap().contains("GET /api/v1/runs/requests/show?request=1"), "{answer}");
    assert!(answer["run"].is_null());
    // What wants nobody's yes they may not, and are told nothing of what was said.
    let one = json!({ "goal": "verify", "selection": { "keys": ["acme"] } });
    refused(&act(&mut support, "runs/start", &one).await, StatusCode::FORBIDDEN, "denied");
    refused(&act(&mut support, "runs/approve", &json!({ "request": 1 })).await, StatusCode::FORBIDDEN, "denied");
    for closed in ["tenants/suspend", "tenants/archive", "tenants/credentials"] {
        refused(&act(&mut support, closed, &json!({ "tenant": "acme" })).await, StatusCode::FORBIDDEN, "denied");
    }
    let deletion = json!({ "tenant": "acme", "confirm": "acme" });
    let answer = told(&act(&mut support, "tenants/delete", &deletion).await, "tenants/delete");
    assert_eq!(answer["request"], 2);

    let list = told(&read(&mut boss, "runs/requests?state=open").await, "runs/requests");
    let numbers: Vec<_> = list["requests"].as_array().unwrap().iter().map(|row| row["request"].clone()).collect();
    assert_eq!(numbers, [json!(2), json!(1)]);
    let shown = told(&read(&mut boss, "runs/requests/show?request=1").await, "runs/requests/show");
    assert_eq!(shown["targets"][0]["tenant"], "acme");
    assert_eq!(shown["act"]["start"]["goal"]["migrate"]["to"], json!(null));
    let row = told(&act(&mut boss, "runs/approve", &json!({ "request": 1, "why": "go" })).await, "runs/approve");
    assert_eq!((&row["state"], &row["word"]), (&json!("used"), &json!("go")));
    let run = told(&read(&mut support, &format!("runs/show?run={}", row["run"])).await, "runs/show");
    assert_eq!(run["approval"]["approved"], json!({ "request": 1, "by": "superadmin@example.com" }));
    assert_eq!(run["actor"], "support@example.com");
    refused(&act(&mut boss, "runs/approve", &json!({ "request": 1 })).await, StatusCode::CONFLICT, "conflict");
    refused(&act(&mut boss, "runs/approve", &json!({ "request": 7 })).await, StatusCode::NOT_FOUND, "not_found");
    let long = json!({ "request": 2, "why": "x".repeat(1001) });
    refused(&act(&mut boss, "runs/decline", &long).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let row = told(&act(&mut support, "runs/decline", &json!({ "request": 2 })).await, "runs/decline");
    assert_eq!(row["state"], "declined");
    assert_eq!(answered(&read(&mut boss, "fleet").await, StatusCode::OK)["attention"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_with_a_key_is_answered_the_same_request_however_often_it_is_sent() {
    let world = world().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let start = async |boss: &mut Browser, key: &str| {
        let request = boss
            .request("POST", "/api/v1/runs/start")
            .header(header::ORIGIN, "http://central.localhost:3000")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        let page = boss.send(request.body(Body::from(r#"{"goal":{"migrate":{}}}"#)).unwrap()).await;
        assert_eq!(page.status, StatusCode::ACCEPTED, "{}", page.text);
        object(&page)
    };
    let first = start(&mut boss, "one").await;
    assert_eq!(first["request"], 1);
    let operator = Actor::operator();
    let long = std::time::Duration::from_secs(60);
    neo::approvals::approve(&world.platform, &operator, 1, None, long).await.unwrap();
    // It was begun since: whoever lost the answer is told what it was, and nothing is asked for twice.
    assert_eq!(start(&mut boss, "one").await, first);
    assert_eq!(neo::requests::open(&world.platform, &operator).await.unwrap(), 0);
    assert_eq!(start(&mut boss, "two").await["request"], 2);
}

#[tokio::test]
async fn the_console_leads_whoever_asks_to_the_request_and_whoever_approves_to_what_came_of_it() {
    let world = world().await;
    let mut support = signed_in(&world, Role::Support).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let page = support.get("/runs").await;
    assert!(page.text.contains("href=\"/runs/new\""), "support may ask");
    let page = support.get("/runs/new").await;
    assert!(page.text.contains("Ask to migrate 1 tenant"), "{}", page.text);
    let page = support.get("/runs/new?keys=acme&kind=verify").await;
    assert!(!page.text.contains("Ask to"), "a verification wants nobody");
    let page = support.post("/runs/new", &[("kind", "migrate"), ("reason", "release 42")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/requests/1"), "{}", page.text);
    let page = support.get("/requests/1").await;
    assert!(page.text.contains("migrate 1 tenant") || page.text.contains("migrate acme to"), "{}", page.text);
    assert!(page.text.contains("You have asked for it") && page.text.contains("release 42"));
    // Whoever asked takes it back, on the command line as well, and says no yes to it.
    assert!(page.text.contains("neo run decline 1<") && !page.text.contains("neo run approve"), "{}", page.text);
    let page = support.get("/tenants/acme").await;
    assert!(page.text.contains("Ask to delete…"), "{}", page.text);
    let page = support.post("/tenants/acme/delete", &[("confirm", "acm"), ("backup", "1")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = support.post("/tenants/acme/delete", &[("confirm", "acme")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/requests/2"), "{}", page.text);
    for closed in ["/tenants/acme/credentials", "/tenants/acme/archive", "/tenants/new"] {
        assert_eq!(support.get(closed).await.status, StatusCode::FORBIDDEN, "{closed}");
    }
    let page = support.post("/requests/1/approve", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);

    let page = boss.get("/").await;
    assert!(
        page.text.contains("requests wait for somebody's yes")
            || page.text.contains("requests wait for somebody&#x27;s yes"),
        "{}",
        page.text
    );
    let page = boss.get("/requests/2").await;
    assert!(page.text.contains("neo run approve 2<") && page.text.contains("neo run decline 2<"), "{}", page.text);
    // Each follows the word that is typed, where there are scripts.
    for act in ["approve", "decline"] {
        for part in
            [format!("data-command=\"/requests/2/{act}\""), format!("<code aria-live=\"polite\">neo run {act} 2<")]
        {
            assert!(page.text.contains(&part), "{part}: {}", page.text);
        }
    }
    let page = boss.post("/requests/2/decline", &[("why", &*"no ".repeat(400))]).await;
    assert!(page.text.contains("neo run decline 2 --why "), "what was typed is not typed again: {}", page.text);
    let page = boss.get("/requests?state=open").await;
    assert!(page.text.contains("Request 2") && page.text.contains("support@example.com"), "{}", page.text);
    let page = boss.post("/requests/1/approve", &[("why", "go on")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/requests/1"), "{}", page.text);
    let page = boss.get("/requests/1").await;
    assert!(page.text.contains("go on") && page.text.contains("href=\"/runs/2\""), "{}", page.text);
    let page = boss.get("/runs/2").await;
    assert!(page.text.contains("approved by") && page.text.contains("href=\"/requests/1\""), "{}", page.text);
    let page = boss.post("/requests/1/decline", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "it is done");
    let page = boss.post("/requests/2/decline", &[("why", "they stay")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(support.get("/requests/2").await.text.contains("they stay"));
}

#[test]
fn a_word_that_is_no_act_is_refused_at_the_start() {
    let program = Program::new().with("REQUIRE_APPROVAL", "delete,deletes");
    program.run("run list").expect(2).says("REQUIRE_APPROVAL").says("delete, rollback, all-tenants");
}

#[test]
fn the_command_line_ends_with_9_here_and_from_afar_and_says_how_to_go_on() {
    let home = Program::new().with("REQUIRE_APPROVAL", ALL);
    home.run("tenant create acme").expect(0);
    home.migration("20270101000001_more.up.sql", "create table more (id int);\n");
    home.migration("20270101000001_more.down.sql", "drop table more;\n");
    let console = Console::of(&home);
    let ci = console.afar(&token(&home, "ci --role superadmin --allow-destructive"));

    let asked = ci.run("migrate all-tenants").expect(9);
    assert!(asked.out.is_empty(), "{}", asked.out);
    asked.says("request 1").says("neo run requests 1").says("neo run approve 1");
    let error = ci.run("migrate tenant acme --json").expect(9).error();
    assert_eq!((&error["code"], &error["request"]), (&json!("asked"), &json!(2)));
    ci.run("tenant delete acme --yes").expect(9).says("request 3");
    ci.run("run approve 1").expect(4).says("somebody else");
    ci.run("migrate all-tenants --without-approval").expect(2).says("at the machine");
    // The machine made the token: it is the same person.
    home.run("run approve 1").expect(4).says("somebody else");
    home.run("migrate all-tenants").expect(9).says("--without-approval");
    assert_eq!(ci.json("run requests").as_array().unwrap().len(), 3);
    ci.run("run requests 1").expect(0).says("migrate acme to 20270101000001_more").says("acme  active");
    ci.run("run decline 3 --why no").expect(0).says("declined");
    assert_eq!(ci.json("run requests --all")[0]["state"], "declined");

    home.run("migrate all-tenants --without-approval").expect(0);
    let show = home.json("run show 2");
    assert!(show["approval"]["without_approval"]["by"].as_str().unwrap().starts_with("cli:"), "{show}");
    let rows = home.json("audit list --action run.start");
    assert_eq!(rows[0]["body"]["without_approval"], true, "{rows}");
    home.run("migrate rollback acme --steps 1 --yes").expect(9);
    home.run("migrate rollback acme --steps 1 --yes --without-approval").expect(0);
    home.run("tenant delete acme --yes --no-backup").expect(9);
    home.run("tenant delete acme --yes --no-backup --without-approval").expect(0);
}
