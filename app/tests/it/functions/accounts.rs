//! The functions about servers, admins, tokens, one's own account and the audit: what is particular to each.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use serde_json::{Value, json};

use super::{post, refused};
use crate::console::browser::{Browser, Page};
use crate::console::{signed_in, tenant};
use crate::world::World;

async fn act(browser: &mut Browser, function: &str, body: Value) -> Page {
    post(browser, &format!("/api/v1/{function}"), &body.to_string(), "application/json").await
}

#[track_caller]
fn done(page: &Page) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    super::json(page)
}

async fn get(browser: &mut Browser, path: &str) -> Value {
    done(&browser.get(&format!("/api/v1/{path}")).await)
}

#[tokio::test]
async fn a_server_is_added_looked_at_and_removed_while_nobody_lives_there() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let path = world.dir.path().join("files");
    let body = json!({ "name": "files-1", "engine": "sqlite", "path": path, "max_connections": 3 });
    let added = done(&act(&mut browser, "servers/add", body.clone()).await);
    assert_eq!((&added["path"], &added["max_connections"]), (&json!(path), &json!(3)));
    assert!(added.get("tenants").is_none() && added["created_at"].as_str().unwrap().ends_with('Z'), "{added}");
    refused(&act(&mut browser, "servers/add", body).await, StatusCode::CONFLICT, "conflict");
    let all = get(&mut browser, "servers").await;
    let lives: Vec<_> = all.as_array().unwrap().iter().map(|server| (&server["name"], &server["tenants"])).collect();
    assert_eq!(lives, [(&json!("files-1"), &json!(0)), (&json!("local"), &json!(1))]);
    let probe = done(&act(&mut browser, "servers/check", json!({ "server": "files-1" })).await);
    assert!(probe["version"].is_string() && probe["latency_ms"].is_i64(), "{probe}");
    let hardening = done(&act(&mut browser, "servers/harden", json!({ "server": "files-1" })).await);
    assert_eq!(hardening, json!({ "server": "files-1", "found": [], "left": [] }));

    refused(&act(&mut browser, "servers/remove", json!({ "server": "local" })).await, StatusCode::CONFLICT, "conflict");
    let removed = done(&act(&mut browser, "servers/remove", json!({ "server": "files-1" })).await);
    assert_eq!(removed, json!({ "removed": "files-1" }));
    let gone = act(&mut browser, "servers/check", json!({ "server": "files-1" })).await;
    refused(&gone, StatusCode::NOT_FOUND, "not_found");

    for (body, field) in [
        (json!({ "name": "A b", "engine": "sqlite", "path": "/x" }), "name"),
        (json!({ "name": "a", "engine": "oracle" }), "engine"),
        (json!({ "name": "a", "engine": "sqlite" }), "path"),
        (json!({ "name": "a", "engine": "postgres" }), "host"),
        (
            json!({ "name": "a", "engine": "postgres", "host": "db.example.com", "username": "neo", "tls": "off" }),
            "tls",
        ),
        (json!({ "name": "a", "engine": "sqlite", "path": "/x", "port": 70000 }), "port"),
    ] {
        let page = act(&mut browser, "servers/add", body.clone()).await;
        let error = refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(error["field"], field, "{body}: {error}");
    }
}

#[tokio::test]
async fn an_admin_is_made_changed_and_kept_out_but_never_the_last_superadmin() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let grace = json!({
        "email": "grace@example.com", "password": "four unrelated quiet words", "first_name": "Grace",
        "last_name": "Hopper", "role": "support",
    });
    let made = done(&act(&mut browser, "admins/create", grace.clone()).await);
    assert_eq!((&made["status"], &made["last_signed_in_at"]), (&json!("active"), &Value::Null));
    assert!(!made.to_string().contains("quiet"), "{made}");
    refused(&act(&mut browser, "admins/create", grace.clone()).await, StatusCode::CONFLICT, "conflict");
    for (key, value, field) in [
        ("email", "nowhere", "email"),
        ("password", "short", "password"),
        ("role", "boss", "role"),
        ("first_name", "", "first_name"),
    ] {
        let mut body = grace.clone();
        body["email"] = json!("other@example.com");
        body[key] = json!(value);
        let page = act(&mut browser, "admins/create", body).await;
        let error = refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(error["field"], field, "{error}");
    }
    let one = json!({ "admin": "grace@example.com" });
    let changed = act(&mut browser, "admins/set-role", json!({ "admin": made["id"], "role": "admin" })).await;
    assert_eq!(done(&changed)["role"], "admin");
    assert_eq!(done(&act(&mut browser, "admins/disable", one.clone()).await)["status"], "disabled");
    assert_eq!(done(&act(&mut browser, "admins/enable", one.clone()).await)["status"], "active");
    let reset = json!({ "admin": made["id"], "password": "another four quiet words" });
    done(&act(&mut browser, "admins/reset-password", reset).await);
    assert_eq!(done(&act(&mut browser, "admins/end-sessions", one).await), json!({ "ended": 0 }));
    let emails = get(&mut browser, "admins").await;
    let emails: Vec<_> = emails.as_array().unwrap().iter().map(|admin| admin["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["grace@example.com", "superadmin@example.com"]);

    let last = act(&mut browser, "admins/disable", json!({ "admin": "superadmin@example.com" })).await;
    refused(&last, StatusCode::CONFLICT, "conflict");
    let unknown = act(&mut browser, "admins/enable", json!({ "admin": "grac@example.com" })).await;
    let error = refused(&unknown, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(
        (&error["nearest"], &error["hint"]),
        (&json!(["grace@example.com"]), &json!("see them with: GET /api/v1/admins"))
    );
}

#[tokio::test]
async fn somebody_is_invited_by_a_link_that_is_told_once_and_taken_back() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let joan = json!({ "email": "joan@example.com", "role": "admin", "first_name": "Joan" });
    let link = done(&act(&mut browser, "admins/invite", joan.clone()).await);
    assert!(link["url"].as_str().unwrap().contains("/password?token=") && link["expires_at"].is_string(), "{link}");
    let row = get(&mut browser, "admins").await[0].clone();
    assert_eq!((&row["status"], &row["link_until"]), (&json!("invited"), &link["expires_at"]), "{row}");
    let again = act(&mut browser, "admins/invite", joan.clone()).await;
    assert_eq!(refused(&again, StatusCode::CONFLICT, "conflict")["field"], "email");
    let mut odd = joan;
    (odd["email"], odd["role"]) = (json!("max@example.com"), json!("boss"));
    let odd = act(&mut browser, "admins/invite", odd).await;
    assert_eq!(refused(&odd, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "role");
    let one = json!({ "admin": "joan@example.com" });
    let newer = done(&act(&mut browser, "admins/link", one.clone()).await);
    assert_ne!(newer["url"], link["url"]);
    assert_eq!(done(&act(&mut browser, "admins/revoke-link", one.clone()).await)["email"], "joan@example.com");
    refused(&act(&mut browser, "admins/link", one).await, StatusCode::NOT_FOUND, "not_found");
    let none = act(&mut browser, "admins/revoke-link", json!({ "admin": "superadmin@example.com" })).await;
    refused(&none, StatusCode::CONFLICT, "conflict");
}

#[tokio::test]
async fn a_token_is_shown_once_and_its_arguments_name_themselves() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let body =
        json!({ "name": "ci", "role": "support", "lifetime": "30d", "tags": ["eu"], "networks": ["10.0.0.0/8"] });
    let made = done(&act(&mut browser, "tokens/create", body.clone()).await);
    let text = made["token"].as_str().unwrap().to_owned();
    assert!(text.starts_with(&format!("neo_{}_", made["id"].as_str().unwrap())), "{made}");
    assert_eq!((&made["maker"], &made["state"]), (&json!("admin@example.com"), &json!("live")));
    let list = get(&mut browser, "tokens").await;
    assert!(list[0].get("token").is_none() && !list.to_string().contains(&text[13..]), "{list}");
    refused(&act(&mut browser, "tokens/create", body).await, StatusCode::CONFLICT, "conflict");

    for (key, value, status, code, field) in [
        ("lifetime", json!("2y"), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "lifetime"),
        ("lifetime", json!("400d"), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "lifetime"),
        ("lifetime", json!("never"), StatusCode::FORBIDDEN, "denied", "lifetime"),
        ("role", json!("superadmin"), StatusCode::FORBIDDEN, "denied", "role"),
        ("connect", json!(true), StatusCode::FORBIDDEN, "denied", "connect"),
        ("tags", json!(["no tag at all!"]), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "tags"),
        ("tenants", json!(["-"]), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "tenants"),
        ("networks", json!(["here"]), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "networks"),
        ("name", json!("a b"), StatusCode::UNPROCESSABLE_ENTITY, "invalid", "name"),
    ] {
        let mut body = json!({ "name": "other", "role": "support" });
        body[key] = value;
        let error = refused(&act(&mut browser, "tokens/create", body.clone()).await, status, code);
        assert_eq!(error["field"], field, "{body}: {error}");
    }
    let one = json!({ "token": made["id"] });
    let revoked = done(&act(&mut browser, "tokens/revoke", one.clone()).await);
    assert_eq!(revoked["state"], "revoked");
    assert_eq!(done(&act(&mut browser, "tokens/revoke", one).await), revoked, "once is enough");
    // Another's does not exist for whoever may not manage them.
    let others = signed_in(&world, Role::Support).await;
    let not_mine = act(&mut others.clone(), "tokens/revoke", json!({ "token": made["id"] })).await;
    refused(&not_mine, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(get(&mut others.clone(), "tokens").await, json!([]));
}

#[tokio::test]
async fn ones_own_sessions_are_listed_and_ended() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let (mut second, mut third) = (browser.stranger(), browser.stranger());
    second.sign_in("support@example.com").await;
    third.sign_in("support@example.com").await;
    let sessions = get(&mut browser, "account/sessions").await;
    let others: Vec<_> = sessions.as_array().unwrap().iter().filter(|session| session["this"] == false).collect();
    assert_eq!((sessions.as_array().unwrap().len(), others.len()), (3, 2), "{sessions}");
    let one = json!({ "session": others[0]["id"] });
    assert_eq!(done(&act(&mut browser, "account/end-session", one.clone()).await), json!({ "ended": 1 }));
    refused(&act(&mut browser, "account/end-session", one).await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(sessions[0]["device"], "an unknown browser");
    let page = act(&mut browser, "account/end-sessions", json!({})).await;
    assert_eq!(done(&page), json!({ "ended": 1 }));
    assert_eq!(done(&act(&mut browser, "account/not-me", json!({})).await), json!({ "ended": 0 }));
    for other in [&mut second, &mut third] {
        refused(&other.get("/api/v1/me").await, StatusCode::UNAUTHORIZED, "unauthenticated");
    }

    second.sign_in("support@example.com").await;
    let (old, new) = (crate::console::browser::PASSWORD, "four unrelated quiet words");
    for (old, new, field) in [("not this one at all", new, "old"), (old, "short", "new")] {
        let page = act(&mut browser, "account/change-password", json!({ "old": old, "new": new })).await;
        let error = refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert!(error["field"] == field && !error.to_string().contains(old), "{error}");
    }
    let page = act(&mut browser, "account/change-password", json!({ "old": old, "new": new })).await;
    assert_eq!(done(&page), json!({ "ended": 1 }));
    assert_eq!(get(&mut browser, "me").await["role"], "support", "the one that asked goes on");
}

#[tokio::test]
async fn the_audit_is_read_by_its_filters_page_by_page() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for name in ["first", "second", "third"] {
        done(&act(&mut browser, "tokens/create", json!({ "name": name, "role": "support" })).await);
    }
    let names = |rows: &Value| -> Vec<String> {
        let subject = |row: &Value| row["subject"].as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
        rows.as_array().unwrap().iter().map(subject).collect()
    };
    let first = get(&mut browser, "audit?action=token&limit=2").await;
    assert_eq!(names(&first), ["third", "second"]);
    let before = &first[1]["seq"];
    assert_eq!(names(&get(&mut browser, &format!("audit?action=token&before={before}")).await), ["first"]);
    assert_eq!(names(&get(&mut browser, "audit?subject=SECOND&action=token.create").await), ["second"]);
    assert_eq!(get(&mut browser, "audit?actor=nobody").await, json!([]));
    for path in ["audit?limit=0", "audit?limit=1001", "audit?before=x"] {
        refused(&browser.get(&format!("/api/v1/{path}")).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    }
    let rows = neo::audit::list(&world.platform, &Actor::operator(), &neo::audit::Filter::default()).await.unwrap();
    let newest = get(&mut browser, "audit?limit=1").await;
    assert_eq!((&newest[0]["seq"], &newest[0]["at"]), (&json!(rows[0].seq), &json!(neo::clock::rfc3339(rows[0].at))));
}
