//! One's own sessions on the page of the account: what they are at, and what is done when one of them is not one's own.

use axum::http::{StatusCode, header};
use neo::actor::Role;

use super::browser::{Browser, PASSWORD};
use super::signed_in;
use crate::world::World;

const CHOSEN: &str = "seven small boats at noon";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 <b>";

#[tokio::test]
async fn this_was_not_me_ends_the_others_and_asks_for_a_new_password_at_once() {
    let world = World::new().await;
    let mut mine = signed_in(&world, Role::Support).await;
    assert!(!mine.get("/account").await.text.contains("This was not me"), "there is nobody else");
    let mut theirs = mine.stranger();
    let form = format!("email=support%40example.com&password={}&next=%2F", PASSWORD.replace(' ', "+"));
    let request =
        theirs.request("POST", "/sign-in").header("sec-fetch-site", "same-origin").header(header::USER_AGENT, AGENT);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let page = theirs.send(request.body(axum::body::Body::from(form)).unwrap()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let text = mine.get("/account").await.text;
    assert!(text.contains("Firefox 128 on Linux") && text.contains("This was not me"), "{text}");
    assert!(!text.contains("<b>") && text.contains("an unknown browser"), "{text}");

    let page = mine.post("/account/not-me", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account/not-me"));
    assert!(theirs.get("/account").await.location().starts_with("/sign-in"), "at once");
    let page = mine.get("/account/not-me").await;
    assert!(page.text.contains("All your other sessions have ended"), "{}", page.text);
    let choose = async |browser: &mut Browser, old: &str, new: &str, again: &str| {
        browser.post("/account/not-me/password", &[("old", old), ("new", new), ("again", again)]).await
    };
    let page = choose(&mut mine, PASSWORD, CHOSEN, "another").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("The two passwords differ") && page.text.contains("All your other"), "{}", page.text);
    let page = choose(&mut mine, "not this one at all", CHOSEN, CHOSEN).await;
    assert!(page.text.contains("This is not your password"), "{}", page.text);
    let page = choose(&mut mine, PASSWORD, CHOSEN, CHOSEN).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account"), "{}", page.text);
    assert_eq!(mine.get("/account").await.status, StatusCode::OK);
    assert_eq!(theirs.sign_in("support@example.com").await.status, StatusCode::UNAUTHORIZED, "the old one is no more");
}

#[tokio::test]
async fn whoever_has_a_second_factor_proves_it_before_the_new_password_is_asked_for() {
    let world = World::new().await;
    let mut mine = signed_in(&world, Role::Admin).await;
    super::factors::enrolled(&mut mine).await;
    assert_eq!(mine.get("/account/not-me").await.status, StatusCode::OK);
    super::known::age(&world.platform).await;
    let page = mine.post("/account/not-me", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account/not-me"), "that waits for nothing");
    let page = mine.get("/account/not-me").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/reauthenticate?next=/account/not-me"));
    let fields = [("old", PASSWORD), ("new", CHOSEN), ("again", CHOSEN)];
    for path in ["/account/not-me/password", "/account/password"] {
        let page = mine.post(path, &fields).await;
        assert!(page.text.contains("Confirm your password") && !page.text.contains(CHOSEN), "{path}: {}", page.text);
    }
}
