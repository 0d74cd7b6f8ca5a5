//! Whether a database is a tenant's already, by what its server itself says that it is and how that compares names.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use neo_model::Whereabouts;

use super::file::existing_file;
use crate::central::{Conn, Tx};
use crate::engine::{self, Identity};
use crate::error::{Do, Error, Result};
use crate::servers::Server;
use crate::tenants::store::Place;
use crate::tenants::{Tenant, credentials, store};
use crate::{Platform, servers};

/// The transaction that registers: of two that adopt one database at once the second sees here what the first has registered.
/// No server is asked within it, since everybody waits for it: one that nobody has asked yet is asked before the next try.
pub(super) async fn in_turn(platform: &Platform, tenant: &Tenant, server: &Server, asked: &mut Asked) -> Result<Tx> {
    loop {
        let mut tx = platform.central.write().await?;
        store::adopt_in_turn(&mut tx).await?;
        let places = places(&mut tx, tenant).await?;
        if asked.unknown(tenant, server, &places).is_empty() {
            refuse_ours(tenant, server, &places, asked)?;
            return Ok(tx);
        }
        tx.rollback().await?;
        asked.ask(platform, tenant, server, &places).await;
    }
}

/// Where other tenants' databases lie that may be this one.
pub(super) async fn places(conn: &mut Conn, tenant: &Tenant) -> Result<Vec<Place>> {
    let name = match tenant.engine.is_file() {
        true => Path::new(&tenant.database).file_name().and_then(|name| name.to_str()).unwrap_or_default(),
        false => &tenant.database,
    };
    store::places(conn, tenant.engine, name).await
}

/// A database is one tenant's: whether it was adopted as that or made here, under whatever name its server or file goes.
pub(super) fn refuse_ours(tenant: &Tenant, server: &Server, places: &[Place], asked: &Asked) -> Result<()> {
    let is_same = |place: &&Place| match tenant.engine.is_file() {
        true => existing_file(&credentials::file(&place.path, &place.database_name).display().to_string())
            .is_ok_and(|file| file == tenant.database || is_one_file(&file, &tenant.database)),
        false => {
            asked.is_named_so(tenant, server, place)
                && (is_at(server, place) || asked.is_same(&server.id, &place.server_id))
        }
    };
    match places.iter().find(is_same) {
        None => Ok(()),
        Some(Place { slug, .. }) => {
            Err(Error::conflict(format!("the database \"{}\" is that of tenant \"{slug}\"", tenant.database))
                .hint(Do::ShowTenant { tenant: slug.clone() }))
        }
    }
}

/// A folder may be mounted in two places.
pub(super) fn is_one_file(one: impl AsRef<Path>, other: impl AsRef<Path>) -> bool {
    let id = |path: &Path| path.metadata().ok().map(|data| (data.dev(), data.ino()));
    id(one.as_ref()).is_some_and(|one| Some(one) == id(other.as_ref()))
}

/// One address may be registered as two servers, with different logins; and one server under two addresses.
fn is_at(server: &Server, place: &Place) -> bool {
    place.host.eq_ignore_ascii_case(&server.host) && place.port == i64::from(server.port)
}

/// Which servers these are, each asked once: one that does not answer tells nothing.
#[derive(Default)]
pub(super) struct Asked(HashMap<String, Option<Identity>>);

impl Asked {
    /// Asks what is to be known of these places.
    pub(super) async fn ask(&mut self, platform: &Platform, tenant: &Tenant, server: &Server, places: &[Place]) {
        loop {
            // How the tenant's own server compares names says which others are to be asked.
            let unknown = self.unknown(tenant, server, places);
            if unknown.is_empty() {
                return;
            }
            for server_id in unknown {
                self.ask_one(platform, server_id).await;
            }
        }
    }

    async fn ask_one(&mut self, platform: &Platform, server_id: String) {
        let asked = async {
            let server = servers::get(&mut *platform.central.read().await?, &server_id).await?;
            Ok::<_, Error>(engine::identity(&servers::admin_target(platform, &server)?).await?)
        };
        let identity = asked.await.ok().flatten();
        self.0.insert(server_id, identity);
    }

    /// Which database is meant; none where its server does not answer.
    pub(super) async fn whereabouts(&mut self, platform: &Platform, tenant: &Tenant) -> Option<Whereabouts> {
        if tenant.engine.is_file() {
            return Some(Whereabouts { name: tenant.database.clone(), begun: None, made: None });
        }
        if !self.0.contains_key(&tenant.server_id) {
            self.ask_one(platform, tenant.server_id.clone()).await;
        }
        self.of(&tenant.server_id).map(|server| server.whereabouts(&tenant.database))
    }

    /// The servers that are still to be asked before anybody can tell whether one of the places is the tenant's.
    fn unknown(&self, tenant: &Tenant, server: &Server, places: &[Place]) -> HashSet<String> {
        if tenant.engine.is_file() || places.is_empty() {
            return HashSet::new();
        }
        if !self.0.contains_key(&server.id) {
            return HashSet::from([server.id.clone()]);
        }
        let asked_for = places.iter().filter(|place| self.is_named_so(tenant, server, place) && !is_at(server, place));
        asked_for.map(|place| place.server_id.clone()).filter(|id| !self.0.contains_key(id)).collect()
    }

    /// Whether the tenant's server takes the one name for the other.
    fn is_named_so(&self, tenant: &Tenant, server: &Server, place: &Place) -> bool {
        match self.of(&server.id).is_some_and(|here| here.folds) {
            true => place.database_name.to_lowercase() == tenant.database.to_lowercase(),
            false => place.database_name == tenant.database,
        }
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        self.of(one).zip(self.of(other)).is_some_and(|(one, other)| one.is_same(other))
    }

    fn of(&self, server_id: &str) -> Option<&Identity> {
        self.0.get(server_id)?.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::is_one_file;

    #[test]
    fn a_file_is_the_same_under_whatever_path_it_is_found() {
        let dir = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let [one, link, other] = ["one", "link", "other"].map(|name| dir.path().join(name));
        for file in [&one, &other] {
            std::fs::write(file, "").unwrap_or_else(|e| panic!("{e}"));
        }
        std::fs::hard_link(&one, &link).unwrap_or_else(|e| panic!("{e}"));
        assert!(is_one_file(&one, &link) && !is_one_file(&one, &other));
        let none = dir.path().join("none");
        assert!(!is_one_file(&none, &none) && !is_one_file(&one, &none));
    }
}
