//! What the door adds to signing in: the cookie of a known browser, a proof that comes too late, acts that want the password again, and
//! what is refused.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use neo::actor::{Actor, Role};
use neo::audit::{Filter, Row};
use neo::{Platform, runs};

use super::browser::{Browser, PASSWORD, Page};
use super::{HOST, admin, signed_in, tenant};
use crate::world::{World, config, new_keys, sqlite_url};

fn cookies(page: &Page) -> Vec<&str> {
    page.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

async fn tamper(platform: &Platform, sql: &'static str) {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn rows(platform: &Platform, action: &str) -> Vec<Row> {
    let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
    neo::audit::list(platform, &Actor::operator(), &filter).await.unwrap()
}

/// Everybody proved their password an hour ago.
pub async fn age(platform: &Platform) {
    tamper(platform, "update sessions set signed_in_at = signed_in_at - 3600000").await;
    tamper(platform, "update admins set sessions_valid_from = 0").await;
}

#[tokio::test]
async fn a_browser_that_somebody_has_signed_in_from_is_let_in_whatever_strangers_try() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config(dir.path(), &sqlite_url(dir.path()), new_keys());
    settings.base_domain = "example.com".into();
    let platform = Platform::open(settings).await.unwrap();
    admin(&platform, Role::Admin).await;
    let mut browser = Browser::at(&platform, "central.example.com");
    let page = browser.sign_in("admin@example.com").await;
    let known = cookies(&page).into_iter().find(|cookie| cookie.starts_with("__Host-neo-known=")).expect("a cookie");
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
        assert!(known.contains(part), "{known}");
    }
    assert!(!known.contains("Domain"), "{known}");
    let known = known.split(';').next().unwrap().to_owned();
    browser.post("/sign-out", &[]).await;
    assert_eq!(browser.cookie, None, "the sign-out leaves the browser known");

    let mut stranger = Browser::at(&platform, "central.example.com");
    let today = "update throttles set day_count = 100, day = (select now_ms from clock) / 86400000";
    stranger.post("/sign-in", &[("email", "admin@example.com"), ("password", "a guess")]).await;
    tamper(&platform, today).await;
    assert_eq!(stranger.sign_in("admin@example.com").await.status, StatusCode::TOO_MANY_REQUESTS);
    browser.cookie = Some(known);
    let page = browser.sign_in("admin@example.com").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    assert_eq!(rows(&platform, "session.sign_out").await.len(), 1);
}

#[tokio::test]
async fn on_a_developers_machine_the_known_browser_has_its_cookie_too() {
    let world = World::new().await;
    admin(&world.platform, Role::Admin).await;
    let mut browser = Browser::at(&world.platform, HOST);
    let page = browser.sign_in("admin@example.com").await;
    let told = cookies(&page);
    assert!(told.iter().any(|cookie| cookie.starts_with("neo_known=") && !cookie.contains("Secure")), "{told:?}");
    // Whoever ends what they have elsewhere is known here alone.
    let page = browser.post("/account/sessions/end-others", &[]).await;
    assert!(cookies(&page).iter().any(|cookie| cookie.starts_with("neo_known=")), "{:?}", cookies(&page));
}

#[tokio::test]
async fn a_reauthentication_whose_body_arrives_after_the_sign_out_makes_no_session() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let mut late = browser.clone();
    let (send, body) = tokio::sync::oneshot::channel::<Bytes>();
    let body = Body::from_stream(futures::stream::once(async move { body.await.map_err(std::io::Error::other) }));
    let request = late
        .request("POST", "/reauthenticate")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(body).unwrap();
    let proof = tokio::spawn(async move { (late.send(request).await, late) });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    send.send(Bytes::from(format!("password={}&next=/", PASSWORD.replace(' ', "+")))).unwrap();
    let (page, late) = proof.await.unwrap();
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.text);
    assert_eq!(late.clone().get("/account").await.status, StatusCode::SEE_OTHER, "nobody is signed in");
}

#[tokio::test]
async fn weighty_acts_lead_to_the_password_and_nothing_is_done_before() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let platform = &world.platform;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    age(platform).await;
    let count = async || runs::list(platform, &Actor::operator(), &[], None, 100).await.unwrap().len();
    let (before, one) = (count().await, [("keys", "acme"), ("targets", "keys")]);
    let acts: [(&str, &[(&str, &str)]); 4] = [
        ("/runs/new", &one),
        ("/tenants/acme/retry", &[]),
        ("/tenants/acme/delete", &[("confirm", "acme")]),
        ("/tenants/new", &[("slug", "beta")]),
    ];
    for (path, fields) in acts {
        let page = boss.post(path, fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}: {}", page.text);
        assert!(page.text.contains("Confirm your password"), "{path}: {}", page.text);
    }
    for path in ["/tenants/new", "/tenants/acme/delete", "/admins/new", "/servers/new"] {
        assert!(boss.get(path).await.location().starts_with("/reauthenticate?next="), "{path}");
    }
    assert_eq!(count().await, before);
    let page = boss.post("/reauthenticate", &[("password", PASSWORD), ("next", "/tenants/new")]).await;
    assert_eq!(page.location(), "/tenants/new", "{}", page.text);
    assert_eq!(boss.get("/tenants/new").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_role_is_refused_is_in_the_audit_with_who_and_what() {
    let world = World::new().await;
    let mut support = signed_in(&world, Role::Support).await;
    assert_eq!(support.post("/runs/7/cancel", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(support.get("/admins").await.status, StatusCode::FORBIDDEN);
    assert_eq!(support.stranger().get("/admins").await.status, StatusCode::SEE_OTHER);
    let told = rows(&world.platform, "access.refuse").await;
    let what: Vec<_> = told.iter().map(|row| (row.actor.as_str(), row.subject.as_str())).collect();
    assert_eq!(what, [("support@example.com", "GET /admins"), ("support@example.com", "POST /runs/7/cancel")]);
}
