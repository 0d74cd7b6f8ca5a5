//! A provider that is away, or is none: passwords work, and the page says so.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use neo::actor::Role;

use super::jar::Jar;
use super::provider::{Provider, Says};
use super::{admin, by_password, scene};
use crate::world::World;

#[tokio::test]
async fn while_it_is_away_the_page_says_so_and_passwords_let_in() {
    let gone = Provider { issuer: "http://127.0.0.1:1".into(), ..Provider::start().await };
    let settings = gone.settings();
    let world = World::with(|config| config.oidc = Some(settings)).await;
    admin(&world.platform, "grace@example.com", Role::Support).await;
    let mut browser = Jar::at(&world.platform);
    let page = browser.get("/sign-in").await;
    assert!(page.status == StatusCode::OK && page.text.contains("Sign in with Example ID"), "{}", page.text);
    let page = browser.post("/sign-in/provider", &[("next", "/")]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Example ID does not answer just now"), "{}", page.text);
    assert_eq!(by_password(&mut browser, "grace@example.com").await.status, StatusCode::SEE_OTHER);
    assert!(browser.is_in().await);
}

#[tokio::test]
async fn what_is_no_provider_is_not_believed_nor_waited_for() {
    for says in
        [Says::Redirect, Says::Huge, Says::Garbage, Says::AnotherName, Says::InTheOpen, Says::Nothing, Says::Slowly]
    {
        let (world, provider) = scene(|_| {}).await;
        provider.tell(|told| told.says = says);
        let began = Instant::now();
        let page = Jar::at(&world.platform).post("/sign-in/provider", &[("next", "/")]).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.text);
        assert!(began.elapsed() < neo::oidc::PATIENCE + Duration::from_secs(3), "{:?}", began.elapsed());
        // Nobody else waits for it right away.
        let began = Instant::now();
        let page = Jar::at(&world.platform).post("/sign-in/provider", &[("next", "/")]).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(began.elapsed() < Duration::from_secs(2) && provider.asked("discovery") == 1);
    }
}

#[tokio::test]
async fn where_none_is_set_there_is_no_button_and_no_way() {
    let world = World::new().await;
    let mut browser = Jar::at(&world.platform);
    assert!(!browser.get("/sign-in").await.text.contains("Sign in with"));
    assert_eq!(browser.post("/sign-in/provider", &[]).await.status, StatusCode::NOT_FOUND);
}

/// Links in mails lead here from another site, without the session's cookie.
#[tokio::test]
async fn whoever_follows_a_link_from_elsewhere_is_asked_for_it_once_more() {
    let world = World::new().await;
    admin(&world.platform, "grace@example.com", Role::Support).await;
    let mut browser = Jar::at(&world.platform);
    by_password(&mut browser, "grace@example.com").await;
    for path in ["/account", "/runs?status=failed", "/sign-in?next=%2Ftenants"] {
        let page = browser.come(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains("<script") && !page.text.contains("grace@example.com"), "{}", page.text);
        assert_eq!(super::jar::onward(&page), path);
    }
    assert_eq!(browser.get("/sign-in?next=%2Ftenants").await.location(), "/tenants");
    // What is no page is not asked for by a detour.
    assert_eq!(browser.get("/sign-in?next=%2Faudit%2Fexport").await.location(), "/");
    assert_eq!(browser.come("/audit/export").await.status, StatusCode::FORBIDDEN);
    // Whoever is not in is led to the sign-in, then.
    let mut nobody = Jar::at(&world.platform);
    let page = nobody.come("/runs/7").await;
    assert_eq!(super::jar::onward(&page), "/runs/7");
    assert_eq!(nobody.get("/runs/7").await.location(), "/sign-in?next=/runs/7");
}
