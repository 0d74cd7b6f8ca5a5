//! Whoever looks: users a page at a time, one of them, and the roles that there are.

use neo_model::{ClosedAct, UserAct};

use super::answer::asked;
use super::shape::Shape;
use super::visit::{Visit, Whose};
use super::{Page, TenantUser, Wanted, store};
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::Connection;
use crate::error::{Advice, Do, Error, Result, printable};
use crate::sessions::people;
use crate::tenants::{self, Tenant};

/// In the order of their emails. Field: `after`.
pub async fn list(platform: &Platform, actor: &Actor, tenant: &str, wanted: &Wanted) -> Result<Page> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let after = wanted.after.as_deref().map(store::page::read).transpose()?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let page = match shape.allow(&tenant, UserAct::See) {
        Ok(()) if after.as_ref().is_some_and(|place| !place.fits(&shape)) => Err(store::page::unreadable()),
        Ok(()) => asked(&tenant, store::page::of(&mut connection, &shape, wanted, after.as_ref())).await,
        Err(refused) => Err(refused),
    };
    connection.close().await;
    let mut page = page?;
    since(platform, &tenant, &mut page.users).await?;
    // What is cut where it is read may name no row: then this was the last page, rather than one without end.
    page.next = page.next.filter(|next| wanted.after.as_ref() != Some(next));
    Ok(page)
}

/// By id or email.
pub async fn one(platform: &Platform, actor: &Actor, tenant: &str, key: &str) -> Result<TenantUser> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let found = find(&mut connection, &shape, &tenant, key).await;
    connection.close().await;
    let mut user = found?;
    since(platform, &tenant, std::slice::from_mut(&mut user)).await?;
    Ok(user)
}

/// When they signed in last, which their own database does not know.
pub(super) async fn since(platform: &Platform, tenant: &Tenant, users: &mut [TenantUser]) -> Result<()> {
    let mut conn = platform.central.read().await?;
    let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    let known = people::last_signed_in(&mut conn, &tenant.id, &ids).await?;
    for user in users {
        user.last_signed_in_at = known.get(&user.id).copied();
    }
    Ok(())
}

/// What cannot be done with this tenant's users, and why.
pub async fn closed(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Vec<ClosedAct>> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let closed = connection.shape.closed();
    connection.close().await;
    Ok(closed)
}

/// The names of the tenant's roles; none where it keeps them in its own way.
pub async fn roles(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Vec<String>> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let roles = match shape.has_roles() {
        true => asked(&tenant, store::roles(&mut connection, &shape)).await,
        false => Ok(Vec::new()),
    };
    connection.close().await;
    Ok(roles?.into_iter().map(|(_, name)| name).collect())
}

pub(super) async fn find(connection: &mut Connection, shape: &Shape, tenant: &Tenant, key: &str) -> Result<TenantUser> {
    shape.allow(tenant, UserAct::See)?;
    if let Some((user, _)) = asked(tenant, store::find(connection, shape, key)).await? {
        return Ok(user);
    }
    let emails = asked(tenant, store::emails_like(connection, key)).await?;
    Err(Error::not_found("user", key)
        .nearest(crate::error::nearest(key, emails))
        .hint(Advice::from("see them with: ").act(Do::TenantUsers { tenant: tenant.slug.clone() })))
}

/// Id and name of a role, or an error that names those there are.
pub(super) async fn role(
    connection: &mut Connection,
    shape: &Shape,
    tenant: &Tenant,
    name: &str,
) -> Result<(String, String)> {
    let roles = asked(tenant, store::roles(connection, shape)).await?;
    if let Some(role) = roles.iter().find(|(_, known)| known == name.trim()) {
        return Ok(role.clone());
    }
    let names: Vec<_> = roles.into_iter().map(|(_, name)| name).collect();
    let message = format!("tenant \"{}\" has no role \"{}\"", tenant.slug, printable(name));
    Err(Error::invalid("role", message).hint(format!("one of: {}", names.join(", "))))
}
