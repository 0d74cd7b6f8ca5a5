//! The users inside a tenant, as programs manage them; and what is found by its name.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use serde_json::{Value, json};

use super::{act, answered, refused};
use crate::console::browser::Browser;
use crate::console::{signed_in, tenant};
use crate::world::World;

const PHRASE: &str = "seven small boats at noon";

async fn listed(browser: &mut Browser, query: &str) -> Value {
    answered(&browser.get(&format!("/api/v1/tenants/users?tenant=acme{query}")).await, StatusCode::OK)
}

fn emails(users: &Value) -> Vec<&str> {
    users["users"].as_array().unwrap().iter().filter_map(|user| user["email"].as_str()).collect()
}

fn ada(more: Value) -> Value {
    let mut body = json!({ "tenant": "acme", "email": "ada@acme.example" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn newcomer(role: &str) -> Value {
    ada(json!({ "password": PHRASE, "first_name": "Ada", "last_name": "Lovelace", "role": role }))
}

#[tokio::test]
async fn users_are_made_changed_and_shut_out() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let page = act(&mut admin, "tenants/users/create", &newcomer("owner")).await;
    let error = refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    assert_eq!((&error["field"], &error["hint"]), (&json!("role"), &json!("one of: admin, member, viewer")));
    let made = answered(&act(&mut admin, "tenants/users/create", &newcomer("member")).await, StatusCode::OK);
    assert_eq!((&made["email"], &made["roles"]), (&json!("ada@acme.example"), &json!(["member"])), "{made}");
    let page = act(&mut admin, "tenants/users/create", &newcomer("member")).await;
    assert_eq!(refused(&page, StatusCode::CONFLICT, "conflict")["field"], "email");

    let user =
        answered(&act(&mut admin, "tenants/users/set-role", &ada(json!({ "role": "viewer" }))).await, StatusCode::OK);
    assert_eq!(user["roles"], json!(["viewer"]));
    assert_eq!(listed(&mut admin, "&search=ada").await["users"][0]["roles"], json!(["viewer"]));
    let page = act(&mut admin, "tenants/users/set-role", &ada(json!({ "role": "owner" }))).await;
    assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "role");
    assert_eq!(listed(&mut admin, "&search=ada").await["users"][0]["roles"], json!(["viewer"]), "as it was");

    let mut own = Browser::at(&world.platform, "acme.localhost:3000");
    assert_eq!(own.sign_in("ada@acme.example").await.status, StatusCode::UNAUTHORIZED, "another phrase");
    let phrase = ada(json!({ "password": crate::console::browser::PASSWORD }));
    answered(&act(&mut admin, "tenants/users/set-password", &phrase).await, StatusCode::OK);
    assert_eq!(own.sign_in("ada@acme.example").await.status, StatusCode::SEE_OTHER);
    let page = act(&mut admin, "tenants/users/set-password", &ada(json!({ "password": "short" }))).await;
    assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "password");

    let out = answered(&act(&mut admin, "tenants/users/disable", &ada(json!({}))).await, StatusCode::OK);
    assert_eq!(out["disabled"], true);
    assert_eq!(own.get("/").await.location(), "/sign-in?ended=1");
    let back = answered(
        &act(&mut admin, "tenants/users/enable", &json!({ "tenant": "acme", "email": made["id"] })).await,
        StatusCode::OK,
    );
    assert_eq!(back["disabled"], false);
    assert_eq!(own.sign_in("ada@acme.example").await.status, StatusCode::SEE_OTHER);
    let ended = act(&mut admin, "tenants/users/end-sessions", &ada(json!({}))).await;
    assert_eq!(answered(&ended, StatusCode::OK), json!({ "ended": 1 }));
    assert_eq!(own.get("/").await.location(), "/sign-in?ended=1");

    for name in ["set-role", "set-password", "disable", "enable", "end-sessions", "delete", "link"] {
        let more = match name {
            "set-role" => json!({ "role": "viewer" }),
            "set-password" => json!({ "password": PHRASE }),
            _ => json!({}),
        };
        let mut body = ada(more);
        body["email"] = json!("adaa@acme.example");
        let error = refused(
            &act(&mut admin, &format!("tenants/users/{name}"), &body).await,
            StatusCode::NOT_FOUND,
            "not_found",
        );
        assert_eq!(error["nearest"][0], "ada@acme.example", "{name}: {error}");
    }
    let gone = answered(&act(&mut admin, "tenants/users/delete", &ada(json!({}))).await, StatusCode::OK);
    assert_eq!(gone["email"], "ada@acme.example");
    assert_eq!(emails(&listed(&mut admin, "").await), ["grace@acme.example"]);
    let rows = neo::audit::list(&world.platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
    let said = serde_json::to_string(&rows).unwrap();
    assert!(said.contains("tenant_user.set_role") && !said.contains(PHRASE), "{said}");
}

#[tokio::test]
async fn somebody_is_made_without_a_password_and_chooses_one_by_a_link() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let mut body = newcomer("member");
    body.as_object_mut().unwrap().remove("password");
    answered(&act(&mut admin, "tenants/users/create", &body).await, StatusCode::OK);
    let link = answered(&act(&mut admin, "tenants/users/link", &ada(json!({}))).await, StatusCode::OK);
    let (url, until) = (link["url"].as_str().unwrap(), link["expires_at"].as_str().unwrap());
    assert!(url.starts_with("http://acme.localhost:3000/password?token=") && until.ends_with('Z'), "{until}");
    assert_eq!(link["email"], "ada@acme.example");
    let mut own = Browser::at(&world.platform, "acme.localhost:3000");
    let path = url.strip_prefix("http://acme.localhost:3000").unwrap();
    let page = own.get(path).await;
    assert!(page.text.contains("For ada@acme.example, in Acme"), "{}", page.text);
    assert!(!page.text.contains("<script"), "no script");
    let token = path.split_once('=').unwrap().1.to_owned();
    let mut choose = async |password: &str, again: &str| {
        own.post("/password", &[("token", &token), ("password", password), ("again", again)]).await
    };
    let page = choose(PHRASE, "another").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("The two passwords differ") && page.text.contains("For ada@acme.example"),
        "{}",
        page.text
    );
    assert_eq!(choose("short", "short").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let phrase = crate::console::browser::PASSWORD;
    assert_eq!(choose(phrase, phrase).await.location(), "/sign-in?chosen=1");
    let page = choose(phrase, phrase).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.text.contains("This link is not valid") || page.text.contains("this link is not valid"),
        "{}",
        page.text
    );
    assert_eq!(own.get(path).await.status, StatusCode::NOT_FOUND, "nor looked at");
    assert!(own.get("/sign-in?chosen=1").await.text.contains("Your password is set"));
    assert_eq!(own.sign_in("ada@acme.example").await.status, StatusCode::SEE_OTHER);
    let mut central = Browser::at(&world.platform, "central.localhost:3000");
    assert_ne!(central.get(path).await.status, StatusCode::OK, "only on the tenant's address");
}

#[tokio::test]
async fn users_come_page_by_page() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    answered(&act(&mut admin, "tenants/users/create", &newcomer("member")).await, StatusCode::OK);
    let first = listed(&mut admin, "&limit=1").await;
    assert_eq!(emails(&first), ["ada@acme.example"]);
    let next = first["next"].as_str().unwrap();
    let rest = listed(&mut admin, &format!("&limit=1&after={next}")).await;
    assert_eq!((emails(&rest), &rest["next"]), (vec!["grace@acme.example"], &Value::Null));
    assert_eq!(emails(&listed(&mut admin, "&search=HOPPER").await), ["grace@acme.example"]);
    for (query, field) in [("", "tenant"), ("?tenant=acme&limit=0", "limit"), ("?tenant=acme&after=x", "after")] {
        let page = admin.get(&format!("/api/v1/tenants/users{query}")).await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field, "{query}");
    }
    refused(&admin.get("/api/v1/tenants/users?tenant=nobody").await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn pages_runs_and_tenants_are_found_by_name() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut support = signed_in(&world, Role::Support).await;
    let mut found = async |query: &str| answered(&support.get(&format!("/api/v1/search{query}")).await, StatusCode::OK);
    let acme = json!({ "kind": "tenant", "text": "Acme", "detail": "acme", "href": "/tenants/acme", "call": null });
    assert_eq!(found("?q=acm").await, json!([acme]));
    let run = found("?q=run%201").await;
    assert_eq!((&run[0]["kind"], &run[0]["href"]), (&json!("run"), &json!("/runs/1")), "{run}");
    let pages = found("").await;
    assert!(pages.as_array().unwrap().len() > 5 && pages.as_array().unwrap().iter().all(|hit| hit["kind"] == "page"));
}
