//! Passkeys at the door: the one small script, the forms that it sends, the cookie of the answer, and the pages of the account.

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::Platform;
use neo::actor::{Actor, Role};
use neo::config::Require;
use neo::second_factor::passkeys;
use neo_app::page::assets::has_passkeys;
use serde_json::Value;

use super::browser::{Browser, PASSWORD, Page};
use super::{HOST, admin, signed_in};
use crate::authenticator::Device;
use crate::world::World;

fn device(platform: &Platform) -> Device {
    Device::new(&platform.config.central_origin(), &passkeys::domain(platform))
}

/// Makes one for whoever has this email, and answers its id.
pub async fn made(platform: &Platform, email: &str) -> String {
    let admin = neo::admins::find(platform, &Actor::operator(), email).await.unwrap();
    let me = Actor {
        admin_id: Some(admin.id),
        role: admin.role,
        signed_in_ago: Some(std::time::Duration::ZERO),
        ..Actor::operator()
    };
    let session = neo::sessions::list_own(platform, &me).await.unwrap().remove(0).id_hash;
    let asked = passkeys::begin(platform, &me, &session).await.unwrap();
    let answer = device(platform).make(&asked);
    passkeys::enrol(platform, &me, &session, Some(&session), "the laptop", &answer).await.unwrap();
    passkeys::list(platform, &me).await.unwrap().remove(0).id
}

/// What the script is told to have signed.
async fn asked(browser: &mut Browser, path: &str, fields: &str) -> Page {
    let request = browser.request("POST", path).header("sec-fetch-site", "same-origin");
    let request = request.header(header::ACCEPT, "application/json");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    browser.send(request.body(Body::from(fields.to_owned())).unwrap()).await
}

fn options(page: &Page) -> Value {
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"), "{}", page.text);
    serde_json::from_str(&page.text).unwrap()
}

async fn forget_tries(platform: &Platform) {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("delete from throttles").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn enrolled(world: &World, browser: &mut Browser) -> (Device, Page) {
    let mut device = device(&world.platform);
    let answer = device.make(&options(&asked(browser, "/account/passkeys/options", "").await));
    let page = browser.post("/account/passkeys", &[("name", "the laptop"), ("answer", &answer)]).await;
    (device, page)
}

/// What stands on a page for the script, and whether it is there.
#[track_caller]
fn assert_asks(page: &Page, options: &str) {
    assert!(page.text.contains(&format!("data-options=\"{options}\"")), "{}", page.text);
    let form = page.text.split("<form").find(|form| form.contains("data-passkey=")).unwrap();
    assert!(form.split('>').next().unwrap().contains(" hidden"), "without a script it is not shown: {form}");
    let policy = page.header("content-security-policy");
    if has_passkeys() {
        assert_eq!(page.text.matches("<script").count(), 1, "{}", page.text);
        assert!(page.text.contains("/passkey.js\" nonce=\"") && !page.text.contains("wasm"), "{}", page.text);
        assert!(policy.contains("script-src 'nonce-") && !policy.contains("wasm"), "{policy}");
    } else {
        assert!(policy.contains("script-src 'none'") && !page.text.contains("<script"), "{policy}");
    }
}

#[tokio::test]
async fn one_makes_a_passkey_and_signs_in_with_it_alone_or_after_the_password() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    assert!(browser.get("/account").await.text.contains("href=\"/account/passkeys/new\""));
    let page = browser.get("/account/passkeys/new").await;
    assert!(page.text.contains("data-passkey=\"create\""), "{}", page.text);
    let (mut device, page) = enrolled(&world, &mut browser).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.text.matches("<li><code>").count(), 10, "{}", page.text);
    let page = browser.get("/account").await;
    assert!(page.text.contains("the laptop") && page.text.contains("10 of 10 recovery codes"), "{}", page.text);

    // Alone.
    let mut fresh = browser.stranger();
    assert_asks(&fresh.get("/sign-in?next=/runs").await, "/sign-in/passkey/options");
    let page = asked(&mut fresh, "/sign-in/passkey/options", "email=admin%40example.com&next=%2Fruns").await;
    let cookie = page.header("set-cookie").to_owned();
    for part in ["neo_pending=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=300"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let answer = device.sign(&options(&page));
    let mut thief = browser.stranger();
    let fields = [("email", "admin@example.com"), ("answer", answer.as_str()), ("next", "/runs")];
    let page = thief.post("/sign-in/passkey", &fields).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "another browser was not asked");
    assert!(page.text.contains("This passkey is not taken here"), "{}", page.text);
    let before = fresh.clone();
    let page = fresh.post("/sign-in/passkey", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/runs"), "{}", page.text);
    assert_eq!(fresh.get("/account").await.status, StatusCode::OK);
    let page = before.clone().post("/sign-in/passkey", &fields).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "an answer is taken once");

    // After the password.
    forget_tries(&world.platform).await;
    let mut other = browser.stranger();
    assert_eq!(other.sign_in("admin@example.com").await.location(), "/sign-in/code?next=%2F");
    let page = other.get("/sign-in/code").await;
    assert_asks(&page, "/sign-in/code/passkey/options");
    assert!(!page.text.contains("authenticator app"), "she has none: {}", page.text);
    let wrong = other.post("/sign-in/code/passkey", &[("answer", "{}"), ("next", "/runs")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_asks(&wrong, "/sign-in/code/passkey/options");
    forget_tries(&world.platform).await;
    let answer = device.sign(&options(&asked(&mut other, "/sign-in/code/passkey/options", "").await));
    let page = other.post("/sign-in/code/passkey", &[("answer", &answer), ("next", "/runs")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/runs"), "{}", page.text);
    // Without a first step there is no second.
    let mut nobody = browser.stranger();
    for path in ["/sign-in/code/passkey/options", "/sign-in/enrol/passkey/options"] {
        assert_eq!(asked(&mut nobody, path, "").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/sign-in/code/passkey", "/sign-in/enrol/passkey"] {
        assert!(nobody.post(path, &[("answer", &answer)]).await.location().starts_with("/sign-in?ended=1"), "{path}");
    }
}

#[tokio::test]
async fn whoever_types_an_email_is_answered_alike_in_bytes() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    enrolled(&world, &mut browser).await;
    admin(&world.platform, Role::Support).await;
    let (mut answers, mut refusals) = (Vec::new(), Vec::new());
    for email in ["admin@example.com", "support@example.com", "nobodyy@example.com"] {
        let mut stranger = browser.stranger();
        let fields = format!("email={}", email.replace('@', "%40"));
        let page = asked(&mut stranger, "/sign-in/passkey/options", &fields).await;
        let names: Vec<_> = page.headers.keys().map(|name| name.as_str().to_owned()).collect();
        let mut told = options(&page);
        told["publicKey"]["challenge"].take();
        for key in told["publicKey"]["allowCredentials"].as_array_mut().unwrap() {
            key["id"].take();
        }
        answers.push((names, told));
        let page = stranger.post("/sign-in/passkey", &[("email", email), ("answer", "{}")]).await;
        refusals.push((page.status, page.same().replace(email, "somebody")));
        forget_tries(&world.platform).await;
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(refusals[0].0, StatusCode::UNAUTHORIZED);
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "{refusals:#?}");
}

#[tokio::test]
async fn to_prove_oneself_again_a_passkey_does() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    assert!(!browser.get("/reauthenticate").await.text.contains("data-passkey"));
    let (mut device, _) = enrolled(&world, &mut browser).await;
    super::known::age(&world.platform).await;
    for path in ["/admins/new", "/account/passkeys/new"] {
        assert!(browser.get(path).await.location().starts_with("/reauthenticate"), "{path}");
    }
    assert_eq!(asked(&mut browser, "/account/passkeys/options", "").await.status, StatusCode::FORBIDDEN);
    assert_asks(&browser.get("/reauthenticate").await, "/reauthenticate/passkey/options");
    let wrong = browser.post("/reauthenticate/passkey", &[("answer", "{}")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    forget_tries(&world.platform).await;
    let answer = device.sign(&options(&asked(&mut browser, "/reauthenticate/passkey/options", "").await));
    let page = browser.post("/reauthenticate/passkey", &[("answer", &answer), ("next", "/admins/new")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/admins/new"), "{}", page.text);
    assert_eq!(browser.get("/admins/new").await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_names_renames_and_removes_them_and_is_told_of_one_that_is_stopped() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Admin).await;
    let mut device = device(&world.platform);
    let answer = device.make(&options(&asked(&mut browser, "/account/passkeys/options", "").await));
    let page = browser.post("/account/passkeys", &[("name", " "), ("answer", &answer)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("A name is needed"), "{}", page.text);
    let page = browser.post("/account/passkeys", &[("name", "x"), ("answer", "{}")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("was not made for this page"), "{}", page.text);
    enrolled(&world, &mut browser).await;
    let page = browser.get("/account").await;
    let id = page.text.split("/account/passkeys/rename?id=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(browser.get(&format!("/account/passkeys/rename?id={id}")).await.text.contains("the laptop"));
    let page = browser.post("/account/passkeys/rename", &[("id", &id), ("name", "")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = browser.post("/account/passkeys/rename", &[("id", &id), ("name", "the <b>stick</b>")]).await;
    assert_eq!(page.location(), "/account#passkeys");
    assert!(browser.get("/account").await.text.contains("the &lt;b&gt;stick"));
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query("update passkeys set stopped_at = created_at").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(browser.get("/account").await.text.contains("its counter went back"));
    assert!(browser.get(&format!("/account/passkeys/remove?id={id}")).await.text.contains("Remove 1 passkey"));
    let page = browser.post("/account/passkeys/remove", &[("id", &id)]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account#passkeys"), "{}", page.text);
    assert!(!browser.get("/account").await.text.contains("recovery codes are left"));
    assert_eq!(browser.stranger().sign_in("admin@example.com").await.location(), "/");
}

#[tokio::test]
async fn where_a_factor_is_required_a_passkey_is_made_at_the_sign_in() {
    let world = World::with(|config| config.require_2fa = Some(Require::Everybody)).await;
    admin(&world.platform, Role::Support).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let fields = [("email", "support@example.com"), ("password", PASSWORD), ("next", "/runs")];
    assert!(browser.post("/sign-in", &fields).await.location().starts_with("/sign-in/enrol"));
    assert_asks(&browser.get("/sign-in/enrol?next=/runs").await, "/sign-in/enrol/passkey/options");
    let mut device = device(&world.platform);
    let answer = device.make(&options(&asked(&mut browser, "/sign-in/enrol/passkey/options", "").await));
    let wrong = browser.post("/sign-in/enrol/passkey", &[("name", ""), ("answer", &answer), ("next", "/runs")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    let fields = [("name", "the laptop"), ("answer", answer.as_str()), ("next", "/runs")];
    let page = browser.post("/sign-in/enrol/passkey", &fields).await;
    assert_eq!((page.status, page.text.matches("<li><code>").count()), (StatusCode::OK, 10), "{}", page.text);
    assert!(page.text.contains("href=\"/runs\""), "{}", page.text);
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn on_a_tenants_address_there_are_none() {
    let world = World::new().await;
    super::tenant::provisioned(&world).await;
    let mut browser = Browser::at(&world.platform, "acme.localhost:3000");
    let page = browser.get("/sign-in").await;
    assert!(!page.text.contains("passkey") && !page.text.contains("<script"), "{}", page.text);
    assert_eq!(asked(&mut browser, "/sign-in/passkey/options", "email=x").await.status, StatusCode::NOT_FOUND);
}
