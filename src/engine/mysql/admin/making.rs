//! Making and dropping what is a tenant's on a server.

use super::checked::{given, identified, renewed};
use super::*;

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
    let identified = identified(&mut admin, target, password).await?;
    let settings = format!("{identified} with max_user_connections {CONNECTION_LIMIT}");
    let account = account(role);
    let created = if ours {
        let made = given(&mut admin, &format!("create user if not exists {account} {settings}")).await;
        let altered = match made {
            Ok(()) => given(&mut admin, &format!("alter user {account} {settings}")).await,
            refused => refused,
        };
        // As a drop that did not come to its end may have left it.
        admin.each_may(&[role.to_owned()], "unlock").await;
        altered
    } else {
        match given(&mut admin, &format!("create user {account} {settings}")).await {
            // There all along, and this login may not look.
            Err(f) if f.code.as_deref() == Some("1396") => {
                admin.strike(Thing::User, role).await?;
                Err(strangers("role", role))
            }
            outcome => outcome,
        }
    };
    admin.close().await;
    created
}

pub(in crate::engine) async fn set_password(
    target: &Target,
    role: &str,
    password: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match admin.entered(Thing::User, role).await?.as_deref() == Some(tenant_id) {
        true => {
            let identified = identified(&mut admin, target, password).await?;
            let renewed = given(&mut admin, &format!("alter user {} {identified}", account(role))).await;
            renewed.map_err(|failure| gone(failure, role))
        }
        false => Err(strangers("role", role)),
    };
    admin.close().await;
    outcome
}

/// What is written down of a user says nothing of one that somebody has dropped.
fn gone(failure: Failure, role: &str) -> Failure {
    match failure.code.as_deref() {
        Some("1396") => failure.hint(format!(
            "is {0} still there? where it is gone, have somebody who may make it again (create user {0}) and grant it its database; \
             then renew its password again",
            account(role)
        )),
        _ => failure,
    }
}

/// Ends what is signed in as a user, as far as the administrator may.
pub(in crate::engine) async fn end_sessions(target: &Target, role: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let ended = admin.end_sessions_of(role).await;
    admin.close().await;
    ended
}

pub(in crate::engine) async fn renew_login(target: &Target, password: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = match renewed(&mut admin, target, password).await {
        Ok(sql) => given(&mut admin, &sql).await,
        Err(failure) => Err(failure),
    };
    admin.close().await;
    outcome
}

pub(in crate::engine) async fn create_database(
    target: &Target,
    database: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    create_database_like(target, database, tenant_id, None).await
}

/// In the character set, and sorted as, `nature` says; without it as the server does, in utf8mb4.
pub(in crate::engine) async fn create_database_like(
    target: &Target,
    database: &str,
    tenant_id: &str,
    nature: Option<&Nature>,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(true) => {}
        Some(false) => return Err(strangers("database", database)),
        None => {
            admin.enter(Thing::Database, database, tenant_id).await?;
            let how = match nature {
                Some(nature) => {
                    format!("character set {} collate {}", name(&nature.encoding), name(&nature.collation))
                }
                None => {
                    let own = admin.collation().await?;
                    format!(
                        "character set utf8mb4{}",
                        own.map(|own| format!(" collate {}", name(&own))).unwrap_or_default()
                    )
                }
            };
            match admin.run(&format!("create database {} {how}", name(database))).await {
                Err(f) if matches!(f.code.as_deref(), Some("1115" | "1273")) => {
                    return Err(f.hint("the server knows no such way to sort: move it to one that does"));
                }
                Err(f) if f.code.as_deref() == Some("1007") => {
                    admin.strike(Thing::Database, database).await?;
                    return Err(strangers("database", database));
                }
                outcome => outcome?,
            }
        }
    }
    admin.close().await;
    Ok(())
}

pub(in crate::engine) async fn grant(target: &Target, database: &str, role: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let sql = format!("grant all privileges on {}.* to {}", grant_pattern(database), account(role));
    let outcome = admin.run(&sql).await;
    admin.close().await;
    outcome
}

/// `own`: a session of the tenant's own login, which may end its others where the administrator may not.
pub(in crate::engine) async fn drop_database(
    target: &Target,
    database: &str,
    tenant_id: &str,
    (login, mut own): (Option<String>, Option<MySqlConnection>),
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    match admin.database(database, tenant_id).await? {
        Some(false) => return Err(strangers("database", database)),
        Some(true) => {
            // A tenant that has moved, or waits for a backup, has another login beside the one that goes.
            let mut users = admin.users(tenant_id).await?;
            users.retain(|user| login.as_ref().is_none_or(|login| user == login));
            admin.each_may(&users, "lock").await;
            let dropped = admin.drop(database, &users, &mut own).await;
            if let Some(own) = own {
                farewell(own.close()).await;
            }
            if let Err(failure) = dropped {
                admin.each_may(&users, "unlock").await;
                return Err(failure);
            }
        }
        None => {}
    }
    if admin.entered(Thing::Database, database).await?.as_deref() == Some(tenant_id) {
        admin.strike(Thing::Database, database).await?;
    }
    admin.close().await;
    Ok(())
}

/// Enters a database and its login where nothing is known of them: a server may have been restored, or moved to, without
/// `_neo`. What is entered already, for whomever, stays.
pub(in crate::engine) async fn enter_anew(
    target: &Target,
    database: &str,
    role: &str,
    tenant_id: &str,
) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    if admin.is_there(database).await? && admin.entered(Thing::Database, database).await?.is_none() {
        admin.enter(Thing::Database, database, tenant_id).await?;
    }
    if admin.entered(Thing::User, role).await?.is_none() {
        admin.enter(Thing::User, role, tenant_id).await?;
    }
    admin.close().await;
    Ok(())
}

pub(in crate::engine) async fn drop_role(target: &Target, role: &str, tenant_id: &str) -> Result<(), Failure> {
    let mut admin = Admin::open(target).await?;
    let outcome = if admin.entered(Thing::User, role).await?.as_deref() == Some(tenant_id) {
        admin.end_sessions_of(role).await?;
        admin.run(&format!("drop user if exists {}", account(role))).await?;
        admin.strike(Thing::User, role).await
    } else if admin.user(role).await? {
        Err(strangers("role", role))
    } else {
        Ok(())
    };
    admin.close().await;
    outcome
}
