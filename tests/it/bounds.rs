//! What a tenant can make Neo do: its hashes, its users, its ledger and its schema are the tenant's to write, and are obeyed,
//! read and waited for within bounds.

mod process;
mod reads;
mod sign_in;

use std::time::Duration;

use neo::actor::Actor;
use neo::engine::{Engine, Tls};
use neo::servers::NewServer;
use neo::{Platform, servers, vault};
use sqlx::Connection as _;

use crate::support::{self, Cluster};
use crate::world::World;

pub const STARTER: &str = include_str!("../../migrations/tenant/20250126000001_create_users_and_rbac.up.sql");
pub const PASSWORD: &str = "correct horse battery staple";

/// A tenant whose database holds what this SQL makes, registered by hand on a server at this port; and how to run more there.
pub struct Home {
    pub slug: String,
    database: String,
    cluster: Option<&'static Cluster>,
}

impl Home {
    pub async fn new(world: &World, engine: Engine, slug: &str, port: Option<u16>) -> Self {
        let platform = &world.platform;
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(support::postgres().await),
            Engine::Mysql => Some(support::mariadb().await),
        };
        let (server, database, username, credential) = match cluster {
            None => {
                let file = world.dir.path().join(format!("{slug}.db")).display().to_string();
                sqlx::SqliteConnection::connect(&format!("sqlite://{file}?mode=rwc"))
                    .await
                    .unwrap()
                    .close()
                    .await
                    .unwrap();
                (servers::find(platform, &Actor::operator(), "local").await.unwrap(), file, String::new(), None)
            }
            Some(cluster) => {
                let database = support::unique("bounds");
                cluster.create_database(&database).await;
                let server = server(platform, cluster, engine, slug, port).await;
                let binding = vault::Binding {
                    purpose: "tenant_db_password",
                    subject_id: slug,
                    engine: engine.as_str(),
                    host: &server.host,
                    port: server.port,
                    database: &database,
                    role: &server.username,
                    generation: 1,
                    tls: None,
                    ca: None,
                };
                let credential = platform.vault.seal(&cluster.password.clone().into(), &binding);
                (server, database, cluster.user.clone(), Some(credential))
            }
        };
        let mut tx = platform.central.write().await.unwrap();
        sqlx::query(
            "insert into tenants (id, slug, name, status, server_id, database_name, username, credential, generation, applied,
                                  state, created_at, updated_at)
             values ($1, $1, $1, 'active', $2, $3, $4, $5, 1, 0, 'unknown', 0, 0)",
        )
        .bind(slug.to_owned())
        .bind(server.id)
        .bind(database.clone())
        .bind(username)
        .bind(credential)
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self { slug: slug.to_owned(), database, cluster }
    }

    pub async fn run(&self, sql: &str) {
        match self.cluster {
            Some(cluster) => drop(cluster.query(&self.database, sql).await),
            None => {
                let mut conn = sqlx::SqliteConnection::connect(&format!("sqlite://{}", self.database)).await.unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
                conn.close().await.unwrap();
            }
        }
    }
}

async fn server(
    platform: &Platform,
    cluster: &Cluster,
    engine: Engine,
    slug: &str,
    port: Option<u16>,
) -> servers::Server {
    let new = NewServer {
        name: format!("{slug}-server"),
        engine,
        host: cluster.host.clone(),
        port: port.unwrap_or(cluster.port),
        username: cluster.user.clone(),
        password: Some(cluster.password.clone().into()),
        tls: Some(Tls::Off),
        insecure: false,
        path: None,
        max_connections: Some(10),
        app_host: None,
        app_port: None,
        tls_ca: None,
    };
    servers::add(platform, &Actor::operator(), new).await.unwrap()
}

/// Waits for what has to come within a bound.
pub async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| panic!("{what} took longer than {limit:?}"))
}
