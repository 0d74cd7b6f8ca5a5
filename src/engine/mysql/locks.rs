//! Sessions that hold migration locks. MySQL knows no name of an application; a login without PROCESS sees only the sessions
//! of its own user.

use sqlx::{MySqlConnection, Row};

use super::{failure, rows};
use crate::engine::held::{FIRST_WORDS, Holder, lock_name, told};
use crate::engine::{Engine, Failure};

/// Names asked for in one statement.
const AT_ONCE: usize = 500;

pub(in crate::engine) async fn lock_holders(
    conn: &mut MySqlConnection,
    databases: &[String],
) -> Result<Vec<(String, Holder)>, Failure> {
    let mut held = Vec::new();
    for some in databases.chunks(AT_ONCE) {
        let asked = some.iter().map(|d| format!("select cast(is_used_lock('{}') as signed)", lock_name(d)));
        let sql = asked.collect::<Vec<_>>().join(" union all ");
        let rows = rows(conn, &sql).await?;
        for (database, row) in some.iter().zip(&rows) {
            if let Some(pid) = row.try_get::<Option<i64>, _>(0).map_err(|e| failure(&e))? {
                held.push((database.clone(), session(conn, pid).await));
            }
        }
    }
    Ok(held)
}

/// Of the database that this connection is at.
pub(in crate::engine) async fn own_lock_holders(conn: &mut MySqlConnection) -> Result<Vec<(String, Holder)>, Failure> {
    let row = sqlx::raw_sql("select cast(database() as char)").fetch_one(&mut *conn).await.map_err(|e| failure(&e))?;
    let database = row.try_get::<Option<String>, _>(0).map_err(|e| failure(&e))?.unwrap_or_default();
    lock_holders(conn, &[database]).await
}

pub(super) async fn session(conn: &mut MySqlConnection, pid: i64) -> Holder {
    let mut holder = Holder { pid: Some(pid), ..Holder::default() };
    let sql = format!(
        "select cast(user as char), cast(host as char), cast(command as char), cast(time as signed), \
         cast(left(coalesce(info, ''), {FIRST_WORDS}) as char) from information_schema.processlist where id = {pid}"
    );
    if let Ok([row, ..]) = rows(conn, &sql).await.as_deref() {
        let text = |n: usize| row.try_get::<Option<String>, _>(n).ok().flatten().filter(|text| !text.is_empty());
        holder.user = text(0).map(|user| format!("{user}@{}", text(1).unwrap_or_default()));
        holder.address = text(1);
        let seconds = row.try_get::<Option<i64>, _>(3).ok().flatten().unwrap_or_default();
        holder.state = text(2).map(|command| format!("{command} for {seconds} s"));
        holder.query = text(4).map(|query| told(Engine::Mysql, &query));
    }
    holder
}

/// No number of a connection is given twice: the one that held the lock a moment ago is killed, or nobody.
pub(in crate::engine) async fn end_holder(
    conn: &mut MySqlConnection,
    database: &str,
    holder: &Holder,
) -> Result<bool, Failure> {
    let Some(pid) = holder.pid else { return Ok(false) };
    let sql = format!("select cast(is_used_lock('{}') as signed)", lock_name(database));
    let found = rows(conn, &sql).await?;
    let holds = found.first().map(|row| row.try_get::<Option<i64>, _>(0)).transpose().map_err(|e| failure(&e))?;
    if holds.flatten() != Some(pid) {
        return Ok(false);
    }
    match rows(conn, &format!("kill {pid}")).await {
        Ok(_) => Ok(true),
        // There is no such connection any more.
        Err(f) if f.code.as_deref() == Some("1094") => Ok(false),
        Err(f) => Err(f),
    }
}
