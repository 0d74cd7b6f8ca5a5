//! The first superadmin: a one-time link, while there is nobody who could sign in.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Admin, NewAdmin, ready, store};
use crate::Platform;
use crate::actor::{Actor, Door, Role};
use crate::audit;
use crate::error::{Advice, Do, Error, Result};
use crate::link::{hash, secret};

const VALID_MS: i64 = 30 * 60 * 1000;

/// Whether no admin exists yet.
pub async fn none_yet(platform: &Platform) -> Result<bool> {
    Ok(!store::any(&mut *platform.central.read().await?).await?)
}

/// A one-time token for the first superadmin, good for 30 minutes or until there is a newer one; only while there is no admin. Only
/// its hash is kept.
pub async fn new_setup_token(platform: &Platform) -> Result<SecretString> {
    let token = secret();
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    if store::any(&mut tx).await? {
        return Err(somebody_is_there());
    }
    store::end_setup_links(&mut tx).await?;
    store::insert_setup_link(&mut tx, &hash(token.expose_secret()), VALID_MS).await?;
    tx.commit().await?;
    Ok(token)
}

pub async fn setup_token_is_valid(platform: &Platform, token: &str) -> Result<bool> {
    let mut conn = platform.central.read().await?;
    Ok(store::setup_link_is_live(&mut conn, &hash(token)).await? && !store::any(&mut conn).await?)
}

/// Redeems the token and creates the first superadmin (the role in `new` is ignored).
pub async fn redeem_setup(platform: &Platform, token: &str, new: NewAdmin) -> Result<Admin> {
    // Before the hashing, which is dear; decided again in the transaction.
    if !setup_token_is_valid(platform, token).await? {
        return Err(worn_out());
    }
    let settled = ready(platform, NewAdmin { role: Role::Superadmin, ..new }).await?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    if store::any(&mut tx).await? {
        return Err(somebody_is_there());
    }
    if !store::use_setup_link(&mut tx, &hash(token)).await? {
        return Err(worn_out());
    }
    let admin = settled.insert(&mut tx).await?;
    let actor = Actor { name: format!("set-up link: {}", admin.email), door: Door::Browser, ..Actor::system() };
    audit::record(platform, &mut tx, &actor, "admin.create", &admin.subject(), &json!({ "role": admin.role })).await?;
    tx.commit().await?;
    Ok(admin)
}

fn worn_out() -> Error {
    Error::denied("this set-up link is not valid")
        .cause("it was used, is older than 30 minutes, or a newer one was made")
        .hint(
            Advice::from("start ")
                .act(Do::Serve {})
                .and(" again for a new one, or run: ")
                .act(Do::CreateCentralAdmin {}),
        )
}

fn somebody_is_there() -> Error {
    Error::conflict("there is an admin already")
        .hint(Advice::from("sign in, or create another with: ").act(Do::CreateCentralAdmin {}))
}
