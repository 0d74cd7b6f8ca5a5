//! A passkey at the door: instead of the password, after it, and of somebody who proves themselves once more.
//!
//! To an email that was typed everybody is answered alike, whether it is somebody's, and whether they have passkeys: in what is said, and
//! no sooner than after [`EVEN`].

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::own::{another, not_proven};
use super::pending::{self, Place};
use super::sign_in::is_open;
use super::{Audience, Awaits, SignedIn, Whence, hash, secret_id, throttle, visitor};
use crate::actor::{Actor, Permission};
use crate::error::{Error, Kind, Result};
use crate::second_factor::How;
use crate::second_factor::passkeys::{self, Answered, PATIENCE, Purpose};
use crate::{Platform, audit, person};

/// What is done differently for one and another takes less than this, and is waited out.
const EVEN: Duration = Duration::from_millis(150);

/// How long a browser has to answer.
pub fn answers_within() -> Duration {
    PATIENCE
}

/// What the browser of whoever has typed this email is asked for: `{publicKey}` of `navigator.credentials.get`, and the secret id that
/// the answer comes with. Throttled as a password is.
pub async fn ask_for_passkey(platform: &Platform, email: &str, from: Whence<'_>) -> Result<(SecretString, Value)> {
    let canonical = person::canonical(email);
    throttle::admit(platform, &Audience::Central, &canonical, from).await?;
    let admitted = Instant::now();
    let id = secret_id();
    let options = passkeys::ask_anybody(platform, &hash(id.expose_secret()), &canonical).await;
    tokio::time::sleep_until(admitted + EVEN).await;
    Ok((id, options?))
}

/// Lets them in whose passkey it is: it is password and second factor in one. One answer for everything that is wrong.
pub async fn sign_in_by_passkey(platform: &Platform, id: &str, answer: &str, from: Whence<'_>) -> Result<SignedIn> {
    let began = Instant::now();
    let signed_in = come_in(platform, id, answer, from).await;
    if signed_in.is_err() {
        tokio::time::sleep_until(began + EVEN).await;
    }
    signed_in
}

async fn come_in(platform: &Platform, id: &str, answer: &str, from: Whence<'_>) -> Result<SignedIn> {
    let answered = passkeys::read(platform, &hash(id), Purpose::Alone, answer, from.address).await?;
    // No try at anything, and not counted as one: of what is made up without end nothing is written.
    let Answered { account, proof } = answered.ok_or_else(nobody_by_that)?;
    let subject = account.as_ref().map_or("nobody".to_owned(), |account| account.admin.subject());
    let body = json!({ "audience": Audience::Central.as_text(), "factor": "passkey", "alone": true });
    let action = "session.sign_in";
    if let (Some(account), Some(proof)) =
        (account.filter(|account| !account.admin.disabled && is_open(platform, &account.admin)), proof)
    {
        let canonical = person::canonical(&account.admin.email);
        let attempt = throttle::admitted(platform, &Audience::Central, &canonical, from).await?;
        let mut tx = platform.central.write().await?;
        attempt.succeeded(&mut tx).await?;
        audit::take_turn(&mut tx).await?;
        if proof.use_up(&mut tx, &account.admin.id).await?.is_some() {
            let visitor = visitor(&Audience::Central, Some(&account.admin.email), from.address);
            audit::record(platform, &mut tx, &visitor, action, &subject, &body).await?;
            tx.commit().await?;
            return Ok(account.into());
        }
    }
    let mut tx = platform.central.write().await?;
    audit::record_failure(platform, &mut tx, &visitor(&Audience::Central, None, from.address), action, &subject, &body)
        .await?;
    tx.commit().await?;
    Err(nobody_by_that())
}

fn nobody_by_that() -> Error {
    Error::new(Kind::Unauthenticated, "this passkey lets nobody in here")
}

/// What the browser is asked for after a right password.
pub async fn ask_for_second(platform: &Platform, id: &str) -> Result<Value> {
    let place = Place::find(platform, id, Awaits::Code).await?;
    passkeys::ask(platform, &place.id_hash, Purpose::Second, place.admin_id()).await
}

/// Proves the second factor of a sign-in whose password was right. Throttled as a code is. Field: `answer`.
pub async fn prove_passkey(platform: &Platform, id: &str, answer: &str, from: Whence<'_>) -> Result<(SignedIn, How)> {
    let place = Place::find(platform, id, Awaits::Code).await?;
    let attempt = throttle::admit_code(platform, place.admin_id(), &place.canonical(), from).await?;
    let answered = passkeys::read(platform, &place.id_hash, Purpose::Second, answer, from.address).await?;
    let Answered { account, proof } = answered.unwrap_or_default();
    let proof = proof.filter(|_| account.is_some_and(|account| account.admin.id == place.admin_id()));
    if let Some(who) = place.proven(platform, &attempt, proof, from).await? {
        return Ok(who);
    }
    Err(wrong())
}

/// What the browser of somebody who is signed in is asked for.
pub async fn ask_again(platform: &Platform, actor: &Actor, id_hash: &str) -> Result<Value> {
    actor.authorise(Permission::OwnAccount)?;
    let admin_id = actor.admin_id.as_deref().ok_or_else(nobody)?;
    passkeys::ask(platform, id_hash, Purpose::Again, admin_id).await
}

/// Proves once more who has this session, by a passkey, and gives them another in its place. Field: `answer`.
pub async fn reauthenticate_by_passkey(
    platform: &Platform,
    actor: &Actor,
    id_hash: &str,
    answer: &str,
    user_agent: Option<&str>,
) -> Result<SecretString> {
    actor.authorise(Permission::OwnAccount)?;
    let admin_id = actor.admin_id.as_deref().ok_or_else(nobody)?;
    let address = actor.address.as_deref();
    let canonical = person::canonical(&actor.name);
    let attempt = throttle::admit_again(platform, &Audience::Central, id_hash, &canonical, address).await?;
    let answered = passkeys::read(platform, id_hash, Purpose::Again, answer, address).await?;
    let Answered { account, proof } = answered.unwrap_or_default();
    let account = account.filter(|account| account.admin.id == admin_id);
    let subject = account.as_ref().map_or_else(|| format!("admin:{admin_id}"), |account| account.admin.subject());
    let (Some(account), Some(proof)) = (account, proof) else {
        return Err(not_proven(platform, actor, &subject, wrong()).await);
    };
    another(platform, actor, id_hash, account, &attempt, Some(proof), wrong, user_agent).await
}

/// What the browser is asked for of somebody who needs a second factor and has none.
pub async fn ask_for_enrolment(platform: &Platform, id: &str) -> Result<Value> {
    let place = Place::find(platform, id, Awaits::Enrolment).await?;
    passkeys::begin(platform, &place.actor(None), &place.id_hash).await
}

/// Takes the key that it has made: the sign-in is whole with that, and the ten recovery codes are told. Fields: `name`, `answer`.
pub async fn enrol_passkey(
    platform: &Platform,
    id: &str,
    name: &str,
    answer: &str,
    address: Option<&str>,
) -> Result<(SignedIn, Vec<SecretString>)> {
    let place = Place::find(platform, id, Awaits::Enrolment).await?;
    let codes = passkeys::enrol(platform, &place.actor(address), &place.id_hash, None, name, answer).await?;
    Ok((pending::whole(platform, &place, How::Passkey, address).await?, codes))
}

fn wrong() -> Error {
    Error::invalid("answer", "this passkey was not taken").hint("try again, or use a code")
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}
