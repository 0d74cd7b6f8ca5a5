//! The second factor beside the provider, and whoever proves themselves once more by it.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::config::{Require, Sign, TheirFactor};
use serde_json::json;

use super::jar::{Jar, onward};
use super::provider::{now, person};
use super::{admin, by_password, number, role, rows, scene, tamper};
use crate::console::factors::shown;
use crate::console::kept::carried;
use crate::console::known::age;

/// The secret that a page shows to be typed.
fn secret(text: &str) -> String {
    let mut groups = text.split("<code>").filter_map(|part| part.split("</code>").next());
    groups.find(|text| text.len() == 39).unwrap_or_else(|| panic!("a secret in {text}")).to_owned()
}

async fn enrolled(browser: &mut Jar) -> String {
    let page = browser.post("/account/factor", &[]).await;
    let secret = secret(&page.text);
    let page = browser.post("/account/factor/confirm", &[("code", &shown(&secret))]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    secret
}

/// Codes from before may be typed again.
async fn half_a_minute_later(platform: &neo::Platform) {
    tamper(platform, "update second_factors set last_step = last_step - 5").await;
    tamper(platform, "delete from throttles").await;
}

#[tokio::test]
async fn our_own_second_factor_is_asked_for_as_well_unless_the_token_has_one() {
    let (world, provider) = scene(|config| {
        config.require_2fa = Some(Require::Everybody);
        if let Some(oidc) = &mut config.oidc {
            oidc.second_factor = TheirFactor::Where(vec![Sign::Amr("mfa".into()), Sign::Acr("urn:gold".into())]);
        }
    })
    .await;
    let mut ada = Jar::at(&world.platform);
    let url = ada.leaves().await;
    assert!(url.contains("acr_values=urn%3Agold"), "{url}");
    provider.tell(|told| told.instead = json!({ "amr": ["pwd"], "acr": "0" }));
    let page = ada.signs_in(&provider).await;
    assert_eq!(page.location(), "/sign-in/enrol?next=%2Fruns");
    assert!(!ada.is_in().await, "half a sign-in is none");
    let secret = secret(&ada.post("/sign-in/enrol", &[("next", "/runs")]).await.text);
    let page = ada.post("/sign-in/enrol/confirm", &[("code", &shown(&secret)), ("next", "/runs")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(ada.is_in().await);
    assert!(ada.post("/sign-out", &[]).await.text.contains("/end?"), "the session is one that began there");

    half_a_minute_later(&world.platform).await;
    assert_eq!(ada.signs_in(&provider).await.location(), "/sign-in/code?next=%2Fruns");
    let page = ada.post("/sign-in/code", &[("code", &shown(&secret)), ("next", "/runs")]).await;
    assert_eq!(page.location(), "/runs", "{}", page.text);
    provider.tell(|told| told.instead = json!({ "amr": ["pwd", "mfa"] }));
    let mut other = Jar::at(&world.platform);
    assert_eq!(other.signs_in(&provider).await.location(), "/runs", "theirs is one");
}

#[tokio::test]
async fn who_only_becomes_an_admin_proves_its_second_factor_whatever_the_provider_has_asked() {
    let (world, provider) = scene(|config| {
        if let Some(oidc) = &mut config.oidc {
            oidc.second_factor = TheirFactor::Always;
        }
    })
    .await;
    let platform = &world.platform;
    admin(platform, "ada@example.com", Role::Support).await;
    let mut browser = Jar::at(platform);
    by_password(&mut browser, "ada@example.com").await;
    let secret = enrolled(&mut browser).await;
    half_a_minute_later(platform).await;
    // Somebody with her address there, and without her telephone.
    provider.tell(|told| told.person = person("mallory", "ada@example.com", &["neo-super"]));
    let mut mallory = Jar::at(platform);
    assert_eq!(mallory.signs_in(&provider).await.location(), "/sign-in/code?next=%2Fruns");
    let page = mallory.post("/sign-in/code", &[("code", "000000"), ("next", "/")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(role(platform, "ada@example.com").await, Role::Support);
    assert_eq!(number(platform, "select count(*) from admin_identities").await, 0, "nothing is changed before that");
    assert!(browser.is_in().await);

    half_a_minute_later(platform).await;
    provider.tell(|told| told.person = person("ada", "ada@example.com", &["neo-super"]));
    let mut ada = Jar::at(platform);
    assert_eq!(ada.signs_in(&provider).await.location(), "/sign-in/code?next=%2Fruns");
    let page = ada.post("/sign-in/code", &[("code", &shown(&secret)), ("next", "/runs")]).await;
    assert_eq!(page.location(), "/runs", "{}", page.text);
    assert!(ada.is_in().await);
    assert_eq!(role(platform, "ada@example.com").await, Role::Superadmin);
    assert_eq!(rows(platform, "admin.link_identity").await[0].body["subject"], "ada");
    assert_eq!(Jar::at(platform).signs_in(&provider).await.location(), "/runs", "known, and theirs is enough");
    assert_eq!(mallory.post("/sign-in/code", &[("code", &shown(&secret))]).await.status, StatusCode::SEE_OTHER);
    assert!(!mallory.is_in().await);
}

#[tokio::test]
async fn who_has_no_password_proves_themselves_again_at_the_provider_and_is_asked_there() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    provider.tell(|told| told.person = person("ada", "ada@example.com", &["neo-super"]));
    let mut ada = Jar::at(platform);
    ada.signs_in(&provider).await;
    age(platform).await;
    let page = ada.get("/admins/invite").await;
    assert_eq!(page.location(), "/reauthenticate?next=/admins/invite");
    let page = ada.get("/reauthenticate?next=/admins/invite").await;
    assert!(page.text.contains("Confirm with Example ID") && !page.text.contains("type=\"password\""), "{}", page.text);
    assert_eq!(ada.post("/reauthenticate", &[("password", "x"), ("next", "/")]).await.status, StatusCode::UNAUTHORIZED);

    let next = [("next", "/admins/invite")];
    let leaves = async |browser: &mut Jar| {
        tamper(platform, "delete from throttles").await;
        let page = browser.post("/reauthenticate/provider", &next).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        onward(&page)
    };
    let url = leaves(&mut ada).await;
    assert!(url.contains("prompt=login") && url.contains("max_age=0"), "{url}");
    // Whoever signed in there an hour ago was not asked; neither was who does not say when.
    for instead in
        [json!({ "auth_time": now() - 3600 }), json!({ "auth_time": null }), json!({ "auth_time": now() + 3600 })]
    {
        provider.tell(|told| told.instead = instead.clone());
        let url = leaves(&mut ada).await;
        let page = ada.returns(&provider.sign_in(&url)).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{instead}");
        assert!(page.text.contains("not asked there who you are"), "{}", page.text);
    }
    provider.tell(|told| told.instead = json!({}));
    // Neither is another person, nor another's session.
    provider.tell(|told| told.person = person("bob", "bob@example.com", &["neo-super"]));
    let url = leaves(&mut ada).await;
    let page = ada.returns(&provider.sign_in(&url)).await;
    assert!(page.text.contains("somebody else there"), "{}", page.text);
    let url = leaves(&mut ada).await;
    let mut bob = Jar::at(platform);
    bob.signs_in(&provider).await;
    let ticket = ada.cookies["neo_provider"].clone();
    bob.cookies.insert("neo_provider".into(), ticket);
    assert_eq!(bob.returns(&provider.sign_in(&url)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ada.get("/admins/invite").await.status, StatusCode::SEE_OTHER, "still to be proven");

    provider.tell(|told| told.person = person("ada", "ada@example.com", &["neo-super"]));
    let before = ada.cookies["neo_dev"].clone();
    let url = leaves(&mut ada).await;
    let page = ada.returns(&provider.sign_in(&url)).await;
    assert_eq!(page.location(), "/admins/invite", "{}", page.text);
    assert_ne!(ada.cookies["neo_dev"], before);
    assert_eq!(ada.get("/admins/invite").await.status, StatusCode::OK);
    // A form that was being filled in when it was asked for has gone along.
    age(platform).await;
    let typed = [("email", "new@example.com"), ("first_name", "Dora"), ("role", Role::Support.as_str())];
    let page = ada.post("/admins/invite", &typed).await;
    let (_, along) = carried(&page);
    let along: Vec<_> = along.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    tamper(platform, "delete from throttles").await;
    let url = onward(&ada.post("/reauthenticate/provider", &along).await);
    let page = ada.returns(&provider.sign_in(&url)).await;
    assert!(page.text.contains("Go on") && page.text.contains("value=\"new@example.com\""), "{}", page.text);
    assert_eq!(ada.post("/admins/invite", &typed).await.status, StatusCode::OK);
    assert!(ada.post("/sign-out", &[]).await.text.contains("/end?"), "it is still one that began there");
    let rows = rows(platform, "session.reauthenticate").await;
    let proven = rows.iter().filter(|row| row.outcome == neo_model::AuditOutcome::Succeeded.as_str());
    assert_eq!((proven.count(), rows.len() > 4), (2, true));
}

#[tokio::test]
async fn with_a_second_factor_of_ours_its_code_goes_along_and_is_used_up() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    let mut ada = Jar::at(platform);
    ada.signs_in(&provider).await;
    let secret = enrolled(&mut ada).await;
    age(platform).await;
    half_a_minute_later(platform).await;
    let page = ada.get("/reauthenticate").await;
    assert!(page.text.contains("one-time-code"), "{}", page.text);
    let code = shown(&secret);
    for wrong in ["", "000000"] {
        assert_eq!(ada.post("/reauthenticate/provider", &[("code", wrong)]).await.status, StatusCode::UNAUTHORIZED);
        tamper(platform, "delete from throttles").await;
    }
    let page = ada.post("/reauthenticate/provider", &[("code", &code), ("next", "/runs")]).await;
    let url = onward(&page);
    assert_eq!(ada.clone().post("/reauthenticate/provider", &[("code", &code)]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ada.returns(&provider.sign_in(&url)).await.location(), "/runs");
    // Without a password the app is taken away by a recent sign-in and a code.
    half_a_minute_later(platform).await;
    let page = ada.get("/account/factor/remove").await;
    assert!(!page.text.contains("type=\"password\""), "{}", page.text);
    let page = ada.post("/account/factor/remove", &[("code", &shown(&secret))]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    assert_eq!(number(platform, "select count(*) from second_factors").await, 0);
    let found = neo::admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
    assert!(!found.second_factor);
}
