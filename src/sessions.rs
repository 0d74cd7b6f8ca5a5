//! Signing in, and what a session is worth. The cookie and its store's HTTP side live in the console.
use crate::{
    Platform,
    actor::{Actor, Role},
    error::Result,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Whom a session is for: the console, or one tenant's users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    Central,
    Tenant { id: String },
}

/// Somebody whose password was just verified.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignedIn {
    pub subject_id: String,
    pub email: String,
    pub name: String,
    pub role: String,
}

/// Verifies a central admin or, on a tenant's subdomain, that tenant's user. One answer for unknown, wrong, disabled and
/// locked; throttled per account and per address before the look-up (`Kind::Throttled` with `retry_after`).
pub async fn sign_in(
    _platform: &Platform,
    _audience: &Audience,
    _email: &str,
    _password: &SecretString,
    _address: Option<&str>,
) -> Result<SignedIn> {
    todo!()
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

/// Creates the row for a new session and answers the secret id for the cookie (32 random bytes, base64url).
pub async fn begin(
    _platform: &Platform,
    _audience: &Audience,
    _who: &SignedIn,
    _address: Option<&str>,
    _user_agent: Option<&str>,
) -> Result<SecretString> {
    todo!()
}
/// Finds a live session of this audience (idle and absolute limits, admin active, `sessions_valid_from`), and touches it
/// (update only; at most once a few seconds). `None` when there is none: signed out, ended, expired, other audience.
pub async fn resume(_platform: &Platform, _audience: &Audience, _id: &str) -> Result<Option<Session>> {
    todo!()
}
pub async fn end(_platform: &Platform, _id: &str) -> Result<()> {
    todo!()
}
/// Proves the password again: moves the session to a new id, which is the answer.
pub async fn reauthenticate(
    _platform: &Platform,
    _session: &Session,
    _id: &str,
    _password: &SecretString,
    _address: Option<&str>,
) -> Result<SecretString> {
    todo!()
}
/// The person's own live sessions (central).
pub async fn list_own(_platform: &Platform, _actor: &Actor) -> Result<Vec<Session>> {
    todo!()
}
/// Ends one of the person's own sessions by its hash, or all but `keep`.
pub async fn end_own(_platform: &Platform, _actor: &Actor, _id_hash: &str) -> Result<()> {
    todo!()
}
pub async fn end_others(_platform: &Platform, _actor: &Actor, _keep_id_hash: &str) -> Result<u64> {
    todo!()
}
/// One's own password, changed with the old one; ends the other sessions.
pub async fn change_password(
    _platform: &Platform,
    _actor: &Actor,
    _keep_id_hash: &str,
    _old: &SecretString,
    _new: &SecretString,
) -> Result<()> {
    todo!()
}
/// Deletes what has expired. Called now and then by `serve`.
pub async fn sweep(_platform: &Platform) -> Result<u64> {
    todo!()
}
