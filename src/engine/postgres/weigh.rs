//! Whether two databases made from the same files are alike, and may stand for all that these files would ever make.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::failure;
use super::record::{Column, clock_word, is_moment};
use crate::engine::{Engine, Failure, literal};

/// Columns whose times move on in a copy; or why there can be no copies.
pub type Weighed = Result<Vec<Column>, String>;

/// A table as the catalogue has it.
#[derive(Default)]
struct Table {
    columns: Vec<Cell>,
    /// A trigger or a policy would see an update of our own.
    is_watched: bool,
}

struct Cell {
    /// Quoted.
    name: String,
    /// A point in time that an interval can be added to.
    is_time: bool,
    /// It has no time zone, and is given that of the session.
    is_local: bool,
    default: Option<String>,
}

/// What lies in a table.
#[derive(PartialEq)]
struct Content {
    rows: i64,
    /// Of everything but its times.
    digest: String,
    /// Of each time column.
    times: Vec<Option<String>>,
    names_role: bool,
}

/// `role` is the one that has filled both.
pub(in crate::engine) async fn weigh(
    one: &mut PgConnection,
    two: &mut PgConnection,
    role: &str,
) -> Result<Weighed, Failure> {
    let asked = async {
        // What the files have made is looked at, and has no say in how: its tables are named with their schemas.
        for conn in [&mut *one, &mut *two] {
            sqlx::raw_sql("set search_path = pg_catalog").execute(conn).await?;
        }
        if let Some(why) = tied(one, role).await? {
            return Ok(Err(why));
        }
        let tables = tables(one).await?;
        let (first, second) = (contents(one, &tables, role).await?, contents(two, &tables, role).await?);
        Ok(compared(&tables, &first, &second))
    };
    asked.await.map_err(|e: sqlx::Error| failure(&e))
}

/// What names the role beyond owning something stays with the role when its objects go.
async fn tied(conn: &mut PgConnection, role: &str) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query(
        "select exists (select from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid \
                         and s.dbid = (select oid from pg_database where datname = current_database()) \
                         and (s.deptype <> 'o' or s.classid = 'pg_default_acl'::regclass)), \
         exists (select from pg_db_role_setting s where s.setrole = r.oid \
                  or s.setdatabase = (select oid from pg_database where datname = current_database())), \
         exists (select from pg_auth_members m where m.member = r.oid) \
         from pg_roles r where r.rolname = $1",
    )
    .bind(role)
    .fetch_one(conn)
    .await?;
    let why = [
        "a migration gives rights, policies or default privileges to the tenant's own role by name",
        "a migration sets parameters of the tenant's role or database",
        "a migration makes the tenant's role a member of another",
    ];
    for (i, why) in why.into_iter().enumerate() {
        if row.try_get::<bool, _>(i)? {
            return Ok(Some(why.to_owned()));
        }
    }
    Ok(None)
}

/// A materialized view that was made without its rows has none in a copy either.
async fn tables(conn: &mut PgConnection) -> Result<BTreeMap<String, Table>, sqlx::Error> {
    let rows = sqlx::query(
        "select format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), \
         c.relkind = 'r' and a.attgenerated = '' and a.atttypid in ('timestamp'::regtype, 'timestamptz'::regtype), \
         a.atttypid = 'timestamp'::regtype, pg_get_expr(d.adbin, d.adrelid), \
         c.relforcerowsecurity or exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) \
         from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
         left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum \
         where c.relkind in ('r', 'm') and c.relispopulated and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' \
         and c.relname <> '_sqlx_migrations' order by 1, a.attnum",
    )
    .fetch_all(conn)
    .await?;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in &rows {
        let table = tables.entry(row.try_get(0)?).or_default();
        table.is_watched = row.try_get(5)?;
        let default: Option<String> = row.try_get(4)?;
        let is_local = row.try_get(3)? && !default.as_deref().is_some_and(names_zone);
        table.columns.push(Cell { name: row.try_get(1)?, is_time: row.try_get(2)?, is_local, default });
    }
    Ok(tables)
}

/// Whether a default says itself in which time zone it tells the time.
fn names_zone(default: &str) -> bool {
    let default = default.to_ascii_lowercase();
    default.contains("timezone(") || default.contains("at time zone")
}

async fn contents(
    conn: &mut PgConnection,
    tables: &BTreeMap<String, Table>,
    role: &str,
) -> Result<Vec<Content>, sqlx::Error> {
    let mut contents = Vec::with_capacity(tables.len());
    let role = literal(Engine::Postgres, role);
    for (table, Table { columns, .. }) in tables {
        let of = |is_time: bool| columns.iter().filter(move |c| c.is_time == is_time).map(|c| c.name.as_str());
        let steady = of(false).collect::<Vec<_>>().join(", ");
        let times: Vec<_> = of(true).map(|c| format!("md5(string_agg({c}::text, ',' order by {c}))")).collect();
        let sql = format!(
            "select count(*), md5(coalesce(string_agg(md5(neo_row), '' order by md5(neo_row)), '')), \
             coalesce(bool_or(strpos(neo_row, {role}) > 0), false), array[{}]::text[] \
             from (select *, row({steady})::text as neo_row from {table}) neo_rows",
            times.join(", ")
        );
        let row = sqlx::query(AssertSqlSafe(sql)).persistent(false).fetch_one(&mut *conn).await?;
        contents.push(Content {
            rows: row.try_get(0)?,
            digest: row.try_get(1)?,
            names_role: row.try_get(2)?,
            times: row.try_get(3)?,
        });
    }
    Ok(contents)
}

fn compared(tables: &BTreeMap<String, Table>, first: &[Content], second: &[Content]) -> Weighed {
    let mut moving = Vec::new();
    for (((name, table), one), two) in tables.iter().zip(first).zip(second) {
        if (one.rows, &one.digest) != (two.rows, &two.digest) {
            return Err(format!(
                "what is seeded into {name} comes out differently each time: ids or secrets made at random"
            ));
        }
        if one.names_role {
            return Err(format!("what is seeded into {name} names the role that it is seeded by"));
        }
        let mut times = one.times.iter().zip(&two.times);
        for cell in &table.columns {
            let differs = cell.is_time && times.next().is_some_and(|(one, two)| one != two);
            let asks = cell.default.as_deref().filter(|default| one.rows > 0 && clock_word(default).is_some());
            if asks.is_some_and(|default| !cell.is_time || !is_moment(default)) {
                return Err(format!("{name}.{} is seeded with the day or time of its making", cell.name));
            }
            if differs || asks.is_some() {
                moving.push(Column { table: name.clone(), column: cell.name.clone(), local: cell.is_local });
            }
        }
        if table.is_watched && moving.last().is_some_and(|column| column.table == *name) {
            return Err(format!("{name} is seeded with times, and has a trigger or a policy that would see them move"));
        }
    }
    Ok(moving)
}
