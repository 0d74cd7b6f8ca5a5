//! Every function there is: who may call it, how, and from where. The list is server_fn's own, so none can be left out.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use leptos::server_fn::axum::server_fn_paths;
use neo::actor::Role;
use neo_app::call::Function;
use serde_json::json;

use super::{arguments, call, json, may, post, refused};
use crate::console::browser::Browser;
use crate::console::known::age;
use crate::console::{signed_in, tenant};
use crate::world::World;

const HOST: &str = "central.localhost:3000";

/// Each registered function with its row in the table.
fn all() -> Vec<Function> {
    let mut functions = neo_app::functions();
    let known = |f: &Function| (f.path.to_owned(), f.method.to_string());
    let rows: BTreeSet<_> = functions.iter().map(known).collect();
    let registered: BTreeSet<_> =
        server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string())).collect();
    assert_eq!(registered, rows, "a server function has one row in its room's functions()");
    assert_eq!(functions.len(), rows.len(), "one row each");
    functions.sort_by_key(|function| function.path);
    functions
}

#[tokio::test]
async fn every_function_lets_in_whom_the_table_lets_in_and_nobody_else() {
    for role in Role::ALL {
        let world = World::new().await;
        tenant::provisioned(&world).await;
        let browser = signed_in(&world, role).await;
        for function in all() {
            // Each by its own copy of the session's cookie: what one answers must not change the next.
            let arguments = arguments(&world, &browser, &function).await;
            let page = call(&mut browser.clone(), &function, &arguments).await;
            if may(role, &function) {
                assert!(
                    page.status != StatusCode::FORBIDDEN && !page.status.is_server_error(),
                    "{}: {}",
                    function.path,
                    page.text
                );
                assert!(page.status != StatusCode::UNPROCESSABLE_ENTITY, "its example is taken: {}", page.text);
            } else {
                let error = refused(&page, StatusCode::FORBIDDEN, "denied");
                let says = if function.connects { "only a token made to connect" } else { "may not" };
                assert!(error["message"].as_str().unwrap().contains(says), "{}: {error}", function.path);
            }
        }
    }
}

#[tokio::test]
async fn nobody_is_told_that_they_are_and_never_led_to_a_page() {
    let world = World::new().await;
    let mut nobody = Browser::at(&world.platform, HOST);
    for function in all() {
        refused(&call(&mut nobody, &function, &function.example).await, StatusCode::UNAUTHORIZED, "unauthenticated");
        // As a program that has forgotten its token: no origin either.
        let request = nobody.request(function.method.as_str(), function.path).header(header::ACCEPT, "text/html");
        let page = nobody.send(request.body(Body::empty()).unwrap()).await;
        refused(&page, StatusCode::UNAUTHORIZED, "unauthenticated");
    }
    for path in ["/api/v1/nothing", "/api/v1/"].into_iter().chain(neo_app::call::BESIDE) {
        refused(&nobody.get(path).await, StatusCode::UNAUTHORIZED, "unauthenticated");
    }
}

#[tokio::test]
async fn every_function_is_called_one_way() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for function in all() {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if method == function.method.as_str() {
                continue;
            }
            let request = browser.request(method, function.path).header("sec-fetch-site", "same-origin");
            let page = browser.send(request.body(Body::empty()).unwrap()).await;
            refused(&page, StatusCode::METHOD_NOT_ALLOWED, "invalid");
            assert!(page.header("allow").contains(function.method.as_str()), "{}", function.path);
        }
        if function.method == Method::GET {
            let request = browser.request("HEAD", function.path).header("sec-fetch-site", "same-origin");
            assert_ne!(browser.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::METHOD_NOT_ALLOWED);
        }
    }
    for path in ["/api/v1/runs/events", "/api/v1/openapi.json"] {
        let request = browser.request("POST", path).header("sec-fetch-site", "same-origin");
        refused(&browser.send(request.body(Body::empty()).unwrap()).await, StatusCode::METHOD_NOT_ALLOWED, "invalid");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_by_every_function() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for function in all().into_iter().filter(|function| may(Role::Superadmin, function)) {
        let mut stray = function.example.clone();
        stray["no_such_argument"] = json!("x");
        let error = refused(&call(&mut browser, &function, &stray).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert!(error["message"].as_str().unwrap().contains("no_such_argument"), "{error}");
        if function.method == Method::GET {
            continue;
        }
        for (body, kind, status) in [
            ("{", "application/json", StatusCode::BAD_REQUEST),
            ("[]", "application/json", StatusCode::UNPROCESSABLE_ENTITY),
            ("tenant=acme", "application/x-www-form-urlencoded", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (&format!(r#"{{"x":"{}"}}"#, "a".repeat(256 << 10)), "application/json", StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            refused(&post(&mut browser, function.path, body, kind).await, status, "invalid");
        }
    }
}

/// A wrong call tells whoever may not make it what the right one would: nothing.
#[tokio::test]
async fn whoever_may_not_is_told_so_before_what_is_wrong_with_the_call() {
    for role in [Role::Support, Role::Admin] {
        let world = World::new().await;
        let mut browser = signed_in(&world, role).await;
        for function in all().iter().filter(|function| !may(role, function)) {
            let mut stray = function.example.clone();
            stray["no_such_argument"] = json!("x");
            refused(&call(&mut browser, function, &stray).await, StatusCode::FORBIDDEN, "denied");
            for (body, kind) in [("{", "application/json"), ("[]", "application/json"), ("a=b", "text/plain")] {
                if function.method == Method::POST {
                    refused(&post(&mut browser, function.path, body, kind).await, StatusCode::FORBIDDEN, "denied");
                }
            }
        }
        // What is one's own to ask for is read, and asked for again where the password was proven long ago.
        let error = post(
            &mut browser,
            "/api/v1/tokens/create",
            r#"{"name":"x","role":"support","lifetime":"soon"}"#,
            "application/json",
        )
        .await;
        assert_eq!(refused(&error, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "lifetime");
        age(&world.platform).await;
        let error =
            post(&mut browser, "/api/v1/tokens/create", r#"{"name":"x","lifetime":"soon"}"#, "application/json").await;
        refused(&error, StatusCode::FORBIDDEN, "reauthenticate");
    }
}

#[tokio::test]
async fn an_argument_of_the_wrong_kind_names_itself() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for (path, field) in [
        ("/api/v1/tenants?limit=many", "limit"),
        ("/api/v1/tenants?limit=0", "limit"),
        ("/api/v1/tenants?limit=1001", "limit"),
        ("/api/v1/tenants?limit=2&limit=3", "limit"),
        ("/api/v1/tenants?status=asleep", "status"),
        ("/api/v1/tenants?state=asleep", "state"),
        ("/api/v1/tenants?behind=x", "behind"),
        ("/api/v1/tenants?version=x", "version"),
        ("/api/v1/tenants?after=x", "after"),
        ("/api/v1/tenants?q=%00", "q"),
        ("/api/v1/tenants/show", "tenant"),
        ("/api/v1/tenants/show?tenant=acme&lock=perhaps", "lock"),
    ] {
        let error = refused(&browser.get(path).await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(error["field"], field, "{path}: {error}");
    }
    for (body, field) in
        [("", "tenant"), ("{}", "tenant"), (r#"{"tenant":null}"#, "tenant"), (r#"{"tenant":["a"]}"#, "tenant")]
    {
        let page = post(&mut browser, "/api/v1/tenants/suspend", body, "application/json").await;
        assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], field, "{body}");
    }
}

#[tokio::test]
async fn a_function_that_is_not_there_names_what_comes_close() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    let error = refused(&browser.get("/api/v1/tenant/show").await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(
        (&error["message"], &error["nearest"][0]),
        (&json!("function \"tenant/show\" not found"), &json!("tenants/show"))
    );
    for path in ["/api/v1/", "/api/v1/tenants/", "/api/v1/me/x", "/api/v2/me", "/api/nothing"] {
        refused(&browser.get(path).await, StatusCode::NOT_FOUND, "not_found");
    }
}

/// What server_fn does with a form that was sent without scripts is nothing for a program, whatever it accepts.
#[tokio::test]
async fn whoever_accepts_a_page_gets_the_answer_all_the_same() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for (path, status) in
        [("/api/v1/me", StatusCode::OK), ("/api/v1/tenants/show?tenant=nobody", StatusCode::NOT_FOUND)]
    {
        let request =
            browser.request("GET", path).header(header::ACCEPT, "text/html,*/*").header(header::REFERER, super::OWN);
        let page = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((page.status, page.location()), (status, ""), "{}", page.text);
        json(&page);
    }
}

/// A cookie that came along with a request that another site made opens nothing.
#[tokio::test]
async fn the_cookie_counts_for_nothing_without_its_page() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    for function in all() {
        let foreign: &[&[(&str, &str)]] = match function.method {
            Method::GET => &[&[("sec-fetch-site", "same-site")], &[("sec-fetch-site", "cross-site")]],
            _ => &[
                &[],
                &[("sec-fetch-site", "none")],
                &[("sec-fetch-site", "same-site"), ("origin", super::OWN)],
                &[("origin", "http://acme.localhost:3000")],
                &[("origin", "null")],
            ],
        };
        for headers in foreign {
            let mut request = browser.request(function.method.as_str(), function.path);
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let page = browser.send(request.body(Body::from(function.example.to_string())).unwrap()).await;
            refused(&page, StatusCode::FORBIDDEN, "denied");
        }
    }
}

#[tokio::test]
async fn a_tenants_own_subdomain_has_no_functions() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    browser.host = "acme.localhost:3000".into();
    for function in all() {
        let page = call(&mut browser, &function, &function.example).await;
        assert!(
            matches!(page.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN),
            "{}: {}",
            function.path,
            page.text
        );
        json(&page);
    }
}

#[tokio::test]
async fn what_somebody_is_refused_is_in_the_audit() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let mut browser = signed_in(&world, Role::Support).await;
    let page = post(&mut browser, "/api/v1/tenants/suspend", r#"{"tenant":"acme"}"#, "application/json").await;
    refused(&page, StatusCode::FORBIDDEN, "denied");
    let rows = neo::audit::list(&world.platform, &neo::actor::Actor::operator(), &neo::audit::Filter::default())
        .await
        .unwrap();
    let said = serde_json::to_string(&rows).unwrap();
    assert!(said.contains("POST /api/v1/tenants/suspend"), "{said}");
}
