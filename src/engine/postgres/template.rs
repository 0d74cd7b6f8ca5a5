//! The SQL of templates: how one stands, how it begins and is finished, how a tenant's database is copied from it.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use sqlx::Row as _;

use super::admin::{Admin, name, rights, text};
use super::{failure, own, weigh};
use crate::engine::provision::{mark, strangers};
use crate::engine::template::{
    self, Found, Record, marked_server, read, template_mark, template_name, twin_name, written,
};
use crate::engine::{Connection, Failure, Target, lock, passwords};

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

    fn name(&self) -> String {
        template_name(&self.server_id)
    }

    fn key(&self) -> i64 {
        lock::key(&self.name())
    }

    /// Looks, and takes a share of the template if nobody is making it.
    pub async fn look(&mut self, database: &str, tenant_id: &str) -> Result<Standing, Failure> {
        let row = sqlx::query(
            "select current_setting('server_version_num')::int as version, pg_try_advisory_lock_shared($1) as is_shared, \
             (select shobj_description(r.oid, 'pg_authid') from pg_roles r where r.rolname = $2) as record, \
             coalesce((select d.datistemplate and not d.datallowconn and shobj_description(d.oid, 'pg_database') = $3 \
                         from pg_database d where d.datname = $2), false) as is_ready, \
             x.datname is not null as is_there, \
             coalesce(coalesce(shobj_description(x.oid, 'pg_database'), shobj_description(x.datdba, 'pg_authid')) = $5, \
                      false) as is_ours, \
             exists (select from pg_shdepend s join pg_roles r on r.oid = s.refobjid and r.rolname = $2 \
                      where s.refclassid = 'pg_authid'::regclass and s.dbid = x.oid) as is_half \
             from (select 1) one left join pg_database x on x.datname = $4",
        )
        .bind(self.key())
        .bind(self.name())
        .bind(template_mark(&self.server_id))
        .bind(database)
        .bind(mark(tenant_id))
        .fetch_one(self.admin.conn()?)
        .await
        .map_err(|e| failure(&e))?;
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
        own::newcomers(self.admin.conn()?, &self.target).await
    }

    /// Gives the share back, and waits until nobody has one; false when somebody still had at the deadline.
    pub async fn take(&mut self, deadline: Duration) -> Result<bool, Failure> {
        let until = Instant::now() + deadline;
        self.admin.run("select pg_advisory_unlock_all()").await?;
        loop {
            let taken: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
                .bind(self.key())
                .fetch_one(self.admin.conn()?)
                .await
                .map_err(|e| failure(&e))?;
            if taken || Instant::now() >= until {
                return Ok(taken);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What was taken is shared from here on.
    pub async fn share(&mut self) -> Result<(), Failure> {
        let key = self.key();
        self.admin.run(&format!("select pg_advisory_lock_shared({key}); select pg_advisory_unlock({key})")).await
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
            sql += &format!("; grant {role} to current_user");
        }
        self.admin.run(&sql).await.map_err(|f| f.redacted(&verifier))
    }

    /// Whether these two, made alike, are alike, and what else keeps copies of them from being what the files would make.
    pub async fn weigh(&mut self, one: &mut Connection, two: &mut Connection) -> Result<weigh::Weighed, Failure> {
        weigh::weigh(one, two, &self.name()).await
    }

    /// Shuts the template and records it; one that is unfit is recorded, and dropped.
    pub async fn finish(&mut self, mut record: Record) -> Result<Record, Failure> {
        let (template, twin) = (name(&self.name()), name(&twin_name(&self.server_id)));
        self.admin.run(&format!("drop database if exists {twin} with (force)")).await?;
        record.made_at = sqlx::query_scalar(
            "select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        )
        .fetch_one(self.admin.conn()?)
        .await
        .map_err(|e| failure(&e))?;
        let comment = text(&written(&self.server_id, &record));
        let mut sql = format!("alter role {template} nologin password null; comment on role {template} is {comment}");
        if record.unfit.is_some() {
            self.admin.run(&format!("drop database if exists {template} with (force)")).await?;
        } else {
            let mark = text(&template_mark(&self.server_id));
            sql += &format!(
                "; alter database {template} owner to current_user; comment on database {template} is {mark}; \
                 alter database {template} allow_connections false; alter database {template} is_template true"
            );
        }
        self.admin.run(&sql).await?;
        Ok(record)
    }

    /// Makes the tenant's database as a copy of the template, owned by `role` with all that is in it and the rights of
    /// [`engine::grant`](crate::engine::grant), marked with the tenant's id, closed to everybody else. Answers with a connection
    /// into it. What a failure leaves half done bears the tenant's mark, or its owner does.
    pub async fn copy(
        &mut self,
        (record, strategy): (&Record, &str),
        database: &str,
        role: &str,
        tenant_id: &str,
    ) -> Result<Connection, Failure> {
        let sql = format!(
            "create database {} owner {} template {}{strategy} allow_connections false",
            name(database),
            name(role),
            name(&self.name())
        );
        self.admin.run(&sql).await?;
        self.admin.open_up(database, tenant_id).await?;
        let target = Target { database: database.to_owned(), ..self.target.clone() };
        let mut conn = Connection::open(&target).await?;
        let sql = format!("{}; {}", rights(database, role), hand_over(record, &self.name(), role));
        match conn.execute(&sql).await {
            Ok(()) => Ok(conn),
            Err(failure) => {
                conn.close().await;
                Err(Failure { line: None, column: None, ..failure })
            }
        }
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
                self.admin.run(&format!("drop role if exists {}", name(&self.name()))).await
            }
            Some(_) => Err(strangers("role", &self.name())),
        }
    }

    async fn clear(&mut self) -> Result<(), Failure> {
        for database in [self.name(), twin_name(&self.server_id)] {
            let found: Option<(Option<String>, bool)> = sqlx::query_as(
                "select coalesce(shobj_description(oid, 'pg_database'), shobj_description(datdba, 'pg_authid')), \
                 datistemplate from pg_database where datname = $1",
            )
            .bind(&database)
            .fetch_optional(self.admin.conn()?)
            .await
            .map_err(|e| failure(&e))?;
            let Some((comment, is_template)) = found else { continue };
            if comment.as_deref().and_then(marked_server).as_deref() != Some(&self.server_id) {
                return Err(strangers("database", &database));
            }
            let quoted = name(&database);
            if is_template {
                self.admin.run(&format!("alter database {quoted} is_template false")).await?;
            }
            self.admin.run(&format!("drop database if exists {quoted} with (force)")).await?;
        }
        Ok(())
    }

    pub async fn close(self) {
        self.admin.close().await;
    }
}

/// One transaction in the copy: all that was the template's is the tenant's, as if it had been made now.
fn hand_over(record: &Record, template: &str, role: &str) -> String {
    let (from, to) = (name(template), name(role));
    // Schemas first: whoever is given a function must be allowed to create where it lies. And should a database belong to the
    // template's role, which none does once it is finished, it would be handed over as well.
    let mut sql = format!(
        "do $neo$ declare n name; begin \
         if exists (select from pg_database d join pg_roles r on r.oid = d.datdba where r.rolname = {literal}) then \
           raise exception 'a database belongs to the role of the template'; end if; \
         for n in select nspname from pg_namespace s join pg_roles r on r.oid = s.nspowner where r.rolname = {literal} loop \
           execute format('alter schema %I owner to %I', n, {role}); end loop; end $neo$; \
         reassign owned by {from} to {to}; update public._sqlx_migrations set installed_on = now(); ",
        literal = text(template),
        role = text(role),
    );
    let age = format!("(now() - {}::timestamptz)", text(&record.made_at));
    let zone = text(&record.session.0);
    for template::Column { table, column, local } in &record.times {
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
    let rows: Vec<(String, Option<String>, Option<String>, bool)> = sqlx::query_as(
        "select d.datname::text, coalesce(shobj_description(d.oid, 'pg_database'), shobj_description(d.datdba, 'pg_authid')), \
         (select shobj_description(r.oid, 'pg_authid') from pg_roles r where r.rolname = d.datname), \
         d.datistemplate and not d.datallowconn and shobj_description(d.oid, 'pg_database') is not null \
         from pg_database d order by 1",
    )
    .fetch_all(admin.conn()?)
    .await
    .map_err(|e| failure(&e))?;
    admin.close().await;
    Ok(rows
        .into_iter()
        .filter_map(|(database, comment, record, is_ready)| {
            let server_id = marked_server(&comment?)?;
            let record = record.and_then(|comment| read(&server_id, &comment));
            Some(Found { database, server_id, is_ready, record })
        })
        .collect())
}
