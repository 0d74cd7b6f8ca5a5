//! Server functions about whoever is asking.

use leptos::server;
use neo_model::{Door as Through, Role, SessionRow, SessionsEnded};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<Me>(Permission::View),
        Function::of::<ListOwnSessions>(Permission::OwnAccount),
        Function::of::<ChangePassword>(Permission::OwnAccount)
            .example(json!({ "old": "correct horse battery staple", "new": "four unrelated quiet words" })),
        Function::of::<EndOwnSession>(Permission::OwnAccount)
            .example(json!({ "session": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" })),
        Function::of::<EndOtherSessions>(Permission::OwnAccount),
        Function::of::<NotMe>(Permission::OwnAccount),
    ]
}

/// Who is asking, and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Described))]
pub struct Who {
    pub name: String,
    pub role: Role,
    pub door: Through,
    /// What the role allows. Some of it asks for a recent sign-in besides.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(with = "Vec<Permission>"))]
    pub may: Vec<String>,
}

/// Who is asking, and what they may do.
#[server(prefix = "/api/v1", endpoint = "me", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn me() -> Result<Who, Problem> {
    let actor = Door::here()?.actor;
    let allowed = Permission::ALL.into_iter().filter(|permission| actor.may(*permission)).collect::<Vec<_>>();
    let words = serde_json::to_value(allowed).and_then(serde_json::from_value).map_err(neo::Error::internal)?;
    Ok(Who { name: actor.name, role: actor.role, door: actor.door, may: words })
}

/// One's own sessions, the one seen last first.
#[server(prefix = "/api/v1", endpoint = "account/sessions", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_own_sessions() -> Result<Vec<SessionRow>, Problem> {
    Ok(calls::sessions(&Door::here()?).await?)
}

/// Changes one's own password. It ends one's other sessions. Whoever has a second factor has to have signed in lately.
#[server(prefix = "/api/v1", endpoint = "account/change-password", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn change_password(
    /// The password as it is now.
    old: Secret,
    /// At least 12 characters, and none that are easy to guess.
    new: Secret,
) -> Result<SessionsEnded, Problem> {
    Ok(calls::change_password(&Door::here()?, &old.into(), &new.into()).await?)
}

/// Ends one of one's own sessions.
#[server(prefix = "/api/v1", endpoint = "account/end-session", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn end_own_session(
    /// Its id, as `account/sessions` tells it.
    session: String,
) -> Result<SessionsEnded, Problem> {
    Ok(calls::end_session(&Door::here()?, &session).await?)
}

/// Ends one's own sessions, but for the one that asks.
#[server(prefix = "/api/v1", endpoint = "account/end-sessions", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn end_other_sessions() -> Result<SessionsEnded, Problem> {
    Ok(calls::end_sessions(&Door::here()?).await?)
}

/// Somebody else was in: ends one's own sessions, but for the one that asks, and makes every browser a stranger. A new password is to
/// follow.
#[server(prefix = "/api/v1", endpoint = "account/not-me", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn not_me() -> Result<SessionsEnded, Problem> {
    Ok(calls::not_me(&Door::here()?).await?)
}
