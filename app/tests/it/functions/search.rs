//! What is found and what is offered to be done, the command for a page, and what the islands call.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::actor::Role;
use serde_json::{Value, json};

use super::runs::{fleet, migration};
use super::{OWN, act, answered, refused};
use crate::console::browser::Browser;
use crate::console::signed_in;

async fn found(browser: &mut Browser, q: &str) -> Vec<Value> {
    let asked: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let page = browser.get(&format!("/api/v1/search?q={asked}")).await;
    answered(&page, StatusCode::OK).as_array().unwrap().clone()
}

fn texts(hits: &[Value]) -> Vec<&str> {
    hits.iter().filter(|hit| hit["kind"] == "act").filter_map(|hit| hit["text"].as_str()).collect()
}

#[tokio::test]
async fn what_is_offered_to_be_done_is_what_one_may_and_the_call_for_it_is_taken() {
    let world = fleet(&["acme", "beta"]).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let mut support = signed_in(&world, Role::Support).await;
    for (q, offered) in [
        ("mig acme", vec!["Migrate acme"]),
        ("verify a", vec!["Verify acme", "Verify beta"]),
        ("suspend acme", vec!["Suspend acme"]),
        ("resume acme", vec![]),
        ("roll back acme", vec!["Roll back acme…"]),
        ("check lo", vec!["Check local"]),
        ("migrate", vec!["Migrate tenants…"]),
        ("acme", vec![]),
        ("suspend", vec!["Suspend acme", "Suspend beta"]),
        ("susp", vec![]),
        ("back up", vec!["Back up tenants…"]),
        ("backup acme", vec!["Back up acme…"]),
        ("retry acme", vec![]),
        ("resume", vec![]),
        ("archive", vec![]),
        ("sign out everybody", vec![]),
    ] {
        let hits = found(&mut admin, q).await;
        assert_eq!(texts(&hits), offered, "{q}");
        let hits = found(&mut support, q).await;
        let open = if q.starts_with("check") { 1 } else { 0 };
        assert_eq!(texts(&hits).len(), open, "{q}: {hits:?}");
    }
    assert_eq!(texts(&found(&mut admin, "sign out my").await), ["Sign out my other sessions"]);
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for (q, page) in
        [("window", "/windows"), ("channel", "/channels"), ("invite", "/admins/invite"), ("add server", "/servers/new")]
    {
        let hits = found(&mut boss, q).await;
        assert!(hits.iter().any(|hit| hit["href"] == page), "{q}: {hits:?}");
    }
    // What an id has in its middle is no name.
    let id = neo::tenants::find(&world.platform, &neo::actor::Actor::operator(), "acme").await.unwrap().id;
    assert!(found(&mut boss, &id[9..13]).await.iter().all(|hit| hit["kind"] != "tenant"), "{id}");
    assert_eq!(found(&mut boss, &id[..13]).await.last().unwrap()["detail"], "acme");
    let offered = found(&mut boss, "sign out").await;
    assert_eq!(texts(&offered), ["Sign out", "Sign out my other sessions", "Sign out everybody"]);
    assert_eq!(texts(&found(&mut support, "sign out").await)[0], "Sign out");
    // Each as it is offered.
    for q in
        ["suspend acme", "resume acme", "verify acme", "migrate acme", "test acme", "check local", "sign out everybody"]
    {
        let hits = found(&mut boss, q).await;
        let call = &hits.iter().find(|hit| hit["kind"] == "act").unwrap_or_else(|| panic!("{q}: {hits:?}"))["call"];
        let page = act(&mut boss, call["function"].as_str().unwrap(), &call["arguments"]).await;
        assert!(page.status.is_success(), "{q}: {} {}", page.status, page.text);
        if let Some(run) = super::json(&page)["run"].as_i64() {
            neo::runs::work_on(&world.platform, run).await.unwrap();
        }
    }
    assert_eq!(admin.get("/tenants").await.location(), "/sign-in?next=/tenants&ended=1");
    assert_eq!(boss.get("/tenants").await.status, StatusCode::OK);
}

#[tokio::test]
async fn failed_tenants_are_offered_together_by_their_run_and_one_by_one() {
    let world = fleet(&["acme", "beta"]).await;
    migration(&world, "20990101000000_broken.up.sql", "alter table nothing add column x text;");
    let mut support = signed_in(&world, Role::Support).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let goal = json!({ "goal": { "migrate": {} } });
    let run = answered(&act(&mut admin, "runs/start", &goal).await, StatusCode::ACCEPTED)["run"].as_i64().unwrap();
    assert_eq!(texts(&found(&mut admin, "pause").await), [format!("Pause run {run}")]);
    assert_eq!(texts(&found(&mut admin, "cancel run").await), [format!("Cancel run {run}…")]);
    neo::runs::work_on(&world.platform, run).await.unwrap();
    for (q, offered) in [
        ("rerun", vec!["Rerun 2 failed"]),
        ("rerun 2 failed", vec!["Rerun 2 failed"]),
        ("rerun 7 failed", vec![]),
        ("rerun acme", vec!["Rerun acme"]),
    ] {
        let hits = found(&mut support, q).await;
        assert_eq!(texts(&hits), offered, "{q}");
        for hit in hits.iter().filter(|hit| hit["kind"] == "act") {
            assert_eq!(
                (&hit["call"]["function"], &hit["call"]["arguments"]["run"]),
                (&json!("runs/rerun"), &json!(run))
            );
            assert!(hit["call"]["sure"].as_str().unwrap().contains("new attempt"), "{hit}");
        }
    }
    let hits = found(&mut support, "rerun acme").await;
    let page = act(&mut support, "runs/rerun", &hits[0]["call"]["arguments"]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
}

#[tokio::test]
async fn a_page_of_the_console_is_told_as_a_command() {
    let world = fleet(&["acme"]).await;
    let mut support = signed_in(&world, Role::Support).await;
    for (page, command) in [
        ("/tenants?status=suspended", Some("neo tenant list --status suspended")),
        ("/tenants?state=failed", Some("neo tenant list --state failed")),
        ("/runs/7/rerun?tenant=acme&reason=it+is+time", Some("neo run rerun 7 --tenant acme --reason 'it is time'")),
        ("/servers?check=local", Some("neo server check local")),
        ("/servers/local?check=yes", Some("neo server check local")),
        ("/servers/local/edit?name=local&max_connections=7", Some("neo server set local --max-connections 7")),
        ("/servers/local/edit?name=local", None),
        ("/servers/new?engine=sqlite&name=files&path=%2Fsrv", Some("neo server add files --engine sqlite --path /srv")),
        ("/admins/invite?email=a%40b.c&role=admin", Some("neo admin invite a@b.c --role admin")),
        ("/admins/a@b.c/role?role=admin", Some("neo admin set-role a@b.c admin")),
        ("/channels/new?name=ops&kind=slack&address=…&on=failed", Some("neo channel add ops --slack=- --on failed")),
        (
            "/windows/new?name=x&repeat=daily&from=22:00&to=23:00",
            Some("neo window add x --from 22:00 --to 23:00 --daily"),
        ),
        ("/tokens/new?name=ci&role=support", Some("neo token create ci --role support")),
        ("/tenants/new?name=Acme+Corp&slug=", Some("neo tenant create acme-corp --name 'Acme Corp'")),
        ("/tenants/new/adopt?slug=old&database=%2Fsrv%2Fold.db", Some("neo tenant adopt old --database /srv/old.db")),
        ("/tenants/acme/edit?name=Acme&tags=eu", Some("neo tenant rename acme Acme && neo tenant tag acme eu")),
        ("/tenants/acme/users", Some("neo tenant users list acme")),
        ("/tenants/acme/users?email=", None),
        ("/tenants/acme/users/a@b.c/role?role=member", Some("neo tenant users set-role acme a@b.c member")),
        ("/tenants-list/resume?keys=acme&keys=beta", Some("neo tenant resume acme; neo tenant resume beta")),
        ("/tenants-list/tag?keys=acme&add=&remove=eu", Some("neo tenant tag acme --remove eu")),
        ("/tenants-list/resume?status=suspended", None),
        ("/requests?state=open", Some("neo run requests")),
        ("/requests/7", Some("neo run requests 7")),
        ("/requests/7/decline?why=not+now", Some("neo run decline 7 --why 'not now'")),
        ("/requests/x/decline", None),
        ("/account", None),
    ] {
        let asked: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let answer = support.get(&format!("/api/v1/command?page={asked}")).await;
        assert_eq!(answered(&answer, StatusCode::OK), json!({ "command": command }), "{page}");
    }
    let answer = support.get("/api/v1/command?page=tenants").await;
    assert_eq!(refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "page");
    // What one may not start is not told either.
    let answer = support.get("/api/v1/command?page=%2Fruns%2Fnew").await;
    refused(&answer, StatusCode::FORBIDDEN, "denied");
}

#[tokio::test]
async fn a_page_s_script_is_told_what_to_do_in_the_page_s_words() {
    let world = fleet(&["acme"]).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let body = json!({ "tenant": "acme" });
    let hint = |error: &Value| error["hint"].as_str().unwrap().to_owned();
    let page = act(&mut boss, "tenants/clean-up", &body).await;
    assert!(hint(&refused(&page, StatusCode::CONFLICT, "conflict")).contains("POST /api/v1/tenants/delete"));
    let request = boss.request("POST", "/api/v1/tenants/clean-up").header(header::ORIGIN, OWN);
    let request =
        request.header(header::REFERER, format!("{OWN}/tenants/acme")).header(header::CONTENT_TYPE, "application/json");
    let page = boss.send(request.body(Body::from(body.to_string())).unwrap()).await;
    let said = hint(&refused(&page, StatusCode::CONFLICT, "conflict"));
    assert!(said.contains("delete acme") && !said.contains("/api/"), "{said}");
}

/// The islands name functions by their addresses, which no compiler holds against what there is.
#[test]
fn what_the_islands_call_is_there() {
    let names: Vec<_> = neo_app::functions().iter().map(|function| function.path).collect();
    let mut called = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/islands"), &mut |text| {
        for (at, _) in text.match_indices("\"/api/v1/") {
            let path: String = text[at + 1..].chars().take_while(|c| !"\"?{".contains(*c)).collect();
            called.extend((path != "/api/v1/").then_some(path));
        }
    });
    assert!(called.len() > 1, "{called:?}");
    for path in called {
        assert!(names.contains(&path.as_str()), "{path} is called and not there");
    }
}

fn sources(folder: &Path, read: &mut impl FnMut(&str)) {
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() { sources(&path, read) } else { read(&fs::read_to_string(&path).unwrap()) }
    }
}

/// A form of a page that is an act in place says which function does the same, with arguments that it takes.
#[tokio::test]
async fn what_a_page_s_forms_name_is_there_and_takes_what_they_say() {
    let world = fleet(&["acme"]).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let goal = json!({ "goal": "verify" });
    let run = answered(&act(&mut boss, "runs/start", &goal).await, StatusCode::ACCEPTED)["run"].as_i64().unwrap();
    let mut seen = Vec::new();
    for page in [
        "/servers".to_owned(),
        "/servers/local".to_owned(),
        "/tenants/acme".to_owned(),
        "/tenants/acme/suspend".to_owned(),
        "/tenants/acme/archive".to_owned(),
        "/tenants/acme/quarantine".to_owned(),
        format!("/runs/{run}"),
        format!("/runs/{run}/cancel"),
        format!("/runs/{run}/resume"),
        format!("/runs/{run}/rerun?tenant=acme"),
        format!("/runs/{run}/skip?tenant=acme"),
    ] {
        let html = boss.get(&page).await.text;
        for form in html.split("<form").skip(1).filter(|form| form.contains("data-act=")) {
            let of = |name: &str| {
                let value = form.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap();
                value.replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&")
            };
            let functions = neo_app::functions();
            let function = functions.iter().find(|function| function.path == of("data-act"));
            let function = function.unwrap_or_else(|| panic!("{page}: {}", of("data-act")));
            let with: Value = serde_json::from_str(&of("data-with")).unwrap();
            let names: Vec<_> = with.as_object().unwrap().keys().cloned().collect();
            let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
            let said = document["paths"][function.path]["post"].to_string();
            assert!(names.iter().all(|name| said.contains(&format!("\"{name}\""))), "{page}: {names:?} {said}");
            seen.push(function.name());
        }
    }
    for name in [
        "servers/check",
        "tenants/test",
        "runs/start",
        "tenants/suspend",
        "tenants/archive",
        "tenants/quarantine",
        "runs/pause",
        "runs/cancel",
        "runs/resume",
        "runs/rerun",
        "runs/skip",
    ] {
        assert!(seen.contains(&name), "{name}: {seen:?}");
    }
}
