//! The pages of maintenance windows, and where they hinder, as a browser without scripts sees them; the functions and the command line beside them.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Status};
use neo::tenants::{self, Edit};
use neo::windows;
use serde_json::json;

use crate::console::signed_in;
use crate::console::tenant::provisioned;
use crate::functions::{act, json, refused};
use crate::program::Program;
use crate::world::World;

/// The tenant `acme` is a bank, and has a migration before it.
async fn bank() -> World {
    let world = World::new().await;
    provisioned(&world).await;
    let edit = Edit { tags: Some(vec!["bank".into()]), ..Edit::default() };
    tenants::edit(&world.platform, &Actor::operator(), "acme", &edit).await.unwrap();
    std::fs::write(world.migrations().join("20990101000001_more.up.sql"), "create table more (id int);\n").unwrap();
    world
}

/// All day, every day but for its last minute that nobody meets: in force whenever this is tried.
const ALWAYS: [(&str, &str); 6] = [
    ("name", "no runs"),
    ("repeat", "once"),
    ("from", "2020-01-01T00:00"),
    ("to", "2099-01-01T00:00"),
    ("zone", "Europe/Berlin"),
    ("tags", "bank"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_added_hinders_is_gone_past_and_removed_without_scripts() {
    let world = bank().await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let page = ada.get("/windows").await;
    assert!(page.text.contains("No window yet") && page.text.contains("href=\"/windows/new\""), "{}", page.text);
    for (name, value) in
        [("to", "2019-01-01T00:00"), ("zone", "Mars/Olympus"), ("tags", "No;Tag"), ("tenants", "nobody")]
    {
        let mut fields: Vec<_> = ALWAYS.into_iter().filter(|(other, _)| *other != name).collect();
        fields.push((name, value));
        let page = ada.post("/windows/new", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", page.text);
        assert!(page.text.contains(&format!("href=\"#f-{name}\"")), "{name}: {}", page.text);
        assert!(page.text.contains("value=\"no runs\""), "what was typed is there: {}", page.text);
    }
    let page = ada.post("/windows/new", &ALWAYS).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/windows"), "{}", page.text);
    let page = ada.get("/windows").await;
    for said in ["no runs", "In force", "once, 2020-01-01 00:00 to 2099-01-01 00:00, Europe/Berlin", "bank"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }

    // Told where it hinders: the tenant's page, the preview, and the refusal.
    assert!(ada.get("/tenants/acme").await.text.contains("In a maintenance window: no run changes it"));
    let page = ada.get("/runs/new?keys=acme").await;
    assert!(page.text.contains("1 tenant in the window") && page.text.contains("despite_windows"), "{}", page.text);
    let page = ada.post("/runs/new", &[("keys", "acme")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("acme is in the window") && page.text.contains("2098-12-31"), "{}", page.text);
    assert!(!ada.get("/runs/new?keys=acme&kind=verify").await.text.contains("despite_windows"));

    // Off, it hinders nobody; a run that waits when it is on again is let go past.
    let page = ada.post("/windows/no%20runs/off", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/windows"), "{}", page.text);
    let page = ada.post("/runs/new", &[("keys", "acme")]).await;
    let run = page.location().to_owned();
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    ada.post("/windows/no%20runs/on", &[]).await;
    let page = ada.get(&run).await;
    assert!(page.text.contains("These wait for the end of a maintenance window"), "{}", page.text);
    let past = format!("{run}/pass-windows");
    assert!(page.text.contains(&format!("href=\"{past}\"")), "{}", page.text);
    assert!(ada.get(&past).await.text.contains("1 tenant in the window"));
    let page = ada.post(&past, &[("why", " ")]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text.contains("href=\"#f-why\""), "{}", page.text);
    let page = ada.post(&past, &[("why", "the bank asked for it")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, run.as_str()), "{}", page.text);
    let page = ada.get(&run).await;
    assert!(page.text.contains("in spite of maintenance windows") && page.text.contains("the bank asked for it"));
    let number = run.rsplit('/').next().unwrap().parse().unwrap();
    runs::work_on(&world.platform, number).await.unwrap();
    let ended = runs::find(&world.platform, &Actor::operator(), number).await.unwrap();
    assert_eq!((ended.status, ended.tenants.migrated), (Status::Succeeded, 1));

    let mut grace = signed_in(&world, Role::Admin).await;
    assert!(grace.get("/windows").await.text.contains("ask somebody with the role superadmin"));
    for path in ["/windows/new", "/windows/no%20runs/remove", &past] {
        assert_eq!(grace.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/windows/new", "/windows/no%20runs/off", "/windows/no%20runs/remove", &past] {
        assert_eq!(grace.post(path, &ALWAYS).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    // Who may not go past is offered no words for it.
    assert!(!grace.get("/runs/new?keys=acme").await.text.contains("despite_windows"));

    assert!(ada.get("/windows/no%20runs/remove").await.text.contains("Remove no runs?"));
    ada.post("/windows/no%20runs/remove", &[]).await;
    assert!(windows::list(&world.platform, &Actor::operator()).await.unwrap().is_empty());
    assert_eq!(ada.post("/windows/no%20runs/remove", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_add_windows_and_are_told_where_they_hinder() {
    let world = bank().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let window =
        json!({ "name": "no runs", "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z", "tags": ["bank"] });
    let made = json(&act(&mut boss, "windows/add", &window).await);
    assert_eq!((&made["in_force"], &made["covers"], &made["zone"]), (&true.into(), &1.into(), &"UTC".into()), "{made}");
    assert_eq!(made["next_to"], "2099-01-01T00:00:00.000Z");
    let over = json(&boss.get("/api/v1/windows/over?tenant=acme").await);
    assert_eq!((&over[0]["window"], &over[0]["first"]), (&"no runs".into(), &json!(["acme"])), "{over}");
    let start = json!({ "goal": { "migrate": {} }, "selection": { "keys": ["acme"] } });
    let error = refused(&act(&mut boss, "runs/start", &start).await, StatusCode::CONFLICT, "conflict");
    assert!(error["message"].as_str().unwrap().starts_with("acme is in the window \"no runs\" until 2099-"), "{error}");
    let plan = json(&act(&mut boss, "runs/plan", &start).await);
    assert_eq!(plan["windows"][0]["tenants"], 1, "{plan}");
    let mut wordless = start.clone();
    wordless["policy"] = json!({ "despite_windows": "" });
    let error = refused(&act(&mut boss, "runs/start", &wordless).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!(error["field"], "policy");
    let mut past = start.clone();
    past["policy"] = json!({ "despite_windows": "the bank asked for it" });
    let mut admin = signed_in(&world, Role::Admin).await;
    refused(&act(&mut admin, "runs/start", &past).await, StatusCode::FORBIDDEN, "denied");
    let run = json(&act(&mut boss, "runs/start", &past).await)["run"].as_i64().unwrap();
    let shown = json(&boss.get(&format!("/api/v1/runs/show?run={run}")).await);
    assert_eq!(shown["despite_windows"], "the bank asked for it", "{shown}");
    let error = act(&mut boss, "runs/pass-windows", &json!({ "run": run, "why": "" })).await;
    assert_eq!(refused(&error, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "why");
    let off = json(&act(&mut boss, "windows/set", &json!({ "window": "no runs", "enabled": false })).await);
    assert_eq!(off["in_force"], false, "{off}");
    act(&mut boss, "windows/remove", &json!({ "window": "no runs" })).await;
    assert_eq!(json(&boss.get("/api/v1/windows").await), json!([]));
}

#[test]
fn the_command_line_says_until_when_and_ends_with_six() {
    let home = Program::new();
    home.run("tenant create acme --tag bank").expect(0);
    home.run("tenant create beta").expect(0);
    home.run("window list").expect(0).says("No window yet");
    let add = "window add nights --from 2020-01-01T00:00 --to 2099-01-01T00:00 --tag bank";
    home.run(add).expect(0).says("on 1 tenant. in force");
    home.run("window add x --from 22:00 --to 06:00").expect(2).says("a day and a time");
    home.run("window add y --from 22:00 --to 06:00 --daily --weekly").expect(2);
    home.run("window add new --from 22:00 --to 06:00 --daily").expect(2).says("/windows/new");
    home.run("window off night").expect(5).says("nearest: nights");
    std::fs::write(home.migrations().join("20990101000001_more.up.sql"), "create table more (id int);\n").unwrap();
    home.run("migrate tenant acme").expect(6).says("acme is in the window \"nights\" until 2099-01-01T00:00:00.000Z");
    home.run("migrate plan").expect(0).says("acme is in the window");
    home.run("migrate plan --format markdown").expect(0).says("acme is in the window");
    home.run("tenant show acme").expect(0).says("acme is in the window");
    let past = "migrate tenant acme --despite-windows urgent";
    home.run(past).expect(0).says("in spite of maintenance windows: urgent");
    home.run("run list").expect(0).says("migrate");
    assert_eq!(home.json("window list")[0]["covers"], 1);
    home.run("window off nights").expect(0).says("keeps nobody");
    home.run("window on nights").expect(0).says("in force");
    home.run("window remove nights").expect(0).says("Removed nights");
}
