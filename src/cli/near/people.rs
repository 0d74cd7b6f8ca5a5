use async_trait::async_trait;
use neo_model::{AdminRow, AuditFormat, AuditRow, TokenMade, TokenRow};
use secrecy::ExposeSecret;

use super::Near;
use crate::admins;
use crate::audit::{self, Export, Filter};
use crate::cli::central::{Each, People};
use crate::error::Result;
use crate::tokens::{self, NewToken};

#[async_trait]
impl People for Near {
    async fn admins(&self) -> Result<Vec<AdminRow>> {
        Ok(admins::list(&self.platform, &self.actor).await?.into_iter().map(AdminRow::from).collect())
    }

    async fn admin(&self, key: &str) -> Result<AdminRow> {
        admins::find(&self.platform, &self.actor, key).await.map(AdminRow::from)
    }

    async fn tokens(&self) -> Result<Vec<TokenRow>> {
        Ok(tokens::list(&self.platform, &self.actor).await?.into_iter().map(TokenRow::from).collect())
    }

    async fn create_token(&self, new: NewToken) -> Result<TokenMade> {
        let (row, text) = tokens::create(&self.platform, &self.actor, new).await?;
        Ok(TokenMade { token: text.expose_secret().to_owned(), row: row.into() })
    }

    async fn revoke_token(&self, id: &str) -> Result<TokenRow> {
        tokens::revoke(&self.platform, &self.actor, id).await.map(TokenRow::from)
    }

    async fn audit(&self, filter: &Filter) -> Result<Vec<AuditRow>> {
        Ok(audit::list(&self.platform, &self.actor, filter).await?.into_iter().map(AuditRow::from).collect())
    }

    async fn export_audit(&self, filter: &Filter, format: AuditFormat, each: Each<'_>) -> Result<()> {
        let mut export = Export::begin(&self.platform, &self.actor, filter, format).await?;
        while let Some(lines) = export.next().await? {
            each(lines.as_bytes())?;
        }
        Ok(())
    }
}
