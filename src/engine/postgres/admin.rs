//! Creating and copying on PostgreSQL, and the administrator's session that does it.
//!
//! The mark is a comment, `neo:tenant:<id>`, on the role and on the database. A role and its mark are made in one transaction,
//! and no tenant may write it. The comment of a database is its owner's to write: so it counts only where the owner is the
//! administrator, and the owner's mark decides everywhere else.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row};

use super::record::marked_server;
use super::{ADMINISTRATOR, failure, open_with};
use crate::engine::administrator;
use crate::engine::marks::{mark, marked_tenant, strangers};
use crate::engine::session::farewell;
use crate::engine::unreached::in_time;
use crate::engine::{COPY_PREFIX, Category, Engine, Failure, Nature, Target, copy_owner, literal, quote};

/// An administrator's session: it says what is on the list, and nothing else.
pub(in crate::engine) struct Admin(PgConnection);

const DATABASES: &str = "select d.datname::text, pg_catalog.shobj_description(d.datdba, 'pg_authid'), \
    case when r.rolsuper or r.rolname = current_user then pg_catalog.shobj_description(d.oid, 'pg_database') end, \
    d.datistemplate, d.datallowconn \
    from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba";

/// A database, and whose mark it bears: what a tenant could have written does not count.
pub(super) struct Marked {
    pub database: String,
    pub mark: Option<String>,
    pub is_template: bool,
    /// Complete as a template: shut, to be copied, and marked as one itself.
    pub is_ready: bool,
}

impl Admin {
    pub(in crate::engine) async fn open(target: &Target) -> Result<Self, Failure> {
        Self::open_for(target, None).await
    }

    /// One in which no statement takes longer than `limit`.
    pub(super) async fn open_for(target: &Target, limit: Option<Duration>) -> Result<Self, Failure> {
        let (conn, _) = in_time(target, Box::pin(open_with(target, limit, &ADMINISTRATOR))).await?;
        Ok(Self(conn))
    }

    /// A session in another database of the server, which may be somebody else's to set up.
    pub(super) async fn enter(target: &Target, database: &str) -> Result<Self, Failure> {
        let mut admin = Self::open(&Target { database: database.to_owned(), ..target.clone() }).await?;
        if admin.version() >= 170_000 {
            admin.run("set transaction_timeout = 0").await?;
            // Only a superuser may, and only one could have made such a trigger.
            if admin.is_superuser().await? {
                admin.run("set event_triggers = off").await?;
            }
        }
        Ok(admin)
    }

    /// As `server_version_num` has it.
    pub(super) fn version(&self) -> u32 {
        self.0.server_version_num().unwrap_or_default()
    }

    /// Several statements are one transaction: all of them, or none.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        administrator::check(Engine::Postgres, sql)?;
        let said = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.0).await;
        said.map(drop).map_err(|e| failure(&e))
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<PgRow>, Failure> {
        administrator::check(Engine::Postgres, sql)?;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.0).await.map_err(|e| failure(&e))
    }

    /// What the first row answers, in its first column.
    pub(super) async fn one<T>(&mut self, sql: &str) -> Result<Option<T>, Failure>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let rows = self.rows(sql).await?;
        rows.first().map(|row| row.try_get(0)).transpose().map_err(|e| failure(&e))
    }

    /// The first column of all rows.
    pub(super) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(|e| failure(&e))
    }

    /// The comment of a role, if there is such a role.
    pub(super) async fn role(&mut self, role: &str) -> Result<Option<Option<String>>, Failure> {
        self.one(&format!(
            "select pg_catalog.shobj_description(oid, 'pg_authid') from pg_catalog.pg_roles where rolname = {}",
            text(role)
        ))
        .await
    }

    pub(super) async fn is_superuser(&mut self) -> Result<bool, Failure> {
        let sql = "select rolsuper from pg_catalog.pg_roles where rolname = current_user";
        Ok(self.one(sql).await?.unwrap_or(false))
    }

    /// Only a member of a role may create, drop and end what is that role's; a superuser need not be. Who took
    /// the membership away takes nothing with it: it is given again.
    pub(super) async fn join(&mut self, role: &str) -> Result<(), Failure> {
        if self.is_superuser().await? {
            return Ok(());
        }
        let joining = self.joining(role);
        self.run(&joining).await
    }

    /// What makes this login a member of a role. From version 16 on it is said with the membership that what the role may it may
    /// as well; before, a login inherits all roles or none.
    pub(super) fn joining(&self, role: &str) -> String {
        let inherit = if self.version() >= 160_000 { " with inherit true" } else { "" };
        format!("grant {} to current_user{inherit}", name(role))
    }

    /// Refuses a login that would be a member of a tenant's role and still may not change or drop what is that role's.
    pub(super) async fn inherits(&mut self, login: &str) -> Result<(), Failure> {
        if self.version() >= 160_000 {
            return Ok(());
        }
        let sql = "select rolinherit from pg_catalog.pg_roles where rolname = current_user";
        if self.one(sql).await?.unwrap_or(true) {
            return Ok(());
        }
        let login = name(login);
        Err(Failure::new(Category::Permission, format!("the login {login} is NOINHERIT"))
            .detail("it could make a database for a tenant's role, and neither shut it nor drop it again")
            .hint(format!(
                "have somebody who may run: alter role {login} inherit (from PostgreSQL 16 on it need not be)"
            )))
    }

    /// Marks a database that nobody may connect to yet, shuts the public out of it and lets its owner in.
    pub(super) async fn open_up(&mut self, database: &str, tenant_id: &str) -> Result<(), Failure> {
        self.run(&opened_up(database, tenant_id)).await
    }

    pub(in crate::engine) async fn close(self) {
        farewell(self.0.close()).await;
    }

    /// All databases, in order.
    pub(super) async fn databases(&mut self) -> Result<Vec<Marked>, Failure> {
        let rows = self.rows(&format!("{DATABASES} order by d.datname")).await?;
        rows.iter().map(marked_row).collect::<Result<_, _>>().map_err(|e| failure(&e))
    }

    pub(super) async fn marks(&mut self, database: &str) -> Result<Option<Marked>, Failure> {
        let rows = self.rows(&format!("{DATABASES} where d.datname = {}", text(database))).await?;
        rows.first().map(marked_row).transpose().map_err(|e| failure(&e))
    }

    /// Whether there is such a database, and then whether it is this tenant's.
    pub(super) async fn database(&mut self, database: &str, tenant_id: &str) -> Result<Option<bool>, Failure> {
        Ok(self.marks(database).await?.map(|found| is_of(&found, tenant_id)))
    }
}

pub(super) fn opened_up(database: &str, tenant_id: &str) -> String {
    let (quoted, mark) = (name(database), text(&mark(tenant_id)));
    format!(
        "revoke all on database {quoted} from public; comment on database {quoted} is {mark}; \
         alter database {quoted} allow_connections true"
    )
}

/// A copy made for a rehearsal is known by its name: no tenant can make a database, or give one another name.
fn is_of(found: &Marked, tenant_id: &str) -> bool {
    let is_copy = found.database.starts_with(COPY_PREFIX) && tenant_id.starts_with(&copy_owner(""));
    is_copy || found.mark.as_deref() == Some(mark(tenant_id).as_str())
}

fn marked_row(row: &PgRow) -> Result<Marked, sqlx::Error> {
    let database: String = row.try_get(0)?;
    let of_owner: Option<String> = row.try_get(1)?;
    let own: Option<String> = row.try_get(2)?;
    let (is_template, may_connect): (bool, bool) = (row.try_get(3)?, row.try_get(4)?);
    let is_ready = is_template && !may_connect && own.as_deref().and_then(marked_server).is_some();
    let is_neos = |comment: &&String| marked_tenant(comment).is_some() || marked_server(comment).is_some();
    let mark = match database.starts_with(COPY_PREFIX) {
        // Its owner is the tenant's, or an adopted tenant's who bears no mark.
        true => Some(mark(&copy_owner(&of_owner.as_deref().and_then(marked_tenant).unwrap_or_default()))),
        false => of_owner.as_ref().filter(is_neos).or(own.as_ref()).cloned(),
    };
    Ok(Marked { database, mark, is_template, is_ready })
}

pub(super) fn name(identifier: &str) -> String {
    quote(Engine::Postgres, identifier)
}

pub(super) fn text(value: &str) -> String {
    literal(Engine::Postgres, value)
}

pub(in crate::engine) async fn create_database(
    target: &Target,
    database: &str,
    role: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    create_database_like(target, database, role, tenant_id, None).await
}

/// Nobody may connect until the public is shut out. In UTF-8 and as the cluster sorts, unless `nature` says otherwise.
pub(in crate::engine) async fn create_database_like(
    target: &Target,
    database: &str,
    role: &str,
    tenant_id: &str,
    nature: Option<&Nature>,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(true) => {}
        Some(false) => return Err(strangers("database", database)),
        None => {
            // template0 is nobody's to change, and never in use while it is copied.
            let how = nature.map_or("encoding 'UTF8'".to_owned(), |nature| locale(nature, admin.version()));
            let (quoted, owner) = (name(database), name(role));
            let sql =
                format!("create database {quoted} owner {owner} template template0 {how} allow_connections false");
            admin.run(&sql).await.map_err(if nature.is_some() { unknown_locale } else { other_encoding })?;
        }
    }
    let outcome = admin.open_up(database, tenant_id).await;
    admin.close().await;
    outcome
}

/// In which encoding a database is made, and sorted how; older servers know one who sorts.
fn locale(nature: &Nature, version: u32) -> String {
    let Nature { encoding, collation, ctype, provider, locale, .. } = nature;
    let by = match provider.as_str() {
        "icu" => format!(" locale_provider icu icu_locale {}", text(locale)),
        "builtin" => format!(" locale_provider builtin builtin_locale {}", text(locale)),
        _ if version >= 150_000 => " locale_provider libc".to_owned(),
        _ => String::new(),
    };
    format!("encoding {} lc_collate {} lc_ctype {}{by}", text(encoding), text(collation), text(ctype))
}

fn unknown_locale(failure: Failure) -> Failure {
    match failure.code.as_deref() {
        Some("22023" | "42809") => failure.hint(
            "the server's machine knows no such locale: have it made there (locale-gen), or choose a server that has it",
        ),
        _ => failure,
    }
}

/// Refuses a server that does not have these extensions, or lets only a superuser make them.
pub(in crate::engine) async fn has_extensions(target: &Target, extensions: &[String]) -> Result<(), Failure> {
    if extensions.is_empty() {
        return Ok(());
    }
    let mut admin = Admin::open(target).await?;
    let all = admin.texts("select name::text from pg_catalog.pg_available_extensions()").await;
    let open = admin
        .texts("select distinct name::text from pg_catalog.pg_available_extension_versions() where trusted or not superuser")
        .await;
    admin.close().await;
    let (all, open) = (all?, open?);
    let lacking = |known: &[String]| extensions.iter().find(|extension| !known.contains(extension)).cloned();
    if let Some(extension) = lacking(&all) {
        return Err(Failure::new(Category::Other, format!("the server does not have the extension {extension}"))
            .detail(format!("the database uses {}", extensions.join(", ")))
            .hint("install it on the server's machine, of the same version"));
    }
    if let Some(extension) = lacking(&open) {
        return Err(Failure::new(Category::Permission, format!("only a superuser may make the extension {extension}"))
            .detail("a copy is made with the tenant's own rights, which are not enough for it")
            .hint("move it by hand, or drop the extension where nothing uses it"));
    }
    Ok(())
}

/// The locale of a cluster is that of every database that is made there.
fn other_encoding(failure: Failure) -> Failure {
    match failure.code.as_deref() {
        Some("22023") => failure.hint(
            "tenants' databases are in UTF-8, and this cluster's locale is of another encoding: make one in UTF8, \
             with the locale C.UTF-8, and move to it",
        ),
        _ => failure,
    }
}

/// Copies a database, for the same owner and login, under the mark of `owner`. Nobody may connect until the public is shut out.
pub(in crate::engine) async fn copy_database(
    target: &Target,
    tenant: &Target,
    copy: &str,
    owner: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let sql = format!(
        "select pg_catalog.pg_get_userbyid(datdba)::text from pg_catalog.pg_database where datname = {}",
        text(&tenant.database)
    );
    let role: String = admin.one(&sql).await?.ok_or_else(|| {
        Failure::new(Category::Connect, format!("there is no database \"{}\" on this server", tenant.database))
    })?;
    let (quoted, source) = (name(copy), name(&tenant.database));
    let create = format!("create database {quoted} owner {} template {source} allow_connections false", name(&role));
    let mut outcome = admin.run(&create).await.map_err(|failure| match failure.code.as_deref() {
        // The owner was there before Neo, which never made itself a member.
        Some("42501") => failure.hint(format!(
            "have somebody who may run: grant {} to {}; then rehearse again",
            name(&role),
            name(&target.username)
        )),
        _ => in_use(failure, &tenant.database),
    });
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
            let _ = admin.drop_forcibly(&quoted).await;
        }
    }
    admin.close().await;
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
    admin.close().await;
    outcome
}

/// What a tenant's role may do in its database.
pub(super) fn rights(database: &str, role: &str) -> String {
    format!("grant connect, create, temporary on database {} to {}", name(database), name(role))
}

pub(in crate::engine) async fn marked(target: &Target) -> Result<Vec<(String, String)>, Failure> {
    let mut admin = Admin::open(target).await?;
    let databases = admin.databases().await;
    admin.close().await;
    let tenant = |found: Marked| Some((found.database, marked_tenant(&found.mark?)?));
    Ok(databases?.into_iter().filter_map(tenant).collect())
}

pub(in crate::engine) async fn probe(target: &Target) -> Result<(String, Option<i64>), Failure> {
    let mut admin = Admin::open(target).await?;
    let rows = admin
        .rows(
            "select 'PostgreSQL ' || pg_catalog.current_setting('server_version'), \
             pg_catalog.current_setting('max_connections')::int8 \
             - pg_catalog.current_setting('superuser_reserved_connections')::int8 \
             - coalesce(pg_catalog.current_setting('reserved_connections', true)::int8, 0) \
             - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where backend_type = 'client backend')",
        )
        .await?;
    admin.close().await;
    let row = rows.first().ok_or_else(|| Failure::new(Category::Other, "the server does not tell its version"))?;
    let version = row.try_get(0).map_err(|e| failure(&e))?;
    let headroom: Option<i64> = row.try_get(1).ok();
    // The connection that asked is on its way out.
    Ok((version, headroom.map(|n| (n + 1).max(0))))
}
