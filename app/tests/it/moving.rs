//! A tenant moves by its page and by a program, and what it had is dropped.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs;
use neo::servers::NewServer;
use secrecy::SecretString;
use serde_json::json;

use crate::console::{signed_in, tenant};
use crate::functions::{act, answered, refused};
use crate::world::World;

/// Moves `acme` to another folder, unless that was done before.
pub async fn moved(world: &World) {
    let (platform, boss) = (&world.platform, Actor::operator());
    // What another has queued is done first.
    let kinds =
        [runs::Kind::Provision, runs::Kind::Backup, runs::Kind::Rotate, runs::Kind::Migrate, runs::Kind::Verify];
    for run in runs::list(platform, &boss, &kinds, None, 10).await.unwrap() {
        let _ = runs::work_on(platform, run.number).await;
    }
    let Ok(tenant) = neo::tenants::find(platform, &boss, "acme").await else { return };
    if neo::tenants::kept(platform, &boss, &tenant).await.unwrap().is_some() {
        return;
    }
    let (_, run) = runs::move_tenant(platform, &boss, "acme", "other", "acme").await.unwrap();
    runs::work_on(platform, run.number).await.unwrap();
}

/// Another folder for tenants.
pub async fn other(world: &World) {
    let url = SecretString::from(format!("sqlite://{}", world.dir.path().join("other").display()));
    let new = NewServer::from_url("other", &url).unwrap();
    if neo::servers::find(&world.platform, &Actor::operator(), "other").await.is_err() {
        neo::servers::add(&world.platform, &Actor::operator(), new).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_asks_for_the_server_and_the_slug_and_shows_the_steps_and_what_is_kept() {
    let world = World::new().await;
    let before = tenant::provisioned(&world).await;
    other(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    assert!(boss.get("/tenants/acme").await.text.contains("Move…"));
    let ask = boss.get("/tenants/acme/move").await.text;
    assert!(ask.contains("<option value=\"other\"") && !ask.contains("<option value=\"local\""), "{ask}");
    let page = boss.post("/tenants/acme/move", &[("server", "other"), ("confirm", "acm")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    let page = boss.post("/tenants/acme/move", &[("server", "other"), ("confirm", "acme")]).await;
    assert_eq!(page.location(), "/tenants/acme", "{}", page.text);
    let page = boss.get("/tenants/acme").await.text;
    assert!(page.contains("Moving") && page.contains("Compare the copy: schema and rows"), "{page}");
    let run =
        runs::list(&world.platform, &Actor::operator(), &[runs::Kind::Provision], None, 1).await.unwrap().remove(0);
    runs::work_on(&world.platform, run.number).await.unwrap();
    let page = boss.get("/tenants/acme").await.text;
    assert!(
        page.contains(&format!("{} on local", before.database)) && page.contains("Drop what it had before…"),
        "{page}"
    );
    let ask = boss.get("/tenants/acme/drop-replaced").await.text;
    assert!(ask.contains(&before.database) && ask.contains("Strike it from the record"), "{ask}");
    let page = boss.post("/tenants/acme/drop-replaced", &[("confirm", "other")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    let page = boss.post("/tenants/acme/drop-replaced", &[("confirm", "acme")]).await;
    assert_eq!(page.location(), "/tenants/acme", "{}", page.text);
    assert!(!boss.get("/tenants/acme").await.text.contains(&before.database));
    assert!(boss.get("/tenants/acme/drop-replaced").await.text.contains("Nothing is kept"));
}

#[tokio::test]
async fn a_program_moves_a_tenant_and_drops_what_it_had() {
    let world = World::new().await;
    let before = tenant::provisioned(&world).await;
    other(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let to = |server: &str, confirm: &str| json!({ "tenant": "acme", "server": server, "confirm": confirm });
    let error =
        refused(&act(&mut boss, "tenants/move", &to("other", "x")).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!(error["field"], "confirm", "{error}");
    refused(&act(&mut boss, "tenants/move", &to("nowhere", "acme")).await, StatusCode::NOT_FOUND, "not_found");
    let error = refused(&act(&mut boss, "tenants/move", &to("local", "acme")).await, StatusCode::CONFLICT, "conflict");
    assert_eq!(error["field"], "server", "{error}");
    let begun = answered(&act(&mut boss, "tenants/move", &to("other", "acme")).await, StatusCode::ACCEPTED);
    runs::work_on(&world.platform, begun["run"].as_i64().unwrap()).await.unwrap();
    let shown = answered(&boss.get("/api/v1/tenants/show?tenant=acme").await, StatusCode::OK);
    assert_eq!((&shown["server"], &shown["status"]), (&json!("other"), &json!("active")), "{shown}");
    assert_eq!(
        (&shown["replaced"]["server"], &shown["replaced"]["database"]),
        (&json!("local"), &json!(before.database))
    );
    let drop = json!({ "tenant": "acme", "confirm": "acme", "forget": true });
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", before.database));
    answered(&act(&mut boss, "tenants/drop-replaced", &drop).await, StatusCode::OK);
    refused(&act(&mut boss, "tenants/drop-replaced", &drop).await, StatusCode::CONFLICT, "conflict");
    let shown = answered(&boss.get("/api/v1/tenants/show?tenant=acme").await, StatusCode::OK);
    assert!(shown["replaced"].is_null() && file.exists(), "{shown}: struck from the record, and not touched");
}
