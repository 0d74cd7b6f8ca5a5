//! Walks the steps, forward and back. Each is written down before it is done, and its end after.

use std::time::Instant;

use super::steps::{self, Done};
use super::store;
use super::work::Work;
use super::{Moment, Progress, Step, StepRecord, StepState, moving};
use crate::engine::{self, Category, Failure};
use crate::error::{Advice, Do, Error, Kind, Result};
use crate::tenants::{self, Status, Tenant};

impl Work<'_> {
    pub async fn forward(&self) -> Result<()> {
        // A fresh look under the claim: whoever held it before may have gone further.
        let steps = store::steps(&mut *self.platform.central.read().await?, &self.tenant.id).await?;
        let left: Vec<_> = steps.iter().filter(|record| record.state != StepState::Succeeded).map(|r| r.step).collect();
        let Some(first) = left.first() else { return Ok(()) };
        self.begin(*first).await?;
        for (i, step) in left.iter().enumerate() {
            self.take(*step, left.get(i + 1).copied()).await?;
        }
        Ok(())
    }

    async fn begin(&self, step: Step) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        self.claim.check(&mut tx).await?;
        store::begin(&mut tx, &self.tenant.id, step).await?;
        tenants::store::set_status(&mut tx, &self.tenant.id, Status::Failed, Status::Provisioning).await?;
        tx.commit().await?;
        (self.sink)(Progress::StepStarted { step });
        Ok(())
    }

    /// A step that is written down as begun. Its end and the beginning of the `next` are one write.
    async fn take(&self, step: Step, next: Option<Step>) -> Result<()> {
        let began = Instant::now();
        let outcome = match (self.fault)(Moment::Before(step)) {
            Some(failure) => Err(failure),
            None => match moving::forward(self, step).await {
                // Somebody who stands before the tenant's login is named.
                Err(failure) if failure.is_wrong_password() => match steps::admin(self).await {
                    Ok(admin) => Err(engine::shadowed(&admin, failure).await),
                    Err(_) => Err(failure),
                },
                outcome => outcome,
            },
        };
        let outcome = match (self.fault)(Moment::After(step)) {
            Some(failure) => Err(failure),
            None => outcome,
        };
        let ms = began.elapsed().as_millis() as i64;
        match outcome {
            Ok(done) => {
                self.succeeded(step, done, next).await?;
                (self.sink)(Progress::StepSucceeded { step, ms });
                if let Some(step) = next {
                    (self.sink)(Progress::StepStarted { step });
                }
                Ok(())
            }
            Err(failure) => {
                self.failed(step, &failure).await?;
                (self.sink)(Progress::StepFailed { step, ms, failure: Box::new(failure.clone()) });
                Err(stopped(self.tenant, step, failure))
            }
        }
    }

    async fn succeeded(&self, step: Step, done: Done, next: Option<Step>) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        self.claim.check(&mut tx).await?;
        store::end(&mut tx, &self.tenant.id, step, StepState::Succeeded, None).await?;
        if let Done::Migrated(look) = &done {
            tenants::remember(&mut tx, &self.tenant.id, look).await?;
        }
        if step == Step::Admin {
            store::forget_body(&mut tx, &self.tenant.id, step).await?;
        }
        tenants::store::set_error(&mut tx, &self.tenant.id, None).await?;
        if let Some(next) = next {
            store::begin(&mut tx, &self.tenant.id, next).await?;
        }
        // The last step is this transaction: a tenant is active exactly when everything before has succeeded.
        if step == Step::Activate {
            let source = store::source(&mut tx, &self.tenant.id).await?;
            let mut to = source.and_then(|source| source.replaces).map_or(Status::Active, |replaces| replaces.status);
            if let Some(how) = store::moving(&mut tx, &self.tenant.id).await? {
                to = how.status;
                tenants::store::replaced::keep_on(&mut tx, &self.tenant.id).await?;
            }
            if tenants::store::set_status(&mut tx, &self.tenant.id, Status::Provisioning, to).await? == 0 {
                return Err(Error::conflict(format!("tenant \"{}\" has changed while it was made", self.tenant.slug)));
            }
        }
        Ok(tx.commit().await?)
    }

    async fn failed(&self, step: Step, failure: &Failure) -> Result<()> {
        let mut tx = self.platform.central.write().await?;
        self.claim.check(&mut tx).await?;
        store::end(&mut tx, &self.tenant.id, step, StepState::Failed, Some(failure)).await?;
        tenants::store::set_status(&mut tx, &self.tenant.id, Status::Provisioning, Status::Failed).await?;
        tenants::store::set_error(&mut tx, &self.tenant.id, Some(&failure.message)).await?;
        Ok(tx.commit().await?)
    }

    /// The steps that were undone, in that order.
    pub async fn backward(&self) -> Result<Vec<Step>> {
        let mut undone = Vec::new();
        let steps = store::steps(&mut *self.platform.central.read().await?, &self.tenant.id).await?;
        let is_retiring = |record: &StepRecord| record.step == Step::Retire && record.state != StepState::Planned;
        let before = tenants::store::replaced::of(&mut *self.platform.central.read().await?, self.tenant).await?;
        let waits_elsewhere = before.as_ref().is_some_and(|before| before.tenant.server_id != self.tenant.server_id);
        // What it had is there until it is being dropped, whatever else has kept it from that.
        if steps.iter().any(is_retiring) && before.is_none_or(|before| before.is_dropping) {
            let slug = &self.tenant.slug;
            return Err(Error::conflict(format!("what tenant \"{slug}\" had before the backup is being dropped"))
                .hint(Advice::from("it only goes on: ").act(Do::RetryTenant { tenant: Some(slug.clone()) })));
        }
        let mut is_left_behind = false;
        for record in steps.iter().rev() {
            let begun = !matches!(record.state, StepState::Planned | StepState::Undone);
            if record.step == Step::Reserve || !begun {
                continue;
            }
            match moving::back(self, record.step).await {
                Ok(()) => {}
                // What bears another's marker, or none, was never ours: it stays, and does not keep the slug.
                Err(failure) if failure.category == Category::Exists => {
                    tracing::warn!(
                        tenant = self.tenant.slug,
                        step = record.step.as_str(),
                        failure = failure.message,
                        "left alone"
                    );
                }
                // A server that does not answer keeps no tenant from what it has on another: what was made there is left behind, and
                // doctor tells of it once that server is back.
                // What depends on it is, too, should it be back for the next step.
                Err(failure) if waits_elsewhere && (failure.is_away() || is_left_behind) => {
                    is_left_behind = true;
                    tracing::warn!(
                        tenant = self.tenant.slug,
                        server = self.server.name,
                        step = record.step.as_str(),
                        failure = failure.message,
                        "left behind on a server that does not answer"
                    );
                }
                Err(failure) => {
                    let mut tx = self.platform.central.write().await?;
                    self.claim.check(&mut tx).await?;
                    tenants::store::set_status(&mut tx, &self.tenant.id, Status::Provisioning, Status::Failed).await?;
                    tx.commit().await?;
                    return Err(not_undone(self.tenant, record.step, failure));
                }
            }
            let mut tx = self.platform.central.write().await?;
            self.claim.check(&mut tx).await?;
            store::end(&mut tx, &self.tenant.id, record.step, StepState::Undone, None).await?;
            tx.commit().await?;
            (self.sink)(Progress::StepUndone { step: record.step });
            undone.push(record.step);
        }
        let mut tx = self.platform.central.write().await?;
        self.claim.check(&mut tx).await?;
        match tenants::store::replaced::of(&mut tx, self.tenant).await? {
            None => {
                store::end(&mut tx, &self.tenant.id, Step::Reserve, StepState::Undone, None).await?;
                tenants::store::set_deleted(&mut tx, &self.tenant.id).await?;
            }
            Some(before) => {
                steps::let_in_again(self, &before).await.map_err(|f| not_undone(self.tenant, Step::Reserve, f))?;
                tenants::store::replaced::take_back(&mut tx, &before.tenant).await?;
                store::plan_as_done(&mut tx, &self.tenant.id, before.made_here).await?;
            }
        }
        tx.commit().await?;
        (self.sink)(Progress::StepUndone { step: Step::Reserve });
        undone.push(Step::Reserve);
        Ok(undone)
    }
}

fn stopped(tenant: &Tenant, step: Step, failure: Failure) -> Error {
    let slug = &tenant.slug;
    // Before the login is let in again there is nothing to go on with.
    let first = match &failure.hint {
        Some(hint) if failure.is_wrong_password() || step == Step::Migrate => Advice::from(hint).and("; then "),
        Some(hint) if step == Step::Retire => Advice::from(hint).and("; or, "),
        _ => Advice::from(""),
    };
    Error::new(kind(&failure), format!("the provisioning of tenant \"{slug}\" failed at the step {}", step.as_str()))
        .cause(&failure.message)
        .hint(
            first
                .and("to go on from there: ")
                .act(Do::RetryTenant { tenant: Some(slug.clone()) })
                .and("; to clean up: ")
                .act(Do::CleanUpTenant { tenant: slug.clone() }),
        )
}

fn not_undone(tenant: &Tenant, step: Step, failure: Failure) -> Error {
    let slug = &tenant.slug;
    let first = match &failure.hint {
        Some(hint) => Advice::from(hint).and("; then: "),
        None => Advice::from("once that is mended: "),
    };
    Error::new(kind(&failure), format!("the step {} of tenant \"{slug}\" could not be undone", step.as_str()))
        .cause(failure.message)
        .hint(first.act(Do::CleanUpTenant { tenant: slug.clone() }))
}

fn kind(failure: &Failure) -> Kind {
    if failure.category.is_transient() { Kind::Unavailable } else { Kind::Conflict }
}
