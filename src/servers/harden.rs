//! Shutting what a server leaves open to everybody: asked for by a person who was shown it, and never by itself, since others
//! may live on the server too.

use serde_json::json;

use super::{Server, admin_target, find, store, subject, troubled};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Opening};
use crate::error::Result;
use crate::{Platform, audit};

/// What everybody may do there, and what would shut it. Nothing is changed.
pub async fn hardening(platform: &Platform, actor: &Actor, key: &str) -> Result<Vec<Opening>> {
    actor.authorise(Permission::ManageServers)?;
    let server = find(platform, actor, key).await?;
    openings(platform, &server).await
}

/// Shuts it as far as the server's login may; the answer is what stays open.
pub async fn harden(platform: &Platform, actor: &Actor, key: &str) -> Result<Vec<Opening>> {
    actor.authorise(Permission::ManageServers)?;
    let server = find(platform, actor, key).await?;
    let found = openings(platform, &server).await?;
    let statements: Vec<_> = found.iter().filter(|o| o.may).map(|o| json!({ &o.database: o.statements })).collect();
    let intent = audit::intent(platform, actor, "server.harden", &subject(&server), &json!(statements)).await?;
    let left = async {
        engine::shut_openings(&admin_target(platform, &server)?, &found)
            .await
            .map_err(|f| troubled(&server, "could not be hardened", &f))?;
        openings(platform, &server).await
    }
    .await;
    intent.outcome(platform, &left).await?;
    left
}

async fn openings(platform: &Platform, server: &Server) -> Result<Vec<Opening>> {
    let mut kept_out = store::roles(&mut *platform.central.read().await?, &server.id).await?;
    // It may have been given for an adopted tenant as well, and Neo itself has to get in.
    kept_out.retain(|role| *role != server.username);
    let target = admin_target(platform, server)?;
    engine::openings(&target, &kept_out).await.map_err(|f| troubled(server, "could not be looked at", &f))
}
