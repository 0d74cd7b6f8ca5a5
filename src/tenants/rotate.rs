//! A new password for a tenant's role. It is kept beside the old one before the server is told, and the old one goes once the new
//! one has opened the database: whatever stops it in between, whoever connects has the one that the server knows, and it is done
//! again from the beginning with the password that was made.

use std::sync::Arc;

use serde_json::json;

use super::{Status, Tenant, by_id, credentials, names, provision, store, subject, target};
use crate::actor::Actor;
use crate::engine::{self, Category, Connection, Failure, Proof};
use crate::error::{Advice, Do, Error, Result};
use crate::servers::{self, Server};
use crate::{Platform, audit};

/// What became of a password.
pub(crate) enum Rotated {
    Renewed,
    /// There is none that could be, and why.
    Skipped(String),
    Failed(Box<Failure>),
}

/// Renews the password of a tenant (by id). `asked`: in whose name. `proof_of`: what its server has to show before anything is begun.
pub(crate) async fn rotate(
    platform: &Platform,
    asked: &Actor,
    tenant_id: &str,
    proof_of: impl FnOnce(&Server) -> Arc<Proof>,
) -> Result<Rotated> {
    let tenant = by_id(&mut *platform.central.read().await?, tenant_id).await?;
    match tenant.status {
        Status::Active | Status::Suspended => {}
        other => return Ok(Rotated::Skipped(other.as_str().to_owned())),
    }
    if tenant.engine.is_file() {
        return Ok(Rotated::Skipped("a SQLite file has no password".to_owned()));
    }
    let is_ours = provision::is_made_here(&mut *platform.central.read().await?, &tenant.id).await?;
    if !is_ours {
        return Ok(Rotated::Failed(Box::new(not_ours(&tenant))));
    }
    let server = servers::find(platform, asked, &tenant.server_id).await?;
    if let Err(failure) = proof_of(&server).of(&servers::admin_target(platform, &server)?).await {
        return Ok(Rotated::Failed(Box::new(failure)));
    }
    // One that a try before this has made may be the server's already.
    let is_new = tenant.credential_next.is_none();
    let tenant = if is_new { beside(platform, tenant, &server).await? } else { tenant };
    match set_at_the_server(platform, &tenant, &server).await? {
        Ok(()) => {}
        Err(failure) => {
            if is_new && is_refused(&failure) {
                let mut tx = platform.central.write().await?;
                store::drop_next(&mut tx, &tenant.id, tenant.generation).await?;
                tx.commit().await?;
            }
            return Ok(Rotated::Failed(Box::new(of_role(failure, &tenant))));
        }
    }
    let mut tx = platform.central.write().await?;
    if store::promote_next(&mut tx, &tenant.id, tenant.generation).await? == 1 {
        let body = json!({ "user": tenant.username, "server": server.name, "generation": tenant.generation + 1 });
        audit::record(platform, &mut tx, asked, "tenant.rotate_password", &subject(&tenant), &body).await?;
    }
    tx.commit().await?;
    Ok(Rotated::Renewed)
}

/// The tenant with a new password sealed beside its own.
async fn beside(platform: &Platform, tenant: Tenant, server: &Server) -> Result<Tenant> {
    let sealed = platform.vault.seal(&names::password(), &credentials::next_binding(&tenant, server));
    let mut tx = platform.central.write().await?;
    let is_kept = store::seal_next(&mut tx, &tenant.id, tenant.credential.as_deref(), &sealed).await? == 1;
    tx.commit().await?;
    match is_kept {
        true => Ok(Tenant { credential_next: Some(sealed), ..tenant }),
        false => Err(Error::conflict(format!("tenant \"{}\" has changed while its password was renewed", tenant.slug))
            .hint("look again in a moment")),
    }
}

/// The server is told, and has let the tenant in with it.
async fn set_at_the_server(platform: &Platform, tenant: &Tenant, server: &Server) -> Result<Result<(), Failure>> {
    let own = target(platform, tenant, server)?;
    let admin = servers::admin_target(platform, server)?;
    let next = own.second.clone().ok_or_else(|| Error::internal("there is no password to come"))?;
    let set = engine::set_password(&admin, &tenant.username, &next, &tenant.id).await;
    if set.is_err() {
        return Ok(set);
    }
    let renewed = engine::Target { password: Some(next), second: None, ..own };
    match Connection::open(&renewed).await {
        Ok(conn) => conn.close().await,
        Err(failure) => return Ok(Err(engine::shadowed(&admin, failure).await)),
    }
    Ok(Ok(()))
}

/// The server has said no, and so knows nothing of the new password.
fn is_refused(failure: &Failure) -> bool {
    matches!(failure.category, Category::Exists | Category::Permission)
}

fn not_ours(tenant: &Tenant) -> Failure {
    Failure::new(
        Category::Permission,
        format!("the login \"{}\" was there before Neo, and is not Neo's to give a password", tenant.username),
    )
    .detail("the tenant was adopted: others may sign in with the same login")
    .hint(
        Advice::from("renew it where it is managed, then ")
            .act(Do::DeleteTenant { tenant: tenant.slug.clone() })
            .and(", which leaves an adopted database as it is, and adopt it with the new one: ")
            .act(Do::AdoptTenant {}),
    )
}

/// The server takes the password that Neo has of a tenant's login no more: somebody else has given it another. What is said of the
/// failure already may be why as well.
pub(crate) async fn signed_out(platform: &Platform, tenant: &Tenant, mut failure: Failure) -> Failure {
    // In a file the same number says that it may not read one of the server's own files.
    if !failure.is_wrong_password() || failure.migration.is_some() {
        return failure;
    }
    let made_here = async { provision::is_made_here(&mut *platform.central.read().await?, &tenant.id).await };
    let way = match made_here.await {
        Ok(true) => Advice::from("its login has another password by now, and gets a new one with: ")
            .act(Do::RotateTenant { tenant: tenant.slug.clone() }),
        Ok(false) => not_ours(tenant).hint.unwrap_or_else(|| Advice::from("")),
        Err(_) => return failure,
    };
    let way = match failure.hint.take() {
        Some(other) => way.and("; or: ").then(other),
        None => way,
    };
    failure.hint(way)
}

fn of_role(failure: Failure, tenant: &Tenant) -> Failure {
    match failure.category {
        // The server's own word has a number.
        Category::Exists if failure.code.is_none() => Failure::new(
            Category::Permission,
            format!(
                "the login \"{}\" does not bear this tenant's mark, and is not Neo's to give a password",
                tenant.username
            ),
        )
        .detail(failure.message),
        _ => failure,
    }
}
