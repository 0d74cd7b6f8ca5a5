//! A tenant that is half way through a migration: its page says so, and what is true of it is decided there.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Goal, Policy};
use neo::tenants::{self, State};
use sqlx::{ConnectOptions, Connection};

use super::signed_in;
use super::tenant::provisioned;
use crate::world::World;

/// The tenant `acme`, with a row in its ledger that somebody has begun and nobody finished; a run has met it.
async fn half_done() -> World {
    let world = World::new().await;
    let tenant = provisioned(&world).await;
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let begun = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (20990101000001, 'more', false, x'00', -1)";
    sqlx::raw_sql(begun).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    std::fs::write(world.migrations().join("20990101000001_more.up.sql"), "create table more (id int);\n").unwrap();
    let request = runs::Request {
        goal: Goal::Migrate { to: None },
        selection: Default::default(),
        policy: Policy::default(),
        reason: None,
        not_before: None,
        confirm: None,
        expect: None,
        detached: true,
    };
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    world
}

async fn acme(world: &World) -> tenants::Tenant {
    tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap()
}

#[tokio::test]
async fn what_is_half_done_is_shown_and_decided_on_a_page_of_its_own() {
    let world = half_done().await;
    let mut ada = signed_in(&world, Role::Admin).await;
    assert!(ada.get("/tenants/acme").await.text.contains(r#"href="/tenants/acme/resolve""#));
    let page = ada.get("/tenants/acme/resolve").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in ["20990101000001_more (up) is half done", "create table more (id int)", "Applied: all of it is there"] {
        assert!(page.text.contains(said), "without {said:?}: {}", page.text);
    }

    // Nothing is chosen, or nothing confirmed: asked again, with what was typed.
    for (fields, field) in [
        (&[("confirm", "acme"), ("reason", "it is there")][..], "how"),
        (&[("how", "applied"), ("reason", "it is there")], "confirm"),
        (&[("how", "applied"), ("confirm", "beta"), ("reason", "it is there")], "confirm"),
        (&[("how", "continue"), ("from", "two"), ("confirm", "acme")], "from"),
    ] {
        let page = ada.post("/tenants/acme/resolve", fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        assert!(page.text.contains(&format!("href=\"#f-{field}\"")), "{field}: {}", page.text);
    }
    assert_eq!((acme(&world).await.is_half_done(), acme(&world).await.state), (true, State::Failed));

    let fields = [("how", "applied"), ("confirm", "acme"), ("reason", "it is there")];
    let page = ada.post("/tenants/acme/resolve", &fields).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants/acme"), "{}", page.text);
    assert_eq!((acme(&world).await.is_half_done(), acme(&world).await.version), (false, Some(20_990_101_000_001)));
    let rows = neo::audit::Filter { action: Some("tenant.resolve".into()), ..neo::audit::Filter::default() };
    let rows = neo::audit::list(&world.platform, &Actor::operator(), &rows).await.unwrap();
    assert!(rows.iter().all(|row| row.actor == "admin@example.com") && !rows.is_empty(), "{rows:?}");

    let page = ada.get("/tenants/acme/resolve?how=forget").await.text;
    assert!(page.contains("Nothing is half done here"), "{page}");
    let chosen = page.split("<input").find(|input| input.contains(r#"value="forget""#)).unwrap();
    assert!(chosen.split('>').next().unwrap().contains("checked"), "{chosen}");
    assert!(!ada.get("/tenants/acme").await.text.contains("/tenants/acme/resolve"));
}
