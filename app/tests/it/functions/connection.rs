//! How an application gets to its tenant's database: told to tokens made for it, and to nobody else.

use axum::body::Body;
use axum::http::{StatusCode, header};
use neo::actor::{Actor, Confinement, Role};
use neo::engine::{Engine, Tls};
use neo::runs;
use neo::servers::NewServer;
use neo::tenants::{self, NewTenant};
use neo::tokens::{self, Lifetime, NewToken};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::document::as_said;
use super::{act, answered, json, refused};
use crate::console::browser::{Browser, Page};
use crate::console::{signed_in, tenant};
use crate::support;
use crate::world::World;

const HOST: &str = "central.localhost:3000";

struct Application {
    browser: Browser,
    token: String,
}

impl Application {
    async fn new(world: &World, role: Role, tags: &[&str], connect: bool) -> Self {
        let new = NewToken {
            name: if connect { format!("web{}", tags.len()) } else { "other".into() },
            role,
            lifetime: Lifetime::default(),
            confinement: Confinement { tags: tags.iter().map(|tag| (*tag).to_owned()).collect(), tenants: Vec::new() },
            networks: Vec::new(),
            allow_destructive: false,
            connect,
        };
        let (_, text) = tokens::create(&world.platform, &Actor::operator(), new).await.unwrap();
        Self { browser: Browser::at(&world.platform, HOST), token: text.expose_secret().to_owned() }
    }

    async fn ask(&self, query: &str, known: &str) -> Page {
        let request = self.browser.request("GET", &format!("/api/v1/tenants/connection?{query}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = if known.is_empty() { request } else { request.header(header::IF_NONE_MATCH, known) };
        self.browser.clone().send(request.body(Body::empty()).unwrap()).await
    }
}

/// The tenant `corp` on a PostgreSQL, up and running.
async fn corp(world: &World) {
    let cluster = support::postgres().await;
    tenant::with_migrations(world);
    let server = NewServer {
        name: "pg".into(),
        engine: Engine::Postgres,
        host: cluster.host.clone(),
        port: cluster.port,
        username: support::ADMIN.into(),
        password: Some(cluster.password.clone().into()),
        tls: Some(Tls::Off),
        insecure: false,
        path: None,
        max_connections: None,
        app_host: None,
        app_port: None,
        tls_ca: None,
    };
    neo::servers::add(&world.platform, &Actor::operator(), server).await.unwrap();
    let new = NewTenant {
        slug: "corp".into(),
        name: None,
        server: Some("pg".into()),
        tags: vec!["eu".into()],
        ..NewTenant::default()
    };
    let (_, run) = runs::provision(&world.platform, &Actor::operator(), new).await.unwrap();
    runs::work_on(&world.platform, run.number).await.unwrap();
}

async fn told(world: &World) -> Vec<neo::audit::Row> {
    let filter = neo::audit::Filter { action: Some("tenant.connect".into()), ..neo::audit::Filter::default() };
    neo::audit::list(&world.platform, &Actor::operator(), &filter).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_told_where_its_tenant_is_and_gets_in() {
    let world = World::new().await;
    corp(&world).await;
    let web = Application::new(&world, Role::Support, &["eu"], true).await;
    let page = web.ask("slug=corp", "").await;
    let found = answered(&page, StatusCode::OK);
    let cluster = support::postgres().await;
    let text = |key: &str| found[key].as_str().unwrap();
    assert_eq!((text("tenant"), text("status"), text("engine"), text("tls")), ("corp", "active", "postgres", "off"));
    assert_eq!((text("host"), &found["port"]), (cluster.host.as_str(), &json!(cluster.port)));
    assert!(found["version"].is_i64(), "{found}");
    let (user, password, database) = (text("user"), text("password"), text("database"));
    let mut client = cluster.client_of((user, password), database);
    let output = client.args(["-c", "select current_user"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), user, "{output:?}");

    let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
    let function = neo_app::functions().into_iter().find(|f| f.name() == "tenants/connection").unwrap();
    as_said(&document, &function, &found);
    let said = &document["paths"][function.path]["get"];
    assert_eq!(said["security"], json!([{ "token": [] }]));
    assert!(said["responses"]["304"]["headers"]["ETag"].is_object(), "{said}");
    assert_eq!(page.header("ratelimit-limit"), "6000", "by itself");

    // Under its own address, whatever port an application is asked at.
    for host in ["corp.localhost", "CORP.localhost:8080"] {
        assert_eq!(answered(&web.ask(&format!("host={host}"), "").await, StatusCode::OK), found, "{host}");
    }
    let rows = told(&world).await;
    assert_eq!(rows.len(), 1, "once a day: {rows:?}");
    assert!(rows[0].actor.starts_with("token:web1 of ") && rows[0].subject.ends_with(" corp"), "{rows:?}");
    let whole = serde_json::to_string(&rows).unwrap();
    assert!(!whole.contains(password), "{whole}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_has_already_is_not_sent_until_anything_of_it_is_another() {
    let world = World::new().await;
    corp(&world).await;
    let web = Application::new(&world, Role::Support, &[], true).await;
    let page = web.ask("slug=corp", "").await;
    let tag = page.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let same = web.ask("slug=corp", &known).await;
        assert_eq!(
            (same.status, same.text.as_str(), same.header("etag")),
            (StatusCode::NOT_MODIFIED, "", tag.as_str())
        );
    }
    assert_eq!(web.ask("slug=corp", "\"other\"").await.status, StatusCode::OK);

    // Suspended: its status, and no password.
    let operator = Actor::operator();
    tenants::suspend(&world.platform, &operator, "corp").await.unwrap();
    let page = web.ask("slug=corp", &tag).await;
    let found = answered(&page, StatusCode::OK);
    assert_eq!((&found["status"], &found["password"]), (&json!("suspended"), &Value::Null));
    assert!(found["user"].is_string() && page.header("etag") != tag, "{found}");
    tenants::resume(&world.platform, &operator, "corp").await.unwrap();
    assert_eq!(web.ask("slug=corp", &tag).await.status, StatusCode::NOT_MODIFIED, "it is as it was");

    // Another version of the schema is another answer.
    let name = "20990101000001_more.up.sql";
    std::fs::write(world.migrations().join(name), "create table more (id int);\n").unwrap();
    let request = runs::Request {
        goal: runs::Goal::Migrate { to: None },
        selection: Default::default(),
        policy: runs::Policy::default(),
        reason: None,
        confirm: None,
        expect: None,
        not_before: None,
        detached: false,
    };
    let run = runs::start(&world.platform, &operator, request).await.unwrap().number;
    runs::work_on(&world.platform, run).await.unwrap();
    assert_eq!(answered(&web.ask("slug=corp", &tag).await, StatusCode::OK)["version"], 20_990_101_000_001_i64);

    // Applications are sent elsewhere than Neo, and it is another answer.
    let tag = web.ask("slug=corp", "").await.header("etag").to_owned();
    let apps = |host: &str, port: u16| neo::servers::Changes {
        app_host: Some(host.into()),
        app_port: Some(port),
        ..Default::default()
    };
    neo::servers::set(&world.platform, &operator, "pg", apps("pool.internal", 6432)).await.unwrap();
    let page = web.ask("slug=corp", &tag).await;
    let found = answered(&page, StatusCode::OK);
    assert_eq!((&found["host"], &found["port"]), (&json!("pool.internal"), &json!(6432)));
    assert_ne!(page.header("etag"), tag);
    neo::servers::set(&world.platform, &operator, "pg", apps("", 0)).await.unwrap();
    assert_eq!(web.ask("slug=corp", &tag).await.status, StatusCode::NOT_MODIFIED, "as it was");

    // Archived there is no such address any more; whoever asks by the slug is told why.
    tenants::archive(&world.platform, &operator, "corp").await.unwrap();
    refused(&web.ask("host=corp.localhost", "").await, StatusCode::NOT_FOUND, "not_found");
    let found = answered(&web.ask("slug=corp", "").await, StatusCode::OK);
    assert_eq!((&found["status"], &found["password"]), (&json!("archived"), &Value::Null));
}

#[tokio::test]
async fn nobody_else_is_told_and_whoever_is_confined_knows_no_other_tenant() {
    let world = World::new().await;
    tenant::provisioned(&world).await;
    for role in Role::ALL {
        let page = signed_in(&world, role).await.get("/api/v1/tenants/connection?slug=acme").await;
        refused(&page, StatusCode::FORBIDDEN, "denied");
    }
    // Before anything is read of what was asked, and whether or not there is such a tenant.
    let other = Application::new(&world, Role::Superadmin, &[], false).await;
    for query in ["slug=acme", "slug=nobody", "no_such=x", ""] {
        refused(&other.ask(query, "").await, StatusCode::FORBIDDEN, "denied");
    }
    let web = Application::new(&world, Role::Support, &["eu"], true).await;
    for query in ["slug=acme", "host=acme.localhost", "slug=nobody", "host=nobody.localhost"] {
        let error = refused(&web.ask(query, "").await, StatusCode::NOT_FOUND, "not_found");
        assert_eq!(error["nearest"], json!([]), "{error}");
    }
    assert_eq!(told(&world).await.len(), 0);

    let web = Application::new(&world, Role::Support, &[], true).await;
    let found = answered(&web.ask("slug=acme", "").await, StatusCode::OK);
    let database = found["database"].as_str().unwrap();
    assert!(std::path::Path::new(database).is_absolute() && std::fs::exists(database).unwrap(), "{found}");
    for key in ["host", "port", "user", "password"] {
        assert_eq!(found[key], Value::Null, "{key}");
    }
    for query in ["host=central.localhost", "host=acme.example.com", "host=acme", "host=a..b"] {
        refused(&web.ask(query, "").await, StatusCode::NOT_FOUND, "not_found");
    }
    for query in ["", "slug=acme&host=acme.localhost"] {
        let error = refused(&web.ask(query, "").await, StatusCode::UNPROCESSABLE_ENTITY, "invalid");
        assert_eq!(error["field"], "slug", "{error}");
    }
    let id = tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap().id;
    refused(&web.ask(&format!("slug={id}"), "").await, StatusCode::NOT_FOUND, "not_found");
    let me = json(&web.browser.stranger().get("/api/v1/tenants/connection?slug=acme").await);
    assert_eq!(me["error"]["code"], "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_the_credentials_once_and_a_new_password_is_told_to_applications() {
    let world = World::new().await;
    corp(&world).await;
    let web = Application::new(&world, Role::Support, &[], true).await;
    let before = web.ask("slug=corp", "").await;
    let password = |page: &Page| answered(page, StatusCode::OK)["password"].as_str().unwrap().to_owned();
    let mut boss = signed_in(&world, Role::Superadmin).await;

    // On no page before it is asked for, and on that one alone.
    for path in ["/tenants/corp", "/tenants/corp/credentials"] {
        let page = boss.get(path).await;
        assert!(page.status == StatusCode::OK && !page.text.contains(&password(&before)), "{path}");
        assert!(page.text.contains("redentials"), "{path}");
    }
    let page = boss.post("/tenants/corp/credentials", &[]).await;
    assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-store"), "{}", page.text);
    assert!(page.text.contains(&password(&before)) && page.text.contains("data-copy"), "{}", page.text);
    // The same as a function; of one that is suspended too, of which applications are told nothing.
    let operator = Actor::operator();
    tenants::suspend(&world.platform, &operator, "corp").await.unwrap();
    let told = act(&mut boss, "tenants/credentials", &json!({ "tenant": "corp" })).await;
    let told = answered(&told, StatusCode::OK);
    assert_eq!((&told["password"], &told["status"]), (&json!(password(&before)), &json!("suspended")));
    assert_eq!(answered(&web.ask("slug=corp", "").await, StatusCode::OK)["password"], Value::Null);
    tenants::resume(&world.platform, &operator, "corp").await.unwrap();
    let filter = neo::audit::Filter { action: Some("tenant.credentials".into()), ..neo::audit::Filter::default() };
    let rows = neo::audit::list(&world.platform, &operator, &filter).await.unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.actor == "superadmin@example.com"), "{rows:?}");

    // A new one: applications have another answer, and get in with it.
    for (wrong, field) in [
        (json!({}), "tenants"),
        (json!({ "tenants": ["corp"], "all": true }), "tenants"),
        (json!({ "all": true, "older_than": "soon" }), "older_than"),
    ] {
        let error = refused(
            &act(&mut boss, "tenants/rotate-password", &wrong).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
        );
        assert_eq!(error["field"], field, "{error}");
    }
    let asked = json!({ "tenants": ["corp"], "reason": "somebody has left" });
    let run = answered(&act(&mut boss, "tenants/rotate-password", &asked).await, StatusCode::ACCEPTED);
    let run = run["run"].as_i64().unwrap();
    runs::work_on(&world.platform, run).await.unwrap();
    let after = web.ask("slug=corp", before.header("etag")).await;
    assert_ne!(password(&after), password(&before));
    let found = answered(&after, StatusCode::OK);
    assert_eq!(found["next_password"], Value::Null);
    let cluster = support::postgres().await;
    let (user, database) = (found["user"].as_str().unwrap(), found["database"].as_str().unwrap());
    let new = password(&after);
    let output = cluster.client_of((user, &new), database).args(["-c", "select 1"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let old = password(&before);
    let output = cluster.client_of((user, &old), database).args(["-c", "select 1"]).output().unwrap();
    assert!(!output.status.success(), "the old one ends");
    // The run tells what it did, on its page and in the list.
    for (path, words) in [(format!("/runs/{run}"), "Renewed"), ("/runs".into(), "Renew passwords corp")] {
        let page = boss.get(&path).await;
        assert!(page.status == StatusCode::OK && page.text.contains(words), "{path}: {}", page.text);
    }
    let page = boss.get("/runs/new?keys=corp&kind=rotate").await;
    assert!(
        page.text.contains("Renew the password") && page.text.contains("neo tenant rotate-password corp"),
        "{}",
        page.text
    );
    let page = boss.post("/runs/new", &[("keys", "corp"), ("kind", "rotate")]).await;
    assert_eq!(
        (page.status, page.location()),
        (StatusCode::SEE_OTHER, format!("/runs/{}", run + 1).as_str()),
        "{}",
        page.text
    );
}
