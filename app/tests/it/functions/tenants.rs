//! The functions about tenants say what the command line says.

use axum::http::StatusCode;
use neo::actor::{Permission, Role};
use serde_json::{Value, json};

use super::{post, refused, reserve};
use crate::console::browser::Browser;
use crate::console::{signed_in, tenant};
use crate::world::World;

async fn answer(browser: &mut Browser, path: &str) -> Value {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    super::json(&page)
}

fn slugs(answer: &Value) -> Vec<&str> {
    answer["tenants"].as_array().unwrap().iter().filter_map(|tenant| tenant["slug"].as_str()).collect()
}

#[tokio::test]
async fn who_is_asking_is_told_what_they_may() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let me = answer(&mut browser, "/api/v1/me").await;
    let may: Vec<_> =
        Permission::ALL.into_iter().filter(|permission| permission.least_role() == Role::Support).collect();
    assert_eq!(me, json!({ "name": "support@example.com", "role": "support", "door": "browser", "may": may }));
    let said = |word: &str| me["may"].as_array().unwrap().contains(&json!(word));
    assert!(said("rerun_fleet") && !said("operate"), "{me}");
}

#[tokio::test]
async fn the_list_is_filtered_and_goes_page_by_page() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    for (slug, tags) in [("acme", &["a", "b"][..]), ("beta", &["b"]), ("corp", &["c"])] {
        reserve(&world, slug, tags).await;
    }
    let all = answer(&mut browser, "/api/v1/tenants").await;
    assert_eq!((slugs(&all), &all["total"], &all["next"]), (vec!["acme", "beta", "corp"], &json!(3), &Value::Null));
    let first = answer(&mut browser, "/api/v1/tenants?limit=2").await;
    assert_eq!((slugs(&first), &first["total"]), (vec!["acme", "beta"], &json!(3)));
    let rest = format!("/api/v1/tenants?limit=2&after={}", first["next"].as_str().unwrap());
    assert_eq!(slugs(&answer(&mut browser, &rest).await), ["corp"]);
    for (query, meant) in [
        ("tag=b", vec!["acme", "beta"]),
        ("tag=a,b", vec!["acme"]),
        ("q=CORP", vec!["corp"]),
        ("status=active", vec![]),
        ("status=active,provisioning&tag=c", vec!["corp"]),
        ("state=unknown", vec!["acme", "beta", "corp"]),
        ("result=failed", vec![]),
        ("server=local", vec!["acme", "beta", "corp"]),
        ("behind=latest", vec!["acme", "beta", "corp"]),
        ("quarantined=true", vec![]),
        ("quarantined=false&q=acme", vec!["acme"]),
    ] {
        assert_eq!(slugs(&answer(&mut browser, &format!("/api/v1/tenants?{query}")).await), meant, "{query}");
    }
    refused(&browser.get("/api/v1/tenants?server=nowhere").await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn one_tenant_is_shown_with_its_steps_and_its_lock() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Support).await;
    let acme = answer(&mut browser, "/api/v1/tenants/show?tenant=acme").await;
    assert_eq!((&acme["slug"], &acme["status"], &acme["pending"]), (&json!("acme"), &json!("active"), &json!(0)));
    assert!(acme["steps"].as_array().is_some_and(|steps| !steps.is_empty()), "{acme}");
    assert!(acme["schema"]["verdict"].is_string() && acme.get("lock").is_none(), "{acme}");
    let acme = answer(&mut browser, "/api/v1/tenants/show?tenant=acme&lock=true").await;
    assert_eq!(acme.get("lock"), Some(&Value::Null), "free, and said to be: {acme}");
    let error = refused(&browser.get("/api/v1/tenants/show?tenant=acmee").await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(error["nearest"], json!(["acme"]));
}

#[tokio::test]
async fn a_tenant_is_suspended_once() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let body = r#"{"tenant":"acme"}"#;
    let page = post(&mut browser, "/api/v1/tenants/suspend", body, "application/json").await;
    assert_eq!((page.status, &super::json(&page)["status"]), (StatusCode::OK, &json!("suspended")), "{}", page.text);
    let page = post(&mut browser, "/api/v1/tenants/suspend", body, "application/json").await;
    refused(&page, StatusCode::CONFLICT, "conflict");
    let fleet = answer(&mut browser, "/api/v1/fleet").await;
    assert_eq!((&fleet["tenants"]["total"], &fleet["tenants"]["suspended"]), (&json!(1), &json!(1)), "{fleet}");
}
