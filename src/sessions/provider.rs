//! The identity provider at the door: somebody signs in by it, or proves themselves once more, and signs out there as well.
//!
//! What it says lets nobody in by itself: who they are here, and whether a second factor of ours is asked for too, is decided as after
//! a password.

use neo_model::WayIn;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::own::{another, not_proven, own_id};
use super::{Audience, ByProvider, SignedIn, Whence, throttle, visitor};
use crate::actor::Actor;
use crate::admins::identities::{self, Out, Verdict};
use crate::error::{Error, Kind, Result};
use crate::oidc::{self, Back, Claims, Errand, Sent, Taken, Web};
use crate::second_factor;
use crate::{Platform, admins, audit, link, person};

/// Between when somebody was sent and when they signed in there, and between the answers about it, so many seconds may be lost.
const SLACK: i64 = 5;

/// Who has come back from the provider.
pub enum Arrived {
    /// They sign in; where to, once that is whole.
    SignedIn { who: SignedIn, next: String },
    /// They have proven themselves once more: another session, in the place of the one that they have; and what waited for it.
    Again { id: SecretString, next: String, kept: Option<String> },
}

/// Whoever comes back, as their browser shows it.
pub struct Returning<'a> {
    pub ticket: &'a SecretString,
    pub back: &'a Back,
    /// Where the provider sent it back to.
    pub redirect: &'a str,
    /// Who is signed in there already, and the hash of their session.
    pub session: Option<(&'a Actor, &'a str)>,
    pub user_agent: Option<&'a str>,
    pub address: Option<&'a str>,
}

/// Sends somebody to the provider who is to sign in. Throttled per address, as passwords are.
pub async fn lead_to_provider(
    platform: &Platform,
    web: &dyn Web,
    (redirect, next): (&str, &str),
    from: Whence<'_>,
) -> Result<Sent> {
    oidc::settings(platform)?;
    throttle::admit_guest(platform, from.address).await?;
    oidc::send(platform, web, Errand { redirect, next, kept: None, again: None }).await
}

/// Sends somebody there who has signed in and is to prove it once more: they are asked for what they sign in with there. Whoever has a
/// second factor here brings a code of it, unless the provider's is one. `kept` comes back with them. Fields: `code`.
pub async fn lead_again(
    platform: &Platform,
    web: &dyn Web,
    (actor, id_hash): (&Actor, &str),
    (redirect, next, kept): (&str, &str, Option<&str>),
    code: Option<&SecretString>,
) -> Result<Sent> {
    let admin_id = own_id(actor)?;
    let account = admins::store::by_id(&mut *platform.central.read().await?, admin_id).await?.ok_or_else(nobody)?;
    let address = actor.address.as_deref();
    let canonical = person::canonical(&account.admin.email);
    let attempt = throttle::admit_again(platform, &Audience::Central, id_hash, &canonical, address).await?;
    let is_asked =
        account.admin.second_factor && oidc::settings(platform)?.second_factor == crate::config::TheirFactor::No;
    let factor = match (code, is_asked) {
        (Some(code), _) if account.admin.second_factor => {
            let proof = second_factor::read(platform, &mut *platform.central.read().await?, admin_id, code).await?;
            let mut tx = platform.central.write().await?;
            let how = match proof {
                Some(proof) => proof.use_up(&mut tx, admin_id).await?,
                None => None,
            };
            let Some(how) = how else {
                drop(tx);
                let wrong = Error::invalid("code", "this code is wrong, or was used already");
                return Err(not_proven(platform, actor, &account.admin.subject(), wrong).await);
            };
            attempt.succeeded(&mut tx).await?;
            tx.commit().await?;
            Some(how.word())
        }
        (_, true) => return Err(Error::invalid("code", "a code of your second factor is needed as well")),
        _ => {
            let mut tx = platform.central.write().await?;
            attempt.succeeded(&mut tx).await?;
            tx.commit().await?;
            None
        }
    };
    oidc::send(platform, web, Errand { redirect, next, kept, again: Some((id_hash, factor)) }).await
}

/// Takes what somebody comes back with from the provider, once. Whatever it is not taken for is said in words of ours.
pub async fn back_from_provider(platform: &Platform, web: &dyn Web, returning: Returning<'_>) -> Result<Arrived> {
    let Some(taken) = oidc::take(platform, returning.ticket, returning.back).await? else {
        return Err(Error::new(Kind::Unauthenticated, "this sign-in is over: it was used already, or took too long"));
    };
    let heard = oidc::hear(platform, web, (returning.redirect, taken.now), returning.ticket, returning.back).await;
    match &taken.session {
        None => sign_in(platform, heard, returning, taken.next).await,
        Some(_) => again(platform, heard, returning, taken).await,
    }
}

/// As it stands in the audit.
fn told(claims: Option<&Claims>, why: Option<&str>) -> Value {
    let mut body = json!({ "audience": Audience::Central.as_text(), "by": WayIn::Provider });
    if let Some(claims) = claims {
        body["issuer"] = claims.issuer.as_str().into();
        body["subject"] = claims.subject.as_str().into();
    }
    if let Some(why) = why {
        body["why"] = why.into();
    }
    body
}

const SIGN_IN: &str = "session.sign_in";

async fn sign_in(
    platform: &Platform,
    heard: std::result::Result<Claims, oidc::Refused>,
    returning: Returning<'_>,
    next: String,
) -> Result<Arrived> {
    let stranger = visitor(&Audience::Central, None, returning.address);
    let claims = match heard {
        Ok(claims) => claims,
        Err(refused) => {
            let mut tx = platform.central.write().await?;
            let body = told(None, Some(refused.why));
            audit::record_failure(platform, &mut tx, &stranger, SIGN_IN, "nobody", &body).await?;
            tx.commit().await?;
            return Err(refused.error);
        }
    };
    // A hash takes a while: it is made before anything is held, for whoever will need one.
    let is_new = identities::is_new(&mut *platform.central.read().await?, &claims).await?;
    let spare_hash = match is_new {
        true => Some(platform.passwords.hash(&link::unguessable()).await?),
        false => None,
    };
    let mut tx = platform.central.write().await?;
    // Rows are taken in this order everywhere: throttles, audit, admins.
    let guest = throttle::Guest::hold(&mut tx, returning.address).await?;
    audit::take_turn(&mut tx).await?;
    let (account, identity) = match identities::admit(platform, &mut tx, &claims, spare_hash, returning.address).await?
    {
        Verdict::In(account) => (account, None),
        Verdict::ToProve(account, identity) => (account, Some(identity)),
        Verdict::Out(Out { why, subject, told: error }) => {
            let body = told(Some(&claims), Some(why));
            audit::record_failure(platform, &mut tx, &stranger, SIGN_IN, &subject, &body).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    guest.welcome(&mut tx).await?;
    // Who only becomes this admin proves what it has, whatever the provider has asked for.
    let awaits = match claims.is_both && identity.is_none() {
        true => None,
        false => second_factor::awaited(platform, &mut tx, &account.admin.id, account.admin.role).await?,
    };
    let mut body = told(Some(&claims), None);
    let action = match awaits {
        Some(awaits) => {
            body["awaits"] = awaits.as_str().into();
            "session.provider"
        }
        None => SIGN_IN,
    };
    if claims.is_both {
        body["factor"] = WayIn::Provider.as_str().into();
    }
    let owner = visitor(&Audience::Central, Some(&account.admin.email), returning.address);
    audit::record(platform, &mut tx, &owner, action, &account.admin.subject(), &body).await?;
    tx.commit().await?;
    let provider = identity.map_or(ByProvider::Known, ByProvider::ToBe);
    let who = SignedIn { awaits, provider: Some(provider), ..SignedIn::from(*account) };
    Ok(Arrived::SignedIn { who, next })
}

async fn again(
    platform: &Platform,
    heard: std::result::Result<Claims, oidc::Refused>,
    returning: Returning<'_>,
    taken: Taken,
) -> Result<Arrived> {
    // The session that asked for it, and no other.
    let (actor, id_hash) =
        returning.session.filter(|(_, hash)| taken.session.as_deref() == Some(*hash)).ok_or_else(nobody)?;
    let admin_id = own_id(actor)?;
    let account = admins::store::by_id(&mut *platform.central.read().await?, admin_id).await?.ok_or_else(nobody)?;
    let identity = admins::store::identity_of(&mut *platform.central.read().await?, admin_id).await?;
    let subject = account.admin.subject();
    let claims = match heard {
        Ok(claims) => claims,
        Err(refused) => return Err(not_proven(platform, actor, &subject, refused.error).await),
    };
    // Both by the provider's clock: it was not before they were sent.
    let elapsed = (taken.now - taken.sent_at) / 1000 + SLACK;
    let is_recent = claims.auth_time.is_some_and(|at| (-SLACK..=elapsed).contains(&(claims.issued_at - at)));
    let has_factor = !account.admin.second_factor || claims.is_both || taken.factor.is_some();
    let wrong = if identity != Some((claims.issuer.clone(), claims.subject.clone())) {
        Some("this is somebody else there than you are here")
    } else if claims.role != Some(account.admin.role) {
        Some("you are something else there by now than you are here: sign in again")
    } else if !is_recent {
        Some("you were not asked there who you are")
    } else if !has_factor {
        Some("a code of your second factor is needed as well")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let wrong = Error::new(Kind::Denied, wrong);
        return Err(not_proven(platform, actor, &subject, wrong).await);
    }
    let canonical = person::canonical(&account.admin.email);
    let address = actor.address.as_deref();
    let attempt = throttle::admit_again(platform, &Audience::Central, id_hash, &canonical, address).await?;
    let id =
        another(platform, actor, id_hash, account, &attempt, None, second_factor::wrong, returning.user_agent).await?;
    Ok(Arrived::Again { id, next: taken.next, kept: taken.kept })
}

/// Where whoever has ended a session that they began there signs out there as well; it leads back to `landing`. None where there is no such place.
pub async fn sign_out_at_provider(platform: &Platform, web: &dyn Web, landing: &str) -> Option<String> {
    oidc::goodbye(platform, web, landing).await
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}
