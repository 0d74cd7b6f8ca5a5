//! Server functions from outside: each one, by every role and through every door, and what describes them.

mod accounts;
mod acts;
mod calls;
mod connection;
mod document;
mod making;
mod migrations;
mod pages;
mod programs;
pub mod runs;
mod search;
mod ten_minutes;
mod tenants;
mod users;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use neo::actor::{Actor, Role};
use neo::tenants::{NewTenant, Tenant};
use neo_app::call::Function;
use serde_json::Value;

use crate::console::browser::{Browser, Page};
use crate::world::World;

const OWN: &str = "http://central.localhost:3000";

/// Calls a function as a page of the console does.
pub async fn call(browser: &mut Browser, function: &Function, arguments: &Value) -> Page {
    match function.method {
        Method::GET => browser.get(&address(function, arguments)).await,
        _ => post(browser, function.path, &arguments.to_string(), "application/json").await,
    }
}

pub async fn post(browser: &mut Browser, path: &str, body: &str, kind: &str) -> Page {
    let request = browser.request("POST", path).header(header::ORIGIN, OWN).header(header::CONTENT_TYPE, kind);
    browser.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Calls the act of this name: `tenants/suspend`.
pub async fn act(browser: &mut Browser, name: &str, arguments: &Value) -> Page {
    post(browser, &format!("/api/v1/{name}"), &arguments.to_string(), "application/json").await
}

/// What was answered with this status.
#[track_caller]
pub fn answered(page: &Page, status: StatusCode) -> Value {
    assert_eq!(page.status, status, "{}", page.text);
    json(page)
}

/// A tenant that nobody has made yet.
pub async fn reserve(world: &World, slug: &str, tags: &[&str]) -> Tenant {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let new = NewTenant { slug: slug.into(), name: None, server: None, tags, ..NewTenant::default() };
    neo::tenants::reserve(&world.platform, &Actor::operator(), new).await.unwrap()
}

/// Its example; where that names what nobody has yet, what is made for it.
pub async fn arguments(world: &World, browser: &Browser, function: &Function) -> Value {
    let mut arguments = function.example.clone();
    let mut browser = browser.clone();
    let folder = serde_json::json!(world.dir.path().join("files"));
    let all = neo_app::functions();
    let before = |name: &str| all.iter().find(|function| function.name() == name).unwrap();
    match function.name() {
        "servers/add" => arguments["path"] = folder,
        // A folder of files has no password.
        "servers/rotate-password" => arguments["server"] = "local".into(),
        "servers/remove" => {
            let add = before("servers/add");
            let mut server = add.example.clone();
            server["path"] = folder;
            call(&mut browser, add, &server).await;
        }
        "channels/notices" | "channels/set" | "channels/test" | "channels/remove" => {
            let add = before("channels/add");
            call(&mut browser, add, &add.example).await;
        }
        "windows/set" | "windows/remove" => {
            let add = before("windows/add");
            call(&mut browser, add, &add.example).await;
        }
        "filters/remove" => {
            let save = before("filters/save");
            arguments["filter"] = json(&call(&mut browser, save, &save.example).await)["id"].clone();
        }
        "account/factors/confirm" => arguments["code"] = code(&mut browser).await,
        "account/factors/codes" => with_factor(&mut browser).await,
        "account/factors/remove" => {
            with_factor(&mut browser).await;
            let codes = act(&mut browser, "account/factors/codes", &serde_json::json!({})).await;
            arguments["code"] = json(&codes)["codes"][0].clone();
        }
        "account/passkeys/rename" | "account/passkeys/remove" => {
            let me = json(&browser.get("/api/v1/me").await);
            let id = crate::console::passkeys::made(&world.platform, me["name"].as_str().unwrap()).await;
            arguments["passkey"] = id.into();
        }
        "admins/revoke-link" => {
            let create = before("admins/create");
            call(&mut browser, create, &create.example).await;
            act(&mut browser, "admins/link", &arguments).await;
        }
        "admins/set-role"
        | "admins/link"
        | "admins/reset-2fa"
        | "admins/unlink"
        | "admins/disable"
        | "admins/enable"
        | "admins/end-sessions"
        | "admins/reset-password" => {
            let create = before("admins/create");
            call(&mut browser, create, &create.example).await;
        }
        "runs/requests/show" | "runs/approve" | "runs/decline" => {
            // One approves what others have asked for, and takes back one's own.
            let me = json(&browser.get("/api/v1/me").await);
            let asker = match function.name() {
                "runs/decline" => {
                    let operator = neo::actor::Actor::operator();
                    let me = neo::admins::find(&world.platform, &operator, me["name"].as_str().unwrap()).await.unwrap();
                    neo::actor::Actor { admin_id: Some(me.id), name: me.email, role: me.role, ..operator }
                }
                _ => neo::actor::Actor::operator(),
            };
            arguments["request"] = asked(world, asker).await.into();
        }
        "tenants/move" => crate::moving::other(world).await,
        "tenants/drop-replaced" => {
            crate::moving::other(world).await;
            crate::moving::moved(world).await;
        }
        "tenants/restore" => arguments["file"] = Value::from(crate::backups::backed_up(world).await),
        "rehearsals/show" => {
            let start = before("rehearsals/start");
            arguments["id"] = json(&call(&mut browser, start, &start.example).await)["id"].clone();
        }
        // Whoever comes after signs in with it.
        "account/change-password" => arguments["new"] = arguments["old"].clone(),
        "account/end-session" => {
            let me = json(&browser.get("/api/v1/me").await);
            browser.stranger().sign_in(me["name"].as_str().unwrap()).await;
            let sessions = json(&browser.get("/api/v1/account/sessions").await);
            let other = sessions.as_array().unwrap().iter().find(|session| session["this"] == false).unwrap();
            arguments["session"] = other["id"].clone();
        }
        "tokens/revoke" => {
            let body = r#"{"name":"over","role":"support"}"#;
            let made = json(&post(&mut browser, "/api/v1/tokens/create", body, "application/json").await);
            arguments["token"] = made["id"].clone();
        }
        _ => {}
    }
    arguments
}

/// What somebody has asked for: its number.
pub async fn asked(world: &World, who: neo::actor::Actor) -> i64 {
    let asking = neo::actor::Actor { leave: neo::actor::Leave::Ask, ..who };
    let request = neo::runs::Request {
        goal: neo::runs::Goal::Verify,
        selection: neo::tenants::Filter { keys: vec!["acme".into()], ..neo::tenants::Filter::default() },
        policy: neo::runs::Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: true,
    };
    neo::runs::start(&world.platform, &asking, request).await.unwrap_err().request.unwrap()
}

/// Of a second factor that is begun with it; any text where there is one already.
async fn code(browser: &mut Browser) -> Value {
    let begun = json(&act(browser, "account/factors/begin", &serde_json::json!({})).await);
    begun["secret"].as_str().map_or_else(|| "123456".to_owned(), crate::console::factors::shown).into()
}

/// Whoever this is has a second factor from here on.
async fn with_factor(browser: &mut Browser) {
    let code = code(browser).await;
    act(browser, "account/factors/confirm", &serde_json::json!({ "code": code })).await;
}

/// With the arguments in the query.
pub fn address(function: &Function, arguments: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = arguments.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value)));
    pairs.collect::<neo_app::query::Query>().href(function.path)
}

pub fn json(page: &Page) -> Value {
    assert_eq!(page.header("content-type"), "application/json", "{} {}", page.status, page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    serde_json::from_str(&page.text).unwrap_or_else(|e| panic!("{e}: {}", page.text))
}

/// A refusal with this status and code, whole.
#[track_caller]
pub fn refused(page: &Page, status: StatusCode, code: &str) -> Value {
    assert_eq!(page.status, status, "{}", page.text);
    let mut error = json(page)["error"].take();
    let keys: Vec<_> = error.as_object().unwrap().keys().cloned().collect();
    let keys: Vec<_> = keys.into_iter().filter(|key| *key != "advice").collect();
    assert_eq!(keys, ["cause", "code", "field", "hint", "id", "message", "nearest", "retry_after"], "{error}");
    assert_eq!(error["code"], code, "{error}");
    assert!(!error["message"].as_str().unwrap().is_empty() && error["id"].is_string(), "{error}");
    error.take()
}

/// Whether a role may call it.
pub fn may(role: Role, function: &Function) -> bool {
    !function.connects && role >= function.permission.least_role()
}
