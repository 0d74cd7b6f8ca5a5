//! Tenants, their servers and the doctor, on real databases.

mod administrator;
mod adoption;
pub mod backups;
mod blind;
mod doctor;
mod fleet;
mod halves;
mod life;
mod locks;
mod moving;
mod once;
mod passwords;
mod peculiar;
mod provisioning;
mod replaced;
mod searched;
mod server_life;
mod servers;
mod template;
mod untouched;
mod users;

use neo::actor::Actor;
use neo::servers::NewServer;
use neo::tenants::provision::{self, Progress};
use neo::tenants::{self, NewTenant, Tenant};
use secrecy::SecretString;

use crate::support;
use crate::world::World;

/// The engines a tenant may live on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    Sqlite,
    Postgres,
    Mariadb,
}

impl Home {
    fn name(self) -> &'static str {
        match self {
            Home::Sqlite => "local",
            Home::Postgres => "pg",
            Home::Mariadb => "maria",
        }
    }

    /// The name of a server of this kind, registered with its administrator's login.
    pub async fn server(self, world: &World) -> String {
        self.server_called(self.name(), world).await
    }

    /// The same one under another name; the SQLite folder has but one.
    pub async fn server_called(self, name: &str, world: &World) -> String {
        let cluster = match self {
            Home::Sqlite => return self.name().into(),
            Home::Postgres => support::postgres().await,
            Home::Mariadb => support::mariadb().await,
        };
        let mut new = NewServer::from_url(name, &SecretString::from(cluster.admin_url())).unwrap();
        new.max_connections = Some(8);
        neo::servers::add(&world.platform, &operator(), new).await.unwrap();
        name.into()
    }
}

pub fn operator() -> Actor {
    Actor::operator()
}

pub fn new_tenant(slug: &str, server: &str) -> NewTenant {
    NewTenant { slug: slug.into(), name: None, server: Some(server.into()), tags: Vec::new(), ..NewTenant::default() }
}

pub fn silent(_: Progress) {}

/// A tenant from nothing to active.
pub async fn made(world: &World, slug: &str, server: &str) -> Tenant {
    let tenant = tenants::reserve(&world.platform, &operator(), new_tenant(slug, server)).await.unwrap();
    provision::resume(&world.platform, &operator(), &tenant.id, &silent).await.unwrap()
}

/// The starter's users and roles, in one portable migration.
pub fn write_starter(world: &World) {
    let folder = world.migrations();
    let up = "create table users (id varchar(36) primary key, email varchar(255) not null unique, \
              first_name varchar(100) not null, last_name varchar(100) not null, password_hash varchar(255) not null, \
              status varchar(16) not null default 'active', created_at timestamp not null default current_timestamp, \
              updated_at timestamp not null default current_timestamp);\n\
              create table roles (id varchar(36) primary key, name varchar(64) not null unique);\n\
              create table user_roles (user_id varchar(36) not null, role_id varchar(36) not null, \
              primary key (user_id, role_id));\n\
              insert into roles (id, name) values ('r1', 'admin');\n";
    std::fs::write(folder.join("20250126000001_users.up.sql"), up).unwrap();
    let down = "drop table user_roles; drop table roles; drop table users;\n";
    std::fs::write(folder.join("20250126000001_users.down.sql"), down).unwrap();
}
