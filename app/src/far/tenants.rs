use std::time::{Duration, Instant};

use async_trait::async_trait;
use neo::audit::Filter;
use neo::cli::central::{Act, People, Tenants};
use neo::error::{Do, Error, Kind, Result};
use neo::tenants::{Credentials, Edit};
use neo_model::{AuditOutcome, BrokenLock, Deletion, TenantDetail, TenantFilter, TenantRow, TenantRows, TenantStatus};

use super::{Far, done, listed};
use crate::rooms::tenants::api::acts::{
    ArchiveTenant, DeleteTenant, EditTenant, QuarantineTenant, ReleaseTenant, ResumeTenant, UnlockTenant,
};
use crate::rooms::tenants::api::connection::TellCredentials;
use crate::rooms::tenants::api::{ListHalfDone, ListTenants, ShowTenant, SuspendTenant};

/// How often is looked whether a deletion is over, and how long.
const LOOK: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60 * 60);

#[async_trait]
impl Tenants for Far {
    async fn tenants(&self, filter: &TenantFilter, after: Option<&str>, limit: u32) -> Result<TenantRows> {
        let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let asked = ListTenants {
            q: filter.text.clone(),
            status: listed(&statuses),
            state: listed(&states),
            result: None,
            server: filter.server.clone(),
            tag: listed(&filter.tags),
            behind: filter.behind.map(|version| version.to_string()),
            version: filter.version,
            quarantined: filter.quarantined.then_some(true),
            after: after.map(str::to_owned),
            limit: Some(limit),
        };
        self.client.call(asked).await
    }

    async fn tenant(&self, key: &str, lock: bool) -> Result<TenantDetail> {
        self.client.call(ShowTenant { tenant: key.to_owned(), lock: lock.then_some(true) }).await
    }

    async fn half_done(&self) -> Result<Vec<TenantRow>> {
        self.client.call(ListHalfDone {}).await
    }

    async fn act(&self, tenant: &str, act: Act) -> Result<TenantRow> {
        let tenant = tenant.to_owned();
        match act {
            Act::Suspend => self.client.call(SuspendTenant { tenant }).await,
            Act::Resume => self.client.call(ResumeTenant { tenant }).await,
            Act::Archive => self.client.call(ArchiveTenant { tenant }).await,
            Act::Quarantine { reason, ms, owner } => {
                self.client.call(QuarantineTenant { tenant, reason, r#for: Some(format!("{ms}ms")), owner }).await
            }
            Act::Release => self.client.call(ReleaseTenant { tenant }).await,
            Act::Edit(Edit { name, tags, add, remove, password_hash }) => {
                let some = |tags: Vec<String>| Some(tags).filter(|tags| !tags.is_empty());
                let (add, remove) = (some(add), some(remove));
                self.client.call(EditTenant { tenant, name, tags, add, remove, password_hash }).await
            }
        }
    }

    async fn unlock(&self, id: &str, slug: &str, session: &str, reason: Option<&str>) -> Result<BrokenLock> {
        let asked = UnlockTenant {
            tenant: id.to_owned(),
            confirm: slug.to_owned(),
            session: session.to_owned(),
            reason: reason.map(str::to_owned),
        };
        self.client.call(asked).await
    }

    async fn credentials(&self, key: &str) -> Result<Credentials> {
        Ok(self.client.call(TellCredentials { tenant: key.to_owned() }).await?.into())
    }

    async fn delete(&self, id: &str, slug: &str, backup: bool) -> Result<Deletion> {
        let asked = DeleteTenant { tenant: id.to_owned(), confirm: slug.to_owned(), backup: Some(backup) };
        let deletion = done(self.client.call(asked).await?)?;
        match deletion.row.status {
            TenantStatus::Deleted => Ok(deletion),
            _ => self.deleted(id, slug).await,
        }
    }
}

impl Far {
    /// Waits for a deletion that takes longer than the console waits for it: the audit has what comes of it.
    async fn deleted(&self, id: &str, slug: &str) -> Result<Deletion> {
        let subject = Some(format!("tenant:{id}"));
        let ends = Filter { action: Some("tenant.delete".into()), subject, limit: 1, ..Filter::default() };
        let began = Instant::now();
        while began.elapsed() < LONGEST {
            tokio::time::sleep(LOOK).await;
            let Some(row) = self.audit(&ends).await?.into_iter().next() else { continue };
            match row.outcome.parse() {
                Ok(AuditOutcome::Succeeded) => {
                    let filter = TenantFilter {
                        text: Some(id.to_owned()),
                        statuses: vec![TenantStatus::Deleted],
                        ..TenantFilter::default()
                    };
                    let found = self.tenants(&filter, None, 1).await?.tenants.into_iter().next();
                    let row_of = found.ok_or_else(|| Error::not_found("tenant", id))?;
                    let backup = row.body["backup"].as_str().map(str::to_owned);
                    return Ok(Deletion { row: row_of, backup });
                }
                Ok(AuditOutcome::Failed) => {
                    let said = &row.body["error"];
                    let kind = serde_json::from_value(said["code"].clone()).unwrap_or(Kind::Internal);
                    return Err(Error::new(kind, said["message"].as_str().unwrap_or("the deletion failed"))
                        .hint(Do::ShowTenant { tenant: slug.to_owned() }));
                }
                _ => {}
            }
        }
        Err(Error::unavailable(format!("tenant \"{slug}\" is not deleted yet"))
            .cause("its deletion takes longer than an hour, or the console ended meanwhile")
            .hint(Do::ShowTenant { tenant: slug.to_owned() }))
    }
}
