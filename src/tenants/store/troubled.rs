//! The SQL that counts who failed.

use sqlx::{AssertSqlSafe, Row};

use super::Conditions;
use crate::actor::Actor;
use crate::central::Conn;
use crate::error::Result;

/// Active tenants whose last run failed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedIn {
    /// The run's number; none where it is not known any more.
    pub run: Option<i64>,
    pub tenants: i64,
    /// One of them (a slug), and what its database said.
    pub first: String,
    pub why: Option<String>,
}

pub(in crate::tenants) async fn failed_by_run(conn: &mut Conn, actor: &Actor) -> Result<Vec<FailedIn>> {
    let mut failed = Conditions::default();
    failed.and("t.status = 'active' and t.state = 'failed'".into());
    failed.within(actor);
    let sql = format!(
        "select f.last_run, f.tenants, f.first_slug, w.last_error from (select t.last_run, count(*) as tenants, min(t.slug) as first_slug \
         from tenants t where {} group by t.last_run) f join tenants w on w.slug = f.first_slug and w.status = 'active'",
        failed.sql()
    );
    let rows = sqlx::query_with(AssertSqlSafe(sql), failed.arguments()?).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(FailedIn {
                run: row.try_get("last_run")?,
                tenants: row.try_get("tenants")?,
                first: row.try_get("first_slug")?,
                why: row.try_get("last_error")?,
            })
        })
        .collect()
}
