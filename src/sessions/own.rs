//! What people may do with their own sessions and their own password.

use secrecy::SecretString;
use serde_json::json;

use super::sign_in::takes_password;
use super::{Audience, ByProvider, Session, SignedIn, known, newcomer, store, throttle};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::central::Conn;
use crate::error::{Error, Kind, Result};
use crate::password::Whose;
use crate::second_factor::{self, Proof};
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
    ended(platform, &mut tx, actor, admin_id, 1).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the person's own sessions but one; answers how many.
pub async fn end_others(platform: &Platform, actor: &Actor, keep_id_hash: &str) -> Result<u64> {
    let admin_id = own_id(actor)?;
    let mut tx = platform.central.write().await?;
    let sessions = store::delete_others(&mut tx, admin_id, keep_id_hash).await?;
    ended(platform, &mut tx, actor, admin_id, sessions).await?;
    tx.commit().await?;
    Ok(sessions)
}

/// Somebody else was in: ends all of the person's own sessions but the one that says so, whatever sign-in is half done, and what browsers
/// are known. Answers how many sessions. That it was said is written down, also where there was nobody.
pub async fn not_me(platform: &Platform, actor: &Actor, keep_id_hash: &str) -> Result<u64> {
    let admin_id = own_id(actor)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    // Nothing is proven by saying so: the session that goes on is as old as it was.
    let sessions = store::delete_others(&mut tx, admin_id, keep_id_hash).await?;
    store::end_pending_of(&mut tx, admin_id).await?;
    known::forget(&mut tx, "central", admin_id).await?;
    let (subject, body) = (format!("admin:{admin_id} {}", actor.name), json!({ "sessions": sessions }));
    audit::record(platform, &mut tx, actor, "session.not_me", &subject, &body).await?;
    tx.commit().await?;
    Ok(sessions)
}

/// Whoever ends a session of theirs does not trust where it is: no browser is known any more until somebody signs in there.
async fn ended(platform: &Platform, tx: &mut Conn, actor: &Actor, admin_id: &str, sessions: u64) -> Result<()> {
    known::forget(tx, "central", admin_id).await?;
    if sessions == 0 {
        return Ok(());
    }
    let subject = format!("admin:{admin_id} {}", actor.name);
    audit::record(platform, tx, actor, "session.end", &subject, &json!({ "sessions": sessions })).await
}

/// Proves once more who has this session, by their password and, where they have a second factor, a code of it, and gives them another in its place. One that has ended meanwhile gives
/// none. A right password also forgets what strangers have tried at the account. Fields: `password`, `code`.
pub async fn reauthenticate(
    platform: &Platform,
    actor: &Actor,
    id_hash: &str,
    password: &SecretString,
    code: Option<&SecretString>,
    user_agent: Option<&str>,
) -> Result<SecretString> {
    let admin_id = own_id(actor)?;
    let account = admins::store::by_id(&mut *platform.central.read().await?, admin_id).await?.ok_or_else(nobody)?;
    if !takes_password(platform, &account.admin) {
        return Err(Error::invalid("password", "no password of yours counts here"));
    }
    let (canonical, subject) = (person::canonical(&account.admin.email), account.admin.subject());
    let attempt =
        throttle::admit_again(platform, &Audience::Central, id_hash, &canonical, actor.address.as_deref()).await?;
    let has_factor = second_factor::is_there(&mut *platform.central.read().await?, admin_id).await?;
    let proof = match has_factor {
        true => {
            let code = code.ok_or_else(|| Error::invalid("code", "a code of your second factor is needed as well"))?;
            match second_factor::prove(platform, &account, password, code).await? {
                Some(proof) => Some(proof),
                None => return Err(not_proven(platform, actor, &subject, second_factor::wrong()).await),
            }
        }
        false if platform.passwords.verify(Whose::Console, password, Some(&account.password_hash)).await?.matches => {
            None
        }
        false => {
            let wrong = Error::invalid("password", "this is not your password");
            return Err(not_proven(platform, actor, &subject, wrong).await);
        }
    };
    another(platform, actor, id_hash, account, &attempt, proof, second_factor::wrong, user_agent).await
}

/// Another session in the place of this one, for whoever has just proven who they are.
#[allow(clippy::too_many_arguments, reason = "what was found out on the way here")]
pub(super) async fn another(
    platform: &Platform,
    actor: &Actor,
    id_hash: &str,
    account: admins::store::Account,
    attempt: &throttle::Try,
    proof: Option<Proof>,
    wrong: fn() -> Error,
    user_agent: Option<&str>,
) -> Result<SecretString> {
    let (canonical, subject) = (person::canonical(&account.admin.email), account.admin.subject());
    let admin_id = account.admin.id.clone();
    let before = store::find_central(&mut *platform.central.read().await?, id_hash).await?.ok_or_else(nobody)?;
    let provider = before.session.by_provider.then_some(ByProvider::Known);
    let who = SignedIn { provider, ..SignedIn::from(account) };
    let (id, new) = newcomer(&Audience::Central, &who, actor.address.as_deref(), user_agent);
    let mut tx = platform.central.write().await?;
    attempt.succeeded(&mut tx).await?;
    throttle::forget(&mut tx, &Audience::Central, &canonical).await?;
    audit::take_turn(&mut tx).await?;
    let body = match proof {
        Some(proof) => match proof.use_up(&mut tx, &admin_id).await? {
            Some(how) => how.body(),
            None => {
                drop(tx);
                return Err(not_proven(platform, actor, &subject, wrong()).await);
            }
        },
        None => json!({}),
    };
    audit::record(platform, &mut tx, actor, "session.reauthenticate", &subject, &body).await?;
    // The row of the admin first, as everywhere.
    if !store::insert_central(&mut tx, &new).await? || !store::end_live(&mut tx, &admin_id, id_hash).await? {
        return Err(nobody());
    }
    tx.commit().await?;
    Ok(id)
}

/// Written down, and handed on.
pub(super) async fn not_proven(platform: &Platform, actor: &Actor, subject: &str, wrong: Error) -> Error {
    let written = async {
        let mut tx = platform.central.write().await?;
        audit::record_failure(platform, &mut tx, actor, "session.reauthenticate", subject, &json!({})).await?;
        Ok::<_, Error>(tx.commit().await?)
    };
    match written.await {
        Ok(()) => wrong,
        Err(error) => error,
    }
}

/// One's own password, changed with the old one; ends the other sessions, and answers how many. Whoever has a second factor must have
/// proven it a moment ago. Fields: `old`, `new`.
pub async fn change_password(
    platform: &Platform,
    actor: &Actor,
    keep_id_hash: &str,
    old: &SecretString,
    new: &SecretString,
) -> Result<u64> {
    let admin_id = own_id(actor)?;
    let account = admins::store::by_id(&mut *platform.central.read().await?, admin_id).await?.ok_or_else(nobody)?;
    let admin = &account.admin;
    if !account.has_password {
        return Err(Error::conflict("you have no password here").cause("you sign in by the identity provider"));
    }
    if second_factor::is_there(&mut *platform.central.read().await?, admin_id).await? {
        actor.authorise(Permission::OwnFactors)?;
    }
    let words = [admin.email.as_str(), &admin.first_name, &admin.last_name];
    platform.passwords.check_policy(new, &words).map_err(|error| error.field("new"))?;
    // A session left open must not be a place to guess the password at leisure.
    let canonical = person::canonical(&admin.email);
    let address = actor.address.as_deref();
    let attempt = throttle::admit_again(platform, &Audience::Central, keep_id_hash, &canonical, address).await?;
    if !platform.passwords.verify(Whose::Console, old, Some(&account.password_hash)).await?.matches {
        return Err(Error::invalid("old", "this is not your password"));
    }
    let hash = platform.passwords.hash(new).await?;

    let mut tx = platform.central.write().await?;
    attempt.succeeded(&mut tx).await?;
    store::turn_of(&mut tx, actor).await?;
    // Whoever was changed meanwhile has proven what is no more.
    let now = admins::store::by_id(&mut tx, admin_id).await?;
    let mut account = now
        .filter(|now| !now.admin.disabled && now.password_hash == account.password_hash)
        .ok_or_else(|| Error::invalid("old", "this is not your password any more"))?;
    account.password_hash = hash;
    admins::store::update(&mut tx, &account).await?;
    admins::store::end_links(&mut tx, admin_id).await?;
    let ended = store::end_others(&mut tx, admin_id, Some(keep_id_hash)).await?;
    let body = json!({ "sessions": ended });
    audit::record(platform, &mut tx, actor, "admin.change_password", &account.admin.subject(), &body).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Every admin may do this with what is theirs; the command line has no sessions of its own.
pub(super) fn own_id(actor: &Actor) -> Result<&str> {
    actor.authorise(Permission::OwnAccount)?;
    actor.admin_id.as_deref().ok_or_else(nobody)
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}
