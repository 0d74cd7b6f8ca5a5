//! Server functions about central admins: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{AdminLink, AdminRow, Role, SessionsEnded};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {
    super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, neo::admins::Invitation,
    serde_json::json,
};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    let one = || json!({ "admin": "grace@example.com" });
    vec![
        Function::of::<ListAdmins>(Permission::SeeAdmins),
        Function::of::<CreateAdmin>(Permission::ManageAdmins).example(json!({
            "email": "grace@example.com", "password": "four unrelated quiet words", "first_name": "Grace",
            "last_name": "Hopper", "role": "support",
        })),
        Function::of::<InviteAdmin>(Permission::ManageAdmins)
            .example(json!({ "email": "joan@example.com", "role": "support" })),
        Function::of::<LinkAdmin>(Permission::ManageAdmins).example(one()),
        Function::of::<RevokeAdminLink>(Permission::ManageAdmins).example(one()),
        Function::of::<SetAdminRole>(Permission::ManageAdmins)
            .example(json!({ "admin": "grace@example.com", "role": "admin" })),
        Function::of::<DisableAdmin>(Permission::ManageAdmins).example(one()),
        Function::of::<EnableAdmin>(Permission::ManageAdmins).example(one()),
        Function::of::<EndAdminSessions>(Permission::EndSessions).example(one()),
        Function::of::<ResetAdminFactor>(Permission::ManageAdmins).example(one()),
        Function::of::<UnlinkAdmin>(Permission::ManageAdmins).example(one()),
        Function::of::<EndAllSessions>(Permission::EndSessions),
        Function::of::<ResetAdminPassword>(Permission::ManageAdmins)
            .example(json!({ "admin": "grace@example.com", "password": "another four quiet words" })),
    ]
}

/// The central admins, by email.
#[server(prefix = "/api/v1", endpoint = "admins", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_admins() -> Result<Vec<AdminRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// Makes a central admin, who signs in with this password and can change it.
#[server(prefix = "/api/v1", endpoint = "admins/create", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn create_admin(
    /// Where they are reached, and what they sign in with.
    email: String,
    /// At least 12 characters, and none that are easy to guess.
    password: Secret,
    /// What they are called.
    first_name: String,
    /// Their family's name.
    last_name: String,
    /// What they may.
    role: Role,
) -> Result<AdminRow, Problem> {
    let new = calls::Wanted { email, password: password.into(), first_name, last_name, role };
    Ok(calls::create(&Door::here()?, new).await?)
}

/// Makes a link by which somebody comes in as an admin, and chooses a password that nobody else knows: once, within 48 hours. Until
/// they have, they cannot sign in.
#[server(prefix = "/api/v1", endpoint = "admins/invite", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn invite_admin(
    /// Where they are reached, and what they sign in with.
    email: String,
    /// What they may.
    role: Role,
    /// What they are called. Left out, they say it themselves.
    first_name: Option<String>,
    /// Their family's name.
    last_name: Option<String>,
) -> Result<AdminLink, Problem> {
    let new = Invitation { email, first_name, last_name, role };
    Ok(calls::invite(&Door::here()?, new).await?)
}

/// Makes a link by which an admin chooses a password: once, within 48 hours. One that they had before is worth nothing any more.
#[server(prefix = "/api/v1", endpoint = "admins/link", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn link_admin(
    /// Email or id.
    admin: String,
) -> Result<AdminLink, Problem> {
    Ok(calls::link(&Door::here()?, &admin).await?)
}

/// Takes a link back that was not used. Whoever was invited by it is no admin any more: the answer says who they were.
#[server(prefix = "/api/v1", endpoint = "admins/revoke-link", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn revoke_admin_link(
    /// Email or id.
    admin: String,
) -> Result<AdminRow, Problem> {
    Ok(calls::revoke(&Door::here()?, &admin).await?)
}

/// Changes what an admin may. It ends their sessions.
#[server(prefix = "/api/v1", endpoint = "admins/set-role", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn set_admin_role(
    /// Email or id.
    admin: String,
    /// What they may from now on.
    role: Role,
) -> Result<AdminRow, Problem> {
    Ok(calls::set_role(&Door::here()?, &admin, role).await?)
}

/// Keeps an admin out. It ends their sessions.
#[server(prefix = "/api/v1", endpoint = "admins/disable", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn disable_admin(
    /// Email or id.
    admin: String,
) -> Result<AdminRow, Problem> {
    Ok(calls::disable(&Door::here()?, &admin).await?)
}

/// Lets a disabled admin in again.
#[server(prefix = "/api/v1", endpoint = "admins/enable", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn enable_admin(
    /// Email or id.
    admin: String,
) -> Result<AdminRow, Problem> {
    Ok(calls::enable(&Door::here()?, &admin).await?)
}

/// Takes away the second factor of an admin who has lost it. It ends their sessions.
#[server(prefix = "/api/v1", endpoint = "admins/reset-2fa", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn reset_admin_factor(
    /// Email or id.
    admin: String,
) -> Result<AdminRow, Problem> {
    Ok(calls::reset_factor(&Door::here()?, &admin).await?)
}

/// Parts an admin from who they are at the identity provider. It ends their sessions.
#[server(prefix = "/api/v1", endpoint = "admins/unlink", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn unlink_admin(
    /// Email or id.
    admin: String,
) -> Result<AdminRow, Problem> {
    Ok(calls::unlink(&Door::here()?, &admin).await?)
}

/// Signs an admin out everywhere.
#[server(prefix = "/api/v1", endpoint = "admins/end-sessions", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn end_admin_sessions(
    /// Email or id.
    admin: String,
) -> Result<SessionsEnded, Problem> {
    Ok(calls::end_sessions(&Door::here()?, &admin).await?)
}

/// Signs every admin out everywhere, but for the session that asks.
#[server(prefix = "/api/v1", endpoint = "admins/end-all-sessions", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn end_all_sessions() -> Result<SessionsEnded, Problem> {
    Ok(calls::end_all_sessions(&Door::here()?).await?)
}

/// Gives an admin another password. It ends their sessions.
#[server(prefix = "/api/v1", endpoint = "admins/reset-password", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn reset_admin_password(
    /// Email or id.
    admin: String,
    /// At least 12 characters, and none that are easy to guess.
    password: Secret,
) -> Result<AdminRow, Problem> {
    Ok(calls::reset_password(&Door::here()?, &admin, password.into()).await?)
}
