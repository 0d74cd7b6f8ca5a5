//! The record of knex: a table of the names that it has applied, and one beside it that holds its lock.

use crate::engine::{self, Category, Connection, Engine, Failure, literal, quote};

/// Unless somebody has configured another (`tableName`).
const TABLE: &str = "knex_migrations";

/// So many rows of knex's table are read and no more: it is the tenant's to write.
const MOST: usize = 10_000;

pub(super) struct Applied {
    /// As it is told to people.
    pub table: String,
    /// In the order they were applied.
    pub names: Vec<String>,
}

/// What knex's table says; `None` where there is none.
pub(super) async fn applied(conn: &mut Connection, table: Option<&str>) -> Result<Option<Applied>, Failure> {
    let table = table.unwrap_or(TABLE);
    let lock = format!("{table}_lock");
    if !is_there(conn, table).await? {
        return Ok(None);
    }
    if is_there(conn, &lock).await? {
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
    let names = column(conn, &format!("select {beginning} from {name} order by id limit {}", MOST + 1)).await?;
    if names.len() > MOST {
        return Err(Failure::new(Category::Checksum, format!("{table} has more than {MOST} rows"))
            .detail("it has one for each migration; so many are not read"));
    }
    Ok(Some(Applied { table: table.to_owned(), names }))
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

async fn is_there(conn: &mut Connection, table: &str) -> Result<bool, Failure> {
    let sql = match conn.engine() {
        // A name that is not quoted would be folded.
        Engine::Postgres => {
            format!(
                "select pg_catalog.to_regclass({})::pg_catalog.text",
                literal(Engine::Postgres, &full(Engine::Postgres, table))
            )
        }
        engine => engine::table_sql(engine, table),
    };
    Ok(!column(conn, &sql).await?.is_empty())
}

/// The first column, as text, without what is null.
async fn column(conn: &mut Connection, sql: &str) -> Result<Vec<String>, Failure> {
    conn.texts(sql).await.map(|texts| texts.into_iter().flatten().collect())
}
