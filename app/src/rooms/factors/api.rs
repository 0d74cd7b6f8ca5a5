//! Server functions about one's own second factor.

use leptos::server;
use neo_model::{FactorBegun, RecoveryCodes, SecondFactor};
use serde::{Deserialize, Serialize};
#[cfg(not(target_arch = "wasm32"))]
use {super::calls, crate::call::Function, crate::door::Door, neo::actor::Permission, serde_json::json};

use crate::call::{Described, Get, Post, Problem, Secret};

#[cfg(not(target_arch = "wasm32"))]
pub fn functions() -> Vec<Function> {
    vec![
        Function::of::<OwnSecondFactor>(Permission::OwnAccount),
        Function::of::<BeginFactor>(Permission::OwnFactors),
        Function::of::<ConfirmFactor>(Permission::OwnFactors).example(json!({ "code": "123456" })),
        Function::of::<RenewRecoveryCodes>(Permission::OwnFactors),
        Function::of::<RemoveFactor>(Permission::OwnAccount)
            .example(json!({ "password": "correct horse battery staple", "code": "123456" })),
    ]
}

/// How it stands with one's own second factor.
#[server(prefix = "/api/v1", endpoint = "account/factors", protocol = Get, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn own_second_factor() -> Result<SecondFactor, Problem> {
    Ok(calls::status(&Door::here()?).await?)
}

/// Makes a secret for an app on one's telephone. It counts once a code made with it has confirmed it, within a quarter of an hour.
#[server(prefix = "/api/v1", endpoint = "account/factors/begin", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn begin_factor() -> Result<FactorBegun, Problem> {
    Ok(calls::begin(&Door::here()?).await?)
}

/// Confirms what was begun, and answers ten recovery codes, this once. It ends one's other sessions.
#[server(prefix = "/api/v1", endpoint = "account/factors/confirm", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn confirm_factor(
    /// The six digits that the app shows.
    code: Secret,
) -> Result<RecoveryCodes, Problem> {
    Ok(calls::confirm(&Door::here()?, &code.into()).await?)
}

/// Makes ten recovery codes in the place of those before. The answer has them, this once.
#[server(prefix = "/api/v1", endpoint = "account/factors/codes", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn renew_recovery_codes() -> Result<RecoveryCodes, Problem> {
    Ok(calls::renew_codes(&Door::here()?).await?)
}

/// Takes one's own second factor away. Where one is required, one's sessions end, and the next sign-in asks for another.
#[server(prefix = "/api/v1", endpoint = "account/factors/remove", protocol = Post, input_derive = (Clone, Serialize, Deserialize, Described))]
pub async fn remove_factor(
    /// One's password.
    password: Secret,
    /// The six digits that the app shows, or a recovery code.
    code: Secret,
) -> Result<FactorRemoved, Problem> {
    Ok(FactorRemoved { signed_out: calls::remove(&Door::here()?, &password.into(), &code.into()).await? })
}

/// A second factor that is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Described))]
pub struct FactorRemoved {
    /// Whether it has ended all of one's sessions.
    pub signed_out: bool,
}
