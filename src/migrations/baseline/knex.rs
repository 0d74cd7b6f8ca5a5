//! The record of knex: a table of the names that it has applied, and one beside it that holds its lock.

use crate::engine::{self, Category, Connection, Engine, Failure, literal, quote};
use crate::error::{Advice, Say};

/// Unless somebody has configured another (`tableName`).
const TABLE: &str = "knex_migrations";

/// So many rows of knex's table are read and no more: it is the tenant's to write.
const MOST: usize = 10_000;

pub(super) struct Applied {
    /// As it is told to people.
    pub table: String,
    /// The schema (PostgreSQL) that it lies in, in quotes where it needs them.
    pub schema: Option<String>,
    /// In the order they were applied.
    pub names: Vec<String>,
}

/// What knex's table says; `None` where there is none.
pub(super) async fn applied(conn: &mut Connection, table: Option<&str>) -> Result<Option<Applied>, Failure> {
    let table = table.unwrap_or(TABLE);
    let lock = format!("{table}_lock");
    let Some(place) = place(conn, table).await? else {
        return elsewhere(conn, table).await.map(|()| None);
    };
    if self::place(conn, &lock).await?.is_some() {
        let sql = format!(
            "select cast(is_locked as char(1)) from {} where is_locked <> 0 limit 1",
            full(conn.engine(), &lock)
        );
        if !column(conn, &sql).await?.is_empty() {
            return Err(locked(conn, &lock).await);
        }
    }
    let beginning = match conn.engine() {
        Engine::Postgres => "pg_catalog.left(name, 300)",
        Engine::Mysql => "left(name, 300)",
        Engine::Sqlite => "substr(name, 1, 300)",
    };
    let name = full(conn.engine(), table);
    let names = column(conn, &format!("select {beginning} from {name} order by id limit {}", MOST + 1)).await;
    let names = names.map_err(|failure| shaped_otherwise(failure, conn.engine(), table))?;
    if names.len() > MOST {
        return Err(Failure::new(Category::Checksum, format!("{table} has more than {MOST} rows"))
            .detail("it has one for each migration; so many are not read"));
    }
    let schema = (conn.engine() == Engine::Postgres).then_some(place);
    Ok(Some(Applied { table: table.to_owned(), schema, names }))
}

/// A table that has not the columns of knex's is something else.
fn shaped_otherwise(failure: Failure, engine: Engine, table: &str) -> Failure {
    let lacks_column = match engine {
        Engine::Postgres => failure.code.as_deref() == Some("42703"),
        Engine::Mysql => failure.code.as_deref() == Some("1054"),
        Engine::Sqlite => failure.message.starts_with("no such column"),
    };
    match lacks_column {
        true => Failure::new(
            Category::Checksum,
            format!("the table {table} is no record of knex's, which has an id and a name for each migration"),
        )
        .detail(failure.message)
        .hint(Advice::from("where knex has kept it in another table: ").act(Say::RecordTable)),
        false => failure,
    }
}

/// knex may have been told where to look for names (`searchPath`) in its own settings: a session that nobody tells finds neither its
/// record nor its tables, and would make new ones somewhere else.
async fn elsewhere(conn: &mut Connection, table: &str) -> Result<(), Failure> {
    if conn.engine() != Engine::Postgres || table.contains('.') {
        return Ok(());
    }
    let sql = format!(
        "select relnamespace::pg_catalog.regnamespace::pg_catalog.text from pg_catalog.pg_class \
         where relname = {} and relkind in ('r', 'p') and relpersistence <> 't' order by 1 limit 10",
        literal(Engine::Postgres, table)
    );
    let schemas = column(conn, &sql).await?;
    let Some(schema) = schemas.first() else { return Ok(()) };
    let names: Vec<_> = schemas.iter().map(|schema| format!("{schema}.{table}")).collect();
    Err(Failure::new(
        Category::Checksum,
        format!("knex's record is {}, where this login does not look", names.join(", ")),
    )
    .detail("the search_path of its sessions does not name that schema, so what is to come would be made in another")
    .hint(path_hint(conn, schema).await))
}

/// How the sessions of this login come to look in a schema, as knex's do.
pub(super) async fn path_hint(conn: &mut Connection, schema: &str) -> String {
    let who = "select pg_catalog.concat(pg_catalog.quote_ident(current_user), ' in database ', \
               pg_catalog.quote_ident(pg_catalog.current_database()))";
    let whose = column(conn, who).await.unwrap_or_default().pop().unwrap_or_else(|| "LOGIN".to_owned());
    format!(
        "say it for every session, as knex's searchPath does for its own: alter role {whose} set search_path = {schema}; then adopt it again"
    )
}

/// The schemas that a name without one is looked for in, in order (PostgreSQL).
pub(super) async fn path(conn: &mut Connection) -> Result<Vec<String>, Failure> {
    column(conn, "select pg_catalog.unnest(pg_catalog.current_schemas(false))::pg_catalog.text").await
}

/// knex takes its lock in the transaction that migrates. On MySQL and MariaDB the first change of a schema commits it, so a run
/// that was killed leaves it set; elsewhere it is seen only where knex was told to do without transactions.
async fn locked(conn: &mut Connection, lock: &str) -> Failure {
    let engine = conn.engine();
    let free = format!("update {} set is_locked = 0", full(engine, lock));
    let failure =
        |what: &str| Failure::new(Category::Lock, format!("knex holds its migration lock here ({lock}){what}"));
    match engine {
        Engine::Mysql => {
            let others = "select cast(count(*) as char) from information_schema.processlist \
                          where db = database() and id <> connection_id()";
            let others = column(conn, others).await.unwrap_or_default();
            let seen = match others.first().map(String::as_str) {
                None => "",
                Some("0") => ", and this login sees nobody else at work in the database",
                Some(_) => ", and others are connected to the database",
            };
            failure(seen).hint(format!(
                "a run of knex that was killed leaves it set: once none is at work, {free}; what its last file had begun is told then"
            ))
        }
        Engine::Postgres | Engine::Sqlite => {
            failure("").hint(format!("is one of the old scripts still running? if it died: {free}"))
        }
    }
}

/// On PostgreSQL the name may say its schema: knex has a setting for that.
fn full(engine: Engine, table: &str) -> String {
    match table.split_once('.') {
        Some((schema, table)) if engine == Engine::Postgres => {
            format!("{}.{}", quote(engine, schema), quote(engine, table))
        }
        _ => quote(engine, table),
    }
}

/// Where a table is, if it is there: its schema on PostgreSQL, its name elsewhere.
async fn place(conn: &mut Connection, table: &str) -> Result<Option<String>, Failure> {
    let sql = match conn.engine() {
        // A name that is not quoted would be folded.
        Engine::Postgres => format!(
            "select relnamespace::pg_catalog.regnamespace::pg_catalog.text from pg_catalog.pg_class \
             where oid = pg_catalog.to_regclass({})",
            literal(Engine::Postgres, &full(Engine::Postgres, table))
        ),
        engine => engine::table_sql(engine, table),
    };
    Ok(column(conn, &sql).await?.into_iter().next())
}

/// The first column, as text, without what is null.
async fn column(conn: &mut Connection, sql: &str) -> Result<Vec<String>, Failure> {
    conn.texts(sql).await.map(|texts| texts.into_iter().flatten().collect())
}
