//! Filters that are kept, as a browser without scripts sees them over the lists that they are of.

use axum::http::StatusCode;
use neo::actor::Role;
use serde_json::json;

use crate::console::signed_in;
use crate::functions::{act, json, refused};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_is_kept_over_its_list_and_leads_back_there_and_nowhere_else() {
    let world = World::new().await;
    let mut ada = signed_in(&world, Role::Admin).await;
    assert!(!ada.get("/tenants").await.text.contains("Save this filter"), "nothing is filtered");
    let page = ada.get("/tenants?status=suspended&sort=name&after=x").await;
    assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    let page = ada.get("/tenants?status=suspended&sort=name").await;
    assert!(page.text.contains("Save this filter"), "{}", page.text);
    assert!(page.text.contains("value=\"status=suspended&amp;sort=name\""), "{}", page.text);
    let kept = [("page", "tenants"), ("name", "Asleep"), ("query", "status=suspended&sort=name")];
    let page = ada.post("/filters", &kept).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants?status=suspended&sort=name"));
    let page = ada.get("/tenants?status=suspended&sort=name").await;
    assert!(page.text.contains("Asleep") && !page.text.contains("Save this filter"), "{}", page.text);
    for (name, query, field) in [
        ("Asleep", "tag=x", "name"),
        ("", "tag=x", "name"),
        ("Elsewhere", "https://evil.example/?status=active", "query"),
        ("Elsewhere", "next=//evil.example", "query"),
        ("Nothing", "", "query"),
    ] {
        let page = ada.post("/filters", &[("page", "tenants"), ("name", name), ("query", query)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", page.text);
        assert!(page.text.contains(&format!("href=\"#f-{field}\"")), "{query}: {}", page.text);
    }
    ada.post("/filters", &[("page", "runs"), ("name", "Broken"), ("query", "status=failed,halted")]).await;
    assert!(ada.get("/runs").await.text.contains("href=\"/runs?status=failed%2Chalted\""));
    assert_eq!(
        ada.post("/filters", &[("page", "audit"), ("name", "x"), ("query", "door=cli")]).await.status,
        StatusCode::FORBIDDEN
    );

    let mut grace = signed_in(&world, Role::Support).await;
    assert!(grace.get("/tenants").await.text.contains("Asleep"), "it is everybody's");
    let all = json(&grace.get("/api/v1/filters?page=tenants").await);
    assert_eq!((&all[0]["name"], &all[0]["removable"]), (&"Asleep".into(), &false.into()), "{all}");
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(grace.post("/filters/remove", &[("filter", id)]).await.status, StatusCode::FORBIDDEN);
    refused(&act(&mut grace, "filters/remove", &json!({ "filter": id })).await, StatusCode::FORBIDDEN, "denied");
    assert!(!grace.get("/filters").await.text.contains("Remove the filter Asleep"));
    assert!(ada.get("/filters").await.text.contains("Remove the filter Asleep"));
    let page = ada.post("/filters/remove", &[("filter", id)]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/filters"), "{}", page.text);
    assert_eq!(json(&grace.get("/api/v1/filters?page=tenants").await), json!([]));

    let mut boss = signed_in(&world, Role::Superadmin).await;
    let saved = json!({ "page": "audit", "name": "At the machine", "query": "door=cli" });
    assert_eq!(json(&act(&mut boss, "filters/save", &saved).await)["query"], "door=cli");
    assert!(boss.get("/audit").await.text.contains("href=\"/audit?door=cli\""));
    assert!(!ada.get("/filters").await.text.contains("At the machine"));
}
