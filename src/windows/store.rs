//! The SQL of maintenance windows, and which tenants they are about as a condition.

use neo_model::Repeat;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::times::Times;
use crate::central::{Conn, stored, violates};
use crate::error::{Error, Result};
use crate::tenants::Tenant;

/// A window as it is kept.
#[derive(Clone)]
pub(crate) struct Window {
    pub id: String,
    pub name: String,
    pub times: Times,
    pub repeat: Repeat,
    pub on: On,
    pub enabled: bool,
    pub made_by: String,
    pub created_at: i64,
}

/// Which tenants a window is about; everything given must hold, and nothing given means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct On {
    pub tags: Vec<String>,
    /// Ids.
    pub tenants: Vec<String>,
    /// Its id.
    pub server: Option<String>,
}

impl On {
    pub fn is_about(&self, tenant: &Tenant) -> bool {
        self.tags.iter().all(|tag| tenant.tags.contains(tag))
            && (self.tenants.is_empty() || self.tenants.contains(&tenant.id))
            && self.server.as_ref().is_none_or(|server| *server == tenant.server_id)
    }

    /// The same as a condition over the tenant whose id is `tenant` (our own text), with parameters from `first` on.
    pub fn sql(&self, tenant: &str, first: usize) -> (String, Vec<String>) {
        let (mut parts, mut bound) = (Vec::new(), Vec::new());
        let mut place = |value: &String| {
            bound.push(value.clone());
            format!("${}", first + bound.len() - 1)
        };
        for tag in &self.tags {
            let tag = place(tag);
            parts.push(format!("exists (select 1 from tenant_tags g where g.tenant_id = {tenant} and g.tag = {tag})"));
        }
        if !self.tenants.is_empty() {
            let ids: Vec<_> = self.tenants.iter().map(&mut place).collect();
            parts.push(format!("{tenant} in ({})", ids.join(", ")));
        }
        if let Some(server) = &self.server {
            let server = place(server);
            parts.push(format!("exists (select 1 from tenants s where s.id = {tenant} and s.server_id = {server})"));
        }
        match parts.is_empty() {
            true => ("1 = 1".to_owned(), bound),
            false => (parts.join(" and "), bound),
        }
    }
}

/// Each column by its name: a release that adds one finds this one at work.
const SELECT: &str =
    "select id, name, begins, ends, zone, recurs, selection, enabled, made_by, created_at from windows";

fn window(row: &AnyRow) -> Result<Window> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let repeat: Repeat = stored(text("recurs")?)?;
    Ok(Window {
        id: text("id")?,
        name: text("name")?,
        times: Times::stored(&text("begins")?, &text("ends")?, &text("zone")?, repeat)?,
        repeat,
        on: serde_json::from_str(&text("selection")?).map_err(Error::internal)?,
        enabled: row.try_get::<i64, _>("enabled")? == 1,
        made_by: text("made_by")?,
        created_at: row.try_get("created_at")?,
    })
}

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Window>> {
    let rows = sqlx::query(AssertSqlSafe(format!("{SELECT} order by name"))).fetch_all(conn).await?;
    rows.iter().map(window).collect()
}

/// Those that are on.
pub(super) async fn enabled(conn: &mut Conn) -> Result<Vec<Window>> {
    let rows = sqlx::query(AssertSqlSafe(format!("{SELECT} where enabled = 1 order by name"))).fetch_all(conn).await?;
    rows.iter().map(window).collect()
}

pub(super) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Window>> {
    let sql = format!("{SELECT} where id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(window).transpose()
}

pub(super) async fn insert(conn: &mut Conn, new: &Window) -> Result<()> {
    sqlx::query(
        "insert into windows (id, name, begins, ends, zone, recurs, selection, enabled, made_by, created_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, now_ms from clock",
    )
    .bind(new.id.clone())
    .bind(new.name.clone())
    .bind(new.times.from())
    .bind(new.times.to())
    .bind(new.times.zone().to_owned())
    .bind(new.repeat.as_str())
    .bind(serde_json::to_string(&new.on).map_err(Error::internal)?)
    .bind(i64::from(new.enabled))
    .bind(new.made_by.clone())
    .execute(conn)
    .await
    .map_err(|error| match violates(&error, "windows", "name") {
        true => Error::conflict(format!("a window \"{}\" exists already", new.name))
            .field("name")
            .hint("choose another name, or remove that one first"),
        false => error.into(),
    })?;
    Ok(())
}

pub(super) async fn set_enabled(conn: &mut Conn, id: &str, enabled: bool) -> Result<()> {
    sqlx::query("update windows set enabled = $2 where id = $1")
        .bind(id.to_owned())
        .bind(i64::from(enabled))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn remove(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("delete from windows where id = $1").bind(id.to_owned()).execute(conn).await?;
    Ok(())
}

/// How many tenants it is about at present.
pub(super) async fn covers(conn: &mut Conn, on: &On) -> Result<i64> {
    let (about, bound) = on.sql("t.id", 1);
    let sql = format!("select count(*) from tenants t where t.status <> 'deleted' and {about}");
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
    for text in bound {
        query = query.bind(text);
    }
    Ok(query.fetch_one(conn).await?)
}

/// Slugs of these ids, in their order; of a tenant that is gone its id.
pub(super) async fn slugs(conn: &mut Conn, ids: &[String]) -> Result<Vec<String>> {
    let mut slugs = Vec::with_capacity(ids.len());
    for id in ids {
        let slug: Option<String> = sqlx::query_scalar("select slug from tenants where id = $1 and status <> 'deleted'")
            .bind(id.clone())
            .fetch_optional(&mut *conn)
            .await?;
        slugs.push(slug.unwrap_or_else(|| id.clone()));
    }
    slugs.sort();
    Ok(slugs)
}

pub(super) async fn server_name(conn: &mut Conn, id: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("select name from servers where id = $1").bind(id.to_owned()).fetch_optional(conn).await?)
}
