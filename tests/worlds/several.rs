//! One address that leads to several servers, as a proxy that spreads connections does: one lock is not one there.

use neo::error::Kind;
use neo::servers::{self, NewServer};
use rstest::rstest;

use crate::support::{self, Cluster, Way};
use crate::tenants::{Home, operator};
use crate::world::World;

#[rstest]
#[case::postgres(Home::Postgres, "two sessions there do not see each other's locks: ")]
#[case::mariadb(Home::Mariadb, "this address leads to several servers: ")]
#[tokio::test]
async fn an_address_of_several_servers_is_none_of_a_server(#[case] home: Home, #[case] said: &str) {
    let pair: [Cluster; 2] = tokio::task::spawn_blocking(move || match home {
        Home::Postgres => [support::own_postgres(""), support::own_postgres("")],
        _ => [support::own_mariadb(""), support::own_mariadb("")],
    })
    .await
    .unwrap();
    let way = Way::to(&[pair[0].port, pair[1].port]).await;
    let mut new = NewServer::from_url("both", &pair[0].admin_url().into()).unwrap();
    new.port = way.port;
    let world = World::new().await;
    let error = servers::add(&world.platform, &operator(), new).await.unwrap_err();
    assert_eq!(error.kind, Kind::Conflict, "{error}");
    assert!(error.cause.as_ref().is_some_and(|cause| cause.starts_with(said)), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.command().starts_with("give the server's own address")));
}
