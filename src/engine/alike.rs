//! A database that is made as another one is, before anything is put into it: the copy on another server.

use serde_json::Value;

use super::backup::fits;
use super::{Category, Connection, Engine, Failure, Nature, Target, mysql, postgres};

/// What the database is that a session is in.
pub(crate) async fn nature(conn: &mut Connection) -> Result<Nature, Failure> {
    by_the_servers_names(conn).await?;
    match conn.engine() {
        Engine::Postgres => of_postgres(conn).await,
        Engine::Mysql => of_mysql(conn).await,
        Engine::Sqlite => Ok(Nature::new(format!("SQLite {}", one(conn, "select sqlite_version()").await?))),
    }
}

/// From here on a name, a type and an operator are the server's, whatever the tenant's role or database says of the search path: one
/// that the tenant has made would answer in its place, in as many bytes as it likes.
pub(super) async fn by_the_servers_names(conn: &mut Connection) -> Result<(), Failure> {
    if conn.engine() == Engine::Postgres {
        conn.texts("set search_path = pg_catalog").await?;
    }
    Ok(())
}

async fn of_postgres(conn: &mut Connection) -> Result<Nature, Failure> {
    let version = format!("PostgreSQL {}", one(conn, "select current_setting('server_version')").await?);
    // Whole, since which columns there are depends on the version.
    let row = "select pg_catalog.to_jsonb(d)::text from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()";
    let row: Value = serde_json::from_str(&one(conn, row).await?).map_err(|e| unread(&e.to_string()))?;
    let said = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let encoding = "select pg_catalog.pg_encoding_to_char(encoding)::text from pg_catalog.pg_database \
                    where datname = pg_catalog.current_database()";
    let extensions = "select extname::text from pg_catalog.pg_extension where extname <> 'plpgsql' order by 1";
    Ok(Nature {
        encoding: one(conn, encoding).await?,
        collation: said("datcollate").ok_or_else(|| unread("datcollate"))?,
        ctype: said("datctype").ok_or_else(|| unread("datctype"))?,
        provider: match said("datlocprovider").as_deref() {
            Some("i") => "icu",
            Some("b") => "builtin",
            _ => "libc",
        }
        .to_owned(),
        locale: said("datlocale").or_else(|| said("daticulocale")).unwrap_or_default(),
        extensions: conn.texts(extensions).await?.into_iter().flatten().collect(),
        ..Nature::new(version)
    })
}

async fn of_mysql(conn: &mut Connection) -> Result<Nature, Failure> {
    let of = |column: &str| {
        format!("select cast({column} as char) from information_schema.schemata where schema_name = database()")
    };
    let version = one(conn, "select version()").await?;
    Ok(Nature {
        encoding: one(conn, &of("default_character_set_name")).await?,
        collation: one(conn, &of("default_collation_name")).await?,
        ..Nature::new(version)
    })
}

async fn one(conn: &mut Connection, sql: &str) -> Result<String, Failure> {
    conn.texts(sql).await?.into_iter().flatten().next().ok_or_else(|| unread("the server does not say"))
}

fn unread(why: &str) -> Failure {
    Failure::new(Category::Other, "what kind of database it is could not be read").detail(why)
}

/// Refuses a server that cannot hold such a database, as far as that is known before one is made there. `says`: its version, as
/// its probe has it.
pub(crate) async fn takes(admin: &Target, says: &str, nature: &Nature) -> Result<(), Failure> {
    fits(admin.engine, &nature.version, says)?;
    match admin.engine {
        Engine::Postgres => postgres::has_extensions(admin, &nature.extensions).await,
        Engine::Mysql | Engine::Sqlite => Ok(()),
    }
}

/// [`create_database`](super::create_database) for one that is of this nature.
pub(crate) async fn create_database_like(
    admin: &Target,
    database: &str,
    role: &str,
    tenant_id: &str,
    nature: &Nature,
) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::create_database_like(admin, database, role, tenant_id, Some(nature)).await,
        Engine::Mysql => mysql::create_database_like(admin, database, tenant_id, Some(nature)).await,
        Engine::Sqlite => super::create_database(admin, database, role, tenant_id).await,
    }
}

/// Refuses a database with a transaction that is prepared and not ended: it was promised to somebody, and is in no copy. On MySQL nobody
/// can tell which database one is of.
pub(crate) async fn promises_nothing(own: &Target) -> Result<(), Failure> {
    if own.engine != Engine::Postgres {
        return Ok(());
    }
    let mut conn = Connection::open_to_look(own).await?;
    let found = async {
        by_the_servers_names(&mut conn).await?;
        conn.texts("select gid from pg_prepared_xacts where database = current_database() order by prepared limit 5")
            .await
    }
    .await;
    conn.close().await;
    let found: Vec<_> = found?.into_iter().flatten().collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Category::Lock, "a transaction is prepared there and not ended: it would be in no copy")
        .detail(found.join(", "))
        .hint("have whoever prepared it end it: commit prepared, or rollback prepared"))
}
