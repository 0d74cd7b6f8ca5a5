//! The one way in: an email and a password, answered alike whatever is wrong with them. Whether a second factor is still to come is
//! looked up, and told, only when the password was right.

use neo_model::WayIn;
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;

use super::{Audience, SignedIn, Whence, people, throttle, visitor};
use crate::Platform;
use crate::actor::Role;
use crate::central::Conn;
use crate::error::{Error, Kind, Result};
use crate::password::{self, Whose};
use crate::{admins, audit, person, second_factor, tenant_users};

/// An account as the sign-in needs it, whichever database it lives in.
struct Account {
    who: SignedIn,
    subject: String,
    password_hash: String,
    /// Of which kind the hashes are that are written there.
    kind: password::Kind,
    may_sign_in: bool,
}

/// Verifies a central admin or, on a tenant's subdomain, that tenant's user. One answer for unknown, wrong, disabled and
/// locked; throttled before the look-up (`Kind::Throttled` with `retry_after`): a known browser by itself, strangers per account and
/// per address.
pub async fn sign_in<'a>(
    platform: &Platform,
    audience: &Audience,
    email: &str,
    password: &SecretString,
    from: impl Into<Whence<'a>>,
) -> Result<SignedIn> {
    let from = from.into();
    let canonical = person::canonical(email);
    let attempt = throttle::admit(platform, audience, &canonical, from).await?;
    let admitted = Instant::now();
    let outcome = prove(platform, audience, (email.trim(), &canonical), password, from.address, &attempt).await;
    if let (Err(_), Audience::Tenant { id }) = (&outcome, audience) {
        tokio::time::sleep_until(admitted + platform.pace.of(id, admitted.elapsed())).await;
    }
    outcome
}

async fn prove(
    platform: &Platform,
    audience: &Audience,
    (typed, canonical): (&str, &str),
    password: &SecretString,
    address: Option<&str>,
    attempt: &throttle::Try,
) -> Result<SignedIn> {
    let (account, whose) = match audience {
        Audience::Central => (central(platform, canonical).await?, Whose::Console),
        Audience::Tenant { id } => (tenant(platform, id, typed).await?, Whose::Tenant(id)),
    };
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let verdict = platform.passwords.verify(whose, password, hash).await?;
    let visitor = visitor(audience, account.as_ref().map(|account| account.who.email.as_str()), address);
    let subject = account.as_ref().map_or("nobody", |account| account.subject.as_str());
    let mut body = json!({ "audience": audience.as_text() });
    if let Some(why) = verdict.refused {
        tracing::warn!(audience = audience.as_text(), subject, "a password hash was not obeyed: it {why}");
        body["hash"] = why.into();
    }

    let welcome = account.as_ref().filter(|account| verdict.matches && account.may_sign_in);
    let Some(account) = welcome else {
        // Whoever it was, it was not the one whose account it is.
        let stranger = self::visitor(audience, None, address);
        let mut tx = platform.central.write().await?;
        audit::record_failure(platform, &mut tx, &stranger, "session.sign_in", subject, &body).await?;
        tx.commit().await?;
        return Err(Error::new(Kind::Unauthenticated, "the email or the password is not right"));
    };
    // One of another kind is the application's own, which may read no other.
    let stronger = match verdict.needs_rehash && verdict.kind == Some(account.kind) {
        true => Some(platform.passwords.hash_as(account.kind, password).await?),
        false => None,
    };
    if let (Some(stronger), Audience::Tenant { id }) = (&stronger, audience) {
        tenant_users::rehash(platform, id, &account.who.subject_id, &account.password_hash, stronger).await?;
    }
    let mut tx = platform.central.write().await?;
    // Rows are taken in this order everywhere: throttles, audit, admins.
    attempt.succeeded(&mut tx).await?;
    let awaits = match audience {
        Audience::Central => {
            let role = account.who.role.parse()?;
            second_factor::awaited(platform, &mut tx, &account.who.subject_id, role).await?
        }
        Audience::Tenant { .. } => None,
    };
    let action = match awaits {
        Some(awaits) => {
            body["awaits"] = awaits.as_str().into();
            "session.password"
        }
        None => "session.sign_in",
    };
    audit::record(platform, &mut tx, &visitor, action, subject, &body).await?;
    if let (Some(stronger), Audience::Central) = (&stronger, audience) {
        rehash(&mut tx, account, stronger).await?;
    }
    tx.commit().await?;
    Ok(SignedIn { awaits, ..account.who.clone() })
}

async fn central(platform: &Platform, canonical: &str) -> Result<Option<Account>> {
    let found = admins::store::by_email(&mut *platform.central.read().await?, canonical).await?;
    Ok(found.map(|account| Account {
        subject: account.admin.subject(),
        may_sign_in: account.admin.may_sign_in() && is_open(platform, &account.admin),
        password_hash: account.password_hash.clone(),
        kind: password::Kind::Argon2id,
        who: account.into(),
    }))
}

/// Whether what this admin has of ours (a password, a passkey) lets them in, or the identity provider alone does.
pub(super) fn is_open(platform: &Platform, admin: &admins::Admin) -> bool {
    platform.config.password_sign_in || admin.role == Role::Superadmin && admin.second_factor
}

/// Whether a password of this admin's proves anything.
pub fn takes_password(platform: &Platform, admin: &admins::Admin) -> bool {
    admin.ways.contains(&WayIn::Password) && is_open(platform, admin)
}

impl From<admins::store::Account> for SignedIn {
    fn from(account: admins::store::Account) -> Self {
        Self {
            name: format!("{} {}", account.admin.first_name, account.admin.last_name),
            role: account.admin.role.as_str().to_owned(),
            subject_id: account.admin.id,
            email: account.admin.email,
            valid_from: account.sessions_valid_from,
            awaits: None,
            provider: None,
        }
    }
}

async fn tenant(platform: &Platform, tenant_id: &str, typed: &str) -> Result<Option<Account>> {
    // Before they are looked up: whatever is changed from here on, this sign-in has not seen it.
    let seen = people::last_change(&mut *platform.central.read().await?).await?;
    let found = tenant_users::by_email(platform, tenant_id, typed).await?;
    Ok(found.map(|(user, password_hash, kind)| Account {
        subject: format!("tenant_user:{} {}", user.id, user.email),
        may_sign_in: !user.disabled,
        password_hash,
        kind,
        who: SignedIn {
            name: format!("{} {}", user.first_name, user.last_name),
            role: user.roles.join(", "),
            subject_id: user.id,
            email: user.email,
            valid_from: seen,
            awaits: None,
            provider: None,
        },
    }))
}

/// The same password under today's parameters, unless it was changed meanwhile.
async fn rehash(tx: &mut Conn, account: &Account, stronger: &str) -> Result<()> {
    sqlx::query("update admins set password_hash = $1 where id = $2 and password_hash = $3")
        .bind(stronger.to_owned())
        .bind(account.who.subject_id.clone())
        .bind(account.password_hash.clone())
        .execute(tx)
        .await?;
    Ok(())
}
