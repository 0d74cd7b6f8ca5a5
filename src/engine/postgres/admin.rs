//! Creating and dropping on PostgreSQL. The mark is a comment, `neo:tenant:<id>`, on the role and on the database.
//!
//! A role and its mark are made in one transaction. A database cannot be: until it bears its own mark, its owner's counts,
//! who could not have made it by himself.

use sqlx::{PgConnection, Row};

use super::failure;
use crate::engine::provision::{CONNECTION_LIMIT, mark, marked_tenant, strangers};
use crate::engine::{Category, Connection, Engine, Failure, Target, copy_owner, literal, passwords, quote};

/// The administrator's connection, with what every statement below needs of it.
pub(super) struct Admin(Connection);

impl Admin {
    pub(super) async fn open(target: &Target) -> Result<Self, Failure> {
        Connection::open(target).await.map(Self)
    }

    pub(super) fn conn(&mut self) -> Result<&mut PgConnection, Failure> {
        match &mut self.0 {
            Connection::Postgres { conn, .. } => Ok(conn),
            _ => Err(Failure::new(crate::engine::Category::Other, "this is no PostgreSQL server")),
        }
    }

    /// Several statements are one transaction: all of them, or none.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        // Where in our own text it failed is nobody's business.
        self.0.execute(sql).await.map_err(|f| Failure { line: None, column: None, ..f })
    }

    /// The comment of a role, if there is such a role.
    pub(super) async fn role(&mut self, role: &str) -> Result<Option<Option<String>>, Failure> {
        sqlx::query_scalar("select shobj_description(oid, 'pg_authid') from pg_roles where rolname = $1")
            .bind(role)
            .fetch_optional(self.conn()?)
            .await
            .map_err(|e| failure(&e))
    }

    pub(super) async fn is_superuser(&mut self) -> Result<bool, Failure> {
        sqlx::query_scalar("select rolsuper from pg_roles where rolname = current_user")
            .fetch_one(self.conn()?)
            .await
            .map_err(|e| failure(&e))
    }

    /// Marks a database that nobody may connect to yet, shuts the public out of it and lets its owner in.
    pub(super) async fn open_up(&mut self, database: &str, tenant_id: &str) -> Result<(), Failure> {
        let (quoted, mark) = (name(database), text(&mark(tenant_id)));
        self.run(&format!(
            "revoke all on database {quoted} from public; comment on database {quoted} is {mark}; \
             alter database {quoted} allow_connections true"
        ))
        .await
    }

    pub(super) async fn close(self) {
        self.0.close().await;
    }

    /// Whether there is such a database, and then whether it is this tenant's.
    async fn database(&mut self, database: &str, tenant_id: &str) -> Result<Option<bool>, Failure> {
        let comment: Option<Option<String>> = sqlx::query_scalar(
            "select coalesce(shobj_description(oid, 'pg_database'), shobj_description(datdba, 'pg_authid')) \
             from pg_database where datname = $1",
        )
        .bind(database)
        .fetch_optional(self.conn()?)
        .await
        .map_err(|e| failure(&e))?;
        Ok(comment.map(|comment| comment.as_deref() == Some(mark(tenant_id).as_str())))
    }
}

pub(super) fn name(identifier: &str) -> String {
    quote(Engine::Postgres, identifier)
}

pub(super) fn text(value: &str) -> String {
    literal(Engine::Postgres, value)
}

pub(in crate::engine) async fn create_role(
    target: &Target,
    role: &str,
    password: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let verifier = passwords::scram(password, &rand::random());
    let existing = admin.role(role).await?;
    let verb = match &existing {
        None => "create",
        Some(comment) if comment.as_deref() == Some(mark(tenant_id).as_str()) => "alter",
        Some(_) => return Err(strangers("role", role)),
    };
    let role = name(role);
    let mut sql = format!("{verb} role {role} login connection limit {CONNECTION_LIMIT} password {}", text(&verifier));
    if existing.is_none() {
        // Only on creation: merely to name these on an existing role takes a superuser.
        sql += " nosuperuser nocreatedb nocreaterole noreplication";
        sql += &format!("; comment on role {role} is {}", text(&mark(tenant_id)));
    }
    if !admin.is_superuser().await? {
        // Only a member of a role may create what that role is to own.
        sql += &format!("; grant {role} to current_user");
    }
    let outcome = admin.run(&sql).await.map_err(|f| f.redacted(&verifier));
    admin.0.close().await;
    outcome
}

/// Nobody may connect until the public is shut out.
pub(in crate::engine) async fn create_database(
    target: &Target,
    database: &str,
    role: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(true) => {}
        Some(false) => return Err(strangers("database", database)),
        None => {
            // template0 is nobody's to change, and never in use while it is copied.
            let sql = format!(
                "create database {} owner {} template template0 encoding 'UTF8' allow_connections false",
                name(database),
                name(role)
            );
            admin.run(&sql).await?;
        }
    }
    let outcome = admin.open_up(database, tenant_id).await;
    admin.0.close().await;
    outcome
}

/// Copies a database, for the same owner and login, under the mark of `owner`. Nobody may connect until the public is shut out.
pub(in crate::engine) async fn copy_database(
    target: &Target,
    tenant: &Target,
    copy: &str,
    owner: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let role: String = sqlx::query_scalar("select pg_get_userbyid(datdba)::text from pg_database where datname = $1")
        .bind(tenant.database.clone())
        .fetch_one(admin.conn()?)
        .await
        .map_err(|e| failure(&e))?;
    let (quoted, source) = (name(copy), name(&tenant.database));
    let create = format!("create database {quoted} owner {} template {source} allow_connections false", name(&role));
    let mut outcome = admin.run(&create).await.map_err(|failure| in_use(failure, &tenant.database));
    if outcome.is_ok() {
        let (mark, login) = (text(&mark(owner)), name(&tenant.username));
        outcome = admin
            .run(&format!(
                "comment on database {quoted} is {mark}; revoke all on database {quoted} from public; \
                 grant connect, create, temporary on database {quoted} to {login}; \
                 alter database {quoted} allow_connections true"
            ))
            .await;
        if outcome.is_err() {
            let _ = admin.run(&format!("drop database if exists {quoted}")).await;
        }
    }
    admin.0.close().await;
    outcome
}

/// A database is copied file by file: nobody may be at it.
fn in_use(failure: Failure, database: &str) -> Failure {
    if failure.code.as_deref() != Some("55006") {
        return failure;
    }
    let who = failure.detail.unwrap_or_default();
    Failure::new(
        Category::Lock,
        format!("somebody is connected to {database}, and PostgreSQL copies only what nobody uses"),
    )
    .code("55006")
    .detail(who)
    .hint("stop what is connected to it for a moment (suspending the tenant does not), or rehearse on another tenant")
}

pub(in crate::engine) async fn grant(target: &Target, database: &str, role: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = admin.run(&rights(database, role)).await;
    admin.0.close().await;
    outcome
}

/// What a tenant's role may do in its database.
pub(super) fn rights(database: &str, role: &str) -> String {
    format!("grant connect, create, temporary on database {} to {}", name(database), name(role))
}

pub(in crate::engine) async fn drop_database(target: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.database(database, tenant_id).await? {
        None => Ok(()),
        Some(false) => Err(strangers("database", database)),
        Some(true) => admin.run(&format!("drop database if exists {} with (force)", name(database))).await,
    };
    admin.0.close().await;
    outcome
}

pub(in crate::engine) async fn drop_role(target: &Target, role: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.role(role).await? {
        None => Ok(()),
        Some(comment) if comment.as_deref() == Some(mark(tenant_id).as_str()) => {
            // A session outlives its role otherwise.
            let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = {}", text(role));
            let ended = admin.run(&end).await;
            ended.and(admin.run(&format!("drop role if exists {}", name(role))).await)
        }
        Some(_) => Err(strangers("role", role)),
    };
    admin.0.close().await;
    outcome
}

pub(in crate::engine) async fn marked(target: &Target) -> Result<Vec<(String, String)>, Failure> {
    let mut admin = Admin::open(target).await?;
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "select datname::text, case when datname like 'neo\\_rehearsal\\_%' then coalesce(shobj_description(oid, 'pg_database'), $1) \
         else coalesce(shobj_description(oid, 'pg_database'), shobj_description(datdba, 'pg_authid')) end \
         from pg_database order by datname",
    )
    // One that was cut off before it had its mark.
    .bind(mark(&copy_owner("")))
    .fetch_all(admin.conn()?)
    .await
    .map_err(|e| failure(&e))?;
    admin.0.close().await;
    Ok(rows.into_iter().filter_map(|(database, comment)| Some((database, marked_tenant(&comment?)?))).collect())
}

pub(in crate::engine) async fn probe(target: &Target) -> Result<(String, Option<i64>), Failure> {
    let mut admin = Admin::open(target).await?;
    let row = sqlx::query(
        "select 'PostgreSQL ' || current_setting('server_version'), current_setting('max_connections')::bigint \
         - current_setting('superuser_reserved_connections')::bigint \
         - coalesce(current_setting('reserved_connections', true)::bigint, 0) \
         - (select count(*) from pg_stat_activity where backend_type = 'client backend')",
    )
    .fetch_one(admin.conn()?)
    .await
    .map_err(|e| failure(&e))?;
    let version = row.try_get(0).map_err(|e| failure(&e))?;
    let headroom: Option<i64> = row.try_get(1).ok();
    admin.0.close().await;
    // The connection that asked is on its way out.
    Ok((version, headroom.map(|n| (n + 1).max(0))))
}
