use async_trait::async_trait;
use neo_model::Diagnosis;

use super::Near;
use crate::cli::central::Doctor;
use crate::doctor;
use crate::error::Result;

#[async_trait]
impl Doctor for Near {
    async fn examine(&self, only_locks: bool) -> Result<Vec<Diagnosis>> {
        let (platform, actor) = (&self.platform, &self.actor);
        let found = match only_locks {
            true => doctor::examine_locks(platform, actor).await?,
            false => {
                let mut found = doctor::examine(platform, actor).await?;
                found.extend(doctor::examine_provider(platform, actor, &*self.web).await?);
                found
            }
        };
        Ok(found.into_iter().map(Diagnosis::from).collect())
    }
}
