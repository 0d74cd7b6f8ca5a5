//! A tenant as programs read it, from the command line and over HTTP: keys are a contract (docs/cli.md).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::provision::{self, StepRecord};
use super::{Comparison, Drift, Lock, Quarantine, State, Status, Tenant, comparison, drift, file};
use crate::actor::Actor;
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::Set;
use crate::{Platform, servers};

/// A tenant in a list.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Tenant")]
pub struct Row {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: Status,
    pub server: String,
    pub engine: Engine,
    pub database: String,
    /// The newest migration in its ledger, when it was last read.
    pub version: Option<i64>,
    /// How many of the files it lacks; null while the files cannot be read.
    pub pending: Option<i64>,
    pub state: State,
    pub tags: Vec<String>,
    pub last_error: Option<String>,
    pub last_run: Option<i64>,
    pub verified_at: Option<String>,
    /// While it lasts: why runs on the fleet leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    pub created_at: String,
}

impl Row {
    /// `set` are the fleet's files. Where they cannot be read, what is pending is unknown.
    pub fn new(tenant: Tenant, set: Option<&Set>) -> Self {
        let (pending, state) = match set {
            Some(set) => {
                let (pending, state) = tenant.standing(set);
                (Some(pending), state)
            }
            None => (None, tenant.state),
        };
        Self {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            status: tenant.status,
            server: tenant.server,
            engine: tenant.engine,
            database: tenant.database,
            version: tenant.version,
            pending,
            state,
            tags: tenant.tags,
            last_error: tenant.last_error,
            last_run: tenant.last_run,
            verified_at: tenant.verified_at.map(rfc3339),
            quarantine: tenant.quarantine,
            created_at: rfc3339(tenant.created_at),
        }
    }
}

/// One tenant: where its database is, how its schema stands to the others', and how far its provisioning got.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TenantDetail")]
pub struct Detail {
    #[serde(flatten)]
    pub row: Row,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub schema: Comparison,
    /// How its schema differs from the one that most tenants with the same migrations have.
    pub drift: Option<Drift>,
    /// The run that provisions it, where that was just started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<i64>,
    pub steps: Vec<StepRecord>,
    /// Who holds its migration lock, where that was asked for; null when it is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Option<Lock>>,
}

impl Detail {
    pub async fn of(platform: &Platform, actor: &Actor, tenant: Tenant) -> Result<Self> {
        let server = servers::find(platform, actor, &tenant.server_id).await?;
        let steps = provision::steps(platform, actor, &tenant.id).await?;
        let set = Set::load(&platform.config.tenant_migrations).await.ok();
        let user = tenant.username.clone();
        let schema = comparison(platform, actor, &tenant).await?;
        let drift = drift(platform, actor, &tenant).await?;
        let mut row = Row::new(tenant, set.as_ref());
        if row.engine.is_file() {
            let file = file(&server.path, &row.database);
            row.database = std::path::absolute(&file).unwrap_or(file).display().to_string();
        }
        Ok(Self { row, host: server.host, port: server.port, user, schema, drift, run: None, steps, lock: None })
    }
}
