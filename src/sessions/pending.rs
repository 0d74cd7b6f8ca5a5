//! Between the password and the session: somebody whose second factor is still to come. What they hold opens nothing but the page
//! that asks for it, for a few minutes, and only while the account is as the password found it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Audience, Awaits, SignedIn, Whence, hash, secret_id, store, throttle, visitor};
use crate::actor::Actor;
use crate::error::{Error, Kind, Result};
use crate::second_factor::{self, Enrolment, How, Proof};
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

/// By what somebody can prove themselves whose password was right; a recovery code is always one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Has {
    pub app: bool,
    pub passkey: bool,
}

/// Of whoever holds this id; nothing where it is none.
pub async fn has(platform: &Platform, id: &str) -> Result<Has> {
    let mut conn = platform.central.read().await?;
    match store::pending(&mut conn, &hash(id)).await? {
        Some(pending) => {
            let (app, passkey) = second_factor::which(&mut conn, &pending.admin_id).await?;
            Ok(Has { app, passkey })
        }
        None => Ok(Has::default()),
    }
}

/// Proves the second factor of a sign-in whose password was right. Throttled by itself: nobody without the password is ever counted.
/// Field: `code`.
pub async fn prove_code(
    platform: &Platform,
    id: &str,
    code: &SecretString,
    from: Whence<'_>,
) -> Result<(SignedIn, How)> {
    let place = Place::find(platform, id, Awaits::Code).await?;
    let attempt = throttle::admit_code(platform, place.admin_id(), &place.canonical(), from).await?;
    let proof = second_factor::read(platform, &mut *platform.central.read().await?, place.admin_id(), code).await?;
    let proven = place.proven(platform, &attempt, proof, from).await?;
    proven.ok_or_else(|| {
        Error::invalid("code", "this code is wrong, or was used already")
            .hint("a code works once: wait for the next one")
    })
}

/// A sign-in whose password was right, as whoever holds its id finds it.
pub(super) struct Place {
    pub id_hash: String,
    pending: store::Pending,
}

impl Place {
    /// Only while this is what it awaits.
    pub async fn find(platform: &Platform, id: &str, awaits: Awaits) -> Result<Self> {
        let id_hash = hash(id);
        let found = store::pending(&mut *platform.central.read().await?, &id_hash).await?;
        let pending = found.filter(|pending| pending.awaits == awaits).ok_or_else(over)?;
        Ok(Self { id_hash, pending })
    }

    pub fn admin_id(&self) -> &str {
        &self.pending.admin_id
    }

    pub fn canonical(&self) -> String {
        person::canonical(&self.pending.email)
    }

    /// Lets them in by this proof; none where there is none, or it was used up meanwhile. Either is written down.
    pub async fn proven(
        &self,
        platform: &Platform,
        attempt: &throttle::Try,
        proof: Option<Proof>,
        from: Whence<'_>,
    ) -> Result<Option<(SignedIn, How)>> {
        let pending = &self.pending;
        let (action, subject) = ("session.sign_in", format!("admin:{} {}", pending.admin_id, pending.email));
        if let Some(proof) = proof {
            let mut tx = platform.central.write().await?;
            attempt.succeeded(&mut tx).await?;
            audit::take_turn(&mut tx).await?;
            // Of two that come with one code, or with one cookie, one is let in.
            let is_there = store::end_pending(&mut tx, &self.id_hash).await?;
            let how = proof.use_up(&mut tx, &pending.admin_id).await?;
            if let (true, Some(how)) = (is_there, how) {
                let account = admins::store::by_id(&mut tx, &pending.admin_id).await?.ok_or_else(over)?;
                let visitor = visitor(&Audience::Central, Some(&pending.email), from.address);
                audit::record(platform, &mut tx, &visitor, action, &subject, &body(how.body())).await?;
                tx.commit().await?;
                return Ok(Some((SignedIn { valid_from: pending.valid_from, ..account.into() }, how)));
            }
        }
        let mut tx = platform.central.write().await?;
        let (stranger, wrong) = (visitor(&Audience::Central, None, from.address), body(json!({ "factor": "wrong" })));
        audit::record_failure(platform, &mut tx, &stranger, action, &subject, &wrong).await?;
        tx.commit().await?;
        Ok(None)
    }

    /// They have proven their password a moment ago, and may do nothing but set up their factor.
    pub fn actor(&self, address: Option<&str>) -> Actor {
        Actor {
            admin_id: Some(self.pending.admin_id.clone()),
            role: self.pending.role,
            signed_in_ago: Some(std::time::Duration::ZERO),
            session: Some(self.id_hash.clone()),
            ..visitor(&Audience::Central, Some(&self.pending.email), address)
        }
    }
}

/// A secret for the telephone of somebody who needs a second factor and has none.
pub async fn enrol(platform: &Platform, id: &str) -> Result<Enrolment> {
    let place = Place::find(platform, id, Awaits::Enrolment).await?;
    second_factor::begin(platform, &place.actor(None)).await
}

/// Confirms it: the sign-in is whole with that, and the ten recovery codes are told. Field: `code`.
pub async fn confirm_enrolment(
    platform: &Platform,
    id: &str,
    code: &SecretString,
    address: Option<&str>,
) -> Result<(SignedIn, Vec<SecretString>)> {
    let place = Place::find(platform, id, Awaits::Enrolment).await?;
    let codes = second_factor::confirm(platform, &place.actor(address), None, code).await?;
    Ok((whole(platform, &place, How::Telephone, address).await?, codes))
}

/// The factor that was awaited is there: they are who they say, and the place is used up.
pub(super) async fn whole(platform: &Platform, place: &Place, how: How, address: Option<&str>) -> Result<SignedIn> {
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    // Whoever was changed since the factor was set up is not let in by it.
    let is_there = store::pending(&mut tx, &place.id_hash).await?.is_some();
    if !is_there || !store::end_pending(&mut tx, &place.id_hash).await? {
        return Err(over());
    }
    let account = admins::store::by_id(&mut tx, place.admin_id()).await?.ok_or_else(over)?;
    let (visitor, subject) =
        (visitor(&Audience::Central, Some(&account.admin.email), address), account.admin.subject());
    audit::record(platform, &mut tx, &visitor, "session.sign_in", &subject, &body(how.body())).await?;
    tx.commit().await?;
    Ok(account.into())
}

fn body(mut how: serde_json::Value) -> serde_json::Value {
    how["audience"] = Audience::Central.as_text().into();
    how
}

fn over() -> Error {
    Error::new(Kind::Unauthenticated, "this sign-in is over").hint("sign in again")
}
