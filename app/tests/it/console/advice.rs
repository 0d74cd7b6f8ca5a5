//! What a page advises: links and fields, never a command or a flag.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::runs::{self, Goal, Policy};
use neo::tenants::Filter;

use super::browser::Page;
use super::signed_in;
use super::tenant::{provisioned, reserved};
use crate::world::World;

/// Commands that are shown to be copied are meant to be commands.
fn assert_no_command(page: &Page) {
    // What people read, and not how it is drawn.
    let text: String = page.text.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, words)| words).collect();
    let text = text.split("Copy as CLI").next().unwrap();
    for typed in
        ["neo tenant", "neo run", "neo server", "neo migrate", "neo key", "neo doctor", "neo admin", " --", "(--"]
    {
        assert!(!text.contains(typed), "{typed:?} in {text}");
    }
}

fn assert_says(page: &Page, status: StatusCode, what: &str) {
    assert!(page.status == status && page.text.contains(what), "{} without {what:?}\n{}", page.status, page.text);
    assert_no_command(page);
}

#[tokio::test]
async fn a_refusal_links_to_what_helps() {
    let world = World::new().await;
    provisioned(&world).await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let page = ada.get("/tenants/nobody").await;
    assert_says(&page, StatusCode::NOT_FOUND, "<a href=\"/tenants\">The list of tenants</a>.");
    let page = ada.get("/runs/99").await;
    assert_says(&page, StatusCode::NOT_FOUND, "<a href=\"/runs\">The list of runs</a>.");
    let page = ada.post("/tenants/acme/release", &[]).await;
    assert_says(&page, StatusCode::CONFLICT, "<a href=\"/tenants?quarantined=yes\">The tenants in quarantine</a>.");
    let new = [("name", "far"), ("engine", "postgres"), ("host", ""), ("username", "u")];
    let page = ada.post("/servers/new", &new).await;
    assert_says(&page, StatusCode::UNPROCESSABLE_ENTITY, "(fill in “Host”)");
    let new = [("name", "far"), ("engine", "postgres"), ("host", "db.example.com"), ("username", "u"), ("tls", "off")];
    let page = ada.post("/servers/new", &new).await;
    assert_says(&page, StatusCode::UNPROCESSABLE_ENTITY, "where the way there is safe: tick “With TLS off”)");
    let page = ada.post("/runs/new", &[("kind", "migrate"), ("waves", "tag:early")]).await;
    assert_says(&page, StatusCode::UNPROCESSABLE_ENTITY, "the list of tenants shows their tags");
    std::fs::remove_dir_all(world.migrations()).unwrap();
    let page = ada.get("/migrations").await;
    assert_says(&page, StatusCode::OK, "ask whoever runs Neo: create it, or set TENANT_MIGRATIONS");
}

#[tokio::test]
async fn a_slug_that_is_half_made_leads_to_its_steps() {
    let world = World::new().await;
    reserved(&world).await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let page = ada.post("/tenants/new", &[("slug", "acme"), ("name", "Acme")]).await;
    let ways = "to go on with its provisioning: retry acme; to clean it up: clean up acme";
    assert_says(&page, StatusCode::UNPROCESSABLE_ENTITY, ways);
}

#[tokio::test]
async fn pages_with_nothing_to_show_name_no_command() {
    let world = World::new().await;
    crate::functions::reserve(&world, "acme", &[]).await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    assert_says(&ada.get("/migrations").await, StatusCode::OK, "NUMBER_name.up.sql and NUMBER_name.down.sql");
    let link = "<a href=\"/migrations\" class=\"button\">See the folder</a>";
    assert_says(&ada.get("/tenants/acme/migrations").await, StatusCode::OK, link);
}

#[tokio::test]
async fn the_failures_of_a_run_name_no_command() {
    use sqlx::{ConnectOptions, Connection};
    let world = World::new().await;
    let tenant = provisioned(&world).await;
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    let mut conn = sqlx::sqlite::SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    sqlx::raw_sql(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (20990101000001, 'more', false, x'00', -1)",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    conn.close().await.unwrap();
    std::fs::write(world.migrations().join("20990101000001_more.up.sql"), "create table more (id int);\n").unwrap();
    let request = runs::Request {
        goal: Goal::Migrate { to: None },
        selection: Filter { keys: vec!["acme".into()], ..Filter::default() },
        policy: Policy::default(),
        reason: None,
        not_before: None,
        confirm: None,
        expect: None,
        detached: true,
    };
    let run = runs::start(&world.platform, &Actor::operator(), request).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
    let attempts = runs::attempts(&world.platform, &Actor::operator(), run.number, None, None).await.unwrap();
    let hint = attempts[0].failure.as_ref().unwrap().hint.as_ref().unwrap();
    assert!(hint.command().starts_with("neo migrate resolve acme shows its statements"), "{hint:?}");
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let way = "<a href=\"/tenants/acme/resolve\">Resolving acme</a> shows its statements";
    assert_says(&ada.get(&format!("/runs/{}", run.number)).await, StatusCode::OK, way);
    let log = ada.get(&format!("/runs/{}?tenant=acme", run.number)).await;
    assert_says(&log, StatusCode::OK, "hint: resolving acme shows its statements");
    // And on the tenant's own page, as a sentence.
    let way = "<a href=\"/tenants/acme/resolve\">Resolving acme</a> shows its statements";
    assert_says(&ada.get("/tenants/acme").await, StatusCode::OK, way);
}
