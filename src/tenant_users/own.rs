//! What a tenant's user may do with their own password and their own sessions, on the tenant's address. Their session is the proof of
//! who they are.

use secrecy::SecretString;
use serde_json::json;

use super::links::{end, theirs, written};
use super::subject;
use crate::actor::Actor;
use crate::error::{Error, Kind, Result};
use crate::password::Whose;
use crate::sessions::throttle::admit_again;
use crate::sessions::{Audience, Session, people, store, visitor};
use crate::tenants::{self, Status};
use crate::{Platform, audit, person};

/// Their own live sessions, the latest seen first.
pub async fn own_sessions(platform: &Platform, session: &Session) -> Result<Vec<Session>> {
    let (tenant_id, user_id) = whose(session)?;
    store::of_tenant_user(&mut *platform.central.read().await?, tenant_id, user_id).await
}

/// Ends every session of theirs, this one too; answers how many.
pub async fn sign_out_everywhere(platform: &Platform, session: &Session, address: Option<&str>) -> Result<u64> {
    let (tenant_id, user_id) = whose(session)?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let ended = people::changed(&mut tx, tenant_id, user_id, None).await?;
    let body = json!({ "audience": session.audience.as_text(), "sessions": ended });
    let subject = format!("tenant_user:{user_id} {}", session.email);
    let owner = visitor(&session.audience, Some(&session.email), address);
    audit::record(platform, &mut tx, &owner, "session.end", &subject, &body).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Their own password, changed with the old one; ends their other sessions, and answers how many. Fields: `old`, `new`.
pub async fn change_password(
    platform: &Platform,
    session: &Session,
    address: Option<&str>,
    old: &SecretString,
    new: &SecretString,
) -> Result<u64> {
    let (tenant_id, user_id) = whose(session)?;
    let tenant = tenants::find(platform, &Actor::system(), tenant_id).await?;
    if tenant.status != Status::Active {
        return Err(nobody());
    }
    let words: Vec<_> = std::iter::once(session.email.as_str()).chain(session.name.split(' ')).collect();
    platform.passwords.check_policy(new, &words).map_err(|error| error.field("new"))?;
    platform.passwords.check_kind(tenant.password_hash, new).map_err(|error| error.field("new"))?;
    // A session left open must not be a place to guess the password at leisure.
    let canonical = person::canonical(&session.email);
    let attempt = admit_again(platform, &session.audience, &session.id_hash, &canonical, address).await?;
    // An id that the tenant's tables have given to somebody else since, as numbers may be, is not who signed in.
    let found = theirs(platform, &tenant, user_id).await?;
    let (user, hash) = found.filter(|(user, _)| person::canonical(&user.email) == canonical).ok_or_else(nobody)?;
    if !platform.passwords.verify(Whose::Tenant(tenant_id), old, Some(&hash)).await?.matches {
        return Err(Error::invalid("old", "this is not your password"));
    }
    let chosen = platform.passwords.hash_as(tenant.password_hash, new).await?;
    let mut tx = platform.central.write().await?;
    attempt.succeeded(&mut tx).await?;
    tx.commit().await?;

    let (owner, body) = (visitor(&session.audience, Some(&session.email), address), json!({ "tenant": tenant.slug }));
    let intent = audit::intent(platform, &owner, "tenant_user.change_password", &subject(&user), &body).await?;
    let changed = async {
        written(platform, &tenant, (user_id, &hash), &chosen).await?;
        let mut tx = platform.central.write().await?;
        let ended = people::changed(&mut tx, tenant_id, user_id, Some(&session.id_hash)).await?;
        end(&mut tx, tenant_id, user_id).await?;
        tx.commit().await?;
        Ok(ended)
    }
    .await;
    intent.outcome_with(platform, &changed, |ended| json!({ "sessions": ended })).await?;
    changed
}

fn whose(session: &Session) -> Result<(&str, &str)> {
    match (&session.audience, session.subject_id.as_deref()) {
        (Audience::Tenant { id }, Some(user_id)) => Ok((id, user_id)),
        (Audience::Tenant { .. }, None) | (Audience::Central, _) => Err(nobody()),
    }
}

fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again")
}
