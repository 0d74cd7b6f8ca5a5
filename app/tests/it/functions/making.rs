//! Tenants that are made, adopted, tried again and cleaned up after by a program.

use axum::body::Body;
use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use serde_json::{Value, json};

use super::{act, answered, refused, reserve};
use crate::console::{signed_in, tenant};
use crate::world::World;

#[tokio::test]
async fn a_tenant_is_begun_by_a_call_and_made_by_a_worker() {
    let world = World::new().await;
    tenant::with_migrations(&world);
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let admin = json!({ "email": "ada@beta.example", "password": "seven small boats at noon" });
    let new = json!({ "slug": "beta", "name": "Beta", "tags": ["early"], "admin": admin });
    let page = act(&mut boss, "tenants/create", &new).await;
    let begun = answered(&page, StatusCode::ACCEPTED);
    let keys: Vec<_> = begun.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((keys, &begun["tenant"]), (vec!["id", "run", "tenant"], &json!("beta")));

    neo::runs::work_on(&world.platform, begun["run"].as_i64().unwrap()).await.unwrap();
    let beta = answered(&boss.get("/api/v1/tenants/show?tenant=beta").await, StatusCode::OK);
    assert_eq!((&beta["status"], &beta["id"], &beta["tags"]), (&json!("active"), &begun["id"], &json!(["early"])));
    let users = answered(&boss.get("/api/v1/tenants/users?tenant=beta").await, StatusCode::OK);
    let first = &users["users"][0];
    assert_eq!((&first["email"], &first["first_name"]), (&json!("ada@beta.example"), &json!("ada")), "{users}");

    let error = refused(&act(&mut boss, "tenants/create", &new).await, StatusCode::CONFLICT, "conflict");
    assert_eq!(error["field"], "slug", "{error}");
    refused(&act(&mut boss, "tenants/retry", &json!({ "tenant": "beta" })).await, StatusCode::CONFLICT, "conflict");
}

#[tokio::test]
async fn a_tenant_that_cannot_be_made_names_the_argument() {
    let world = World::new().await;
    tenant::with_migrations(&world);
    let mut boss = signed_in(&world, Role::Superadmin).await;
    for (body, field) in [
        (json!({}), "slug"),
        (json!({ "slug": "No Slug" }), "slug"),
        (json!({ "slug": "beta", "tags": ["no spaces"] }), "tags"),
        (json!({ "slug": "beta", "tags": "early" }), "tags"),
        (json!({ "slug": "beta", "admin": { "email": "ada@beta.example" } }), "admin"),
        (json!({ "slug": "beta", "admin": { "email": "ada@beta.example", "password": "short" } }), "admin"),
        (json!({ "slug": "beta", "admin": { "email": "ada", "password": "seven small boats at noon" } }), "admin"),
        (json!({ "slug": "beta", "admin": { "email": "a@b.example", "password": "x", "role": "admin" } }), "admin"),
    ] {
        let page = act(&mut boss, "tenants/create", &body).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field, "{body}");
        assert!(!page.text.contains("seven small boats"), "{}", page.text);
    }
    let nowhere = json!({ "slug": "beta", "server": "nowhere" });
    refused(&act(&mut boss, "tenants/create", &nowhere).await, StatusCode::NOT_FOUND, "not_found");
    let all = answered(&boss.get("/api/v1/tenants").await, StatusCode::OK);
    assert_eq!(all["total"], 0, "{all}");
}

#[tokio::test]
async fn whether_a_tenant_could_be_made_is_said_without_making_it() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let of = |slug: &str, server: &str| json!({ "slug": slug, "server": server, "dry_run": true });
    let page = act(&mut boss, "tenants/create", &of("beta", "local")).await;
    assert_eq!(answered(&page, StatusCode::OK), json!({ "tenant": "beta" }));
    refused(&act(&mut boss, "tenants/create", &of("acme", "local")).await, StatusCode::CONFLICT, "conflict");
    refused(&act(&mut boss, "tenants/create", &of("beta", "nowhere")).await, StatusCode::NOT_FOUND, "not_found");
    let page = act(&mut boss, "tenants/create", &of("No", "local")).await;
    assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "slug");
    assert_eq!(answered(&boss.get("/api/v1/tenants").await, StatusCode::OK)["total"], 1, "nothing was made");
    let mut admin = signed_in(&world, Role::Admin).await;
    refused(&act(&mut admin, "tenants/create", &of("beta", "local")).await, StatusCode::FORBIDDEN, "denied");
}

#[tokio::test]
async fn what_was_left_half_made_is_gone_on_with_or_cleaned_up() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let beta = reserve(&world, "beta", &[]).await;
    let begun = answered(&act(&mut boss, "tenants/retry", &json!({ "tenant": "beta" })).await, StatusCode::ACCEPTED);
    assert_eq!((&begun["tenant"], &begun["id"]), (&json!("beta"), &json!(beta.id)));
    neo::runs::work_on(&world.platform, begun["run"].as_i64().unwrap()).await.unwrap();

    reserve(&world, "corp", &[]).await;
    let corp = answered(&act(&mut boss, "tenants/clean-up", &json!({ "tenant": "corp" })).await, StatusCode::OK);
    assert_eq!((&corp["slug"], &corp["status"]), (&json!("corp"), &json!("deleted")));
    assert_eq!(corp["undone"], json!(["reserve"]), "nothing else was begun");
    reserve(&world, "corp", &[]).await;

    let page = act(&mut boss, "tenants/clean-up", &json!({ "tenant": "acme" })).await;
    let error = refused(&page, StatusCode::CONFLICT, "conflict");
    assert!(error["hint"].as_str().unwrap().contains("POST /api/v1/tenants/delete"), "{error}");
    refused(&act(&mut boss, "tenants/retry", &json!({ "tenant": "nobody" })).await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn a_database_is_looked_at_and_then_adopted() {
    let world = World::new().await;
    let acme = tenant::provisioned(&world).await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let from = world.platform.config.data_dir.join("tenants").join(format!("{}.db", acme.database));
    let file = world.dir.path().join("corp.db");
    std::fs::copy(from, &file).unwrap();

    let mut entry = json!({ "slug": "corp", "database": file, "dry_run": true });
    let survey = answered(&act(&mut boss, "tenants/adopt", &entry).await, StatusCode::OK);
    assert_eq!((&survey["outcome"], &survey["record"]), (&json!("ready"), &json!("ledger")), "{survey}");
    assert_eq!(answered(&boss.get("/api/v1/tenants").await, StatusCode::OK)["total"], 1, "nothing was touched");

    entry["dry_run"] = json!(false);
    let corp = answered(&act(&mut boss, "tenants/adopt", &entry).await, StatusCode::OK);
    assert_eq!((&corp["slug"], &corp["status"], &corp["pending"]), (&json!("corp"), &json!("active"), &json!(0)));
    assert!(corp["schema"]["verdict"].is_string() && corp.get("outcome").is_none(), "{corp}");
    refused(&act(&mut boss, "tenants/adopt", &entry).await, StatusCode::CONFLICT, "conflict");

    entry["dry_run"] = json!(true);
    assert_eq!(answered(&act(&mut boss, "tenants/adopt", &entry).await, StatusCode::OK)["outcome"], "adopted");
    let nothing = json!({ "slug": "beta", "database": world.dir.path().join("no.db"), "dry_run": true });
    let survey = answered(&act(&mut boss, "tenants/adopt", &nothing).await, StatusCode::OK);
    assert!(survey["outcome"] == "refused" && survey["problem"].is_string(), "{survey}");
    let operator = Actor::operator();
    assert!(neo::tenants::find(&world.platform, &operator, "beta").await.is_err());
}

/// As a program that has lost its connection asks again.
#[tokio::test]
async fn a_tenant_is_begun_once_for_a_key() {
    let world = World::new().await;
    tenant::with_migrations(&world);
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let mut ask = async |body: Value| {
        let request = boss.request("POST", "/api/v1/tenants/create").header("origin", super::OWN);
        let request = request.header("content-type", "application/json").header("idempotency-key", "first of may");
        boss.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let new = json!({ "slug": "beta", "name": "Beta" });
    let begun = answered(&ask(new.clone()).await, StatusCode::ACCEPTED);
    assert_eq!(answered(&ask(new).await, StatusCode::ACCEPTED), begun);
    refused(&ask(json!({ "slug": "beta", "name": "B" })).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
}
