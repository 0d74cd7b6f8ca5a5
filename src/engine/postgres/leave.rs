//! Dropping on PostgreSQL: a tenant's database and its role, whatever the tenant has left behind on the server.

use std::time::{Duration, Instant};

use super::admin::{Admin, name, text};
use crate::engine::provision::{mark, strangers};
use crate::engine::{COPY_PREFIX, Category, Failure, Target};

/// What sessions get to end in after they were told to.
const END: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

pub(in crate::engine) async fn drop_database(target: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.database(database, tenant_id).await? {
        None => Ok(()),
        Some(false) => Err(strangers("database", database)),
        Some(true) => admin.take_away(target, database).await,
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
    admin.close().await;
    outcome
}

impl Admin {
    /// Its owner may have called it a template, which cannot be dropped, thrown the administrator out of the role, or left
    /// transactions that outlive their sessions.
    async fn take_away(&mut self, target: &Target, database: &str) -> Result<(), Failure> {
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
        let quoted = name(database);
        let prepared =
            format!("select gid from pg_catalog.pg_prepared_xacts where database = {} order by gid", text(database));
        let prepared = self.texts(&prepared).await?;
        if !prepared.is_empty() {
            self.run(&format!("alter database {quoted} allow_connections true")).await?;
            take_back(target, database, &prepared).await?;
        }
        match self.shut_and_drop(&quoted).await {
            // Its owner may hold its entry from another database, in a transaction that is left open.
            Err(failure) if failure.category == Category::Lock => match owner {
                Some(owner) if owner != target.username => {
                    self.end_sessions(&owner).await?;
                    self.shut_and_drop(&quoted).await
                }
                _ => Err(failure),
            },
            outcome => outcome,
        }
    }

    async fn shut_and_drop(&mut self, quoted: &str) -> Result<(), Failure> {
        // Whoever comes back at once would find it open for a moment.
        self.run(&format!("alter database {quoted} allow_connections false is_template false")).await?;
        self.run(&format!("drop database if exists {quoted} with (force)")).await
    }

    /// Its own database is gone. In others there may be what it was let make, large objects above all, which everybody may
    /// make wherever he may connect.
    pub(super) async fn see_off(&mut self, target: &Target, role: &str) -> Result<(), Failure> {
        self.join(role).await?;
        self.run(&format!("alter role {} nologin", name(role))).await?;
        self.end_sessions(role).await?;
        let copies = format!(
            "select d.datname::text from pg_catalog.pg_database d join pg_catalog.pg_roles r on r.oid = d.datdba \
             where r.rolname = {}",
            text(role)
        );
        for copy in self.texts(&copies).await?.iter().filter(|database| database.starts_with(COPY_PREFIX)) {
            self.take_away(target, copy).await?;
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
        let drop_owned = format!("drop owned by {}", name(role));
        for place in self.texts(&places).await? {
            if place.is_empty() || place == target.database {
                self.run(&drop_owned).await?;
                continue;
            }
            let mut there = Admin::enter(target, &place).await?;
            let dropped = there.run(&drop_owned).await;
            there.close().await;
            dropped?;
        }
        self.run(&format!("drop role if exists {}", name(role))).await.map_err(|failure| {
            // What it handed on by right of another, only a superuser takes back in the other's name.
            let is_tied = failure.code.as_deref() == Some("2BP01");
            let hint = format!("have a superuser of the server run, in each of these databases: {drop_owned}");
            if is_tied { failure.hint(hint) } else { failure }
        })
    }

    /// A session outlives its role otherwise, and may make something meanwhile.
    pub(super) async fn end_sessions(&mut self, role: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let (end, left) = (
            "select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = ",
            "select pid::text from pg_catalog.pg_stat_activity where usename = ",
        );
        self.run(&format!("{end}{}", text(role))).await?;
        while !self.texts(&format!("{left}{}", text(role))).await?.is_empty() && begun.elapsed() < END {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Transactions that somebody has prepared for a second phase that never comes.
async fn take_back(target: &Target, database: &str, prepared: &[String]) -> Result<(), Failure> {
    let mut there = Admin::enter(target, database).await?;
    let mut outcome = Ok(());
    for gid in prepared {
        let sql = format!("rollback prepared {}", text(gid));
        outcome = there.run(&sql).await;
        if let Err(failure) = &mut outcome {
            let hint = format!("have a superuser of the server run, in database {}: {sql}", name(database));
            failure.hint.get_or_insert_with(|| hint.into());
            break;
        }
    }
    there.close().await;
    outcome
}
