//! What comes back from the provider, and what of it is taken: once, whole, by the browser that was sent, signed, for us, in time.

use axum::http::StatusCode;
use serde_json::json;

use super::jar::{Jar, onward};
use super::provider::{Key, Twist, now, person};
use super::{number, rows, scene, tamper, why};

#[tokio::test]
async fn an_answer_is_taken_once_and_by_the_browser_that_was_sent() {
    let (world, provider) = scene(|_| {}).await;
    let mut ada = Jar::at(&world.platform);
    let url = ada.leaves().await;
    let said = provider.sign_in(&url);
    let before = ada.clone();

    // What another browser was sent with is nothing in this one, nor is it used up there.
    let mut eve = Jar::at(&world.platform);
    assert_eq!(eve.returns(&said).await.status, StatusCode::UNAUTHORIZED, "without a ticket");
    eve.leaves().await;
    let page = eve.returns(&said).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text.contains("This sign-in is over"), "{}", page.text);
    assert!(!eve.is_in().await);
    assert_eq!(provider.asked("token"), 0, "no code of another is asked about");

    let page = ada.returns(&said).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/runs"), "{}", page.text);
    assert!(ada.is_in().await);
    // The same once more, by the same browser and by one that has all its cookies.
    for mut again in [ada.clone(), before] {
        again.cookies.remove("neo_dev");
        let page = again.returns(&said).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(!again.is_in().await);
    }
    assert_eq!(provider.asked("token"), 1);

    // A code that was used, in an answer to another state.
    let mut bob = Jar::at(&world.platform);
    let url = bob.leaves().await;
    let mut fresh = provider.sign_in(&url);
    fresh[0] = said[0].clone();
    let page = bob.returns(&fresh).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.text.contains("does not stand by its answer") && !page.text.contains("OWN WORDS"), "{}", page.text);
    assert_eq!(why(&world.platform).await, "code");
    // A code that somebody else was given: it was asked for with another challenge.
    let (mut carl, mut dora) = (Jar::at(&world.platform), Jar::at(&world.platform));
    let (carls, doras) = (carl.leaves().await, dora.leaves().await);
    let (mut carls, doras) = (provider.sign_in(&carls), provider.sign_in(&doras));
    carls[0] = doras[0].clone();
    assert_eq!(carl.returns(&carls).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(why(&world.platform).await, "code");
}

#[tokio::test]
async fn what_another_site_leads_to_takes_nothing_and_an_answer_that_took_too_long_is_none() {
    let (world, provider) = scene(|_| {}).await;
    let mut ada = Jar::at(&world.platform);
    let url = ada.leaves().await;
    let said = provider.sign_in(&url);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&said).finish();
    let page = ada.clone().come(&format!("/sign-in/provider/done?{query}")).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(number(&world.platform, "select count(*) from provider_visits").await, 1);
    tamper(&world.platform, "update provider_visits set expires_at = expires_at - 601000").await;
    let page = ada.returns(&said).await;
    assert!(page.status == StatusCode::UNAUTHORIZED && page.text.contains("took too long"), "{}", page.text);
    // What is kept says nothing: no state, ticket, nonce or verifier is in it.
    let url = Jar::at(&world.platform).leaves().await;
    let state = url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mut conn = world.platform.central.read().await.unwrap();
    let kept: Vec<(String, String)> =
        sqlx::query_as("select state_hash, ticket_hash from provider_visits").fetch_all(&mut *conn).await.unwrap();
    assert!(kept.iter().all(|(a, b)| a.len() == 64 && b.len() == 64 && *a != state && *b != state), "{kept:?}");
}

#[tokio::test]
async fn answers_that_are_cut_or_are_errors_say_so_in_words_of_ours() {
    let (world, provider) = scene(|_| {}).await;
    for (keep, add, words, reason) in [
        (vec!["state"], vec![], "is not whole", "cut"),
        (vec!["state"], vec![("error", "access_denied")], "did not let you in", "denied"),
        (vec!["state"], vec![("error", "<b>server_error</b>")], "could not sign you in", "error"),
        (vec!["code", "state"], vec![("iss", "https://evil.example.com")], "is not one of Example ID", "other_issuer"),
    ] {
        let mut ada = Jar::at(&world.platform);
        let url = ada.leaves().await;
        let mut said = provider.sign_in(&url);
        said.retain(|(name, _)| keep.contains(&name.as_str()));
        said.extend(add.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let page = ada.returns(&said).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.text.contains(words) && !page.text.contains("server_error"), "{words}: {}", page.text);
        assert_eq!(why(&world.platform).await, reason);
        tamper(&world.platform, "delete from throttles").await;
    }
    for said in [vec![], vec![("code".to_owned(), "x".to_owned())]] {
        let mut ada = Jar::at(&world.platform);
        ada.leaves().await;
        assert_eq!(ada.returns(&said).await.status, StatusCode::UNAUTHORIZED);
    }
    for twist in [Twist::Absent, Twist::Cut, Twist::Garbage] {
        tamper(&world.platform, "delete from throttles").await;
        provider.tell(|told| told.twist = twist);
        let page = Jar::at(&world.platform).signs_in(&provider).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{twist:?}");
        assert!(page.text.contains("cannot be read") && !page.text.contains("OWN WORDS"), "{twist:?}: {}", page.text);
        assert_eq!(why(&world.platform).await, "unreadable", "{twist:?}");
    }
    assert_eq!(number(&world.platform, "select count(*) from admins").await, 0);
}

#[tokio::test]
async fn a_token_is_signed_by_the_provider_and_by_nothing_that_we_share() {
    let (world, provider) = scene(|_| {}).await;
    for twist in [Twist::Forged, Twist::Changed, Twist::Unsigned, Twist::Shared] {
        provider.tell(|told| told.twist = twist);
        let page = Jar::at(&world.platform).signs_in(&provider).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{twist:?}");
        assert!(page.text.contains("is not one that can be trusted"), "{twist:?}: {}", page.text);
        assert_eq!(why(&world.platform).await, "signature", "{twist:?}");
        tamper(&world.platform, "delete from throttles").await;
    }
    assert_eq!(number(&world.platform, "select count(*) from admins").await, 0);
}

#[tokio::test]
async fn a_token_is_for_us_from_the_provider_and_of_this_moment() {
    let (world, provider) = scene(|_| {}).await;
    let now = now();
    for (instead, reason) in [
        (json!({ "aud": "another" }), "audience"),
        (json!({ "aud": ["neo", "another"] }), "audience"),
        (json!({ "azp": "another" }), "azp"),
        (json!({ "iss": "http://127.0.0.1:1" }), "issuer"),
        (json!({ "nonce": "another" }), "nonce"),
        (json!({ "nonce": null }), "nonce"),
        (json!({ "sub": "" }), "subject"),
        (json!({ "sub": "x".repeat(256) }), "subject"),
        // Clocks that are wrong, or answers that are old.
        (json!({ "exp": now - 90 }), "time"),
        (json!({ "iat": now + 120, "exp": now + 400 }), "time"),
        (json!({ "iat": now - 3600, "exp": now - 3300 }), "time"),
        (json!({ "iat": now - 3600, "exp": now + 3300 }), "time"),
    ] {
        provider.tell(|told| told.instead = instead.clone());
        let page = Jar::at(&world.platform).signs_in(&provider).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{instead}");
        assert_eq!(why(&world.platform).await, reason, "{instead}: {}", page.text);
        tamper(&world.platform, "delete from throttles").await;
    }
    assert_eq!(number(&world.platform, "select count(*) from admins").await, 0);
    // A clock that is a little wrong is no matter.
    for instead in
        [json!({ "exp": now - 30, "iat": now - 60 }), json!({ "iat": now + 45, "azp": "neo", "aud": ["neo"] })]
    {
        provider.tell(|told| told.instead = instead.clone());
        let page = Jar::at(&world.platform).signs_in(&provider).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{instead}: {}", page.text);
        tamper(&world.platform, "delete from throttles").await;
    }
}

#[tokio::test]
async fn a_key_that_is_new_is_asked_for_once_and_one_that_nobody_has_not_again_and_again() {
    let (world, provider) = scene(|_| {}).await;
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!((provider.asked("discovery"), provider.asked("jwks")), (1, 1));
    provider.tell(|told| (told.keys, told.signs) = (vec![Key::new("second")], 0));
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!((provider.asked("discovery"), provider.asked("jwks")), (1, 2), "once, for the key alone");
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!(provider.asked("jwks"), 2);
    provider.tell(|told| told.twist = Twist::Forged);
    for _ in 0..3 {
        tamper(&world.platform, "delete from throttles").await;
        assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(provider.asked("jwks"), 2, "not within a minute");
}

#[tokio::test]
async fn what_the_token_leaves_out_is_asked_for_of_the_same_person_alone() {
    let (world, provider) = scene(|_| {}).await;
    let whole = person("ada", "ada@example.com", &["neo-admin"]);
    provider.tell(|told| {
        (told.person, told.besides) = (json!({ "sub": "ada" }), Some(person("eve", "ada@example.com", &["neo-super"])))
    });
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(why(&world.platform).await, "subject");
    provider.tell(|told| told.besides = Some(whole));
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    // What the token says is not said otherwise beside it.
    let said = json!({ "sub": "bob", "email": "bob@example.com", "email_verified": false });
    provider.tell(|told| (told.person, told.besides) = (said, Some(person("bob", "ada@example.com", &["neo-admin"]))));
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(why(&world.platform).await, "no_email");
    // Nor does the token vouch for an address that only the other says.
    provider.tell(|told| {
        told.person = json!({ "sub": "mallory", "email_verified": true });
        told.besides = Some(
            json!({ "sub": "mallory", "email": "eve@example.com", "email_verified": false, "groups": ["neo-super"] }),
        );
    });
    assert_eq!(Jar::at(&world.platform).signs_in(&provider).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(why(&world.platform).await, "no_email");
}

/// Whoever has an account there and is nobody here has their tries as anybody has.
#[tokio::test]
async fn who_is_refused_has_no_try_back_and_fills_no_audit() {
    let (world, provider) = scene(|_| {}).await;
    let mut ada = Jar::at(&world.platform).from([192, 0, 2, 8]);
    for _ in 0..8 {
        assert_eq!(ada.signs_in(&provider).await.status, StatusCode::SEE_OTHER, "whoever comes in goes on coming in");
    }
    provider.tell(|told| told.person = person("eve", "eve@example.com", &["staff"]));
    let mut eve = Jar::at(&world.platform).from([192, 0, 2, 7]);
    for _ in 0..5 {
        assert_eq!(eve.signs_in(&provider).await.status, StatusCode::UNAUTHORIZED);
    }
    let page = eve.post("/sign-in/provider", &[("next", "/runs")]).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.text);
    let refused = rows(&world.platform, "session.sign_in").await;
    assert_eq!(refused.iter().filter(|row| row.body["why"] == "no_role").count(), 5);
}

#[tokio::test]
async fn the_way_there_is_throttled_and_whoever_comes_in_has_their_try_back() {
    let (world, provider) = scene(|_| {}).await;
    let mut ada = Jar::at(&world.platform);
    // Tests come from nowhere; only an address is counted.
    assert_eq!(ada.signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    let rows = rows(&world.platform, "session.sign_in").await;
    assert_eq!(
        (rows[0].body["by"].as_str(), rows[0].body["subject"].as_str()),
        (Some(neo_model::WayIn::Provider.as_str()), Some("ada"))
    );
    let from = neo::sessions::Whence { address: Some("192.0.2.7"), device: None };
    let web = Nowhere;
    let mut refused = 0;
    for _ in 0..6 {
        let sent = neo::sessions::lead_to_provider(&world.platform, &web, ("http://a/b", "/"), from).await;
        refused += i32::from(sent.is_err_and(|error| error.kind == neo::error::Kind::Throttled));
    }
    assert_eq!(refused, 1, "five at once");
    assert!(onward(&ada.come("/runs").await).starts_with("/runs"));
}

struct Nowhere;

#[async_trait::async_trait]
impl neo::oidc::Web for Nowhere {
    async fn send(&self, _: neo::oidc::Request) -> Result<neo::oidc::Response, neo::oidc::Unreached> {
        Err(neo::oidc::Unreached("there is no way".into()))
    }
}
