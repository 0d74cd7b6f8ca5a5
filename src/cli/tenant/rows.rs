//! A tenant as it is printed: keys are a contract.

use serde::Serialize;

use crate::Platform;
use crate::cli::Session;
use crate::cli::print::{Printer, count, left_out, or_dash};
use crate::clock::rfc3339;
use crate::engine::Engine;
use crate::error::Result;
use crate::migrations::Set;
use crate::servers;
use crate::tenants::provision::{self, StepRecord, StepState};
use crate::tenants::{self, Comparison, Drift, Lock, Quarantine, State, Status, Tenant, Verdict};

#[derive(Serialize)]
pub struct Row {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: Status,
    pub server: String,
    pub engine: Engine,
    pub database: String,
    pub version: Option<i64>,
    pub pending: Option<i64>,
    pub state: State,
    pub tags: Vec<String>,
    pub last_error: Option<String>,
    pub last_run: Option<i64>,
    pub verified_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Quarantine>,
    pub created_at: String,
}

/// `neo tenant list`; of those in quarantine it is why, whose, and until when that matters.
pub fn list(printer: Printer, tenants: Vec<Tenant>, set: Option<&Set>, quarantined: bool) {
    let rows: Vec<_> = tenants.into_iter().map(|tenant| Row::new(tenant, set)).collect();
    let head = match quarantined {
        true => ["tenant", "name", "status", "server", "until", "owner", "reason", "id"],
        false => ["tenant", "name", "status", "server", "version", "pending", "tags", "id"],
    };
    printer.list(&rows, &head, |row| {
        let [fifth, sixth, seventh] = match row.quarantine.as_ref().filter(|_| quarantined) {
            Some(q) => [rfc3339(q.until), q.owner.clone(), q.reason.clone()],
            None => [or_dash(row.version), or_dash(row.pending), row.tags.join(",")],
        };
        let [slug, name, server, id] = [&row.slug, &row.name, &row.server, &row.id].map(String::clone);
        vec![slug, name, row.status.to_string(), server, fifth, sixth, seventh, id]
    });
}

impl Row {
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

    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("id", self.id.clone()),
            ("slug", self.slug.clone()),
            ("name", self.name.clone()),
            ("status", self.status.to_string()),
            ("server", format!("{} ({})", self.server, self.engine.as_str())),
            ("database", self.database.clone()),
            ("version", or_dash(self.version)),
            ("pending", or_dash(self.pending)),
            ("state", self.state.to_string()),
            ("tags", self.tags.join(", ")),
            ("created", self.created_at.clone()),
        ];
        fields.extend(self.quarantine.as_ref().map(|q| ("quarantine", left_out(q))));
        fields.extend(self.last_run.map(|run| ("last run", run.to_string())));
        fields.extend(self.last_error.as_ref().map(|error| ("last error", error.clone())));
        fields
    }
}

/// `neo tenant show`: where its database is, and how far its provisioning got.
#[derive(Serialize)]
pub struct Detail {
    #[serde(flatten)]
    row: Row,
    host: String,
    port: u16,
    user: String,
    schema: Comparison,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<i64>,
    steps: Vec<StepRecord>,
    drift: Option<Drift>,
    /// Once somebody has looked: none where nobody holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<Option<Lock>>,
}

/// What came of holding its schema against the others', in words.
fn compared(schema: Comparison) -> String {
    let others = count(schema.agreeing, "tenant");
    match schema.verdict {
        Verdict::Alike => format!("the same on {others}"),
        Verdict::Drifted => format!("not what {others} have"),
        Verdict::NothingToCompareWith => "nothing to compare with".to_owned(),
        Verdict::NotLookedAt => "not looked at".to_owned(),
    }
}

impl Detail {
    pub async fn of(session: &Session, platform: &Platform, tenant: Tenant, run: Option<i64>) -> Result<Self> {
        let server = servers::find(platform, &session.actor, &tenant.server_id).await?;
        let steps = provision::steps(platform, &session.actor, &tenant.id).await?;
        let set = crate::cli::selection::files(platform).await.ok();
        let user = tenant.username.clone();
        let schema = tenants::comparison(platform, &session.actor, &tenant).await?;
        let drift = tenants::drift(platform, &session.actor, &tenant).await?;
        let mut row = Row::new(tenant, set.as_ref());
        if row.engine.is_file() {
            let file = crate::tenants::file(&server.path, &row.database);
            row.database = std::path::absolute(&file).unwrap_or(file).display().to_string();
        }
        Ok(Self { row, host: server.host, port: server.port, user, schema, run, steps, drift, lock: None })
    }

    /// With who holds its migration lock now.
    pub async fn with_lock(mut self, session: &Session, platform: &Platform) -> Result<Self> {
        self.lock = Some(tenants::lock_holder(platform, &session.actor, &self.row.id).await?);
        Ok(self)
    }

    pub fn print(&self, printer: Printer) {
        let mut fields = self.row.fields();
        if !self.row.engine.is_file() {
            fields.push(("host", format!("{}:{}", self.host, self.port)));
            fields.push(("user", self.user.clone()));
        }
        fields.push(("schema", compared(self.schema)));
        fields.extend(self.drift.iter().map(|drift| ("differs", drift.differs.join(", "))));
        fields.extend(self.lock.as_ref().map(|lock| {
            ("lock", lock.as_ref().map_or_else(|| "free".to_owned(), |lock| format!("held by {}", lock.holder)))
        }));
        if self.row.status != Status::Active {
            let steps: Vec<_> = self.steps.iter().map(|s| format!("{} {}", s.step.as_str(), s.state)).collect();
            fields.push(("steps", steps.join(", ")));
        }
        printer.one(self, &fields);
    }

    /// The steps that have left something behind.
    pub fn made(&self) -> Vec<&'static str> {
        self.steps.iter().filter(|s| s.state == StepState::Succeeded).map(|s| s.step.as_str()).collect()
    }
}
