//! A database is adopted once, whatever name its server goes by.

use neo::error::Kind;
use neo::servers::{self, NewServer};
use neo::tenants::{self, Adopt, AdoptPassword, Outcome};
use rstest::rstest;

use super::{Home, operator};
use crate::support::{self, Cluster};
use crate::world::World;

async fn add(world: &World, cluster: &Cluster, name: &str, host: &str) {
    let mut new = NewServer::from_url(name, &cluster.admin_url().into()).unwrap();
    new.host = host.to_owned();
    servers::add(&world.platform, &operator(), new).await.unwrap_or_else(|e| panic!("{host}: {e}"));
}

fn adopt(cluster: &Cluster, slug: &str, server: &str, database: &str) -> Adopt {
    Adopt {
        slug: slug.into(),
        name: None,
        server: server.into(),
        database: database.into(),
        username: cluster.user.clone(),
        password: AdoptPassword::Plain(cluster.password.clone().into()),
        password_hash: Default::default(),
        past: Default::default(),
    }
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_database_is_adopted_once_whatever_its_server_is_called(#[case] home: Home) {
    let cluster = if home == Home::Postgres { support::postgres().await } else { support::mariadb().await };
    let world = World::new().await;
    let socket = cluster.socket().display().to_string();
    for (name, host) in [("number", "127.0.0.1"), ("name", "localhost"), ("socket", socket.as_str())] {
        add(&world, cluster, name, host).await;
    }
    let database = support::unique("once");
    cluster.create_database(&database).await;
    let platform = &world.platform;
    let place = async |cluster, server| {
        let told = tenants::survey(platform, &operator(), adopt(cluster, "looked", server, &database)).await.unwrap();
        told.place.unwrap()
    };
    // Whoever has the answers about two knows that they are one.
    let known = place(cluster, "number").await;
    for server in ["name", "socket"] {
        assert!(place(cluster, server).await.is_same(&known), "{server}: {known:?}");
    }
    tenants::adopt(platform, &operator(), adopt(cluster, "acme", "number", &database)).await.unwrap();
    for server in ["number", "name", "socket"] {
        let error = tenants::adopt(platform, &operator(), adopt(cluster, "beta", server, &database)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Conflict, "{server}: {error}");
        assert!(error.message.ends_with("is that of tenant \"acme\""), "{server}: {error}");
        let told = tenants::survey(platform, &operator(), adopt(cluster, "beta", server, &database)).await.unwrap();
        assert_eq!(told.outcome, Outcome::Refused, "{server}");
    }
    // One of the same name elsewhere is another.
    let elsewhere = tokio::task::spawn_blocking(move || match home {
        Home::Postgres => support::own_postgres(""),
        _ => support::own_mariadb("--lower-case-table-names=1"),
    })
    .await
    .unwrap();
    add(&world, &elsewhere, "elsewhere", "127.0.0.1").await;
    elsewhere.create_database(&database).await;
    assert!(!place(&elsewhere, "elsewhere").await.is_same(&known));
    tenants::adopt(platform, &operator(), adopt(&elsewhere, "beta", "elsewhere", &database)).await.unwrap();
    let large = database.to_uppercase();
    let again =
        tenants::adopt(platform, &operator(), adopt(&elsewhere, "corp", "elsewhere", &large)).await.unwrap_err();
    match home {
        // There it is one name.
        Home::Mariadb => assert!(again.message.ends_with("is that of tenant \"beta\""), "{again}"),
        _ => assert!(again.to_string().contains("does not exist"), "{again}"),
    }
}

#[rstest]
#[case::postgres(Home::Postgres)]
#[case::mariadb(Home::Mariadb)]
#[tokio::test]
async fn a_database_that_many_adopt_at_once_is_the_tenant_of_one(#[case] home: Home) {
    let cluster = tokio::task::spawn_blocking(move || match home {
        Home::Postgres => support::own_postgres(""),
        _ => support::own_mariadb("--lower-case-table-names=1"),
    });
    let cluster = cluster.await.unwrap();
    for central in [None, Some(super::fleet::central_on_postgres().await)] {
        let world = match &central {
            Some(url) => World::on(url).await,
            None => World::new().await,
        };
        for (name, host) in [("number", "127.0.0.1"), ("name", "localhost")] {
            add(&world, &cluster, name, host).await;
        }
        let database = support::unique("atonce");
        cluster.create_database(&database).await;
        let large = database.to_uppercase();
        let mut named = vec![("one", "number", &database), ("two", "name", &database)];
        if home == Home::Mariadb {
            named.extend([("three", "number", &large), ("four", "name", &large)]);
        }
        let platform = &world.platform;
        let actor = operator();
        let adopted = named
            .iter()
            .map(|(slug, server, database)| tenants::adopt(platform, &actor, adopt(&cluster, slug, server, database)));
        let adopted = futures::future::join_all(adopted).await;
        let refused: Vec<_> = adopted.iter().filter_map(|adopted| adopted.as_ref().err()).collect();
        assert_eq!(refused.len(), named.len() - 1, "{adopted:?}");
        for error in refused {
            assert!(error.kind == Kind::Conflict && error.message.contains("is that of tenant"), "{error}");
        }
    }
}
