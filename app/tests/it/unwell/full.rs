//! A central database that answers and takes nothing: a disk that is full.

use std::time::Duration;

use axum::http::StatusCode;

use crate::console::browser::Browser;
use crate::world::World;

async fn central(world: &World, sql: &'static str) {
    let mut tx = world.platform.central.write().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Asks as a probe does, until it is answered with `status`.
async fn until(world: &World, status: StatusCode) {
    let mut probe = Browser::at(&world.platform, "anywhere");
    let asked = async {
        while probe.get("/readyz").await.status != status {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap_or_else(|_| panic!("never {status}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_write_is_not_ready_until_it_can() {
    let world = World::new().await;
    let platform = world.platform.clone();
    let worker = tokio::spawn(async move { neo::runs::work(&platform, 1).await });
    until(&world, StatusCode::OK).await;
    let full =
        "create trigger full before update on workers begin select raise(abort, 'database or disk is full'); end";
    central(&world, full).await;
    until(&world, StatusCode::SERVICE_UNAVAILABLE).await;
    // Up it is: nobody starts it anew for that.
    assert_eq!(Browser::at(&world.platform, "anywhere").get("/healthz").await.status, StatusCode::OK);
    central(&world, "drop trigger full").await;
    until(&world, StatusCode::OK).await;
    world.platform.shutdown.cancel();
    worker.await.unwrap().unwrap();
}
