//! Who comes in by the provider, as whom and with which role.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo_model::WayIn;

use super::jar::{Jar, onward};
use super::provider::person;
use super::{admin, by_password, number, role, rows, scene, tamper, why};
use crate::console::browser::PASSWORD;

#[tokio::test]
async fn whoever_has_a_role_there_is_an_admin_here_and_nobody_else() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    let mut eve = Jar::at(platform);
    for (person, reason) in [
        (person("eve", "eve@example.com", &["staff"]), "no_role"),
        (person("eve", "eve@example.com", &[]), "no_role"),
        (
            serde_json::json!({ "sub": "eve", "email": "eve@example.com", "email_verified": false, "groups": ["neo-admin"] }),
            "no_email",
        ),
    ] {
        provider.tell(|told| told.person = person);
        let page = eve.signs_in(&provider).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{}", page.text);
        assert_eq!(why(platform).await, reason);
    }
    assert!(!eve.is_in().await);
    assert_eq!(number(platform, "select count(*) from admins").await, 0);

    provider.tell(|told| told.person = person("ada-1", "Ada@Example.com", &["staff", "neo-support", "neo-admin"]));
    let mut ada = Jar::at(platform);
    assert_eq!(ada.signs_in(&provider).await.location(), "/runs");
    let made = neo::admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
    assert_eq!((made.role, made.ways.clone()), (Role::Admin, vec![WayIn::Provider]));
    assert_eq!((made.first_name.as_str(), made.last_name.as_str()), ("Ada", "Lovelace"));
    let row = &rows(platform, "admin.create").await[0];
    assert_eq!((row.actor.as_str(), row.body["subject"].as_str()), ("Ada@Example.com", Some("ada-1")));
    let page = ada.get("/account").await;
    assert!(
        page.text.contains("You sign in with Example ID") && page.text.contains("no password here"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("Change password"), "{}", page.text);
    // Nobody knows the password that stands there, and none can be given to it by who is in.
    assert_eq!(by_password(&mut Jar::at(platform), "ada@example.com").await.status, StatusCode::UNAUTHORIZED);
    let fields = [("old", PASSWORD), ("new", "four unrelated quiet words"), ("again", "four unrelated quiet words")];
    assert_eq!(ada.post("/account/password", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // The same person by another address is the same admin; an address alone is nobody.
    provider.tell(|told| told.person = person("ada-1", "countess@example.com", &["neo-admin"]));
    assert_eq!(ada.signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    provider.tell(|told| told.person = person("mallory", "ada@example.com", &["neo-super"]));
    let page = Jar::at(platform).signs_in(&provider).await;
    assert_eq!((page.status, why(platform).await.as_str()), (StatusCode::UNAUTHORIZED, "other_identity"));
    assert_eq!(role(platform, "ada@example.com").await, Role::Admin);
    assert_eq!(number(platform, "select count(*) from admins").await, 1);
}

#[tokio::test]
async fn a_role_follows_what_is_said_there_and_who_has_none_any_more_is_out_at_once() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    admin(platform, "grace@example.com", Role::Superadmin).await;
    let says = |groups: &[&str]| provider.tell(|told| told.person = person("ada", "ada@example.com", groups));
    says(&["neo-super"]);
    let mut first = Jar::at(platform);
    first.signs_in(&provider).await;
    assert_eq!(role(platform, "ada@example.com").await, Role::Superadmin);

    says(&["neo-support"]);
    let mut second = Jar::at(platform);
    assert_eq!(second.signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!(role(platform, "ada@example.com").await, Role::Support);
    assert!(!first.is_in().await, "what was begun as a superadmin has ended");
    assert!(second.is_in().await);
    let row = &rows(platform, "admin.set_role").await[0];
    assert_eq!(
        (row.body["role"]["from"].as_str(), row.body["by"].as_str()),
        (Some(Role::Superadmin.as_str()), Some(WayIn::Provider.as_str()))
    );

    says(&["staff"]);
    let page = Jar::at(platform).signs_in(&provider).await;
    assert!(page.status == StatusCode::UNAUTHORIZED && page.text.contains("You have no role here"), "{}", page.text);
    assert!(!second.is_in().await, "nor does anything else of theirs go on");
    says(&["neo-admin"]);
    assert_eq!(Jar::at(platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!(role(platform, "ada@example.com").await, Role::Admin);

    neo::admins::disable(platform, &Actor::operator(), "ada@example.com").await.unwrap();
    let page = Jar::at(platform).signs_in(&provider).await;
    assert_eq!((page.status, why(platform).await.as_str()), (StatusCode::UNAUTHORIZED, "disabled"));
}

#[tokio::test]
async fn the_last_superadmin_is_not_lost_to_what_is_said_there() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    provider.tell(|told| told.person = person("ada", "ada@example.com", &["neo-super"]));
    let mut ada = Jar::at(platform);
    ada.signs_in(&provider).await;
    provider.tell(|told| told.person = person("ada", "ada@example.com", &["neo-admin"]));
    let page = Jar::at(platform).signs_in(&provider).await;
    assert_eq!((page.status, why(platform).await.as_str()), (StatusCode::UNAUTHORIZED, "last_superadmin"));
    assert!(page.text.contains("last superadmin"), "{}", page.text);
    assert_eq!(role(platform, "ada@example.com").await, Role::Superadmin);
    admin(platform, "grace@example.com", Role::Superadmin).await;
    assert_eq!(Jar::at(platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert_eq!(role(platform, "ada@example.com").await, Role::Admin);
}

#[tokio::test]
async fn who_is_known_by_their_address_becomes_who_they_are_there_and_loses_nothing_by_it() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    admin(platform, "grace@example.com", Role::Admin).await;
    let says = |sub: &str, groups: &[&str]| {
        provider.tell(|told| told.person = person(sub, "Grace@example.com", groups));
    };
    // Whoever took her address there has less of a role than she has here: that takes nothing from her.
    says("mallory", &["neo-support"]);
    let page = Jar::at(platform).signs_in(&provider).await;
    assert_eq!((page.status, why(platform).await.as_str()), (StatusCode::UNAUTHORIZED, "would_lower"));
    assert_eq!(role(platform, "grace@example.com").await, Role::Admin);
    assert_eq!(number(platform, "select count(*) from admin_identities").await, 0);

    says("grace", &["neo-super"]);
    let mut grace = Jar::at(platform);
    assert_eq!(grace.signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    let now = neo::admins::find(platform, &Actor::operator(), "grace@example.com").await.unwrap();
    assert_eq!((now.role, now.ways), (Role::Superadmin, vec![WayIn::Password, WayIn::Provider]));
    assert_eq!(rows(platform, "admin.link_identity").await[0].body["subject"], "grace");
    assert_eq!(by_password(&mut Jar::at(platform), "grace@example.com").await.status, StatusCode::SEE_OTHER);
    says("mallory", &["neo-super"]);
    Jar::at(platform).signs_in(&provider).await;
    assert_eq!(why(platform).await, "other_identity");

    // A superadmin parts them; nobody parts themselves.
    let boss = admin(platform, "boss@example.com", Role::Superadmin).await;
    let boss = Actor { admin_id: Some(boss.id), name: boss.email, ..crate::world::actor(Role::Superadmin) };
    let own = Actor { admin_id: Some(now.id.clone()), ..boss.clone() };
    assert!(neo::admins::unlink(platform, &own, "grace@example.com").await.is_err());
    neo::admins::unlink(platform, &boss, "grace@example.com").await.unwrap();
    neo::admins::unlink(platform, &boss, "grace@example.com").await.unwrap();
    assert!(!grace.is_in().await);
    assert_eq!(rows(platform, "admin.unlink_identity").await.len(), 1);
    assert_eq!(
        Jar::at(platform).signs_in(&provider).await.status,
        StatusCode::SEE_OTHER,
        "who comes next is looked at anew"
    );
}

#[tokio::test]
async fn who_is_invited_comes_in_by_the_provider_and_their_link_is_worth_nothing_then() {
    let (world, provider) = scene(|_| {}).await;
    let platform = &world.platform;
    let new = neo::admins::Invitation {
        email: "ada@example.com".into(),
        first_name: None,
        last_name: None,
        role: Role::Admin,
    };
    neo::admins::invite(platform, &Actor::operator(), new).await.unwrap();
    let mut ada = Jar::at(platform);
    assert_eq!(ada.signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    assert!(ada.is_in().await);
    let now = neo::admins::find(platform, &Actor::operator(), "ada@example.com").await.unwrap();
    assert_eq!((now.ways, now.first_name.as_str(), now.link_until), (vec![WayIn::Provider], "Ada", None));
}

#[tokio::test]
async fn with_passwords_off_only_superadmins_with_a_second_factor_come_in_by_one() {
    let (world, provider) = scene(|config| config.password_sign_in = false).await;
    let platform = &world.platform;
    for (email, role) in [("boss@example.com", Role::Superadmin), ("grace@example.com", Role::Admin)] {
        admin(platform, email, role).await;
        let page = by_password(&mut Jar::at(platform), email).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{email}");
        assert!(page.text.contains("Email or password is wrong"), "as ever: {}", page.text);
    }
    tamper(
        platform,
        "insert into second_factors (admin_id, secret, created_at, confirmed_at, last_step) select id, 'x', 0, 1, 0 from admins",
    )
    .await;
    tamper(platform, "delete from throttles").await;
    assert_eq!(by_password(&mut Jar::at(platform), "boss@example.com").await.location(), "/sign-in/code?next=%2F");
    assert_eq!(by_password(&mut Jar::at(platform), "grace@example.com").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(Jar::at(platform).signs_in(&provider).await.status, StatusCode::SEE_OTHER);
    let page = Jar::at(platform).get("/sign-in").await;
    assert!(page.text.contains("superadmins with a second factor alone"), "{}", page.text);
}

#[tokio::test]
async fn whoever_signs_out_is_led_to_the_providers_sign_out_if_they_came_from_there() {
    let (world, provider) = scene(|_| {}).await;
    let mut ada = Jar::at(&world.platform);
    ada.signs_in(&provider).await;
    let page = ada.post("/sign-out", &[]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let url = onward(&page);
    assert!(url.starts_with(&format!("{}/end?", provider.issuer)) && url.contains("client_id=neo"), "{url}");
    assert!(url.contains("post_logout_redirect_uri=http%3A%2F%2Fcentral.localhost%3A3000%2Fsign-in"), "{url}");
    assert!(!ada.is_in().await);
    admin(&world.platform, "grace@example.com", Role::Support).await;
    let mut grace = Jar::at(&world.platform);
    by_password(&mut grace, "grace@example.com").await;
    assert_eq!(grace.post("/sign-out", &[]).await.location(), "/sign-in");
}
