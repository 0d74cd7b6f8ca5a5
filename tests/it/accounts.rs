//! Tests of the room `accounts`: keys, audit, admins, sessions, tenant users, and who may do what. All of it on both central
//! databases.

mod admins;
mod audit;
mod ended;
mod exports;
mod factors;
mod idempotency;
mod invitations;
mod keys;
pub mod mail;
mod not_me;
mod passkeys;
mod permissions;
mod provider;
mod reruns;
mod sessions;
mod stolen;
mod tamperings;
mod tenant_ids;
mod tenant_people;
mod tenant_users;
mod throttle;
mod tokens;
mod traces;
mod weight;

use neo::Platform;
use neo::actor::{Actor, Role};
use neo::admins::{Admin, NewAdmin};

use crate::support;
use crate::world::World;

const PASSWORD: &str = "correct horse battery staple";

/// A platform on SQLite and one on PostgreSQL.
pub async fn worlds() -> Vec<World> {
    let cluster = support::postgres().await;
    let name = support::unique("central");
    cluster.create_database(&name).await;
    vec![World::new().await, World::on(&cluster.url(&name)).await]
}

pub(crate) async fn admin(platform: &Platform, email: &str, role: Role) -> Admin {
    let new = NewAdmin {
        email: email.into(),
        password: PASSWORD.into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        role,
    };
    neo::admins::create(platform, &Actor::operator(), new).await.unwrap()
}

/// Runs SQL on the central database behind the platform's back.
pub(crate) async fn tamper(platform: &Platform, sql: &str) -> u64 {
    let mut tx = platform.central.write().await.unwrap();
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap().rows_affected();
    tx.commit().await.unwrap();
    rows
}

async fn number(platform: &Platform, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut *platform.central.read().await.unwrap()).await.unwrap()
}
