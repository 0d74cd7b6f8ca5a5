//! Programs at the door: what a token opens, what it does not, and how often it may ask.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use futures::StreamExt;
use neo::actor::{Actor, Confinement, Role};
use neo::tokens::{self, Lifetime, NewToken};
use neo_app::call::Function;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{address, arguments, asked, json, refused};
use crate::console::browser::{Browser, Page};
use crate::console::{signed_in, tenant};
use crate::world::World;

const HOST: &str = "central.localhost:3000";

/// A token of the operator's: its id, and the whole.
async fn token(world: &World, name: &str, role: Role, tags: &[&str]) -> (String, String) {
    let new = NewToken {
        name: name.into(),
        role,
        lifetime: Lifetime::default(),
        confinement: Confinement { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), tenants: Vec::new() },
        networks: Vec::new(),
        allow_destructive: false,
        connect: false,
    };
    let (made, text) = tokens::create(&world.platform, &Actor::operator(), new).await.unwrap();
    (made.id, text.expose_secret().to_owned())
}

/// As a program asks: no cookie, no origin.
async fn ask(browser: &Browser, token: &str, function: &Function, arguments: &Value) -> Page {
    let (address, body) = match function.method {
        Method::GET => (address(function, arguments), Body::empty()),
        _ => (function.path.to_owned(), Body::from(arguments.to_string())),
    };
    let request = browser.request(function.method.as_str(), &address);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = request.header(header::CONTENT_TYPE, "application/json");
    browser.clone().send(request.body(body).unwrap()).await
}

async fn get(browser: &Browser, path: &str, authorization: &[&str]) -> Page {
    let request = authorization
        .iter()
        .fold(browser.request("GET", path), |request, value| request.header(header::AUTHORIZATION, *value));
    browser.clone().send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_token_opens_what_the_table_says_that_it_may_and_nothing_else() {
    let mut functions = neo_app::functions();
    functions.sort_by_key(|function| function.path);
    for role in Role::ALL {
        for tags in [&[][..], &["eu"]] {
            let world = World::new().await;
            tenant::provisioned(&world).await;
            let person = signed_in(&world, Role::Superadmin).await;
            let nobody = person.stranger();
            for function in &functions {
                let arguments = match function.name() {
                    // What is made for a person is no program's.
                    name if name.starts_with("account/") || name.starts_with("tokens/") => function.example.clone(),
                    // These tokens are the machine's: it approves what others ask for.
                    "runs/approve" => {
                        let boss =
                            neo::admins::find(&world.platform, &Actor::operator(), "superadmin@example.com").await;
                        let boss = Actor { admin_id: Some(boss.unwrap().id), ..Actor::operator() };
                        serde_json::json!({ "request": asked(&world, boss).await })
                    }
                    // Somebody else's is for superadmins to remove, and these tokens are nobody's who has kept one.
                    "filters/remove" => function.example.clone(),
                    // What itself has asked for, which takes more than one call.
                    "runs/decline" => continue,
                    // Its own kind of token.
                    "tenants/connection" => continue,
                    _ => arguments(&world, &person, function).await,
                };
                // One for each call: so many at once are too many.
                let (_, text) = token(&world, &function.name().replace('/', "-"), role, tags).await;
                let program = tokens::authenticate(&world.platform, &text, None).await.unwrap();
                let page = ask(&nobody, &text, function, &arguments).await;
                let what = format!("{role}, {tags:?}: {}: {} {}", function.path, page.status, page.text);
                if !program.may(function.permission) {
                    let error = refused(&page, StatusCode::FORBIDDEN, "denied");
                    assert!(error["message"].as_str().unwrap().contains("may not"), "{what}");
                    continue;
                }
                assert!(!page.status.is_server_error() && page.status != StatusCode::UNAUTHORIZED, "{what}");
                // To one that is confined there is no such tenant, or it may not be made.
                assert!(!tags.is_empty() || page.status != StatusCode::FORBIDDEN, "{what}");
                if !tags.is_empty() && matches!(function.name(), "tenants/show" | "tenants/suspend") {
                    refused(&page, StatusCode::NOT_FOUND, "not_found");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_is_over_opens_nothing_and_no_cookie_is_read_beside_it() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let person = signed_in(&world, Role::Superadmin).await;
    let nobody = person.stranger();
    let (id, text) = token(&world, "ci", Role::Support, &[]).await;
    let bearer = format!("Bearer {text}");
    let me = json(&get(&person, "/api/v1/me", &[&bearer]).await);
    assert_eq!((&me["door"], &me["role"]), (&json!("api"), &json!("support")), "the cookie says superadmin: {me}");
    assert!(me["name"].as_str().unwrap().starts_with("token:ci of cli:"), "{me}");
    assert_eq!(get(&nobody, "/api/v1/openapi.json", &[&bearer]).await.status, StatusCode::OK);
    assert_eq!(get(&nobody, "/api/v1/me", &[&format!("bearer {text}")]).await.status, StatusCode::OK);

    tokens::revoke(&world.platform, &Actor::operator(), &id).await.unwrap();
    let page = get(&person, "/api/v1/me", &[&bearer]).await;
    refused(&page, StatusCode::UNAUTHORIZED, "unauthenticated");
    assert_eq!(page.header("www-authenticate"), "Bearer");
    for function in neo_app::functions() {
        let page = ask(&person, &text, &function, &function.example).await;
        // Whoever goes on with it is told to wait.
        let (status, code) = match page.status {
            StatusCode::UNAUTHORIZED => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            _ => (StatusCode::TOO_MANY_REQUESTS, "throttled"),
        };
        refused(&page, status, code);
    }
}

#[tokio::test]
async fn what_is_no_token_opens_nothing_either() {
    let world = World::new().await;
    let person = signed_in(&world, Role::Superadmin).await;
    let (_, text) = token(&world, "ci", Role::Support, &[]).await;
    let bearer = format!("Bearer {text}");
    for wrong in [&["Basic YTpi"][..], &[text.as_str()], &["Bearer"], &[&bearer, &bearer], &["Basic YTpi", &bearer]] {
        let page = get(&person, "/api/v1/me", wrong).await;
        let error = refused(&page, StatusCode::UNAUTHORIZED, "unauthenticated");
        assert!(error["hint"].as_str().unwrap().contains("Bearer neo_"), "{wrong:?}: {error}");
    }
    // Pages are for people.
    let page = get(&person.stranger(), "/", &[&bearer]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(get(&person, "/", &[&bearer]).await.status, StatusCode::OK, "it is signed in by its cookie");
}

#[tokio::test]
async fn a_tenants_own_subdomain_has_no_functions_for_programs() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let (_, text) = token(&world, "ci", Role::Superadmin, &[]).await;
    let there = Browser::at(&world.platform, "acme.localhost:3000");
    for function in neo_app::functions() {
        let page = ask(&there, &text, &function, &function.example).await;
        refused(&page, StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn a_program_that_asks_at_no_host_of_ours_can_read_why() {
    let world = World::new().await;
    let (_, text) = token(&world, "ci", Role::Support, &[]).await;
    let stray = Browser::at(&world.platform, "nobody.localhost:3000");
    let page = get(&stray, "/api/v1/me", &[&format!("Bearer {text}")]).await;
    refused(&page, StatusCode::MISDIRECTED_REQUEST, "not_found");
    let page = get(&stray, "/tenants", &[]).await;
    assert_eq!(
        (page.status, page.text.as_str()),
        (
            StatusCode::MISDIRECTED_REQUEST,
            "421: not a host of this console, which is at http://central.localhost:3000\n"
        )
    );
}

#[tokio::test]
async fn a_program_is_told_how_often_it_may_ask_and_when_to_come_back() {
    let world = World::new().await;
    let nobody = Browser::at(&world.platform, HOST);
    let (_, text) = token(&world, "ci", Role::Support, &[]).await;
    let bearer = format!("Bearer {text}");
    let first = get(&nobody, "/api/v1/me", &[&bearer]).await;
    let told = |page: &Page| {
        ["limit", "remaining", "reset"].map(|name| page.header(&format!("ratelimit-{name}")).parse::<u64>().ok())
    };
    assert_eq!(told(&first), [Some(600), Some(59), Some(1)]);
    let mut refusal = None;
    for _ in 0..200 {
        let page = get(&nobody, "/api/v1/me", &[&bearer]).await;
        if page.status != StatusCode::OK {
            refusal = Some(page);
            break;
        }
    }
    let page = refusal.expect("so many at once are too many");
    let error = refused(&page, StatusCode::TOO_MANY_REQUESTS, "throttled");
    assert_eq!((page.header("retry-after"), &error["retry_after"]), ("1", &json!(1)));
    assert_eq!(told(&page)[1], Some(0));
}

#[tokio::test]
async fn wrong_tokens_are_held_back_and_right_ones_are_not() {
    let world = World::new().await;
    let nobody = Browser::at(&world.platform, HOST);
    let (_, text) = token(&world, "ci", Role::Support, &[]).await;
    let mut statuses = Vec::new();
    for n in 0..12 {
        let page = get(&nobody, "/api/v1/me", &[&format!("Bearer neo_wrong{n}")]).await;
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(page.header("retry-after").parse::<u64>().unwrap() > 0);
        }
        statuses.push(page.status);
    }
    assert_eq!(statuses.first(), Some(&StatusCode::UNAUTHORIZED));
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert_eq!(get(&nobody, "/api/v1/me", &[&format!("Bearer {text}")]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_program_is_refused_is_in_the_audit_under_its_name() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let nobody = Browser::at(&world.platform, HOST);
    let (_, text) = token(&world, "ci", Role::Support, &[]).await;
    let suspend = neo_app::functions().into_iter().find(|function| function.name() == "tenants/suspend").unwrap();
    refused(&ask(&nobody, &text, &suspend, &suspend.example).await, StatusCode::FORBIDDEN, "denied");
    let filter = neo::audit::Filter { action: Some("access.refuse".into()), ..neo::audit::Filter::default() };
    let rows = neo::audit::list(&world.platform, &Actor::operator(), &filter).await.unwrap();
    assert_eq!(rows[0].subject, "POST /api/v1/tenants/suspend");
    assert!(rows[0].actor.starts_with("token:ci of cli:") && rows[0].door == "api", "{rows:?}");
}

#[tokio::test]
async fn a_program_follows_a_run_until_its_token_is_over_and_one_that_is_confined_follows_no_other() {
    let world = World::new().await;
    tenant::reserved(&world).await;
    let nobody = Browser::at(&world.platform, HOST);
    let (id, text) = token(&world, "ci", Role::Support, &[]).await;
    let (_, confined) = token(&world, "eu", Role::Support, &["eu"]).await;
    let (bearer, confined) = (format!("Bearer {text}"), format!("Bearer {confined}"));
    let path = "/api/v1/runs/events?run=1";
    let request = nobody.request("GET", path).header(header::AUTHORIZATION, &bearer);
    let mut open = nobody.clone().raw(request.body(Body::empty()).unwrap()).await.into_body().into_data_stream();
    let first = tokio::time::timeout(std::time::Duration::from_secs(5), open.next()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("event: run.planned"), "{first:?}");
    for path in [path, "/api/v1/runs/show?run=1", "/api/v1/runs/tasks?run=1", "/api/v1/runs/attempts?run=1"] {
        refused(&get(&nobody, path, &[&confined]).await, StatusCode::NOT_FOUND, "not_found");
    }
    let runs = json(&get(&nobody, "/api/v1/runs?kind=provision", &[&confined]).await);
    assert_eq!(runs, json!({ "runs": [], "next": null }));
    tokens::revoke(&world.platform, &Actor::operator(), &id).await.unwrap();
    let rest = tokio::time::timeout(std::time::Duration::from_secs(10), open.collect::<Vec<_>>()).await;
    rest.expect("the stream ends by itself");
    refused(&get(&nobody, path, &[&bearer]).await, StatusCode::UNAUTHORIZED, "unauthenticated");
}

#[tokio::test]
async fn a_program_follows_a_run_no_longer_than_its_tenants_are_its_own() {
    let world = World::new().await;
    tenant::reserved(&world).await;
    let tagged = async |tags: &[String]| {
        let edit = neo::tenants::Edit { tags: Some(tags.to_vec()), ..Default::default() };
        neo::tenants::edit(&world.platform, &Actor::operator(), "acme", &edit).await.unwrap();
    };
    tagged(&["eu".to_owned()]).await;
    let (_, text) = token(&world, "eu", Role::Support, &["eu"]).await;
    let nobody = Browser::at(&world.platform, HOST);
    let request = nobody.request("GET", "/api/v1/runs/events?run=1");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {text}")).body(Body::empty()).unwrap();
    let mut open = nobody.clone().raw(request).await.into_body().into_data_stream();
    let first = tokio::time::timeout(std::time::Duration::from_secs(5), open.next()).await.unwrap().unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("event: run.planned"), "{first:?}");
    tagged(&[]).await;
    let rest = tokio::time::timeout(std::time::Duration::from_secs(10), open.collect::<Vec<_>>()).await;
    rest.expect("the stream ends by itself");
}
