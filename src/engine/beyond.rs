//! What a login may do beyond its own database.

use super::{Connection, Engine, Failure};

/// In words, of the login of this session; none where it may do nothing, and on an engine without logins.
pub(crate) async fn beyond(conn: &mut Connection) -> Result<Option<String>, Failure> {
    let sql = match conn.engine() {
        Engine::Postgres => {
            "select case when rolsuper then 'is a superuser' when rolcreaterole then 'makes roles' when rolcreatedb then 'makes databases' \
             when rolreplication then 'replicates' when rolbypassrls then 'is bound by no policy' end \
             from pg_catalog.pg_roles where rolname operator(pg_catalog.=) current_user"
        }
        Engine::Mysql => {
            "select cast(concat('has ', min(privilege_type), ' on every database') as char) from information_schema.user_privileges \
             where replace(grantee, '''', '') = current_user() and privilege_type <> 'USAGE' having count(*) > 0"
        }
        Engine::Sqlite => return Ok(None),
    };
    Ok(conn.texts(sql).await?.into_iter().flatten().next())
}
