//! What the central database keeps of a tenant's users: when they signed in last, and when they were changed last.
//!
//! Their own rows are in another database, and no transaction reaches over both. So every change has a number: a sign-in takes note
//! of the last one before it looks anybody up, and gives no session to somebody whom a later one is about.

use std::collections::HashMap;

use sqlx::Row as _;

use super::{Audience, known};
use crate::central::Conn;
use crate::error::Result;

/// The number of the last change to anybody.
pub(super) async fn last_change(conn: &mut Conn) -> Result<i64> {
    Ok(sqlx::query_scalar("select value from counters where name = 'tenant_people'").fetch_one(conn).await?)
}

/// Takes down that they sign in, unless they were changed after `seen` or the tenant is out of use. It holds their row: a change comes
/// wholly before this sign-in or wholly after.
pub(super) async fn signed_in(conn: &mut Conn, tenant_id: &str, user_id: &str, seen: i64) -> Result<bool> {
    let taken = sqlx::query(
        "insert into tenant_people (tenant_id, user_id, changed, changed_at, last_signed_in_at)
         select t.id, $2, 0, c.now_ms, c.now_ms from tenants t cross join clock c where t.id = $1 and t.status = 'active'
         on conflict (tenant_id, user_id) do update set last_signed_in_at = excluded.last_signed_in_at
           where tenant_people.changed <= $3",
    )
    .bind(tenant_id.to_owned())
    .bind(user_id.to_owned())
    .bind(seen)
    .execute(conn)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// They are not as they were: their sessions end, all but `keep`, and none of their browsers is known any more. Answers how many
/// ended.
pub(crate) async fn changed(conn: &mut Conn, tenant_id: &str, user_id: &str, keep: Option<&str>) -> Result<u64> {
    sqlx::query("update counters set value = value + 1 where name = 'tenant_people'").execute(&mut *conn).await?;
    sqlx::query(
        "insert into tenant_people (tenant_id, user_id, changed, changed_at)
         select $1, $2, n.value, c.now_ms from counters n cross join clock c where n.name = 'tenant_people'
         on conflict (tenant_id, user_id) do update set changed = excluded.changed, changed_at = excluded.changed_at",
    )
    .bind(tenant_id.to_owned())
    .bind(user_id.to_owned())
    .execute(&mut *conn)
    .await?;
    let audience = Audience::Tenant { id: tenant_id.to_owned() }.as_text();
    known::forget(conn, &audience, user_id).await?;
    let ended = sqlx::query("delete from sessions where audience = $1 and subject_id = $2 and id_hash <> $3")
        .bind(audience)
        .bind(user_id.to_owned())
        .bind(keep.unwrap_or_default().to_owned())
        .execute(conn)
        .await?;
    Ok(ended.rows_affected())
}

/// The same of everybody of a tenant's.
pub(crate) async fn all_changed(conn: &mut Conn, tenant_id: &str) -> Result<()> {
    sqlx::query("update counters set value = value + 1 where name = 'tenant_people'").execute(&mut *conn).await?;
    sqlx::query(
        "update tenant_people set changed_at = (select now_ms from clock), last_signed_in_at = null,
                changed = (select value from counters where name = 'tenant_people') where tenant_id = $1",
    )
    .bind(tenant_id.to_owned())
    .execute(&mut *conn)
    .await?;
    let audience = Audience::Tenant { id: tenant_id.to_owned() }.as_text();
    for of_theirs in ["delete from known_devices where audience = $1", "delete from sessions where audience = $1"] {
        sqlx::query(of_theirs).bind(audience.clone()).execute(&mut *conn).await?;
    }
    Ok(())
}

/// They are no more: what is kept of them goes a day later, when no sign-in from before is under way.
pub(crate) async fn gone(conn: &mut Conn, tenant_id: &str, user_id: &str) -> Result<()> {
    sqlx::query("update tenant_people set last_signed_in_at = null where tenant_id = $1 and user_id = $2")
        .bind(tenant_id.to_owned())
        .bind(user_id.to_owned())
        .execute(conn)
        .await?;
    Ok(())
}

/// When each of these signed in last; who never did is left out.
pub(crate) async fn last_signed_in(conn: &mut Conn, tenant_id: &str, ids: &[&str]) -> Result<HashMap<String, i64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places = (0..ids.len()).map(|n| format!("${}", n + 2)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select user_id, last_signed_in_at from tenant_people
         where tenant_id = $1 and last_signed_in_at is not null and user_id in ({places})"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant_id.to_owned());
    let rows = ids.iter().fold(query, |query, id| query.bind((*id).to_owned())).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("user_id")?, row.try_get("last_signed_in_at")?))).collect()
}
