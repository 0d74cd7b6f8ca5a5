//! The pages of tokens, without scripts: made and shown once, listed, revoked.

use axum::http::StatusCode;
use neo::actor::Role;

use crate::console::signed_in;
use crate::world::World;

/// What stands between `neo_` and what cannot be a token's.
fn shown(text: &str) -> Option<&str> {
    let start = text
        .match_indices("neo_")
        .map(|(at, _)| &text[at..])
        .find(|rest| rest.len() > 60 && rest.as_bytes()[12] == b'_')?;
    Some(&start[..60])
}

#[tokio::test]
async fn a_token_is_made_on_a_page_that_alone_shows_it_and_revoked_on_another() {
    let world = World::new().await;
    let mut ada = signed_in(&world, Role::Admin).await;
    let page = ada.get("/account").await;
    assert!(page.text.contains("href=\"/tokens/new\"") && page.text.contains("None yet"), "{}", page.text);
    let page = ada.get("/tokens/new").await;
    assert!(page.status == StatusCode::OK && page.text.contains("value=\"90d\""), "{}", page.text);
    assert!(!page.text.contains("value=\"superadmin\"") && !page.text.contains("name=\"connect\""), "{}", page.text);

    let fields = [("name", "a b"), ("role", "support"), ("lifetime", "30d"), ("tags", "eu, us")];
    let page = ada.post("/tokens/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("value=\"eu, us\"") && page.text.contains("#f-name"), "{}", page.text);
    let fields = [("name", "ci"), ("role", "support"), ("lifetime", "30d"), ("tags", "eu, us"), ("networks", "here")];
    let page = ada.post("/tokens/new", &fields).await;
    assert!(page.text.contains("#f-networks"), "it is said at the field: {}", page.text);
    let page = ada.post("/tokens/new", &fields[..4]).await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"));
    let token = shown(&page.text).expect("the token").to_owned();
    let id = token[4..12].to_owned();

    let page = ada.get("/account").await;
    assert!(page.text.contains("the tags eu, us") && page.text.contains(&id) && shown(&page.text).is_none());
    let page = ada.get(&format!("/tokens/{id}/revoke")).await;
    assert!(page.status == StatusCode::OK && page.text.contains("Revoke ci?"), "{}", page.text);

    // A superadmin sees everybody's, anybody else does not.
    let mut root = signed_in(&world, Role::Superadmin).await;
    assert!(root.get("/admins").await.text.contains(&id) && !root.get("/account").await.text.contains(&id));
    let mut other = signed_in(&world, Role::Support).await;
    for page in
        [other.get(&format!("/tokens/{id}/revoke")).await, other.post(&format!("/tokens/{id}/revoke"), &[]).await]
    {
        assert_eq!(page.status, StatusCode::NOT_FOUND);
    }
    let page = ada.post(&format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/account"));
    assert!(ada.get("/account").await.text.contains("Revoked"));
    let page = root.post(&format!("/tokens/{id}/revoke"), &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/admins"));
}
