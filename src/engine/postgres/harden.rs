//! What a PostgreSQL server leaves open to everybody: its own databases `postgres` and `template1`, to which PUBLIC may
//! connect, and where up to version 14 it may create.

use sqlx::Row as _;

use super::admin::{Admin, name, text};
use super::failure;
use super::record::marked_server;
use crate::engine::marks::marked_tenant;
use crate::engine::{Engine, Failure, Opening, Target};

/// Everything that lets in whom nobody has let in, in the order in which it is shut. `kept_out`: roles of tenants that bear
/// no mark.
pub(in crate::engine) async fn openings(target: &Target, kept_out: &[String]) -> Result<Vec<Opening>, Failure> {
    let mut admin = Admin::open(target).await?;
    let mut openings = Vec::new();
    for database in own(target) {
        let sql = format!(
            "select d.datacl is null or exists (select from pg_catalog.aclexplode(d.datacl) a \
             where a.grantee = 0 and a.privilege_type = 'CONNECT'), pg_catalog.pg_has_role(d.datdba, 'USAGE') \
             from pg_catalog.pg_database d where d.datname = {}",
            text(database)
        );
        let rows = admin.rows(&sql).await?;
        let Some(row) = rows.first() else { continue };
        let get = |column| row.try_get::<bool, _>(column).map_err(|e| failure(&e));
        if get(0)? {
            openings.push(Opening {
                database: database.to_owned(),
                what: format!("everybody may connect to database {database}"),
                statements: shut(&admin.logins(kept_out).await?, database),
                may: get(1)?,
            });
        }
        openings.extend(admin.schema(target, database).await?);
    }
    admin.close().await;
    Ok(openings)
}

/// Shuts what this login may shut.
pub(in crate::engine) async fn shut_openings(target: &Target, openings: &[Opening]) -> Result<(), Failure> {
    for opening in openings.iter().filter(|opening| opening.may) {
        let mut admin = Admin::enter(target, &opening.database).await?;
        let outcome = admin.run(&opening.statements.join("; ")).await;
        admin.close().await;
        outcome?;
    }
    Ok(())
}

/// The maintenance database first: whatever keeps Neo out of it is noticed before anything else is shut.
fn own(target: &Target) -> impl Iterator<Item = &str> {
    let others =
        Engine::Postgres.own_databases().iter().copied().filter(|d| *d != target.database && *d != "template0");
    std::iter::once(target.database.as_str()).chain(others)
}

/// Those who are there are let in by name before everybody is shut out: in one transaction.
fn shut(logins: &[String], database: &str) -> Vec<String> {
    let database = name(database);
    let grants = logins.iter().map(|login| format!("grant connect on database {database} to {}", name(login)));
    grants.chain([format!("revoke connect on database {database} from public")]).collect()
}

impl Admin {
    /// Who may sign in and is no tenant of Neo's. A superuser needs to be let in nowhere.
    async fn logins(&mut self, kept_out: &[String]) -> Result<Vec<String>, Failure> {
        let rows = self
            .rows(
                "select r.rolname::text, pg_catalog.shobj_description(r.oid, 'pg_authid') from pg_catalog.pg_roles r \
                 where r.rolcanlogin and not r.rolsuper order by r.rolname",
            )
            .await?;
        let mut logins = Vec::with_capacity(rows.len());
        for row in &rows {
            let login: String = row.try_get(0).map_err(|e| failure(&e))?;
            let comment: Option<String> = row.try_get(1).map_err(|e| failure(&e))?;
            let is_neos = comment.is_some_and(|c| marked_tenant(&c).is_some() || marked_server(&c).is_some());
            if !is_neos && !kept_out.contains(&login) {
                logins.push(login);
            }
        }
        Ok(logins)
    }

    /// Whoever may create in `public` decides there what a name means to those who look there.
    async fn schema(&mut self, target: &Target, database: &str) -> Result<Option<Opening>, Failure> {
        let sql = "select exists (select from pg_catalog.aclexplode(n.nspacl) a \
                   where a.grantee = 0 and a.privilege_type = 'CREATE'), pg_catalog.pg_has_role(n.nspowner, 'USAGE') \
                   from pg_catalog.pg_namespace n where n.nspname = 'public'";
        let rows = if database == target.database {
            self.rows(sql).await?
        } else {
            let mut there = Admin::enter(target, database).await?;
            let rows = there.rows(sql).await;
            there.close().await;
            rows?
        };
        let Some(row) = rows.first() else { return Ok(None) };
        let get = |column| row.try_get::<bool, _>(column).map_err(|e| failure(&e));
        Ok(if get(0)? {
            Some(Opening {
                database: database.to_owned(),
                what: format!("everybody may create in schema public of database {database}"),
                statements: vec!["revoke create on schema public from public".to_owned()],
                may: get(1)?,
            })
        } else {
            None
        })
    }
}
