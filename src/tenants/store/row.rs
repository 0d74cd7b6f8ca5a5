//! A tenant's row as it comes from the central database.

use neo_model::QuarantinedBy;
use serde::Deserialize;

use super::{Quarantine, Status, Tenant};
use crate::central::{Conn, rows};
use crate::engine::Engine;
use crate::error::Result;
use crate::tenants::{PasswordHash, State};

const COLUMNS: [(&str, &str); 32] = [
    ("id", "t.id"),
    ("slug", "t.slug"),
    ("name", "t.name"),
    ("status", "t.status"),
    ("server_id", "t.server_id"),
    ("server", "s.name"),
    ("engine", "s.engine"),
    ("database", "t.database_name"),
    ("username", "t.username"),
    ("credential", "t.credential"),
    ("credential_next", "t.credential_next"),
    ("generation", "t.generation"),
    ("password_made_at", "t.password_made_at"),
    ("tls_unbound", "t.tls_unbound"),
    ("version", "t.version"),
    ("applied", "t.applied"),
    ("ledger_digest", "t.ledger_digest"),
    ("verified_at", "t.verified_at"),
    ("state", "t.state"),
    ("last_error", "t.last_error"),
    ("last_run", "t.last_run"),
    ("last_ms", "t.last_ms"),
    ("fingerprint", "t.fingerprint"),
    ("failed_in_a_row", "t.failed_in_a_row"),
    ("quarantined_until", "case when t.quarantined_until > (select now_ms from clock) then t.quarantined_until end"),
    ("quarantined_at", "t.quarantined_at"),
    ("quarantine_owner", "t.quarantine_owner"),
    ("quarantine_reason", "t.quarantine_reason"),
    ("quarantine_by", "t.quarantine_by"),
    ("password_hash", "t.password_hash"),
    ("created_at", "t.created_at"),
    ("updated_at", "t.updated_at"),
];

#[derive(Deserialize)]
struct Row {
    id: String,
    slug: String,
    name: String,
    status: Status,
    server_id: String,
    server: String,
    engine: Engine,
    database: String,
    username: String,
    credential: Option<String>,
    credential_next: Option<String>,
    generation: i64,
    password_made_at: Option<i64>,
    tls_unbound: i64,
    version: Option<i64>,
    applied: i64,
    ledger_digest: Option<String>,
    verified_at: Option<i64>,
    state: State,
    last_error: Option<String>,
    last_run: Option<i64>,
    last_ms: Option<i64>,
    fingerprint: Option<String>,
    failed_in_a_row: i64,
    quarantined_until: Option<i64>,
    quarantined_at: Option<i64>,
    quarantine_owner: Option<String>,
    quarantine_reason: Option<String>,
    quarantine_by: Option<QuarantinedBy>,
    password_hash: PasswordHash,
    created_at: i64,
    updated_at: i64,
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        let quarantine = row.quarantined_until.map(|until| Quarantine {
            until,
            since: row.quarantined_at.unwrap_or(until),
            owner: row.quarantine_owner.unwrap_or_default(),
            reason: row.quarantine_reason.unwrap_or_default(),
            is_automatic: row.quarantine_by == Some(QuarantinedBy::System),
        });
        Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            status: row.status,
            server_id: row.server_id,
            server: row.server,
            engine: row.engine,
            database: row.database,
            username: row.username,
            version: row.version,
            applied: row.applied,
            state: row.state,
            last_error: row.last_error,
            last_run: row.last_run,
            tags: Vec::new(),
            verified_at: row.verified_at,
            last_ms: row.last_ms,
            created_at: row.created_at,
            updated_at: row.updated_at,
            fingerprint: row.fingerprint,
            failed_in_a_row: row.failed_in_a_row,
            quarantine,
            password_hash: row.password_hash,
            ledger_digest: row.ledger_digest,
            credential: row.credential,
            credential_next: row.credential_next,
            generation: row.generation,
            password_made_at: row.password_made_at,
            tls_unbound: row.tls_unbound == 1,
        }
    }
}

/// The question for tenants as [`read`] reads them; conditions and order follow.
pub(super) fn select(conn: &Conn) -> String {
    format!("select {} from tenants t join servers s on s.id = t.server_id", rows::whole(conn, &COLUMNS))
}

/// A tenant without its tags.
pub(super) fn read(row: &str) -> Result<Tenant> {
    rows::read::<Row>(row).map(Tenant::from)
}
