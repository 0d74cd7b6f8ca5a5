//! What the server function of the doctor does; its page does the same.

use neo::doctor;
use neo::error::Result;
use neo_model::Diagnosis;

use crate::door::Door;
use crate::web;

pub async fn examine(door: &Door, only_locks: bool) -> Result<Vec<Diagnosis>> {
    let found = match only_locks {
        true => doctor::examine_locks(&door.platform, &door.actor).await?,
        false => {
            let mut found = doctor::examine(&door.platform, &door.actor).await?;
            found.extend(doctor::examine_provider(&door.platform, &door.actor, &*web::web()).await?);
            found
        }
    };
    Ok(found.into_iter().map(Diagnosis::from).collect())
}
