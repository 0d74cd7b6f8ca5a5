//! The pages of tenants, migrations, runs and servers, as a browser without scripts sees them.

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::actor::Role;
use neo::tenants::{NewTenant, Tenant};

use crate::console::{browser::Browser, signed_in};
use crate::world::World;

/// A tenant that is registered and not made yet: enough for what pages show, and quick.
async fn reserved(world: &World, slug: &str, name: &str) -> Tenant {
    let new =
        NewTenant { slug: slug.into(), name: Some(name.into()), server: None, tags: vec![], ..NewTenant::default() };
    neo::tenants::reserve(&world.platform, &neo::actor::Actor::operator(), new).await.unwrap()
}

async fn text(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    page.text
}

#[tokio::test]
async fn every_page_answers_before_there_is_anything_to_show() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    assert!(text(&mut browser, "/tenants").await.contains("No tenants yet"));
    assert!(text(&mut browser, "/runs").await.contains("No runs yet"));
    for path in [
        "/tenants/new",
        "/migrations",
        "/runs/new",
        "/servers",
        "/servers/new",
        "/servers?check=local",
        "/servers/local",
        "/servers/local?check=yes",
        "/servers/local/edit",
        "/servers/local/rotate-password",
    ] {
        let html = text(&mut browser, path).await;
        assert_eq!(html.matches("<h1").count(), 1, "{path}");
    }
    for path in [
        "/tenants/nobody",
        "/runs/99",
        "/migrations/20990101000000",
        "/servers/nowhere/remove",
        "/servers/nowhere",
        "/servers/nowhere/edit",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn what_somebody_typed_into_a_name_is_text_on_every_page() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    reserved(
        &world,
        "acme",
        "<script>alert(1)</script> \u{202e}evil\u{3164}\u{2028}\u{e0041} علی\u{200c}رضا 👩\u{200d}💻",
    )
    .await;
    // What was let in before names were held to a rule.
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::query("update tenants set name = name || $1").bind("\u{9b}2J\u{1}").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let unseen = ['\u{202e}', '\u{3164}', '\u{2028}', '\u{e0041}', '\u{9b}', '\u{1}'];
    for path in ["/tenants", "/tenants/acme", "/tenants/acme/migrations", "/tenants/acme/runs"] {
        let html = text(&mut browser, path).await;
        assert!(!html.contains("<script>alert"), "{path}");
        assert!(html.contains("&lt;script&gt;alert(1)"), "{path}");
        assert!(
            !html.contains(unseen) && html.contains(r"\u{202e}evil\u{3164}\u{2028}\u{e0041} "),
            "{path}: read in the order it was typed in, and whole"
        );
        assert!(html.contains(r"\u{9b}2J\u{1}"), "{path}");
        assert!(html.contains("علی\u{200c}رضا 👩\u{200d}💻"), "{path}: what a script needs stays");
    }
    // The script of a page shows what is found as it comes.
    let request = browser
        .request("GET", "/api/v1/search?q=acme")
        .header(header::REFERER, "http://central.localhost:3000/tenants");
    let found = browser.send(request.body(Body::empty()).unwrap()).await.text;
    assert!(!found.contains(unseen) && found.contains(r"\\u{202e}evil\\u{3164}"), "{found}");
    assert!(found.contains(r"\\u{9b}2J\\u{1}"), "{found}");
    // A program reads what there is, and a terminal that prints it is not driven.
    let told = browser.get("/api/v1/tenants/show?tenant=acme").await.text;
    assert!(!told.contains(unseen) && told.contains(r"\u202eevil\u3164\u2028\udb40\udc41"), "{told}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told["name"].as_str().unwrap().ends_with("💻\u{9b}2J\u{1}"), "{told}");
}

#[tokio::test]
async fn the_address_of_the_list_is_its_filter() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    reserved(&world, "acme", "Acme").await;
    reserved(&world, "beta", "Beta").await;
    let html = text(&mut browser, "/tenants?q=acme").await;
    assert!(html.contains(r#"href="/tenants/acme""#) && !html.contains(r#"href="/tenants/beta""#));
    assert!(text(&mut browser, "/tenants?q=nobody").await.contains("Clear filters"));
    let page = browser.get("/tenants?q=acme&server=&tag=").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants?q=acme"));
    assert_eq!(browser.get("/tenants?status=asleep").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_leads_to_the_field() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let page = browser.post("/tenants/new", &[("name", "Acme Corp"), ("slug", "no good; slug")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains(r##"href="#f-slug""##), "{}", page.text);
    assert!(page.text.contains("no good; slug") && page.text.contains("Acme Corp"));
}

#[tokio::test]
async fn name_and_tags_are_taken_together_or_not_at_all() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    reserved(&world, "acme", "Acme").await;
    let page = browser.post("/tenants/acme/edit", &[("name", "Acme & Sons"), ("tags", "eu, No Good")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains(r##"href="#f-tags""##) && page.text.contains("f-tags-error"), "{}", page.text);
    assert!(page.text.contains(r#"value="Acme &amp; Sons""#) && page.text.contains(r#"value="eu, No Good""#));
    assert!(page.text.contains("<details open"), "{}", page.text);
    assert!(page.text.contains("<h1>Acme</h1>"), "the name is not taken without the tags: {}", page.text);
    let page = browser.post("/tenants/acme/edit", &[("name", "Acme & Sons"), ("tags", "eu, beta")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants/acme"), "{}", page.text);
    let html = text(&mut browser, "/tenants/acme").await;
    assert!(html.contains("<h1>Acme &amp; Sons</h1>") && html.contains(r#"value="beta, eu""#), "{html}");
    let typed = [("name", "Acme & Sons"), ("tags", "eu, beta"), ("password_hash", "md5")];
    let page = browser.post("/tenants/acme/edit", &typed).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("is not a kind of password hash"), "{}", page.text);
    let typed = [("name", "Acme & Sons"), ("tags", "eu, beta"), ("password_hash", "bcrypt")];
    assert_eq!(browser.post("/tenants/acme/edit", &typed).await.status, StatusCode::SEE_OTHER);
    let html = text(&mut browser, "/tenants/acme").await;
    assert!(html.contains("<dt>Password hash</dt><dd>bcrypt</dd>"), "{html}");
    assert_eq!(browser.post("/tenants/nobody/edit", &[("name", "x")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_tenant_is_queued_and_its_own_page_shows_the_steps() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let page = browser.post("/tenants/new", &[("name", "Acme Corp")]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants/acme-corp"), "{}", page.text);
    let html = text(&mut browser, "/tenants/acme-corp").await;
    assert!(html.contains("Create the database") && html.contains(r#"http-equiv="refresh""#), "{html}");
    assert!(text(&mut browser, "/runs?kind=provision").await.contains("Run 1"));
    assert!(text(&mut browser, "/runs/1").await.contains("acme-corp"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_has_a_page_where_it_is_edited_and_gets_a_new_password() {
    let cluster = crate::support::postgres().await;
    let user = crate::support::unique("paged");
    cluster.query("", &format!("create role {user} superuser login password 'canary-paged'")).await;
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Superadmin).await;
    let port = cluster.port.to_string();
    let new = [
        ("name", "pg"),
        ("engine", "postgres"),
        ("host", "127.0.0.1"),
        ("port", port.as_str()),
        ("username", user.as_str()),
        ("password", "canary-paged"),
        ("app_host", "pool.internal"),
    ];
    let page = browser.post("/servers/new", &new).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    let html = text(&mut browser, "/servers").await;
    let told = format!("pool.internal:{port}");
    assert!(html.contains(r#"href="/servers/pg""#) && html.contains(&told), "{html}");
    let html = text(&mut browser, "/servers/pg?check=yes").await;
    assert!(html.contains("PostgreSQL 15") && html.contains(&told) && html.contains(&user), "{html}");

    let html = text(&mut browser, "/servers/pg/edit").await;
    assert!(html.contains(r#"value="127.0.0.1""#) && !html.contains("canary"), "{html}");
    let edit = |host: &'static str, password: &'static str, app_host: &'static str| {
        [
            ("name", "pg-eu".to_owned()),
            ("host", host.to_owned()),
            ("port", port.clone()),
            ("username", user.clone()),
            ("password", password.to_owned()),
            ("tls", "off".to_owned()),
            ("max_connections", "9".to_owned()),
            ("app_host", app_host.to_owned()),
            ("app_port", String::new()),
        ]
    };
    let mut post = async |path: &str, fields: &[(&'static str, String)]| {
        // With what is empty, as a browser sends it.
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = browser.request("POST", path).header("sec-fetch-site", "same-origin");
        let request = request.header(axum::http::header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        browser.send(request.body(axum::body::Body::from(body)).unwrap()).await
    };
    let page = post("/servers/pg/edit", &edit("127.0.0.1", "canary-wrong", "")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("stays as it was") && page.text.contains(r#"value="pg-eu""#), "{}", page.text);
    assert!(!page.text.contains("canary"), "{}", page.text);
    let page = post("/servers/pg/edit", &edit("", "", "")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{} {}", page.location(), page.text);
    assert!(page.text.contains(r##"href="#f-host""##), "{}", page.text);
    let page = post("/servers/pg/edit", &edit("localhost", "canary-paged", "")).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/servers/pg-eu"), "{}", page.text);
    let html = text(&mut browser, "/servers/pg-eu").await;
    assert!(html.contains(&format!("localhost:{port}")) && !html.contains("pool.internal"), "{html}");

    let html = text(&mut browser, "/servers/pg-eu/rotate-password").await;
    assert!(html.contains("neo server rotate-password pg-eu"), "{html}");
    let page = browser.post("/servers/pg-eu/rotate-password", &[]).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/servers/pg-eu"), "{}", page.text);
    assert!(text(&mut browser, "/servers/pg-eu?check=yes").await.contains("PostgreSQL 15"));
    let mut old = cluster.client_of((&user, "canary-paged"), "");
    assert!(!old.args(["-c", "select 1"]).output().unwrap().status.success(), "the old password is gone");
    let page = browser.post("/servers/local/rotate-password", &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("nobody signs in to"), "{}", page.text);
}

#[tokio::test]
async fn what_a_role_may_not_do_stays_visible_and_is_refused() {
    let world = World::new().await;
    let mut browser = signed_in(&world, Role::Support).await;
    reserved(&world, "acme", "Acme").await;
    let html = text(&mut browser, "/tenants").await;
    assert!(html.contains("New tenant") && html.contains("ask somebody with the role superadmin"));
    for path in [
        "/tenants/new",
        "/runs/new",
        "/servers/new",
        "/servers/local/edit",
        "/servers/local/rotate-password",
        "/tenants/acme/delete",
        "/tenants/acme/suspend",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in [
        "/tenants/new",
        "/runs/new",
        "/tenants/acme/delete",
        "/tenants/acme/suspend",
        "/servers/local/remove",
        "/servers/local/edit",
        "/servers/local/rotate-password",
    ] {
        let page = browser.post(path, &[("name", "x"), ("slug", "x"), ("confirm", "acme")]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}: {}", page.text);
    }
}
