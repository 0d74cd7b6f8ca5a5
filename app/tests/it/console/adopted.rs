//! A database that exists becomes a tenant's on a page: looked at first, then adopted.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::tenants;
use sqlx::{Connection, SqliteConnection};

use super::signed_in;
use super::tenant::{provisioned, with_migrations};
use crate::world::World;

const ADOPT: &str = "/tenants/new/adopt";

/// A file with these tables and no record.
async fn file(world: &World, name: &str, sql: &'static str) -> String {
    let path = world.dir.path().join(name).display().to_string();
    let mut conn = SqliteConnection::connect(&format!("sqlite://{path}?mode=rwc")).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    path
}

#[tokio::test]
async fn a_database_is_looked_at_with_nothing_touched_and_then_adopted() {
    let world = World::new().await;
    let acme = provisioned(&world).await;
    let files = world.platform.config.data_dir.join("tenants");
    let old = world.dir.path().join("old.db").display().to_string();
    std::fs::copy(files.join(format!("{}.db", acme.database)), &old).unwrap();
    let before = std::fs::read(&old).unwrap();
    let mut ada = signed_in(&world, Role::Superadmin).await;

    let new = ada.get("/tenants/new").await.text;
    assert!(new.contains(&format!("href=\"{ADOPT}\"")), "{new}");
    let page = ada.get(ADOPT).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let typed = [("slug", "old"), ("name", "Old & Sons"), ("server", "local"), ("database", &old)];
    let page = ada.post(ADOPT, &[&typed[..], &[("look", "1")]].concat()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in ["It can be adopted", "_sqlx_migrations", "0 migrations", "value=\"Old &amp; Sons\"", "value=\"old\""] {
        assert!(page.text.contains(said), "{said} in {}", page.text);
    }
    let command = format!("neo tenant adopt old --name 'Old &amp; Sons' --server local --database {old}");
    assert!(page.text.contains(&command), "{}", page.text);
    assert_eq!(std::fs::read(&old).unwrap(), before, "nothing is touched");
    assert!(tenants::find(&world.platform, &Actor::operator(), "old").await.is_err());

    let page = ada.post(ADOPT, &typed).await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/tenants/old"), "{}", page.text);
    let adopted = tenants::find(&world.platform, &Actor::operator(), "old").await.unwrap();
    assert_eq!((adopted.name.as_str(), adopted.version), ("Old & Sons", acme.version));
    // It is one already, and no second one's.
    let page = ada.post(ADOPT, &[&typed[..], &[("look", "1")]].concat()).await;
    assert!(page.text.contains("It is adopted already"), "{}", page.text);
    let page = ada.post(ADOPT, &[("slug", "twin"), ("server", "local"), ("database", &old)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(tenants::find(&world.platform, &Actor::operator(), "twin").await.is_err());
}

#[tokio::test]
async fn what_cannot_be_adopted_is_told_with_what_was_typed_still_there() {
    let world = World::new().await;
    with_migrations(&world);
    let tables = file(&world, "tables.db", "create table users (id integer primary key, name text)").await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let typed = |database: &str| {
        [("slug", "old"), ("server", "local"), ("database", database), ("user", "u"), ("password", "kept to itself")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for (database, more, status, said) in [
        (tables.as_str(), Some("look"), StatusCode::OK, "It cannot be adopted as it is"),
        (tables.as_str(), None, StatusCode::UNPROCESSABLE_ENTITY, "no record of what has been applied"),
        ("/nowhere.db", None, StatusCode::UNPROCESSABLE_ENTITY, "href=\"#f-database\""),
        ("", None, StatusCode::UNPROCESSABLE_ENTITY, "is not named"),
    ] {
        let mut fields = typed(database).to_vec();
        fields.extend(more.map(|name| (name.to_owned(), "1".to_owned())));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let page = ada.post(ADOPT, &fields).await;
        assert_eq!(page.status, status, "{database}: {}", page.text);
        assert!(page.text.contains(said), "{said} in {}", page.text);
        assert!(page.text.contains("value=\"old\"") && page.text.contains("type it again"), "{}", page.text);
        assert!(!page.text.contains("kept to itself"), "{}", page.text);
    }
    // What a look finds wrong is told at the field that it is about.
    for (slug, database, field) in
        [("old", "/nowhere.db", "database"), ("old", tables.as_str(), "database"), ("www", tables.as_str(), "slug")]
    {
        let page = ada.post(ADOPT, &[("slug", slug), ("server", "local"), ("database", database), ("look", "1")]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let input = page.text.split("<input").find(|input| input.contains(&format!("id=\"f-{field}\""))).unwrap();
        assert!(input.contains("aria-invalid=\"true\""), "{field}: {input}");
        assert!(input.contains(&format!("aria-describedby=\"f-{field}-error f-{field}-hint\"")), "{field}: {input}");
        assert_eq!(page.text.matches("aria-invalid").count(), 1, "{field}: {}", page.text);
    }
    let page = ada.post(ADOPT, &[("slug", "old"), ("server", "gone"), ("database", &tables), ("look", "1")]).await;
    let choice = page.text.split("<select").find(|choice| choice.contains("id=\"f-server\"")).unwrap();
    assert!(choice.split('>').next().unwrap().contains("aria-invalid=\"true\""), "{choice}");
    // Nobody has kept a record there, and all are pending: that is said, and can be.
    let page =
        ada.post(ADOPT, &[("slug", "old"), ("server", "local"), ("database", &tables), ("no_record", "1")]).await;
    let adopted = tenants::find(&world.platform, &Actor::operator(), "old").await;
    assert!(adopted.is_ok(), "{}", page.text);
}

/// What is asked of both is asked in the same words.
#[tokio::test]
async fn a_tenant_that_is_made_and_one_that_is_adopted_are_asked_for_alike() {
    let world = World::new().await;
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let (made, adopted) = (ada.get("/tenants/new").await.text, ada.get(ADOPT).await.text);
    for field in ["slug", "server", "password_hash"] {
        let of = |page: &str| {
            let begin = page.find(&format!("<label for=\"f-{field}\"")).unwrap_or_else(|| panic!("{field}: {page}"));
            page[begin..].split("</div>").next().unwrap().to_owned()
        };
        assert_eq!(of(&made), of(&adopted), "{field}");
    }
}

#[tokio::test]
async fn who_may_not_adopt_finds_no_way_there() {
    let world = World::new().await;
    for role in [Role::Admin, Role::Support] {
        let mut one = signed_in(&world, role).await;
        assert_eq!(one.get(ADOPT).await.status, StatusCode::FORBIDDEN);
        assert_eq!(one.post(ADOPT, &[("slug", "old"), ("database", "x")]).await.status, StatusCode::FORBIDDEN);
    }
}
