//! The SQL of credentials that are bound to a server's address.

use sqlx::AssertSqlSafe;

use super::{Conditions, select};
use crate::central::Conn;
use crate::error::Result;
use crate::tenants::Tenant;

/// One tenant's credential, and the one that takes its place (empty where none does), as they were and are to be.
pub(in crate::tenants) struct Envelope {
    pub id: String,
    pub before: String,
    pub after: String,
    pub next_before: String,
    pub next_after: String,
}

/// An envelope of the system Neo replaces is bound to nothing.
const BOUND: &str = "t.status <> 'deleted' and t.credential like 'v1:%'";

pub(in crate::tenants) async fn sealed_on(conn: &mut Conn, server_id: &str) -> Result<Vec<Tenant>> {
    let mut bound = Conditions::default();
    let server = bound.text(server_id);
    bound.and(format!("t.server_id = {server} and {BOUND}"));
    select(conn, &bound, "t.id", None).await
}

pub(in crate::tenants) async fn count_sealed_on(conn: &mut Conn, server_id: &str) -> Result<i64> {
    let sql = format!("select count(*) from tenants t where t.server_id = $1 and {BOUND}");
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).bind(server_id.to_owned()).fetch_one(conn).await?)
}

/// Those first that somebody has seen well, and of these the ones seen last.
pub(in crate::tenants) async fn sample(conn: &mut Conn, server_id: &str, most: i64) -> Result<Vec<Tenant>> {
    let mut living = Conditions::default();
    let server = living.text(server_id);
    living.and(format!("t.server_id = {server} and t.status in ('active', 'suspended') and t.credential is not null"));
    let order = "case when t.state in ('current', 'behind') then 0 else 1 end, coalesce(t.verified_at, 0) desc, t.id";
    select(conn, &living, order, Some(most)).await
}

/// How many of them were still as they were, and are as they are to be.
pub(in crate::tenants) async fn reseal(conn: &mut Conn, envelopes: &[Envelope]) -> Result<u64> {
    let rows: Vec<_> = (0..envelopes.len() * 5)
        .step_by(5)
        .map(|n| format!("(${}, ${}, ${}, ${}, ${})", n + 1, n + 2, n + 3, n + 4, n + 5))
        .collect();
    let sql = format!(
        "with anew (id, was, is_now, next_was, next_is) as (values {}) \
         update tenants set credential = anew.is_now, credential_next = nullif(anew.next_is, ''), tls_unbound = 0 \
         from anew where tenants.id = anew.id and tenants.credential = anew.was \
         and coalesce(tenants.credential_next, '') = anew.next_was",
        rows.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for envelope in envelopes {
        let Envelope { id, before, after, next_before, next_after } = envelope;
        for text in [id, before, after, next_before, next_after] {
            query = query.bind(text.clone());
        }
    }
    Ok(query.execute(conn).await?.rows_affected())
}
