//! Templates: on a PostgreSQL server, one database that holds everything a new tenant begins with. A tenant is then a copy of
//! it, whose objects change their owner.
//!
//! Everything in a template belongs to a role of the same name, which may not sign in. The database itself belongs to the
//! server's administrator: what `reassign owned` hands to a tenant is then what lies in the copy, and nothing else.

pub use super::postgres::record::*;
pub use super::postgres::template::{Keeper, Place, Standing, templates};

use super::postgres::{template::made_now, weigh};
use super::{Category, Connection, Failure, Target};

impl Keeper {
    /// Whether these two, made alike, are alike, and what else keeps copies of them from being what the files would make.
    pub async fn weigh(&mut self, one: &mut Connection, two: &mut Connection) -> Result<weigh::Weighed, Failure> {
        let (Connection::Postgres { conn: one, .. }, Connection::Postgres { conn: two, .. }) = (one, two) else {
            return Err(Failure::new(Category::Other, "this is no PostgreSQL server"));
        };
        weigh::weigh(one, two, &self.name()).await
    }

    /// Makes the tenant's database as a copy of the template, owned by its role with all that is in it and the rights of
    /// [`engine::grant`](crate::engine::grant), marked with the tenant's id, closed to everybody else. Answers with a connection
    /// of the tenant's own, which is the only one that has read or written what is in it. What a failure leaves half done
    /// bears the tenant's mark, or its owner does.
    pub async fn copy(
        &mut self,
        (record, strategy): (&Record, &str),
        tenant: &Target,
        tenant_id: &str,
    ) -> Result<Connection, Failure> {
        self.begin_copy(strategy, tenant, tenant_id).await?;
        let mut conn = Connection::open(tenant).await?;
        let made = match conn.execute(&made_now(record)).await {
            Ok(()) => self.finish_copy(&tenant.database).await,
            Err(failure) => Err(Failure { line: None, column: None, ..failure }),
        };
        match made {
            Ok(()) => Ok(conn),
            Err(failure) => {
                conn.close().await;
                Err(failure)
            }
        }
    }
}
