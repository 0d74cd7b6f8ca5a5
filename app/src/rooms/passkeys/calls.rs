//! What the server functions about one's own passkeys do, and the page that makes one.

use neo::actor::Permission;
use neo::error::{Error, Kind, Result};
use neo::second_factor::passkeys;
use neo_model::{PasskeyRow, RecoveryCodes};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::door::Door;

pub async fn list(door: &Door) -> Result<Vec<PasskeyRow>> {
    passkeys::list(&door.platform, &door.actor).await
}

pub async fn rename(door: &Door, id: &str, name: &str) -> Result<PasskeyRow> {
    passkeys::rename(&door.platform, &door.actor, id, name).await
}

/// Answers whether it has ended all of one's sessions.
pub async fn remove(door: &Door, id: &str) -> Result<bool> {
    passkeys::remove(&door.platform, &door.actor, this(door)?, id).await
}

pub async fn begin(door: &Door) -> Result<Value> {
    passkeys::begin(&door.platform, &door.actor, this(door)?).await
}

pub async fn enrol(door: &Door, name: &str, answer: &str) -> Result<RecoveryCodes> {
    let this = this(door)?;
    let codes = passkeys::enrol(&door.platform, &door.actor, this, Some(this), name, answer).await?;
    Ok(RecoveryCodes { codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect() })
}

/// The session that asks. A program has none, and is told so by its permission.
fn this(door: &Door) -> Result<&str> {
    door.actor.authorise(Permission::OwnFactors)?;
    let nobody = || Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again");
    door.visit.session.as_ref().map(|session| session.id_hash.as_str()).ok_or_else(nobody)
}
