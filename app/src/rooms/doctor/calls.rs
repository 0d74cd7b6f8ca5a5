//! What the server function of the doctor does; its page does the same.

use neo::doctor;
use neo::error::Result;
use neo_model::Diagnosis;

use crate::door::Door;

pub async fn examine(door: &Door, only_locks: bool) -> Result<Vec<Diagnosis>> {
    let found = match only_locks {
        true => doctor::examine_locks(&door.platform, &door.actor).await?,
        false => doctor::examine(&door.platform, &door.actor).await?,
    };
    Ok(found.into_iter().map(Diagnosis::from).collect())
}
