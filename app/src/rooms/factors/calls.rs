//! What the server functions about one's own second factor do.

use neo::actor::Permission;
use neo::error::{Error, Kind, Result};
use neo::second_factor;
use neo_model::{FactorBegun, RecoveryCodes, SecondFactor};
use secrecy::{ExposeSecret, SecretString};

use crate::door::Door;

pub async fn status(door: &Door) -> Result<SecondFactor> {
    second_factor::status(&door.platform, &door.actor).await
}

pub async fn begin(door: &Door) -> Result<FactorBegun> {
    Ok(second_factor::begin(&door.platform, &door.actor).await?.into())
}

pub async fn confirm(door: &Door, code: &SecretString) -> Result<RecoveryCodes> {
    let this = this(door, Permission::OwnFactors)?;
    Ok(told(second_factor::confirm(&door.platform, &door.actor, Some(this), code).await?))
}

pub async fn renew_codes(door: &Door) -> Result<RecoveryCodes> {
    Ok(told(second_factor::renew_codes(&door.platform, &door.actor).await?))
}

/// Answers whether it has ended all of one's sessions.
pub async fn remove(door: &Door, password: &SecretString, code: &SecretString) -> Result<bool> {
    let this = this(door, Permission::OwnAccount)?;
    second_factor::remove(&door.platform, &door.actor, this, password, code).await
}

/// As they are told to whoever has them from here on.
fn told(codes: Vec<SecretString>) -> RecoveryCodes {
    RecoveryCodes { codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() }
}

/// The session that asks. A program has none, and is told so by its permission.
fn this(door: &Door, permission: Permission) -> Result<&str> {
    door.actor.authorise(permission)?;
    let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
    door.visit.session.as_ref().map(|session| session.id_hash.as_str()).ok_or_else(nobody)
}
