//! Which ledgers there are, and who has them.

use sqlx::{AssertSqlSafe, FromRow};

use super::Conditions;
use crate::central::Conn;
use crate::error::Result;
use crate::tenants::{State, Status, Tenant};

/// Tenants of one server that are known to have the same ledger.
#[derive(Debug, Clone, FromRow)]
pub struct Alike {
    pub server_id: String,
    /// Its name.
    pub engine: String,
    pub version: Option<i64>,
    /// As [`Set::digest`](crate::migrations::Set::digest) has it; none where nothing may be assumed.
    pub ledger_digest: Option<String>,
    pub tenants: i64,
}

/// One of them: what tells it from the others, and nothing else that it has.
#[derive(FromRow)]
pub(crate) struct Member {
    pub id: String,
    pub slug: String,
    server_id: String,
    pub version: Option<i64>,
    pub ledger_digest: Option<String>,
    status: String,
    state: String,
    pub verified_at: Option<i64>,
}

/// A ledger as far as it is known: the id of its server, the version and the digest.
type Known<'a> = (&'a str, Option<i64>, Option<&'a str>);

impl Alike {
    pub(crate) fn ledger(&self) -> Known<'_> {
        (&self.server_id, self.version, self.ledger_digest.as_deref())
    }

    pub(crate) fn is_of(&self, tenant: &Tenant) -> bool {
        self.ledger() == (&*tenant.server_id, tenant.version, tenant.ledger_digest.as_deref())
    }
}

impl Member {
    /// Active, and seen last with nothing pending.
    pub(crate) fn is_current(&self) -> bool {
        self.status == Status::Active.as_str() && self.state == State::Current.as_str()
    }

    pub(crate) fn ledger(&self) -> Known<'_> {
        (&self.server_id, self.version, self.ledger_digest.as_deref())
    }
}

/// How many tenants under `conditions` are known to have the same ledger, by server.
pub(in crate::tenants) async fn alike(conn: &mut Conn, conditions: &Conditions) -> Result<Vec<Alike>> {
    let sql = format!(
        "select t.server_id, s.engine, t.version, t.ledger_digest, count(*) as tenants from tenants t \
         join servers s on s.id = t.server_id where {} group by t.server_id, s.engine, t.version, t.ledger_digest",
        conditions.sql()
    );
    Ok(sqlx::query_as_with(AssertSqlSafe(sql), conditions.arguments()?).fetch_all(conn).await?)
}

/// The tenants under `conditions`, each with what is known of its ledger.
pub(in crate::tenants) async fn members(conn: &mut Conn, conditions: &Conditions) -> Result<Vec<Member>> {
    let sql = format!(
        "select t.id, t.slug, t.server_id, t.version, t.ledger_digest, t.status, t.state, t.verified_at from tenants t \
         where {} order by t.slug, t.id",
        conditions.sql()
    );
    Ok(sqlx::query_as_with(AssertSqlSafe(sql), conditions.arguments()?).fetch_all(conn).await?)
}
