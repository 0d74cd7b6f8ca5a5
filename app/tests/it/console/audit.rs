//! The audit as a browser without scripts sees it, and as it leaves.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::audit::{self, Filter};
use neo::tenants;

use super::signed_in;
use crate::world::World;

/// A tenant that was made, renamed and tagged by an admin who came through the browser.
async fn story(world: &World) -> tenants::Tenant {
    let new = tenants::NewTenant { slug: "acme".into(), ..Default::default() };
    let tenant = tenants::reserve(&world.platform, &Actor::operator(), new).await.unwrap();
    let ada =
        Actor { name: "ada@example.com".into(), address: Some("192.0.2.7".into()), ..crate::world::actor(Role::Admin) };
    let named = tenants::Edit { name: Some("<b>New</b> name".into()), ..Default::default() };
    let tagged = tenants::Edit { tags: Some(vec!["eu".into(), "gold".into()]), ..Default::default() };
    for edit in [named, tagged] {
        tenants::edit(&world.platform, &ada, "acme", &edit).await.unwrap();
    }
    tenant
}

async fn number(world: &World, action: &str) -> i64 {
    let filter = Filter { action: Some(action.into()), ..Filter::default() };
    audit::list(&world.platform, &Actor::operator(), &filter).await.unwrap()[0].seq
}

#[tokio::test]
async fn the_audit_is_filtered_by_its_address_and_a_row_opens_to_both_sides() {
    let world = World::new().await;
    let tenant = story(&world).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let all = browser.get("/audit").await.text;
    for there in ["tenant.rename", "tenant.tag", "tenant.reserve", "key.introduce", "browser · 192.0.2.7", "Succeeded"]
    {
        assert!(all.contains(there), "{there}: {all}");
    }
    for (address, is, is_not) in [
        ("/audit?actor=ada%40example.com", "tenant.tag", "tenant.reserve"),
        ("/audit?action=tenant", "tenant.tag", "key.introduce"),
        ("/audit?action=tenant.tag", "tenant.tag", "tenant.rename"),
        ("/audit?door=cli&outcome=succeeded", "tenant.reserve", "tenant.tag"),
        ("/audit?text=GOLD", "tenant.tag", "tenant.rename"),
        ("/audit?tenant=acme&from=2020-01-01", "tenant.tag", "key.introduce"),
        ("/tenants/acme/audit", "tenant.tag", "key.introduce"),
        ("/tenants/acme/audit?action=tenant.tag", "tenant.tag", "tenant.rename"),
    ] {
        let html = browser.get(address).await.text;
        let body = html.split("<tbody>").nth(1).unwrap_or_else(|| panic!("{address}: {html}"));
        assert!(body.contains(is) && !body.contains(is_not), "{address}: {body}");
    }
    let none = browser.get("/audit?until=2020-01-01").await.text;
    assert!(none.contains("Nothing like it was done"), "{none}");
    assert_eq!(browser.get("/audit?outcome=&text=x").await.location(), "/audit?text=x");
    assert_eq!(browser.get("/audit?from=yesterday").await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Opened where it stands, wherever in the list that is.
    let (rename, tag) = (number(&world, "tenant.rename").await, number(&world, "tenant.tag").await);
    let open = browser.get(&format!("/audit?open={rename}")).await.text;
    for there in [
        "Before",
        "After",
        "acme",
        "&lt;b&gt;New&lt;/b&gt; name",
        &format!("tenant:{}", tenant.id),
        "aria-expanded=\"true\"",
    ] {
        assert!(open.contains(there), "{there}: {open}");
    }
    assert!(open.contains(&format!("href=\"/tenants/{}\"", tenant.id)), "{open}");
    let open = browser.get(&format!("/tenants/acme/audit?open={tag}")).await.text;
    assert!(open.contains("eu, gold") && open.contains(">none<"), "{open}");
    assert!(all.contains(&format!("href=\"/audit?open={tag}#row-{tag}\"")), "{all}");
}

#[tokio::test]
async fn a_long_audit_has_pages_and_an_intent_leads_to_its_outcome() {
    let world = World::new().await;
    let intent =
        audit::intent(&world.platform, &Actor::operator(), "thing.drop", "thing:1", &serde_json::json!({})).await;
    let failed: neo::Result<()> = Err(neo::error::Error::conflict("it is held"));
    intent.unwrap().outcome(&world.platform, &failed).await.unwrap();
    for n in 0..60 {
        let mut tx = world.platform.central.write().await.unwrap();
        let (who, body) = (Actor::operator(), serde_json::json!({}));
        audit::record(&world.platform, &mut tx, &who, "thing.make", &format!("thing:{n}"), &body).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let first = browser.get("/audit?action=thing").await.text;
    assert!(first.contains("1–50 of 62") && first.contains("rel=\"next\""), "{first}");
    let way = first
        .split("href=\"")
        .map(|part| part.split('"').next().unwrap())
        .find(|href| href.contains("before="))
        .unwrap();
    let second = browser.get(&way.replace("&amp;", "&")).await.text;
    assert!(second.contains("51–62 of 62") && second.contains("thing.drop") && second.contains(">Newest<"), "{second}");
    let (outcome, intent) = (number(&world, "thing.drop").await, number(&world, "thing.drop").await - 1);
    // Beyond the first page: it begins with the row that is asked for.
    let open = browser.get(&format!("/audit?open={intent}")).await.text;
    assert!(open.contains("it is held") && open.contains(&format!("Row {outcome}, failed")), "{open}");
    let open = browser.get(&format!("/audit?open={outcome}")).await.text;
    assert!(open.contains(&format!("Row {intent}, intended")), "{open}");
}

#[tokio::test]
async fn an_export_leaves_the_console_as_the_page_chose_it_and_is_proven() {
    let world = World::new().await;
    story(&world).await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let key = world.platform.vault.public_key();
    let page = browser.get("/audit?action=tenant").await.text;
    assert!(page.contains("/audit/export?action=tenant&amp;format=csv"), "{page}");
    for (address, kind, rows) in [
        ("/audit/export?action=tenant&format=ndjson", "application/x-ndjson", Some(3)),
        ("/audit/export?action=tenant&format=csv", "text/csv; charset=utf-8", Some(3)),
        ("/audit/export", "application/x-ndjson", None),
        ("/api/v1/audit/export?format=csv&tenant=acme", "text/csv; charset=utf-8", Some(3)),
    ] {
        let file = browser.get(address).await;
        assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, kind), "{address}");
        assert!(file.header("content-disposition").starts_with("attachment; filename=\"audit-20"));
        assert_eq!(file.header("cache-control"), "no-store");
        let proof = audit::prove(file.text.as_bytes(), Some(&key)).unwrap();
        assert!(proof.holds() && proof.is_known, "{proof:?}");
        assert!(rows.is_none_or(|rows| proof.rows == rows), "{address}: {proof:?}");
    }
    let wrong = browser.get("/api/v1/audit/export?format=xml").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
    let wrong = browser.get("/api/v1/audit/export?nothing=x").await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("nothing"), "{}", wrong.text);
    for role in [Role::Support, Role::Admin] {
        let mut other = signed_in(&world, role).await;
        for address in ["/audit", "/audit/export", "/tenants/acme/audit", "/api/v1/audit/export"] {
            assert_eq!(other.get(address).await.status, StatusCode::FORBIDDEN, "{role} {address}");
        }
        assert!(!other.get("/tenants/acme").await.text.contains("/tenants/acme/audit"));
    }
}
