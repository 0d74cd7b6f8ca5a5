//! A tenant moves to another server of its engine: its row turns to a database and a login there, which the steps of a provisioning
//! make, fill and compare. What it had is kept: until that is whole, to come back; afterwards, until somebody drops it.

use serde_json::json;

use super::claim::Claim;
use super::delete::kind;
use super::provision::{self, Beginning, Move};
use super::{Tenant, replace, store, subject, target};
use crate::actor::{Actor, Permission};
use crate::engine::{self, Connection, Failure, Nature, Target};
use crate::error::{Do, Error, Result};
use crate::servers::{self, Server};
use crate::{Platform, audit};

/// Turns the tenant's row to the other server; a provisioning's run does the rest. `confirm` must be the slug. What can be known
/// beforehand is: whether that server can hold such a database, and whether the one that is there can be kept from its applications.
pub(crate) async fn move_to(
    platform: &Platform,
    actor: &Actor,
    key: &str,
    server: &str,
    confirm: &str,
) -> Result<Tenant> {
    actor.authorise(Permission::ProvisionTenants)?;
    actor.authorise_sending()?;
    let (tenant, from, to, made_here) = {
        let mut conn = platform.central.read().await?;
        let tenant = super::get(&mut conn, actor, key).await?;
        if confirm != tenant.slug {
            let words = format!("to take it out of use and move it, type its slug: {}", tenant.slug);
            return Err(Error::invalid("confirm", words));
        }
        replace::at_rest(&mut conn, &tenant).await?;
        let from = servers::get(&mut conn, &tenant.server_id).await?;
        let to = servers::get(&mut conn, server).await.map_err(|e| e.on("server"))?;
        let made_here = provision::is_made_here(&mut conn, &tenant.id).await?;
        (tenant, from, to, made_here)
    };
    refuse_server(&tenant, &from, &to)?;
    let claim = Claim::take(platform, actor, &tenant).await?;
    let turned = async {
        let nature = looked(platform, &tenant, (&from, &to), made_here).await?;
        turn(platform, (actor, &claim), &tenant, (&from, &to), (nature, made_here)).await
    }
    .await;
    claim.release().await?;
    turned
}

fn refuse_server(tenant: &Tenant, from: &Server, to: &Server) -> Result<()> {
    if to.id == from.id {
        return Err(Error::conflict(format!("tenant \"{}\" is on server \"{}\" already", tenant.slug, to.name))
            .field("server")
            .hint(Do::ListServers {}));
    }
    if to.engine != from.engine {
        return Err(Error::invalid("server", format!("server \"{}\" is {}", to.name, to.engine))
            .cause(format!("tenant \"{}\" is on {}, and is copied by the engine's own tools", tenant.slug, from.engine))
            .hint(format!("name a server of the engine {}", from.engine)));
    }
    Ok(())
}

/// What is known before anything is touched: the database opens, the other server can be worked on and holds such a one, and the login
/// can be kept from its applications.
async fn looked(
    platform: &Platform,
    tenant: &Tenant,
    (from, to): (&Server, &Server),
    made_here: bool,
) -> Result<Nature> {
    let refused = |failure: Failure| refused(tenant, to, &failure);
    let of = |server: &Server, failure: Failure| refused(servers::signed_out(server, failure));
    let own = target(platform, tenant, from)?;
    let mut conn = Connection::open_to_look(&own).await.map_err(refused)?;
    let nature = engine::nature(&mut conn).await;
    conn.close().await;
    let nature = nature.map_err(refused)?;
    let there = servers::admin_target(platform, to)?;
    let probe = engine::probe(&there).await.map_err(|failure| of(to, failure))?;
    if let Some(missing) = engine::prove(&there, &to.id).await.map_err(|failure| of(to, failure))? {
        return Err(refused(missing));
    }
    engine::takes(&there, &probe.version, &nature).await.map_err(refused)?;
    engine::promises_nothing(&own).await.map_err(refused)?;
    let here = servers::admin_target(platform, from)?;
    // Nobody keeps an adopted one's own application out either: it is stopped by hand, with whoever else may write.
    engine::nobody_else(&here, &own, made_here).await.map_err(|failure| of(from, failure))?;
    if closes(from, made_here) {
        is_ours(&here, tenant).await.map_err(|failure| of(from, failure))?;
        engine::sees_everybody(&here).await.map_err(refused)?;
    }
    engine::events(&own).await.map_err(refused)?;
    Ok(nature)
}

/// A login that Neo has made is given another password; an adopted one is not Neo's, and a file has none.
fn closes(from: &Server, made_here: bool) -> bool {
    made_here && !from.engine.is_file()
}

/// Its own login has just opened what the registry names for it, and Neo has made it: a server that has lost its marks is told.
async fn is_ours(admin: &Target, tenant: &Tenant) -> Result<(), Failure> {
    engine::enter_anew(admin, &tenant.database, &tenant.username, &tenant.id).await?;
    let marked = engine::marked(admin).await?;
    match marked.iter().any(|(database, id)| (database, id) == (&tenant.database, &tenant.id)) {
        true => Ok(()),
        false => Err(Failure::new(
            engine::Category::Permission,
            format!("its database {} does not bear its mark, so its login is not Neo's to change", tenant.database),
        )
        .detail("applications could not be kept from it while it is copied")
        .hint(Do::Doctor {})),
    }
}

fn refused(tenant: &Tenant, to: &Server, failure: &Failure) -> Error {
    let words = format!("tenant \"{}\" cannot be moved to server \"{}\"", tenant.slug, to.name);
    let error = Error::new(kind(failure), words).cause(failure.in_full());
    match &failure.hint {
        Some(hint) => error.hint(hint),
        None => error.hint("nothing was done: move it once that is mended"),
    }
}

async fn turn(
    platform: &Platform,
    (actor, claim): (&Actor, &Claim),
    tenant: &Tenant,
    (from, to): (&Server, &Server),
    (nature, made_here): (Nature, bool),
) -> Result<Tenant> {
    let mut next = replace::elsewhere(platform, tenant, to);
    let how = Move { status: tenant.status, nature, closes: closes(from, made_here) };
    let mut tx = platform.central.write().await?;
    claim.check(&mut tx).await?;
    replace::hold(&mut tx, from, to).await?;
    replace::unchanged(&mut tx, tenant).await?;
    next.password_made_at = replace::made_now(&mut tx, &next).await?;
    // As it is, password and all: whoever takes the move back gives the login that one again.
    store::replaced::keep(&mut tx, tenant, made_here).await?;
    store::replaced::turn_to(&mut tx, &next).await?;
    provision::plan_anew(&mut tx, &tenant.id, &Beginning::Move(Box::new(how))).await?;
    let body = json!({
        "database": next.database, "before": tenant.database, "server": to.name, "from": from.name, "status": tenant.status,
    });
    audit::record(platform, &mut tx, actor, "tenant.move", &subject(tenant), &body).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}
