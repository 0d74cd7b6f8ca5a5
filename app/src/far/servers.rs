use std::path::PathBuf;

use async_trait::async_trait;
use neo::cli::central::Servers;
use neo::error::{Do, Error, Result, nearest};
use neo::servers::{Changes, NewServer};
use neo_model::{Opening, Probe, ServerRow};
use secrecy::ExposeSecret;

use super::Far;
use crate::rooms::servers::api::{
    AddServer, CheckServer, HardenServer, ListServers, RemoveServer, RotateServerPassword, SetServer,
};

#[async_trait]
impl Servers for Far {
    async fn servers(&self) -> Result<Vec<ServerRow>> {
        self.client.call(ListServers {}).await
    }

    async fn server(&self, key: &str) -> Result<ServerRow> {
        let all = self.servers().await?;
        let names: Vec<_> = all.iter().map(|server| server.name.clone()).collect();
        let found = all.into_iter().find(|server| server.name == key || server.id == key);
        found.ok_or_else(|| Error::not_found("server", key).nearest(nearest(key, names)).hint(Do::ListServers {}))
    }

    async fn add_server(&self, new: NewServer) -> Result<ServerRow> {
        let said = |text: String| Some(text).filter(|text| !text.is_empty());
        let asked = AddServer {
            name: new.name,
            engine: new.engine,
            host: said(new.host),
            port: Some(new.port).filter(|port| *port != 0),
            username: said(new.username),
            password: new.password.map(|password| password.expose_secret().to_owned().into()),
            tls: new.tls,
            insecure: new.insecure.then_some(true),
            path: new.path.map(folder).transpose()?,
            max_connections: new.max_connections,
            app_host: new.app_host,
            app_port: new.app_port,
            tls_ca: new.tls_ca,
        };
        self.client.call(asked).await
    }

    async fn set_server(&self, key: &str, changes: Changes) -> Result<ServerRow> {
        let asked = SetServer {
            server: key.to_owned(),
            name: changes.name,
            host: changes.host,
            port: changes.port,
            username: changes.username,
            password: changes.password.map(|password| password.expose_secret().to_owned().into()),
            tls: changes.tls,
            insecure: changes.insecure.then_some(true),
            max_connections: changes.max_connections,
            app_host: changes.app_host,
            app_port: changes.app_port,
            tls_ca: changes.tls_ca,
        };
        self.client.call(asked).await
    }

    async fn rotate_server(&self, key: &str) -> Result<ServerRow> {
        self.client.call(RotateServerPassword { server: key.to_owned() }).await
    }

    async fn check_server(&self, key: &str) -> Result<Probe> {
        self.client.call(CheckServer { server: key.to_owned() }).await
    }

    async fn openings(&self, key: &str) -> Result<Vec<Opening>> {
        let asked = HardenServer { server: key.to_owned(), dry_run: Some(true) };
        Ok(self.client.call(asked).await?.found)
    }

    async fn harden(&self, key: &str) -> Result<Vec<Opening>> {
        let asked = HardenServer { server: key.to_owned(), dry_run: None };
        Ok(self.client.call(asked).await?.left)
    }

    async fn remove_server(&self, key: &str) -> Result<()> {
        self.client.call(RemoveServer { server: key.to_owned() }).await.map(drop)
    }
}

/// A folder of the console's machine: there is none here that a relative path could begin at.
fn folder(path: PathBuf) -> Result<String> {
    let text = path.into_os_string().into_string();
    let text = text.map_err(|_| Error::invalid("path", "a folder elsewhere has a name that is UTF-8"))?;
    match text.starts_with('/') {
        true => Ok(text),
        false => Err(Error::invalid("path", format!("\"{text}\" does not begin with /"))
            .cause("the folder is on the machine of the console, not on this one")
            .hint("name it from the root on: --path /srv/neo/tenants")),
    }
}
