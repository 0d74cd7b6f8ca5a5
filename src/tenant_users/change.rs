//! What admins change about a tenant's users: in the tenant's database first, as its own role, and then in what the central one keeps
//! of them. Whatever it is, their sessions end.

use neo_model::{AccountStatus, UserAct};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::answer::asked;
use super::look::{find, role};
use super::shape::Shape;
use super::visit::{Visit, Whose, is_still_there};
use super::{TenantUser, links, store, subject};
use crate::actor::{Actor, Permission};
use crate::engine::Connection;
use crate::error::{Error, Result, printable};
use crate::sessions::people;
use crate::tenants::{self, Tenant};
use crate::{Platform, audit};

/// `user` is an id or an email. Ends the user's sessions, and whatever link they could choose a password by.
pub async fn disable(platform: &Platform, actor: &Actor, tenant: &str, user: &str) -> Result<TenantUser> {
    change(platform, actor, tenant, user, Change::Status("disabled")).await
}

pub async fn enable(platform: &Platform, actor: &Actor, tenant: &str, user: &str) -> Result<TenantUser> {
    change(platform, actor, tenant, user, Change::Status("active")).await
}

/// From now on the user has this role and no other. Ends their sessions.
pub async fn set_role(platform: &Platform, actor: &Actor, tenant: &str, user: &str, role: &str) -> Result<TenantUser> {
    change(platform, actor, tenant, user, Change::Role(role)).await
}

/// Ends the user's sessions.
pub async fn reset_password(
    platform: &Platform,
    actor: &Actor,
    tenant: &str,
    user: &str,
    password: SecretString,
) -> Result<TenantUser> {
    change(platform, actor, tenant, user, Change::Password(password)).await
}

/// Takes the user out of the tenant's database, unless rows there refer to them; answers who that was.
pub async fn delete(platform: &Platform, actor: &Actor, tenant: &str, user: &str) -> Result<TenantUser> {
    change(platform, actor, tenant, user, Change::Delete).await
}

/// Signs the user out everywhere; answers how many sessions that were.
pub async fn end_sessions(platform: &Platform, actor: &Actor, tenant: &str, user: &str) -> Result<u64> {
    let (tenant, user, _) = found(platform, actor, tenant, user, UserAct::See).await?;
    let mut tx = platform.central.write().await?;
    audit::take_turn(&mut tx).await?;
    let ended = people::changed(&mut tx, &tenant.id, &user.id, None).await?;
    let body = json!({ "tenant": tenant.slug, "sessions": ended });
    audit::record(platform, &mut tx, actor, "tenant_user.end_sessions", &subject(&user), &body).await?;
    tx.commit().await?;
    Ok(ended)
}

enum Change<'a> {
    Status(&'static str),
    Role(&'a str),
    Password(SecretString),
    Delete,
}

/// The same, as it is written.
enum Write<'a> {
    Status(&'static str),
    Role(&'a str),
    Hash(String),
    Delete,
}

impl Write<'_> {
    /// As whoever is there by now shows it, with the hash of their password.
    fn is_done(&self, there: Option<&(TenantUser, String)>) -> bool {
        match (self, there) {
            (Write::Delete, there) => there.is_none(),
            (_, None) => false,
            (Write::Status(status), Some((user, _))) => user.disabled == (*status != "active"),
            (Write::Role(role), Some((user, _))) => user.roles == [*role],
            (Write::Hash(hash), Some((_, there))) => there == hash,
        }
    }
}

impl Change<'_> {
    fn act(&self) -> UserAct {
        match self {
            Change::Status(_) => UserAct::Disable,
            Change::Role(_) => UserAct::SetRole,
            Change::Password(_) => UserAct::SetPassword,
            Change::Delete => UserAct::Delete,
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Change::Status("active") => "tenant_user.enable",
            Change::Status(_) => "tenant_user.disable",
            Change::Role(_) => "tenant_user.set_role",
            Change::Password(_) => "tenant_user.reset_password",
            Change::Delete => "tenant_user.delete",
        }
    }

    /// What there is to say of it in the audit.
    fn body(&self, tenant: &Tenant, user: &TenantUser) -> Value {
        let mut body = json!({ "tenant": tenant.slug });
        match self {
            Change::Status(status) => {
                body["status"] = json!({ "from": AccountStatus::of(user.disabled), "to": status });
            }
            Change::Role(role) => body["roles"] = json!({ "from": user.roles, "to": [role] }),
            Change::Password(_) | Change::Delete => {}
        }
        body
    }
}

/// Whom something is to be done to, where it can be done; and whether they were named by their id or to the letter of their address.
async fn found(
    platform: &Platform,
    actor: &Actor,
    tenant: &str,
    key: &str,
    act: UserAct,
) -> Result<(Tenant, TenantUser, bool)> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let user = match shape.allow(&tenant, act) {
        Ok(()) => find(&mut connection, &shape, &tenant, key).await,
        Err(refused) => Err(refused),
    };
    connection.close().await;
    let user = user?;
    let is_named = user.email == key.trim() || shape.key("users", "id").read(key).is_some_and(|id| id == user.id);
    Ok((tenant, user, is_named))
}

async fn change(platform: &Platform, actor: &Actor, tenant: &str, key: &str, change: Change<'_>) -> Result<TenantUser> {
    let (tenant, mut user, is_named) = found(platform, actor, tenant, key, change.act()).await?;
    // Asked once more, for one who is gone already, it is not meant for whoever is called nearly alike.
    if matches!(change, Change::Delete) && !is_named {
        return Err(Error::not_found("user", key).nearest(vec![user.email]));
    }
    let (action, body) = (change.action(), change.body(&tenant, &user));
    let write = match change {
        Change::Status(status) => Write::Status(status),
        Change::Role(role) => Write::Role(role.trim()),
        Change::Password(password) => {
            platform.passwords.check_policy(&password, &[&user.email, &user.first_name, &user.last_name])?;
            Write::Hash(platform.passwords.hash_as(tenant.password_hash, &password).await?)
        }
        Change::Delete => Write::Delete,
    };
    let intent = audit::intent(platform, actor, action, &subject(&user), &body).await?;
    let changed = async {
        let mut connection = Visit::open(platform, Whose::Changes, &tenant).await?;
        let shape = connection.shape.clone();
        let changed = write_down(&mut connection, &shape, &tenant, &user, &write).await;
        connection.close().await;
        if changed? == 0 {
            return Err(unchanged(&tenant, &user));
        }
        is_still_there(platform, &tenant).await?;
        told(platform, &tenant, &user, &write).await
    }
    .await;
    intent.outcome(platform, &changed).await?;
    changed?;
    match write {
        Write::Status(status) => user.disabled = status != "active",
        Write::Role(role) => user.roles = vec![role.to_owned()],
        Write::Hash(_) | Write::Delete => {}
    }
    Ok(user)
}

/// What the central database keeps of them is true again.
async fn told(platform: &Platform, tenant: &Tenant, user: &TenantUser, write: &Write<'_>) -> Result<()> {
    let mut tx = platform.central.write().await?;
    people::changed(&mut tx, &tenant.id, &user.id, None).await?;
    match write {
        // Whoever is let in again, or may something else, still chooses their password by the link that they were given.
        Write::Status("active") | Write::Role(_) => {}
        Write::Status(_) | Write::Hash(_) => links::end(&mut tx, &tenant.id, &user.id).await?,
        Write::Delete => {
            links::end(&mut tx, &tenant.id, &user.id).await?;
            people::gone(&mut tx, &tenant.id, &user.id).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// How many rows there were to change.
async fn write_down(
    connection: &mut Connection,
    shape: &Shape,
    tenant: &Tenant,
    user: &TenantUser,
    write: &Write<'_>,
) -> Result<u64> {
    let touched = match write {
        Write::Status(status) => asked(tenant, store::set_status(connection, shape, &user.id, status)).await,
        Write::Hash(hash) => asked(tenant, store::set_password(connection, shape, &user.id, hash)).await,
        Write::Role(name) => {
            let (id, _) = role(connection, shape, tenant, name).await?;
            asked(tenant, store::set_role(connection, shape, &user.id, &id)).await
        }
        Write::Delete => deleted(connection, shape, tenant, user).await,
    }?;
    // A trigger may have kept a row as it was, or there.
    let there = asked(tenant, store::find(connection, shape, &user.id)).await?.filter(|(there, _)| there.id == user.id);
    Ok(if write.is_done(there.as_ref()) { touched } else { 0 })
}

async fn deleted(connection: &mut Connection, shape: &Shape, tenant: &Tenant, user: &TenantUser) -> Result<u64> {
    let engine = connection.engine();
    let deletion = async {
        match store::delete(connection, shape, &user.id).await {
            Err(error) if store::is_referred_to(&error) => Ok(Err(Connection::failure(engine, &error))),
            done => done.map(Ok),
        }
    };
    asked(tenant, deletion).await?.map_err(|failure| {
        let said = failure.detail.as_ref().unwrap_or(&failure.message);
        Error::conflict(format!("rows of tenant \"{}\" refer to the user \"{}\"", tenant.slug, printable(&user.email)))
            .cause(format!("its database says: {}", printable(said)))
            .hint("disable them instead, or take these rows away first")
    })
}

/// Gone meanwhile, kept back by a trigger, or under an id that is no id.
fn unchanged(tenant: &Tenant, user: &TenantUser) -> Error {
    Error::conflict(format!("the user \"{}\" could not be changed", printable(&user.email))).cause(format!(
        "tenant \"{}\" has left its tables as they were: a trigger of its own may keep them so",
        tenant.slug
    ))
}
