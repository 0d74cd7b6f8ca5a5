//! The SQL of templates: how one stands, how it begins and is finished, how a tenant's database is copied from it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use sqlx::Row as _;

use super::admin::{Admin, name, opened_up, rights, text};
use super::record::{Column, Found, Record, marked_server, read, template_mark, template_name, twin_name, written};
use super::{failure, own};
use crate::engine::held::lock_key;
use crate::engine::marks::{mark, strangers};
use crate::engine::{Category, Failure, Target, passwords};

const PAUSE: Duration = Duration::from_millis(50);
/// Before this version a copy is always one of files, and there is no word for it.
const STRATEGIES: i32 = 150_000;

/// How a template stands, and the place where a tenant's database is to be.
pub struct Standing {
    /// Nobody is making the template meanwhile, nor will be while this connection lasts.
    pub is_shared: bool,
    /// Complete, and shut to everybody.
    pub is_ready: bool,
    pub record: Option<Record>,
    pub place: Place,
    /// What `create database` is to be told of how to copy.
    pub strategy: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Free,
    /// There is this tenant's own database.
    Ours,
    /// The same, with objects that still belong to the template: a copy that somebody did not finish.
    HalfCopied,
    Strangers,
}

/// The administrator's connection, at one server's template. Its locks go with it.
pub struct Keeper {
    admin: Admin,
    target: Target,
    server_id: String,
}

impl Keeper {
    pub async fn open(admin: &Target, server_id: &str) -> Result<Self, Failure> {
        Ok(Self { admin: Admin::open(admin).await?, target: admin.clone(), server_id: server_id.to_owned() })
    }

    pub(in crate::engine) fn name(&self) -> String {
        template_name(&self.server_id)
    }

    fn key(&self) -> i64 {
        lock_key(&self.name())
    }

    /// Looks, and takes a share of the template if nobody is making it.
    pub async fn look(&mut self, database: &str, tenant_id: &str) -> Result<Standing, Failure> {
        let (key, template, database) = (self.key(), text(&self.name()), text(database));
        let (of_template, of_tenant) = (text(&template_mark(&self.server_id)), text(&mark(tenant_id)));
        let rows = self
            .admin
            .rows(&format!(
                "select pg_catalog.current_setting('server_version_num')::int4 as version, \
                 pg_catalog.pg_try_advisory_lock_shared({key}) as is_shared, \
                 (select pg_catalog.shobj_description(r.oid, 'pg_authid') from pg_catalog.pg_roles r \
                   where r.rolname = {template}) as record, \
                 coalesce((select d.datistemplate and not d.datallowconn \
                             and pg_catalog.shobj_description(d.oid, 'pg_database') = {of_template} \
                             from pg_catalog.pg_database d where d.datname = {template}), false) as is_ready, \
                 x.datname is not null as is_there, \
                 coalesce(pg_catalog.shobj_description(x.datdba, 'pg_authid') = {of_tenant}, false) as is_ours, \
                 exists (select from pg_catalog.pg_shdepend s \
                          join pg_catalog.pg_roles r on r.oid = s.refobjid and r.rolname = {template} \
                          where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and (s.dbid = x.oid \
                            or s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass and s.objid = x.oid)) as is_half \
                 from (select 1) one left join pg_catalog.pg_database x on x.datname = {database}"
            ))
            .await?;
        let row =
            rows.first().ok_or_else(|| Failure::new(Category::Other, "the server says nothing of its template"))?;
        let get = |column: &str| row.try_get::<bool, _>(column).map_err(|e| failure(&e));
        let record: Option<String> = row.try_get("record").map_err(|e| failure(&e))?;
        let version: i32 = row.try_get("version").map_err(|e| failure(&e))?;
        Ok(Standing {
            is_shared: get("is_shared")?,
            is_ready: get("is_ready")?,
            record: record.and_then(|comment| read(&self.server_id, &comment)),
            place: match (get("is_there")?, get("is_ours")?, get("is_half")?) {
                (false, ..) => Place::Free,
                (_, false, _) => Place::Strangers,
                (_, _, true) => Place::HalfCopied,
                _ => Place::Ours,
            },
            strategy: if version >= STRATEGIES { " strategy wal_log" } else { "" },
        })
    }

    /// The time zone and the style of dates that a new tenant's files run with; `None` where the administrator's own settings
    /// hide them.
    pub async fn session(&mut self) -> Result<Option<(String, String)>, Failure> {
        own::newcomers(&mut self.admin, &self.target).await
    }

    /// Gives the share back, and waits until nobody has one; false when somebody still had at the deadline. Where everybody
    /// may connect to the maintenance database a tenant could have it: its session there is ended.
    pub async fn take(&mut self, deadline: Duration) -> Result<bool, Failure> {
        let until = Instant::now() + deadline;
        let key = self.key();
        self.admin.run("select pg_catalog.pg_advisory_unlock_all()").await?;
        loop {
            let sql = format!("select pg_catalog.pg_try_advisory_lock({key})");
            let taken: bool = self.admin.one(&sql).await?.unwrap_or(false);
            if taken || Instant::now() >= until {
                return Ok(taken);
            }
            let (high, low) = (key >> 32, key & 0xffff_ffff);
            let intruders = format!(
                "select pg_catalog.pg_terminate_backend(l.pid) from pg_catalog.pg_locks l \
                 join pg_catalog.pg_stat_activity a on a.pid = l.pid join pg_catalog.pg_database d on d.oid = l.database \
                 where l.locktype = 'advisory' and l.objsubid = 1 and l.classid = {high} and l.objid = {low} \
                 and d.datname = pg_catalog.current_database() \
                 and pg_catalog.shobj_description(a.usesysid, 'pg_authid') like 'neo:tenant:%'"
            );
            if let Err(failure) = self.admin.run(&intruders).await {
                tracing::warn!(failure = failure.message, "a tenant's session has the lock of the server's template");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What was taken is shared from here on.
    pub async fn share(&mut self) -> Result<(), Failure> {
        let key = self.key();
        let sql =
            format!("select pg_catalog.pg_advisory_lock_shared({key}); select pg_catalog.pg_advisory_unlock({key})");
        self.admin.run(&sql).await
    }

    /// Drops what is there, and makes two empty databases for the template's role to fill from the same files.
    pub async fn begin(&mut self) -> Result<(Target, Target), Failure> {
        self.clear().await?;
        let (template, twin) = (self.name(), twin_name(&self.server_id));
        let password = SecretString::from(hex::encode(rand::random::<[u8; 32]>()));
        self.let_in(&password).await?;
        for database in [&template, &twin] {
            let sql = format!(
                "create database {} owner {} template template0 encoding 'UTF8' allow_connections false",
                name(database),
                name(&template)
            );
            self.admin.run(&sql).await?;
            let database = name(database);
            let sql = format!(
                "revoke all on database {database} from public; alter database {database} allow_connections true"
            );
            self.admin.run(&sql).await?;
        }
        let of = |database: String| Target {
            database,
            username: template.clone(),
            password: Some(password.clone()),
            second: None,
            application_name: "neo:template".into(),
            ..self.target.clone()
        };
        Ok((of(template.clone()), of(twin)))
    }

    /// The role, which may sign in while the template is made; what was recorded of the one before is gone.
    async fn let_in(&mut self, password: &SecretString) -> Result<(), Failure> {
        use secrecy::ExposeSecret;
        let verifier = passwords::scram(password.expose_secret(), &rand::random());
        let there = self.admin.role(&self.name()).await?;
        let is_new = there.is_none();
        if let Some(comment) = there
            && comment.as_deref().and_then(marked_server).as_deref() != Some(&self.server_id)
        {
            return Err(strangers("role", &self.name()));
        }
        let (verb, rights) =
            if is_new { ("create", " nosuperuser nocreatedb nocreaterole noreplication") } else { ("alter", "") };
        let (role, mark) = (name(&self.name()), text(&template_mark(&self.server_id)));
        let mut sql = format!(
            "{verb} role {role} login connection limit 4 password {}{rights}; comment on role {role} is {mark}",
            text(&verifier)
        );
        if !self.admin.is_superuser().await? {
            sql += &format!("; {}", self.admin.joining(&self.name()));
        }
        self.admin.run(&sql).await.map_err(|f| f.redacted(&verifier))
    }

    /// Shuts the template and records it; one that is unfit is recorded, and dropped.
    pub async fn finish(&mut self, mut record: Record) -> Result<Record, Failure> {
        let (template, twin) = (name(&self.name()), name(&twin_name(&self.server_id)));
        self.admin.drop_forcibly(&twin).await?;
        let now = "select pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone 'utc', \
                   'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
        record.made_at = self.admin.one(now).await?.unwrap_or_default();
        let comment = text(&written(&self.server_id, &record));
        let mut sql = format!("alter role {template} nologin password null; comment on role {template} is {comment}");
        if record.unfit.is_some() {
            self.admin.drop_forcibly(&template).await?;
        } else {
            let mark = text(&template_mark(&self.server_id));
            sql += &format!(
                "; alter database {template} owner to current_user; comment on database {template} is {mark}; \
                 alter database {template} allow_connections false; alter database {template} is_template true"
            );
        }
        self.admin.run(&sql).await?;
        // A file could have given the password away: whoever came in by it owns what is in the template.
        self.admin.end_sessions(&self.name()).await?;
        Ok(record)
    }

    /// Makes the tenant's database as a copy of the template, up to where its own login has to go on: owned by its role with
    /// all that is in it.
    pub(in crate::engine) async fn begin_copy(
        &mut self,
        strategy: &str,
        tenant: &Target,
        tenant_id: &str,
    ) -> Result<(), Failure> {
        let (database, role) = (name(&tenant.database), name(&tenant.username));
        let template = name(&self.name());
        self.admin
            .run(&format!(
                "create database {database} owner {role} template {template}{strategy} allow_connections false"
            ))
            .await?;
        // The template's role may not sign in. By this right a copy that nobody finished is told from one that is.
        let unfinished = format!("grant connect on database {database} to {template}");
        let rights = rights(&tenant.database, &tenant.username);
        self.admin.run(&format!("{unfinished}; {rights}; {}", opened_up(&tenant.database, tenant_id))).await?;
        self.hand_over(&tenant.database, &tenant.username).await
    }

    /// A copy is one from here on.
    pub(in crate::engine) async fn finish_copy(&mut self, database: &str) -> Result<(), Failure> {
        let sql = format!("revoke connect on database {} from {}", name(database), name(&self.name()));
        self.admin.run(&sql).await
    }

    /// One transaction in the copy: all that was the template's is the tenant's. Owners are entries of the catalogues, and
    /// nothing of what lies in the tables is looked at.
    async fn hand_over(&mut self, database: &str, role: &str) -> Result<(), Failure> {
        let template = self.name();
        let owns = format!(
            "select d.datname::text from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba \
             where r.rolname = {}",
            text(&template)
        );
        // It would be handed over as well; none does once the template is finished.
        if !self.admin.texts(&owns).await?.is_empty() {
            return Err(Failure::new(Category::Other, "a database belongs to the role of the template"));
        }
        let mut there = Admin::enter(&self.target, database).await?;
        let handed = async {
            let schemas = format!(
                "select s.nspname::text from pg_catalog.pg_namespace s join pg_catalog.pg_roles r on r.oid = s.nspowner \
                 where r.rolname = {} order by 1",
                text(&template)
            );
            // Schemas first: whoever is given a function must be allowed to create where it lies.
            let schemas = there.texts(&schemas).await?;
            let schemas = schemas.iter().map(|s| format!("alter schema {} owner to {}; ", name(s), name(role)));
            let schemas: String = schemas.collect();
            there.run(&format!("{schemas}reassign owned by {} to {}", name(&template), name(role))).await
        }
        .await;
        there.close().await;
        handed
    }

    /// What was recorded does not hold: the next who looks makes it anew.
    pub async fn forget(&mut self) -> Result<(), Failure> {
        let mark = text(&template_mark(&self.server_id));
        self.admin.run(&format!("comment on role {} is {mark}", name(&self.name()))).await
    }

    /// Drops the template, its twin and its role, as far as they are there and this server's.
    pub async fn remove(&mut self) -> Result<(), Failure> {
        self.clear().await?;
        match self.admin.role(&self.name()).await? {
            None => Ok(()),
            Some(comment) if comment.as_deref().and_then(marked_server).as_deref() == Some(&self.server_id) => {
                self.admin.see_off(&self.target, &self.name()).await
            }
            Some(_) => Err(strangers("role", &self.name())),
        }
    }

    async fn clear(&mut self) -> Result<(), Failure> {
        for database in [self.name(), twin_name(&self.server_id)] {
            let Some(found) = self.admin.marks(&database).await? else { continue };
            if found.mark.as_deref().and_then(marked_server).as_deref() != Some(&self.server_id) {
                return Err(strangers("database", &database));
            }
            let quoted = name(&database);
            if found.is_template {
                self.admin.run(&format!("alter database {quoted} is_template false")).await?;
            }
            self.admin.drop_forcibly(&quoted).await?;
        }
        Ok(())
    }

    pub async fn close(self) {
        self.admin.close().await;
    }
}

/// All that was made when the template was is as if it had been made now. What a file has put behind a table sees it, and so
/// it is the tenant's own role that says it.
pub(in crate::engine) fn made_now(record: &Record) -> String {
    let mut sql = "update public._sqlx_migrations set installed_on = pg_catalog.now(); ".to_owned();
    let age = format!("(pg_catalog.now() - {}::timestamptz)", text(&record.made_at));
    let zone = text(&record.session.0);
    for Column { table, column, local } in &record.times {
        // The clocks may have been changed since; the age is the same by all of them.
        let moved = if *local {
            format!("(({column} at time zone {zone}) + {age}) at time zone {zone}")
        } else {
            format!("{column} + {age}")
        };
        sql += &format!("update {table} set {column} = {moved} where {column} is not null; ");
    }
    sql
}

/// What is, or was to be, a template on this server, whosever it is.
pub async fn templates(target: &Target) -> Result<Vec<Found>, Failure> {
    let mut admin = Admin::open(target).await?;
    let databases = admin.databases().await?;
    let rows = admin
        .rows(
            "select rolname::text, pg_catalog.shobj_description(oid, 'pg_authid') from pg_catalog.pg_roles \
             where rolname like 'neo\\_template\\_%'",
        )
        .await?;
    admin.close().await;
    let records = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let records: HashMap<String, Option<String>> =
        records.collect::<Result<_, sqlx::Error>>().map_err(|e| failure(&e))?;
    Ok(databases
        .into_iter()
        .filter_map(|found| {
            let server_id = marked_server(&found.mark?)?;
            let record = records.get(&found.database).cloned().flatten();
            let record = record.and_then(|comment| read(&server_id, &comment));
            Some(Found { database: found.database, server_id, is_ready: found.is_ready, record })
        })
        .collect())
}
