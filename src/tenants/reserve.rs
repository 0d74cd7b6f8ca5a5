//! The first step of a tenant: its row, its names, its sealed credential and the plan of the steps to come.

use secrecy::ExposeSecret;
use serde_json::json;

use super::provision::{self, Admin, Beginning};
use super::{FirstAdmin, NewTenant, PasswordHash, Status, Tenant, credentials, names, store, subject};
use crate::actor::{Actor, Permission};
use crate::backups::Source;
use crate::central::Conn;
use crate::error::{Advice, Do, Error, Result, Say};
use crate::migrations::Set;
use crate::servers::Server;
use crate::{Platform, audit, person, servers, tenant_users};

/// Registers a tenant: the row in `provisioning`, generated names, sealed credential, recorded steps. Nothing outside the
/// central database is touched; [`provision::resume`] does the rest, under a run of kind `provision`.
pub async fn reserve(platform: &Platform, actor: &Actor, new: NewTenant) -> Result<Tenant> {
    authorise(actor)?;
    let settled = checked(platform, actor, &new).await?;
    if new.admin.is_some() {
        refuse_without_tables(platform, &settled.2).await?;
    }
    let kind = new.password_hash;
    let beginning = match new.admin {
        Some(admin) => Beginning::Files(Some(hashed(platform, admin, kind).await?)),
        None => Beginning::Files(None),
    };
    register(platform, actor, (new.slug, kind), settled, beginning).await
}

/// The same for a tenant that is made of a backup.
pub(crate) async fn reserve_restored(
    platform: &Platform,
    actor: &Actor,
    new: NewTenant,
    source: Source,
) -> Result<Tenant> {
    authorise(actor)?;
    let settled = checked(platform, actor, &new).await?;
    register(platform, actor, (new.slug, new.password_hash), settled, Beginning::Backup(Box::new(source))).await
}

async fn register(
    platform: &Platform,
    actor: &Actor,
    (slug, password_hash): (String, PasswordHash),
    (name, tags, server): (String, Vec<String>, Server),
    beginning: Beginning,
) -> Result<Tenant> {
    let database = names::generate(&slug);
    let is_file = server.engine.is_file();
    let mut tenant = Tenant {
        id: crate::id::new(),
        slug,
        name,
        status: Status::Provisioning,
        username: if is_file { String::new() } else { database.clone() },
        database,
        tags,
        password_hash,
        ..Tenant::unseen(&server.id, &server.name, server.engine)
    };
    if !is_file {
        tenant.credential = Some(platform.vault.seal(&names::password(), &credentials::binding(&tenant, &server)));
    }

    let mut tx = platform.central.write().await?;
    servers::unmoved(&mut tx, &server).await?;
    refuse_taken(&mut tx, actor, &tenant.slug).await?;
    store::insert(&mut tx, &tenant).await?;
    provision::plan(&mut tx, &tenant.id, &beginning).await?;
    let body = json!({
        "name": tenant.name, "server": tenant.server, "database": tenant.database, "tags": tenant.tags,
        "password_hash": tenant.password_hash, "backup": beginning.backup().map(|source| &source.file),
    });
    audit::record(platform, &mut tx, actor, "tenant.reserve", &subject(&tenant), &body).await?;
    let tenant = super::by_id(&mut tx, &tenant.id).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// Whether [`reserve`] would take it: what many are checked with before the first is made.
pub async fn check(platform: &Platform, actor: &Actor, new: &NewTenant) -> Result<()> {
    authorise(actor)?;
    let (.., server) = checked(platform, actor, new).await?;
    let Some(admin) = &new.admin else { return Ok(()) };
    refuse_without_tables(platform, &server).await?;
    admitted(platform, admin, new.password_hash).map(drop)
}

/// The step that makes the first user comes last: all before it would be made for nothing.
async fn refuse_without_tables(platform: &Platform, server: &Server) -> Result<()> {
    let set = Set::load(&platform.config.tenant_migrations).await?;
    tenant_users::refuse_without_tables(&set, server.engine)
}

fn authorise(actor: &Actor) -> Result<()> {
    actor.authorise(Permission::ProvisionTenants)
}

/// Name, tags and server, as they will be.
async fn checked(platform: &Platform, actor: &Actor, new: &NewTenant) -> Result<(String, Vec<String>, Server)> {
    names::check_slug(&platform.config, &new.slug)?;
    let name = names::check_name(new.name.as_deref().filter(|n| !n.trim().is_empty()).unwrap_or(&new.slug))?;
    let tags = names::check_tags(&new.tags)?;
    refuse_outside(actor, &new.slug, &tags)?;
    let mut conn = platform.central.read().await?;
    refuse_taken(&mut conn, actor, &new.slug).await?;
    let server = new.server.as_deref().filter(|s| !s.is_empty()).unwrap_or(servers::LOCAL);
    Ok((name, tags, servers::get(&mut conn, server).await?))
}

/// Whoever is confined makes nobody whom they could not see.
fn refuse_outside(actor: &Actor, slug: &str, tags: &[String]) -> Result<()> {
    match actor.confinement().filter(|inside| !inside.holds(slug, tags)) {
        None => Ok(()),
        Some(inside) => Err(Error::denied(format!("this token may not make a tenant \"{slug}\" with these tags"))
            .cause(format!("it is confined to {}", inside.words()))
            .hint("give the tenant a tag, or the slug, that the token is confined to")),
    }
}

/// Says by whom a slug is taken, and the way out; to whoever is kept from that tenant only that it is.
pub(super) async fn refuse_taken(conn: &mut Conn, actor: &Actor, slug: &str) -> Result<()> {
    let Some(other) = store::find(conn, slug).await? else { return Ok(()) };
    if actor.confinement().is_some_and(|inside| !inside.holds(&other.slug, &other.tags)) {
        return Err(Error::conflict(format!("the slug \"{slug}\" is taken")).field("slug").hint("choose another slug"));
    }
    if other.slug != slug {
        // The id of another tenant: as a slug it would hide it.
        return Err(Error::invalid("slug", format!("\"{slug}\" is the id of another tenant")));
    }
    let error = Error::conflict(format!("a tenant \"{slug}\" exists already, with status {}", other.status.as_str()))
        .field("slug");
    Err(match other.status {
        status if status.is_being_made() => error.hint(
            Advice::from("to go on with its provisioning: ")
                .act(Do::RetryTenant { tenant: Some(slug.to_owned()) })
                .and("; to clean it up: ")
                .act(Do::CleanUpTenant { tenant: slug.to_owned() }),
        ),
        _ => error.hint("choose another slug"),
    })
}

/// The password is hashed here and now, so that only the hash waits for its step.
async fn hashed(platform: &Platform, admin: FirstAdmin, kind: PasswordHash) -> Result<Admin> {
    let checked = admitted(platform, &admin, kind)?;
    Ok(Admin { password_hash: platform.passwords.hash_as(kind, &admin.password).await?, ..checked })
}

/// The first admin as the row will have it, still without the hash.
fn admitted(platform: &Platform, admin: &FirstAdmin, kind: PasswordHash) -> Result<Admin> {
    let of_admin = |field: &'static str| move |e: Error| e.field(field);
    let email = person::email(&admin.email).map_err(of_admin("admin_email"))?;
    let named = |typed: &str, instead: &str, field: &'static str| {
        person::name(if typed.trim().is_empty() { instead } else { typed }, field, "name of the first admin")
    };
    let local_part = email.split('@').next().unwrap_or_default();
    let first_name = named(&admin.first_name, local_part, "admin_first_name")?;
    let last_name = named(&admin.last_name, "-", "admin_last_name")?;
    if admin.password.expose_secret().is_empty() {
        return Err(Error::invalid("admin_password", "the first admin needs a password").hint(Say::AdminPassword));
    }
    let context = [email.as_str(), first_name.as_str(), last_name.as_str()];
    platform.passwords.check_policy(&admin.password, &context).map_err(of_admin("admin_password"))?;
    platform.passwords.check_kind(kind, &admin.password).map_err(of_admin("admin_password"))?;
    Ok(Admin { email, first_name, last_name, password_hash: String::new() })
}
