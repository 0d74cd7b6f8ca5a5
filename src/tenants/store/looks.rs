//! What a look at a tenant has found, and what is no longer to be believed of it.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::AssertSqlSafe;

use crate::central::Conn;
use crate::central::rows::{self, Holds};
use crate::engine::Schema;
use crate::error::Result;
use crate::tenants::Look;

/// A look as it is written.
#[derive(Serialize)]
struct Seen<'a> {
    id: &'a str,
    state: &'a str,
    version: Option<i64>,
    applied: i64,
    digest: Option<&'a str>,
    error: Option<&'a str>,
    run: Option<i64>,
    ms: Option<i64>,
    schema: Option<String>,
}

impl<'a> Seen<'a> {
    fn of(id: &'a str, look: &'a Look) -> Self {
        Self {
            id,
            state: look.state.as_str(),
            version: look.version,
            applied: look.applied,
            digest: look.ledger_digest.as_deref(),
            error: look.last_error.as_deref(),
            run: look.run,
            ms: look.ms,
            schema: look.schema.as_ref().map(Schema::fingerprint),
        }
    }
}

const SEEN: [(&str, Holds); 9] = [
    ("id", Holds::Text),
    ("state", Holds::Text),
    ("version", Holds::Number),
    ("applied", Holds::Number),
    ("digest", Holds::Text),
    ("error", Holds::Text),
    ("run", Holds::Number),
    ("ms", Holds::Number),
    ("schema", Holds::Text),
];

/// Who is found as it was known. It is told apart because SQLite writes every index that has a column which is set, whether that
/// changes or not: here none has.
const AS_KNOWN: &str = "set applied = j.applied, last_error = j.error, last_run = coalesce(j.run, tenants.last_run), \
     last_ms = coalesce(j.ms, tenants.last_ms), verified_at = (select now_ms from clock), \
     failed_in_a_row = case when j.state = 'current' then 0 else tenants.failed_in_a_row end";
const IS_AS_KNOWN: &str = "tenants.id = j.id and j.state in ('current', 'behind') and tenants.state = j.state \
     and coalesce(tenants.version, -1) = coalesce(j.version, -1) and tenants.ledger_digest = j.digest \
     and (j.schema is null or tenants.fingerprint = j.schema)";

/// To be seen current ends the failures in a row. A look that reached nobody says nothing about the version, and nothing may be
/// assumed after one without a digest.
const ANEW: &str = "set version = case when j.state = 'unreachable' then tenants.version else j.version end, \
     applied = case when j.state = 'unreachable' then tenants.applied else j.applied end, \
     fingerprint = coalesce(j.schema, case when tenants.ledger_digest = j.digest then tenants.fingerprint end), \
     ledger_digest = j.digest, state = j.state, last_error = j.error, last_run = coalesce(j.run, tenants.last_run), \
     last_ms = coalesce(j.ms, tenants.last_ms), \
     verified_at = case when j.digest is null or j.state = 'failed' then tenants.verified_at else (select now_ms from clock) end, \
     failed_in_a_row = case when j.state = 'current' then 0 else tenants.failed_in_a_row end, \
     updated_at = case when j.state = tenants.state and coalesce(j.version, -1) = coalesce(tenants.version, -1) then tenants.updated_at \
                  else (select now_ms from clock) end";

/// And the quarantine that came of them. There is hardly ever one, and its index is left alone where there is none.
const IS_AT_PEACE: &str = "tenants.id = j.id and j.state = 'current' and tenants.quarantined_until is not null \
     and tenants.quarantine_by = 'system'";

/// Writes what looks have found; answers the first of these tenants (by id) that is not there.
pub(in crate::tenants) async fn remember(conn: &mut Conn, looks: &[(&str, &Look)]) -> Result<Option<String>> {
    for looks in looks.chunks(rows::MOST) {
        let mut seen: Vec<_> = looks.iter().map(|(id, look)| Seen::of(id, look)).collect();
        let peace =
            format!("update tenants set quarantined_until = null from {} where {IS_AT_PEACE}", rows::rows(conn, &SEEN));
        sqlx::query(AssertSqlSafe(peace)).bind(rows::list(&seen)?).execute(&mut *conn).await?;
        for (set, which) in [(AS_KNOWN, IS_AS_KNOWN), (ANEW, "tenants.id = j.id")] {
            if seen.is_empty() {
                break;
            }
            let sql =
                format!("update tenants {set} from {} where {which} returning tenants.id", rows::rows(conn, &SEEN));
            let written: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(sql)).bind(rows::list(&seen)?).fetch_all(&mut *conn).await?;
            let written: HashSet<_> = written.iter().map(String::as_str).collect();
            seen.retain(|one| !written.contains(one.id));
        }
        if let Some(missing) = seen.first() {
            return Ok(Some(missing.id.to_owned()));
        }
    }
    Ok(None)
}

/// The version stays, as the last that was seen; the digest, on which trust rests, goes.
pub(in crate::tenants) async fn forget_run(conn: &mut Conn, run_id: &str) -> Result<()> {
    sqlx::query("update tenants set ledger_digest = null where id in (select tenant_id from tasks where run_id = $1)")
        .bind(run_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// What was read of its ledger is forgotten, version and all.
pub(in crate::tenants) async fn forget_ledger(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query(
        "update tenants set version = null, applied = 0, ledger_digest = null, fingerprint = null, verified_at = null, \
         state = 'behind', last_error = null, updated_at = (select now_ms from clock) where id = $1",
    )
    .bind(id.to_owned())
    .execute(conn)
    .await?;
    Ok(())
}
