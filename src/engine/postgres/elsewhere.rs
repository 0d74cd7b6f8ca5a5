//! What a tenant's role owns in databases of the server that are nobody's of Neo's: it is in no backup, and is not dropped with it.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::admin::{Admin, name, text};
use super::failure;
use crate::engine::{COPY_PREFIX, Category, Engine, Failure, Target};

/// Refuses, as `Category::Exists`, a role that owns something in such a database. `own` is the tenant's database.
pub(in crate::engine) async fn owns_nothing_elsewhere(target: &Target, role: &str, own: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = admin.owns_nothing_elsewhere(target, role, Some(own)).await;
    admin.close().await;
    outcome
}

impl Admin {
    /// The same; without `own` once that is gone.
    pub(super) async fn owns_nothing_elsewhere(
        &mut self,
        target: &Target,
        role: &str,
        own: Option<&str>,
    ) -> Result<(), Failure> {
        let owned = self.owned_elsewhere(target, role, own).await?;
        if owned.is_empty() {
            return Ok(());
        }
        let counted = |(database, count): (&String, &i64)| {
            format!("{count} object{} in database {}", if *count == 1 { "" } else { "s" }, name(database))
        };
        let counted: Vec<_> = owned.iter().map(counted).collect();
        let databases: Vec<_> = owned.keys().map(|database| name(database)).collect();
        let role = name(role);
        // What a role is given up in one database takes every database along that it owns.
        let back = match own {
            Some(own) if self.marks(own).await?.is_some() => {
                format!("; alter database {} owner to {role}", name(own))
            }
            _ => String::new(),
        };
        Err(Failure::new(Category::Exists, format!("role {role} owns {}", counted.join(", ")))
            .detail("that is no tenant's database: what it owns there is in no backup, and is not dropped with it")
            .hint(format!(
                "have somebody who may give it to a role that stays, in database {}: reassign owned by {role} to …{back}; \
                 or drop there by hand what nobody needs; then do it again",
                databases.join(" and in database ")
            )))
    }

    /// How many objects a role owns where. In the server's own databases everybody may leave something, and in a tenant's
    /// whom that lets in: that keeps no tenant from being deleted. Default privileges and user mappings are rights, which nobody
    /// can be given.
    async fn owned_elsewhere(
        &mut self,
        target: &Target,
        role: &str,
        own: Option<&str>,
    ) -> Result<BTreeMap<String, i64>, Failure> {
        let is_elsewhere = |database: &str| {
            Some(database) != own
                && database != target.database
                && !database.starts_with(COPY_PREFIX)
                && !Engine::Postgres.own_databases().contains(&database)
        };
        let objects = format!(
            "select d.datname::text, pg_catalog.count(*) from pg_catalog.pg_shdepend s \
             join pg_catalog.pg_roles r on r.oid = s.refobjid join pg_catalog.pg_database d on d.oid = s.dbid \
             where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.deptype = 'o' \
             and s.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass \
             and s.classid <> 'pg_catalog.pg_user_mapping'::pg_catalog.regclass and r.rolname = {} group by d.datname",
            text(role)
        );
        let mut owned = BTreeMap::new();
        for row in self.rows(&objects).await? {
            let database: String = row.try_get(0).map_err(|e| failure(&e))?;
            owned.insert(database, row.try_get(1).map_err(|e| failure(&e))?);
        }
        owned.retain(|database, _| is_elsewhere(database));
        // A database of its own bears its mark, whoever has made it.
        let databases = format!(
            "select d.datname::text from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba \
             where r.rolname = {}",
            text(role)
        );
        let mut databases = self.texts(&databases).await?;
        databases.retain(|database| is_elsewhere(database));
        if !owned.is_empty() {
            for marked in self.databases().await? {
                if marked.mark.is_some() && !databases.contains(&marked.database) {
                    owned.remove(&marked.database);
                }
            }
        }
        for database in databases {
            *owned.entry(database).or_default() += 1;
        }
        Ok(owned)
    }
}
