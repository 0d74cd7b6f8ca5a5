//! Several tenants of the list at once, and the list as a file.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::tenants::{self, Edit, NewTenant, Status};

use crate::console::signed_in;
use crate::world::World;

async fn fleet() -> World {
    let world = World::new().await;
    for slug in ["acme", "beta", "corvus"] {
        let new = NewTenant { slug: slug.into(), name: None, server: None, tags: vec![], ..NewTenant::default() };
        let (_, run) = neo::runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
        neo::runs::work_on(&world.platform, run.number).await.unwrap();
    }
    world
}

async fn statuses(world: &World) -> Vec<Status> {
    let all = tenants::all(&world.platform, &Actor::operator(), &tenants::Filter::default()).await.unwrap();
    all.into_iter().map(|tenant| tenant.status).collect()
}

/// A run is over active tenants: a list of others leads to none, rather than to one over everybody.
#[tokio::test]
async fn a_list_without_an_active_tenant_leads_to_no_run_and_the_latest_is_known_wherever_it_is_asked_for() {
    let world = fleet().await;
    tenants::suspend(&world.platform, &Actor::operator(), "beta").await.unwrap();
    let mut admin = signed_in(&world, Role::Admin).await;
    let all = "that match…";
    assert!(admin.get("/tenants").await.text.contains(all));
    assert!(admin.get("/tenants?status=active").await.text.contains("Migrate all 2 that match…"));
    let mixed = admin.get("/tenants?status=active&status=suspended").await.text;
    assert!(mixed.contains("Migrate all active ones that match…"), "{mixed}");
    let asleep = admin.get("/tenants?status=suspended").await.text;
    assert!(asleep.contains("beta") && !asleep.contains(all), "{asleep}");
    let run = admin.get("/runs/new?status=suspended").await;
    assert_eq!(run.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", run.text);
    assert!(run.text.contains("none of these is one") && !run.text.contains("all active tenants"), "{}", run.text);
    assert_eq!(admin.get("/runs/new?status=active&status=suspended").await.status, StatusCode::OK);

    // Without a migration nobody knows which one is the latest; with one, who has it is not behind.
    let unknown = admin.get("/tenants-list/suspend?behind=latest").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.text);
    let one = world.migrations().join("20250101000000_one.up.sql");
    std::fs::write(one, "create table one (id integer primary key);").unwrap();
    let new = NewTenant { slug: "dora".into(), ..NewTenant::default() };
    let (_, run) = neo::runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    neo::runs::work_on(&world.platform, run.number).await.unwrap();
    let behind = admin.get("/tenants-list/suspend?behind=latest").await.text;
    assert!(behind.contains("acme, beta, corvus") && !behind.contains("dora"), "{behind}");
}

#[tokio::test]
async fn the_preview_of_a_run_says_whom_it_passes_over() {
    let world = fleet().await;
    tenants::suspend(&world.platform, &Actor::operator(), "beta").await.unwrap();
    let mut admin = signed_in(&world, Role::Admin).await;
    let page = admin.get("/runs/new?keys=acme&keys=beta").await.text;
    assert!(page.contains("1 tenant is passed over: it is not active"), "{page}");
    assert!(page.contains("<code>beta</code>") && page.contains("suspended"), "{page}");
    assert!(!admin.get("/runs/new").await.text.contains("passed over"), "whoever is not named is not missed");
}

#[tokio::test]
async fn those_that_are_ticked_are_suspended_resumed_and_tagged_and_nobody_else() {
    let world = fleet().await;
    let mut admin = signed_in(&world, Role::Admin).await;
    let list = admin.get("/tenants").await.text;
    for path in ["/tenants-list/suspend", "/tenants-list/resume", "/tenants-list/tag"] {
        assert!(list.contains(&format!("formaction=\"{path}\"")), "{path}: {list}");
    }
    let page = admin.get("/tenants-list/suspend?keys=acme&keys=beta").await;
    assert!(page.text.contains("Suspend 2 tenants?") && page.text.contains("acme, beta"), "{}", page.text);
    let said = |page: &str, command: &str| {
        let command = format!("<code aria-live=\"polite\">{command}</code>");
        assert!(page.replace("&#x27;", "'").contains(&command), "{command}: {page}");
    };
    said(&page.text, "neo tenant suspend acme; neo tenant suspend beta");
    said(&admin.get("/tenants-list/tag?keys=acme").await.text, "neo tenant tag acme --add …");
    let keys = [("keys", "acme"), ("keys", "beta")];
    let page = admin.post("/tenants-list/suspend", &keys).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants?keys=acme&keys=beta"));
    assert_eq!(statuses(&world).await, [Status::Suspended, Status::Suspended, Status::Active]);

    // One that it is not possible for is said, and the others are done.
    let page = admin.post("/tenants-list/suspend", &[("keys", "beta"), ("keys", "corvus"), ("keys", "nobody")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("nobody is as it was"), "{}", page.text);
    assert_eq!(statuses(&world).await, [Status::Suspended; 3]);
    let all = [("keys", "acme"), ("keys", "beta"), ("keys", "corvus")];
    admin.post("/tenants-list/resume", &all).await;
    assert_eq!(statuses(&world).await, [Status::Active; 3]);

    let page = admin.post("/tenants-list/tag", &[&keys[..], &[("add", "eu, big"), ("remove", "")]].concat()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let page = admin.post("/tenants-list/tag", &[&keys[..], &[("remove", "big")]].concat()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let acme = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    assert_eq!(acme.tags, ["eu"]);
    for fields in [&[][..], &[("add", "")], &[("add", "no tag!")]] {
        let page = admin.post("/tenants-list/tag", &[&keys[..], fields].concat()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(page.text.contains("f-add-error"), "{fields:?}: {}", page.text);
    }
    // What was typed is in its command.
    let page = admin.post("/tenants-list/tag", &[("keys", "acme"), ("add", "eu no_tag!")]).await;
    said(&page.text, "neo tenant tag acme --add eu --add 'no_tag!'");

    // Who is gone meanwhile is left out, and said; where nobody is left, nobody is meant.
    let page = admin.get("/tenants-list/suspend?keys=acme&keys=gone&keys=beta").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Suspend 2 tenants?") && page.text.contains("acme, beta"), "{}", page.text);
    assert!(page.text.contains("1 tenant is not there any more, and left out: gone"), "{}", page.text);
    assert!(!page.text.contains("value=\"gone\""), "{}", page.text);
    let page = admin.get("/tenants-list/suspend?keys=gone&keys=away").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("No tenant is chosen") && page.text.contains("left out: gone, away"), "{}", page.text);
    let both = [("keys", "acme"), ("keys", "gone"), ("add", "no tag!")];
    let page = admin.post("/tenants-list/tag", &both).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("f-add-error") && page.text.contains("left out: gone"), "{}", page.text);
    // What is no tenant's name is refused as before.
    assert_eq!(admin.get("/tenants-list/suspend?server=nowhere").await.status, StatusCode::NOT_FOUND);

    // Nobody is chosen: nobody is meant.
    for path in ["/tenants-list/suspend", "/tenants-list/tag"] {
        assert!(admin.get(path).await.text.contains("No tenant is chosen"));
        assert_eq!(admin.post(path, &[("add", "eu")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(statuses(&world).await, [Status::Active; 3]);
    let mut support = signed_in(&world, Role::Support).await;
    assert_eq!(support.post("/tenants-list/suspend", &keys).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_list_is_taken_along_as_a_file_whose_cells_are_no_formulas() {
    let world = fleet().await;
    let edit = Edit { name: Some("=1+1".into()), add: vec!["eu".into(), "big".into()], ..Edit::default() };
    tenants::edit(&world.platform, &Actor::operator(), "beta", &edit).await.unwrap();
    let mut support = signed_in(&world, Role::Support).await;
    let page = support.get("/tenants-list/export").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    let lines: Vec<&str> = page.text.lines().collect();
    assert!(lines.len() == 4 && lines[0].starts_with("slug,name,status,state,server,"), "{}", page.text);
    assert!(lines[2].starts_with("beta,'=1+1,active,") && lines[2].contains("big eu"), "{}", lines[2]);
    let page = support.get("/tenants-list/export?q=corv&format=json").await;
    let rows: serde_json::Value = serde_json::from_str(&page.text).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["slug"]), (1, &"corvus".into()));
    let page = support.get("/tenants-list/export?format=xls").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
}

#[tokio::test]
async fn whoever_archived_a_tenant_takes_it_back_on_its_page() {
    let world = fleet().await;
    let mut boss = signed_in(&world, Role::Superadmin).await;
    tenants::archive(&world.platform, &Actor::operator(), "beta").await.unwrap();
    let page = boss.get("/tenants/beta").await.text;
    assert!(page.contains("Resume beta") && page.contains("action=\"/tenants/beta/resume\""), "{page}");
    assert_eq!(boss.post("/tenants/beta/resume", &[]).await.location(), "/tenants/beta");
    assert_eq!(statuses(&world).await, [Status::Active; 3]);
    // As a command, where it is asked for.
    let page = boss.get("/tenants/beta/suspend").await.text;
    assert!(page.contains("neo tenant suspend beta"), "{page}");
}
