//! What the server function about keys does; its page does the same.

use neo::error::Result;
use neo::vault;
use neo_model::KeyStatus;

use crate::door::Door;

pub async fn status(door: &Door) -> Result<KeyStatus> {
    vault::status(&door.platform, &door.actor).await
}
