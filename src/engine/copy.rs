//! A copy of a tenant's database on its own server, for a rehearsal: marked, and gone afterwards.

use super::{Category, Engine, Failure, Target, postgres, sqlite};
use crate::error::{Advice, Do, Say};

/// What every copy's name begins with, so that one is known even when it was cut off before it had its mark.
pub const COPY_PREFIX: &str = "neo_rehearsal_";

/// Whom a copy's mark names: no tenant.
pub fn copy_owner(tenant_id: &str) -> String {
    format!("rehearsal-{tenant_id}")
}

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
