//! The functions about runs and rehearsals: what each answers, what it refuses, and the stream beside them.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{StatusCode, header};
use neo::actor::{Actor, Role};
use neo::tenants::NewTenant;
use serde_json::{Value, json};

use super::document::as_said;
use super::{OWN, json, refused};
use crate::console::browser::{Browser, Page};
use crate::console::{signed_in, tenant};
use crate::world::World;

const MORE: &str = "20270101000001_more.up.sql";

/// Tenants that are up and running, each provisioned by a run of its own.
pub async fn fleet(slugs: &[&str]) -> World {
    let world = World::new().await;
    tenant::with_migrations(&world);
    for slug in slugs {
        let new =
            NewTenant { slug: (*slug).into(), name: None, server: None, tags: Vec::new(), ..NewTenant::default() };
        let (_, run) = neo::runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
        work(&world, run.number).await;
    }
    world
}

async fn work(world: &World, run: i64) {
    neo::runs::work_on(&world.platform, run).await.unwrap();
}

pub fn migration(world: &World, name: &str, sql: &str) {
    std::fs::write(world.migrations().join(name), sql).unwrap();
}

/// What somebody does to a tenant's file behind Neo's back.
async fn by_hand(world: &World, slug: &str, sql: &'static str) {
    use sqlx::{ConnectOptions, Connection};
    let (platform, operator) = (&world.platform, Actor::operator());
    let tenant = neo::tenants::find(platform, &operator, slug).await.unwrap();
    let file = neo::tenants::detail(platform, &operator, tenant, false).await.unwrap().row.database;
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

/// A `GET` with this name and query.
pub async fn read(browser: &mut Browser, name: &str) -> Page {
    browser.get(&format!("/api/v1/{name}")).await
}

/// A `POST` with this body.
async fn act(browser: &mut Browser, name: &str, body: &Value) -> Page {
    super::post(browser, &format!("/api/v1/{name}"), &body.to_string(), "application/json").await
}

/// The answer, which has the function's own status and is as the document says.
#[track_caller]
pub fn told(page: &Page, name: &str) -> Value {
    let name = name.split('?').next().unwrap();
    let function = neo_app::functions().into_iter().find(|function| function.name() == name).unwrap();
    assert_eq!(page.status, function.status, "{name}: {}", page.text);
    let answer = json(page);
    as_said(&serde_json::from_str(&neo_app::openapi()).unwrap(), &function, &answer);
    answer
}

async fn reads(browser: &mut Browser, name: &str) -> Value {
    told(&read(browser, name).await, name)
}

async fn acts(browser: &mut Browser, name: &str, body: &Value) -> Value {
    told(&act(browser, name, body).await, name)
}

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[tokio::test]
async fn a_run_that_fails_on_one_is_planned_started_looked_into_and_rerun_by_its_cause() {
    let world = fleet(&["acme", "beta"]).await;
    migration(&world, MORE, "create table more (id int);\n");
    by_hand(&world, "beta", "create table more (id int)").await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let all = json!({ "goal": { "migrate": {} } });

    let plan = acts(&mut admin, "runs/plan", &all).await;
    assert_eq!((&plan["tenants"], &plan["behind"]), (&json!(2), &json!(2)), "{plan}");
    assert!(plan["migrations"][0]["engines"][0].get("sql").is_none(), "{plan}");
    let whole = acts(&mut admin, "runs/plan", &json!({ "goal": { "migrate": {} }, "sql": true })).await;
    assert_eq!(whole["migrations"][0]["engines"][0]["sql"], "create table more (id int);\n");

    assert_eq!(acts(&mut admin, "runs/start", &all).await, json!({ "run": 3 }));
    work(&world, 3).await;
    let run = reads(&mut admin, "runs/show?run=3").await;
    assert_eq!(
        (&run["status"], &run["tenants"]["failed"], &run["actor"]),
        (&json!("failed"), &json!(1), &json!("admin@example.com"))
    );
    assert_eq!((&run["failures"][0]["tenant"], &run["waves"][0]["name"]), (&json!("beta"), &json!("all")), "{run}");

    let failed = reads(&mut admin, "runs/tasks?run=3&status=failed").await;
    assert_eq!((&failed["total"], &failed["tasks"][0]["tenant"]), (&json!(1), &json!("beta")), "{failed}");
    let first = reads(&mut admin, "runs/tasks?run=3&limit=1").await;
    let rest = reads(&mut admin, &format!("runs/tasks?run=3&after={}", first["next"].as_str().unwrap())).await;
    assert_eq!((&first["tasks"][0]["tenant"], &rest["tasks"][0]["tenant"]), (&json!("beta"), &json!("acme")));
    assert_eq!(reads(&mut admin, "runs/tasks?run=3&q=ACM").await["total"], 1);

    let causes = reads(&mut admin, "runs/causes?run=3").await;
    let cause = causes[0]["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!((causes.as_array().unwrap().len(), &causes[0]["tenants"]), (1, &json!(["beta"])), "{causes}");
    let tries = |answer: Value| answer.as_array().unwrap().iter().map(|t| t["tenant"].clone()).collect::<Vec<_>>();
    assert_eq!(tries(reads(&mut admin, "runs/attempts?run=3").await), ["beta"], "only what failed");
    assert_eq!(tries(reads(&mut admin, "runs/attempts?run=3&tenant=acme").await), ["acme"]);
    assert_eq!(tries(reads(&mut admin, &format!("runs/attempts?run=3&cause={cause}")).await), ["beta"]);

    let both = json!({ "run": 3, "tenants": ["beta", "acme"] });
    let error = refused(&act(&mut admin, "runs/rerun", &both).await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(error["message"], "tenant \"acme\" did not fail in run 3");
    assert_eq!(reads(&mut admin, "runs/show?run=3").await["tenants"]["failed"], 1, "and nobody is tried again");
    for (body, field) in [
        (json!({ "run": 3, "failed": true, "cause": cause }), "cause"),
        (json!({ "run": 3, "tenants": ["beta"], "cause": cause }), "cause"),
        (json!({ "run": 3, "failed": true, "tenants": ["beta"] }), "tenants"),
        (json!({ "run": 3, "failed": false }), "failed"),
        (json!({ "run": 3, "tenants": [] }), "tenants"),
        (json!({ "run": 3, "cause": " " }), "cause"),
    ] {
        assert_eq!(
            refused(&act(&mut admin, "runs/rerun", &body).await, UNPROCESSABLE, "invalid")["field"],
            field,
            "{body}"
        );
    }
    by_hand(&world, "beta", "drop table more").await;
    let again = acts(&mut admin, "runs/rerun", &json!({ "run": 3, "cause": cause, "note": "mended" })).await;
    assert_eq!((&again["run"], &again["tenants"]["queued"]), (&json!(3), &json!(1)), "{again}");
    work(&world, 3).await;
    assert_eq!(reads(&mut admin, "runs/show?run=3").await["status"], "succeeded");
    refused(&act(&mut admin, "runs/rerun", &json!({ "run": 3 })).await, StatusCode::CONFLICT, "conflict");
}

#[tokio::test]
async fn several_tenants_are_tried_again_by_their_names() {
    let world = fleet(&["acme", "beta", "corp"]).await;
    migration(&world, MORE, "create table more (id int);\n");
    for slug in ["acme", "beta", "corp"] {
        by_hand(&world, slug, "create table more (id int)").await;
    }
    let mut admin = signed_in(&world, Role::Admin).await;
    acts(&mut admin, "runs/start", &json!({ "goal": { "migrate": {} } })).await;
    work(&world, 4).await;
    let again = acts(&mut admin, "runs/rerun", &json!({ "run": 4, "tenants": ["acme", "corp"] })).await;
    assert_eq!((&again["tenants"]["queued"], &again["tenants"]["failed"]), (&json!(2), &json!(1)), "{again}");
}

#[tokio::test]
async fn runs_are_listed_page_by_page_and_by_kind() {
    let world = fleet(&["acme", "beta"]).await;
    let mut support = signed_in(&world, Role::Support).await;
    let numbers =
        |answer: &Value| answer["runs"].as_array().unwrap().iter().map(|run| run["run"].clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&reads(&mut support, "runs").await), Vec::<Value>::new(), "a provisioning is asked for");
    let first = reads(&mut support, "runs?kind=migrate,provision&limit=1").await;
    assert_eq!((numbers(&first), &first["next"]), (vec![json!(2)], &json!(2)));
    let last = reads(&mut support, "runs?kind=provision&limit=1&before=2").await;
    assert_eq!((numbers(&last), &last["next"]), (vec![json!(1)], &Value::Null));
    for (name, field) in [
        ("runs?kind=dance", "kind"),
        ("runs?limit=0", "limit"),
        ("runs?before=x", "before"),
        ("runs/show", "run"),
        ("runs/show?run=x", "run"),
        ("runs/tasks?run=1&status=odd", "status"),
        ("runs/tasks?run=1&after=x", "after"),
        ("runs/tasks?run=1&limit=1001", "limit"),
    ] {
        assert_eq!(refused(&read(&mut support, name).await, UNPROCESSABLE, "invalid")["field"], field, "{name}");
    }
    for name in ["runs/show", "runs/tasks", "runs/causes", "runs/attempts", "runs/events"] {
        refused(&read(&mut support, &format!("{name}?run=9")).await, StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn a_run_is_paused_resumed_skipped_and_cancelled() {
    let world = fleet(&["acme", "beta"]).await;
    migration(&world, MORE, "create table more (id int);\n");
    let mut admin = signed_in(&world, Role::Admin).await;
    acts(&mut admin, "runs/start", &json!({ "goal": { "migrate": {} } })).await;
    let run = json!({ "run": 3 });
    assert_eq!(acts(&mut admin, "runs/pause", &run).await["status"], "paused");
    refused(&act(&mut admin, "runs/pause", &run).await, StatusCode::CONFLICT, "conflict");
    assert_eq!(acts(&mut admin, "runs/resume", &run).await["status"], "queued");
    refused(&act(&mut admin, "runs/resume", &run).await, StatusCode::CONFLICT, "conflict");

    let skip = |tenants: &[&str], reason: &str| json!({ "run": 3, "tenants": tenants, "reason": reason });
    for (body, field) in [(skip(&[], "odd"), "tenants"), (skip(&["beta"], " "), "reason")] {
        assert_eq!(refused(&act(&mut admin, "runs/skip", &body).await, UNPROCESSABLE, "invalid")["field"], field);
    }
    refused(&act(&mut admin, "runs/skip", &skip(&["corp"], "odd")).await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(acts(&mut admin, "runs/skip", &skip(&["beta"], "odd")).await["tenants"]["skipped"], 1);
    refused(&act(&mut admin, "runs/skip", &skip(&["beta"], "odd")).await, StatusCode::CONFLICT, "conflict");

    assert_eq!(acts(&mut admin, "runs/cancel", &json!({ "run": 3, "now": true })).await["status"], "cancelled");
    refused(&act(&mut admin, "runs/cancel", &run).await, StatusCode::CONFLICT, "conflict");
    for name in ["runs/pause", "runs/resume", "runs/cancel", "runs/rerun"] {
        refused(&act(&mut admin, name, &json!({ "run": 9 })).await, StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn what_a_run_cannot_be_is_refused_by_its_argument_and_nothing_is_started() {
    let world = fleet(&["acme"]).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let migrate = |more: Value| {
        let mut body = json!({ "goal": { "migrate": {} } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (body, field) in [
        (json!({}), "goal"),
        (json!({ "goal": "provision" }), "goal"),
        (json!({ "goal": { "migrate": { "too": 1 } } }), "goal"),
        (json!({ "goal": { "rollback_steps": { "steps": 0 } } }), "goal"),
        (migrate(json!({ "selection": { "tag": ["eu"] } })), "selection"),
        (migrate(json!({ "selection": [] })), "selection"),
        (migrate(json!({ "selection": { "statuses": ["asleep"] } })), "selection"),
        (migrate(json!({ "policy": { "concurrency": 0 } })), "policy"),
        (migrate(json!({ "policy": { "canary": 1 } })), "policy"),
        (migrate(json!({ "policy": { "wait": "canary" } })), "policy"),
        (migrate(json!({ "not_before": "tomorrow" })), "not_before"),
        (migrate(json!({ "not_before": "2020-01-01T00:00:00Z" })), "not_before"),
        (migrate(json!({ "expect": { "version": 1, "digest": "abc" } })), "expect"),
        (json!({ "goal": { "rollback_steps": { "steps": 1 } }, "selection": { "keys": ["acme"] } }), "confirm"),
    ] {
        let error = refused(&act(&mut admin, "runs/start", &body).await, UNPROCESSABLE, "invalid");
        assert_eq!(error["field"], field, "{body}: {error}");
    }
    let missing = migrate(json!({ "selection": { "keys": ["acmee"] } }));
    let error = refused(&act(&mut admin, "runs/start", &missing).await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(error["nearest"], json!(["acme"]));
    let others = migrate(json!({ "expect": { "version": 20270101000001_i64, "digest": "0".repeat(64) } }));
    let error = refused(&act(&mut admin, "runs/start", &others).await, StatusCode::CONFLICT, "conflict");
    assert!(error["message"].as_str().unwrap().contains("older migration files"), "{error}");
    assert_eq!(reads(&mut admin, "runs").await["runs"], json!([]));

    let here = neo::migrations::Set::load(&world.platform.config.tenant_migrations).await.unwrap().edition();
    let later = migrate(json!({ "not_before": "2100-01-01T00:00:00+01:00", "expect": here }));
    assert_eq!(acts(&mut admin, "runs/start", &later).await, json!({ "run": 2 }));
    assert_eq!(reads(&mut admin, "runs/show?run=2").await["planned_for"], "2099-12-31T23:00:00.000Z");
}

#[tokio::test]
async fn a_rollback_says_what_it_undoes_and_wants_it_said_back() {
    let world = fleet(&["acme"]).await;
    migration(&world, MORE, "create table more (id int);\n");
    migration(&world, "20270101000001_more.down.sql", "drop table more;\n");
    let mut admin = signed_in(&world, Role::Admin).await;
    acts(&mut admin, "runs/start", &json!({ "goal": { "migrate": {} } })).await;
    work(&world, 2).await;
    let mut back = json!({ "goal": { "rollback_run": { "run": 2 } }, "selection": { "keys": ["acme"] } });
    let plan = acts(&mut admin, "runs/plan", &back).await;
    assert_eq!(
        plan,
        json!({ "undone": [{ "tenant": "acme", "migrations": ["20270101000001_more"] }], "confirm": "acme" })
    );
    back["confirm"] = plan["confirm"].clone();
    assert_eq!(acts(&mut admin, "runs/start", &back).await, json!({ "run": 3 }));
    work(&world, 3).await;
    assert_eq!(reads(&mut admin, "runs/show?run=3").await["status"], "succeeded");
}

async fn with_key(browser: &mut Browser, key: &str, body: &Value) -> Page {
    let request = browser.request("POST", "/api/v1/runs/start").header(header::ORIGIN, OWN);
    let request = request.header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
    browser.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn a_run_that_is_asked_for_twice_with_one_key_is_started_once() {
    let world = fleet(&["acme", "beta"]).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let acme = json!({ "goal": "verify", "selection": { "keys": ["acme"] } });
    let (mut other, again) = (admin.clone(), acme.clone());
    let (one, two) = tokio::join!(with_key(&mut admin, "deploy 7", &acme), with_key(&mut other, "deploy 7", &again));
    assert_eq!((told(&one, "runs/start"), told(&two, "runs/start")), (json!({ "run": 3 }), json!({ "run": 3 })));
    assert_eq!(told(&with_key(&mut admin, "deploy 7", &acme).await, "runs/start"), json!({ "run": 3 }));
    let beta = json!({ "goal": "verify", "selection": { "keys": ["beta"] } });
    let error = refused(&with_key(&mut admin, "deploy 7", &beta).await, UNPROCESSABLE, "invalid");
    assert_eq!(error["field"], "Idempotency-Key");
    refused(&with_key(&mut admin, &"x".repeat(129), &beta).await, UNPROCESSABLE, "invalid");
    // What was refused has done nothing, and may be asked again.
    refused(&with_key(&mut admin, "deploy 8", &acme).await, StatusCode::CONFLICT, "conflict");
    acts(&mut admin, "runs/cancel", &json!({ "run": 3 })).await;
    assert_eq!(told(&with_key(&mut admin, "deploy 8", &acme).await, "runs/start"), json!({ "run": 4 }));
}

#[tokio::test]
async fn a_rehearsal_is_begun_and_its_verdict_is_there_when_it_is_over() {
    let world = fleet(&["acme"]).await;
    migration(&world, MORE, "create table more (id int);\n");
    let mut admin = signed_in(&world, Role::Admin).await;
    let id =
        acts(&mut admin, "rehearsals/start", &json!({ "tenant": "acme" })).await["id"].as_str().unwrap().to_owned();
    let mut stands = reads(&mut admin, &format!("rehearsals/show?id={id}")).await;
    for _ in 0..200 {
        if !stands["verdict"].is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        stands = reads(&mut admin, &format!("rehearsals/show?id={id}")).await;
    }
    assert_eq!((&stands["tenant"], &stands["actor"]), (&json!("acme"), &json!("admin@example.com")), "{stands}");
    assert_eq!(stands["verdict"]["done"]["applied"][0]["migration"], "20270101000001_more", "{stands}");
    assert!(stands["started_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{stands}");
    refused(&read(&mut admin, "rehearsals/show?id=x").await, StatusCode::NOT_FOUND, "not_found");
    for body in [json!({ "tenant": "nobody" }), json!({ "tenant": "acme", "to": 7 })] {
        refused(&act(&mut admin, "rehearsals/start", &body).await, StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn the_stream_goes_on_where_it_broke_off_and_is_under_the_name_of_a_function() {
    let world = fleet(&["acme"]).await;
    let mut support = signed_in(&world, Role::Support).await;
    let whole = read(&mut support, "runs/events?run=1").await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "text/event-stream"));
    assert_eq!((whole.header("x-accel-buffering"), whole.header("cache-control")), ("no", "no-store"));
    assert_eq!(whole.text, support.get("/events/runs/1").await.text);
    let last = neo::runs::find(&world.platform, &Actor::operator(), 1).await.unwrap().last_seq;
    let rest = read(&mut support, &format!("runs/events?run=1&after={}", last - 1)).await;
    assert!(rest.text.contains(&format!("id: {last}\n")) && rest.text.matches("id: ").count() == 1, "{}", rest.text);
    for (name, field) in [("runs/events", "run"), ("runs/events?run=x", "run"), ("runs/events?run=1&after=x", "after")]
    {
        assert_eq!(refused(&read(&mut support, name).await, UNPROCESSABLE, "invalid")["field"], field, "{name}");
    }
    let request = support.request("GET", "/api/v1/runs/events?run=1").header("sec-fetch-site", "cross-site");
    refused(&support.send(request.body(Body::empty()).unwrap()).await, StatusCode::FORBIDDEN, "denied");
}

#[tokio::test]
async fn the_stream_ends_for_whoever_is_let_in_no_more() {
    let world = World::new().await;
    tenant::reserved(&world).await;
    let browser = signed_in(&world, Role::Support).await;
    let request = browser.request("GET", "/api/v1/runs/events?run=1").header("sec-fetch-site", "same-origin");
    let response = browser.clone().raw(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    browser.clone().post("/sign-out", &[]).await;
    let rest = tokio::time::timeout(Duration::from_secs(10), to_bytes(response.into_body(), 1 << 20)).await;
    rest.expect("the stream ends by itself").unwrap();
}
