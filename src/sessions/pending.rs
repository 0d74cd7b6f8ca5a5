//! Between the password and the session: somebody whose second factor is still to come. What they hold opens nothing but the page
//! that asks for it, for a few minutes, and only while the account is as the password found it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Audience, Awaits, SignedIn, Whence, hash, secret_id, store, throttle, visitor};
use crate::actor::Actor;
use crate::error::{Error, Kind, Result};
use crate::second_factor::{self, Enrolment, How};
use crate::{Platform, admins, audit, person};

const MINUTE_MS: i64 = 60 * 1000;

/// How long there is to come with it.
pub fn patience(awaits: Awaits) -> std::time::Duration {
    std::time::Duration::from_millis(patience_ms(awaits).unsigned_abs())
}

fn patience_ms(awaits: Awaits) -> i64 {
    match awaits {
        Awaits::Code => 5 * MINUTE_MS,
        // An app may have to be put on a telephone first.
        Awaits::Enrolment => 15 * MINUTE_MS,
    }
}

/// Keeps the place of somebody whose password was right, and answers the secret id for the cookie.
pub async fn pend(platform: &Platform, who: &SignedIn) -> Result<SecretString> {
    let awaits = who.awaits.ok_or_else(|| Error::internal("nothing is awaited of somebody who pends"))?;
    let id = secret_id();
    let new = store::NewPending { id_hash: hash(id.expose_secret()), who, awaits, lives_ms: patience_ms(awaits) };
    let mut tx = platform.central.write().await?;
    if !store::insert_pending(&mut tx, &new).await? {
        return Err(Error::new(Kind::Unauthenticated, "the account has just changed").hint("sign in again"));
    }
    tx.commit().await?;
    Ok(id)
}

/// What is awaited of whoever holds this id; none when the time is over, the account has changed, or it was never one.
pub async fn awaited(platform: &Platform, id: &str) -> Result<Option<Awaits>> {
    let found = store::pending(&mut *platform.central.read().await?, &hash(id)).await?;
    Ok(found.map(|pending| pending.awaits))
}

/// Proves the second factor of a sign-in whose password was right. Throttled by itself: nobody without the password is ever counted.
/// Field: `code`.
pub async fn prove_code(
    platform: &Platform,
    id: &str,
    code: &SecretString,
    from: Whence<'_>,
) -> Result<(SignedIn, How)> {
    let id_hash = hash(id);
    let pending = find(platform, &id_hash, Awaits::Code).await?;
    let (admin_id, canonical) = (pending.admin_id.as_str(), person::canonical(&pending.email));
    let attempt = throttle::admit_code(platform, admin_id, &canonical, from).await?;
    let proof = second_factor::read(platform, &mut *platform.central.read().await?, admin_id, code).await?;
    let (action, subject) = ("session.sign_in", format!("admin:{admin_id} {}", pending.email));
    if let Some(proof) = proof {
        let mut tx = platform.central.write().await?;
        attempt.succeeded(&mut tx).await?;
        audit::take_turn(&mut tx).await?;
        // Of two that come with one code, or with one cookie, one is let in.
        let is_there = store::end_pending(&mut tx, &id_hash).await?;
        let how = proof.use_up(&mut tx, admin_id).await?;
        if let (true, Some(how)) = (is_there, how) {
            let account = admins::store::by_id(&mut tx, admin_id).await?.ok_or_else(over)?;
            let visitor = visitor(&Audience::Central, Some(&pending.email), from.address);
            audit::record(platform, &mut tx, &visitor, action, &subject, &body(how.body())).await?;
            tx.commit().await?;
            return Ok((SignedIn { valid_from: pending.valid_from, ..account.into() }, how));
        }
    }
    let mut tx = platform.central.write().await?;
    let stranger = visitor(&Audience::Central, None, from.address);
    audit::record_failure(platform, &mut tx, &stranger, action, &subject, &body(json!({ "factor": "wrong" }))).await?;
    tx.commit().await?;
    Err(Error::invalid("code", "this code is wrong, or was used already")
        .hint("a code works once: wait for the next one"))
}

/// A secret for the telephone of somebody who needs a second factor and has none.
pub async fn enrol(platform: &Platform, id: &str) -> Result<Enrolment> {
    let pending = find(platform, &hash(id), Awaits::Enrolment).await?;
    second_factor::begin(platform, &pending.actor(None)).await
}

/// Confirms it: the sign-in is whole with that, and the ten recovery codes are told. Field: `code`.
pub async fn confirm_enrolment(
    platform: &Platform,
    id: &str,
    code: &SecretString,
    address: Option<&str>,
) -> Result<(SignedIn, Vec<SecretString>)> {
    let id_hash = hash(id);
    let pending = find(platform, &id_hash, Awaits::Enrolment).await?;
    let codes = second_factor::confirm(platform, &pending.actor(address), None, code).await?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    if !store::end_pending(&mut tx, &id_hash).await? {
        return Err(over());
    }
    let account = admins::store::by_id(&mut tx, &pending.admin_id).await?.ok_or_else(over)?;
    let (visitor, subject) = (visitor(&Audience::Central, Some(&pending.email), address), account.admin.subject());
    audit::record(platform, &mut tx, &visitor, "session.sign_in", &subject, &body(How::Telephone.body())).await?;
    tx.commit().await?;
    Ok((account.into(), codes))
}

impl store::Pending {
    /// They have proven their password a moment ago, and may do nothing but set up their factor.
    fn actor(&self, address: Option<&str>) -> Actor {
        Actor {
            admin_id: Some(self.admin_id.clone()),
            role: self.role,
            signed_in_ago: Some(std::time::Duration::ZERO),
            ..visitor(&Audience::Central, Some(&self.email), address)
        }
    }
}

async fn find(platform: &Platform, id_hash: &str, awaits: Awaits) -> Result<store::Pending> {
    let found = store::pending(&mut *platform.central.read().await?, id_hash).await?;
    found.filter(|pending| pending.awaits == awaits).ok_or_else(over)
}

fn body(mut how: serde_json::Value) -> serde_json::Value {
    how["audience"] = Audience::Central.as_text().into();
    how
}

fn over() -> Error {
    Error::new(Kind::Unauthenticated, "this sign-in is over").hint("sign in again")
}
