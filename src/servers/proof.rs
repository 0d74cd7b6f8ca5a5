//! What a server has to show before anything is done there.

use std::time::Duration;

use futures::future::join_all;

use super::{Server, admin_target, refused};
use crate::Platform;
use crate::engine::{self, Connection, Failure, Proof, Target};
use crate::error::{Error, Kind, Result};

/// Refuses a server that does not show what a run relies on.
pub(super) async fn proved(server: &Server, target: &Target) -> Result<()> {
    match engine::prove(target, &server.id).await {
        Ok(None) => Ok(()),
        Ok(Some(missing)) => {
            let mut told = refused(server, "cannot be used", &missing);
            told.kind = Kind::Conflict;
            told.cause = told.cause.into_iter().chain(missing.detail).reduce(|what, why| format!("{what}: {why}"));
            Err(told)
        }
        Err(failure) => Err(refused(server, "cannot be used", &failure)),
    }
}

/// What a cluster has of a server that is removed would keep others from migrating at another node.
pub(super) async fn leave_cluster(platform: &Platform, server: &Server) {
    let left = async { Ok::<_, Error>(engine::leave(&admin_target(platform, server)?, &server.id).await?) };
    if let Err(e) = left.await {
        tracing::warn!(server = server.name, error = %e, "what a cluster may have of a removed server could not be taken away");
    }
}

/// What a run on this server has to be shown.
pub(crate) fn proof(platform: &Platform, server: &Server) -> Proof {
    Proof::entering(admin_target(platform, server).ok(), server.id.clone())
}

/// On a cluster the lock of a tenant is a node's own: whoever is to take it is at the node where all migrate, or is refused in words. Behind a
/// pooler that has come between since, it is nobody's. The server's login asks. Where it may not, those who ask it next say so.
pub(crate) async fn at_its_node(platform: &Platform, server: &Server, conn: &mut Connection) -> Result<(), Failure> {
    let Ok(admin) = admin_target(platform, server) else { return Ok(()) };
    match engine::is_node(&admin).await {
        Ok(true) => conn.proved_to(&proof(platform, server), &admin).await,
        Ok(false) => match engine::prove(&admin, &server.id).await {
            Ok(Some(missing)) => Err(missing),
            Ok(None) | Err(_) => Ok(()),
        },
        Err(_) => Ok(()),
    }
}

/// How long a plan waits for what a server is.
const ASKED: Duration = Duration::from_secs(5);

/// The names of those that are nodes of a Galera cluster. One that does not answer is told by whoever looks at its tenants.
pub(crate) async fn clusters(platform: &Platform, servers: impl Iterator<Item = &Server>) -> Vec<String> {
    let asked = servers.map(|server| async move {
        let target = admin_target(platform, server).ok()?;
        let is_node = tokio::time::timeout(ASKED, engine::is_node(&target)).await.ok()?.ok()?;
        is_node.then(|| server.name.clone())
    });
    join_all(asked).await.into_iter().flatten().collect()
}
