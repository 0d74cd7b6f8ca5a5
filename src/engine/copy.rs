//! A copy of a tenant's database on its own server, for a rehearsal: marked, and gone afterwards.

use super::{COPY_PREFIX, Category, Engine, Failure, Target, copy_owner, postgres, sqlite};
use crate::error::{Advice, Do, Say};

/// Copies the database of `tenant` on the server of `admin`; the answer is where the copy is, for the same login. PostgreSQL
/// refuses while anybody else is connected; MySQL and MariaDB have no way to copy a database. A copy that cannot be
/// finished is taken away again.
pub async fn copy(admin: &Target, tenant: &Target, tenant_id: &str) -> Result<Target, Failure> {
    let name = format!("{COPY_PREFIX}{}", crate::id::new());
    let copied = Target { database: name.clone(), path: admin.path.join(format!("{name}.db")), ..tenant.clone() };
    match tenant.engine {
        Engine::Postgres => postgres::copy_database(admin, tenant, &name, &copy_owner(tenant_id)).await?,
        Engine::Sqlite => sqlite::copy_database(tenant, &copied.path, &copy_owner(tenant_id)).await?,
        Engine::Mysql => {
            return Err(Failure::new(Category::Other, "MySQL and MariaDB have no way to copy a database")
                .detail("a dump and its restoration would take the tenant's whole size, and are left to a person")
                .hint(
                    Advice::from("restore a backup of it as another tenant: ")
                        .act(Do::ListBackups {})
                        .and(", ")
                        .act(Say::AsTenant)
                        .and("; and migrate that one first; or begin the run with a single tenant"),
                ));
        }
    }
    Ok(copied)
}

/// Takes a copy away again, with whoever is connected to it.
pub async fn drop_copy(admin: &Target, copy: &Target, tenant_id: &str) -> Result<(), Failure> {
    match copy.engine {
        Engine::Sqlite => sqlite::remove(&copy.path),
        _ => super::drop_database(admin, &copy.database, &copy_owner(tenant_id)).await,
    }
}
