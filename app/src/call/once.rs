//! Calls that bear an `Idempotency-Key`: done once, and answered alike to whoever asks again.

use axum::http::StatusCode;
use neo::error::{Error, Result};
use neo::idempotency::{self, Answer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::door::Door;

/// Does `act` once for this caller's key; whoever has none does it each time. `arguments` are what the key stands for.
pub async fn once<T: Serialize + DeserializeOwned>(
    door: &Door,
    function: &str,
    arguments: &impl Serialize,
    act: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let Some(key) = &door.key else { return act.await };
    let digest = hex::encode(Sha256::digest(serde_json::to_vec(arguments).map_err(Error::internal)?));
    let act = async {
        let body = serde_json::to_value(act.await?).map_err(Error::internal)?;
        Ok(Answer { status: StatusCode::ACCEPTED.as_u16(), body })
    };
    let answer = idempotency::once(&door.platform, &door.actor, function, key, &digest, act).await?;
    serde_json::from_value(answer.body).map_err(Error::internal)
}
