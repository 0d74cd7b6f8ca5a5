//! Signing in, and what a session is worth. The cookie and its store's HTTP side live in the console.
//!
//! A session is a row, found by the SHA-256 of the cookie's value, for one audience only. Whether it is alive is decided
//! anew at every request, from the rows as they are now and with the database's clock: a role, a status or a password that
//! has changed needs to tell nobody.

mod device;
mod known;
mod own;
mod pace;
mod passkey;
mod pending;
pub(crate) mod people;
mod sign_in;
pub(crate) mod store;
pub(crate) mod throttle;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::actor::{Actor, Door, Role};
use crate::error::{Error, Kind, Result};
use crate::{Platform, audit};
pub use device::device;
pub use known::{KNOWN, remember};
pub use own::{change_password, end_others, end_own, list_own, not_me, reauthenticate};
pub use pace::Pace;
pub use passkey::{
    answers_within, ask_again, ask_for_enrolment, ask_for_passkey, ask_for_second, enrol_passkey, prove_passkey,
    reauthenticate_by_passkey, sign_in_by_passkey,
};
pub use pending::{Has, awaited, confirm_enrolment, enrol, has, patience, pend, prove_code};
pub use sign_in::sign_in;

const MINUTE_MS: i64 = 60 * 1000;

/// A request looks, and only now and then writes: `last_seen_at` may lag by this much.
const TOUCH_MS: i64 = 15 * 1000;

/// Whom a session is for: the console, or one tenant's users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    Central,
    Tenant { id: String },
}

impl Audience {
    pub(crate) fn as_text(&self) -> String {
        match self {
            Audience::Central => "central".into(),
            Audience::Tenant { id } => format!("tenant:{id}"),
        }
    }
}

/// From where somebody tries to sign in.
#[derive(Clone, Copy, Default)]
pub struct Whence<'a> {
    pub address: Option<&'a str>,
    /// What [`remember`] gave this browser, if it has such a cookie.
    pub device: Option<&'a str>,
}

impl<'a> From<Option<&'a str>> for Whence<'a> {
    fn from(address: Option<&'a str>) -> Self {
        Self { address, device: None }
    }
}

/// What is still to come when a password was right, before there is a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Awaits {
    /// A code of the second factor.
    Code,
    /// A second factor is required, and there is none yet.
    Enrolment,
}

impl Awaits {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Awaits::Code => "code",
            Awaits::Enrolment => "enrolment",
        }
    }
}

/// Somebody whose password was just verified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    pub subject_id: String,
    pub email: String,
    pub name: String,
    pub role: String,
    /// The account as it was when the password was verified, or of a tenant's users the last change before they were looked up: one
    /// that has changed since gives no session.
    valid_from: i64,
    /// Until this has come there is no session.
    awaits: Option<Awaits>,
}

impl SignedIn {
    /// What is still to come before [`begin`]: whoever awaits something has [`pend`].
    pub fn awaits(&self) -> Option<Awaits> {
        self.awaits
    }
}

/// The session behind a cookie, as the database knows it now.
#[derive(Debug, Clone)]
pub struct Session {
    pub id_hash: String,
    pub audience: Audience,
    pub subject_id: Option<String>,
    pub email: String,
    pub name: String,
    pub role: Option<Role>,
    /// A tenant's role name, for tenant users.
    pub tenant_role: Option<String>,
    pub signed_in_ago: Option<Duration>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
    pub last_seen_at: i64,
    pub created_at: i64,
}

/// How long a session lives without a request, and at all.
struct Limits {
    idle_ms: i64,
    absolute_ms: i64,
}

impl Limits {
    fn of(audience: &Audience, role: &str) -> Self {
        match (audience, role) {
            (Audience::Central, role) if role == Role::Superadmin.as_str() => {
                Self { idle_ms: 15 * MINUTE_MS, absolute_ms: 8 * 60 * MINUTE_MS }
            }
            _ => Self { idle_ms: 30 * MINUTE_MS, absolute_ms: 12 * 60 * MINUTE_MS },
        }
    }
}

/// Creates the row for a new session and answers the secret id for the cookie: 128 random bits, as 22 characters of base64url.
pub async fn begin(
    platform: &Platform,
    audience: &Audience,
    who: &SignedIn,
    address: Option<&str>,
    user_agent: Option<&str>,
) -> Result<SecretString> {
    if who.awaits.is_some() {
        return Err(Error::new(Kind::Unauthenticated, "the second factor is still to come").hint("sign in again"));
    }
    let (id, new) = newcomer(audience, who, address, user_agent);
    let mut tx = platform.central.write().await?;
    let begun = match audience {
        Audience::Central => store::insert_central(&mut tx, &new).await?,
        Audience::Tenant { id } => store::insert_tenant(&mut tx, &new, id).await?,
    };
    if !begun {
        return Err(Error::new(Kind::Unauthenticated, "the account has just changed").hint("sign in again"));
    }
    tx.commit().await?;
    Ok(id)
}

/// A secret id, and the row that only knows its hash.
fn newcomer<'a>(
    audience: &'a Audience,
    who: &'a SignedIn,
    address: Option<&'a str>,
    user_agent: Option<&str>,
) -> (SecretString, store::NewRow<'a>) {
    let id = secret_id();
    let new = store::NewRow {
        id_hash: hash(id.expose_secret()),
        audience,
        who,
        address,
        user_agent: user_agent.map(|text| text.chars().take(300).collect()),
        limits: Limits::of(audience, &who.role),
    };
    (id, new)
}

/// For a cookie: nobody guesses it, and what is kept of it is its hash.
fn secret_id() -> SecretString {
    let mut bytes = zeroize::Zeroizing::new([0u8; 16]);
    rand::fill(&mut *bytes);
    SecretString::from(URL_SAFE_NO_PAD.encode(*bytes))
}

/// Finds a live session of this audience (idle and absolute limits, admin active, nothing changed since it began), and
/// touches it (update only; at most every 15 s). `None` when there is none: signed out, ended, expired, other audience.
pub async fn resume(platform: &Platform, audience: &Audience, id: &str) -> Result<Option<Session>> {
    let Some(found) = find(platform, audience, id).await? else { return Ok(None) };
    if found.now - found.session.last_seen_at >= TOUCH_MS {
        let touched = async {
            let mut tx = platform.central.write().await?;
            store::touch(&mut tx, &found.session.id_hash, found.now).await?;
            Ok::<_, Error>(tx.commit().await?)
        };
        // It is alive, whether or not that could be noted just now.
        if let Err(error) = touched.await {
            tracing::warn!(error = error.log_text(), "a session could not be touched");
        }
    }
    Ok(Some(found.session))
}

/// The same without touching it: an open page that only watches does not keep its session from growing idle.
pub async fn look(platform: &Platform, audience: &Audience, id: &str) -> Result<Option<Session>> {
    Ok(find(platform, audience, id).await?.map(|found| found.session))
}

async fn find(platform: &Platform, audience: &Audience, id: &str) -> Result<Option<store::Found>> {
    let mut conn = platform.central.read().await?;
    match audience {
        Audience::Central => store::find_central(&mut conn, &hash(id)).await,
        Audience::Tenant { id: tenant_id } => store::find_tenant(&mut conn, &hash(id), tenant_id).await,
    }
}

/// Ends a session because its owner said so. Of one that is over already nothing is written.
pub async fn sign_out(platform: &Platform, session: &Session, address: Option<&str>) -> Result<()> {
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    if !store::delete(&mut tx, &session.id_hash).await? {
        return Ok(());
    }
    let kind = match session.audience {
        Audience::Central => "admin",
        Audience::Tenant { .. } => "tenant_user",
    };
    let subject = format!("{kind}:{} {}", session.subject_id.as_deref().unwrap_or_default(), session.email);
    let body = json!({ "audience": session.audience.as_text() });
    let owner = visitor(&session.audience, Some(&session.email), address);
    audit::record(platform, &mut tx, &owner, "session.sign_out", &subject, &body).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes what has expired. Called now and then by `serve`.
pub async fn sweep(platform: &Platform) -> Result<u64> {
    let mut tx = platform.central.write().await?;
    let swept = store::sweep(&mut tx).await?;
    tx.commit().await?;
    Ok(swept)
}

fn hash(id: &str) -> String {
    hex::encode(Sha256::digest(id.as_bytes()))
}

/// Somebody at the door, for the audit. What was typed for an unknown account is not repeated: it may be a password. What a tenant's user
/// is called is the tenant's to write, and is told as that.
pub(crate) fn visitor(audience: &Audience, email: Option<&str>, address: Option<&str>) -> Actor {
    let name = match (email, audience) {
        (None, _) => "unknown".to_owned(),
        (Some(email), Audience::Central) => email.to_owned(),
        (Some(email), Audience::Tenant { .. }) => format!("tenant_user:{email}"),
    };
    Actor {
        admin_id: None,
        name,
        role: Role::Support,
        door: Door::Browser,
        address: address.map(str::to_owned),
        request_id: crate::id::new(),
        signed_in_ago: None,
        session: None,
        token: None,
        leave: crate::actor::Leave::None,
    }
}
