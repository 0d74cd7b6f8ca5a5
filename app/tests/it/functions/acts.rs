//! What programs do to a tenant that is there.

use axum::http::StatusCode;
use neo::actor::Role;
use serde_json::{Value, json};

use super::{act, answered, refused};
use crate::console::browser::Browser;
use crate::console::{signed_in, tenant};
use crate::world::World;

/// The answer of an act on acme that is done.
async fn done(browser: &mut Browser, name: &str, more: Value) -> Value {
    answered(&act(browser, name, &on_acme(more)).await, StatusCode::OK)
}

fn on_acme(mut more: Value) -> Value {
    more["tenant"] = json!("acme");
    more
}

#[tokio::test]
async fn a_tenant_goes_through_its_life() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for (name, status) in
        [("suspend", "suspended"), ("resume", "active"), ("archive", "archived"), ("resume", "active")]
    {
        let acme = done(&mut boss, &format!("tenants/{name}"), json!({})).await;
        assert_eq!((&acme["slug"], &acme["status"]), (&json!("acme"), &json!(status)), "{name}");
    }
    refused(&act(&mut boss, "tenants/resume", &on_acme(json!({}))).await, StatusCode::CONFLICT, "conflict");
    for name in ["suspend", "resume", "archive", "release", "test", "clean-up", "retry"] {
        let page = act(&mut boss, &format!("tenants/{name}"), &json!({ "tenant": "acmee" })).await;
        assert_eq!(refused(&page, StatusCode::NOT_FOUND, "not_found")["nearest"], json!(["acme"]), "{name}");
    }
    // An archived one is taken back by whoever may archive.
    done(&mut boss, "tenants/archive", json!({})).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    refused(&act(&mut admin, "tenants/resume", &on_acme(json!({}))).await, StatusCode::FORBIDDEN, "denied");
}

#[tokio::test]
async fn a_quarantine_has_a_reason_an_end_and_an_owner() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let acme = done(&mut admin, "tenants/quarantine", json!({ "reason": "being mended", "for": "3d" })).await;
    let quarantine = &acme["quarantine"];
    assert_eq!((&quarantine["reason"], &quarantine["owner"]), (&json!("being mended"), &json!("admin@example.com")));
    let moment = |key: &str| neo_model::read_rfc3339(quarantine[key].as_str().unwrap()).unwrap();
    assert_eq!(moment("until") - moment("since"), 3 * 24 * 3_600_000, "{quarantine}");
    for (body, field) in [
        (json!({}), "reason"),
        (json!({ "reason": " " }), "reason"),
        (json!({ "reason": "odd", "for": "soon" }), "for"),
        (json!({ "reason": "odd", "for": 3 }), "for"),
    ] {
        let page = act(&mut admin, "tenants/quarantine", &on_acme(body)).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field);
    }
    assert!(done(&mut admin, "tenants/release", json!({})).await.get("quarantine").is_none());
    refused(&act(&mut admin, "tenants/release", &on_acme(json!({}))).await, StatusCode::CONFLICT, "conflict");
}

#[tokio::test]
async fn name_and_tags_are_changed_together_or_not_at_all() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    for (body, field) in [
        (json!({}), "name"),
        (json!({ "name": "New", "tags": ["no spaces"] }), "tags"),
        (json!({ "name": "New", "add": ["no spaces"] }), "add"),
        (json!({ "name": "New", "add": ["eu"], "remove": ["eu"] }), "remove"),
        (json!({ "name": "", "tags": ["eu"] }), "name"),
    ] {
        let page = act(&mut admin, "tenants/edit", &on_acme(body)).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field);
    }
    let acme = answered(&admin.get("/api/v1/tenants/show?tenant=acme").await, StatusCode::OK);
    assert_eq!((&acme["name"], &acme["tags"]), (&json!("Acme"), &json!([])), "as it was");
    let acme = done(&mut admin, "tenants/edit", json!({ "name": "New", "tags": ["eu", "early"] })).await;
    assert_eq!((&acme["name"], &acme["tags"]), (&json!("New"), &json!(["early", "eu"])));
    done(&mut admin, "tenants/edit", json!({ "name": "New", "tags": [], "password_hash": "bcrypt" })).await;
    done(&mut admin, "tenants/edit", json!({ "name": "Newer" })).await;
    done(&mut admin, "tenants/edit", json!({ "add": ["eu", "late"] })).await;
    let acme = done(&mut admin, "tenants/edit", json!({ "add": ["early"], "remove": ["late", "none"] })).await;
    assert_eq!((&acme["name"], &acme["tags"]), (&json!("Newer"), &json!(["early", "eu"])), "what is not said stays");
    let acme = answered(&admin.get("/api/v1/tenants/show?tenant=acme").await, StatusCode::OK);
    assert_eq!((&acme["name"], &acme["password_hash"]), (&json!("Newer"), &json!("bcrypt")), "as it is unless said");
}

#[tokio::test]
async fn a_tenant_is_deleted_by_whoever_types_its_slug() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for body in [json!({}), json!({ "confirm": "Acme" })] {
        let page = act(&mut boss, "tenants/delete", &on_acme(body)).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "confirm");
    }
    let confirmed = on_acme(json!({ "confirm": "acme" }));
    let gone = answered(&act(&mut boss, "tenants/delete", &confirmed).await, StatusCode::ACCEPTED);
    assert_eq!((&gone["slug"], &gone["status"]), (&json!("acme"), &json!("deleted")));
    let backup = gone["backup"].as_str().unwrap();
    assert!(std::fs::metadata(backup).unwrap().len() > 0, "{backup}");
    refused(&act(&mut boss, "tenants/delete", &confirmed).await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn whether_a_tenant_answers_is_said_with_the_reason() {
    let world = World::new().await;
    let acme = tenant::provisioned(&world).await;
    let mut support = signed_in(&world, Role::Support).await;
    let tested = done(&mut support, "tenants/test", json!({})).await;
    assert_eq!((&tested["tenant"], &tested["ok"], &tested["reason"]), (&json!("acme"), &json!(true), &Value::Null));
    let tenants = world.platform.config.data_dir.join("tenants");
    std::fs::rename(tenants.join(format!("{}.db", acme.database)), tenants.join("away")).unwrap();
    let tested = done(&mut support, "tenants/test", json!({})).await;
    assert!(tested["ok"] == false && tested["reason"].is_string(), "{tested}");
}

#[tokio::test]
async fn a_lock_is_broken_by_whoever_has_seen_it() {
    let world = World::new().await;
    let acme = tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let session = json!({ "confirm": "acme", "session": "1@1" });
    refused(&act(&mut boss, "tenants/unlock", &on_acme(session.clone())).await, StatusCode::CONFLICT, "conflict");
    for (body, field) in
        [(json!({ "confirm": "acme" }), "session"), (json!({ "confirm": "x", "session": "1@1" }), "confirm")]
    {
        let page = act(&mut boss, "tenants/unlock", &on_acme(body)).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field);
    }
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db.neo-lock", acme.database));
    std::fs::write(&file, format!("{} somebody", std::process::id())).unwrap();
    let held = std::fs::File::open(&file).unwrap();
    held.lock().unwrap();
    let page = act(&mut boss, "tenants/unlock", &on_acme(session)).await;
    let error = refused(&page, StatusCode::CONFLICT, "conflict");
    assert!(error["message"].as_str().unwrap().contains("changed hands"), "{error}");
}

#[tokio::test]
async fn what_is_half_done_is_decided_by_name() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let seen = done(&mut admin, "tenants/resolve", json!({})).await;
    assert_eq!(seen, json!({ "half_done": null, "invalid_indexes": [] }));
    let applied = on_acme(json!({ "how": "applied" }));
    refused(&act(&mut admin, "tenants/resolve", &applied).await, StatusCode::CONFLICT, "conflict");
    for (body, field) in [
        (json!({ "how": "perhaps" }), "how"),
        (json!({ "how": "applied", "from": 2 }), "from"),
        (json!({ "how": "continue", "from": "x" }), "from"),
    ] {
        let page = act(&mut admin, "tenants/resolve", &on_acme(body)).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field);
    }
    let dropped = done(&mut admin, "tenants/resolve", json!({ "how": "drop_invalid" })).await;
    assert_eq!(dropped, json!({ "dropped": [], "tenant": "acme" }));
    let forgotten = done(&mut admin, "tenants/resolve", json!({ "how": "forget", "reason": "restored" })).await;
    let keys: Vec<_> = forgotten.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, &forgotten["tenant"]), (vec!["state", "tenant", "version"], &json!("acme")), "{forgotten}");
}
