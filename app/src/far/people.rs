use async_trait::async_trait;
use neo::audit::Filter;
use neo::cli::central::{Each, People};
use neo::clock::rfc3339;
use neo::error::{Advice, Do, Error, Result, nearest};
use neo::tokens::NewToken;
use neo_model::{AdminRow, AuditFormat, AuditRow, TokenMade, TokenRow};

use super::{Far, refusal};
use crate::call::BESIDE;
use crate::rooms::admins::api::ListAdmins;
use crate::rooms::audit::api::ReadAudit;
use crate::rooms::tokens::api::{CreateToken, ListTokens, RevokeToken};

/// As many rows of the audit as are told at once.
const ROWS: u32 = 1000;

#[async_trait]
impl People for Far {
    async fn admins(&self) -> Result<Vec<AdminRow>> {
        self.client.call(ListAdmins {}).await
    }

    async fn admin(&self, key: &str) -> Result<AdminRow> {
        let all = self.admins().await?;
        let emails: Vec<_> = all.iter().map(|admin| admin.email.clone()).collect();
        let email = key.trim().to_lowercase();
        let found = all.into_iter().find(|admin| admin.id == key || admin.email.to_lowercase() == email);
        found.ok_or_else(|| {
            Error::not_found("admin", key)
                .nearest(nearest(&email, emails))
                .hint(Advice::from("see them with: ").act(Do::ListAdmins {}))
        })
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>> {
        self.client.call(ListTokens {}).await
    }

    async fn create_token(&self, new: NewToken) -> Result<TokenMade> {
        let asked = CreateToken {
            name: new.name,
            role: new.role,
            lifetime: Some(new.lifetime.to_string()),
            tags: Some(new.confinement.tags),
            tenants: Some(new.confinement.tenants),
            networks: Some(new.networks),
            allow_destructive: Some(new.allow_destructive),
            connect: Some(new.connect),
        };
        self.client.call(asked).await
    }

    async fn revoke_token(&self, id: &str) -> Result<TokenRow> {
        self.client.call(RevokeToken { token: id.to_owned() }).await
    }

    async fn audit(&self, filter: &Filter) -> Result<Vec<AuditRow>> {
        let asked = ReadAudit {
            actor: filter.actor.clone(),
            door: filter.door.clone(),
            action: filter.action.clone(),
            subject: filter.subject.clone(),
            tenant: filter.tenant.clone(),
            outcome: filter.outcome.clone(),
            text: filter.text.clone(),
            from: filter.from.map(rfc3339),
            until: filter.until.map(rfc3339),
            before: filter.before,
            // 0 is as many as usual.
            limit: Some(filter.limit.min(ROWS)).filter(|limit| *limit > 0),
        };
        self.client.call(asked).await
    }

    async fn export_audit(&self, filter: &Filter, format: AuditFormat, each: Each<'_>) -> Result<()> {
        let said = filter.said().unwrap_or_default();
        let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        let said: Vec<_> = said.chain([("format".to_owned(), format.to_string())]).collect();
        let mut response = self.client.download(BESIDE[1], &said).await?;
        let broken = |e: reqwest::Error| refusal::unreached(e.without_url(), self.client.address());
        while let Some(part) = response.chunk().await.map_err(broken)? {
            each(&part)?;
        }
        Ok(())
    }
}
