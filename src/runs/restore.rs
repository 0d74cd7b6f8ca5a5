//! A backup becomes a tenant, or takes the place of what its tenant has: the run that does it.

use super::Run;
use super::provision::start_provisioning;
use crate::Platform;
use crate::actor::{Actor, Permission};
use crate::backups::{self, Backup, Chosen, Source};
use crate::error::{Advice, Error, Kind, Result, Say};
use crate::servers::Server;
use crate::tenants::{self, NewTenant, Tenant};
use crate::windows;

/// What a backup is restored as.
#[derive(Debug, Clone, Default)]
pub struct Restore {
    /// Its name in the folder of backups, or for whoever is at the machine its path.
    pub file: String,
    /// A new tenant of this slug; unless said, the tenant that it is of, whether that is there or not.
    pub slug: Option<String>,
    /// By name; unless said, where that tenant lives, or lived.
    pub server: Option<String>,
    /// The slug of the tenant whose data it takes the place of.
    pub confirm: Option<String>,
    /// What that tenant has now is dropped without a backup.
    pub no_backup: bool,
}

/// Queues the run that makes a tenant of a backup: provisioned as always, and restored with its own role. In the place of a tenant
/// that is there, what it has is kept aside until the new database is whole. On another server than its own it is for whoever may be told
/// credentials.
pub async fn restore(platform: &Platform, actor: &Actor, asked: Restore) -> Result<(Tenant, Run)> {
    actor.authorise(Permission::ProvisionTenants)?;
    let found = backups::find(platform, actor, &asked.file).await?;
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (slug, server) = (said(&asked.slug), said(&asked.server));
    let there = match slug {
        Some(_) => None,
        None => match tenants::find(platform, actor, &found.1.slug).await {
            Ok(tenant) => Some(tenant),
            Err(error) if error.kind == Kind::NotFound => None,
            Err(error) => return Err(error),
        },
    };
    let home = there.as_ref().map_or(found.1.server.clone(), |tenant| tenant.server.clone());
    let Chosen { file, backup, server } = backups::chosen(platform, actor, found, (server.as_deref(), &home)).await?;
    if !is_at_home(platform, &backup, &server).await? {
        actor.authorise_sending()?;
    }
    let source = Source { file, backup, replaces: None };
    let tenant = match there {
        Some(tenant) if tenant.id == source.backup.tenant_id => {
            // What it has is taken from it; to make another of a backup changes nobody.
            windows::in_force(&mut *platform.central.read().await?, None).await?.refuse(std::iter::once(&tenant))?;
            let how = (asked.confirm.as_deref(), !asked.no_backup);
            tenants::replace(platform, actor, &tenant, &server, source, how).await?
        }
        Some(tenant) => {
            return Err(Error::conflict(format!(
                "the backup is of another tenant than the \"{}\" of today",
                tenant.slug
            ))
            .cause("that one was deleted, and its slug was taken since")
            .hint(Advice::from("restore it under another slug: ").act(Say::AsTenant)));
        }
        None => {
            let new = NewTenant {
                slug: slug.unwrap_or_else(|| source.backup.slug.clone()),
                name: Some(source.backup.name.clone()),
                server: Some(server.name),
                tags: Vec::new(),
                admin: None,
                password_hash: Default::default(),
                detached: false,
            };
            tenants::reserve_restored(platform, actor, new, source).await?
        }
    };
    let run = start_provisioning(platform, actor, &tenant, false).await?;
    Ok((tenant, run))
}

/// Whether the tenant that a backup is of lives, or lived until it was deleted, on this very server. By its id: another may have got its name since.
async fn is_at_home(platform: &Platform, backup: &Backup, server: &Server) -> Result<bool> {
    match tenants::by_id(&mut *platform.central.read().await?, &backup.tenant_id).await {
        Ok(tenant) => Ok(tenant.server_id == server.id),
        Err(error) if error.kind == Kind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
