//! Users inside a tenant's database: its `users`, `roles`, `user_roles` tables (starter migration).
//!
//! They are the tenant's own people and sign in on the tenant's own address; central admins only manage them from outside.

mod answer;
mod change;
mod fit;
mod key;
mod links;
mod look;
mod own;
mod shape;
mod store;
mod visit;

use neo_model::UserAct;
pub use neo_model::{TenantUser, TenantUsers as Page};
use secrecy::SecretString;
use serde_json::json;

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::{Category, Connection, Failure};
use crate::error::{Advice, Do, Error, Kind, Result, printable};
pub use crate::link::{Link, unguessable};
use crate::tenants::{self, PasswordHash, Status, Tenant};
use crate::{audit, person};
use answer::asked;
pub use change::{delete, disable, enable, end_sessions, reset_password, set_role};
pub(crate) use fit::{notes, refuse_without_tables};
pub(crate) use links::all_are_others;
pub use links::{link, open_link, redeem};
pub use look::{closed, list, one, roles};
pub use own::{change_password, own_sessions, sign_out_everywhere};
use shape::Shape;
pub(crate) use visit::Visits;
use visit::{Visit, Whose};

/// Which of a tenant's users are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In an email or a name.
    pub search: Option<String>,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most 1000.
    pub limit: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { search: None, after: None, limit: 50 }
    }
}

pub struct NewTenantUser {
    pub email: String,
    pub password: SecretString,
    pub first_name: String,
    pub last_name: String,
    /// A name in that tenant's `roles`.
    pub role: String,
}

/// `tenant` is a slug or an id.
pub async fn create(platform: &Platform, actor: &Actor, tenant: &str, new: NewTenantUser) -> Result<TenantUser> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut user = TenantUser {
        id: String::new(),
        email: person::email(&new.email)?,
        first_name: person::name(&new.first_name, "first_name", "first name")?,
        last_name: person::name(&new.last_name, "last_name", "last name")?,
        roles: Vec::new(),
        disabled: false,
        created_at: None,
        last_signed_in_at: None,
    };
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let shape = connection.shape.clone();
    let role = match shape.allow(&tenant, UserAct::Create) {
        Ok(()) => look::role(&mut connection, &shape, &tenant, &new.role).await,
        Err(refused) => Err(refused),
    };
    connection.close().await;
    let (role_id, role_name) = role?;
    user.roles.push(role_name);
    user.id = shape.new_id().unwrap_or_default();
    platform.passwords.check_policy(&new.password, &[&user.email, &user.first_name, &user.last_name])?;
    let hash = platform.passwords.hash_as(tenant.password_hash, &new.password).await?;

    let body = json!({ "tenant": tenant.slug, "role": new.role });
    let intent = audit::intent(platform, actor, "tenant_user.create", &subject(&user), &body).await?;
    let created = insert(platform, &tenant, &user, &role_id, &hash).await;
    intent.outcome_with(platform, &created, |user| json!({ "id": user.id })).await?;
    created
}

/// For the sign-in: a user, the hash of their password, and of what kind their tenant's are. `None` as well when nobody can sign
/// in to this tenant now. What its database says is for the log, not for a visitor.
pub(crate) async fn by_email(
    platform: &Platform,
    tenant_id: &str,
    typed: &str,
) -> Result<Option<(TenantUser, String, PasswordHash)>> {
    let tenant = match tenants::find(platform, &Actor::system(), tenant_id).await {
        Ok(tenant) if tenant.status == Status::Active => tenant,
        Ok(_) => return Ok(None),
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (platform, typed) = (platform.clone(), typed.to_owned());
    // On its own: whoever goes away leaves the question to its end, and their turn with it.
    let found = tokio::spawn(async move {
        let mut connection = Visit::open(&platform, Whose::Visitors, &tenant).await?;
        let shape = connection.shape.clone();
        let found = asked(&tenant, store::find(&mut connection, &shape, &typed)).await;
        connection.close().await;
        // An id is no name to sign in by, however it is written.
        let found = found?.filter(|(user, _)| person::canonical(&user.email) == person::canonical(&typed));
        Ok(found.map(|(user, hash)| (user, hash, tenant.password_hash)))
    });
    found.await.map_err(Error::internal)?.map_err(|error: Error| match error.retry_after {
        Some(_) => error,
        None => Error::unavailable("signing in is not possible just now").hint("try again in a moment").source(error),
    })
}

/// For the sign-in: stores the same password under today's parameters.
pub(crate) async fn rehash(platform: &Platform, tenant_id: &str, user_id: &str, old: &str, new: &str) -> Result<()> {
    let tenant = tenants::find(platform, &Actor::system(), tenant_id).await?;
    let (platform, user_id, old, new) = (platform.clone(), user_id.to_owned(), old.to_owned(), new.to_owned());
    let rehashed = tokio::spawn(async move {
        let mut connection = Visit::open(&platform, Whose::Visitors, &tenant).await?;
        // What somebody at the door sets off runs nothing of the tenant's in this process: their hash stays as it is then.
        let is_plain = connection.is_changed_plainly("users").await.unwrap_or(false);
        let shape = connection.shape.clone();
        let rehashed = match is_plain {
            true => asked(&tenant, store::rehash(&mut connection, &shape, &user_id, &old, &new)).await,
            false => Ok(()),
        };
        connection.close().await;
        rehashed
    });
    rehashed.await.map_err(Error::internal)?
}

/// For provisioning: the first user of a new tenant, on a connection that is open already. Whoever an earlier try, cut
/// short, has written stays.
pub(crate) async fn insert_first(
    connection: &mut Connection,
    user: &TenantUser,
    role: &str,
    hash: &str,
) -> std::result::Result<(), Failure> {
    let engine = connection.engine();
    connection.are_plain(&visit::TABLES).await?;
    let shape = Shape::of(connection).await.map_err(|error| Connection::failure(engine, &error))?;
    if let Some(lacks) = shape.lacks(UserAct::Create) {
        return Err(Failure::new(Category::Other, format!("the tenant's tables take no first user: {lacks}"))
            .hint("leave the first admin out, or have the migrations make the tables as docs/migrations.md says"));
    }
    let user = TenantUser { id: shape.new_id().unwrap_or_default(), ..user.clone() };
    let written = async {
        let roles = store::roles(connection, &shape).await?;
        let Some((role_id, _)) = roles.into_iter().find(|(_, name)| name == role) else { return Ok(false) };
        // User and role are written in one transaction.
        if store::find(connection, &shape, &user.email).await?.is_none() {
            store::insert(connection, &shape, &user, &role_id, hash).await?;
        }
        Ok(true)
    };
    match written.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(Category::Other, format!("the tenant's table roles has no role \"{role}\""))
            .hint("a migration makes the first roles: is it among the files?")),
        Err(error) => Err(Connection::failure(engine, &error)),
    }
}

async fn insert(
    platform: &Platform,
    tenant: &Tenant,
    user: &TenantUser,
    role_id: &str,
    hash: &str,
) -> Result<TenantUser> {
    let mut connection = Visit::open(platform, Whose::Changes, tenant).await?;
    let shape = connection.shape.clone();
    let taken = || {
        Error::conflict(format!("tenant \"{}\" has a user with the email \"{}\" already", tenant.slug, user.email))
            .field("email")
    };
    let created = async {
        // The table's own constraint knows only what is spelt alike.
        if asked(tenant, store::is_taken(&mut connection, &shape, &user.email)).await? {
            return Err(taken());
        }
        let insert = async {
            match store::insert(&mut connection, &shape, user, role_id, hash).await {
                Err(error) if error.as_database_error().is_some_and(|e| e.is_unique_violation()) => Ok(false),
                inserted => inserted.map(|()| true),
            }
        };
        if !asked(tenant, insert).await? {
            return Err(taken());
        }
        // Whose id the database has made is who has this hash, and the role with it.
        let key = if user.id.is_empty() { &user.email } else { &user.id };
        let made = asked(tenant, store::find(&mut connection, &shape, key)).await?;
        let is_made = |(made, there): &(TenantUser, String)| match user.id.as_str() {
            "" => there == hash && made.roles == user.roles,
            id => made.id == id,
        };
        made.filter(is_made).map(|(made, _)| made).ok_or_else(|| made_otherwise(tenant, user))
    }
    .await;
    connection.close().await;
    let created = created?;
    visit::is_still_there(platform, tenant).await?;
    Ok(created)
}

/// What was written is not what is there.
fn made_otherwise(tenant: &Tenant, user: &TenantUser) -> Error {
    Error::conflict(format!("the user \"{}\" was written, and is not there as they were", printable(&user.email)))
        .cause(format!("a trigger of tenant \"{}\" has made another of them, or of their role", tenant.slug))
        .hint(Advice::from("see them with: ").act(Do::TenantUsers { tenant: tenant.slug.clone() }))
}

/// Whom an act is about. Of somebody whose id is not made yet the address.
fn subject(user: &TenantUser) -> String {
    match user.id.as_str() {
        "" => format!("tenant_user:{}", user.email),
        id => format!("tenant_user:{id} {}", user.email),
    }
}
