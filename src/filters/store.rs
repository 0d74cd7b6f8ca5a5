//! The SQL of filters that are kept.

use neo_model::FilterPage;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use crate::central::{Conn, stored, violates};
use crate::error::{Error, Result};

pub(super) struct Filter {
    pub id: String,
    pub page: FilterPage,
    pub name: String,
    pub query: String,
    pub made_by: String,
    /// Whose it is.
    pub admin_id: Option<String>,
    pub created_at: i64,
}

/// Each column by its name: a release that adds one finds this one at work.
const SELECT: &str = "select id, page, name, query, made_by, admin_id, created_at from saved_filters";

fn filter(row: &AnyRow) -> Result<Filter> {
    Ok(Filter {
        id: row.try_get("id")?,
        page: stored(row.try_get::<String, _>("page")?)?,
        name: row.try_get("name")?,
        query: row.try_get("query")?,
        made_by: row.try_get("made_by")?,
        admin_id: row.try_get("admin_id")?,
        created_at: row.try_get("created_at")?,
    })
}

/// Those of one list, by name.
pub(super) async fn of(conn: &mut Conn, page: FilterPage) -> Result<Vec<Filter>> {
    let sql = format!("{SELECT} where page = $1 order by name");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(page.as_str()).fetch_all(conn).await?;
    rows.iter().map(filter).collect()
}

pub(super) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Filter>> {
    let sql = format!("{SELECT} where id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(filter).transpose()
}

pub(super) async fn insert(conn: &mut Conn, new: &Filter) -> Result<()> {
    sqlx::query(
        "insert into saved_filters (id, page, name, query, made_by, admin_id, created_at)
         select $1, $2, $3, $4, $5, $6, now_ms from clock",
    )
    .bind(new.id.clone())
    .bind(new.page.as_str())
    .bind(new.name.clone())
    .bind(new.query.clone())
    .bind(new.made_by.clone())
    .bind(new.admin_id.clone())
    .execute(conn)
    .await
    .map_err(|error| match violates(&error, "saved_filters", "name") {
        true => Error::conflict(format!("a filter \"{}\" is kept already", new.name))
            .field("name")
            .hint("choose another name, or remove that one first"),
        false => error.into(),
    })?;
    Ok(())
}

pub(super) async fn remove(conn: &mut Conn, id: &str) -> Result<()> {
    sqlx::query("delete from saved_filters where id = $1").bind(id.to_owned()).execute(conn).await?;
    Ok(())
}
