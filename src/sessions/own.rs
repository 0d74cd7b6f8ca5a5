//! What people may do with their own sessions and their own password.

use secrecy::SecretString;
use serde_json::json;

use super::{Audience, Session, store, throttle};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::error::{Error, Kind, Result};
use crate::password::Whose;
use crate::{admins, audit, person};

/// The person's own live sessions (central), the latest seen first.
pub async fn list_own(platform: &Platform, actor: &Actor) -> Result<Vec<Session>> {
    let admin_id = own_id(actor)?;
    store::of_admin(&mut *platform.central.read().await?, admin_id).await
}

/// Ends one of the person's own sessions by its hash.
pub async fn end_own(platform: &Platform, actor: &Actor, id_hash: &str) -> Result<()> {
    let admin_id = own_id(actor)?;
    let mut tx = platform.central.write().await?;
    if !store::delete_own(&mut tx, admin_id, id_hash).await? {
        return Err(Error::new(Kind::NotFound, "this session is over already"));
    }
    tx.commit().await?;
    Ok(())
}

/// Ends all of the person's own sessions but one; answers how many.
pub async fn end_others(platform: &Platform, actor: &Actor, keep_id_hash: &str) -> Result<u64> {
    let admin_id = own_id(actor)?;
    let mut tx = platform.central.write().await?;
    let ended = store::delete_others(&mut tx, admin_id, keep_id_hash).await?;
    tx.commit().await?;
    Ok(ended)
}

/// One's own password, changed with the old one; ends the other sessions. Fields: `old`, `new`.
pub async fn change_password(
    platform: &Platform,
    actor: &Actor,
    keep_id_hash: &str,
    old: &SecretString,
    new: &SecretString,
) -> Result<()> {
    let admin_id = own_id(actor)?;
    let account = admins::store::by_id(&mut *platform.central.read().await?, admin_id).await?.ok_or_else(nobody)?;
    let admin = &account.admin;
    let words = [admin.email.as_str(), &admin.first_name, &admin.last_name];
    platform.passwords.check_policy(new, &words).map_err(|error| error.field("new"))?;
    // A session left open must not be a place to guess the password at leisure.
    let canonical = person::canonical(&admin.email);
    let attempt = throttle::admit(platform, &Audience::Central, &canonical, actor.address.as_deref()).await?;
    if !platform.passwords.verify(Whose::Console, old, Some(&account.password_hash)).await?.matches {
        return Err(Error::invalid("old", "this is not your password"));
    }
    let hash = platform.passwords.hash(new).await?;

    let mut tx = platform.central.write().await?;
    attempt.succeeded(&mut tx).await?;
    audit::take_turn(&mut tx).await?;
    let mut account =
        admins::store::by_id(&mut tx, admin_id).await?.filter(|a| !a.admin.disabled).ok_or_else(nobody)?;
    account.password_hash = hash;
    admins::store::update(&mut tx, &account).await?;
    store::delete_others(&mut tx, admin_id, keep_id_hash).await?;
    store::keep(&mut tx, admin_id, keep_id_hash).await?;
    audit::record(platform, &mut tx, actor, "admin.change_password", &account.admin.subject(), &json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Every admin may do this with what is theirs; the command line has no sessions of its own.
fn own_id(actor: &Actor) -> Result<&str> {
    actor.authorise(Permission::View)?;
    actor.admin_id.as_deref().ok_or_else(nobody)
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}
