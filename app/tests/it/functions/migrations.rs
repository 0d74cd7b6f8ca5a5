//! The functions about migrations, and the one that says whether the fleet is there.

use axum::http::StatusCode;
use neo::actor::Role;
use serde_json::{Value, json};

use super::document::as_said;
use super::refused;
use super::runs::{fleet, migration, read, told};
use crate::console::browser::Browser;
use crate::console::signed_in;

const V: i64 = 20_270_101_000_001;
const DROPS: &str = "create table more (id int);\ndrop table contacts;\n";

async fn reads(browser: &mut Browser, name: &str) -> Value {
    told(&read(browser, name).await, name)
}

#[tokio::test]
async fn the_files_are_listed_shown_and_looked_through() {
    let world = fleet(&["acme"]).await;
    migration(&world, "20270101000001_more.up.sql", DROPS);
    let mut support = signed_in(&world, Role::Support).await;
    let all = reads(&mut support, "migrations").await;
    let last = all.as_array().unwrap().last().unwrap();
    assert_eq!((&last["version"], &last["applied"], &last["behind"]), (&json!(V), &json!(0), &json!(1)), "{last}");
    assert!(last["engines"][0].get("sql").is_none(), "{last}");
    for name in [format!("{V}"), "more".to_owned(), format!("{V}_more")] {
        let one = reads(&mut support, &format!("migrations/show?version={name}")).await;
        assert_eq!((&one["name"], &one["engines"][0]["sql"]), (&json!("20270101000001_more"), &json!(DROPS)), "{one}");
    }
    let error = refused(&read(&mut support, "migrations/show?version=mor").await, StatusCode::NOT_FOUND, "not_found");
    assert_eq!(error["nearest"][0], "20270101000001_more");

    let rules = |lines: Value| lines.as_array().unwrap().iter().map(|line| line["rule"].clone()).collect::<Vec<_>>();
    let newer = "migrations/lint?since=20250126000006";
    assert!(rules(reads(&mut support, "migrations/lint").await).len() > rules(reads(&mut support, newer).await).len());
    assert!(rules(reads(&mut support, newer).await).contains(&json!("drop-table")));
    let mysql = reads(&mut support, &format!("{newer}&engine=mysql")).await;
    assert!(mysql.as_array().unwrap().iter().all(|line| line["engines"] == json!(["mysql"])), "{mysql}");
    let page = read(&mut support, "migrations/lint?engine=oracle").await;
    assert_eq!(refused(&page, StatusCode::UNPROCESSABLE_ENTITY, "invalid")["field"], "engine");
}

#[tokio::test]
async fn whether_the_fleet_is_there_is_said_in_the_body_and_on_demand_in_the_status() {
    let world = fleet(&["acme", "beta"]).await;
    let mut support = signed_in(&world, Role::Support).await;
    for version in ["20250126000006", "20250126000006_add_custom_fields", "add_custom_fields"] {
        for status in ["", "&status=true"] {
            let answer = reads(&mut support, &format!("at-least?version={version}{status}")).await;
            assert_eq!(answer, json!({ "version": 20250126000006_i64, "ok": true, "tenants": 2, "behind": [] }));
        }
    }
    let plain = reads(&mut support, &format!("at-least?version={V}&tenant=beta")).await;
    let state = json!({ "tenant": "beta", "version": 20250126000006_i64, "state": "behind", "quarantined": false });
    assert_eq!(plain, json!({ "version": V, "ok": false, "tenants": 1, "behind": [state] }));
    let page = read(&mut support, &format!("at-least?version={V}&tenant=beta&status=true")).await;
    assert_eq!((page.status, super::json(&page)), (StatusCode::CONFLICT, plain.clone()), "the same body");
    let function = neo_app::functions().into_iter().find(|function| function.name() == "at-least").unwrap();
    let document: Value = serde_json::from_str(&neo_app::openapi()).unwrap();
    let responses = &document["paths"][function.path]["get"]["responses"];
    assert_eq!(responses["409"]["content"], responses["200"]["content"], "and the document says so");
    as_said(&document, &function, &plain);
    let old = support.get(&format!("/api/at-least/{V}")).await;
    assert_eq!((old.status, &super::json(&old)["behind"][1]), (StatusCode::CONFLICT, &plain["behind"][0]));
    for (query, status, code) in [
        ("version=nothing", StatusCode::NOT_FOUND, "not_found"),
        ("version=20250126000006&tenant=corp", StatusCode::NOT_FOUND, "not_found"),
        ("version=20250126000006&tag=odd", StatusCode::NOT_FOUND, "not_found"),
        ("", StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
    ] {
        refused(&read(&mut support, &format!("at-least?{query}")).await, status, code);
    }
}
