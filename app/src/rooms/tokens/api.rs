//! Server functions about tokens: what each is on the wire, and nothing else.

use leptos::server;
use neo_model::{Role, TokenMade, TokenRow};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListTokens>(Permission::View),
        Function::of::<CreateToken>(Permission::MakeTokens)
            .example(json!({ "name": "nightly", "role": "support", "lifetime": "30d", "tags": ["eu"] })),
        Function::of::<RevokeToken>(Permission::View).example(json!({ "token": "4fzYo82m" })),
    ]
}

/// One's own tokens, the newest first; everybody's for superadmins.
#[server(prefix = "/api/v1", endpoint = "tokens", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_tokens() -> Result<Vec<TokenRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// Makes a token for a program. The answer has it, this once.
#[server(prefix = "/api/v1", endpoint = "tokens/create", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
#[allow(clippy::too_many_arguments, reason = "each is a key of the body")]
pub async fn create_token(
    /// What it is for: 1 to 60 letters, digits and - _ . without spaces.
    name: String,
    /// What it may at most; none above one's own.
    role: Role,
    /// How long it lives: 90d unless said, 365d at most; a superadmin may say never.
    lifetime: Option<String>,
    /// Confines it to tenants with one of these tags.
    tags: Option<Vec<String>>,
    /// Confines it to these tenants, by slug; there need not be such a tenant yet.
    tenants: Option<Vec<String>>,
    /// Takes it from these addresses and networks alone: 10.1.0.0/16.
    networks: Option<Vec<String>>,
    /// It may delete tenants, prune runs, and roll back more than one.
    allow_destructive: Option<bool>,
    /// It is told how to connect to tenants' databases; a superadmin alone makes such a one.
    connect: Option<bool>,
) -> Result<TokenMade, Problem> {
    let new = calls::Wanted { name, role, lifetime, tags, tenants, networks, allow_destructive, connect };
    Ok(calls::create(&Door::here()?, new).await?)
}

/// Revokes a token: its next request is refused, and what it follows ends.
#[server(prefix = "/api/v1", endpoint = "tokens/revoke", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn revoke_token(
    /// Its id, as `tokens` tells it.
    token: String,
) -> Result<TokenRow, Problem> {
    Ok(calls::revoke(&Door::here()?, &token).await?)
}
