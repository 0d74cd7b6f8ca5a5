//! Creating and dropping on MySQL and MariaDB, and the administrator's session that does it.
//!
//! In a database that a tenant may write nothing tells whose it is: a table there may be a view by now, and whoever reads it
//! calls what its owner has put behind it. So the marks lie in a small database of Neo's own on the server, `_neo`, which is
//! told beforehand what is about to be made for whom. What is found there and was made before us is not entered, and so never
//! ours. (Earlier builds also left a table `_neo_marker` in a tenant's database; nobody reads it any more.)

mod checked;
mod making;

use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, Row};
use tokio::time::timeout;

pub(in crate::engine) use checked::shadowed;
pub(in crate::engine) use making::*;

use super::{failure, locks, rows, sign_in};
use crate::engine::marks::{CONNECTION_LIMIT, strangers};
use crate::engine::names::grant_pattern;
use crate::engine::session::farewell;
use crate::engine::unreached::in_time;
use crate::engine::{ANSWER, Category, Engine, Failure, Nature, Target, literal, passwords, quote};

/// How often a drop is tried that somebody's session keeps waiting: one that an event has begun comes back by itself.
const TRIES: u32 = 3;
/// So many sessions that keep a drop waiting are named.
const NAMED: usize = 5;

/// An administrator's session: it says what is on the list, and nothing else.
pub(in crate::engine) struct Admin(MySqlConnection);

/// What is entered in `_neo`.
#[derive(Clone, Copy)]
enum Thing {
    Database,
    User,
}

impl Thing {
    fn as_str(self) -> &'static str {
        match self {
            Thing::Database => "database",
            Thing::User => "user",
        }
    }
}

impl Admin {
    /// In no database, and in one mode whatever the server's is: a text ends where the one quoting function ends it.
    pub(in crate::engine) async fn open(target: &Target) -> Result<Self, Failure> {
        let target = Target { database: String::new(), ..target.clone() };
        let wait = super::waits_for(&target);
        let settings = format!(
            "set sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', names utf8mb4, autocommit = 1, \
             lock_wait_timeout = {wait}, innodb_lock_wait_timeout = {wait}"
        );
        let opening = Box::pin(async {
            let (mut conn, _) = sign_in(&target).await?;
            rows(&mut conn, &settings).await?;
            Ok(Self(conn))
        });
        in_time(&target, opening).await
    }

    pub(in crate::engine) fn conn(&mut self) -> &mut MySqlConnection {
        &mut self.0
    }

    pub(in crate::engine) async fn close(self) {
        farewell(self.0.close()).await;
    }

    async fn rows(&mut self, sql: &str) -> Result<Vec<MySqlRow>, Failure> {
        rows(self.conn(), sql).await
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.rows(sql).await.map(drop)
    }

    /// What the first row answers, in its first column.
    pub(super) async fn maybe(&mut self, sql: &str) -> Result<Option<String>, Failure> {
        let rows = self.rows(sql).await?;
        Ok(rows.first().map(|row| row.try_get::<Option<String>, _>(0)).transpose().map_err(|e| failure(&e))?.flatten())
    }

    pub(super) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        let rows = self.rows(sql).await?;
        rows.iter().map(|row| row.try_get::<String, _>(0).map_err(|e| failure(&e))).collect()
    }

    /// The server's own, where that is one of utf8mb4: `character set utf8mb4` alone would take the character set's default.
    async fn collation(&mut self) -> Result<Option<String>, Failure> {
        let sql = "select @@global.collation_server from dual where @@global.character_set_server = 'utf8mb4'";
        Ok(self.texts(sql).await?.pop())
    }

    async fn registry(&mut self) -> Result<(), Failure> {
        self.run("create database if not exists `_neo`").await?;
        self.run(
            "create table if not exists `_neo`.marks (kind varchar(8) not null, name varchar(64) not null, \
             tenant_id varchar(64) not null, primary key (kind, name)) character set ascii collate ascii_bin",
        )
        .await
    }

    /// Where it is written at which node of a cluster each of those who migrate there is.
    pub(super) async fn nodes(&mut self) -> Result<(), Failure> {
        self.run("create database if not exists `_neo`").await?;
        self.run(
            "create table if not exists `_neo`.nodes (server_id varchar(64) not null primary key, node varchar(64) not null, \
             name varchar(255) not null, turn bigint not null) engine = innodb character set utf8mb4",
        )
        .await
    }

    /// For whom this was entered.
    async fn entered(&mut self, thing: Thing, name: &str) -> Result<Option<String>, Failure> {
        let sql =
            format!("select tenant_id from `_neo`.marks where kind = '{}' and name = {}", thing.as_str(), text(name));
        Ok(self.marks(&sql).await?.pop())
    }

    /// Of what is entered.
    pub(super) async fn marks(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        match self.texts(sql).await {
            // Neo has never made anything here.
            Err(f) if matches!(f.code.as_deref(), Some("1049" | "1146")) => Ok(Vec::new()),
            found => found,
        }
    }

    async fn enter(&mut self, thing: Thing, name: &str, tenant_id: &str) -> Result<(), Failure> {
        self.registry().await?;
        let values = format!("'{}', {}, {}", thing.as_str(), text(name), text(tenant_id));
        self.run(&format!("replace into `_neo`.marks values ({values})")).await
    }

    async fn strike(&mut self, thing: Thing, name: &str) -> Result<(), Failure> {
        match self
            .run(&format!("delete from `_neo`.marks where kind = '{}' and name = {}", thing.as_str(), text(name)))
            .await
        {
            Err(f) if !matches!(f.code.as_deref(), Some("1049" | "1146")) => Err(f),
            _ => Ok(()),
        }
    }

    async fn is_there(&mut self, database: &str) -> Result<bool, Failure> {
        let sql = format!("select schema_name from information_schema.schemata where schema_name = {}", text(database));
        Ok(!self.texts(&sql).await?.is_empty())
    }

    /// Whether there is such a database, and then whether it is entered as this tenant's.
    async fn database(&mut self, database: &str, tenant_id: &str) -> Result<Option<bool>, Failure> {
        if !self.is_there(database).await? {
            return Ok(None);
        }
        Ok(Some(self.entered(Thing::Database, database).await?.as_deref() == Some(tenant_id)))
    }

    /// Whether there is such a user. A login that may not look learns it when it tries to make one.
    async fn user(&mut self, user: &str) -> Result<bool, Failure> {
        match self.texts(&format!("select user from mysql.user where user = {} and host = '%'", text(user))).await {
            Ok(found) => Ok(!found.is_empty()),
            Err(f) if f.category == Category::Permission => Ok(false),
            Err(f) => Err(f),
        }
    }

    async fn sessions(&mut self, condition: &str) -> Result<Vec<String>, Failure> {
        let sql = format!(
            "select cast(id as char) from information_schema.processlist where {condition} and id <> connection_id()"
        );
        self.texts(&sql).await
    }

    /// Ends sessions before what they use goes; without the right to, the drop waits for them as long as it may.
    async fn end_sessions(&mut self, condition: &str) -> Result<(), Failure> {
        for id in self.sessions(condition).await? {
            let _ = self.run(&format!("kill {id}")).await;
        }
        Ok(())
    }

    /// All of a login's. MariaDB ends also those that this login may not see; MySQL knows no such statement.
    async fn end_sessions_of(&mut self, user: &str) -> Result<(), Failure> {
        let _ = self.run(&format!("kill user {}", text(user))).await;
        self.end_sessions(&of_user(user)).await
    }

    /// The tenant's own logins, which come back as long as they may.
    async fn users(&mut self, tenant_id: &str) -> Result<Vec<String>, Failure> {
        self.marks(&format!("select name from `_neo`.marks where kind = 'user' and tenant_id = {}", text(tenant_id)))
            .await
    }

    /// `account lock` or `account unlock`; a server that is too old to know it, or a user that is gone, is let be.
    async fn each_may(&mut self, users: &[String], sign_in: &str) {
        for user in users {
            let _ = self.run(&format!("alter user {} account {sign_in}", account(user))).await;
        }
    }

    /// With whatever lies in it and whoever is at it: the logins are shut out first.
    async fn drop(
        &mut self,
        database: &str,
        users: &[String],
        own: &mut Option<MySqlConnection>,
    ) -> Result<(), Failure> {
        let sql = format!("drop database if exists {}", name(database));
        let mut tried = 1;
        loop {
            if let Some(own) = own {
                end_others(own).await;
            }
            for user in users {
                self.end_sessions_of(user).await?;
            }
            self.end_sessions(&at_database(database)).await?;
            match self.run(&sql).await {
                Err(f) if f.code.as_deref() == Some("1205") && tried < TRIES => tried += 1,
                Err(f) if f.code.as_deref() == Some("1205") => return Err(self.held(f, database, users).await),
                outcome => return outcome,
            }
        }
    }

    /// Who still holds a table, as far as this login may see it.
    async fn held(&mut self, failure: Failure, database: &str, users: &[String]) -> Failure {
        let conditions = users.iter().map(|user| of_user(user)).chain([at_database(database)]);
        let mut left = Vec::new();
        for condition in conditions {
            left.extend(self.sessions(&condition).await.unwrap_or_default());
        }
        left.sort();
        left.dedup();
        if !left.is_empty() {
            let mut named = Vec::new();
            for pid in left.iter().take(NAMED).filter_map(|id| id.parse().ok()) {
                named.push(format!("held by {}", locks::session(self.conn(), pid).await));
            }
            let kills: Vec<_> = left.iter().map(|id| format!("kill {id}")).collect();
            return failure.detail(named.join("; ")).hint(format!(
                "this login may not end them: have somebody who may run: {}; then delete it again",
                kills.join("; ")
            ));
        }
        let failure = self.prepared(failure).await;
        if failure.hint.is_some() {
            return failure;
        }
        let rights = match self.texts("select version()").await {
            Ok(version) if version.iter().any(|v| v.contains("MariaDB")) => "process, connection admin",
            _ => "process, connection_admin",
        };
        let who = self.texts("select cast(current_user() as char)").await.unwrap_or_default();
        let who = who.first().and_then(|who| who.rsplit_once('@')).unwrap_or_default();
        failure.detail("a session holds a table there that this login may not see, and so cannot end").hint(format!(
            "have somebody who may run: grant {rights} on *.* to {}@{}; then delete it again",
            text(who.0),
            text(who.1)
        ))
    }

    /// Of a transaction that was prepared the server tells neither whose it is nor what it has locked.
    async fn prepared(&mut self, failure: Failure) -> Failure {
        match self.rows("xa recover").await.map_or(0, |prepared| prepared.len()) {
            0 => failure,
            n => failure
                .detail(format!("{n} transactions on this server are prepared and not ended; one of them may hold a table there"))
                .hint("see them with: xa recover; end those that are this tenant's with: xa rollback; then delete it again"),
        }
    }
}

/// A login without PROCESS sees its own sessions and no other's: so it ends its other ones itself.
pub(in crate::engine) async fn end_others(own: &mut MySqlConnection) {
    let ended = async {
        for id in others(own).await.unwrap_or_default() {
            let _ = sqlx::raw_sql(AssertSqlSafe(format!("kill {id}"))).execute(&mut *own).await;
        }
    };
    let _ = timeout(ANSWER, ended).await;
}

/// The numbers of the other sessions of a session's own login, which it always sees.
pub(in crate::engine) async fn others(own: &mut MySqlConnection) -> Result<Vec<String>, Failure> {
    let others = "select cast(id as char) from information_schema.processlist \
                  where id <> connection_id() and user = substring_index(user(), '@', 1)";
    let rows = sqlx::raw_sql(others).fetch_all(own).await.map_err(|e| failure(&e))?;
    rows.iter().map(|row| row.try_get(0).map_err(|e| failure(&e))).collect()
}

fn of_user(user: &str) -> String {
    format!("user = {}", text(user))
}

fn at_database(database: &str) -> String {
    format!("db = {}", text(database))
}

fn name(identifier: &str) -> String {
    quote(Engine::Mysql, identifier)
}

pub(super) fn text(value: &str) -> String {
    literal(Engine::Mysql, value)
}

fn account(user: &str) -> String {
    format!("{}@'%'", text(user))
}

pub(in crate::engine) async fn marked(target: &Target) -> Result<Vec<(String, String)>, Failure> {
    let mut admin = Admin::open(target).await?;
    let sql = "select concat(name, ' ', tenant_id) from `_neo`.marks where kind = 'database' and name in \
               (select convert(schema_name using ascii) from information_schema.schemata) order by name";
    let entries = admin.marks(sql).await?;
    admin.close().await;
    let pairs = entries.iter().filter_map(|entry| entry.split_once(' '));
    Ok(pairs.map(|(database, tenant_id)| (database.to_owned(), tenant_id.to_owned())).collect())
}

pub(in crate::engine) async fn probe(target: &Target) -> Result<(String, Option<i64>), Failure> {
    let mut admin = Admin::open(target).await?;
    let mut version = admin.texts("select version()").await?.pop().unwrap_or_default();
    if !version.contains("MariaDB") {
        version.insert_str(0, "MySQL ");
    }
    let most = admin.texts("select cast(@@max_connections as char)").await?.pop();
    let rows = admin.rows("show global status like 'Threads_connected'").await;
    let used: Option<i64> = rows.ok().and_then(|rows| rows.first()?.try_get::<String, _>(1).ok()?.parse().ok());
    admin.close().await;
    let headroom = most.and_then(|m| m.parse::<i64>().ok()).zip(used).map(|(most, used)| (most - used + 1).max(0));
    Ok((version, headroom))
}

/// How many bytes the server takes in one packet, if it answers.
pub(in crate::engine) async fn largest_packet(target: &Target) -> Option<usize> {
    let mut admin = Admin::open(target).await.ok()?;
    let found = admin.texts("select cast(@@max_allowed_packet as char)").await;
    admin.close().await;
    found.ok()?.first()?.parse().ok()
}
