//! Signing in by an identity provider: one that the tests make, with its lies.

mod admins;
mod answers;
mod away;
mod examined;
mod factors;
pub mod jar;
pub mod provider;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::audit::{Filter, Row};
use neo::config::Config;

use crate::world::World;
use jar::Jar;
use provider::Provider;

/// A console with a provider beside it.
async fn scene(change: impl FnOnce(&mut Config)) -> (World, Provider) {
    let provider = Provider::start().await;
    let settings = provider.settings();
    let world = World::with(|config| {
        config.oidc = Some(settings);
        change(config);
    })
    .await;
    (world, provider)
}

async fn rows(platform: &Platform, action: &str) -> Vec<Row> {
    let filter = Filter { action: Some(action.to_owned()), ..Filter::default() };
    neo::audit::list(platform, &Actor::operator(), &filter).await.unwrap()
}

/// Why the last sign-in was not one, as the audit has it.
async fn why(platform: &Platform) -> String {
    let rows = rows(platform, "session.sign_in").await;
    assert_eq!(rows[0].outcome, neo_model::AuditOutcome::Failed.as_str(), "{:?}", rows[0]);
    rows[0].body["why"].as_str().unwrap_or_default().to_owned()
}

async fn tamper(platform: &Platform, sql: &'static str) {
    let mut tx = platform.central.write().await.unwrap();
    sqlx::query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn number(platform: &Platform, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut *platform.central.read().await.unwrap()).await.unwrap()
}

async fn role(platform: &Platform, email: &str) -> Role {
    neo::admins::find(platform, &Actor::operator(), email).await.unwrap().role
}

/// An admin with a password.
async fn admin(platform: &Platform, email: &str, role: Role) -> neo::admins::Admin {
    let new = neo::admins::NewAdmin {
        email: email.into(),
        password: crate::console::browser::PASSWORD.into(),
        first_name: "Grace".into(),
        last_name: "Hopper".into(),
        role,
    };
    neo::admins::create(platform, &Actor::operator(), new).await.unwrap()
}

async fn by_password(browser: &mut Jar, email: &str) -> crate::console::browser::Page {
    let fields = [("email", email), ("password", crate::console::browser::PASSWORD), ("next", "/")];
    browser.post("/sign-in", &fields).await
}
