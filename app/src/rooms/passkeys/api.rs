//! Server functions about one's own passkeys. One is made by a browser, on the page of the account.

use leptos::server;
use neo_model::PasskeyRow;
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<ListPasskeys>(Permission::OwnAccount),
        Function::of::<RenamePasskey>(Permission::OwnAccount)
            .example(json!({ "passkey": "x3k9m1q7x3k9m1q7x3k9m1q7", "name": "the laptop" })),
        Function::of::<RemovePasskey>(Permission::OwnFactors).example(json!({ "passkey": "x3k9m1q7x3k9m1q7x3k9m1q7" })),
    ]
}

/// One's own passkeys, the oldest first.
#[server(prefix = "/api/v1", endpoint = "account/passkeys", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn list_passkeys() -> Result<Vec<PasskeyRow>, Problem> {
    Ok(calls::list(&Door::here()?).await?)
}

/// Gives a passkey of one's own another name.
#[server(prefix = "/api/v1", endpoint = "account/passkeys/rename", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn rename_passkey(
    /// Its id, as `account/passkeys` tells it.
    passkey: String,
    /// Up to 100 characters.
    name: String,
) -> Result<PasskeyRow, Problem> {
    Ok(calls::rename(&Door::here()?, &passkey, &name).await?)
}

/// Takes a passkey of one's own away. It ends one's other sessions; with the last factor go the recovery codes, and where one is
/// required all sessions end.
#[server(prefix = "/api/v1", endpoint = "account/passkeys/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_passkey(
    /// Its id, as `account/passkeys` tells it.
    passkey: String,
) -> Result<PasskeyRemoved, Problem> {
    Ok(PasskeyRemoved { signed_out: calls::remove(&Door::here()?, &passkey).await? })
}

/// A passkey that is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Described))]
pub struct PasskeyRemoved {
    /// Whether it has ended all of one's sessions.
    pub signed_out: bool,
}
