//! Dropping on PostgreSQL: a tenant's database and its role, whatever the tenant has left behind on the server.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _};

use super::admin::{Admin, name, text};
use super::open_for;
use crate::engine::marks::{mark, strangers};
use crate::engine::session::farewell;
use crate::engine::unreached::in_time;
use crate::engine::{COPY_PREFIX, Category, Failure, READING, Target};

/// What sessions get to end in after they were told to.
const END: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// So many large objects are deleted in one transaction.
const AT_ONCE: usize = 1000;

/// `own`: the tenant's own login, with no session of it open.
pub(in crate::engine) async fn drop_database(
    target: &Target,
    database: &str,
    tenant_id: &str,
    own: Option<&Target>,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.database(database, tenant_id).await? {
        None => Ok(()),
        Some(false) => Err(strangers("database", database)),
        Some(true) => admin.take_away(target, database, own).await,
    };
    admin.close().await;
    outcome
}

/// Its owner may have shut it, from another database, or allow no connections to it.
pub(in crate::engine) async fn open_again(target: &Target, database: &str, tenant_id: &str) -> Result<bool, Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.database(database, tenant_id).await? {
        Some(true) => {
            admin.join_owner(target, database).await?;
            admin.let_in(&name(database)).await.map(|()| true)
        }
        _ => Ok(false),
    };
    admin.close().await;
    outcome
}

pub(in crate::engine) async fn drop_role(target: &Target, role: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.role(role).await? {
        None => Ok(()),
        Some(comment) if comment.as_deref() == Some(mark(tenant_id).as_str()) => admin.see_off(target, role).await,
        Some(_) => Err(strangers("role", role)),
    };
    if outcome.is_ok() {
        admin.drop_all_readers(tenant_id).await;
    }
    admin.close().await;
    outcome
}

impl Admin {
    /// Its owner may have called it a template, which cannot be dropped, thrown the administrator out of the role, or left
    /// transactions that outlive their sessions.
    async fn take_away(&mut self, target: &Target, database: &str, own: Option<&Target>) -> Result<(), Failure> {
        let owner = self.join_owner(target, database).await?;
        let quoted = name(database);
        let prepared =
            format!("select gid from pg_catalog.pg_prepared_xacts where database = {} order by gid", text(database));
        let prepared = self.texts(&prepared).await?;
        if !prepared.is_empty() {
            self.let_in(&quoted).await?;
            let left = match own {
                Some(own) if !self.is_superuser().await? => self.take_back_as_its_own(own, database, prepared).await,
                _ => prepared,
            };
            take_back(target, database, &left).await?;
        }
        self.join_guests(database).await?;
        let dropped = match self.shut_and_drop(&quoted).await {
            // Its owner, or another tenant that it has made one of its role, may hold its entry from another database, in a
            // transaction that is left open.
            Err(failure) if failure.category == Category::Lock => {
                let mut holders = self.holders_of_entry(database).await?;
                holders.extend(owner.filter(|owner| *owner != target.username));
                for holder in &holders {
                    let _ = self.join(holder).await;
                    self.end_sessions(holder).await?;
                }
                if holders.is_empty() { Err(failure) } else { self.shut_and_drop(&quoted).await }
            }
            outcome => outcome,
        };
        match dropped {
            Ok(()) => Ok(()),
            Err(failure) => {
                // As it was, for the next try and its backup.
                let _ = self.let_in(&quoted).await;
                Err(self.held(failure, database).await)
            }
        }
    }

    /// Who owns a database; a member of that role may drop it and change what is said of it.
    async fn join_owner(&mut self, target: &Target, database: &str) -> Result<Option<String>, Failure> {
        let owner = format!(
            "select pg_catalog.pg_get_userbyid(datdba)::text from pg_catalog.pg_database where datname = {}",
            text(database)
        );
        let owner = self.one::<String>(&owner).await?;
        if let Some(owner) = &owner
            && *owner != target.username
            && let Err(failure) = self.join(owner).await
        {
            tracing::debug!(database, failure = failure.message, "not a member of the database's owner");
        }
        Ok(owner)
    }

    /// Its owner may have let another tenant in, whose sessions only a member of that role ends.
    async fn join_guests(&mut self, database: &str) -> Result<(), Failure> {
        let guests = format!(
            "select distinct usename::text from pg_catalog.pg_stat_activity where datname = {} \
             and pg_catalog.shobj_description(usesysid, 'pg_authid') like {}",
            text(database),
            text(&mark("%"))
        );
        for guest in self.texts(&guests).await? {
            if let Err(failure) = self.join(&guest).await {
                tracing::debug!(database, guest, failure = failure.message, "not a member of another tenant's role");
            }
        }
        Ok(())
    }

    /// The tenants' roles that have locked a database's entry.
    async fn holders_of_entry(&mut self, database: &str) -> Result<Vec<String>, Failure> {
        let holders = format!(
            "select distinct a.usename::text from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid \
             join pg_catalog.pg_database d on d.oid = l.objid where l.locktype = 'object' \
             and l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass and d.datname = {} \
             and pg_catalog.shobj_description(a.usesysid, 'pg_authid') like {}",
            text(database),
            text(&mark("%"))
        );
        self.texts(&holders).await
    }

    async fn let_in(&mut self, quoted: &str) -> Result<(), Failure> {
        self.run(&format!("alter database {quoted} allow_connections true connection limit -1")).await
    }

    /// What a tenant has prepared, it may take back itself; what is left then is another's.
    async fn take_back_as_its_own(&mut self, own: &Target, database: &str, prepared: Vec<String>) -> Vec<String> {
        // It may have none of its connections left.
        let _ = self.end_sessions(&own.username).await;
        let own = Target { database: database.to_owned(), ..own.clone() };
        let Ok((mut conn, _)) = in_time(&own, Box::pin(open_for(&own, Some(READING)))).await else { return prepared };
        let mut left = Vec::new();
        for gid in prepared {
            let sql = AssertSqlSafe(format!("rollback prepared {}", text(&gid)));
            if sqlx::raw_sql(sql).execute(&mut conn).await.is_err() {
                left.push(gid);
            }
        }
        farewell(conn.close()).await;
        left
    }

    /// Who is still there, and what somebody with more rights has to run.
    async fn held(&mut self, failure: Failure, database: &str) -> Failure {
        let there = self.sessions_at(database).await.unwrap_or_default();
        if failure.hint.is_some() || (there.is_empty() && failure.category != Category::Permission) {
            return failure;
        }
        let named: Vec<_> = there.iter().map(|holder| format!("there is {holder}")).collect();
        let failure = if named.is_empty() { failure } else { failure.detail(named.join("; ")) };
        failure.hint(format!(
            "have a superuser of the server run: drop database {} with (force); then delete it again",
            name(database)
        ))
    }

    async fn shut_and_drop(&mut self, quoted: &str) -> Result<(), Failure> {
        // Whoever comes back at once would find it open for a moment.
        self.run(&format!("alter database {quoted} allow_connections false is_template false")).await?;
        self.drop_forcibly(quoted).await
    }

    /// Drops a database with whoever is in it. The server takes its own `autovacuum worker` there for a session of nobody, which only a superuser may end,
    /// and refuses to drop it; an ordinary drop sends that worker away.
    pub(super) async fn drop_forcibly(&mut self, quoted: &str) -> Result<(), Failure> {
        let forced = format!("drop database if exists {quoted} with (force)");
        match self.run(&forced).await {
            Err(refused) if refused.code.as_deref() == Some("42501") => {}
            outcome => return outcome,
        }
        match self.run(&format!("drop database if exists {quoted}")).await {
            Ok(()) => Ok(()),
            // Sessions are there as well: it is they who stand in the way now.
            Err(_) => self.run(&forced).await,
        }
    }

    /// Its own database is gone. In the server's own and in other tenants' there may be what it was let make, large objects above all, which everybody may
    /// make wherever he may connect.
    pub(super) async fn see_off(&mut self, target: &Target, role: &str) -> Result<(), Failure> {
        self.join(role).await?;
        self.run(&format!("alter role {} nologin", name(role))).await?;
        self.end_sessions(role).await?;
        // It may have been looked at before; only now nothing more is made.
        self.owns_nothing_elsewhere(target, role, None).await?;
        let copies = format!(
            "select d.datname::text from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba \
             where r.rolname = {}",
            text(role)
        );
        for copy in self.texts(&copies).await?.iter().filter(|database| database.starts_with(COPY_PREFIX)) {
            self.take_away(target, copy, None).await?;
        }
        let prepared = format!(
            "select gid, database::text from pg_catalog.pg_prepared_xacts where owner = {} order by gid",
            text(role)
        );
        for row in self.rows(&prepared).await? {
            use sqlx::Row as _;
            let read = |column| row.try_get::<String, _>(column).map_err(|e| super::failure(&e));
            take_back(target, &read(1)?, &[read(0)?]).await?;
        }
        // What concerns no single database goes with whatever is dropped first, so that comes first: here.
        let places = format!(
            "select distinct coalesce(d.datname::text, '') from pg_catalog.pg_shdepend s \
             join pg_catalog.pg_roles r on r.oid = s.refobjid left join pg_catalog.pg_database d on d.oid = s.dbid \
             where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and r.rolname = {}",
            text(role)
        );
        for place in self.texts(&places).await? {
            if place.is_empty() || place == target.database {
                self.drop_owned(role).await?;
                continue;
            }
            let mut there = Admin::enter(target, &place).await.map_err(|failure| shut(failure, &place))?;
            let dropped = there.drop_owned(role).await;
            there.close().await;
            if let Err(failure) = dropped {
                return Err(self.busy(failure, &place).await);
            }
        }
        let Err(failure) = self.run(&format!("drop role if exists {}", name(role))).await else { return Ok(()) };
        // What it handed on by right of another, only a superuser takes back in the other's name.
        if failure.code.as_deref() != Some("2BP01") {
            return Err(failure);
        }
        let left = self.texts(&places).await.unwrap_or_default();
        let left: Vec<_> = left.iter().filter(|place| !place.is_empty()).map(|place| name(place)).collect();
        if left.is_empty() {
            return Err(failure);
        }
        // The first leaves the second nothing but rights to take.
        Err(failure.hint(format!(
            "have a superuser of the server run, in database {}: reassign owned by {1} to current_user; drop owned by {1}; \
             whatever it owns there is his then, and what it may there is taken back; then delete it again",
            left.join(" and in database "),
            name(role)
        )))
    }

    /// Each large object is locked until the end of the transaction, and a server has room for so many locks.
    async fn drop_owned(&mut self, role: &str) -> Result<(), Failure> {
        let some = format!(
            "select pg_catalog.lo_unlink(o.oid) from pg_catalog.pg_largeobject_metadata o \
             join pg_catalog.pg_roles r on r.oid = o.lomowner where r.rolname = {} limit {AT_ONCE}",
            text(role)
        );
        while self.rows(&some).await?.len() == AT_ONCE {}
        self.run(&format!("drop owned by {}", name(role))).await
    }

    /// What a role has left may be in use, by somebody who was let in there as well.
    async fn busy(&mut self, failure: Failure, place: &str) -> Failure {
        if failure.category != Category::Lock || failure.hint.is_some() {
            return failure;
        }
        let there = self.sessions_at(place).await.unwrap_or_default();
        let named: Vec<_> = there.iter().map(|holder| format!("there is {holder}")).collect();
        failure.detail(named.join("; ")).hint(format!(
            "somebody at database {} holds what it has left there: let it end, or end it with: \
             select pg_terminate_backend(pid); then delete it again",
            name(place)
        ))
    }

    /// A session outlives its role otherwise, and may make something meanwhile.
    pub(super) async fn end_sessions(&mut self, role: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let end = "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = ";
        self.run(&format!("{end}{}", text(role))).await?;
        while !self.signed_in(role).await?.is_empty() && begun.elapsed() < END {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    pub(super) async fn signed_in(&mut self, role: &str) -> Result<Vec<String>, Failure> {
        let sql = "select pid::text from pg_catalog.pg_stat_activity where usename = ";
        self.texts(&format!("{sql}{}", text(role))).await
    }
}

/// Another database in which a role has left something, and which nobody can enter.
fn shut(failure: Failure, place: &str) -> Failure {
    if failure.hint.is_some() {
        return failure;
    }
    failure.hint(format!(
        "it has left something in database {0}: let it in again there, with: \
         alter database {0} allow_connections true connection limit -1; then delete it again",
        name(place)
    ))
}

/// Transactions that somebody has prepared for a second phase that never comes.
async fn take_back(target: &Target, database: &str, prepared: &[String]) -> Result<(), Failure> {
    let Some(first) = prepared.first() else { return Ok(()) };
    let with_way_out = |mut failure: Failure, gid: &str| {
        let sql = format!("rollback prepared {}", text(gid));
        let hint = format!("have a superuser of the server run, in database {}: {sql}", name(database));
        failure.hint.get_or_insert_with(|| hint.into());
        failure
    };
    let mut there = Admin::enter(target, database).await.map_err(|failure| with_way_out(failure, first))?;
    let mut outcome = Ok(());
    for gid in prepared {
        let taken_back = there.run(&format!("rollback prepared {}", text(gid))).await;
        if let Err(failure) = taken_back {
            outcome = Err(with_way_out(failure, gid));
            break;
        }
    }
    there.close().await;
    outcome
}
