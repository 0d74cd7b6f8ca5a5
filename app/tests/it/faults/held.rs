//! The migration lock of one tenant is held by another session.

use std::time::Duration;

use neo::engine::{Connection, Engine, Target, Tls};
use secrecy::SecretString;

use super::fleet::Fleet;
use crate::support;

#[tokio::test(flavor = "multi_thread")]
async fn a_held_lock_names_its_holder_and_holds_up_nobody_else() {
    let cluster = support::postgres().await;
    let mut fleet = tokio::task::spawn_blocking(move || Fleet::new(4, Some(cluster))).await.unwrap();
    fleet.step("");
    let database = fleet.program.json("tenant show tenant-002")["database"].as_str().unwrap().to_owned();
    let target = Target {
        engine: Engine::Postgres,
        host: cluster.host.clone(),
        port: cluster.port,
        database,
        username: cluster.user.clone(),
        password: Some(SecretString::from(cluster.password.clone())),
        second: None,
        tls: Tls::Off,
        path: Default::default(),
        application_name: "somebody else".into(),
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(5),
        tls_ca: None,
    };
    let mut holder = Connection::open(&target).await.unwrap();
    holder.lock(Duration::from_secs(1)).await.unwrap();

    let fleet = tokio::task::spawn_blocking(move || {
        // Both wait out the same three deadlines, so they may do it side by side.
        let all = fleet.start("migrate tenant tenant-000 tenant-001 tenant-003 --yes");
        let one = fleet.program.run("migrate tenant tenant-002 --yes --json").expect(6).json();
        let failure = &one["failures"][0];
        assert_eq!((failure["category"].as_str(), failure["tenant"].as_str()), (Some("lock"), Some("tenant-002")));
        let said = failure["message"].as_str().unwrap();
        assert!(said.contains("application \"somebody else\"") && said.contains("user \"postgres\""), "{said}");
        assert!(failure["hint"].as_str().unwrap().contains("neo tenant unlock tenant-002"), "{failure}");
        drop(all);
        fleet
    })
    .await
    .unwrap();
    holder.close().await;
    tokio::task::spawn_blocking(move || {
        let mut fleet = fleet;
        fleet.mended();
        fleet.exactly_once();
        fleet.report("the migration lock held by another session", "1 run");
    })
    .await
    .unwrap();
}
