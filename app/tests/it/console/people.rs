//! A tenant's users in the console, and on the tenant's own address: what they see of themselves there, and when nobody is let in.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};

use super::browser::{Browser, PASSWORD};
use super::{signed_in, tenant};
use crate::world::World;

const CHOSEN: &str = "seven small boats at noon";

async fn grace(world: &World) -> (Browser, String) {
    let mut own = Browser::at(&world.platform, "acme.localhost:3000");
    own.sign_in("grace@acme.example").await;
    let user = neo::tenant_users::one(&world.platform, &Actor::operator(), "acme", "grace@acme.example").await;
    (own, user.unwrap().id)
}

#[tokio::test]
async fn a_tenants_user_is_managed_from_their_page() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let (mut own, id) = grace(&world).await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let here = format!("/tenants/acme/users/{id}");
    let list = admin.get("/tenants/acme/users").await.text;
    assert!(list.contains(&format!("href=\"{here}\"")) && list.contains("Last sign-in"), "{list}");
    assert!(list.contains("href=\"http://acme.localhost:3000/sign-in\""), "{list}");
    let created = list.split("data-label=\"Created\">").nth(1).unwrap();
    assert!(created.starts_with("<time datetime=\"2") && created.contains(" UTC</time>"), "{created}");
    let page = admin.get(&here).await;
    assert_eq!(page.status, StatusCode::OK);
    for said in
        ["grace@acme.example", "in Acme", "last sign-in", "Make a link", "End all sessions", "Disable", "Delete…"]
    {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert_eq!(own.get("/").await.status, StatusCode::OK);
    assert_eq!(admin.post(&format!("{here}/end-sessions"), &[]).await.location(), here);
    assert_eq!(own.get("/").await.location(), "/sign-in?ended=1");
    assert_eq!(admin.post(&format!("{here}/disable"), &[]).await.location(), here);
    assert!(admin.get(&here).await.text.contains("Enable"));
    let page = admin.post(&format!("{here}/link"), &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("is disabled"), "{}", page.text);
    admin.post(&format!("{here}/enable"), &[]).await;
    assert_eq!(admin.post(&format!("{here}/role"), &[("role", "viewer")]).await.location(), here);
    assert!(admin.get(&here).await.text.contains("viewer"));
    let page = admin.post(&format!("{here}/role"), &[("role", "owner")]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.text.contains("one of: admin"), "{}", page.text);
    let page = admin.post(&format!("{here}/password"), &[("password", "short")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert_eq!(admin.post(&format!("{here}/password"), &[("password", CHOSEN)]).await.location(), here);
    let page = admin.post(&format!("{here}/link"), &[]).await;
    assert!(page.text.contains("http://acme.localhost:3000/password?token="), "{}", page.text);
    assert!(!admin.get(&here).await.text.contains("token="), "once");

    let page = admin.post(&format!("{here}/delete"), &[("confirm", "grace")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("Type grace@acme.example to confirm"), "{}", page.text);
    let page = admin.post(&format!("{here}/delete"), &[("confirm", "grace@acme.example")]).await;
    assert_eq!(page.location(), "/tenants/acme/users", "{}", page.text);
    assert_eq!(admin.get(&here).await.status, StatusCode::NOT_FOUND);

    let fields = [("email", "ada@acme.example"), ("first_name", "Ada"), ("last_name", "Lovelace"), ("role", "member")];
    let page = admin.post("/tenants/acme/users", &[&fields[..], &[("password", "")]].concat()).await;
    assert!(page.text.contains("A link for ada@acme.example"), "{}", page.text);
    let mut support = signed_in(&world, Role::Support).await;
    assert_eq!(support.get(&here).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_tenants_user_sees_their_sessions_changes_the_password_and_signs_out_everywhere() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let (mut own, _) = grace(&world).await;
    let (mut other, _) = grace(&world).await;
    let page = own.get("/account").await;
    assert_eq!(
        (page.text.matches("This one").count(), page.text.matches("last seen").count()),
        (1, 2),
        "{}",
        page.text
    );
    assert!(page.text.contains("Account · Acme") && !page.text.contains("<script"), "{}", page.text);
    let change = [("old", "a guess"), ("new", CHOSEN), ("again", CHOSEN)];
    let page = own.post("/account/password", &change).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("This is not your password"), "{}", page.text);
    let page = own.post("/account/password", &[("old", PASSWORD), ("new", CHOSEN), ("again", "x")]).await;
    assert!(page.text.contains("The two passwords differ"), "{}", page.text);
    let page = own.post("/account/password", &[("old", PASSWORD), ("new", CHOSEN), ("again", CHOSEN)]).await;
    assert_eq!(page.location(), "/account?changed=1", "{}", page.text);
    assert!(own.get("/account?changed=1").await.text.contains("Your password is changed"));
    assert_eq!(other.get("/account").await.location(), "/sign-in?next=/account&ended=1");
    assert_eq!(other.sign_in("grace@acme.example").await.status, StatusCode::UNAUTHORIZED, "another phrase");
    let page = own.post("/account/sessions/end-all", &[]).await;
    assert_eq!((page.location(), own.cookie.as_deref()), ("/sign-in", None));
    // Neither is there at the console's address for somebody from here, nor the console's acts here.
    assert_eq!(own.post("/account/sessions/end-others", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_signs_in_to_a_tenant_that_is_out_of_use_and_they_are_told_so() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    let (platform, operator) = (&world.platform, Actor::operator());
    let mut own = Browser::at(platform, "acme.localhost:3000");
    assert!(own.get("/sign-in").await.text.contains("Sign in to Acme"));
    neo::tenants::suspend(platform, &operator, "acme").await.unwrap();
    let link = [("token", "x"), ("password", CHOSEN), ("again", CHOSEN)];
    for page in [
        own.get("/sign-in").await,
        own.sign_in("grace@acme.example").await,
        own.get("/password?token=x").await,
        own.post("/password", &link).await,
    ] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(page.text.contains("Acme is suspended: nobody signs in here meanwhile"), "{}", page.text);
        assert_eq!(page.header("retry-after"), "5");
    }
    neo::tenants::resume(platform, &operator, "acme").await.unwrap();
    assert_eq!(own.sign_in("grace@acme.example").await.status, StatusCode::SEE_OTHER);

    // Turned to a backup, and not whole yet: as a restore leaves it until its run has come to its end.
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query("update tenants set status = 'provisioning'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let page = own.get("/").await;
    assert_eq!(page.location(), "/sign-in?ended=1");
    let page = own.get("/sign-in").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Acme is being set up"), "{}", page.text);
}
