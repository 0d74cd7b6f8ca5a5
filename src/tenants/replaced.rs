//! What a tenant had before it was moved: kept, told of, and dropped by hand.

use serde_json::json;

use super::claim::Claim;
use super::delete::not_dropped;
use super::store::replaced::{self, Replaced};
use super::{Tenant, lifecycle, subject, target};
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::engine::{self, Failure, Own};
use crate::error::{Advice, Do, Error, Result, Say};
use crate::servers::{self, Server};
use crate::{Platform, audit};

pub use neo_model::Replaced as Kept;
pub(crate) use replaced::{Place, places};

/// What is kept of a tenant; none where there is nothing.
pub async fn kept(platform: &Platform, actor: &Actor, tenant: &Tenant) -> Result<Option<Kept>> {
    actor.authorise(Permission::View)?;
    let mut conn = platform.central.read().await?;
    let Some(before) = replaced::kept(&mut conn, tenant).await? else { return Ok(None) };
    let server = servers::get(&mut conn, &before.tenant.server_id).await?;
    Ok(Some(Kept { server: server.name, database: before.tenant.database, since: before.kept_at.unwrap_or_default() }))
}

/// Refuses to let a server go on which something is kept that was a tenant's.
pub(crate) async fn refuse_kept_on(conn: &mut Conn, server: &Server) -> Result<()> {
    let found = places(conn, Some(&server.id)).await?.into_iter().find(|place| place.kept_at.is_some());
    let Some(place) = found else { return Ok(()) };
    let slug = super::by_id(conn, &place.tenant_id).await?.slug;
    let what =
        format!("server \"{}\" has what tenant \"{slug}\" had before it was moved: {}", server.name, place.database);
    Err(Error::conflict(what).hint(Advice::from("once nobody misses it: ").act(Do::DropReplaced { tenant: slug })))
}

/// Drops it, with its login, where Neo has made it; an adopted one is only no longer known here. `confirm` must be the slug. `forget`: its
/// server is gone for good and is not asked; what may still lie there is nobody's from here on, and `neo doctor` names it should the server
/// come back.
pub async fn drop_replaced(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    confirm: &str,
    forget: bool,
) -> Result<Tenant> {
    actor.authorise(Permission::DeleteTenants)?;
    let (tenant, before, server) = {
        let mut conn = platform.central.read().await?;
        let tenant = super::get(&mut conn, actor, key).await?;
        if confirm != tenant.slug {
            let words = format!("to drop what it had before its move, type its slug: {}", tenant.slug);
            return Err(Error::invalid("confirm", words));
        }
        let before = replaced::kept(&mut conn, &tenant).await?.ok_or_else(|| {
            Error::conflict(format!("nothing is kept of what tenant \"{}\" had before", tenant.slug))
                .cause("it was not moved, or that was dropped already")
        })?;
        let server = servers::get(&mut conn, &before.tenant.server_id).await?;
        (tenant, before, server)
    };
    let claim = Claim::take(platform, actor, &tenant).await?;
    let body = json!({
        "database": before.tenant.database, "server": server.name, "made_here": before.made_here, "forgotten": forget,
    });
    let result = match audit::intent(platform, actor, "tenant.drop_replaced", &subject(&tenant), &body).await {
        Err(e) => Err(e),
        Ok(intent) => {
            let drops = before.made_here && !forget;
            let result = end(platform, &claim, &tenant, drops.then_some((&before, &server))).await;
            intent.outcome(platform, &result).await?;
            result
        }
    };
    claim.release().await?;
    result
}

async fn end(
    platform: &Platform,
    claim: &Claim,
    tenant: &Tenant,
    dropped: Option<(&Replaced, &Server)>,
) -> Result<Tenant> {
    lifecycle::refuse_at_work(&mut *platform.central.read().await?, tenant).await?;
    if let Some((before, server)) = dropped {
        drop(platform, tenant, before, server).await?;
    }
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    replaced::forget(&mut tx, &tenant.id).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}

async fn drop(platform: &Platform, tenant: &Tenant, before: &Replaced, server: &Server) -> Result<()> {
    let admin = servers::admin_target(platform, server)?;
    let (database, username) = (&before.tenant.database, &before.tenant.username);
    let own = target(platform, &before.tenant, server)?;
    let refused = |what: &'static str| move |failure: Failure| refused(tenant, server, what, failure);
    // Before anything is dropped: the role goes last, and does not go while it owns what is somebody else's.
    engine::owns_nothing_elsewhere(&admin, username, database).await.map_err(refused("role"))?;
    // The login that the tenant has by now is let be, also where both are on one server.
    let help = Some(Own { target: own, session: None });
    engine::drop_database_with(&admin, database, &tenant.id, help).await.map_err(refused("database"))?;
    engine::drop_role(&admin, username, &tenant.id).await.map_err(refused("role"))
}

/// A server that does not answer may be gone for good.
fn refused(tenant: &Tenant, server: &Server, what: &str, failure: Failure) -> Error {
    let is_away = failure.is_away();
    let error = not_dropped(tenant, what, &servers::signed_out(server, failure));
    if !is_away {
        return error;
    }
    let way = error.hint.as_ref().map_or_else(|| Advice::from(""), |hint| Advice::from(hint).and("; "));
    error.hint(way.and("where that server is gone for good, strike it from the record: ").act(Say::Forget))
}
