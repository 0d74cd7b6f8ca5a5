//! What the doctor says, and what each key seals, on pages of the console and for programs.

use axum::http::StatusCode;
use neo::actor::{Actor, Role};
use neo::{doctor, vault};
use serde_json::Value;

use super::signed_in;
use super::tenant::provisioned;
use crate::world::World;

#[tokio::test]
async fn the_doctor_looks_when_it_is_asked_and_says_what_it_says_on_the_command_line() {
    let world = World::new().await;
    provisioned(&world).await;
    let mut support = signed_in(&world, Role::Support).await;
    let page = support.get("/doctor").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Nothing was looked at yet") && page.text.contains("href=\"/doctor?part=all\""));
    assert!(page.text.contains("aria-current=\"page\">Doctor</a>"), "{}", page.text);

    let tenant = neo::tenants::find(&world.platform, &Actor::operator(), "acme").await.unwrap();
    let file = world.platform.config.data_dir.join("tenants").join(format!("{}.db", tenant.database));
    std::fs::rename(&file, file.with_extension("away")).unwrap();
    let found = doctor::examine(&world.platform, &Actor::operator()).await.unwrap();
    let wrong = found.iter().filter(|one| !one.ok).count();
    assert!(wrong > 0, "{found:?}");
    let page = support.get("/doctor?part=all").await.text;
    for one in found.iter().filter(|one| !one.ok) {
        let remedy = one.remedy.as_deref().unwrap_or_default();
        for said in [&one.message, remedy] {
            let said = said.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            assert!(page.contains(&said), "{said:?} in {page}");
        }
    }
    assert_eq!(page.matches("<tr class=\"failed\"").count(), wrong, "{page}");
    let answer: Value = serde_json::from_str(&support.get("/api/v1/doctor").await.text).unwrap();
    assert_eq!(answer.as_array().unwrap().len(), found.len(), "{answer}");
    let answer: Value = serde_json::from_str(&support.get("/api/v1/doctor?locks=true").await.text).unwrap();
    assert!(answer.as_array().unwrap().iter().all(|one| one["area"] == "lock"), "{answer}");
}

#[tokio::test]
async fn what_each_key_seals_is_for_superadmins_and_no_key_is_in_it() {
    let world = World::new().await;
    provisioned(&world).await;
    let status = vault::status(&world.platform, &Actor::operator()).await.unwrap();
    let mut ada = signed_in(&world, Role::Superadmin).await;
    let page = ada.get("/keys").await.text;
    assert!(page.contains(&status.current) && page.contains("Current"), "{page}");
    let answer: Value = serde_json::from_str(&ada.get("/api/v1/keys").await.text).unwrap();
    assert_eq!(answer, serde_json::to_value(&status).unwrap());
    assert_eq!(
        (&answer["keys"][0]["current"], &answer["keys"][0]["in_ring"]),
        (&true.into(), &true.into()),
        "{answer}"
    );

    let mut admin = signed_in(&world, Role::Admin).await;
    let refused = admin.get("/keys").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.text.contains("href=\"/keys\""), "nor is there a way there: {}", refused.text);
}
