//! What provisioning is made of: roles and databases that bear the mark of a tenant, and are touched only if they do.
//!
//! `admin` is the server's administrator. Every one of these may be called twice, and after a kill at any point: an object
//! and its mark appear together, or the mark can be told from what was made before it.

use std::time::Instant;

use secrecy::{ExposeSecret, SecretString};

use super::{Category, Connection, Engine, Failure, Probe, Target, is_safe_name, mysql, postgres, sqlite};

/// The end of a password: one of each kind of character that a server may insist on.
pub(crate) const CHECKED: &str = "-Aa1";

/// A server's version, how long it takes to connect and ask, and how many connections it has left.
pub async fn probe(target: &Target) -> Result<Probe, Failure> {
    let start = Instant::now();
    let (version, headroom) = match target.engine {
        Engine::Postgres => postgres::probe(target).await?,
        Engine::Mysql => mysql::probe(target).await?,
        Engine::Sqlite => sqlite::probe(target).await?,
    };
    let latency_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(Probe { version, latency_ms, headroom })
}

/// How many bytes a MySQL server takes in one packet, if it answers.
pub(crate) async fn largest_packet(target: &Target) -> Option<usize> {
    mysql::largest_packet(target).await
}

/// Creates a scratch role and database, works in it as that role, and drops both: this login may provision.
pub async fn probe_provisioning(admin: &Target) -> Result<(), Failure> {
    let id = crate::id::new();
    let name = format!("t_probe_{id}");
    let tenant_id = format!("probe-{id}");
    let password = SecretString::from(hex::encode(rand::random::<[u8; 16]>()) + CHECKED);
    let outcome = async {
        create_role(admin, &name, &password, &tenant_id).await?;
        create_database(admin, &name, &name, &tenant_id).await?;
        grant(admin, &name, &name).await?;
        let tenant = Target {
            database: name.clone(),
            username: name.clone(),
            password: Some(password.clone()),
            second: None,
            path: admin.path.join(format!("{name}.db")),
            ..admin.clone()
        };
        let mut conn = match Connection::open(&tenant).await {
            Err(failure) => return Err(shadowed(admin, failure).await),
            Ok(conn) => conn,
        };
        let outcome = conn.execute("create table probe (id int); drop table probe").await;
        conn.close().await;
        outcome
    }
    .await;
    let dropped = drop_database(admin, &name, &tenant_id).await;
    let gone = drop_role(admin, &name, &tenant_id).await;
    outcome.and(dropped).and(gone)
}

/// A login's failure to be let in, told with what the administrator sees to stand in its way: on MySQL, a user without a name.
pub(crate) async fn shadowed(admin: &Target, failure: Failure) -> Failure {
    match admin.engine {
        Engine::Mysql => mysql::shadowed(admin, failure).await,
        Engine::Postgres | Engine::Sqlite => failure,
    }
}

/// Creates the login role with `password` (PostgreSQL: as a SCRAM verifier computed here; MariaDB: as a hash), with no
/// rights beyond its own and a connection limit; an existing one that bears this tenant's mark gets the password anew.
/// SQLite has no roles.
pub async fn create_role(admin: &Target, role: &str, password: &SecretString, tenant_id: &str) -> Result<(), Failure> {
    safe(role)?;
    let secret = password.expose_secret();
    // Beyond ASCII a client and a server may not mean the same bytes by a password.
    if secret.is_empty() || !secret.is_ascii() || secret.contains(char::is_control) {
        return Err(Failure::new(Category::Other, "the password of a role is made of plain ASCII characters"));
    }
    let outcome = match admin.engine {
        Engine::Postgres => postgres::create_role(admin, role, secret, tenant_id).await,
        Engine::Mysql => mysql::create_role(admin, role, secret, tenant_id).await,
        Engine::Sqlite => Ok(()),
    };
    outcome.map_err(|failure| failure.redacted(secret))
}

/// Gives a role that bears this tenant's mark another password, as [`create_role`] sends one. One without is `Category::Exists`.
pub async fn set_password(admin: &Target, role: &str, password: &SecretString, tenant_id: &str) -> Result<(), Failure> {
    let secret = password.expose_secret();
    let outcome = match admin.engine {
        Engine::Postgres => postgres::set_password(admin, role, secret, tenant_id).await,
        Engine::Mysql => mysql::set_password(admin, role, secret, tenant_id).await,
        Engine::Sqlite => Ok(()),
    };
    outcome.map_err(|failure| failure.redacted(secret))
}

/// Creates the database, owned by `role` where the engine knows owners, marked with the tenant's id, closed to everybody
/// else. An existing one without this tenant's mark is `Category::Exists`. SQLite: the file `<database>.db` in the folder
/// `admin.path`, for its owner's eyes only.
pub async fn create_database(admin: &Target, database: &str, role: &str, tenant_id: &str) -> Result<(), Failure> {
    safe(database)?;
    match admin.engine {
        Engine::Postgres => postgres::create_database(admin, database, role, tenant_id).await,
        Engine::Mysql => mysql::create_database(admin, database, tenant_id).await,
        Engine::Sqlite => sqlite::create_database(admin, database, tenant_id).await,
    }
}

/// Grants the role what it needs on its database and nothing elsewhere.
pub async fn grant(admin: &Target, database: &str, role: &str) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::grant(admin, database, role).await,
        Engine::Mysql => mysql::grant(admin, database, role).await,
        Engine::Sqlite => Ok(()),
    }
}

/// Marks database and role as the tenant's where the server knows nothing of them: it was restored or moved without Neo's
/// record. For one who has shown that the tenant's own login opens that database.
pub async fn enter_anew(admin: &Target, database: &str, role: &str, tenant_id: &str) -> Result<(), Failure> {
    safe(database)?;
    match admin.engine {
        Engine::Mysql => mysql::enter_anew(admin, database, role, tenant_id).await,
        Engine::Sqlite => sqlite::enter_anew(admin, database, tenant_id),
        // The role bears its mark itself, where only an administrator may write.
        Engine::Postgres => Ok(()),
    }
}

/// Lets everybody in again who may connect, where a database's owner has shut it; false where that cannot be.
pub(crate) async fn open_again(admin: &Target, database: &str, tenant_id: &str) -> Result<bool, Failure> {
    match admin.engine {
        Engine::Postgres => postgres::open_again(admin, database, tenant_id).await,
        Engine::Mysql | Engine::Sqlite => Ok(false),
    }
}

/// The tenant's own login: it may see and end its sessions, and take back what it has prepared, where the administrator may not.
pub struct Own {
    pub target: Target,
    /// One that is open already. On MySQL one is opened where there is none.
    pub session: Option<Connection>,
}

/// Drops it if it is there and bears this tenant's mark (connections are ended first); one without is an error.
pub async fn drop_database(admin: &Target, database: &str, tenant_id: &str) -> Result<(), Failure> {
    drop_database_with(admin, database, tenant_id, None).await
}

/// The same with the help of the tenant's own login.
pub async fn drop_database_with(
    admin: &Target,
    database: &str,
    tenant_id: &str,
    own: Option<Own>,
) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => {
            let (own, session) = own.map_or((None, None), |own| (Some(own.target), own.session));
            if let Some(session) = session {
                session.close().await;
            }
            postgres::drop_database(admin, database, tenant_id, own.as_ref()).await
        }
        Engine::Mysql => {
            let (login, session) = match own {
                // An administrator who sees no session of others' has nobody else to end them.
                Some(Own { target, session: None }) => {
                    let opened = Connection::open(&target).await.ok();
                    (Some(target.username), opened)
                }
                Some(Own { target, session }) => (Some(target.username), session),
                None => (None, None),
            };
            let session = match session {
                Some(Connection::Mysql { conn, .. }) => Some(conn),
                Some(Connection::Postgres { .. } | Connection::Sqlite { .. }) | None => None,
            };
            mysql::drop_database(admin, database, tenant_id, (login, session)).await
        }
        Engine::Sqlite => {
            // It becomes a path.
            safe(database)?;
            sqlite::drop_database(admin, database, tenant_id).await
        }
    }
}

/// The same for the role. On PostgreSQL its database goes first.
pub async fn drop_role(admin: &Target, role: &str, tenant_id: &str) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::drop_role(admin, role, tenant_id).await,
        Engine::Mysql => mysql::drop_role(admin, role, tenant_id).await,
        Engine::Sqlite => Ok(()),
    }
}

/// Refuses, as `Category::Constraint` and changing nothing, a role that owns something in a database which is neither `database`, its
/// own, nor another tenant's, nor the server's: that does not go with the tenant. On MySQL a user owns nothing.
pub async fn owns_nothing_elsewhere(admin: &Target, role: &str, database: &str) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::owns_nothing_elsewhere(admin, role, database).await,
        Engine::Mysql | Engine::Sqlite => Ok(()),
    }
}

/// Databases on this server that bear a Neo mark: `(database, tenant id)`, for the doctor's orphans.
pub async fn marked(admin: &Target) -> Result<Vec<(String, String)>, Failure> {
    match admin.engine {
        Engine::Postgres => postgres::marked(admin).await,
        Engine::Mysql => mysql::marked(admin).await,
        Engine::Sqlite => sqlite::marked(admin).await,
    }
}

/// What is made here has a name that no engine folds, truncates or reads as a pattern.
fn safe(name: &str) -> Result<(), Failure> {
    if is_safe_name(name) {
        return Ok(());
    }
    Err(Failure::new(Category::Other, format!("\"{name}\" is no name for a database or role that Neo makes"))
        .hint("a lower-case letter, then letters, digits and underscores; 3 to 40 in all"))
}
