//! Coming in by a one-time link: shown once to who made it, used by the form alone, without a script.

use axum::http::{StatusCode, header};
use neo::actor::{Actor, Role};

use super::browser::{Browser, Page};
use super::{HOST, signed_in};
use crate::world::World;

const CHOSEN: &str = "seven small boats at noon";

/// The link that a page shows, from its path on.
fn link(page: &Page) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let parts = page.text.split("<code").filter_map(|part| part.split("</code>").next()?.split_once('>'));
    let url = parts.map(|(_, url)| url.to_owned()).find(|url| url.contains("/password?token=")).unwrap();
    url.strip_prefix("http://central.localhost:3000").unwrap().to_owned()
}

#[tokio::test]
async fn a_superadmin_invites_somebody_who_chooses_a_password_and_signs_in() {
    let world = World::new().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    assert!(boss.get("/admins").await.text.contains("href=\"/admins/invite\""));
    let refused = boss.post("/admins/invite", &[("email", "joan"), ("first_name", "Joan"), ("role", "admin")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("value=\"Joan\""), "what was typed stays: {}", refused.text);
    let fields = [("email", "joan@example.com"), ("first_name", "Joan"), ("role", "admin")];
    let page = boss.post("/admins/invite", &fields).await;
    let first = link(&page);
    assert!(page.text.contains("A link for joan@example.com") && page.header("cache-control") == "no-store");
    let list = boss.get("/admins").await.text;
    assert!(list.contains("Invited") && list.contains(", until ") && !list.contains("token="), "{list}");
    let joan = neo::admins::find(&world.platform, &Actor::operator(), "joan@example.com").await.unwrap();
    let path = format!("/admins/{}", joan.id);
    assert!(boss.get(&path).await.text.contains("A link is good until"));
    let link = link(&boss.post(&format!("{path}/link"), &[]).await);

    let mut own = Browser::at(&world.platform, HOST);
    let gone = own.get(&first).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.text.contains("this link is not valid"), "{}", gone.text);
    for _ in 0..2 {
        // From a mail: another site leads here, without a cookie.
        let request = own.request("GET", &link).header("sec-fetch-site", "cross-site");
        let page = own.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert!(page.text.contains("For joan@example.com, at the console"), "{}", page.text);
        assert!(page.text.contains("value=\"Joan\"") && !page.text.contains("<script"), "{}", page.text);
        assert_eq!(page.header("referrer-policy"), boss.get("/sign-in").await.header("referrer-policy"));
    }
    let token = link.split_once('=').unwrap().1.to_owned();
    let choose = |last: &'static str, password: &'static str, again: &'static str| {
        [("token", token.clone()), ("first_name", "Joan".into()), ("last_name", last.into())]
            .into_iter()
            .chain([("password", password.to_owned()), ("again", again.to_owned())])
            .collect::<Vec<_>>()
    };
    let post = async |browser: &mut Browser, fields: Vec<(&str, String)>| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/password", &fields).await
    };
    for (fields, said) in [
        (choose("Clarke", CHOSEN, "another"), "The two passwords differ"),
        (choose("", CHOSEN, CHOSEN), "A last name is needed"),
        (choose("Clarke", "joan@example.com", "joan@example.com"), "f-password"),
    ] {
        let page = post(&mut own, fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(page.text.contains(said) && page.text.contains("For joan@example.com"), "{said}: {}", page.text);
        assert!(!page.text.contains(CHOSEN), "a password is never written back");
    }
    // Another site sends no form.
    let request = own.request("POST", "/password").header("sec-fetch-site", "cross-site");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let stray = own.send(request.body(axum::body::Body::from("token=x")).unwrap()).await;
    assert_eq!(stray.status, StatusCode::FORBIDDEN);
    let page = post(&mut own, choose("Clarke", CHOSEN, CHOSEN)).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?chosen=1"), "{}", page.text);
    assert!(own.get("/sign-in?chosen=1").await.text.contains("Your password is set"));
    let fields = [("email", "joan@example.com"), ("password", CHOSEN), ("next", "/runs")];
    assert_eq!(own.post("/sign-in", &fields).await.location(), "/runs");
    assert_eq!(post(&mut own, choose("Clarke", CHOSEN, CHOSEN)).await.status, StatusCode::NOT_FOUND, "once");
    assert!(boss.get(&path).await.text.contains("Joan Clarke"));
}

#[tokio::test]
async fn a_link_is_taken_back_where_it_was_made() {
    let world = World::new().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    let ada = super::admin(&world.platform, Role::Admin).await;
    let path = format!("/admins/{}", ada.id);
    let text = boss.get(&path).await.text;
    assert!(text.contains("Reset by link") && !text.contains("Take the link back"), "{text}");
    let made = link(&boss.post(&format!("{path}/link"), &[]).await);
    assert!(boss.get(&path).await.text.contains("Take the link back"));
    let page = boss.post(&format!("{path}/revoke"), &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, path.as_str()));
    assert_eq!(boss.stranger().get(&made).await.status, StatusCode::NOT_FOUND);
    let again = boss.post(&format!("{path}/revoke"), &[]).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.text.contains("has no link"), "{}", again.text);
    boss.post("/admins/invite", &[("email", "joan@example.com"), ("role", "support")]).await;
    let joan = neo::admins::find(&world.platform, &Actor::operator(), "joan@example.com").await.unwrap();
    let page = boss.post(&format!("/admins/{}/revoke", joan.id), &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/admins"));
    assert!(!boss.get("/admins").await.text.contains("joan@example.com"));
    // Of somebody who is disabled no link is made, and the page says why.
    neo::admins::disable(&world.platform, &Actor::operator(), &ada.id).await.unwrap();
    let page = boss.post(&format!("{path}/link"), &[]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text.contains("is disabled"), "{}", page.text);
}
