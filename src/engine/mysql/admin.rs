//! Creating and dropping on MySQL and MariaDB.
//!
//! A database bears its mark in a table, `_neo_marker`. Neither it nor a user can be made together with a mark, and MariaDB
//! gives a user no place for one: so a small database of Neo's own on the server, `_neo`, is told beforehand what is about to
//! be made for whom. What is found there and was made before us is not entered, and so never ours.

use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use super::failure;
use crate::engine::names::grant_pattern;
use crate::engine::provision::{CONNECTION_LIMIT, strangers};
use crate::engine::{Category, Connection, Engine, Failure, Target, literal, passwords, quote};

const MARKER: &str = "_neo_marker";

struct Admin(Connection);

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
    async fn open(target: &Target) -> Result<Self, Failure> {
        // No database of the target's: the administrator's may not exist.
        Connection::open(&Target { database: String::new(), ..target.clone() }).await.map(Self)
    }

    fn conn(&mut self) -> Result<&mut MySqlConnection, Failure> {
        match &mut self.0 {
            Connection::Mysql { conn, .. } => Ok(conn),
            _ => Err(Failure::new(Category::Other, "this is no MySQL server")),
        }
    }

    async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.0.execute(sql).await.map_err(|f| Failure { line: None, column: None, ..f })
    }

    async fn texts(&mut self, sql: String) -> Result<Vec<String>, Failure> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(self.conn()?).await.map_err(|e| failure(&e))?;
        rows.iter().map(|row| row.try_get::<String, _>(0).map_err(|e| failure(&e))).collect()
    }

    /// The server's own, where that is one of utf8mb4: `character set utf8mb4` alone would take the character set's default.
    async fn collation(&mut self) -> Result<Option<String>, Failure> {
        let sql = "select @@global.collation_server from dual where @@global.character_set_server = 'utf8mb4'";
        Ok(self.texts(sql.to_owned()).await?.pop())
    }

    async fn registry(&mut self) -> Result<(), Failure> {
        self.run(
            "create database if not exists `_neo`; \
             create table if not exists `_neo`.marks (kind varchar(8) not null, name varchar(64) not null, \
             tenant_id varchar(64) not null, primary key (kind, name)) character set ascii collate ascii_bin",
        )
        .await
    }

    /// For whom this was entered.
    async fn entered(&mut self, thing: Thing, name: &str) -> Result<Option<String>, Failure> {
        let sql =
            format!("select tenant_id from `_neo`.marks where kind = '{}' and name = {}", thing.as_str(), text(name));
        match self.texts(sql).await {
            Ok(found) => Ok(found.into_iter().next()),
            // Neo has never made anything here.
            Err(f) if matches!(f.code.as_deref(), Some("1049" | "1146")) => Ok(None),
            Err(f) => Err(f),
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

    /// Whether there is such a database, and then whether it is this tenant's: its own marker table decides.
    async fn database(&mut self, database: &str, tenant_id: &str) -> Result<Option<bool>, Failure> {
        let found = self
            .texts(format!(
                "select schema_name from information_schema.schemata where schema_name = {}",
                text(database)
            ))
            .await?;
        if found.is_empty() {
            return Ok(None);
        }
        let owner = match self.marker(database).await? {
            Some(owner) => Some(owner),
            None => self.entered(Thing::Database, database).await?,
        };
        Ok(Some(owner.as_deref() == Some(tenant_id)))
    }

    async fn marker(&mut self, database: &str) -> Result<Option<String>, Failure> {
        match self.texts(format!("select tenant_id from {}.{MARKER} limit 1", name(database))).await {
            Ok(found) => Ok(found.into_iter().next()),
            Err(f) if matches!(f.code.as_deref(), Some("1146" | "1049" | "1054")) => Ok(None),
            Err(f) => Err(f),
        }
    }

    /// Whether there is such a user. A login that may not look learns it when it tries to make one.
    async fn user(&mut self, user: &str) -> Result<bool, Failure> {
        match self.texts(format!("select user from mysql.user where user = {} and host = '%'", text(user))).await {
            Ok(found) => Ok(!found.is_empty()),
            Err(f) if f.category == Category::Permission => Ok(false),
            Err(f) => Err(f),
        }
    }

    /// Ends sessions before what they use goes; without the right to, the drop waits for them as long as it may.
    async fn end_sessions(&mut self, condition: &str) -> Result<(), Failure> {
        let sql = format!(
            "select cast(id as char) from information_schema.processlist where {condition} and id <> connection_id()"
        );
        for id in self.texts(sql).await? {
            let _ = self.run(&format!("kill {id}")).await;
        }
        Ok(())
    }
}

fn name(identifier: &str) -> String {
    quote(Engine::Mysql, identifier)
}

fn text(value: &str) -> String {
    literal(Engine::Mysql, value)
}

fn account(user: &str) -> String {
    format!("{}@'%'", text(user))
}

pub(in crate::engine) async fn create_role(
    target: &Target,
    role: &str,
    password: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let entered = admin.entered(Thing::User, role).await?;
    let ours = entered.as_deref() == Some(tenant_id);
    if !ours {
        if entered.is_some() || admin.user(role).await? {
            return Err(strangers("role", role));
        }
        admin.enter(Thing::User, role, tenant_id).await?;
    }
    let version = admin.texts("select version()".to_owned()).await?;
    let mariadb = version.iter().any(|v| v.contains("MariaDB"));
    // MariaDB's general log would hold the statement as it is; MySQL's own leaves the password out.
    let identified = if mariadb {
        format!("identified by password '{}'", passwords::native(password))
    } else {
        format!("identified by {}", text(password))
    };
    let settings = format!("{identified} with max_user_connections {CONNECTION_LIMIT}");
    let account = account(role);
    let created = if ours {
        let made = admin.run(&format!("create user if not exists {account} {settings}")).await;
        made.and(admin.run(&format!("alter user {account} {settings}")).await)
    } else {
        match admin.run(&format!("create user {account} {settings}")).await {
            // There all along, and this login may not look.
            Err(f) if f.code.as_deref() == Some("1396") => {
                admin.strike(Thing::User, role).await?;
                Err(strangers("role", role))
            }
            outcome => outcome,
        }
    };
    admin.0.close().await;
    created
}

pub(in crate::engine) async fn create_database(
    target: &Target,
    database: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(true) => {}
        Some(false) => return Err(strangers("database", database)),
        None => {
            admin.enter(Thing::Database, database, tenant_id).await?;
            let collate = admin.collation().await?.map(|own| format!(" collate {own}")).unwrap_or_default();
            match admin.run(&format!("create database {} character set utf8mb4{collate}", name(database))).await {
                Err(f) if f.code.as_deref() == Some("1007") => {
                    admin.strike(Thing::Database, database).await?;
                    return Err(strangers("database", database));
                }
                outcome => outcome?,
            }
        }
    }
    let marker = format!("{}.{MARKER}", name(database));
    let outcome = admin
        .run(&format!(
            "create table if not exists {marker} (tenant_id varchar(64) not null primary key); \
             insert ignore into {marker} values ({})",
            text(tenant_id)
        ))
        .await;
    admin.0.close().await;
    outcome
}

pub(in crate::engine) async fn grant(target: &Target, database: &str, role: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let sql = format!("grant all privileges on {}.* to {}", grant_pattern(database), account(role));
    let outcome = admin.run(&sql).await;
    admin.0.close().await;
    outcome
}

pub(in crate::engine) async fn drop_database(target: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(false) => return Err(strangers("database", database)),
        Some(true) => {
            admin.end_sessions(&format!("db = {}", text(database))).await?;
            admin.run(&format!("drop database if exists {}", name(database))).await?;
        }
        None => {}
    }
    if admin.entered(Thing::Database, database).await?.as_deref() == Some(tenant_id) {
        admin.strike(Thing::Database, database).await?;
    }
    admin.0.close().await;
    Ok(())
}

pub(in crate::engine) async fn drop_role(target: &Target, role: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = if admin.entered(Thing::User, role).await?.as_deref() == Some(tenant_id) {
        admin.end_sessions(&format!("user = {}", text(role))).await?;
        admin.run(&format!("drop user if exists {}", account(role))).await?;
        admin.strike(Thing::User, role).await
    } else if admin.user(role).await? {
        Err(strangers("role", role))
    } else {
        Ok(())
    };
    admin.0.close().await;
    outcome
}

pub(in crate::engine) async fn marked(target: &Target) -> Result<Vec<(String, String)>, Failure> {
    let mut admin = Admin::open(target).await?;
    let mut found = Vec::new();
    let sql = "select schema_name from information_schema.schemata where schema_name in \
               (select table_schema from information_schema.tables where table_name = '_neo_marker')";
    for database in admin.texts(sql.to_owned()).await? {
        if let Some(tenant_id) = admin.marker(&database).await? {
            found.push((database, tenant_id));
        }
    }
    // Made, and the maker killed before it was marked.
    let sql = "select concat(name, ' ', tenant_id) from `_neo`.marks where kind = 'database' and name in \
               (select convert(schema_name using ascii) from information_schema.schemata)";
    match admin.texts(sql.to_owned()).await {
        Ok(entries) => {
            for (database, tenant_id) in entries.iter().filter_map(|entry| entry.split_once(' ')) {
                if !found.iter().any(|(name, _)| name == database) {
                    found.push((database.to_owned(), tenant_id.to_owned()));
                }
            }
        }
        Err(f) if matches!(f.code.as_deref(), Some("1049" | "1146")) => {}
        Err(f) => return Err(f),
    }
    admin.0.close().await;
    found.sort();
    Ok(found)
}

pub(in crate::engine) async fn probe(target: &Target) -> Result<(String, Option<i64>), Failure> {
    let mut admin = Admin::open(target).await?;
    let mut version = admin.texts("select version()".to_owned()).await?.pop().unwrap_or_default();
    if !version.contains("MariaDB") {
        version.insert_str(0, "MySQL ");
    }
    let most = admin.texts("select cast(@@max_connections as char)".to_owned()).await?.pop();
    let row = sqlx::raw_sql("show global status like 'Threads_connected'").fetch_one(admin.conn()?).await;
    let used: Option<i64> = row.ok().and_then(|row| row.try_get::<String, _>(1).ok()?.parse().ok());
    admin.0.close().await;
    let headroom = most.and_then(|m| m.parse::<i64>().ok()).zip(used).map(|(most, used)| (most - used + 1).max(0));
    Ok((version, headroom))
}

/// How many bytes the server takes in one packet, if it answers.
pub(in crate::engine) async fn largest_packet(target: &Target) -> Option<usize> {
    let mut admin = Admin::open(target).await.ok()?;
    let found = admin.texts("select cast(@@max_allowed_packet as char)".to_owned()).await;
    admin.0.close().await;
    found.ok()?.first()?.parse().ok()
}
