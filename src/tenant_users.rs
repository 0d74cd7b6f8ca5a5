//! Users inside a tenant's database: its `users`, `roles`, `user_roles` tables (starter migration).
//!
//! They are the tenant's own people and sign in on the tenant's own address; central admins only manage them from outside.

mod fit;
mod store;
mod visit;

use neo_model::AccountStatus;
pub use neo_model::{TenantUser, TenantUsers as Page};
use secrecy::SecretString;
use serde_json::json;
use tokio::time::timeout;

use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::engine::{ANSWER, Category, Connection, Failure, READING};
use crate::error::{Advice, Do, Error, Kind, Result, printable};
use crate::sessions::Audience;
use crate::tenants::{self, PasswordHash, State, Status, Tenant};
use crate::{audit, person, sessions};
pub(crate) use fit::{notes, refuse_without_tables};
pub(crate) use visit::Visits;
use visit::{Visit, Whose};

/// Which of a tenant's users are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In an email or a name.
    pub search: Option<String>,
    /// So many are passed over: the pages before.
    pub after: u32,
    /// At most 1000.
    pub limit: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { search: None, after: 0, limit: 50 }
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
        id: crate::id::new(),
        email: person::email(&new.email)?,
        first_name: person::name(&new.first_name, "first_name", "first name")?,
        last_name: person::name(&new.last_name, "last_name", "last name")?,
        roles: Vec::new(),
        disabled: false,
        created_at: None,
    };
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let role = role(&mut connection, &tenant, &new.role).await;
    connection.close().await;
    let (role_id, role_name) = role?;
    user.roles.push(role_name);
    platform.passwords.check_policy(&new.password, &[&user.email, &user.first_name, &user.last_name])?;
    let hash = platform.passwords.hash_as(tenant.password_hash, &new.password).await?;

    let body = json!({ "tenant": tenant.slug, "role": new.role });
    let intent = audit::intent(platform, actor, "tenant_user.create", &subject(&user), &body).await?;
    let created = insert(platform, &tenant, &user, &role_id, &hash).await;
    intent.outcome(platform, &created).await?;
    created
}

pub async fn list(platform: &Platform, actor: &Actor, tenant: &str, wanted: &Wanted) -> Result<Page> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let page = asked(&tenant, store::page(&mut connection, wanted)).await;
    connection.close().await;
    let (users, is_more) = page?;
    let shown = u32::try_from(users.len()).unwrap_or(u32::MAX);
    Ok(Page { users, next: is_more.then(|| wanted.after.saturating_add(shown)) })
}

/// The names of the tenant's roles.
pub async fn roles(platform: &Platform, actor: &Actor, tenant: &str) -> Result<Vec<String>> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let roles = asked(&tenant, store::roles(&mut connection)).await;
    connection.close().await;
    Ok(roles?.into_iter().map(|(_, name)| name).collect())
}

/// `user` is an id or an email. Ends the user's sessions.
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

enum Change<'a> {
    Status(&'static str),
    Role(&'a str),
    Password(SecretString),
}

/// The same, as it is written.
enum Write<'a> {
    Status(&'static str),
    Role(&'a str),
    Hash(String),
}

async fn change(platform: &Platform, actor: &Actor, tenant: &str, key: &str, change: Change<'_>) -> Result<TenantUser> {
    actor.authorise(Permission::ManageTenantUsers)?;
    let tenant = tenants::find(platform, actor, tenant).await?;
    let mut connection = Visit::open(platform, Whose::Admins, &tenant).await?;
    let user = find(&mut connection, &tenant, key).await;
    connection.close().await;
    let mut user = user?;

    let action = match &change {
        Change::Status("active") => "tenant_user.enable",
        Change::Status(_) => "tenant_user.disable",
        Change::Role(_) => "tenant_user.set_role",
        Change::Password(_) => "tenant_user.reset_password",
    };
    let mut body = json!({ "tenant": tenant.slug });
    let write = match change {
        Change::Status(status) => {
            body["status"] = json!({ "from": AccountStatus::of(user.disabled), "to": status });
            Write::Status(status)
        }
        Change::Role(role) => {
            body["roles"] = json!({ "from": user.roles, "to": [role] });
            Write::Role(role.trim())
        }
        Change::Password(password) => {
            platform.passwords.check_policy(&password, &[&user.email, &user.first_name, &user.last_name])?;
            Write::Hash(platform.passwords.hash_as(tenant.password_hash, &password).await?)
        }
    };
    let intent = audit::intent(platform, actor, action, &subject(&user), &body).await?;
    let changed = async {
        let mut connection = Visit::open(platform, Whose::Changes, &tenant).await?;
        let changed = write_down(&mut connection, &tenant, &user, &write).await;
        connection.close().await;
        if changed? == 0 {
            // Gone meanwhile, kept back by a trigger, or under an id that is no id.
            return Err(Error::conflict(format!("the user \"{}\" could not be changed", printable(&user.email)))
                .cause(format!("the table users of tenant \"{}\" changed no row", tenant.slug)));
        }
        let mut tx = platform.central.write().await?;
        let audience = Audience::Tenant { id: tenant.id.clone() };
        sessions::store::end_all(&mut tx, &audience.as_text(), &user.id).await?;
        Ok(tx.commit().await?)
    }
    .await;
    intent.outcome(platform, &changed).await?;
    changed?;
    match write {
        Write::Status(status) => user.disabled = status != "active",
        Write::Role(role) => user.roles = vec![role.to_owned()],
        Write::Hash(_) => {}
    }
    Ok(user)
}

/// How many rows there were to change.
async fn write_down(connection: &mut Connection, tenant: &Tenant, user: &TenantUser, write: &Write<'_>) -> Result<u64> {
    match write {
        Write::Status(status) => asked(tenant, store::set_status(connection, &user.id, status)).await,
        Write::Hash(hash) => asked(tenant, store::set_password(connection, &user.id, hash)).await,
        Write::Role(name) => {
            let (id, _) = role(connection, tenant, name).await?;
            asked(tenant, store::set_role(connection, &user.id, &id)).await
        }
    }
}

/// For the sign-in: a user, the hash of their password, and of what kind their tenant's are. `None` as well when nobody can sign
/// in to this tenant now. What its database says is for the log, not for a visitor.
pub(crate) async fn by_email(
    platform: &Platform,
    tenant_id: &str,
    canonical: &str,
) -> Result<Option<(TenantUser, String, PasswordHash)>> {
    let tenant = match tenants::find(platform, &Actor::system(), tenant_id).await {
        Ok(tenant) if tenant.status == Status::Active => tenant,
        Ok(_) => return Ok(None),
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (platform, canonical) = (platform.clone(), canonical.to_owned());
    // On its own: whoever goes away leaves the question to its end, and their turn with it.
    let found = tokio::spawn(async move {
        let mut connection = Visit::open(&platform, Whose::Visitors, &tenant).await?;
        let found = asked(&tenant, store::find(&mut connection, &canonical)).await;
        connection.close().await;
        let found = found?.filter(|(user, _)| user.id != canonical);
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
        let rehashed = match is_plain {
            true => asked(&tenant, store::rehash(&mut connection, &user_id, &old, &new)).await,
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
    let written = async {
        let Some((role_id, _)) = store::roles(connection).await?.into_iter().find(|(_, name)| name == role) else {
            return Ok(false);
        };
        // User and role are written in one transaction.
        if store::find(connection, &user.email).await?.is_none() {
            store::insert(connection, user, &role_id, hash).await?;
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
    let taken = || {
        Error::conflict(format!("tenant \"{}\" has a user with the email \"{}\" already", tenant.slug, user.email))
            .field("email")
    };
    let created = async {
        // The table's own constraint knows only what is spelt alike.
        if asked(tenant, store::find(&mut connection, &person::canonical(&user.email))).await?.is_some() {
            return Err(taken());
        }
        let insert = async {
            match store::insert(&mut connection, user, role_id, hash).await {
                Err(error) if error.as_database_error().is_some_and(|e| e.is_unique_violation()) => Ok(false),
                inserted => inserted.map(|()| true),
            }
        };
        if !asked(tenant, insert).await? {
            return Err(taken());
        }
        find(&mut connection, tenant, &user.id).await
    }
    .await;
    connection.close().await;
    created
}

async fn find(connection: &mut Connection, tenant: &Tenant, key: &str) -> Result<TenantUser> {
    if let Some((user, _)) = asked(tenant, store::find(connection, key)).await? {
        return Ok(user);
    }
    let emails = asked(tenant, store::emails_like(connection, key)).await?;
    Err(Error::not_found("user", key)
        .nearest(crate::error::nearest(key, emails))
        .hint(Advice::from("see them with: ").act(Do::TenantUsers { tenant: tenant.slug.clone() })))
}

/// Id and name of a role, or an error that names those there are.
async fn role(connection: &mut Connection, tenant: &Tenant, name: &str) -> Result<(String, String)> {
    let roles = asked(tenant, store::roles(connection)).await?;
    if let Some(role) = roles.iter().find(|(_, known)| known == name.trim()) {
        return Ok(role.clone());
    }
    let names: Vec<_> = roles.into_iter().map(|(_, name)| name).collect();
    let message = format!("tenant \"{}\" has no role \"{}\"", tenant.slug, printable(name));
    Err(Error::invalid("role", message).hint(format!("one of: {}", names.join(", "))))
}

/// Waits for what a tenant's database is asked, and not for ever: the server is told to end what takes too long, and one that
/// does not is left.
async fn asked<T>(tenant: &Tenant, question: impl Future<Output = std::result::Result<T, sqlx::Error>>) -> Result<T> {
    match timeout(ANSWER, question).await {
        Ok(answer) => answer.map_err(|error| explain(tenant, error)),
        Err(_) => Err(too_slow(tenant)),
    }
}

fn too_slow(tenant: &Tenant) -> Error {
    Error::unavailable(format!("the users of tenant \"{}\" took longer than {} s", tenant.slug, READING.as_secs()))
        .cause("its users, roles or user_roles is no plain table, has a trigger that takes its time, or is held locked")
        .hint("see what has these names in the tenant's database")
}

/// What a tenant's database said, with the causes that have a remedy told apart.
fn explain(tenant: &Tenant, error: sqlx::Error) -> Error {
    // As much of it as is kept: it may be of any length.
    let failure = Connection::failure(tenant.engine, &error);
    if store::is_cut_short(&error) {
        return too_slow(tenant).source(failure);
    }
    if failure.is_too_long() {
        return Error::unavailable(format!(
            "the users of tenant \"{}\" are longer than what is read of them",
            tenant.slug
        ))
        .cause("there are values of many megabytes, or a view or a trigger makes them")
        .hint("see what is in its tables users, roles and user_roles")
        .source(failure);
    }
    if store::is_missing_table(&error) {
        let lacks = Error::conflict(format!("tenant \"{}\" lacks the tables users, roles and user_roles", tenant.slug));
        let told = match tenant.state {
            // No run would bring it any.
            State::Current => lacks
                .cause("it has every migration, and none of them makes these tables: it keeps its users elsewhere, or has none")
                .hint("to have them managed here, make the tables by a migration: docs/migrations.md says with which columns"),
            _ => lacks
                .cause("the migrations that make them have not been applied, or it keeps its users elsewhere")
                .hint(
                    Advice::from("bring it up to date with: ")
                        .act(Do::MigrateTenant { tenant: Some(tenant.slug.clone()) }),
                ),
        };
        return told.source(failure);
    }
    let mut error = Error::unavailable(format!("the database of tenant \"{}\" refused", tenant.slug))
        .cause(failure.message.clone());
    error.hint = failure.hint.clone();
    error.source(failure)
}

fn subject(user: &TenantUser) -> String {
    format!("tenant_user:{} {}", user.id, user.email)
}
