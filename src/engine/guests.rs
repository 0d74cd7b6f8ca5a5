//! Who else than the tenant may write in its database, and who is there: nobody keeps them out while it is copied.

use super::alike::by_the_servers_names;
use super::{Category, Connection, Engine, Failure, Target, literal, mysql};

/// So many are named.
const NAMED: usize = 5;

/// Who may write what a tenant's database has: the tables' owners, whoever was given a right to change a table, a column, a sequence or a
/// large object of it, and whoever may call a routine that runs as one of them, which is everybody unless somebody has taken that away.
/// Asked by the tenant's own session, in the server's words.
const WRITERS: &str = "select c.relowner as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'v', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
     union select a.grantee from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     cross join lateral (select (aclexplode(c.relacl)).* union all select (aclexplode(t.attacl)).* from pg_attribute t \
     where t.attrelid = c.oid and t.attacl is not null) a \
     where c.relkind in ('r', 'p', 'v', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
     and (a.privilege_type in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE') or c.relkind = 'S' and a.privilege_type = 'USAGE') \
     union select a.grantee from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
     cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a \
     where p.prosecdef and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and a.privilege_type = 'EXECUTE' \
     union select l.lomowner from pg_largeobject_metadata l \
     union select a.grantee from pg_largeobject_metadata l cross join lateral aclexplode(l.lomacl) a where a.privilege_type = 'UPDATE' \
     union select oid from pg_roles where rolname = current_user";

/// Refuses, as `Category::Lock` and changing nothing, where somebody else is signed in to the tenant's database who may write there; with
/// `grants` also where somebody else merely may. What was given to a server's administrators (a superuser, one who makes roles, a right to
/// databases of many names) is not counted, and on MySQL neither is what the administrator may not see.
pub(crate) async fn nobody_else(admin: &Target, own: &Target, grants: bool) -> Result<(), Failure> {
    let (may, are) = match own.engine {
        Engine::Postgres => postgres(admin, own).await?,
        Engine::Mysql => mysql::guests(admin, own).await?,
        Engine::Sqlite => return Ok(()),
    };
    let named = |mut all: Vec<String>| {
        all.truncate(NAMED);
        all.join(", ")
    };
    if !are.is_empty() {
        return Err(Failure::new(Category::Lock, "others are signed in to its database who may write there")
            .detail(format!("{}: what they write meanwhile would be in no copy", named(are)))
            .hint("let them end, or have somebody who may end them on that server; then try again"));
    }
    if grants && !may.is_empty() {
        return Err(Failure::new(Category::Lock, "others than the tenant may write in its database")
            .detail(format!("{}: what they write meanwhile would be in no copy", named(may)))
            .hint(
                "have their right to that database taken away for as long as it takes; then try again, and give it to them where the tenant \
                 is by then",
            ));
    }
    Ok(())
}

/// Logins, and sessions, of others that are at one of those that may write. A backup's reader is Neo's own.
async fn postgres(admin: &Target, own: &Target) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_one = format!(
        "r.rolname <> current_user and r.rolname <> {} and r.rolname !~ '^neo_backup' and not r.rolsuper and not r.rolcreaterole \
         and exists (select from writers w where w.oid = 0 or pg_has_role(r.oid, w.oid, 'member'))",
        literal(Engine::Postgres, &admin.username)
    );
    let may = format!(
        "with writers as ({WRITERS}) select format('%I', r.rolname) from pg_roles r where r.rolcanlogin \
         and has_database_privilege(r.oid, current_database()::text, 'connect') and {is_one} order by 1 limit {NAMED}"
    );
    let are = format!(
        "with writers as ({WRITERS}) select format('pid %s of %I', a.pid, r.rolname) from pg_stat_activity a \
         join pg_roles r on r.oid = a.usesysid where a.datname = current_database() and a.pid <> pg_backend_pid() \
         and {is_one} order by 1 limit {NAMED}"
    );
    let mut conn = Connection::open_to_read(own).await?;
    let found = async {
        by_the_servers_names(&mut conn).await?;
        let may = conn.texts(&may).await?.into_iter().flatten().collect();
        Ok((may, conn.texts(&are).await?.into_iter().flatten().collect()))
    }
    .await;
    conn.close().await;
    found
}
